package analysis

import (
	"strings"

	"varde/bilingual"
	"varde/expr"
	"varde/protocol"
	"varde/stats/summary"
)

// ResponderResult is a yes/no outcome at each visit of its endpoint. N counts
// those whose answer is known: nobody's missing value is made a yes or a no.
type ResponderResult struct {
	ID         string           `json:"id"`
	Endpoint   string           `json:"endpoint"`
	Text       bilingual.Text   `json:"text"`
	Population string           `json:"population"`
	Visits     []ResponderVisit `json:"visits"`
	Source     *Provenance      `json:"source,omitempty"`
}

// ResponderVisit is one visit.
type ResponderVisit struct {
	Visit     string         `json:"visit"`
	Title     bilingual.Text `json:"title"`
	Week      *int           `json:"week,omitempty"`
	Main      bool           `json:"main,omitempty"`
	Groups    []Share        `json:"groups"`
	Undecided []int          `json:"undecided"` // of the population, by group
	Against   []RiskContrast `json:"contrasts,omitempty"`
}

// RiskContrast is an arm against the control: difference of shares (Newcombe)
// and ratio.
type RiskContrast struct {
	Arm        string   `json:"arm"`
	Control    string   `json:"control"`
	Difference Estimate `json:"riskDifference"`
	Ratio      Estimate `json:"riskRatio"`
}

func (r *run) riskContrasts(shares []Share) []RiskContrast {
	var out []RiskContrast
	for _, g := range r.compared() {
		a, b := shares[g].count(), shares[r.control].count()
		out = append(out, RiskContrast{Arm: r.groups[g].ID, Control: r.groups[r.control].ID,
			Difference: estimate(summary.RiskDifference(a, b, Level)), Ratio: estimate(summary.RiskRatio(a, b, Level))})
	}
	return out
}

func (r *run) responders() []ResponderResult {
	out := []ResponderResult{}
	for _, d := range r.plan.p.Analysis.Responders {
		e := r.endpointOf(d.Endpoint)
		if e == nil {
			continue
		}
		if r.hides(formOf(e.Score)) {
			continue // the endpoint itself says that it is hidden
		}
		people, population := r.populationOf(e.ID)
		res := ResponderResult{ID: d.ID, Endpoint: e.ID, Text: d.Text, Population: population, Source: provenance(d.Provenance)}
		program := r.plan.responder(d.ID)
		groups := r.byGroup(people)
		for i, visit := range e.Visits {
			v := ResponderVisit{Visit: visit, Title: r.visitTitle(visit), Main: visit == e.At, Undecided: make([]int, len(groups))}
			if i+1 < len(e.Weeks) {
				v.Week = &e.Weeks[i+1]
			}
			for g, members := range groups {
				events, n := 0, 0
				for _, x := range members {
					switch x.responds(program, e, visit) {
					case yes:
						events++
						n++
					case no:
						n++
					default:
						v.Undecided[g]++
					}
				}
				s := share(events, n)
				s.Published = r.publishedFor(d.ID, e.ID, g, visit)
				v.Groups = append(v.Groups, s)
			}
			v.Against = r.riskContrasts(v.Groups)
			res.Visits = append(res.Visits, v)
		}
		out = append(out, res)
	}
	return out
}

func (r *run) endpointOf(id string) *protocol.Endpoint {
	for i := range r.plan.p.Analysis.Endpoints {
		if r.plan.p.Analysis.Endpoints[i].ID == id {
			return &r.plan.p.Analysis.Endpoints[i]
		}
	}
	return nil
}

// responderVars gives base, value, change and the bare values of the form at the visit.
type responderVars struct {
	x           *person
	form        string
	visit       string
	base, value float64
	has, based  bool
}

func (v responderVars) Var(name string) (any, bool) {
	switch name {
	case "value":
		return v.value, v.has
	case "base":
		return v.base, v.based
	case "change":
		return v.value - v.base, v.has && v.based
	}
	val, form, id := v.x.value(v.visit + "." + v.form + "." + name)
	return v.x.plan.native(form, id, val)
}

// responds is undecided where the visit has no value, even if the condition
// could do without it.
func (x *person) responds(program *expr.Program, e *protocol.Endpoint, visit string) answer {
	form, _, _ := strings.Cut(e.Score, ".")
	v := responderVars{x: x, form: form, visit: visit}
	v.base, v.based = x.score(e.Baseline, e.Score)
	v.value, v.has = x.score(visit, e.Score)
	if program == nil || !v.has {
		return undecided
	}
	switch truth, err := program.Test(v); {
	case err != nil || truth == expr.Unknown:
		return undecided
	case truth == expr.True:
		return yes
	}
	return no
}
