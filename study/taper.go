package study

import (
	"fmt"
	"slices"
	"time"

	"varde/protocol"
)

// Logs that are known by their form's id, by convention: a protocol that keeps one under
// this name gets the plan, the reminders and the tasks that follow from it.
const (
	TaperLog   = "taper"
	ContactLog = "contact"
	NoteLog    = "therapist_note"

	riskForm = "cssrs" // the suicide risk interview
)

// TaperStep is one step of a plan: from On so much is taken.
type TaperStep struct {
	On   Day
	Dose float64 // in the plan's unit
}

// Taper is a prescriber's plan, as written down.
type Taper struct {
	Record    *FormState
	Medicine  string
	Unit      string
	Start     float64 // before the first step
	Steps     []TaperStep
	LastDay   Day    // with any of it; 0 = not known
	State     string // "planned", "done", "stopped"
	Earliest  Day    // first day after the washout; 0 = not known
	Washout   protocol.Duration
	Recognise bool // the medicine is in the protocol's table

	RiskEvery int       // days between suicide risk interviews
	RiskLast  time.Time // the last one, wherever it was held
	RiskDue   Day       // the next one; 0 = none is due any more
}

// Next answers the first step after a day; ok is false when there is none.
func (t *Taper) Next(on Day) (TaperStep, bool) {
	for _, s := range t.Steps {
		if s.On > on {
			return s, true
		}
	}
	return TaperStep{}, false
}

// Tapers answers the plans in the log, in its order. While a plan runs, and for the
// interval after its last day, the suicide risk interview is due again and again.
func Tapers(def *protocol.Definition, s *State) []Taper {
	var out []Taper
	for _, f := range s.Records("", TaperLog) {
		t := Taper{Record: f, Medicine: f.Values["medicine"].Text(), Unit: f.Values["unit"].Text(), State: f.Values["state"].Text()}
		t.Start, _ = f.Values["start_dose"].Float()
		for i := 1; ; i++ {
			if c, ok := def.Form(TaperLog); !ok {
				break
			} else if _, there := c.Item(fmt.Sprintf("step%d_on", i)); !there {
				break
			}
			on, known := dayIn(f.Values[fmt.Sprintf("step%d_on", i)].Text())
			dose, given := f.Values[fmt.Sprintf("step%d_dose", i)].Float()
			if known && given {
				t.Steps = append(t.Steps, TaperStep{on, dose})
			}
		}
		slices.SortStableFunc(t.Steps, func(a, b TaperStep) int { return int(a.On - b.On) })
		t.LastDay, _ = dayIn(f.Values["last_day"].Text())
		for _, x := range MatchMedicine(def, t.Medicine, f.Values["atc"].Text()) {
			t.Recognise = true
			t.Washout = max(t.Washout, x.Washout)
		}
		if t.LastDay != 0 && t.Washout > 0 {
			t.Earliest = t.LastDay + Day(t.Washout.Days())
		}
		t.risk(s)
		out = append(out, t)
	}
	return out
}

// risk reckons when the suicide risk interview is due next.
func (t *Taper) risk(s *State) {
	every, ok := t.Record.Values["cssrs_every"].Float()
	if !ok || every < 1 {
		return
	}
	t.RiskEvery, t.RiskLast = int(every), lastRisk(s)
	if t.State != "planned" || len(t.Steps) == 0 {
		return
	}
	due := t.Steps[0].On
	if !t.RiskLast.IsZero() {
		due = max(due, DayOf(t.RiskLast, s.Zone)+Day(t.RiskEvery))
	}
	if t.LastDay == 0 || due <= t.LastDay+Day(t.RiskEvery) {
		t.RiskDue = due
	}
}

// lastRisk answers when the suicide risk interview was last held: at a visit, or in a
// contact with the participant.
func lastRisk(s *State) time.Time {
	var last time.Time
	if f := s.Latest[riskForm]; f != nil {
		last = f.At()
	}
	for _, f := range s.Records("", ContactLog) {
		if held, _ := f.Values["cssrs"].Bool(); held && f.At().After(last) {
			last = f.At()
		}
	}
	return last
}

func dayIn(text string) (Day, bool) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, false
	}
	return DayOf(t, time.UTC), true
}

// tapers reminds of the suicide risk interview while a medicine is tapered.
func (b *taskList) tapers() {
	if b.s.Status().Gone() {
		return
	}
	for _, t := range Tapers(b.def, b.s) {
		if t.RiskDue == 0 {
			continue
		}
		b.add(Task{ID: fmt.Sprintf("taper/%d", t.Record.Key.Repeat), Kind: TaskTaper, Roles: []string{"physician", "therapist"}, Form: TaperLog, Repeat: t.Record.Key.Repeat,
			Title: Text{EN: "Suicide risk interview (C-SSRS) while a medicine is tapered", NB: "Selvmordsrisikointervju (C-SSRS) under nedtrapping"},
			Opens: t.RiskDue.Start(b.s.Zone), Due: t.RiskDue.Start(b.s.Zone), Closes: t.RiskDue.End(b.s.Zone)})
	}
}

// contacts puts the contact that was agreed last on the list, until there is a later one.
func (b *taskList) contacts() {
	if b.s.Status().Gone() {
		return
	}
	f := b.s.newest("", ContactLog)
	if f == nil {
		return
	}
	next, err := time.Parse(time.RFC3339, f.Values["next"].Text())
	if err != nil || !next.After(f.At()) {
		return
	}
	p, ok := PlaceOf(b.def, "", ContactLog)
	if !ok {
		return
	}
	b.add(Task{ID: "contact", Kind: TaskContact, Roles: p.Roles, Form: ContactLog, Title: Text{EN: "Make contact as agreed", NB: "Ta kontakt som avtalt"},
		Opens: next.Add(-12 * time.Hour), Due: next, Closes: next.Add(24 * time.Hour)})
}
