package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
)

// planNeeds looks at what the analysis plan needs to be run at all.
func (c *checker) planNeeds() {
	c.alphas()
	c.modelTerms()
	c.sensitivityNeeds()
	c.estimandsWhole()
	c.orderSense()
}

// alphas makes sure that interim looks leave something to spend.
func (c *checker) alphas() {
	a := &c.d.Analysis
	for i, x := range a.Interim {
		if a.Alpha > 0 && x.Alpha >= a.Alpha {
			c.add(fmt.Sprintf("analysis.interim[%d].alpha", i), "V164", fmt.Sprintf("the interim look %q spends %v of an alpha of %v: nothing is left for the end", x.ID, x.Alpha, a.Alpha), "Write a smaller level, such as 0.0001")
		}
		if i > 0 && x.Alpha > 0 && x.Alpha < a.Interim[i-1].Alpha {
			c.warn(fmt.Sprintf("analysis.interim[%d].alpha", i), "V164", fmt.Sprintf("the later look %q has a smaller level (%v) than the one before (%v)", x.ID, x.Alpha, a.Interim[i-1].Alpha), "Levels of interim looks rise with the information")
		}
	}
}

// modelTerms makes sure that a model's fixed effects are known of every participant.
func (c *checker) modelTerms() {
	a := &c.d.Analysis
	known := []string{"arm", "visit", "baseline", "site"}
	for _, s := range a.Subgroups {
		known = append(known, s.ID)
	}
	for _, b := range a.Baseline {
		known = append(known, b.ID)
	}
	if c.d.Allocation != nil {
		for _, s := range c.d.Allocation.Strata {
			known = append(known, s.ID)
		}
	}
	for i, m := range a.Models {
		var factors []string
		for j, term := range m.Fixed {
			for f := range strings.SplitSeq(term, "*") {
				f = strings.TrimSpace(f)
				factors = append(factors, f)
				at := fmt.Sprintf("analysis.models[%d].fixed[%d]", i, j)
				c.modelTerm(at, f, known)
			}
		}
		if len(m.Fixed) == 0 || len(c.d.Arms) < 2 {
			continue
		}
		if !slices.Contains(factors, "arm") {
			c.warn(fmt.Sprintf("analysis.models[%d].fixed", i), "V166", fmt.Sprintf("the model %q compares arms but has no effect of the arm", m.ID), "Add arm, and arm*visit for a model over visits")
		}
		if m.Method == "mmrm" && !slices.Contains(factors, "visit") {
			c.warn(fmt.Sprintf("analysis.models[%d].fixed", i), "V166", fmt.Sprintf("the model %q goes over several visits but has no effect of the visit", m.ID), "Add visit and arm*visit")
		}
		c.strataIn(i, &m, factors)
	}
}

func (c *checker) modelTerm(at, f string, known []string) {
	if f == "" || slices.Contains(known, f) {
		return
	}
	if strings.Contains(f, ".") {
		visit, form, _, _, ok := c.value(at, f, true)
		switch first := c.firstSession(); {
		case !ok:
		case visit != "" && !c.collect.at[visit][form] || visit == "" && c.collect.forms[form] == nil:
			c.add(at, "V166", fmt.Sprintf("the covariate %s is not collected", f), "Collect it, or leave it out")
		case visit != "" && c.d.VisitIndex(visit) >= first:
			c.warn(at, "V141", fmt.Sprintf("the covariate %s is measured at %s, after treatment began", f, visit), "Use a value from before treatment")
		}
		return
	}
	fix := "Name arm, visit, baseline, site, a stratum, a subgroup, a row of the baseline table, or form.item"
	if close := expr.Closest(f, known); close != "" {
		fix = fmt.Sprintf("Did you mean %q? %s", close, fix)
	}
	c.add(at, "V166", fmt.Sprintf("there is no covariate %q: it is no stratum, subgroup or row of the baseline table", f), fix)
}

// strataIn makes sure that the factors of the draw are in the model of the main
// comparison.
func (c *checker) strataIn(i int, m *Model, factors []string) {
	if c.d.Allocation == nil || m.Method != "mmrm" && m.Method != "mantel-haenszel" || !c.mainEstimand(m.Estimand) {
		return
	}
	for _, s := range c.d.Allocation.Strata {
		in := slices.Contains(factors, s.ID) || s.Site && slices.Contains(factors, "site")
		for _, g := range c.d.Analysis.Subgroups {
			in = in || g.Expr == s.Expr && s.Expr != "" && slices.Contains(factors, g.ID)
		}
		if !in {
			c.warn(fmt.Sprintf("analysis.models[%d].fixed", i), "V167", fmt.Sprintf("the draw is stratified by %q, the model %q of the main comparison leaves it out: its standard errors are too wide", s.ID, m.ID), fmt.Sprintf("Add %s to fixed", s.ID))
		}
	}
}

func (c *checker) mainEstimand(id string) bool {
	return slices.ContainsFunc(c.d.Analysis.Estimands, func(e Estimand) bool { return e.ID == id && e.Main })
}

func (c *checker) sensitivityNeeds() {
	control := slices.ContainsFunc(c.d.Arms, func(a Arm) bool { return a.Control })
	for i, s := range c.d.Analysis.Sensitivity {
		at := fmt.Sprintf("analysis.sensitivity[%d].method", i)
		switch {
		case s.Method == "tipping-point" && len(c.d.Arms) < 2 && !s.Confirm:
			c.warn(at, "V166", fmt.Sprintf("the sensitivity analysis %q compares arms, and there are %d", s.ID, len(c.d.Arms)), "Remove it, or mark it confirm: true with the reason")
		case (s.Method == "by-guess" || s.Method == "reference-based") && len(c.d.Arms) < 2:
			c.add(at, "V166", fmt.Sprintf("the sensitivity analysis %q compares arms, and there are %d", s.ID, len(c.d.Arms)), "Remove it")
		case s.Method == "reference-based" && !control:
			c.add(at, "V166", fmt.Sprintf("%q lets those who left follow the reference arm, but no arm is control: true", s.ID), "Mark the arm that is the reference")
		case s.Method == "by-guess" && c.collect.forms[guessForm] == nil:
			c.add(at, "V166", fmt.Sprintf("%q needs the participants' guess of the arm, but the form %q is not collected", s.ID, guessForm), "Ask for the guess after the last session, or remove the analysis")
		}
	}
}

// estimandsWhole makes sure that the primary endpoint has one main estimand, and that
// something estimates it.
func (c *checker) estimandsWhole() {
	a := &c.d.Analysis
	if c.d.Kind != "trial" || len(a.Estimands) == 0 {
		return
	}
	for i, e := range a.Endpoints {
		if e.Role != "primary" {
			continue
		}
		k := slices.IndexFunc(a.Estimands, func(x Estimand) bool { return x.Endpoint == e.ID && x.Main })
		if k < 0 {
			at := fmt.Sprintf("analysis.endpoints[%d]", i)
			if j := slices.IndexFunc(a.Estimands, func(x Estimand) bool { return x.Endpoint == e.ID }); j >= 0 {
				at = fmt.Sprintf("analysis.estimands[%d]", j)
			}
			c.warn(at, "V166", fmt.Sprintf("the primary endpoint %q has no main estimand: which question the trial answers is not said", e.ID), "Mark one of its estimands main: true")
			continue
		}
		if !slices.ContainsFunc(a.Models, func(m Model) bool { return m.Estimand == a.Estimands[k].ID }) {
			c.warn(fmt.Sprintf("analysis.estimands[%d]", k), "V166", fmt.Sprintf("nothing estimates the main estimand %q", a.Estimands[k].ID), "Add a model with estimand: "+a.Estimands[k].ID)
		}
		if e.At == "" {
			c.warn(fmt.Sprintf("analysis.endpoints[%d]", i), "V166", fmt.Sprintf("the primary endpoint %q does not say at which visit the arms are compared", e.ID), "Add at: with one of its visits")
		}
	}
}

// orderSense makes sure that the testing order begins with the primary endpoint and
// holds no endpoint that is not tested.
func (c *checker) orderSense() {
	a := &c.d.Analysis
	role := func(id string) string {
		for _, e := range a.Endpoints {
			if e.ID == id {
				return e.Role
			}
		}
		return ""
	}
	secondary := false
	for i, id := range a.Order {
		at := fmt.Sprintf("analysis.order[%d]", i)
		switch role(id) {
		case "exploratory", "safety":
			c.warn(at, "V166", fmt.Sprintf("the %s endpoint %q is in the testing order, which spends alpha on it", role(id), id), "List primary and secondary endpoints only")
		case "secondary":
			secondary = true
		case "primary":
			if secondary {
				c.warn(at, "V166", fmt.Sprintf("the primary endpoint %q is tested after a secondary one", id), "Put primary endpoints first")
			}
		}
	}
}
