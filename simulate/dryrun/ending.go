package dryrun

import (
	"errors"
	"time"

	"varde/study"
)

// ending is how a life is led to its end, to see that there is a way.
type ending string

const (
	asFound   ending = ""          // left where it is
	byTasks   ending = "finish"    // those who do what the tasks say
	byLeaving ending = "leave"     // the participant wants to leave
	byStop    ending = "follow-up" // treatment is stopped, and follow-up goes on
	byLoss    ending = "lose"      // the participant cannot be reached
)

var endings = []ending{byTasks, byLeaving, byStop, byLoss}

const (
	mostTurns = 300 // of doing what the tasks say
	mostWaits = 12  // without anything happening
)

// end leads a life to its end. Not to get there breaks the promise of a way out.
func (l *life) end(how ending, full bool) {
	if l.s == nil || l.broken != nil || l.gone() || !l.study.Locked.IsZero() {
		return
	}
	switch how {
	case byLeaving:
		l.leaveNow()
	case byStop:
		if !l.s.Reached[study.Enrolled].IsZero() && l.s.Stopped.IsZero() {
			l.as("physician", study.StopTreatment{On: l.on(), Reason: l.anyReason()})
		}
		l.finish(how, full)
	case byLoss:
		l.outOfSession()
		l.as("coordinator", study.Lose{On: l.on(), Attempts: 3})
		l.mustBeGone(how)
	case byTasks:
		l.finish(how, full)
	}
	if l.broken != nil && l.broken.end == asFound {
		l.broken.end = how
	}
}

func (l *life) anyReason() string {
	if r := l.w.def.Withdrawal.Reasons; len(r) > 0 {
		return r[0].ID
	}
	return ""
}

func (l *life) outOfSession() {
	if x := l.s.OpenSession(); x != nil {
		l.finishSession(x.Visit)
	}
}

// leaveNow: the participant wants to leave. During a session the wish is kept, and
// acted on when the participant is safely out of it.
func (l *life) leaveNow() {
	l.as("participant", study.Withdraw{On: l.on(), Reason: l.anyReason()})
	l.outOfSession()
	if !l.gone() {
		l.as("coordinator", study.Withdraw{On: l.on(), Reason: l.anyReason()})
	}
	l.mustBeGone(byLeaving)
}

func (l *life) mustBeGone(how ending) {
	if l.broken != nil || l.gone() || l.last == nil {
		return
	}
	l.breaks("way-out", l.last.step, nil, "withdrawal", text("the participant could not leave (%s)", "deltakeren kunne ikke slutte (%s)", string(how)))
}

// finish does what the tasks say until nothing more is expected.
func (l *life) finish(how ending, full bool) {
	l.outOfSession()
	tried := map[string]int64{} // task -> version at which it came to nothing
	waits := 0
	for turn := 0; turn < mostTurns && waits < mostWaits && !l.gone() && l.broken == nil; turn++ {
		if l.nextTask(tried, full, false) {
			waits = 0
			continue
		}
		waits++
		l.wait(waits)
	}
	if l.broken != nil || l.gone() || l.last == nil {
		return
	}
	if len(l.tasks()) > 0 && l.s.Reached[study.Enrolled].IsZero() {
		// Somebody is asked, and eligibility can never be decided: the person leaves.
		l.as("coordinator", study.Withdraw{On: l.on(), Reason: l.anyReason()})
		l.mustBeGone(how)
		return
	}
	subject, what := l.stuck()
	l.breaks("way-out", l.last.step, nil, subject, what)
	l.broken.end = how
}

// nextTask does the first task that leads on; false when there is none.
func (l *life) nextTask(tried map[string]int64, full, optional bool) bool {
	for _, t := range l.tasks() {
		if t.Kind == study.TaskForm && !full || t.Kind == study.TaskTaper || t.Kind == study.TaskContact {
			continue // the record is the poorer for it, and the life goes on
		}
		if v, ok := tried[t.ID]; ok && v == l.version() {
			continue
		}
		if v, ok := l.w.def.Visit(t.Visit); ok && t.Kind == study.TaskVisit && v.Optional && !optional {
			continue
		}
		if l.obey(t, thorough{forms: full}) {
			return true
		}
		tried[t.ID] = l.version()
	}
	return false
}

// wait lets time pass, longer each time.
func (l *life) wait(n int) {
	l.after(time.Duration(n*n) * 24 * time.Hour)
	l.as("system", study.PassTime{On: l.on()})
}

// stuck says where a life that goes nowhere is stuck: the first visit that is neither
// held nor missed.
func (l *life) stuck() (subject string, what Text) {
	for _, g := range l.w.def.Eligibility.Gates {
		i := l.w.def.VisitIndex(g.At)
		if _, done := l.s.Gates[g.ID]; done || i < 0 || l.s.Visits[i].Held.IsZero() {
			continue
		}
		who := actorOf(roleOf(g.By, "physician"))
		if _, _, err := l.w.cfg.Next(l.w.def, l.s, l.env(who, 0), study.DecideEligibility{On: l.on(), Gate: g.ID}); err != nil {
			return "eligibility.gates." + g.ID, text("nobody gets any further: %q cannot be decided: %s", "ingen kommer videre: %q kan ikke avgjøres: %s", g.Title, why(err))
		}
	}
	env := l.env(actorOf("system"), 0)
	for i := range l.w.def.Visits {
		v, st := &l.w.def.Visits[i], l.s.Visits[i]
		if v.Optional || !st.Held.IsZero() || st.Missed != "" || !study.VisitExists(l.w.def, l.s, env, i) {
			continue
		}
		at := "visits." + v.ID
		if r := study.VisitFault(l.w.def, l.s, env, i); r != nil {
			return at, text("nobody gets any further: %q cannot be held: %s", "ingen kommer videre: %q kan ikke gjennomføres: %s", v.Title, r.Text)
		}
		if !study.Windows(l.w.def, l.s)[i].Firm {
			return at, text("nobody gets any further: no day is ever set for %q, because what it counts from never happens", "ingen kommer videre: det settes aldri noen dag for %q, fordi det den regnes fra aldri skjer", v.Title)
		}
		return at, text("nobody gets any further: %q stays open", "ingen kommer videre: %q forblir åpen", v.Title)
	}
	return "visits", text("nobody gets any further: no task is left, and the participant is still %s", "ingen kommer videre: ingen oppgave står igjen, og deltakeren er fortsatt %s", study.StatusName(l.s.Status()))
}

func why(err error) Text {
	var r *study.Refusal
	if errors.As(err, &r) {
		return r.Text
	}
	return Text{EN: err.Error(), NB: err.Error()}
}
