package analysis

import (
	"cmp"
	"slices"
	"strings"

	"varde/bilingual"
)

// AdverseResult counts adverse events of all who had at least one dose, from the
// first dose on (an event without a known beginning counts as after it). The log
// and the solicited list are two ways of asking: an effect found by either
// counts once for the participant, and each way is counted on its own beside it.
type AdverseResult struct {
	Hidden  bool         `json:"hidden,omitempty"`
	N       []int        `json:"n"`       // treated, by group
	Asked   []int        `json:"asked"`   // of them with at least one solicited list
	Totals  []AdverseRow `json:"totals"`  // any, related, severe, serious, solicited, unsolicited
	Terms   []AdverseRow `json:"terms"`   // most frequent first
	Earlier int          `json:"earlier"` // events before the first dose, counted in no row
}

// AdverseRow is one term, or one kind of event.
type AdverseRow struct {
	ID      string         `json:"id"`
	Text    bilingual.Text `json:"text,omitzero"`
	Groups  []AdverseCell  `json:"groups"`
	Against []RiskContrast `json:"contrasts,omitempty"`
}

// AdverseCell counts participants with the event at least once, and events.
type AdverseCell struct {
	Share            // participants
	Logged       int `json:"logged"`       // events in the log
	Solicited    int `json:"solicited"`    // answers of yes in solicited lists
	Severe       int `json:"severe"`       // participants with it in a severe form
	Serious      int `json:"serious"`      // participants with it as a serious event
	Unclassified int `json:"unclassified"` // logged events whose severity is not recorded
}

// kinds of the totals, in their order.
var kinds = []string{"any", "related", "severe", "serious", "solicited", "unsolicited"}

func (k adverseKind) holds(e AdverseEvent) bool {
	switch k {
	case "related":
		return slices.Contains([]string{"possible", "probable", "definite"}, e.Relation)
	case "severe":
		return e.Severity == "severe"
	case "serious":
		return e.Serious
	case "solicited":
		return e.Solicited
	case "unsolicited":
		return !e.Solicited
	}
	return true
}

type adverseKind string

// keyed is an event with the key of its term.
type keyed struct {
	AdverseEvent
	key string
}

func (r *run) adverse() AdverseResult {
	out := AdverseResult{N: make([]int, len(r.groups)), Asked: make([]int, len(r.groups)), Totals: []AdverseRow{}, Terms: []AdverseRow{}}
	if out.Hidden = r.hides(r.plan.p.Safety.Form); out.Hidden {
		return out
	}
	r.nameTerms()
	byGroup := r.byGroup(r.treated)
	events := map[*person][]keyed{}
	keys := map[string]int{}
	for g, people := range byGroup {
		out.N[g] = len(people)
		for _, x := range people {
			if x.Asked > 0 {
				out.Asked[g]++
			}
			first := x.FirstDose()
			seen := map[string]bool{}
			for _, e := range x.Events {
				if !e.Onset.IsZero() && e.Onset.Before(first) {
					out.Earlier++
					continue
				}
				k := r.termKey(e)
				events[x] = append(events[x], keyed{e, k})
				if !seen[k] {
					seen[k] = true
					keys[k]++
				}
			}
		}
	}
	for _, k := range kinds {
		row := r.adverseRow(k, byGroup, events, func(e keyed) bool { return adverseKind(k).holds(e.AdverseEvent) })
		for g := range row.Groups {
			row.Groups[g].Published = r.publishedFor("adverse-event", k, g, "")
		}
		out.Totals = append(out.Totals, row)
	}
	order := make([]string, 0, len(keys))
	for k := range keys {
		order = append(order, k)
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(keys[b], keys[a]), cmp.Compare(a, b)) })
	for _, k := range r.withPublished(order) {
		row := r.adverseRow(k, byGroup, events, func(e keyed) bool { return e.key == k })
		row.Text = r.termText[k]
		for g := range row.Groups {
			row.Groups[g].Published = r.publishedTerm(k, g)
		}
		out.Terms = append(out.Terms, row)
	}
	return out
}

func (r *run) adverseRow(id string, byGroup [][]*person, events map[*person][]keyed, holds func(keyed) bool) AdverseRow {
	row := AdverseRow{ID: id}
	var shares []Share
	for _, people := range byGroup {
		c := AdverseCell{}
		with := 0
		for _, x := range people {
			var any, severe, serious bool
			for _, e := range events[x] {
				if !holds(e) {
					continue
				}
				any, severe, serious = true, severe || e.Severity == "severe", serious || e.Serious
				if e.Solicited {
					c.Solicited++
					continue
				}
				c.Logged++
				if e.Severity == "" {
					c.Unclassified++
				}
			}
			with, c.Severe, c.Serious = with+one(any), c.Severe+one(severe), c.Serious+one(serious)
		}
		c.Share = share(with, len(people))
		shares = append(shares, c.Share)
		row.Groups = append(row.Groups, c)
	}
	row.Against = r.riskContrasts(shares)
	return row
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// nameTerms learns which words of the log mean an item of the solicited list:
// the item's own words, and the terms that the protocol's simulation ties to it.
func (r *run) nameTerms() {
	r.terms, r.termText = map[string]string{}, map[string]bilingual.Text{}
	for id, text := range solicitedText(r.plan) {
		r.terms[fold(text.EN)], r.terms[fold(text.NB)], r.termText[id] = id, id, text
	}
	if sim := r.plan.p.Simulation; sim != nil {
		for _, a := range sim.AdverseEvents {
			if _, known := r.termText[a.Item]; known {
				r.terms[fold(a.Term)] = a.Item
			}
		}
	}
}

func (r *run) termKey(e AdverseEvent) string {
	if e.Solicited {
		return e.Term
	}
	term := fold(e.Term)
	if id, ok := r.terms[term]; ok {
		return id
	}
	if _, ok := r.termText[term]; !ok {
		r.termText[term] = bilingual.Text{EN: e.Term, NB: e.Term}
	}
	return term
}

// withPublished adds the terms that were published and did not happen here: a
// zero beside a published number is an answer too.
func (r *run) withPublished(order []string) []string {
	if r.plan.p.Simulation == nil || len(r.treated) == 0 {
		return order
	}
	for _, p := range r.plan.p.Simulation.Published {
		if p.Quantity != "adverse-event" || slices.Contains(kinds, p.Subject) {
			continue
		}
		if k := r.termKey(AdverseEvent{Term: p.Subject}); !slices.Contains(order, k) {
			order = append(order, k)
		}
	}
	return order
}

func (r *run) publishedTerm(key string, g int) *Published {
	if r.plan.p.Simulation == nil {
		return nil
	}
	for _, p := range r.plan.p.Simulation.Published {
		if p.Quantity == "adverse-event" && r.termKey(AdverseEvent{Term: p.Subject}) == key {
			if found := r.publishedFor("adverse-event", p.Subject, g, ""); found != nil {
				return found
			}
		}
	}
	return nil
}
