package analysis

import (
	"math"
	"slices"

	"varde/bilingual"
	"varde/instrument"
)

// What safety asks besides counts of events: who got worse on a scale of few levels, such
// as C-SSRS, and who had a laboratory or ECG value past a limit of its form.

// ShiftResult is a scale of whole numbers, as it was before and at its worst after the
// first dose.
type ShiftResult struct {
	ID     string         `json:"id"` // of the safety endpoint
	Text   bilingual.Text `json:"text"`
	Levels []int          `json:"levels"`
	Groups []ShiftGroup   `json:"groups"`
}

// ShiftGroup counts people of a group: row = before, column = highest after, both in the
// order of Levels.
type ShiftGroup struct {
	Group   string  `json:"group"`
	N       int     `json:"n"`
	Counts  [][]int `json:"counts"`
	Missing int     `json:"missing"` // dosed, without both values
	Worse   Share   `json:"worse"`   // of those with both
}

const mostShiftLevels = 12

func (r *run) shifts() []ShiftResult {
	var out []ShiftResult
	for _, e := range r.plan.p.Analysis.Endpoints {
		if e.Role != "safety" || r.hides(formOf(e.Score)) {
			continue
		}
		type pair struct{ before, after int }
		pairs, missing := make([][]pair, len(r.groups)), make([]int, len(r.groups))
		var levels []int
		for g, people := range r.byGroup(r.treated) {
			for _, x := range people {
				before, ok := x.score(e.Baseline, e.Score)
				after, seen := 0.0, false
				for _, v := range e.Visits {
					if y, given := x.score(v, e.Score); given && (!seen || y > after) {
						after, seen = y, true
					}
				}
				if !ok || !seen || before != math.Trunc(before) || after != math.Trunc(after) {
					missing[g]++
					continue
				}
				p := pair{int(before), int(after)}
				pairs[g] = append(pairs[g], p)
				levels = append(levels, p.before, p.after)
			}
		}
		slices.Sort(levels)
		if levels = slices.Compact(levels); len(levels) == 0 || len(levels) > mostShiftLevels {
			continue
		}
		res := ShiftResult{ID: e.ID, Text: e.Text, Levels: levels}
		for g := range r.groups {
			s := ShiftGroup{Group: r.groups[g].ID, N: len(pairs[g]), Missing: missing[g], Counts: make([][]int, len(levels))}
			for i := range s.Counts {
				s.Counts[i] = make([]int, len(levels))
			}
			worse := 0
			for _, p := range pairs[g] {
				s.Counts[slices.Index(levels, p.before)][slices.Index(levels, p.after)]++
				if p.after > p.before {
					worse++
				}
			}
			s.Worse = share(worse, s.N)
			res.Groups = append(res.Groups, s)
		}
		out = append(out, res)
	}
	return out
}

// FindingResult is a limit of a form of measurements, such as laboratory tests or ECG:
// how many people were past it after the first dose, of those who were measured then.
type FindingResult struct {
	Form   string         `json:"form"`
	Alert  string         `json:"alert"`
	Title  bilingual.Text `json:"title"` // of the form
	Text   bilingual.Text `json:"text"`  // of the limit
	Groups []Share        `json:"groups"`
	Before []Share        `json:"before"` // at any time before the first dose
	Source *Provenance    `json:"source,omitempty"`
}

// limited says that a form's limits are counted: one of measurements, the vital signs of
// sessions apart, which have a section of their own.
func limited(p plan, c *instrument.Compiled) bool {
	return c.Kind == instrument.Measurement && len(c.Alerts) > 0 && (p.p.Dosing == nil || p.p.Dosing.Vitals.Form != c.ID)
}

func (r *run) findings() []FindingResult {
	var out []FindingResult
	for _, form := range r.plan.forms() {
		c, ok := r.plan.form(form)
		if !ok || !limited(r.plan, c) || r.hides(form) {
			continue
		}
		first := len(out)
		for _, a := range c.Alerts {
			out = append(out, FindingResult{Form: form, Alert: a.ID, Title: c.Title, Text: a.Text,
				Source: &Provenance{Source: a.Source, Status: a.Status, Confirm: a.Confirm}})
		}
		for _, people := range r.byGroup(r.treated) {
			measured := [2]int{} // before, after
			past := [2]map[string]int{{}, {}}
			for _, x := range people {
				var seen [2]bool
				raised := [2]map[string]bool{{}, {}}
				for i := range x.Records {
					if x.Records[i].Form != form {
						continue
					}
					when := 0
					if x.Records[i].SavedAt.After(x.FirstDose()) {
						when = 1
					}
					seen[when] = true
					for _, a := range c.Alerting(x.Records[i].values(), x.Records[i].values()) {
						raised[when][a.ID] = true
					}
				}
				for when := range seen {
					if seen[when] {
						measured[when]++
					}
					for id := range raised[when] {
						past[when][id]++
					}
				}
			}
			for i := range c.Alerts {
				f := &out[first+i]
				f.Before = append(f.Before, share(past[0][f.Alert], measured[0]))
				f.Groups = append(f.Groups, share(past[1][f.Alert], measured[1]))
			}
		}
	}
	return out
}

// values of a record by id, items and scores.
func (r *Record) values() map[string]instrument.Value {
	out := make(map[string]instrument.Value, len(r.Answers))
	for _, a := range r.Answers {
		out[a.ID] = a.Value
	}
	return out
}

// forms of the protocol's visits and logs, each once, in their order.
func (p plan) forms() []string {
	var out []string
	for _, v := range p.p.Visits {
		for _, f := range v.Forms {
			if !slices.Contains(out, f.Form) {
				out = append(out, f.Form)
			}
		}
	}
	return out
}
