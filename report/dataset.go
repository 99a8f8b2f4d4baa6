package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"varde/analysis"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// Subject puts a participant's state into the plain form that analysis takes, with
// the values that the plan needs. The arm is "" when the reader may not know it.
func Subject(def *protocol.Definition, needs analysis.Needs, s *study.State, arm string) analysis.Subject {
	x := analysis.Subject{
		ID: s.ID, Site: s.Site, Arm: arm, Status: string(s.Status()), Reached: s.Reached,
		Stopped: s.Stopped, StopReason: s.StopReason, Left: s.Left, LeftReason: s.LeftReason, Lost: s.Lost, Done: s.Done,
		Queries: s.OpenQueries(), Deviations: len(s.Deviations),
	}
	if s.Failure != nil {
		x.FailedAt, x.Failed = s.Failure.Gate, s.Failure.Failed
	}
	if s.Prescreen != nil && !s.Prescreen.Passed {
		x.FailedAt, x.Failed = analysis.Prescreening, s.Prescreen.Reasons
	}
	for _, d := range s.Deviations {
		if d.Code == study.DeviationOutOfWindow || d.Code == study.DeviationVisitMissed {
			x.VisitsOut++
		}
	}
	if at, ok := study.ExcludedMedicine(def, s); ok {
		x.Occurred = append(x.Occurred, analysis.Occurred{ID: protocol.ExcludedMedication, At: at})
	}
	visits(def, s, &x)
	sessions(def, s, &x)
	records(def, needs, s, &x)
	return x
}

func visits(def *protocol.Definition, s *study.State, x *analysis.Subject) {
	env := study.Env{Now: s.Recorded}
	for i := range def.Visits {
		if i >= len(s.Visits) {
			return
		}
		v := s.Visits[i]
		if v.Held.IsZero() && v.Missed == "" {
			continue
		}
		x.Visits = append(x.Visits, analysis.Visit{ID: def.Visits[i].ID, Held: v.Held, Missed: v.Missed})
		if v.Held.IsZero() {
			continue
		}
		for _, f := range study.VisitForms(def, s, env, i) {
			if f.Use.Optional {
				continue
			}
			x.FormsDue++
			if f.State.Complete() {
				x.FormsDone++
			}
		}
	}
}

func sessions(def *protocol.Definition, s *study.State, x *analysis.Subject) {
	for i := range def.Visits {
		t := s.Sessions[def.Visits[i].ID]
		if t == nil || t.DoseAt.IsZero() {
			continue
		}
		x.Sessions = append(x.Sessions, analysis.Session{Visit: t.Visit, At: t.DoseAt, Dose: t.Dose, Supplement: t.Supplement, SupplementAt: t.SupplementAt})
	}
}

// records copies the forms, oldest first, and reads events, vital signs and
// guesses out of theirs.
func records(def *protocol.Definition, needs analysis.Needs, s *study.State, x *analysis.Subject) {
	forms := make([]*study.FormState, 0, len(s.Forms))
	for _, f := range s.Forms {
		if f != nil {
			forms = append(forms, f)
			x.MissingItems += len(f.Missing)
		}
	}
	slices.SortFunc(forms, func(a, b *study.FormState) int {
		return cmp.Or(a.SavedAt.Compare(b.SavedAt), cmp.Compare(def.VisitIndex(a.Key.Visit), def.VisitIndex(b.Key.Visit)),
			strings.Compare(a.Key.Visit, b.Key.Visit), strings.Compare(a.Key.Form, b.Key.Form), cmp.Compare(a.Key.Repeat, b.Key.Repeat))
	})
	for _, f := range forms {
		if need := needs[f.Key.Form]; need != nil {
			x.Records = append(x.Records, analysis.Record{Visit: f.Key.Visit, Form: f.Key.Form, Repeat: f.Key.Repeat, SavedAt: f.SavedAt, Answers: only(need, f.Scores, f.Values)})
		}
		switch {
		case f.Key.Form == def.Safety.Form:
			x.Events = append(x.Events, adverseEvent(f))
		case def.Dosing != nil && f.Key.Form == def.Dosing.Solicited:
			x.Asked++
			x.Events = append(x.Events, solicited(def, f)...)
		case def.Dosing != nil && f.Key.Form == def.Dosing.Vitals.Form:
			if p, ok := vitals(s, f); ok {
				x.Vitals = append(x.Vitals, p)
			}
		case f.Key.Form == "guess":
			if g := f.Values["guess"]; g.Given() {
				who := f.Values["who"].Text()
				x.Guesses = append(x.Guesses, analysis.Guess{Visit: f.Key.Visit, Who: who, Arm: g.Text(), At: f.SavedAt})
			}
		}
	}
}

// only copies the values that are needed, so that the whole form can be forgotten.
func only(need map[string]bool, scores, items study.Values) analysis.Answers {
	out := make(analysis.Answers, 0, len(need))
	for id := range need {
		v, ok := scores[id]
		if !ok {
			v, ok = items[id]
		}
		if ok {
			out = append(out, analysis.Answer{ID: id, Value: v})
		}
	}
	return out
}

func adverseEvent(f *study.FormState) analysis.AdverseEvent {
	serious, _ := f.Values["serious"].Bool()
	return analysis.AdverseEvent{Term: given(f.Values["term"]), Onset: moment(f.Values["onset"]), Severity: given(f.Values["severity"]),
		Relation: given(f.Values["relation"]), Serious: serious}
}

// solicited reads each yes of the closed list, with its severity and beginning
// from the items named after it.
func solicited(def *protocol.Definition, f *study.FormState) []analysis.AdverseEvent {
	c, ok := def.Form(f.Key.Form)
	if !ok {
		return nil
	}
	var out []analysis.AdverseEvent
	for i := range c.Items {
		id := c.Items[i].ID
		if b, ok := f.Values[id].Bool(); !ok || !b || c.Items[i].Type != instrument.Boolean {
			continue
		}
		out = append(out, analysis.AdverseEvent{Term: id, Solicited: true,
			Severity: given(f.Values[id+"_severity"]), Onset: moment(f.Values[id+"_onset"])})
	}
	return out
}

func vitals(s *study.State, f *study.FormState) (analysis.VitalsPoint, bool) {
	t := s.Sessions[f.Key.Visit]
	if t == nil {
		return analysis.VitalsPoint{}, false
	}
	p := analysis.VitalsPoint{Visit: f.Key.Visit, Dosed: !t.DoseAt.IsZero(), Values: map[string]float64{}}
	if p.Dosed {
		p.Minutes = f.At().Sub(t.DoseAt).Minutes()
	}
	for id, v := range f.Values {
		if n, ok := v.Float(); ok {
			p.Values[id] = n
		}
	}
	return p, len(p.Values) > 0
}

func given(v instrument.Value) string {
	if !v.Given() {
		return ""
	}
	return v.Text()
}

// moment reads a date-time or a date; zero when there is none.
func moment(v instrument.Value) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, given(v)); err == nil {
			return t
		}
	}
	return time.Time{}
}
