package study

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHoldingVisits(t *testing.T) {
	w := tell(t, threeSession).consented().goOn("V1")
	hold := func(id string) HoldVisit { return HoldVisit{On: w.on(), Visit: id} }
	w.refused("no-such-visit", "therapist", hold("V99"))
	w.refused("visit-before", "therapist", hold("V2"))
	w.refused("milestone-missing", "physician", hold("V20"))
	w.refused("session-room", "therapist", hold("V5"))
	w.refused("role-may-not", "rater", hold("V1"))
	w.toWindow("V1").hold("V1").refused("already-held", "therapist", hold("V1"))
	w.refused("role-may-not", "coordinator", hold("V3")) // only the calendar of those who treat
	early := hold("V2")
	early.At = w.now.Add(-time.Hour)
	w.refused("before-needed", "therapist", early)
	w.refused("reason-owed", "therapist", MissVisit{On: w.on(), Visit: "V2"})
	w.toWindow("V2").do("coordinator", MissVisit{On: w.on(), Visit: "V2", Reason: "ill"})
	if got := w.deviations(); !slices.Equal(got, []string{DeviationVisitMissed}) {
		t.Errorf("deviations %v", got)
	}
	w.toWindow("V3").hold("V3") // a missed visit does not block the next

	plan := PlanVisit{On: w.on(), Visit: "V4"}
	w.refused("no-time", "coordinator", plan)
	plan.Time = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
	w.refused("bad-time", "coordinator", plan)
	plan.Time = w.now.Add(50 * time.Hour)
	w.refused("role-may-not", "rater", plan)
	w.do("coordinator", plan)
	plan.Visit = "V3"
	w.refused("already-held", "coordinator", plan)
	w.replays()
}

// TestWindowEdges: the first and last day are within, the days beside them raise a deviation.
func TestWindowEdges(t *testing.T) {
	for _, x := range []struct {
		day int // from the target of V2: before -5d, after 14d
		out bool
	}{{-6, true}, {-5, false}, {0, false}, {14, false}, {15, true}} {
		w := tell(t, threeSession).consented().goOn("V2")
		target := w.window("V2").Target
		w.now = (target + Day(x.day)).Start(w.s.Zone).Add(30 * time.Minute)
		w.hold("V2")
		if got := slices.Contains(w.deviations(), DeviationOutOfWindow); got != x.out {
			t.Errorf("day %+d: deviation %v", x.day, got)
		}
		w.now = w.window("V2").Target.End(w.s.Zone)
	}
	// The last second of the day is still in the window.
	w := tell(t, threeSession).consented().goOn("V2")
	w.now = w.window("V2").Closes.End(w.s.Zone)
	w.hold("V2")
	if len(w.deviations()) > 0 {
		t.Errorf("on the last second: %v", w.deviations())
	}
}

// TestAnchorsMove: a visit counts from the day its anchor was held, and from the
// anchor's target until then.
func TestAnchorsMove(t *testing.T) {
	for _, shift := range []int{-4, 0, 9} {
		w := tell(t, threeSession).consented().goOn("V2")
		target := w.window("V2").Target
		if got := w.window("V3"); got.Firm || got.Target != target+7 {
			t.Errorf("before V2: %+v, target of V2 %s", got, target)
		}
		w.now = (target + Day(shift)).Start(w.s.Zone).Add(10 * time.Hour)
		w.hold("V2")
		if got := w.window("V3"); !got.Firm || got.Target != target+Day(shift)+7 || got.Opens != got.Target-6 || got.Closes != got.Target+14 {
			t.Errorf("V2 held %+d days: %+v", shift, got)
		}
	}
}

// TestDays: calendar days at the site, over changes of clocks and across zones.
func TestDays(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	oslo, auckland, santiago := zone("Europe/Oslo"), zone("Pacific/Auckland"), zone("America/Santiago")
	// 28 to 29 March 2026 clocks go forward in Oslo: 23 hours, and still one day.
	before := time.Date(2026, 3, 28, 23, 59, 59, 0, oslo)
	after := time.Date(2026, 3, 29, 0, 0, 0, 0, oslo)
	if DayOf(after, oslo) != DayOf(before, oslo)+1 || DayOf(after.Add(23*time.Hour), oslo) != DayOf(before, oslo)+2 {
		t.Error("the short day is not one day")
	}
	if d := DayOf(after, oslo); d.End(oslo).Sub(d.Start(oslo)) != 23*time.Hour-time.Second {
		t.Error("the short day has not 23 hours")
	}
	if d := DayOf(time.Date(2026, 10, 25, 12, 0, 0, 0, oslo), oslo); d.End(oslo).Sub(d.Start(oslo)) != 25*time.Hour-time.Second {
		t.Error("the long day has not 25 hours")
	}
	one := time.Date(2026, 6, 1, 13, 0, 0, 0, time.UTC)
	if DayOf(one, auckland) != DayOf(one, oslo)+1 {
		t.Error("one moment is the same day in Oslo and Auckland")
	}
	// In Santiago clocks go forward at midnight: the day begins at one o'clock.
	rapid.Check(t, func(r *rapid.T) {
		z := rapid.SampledFrom([]*time.Location{oslo, auckland, santiago, time.UTC}).Draw(r, "zone")
		d := Day(rapid.IntRange(-3000, 40000).Draw(r, "day"))
		if DayOf(d.Start(z), z) != d || DayOf(d.End(z), z) != d || DayOf(d.End(z).Add(time.Second), z) != d+1 {
			r.Fatalf("%s in %s: from %s to %s", d, z, d.Start(z), d.End(z))
		}
	})
}

// TestWindowsMonotonic: the later the anchor, the later every window that hangs on it.
func TestWindowsMonotonic(t *testing.T) {
	def := definition(t, threeSession)
	rapid.Check(t, func(r *rapid.T) {
		s := newState(def)
		s.Zone = zone(rapid.SampledFrom([]string{"Europe/Oslo", "Pacific/Auckland", "America/Santiago"}).Draw(r, "zone"))
		at := func(name string) time.Time {
			return begin.Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(r, name)) * time.Minute)
		}
		s.Reached[Consented], s.Reached[Eligible], s.Reached[Referred] = at("consented"), at("eligible"), at("referred")
		for i := range def.Visits {
			if rapid.Bool().Draw(r, "held") {
				s.Visits[i].Held = at("visit")
			}
		}
		i := rapid.IntRange(0, len(def.Visits)-1).Draw(r, "anchor")
		s.Visits[i].Held = at("anchor at")
		early := Windows(def, s)
		n := copied(s)
		n.Visits[i].Held = s.Visits[i].Held.Add(time.Duration(rapid.IntRange(0, 90*24*60).Draw(r, "later")) * time.Minute)
		late := Windows(def, n)
		for j := range early {
			if early[j].Known != late[j].Known || late[j].Opens < early[j].Opens || late[j].Closes < early[j].Closes || early[j].Known && early[j].Opens > early[j].Closes {
				r.Fatalf("%s held later moves %s from %+v to %+v", def.Visits[i].ID, def.Visits[j].ID, early[j], late[j])
			}
		}
	})
}

func TestWindowPassed(t *testing.T) {
	w := tell(t, threeSession).consented().goOn("V1").toWindow("V1").hold("V1")
	w.now = w.window("V2").Closes.End(w.s.Zone)
	pass := PassTime{w.on()}
	w.refused("role-may-not", "coordinator", pass)
	if w.do("system", pass); len(w.deviations()) > 0 {
		t.Fatalf("on the last day: %v", w.deviations())
	}
	w.after(time.Second).do("system", pass)
	if got := w.deviations(); !slices.Equal(got, []string{DeviationWindowPassed}) {
		t.Fatalf("the day after: %v", got)
	}
	w.hours(24).do("system", pass)
	if got := w.deviations(); len(got) != 1 {
		t.Errorf("said again: %v", got)
	}
	w.hold("V2")
	if got := w.deviations(); !slices.Equal(got, []string{DeviationWindowPassed, DeviationOutOfWindow}) {
		t.Errorf("held late: %v", got)
	}
	w.replays()
}

// TestVisitsWithCondition: calls after a session are only for those who took a dose.
func TestVisitsWithCondition(t *testing.T) {
	w := tell(t, threeSession).randomised()
	i := w.def.VisitIndex("C1_1")
	if VisitExists(w.def, w.s, w.env("system"), i) {
		t.Error("a call after a dose that was not taken")
	}
	w.toWindow("V5").do("therapist", MissVisit{On: w.on(), Visit: "V5", Reason: "ill"})
	w.refused("visit-not-in-plan", "therapist", HoldVisit{On: w.on(), Visit: "C1_1"})
	w = tell(t, threeSession).randomised().session("V5")
	w.toWindow("C1_1").hold("C1_1")
}

func TestAppointmentMovesTask(t *testing.T) {
	w := tell(t, threeSession).consented().goOn("V1")
	task := func() Task {
		for _, x := range Tasks(w.def, w.s) {
			if x.ID == "visit/V1" {
				return x
			}
		}
		t.Fatalf("no task for V1: %+v", Tasks(w.def, w.s))
		return Task{}
	}
	win := w.window("V1")
	if x := task(); !x.Opens.Equal(win.Opens.Start(w.s.Zone)) || !x.Closes.Equal(win.Closes.End(w.s.Zone)) || fmt.Sprint(x.Roles) != "[therapist]" {
		t.Errorf("%+v, window %+v", x, win)
	}
	w.do("coordinator", PlanVisit{On: w.on(), Visit: "V1", Time: w.now.Add(72 * time.Hour)})
	if x := task(); !x.Due.Equal(w.now.Add(72 * time.Hour)) {
		t.Errorf("due %s", x.Due)
	}
}

// TestOptionalVisitsLapse: an optional visit stays on the list until its window has
// closed and a later visit is held, whatever was held before its day.
func TestOptionalVisitsLapse(t *testing.T) {
	w := tell(t, care).consented().goOn("D3").toWindow("D3").session("D3")
	call := func(id string) bool {
		return slices.ContainsFunc(Tasks(w.def, w.s), func(x Task) bool { return x.ID == "visit/"+id })
	}
	w.toWindow("F1").hold("F1")
	if day := DayOf(w.now, w.s.Zone); day >= w.window("C3_4").Opens {
		t.Fatalf("F1 was held on %s, and the last call opens on %s: the test tells nothing", day, w.window("C3_4").Opens)
	}
	if !call("C3_4") {
		t.Error("a safety call after the third session is off the list because another visit was held before its day")
	}
	w.toWindow("F3").hold("F3")
	if call("C3_4") {
		t.Error("the call is still asked for two months later")
	}
}

// TestSessionsStayInOrder: a dose does not come too soon after another, and a third
// session is not the first because the second was missed.
func TestSessionsStayInOrder(t *testing.T) {
	w := tell(t, threeSession).randomised().session("V5").hours(30)
	w.do("coordinator", MissVisit{On: w.on(), Visit: "V9", Reason: "ill"}) // the rating comes before the next session
	w.measured("V10").minutes(5).do("therapist", w.checking("V10")).confirmed("V10").minutes(5)
	w.refused("too-soon", "therapist", StartSession{On: w.on(), Visit: "V10"})

	w = tell(t, threeSession).randomised()
	w.do("coordinator", MissVisit{On: w.on(), Visit: "V10", Reason: "ill"})
	w.do("coordinator", MissVisit{On: w.on(), Visit: "V14", Reason: "ill"})
	w.refused("visit-before", "therapist", w.checking("V15"))
	w.do("coordinator", MissVisit{On: w.on(), Visit: "V5", Reason: "ill"})
	w.do("coordinator", MissVisit{On: w.on(), Visit: "V9", Reason: "ill"})
	w.do("therapist", w.checking("V15"))
}

// TestAMissedScreeningIsStillATask: nobody is forgotten because the visit at which
// eligibility is decided was missed.
func TestAMissedScreeningIsStillATask(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.do("coordinator", MissVisit{On: w.on(), Visit: "V0", Reason: "ill"})
	if !slices.ContainsFunc(Tasks(w.def, w.s), func(x Task) bool { return x.ID == "visit/V0" }) {
		t.Error("the screening was missed, and nobody is asked to do anything")
	}
}

// TestStoppedBeforeTheDraw: who stops before randomisation owes no visit that comes after it.
func TestStoppedBeforeTheDraw(t *testing.T) {
	w := tell(t, threeSession).consented().goOn("V4")
	w.toWindow("V4").hold("V4").forms("V4").do("physician", DecideEligibility{On: w.on(), Gate: "enrolment"})
	w.do("physician", StopTreatment{On: w.on(), Reason: "own-wish"})
	for i, v := range w.def.Visits {
		if VisitExists(w.def, w.s, w.env("system"), i) && needsLot(w.def, &v) {
			t.Errorf("%s is still asked for", v.ID)
		}
	}
}

// TestNoKitBeforeTheDraw: two persons confirm the kit that was assigned, not the lack of one.
func TestNoKitBeforeTheDraw(t *testing.T) {
	w := tell(t, threeSession).consented().goOn("V4")
	w.toWindow("V4").hold("V4").forms("V4").do("physician", DecideEligibility{On: w.on(), Gate: "enrolment"})
	w.refused("not-randomised", "therapist", ConfirmTwo{On: w.on(), Visit: "V5", Check: "kit", Persons: []string{"anna", "bo"}})
}

// TestTheListHoldsAtTheDose: a test that turns positive between start and dose counts.
func TestTheListHoldsAtTheDose(t *testing.T) {
	w := tell(t, threeSession).randomised().started("V5").minutes(5)
	w.do("physician", SaveForm{On: w.on(), Visit: "V5", Form: "pregnancy", Version: w.s.Form("V5", "pregnancy", 0).Version, Reason: "read again",
		Items: w.filled("pregnancy", map[string]string{"applicable": "yes", "result": "positive"})})
	w.refused("no-go", "therapist", w.dosing("V5"))
}
