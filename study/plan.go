package study

import (
	"time"

	"varde/protocol"
)

// PlanKind is a kind of line in a session's timetable.
type PlanKind string

const (
	PlanVitals PlanKind = "vitals"
	PlanForm   PlanKind = "form"
)

// PlanLine is one thing due in a session. Due is zero while its anchor has not
// happened.
type PlanLine struct {
	ID     string // slot
	Kind   PlanKind
	Title  Text
	Form   string
	Due    time.Time
	Latest time.Time // due plus tolerance
	Done   time.Time
	Record *FormState
	By     []string
}

// SessionPlan answers the timetable of a session in the protocol's order, without
// what hangs on a supplemental dose that was not taken.
func SessionPlan(def *protocol.Definition, s *State, x *SessionState) []PlanLine {
	d := def.Dosing
	if d == nil || x == nil {
		return nil
	}
	slots := map[string]*FormState{}
	for _, form := range sessionFormIDs(d) {
		for _, f := range s.Records(x.Visit, form) {
			if f.Slot != "" && slots[f.Slot] == nil {
				slots[f.Slot] = f
			}
		}
	}
	var out []PlanLine
	add := func(kind PlanKind, id string, title Text, form string, anchor protocol.SessionAnchor, offset, tolerance protocol.Duration, by []string) {
		if anchor == protocol.AtSupplement && x.Decision != "" && x.Decision != "given" {
			return
		}
		l := PlanLine{ID: id, Kind: kind, Title: title, Form: form, By: by}
		if t := anchorTime(def, x, anchor); !t.IsZero() {
			l.Due = t.Add(offset.Std())
			l.Latest = l.Due.Add(tolerance.Std())
		}
		if f := slots[id]; f != nil {
			l.Record, l.Done = f, f.At()
		}
		out = append(out, l)
	}
	for _, v := range d.Vitals.Sets {
		add(PlanVitals, v.ID, v.Title, d.Vitals.Form, v.Anchor, v.Offset, v.Tolerance, v.By)
	}
	for _, f := range d.Forms {
		add(PlanForm, f.ID, f.Title, f.Form, f.Anchor, f.Offset, f.Tolerance, f.By)
	}
	return out
}

func sessionFormIDs(d *protocol.Dosing) []string {
	ids := []string{d.Vitals.Form}
	for _, f := range d.Forms {
		if !contains(ids, f.Form) {
			ids = append(ids, f.Form)
		}
	}
	return ids
}

func anchorTime(def *protocol.Definition, x *SessionState, a protocol.SessionAnchor) time.Time {
	switch a {
	case protocol.AtStart:
		return x.Started
	case protocol.AtDose:
		return x.DoseAt
	case protocol.AtSupplement:
		return x.SupplementAt
	case protocol.AtCheckpoint:
		if !x.DecidedAt.IsZero() {
			return x.DecidedAt
		}
		if step := doseStep(def, x.Visit, "supplement"); step != nil && !x.DoseAt.IsZero() {
			return x.DoseAt.Add(step.Earliest.Std())
		}
	case protocol.AtEnd:
		if !x.DoseAt.IsZero() {
			return x.DoseAt.Add(def.Dosing.Discharge.Earliest.Std())
		}
	}
	return time.Time{}
}

func doseStep(def *protocol.Definition, visit, step string) *protocol.DoseStep {
	for i := range def.Dosing.Doses {
		if x := &def.Dosing.Doses[i]; x.Visit == visit && x.Step == step {
			return x
		}
	}
	return nil
}

// SupplementAmounts answers the allowed supplemental amounts in mg for a session, none when there is no supplement.
func SupplementAmounts(def *protocol.Definition, x *SessionState) []float64 {
	step := doseStep(def, x.Visit, "supplement")
	if step == nil {
		return nil
	}
	var out []float64
	for _, a := range step.Amounts {
		if !step.HalfOf || a*2 == x.Dose {
			out = append(out, a)
		}
	}
	return out
}

// InitialAmounts answers the allowed initial amounts in mg for a session.
func InitialAmounts(def *protocol.Definition, visit string) []float64 {
	if step := doseStep(def, visit, "initial"); step != nil {
		return step.Amounts
	}
	return nil
}
