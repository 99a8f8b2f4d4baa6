package study

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// second answers another participant of the same site and calendar.
func (w *story) second(id string) *story {
	w.Helper()
	o := *w
	o.id, o.s, o.events = id, nil, nil
	return (&o).consented()
}

func (w *story) booking(visit string, at time.Time, room string, staff ...string) PlanVisit {
	return PlanVisit{On: w.on(), Visit: visit, Time: at, Room: room, Staff: staff}
}

// tuesday is a working day at ten o'clock at the site.
var tuesday = time.Date(2026, 1, 13, 9, 0, 0, 0, time.UTC)

func TestBookingTakesRoomAndPeople(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.do("coordinator", w.booking("V1", tuesday, "1", "anna"))
	i := w.def.VisitIndex("V1")
	if st := w.s.Visits[i]; !st.Booked() || st.Room != "1" || !slices.Equal(st.Staff, []string{"anna"}) || st.Plans != 1 {
		t.Fatalf("%+v", st)
	}
	if len(w.booked.Slots) != 1 || !w.booked.Slots[0].Until.Equal(tuesday.Add(VisitLength(w.visit("V1")))) {
		t.Fatalf("%+v", w.booked)
	}
	o := w.second("S01-002")
	for name, x := range map[string]struct {
		cmd   PlanVisit
		code  string
		field string
	}{
		"the room":         {o.booking("V1", tuesday.Add(30*time.Minute), "1"), "taken", "room"},
		"the person":       {o.booking("V1", tuesday.Add(30*time.Minute), "", "anna"), "taken", "staff"},
		"no such room":     {o.booking("V1", tuesday, "2"), "no-such-room", "room"},
		"a stranger":       {o.booking("V1", tuesday, "", "zoe"), "not-staff", "staff"},
		"not in the roles": {o.booking("V1", tuesday, "", "frida"), "staff-cannot", "staff"},
		"twice":            {o.booking("V1", tuesday, "", "anna", "anna"), "staff-twice", "staff"},
	} {
		r := o.try("coordinator", x.cmd)
		if r == nil || r.Code != x.code || r.Field != x.field {
			t.Errorf("%s: %v", name, r)
			continue
		}
		if r.Code == "taken" {
			until := tuesday.Add(VisitLength(w.visit("V1"))).In(w.s.Zone).Format("15:04")
			if !strings.Contains(r.Text.EN, "taken until Tuesday 13 January at "+until) || !strings.Contains(r.Text.EN, "next time when all is free is ") ||
				!strings.Contains(r.Text.NB, "tirsdag 13. januar kl. ") {
				t.Errorf("%s: %s / %s", name, r.Text.EN, r.Text.NB)
			}
			if strings.Contains(r.Text.EN, "S01-001") || strings.Contains(r.Text.EN, w.visit("V1").Title.EN) {
				t.Errorf("%s tells whose visit is in the way: %s", name, r.Text.EN)
			}
		}
	}
	// Beside each other they fit, and a visit without room and people always does.
	o.do("coordinator", o.booking("V1", tuesday.Add(VisitLength(w.visit("V1"))), "1", "anna"))
	third := o.second("S01-003")
	third.do("coordinator", third.booking("V1", tuesday, ""))
	if got := len(third.booked.Slots); got != 2 {
		t.Errorf("%d slots", got)
	}
	// Moving takes the new time and gives the old one back.
	w.booked = third.booked
	w.do("coordinator", w.booking("V1", tuesday.Add(48*time.Hour), "1", "anna"))
	if got := len(w.booked.Slots); got != 2 || w.s.Visits[i].Plans != 2 {
		t.Errorf("%d slots after moving, %+v", got, w.s.Visits[i])
	}
	// Planned anew without: everything is given back.
	w.do("coordinator", w.booking("V1", tuesday.Add(48*time.Hour), ""))
	if _, there := w.booked.Slot("S01-001", "V1"); there || w.s.Booked() {
		t.Error("the slot is kept")
	}
}

func TestWhatGivesASlotBack(t *testing.T) {
	for name, x := range map[string]struct {
		end   func(w *story)
		freed bool
	}{
		"missed":    {func(w *story) { w.do("coordinator", MissVisit{On: w.on(), Visit: "V1", Reason: "ill"}) }, true},
		"withdrawn": {func(w *story) { w.do("coordinator", Withdraw{On: w.on(), Reason: w.def.Withdrawal.Reasons[0].ID}) }, true},
		"lost":      {func(w *story) { w.do("coordinator", Lose{On: w.on(), Attempts: 3}) }, true},
		"consent taken": {func(w *story) {
			w.do("coordinator", WithdrawConsent{On: w.on(), Document: "main", Reason: w.def.Withdrawal.Reasons[0].ID})
		}, true},
		"held days before": {func(w *story) { w.do("therapist", HoldVisit{On: w.on(), Visit: "V1", By: []string{"anna"}}) }, true},
		"held on the day": {func(w *story) {
			w.now = w.s.Visits[w.def.VisitIndex("V1")].Planned.Add(-20 * time.Minute)
			w.do("therapist", HoldVisit{On: w.on(), Visit: "V1", By: []string{"anna"}})
		}, false},
	} {
		w := tell(t, threeSession).consented().goOn("V1")
		tuesday := (DayOf(w.now, w.s.Zone) + 10).Start(w.s.Zone).Add(10 * time.Hour)
		w.do("coordinator", w.booking("V1", tuesday, "1", "anna"))
		w.now = tuesday.Add(-5 * 24 * time.Hour)
		x.end(w)
		if _, there := w.booked.Slot(w.id, "V1"); there == x.freed {
			t.Errorf("%s: there %v", name, there)
		}
	}
}

func TestSessionsNeedAPair(t *testing.T) {
	w := enrolled(t)
	visit := firstSession(w)
	at := tuesday
	plan := func(staff ...string) PlanVisit { return w.booking(visit, at, "1", staff...) }
	w.refused("pair", "coordinator", plan("anna"))
	w.refused("pair", "coordinator", plan("dina"))
	w.refused("staff-cannot", "coordinator", plan("anna", "bo", "emil"))
	if f := FreeTimes(w.def, w.s, w.env("coordinator"), visit, Wanted{From: DayOf(at, w.s.Zone), Until: DayOf(at, w.s.Zone)}); len(f) == 0 || len(f[0].Staff) != 2 || f[0].Room != "1" {
		t.Fatalf("%+v", f)
	}
	// A credential that runs out the day before.
	held := map[string]string{}
	for k := range w.site.Staff["anna"].Credentials {
		held[k] = (DayOf(at, w.s.Zone) - 1).String()
	}
	anna := w.site.Staff["anna"].Credentials
	w.overview(AssignStaff{Site: "S01", Person: "anna", Name: "Anna", Role: "therapist", Credentials: held})
	w.refused("staff-cannot", "coordinator", plan("anna", "bo"))
	w.overview(AssignStaff{Site: "S01", Person: "anna", Name: "Anna", Role: "therapist", Credentials: anna})
	w.do("coordinator", plan("anna", "bo", "frida"))
}

// enrolled is a participant for whom sessions may be planned.
func enrolled(t testing.TB) *story {
	t.Helper()
	return tell(t, threeSession).consented()
}

func firstSession(w *story) string {
	for i := range w.def.Visits {
		if w.def.Visits[i].Kind == "dosing" {
			return w.def.Visits[i].ID
		}
	}
	w.Fatal("no session")
	return ""
}

func TestAWeekHoldsSoManySessions(t *testing.T) {
	w := enrolled(t)
	visit, most := firstSession(w), w.def.Staffing.Capacity.SessionsPerWeek
	if most <= 0 {
		t.Skip("the protocol sets no limit")
	}
	monday := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	c := w.booked
	for n := range most {
		c = EvolveCalendar(c, Event{Version: int64(n) + 1, Recorded: w.now, Data: SlotBooked{Participant: fmt.Sprintf("S01-1%02d", n), Visit: visit,
			From: monday.Add(time.Duration(n) * 24 * time.Hour), Until: monday.Add(time.Duration(n)*24*time.Hour + 8*time.Hour), Room: "1", Staff: []string{"anna", "bo"}}})
	}
	w.booked = c
	cmd := w.booking(visit, monday.Add(4*24*time.Hour), "1", "anna", "bo")
	r := w.try("coordinator", cmd)
	if r == nil || r.Code != "week-full" || !strings.Contains(r.Text.EN, "Monday 9 March at 08:") {
		t.Errorf("%v", r)
	}
	cmd.Time = monday.Add(7 * 24 * time.Hour)
	w.do("coordinator", cmd)
}

// TestNoOverlaps: whatever is booked, moved and given back in whatever order, by writers
// who each saw some state of the calendar and of whom the ledger lets only those through
// who saw the newest, no room and nobody is booked twice at a time, and the calendar says
// what the participants' records say.
func TestNoOverlaps(t *testing.T) {
	first := tell(t, threeSession).consented()
	people := []*story{first, first.second("S01-002")}
	people = append(people, people[1].second("S01-003"))
	visits := []string{"V1", "V2", "V4"}
	rapid.Check(t, func(r *rapid.T) {
		var all []*story
		for _, p := range people {
			q := *p
			q.TB = t
			all = append(all, &q)
		}
		seen := []*Calendar{{}} // the newest is the last
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			w := rapid.SampledFrom(all).Draw(r, "who")
			saw := rapid.SampledFrom(seen[max(0, len(seen)-2):]).Draw(r, "saw")
			visit := rapid.SampledFrom(visits).Draw(r, "visit")
			at := tuesday.Add(time.Duration(rapid.IntRange(0, 40).Draw(r, "at")) * 15 * time.Minute)
			var cmd Command = w.booking(visit, at, rapid.SampledFrom([]string{"", "1"}).Draw(r, "room"),
				rapid.SampledFrom([][]string{nil, {"cato"}, {"anna"}, {"anna", "bo"}}).Draw(r, "staff")...)
			if rapid.IntRange(0, 4).Draw(r, "miss") == 0 {
				cmd = MissVisit{On: w.on(), Visit: visit, Reason: "ill"}
			}
			env := w.env("coordinator")
			env.Calendar = saw
			events, next, err := Next(w.def, w.s, env, cmd)
			if err != nil {
				continue
			}
			newest := seen[len(seen)-1]
			var booked []Event
			for _, e := range events {
				if e.Stream == CalendarStream("S01") {
					booked = append(booked, e)
				}
			}
			if len(booked) > 0 && saw.Version != newest.Version {
				continue // the ledger refuses the whole batch
			}
			w.s = next
			for _, e := range booked {
				e.Version, e.Recorded = newest.Version+1, w.now
				newest = EvolveCalendar(newest, e)
			}
			seen = append(seen, newest)
		}
		agree(r, all, seen[len(seen)-1])
	})
}

func agree(r *rapid.T, all []*story, c *Calendar) {
	for i, x := range c.Slots {
		for _, y := range c.Slots[:i] {
			if x.From.Before(y.Until) && y.From.Before(x.Until) && (x.Room != "" && x.Room == y.Room || slices.ContainsFunc(x.Staff, func(p string) bool { return slices.Contains(y.Staff, p) })) {
				r.Fatalf("%+v and %+v", x, y)
			}
		}
	}
	n := 0
	for _, w := range all {
		for i := range w.s.Visits {
			st := w.s.Visits[i]
			slot, there := c.Slot(w.id, w.def.Visits[i].ID)
			if there != st.Booked() || there && (!slot.From.Equal(st.Planned) || slot.Room != st.Room || !slices.Equal(slot.Staff, st.Staff)) {
				r.Fatalf("%s %s: calendar %+v, record %+v", w.id, w.def.Visits[i].ID, slot, st)
			}
			if there {
				n++
			}
		}
	}
	if n != len(c.Slots) {
		r.Fatalf("%d slots, %d appointments", len(c.Slots), n)
	}
}

func TestSuggestionsAreFree(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.do("coordinator", w.booking("V1", tuesday, "1", "anna"))
	o := w.second("S01-002")
	env := o.env("coordinator")
	day := DayOf(tuesday, o.s.Zone)
	free := FreeTimes(o.def, o.s, env, "V1", Wanted{From: day - 3, Until: day + 10, Most: 30})
	if len(free) < 10 {
		t.Fatalf("only %d", len(free))
	}
	for _, f := range free {
		if weekend(DayOf(f.At, o.s.Zone)) || f.At.Before(env.Now) {
			t.Errorf("%s", f.At)
		}
		q := *o
		q.do("coordinator", q.booking("V1", f.At, f.Room, f.Staff...))
	}
}

// The days that a rater is offered are as many for every assessment, however wide its
// window is.
func TestRatingDaysTellNoWindow(t *testing.T) {
	w := tell(t, threeSession).consented()
	def := w.def
	lengths := map[int]bool{}
	for i := range def.Visits {
		if v := &def.Visits[i]; Rated(def, v) {
			lengths[len(RatingDays(def, w.s, v.ID, w.now))] = true
		}
	}
	if len(lengths) != 1 || !lengths[offeredDays] {
		t.Errorf("%v", lengths)
	}
	if RatingDays(def, w.s, "V99", w.now) != nil {
		t.Error("days for no visit")
	}
	for d := Day(20000); d < 20014; d++ {
		day := time.Unix(int64(d)*86400, 0).UTC().Weekday()
		if weekend(d) != (day == time.Saturday || day == time.Sunday) {
			t.Errorf("%s is a %s", d, day)
		}
	}
}
