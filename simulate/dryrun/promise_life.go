package dryrun

import (
	"reflect"
	"slices"
	"time"

	"varde/instrument"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// kept looks at one event that a command brought, from the state before the command.
func (l *life) kept(x Step, b *study.State, e study.Event) {
	if e.At.After(e.Recorded) || b != nil && e.At.Before(b.Reached[study.Referred]) {
		l.breaks("time", x, nil, e.Type(), text("%s stands at %s, entered at %s", "%s står til %s, ført %s", e.Type(), e.At.Format(time.RFC3339), e.Recorded.Format(time.RFC3339)))
	}
	if b == nil {
		return
	}
	switch d := e.Data.(type) {
	case study.DoseGiven:
		l.dosed(x, b, e, d)
	case study.SessionStarted:
		l.began(x, b, e, d.Visit)
	case study.ParticipantDischarged:
		l.discharged(x, b, e, d)
	case study.VisitHeld:
		l.held(x, b, e, d)
	case study.FormSaved:
		l.written(x, b, e, d.Visit, d.Form, d.Repeat)
	case study.FormCorrected:
		l.written(x, b, e, d.Visit, d.Form, d.Repeat)
	case study.ParticipantRandomised:
		l.entered(x, withKit(b), "dose-entry", "")
	}
	if b.Status().Gone() {
		switch e.Data.(type) {
		case study.VisitHeld, study.VisitPlanned, study.DoseGiven, study.SessionStarted, study.ParticipantRandomised, study.EligibilityDecided, study.ConsentGiven, study.SessionChecked:
			l.breaks("after-leaving", x, nil, e.Type(), text("%s after the participant had left", "%s etter at deltakeren hadde sluttet", study.Describe(l.w.def, e)))
		}
	}
}

// withKit lets a state pass as randomised: the gates are what is asked about.
func withKit(s *study.State) *study.State {
	n := *s
	n.Kit = "-"
	return &n
}

func (l *life) discharged(x Step, b *study.State, e study.Event, d study.ParticipantDischarged) {
	session, g := b.Sessions[d.Visit], l.w.def.Dosing.Discharge
	if d.To == "hospital" || session == nil {
		return
	}
	if last := session.LastDoseAt(); !last.IsZero() {
		least := max(g.Earliest.Std(), l.lastMeasurement(session))
		if stay := e.At.Sub(last); stay < least {
			l.breaks("stay", x, nil, "dosing.discharge", text("the participant left %s after the last dose; measurements are planned for %s", "deltakeren dro %s etter siste dose; målinger er planlagt i %s", stay.Round(time.Minute), least))
		}
	}
	for _, br := range session.Breaches {
		if br.Acknowledged.IsZero() {
			l.breaks("stay", x, nil, "dosing.rules."+br.Rule, text("the participant left while a passed limit was unanswered", "deltakeren dro mens en passert grense var ubesvart"))
		}
	}
	if g.Adult && d.To == "home" && !d.Adult {
		l.breaks("stay", x, nil, "dosing.discharge.adult", text("the participant went home with nobody", "deltakeren dro hjem uten noen"))
	}
	if g.Form != "" && !b.Last(d.Visit, g.Form).Complete() {
		l.breaks("stay", x, nil, "dosing.discharge.form", text("the participant left before readiness was assessed", "deltakeren dro før det ble vurdert om vedkommende var klar"))
	}
}

// lastMeasurement answers how long after the last dose the timetable still measures.
func (l *life) lastMeasurement(session *study.SessionState) time.Duration {
	var last time.Duration
	for _, s := range l.w.def.Dosing.Vitals.Sets {
		switch {
		case s.Anchor == protocol.AtDose && session.SupplementAt.IsZero(), s.Anchor == protocol.AtSupplement && !session.SupplementAt.IsZero():
			last = max(last, s.Offset.Std())
		}
	}
	return last
}

func (l *life) held(x Step, b *study.State, e study.Event, d study.VisitHeld) {
	v, ok := l.w.def.Visit(d.Visit)
	if !ok {
		return
	}
	at := "visits." + d.Visit
	for _, need := range v.Needs {
		if j := l.w.def.VisitIndex(need); j >= 0 {
			if st := b.Visits[j]; st.Held.IsZero() && st.Missed == "" || e.At.Before(st.Held) {
				l.breaks("visit-order", x, nil, at, text("%s was held before %s", "%s ble gjennomført før %s", v.Title, l.title(need)))
			}
		} else if b.Reached[protocol.Milestone(need)].IsZero() {
			l.breaks("visit-order", x, nil, at, text("%s was held before: %s", "%s ble gjennomført før: %s", v.Title, study.MilestoneName(protocol.Milestone(need))))
		}
	}
	if p, ok := l.w.def.Epoch(v.Epoch); ok {
		for _, m := range p.Needs {
			if b.Reached[m].IsZero() {
				l.breaks("visit-order", x, nil, at, text("%s was held before: %s", "%s ble gjennomført før: %s", v.Title, study.MilestoneName(m)))
			}
		}
	}
	if e.Role == "rater" {
		l.rating(x, b, e, v)
	}
}

// written looks at who entered a form, and whether danger in it calls somebody.
func (l *life) written(x Step, b *study.State, e study.Event, visit, form string, repeat int) {
	c, ok := l.w.def.Form(form)
	if !ok {
		return
	}
	at := "forms." + form
	v, planned := l.w.def.Visit(visit)
	if !l.mayWrite(e.Role, v, planned, c, form) {
		l.breaks("form-writer", x, nil, at, text("%q was entered by the role %s", "%q ble ført av rollen %s", c.Title, study.RoleName(e.Role)))
	}
	blinded := len(l.w.def.Blinding) > 0
	if planned && e.Role == "rater" {
		l.rating(x, b, e, v)
	}
	if blinded && planned && v.Kind == protocol.Rating && isRatingForm(c) && e.Role != "rater" && e.Role != "system" {
		l.breaks("rating-by-rater", x, nil, "visits."+visit, text("the blinded rating %q was entered by the role %s", "den blindede vurderingen %q ble ført av rollen %s", c.Title, study.RoleName(e.Role)))
	}
	f := l.s.Form(visit, form, repeat)
	if f == nil {
		l.breaks("record", x, nil, at, text("%q was saved and is not there", "%q ble lagret og finnes ikke", c.Title))
		return
	}
	for _, a := range c.Alerting(f.Values, f.Scores) {
		if !slices.ContainsFunc(l.s.Alerts, func(r study.AlertState) bool {
			return r.Alert == a.ID && r.Form == form && r.Visit == visit && r.Repeat == repeat
		}) {
			l.breaks("alerted", x, nil, at+"."+a.ID, text("an answer of %q means danger, and nobody was called", "et svar i %q betyr fare, og ingen ble kalt", c.Title))
		}
	}
}

// mayWrite says whether the protocol names the role for the form.
func (l *life) mayWrite(role string, v *protocol.Visit, planned bool, c *instrument.Compiled, form string) bool {
	if role == "participant" && c.Respondent == instrument.ByParticipant {
		return true
	}
	if !planned {
		i := slices.IndexFunc(l.w.def.Logs, func(x protocol.Log) bool { return x.Form == form })
		return i >= 0 && slices.Contains(l.w.def.Logs[i].By, role)
	}
	if i := slices.IndexFunc(v.Forms, func(u protocol.FormUse) bool { return u.Form == form }); i >= 0 && v.Forms[i].By != "" {
		return role == v.Forms[i].By
	}
	if c.Respondent == instrument.ByRater {
		return role == "rater"
	}
	if d := l.w.def.Dosing; d != nil && d.Overnight != nil && d.Overnight.Form == form && slices.Contains(d.Overnight.By, role) {
		return true
	}
	return slices.Contains(v.By, role) || role == "coordinator" && v.Kind != protocol.Rating
}

// rating looks at what a rater did at an assessment of a blinded study.
func (l *life) rating(x Step, b *study.State, e study.Event, v *protocol.Visit) {
	if len(l.w.def.Blinding) == 0 || v.Kind != protocol.Rating && !v.Hides {
		return
	}
	at := "visits." + v.ID
	if b.Ratings[v.ID].Rater != e.Actor {
		l.breaks("rater-blind", x, nil, at, text("%s rated and was not drawn for it", "%s vurderte og var ikke trukket til det", l.name(e.Actor)))
	}
	for _, s := range b.Sessions {
		if !s.Started.IsZero() && slices.Contains(s.Pair, e.Actor) {
			l.breaks("rater-blind", x, nil, at, text("%s rated and sat in a session", "%s vurderte og satt i en økt", l.name(e.Actor)))
		}
	}
	for _, u := range b.Unblinded {
		if u.Open() && (u.By == e.Actor || u.Second == e.Actor) {
			l.breaks("rater-blind", x, nil, at, text("%s rated and had been shown the arm", "%s vurderte og hadde fått se armen", l.name(e.Actor)))
		}
	}
}

// refusal looks at what must not be refused.
func (l *life) refusal(x Step, r *study.Refusal) {
	if r.Code == "" || !r.Text.Complete() {
		l.breaks("no-fault", x, r, "", text("a refusal without a code or a text in both languages", "et avslag uten kode eller tekst på begge språk"))
	}
	if l.s == nil {
		return
	}
	switch c := x.Command.(type) {
	case study.Withdraw:
		if x.Actor.Role == "participant" && !l.s.Status().Gone() && l.study.Locked.IsZero() && r.Code != "in-the-future" && r.Code != "before-referral" {
			l.breaks("may-leave", x, r, "withdrawal", text("the participant wanted to leave and was refused: %s", "deltakeren ville slutte og ble avvist: %s", r.Text))
		}
	case study.SaveForm:
		if r.Code == "log-not-open" && c.Form == l.w.def.Safety.Form && !l.s.Reached[study.Consented].IsZero() {
			l.breaks("safety-recorded", x, r, "logs."+c.Form, text("an adverse event after consent could not be recorded: %s", "en uønsket hendelse etter samtykke kunne ikke føres: %s", r.Text))
		}
	}
}

// standing looks at what must hold in the state that a command left behind.
func (l *life) standing(x Step, before *study.State) {
	if l.s == nil {
		return
	}
	if l.s.Version != versionOf(before)+int64(len(l.last.events)) {
		l.breaks("record", x, nil, "", text("the state counts %d events, %d were recorded", "tilstanden teller %d hendelser, %d ble ført", l.s.Version, versionOf(before)+int64(len(l.last.events))))
	}
	if _, clock := x.Command.(study.PassTime); !clock {
		return
	}
	for _, s := range l.s.Sessions {
		if !s.Open() {
			continue
		}
		for _, b := range s.Breaches {
			r := l.w.def.Rule(b.Rule)
			if r != nil && b.Acknowledged.IsZero() && b.Escalated.IsZero() && l.now.Sub(b.At) > r.Acknowledge.Within.Std() && !x.At().Before(b.At) && x.At().Sub(b.At) > r.Acknowledge.Within.Std() {
				l.breaks("escalated", x, nil, "dosing.rules."+b.Rule, text("%q was passed %s ago, nobody answered, and nobody else was called", "%q ble passert for %s siden, ingen svarte, og ingen annen ble kalt", r.Text, l.now.Sub(b.At).Round(time.Minute)))
			}
		}
	}
}

// At is when the step happened in the world.
func (x Step) At() time.Time {
	if t := x.Command.When(); !t.IsZero() && t.Before(x.Now) {
		return t
	}
	return x.Now
}

func versionOf(s *study.State) int64 {
	if s == nil {
		return 0
	}
	return s.Version
}

// owned looks at the tasks: each has an owner, and what is urgent a deadline.
func (l *life) owned() {
	if l.s == nil || l.broken != nil || l.last == nil {
		return
	}
	x := l.last.step
	tasks := l.tasks()
	for _, t := range tasks {
		urgent := t.Kind == study.TaskAlert || t.Kind == study.TaskAcknowledge || t.Kind == study.TaskReport || t.Kind == study.TaskQuery
		if len(t.Roles) == 0 || t.Roles[0] == "" || urgent && t.Closes.IsZero() {
			l.breaks("owner", x, nil, subjectOf(l.w.def, l.s, t), text("%q has no owner or no deadline", "%q har ingen eier eller ingen frist", t.Title))
			return
		}
	}
	for _, a := range l.s.Alerts {
		if a.Closed.IsZero() && (a.Form != "" || l.s.Left.IsZero()) && !hasTask(tasks, study.TaskAlert, a.ID) {
			l.breaks("owner", x, nil, "forms."+a.Form, text("an alert is open and nobody's task", "et varsel er åpent og ingens oppgave"))
		}
	}
	for _, s := range l.s.Sessions {
		for _, b := range s.Breaches {
			if s.Open() && b.Acknowledged.IsZero() && !hasTask(tasks, study.TaskAcknowledge, b.ID) {
				l.breaks("owner", x, nil, "dosing.rules."+b.Rule, text("a passed limit is open and nobody's task", "en passert grense er åpen og ingens oppgave"))
			}
		}
	}
}

func hasTask(tasks []study.Task, kind study.TaskKind, ref string) bool {
	return slices.ContainsFunc(tasks, func(t study.Task) bool { return t.Kind == kind && t.Ref == ref })
}

// subjectOf names the line of the protocol that a task follows from.
func subjectOf(def *protocol.Definition, s *study.State, t study.Task) string {
	switch t.Kind {
	case study.TaskAcknowledge:
		for _, x := range s.Sessions {
			for _, b := range x.Breaches {
				if b.ID == t.Ref {
					return "dosing.rules." + b.Rule
				}
			}
		}
	case study.TaskReport:
		return "safety.clocks." + t.Ref
	case study.TaskAlert, study.TaskForm:
		return "forms." + t.Form
	case study.TaskGate:
		return "eligibility.gates." + t.Ref
	}
	if t.Visit != "" {
		return "visits." + t.Visit
	}
	return string(t.Kind)
}

// retells looks whether the events tell the same state again, each written in the one
// canonical way, and whether the other arm would have been recorded alike.
func (l *life) retells() {
	if l.s == nil || l.broken != nil {
		return
	}
	events := l.events()
	if got := study.Replay(l.w.def, events); !reflect.DeepEqual(got, l.s) {
		l.breaks("record", l.last.step, nil, "", text("the events tell another state than the one that was reached", "hendelsene forteller en annen tilstand enn den som ble nådd"))
		return
	}
	for _, e := range events {
		n, err := study.Encode(e)
		if err != nil || !ledger.IsCanonical(n.Payload) {
			l.breaks("record", l.last.step, nil, e.Type(), text("%s is not written canonically", "%s er ikke skrevet kanonisk", e.Type()))
			return
		}
	}
}
