package dryrun

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// aimed tells one life for every branch that can be steered to: each condition turned,
// each limit passed, each line of a list said no to, each visit missed, each amount
// given. Hands that move by chance would take long to come there; from here they go on.
func (w *world) aimed(r *Report, moments []*life) []*life {
	var out []*life
	tell := func(from *life, do func(l *life)) {
		if from == nil {
			return
		}
		l := from.fork(rand.New(rand.NewPCG(w.cfg.Seed, uint64(len(out))|1<<40)))
		do(l)
		l.owned()
		r.take(found{l, l.steps})
		if l.broken == nil && !l.gone() {
			out = append(out, l)
		}
	}
	for i := range w.well.turns {
		w.aimTurn(&w.well.turns[i], moments, tell)
	}
	for i := range w.def.Visits {
		id := w.def.Visits[i].ID
		tell(w.before(moments, i), func(l *life) { l.missed(&l.w.def.Visits[i]) })
		tell(w.before(moments, i), func(l *life) {
			l.after(100 * 24 * time.Hour)
			l.as("system", study.PassTime{On: l.on()})
			l.attend(id, thorough{})
		})
		tell(w.before(moments, i), func(l *life) {
			if l.as("physician", study.StopTreatment{On: l.on(), Reason: l.anyReason()}) == nil {
				l.marks.plan(l)
			}
		})
	}
	tell(w.before(moments, 0), func(l *life) {
		l.as("coordinator", study.Prescreen{On: l.on(), Reasons: []string{"another treatment suits better"}})
	})
	if w.def.Dosing != nil {
		w.aimSession(moments, tell)
	}
	return out
}

// before answers the last moment at which a visit is still ahead and nothing later is
// held, and no session is open; nil when there is none.
func (w *world) before(moments []*life, visit int) *life {
	for i := len(moments) - 1; i >= 0; i-- {
		l := moments[i]
		if l.s == nil || l.gone() || !l.s.Visits[visit].Held.IsZero() || l.s.Visits[visit].Missed != "" || l.s.OpenSession() != nil || !l.s.Stopped.IsZero() {
			continue
		}
		if slices.ContainsFunc(l.s.Visits[visit:], func(v study.VisitState) bool { return !v.Held.IsZero() }) {
			continue
		}
		return l
	}
	return nil
}

// inSession answers the first moment in an open session of a visit that fits.
func inSession(moments []*life, visit string, fits func(*study.SessionState) bool) *life {
	for _, l := range moments {
		if l.s == nil {
			continue
		}
		if x := l.s.OpenSession(); x != nil && x.Visit == visit && x.Discharged.IsZero() && fits(x) {
			return l
		}
	}
	return nil
}

func dosed(x *study.SessionState) bool { return !x.DoseAt.IsZero() && x.Decision == "" }

// aimTurn steers to one condition that a change of the answers turns.
func (w *world) aimTurn(t *turn, moments []*life, tell func(*life, func(*life))) {
	form := t.changes[0].form
	how := thorough{forms: true, changes: t.changes}
	kind, rest, _ := strings.Cut(t.line, "/")
	switch kind {
	case "gate":
		gate, _, _ := strings.Cut(rest, "/")
		g, _ := w.def.Gate(gate)
		at := w.def.VisitIndex(g.At)
		for i := at; i >= 0; i-- {
			if _, here := study.PlaceOf(w.def, w.def.Visits[i].ID, form); here {
				tell(w.before(moments, i), func(l *life) { l.untilGate(g.ID, how) })
				return
			}
		}
	case "check":
		for _, id := range sessionsOf(w.def) {
			from := w.before(moments, w.def.VisitIndex(id))
			tell(from, func(l *life) { l.morning(id, how); l.begin(id) })
			tell(from, func(l *life) { l.overruled(id, how) })
			return
		}
	case "discharge", "withhold":
		for _, id := range sessionsOf(w.def) {
			tell(inSession(moments, id, dosed), func(l *life) {
				l.save(id, form, "", t.changes...)
				l.supplement(l.s.Sessions[id])
				l.tryToLeave(id)
			})
			return
		}
	case "alert":
		w.aimAlert(form, t, moments, tell)
	case "when", "form-when":
		visit, _, _ := strings.Cut(rest, "/")
		if i := w.def.VisitIndex(visit); i >= 0 {
			tell(w.before(moments, i), func(l *life) {
				if t := l.s.Visits[i]; t.Held.IsZero() {
					l.attend(visit, how)
				}
				l.marks.plan(l)
			})
		}
	}
}

// untilGate does what the tasks say, answering as changed, until a gate is decided.
func (l *life) untilGate(gate string, how thorough) {
	for range 40 {
		if _, done := l.s.Gates[gate]; done || l.gone() || l.broken != nil {
			return
		}
		moved := false
		for _, t := range l.tasks() {
			v, ok := l.w.def.Visit(t.Visit)
			if t.Kind == study.TaskVisit && ok && v.Optional {
				continue
			}
			if moved = l.obey(t, how); moved {
				break
			}
		}
		if !moved {
			return
		}
	}
}

// overruled starts a session against lines of the list that may be overridden.
func (l *life) overruled(id string, how thorough) {
	v, err := l.w.visit(id)
	if err != nil {
		return
	}
	l.morning(id, how)
	who := actorOf(roleOf(v.By, "therapist"))
	c := study.CheckSession{On: l.on(), Visit: id, Pair: l.w.pair(), Answers: lines(l.w.def.Dosing.Checks, true)}
	c.Overrides = l.overrideFailing(c)
	l.do(who, c)
	l.confirm(id)
	l.do(who, study.StartSession{On: l.on(), Visit: id})
	l.dose(id)
}

// tryToLeave asks at the gate whether the participant may go home.
func (l *life) tryToLeave(id string) {
	d := l.w.def.Dosing
	v, err := l.w.visit(id)
	if err != nil || !l.s.Sessions[id].Open() {
		return
	}
	l.until(l.s.Sessions[id].LastDoseAt().Add(d.Discharge.Earliest.Std()))
	l.as(roleOf(v.By, "therapist"), study.Discharge{On: l.on(), Visit: id, Adult: true, To: "home", Answers: lines(d.Discharge.Checks, true)})
}

// aimAlert raises an alert where its form is kept, and follows it up.
func (w *world) aimAlert(form string, t *turn, moments []*life, tell func(*life, func(*life))) {
	raise := func(visit string) func(*life) {
		return func(l *life) {
			v, ok := l.w.def.Visit(visit)
			if ok && v.Kind != protocol.Session && l.s.Visits[l.w.def.VisitIndex(visit)].Held.IsZero() {
				l.attend(visit, thorough{})
			}
			if ok && study.Rated(l.w.def, v) && l.s.Ratings[visit].Rater == "" {
				l.as("coordinator", study.PlanVisit{On: l.on(), Visit: visit, Time: l.now})
			}
			l.save(visit, form, "", t.changes...)
			for _, x := range l.tasks() {
				if x.Kind == study.TaskAlert {
					l.answer(x)
				}
			}
		}
	}
	if _, log := study.PlaceOf(w.def, "", form); log {
		tell(w.before(moments, len(w.def.Visits)-1), raise(""))
		return
	}
	for i := range w.def.Visits {
		id := w.def.Visits[i].ID
		if _, here := study.PlaceOf(w.def, id, form); !here {
			continue
		}
		if l := inSession(moments, id, dosed); l != nil {
			tell(l, raise(id))
			return
		}
		if l := w.before(moments, i); l != nil {
			tell(l, raise(id))
			return
		}
	}
}

// aimSession steers to every line, limit and amount of a dosing session.
func (w *world) aimSession(moments []*life, tell func(*life, func(*life))) {
	d := w.def.Dosing
	for k, id := range sessionsOf(w.def) {
		started := inSession(moments, id, func(x *study.SessionState) bool { return x.DoseAt.IsZero() })
		for _, a := range study.InitialAmounts(w.def, id) {
			tell(started, func(l *life) { l.amountAndHalf(id, a) })
		}
		in := inSession(moments, id, dosed)
		tell(in, func(l *life) {
			l.decline(id)
		})
		tell(in, func(l *life) {
			l.as(roleOf(d.Checkpoint.By, "physician"), study.DecideSupplement{On: l.on(), Visit: id, Decision: "withheld", Reasons: []string{"as judged"}})
		})
		if k > 0 {
			continue
		}
		for _, c := range d.Checkpoint.Withhold {
			tell(in, func(l *life) { l.withheldBy(id, c) })
		}
		for i := range d.Rules {
			tell(in, func(l *life) { l.past(id, &l.w.def.Dosing.Rules[i], false) })
			tell(in, func(l *life) { l.past(id, &l.w.def.Dosing.Rules[i], true) })
		}
		w.aimGateOfHome(id, in, tell)
		w.aimLines(id, w.before(moments, w.def.VisitIndex(id)), tell)
	}
}

// amountAndHalf gives an amount, and its half when the time comes.
func (l *life) amountAndHalf(id string, amount float64) {
	v, err := l.w.visit(id)
	step := stepOf(l.w.def, id, "supplement")
	if err != nil {
		return
	}
	l.after(5 * time.Minute)
	l.do(actorOf(roleOf(v.By, "therapist")), study.GiveDose{On: l.on(), Visit: id, Amount: amount})
	x := l.s.Sessions[id]
	if step == nil || x.DoseAt.IsZero() {
		return
	}
	l.until(x.DoseAt.Add(step.Earliest.Std()))
	l.supplementNow(id)
}

// supplementNow measures and gives the supplement.
func (l *life) supplementNow(id string) {
	d := l.w.def.Dosing
	x := l.s.Sessions[id]
	if len(study.SupplementAmounts(l.w.def, x)) == 0 {
		return
	}
	l.save(id, d.Vitals.Form, "")
	l.as(roleOf(d.Checkpoint.By, "physician"), study.DecideSupplement{On: l.on(), Visit: id, Decision: "given", Amount: study.SupplementAmounts(l.w.def, x)[0], Answers: lines(d.Checkpoint.Withhold, false)})
}

// withheldBy tries to give the supplement while one line speaks against it.
func (l *life) withheldBy(id string, c protocol.Check) {
	d := l.w.def.Dosing
	x := l.s.Sessions[id]
	step := stepOf(l.w.def, id, "supplement")
	if step == nil {
		return
	}
	l.until(x.DoseAt.Add(step.Earliest.Std()))
	answers := lines(d.Checkpoint.Withhold, false)
	if c.Expr == "" {
		l.save(id, d.Vitals.Form, "")
		answers[c.ID] = true
	} else {
		for i := range d.Rules {
			if r := &d.Rules[i]; r.Dwell == 0 || r.Severity == "hold" {
				l.save(id, d.Vitals.Form, "", l.beyond(r)...)
				l.after(r.Dwell.Std())
				l.save(id, d.Vitals.Form, "", l.beyond(r)...)
				break
			}
		}
	}
	amounts := append(study.SupplementAmounts(l.w.def, x), 0)
	l.as(roleOf(d.Checkpoint.By, "physician"), study.DecideSupplement{On: l.on(), Visit: id, Decision: "given", Amount: amounts[0], Answers: answers})
}

// beyond is a measurement past a rule's limit.
func (l *life) beyond(r *protocol.Rule) []change {
	form := l.w.def.Dosing.Vitals.Form
	limit := r.Limit
	if base, known := l.w.well.forms[form][r.Metric].Float(); known && r.FromBaseline {
		limit += base
	}
	by := 1.0
	if r.Compare == "<" || r.Compare == "<=" {
		by = -1
	}
	return []change{{form, r.Metric, instrument.NumberValue(limit + by)}}
}

// past passes a limit for as long as the rule waits; then somebody answers, or nobody
// does until the next is called.
func (l *life) past(id string, r *protocol.Rule, nobody bool) {
	l.after(time.Minute)
	l.save(id, l.w.def.Dosing.Vitals.Form, "", l.beyond(r)...)
	if r.Dwell > 0 {
		l.after(r.Dwell.Std())
		l.save(id, l.w.def.Dosing.Vitals.Form, "", l.beyond(r)...)
	}
	if nobody {
		l.after(r.Acknowledge.Within.Std() + time.Minute)
		l.as("system", study.PassTime{On: l.on()})
		l.owned()
	}
	l.tryToLeave(id)
	l.acknowledgeAll(l.s.Sessions[id])
}

// aimGateOfHome says no to each line of the gate that people answer, and comes too early.
func (w *world) aimGateOfHome(id string, in *life, tell func(*life, func(*life))) {
	d := w.def.Dosing
	v, err := w.visit(id)
	if err != nil {
		return
	}
	who := actorOf(roleOf(v.By, "therapist"))
	tell(in, func(l *life) {
		l.after(2 * time.Hour)
		l.do(who, study.Discharge{On: l.on(), Visit: id, Adult: true, To: "home", Answers: lines(d.Discharge.Checks, true)})
		l.as("system", study.PassTime{On: l.on()})
		l.tryToLeave(id)
	})
	for _, c := range d.Discharge.Checks {
		if c.Expr != "" {
			continue
		}
		tell(in, func(l *life) {
			for range 40 {
				if !l.due(id, l.s.Sessions[id]) {
					break
				}
			}
			l.until(l.s.Sessions[id].LastDoseAt().Add(d.Discharge.Earliest.Std()))
			if d.Discharge.Form != "" {
				l.save(id, d.Discharge.Form, "")
			}
			answers := lines(d.Discharge.Checks, true)
			answers[c.ID] = false
			l.do(who, study.Discharge{On: l.on(), Visit: id, Adult: true, To: "home", Answers: answers})
		})
	}
}

// aimLines says no to each line of the go/no-go list: those that people answer, with and
// without an override; those of the record, with a medicine, a pair, an event.
func (w *world) aimLines(id string, from *life, tell func(*life, func(*life))) {
	d := w.def.Dosing
	v, err := w.visit(id)
	if err != nil {
		return
	}
	who := actorOf(roleOf(v.By, "therapist"))
	for _, c := range d.Checks {
		if c.Expr != "" {
			continue
		}
		tell(from, func(l *life) {
			l.morning(id, thorough{forms: true})
			answers := lines(d.Checks, true)
			answers[c.ID] = false
			l.do(who, study.CheckSession{On: l.on(), Visit: id, Pair: l.w.pair(), Answers: answers})
			if c.Override {
				l.do(who, study.CheckSession{On: l.on(), Visit: id, Pair: l.w.pair(), Answers: answers, Overrides: overridesFor(d.Checks, answers)})
			}
		})
	}
	for _, row := range w.def.Interactions {
		if len(row.Examples) == 0 || w.def.Safety.Medication == "" {
			continue
		}
		tell(from, func(l *life) {
			log := l.w.def.Safety.Medication
			l.save("", log, "", change{log, "name", instrument.StringValue(row.Examples[0])}, change{log, "ongoing", instrument.BoolValue(true)})
			l.overruled(id, thorough{forms: true})
		})
	}
	tell(from, func(l *life) {
		l.save("", l.w.def.Safety.Form, "", change{l.w.def.Safety.Form, "serious", instrument.BoolValue(true)})
		l.overruled(id, thorough{forms: true})
	})
	for _, pair := range wrongPairs {
		tell(from, func(l *life) {
			l.morning(id, thorough{forms: true})
			l.do(who, study.CheckSession{On: l.on(), Visit: id, Pair: pair, Answers: lines(d.Checks, true)})
			l.confirm(id)
			l.do(who, study.StartSession{On: l.on(), Visit: id})
			l.dose(id)
		})
	}
	tell(w.origin.fork(rand.New(rand.NewPCG(1, 2))), func(l *life) { l.referred() })
}

// wrongPairs may not sit with a participant: credentials that have run out, relatives, the
// same person twice, somebody who is no therapist, one alone.
var wrongPairs = [][]string{
	{"therapist-2", "therapist-5"}, {"therapist-1", "therapist-4"}, {"therapist-1", "therapist-1"}, {"therapist-1", "physician-1"}, {"therapist-1"},
}
