package dryrun

import (
	"cmp"
	"slices"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

func sortKeys(list []study.FormKey) {
	slices.SortFunc(list, func(a, b study.FormKey) int {
		return cmp.Or(cmp.Compare(a.Visit, b.Visit), cmp.Compare(a.Form, b.Form), cmp.Compare(a.Repeat, b.Repeat))
	})
}

// hand is one way of moving a participant.
type hand struct {
	name string
	move func(l *life)
}

// hands are the three kinds: anything at any time, what lies at the limits, and what
// would break a promise.
var hands = []hand{{"random", random}, {"boundary", boundary}, {"adversary", adversary}}

// anything gives one command of any type, by whoever usually gives it or by anybody.
func (l *life) anything(k kind) {
	cmd := k.make(l)
	l.give(cmd, k.role)
}

func (l *life) give(cmd study.Command, usual []string) {
	role := ""
	switch {
	case l.yes(0.1):
		role = one(l, "coordinator", "physician", "therapist", "attendant", "rater", "participant", "monitor", "pharmacist", "sponsor", "system", "data-manager")
	case len(usual) > 0:
		role = one(l, usual...)
	default:
		role = l.usually(cmd)
	}
	who := actorOf(role)
	if role == "rater" && l.s != nil && l.yes(0.7) {
		for _, r := range l.s.Ratings {
			if r.Rater != "" {
				who = person(l.lastRater(), "rater")
				break
			}
		}
	}
	if role == "rater" && l.yes(0.1) {
		who = person(one(l, "therapist-1", "physician-1", "rater-2"), "rater")
	}
	l.step(Step{Now: l.now, Actor: who, Command: cmd, Lot: l.rng.Uint64()})
}

// lastRater is the rater drawn for the latest assessment.
func (l *life) lastRater() string {
	who := "rater-1"
	for i := range l.w.def.Visits {
		if r := l.s.Ratings[l.w.def.Visits[i].ID]; r.Rater != "" {
			who = r.Rater
		}
	}
	return who
}

// usually answers who gives a command that belongs to a visit.
func (l *life) usually(cmd study.Command) string {
	visit, form := "", ""
	switch c := cmd.(type) {
	case study.SaveForm:
		visit, form = c.Visit, c.Form
	case study.HoldVisit:
		visit = c.Visit
	default:
		visit = l.sessionNear()
	}
	if form != "" {
		if p, ok := study.PlaceOf(l.w.def, visit, form); ok && len(p.Roles) > 0 {
			return one(l, p.Roles...)
		}
	}
	if v, ok := l.w.def.Visit(visit); ok && len(v.By) > 0 {
		return one(l, v.By...)
	}
	return "coordinator"
}

// random hands do anything at any time.
func random(l *life) {
	l.after(one(l, time.Minute, 7*time.Minute, 20*time.Minute, time.Hour, 8*time.Hour, 25*time.Hour, 6*24*time.Hour))
	if l.yes(0.3) {
		l.oneTask(thorough{forms: l.yes(0.5)})
		return
	}
	k := one(l, kinds...)
	if slices.ContainsFunc(aroundCommands, func(a kind) bool { return a.name == k.name }) && l.yes(0.8) {
		k = one(l, otherCommands...) // the study around the participant changes seldom
	}
	l.anything(k)
}

// oneTask does what one of the first tasks asks for.
func (l *life) oneTask(how thorough) {
	if l.s == nil {
		l.referred()
		return
	}
	tasks := l.tasks()
	l.marks.clocks(l, tasks)
	if len(tasks) == 0 {
		l.after(24 * time.Hour)
		return
	}
	l.obey(tasks[l.rng.IntN(min(len(tasks), 3))], how)
}

// boundary hands seek the limits: of values, of windows, of clocks.
func boundary(l *life) {
	if l.s == nil {
		l.referred()
		return
	}
	if x := l.s.OpenSession(); x != nil && l.w.def.Dosing != nil {
		l.atSessionLimit(x)
		return
	}
	switch l.rng.IntN(6) {
	case 0, 1: // the edge of a window
		l.toEdge()
		l.oneTask(thorough{forms: l.yes(0.4)})
	case 2: // one condition turned, everything else as it should be
		t := one(l, append([]turn{{}}, l.w.well.turns...)...)
		l.oneTask(thorough{forms: true, changes: t.changes})
	case 3:
		l.attempt(l.sessionNear(), l.turnsOfDay())
	case 4:
		l.enterEvent()
	default:
		l.give(l.anySave(), nil)
	}
}

// toEdge lets time pass to the edge of a visit's window, or a second beside it.
func (l *life) toEdge() {
	w := study.Windows(l.w.def, l.s)
	for range 6 {
		i := l.rng.IntN(len(w))
		if !w[i].Known || !l.s.Visits[i].Held.IsZero() {
			continue
		}
		t := one(l, w[i].Opens.Start(l.zone()), w[i].Closes.End(l.zone()), w[i].Target.Start(l.zone())).Add(one(l, -time.Second, 0, time.Second, 9*time.Hour))
		if t.After(l.now) && t.Sub(l.now) < 200*24*time.Hour {
			l.until(t)
			return
		}
	}
	l.after(time.Hour)
}

// turnsOfDay are changes that a session's own conditions turn on.
func (l *life) turnsOfDay() []change {
	var fit []turn
	for _, t := range l.w.well.turns {
		if len(t.line) > 6 && (t.line[:6] == "check/" || t.line[:6] == "alert/") {
			fit = append(fit, t)
		}
	}
	if len(fit) == 0 || l.yes(0.2) {
		return nil
	}
	return one(l, fit...).changes
}

// enterEvent enters an adverse event that starts a clock, or a medicine.
func (l *life) enterEvent() {
	if l.yes(0.5) && l.w.def.Safety.Medication != "" {
		if c, ok := l.w.def.Form(l.w.def.Safety.Medication); ok {
			l.save("", c.ID, "", l.twist(c)...)
		}
		return
	}
	form := l.w.def.Safety.Form
	c, ok := l.w.def.Form(form)
	if !ok {
		return
	}
	changes := []change{{form, "serious", instrument.BoolValue(l.yes(0.8))}}
	for _, id := range []string{"relation", "criteria", "interest", "expected", "outcome"} {
		if it, ok := c.Item(id); ok && l.yes(0.7) {
			if v := l.w.well.values(c, it); len(v) > 0 {
				changes = append(changes, change{form, id, one(l, v...)})
			}
		}
	}
	l.save("", form, "", changes...)
}

// atSessionLimit measures at a limit, waits to an edge of the session's clocks, and
// tries what the limit decides about.
func (l *life) atSessionLimit(x *study.SessionState) {
	d := l.w.def.Dosing
	l.toSessionEdge(x)
	switch l.rng.IntN(7) {
	case 0, 1, 2:
		l.measure(x, l.pastLimit())
	case 3:
		l.as("system", study.PassTime{On: l.on()})
	case 4:
		l.acknowledgeAll(l.s.Sessions[x.Visit])
	case 5:
		l.supplement(x)
	default:
		if d.Discharge.Form != "" {
			l.save(x.Visit, d.Discharge.Form, "")
		}
		v, _ := l.w.def.Visit(x.Visit)
		l.as(roleOf(v.By, "therapist"), study.Discharge{On: l.on(), Visit: x.Visit, Adult: l.yes(0.8), To: one(l, "home", "overnight"), Answers: l.answered(d.Discharge.Checks, true)})
	}
	if l.s.Sessions[x.Visit].DoseAt.IsZero() && l.yes(0.4) {
		l.dose(x.Visit)
	}
}

// toSessionEdge waits until a clock of the session is just before, at or just after its end.
func (l *life) toSessionEdge(x *study.SessionState) {
	d := l.w.def.Dosing
	var edges []time.Time
	for _, p := range study.SessionPlan(l.w.def, l.s, x) {
		if p.Done.IsZero() && !p.Due.IsZero() {
			edges = append(edges, p.Due, p.Latest)
			break
		}
	}
	for _, b := range x.Breaches {
		if r := l.w.def.Rule(b.Rule); r != nil && b.Acknowledged.IsZero() {
			edges = append(edges, b.At.Add(r.Acknowledge.Within.Std()), b.At.Add(r.Dwell.Std()))
		}
	}
	if s := stepOf(l.w.def, x.Visit, "supplement"); s != nil && !x.DoseAt.IsZero() && x.Decision == "" {
		edges = append(edges, x.DoseAt.Add(s.Earliest.Std()), x.DoseAt.Add(s.Latest.Std()))
	}
	if last := x.LastDoseAt(); !last.IsZero() {
		edges = append(edges, last.Add(d.Discharge.Earliest.Std()))
	}
	if len(edges) == 0 {
		l.after(time.Minute)
		return
	}
	l.until(one(l, edges...).Add(one(l, -time.Second, 0, time.Second, time.Minute)))
}

// pastLimit is a measurement just below, at, just past or far past a rule's limit.
func (l *life) pastLimit() []change {
	d := l.w.def.Dosing
	if len(d.Rules) == 0 {
		return nil
	}
	r := one(l, d.Rules...)
	c, ok := l.w.def.Form(d.Vitals.Form)
	if !ok {
		return nil
	}
	item, ok := c.Item(r.Metric)
	if !ok {
		return nil
	}
	limit := r.Limit
	if base, known := l.w.well.forms[c.ID][r.Metric].Float(); known && r.FromBaseline {
		limit += base
	}
	by := 1.0
	if item.Type == instrument.Decimal {
		by = 0.1
	}
	if r.Compare == "<" || r.Compare == "<=" {
		by = -by
	}
	v := limit + one(l, -by, 0, by, by, 10*by)
	return []change{{c.ID, r.Metric, instrument.NumberValue(float64(int64(v*10+0.5)) / 10)}}
}

func (l *life) measure(x *study.SessionState, changes []change) {
	l.save(x.Visit, l.w.def.Dosing.Vitals.Form, "", changes...)
}

func (l *life) supplement(x *study.SessionState) {
	d := l.w.def.Dosing
	if stepOf(l.w.def, x.Visit, "supplement") == nil {
		return
	}
	if l.yes(0.7) {
		l.save(x.Visit, d.Vitals.Form, "")
	}
	amounts := study.SupplementAmounts(l.w.def, x)
	amount := 0.0
	if len(amounts) > 0 {
		amount = amounts[0]
	}
	l.as(roleOf(d.Checkpoint.By, "physician"), study.DecideSupplement{On: l.on(), Visit: x.Visit, Decision: "given", Amount: amount, Answers: l.answered(d.Checkpoint.Withhold, false)})
}

// attempt tries to hold a session with something wrong: an answer, the pair, a line, a
// confirmation, a clock. What the rules let through, the promises look at.
func (l *life) attempt(id string, changes []change) {
	v, err := l.w.visit(id)
	if err != nil || l.s == nil || l.w.def.Dosing == nil || l.s.OpenSession() != nil {
		return
	}
	d := l.w.def.Dosing
	if w := study.Windows(l.w.def, l.s)[l.w.def.VisitIndex(id)]; w.Known && l.yes(0.7) {
		l.until(w.Target.Start(l.zone()).Add(9 * time.Hour))
	}
	if !l.yes(0.1) {
		l.morning(id, thorough{forms: true, changes: changes})
	}
	who := actorOf(roleOf(v.By, "therapist"))
	check := study.CheckSession{On: l.on(), Visit: id, Pair: l.w.pair(), Answers: lines(d.Checks, true)}
	switch l.rng.IntN(6) {
	case 0:
		check.Pair = l.anyPair()
	case 1:
		check.Overrides = []study.Override{{Check: one(l, d.Checks...).ID, Physician: "physician-1", Countersigned: one(l, "therapist-1", "physician-1"), Reason: "judged safe"}}
	case 2:
		check.Answers = l.answered(d.Checks, true)
		check.Overrides = overridesFor(d.Checks, check.Answers)
	case 3:
		check.Overrides = l.overrideFailing(check)
	}
	l.do(who, check)
	if !l.yes(0.1) {
		l.confirm(id)
	}
	switch l.rng.IntN(8) {
	case 0:
		l.enterEvent() // something happens between the list and the start
	case 1:
		l.after(20 * time.Hour)
	case 2:
		l.anything(aroundCommands[7+l.rng.IntN(2)]) // somebody of the pair is gone
	}
	on := l.moment()
	l.do(who, study.StartSession{On: on, Visit: id})
	if l.yes(0.2) {
		if x := l.s.Sessions[id]; x.Open() {
			l.measure(x, l.pastLimit())
		}
	}
	if l.yes(0.1) {
		l.as("participant", study.WithdrawConsent{On: l.on(), Document: l.document().ID, Reason: l.reason()})
	}
	l.dose(id)
}

func overridesFor(checks []protocol.Check, answers map[string]bool) []study.Override {
	var out []study.Override
	for _, c := range checks {
		if yes, said := answers[c.ID]; said && !yes {
			out = append(out, study.Override{Check: c.ID, Physician: "physician-1", Countersigned: "therapist-1", Reason: "judged safe"})
		}
	}
	return out
}

// overrideFailing overrides the lines that the record itself answers with no.
func (l *life) overrideFailing(c study.CheckSession) []study.Override {
	var out []study.Override
	for _, r := range study.SessionChecks(l.w.def, l.s, l.env(actorOf("physician"), 0), c.Visit, c.Pair) {
		if !r.ByPerson && r.Truth != 1 && r.Check.Override {
			out = append(out, study.Override{Check: r.Check.ID, Physician: "physician-1", Countersigned: "therapist-1", Reason: "judged safe"})
		}
	}
	return out
}

// adversary hands try to break a promise.
func adversary(l *life) {
	if l.s == nil {
		l.referred()
		return
	}
	x := l.s.OpenSession()
	switch l.rng.IntN(9) {
	case 0, 1:
		if x == nil {
			var changes []change
			if l.yes(0.7) {
				changes = l.spoilt(l.sessionNear())
			}
			l.attempt(l.sessionNear(), changes)
			return
		}
		l.atSessionLimit(x)
	case 2: // the same again, right away
		if l.last != nil {
			again := l.last.step
			again.Now, again.fresh = l.now, l.yes(0.5)
			l.step(again)
		}
	case 3: // a later session first
		if s := sessionsOf(l.w.def); len(s) > 1 {
			l.after(one(l, time.Hour, 25*time.Hour))
			l.attempt(s[1+l.rng.IntN(len(s)-1)], nil)
		}
	case 4: // an earlier truth, entered late
		l.give(l.anySave(), nil)
	case 5:
		l.enterEvent()
	case 6:
		l.leaveSomehow()
	case 7:
		l.after(one(l, time.Minute, time.Hour, 30*time.Hour))
		l.as("system", study.PassTime{On: l.on()})
		l.anything(one(l, sessionCommands...))
	default:
		l.anything(one(l, kinds...))
	}
}

// spoilt are wrong answers in the forms of a session's day, any of them.
func (l *life) spoilt(id string) []change {
	v, ok := l.w.def.Visit(id)
	if !ok || len(v.Forms) == 0 {
		return nil
	}
	var small []*instrument.Compiled
	for _, u := range v.Forms {
		if c, ok := l.w.def.Form(u.Form); ok && len(c.Items) <= 4 {
			small = append(small, c)
		}
	}
	if len(small) == 0 {
		return nil
	}
	c := one(l, small...)
	var out []change
	for i := range c.Items {
		if v := l.w.well.values(c, &c.Items[i]); len(v) > 0 {
			out = append(out, change{c.ID, c.Items[i].ID, one(l, v...)})
		}
	}
	return out
}

// leaveSomehow lets the participant leave in one of the ways there are.
func (l *life) leaveSomehow() {
	if l.yes(0.5) {
		return // leaving ends much, so it is not tried at every turn
	}
	switch l.rng.IntN(5) {
	case 0:
		l.as("participant", study.Withdraw{On: l.on(), Reason: l.reason()})
	case 1:
		l.as("physician", study.StopTreatment{On: l.on(), Reason: l.reason()})
	case 2:
		l.as("participant", study.WithdrawConsent{On: l.on(), Document: l.document().ID, Reason: l.reason()})
	case 3:
		l.as("coordinator", study.Lose{On: l.on(), Attempts: 3})
	default:
		l.as("coordinator", study.Withdraw{On: l.on(), Reason: l.reason()})
	}
	if s := sessionsOf(l.w.def); len(s) > 0 {
		l.attempt(one(l, s...), nil)
	}
}
