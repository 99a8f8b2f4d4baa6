package study

import (
	"slices"
	"strings"
	"testing"
	"time"

	"varde/expr"
)

// ready is a story on the morning of the first session, everything measured.
func ready(t testing.TB) *story {
	t.Helper()
	return tell(t, threeSession).randomised().toWindow("V5").measured("V5").minutes(5)
}

func startV5(w *story) StartSession { return StartSession{On: w.on(), Visit: "V5"} }

func TestHereIsTheVisit(t *testing.T) {
	w := tell(t, threeSession).randomised().toWindow("V5")
	// Pregnancy test, drug screen and C-SSRS of V4 are in order, and do not count.
	open := map[string]bool{}
	for _, r := range SessionChecks(w.def, w.s, w.env("therapist"), "V5", []string{"anna", "bo"}) {
		if r.Truth == expr.Unknown && !r.ByPerson {
			open[r.Check.ID] = true
			if len(r.Needs) == 0 || !strings.HasPrefix(r.Needs[0], "here.") {
				t.Errorf("%s needs %v", r.Check.ID, r.Needs)
			}
		}
	}
	for _, id := range []string{"pregnancy", "drug-screen", "vitals", "suicidality"} {
		if !open[id] {
			t.Errorf("%s is answered by an earlier day", id)
		}
	}
	w.do("therapist", w.checking("V5"))
	if w.s.Sessions["V5"].Go {
		t.Fatal("go without today's tests")
	}
	w.measured("V5").minutes(1).do("therapist", w.checking("V5"))
	if !w.s.Sessions["V5"].Go {
		t.Fatalf("no go: %+v", w.s.Sessions["V5"].Checks)
	}
	if v, ok := NewVars(w.def, w.s, w.env("system"), "").Var("here.vitals.sbp"); ok {
		t.Errorf("here is nowhere, and yet %v", v)
	}
	if v, ok := NewVars(w.def, w.s, w.env("system"), "").Var("vitals.sbp"); !ok || v != int64(120) {
		t.Errorf("the latest is %v, %v", v, ok)
	}
}

// TestEveryLine: each line of the list, answered no, stops the session; those that
// may be overridden can be, and no other.
func TestEveryLine(t *testing.T) {
	spoil := map[string]func(*story){
		"pregnancy": func(w *story) {
			f := w.s.Form("V5", "pregnancy", 0)
			w.do("physician", SaveForm{On: w.on(), Visit: "V5", Form: "pregnancy", Version: f.Version, Reason: "tested again", Items: w.filled("pregnancy", map[string]string{"applicable": "yes", "result": "positive"})})
		},
		"drug-screen": func(w *story) {
			f := w.s.Form("V5", "drugscreen", 0)
			w.do("physician", SaveForm{On: w.on(), Visit: "V5", Form: "drugscreen", Version: f.Version, Reason: "read again", Items: w.filled("drugscreen", map[string]string{"result": "positive"})})
		},
		"vitals": func(w *story) { w.vitals("V5", "", map[string]string{"sbp": "141"}) },
		"suicidality": func(w *story) {
			w.do("therapist", w.save("V5", "cssrs", "", map[string]string{"ideation": "4", "intensity": "10"}))
		},
		"contraindicated":   func(w *story) { w.medicine("phenelzine", nil) },
		"high-interactions": func(w *story) { w.medicine("sertraline", nil) },
		"medicines-decided": func(w *story) { w.medicine("ibuprofen", nil) },
		"serious-event":     func(w *story) { w.adverse(map[string]string{"serious": "yes"}) },
		"not-stopped":       nil, // the visit itself leaves the plan
		"pair":              nil, // below
		"consent":           nil, // the participant leaves
		"randomised":        nil, // the epoch asks for it
	}
	for _, c := range definition(t, threeSession).Dosing.Checks {
		f, computed := spoil[c.ID]
		if computed && f == nil {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			w := ready(t)
			list := w.checking("V5")
			if computed {
				f(w)
			} else {
				list.Answers[c.ID] = false
			}
			w.minutes(1).do("therapist", list).confirmed("V5")
			if x := w.s.Sessions["V5"]; x.Go || x.Checks[c.ID] {
				t.Fatalf("go %v, %v", x.Go, x.Checks)
			}
			w.refused("no-go", "therapist", startV5(w))
			o := Override{Check: c.ID, Physician: "dina", Countersigned: "anna", Reason: "weighed"}
			list.Overrides = []Override{o}
			if !c.Override {
				w.refused("never-overridden", "therapist", list)
				return
			}
			for _, x := range []struct {
				code   string
				change func(*Override)
			}{
				{"reason-owed", func(o *Override) { o.Reason = " " }},
				{"not-a-physician", func(o *Override) { o.Physician = "bo" }},
				{"not-a-physician", func(o *Override) { o.Physician = "nobody" }},
				{"not-countersigned", func(o *Override) { o.Countersigned = "dina" }},
				{"not-countersigned", func(o *Override) { o.Countersigned = "nobody" }},
				{"no-such-check", func(o *Override) { o.Check = "none" }},
			} {
				bad := o
				x.change(&bad)
				list.Overrides = []Override{bad}
				w.refused(x.code, "therapist", list)
			}
			list.Overrides = []Override{o, o}
			w.refused("override-twice", "therapist", list)
			list.Overrides = []Override{o}
			w.do("therapist", list).do("therapist", startV5(w))
			if got := w.deviations(); !slices.Contains(got, DeviationOverride) {
				t.Errorf("an override without deviation: %v", got)
			}
			w.replays()
		})
	}
}

func (w *story) medicine(name string, changed map[string]string) *story {
	w.Helper()
	all := map[string]string{"name": name, "ongoing": "yes", "decision": "none"}
	for k, v := range changed {
		all[k] = v
	}
	return w.do("physician", w.save("", "conmed", "", all))
}

func (w *story) adverse(changed map[string]string) *story {
	w.Helper()
	all := map[string]string{"term": "event", "end": "", "interest": "none", "narrative": ""}
	for k, v := range changed {
		all[k] = v
	}
	return w.do("physician", w.save("", "ae", "", all))
}

func TestLinesThatPeopleAnswer(t *testing.T) {
	w := ready(t)
	list := w.checking("V5")
	delete(list.Answers, "fasted")
	w.refused("check-open", "therapist", list)
	// An answer by a person does not stand against the record.
	list = w.checking("V5")
	list.Answers["pregnancy"] = true
	list.Pair = []string{"anna", "anna"}
	w.do("therapist", list)
	if w.s.Sessions["V5"].Checks["pair"] || w.s.Sessions["V5"].Go {
		t.Error("one person is no pair")
	}
	w.refused("role-may-not", "coordinator", list)
	list.Visit = "V4"
	w.refused("no-session", "therapist", list)
}

func TestPairs(t *testing.T) {
	day := begin.AddDate(0, 0, 60)
	for _, x := range []struct {
		name  string
		pair  []string
		staff func(*story)
		say   string
	}{
		{"two in order", []string{"anna", "bo"}, nil, ""},
		{"one", []string{"anna"}, nil, "2 therapists"},
		{"three", []string{"anna", "bo", "cato"}, nil, "2 therapists"},
		{"twice", []string{"anna", "anna"}, nil, "twice"},
		{"no therapist", []string{"anna", "dina"}, nil, "not a therapist"},
		{"unknown", []string{"anna", "nobody"}, nil, "not a therapist"},
		{"removed", []string{"anna", "bo"}, func(w *story) { w.overview(RemoveStaff{Site: "S01", Person: "bo", Role: "therapist"}) }, "not a therapist"},
		{"expired yesterday", []string{"anna", "bo"}, func(w *story) { w.credential("bo", "gcp", DayOf(day, w.site.Zone)-1) }, "credential"},
		{"expires today", []string{"anna", "bo"}, func(w *story) { w.credential("bo", "gcp", DayOf(day, w.site.Zone)) }, ""},
		{"one licensed", []string{"anna", "bo"}, func(w *story) { w.credential("bo", "licence", 0) }, ""},
		{"none licensed", []string{"anna", "bo"}, func(w *story) { w.credential("bo", "licence", 0); w.credential("anna", "licence", 0) }, "licence"},
		{"related", []string{"anna", "bo"}, func(w *story) { w.related("bo", "anna") }, "related"},
		{"related, told by the other", []string{"bo", "anna"}, func(w *story) { w.related("bo", "anna") }, "related"},
		{"related, and given another role since", []string{"anna", "bo"}, func(w *story) {
			w.related("bo", "anna")
			w.overview(AssignStaff{Site: "S01", Person: "bo", Name: "Bo", Role: "attendant"})
		}, "related"},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := tell(t, threeSession)
			if x.staff != nil {
				x.staff(w)
			}
			got := PairFault(w.def, w.site, x.pair, day)
			if x.say == "" && !got.Empty() || x.say != "" && (!strings.Contains(got.EN, x.say) || got.NB == "") {
				t.Errorf("%+v, expected %q", got, x.say)
			}
		})
	}
	// It must hold when the session starts as well.
	w := ready(t)
	w.do("therapist", w.checking("V5")).confirmed("V5")
	w.overview(RemoveStaff{Site: "S01", Person: "bo", Role: "therapist"})
	w.refused("no-go", "therapist", startV5(w))
}

func (w *story) credential(person, id string, until Day) {
	w.overview(AssignStaff{Site: "S01", Person: person, Role: "therapist", Credentials: map[string]string{id: until.String()}})
}

func (w *story) related(person, to string) {
	w.overview(AssignStaff{Site: "S01", Person: person, Role: "therapist", Related: []string{to}})
}

func TestTwoPersons(t *testing.T) {
	w := ready(t)
	c := w.confirming("V5", "kit")
	for _, x := range []struct {
		code   string
		change func(*ConfirmTwo)
	}{
		{"no-such-check", func(c *ConfirmTwo) { c.Check = "none" }},
		{"two-persons", func(c *ConfirmTwo) { c.Persons = []string{"anna", "anna"} }},
		{"two-persons", func(c *ConfirmTwo) { c.Persons = []string{"anna"} }},
		{"not-staff", func(c *ConfirmTwo) { c.Persons = []string{"anna", "nobody"} }},
		{"wrong-kit", func(c *ConfirmTwo) { c.Kit = "K000000" }},
	} {
		bad := c
		x.change(&bad)
		w.refused(x.code, "therapist", bad)
	}
	w.do("therapist", c).refused("already-confirmed", "therapist", c)
	w.do("therapist", w.checking("V5")).refused("not-confirmed", "therapist", startV5(w))
	// What was seen yesterday is not seen today.
	w.confirmed2("V5", "kit").hours(24)
	w.measured2("V5").minutes(1).do("therapist", w.checking("V5")).refused("not-confirmed", "therapist", startV5(w))
	w.confirmed("V5").do("therapist", startV5(w))
}

// confirmed2 confirms all but one.
func (w *story) confirmed2(visit, except string) *story {
	w.Helper()
	for _, c := range w.def.Dosing.TwoPerson {
		if c.ID != except {
			w.do("therapist", w.confirming(visit, c.ID))
		}
	}
	return w
}

// measured2 measures once more.
func (w *story) measured2(visit string) *story {
	w.Helper()
	return w.vitals(visit, "", nil).do("therapist", w.save(visit, "cssrs", "", nil))
}

func TestStarting(t *testing.T) {
	w := ready(t)
	w.refused("not-checked", "therapist", startV5(w))
	w.do("therapist", w.checking("V5")).confirmed("V5")
	early := startV5(w)
	early.At = w.now.Add(-time.Minute)
	w.refused("before-check", "therapist", early)
	w.refused("not-started", "therapist", w.dosing("V5"))
	next := *w
	next.hours(24).refused("check-old", "therapist", startV5(w))
	w.do("therapist", startV5(w)).refused("already-started", "therapist", startV5(w))
	w.refused("already-started", "therapist", w.checking("V5"))
	if w.s.Visits[w.def.VisitIndex("V5")].Held.IsZero() {
		t.Error("the visit is not held")
	}
	w.refused("session-open", "coordinator", Withdraw{On: w.on(), Reason: "own-wish"})
	w.refused("session-open", "coordinator", Lose{On: w.on(), Attempts: 3})
	// What changes between the list and the start is seen.
	w = ready(t)
	w.do("therapist", w.checking("V5")).confirmed("V5").medicine("phenelzine", nil).refused("no-go", "therapist", startV5(w))
}

func TestDoses(t *testing.T) {
	w := tell(t, threeSession).randomised().started("V5")
	d := w.dosing("V5")
	d.Amount = 120
	w.refused("amount-not-allowed", "therapist", d)
	before := w.dosing("V5")
	before.At = w.s.Sessions["V5"].Started.Add(-time.Minute)
	w.refused("before-start", "therapist", before)
	w.refused("not-dosed", "physician", supplement(w, 40))
	w.do("therapist", w.dosing("V5")).refused("already-dosed", "therapist", w.dosing("V5"))
	if w.s.Doses != 1 || w.s.Status() != StatusTreatment {
		t.Errorf("%d doses, %s", w.s.Doses, w.s.Status())
	}

	w = tell(t, threeSession).randomised().started("V5")
	w.do("physician", StopTreatment{On: w.on(), Reason: "own-wish"})
	w.refused("treatment-stopped", "therapist", w.dosing("V5"))
	w = tell(t, threeSession).randomised().started("V5").do("physician", WithdrawConsent{On: w.on(), Document: "main", Reason: "own-wish"})
	w.refused("no-consent", "therapist", w.dosing("V5"))
	w = tell(t, threeSession).randomised().started("V5").do("therapist", Discharge{On: w.on(), Visit: "V5", To: "hospital"})
	w.refused("already-discharged", "therapist", w.dosing("V5"))
}

func supplement(w *story, mg float64) DecideSupplement {
	return DecideSupplement{On: w.on(), Visit: "V5", Decision: "given", Amount: mg, Answers: lines(w.def.Dosing.Checkpoint.Withhold, false)}
}

func TestSupplement(t *testing.T) {
	for _, x := range []struct {
		after time.Duration
		code  string
	}{
		{90*time.Minute - time.Second, "outside-checkpoint"}, {90 * time.Minute, ""}, {120 * time.Minute, ""}, {120*time.Minute + time.Second, "outside-checkpoint"},
	} {
		w := tell(t, threeSession).randomised().dosed("V5").followedFor("V5", 65*time.Minute)
		w.now = w.s.Sessions["V5"].DoseAt.Add(x.after)
		if x.code != "" {
			w.refused(x.code, "physician", supplement(w, 40))
			continue
		}
		w.refused("amount-not-allowed", "physician", supplement(w, 60))
		w.refused("role-may-not", "attendant", supplement(w, 40))
		w.refused("bad-decision", "physician", DecideSupplement{On: w.on(), Visit: "V5", Decision: "later"})
		w.refused("reason-owed", "physician", DecideSupplement{On: w.on(), Visit: "V5", Decision: "withheld"})
		w.do("physician", supplement(w, 40)).refused("already-decided", "physician", supplement(w, 40))
		if s := w.s.Sessions["V5"]; s.Supplement != 40 || !s.LastDoseAt().Equal(w.now) {
			t.Errorf("%+v", s)
		}
	}
	// The supplement is half of the dose that was given.
	w := tell(t, threeSession).randomised().goOn("V10").started("V10")
	x := w.dosing("V10")
	x.Amount = 120
	w.do("therapist", x)
	if got := SupplementAmounts(w.def, w.s.Sessions["V10"]); !slices.Equal(got, []float64{60}) {
		t.Errorf("half of 120 is %v", got)
	}
	// Nobody gives more to one who wants out, or whose state is not known.
	w = tell(t, threeSession).randomised().dosed("V5").followedFor("V5", 65*time.Minute).minutes(35)
	stop := *w
	stop.do("physician", StopTreatment{On: w.on(), Reason: "own-wish"}).refused("treatment-stopped", "physician", supplement(w, 40))
	back := *w
	back.do("physician", WithdrawConsent{On: w.on(), Document: "main", Reason: "own-wish"}).refused("no-consent", "physician", supplement(w, 40))
	blank := *w
	blank.vitals("V5", "m90", map[string]string{"sbp": "absent:not-done"}).refused("withhold-unknown", "physician", supplement(w, 40))
	high := *w
	high.vitals("V5", "m90", map[string]string{"sbp": "161"}).do("therapist", Acknowledge{On: w.on(), Visit: "V5", Breach: "V5-B1", Action: "rest"}).
		refused("withhold", "physician", supplement(w, 40))
	high.minutes(5).vitals("V5", "", map[string]string{"sbp": "150"}).do("physician", supplement(w, 40))
	// A set that is entered late is not the newest for that.
	late := *w
	late.vitals("V5", "m90", map[string]string{"sbp": "170"}).do("therapist", Acknowledge{On: w.on(), Visit: "V5", Breach: "V5-B1", Action: "rest"}).
		vitals("V5", "", map[string]string{"taken_at": w.s.Sessions["V5"].DoseAt.Add(40 * time.Minute).Format(time.RFC3339), "sbp": "130"}).
		refused("withhold", "physician", supplement(w, 40))
}

// TestHold: a pressure that stays high for a quarter of an hour holds every dose
// until it is answered and has come down.
func TestHold(t *testing.T) {
	w := tell(t, threeSession).randomised().dosed("V5").followedFor("V5", 65*time.Minute)
	w.now = w.s.Sessions["V5"].DoseAt.Add(75 * time.Minute)
	breaches := func() (out []string) {
		for _, b := range w.s.Sessions["V5"].Breaches {
			out = append(out, b.Rule)
		}
		return out
	}
	high := map[string]string{"sbp": "165"}
	w.vitals("V5", "", high).minutes(14).vitals("V5", "", high)
	if got := breaches(); !slices.Equal(got, []string{"sbp-watch"}) {
		t.Fatalf("after 14 minutes: %v", got)
	}
	w.minutes(1).vitals("V5", "", high)
	if got := breaches(); !slices.Contains(got, "sbp-hold") {
		t.Fatalf("after 15 minutes: %v", got)
	}
	var hold Breach
	for _, b := range w.s.Sessions["V5"].Breaches {
		if b.Rule == "sbp-hold" {
			hold = b
		} else {
			w.do("therapist", Acknowledge{On: w.on(), Visit: "V5", Breach: b.ID, Action: "rest"})
		}
	}
	ack := Acknowledge{On: w.on(), Visit: "V5", Breach: hold.ID, Action: "seen"}
	w.refused("role-may-not", "therapist", ack)
	w.refused("action-owed", "physician", Acknowledge{On: w.on(), Visit: "V5", Breach: hold.ID})
	w.refused("no-such-breach", "physician", Acknowledge{On: w.on(), Visit: "V5", Breach: "V5-B99", Action: "seen"})
	w.do("physician", ack).refused("already-acknowledged", "physician", ack)
	w.refused("withhold", "physician", supplement(w, 40))
	// A set without the pressure does not lift the hold.
	w.minutes(5).vitals("V5", "", map[string]string{"sbp": "absent:not-done"})
	if !holding(w.def, w.s, w.s.Sessions["V5"]) {
		t.Error("a missing measurement lifted the hold")
	}
	w.minutes(5).vitals("V5", "", map[string]string{"sbp": "158"})
	if holding(w.def, w.s, w.s.Sessions["V5"]) {
		t.Error("the hold stays although the pressure has come down")
	}
	w.do("physician", supplement(w, 40))
	w.replays()
}

// TestTransfer: after a call for an ambulance no dose is given and nobody goes
// home, unless the measurement was a slip that was put right.
func TestTransfer(t *testing.T) {
	w := tell(t, threeSession).randomised().dosed("V5").followedFor("V5", 95*time.Minute)
	hot := *w
	hot.vitals("V5", "", map[string]string{"temp": "39.1"})
	for _, b := range hot.s.Sessions["V5"].Breaches {
		hot.do("physician", Acknowledge{On: w.on(), Visit: "V5", Breach: b.ID, Action: "called"})
	}
	hot.minutes(10).vitals("V5", "", nil)
	if !holding(hot.def, hot.s, hot.s.Sessions["V5"]) {
		t.Error("the hold ended after 39.1")
	}
	slip := hot
	f := slip.s.newest("V5", "vitals")
	f = slip.s.Form("V5", "vitals", f.Key.Repeat-1)
	slip.do("therapist", SaveForm{On: w.on(), Visit: "V5", Form: "vitals", Repeat: f.Key.Repeat, Version: f.Version, Reason: "misread", Items: slip.filled("vitals", map[string]string{"temp": "37.1", "taken_at": f.Values["taken_at"].Text()})})
	if holding(slip.def, slip.s, slip.s.Sessions["V5"]) {
		t.Error("a corrected slip still holds")
	}
}

// TestFromBaseline: more than one degree over the first measurement, exactly one is not.
func TestFromBaseline(t *testing.T) {
	for temp, want := range map[string]bool{"37.8": false, "37.9": true} {
		w := tell(t, threeSession).randomised().dosed("V5").minutes(30).vitals("V5", "m30", map[string]string{"temp": temp})
		got := slices.ContainsFunc(w.s.Sessions["V5"].Breaches, func(b Breach) bool { return b.Rule == "temp-rise" })
		if got != want {
			t.Errorf("%s over 36.8: %v", temp, got)
		}
	}
}

func TestEscalation(t *testing.T) {
	w := tell(t, threeSession).randomised().dosed("V5").minutes(30).vitals("V5", "m30", map[string]string{"sbp": "161"})
	pass := PassTime{w.on()}
	if w.minutes(5).do("system", pass); len(w.deviations()) > 0 {
		t.Fatalf("within the time: %v", w.deviations())
	}
	w.after(time.Second).do("system", pass).do("system", pass)
	if got := w.deviations(); !slices.Equal(got, []string{DeviationEscalated}) {
		t.Fatalf("nobody answered: %v", got)
	}
	for _, x := range Tasks(w.def, w.s) {
		if x.Kind == TaskAcknowledge && !slices.Equal(x.Roles, []string{"physician"}) {
			t.Errorf("after escalation the task is for %v", x.Roles)
		}
	}
}

func TestSlots(t *testing.T) {
	w := tell(t, threeSession).randomised().toWindow("V5")
	vitals := func() *FormState { return w.s.newest("V5", "vitals") }
	w.vitals("V5", "", nil)
	if vitals().Slot != "before" {
		t.Fatalf("before the start: %q", vitals().Slot)
	}
	w.minutes(5).vitals("V5", "", nil)
	if vitals().Slot != "" {
		t.Errorf("measured again before the start: %q", vitals().Slot)
	}
	w = tell(t, threeSession).randomised().dosed("V5")
	dose := w.s.Sessions["V5"].DoseAt
	for _, x := range []struct {
		minute int
		slot   string
	}{{10, ""}, {20, "m30"}, {22, ""}, {68, "m60"}} {
		w.now = dose.Add(time.Duration(x.minute) * time.Minute)
		if w.vitals("V5", "", nil); vitals().Slot != x.slot {
			t.Errorf("at %d min: %q, expected %q", x.minute, vitals().Slot, x.slot)
		}
	}
	w.refused("slot-done", "therapist", w.save("V5", "vitals", "m30", nil))
	w.refused("no-such-slot", "therapist", w.save("V5", "vitals", "m31", nil))
	w.now = dose.Add(102 * time.Minute)
	if w.vitals("V5", "m90", nil); !slices.Equal(w.deviations(), []string{DeviationVitalsLate}) {
		t.Errorf("12 minutes late: %v", w.deviations())
	}
}

func TestDischarge(t *testing.T) {
	discharge := func(w *story, to string, adult bool) Discharge {
		return Discharge{On: w.on(), Visit: "V5", To: to, Adult: adult, Answers: lines(w.def.Dosing.Discharge.Checks, true)}
	}
	w := tell(t, threeSession).randomised().dosed("V5").followed("V5")
	dose := w.s.Sessions["V5"].DoseAt
	early := *w
	early.now = dose.Add(8*time.Hour - time.Second)
	early.fill("V5", "readiness", nil).refused("discharge-gate", "therapist", discharge(w, "home", true))
	ahead := discharge(w, "home", true)
	ahead.At = early.now.Add(4 * time.Minute) // a device's clock does not open the gate
	early.refused("discharge-gate", "therapist", ahead)

	w.refused("discharge-gate", "therapist", discharge(w, "home", true)) // readiness is not found
	w.leaving("V5")
	w.refused("discharge-gate", "therapist", discharge(w, "home", false)) // nobody receives
	w.refused("bad-destination", "therapist", discharge(w, "bar", true))
	w.refused("not-discharged", "therapist", EndSession{On: w.on(), Visit: "V5"})
	w.do("therapist", discharge(w, "overnight", false)).refused("already-discharged", "therapist", discharge(w, "home", true))
	w.refused("solicited-open", "therapist", EndSession{On: w.on(), Visit: "V5"})
	w.signed("V5").refused("session-ended", "therapist", discharge(w, "home", true))
	if len(w.deviations()) > 0 {
		t.Errorf("%v", w.deviations())
	}
	w.replays()

	// Nobody is kept from a hospital, and what would have come later is not missing.
	w = tell(t, threeSession).randomised().dosed("V5").followedFor("V5", 40*time.Minute)
	w.now = w.s.Sessions["V5"].DoseAt.Add(65 * time.Minute)
	w.do("therapist", discharge(w, "hospital", false)).hours(1).signed("V5")
	if got := w.deviations(); !slices.Equal(got, []string{DeviationVitalsMissing, DeviationFormMissing}) {
		t.Errorf("left after 65 minutes without the set of 60: %v", got)
	}
	// A session without a dose can end.
	w = tell(t, threeSession).randomised().started("V5").fill("V5", "readiness", nil)
	w.do("therapist", discharge(w, "home", true)).do("therapist", EndSession{On: w.on(), Visit: "V5"})
	if w.s.Doses != 0 || w.s.OpenSession() != nil {
		t.Errorf("%+v", w.s.Sessions["V5"])
	}
}

// TestConsentTakenBackInSession: no further dose, a safe way out, and then the
// participant has left.
func TestConsentTakenBackInSession(t *testing.T) {
	w := tell(t, threeSession).randomised().dosed("V5")
	w.do("physician", WithdrawConsent{On: w.on(), Document: "main", Reason: "own-wish"})
	if w.s.Status() != StatusTreatment {
		t.Fatalf("status %s in the session", w.s.Status())
	}
	w.followed("V5").leaving("V5").do("therapist", Discharge{On: w.on(), Visit: "V5", Adult: true, To: "home", Answers: lines(w.def.Dosing.Discharge.Checks, true)}).signed("V5")
	if w.s.Status() != StatusWithdrawn || w.s.LeftReason != "own-wish" {
		t.Errorf("afterwards: %s, %q", w.s.Status(), w.s.LeftReason)
	}
	w.replays()
}

func TestAWatchLimitCallsOnceUntilItIsWorse(t *testing.T) {
	w := tell(t, threeSession).randomised().dosed("V5")
	calls := func() (n int) {
		for _, b := range w.s.Sessions["V5"].Breaches {
			if b.Rule == "sbp-watch" {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		sbp  string
		want int
	}{{"150", 0}, {"165", 1}, {"163", 1}, {"165", 1}, {"171", 2}, {"168", 2}, {"150", 2}, {"162", 3}} {
		w.minutes(7).vitals("V5", "", map[string]string{"sbp": step.sbp})
		if calls() != step.want {
			t.Fatalf("after %s mmHg: %d calls, want %d", step.sbp, calls(), step.want)
		}
	}
}

// Each of the two confirms by their own account; nobody confirms for another.
func TestTwoPersonsByTheirOwnAccounts(t *testing.T) {
	w := ready(t)
	half := ConfirmOne{On: w.on(), Visit: "V5", Check: "kit", Kit: w.s.Kit}
	wrong := half
	wrong.Kit = "K000000"
	w.by("anna").refused("wrong-kit", "therapist", wrong)
	none := half
	none.Check = "none"
	w.by("anna").refused("no-such-check", "therapist", none)
	w.by("nobody").refused("not-staff", "therapist", half)
	w.by("anna").do("therapist", half)
	if x := w.s.Sessions["V5"]; len(x.Halves) != 1 || x.Halves[0].Person != "anna" || len(x.Confirmed) != 0 {
		t.Fatalf("after one half: %+v", x)
	}
	w.by("anna").refused("own-half", "therapist", half)
	w.by("bo").refused("wrong-kit", "therapist", wrong)
	w.by("bo").do("therapist", half)
	x := w.s.Sessions["V5"]
	if len(x.Halves) != 0 || len(x.Confirmed) != 1 || !slices.Equal(x.Confirmed[0].Persons, []string{"anna", "bo"}) {
		t.Fatalf("after both halves: %+v", x)
	}
	w.by("bo").refused("already-confirmed", "therapist", half)

	// A half of yesterday is none today: both look again.
	other := half
	other.Check = "identity"
	w.by("anna").do("therapist", other)
	w.hours(24).by("bo").do("therapist", other)
	if x := w.s.Sessions["V5"]; len(x.Confirmed) != 1 || len(x.Halves) != 1 || x.Halves[0].Person != "bo" {
		t.Fatalf("a half of yesterday counted: %+v", x)
	}
	w.by("").replays()
}
