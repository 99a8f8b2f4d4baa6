package analysis

import (
	"slices"

	"varde/bilingual"
	"varde/instrument"
)

// BaselineResult is one line of the baseline table, of all who entered. Exactly
// one of Means and Shares is there; the last figure is of all groups together,
// and stands only where there are several.
type BaselineResult struct {
	ID      string         `json:"id"`
	Text    bilingual.Text `json:"text"`
	Summary string         `json:"summary"` // "mean" or "count"
	Hidden  bool           `json:"hidden,omitempty"`
	Means   []Mean         `json:"means,omitempty"`
	Shares  []Share        `json:"shares,omitempty"`
	Missing []int          `json:"missing"` // by figure
}

func (r *run) baseline() []BaselineResult {
	out := []BaselineResult{}
	columns := r.byGroup(r.entered)
	ids := []string{}
	for _, g := range r.groups {
		ids = append(ids, g.ID)
	}
	if len(r.groups) > 1 {
		columns, ids = append(columns, r.entered), append(ids, "")
	}
	for _, row := range r.plan.p.Analysis.Baseline {
		b := BaselineResult{ID: row.ID, Text: row.Text, Summary: row.Summary, Missing: []int{}}
		if b.Hidden = r.hides(formOf(row.Value)); b.Hidden {
			out = append(out, b)
			continue
		}
		for i, people := range columns {
			published := r.published("baseline", row.ID, ids[i], "")
			var numbers []float64
			known, counted := 0, 0
			for _, x := range people {
				v := x.beforeDose(row.Value)
				if !v.Given() {
					continue
				}
				if n, ok := v.Float(); ok {
					numbers = append(numbers, n)
				}
				known++
				if is(v, row.Code) {
					counted++
				}
			}
			if row.Summary == "count" {
				s := share(counted, known)
				s.Published = published
				b.Shares, b.Missing = append(b.Shares, s), append(b.Missing, len(people)-known)
			} else {
				m, _ := mean(numbers)
				m.Published = published
				b.Means, b.Missing = append(b.Means, m), append(b.Missing, len(people)-len(numbers))
			}
		}
		out = append(out, b)
	}
	return out
}

// is says whether an answer is the code; of several answers one is enough.
func is(v instrument.Value, code string) bool {
	if v.Kind() == instrument.List {
		return slices.Contains(v.Codes(), code)
	}
	if x, ok := v.Float(); ok {
		w, err := instrument.ParseNumber(code)
		y, number := w.Float()
		return err == nil && number && x == y
	}
	return v.Text() == code
}
