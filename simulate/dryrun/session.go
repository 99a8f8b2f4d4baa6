package dryrun

import (
	"slices"
	"time"

	"varde/protocol"
	"varde/study"
)

// wholeSession brings a dosing session from the morning's tests to its signature. Where
// the list says no-go, the day is recorded as missed.
func (l *life) wholeSession(id string, how thorough) {
	v, err := l.w.visit(id)
	if err != nil {
		return
	}
	l.morning(id, how)
	if r := l.begin(id); r != nil {
		l.missed(v)
		return
	}
	l.dose(id)
	l.finishSession(id)
}

// morning fills in what must be known on the day.
func (l *life) morning(id string, how thorough) {
	l.forms(id, how)
	if l.w.def.Dosing == nil {
		return
	}
	for _, f := range l.w.def.Dosing.Forms {
		if f.Anchor == protocol.AtStart {
			l.save(id, f.Form, f.ID, how.changes...)
		}
	}
	l.save(id, l.w.def.Dosing.Vitals.Form, l.firstSet(), how.changes...)
	l.after(5 * time.Minute)
}

func (l *life) firstSet() string {
	for _, s := range l.w.def.Dosing.Vitals.Sets {
		if s.Anchor == protocol.AtStart {
			return s.ID
		}
	}
	return ""
}

// begin answers the go/no-go list, confirms by two, and starts.
func (l *life) begin(id string) *study.Refusal {
	d := l.w.def.Dosing
	v, err := l.w.visit(id)
	if err != nil || d == nil {
		return nil
	}
	who := actorOf(roleOf(v.By, "therapist"))
	if r := l.do(who, study.CheckSession{On: l.on(), Visit: id, Pair: l.w.pair(), Answers: lines(d.Checks, true)}); r != nil {
		return r
	}
	l.confirm(id)
	l.after(5 * time.Minute)
	return l.do(who, study.StartSession{On: l.on(), Visit: id})
}

func (l *life) confirm(id string) {
	v, err := l.w.visit(id)
	if err != nil || l.s == nil {
		return
	}
	who := actorOf(roleOf(v.By, "therapist"))
	for _, c := range l.w.def.Dosing.TwoPerson {
		l.do(who, study.ConfirmTwo{On: l.on(), Visit: id, Check: c.ID, Kit: l.s.Kit, Persons: []string{"therapist-1", "physician-1"}})
	}
}

func (l *life) dose(id string) *study.Refusal {
	v, err := l.w.visit(id)
	amounts := study.InitialAmounts(l.w.def, id)
	if err != nil || len(amounts) == 0 {
		return nil
	}
	l.after(5 * time.Minute)
	return l.do(actorOf(roleOf(v.By, "therapist")), study.GiveDose{On: l.on(), Visit: id, Amount: amounts[0]})
}

// lines answers all lines of a list that people answer.
func lines(checks []protocol.Check, yes bool) map[string]bool {
	out := map[string]bool{}
	for _, c := range checks {
		if c.Expr == "" {
			out[c.ID] = yes
		}
	}
	return out
}

// finishSession measures what is due, answers whoever calls, decides about the
// supplemental dose, and brings the participant out through the gate.
func (l *life) finishSession(id string) {
	v, err := l.w.visit(id)
	if err != nil || l.w.def.Dosing == nil {
		return
	}
	who := actorOf(roleOf(v.By, "therapist"))
	for range 60 {
		x := l.s.Sessions[id]
		if l.broken != nil || !x.Open() {
			return
		}
		l.acknowledgeAll(x)
		if !l.due(id, l.s.Sessions[id]) {
			break
		}
	}
	l.leave(id, who)
}

// acknowledgeAll takes on every open breach.
func (l *life) acknowledgeAll(x *study.SessionState) {
	for _, b := range x.Breaches {
		if !b.Acknowledged.IsZero() {
			continue
		}
		role := "physician"
		if r := l.w.def.Rule(b.Rule); r != nil && len(r.Acknowledge.Roles) > 0 {
			role = r.Acknowledge.Roles[0]
		}
		l.as(role, study.Acknowledge{On: l.on(), Visit: x.Visit, Breach: b.ID, Action: "rest, and measure again"})
	}
}

// due does the next thing of the timetable, at its time; false when nothing is left.
func (l *life) due(id string, x *study.SessionState) bool {
	plan := study.SessionPlan(l.w.def, l.s, x)
	next := -1
	for i, p := range plan {
		if p.Done.IsZero() && !p.Due.IsZero() && (next < 0 || p.Due.Before(plan[next].Due)) && !l.skipped[id+p.ID] {
			next = i
		}
	}
	if step := stepOf(l.w.def, id, "supplement"); step != nil && !x.DoseAt.IsZero() && x.Decision == "" {
		at := x.DoseAt.Add(step.Earliest.Std())
		if next < 0 || !plan[next].Due.Before(at) {
			l.until(at)
			l.decline(id)
			return true
		}
	}
	if next < 0 {
		return false
	}
	l.until(plan[next].Due)
	before := l.version()
	l.save(id, plan[next].Form, plan[next].ID)
	if l.version() == before { // somebody else does it, or nobody can: go on without
		if l.skipped == nil {
			l.skipped = map[string]bool{}
		}
		l.skipped[id+plan[next].ID] = true
	}
	return true
}

func (l *life) decline(id string) {
	role := roleOf(l.w.def.Dosing.Checkpoint.By, "physician")
	if r := l.as(role, study.DecideSupplement{On: l.on(), Visit: id, Decision: "declined", Reasons: []string{"own wish"}}); r != nil {
		l.as("physician", study.DecideSupplement{On: l.on(), Visit: id, Decision: "withheld", Reasons: []string{"as the team judged"}})
	}
}

// leave brings the participant home, or to a hospital when the gate stays shut, and
// signs the session.
func (l *life) leave(id string, who study.Actor) {
	d := l.w.def.Dosing
	x := l.s.Sessions[id]
	if l.broken != nil || !x.Open() {
		return
	}
	if x.Discharged.IsZero() {
		if last := x.LastDoseAt(); !last.IsZero() {
			l.until(last.Add(d.Discharge.Earliest.Std()))
		}
		if d.Discharge.Form != "" {
			l.save(id, d.Discharge.Form, "")
		}
		l.acknowledgeAll(l.s.Sessions[id])
		r := l.do(who, study.Discharge{On: l.on(), Visit: id, Adult: true, To: "home", Answers: lines(d.Discharge.Checks, true)})
		if r != nil {
			l.do(who, study.Discharge{On: l.on(), Visit: id, To: "hospital"})
		}
	}
	if d.Solicited != "" && l.broken == nil && !l.s.Last(id, d.Solicited).Complete() {
		l.save(id, d.Solicited, "")
	}
	l.do(who, study.EndSession{On: l.on(), Visit: id})
}

func stepOf(def *protocol.Definition, visit, step string) *protocol.DoseStep {
	if def.Dosing == nil {
		return nil
	}
	i := slices.IndexFunc(def.Dosing.Doses, func(x protocol.DoseStep) bool { return x.Visit == visit && x.Step == step })
	if i < 0 {
		return nil
	}
	return &def.Dosing.Doses[i]
}
