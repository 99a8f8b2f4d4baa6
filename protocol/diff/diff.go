// Package diff tells what an amendment changes: two versions of a protocol, line by
// line of what they say and not of how they are written. Whom it touches is told by
// simulate/migrate, from a record.
//
//	report := diff.Compare(old, next)
package diff

import (
	"fmt"
	"slices"

	"varde/bilingual"
	"varde/protocol"
)

// Text in English and Norwegian.
type Text = bilingual.Text

// text fills both languages of a format with the same arguments.
func text(en, nb string, args ...any) Text { return bilingual.Format(en, nb, args...) }

// Weight of a change.
type Weight string

const (
	Error  Weight = "error"  // the amendment cannot stand like this
	Loud   Weight = "loud"   // consent, a dose, safety, blinding or the primary analysis changes
	Change Weight = "change" // a participant, or the staff, will notice
	Note   Weight = "note"   // wording, sources, numbers of the simulation
)

// Areas of a protocol, in the order in which they are told.
const (
	Identity    = "identity"
	Allocation  = "allocation"
	Blinding    = "blinding"
	Consent     = "consent"
	Eligibility = "eligibility"
	Dosing      = "dosing"
	Safety      = "safety"
	Visits      = "visits"
	Forms       = "forms"
	Staffing    = "staffing"
	Analysis    = "analysis"
	Simulation  = "simulation"
)

// Areas in order.
var Areas = []string{Identity, Allocation, Blinding, Consent, Eligibility, Dosing, Safety, Visits, Forms, Staffing, Analysis, Simulation}

// Item is one thing that changes.
type Item struct {
	Area   string `json:"area"`
	Code   string `json:"code"`  // what kind of change, such as "window-moved"
	Place  string `json:"place"` // path in the protocol, such as "visits.V9.after"
	Weight Weight `json:"weight"`
	Text   Text   `json:"text"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

// Report is all that changes from Old to New.
type Report struct {
	Protocol   string `json:"protocol"`
	OldVersion string `json:"oldVersion"`
	NewVersion string `json:"newVersion"`
	OldDigest  string `json:"oldDigest"`
	NewDigest  string `json:"newDigest"`
	Items      []Item `json:"changes"`
}

// Compare answers what changes.
func Compare(old, next *protocol.Definition) *Report {
	c := &comparer{old: old, new: next}
	c.identity()
	c.allocation()
	c.blinding()
	c.consent()
	c.eligibility()
	c.dosing()
	c.safety()
	c.visits()
	c.forms()
	c.staffing()
	c.analysis()
	c.simulation()
	r := &Report{Protocol: next.ID, OldVersion: old.Version, NewVersion: next.Version, OldDigest: old.Digest, NewDigest: next.Digest, Items: c.items}
	if r.Items == nil {
		r.Items = []Item{}
	}
	slices.SortStableFunc(r.Items, func(a, b Item) int { return slices.Index(Areas, a.Area) - slices.Index(Areas, b.Area) })
	return r
}

// HasErrors says that the amendment cannot stand as it is.
func (r *Report) HasErrors() bool {
	return slices.ContainsFunc(r.Items, func(x Item) bool { return x.Weight == Error })
}

type comparer struct {
	old, new *protocol.Definition
	items    []Item
}

func (c *comparer) add(area, code, place string, w Weight, t Text, old, next string) {
	c.items = append(c.items, Item{area, code, place, w, t, old, next})
}

// pairs goes through two lists of the same kind by id: what is in both, what was taken
// out (next nil) and what was added (old nil), in the new list's order with the removed last.
func pairs[T any](old, next []T, id func(*T) string, do func(id string, old, next *T)) {
	was := map[string]*T{}
	for i := range old {
		was[id(&old[i])] = &old[i]
	}
	for i := range next {
		k := id(&next[i])
		do(k, was[k], &next[i])
		delete(was, k)
	}
	for i := range old {
		if k := id(&old[i]); was[k] == &old[i] {
			do(k, &old[i], nil)
		}
	}
}

// value compares one line.
func (c *comparer) value(area, place string, w Weight, what Text, old, next any) {
	a, b := show(old), show(next)
	if a != b {
		c.add(area, "changed", place, w, text("%s: %s, was %s", "%s: %s, var %s", what, orNone(b), orNone(a)), a, b)
	}
}

// show is a value as it would be written on one line.
func show(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case Text:
		return x.EN + " | " + x.NB
	case fmt.Stringer:
		return x.String()
	case *float64:
		if x == nil {
			return ""
		}
		return fmt.Sprintf("%g", *x)
	case float64:
		return fmt.Sprintf("%g", x)
	}
	return fmt.Sprintf("%v", v)
}

func orNone(s string) string {
	if s == "" || s == "[]" {
		return "–"
	}
	return s
}

// wording notes that a text was changed which changes nothing that is done.
func (c *comparer) wording(area, place string, old, next Text) {
	if old != next {
		c.add(area, "wording", place, Note, text("wording of %s", "ordlyden i %s", place), old.EN, next.EN)
	}
}
