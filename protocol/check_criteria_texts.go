package protocol

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"varde/expr/reason"
)

// What people read beside a condition, against the condition.

func (c *checker) textBeside(path string) (Text, bool) {
	for _, x := range []struct {
		prefix string
		text   func(i int) Text
	}{
		{"eligibility.criteria[", func(i int) Text { return c.d.Eligibility.Criteria[i].Text }},
		{"analysis.responders[", func(i int) Text { return c.d.Analysis.Responders[i].Text }},
		{"analysis.subgroups[", func(i int) Text { return c.d.Analysis.Subgroups[i].Text }},
		{"analysis.populations[", func(i int) Text { return c.d.Analysis.Populations[i].Text }},
		{"dosing.checks[", func(i int) Text { return c.d.Dosing.Checks[i].Text }},
		{"dosing.checkpoint.withhold[", func(i int) Text { return c.d.Dosing.Checkpoint.Withhold[i].Text }},
		{"dosing.discharge.checks[", func(i int) Text { return c.d.Dosing.Discharge.Checks[i].Text }},
		{"safety.stopping[", func(i int) Text { return c.d.Safety.Stopping[i].Text }},
		{"allocation.strata[", func(i int) Text { return c.d.Allocation.Strata[i].Title }},
	} {
		if rest, ok := strings.CutPrefix(path, x.prefix); ok {
			n, _, _ := strings.Cut(rest, "]")
			i, err := strconv.Atoi(n)
			return x.text(i), err == nil
		}
	}
	return Text{}, false
}

func (c *checker) textAgainst(s statement, text Text) {
	numbers := numbersIn(text.EN, "en")
	var limits []float64
	for _, k := range s.Comparisons {
		for _, x := range k.Constants {
			if n, ok := reason.Number(x); ok && len(c.optionsOf(lastTwo(k.Name))) == 0 {
				limits = append(limits, math.Abs(n))
			}
		}
	}
	if len(limits) == 0 {
		c.textAgainstItems(s, numbers)
		return
	}
	for _, n := range numbers {
		if n.digits && !agrees(limits, n.value) && !c.inItems(s, n.value) {
			c.warn(s.path, "V133", fmt.Sprintf("the text says %v, the condition %s", n.value, s.src), "Let the text and the condition say the same number")
			return
		}
	}
	if any := slices.ContainsFunc(numbers, func(n said) bool { return n.digits }); any {
		for _, x := range limits {
			if !near(numbers, x) && x > 1 {
				c.warn(s.path, "V133", fmt.Sprintf("the condition rests on %v, which the text (%s) does not say", x, text.EN), "Let the text and the condition say the same numbers")
				return
			}
		}
	}
	c.directions(s, text.EN)
}

func agrees(limits []float64, x float64) bool {
	return slices.ContainsFunc(limits, func(l float64) bool {
		return sameNumber(l, x) || sameNumber(l*100, x) || sameNumber(1-l, x/100) || sameNumber(l, x*24) || sameNumber(l, x*60) || sameNumber(l, x*365)
	})
}

func near(numbers []said, limit float64) bool {
	return slices.ContainsFunc(numbers, func(n said) bool { return agrees([]float64{limit}, n.value) })
}

func (c *checker) textAgainstItems(s statement, numbers []said) {
	for _, n := range numbers {
		if !n.digits || n.value < 2 || c.inItems(s, n.value) {
			continue
		}
		for _, name := range s.Names() {
			form, id := lastTwo(name)
			if f := c.lib[form]; f != nil {
				if item, ok := f.Item(id); ok && slices.ContainsFunc(numbersIn(item.Text.EN, "en"), func(m said) bool { return m.value >= 2 }) {
					c.warn(s.path, "V133", fmt.Sprintf("the text says %v, but %s asks: %q", n.value, name, item.Text.EN), "Let the text and the question say the same number")
					return
				}
			}
		}
	}
}

func (c *checker) inItems(s statement, x float64) bool {
	for _, name := range s.Names() {
		form, id := lastTwo(name)
		f := c.lib[form]
		if f == nil {
			continue
		}
		if item, ok := f.Item(id); ok && (hasNumber(numbersIn(item.Text.EN, "en"), x) || hasNumber(numbersIn(item.Help.EN, "en"), x)) {
			return true
		}
		if sc, ok := f.ScoreOf(id); ok && (hasNumber(numbersIn(sc.Title.EN, "en"), x) || strings.Contains(sc.Expr, strconv.FormatFloat(x, 'f', -1, 64))) {
			return true
		}
	}
	return false
}
