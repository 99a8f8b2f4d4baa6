package analysis

import (
	"varde/bilingual"
	"varde/protocol"
	"varde/stats/summary"
)

// EndpointResult is a score followed over the visits.
type EndpointResult struct {
	ID         string         `json:"id"`
	Role       string         `json:"role"`
	Text       bilingual.Text `json:"text"`
	Population string         `json:"population"`
	Baseline   string         `json:"baseline"`
	At         string         `json:"at"` // visit of the main comparison
	Change     bool           `json:"change"`
	Hidden     bool           `json:"hidden,omitempty"` // the reader may not see these values yet
	Visits     []VisitResult  `json:"visits"`
}

// VisitResult is one endpoint at one visit.
type VisitResult struct {
	Visit    string         `json:"visit"`
	Title    bilingual.Text `json:"title"`
	Week     *int           `json:"week,omitempty"`
	Baseline bool           `json:"baseline,omitempty"`
	Main     bool           `json:"main,omitempty"`
	Groups   []GroupVisit   `json:"groups"`
	Against  []Contrast     `json:"contrasts,omitempty"`
}

// GroupVisit is one column at one visit. Change is of those with both values.
type GroupVisit struct {
	Group   string   `json:"group"`
	N       int      `json:"population"` // in the population
	Missing Missing  `json:"missing"`
	Value   Mean     `json:"observed"`
	Change  *Mean    `json:"change,omitempty"`
	Effect  Estimate `json:"standardisedChange,omitzero"` // change / SD of change, where nothing is compared
}

// Missing says how many of the population have no value, and what is known of why.
type Missing struct {
	Total   int `json:"total"`
	Left    int `json:"left"`    // withdrew or were lost
	Missed  int `json:"missed"`  // the visit was missed
	Ahead   int `json:"ahead"`   // the visit is not held yet
	Unrated int `json:"unrated"` // held, but the score is missing
}

// Contrast is an arm against the control at a visit: the difference of mean
// change (of mean value where the plan does not analyse change), and the same
// standardised (Hedges g).
type Contrast struct {
	Arm        string     `json:"arm"`
	Control    string     `json:"control"`
	Difference Estimate   `json:"difference"`
	Effect     Estimate   `json:"hedgesG"`
	Published  *Published `json:"published,omitempty"`
}

func (r *run) endpoints() []EndpointResult {
	out := []EndpointResult{}
	for i := range r.plan.p.Analysis.Endpoints {
		out = append(out, r.endpoint(&r.plan.p.Analysis.Endpoints[i]))
	}
	return out
}

func (r *run) endpoint(e *protocol.Endpoint) EndpointResult {
	people, population := r.populationOf(e.ID)
	out := EndpointResult{ID: e.ID, Role: e.Role, Text: e.Text, Population: population, Baseline: e.Baseline, At: e.At, Change: e.Change}
	if r.hides(formOf(e.Score)) {
		out.Hidden, out.Visits = true, []VisitResult{}
		return out
	}
	groups := r.byGroup(people)
	visits := append([]string{e.Baseline}, e.Visits...)
	for i, visit := range visits {
		v := VisitResult{Visit: visit, Title: r.visitTitle(visit), Baseline: i == 0, Main: visit == e.At}
		if i < len(e.Weeks) {
			v.Week = &e.Weeks[i]
		}
		samples := make([]summary.Sample, len(groups))
		for g, members := range groups {
			var cell GroupVisit
			cell, samples[g] = r.groupVisit(e, visit, i > 0, members, g)
			v.Groups = append(v.Groups, cell)
		}
		if i > 0 {
			for _, g := range r.compared() {
				c := Contrast{Arm: r.groups[g].ID, Control: r.groups[r.control].ID,
					Difference: estimate(summary.Welch(samples[g], samples[r.control], Level)),
					Effect:     estimate(summary.Hedges(samples[g], samples[r.control], Level)),
				}
				if c.Published = r.published("difference", e.ID, c.Arm, visit); c.Published == nil {
					c.Published = r.published("difference", e.ID, "", visit)
				}
				v.Against = append(v.Against, c)
			}
		}
		out.Visits = append(out.Visits, v)
	}
	return out
}

// groupVisit describes one column, and answers the sample that is compared.
func (r *run) groupVisit(e *protocol.Endpoint, visit string, after bool, members []*person, g int) (GroupVisit, summary.Sample) {
	cell := GroupVisit{Group: r.groups[g].ID, N: len(members)}
	var values, changes []float64
	for _, x := range members {
		v, ok := x.score(visit, e.Score)
		if !ok || !finite(v) {
			cell.Missing.add(x, visit)
			continue
		}
		values = append(values, v)
		if base, ok := x.score(e.Baseline, e.Score); ok && finite(base) {
			changes = append(changes, v-base)
		}
	}
	var sample summary.Sample
	cell.Value, sample = mean(values)
	cell.Value.Published = r.publishedFor("mean", e.ID, g, visit)
	if !after || !e.Change {
		return cell, sample
	}
	change, sample := mean(changes)
	change.Published = r.publishedFor("change", e.ID, g, visit)
	cell.Change = &change
	if r.control < 0 {
		cell.Effect = estimate(summary.Within(sample, Level))
	}
	return cell, sample
}

func (m *Missing) add(x *person, visit string) {
	m.Total++
	for _, v := range x.Visits {
		if v.ID != visit {
			continue
		}
		if v.Missed != "" {
			m.Missed++
			return
		}
		m.Unrated++
		return
	}
	if !x.Left.IsZero() {
		m.Left++
		return
	}
	m.Ahead++
}

func (r *run) visitTitle(id string) bilingual.Text {
	for i := range r.plan.p.Visits {
		if r.plan.p.Visits[i].ID == id {
			return r.plan.p.Visits[i].Title
		}
	}
	return bilingual.Text{EN: id, NB: id}
}
