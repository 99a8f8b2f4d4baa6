package protocol

import (
	"fmt"
	"math"
	"slices"

	"varde/expr"
	"varde/expr/reason"
	"varde/instrument"
)

// Units and limits: what is compared must be of one kind, and a limit lies where
// values can be.

// limits finds comparisons that always or never hold because the limit lies outside of
// the item's range: most often a limit in another unit, or a digit too many.
func (c *checker) limits(r *reasoning) {
	s := r.space()
	for _, st := range r.stated {
		if len(st.Comparisons) == 1 && c.reported(st.path) {
			continue // the whole condition was told of
		}
		for _, k := range st.Comparisons {
			if message := c.limit(s, k); message != "" {
				c.within(Warning, st.path, k.Line, k.Column, "V137", message, "Check the limit and its unit")
			}
		}
	}
	if c.d.Dosing != nil {
		c.limitsOfRules()
	}
}

func (c *checker) reported(path string) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool {
		return f.Path == path && (f.Code == "V130" || f.Code == "V131" || f.Code == "V135" || f.Code == "V136")
	})
}

// limit says what is wrong with one comparison; "" when it can hold and can fail.
func (c *checker) limit(s reason.Space, k reason.Comparison) string {
	if k.Op == "" || k.Op == "has" || len(k.Constants) != 1 {
		return ""
	}
	v, ok := s.Of(k.Name)
	if !ok || v.Type != expr.Int && v.Type != expr.Double || len(v.Codes) > 0 || v.Min == nil && v.Max == nil {
		return ""
	}
	if n, isNumber := reason.Number(k.Constants[0]); isNumber && v.Min != nil && k.Op == ">=" && n == *v.Min {
		return "" // how authors ask whether a value is there at all
	}
	holds, fails, ok := v.Outcomes(k)
	if !ok || holds && fails {
		return ""
	}
	word := "never holds"
	if holds {
		word = "always holds"
	}
	return fmt.Sprintf("%s %s %v %s: %s", c.shown(k.Name), k.Op, k.Constants[0], word, c.rangeOf(v))
}

// rangeOf says between what a value lies, with its unit.
func (c *checker) rangeOf(v reason.Variable) string {
	form, id := lastTwo(v.Name)
	unit := ""
	if f := c.lib[form]; f != nil {
		if item, ok := f.Item(id); ok && item.Unit != "" {
			unit = " " + item.Unit
		}
	}
	switch {
	case v.Min != nil && v.Max != nil:
		return fmt.Sprintf("the value lies from %v to %v%s", *v.Min, *v.Max, unit)
	case v.Min != nil:
		return fmt.Sprintf("the value is %v%s or more", *v.Min, unit)
	}
	return fmt.Sprintf("the value is at most %v%s", *v.Max, unit)
}

// limitsOfForms does the same for the alerts and conditions of the forms in use, and
// finds codes that no option has.
func (c *checker) limitsOfForms(r *reasoning) {
	for _, id := range sortedKeys(c.d.Instruments) {
		f := c.d.Instruments[id]
		look := func(path, src string, decides string) {
			if src == "" {
				return
			}
			k := r.ofForm(f, src, id+".")
			if k == nil {
				return
			}
			for _, x := range k.Comparisons {
				if message := c.limit(r.space(), x); message != "" {
					c.inForm(Warning, id, path, "V137", message, "Check the limit and its unit")
				}
				_, item := lastTwo(x.Name)
				for _, code := range c.strangers(id, item, x) {
					c.inForm(Error, id, path, "V136", fmt.Sprintf("%v is no answer of %s.%s: the comparison never holds", quoted(code), id, item), "Options: "+shortList(c.optionsOf(id, item)))
				}
			}
			if r.space().Never(k) && !slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Path == "instruments."+id+"."+path }) {
				c.inForm(Warning, id, path, "V135", fmt.Sprintf("the condition can never be true (%s): %s", src, decides), "Check limits, codes and && against ||")
			}
		}
		for i, item := range f.Items {
			look(fmt.Sprintf("items[%d].when", i), item.When, "the item is never asked")
		}
		for i, a := range f.Alerts {
			look(fmt.Sprintf("alerts[%d].when", i), a.When, "nobody is ever alerted")
		}
	}
}

// limitsOfRules looks at whether the limits of the dosing session can be passed.
func (c *checker) limitsOfRules() {
	d := c.d.Dosing
	vitals := c.lib[d.Vitals.Form]
	if vitals == nil {
		return
	}
	for i, r := range d.Rules {
		item, ok := vitals.Item(r.Metric)
		if !ok {
			continue
		}
		c.ruleLimit(fmt.Sprintf("dosing.rules[%d].limit", i), &d.Rules[i], vitals, item)
	}
}

func (c *checker) ruleLimit(at string, r *Rule, vitals *instrument.Compiled, item *instrument.Item) {
	if item.Min == nil || item.Max == nil || r.Compare == "" {
		return
	}
	above := r.Compare[0] == '>'
	lo, hi := *item.Min, *item.Max
	switch {
	case r.FromBaseline && math.Abs(r.Limit) > hi-lo:
		c.warn(at, "V137", fmt.Sprintf("a change of %v cannot happen: %s.%s lies from %v to %v", r.Limit, vitals.ID, item.ID, lo, hi), "Check the limit and its unit")
	case r.FromBaseline && (above && r.Limit <= 0 || !above && r.Limit >= 0):
		c.warn(at, "V137", fmt.Sprintf("the rule calls at the first measurement: no change at all is already %s %v", r.Compare, r.Limit), "A rise is positive, a fall negative")
	case !r.FromBaseline && (above && r.Limit < lo || !above && r.Limit > hi):
		c.warn(at, "V137", fmt.Sprintf("every measurement is %s %v: %s.%s lies from %v to %v", r.Compare, r.Limit, vitals.ID, item.ID, lo, hi), "Check the limit and its unit, and whether < or > is meant")
	}
}

// meetings finds items of different units that are compared, added or subtracted.
func (c *checker) meetings(r *reasoning) {
	for _, s := range r.stated {
		for _, m := range s.Meetings {
			if message := c.unitsDiffer(m); message != "" {
				c.within(Error, s.path, m.Line, m.Column, "V138", message, "Compare values of one unit; convert one of them in a score")
			}
		}
		for _, d := range s.Divisions {
			if v, ok := r.space().Of(d.Name); ok && v.Type == expr.Int {
				c.within(Warning, s.path, d.Line, d.Column, "V139", cutOff(c.shown(d.Name), d.By), fmt.Sprintf("Write double(%s) / %d.0", c.shown(d.Name), d.By))
			}
		}
	}
}

// unitsOfForms does the same for the scores of the forms in use.
func (c *checker) unitsOfForms(r *reasoning) {
	for _, id := range sortedKeys(c.d.Instruments) {
		f := c.d.Instruments[id]
		for i, sc := range f.Scores {
			if sc.Method != instrument.Calc {
				continue
			}
			k := r.ofFormAny(f, sc.Expr, id+".")
			if k == nil {
				continue
			}
			for _, d := range k.Divisions {
				if v, ok := r.space().Of(d.Name); ok && v.Type == expr.Int {
					c.inForm(Warning, id, fmt.Sprintf("scores[%d].expr", i), "V139", cutOff(d.Name, d.By), fmt.Sprintf("Write double(...) / %d.0", d.By))
				}
			}
			for _, m := range k.Meetings {
				if message := c.unitsDiffer(m); message != "" {
					c.inForm(Error, id, fmt.Sprintf("scores[%d].expr", i), "V138", message, "Compare values of one unit; convert one of them first")
				}
			}
		}
		for i, sc := range f.Scores {
			c.summed(id, i, &sc)
		}
	}
}

// summed finds sums and means over items of different units.
func (c *checker) summed(form string, i int, sc *instrument.Score) {
	if sc.Method != instrument.Sum && sc.Method != instrument.Mean && sc.Method != instrument.Max && sc.Method != instrument.Min {
		return
	}
	f := c.lib[form]
	first := ""
	for _, id := range itemsNamed(f, sc.Items) {
		item, ok := f.Item(id)
		if !ok || item.Unit == "" {
			continue
		}
		if first != "" && item.Unit != first {
			c.inForm(Error, form, fmt.Sprintf("scores[%d].items", i), "V138", fmt.Sprintf("the %s goes over values in %s and in %s", sc.Method, first, item.Unit), "Use items of one unit")
			return
		}
		first = item.Unit
	}
}

func (c *checker) unitsDiffer(m reason.Meeting) string {
	left, okLeft := c.unitOf(m.Left)
	right, okRight := c.unitOf(m.Right)
	if !okLeft || !okRight || left == right {
		return ""
	}
	return fmt.Sprintf("%s is in %s and %s in %s: %s has no meaning between them", c.shown(m.Left), unitName(left), c.shown(m.Right), unitName(right), m.Op)
}

func cutOff(name string, by int64) string {
	return fmt.Sprintf("%s / %d is a whole number: what is left over is cut off", name, by)
}

func unitName(u string) string {
	if u == "" {
		return "no unit"
	}
	return u
}

// unitOf answers the unit of an item of a measured kind. A score has none that is known.
func (c *checker) unitOf(name string) (string, bool) {
	form, id := lastTwo(name)
	f := c.lib[form]
	if f == nil {
		return "", false
	}
	item, ok := f.Item(id)
	if !ok {
		return "", false
	}
	switch item.Type {
	case instrument.Date, instrument.DateTime, instrument.Time:
		return string(item.Type), true
	case instrument.Integer, instrument.Decimal:
		return item.Unit, true
	}
	return "", false
}
