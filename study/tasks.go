package study

import (
	"fmt"
	"slices"
	"time"

	"varde/expr"
	"varde/instrument"
	"varde/protocol"
)

// Task is something that somebody should do. Tasks follow from the state alone.
type Task struct {
	Closes time.Time `json:"closes,omitzero"` // after this it is overdue; zero = no limit
	Due    time.Time `json:"due,omitzero"`    // wished for
	Form   string    `json:"form,omitempty"`
	ID     string    `json:"id"` // unique for the participant, stable while the task lasts
	Kind   TaskKind  `json:"kind"`
	Opens  time.Time `json:"opens,omitzero"`   // earliest
	Person string    `json:"person,omitempty"` // of the raters in Roles, the account whose task it is; "" = any
	Ref    string    `json:"ref,omitempty"`    // gate, breach, query, alert, clock, slot
	Repeat int       `json:"repeat,omitempty"`
	Roles  []string  `json:"roles,omitempty"`
	Title  Text      `json:"title"`
	Visit  string    `json:"visit,omitempty"`
}

// TaskKind says what is to be done.
type TaskKind string

const (
	TaskPrescreen   TaskKind = "prescreen"
	TaskConsent     TaskKind = "consent"
	TaskGate        TaskKind = "gate"
	TaskRandomise   TaskKind = "randomise"
	TaskVisit       TaskKind = "visit"
	TaskForm        TaskKind = "form"
	TaskVitals      TaskKind = "vitals"
	TaskSessionForm TaskKind = "session-form"
	TaskAcknowledge TaskKind = "acknowledge"
	TaskSession     TaskKind = "session" // go on with an open session
	TaskQuery       TaskKind = "query"
	TaskAlert       TaskKind = "alert"
	TaskReport      TaskKind = "report" // a safety clock is running
	TaskComplete    TaskKind = "complete"

	TaskUnblinding        TaskKind = "unblinding"         // take note of an emergency unblinding
	TaskConfirmUnblinding TaskKind = "confirm-unblinding" // one waits for its second person
	TaskDrawRater         TaskKind = "draw-rater"         // an assessment is planned and nobody can do it
	TaskStateBlindness    TaskKind = "state-blindness"    // the rater's statement is owed
	TaskMedicine          TaskKind = "medicine"           // the physician decides about one that may interact
	TaskTaper             TaskKind = "taper"              // the suicide risk interview is due while tapering
	TaskContact           TaskKind = "contact"            // a contact was agreed
	TaskSign              TaskKind = "sign"               // a record was changed after it was signed
	TaskReach             TaskKind = "reach"              // reminders do not reach the participant
)

// For says that the task is one of the role's, and where it was given to one person
// among raters, that it is theirs: a rater must not learn of others' assessments.
func (t Task) For(role, account string) bool {
	return contains(t.Roles, role) && (t.Person == "" || role != "rater" || t.Person == account)
}

// Overdue says that the task should have been done by now.
func (t Task) Overdue(now time.Time) bool { return !t.Closes.IsZero() && now.After(t.Closes) }

// allowances that no protocol sets: how soon office work is expected.
const (
	prescreenWithin = 7 * 24 * time.Hour
	consentWithin   = 14 * 24 * time.Hour
	formWithin      = 3 * 24 * time.Hour
	queryWithin     = 14 * 24 * time.Hour
)

// Tasks answers what is to be done for a participant, soonest first.
func Tasks(def *protocol.Definition, s *State) []Task {
	b := &taskList{def: def, s: s, env: Env{Now: s.Recorded}}
	b.safety()
	b.answers()
	b.unblindings()
	b.ratings()
	b.signatures()
	b.own()
	b.medicines()
	b.tapers()
	b.contacts()
	if !s.Status().Gone() {
		b.life()
		b.visits()
	}
	b.session()
	b.night()
	slices.SortStableFunc(b.out, func(x, y Task) int {
		if c := x.sortTime().Compare(y.sortTime()); c != 0 {
			return c
		}
		if x.ID < y.ID {
			return -1
		}
		return 1
	})
	return b.out
}

func (t Task) sortTime() time.Time {
	if t.Due.IsZero() {
		return t.Closes
	}
	return t.Due
}

type taskList struct {
	def *protocol.Definition
	s   *State
	env Env
	out []Task
}

func (b *taskList) add(t Task) { b.out = append(b.out, t) }

func (b *taskList) life() {
	s := b.s
	switch {
	case s.Prescreen == nil:
		t := s.Reached[Referred]
		b.add(Task{ID: "prescreen", Kind: TaskPrescreen, Title: Text{EN: "Pre-screening conversation", NB: "Forhåndssamtale"}, Roles: []string{"coordinator"}, Due: t.Add(prescreenWithin), Closes: t.Add(prescreenWithin)})
	case !s.ConsentCurrent(b.def) && !b.awaitsTalk():
		t := s.Reached[Prescreened]
		title := Text{EN: "Consent", NB: "Samtykke"}
		if !s.Reached[Consented].IsZero() {
			title = Text{EN: "Consent again: a newer version applies", NB: "Nytt samtykke: en nyere versjon gjelder"}
		}
		b.add(Task{ID: "consent", Kind: TaskConsent, Title: title, Roles: []string{"physician", "coordinator"}, Due: t.Add(consentWithin), Closes: t.Add(consentWithin)})
	}
	for _, g := range b.def.Eligibility.Gates {
		if _, done := s.Gates[g.ID]; done {
			continue
		}
		if i := b.def.VisitIndex(g.At); i >= 0 && !s.Visits[i].Held.IsZero() {
			t := s.Visits[i].Held
			b.add(Task{ID: "gate/" + g.ID, Kind: TaskGate, Title: g.Title, Roles: g.By, Ref: g.ID, Visit: g.At, Due: t.Add(formWithin), Closes: t.Add(2 * formWithin)})
		}
		break // one after the other
	}
	if b.def.Allocation != nil && s.Reached[Randomised].IsZero() && !s.Reached[Enrolled].IsZero() && s.Stopped.IsZero() {
		t := s.Reached[Enrolled]
		b.add(Task{ID: "randomise", Kind: TaskRandomise, Title: Text{EN: "Randomise", NB: "Randomiser"}, Roles: []string{"coordinator", "physician"}, Due: t.Add(formWithin), Closes: t.Add(2 * formWithin)})
	}
}

func (b *taskList) visits() {
	s := b.s
	open := 0
	for i, w := range Windows(b.def, s) {
		v, st := &b.def.Visits[i], s.Visits[i]
		if !VisitExists(b.def, s, b.env, i) {
			continue
		}
		if !st.Held.IsZero() {
			b.forms(i)
			continue
		}
		if st.Missed != "" && !b.awaited(v.ID) {
			continue
		}
		if !v.Optional {
			open++
		}
		if !w.Firm || orderFault(b.def, s, i) != nil || v.Optional && b.lapsed(i, w) {
			continue
		}
		t := Task{ID: "visit/" + v.ID, Kind: TaskVisit, Title: v.Title, Roles: v.By, Visit: v.ID,
			Opens: w.Opens.Start(s.Zone), Due: w.Target.Start(s.Zone), Closes: w.Closes.End(s.Zone)}
		if !st.Planned.IsZero() {
			t.Due = st.Planned
		}
		if v.Optional {
			t.Closes = time.Time{}
		}
		b.add(b.assign(t, v))
	}
	if open == 0 && !s.Reached[Enrolled].IsZero() {
		b.add(Task{ID: "complete", Kind: TaskComplete, Title: Text{EN: "Close the participant's study", NB: "Avslutt deltakerens studie"}, Roles: []string{"coordinator", "physician"}, Due: s.Recorded})
	}
}

// lapsed says that an optional visit is over: a later one was held after its window
// closed. One that was held earlier must not take a safety call off the list before its day.
func (b *taskList) lapsed(i int, w Window) bool {
	for j := i + 1; j < len(b.s.Visits); j++ {
		if held := b.s.Visits[j].Held; !held.IsZero() && DayOf(held, b.s.Zone) > w.Closes {
			return true
		}
	}
	return false
}

// awaited says that the next decision about eligibility is made at the visit. Missed, it
// stays a task: make another appointment, or record that the person leaves. Otherwise
// nobody would be asked to do anything any more.
func (b *taskList) awaited(visit string) bool {
	for _, g := range b.def.Eligibility.Gates {
		if _, done := b.s.Gates[g.ID]; !done {
			return g.At == visit
		}
	}
	return false
}

func (b *taskList) forms(i int) {
	v, held := &b.def.Visits[i], b.s.Visits[i].Held
	for _, f := range VisitForms(b.def, b.s, b.env, i) {
		if f.Use.Optional || f.State.Complete() {
			continue
		}
		p, ok := PlaceOf(b.def, v.ID, f.Use.Form)
		if !ok || p.Session {
			continue
		}
		b.add(b.assign(Task{ID: "form/" + v.ID + "/" + f.Use.Form, Kind: TaskForm, Title: p.Form.Title, Roles: p.Roles, Visit: v.ID, Form: f.Use.Form,
			Due: held.Add(formWithin), Closes: held.Add(formWithin)}, v))
	}
}

func (b *taskList) session() {
	x := b.s.OpenSession()
	if x == nil {
		return
	}
	v, _ := b.def.Visit(x.Visit)
	b.add(Task{ID: "session/" + x.Visit, Kind: TaskSession, Title: v.Title, Roles: v.By, Visit: x.Visit, Due: x.Started})
	for _, l := range SessionPlan(b.def, b.s, x) {
		if !l.Done.IsZero() || l.Due.IsZero() {
			continue
		}
		kind := TaskVitals
		if l.Kind == PlanForm {
			kind = TaskSessionForm
		}
		b.add(Task{ID: "slot/" + x.Visit + "/" + l.ID, Kind: kind, Title: l.Title, Roles: l.By, Visit: x.Visit, Form: l.Form, Ref: l.ID, Opens: l.Due, Due: l.Due, Closes: l.Latest})
	}
	for _, br := range x.Breaches {
		rule := b.def.Rule(br.Rule)
		if rule == nil || !br.Acknowledged.IsZero() {
			continue
		}
		roles := rule.Acknowledge.Roles
		closes := br.At.Add(rule.Acknowledge.Within.Std())
		if !br.Escalated.IsZero() {
			roles, closes = rule.Escalate.Roles, br.Escalated.Add(rule.Escalate.Within.Std())
		}
		b.add(Task{ID: "breach/" + br.ID, Kind: TaskAcknowledge, Title: rule.Text, Roles: roles, Visit: x.Visit, Ref: br.ID, Due: br.At, Closes: closes})
	}
}

func (b *taskList) answers() {
	for _, q := range b.s.Queries {
		if q.Closed.IsZero() {
			b.add(Task{ID: "query/" + q.ID, Kind: TaskQuery, Title: b.queryTitle(q), Roles: []string{"coordinator", "data-manager"}, Visit: q.Visit, Form: q.Form, Repeat: q.Repeat, Ref: q.ID,
				Due: q.Raised.Add(queryWithin), Closes: q.Raised.Add(queryWithin)})
		}
	}
	for _, a := range b.s.Alerts {
		if !a.Closed.IsZero() {
			continue
		}
		if alert, ok := alertOf(b.def, a.AlertRaised); ok {
			within, err := protocol.ParseDuration(alert.Within)
			if err != nil {
				within = protocol.Day
			}
			b.add(Task{ID: "alert/" + a.ID, Kind: TaskAlert, Title: alert.Text, Roles: []string{alert.Owner}, Visit: a.Visit, Form: a.Form, Repeat: a.Repeat, Ref: a.ID, Due: a.At, Closes: a.At.Add(within.Std())})
		}
	}
}

// queryTitle leaves the value out where not everyone who sees the list of tasks may
// see it: a task is the same for all roles.
func (b *taskList) queryTitle(q Query) Text {
	if c, ok := b.def.Form(q.Form); ok {
		if it, ok := c.Item(q.Item); ok && (it.Blinding == instrument.Rating || it.Blinding == instrument.Treating || it.Blinding == instrument.Unblinded) {
			return say("%s: a query", "%s: et spørsmål", it.Text)
		}
	}
	return QueryText(b.def, q)
}

func alertOf(def *protocol.Definition, a AlertRaised) (instrument.Alert, bool) {
	c, ok := def.Form(a.Form)
	if !ok {
		return instrument.Alert{}, false
	}
	i := slices.IndexFunc(c.Alerts, func(x instrument.Alert) bool { return x.ID == a.Alert })
	if i < 0 {
		return instrument.Alert{}, false
	}
	return c.Alerts[i], true
}

// safety turns the adverse events that start a reporting clock into tasks.
func (b *taskList) safety() {
	form, ok := b.def.Form(b.def.Safety.Form)
	if !ok {
		return
	}
	for _, f := range b.s.Records("", b.def.Safety.Form) {
		for _, k := range b.def.Safety.Clocks {
			if !b.s.Duties[dutyKey(k.ID, f.Key.Repeat)].IsZero() || !clockRuns(b.def, k.ID, form, f) {
				continue
			}
			b.add(Task{ID: fmt.Sprintf("report/%s/%d", k.ID, f.Key.Repeat), Kind: TaskReport, Title: k.Text, Roles: []string{k.Owner}, Form: f.Key.Form, Repeat: f.Key.Repeat, Ref: k.ID,
				Due: f.SavedAt, Closes: f.SavedAt.Add(k.Within.Std())})
		}
	}
}

func clockRuns(def *protocol.Definition, clock string, form *instrument.Compiled, f *FormState) bool {
	p := def.ClockProgram(clock)
	if p == nil {
		return false
	}
	t, err := p.Test(recordVars{form, f})
	return err == nil && t == expr.True
}

// recordVars gives one record's items and scores by their bare ids.
type recordVars struct {
	form *instrument.Compiled
	f    *FormState
}

func (v recordVars) Var(name string) (any, bool) {
	x, ok := v.f.Scores[name]
	if !ok {
		x = v.f.Values[name]
	}
	if !x.Given() {
		return nil, false
	}
	n := v.form.Native(name, x)
	return n, n != nil
}
