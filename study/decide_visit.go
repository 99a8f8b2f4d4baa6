package study

import (
	"fmt"
	"slices"
	"time"

	"varde/expr"
	"varde/protocol"
)

// Codes of deviations that the record raises by itself.
const (
	DeviationOutOfWindow   = "visit-out-of-window"
	DeviationWindowPassed  = "visit-window-passed"
	DeviationVisitMissed   = "visit-missed"
	DeviationVitalsLate    = "vitals-late"
	DeviationVitalsMissing = "vitals-missing"
	DeviationFormMissing   = "session-form-missing"
	DeviationEscalated     = "breach-unanswered"
	DeviationOverride      = "check-overridden"
	DeviationByPerson      = "reported"
)

func (d *decision) deviate(code, visit, detail string) {
	d.happen(DeviationRaised{Code: code, Detail: detail, ID: fmt.Sprintf("D%d", len(d.s.Deviations)+1), Visit: visit})
}

// VisitExists says whether the visit is in this participant's plan: its condition
// holds. An unknown condition keeps it in the plan.
func VisitExists(def *protocol.Definition, s *State, env Env, i int) bool {
	v := &def.Visits[i]
	if v.When != "" {
		vars := NewVars(def, s, env, "")
		vars.here = v.ID
		if t, err := def.Program(v.When).Test(vars); err == nil && t == expr.False {
			return false
		}
	}
	if s.Stopped.IsZero() || !s.Visits[i].Held.IsZero() {
		return true
	}
	if s.Reached[Randomised].IsZero() && needsLot(def, v) {
		return false // nobody is randomised any more, so what comes after it never will
	}
	return !v.Treatment || slices.Contains(def.Withdrawal.FollowUp, v.ID)
}

// needsLot says that the visit comes after randomisation.
func needsLot(def *protocol.Definition, v *protocol.Visit) bool {
	e, ok := def.Epoch(v.Epoch)
	return ok && slices.Contains(e.Needs, Randomised) || slices.Contains(v.Needs, string(Randomised))
}

// VisitFault says why the visit cannot be held now, nil when it can.
func VisitFault(def *protocol.Definition, s *State, env Env, i int) *Refusal {
	v := &def.Visits[i]
	if !VisitExists(def, s, env, i) {
		return refuse(Against, "visit-not-in-plan", say("%q is not in this participant's plan", "%q er ikke i denne deltakerens plan", v.Title))
	}
	return orderFault(def, s, i)
}

// orderFault says what must come before the visit, nil when all has.
func orderFault(def *protocol.Definition, s *State, i int) *Refusal {
	v := &def.Visits[i]
	if e, ok := def.Epoch(v.Epoch); ok {
		for _, m := range e.Needs {
			if s.Reached[m].IsZero() {
				return refuse(Against, "milestone-missing", say("%q comes after: %s", "%q kommer etter: %s", v.Title, MilestoneName(m)))
			}
			if m == Consented && !s.ConsentCurrent(def) {
				return against("no-consent", "there is no valid consent to the present version: obtain it first", "det finnes ikke noe gyldig samtykke til gjeldende versjon: innhent det først")
			}
		}
	}
	for _, need := range v.Needs {
		if j := def.VisitIndex(need); j >= 0 {
			if k := openBefore(def, s, j, 0); k >= 0 {
				return refuse(Against, "visit-before", say("%q comes before %q: hold it, or record it as missed", "%q kommer før %q: gjennomfør det, eller før det som uteblitt", def.Visits[k].Title, v.Title))
			}
		} else if s.Reached[protocol.Milestone(need)].IsZero() {
			return refuse(Against, "milestone-missing", say("%q comes after: %s", "%q kommer etter: %s", v.Title, MilestoneName(protocol.Milestone(need))))
		}
	}
	return nil
}

// openBefore answers the visit that is still open on the way to one that is needed, or -1.
// A visit that was missed hands on what it needed itself: with the second session recorded
// as missed, the third does not become the first.
func openBefore(def *protocol.Definition, s *State, j, depth int) int {
	st := &s.Visits[j]
	if !st.Held.IsZero() || depth > len(def.Visits) { // a ring of needs is refused by the checker
		return -1
	}
	if st.Missed == "" {
		return j
	}
	for _, need := range def.Visits[j].Needs {
		if k := def.VisitIndex(need); k >= 0 {
			if open := openBefore(def, s, k, depth+1); open >= 0 {
				return open
			}
		}
	}
	return -1
}

var milestoneNames = map[protocol.Milestone]Text{
	Referred: {EN: "referral", NB: "henvisning"}, Prescreened: {EN: "pre-screening passed", NB: "bestått forhåndsvurdering"},
	Consented: {EN: "consent", NB: "samtykke"}, Eligible: {EN: "eligibility confirmed", NB: "bekreftet kvalifisert"},
	Enrolled: {EN: "enrolment confirmed", NB: "bekreftet inklusjon"}, Randomised: {EN: "randomisation", NB: "randomisering"},
	Completed: {EN: "completion", NB: "fullføring"},
}

// MilestoneName answers what a milestone is called.
func MilestoneName(m protocol.Milestone) Text { return milestoneNames[m] }

// visitBy: missing says that the visit did not take place, which the coordinator can
// tell of every visit.
func (d *decision) visitBy(v *protocol.Visit, missing bool) *Refusal {
	if d.env.Actor.Role == "coordinator" && (missing || v.Kind != protocol.Rating) {
		return nil // the coordinator keeps the calendar
	}
	return d.by(v.By)
}

func (d *decision) planVisit(c PlanVisit) *Refusal {
	v, i, r := d.visit(c.Visit)
	if r != nil {
		return r
	}
	if d.env.Actor.Role != "coordinator" {
		if r := d.by(v.By); r != nil {
			return r
		}
	}
	if !d.s.Visits[i].Held.IsZero() {
		return against("already-held", "the visit is already held", "besøket er allerede gjennomført")
	}
	if c.Time.IsZero() {
		return invalid("time", "no-time", "give the day and time of the appointment", "oppgi dag og klokkeslett for avtalen")
	}
	if y := c.Time.UTC().Year(); y < 1900 || y > 2199 {
		return invalid("time", "bad-time", "the appointment's year cannot be right", "årstallet i avtalen kan ikke stemme")
	}
	if !VisitExists(d.def, d.s, d.env, i) {
		return refuse(Against, "visit-not-in-plan", say("%q is not in this participant's plan", "%q er ikke i denne deltakerens plan", v.Title))
	}
	drawn := d.s.Ratings[v.ID].Rater != ""
	if drawn {
		if r := d.raterOnly(v); r != nil {
			return r
		}
	}
	at := c.Time.UTC().Truncate(time.Second)
	if r := d.dayForRater(v, at); r != nil {
		return r
	}
	slot, r := d.slotFor(v, at, c)
	if r != nil {
		return r
	}
	d.happen(VisitPlanned{Room: slot.Room, Staff: slot.Staff, Time: at, Visit: c.Visit})
	if Rated(d.def, v) && !drawn {
		d.draw(v, "") // when nobody can be drawn, a task says so
	}
	if slot.Room != "" || len(slot.Staff) > 0 {
		d.elsewhere(CalendarStream(d.s.Site), slot)
	}
	return nil
}

// ahead answers a visit that is not held yet and that this role may hold or miss.
func (d *decision) ahead(id string, missing bool) (*protocol.Visit, int, *Refusal) {
	v, i, r := d.visit(id)
	if r == nil {
		r = d.visitBy(v, missing)
	}
	if r == nil {
		r = d.raterOnly(v)
	}
	if r == nil && !d.s.Visits[i].Held.IsZero() {
		r = against("already-held", "the visit is already held", "besøket er allerede gjennomført")
	}
	return v, i, r
}

func (d *decision) holdVisit(c HoldVisit) *Refusal {
	v, i, r := d.ahead(c.Visit, false)
	if r == nil {
		r = d.statementOwed(v)
	}
	if r != nil {
		return r
	}
	if v.Kind == protocol.Session {
		return against("session-room", "a dosing session is held in the session room: start it there", "en doseringsøkt gjennomføres i øktrommet: start den der")
	}
	return d.hold(i, c.By)
}

// hold records the visit as held now, and the deviation when it is out of its window.
func (d *decision) hold(i int, by []string) *Refusal {
	v := &d.def.Visits[i]
	if r := VisitFault(d.def, d.s, d.env, i); r != nil {
		return r
	}
	for _, need := range v.Needs {
		if j := d.def.VisitIndex(need); j >= 0 && d.at.Before(d.s.Visits[j].Held) {
			r := refuse(Invalid, "before-needed", say("the time given is before %q, which comes first", "tidspunktet ligger før %q, som kommer først", d.def.Visits[j].Title))
			r.Field = "at"
			return r
		}
	}
	w := Windows(d.def, d.s)[i]
	d.happen(VisitHeld{By: slices.Clone(by), Visit: v.ID})
	if day := DayOf(d.at, d.s.Zone); w.Known && !w.Contains(day) {
		d.deviate(DeviationOutOfWindow, v.ID, fmt.Sprintf("held %s, window %s to %s", day, w.Opens, w.Closes))
	}
	return nil
}

func (d *decision) missVisit(c MissVisit) *Refusal {
	v, _, r := d.ahead(c.Visit, true)
	if r != nil {
		return r
	}
	if c.Reason == "" {
		return invalid("reason", "reason-owed", "say why the visit was missed", "oppgi hvorfor besøket uteble")
	}
	d.happen(VisitMissed{Reason: c.Reason, Visit: c.Visit})
	if !v.Optional {
		d.deviate(DeviationVisitMissed, c.Visit, c.Reason)
	}
	return nil
}

func (d *decision) raiseDeviation(c RaiseDeviation) *Refusal {
	if c.Text == "" {
		return invalid("text", "text-owed", "say what departed from the protocol", "beskriv avviket fra protokollen")
	}
	if c.Visit != "" {
		if _, _, r := d.visit(c.Visit); r != nil {
			return r
		}
	}
	d.deviate(DeviationByPerson, c.Visit, c.Text)
	return nil
}

// passTime says once what the passing of time has made true.
func (d *decision) passTime() *Refusal {
	if d.env.Actor.Role != "system" {
		return forbidden("only the clock does this", "bare klokken gjør dette")
	}
	if !d.s.Status().Gone() {
		today := DayOf(d.at, d.s.Zone)
		for i, w := range Windows(d.def, d.s) {
			v, st := &d.def.Visits[i], d.s.Visits[i]
			if w.Known && w.Firm && today > w.Closes && st.Held.IsZero() && st.Missed == "" && !st.Closed && !v.Optional &&
				VisitExists(d.def, d.s, d.env, i) {
				d.deviate(DeviationWindowPassed, v.ID, fmt.Sprintf("window %s to %s", w.Opens, w.Closes))
			}
		}
	}
	if x := d.s.OpenSession(); x != nil {
		for _, b := range x.Breaches {
			rule := d.def.Rule(b.Rule)
			if rule != nil && b.Acknowledged.IsZero() && b.Escalated.IsZero() && d.at.Sub(b.At) > rule.Acknowledge.Within.Std() {
				d.happen(BreachEscalated{ID: b.ID, Visit: x.Visit})
				d.deviate(DeviationEscalated, x.Visit, b.ID)
			}
		}
	}
	return nil
}
