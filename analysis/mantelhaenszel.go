package analysis

import (
	"errors"
	"math"
	"slices"
	"strings"

	"varde/stats/proportion"
)

// responderData answers the rows of a model of shares: one for each member of the
// estimand's population, Outcome 1 for yes and 0 for no at the endpoint's main visit.
// Who has no value there, or only one that the estimand leaves out, has no row, or a no
// where the plan counts them so.
func (r *run) responderData(d ModelData) ModelData {
	d.Rows = nil
	program := r.plan.responder(d.Model.Responder)
	people, _ := r.population(d.Estimand.Population)
	at := slices.Index(d.Endpoint.Visits, d.Endpoint.At)
	for _, x := range people {
		if x.group < 0 {
			continue
		}
		answer := x.responds(program, &d.Endpoint, d.Endpoint.At)
		if until := x.cutoff(d.Estimand); !until.IsZero() && !x.measuredAt(d.Endpoint.At, formOf(d.Endpoint.Score)).Before(until) {
			answer = undecided
		}
		row := ModelRow{Subject: x.ID, Site: x.Site, Group: x.group, Visit: at, Factor: r.factor(x)}
		switch {
		case answer == yes:
			row.Outcome = 1
		case answer == no:
		case d.Model.Missing == "non-response":
			d.unanswered++
		default:
			d.unanswered++
			continue
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}

// MantelHaenszel compares shares at the endpoint's main visit, within sites where the
// plan names the site: the common difference with Sato's variance, and the test of
// Cochran, Mantel and Haenszel without continuity correction. The shares of the arms have
// Wilson intervals.
type MantelHaenszel struct{}

// Method is "mantel-haenszel".
func (MantelHaenszel) Method() string { return "mantel-haenszel" }

// Estimate implements Estimator.
func (MantelHaenszel) Estimate(d ModelData) (ModelResult, error) {
	out := ModelResult{Shares: true, Subjects: len(d.Rows), Observations: len(d.Rows)}
	t := modelTable{}
	switch {
	case d.unanswered > 0 && d.Model.Missing == "non-response":
		t.step("%d people have no answer and count as no", d.unanswered)
	case d.unanswered > 0:
		t.step("%d people have no answer and are left out", d.unanswered)
	}
	strata := t.strata(d)
	for g := range d.Groups {
		var n proportion.Count
		for _, s := range strata {
			n.Events, n.N = n.Events+s[g].Events, n.N+s[g].N
		}
		e, err := proportion.Wilson(n, d.level())
		if err != nil {
			return ModelResult{Steps: t.steps}, errors.New("an arm has nobody with an answer")
		}
		mean := ModelMean{Arm: d.Groups[g].ID, Visit: d.Endpoint.At, N: n.N, Estimate: Estimate{Value: &e.Estimate, Lower: &e.Lower, Upper: &e.Upper}}
		out.Means = append(out.Means, mean)
		if d.Control < 0 {
			out.Contrasts = append(out.Contrasts, ModelContrast{Arm: mean.Arm, Visit: mean.Visit, Main: true, N: []int{n.N}, Estimate: mean.Estimate})
		}
	}
	for g := range d.Groups {
		if d.Control < 0 || g == d.Control {
			continue
		}
		c, err := t.against(d, strata, g)
		if err != nil {
			return ModelResult{Steps: t.steps}, err
		}
		c.N = []int{out.Means[g].N, out.Means[d.Control].N}
		out.Contrasts = append(out.Contrasts, c)
	}
	out.Steps = t.steps
	return out, nil
}

// strata counts yes and all by group, in each site if the plan names the site.
func (t *modelTable) strata(d ModelData) [][]proportion.Count {
	of := func(int) string { return "" }
	if slices.Contains(d.Model.Fixed, columnSite) {
		if sites := sitesOf(d, d.Rows, t.step); sites != nil {
			of = func(i int) string { return sites[i] }
		}
	}
	index, out := map[string]int{}, [][]proportion.Count{}
	for i, x := range d.Rows {
		k, ok := index[of(i)]
		if !ok {
			k = len(out)
			index[of(i)] = k
			out = append(out, make([]proportion.Count, len(d.Groups)))
		}
		out[k][x.Group].N++
		if x.Outcome == 1 {
			out[k][x.Group].Events++
		}
	}
	if len(out) > 1 {
		t.step("compared within %d sites", len(out))
	}
	return out
}

func (t *modelTable) against(d ModelData, strata [][]proportion.Count, g int) (ModelContrast, error) {
	pairs := make([]proportion.Stratum, len(strata))
	for k, s := range strata {
		pairs[k] = proportion.Stratum{First: s[g], Second: s[d.Control]}
	}
	e, err := proportion.MantelHaenszelDifference(pairs, d.level())
	if err != nil {
		return ModelContrast{}, errors.New(strings.TrimPrefix(err.Error(), "proportion: "))
	}
	test, err := proportion.CochranMantelHaenszel(pairs, false)
	if err != nil {
		return ModelContrast{}, errors.New(strings.TrimPrefix(err.Error(), "proportion: "))
	}
	for _, note := range e.Notes {
		t.step("%s", note)
	}
	return ModelContrast{Arm: d.Groups[g].ID, Control: d.Groups[d.Control].ID, Visit: d.Endpoint.At, Main: true,
		Estimate: Estimate{Value: &e.Estimate, Lower: &e.Lower, Upper: &e.Upper},
		Test:     Test{SE: e.SE, Statistic: math.Copysign(math.Sqrt(test.Statistic), e.Estimate), P: test.P}}, nil
}
