package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
)

func (c *checker) analysis() {
	a := &c.d.Analysis
	if c.d.Kind == "trial" && len(a.Endpoints) == 0 {
		c.add("analysis", "V004", "a trial has at least one endpoint", "Add analysis.endpoints")
	}
	if len(a.Endpoints) > 0 && (a.Alpha <= 0 || a.Alpha >= 1) {
		c.add("analysis.alpha", "V014", fmt.Sprintf("alpha is %v", a.Alpha), "Write a level between 0 and 1, such as 0.05")
	}
	if a.Sided != 0 && a.Sided != 1 && a.Sided != 2 {
		c.add("analysis.sided", "V014", fmt.Sprintf("a test is 1- or 2-sided, not %d", a.Sided), "Write 1 or 2")
	}
	if a.SampleSize < 0 {
		c.add("analysis.sampleSize", "V014", "the sample size is negative", "Write the number of participants")
	}
	ids(c, "analysis.populations", a.Populations, plainID, func(x *Population) string { return x.ID })
	ids(c, "analysis.endpoints", a.Endpoints, plainID, func(x *Endpoint) string { return x.ID })
	ids(c, "analysis.responders", a.Responders, plainID, func(x *Responder) string { return x.ID })
	ids(c, "analysis.estimands", a.Estimands, plainID, func(x *Estimand) string { return x.ID })
	ids(c, "analysis.models", a.Models, plainID, func(x *Model) string { return x.ID })
	ids(c, "analysis.sensitivity", a.Sensitivity, plainID, func(x *Sensitivity) string { return x.ID })
	ids(c, "analysis.subgroups", a.Subgroups, plainID, func(x *Subgroup) string { return x.ID })
	ids(c, "analysis.baseline", a.Baseline, plainID, func(x *BaselineRow) string { return x.ID })
	ids(c, "analysis.interim", a.Interim, plainID, func(x *Interim) string { return x.ID })
	for i := range a.Endpoints {
		c.endpoint(fmt.Sprintf("analysis.endpoints[%d]", i), &a.Endpoints[i])
	}
	c.plan()
	for i, b := range a.Baseline {
		c.baselineRow(fmt.Sprintf("analysis.baseline[%d]", i), b)
	}
	before := 0.0
	for i, x := range a.Interim {
		at := fmt.Sprintf("analysis.interim[%d]", i)
		if x.Fraction <= before || x.Fraction >= 1 {
			c.add(at+".fraction", "V014", fmt.Sprintf("the interim look at %v is not between the one before and 1", x.Fraction), "Write rising shares of the planned information, such as 0.5")
		}
		before = x.Fraction
		if x.Alpha < 0 || x.Alpha >= 1 {
			c.add(at+".alpha", "V014", fmt.Sprintf("alpha is %v", x.Alpha), "Write a level from 0 to 1")
		}
	}
}

func (c *checker) endpoint(at string, e *Endpoint) {
	c.word(at+".role", e.Role, "primary", "secondary", "exploratory", "safety")
	_, form, _, t, ok := c.value(at+".score", e.Score, false)
	if ok && t != expr.Int && t != expr.Double {
		c.add(at+".score", "V023", fmt.Sprintf("%s is a %s; an endpoint is a number", e.Score, t), "Name a number; yes/no outcomes are responders")
	}
	known := c.visitIDs()
	base := -1
	if c.ref(at+".baseline", "visit", e.Baseline, known) {
		base = c.d.VisitIndex(e.Baseline)
		c.collectedAt(at+".baseline", form, e.Baseline, ok)
	}
	if len(e.Visits) == 0 {
		c.add(at, "V080", "the endpoint has no visits after baseline", "Add visits")
	}
	last := base
	for j, v := range e.Visits {
		here := fmt.Sprintf("%s.visits[%d]", at, j)
		if !c.ref(here, "visit", v, known) {
			continue
		}
		if i := c.d.VisitIndex(v); i <= last {
			c.add(here, "V080", fmt.Sprintf("%s does not come after the visit before it", v), "List baseline and visits in the order of time")
		} else {
			last = i
		}
		c.collectedAt(here, form, v, ok)
	}
	if e.At != "" && !slices.Contains(e.Visits, e.At) {
		c.add(at+".at", "V080", fmt.Sprintf("the main comparison at %q is not at one of the endpoint's visits", e.At), "Name one of visits")
	}
	if n := len(e.Visits) + 1; len(e.Weeks) > 0 && len(e.Weeks) != n {
		c.add(at+".weeks", "V080", fmt.Sprintf("there are %d weeks for %d visits (baseline and %d more)", len(e.Weeks), n, n-1), "Give one week for baseline and one for each visit")
	}
	if len(e.Weeks) > 0 && !slices.IsSorted(e.Weeks) {
		c.add(at+".weeks", "V080", "the weeks do not rise", "List them in the order of the visits")
	}
}

func (c *checker) collectedAt(path, form, visit string, known bool) {
	if known && !c.collect.at[visit][form] {
		c.add(path, "V060", fmt.Sprintf("the form %q is not collected at %s", form, visit), "Add it to the visit's forms, or leave the visit out")
	}
}

// plan checks how endpoints, populations, estimands and models refer to each other.
func (c *checker) plan() {
	a := &c.d.Analysis
	endpoints := names(a.Endpoints, func(e *Endpoint) string { return e.ID })
	populations := names(a.Populations, func(e *Population) string { return e.ID })
	estimands := names(a.Estimands, func(e *Estimand) string { return e.ID })
	for i, r := range a.Responders {
		c.ref(fmt.Sprintf("analysis.responders[%d].endpoint", i), "endpoint", r.Endpoint, endpoints)
	}
	main := map[string]bool{}
	for i, e := range a.Estimands {
		at := fmt.Sprintf("analysis.estimands[%d]", i)
		c.ref(at+".endpoint", "endpoint", e.Endpoint, endpoints)
		c.ref(at+".population", "population", e.Population, populations)
		c.word(at+".strategy", e.Strategy, "treatment-policy", "hypothetical")
		for j, x := range e.Events {
			c.intercurrent(fmt.Sprintf("%s.events[%d]", at, j), x)
		}
		if e.Main && main[e.Endpoint] {
			c.add(at+".main", "V081", fmt.Sprintf("the endpoint %q has two main estimands", e.Endpoint), "Mark one of them main")
		}
		main[e.Endpoint] = main[e.Endpoint] || e.Main
	}
	for i, m := range a.Models {
		at := fmt.Sprintf("analysis.models[%d]", i)
		c.ref(at+".estimand", "estimand", m.Estimand, estimands)
		c.word(at+".method", m.Method, "mmrm", "ancova", "difference", "mantel-haenszel")
		c.word(at+".estimation", m.Estimation, "reml", "ml")
		c.responderModel(at, m)
		if m.PoolSites < 0 {
			c.add(at+".poolSites", "V014", "poolSites is negative", "Write 0 for no pooling")
		}
	}
	for i, s := range a.Sensitivity {
		c.word(fmt.Sprintf("analysis.sensitivity[%d].method", i), s.Method, "site-excluded", "by-guess", "tipping-point", "reference-based")
	}
	primary := false
	for i, id := range a.Order {
		at := fmt.Sprintf("analysis.order[%d]", i)
		if c.ref(at, "endpoint", id, endpoints) && slices.Contains(a.Order[:i], id) {
			c.add(at, "V081", fmt.Sprintf("the endpoint %q is tested twice", id), "List it once")
		}
	}
	for _, e := range a.Endpoints {
		if e.Role != "primary" {
			continue
		}
		primary = true
		if len(a.Order) > 0 && !slices.Contains(a.Order, e.ID) {
			c.add("analysis.order", "V081", fmt.Sprintf("the primary endpoint %q is not in the testing order", e.ID), "Add it, first")
		}
	}
	if c.d.Kind == "trial" && len(a.Endpoints) > 0 && !primary {
		c.add("analysis.endpoints", "V081", "no endpoint is primary", "Give one endpoint role: primary")
	}
}

func (c *checker) intercurrent(at string, x Intercurrent) {
	c.word(at+".strategy", x.Strategy, "treatment-policy", "hypothetical")
	if len(x.From) == 0 && !slices.Contains(Intercurrents, x.ID) {
		c.add(at+".id", "V082", fmt.Sprintf("nothing in the record tells of %q", x.ID), "Name the items that do in from, such as from: [followup.other_treatment], or write one of "+strings.Join(Intercurrents, ", "))
	}
	for k, ref := range x.From {
		path := fmt.Sprintf("%s.from[%d]", at, k)
		_, form, _, t, ok := c.value(path, ref, false)
		if !ok {
			continue
		}
		if t != expr.Bool {
			c.add(path, "V082", fmt.Sprintf("%s is a %s and cannot say whether something happened", ref, t), "Name an item of type boolean")
		}
		if _, collected := c.collect.forms[form]; !collected {
			c.add(path, "V060", fmt.Sprintf("the form %q is not collected at any visit", form), "Add it to the forms of a visit")
		}
	}
}

func (c *checker) baselineRow(at string, b BaselineRow) {
	c.word(at+".summary", b.Summary, "mean", "count")
	visit, form, id, t, ok := c.value(at+".value", b.Value, true)
	if !ok {
		return
	}
	if visit != "" {
		c.collectedAt(at+".value", form, visit, true)
	} else if _, collected := c.collect.forms[form]; !collected {
		c.add(at+".value", "V060", fmt.Sprintf("the form %q is not collected at any visit", form), "Add it to the forms of a visit")
	}
	if b.Summary == "mean" && t != expr.Int && t != expr.Double {
		c.add(at+".summary", "V023", fmt.Sprintf("%s is a %s and has no mean", b.Value, t), "Write summary: count with a code")
	}
	if b.Summary == "count" && b.Code != "" {
		c.answer(at+".code", form, id, b.Code)
	}
}

// answer checks that a code is one that the item can have.
func (c *checker) answer(path, form, id, code string) {
	f := c.lib[form]
	item, ok := f.Item(id)
	var codes []string
	switch t, _ := f.NativeType(id); {
	case t == expr.Bool:
		codes = []string{"true", "false"}
	case ok:
		for _, o := range f.OptionsOf(item) {
			codes = append(codes, o.Value.Text())
		}
	}
	if len(codes) > 0 {
		c.ref(path, "answer of "+form+"."+id, code, codes)
	}
}

// responderModel checks that a model of shares, and no other, names its yes/no outcome.
func (c *checker) responderModel(at string, m Model) {
	if m.Method != "mantel-haenszel" {
		for _, x := range []struct{ key, value string }{{"responder", m.Responder}, {"missing", m.Missing}} {
			if x.value != "" {
				c.add(at+"."+x.key, "V013", fmt.Sprintf("%s belongs to models of shares, but the method is %q", x.key, m.Method), "Remove it, or use method: mantel-haenszel")
			}
		}
		return
	}
	c.word(at+".missing", m.Missing, "observed", "non-response")
	if m.Responder == "" {
		c.add(at, "V004", "a model of shares needs the yes/no outcome that it compares", "Add responder: with the id of one of analysis.responders")
		return
	}
	a := &c.d.Analysis
	if !c.ref(at+".responder", "responder", m.Responder, names(a.Responders, func(r *Responder) string { return r.ID })) {
		return
	}
	for _, e := range a.Estimands {
		for _, r := range a.Responders {
			if e.ID == m.Estimand && r.ID == m.Responder && e.Endpoint != r.Endpoint {
				c.add(at+".responder", "V011", fmt.Sprintf("the responder %q is made from the endpoint %q, the estimand %q asks about %q", r.ID, r.Endpoint, e.ID, e.Endpoint), "Name an estimand of the same endpoint")
			}
		}
	}
}
