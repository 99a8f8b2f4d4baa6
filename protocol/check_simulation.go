package protocol

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"varde/expr"
)

func (c *checker) simulation() {
	s := c.d.Simulation
	if s == nil {
		return
	}
	arms := c.armIDs()
	if len(arms) == 0 {
		arms = []string{"all"}
	}
	ids(c, "simulation.sites", s.Sites, plainID, func(x *SimSite) string { return x.ID })
	if len(s.Sites) == 0 {
		c.add("simulation", "V090", "there are no sites", "Add simulation.sites")
	}
	for i, x := range s.Sites {
		at := fmt.Sprintf("simulation.sites[%d]", i)
		if _, err := time.LoadLocation(x.TimeZone); err != nil || x.TimeZone == "Local" {
			c.add(at+".timeZone", "V013", fmt.Sprintf("there is no time zone %q", x.TimeZone), "Write an IANA name, such as Europe/Oslo")
		}
		if len(x.Country) != 2 || strings.ToUpper(x.Country) != x.Country {
			c.add(at+".country", "V013", fmt.Sprintf("%q is no country code", x.Country), "Write two capital letters, such as NO")
		}
		if x.Referrals <= 0 {
			c.add(at+".referrals", "V014", "a site without referrals never takes anyone in", "Write the mean number of referrals a week")
		}
	}
	if s.Participants < 1 {
		c.add("simulation.participants", "V014", "nobody takes part", "Write the planned number")
	}
	c.share("simulation.prescreen.rate", s.Prescreen.Rate)
	c.share("simulation.screening.rate", s.Screening.Rate)
	c.share("simulation.supplement.rate", s.Supplement.Rate)
	for i := range s.Baseline {
		c.simVariable(fmt.Sprintf("simulation.baseline[%d]", i), &s.Baseline[i])
	}
	for i := range s.Outcomes {
		c.simOutcome(fmt.Sprintf("simulation.outcomes[%d]", i), &s.Outcomes[i], arms)
	}
	c.simFollowers(s)
	c.simEvents(s, arms)
	c.simVitals(s, arms)
	for _, x := range []struct {
		key string
		v   float64
	}{{"lateVisit", s.Imperfection.LateVisit}, {"missedVisit", s.Imperfection.MissedVisit}, {"missingItem", s.Imperfection.MissingItem},
		{"correction", s.Imperfection.Correction}, {"outOfRange", s.Imperfection.OutOfRange}, {"lateVitals", s.Imperfection.LateVitals}} {
		c.share("simulation.imperfection."+x.key, x.v)
	}
	c.published(s, arms)
	c.simSites(s)
	c.simTrial(s.Trial, arms)
}

func (c *checker) rates(at string, rates map[string]float64, kind string, known []string, sumsToOne bool) {
	sum := 0.0
	for _, k := range sortedKeys(rates) {
		if known != nil {
			c.ref(at+"."+k, kind, k, known)
		}
		c.share(at+"."+k, rates[k])
		sum += rates[k]
	}
	if sumsToOne && len(rates) > 1 && math.Abs(sum-1) > 0.02 {
		c.add(at, "V092", fmt.Sprintf("the shares add up to %.3g", sum), "They must add up to 1")
	}
}

func (c *checker) simVariable(at string, v *SimVariable) {
	_, form, id, t, ok := c.value(at+".value", v.Value, false)
	if v.SD < 0 {
		c.add(at+".sd", "V014", "a standard deviation is not negative", "Write 0 or more")
	}
	if (v.Min != 0 || v.Max != 0) && v.Min > v.Max {
		c.add(at+".min", "V025", fmt.Sprintf("min %v is greater than max %v", v.Min, v.Max), "Swap them")
	}
	if len(v.Rates) > 0 {
		var codes []string
		if ok {
			f := c.lib[form]
			if t == expr.Bool {
				codes = []string{"true", "false"}
			} else if item, isItem := f.Item(id); isItem {
				for _, o := range f.OptionsOf(item) {
					codes = append(codes, o.Value.Text())
				}
			}
		}
		// Of several answers that may be given together, the shares need not add up.
		c.rates(at+".rates", v.Rates, "answer of "+v.Value, codes, t != expr.Strings)
	} else if ok && t != expr.Int && t != expr.Double {
		c.add(at+".value", "V023", fmt.Sprintf("%s is a %s and needs rates", v.Value, t), "Add rates with the share of each answer")
	}
}

func (c *checker) simOutcome(at string, o *SimOutcome, arms []string) {
	_, _, _, t, ok := c.value(at+".score", o.Score, false)
	if ok && t != expr.Int && t != expr.Double {
		c.add(at+".score", "V023", fmt.Sprintf("%s is a %s, not a number", o.Score, t), "Name a number")
	}
	last := -1
	for j, v := range o.Visits {
		here := fmt.Sprintf("%s.visits[%d]", at, j)
		if c.ref(here, "visit", v, c.visitIDs()) {
			i := c.d.VisitIndex(v)
			if i <= last {
				c.add(here, "V080", fmt.Sprintf("%s does not come after the visit before it", v), "List the visits in the order of time")
			}
			last = i
		}
	}
	if o.Min >= o.Max {
		c.add(at+".min", "V025", fmt.Sprintf("min %v is not less than max %v", o.Min, o.Max), "Give the range of the score")
	}
	if o.SiteSD < 0 {
		c.add(at+".siteSD", "V014", "a standard deviation is not negative", "Write 0 or more")
	}
	n := len(o.Visits)
	c.eachArm(at+".arms", arms, len(o.Arms), func(j int) string { return o.Arms[j].Arm })
	for j, a := range o.Arms {
		here := fmt.Sprintf("%s.arms[%d]", at, j)
		for _, x := range []struct {
			key  string
			list []float64
		}{{"mean", a.Mean}, {"sd", a.SD}} {
			if len(x.list) != n {
				c.add(here+"."+x.key, "V090", fmt.Sprintf("%d values for %d visits", len(x.list), n), "Give one value for each visit")
			}
		}
		for k, sd := range a.SD {
			if sd <= 0 {
				c.add(fmt.Sprintf("%s.sd[%d]", here, k), "V014", "a standard deviation is positive", "Write the SD at that visit")
			}
		}
	}
	c.correlation(at+".correlation", o.Correlation, n)
}

// eachArm makes sure that every arm is described once.
func (c *checker) eachArm(at string, arms []string, n int, arm func(int) string) {
	seen := map[string]bool{}
	for j := range n {
		here := fmt.Sprintf("%s[%d].arm", at, j)
		c.ref(here, "arm", arm(j), arms)
		if seen[arm(j)] {
			c.add(here, "V010", fmt.Sprintf("the arm %q is described twice", arm(j)), "Describe every arm once")
		}
		seen[arm(j)] = true
	}
	for _, a := range arms {
		if !seen[a] && a != "" {
			c.add(at, "V090", fmt.Sprintf("the arm %q is not described", a), "Add an entry for it")
		}
	}
}

func (c *checker) correlation(at string, m [][]float64, n int) {
	if len(m) != n {
		c.add(at, "V090", fmt.Sprintf("the matrix has %d rows for %d visits", len(m), n), "Give a square matrix with one row for each visit")
		return
	}
	for i, row := range m {
		if len(row) != n {
			c.add(fmt.Sprintf("%s[%d]", at, i), "V090", fmt.Sprintf("the row has %d values for %d visits", len(row), n), "Give a square matrix")
			return
		}
	}
	for i := range m {
		for j := range m {
			here := fmt.Sprintf("%s[%d][%d]", at, i, j)
			switch {
			case i == j && m[i][j] != 1:
				c.add(here, "V091", fmt.Sprintf("the diagonal holds %v", m[i][j]), "A value's correlation with itself is 1")
				return
			case m[i][j] != m[j][i]:
				c.add(here, "V091", fmt.Sprintf("%v is not the value across the diagonal, %v", m[i][j], m[j][i]), "Make the matrix symmetric")
				return
			case math.Abs(m[i][j]) > 1:
				c.add(here, "V091", fmt.Sprintf("%v is no correlation", m[i][j]), "Write a value from -1 to 1")
				return
			}
		}
	}
	if !positiveDefinite(m) {
		c.add(at, "V091", "no data can have these correlations: the matrix is not positive definite", "Bring the values closer to zero, or to one another")
	}
}

// positiveDefinite tries a Cholesky factorisation.
func positiveDefinite(m [][]float64) bool {
	n := len(m)
	l := make([][]float64, n)
	for i := range l {
		l[i] = make([]float64, n)
		for j := 0; j <= i; j++ {
			sum := m[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i != j {
				l[i][j] = sum / l[j][j]
				continue
			}
			if sum <= 1e-10 {
				return false
			}
			l[i][i] = math.Sqrt(sum)
		}
	}
	return true
}

func (c *checker) simFollowers(s *Simulation) {
	outcomes := names(s.Outcomes, func(o *SimOutcome) string { return o.Score })
	for i, f := range s.Followers {
		at := fmt.Sprintf("simulation.followers[%d]", i)
		c.value(at+".score", f.Score, false)
		c.ref(at+".follows", "simulated outcome", f.Follows, outcomes)
		if f.SD < 0 {
			c.add(at+".sd", "V014", "a standard deviation is not negative", "Write 0 or more")
		}
		if f.Min >= f.Max {
			c.add(at+".min", "V025", fmt.Sprintf("min %v is not less than max %v", f.Min, f.Max), "Give the range of the score")
		}
	}
}

func (c *checker) simEvents(s *Simulation, arms []string) {
	if len(s.Dropout) > 0 {
		c.eachArm("simulation.dropout", arms, len(s.Dropout), func(j int) string { return s.Dropout[j].Arm })
	}
	for i, x := range s.Dropout {
		at := fmt.Sprintf("simulation.dropout[%d]", i)
		if len(s.Outcomes) > 0 && len(x.Before) != len(s.Outcomes[0].Visits)-1 {
			c.add(at+".before", "V090", fmt.Sprintf("%d shares for %d visits after baseline", len(x.Before), len(s.Outcomes[0].Visits)-1), "Give one share for each visit of the first outcome after its baseline")
		}
		for j, r := range x.Before {
			c.share(fmt.Sprintf("%s.before[%d]", at, j), r)
		}
	}
	var solicited []string
	if d := c.d.Dosing; d != nil {
		if f, ok := c.lib[d.Solicited]; ok {
			solicited = valuesOf(f)
		}
	}
	for i, x := range s.AdverseEvents {
		at := fmt.Sprintf("simulation.adverseEvents[%d]", i)
		c.rates(at+".rates", x.Rates, "arm", arms, false)
		c.share(at+".severe", x.Severe)
		c.share(at+".serious", x.Serious)
		c.word(at+".when", x.When, "session", "week-after", "any")
		if d := c.d.Dosing; d == nil || !c.broken[d.Solicited] {
			c.ref(at+".item", "item of the solicited list", x.Item, solicited)
		}
	}
	if len(s.Guess) > 0 {
		c.eachArm("simulation.guess", arms, len(s.Guess), func(j int) string { return s.Guess[j].Arm })
	}
	for i, x := range s.Guess {
		c.rates(fmt.Sprintf("simulation.guess[%d].rates", i), x.Rates, "arm", append(slices.Clone(arms), "unknown"), true)
	}
}

func (c *checker) simVitals(s *Simulation, arms []string) {
	var items []string
	if d := c.d.Dosing; d != nil {
		if f, ok := c.lib[d.Vitals.Form]; ok {
			items = valuesOf(f)
		}
	}
	for i, x := range s.Vitals {
		at := fmt.Sprintf("simulation.vitals[%d]", i)
		if d := c.d.Dosing; d == nil || !c.broken[d.Vitals.Form] {
			c.ref(at+".item", "item of the vitals form", x.Item, items)
		}
		for _, k := range sortedKeys(x.Rise) {
			c.ref(at+".rise."+k, "arm", k, arms)
		}
		if x.SD < 0 || x.RiseSD < 0 || x.Noise < 0 {
			c.add(at, "V014", "a standard deviation is not negative", "Write sd, riseSD and noise as 0 or more")
		}
		c.positive(at+".peak", x.Peak, "the time to the peak")
		c.positive(at+".halfLife", x.HalfLife, "the half-life")
	}
}

func (c *checker) published(s *Simulation, arms []string) {
	for i, x := range s.Published {
		at := fmt.Sprintf("simulation.published[%d]", i)
		c.word(at+".quantity", x.Quantity, "mean", "change", "difference", "response", "remission", "loss-of-diagnosis", "adverse-event", "baseline", "vital")
		c.ref(at+".arm", "arm", x.Arm, arms)
		c.ref(at+".visit", "visit", x.Visit, c.visitIDs())
		if x.Lower > x.Upper {
			c.add(at+".lower", "V025", fmt.Sprintf("the interval from %v to %v ends before it begins", x.Lower, x.Upper), "Swap the limits")
		}
		if x.SD < 0 || x.N < 0 || x.Events < 0 {
			c.add(at, "V014", "sd, n and events are not negative", "Write 0 or more")
		}
		if x.N > 0 && x.Events > x.N {
			c.add(at+".events", "V014", fmt.Sprintf("%d of %d had it", x.Events, x.N), "events is at most n")
		}
	}
}
