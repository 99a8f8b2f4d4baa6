package study

import (
	"strings"
	"testing"
	"time"

	"varde/protocol"
)

func TestWhenTheNightIs(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	plan := protocol.Overnight{From: "22:00", Until: "08:00", Every: protocol.Duration(2 * time.Hour), Tolerance: protocol.Duration(30 * time.Minute)}
	for _, c := range []struct{ name, handed, first, end string }{
		{"in the evening", "2026-03-02T18:30:00+01:00", "2026-03-02T22:00:00+01:00", "2026-03-03T08:00:00+01:00"},
		{"when the night has begun", "2026-03-02T23:10:00+01:00", "2026-03-02T23:10:00+01:00", "2026-03-03T08:00:00+01:00"},
		{"after midnight", "2026-03-03T01:00:00+01:00", "2026-03-03T01:00:00+01:00", "2026-03-03T08:00:00+01:00"},
		{"at the very end", "2026-03-03T08:00:00+01:00", "2026-03-03T22:00:00+01:00", "2026-03-04T08:00:00+01:00"},
		{"the night the clocks go forward", "2026-03-28T19:00:00+01:00", "2026-03-28T22:00:00+01:00", "2026-03-29T08:00:00+02:00"},
		{"the night they go back", "2026-10-24T19:00:00+02:00", "2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00+01:00"},
		{"new year", "2026-12-31T20:00:00+01:00", "2026-12-31T22:00:00+01:00", "2027-01-01T08:00:00+01:00"},
	} {
		handed, err := time.Parse(time.RFC3339, c.handed)
		if err != nil {
			t.Fatal(err)
		}
		first, end, ok := nightOf(&plan, handed, oslo)
		if !ok || first.In(oslo).Format(time.RFC3339) != c.first || end.In(oslo).Format(time.RFC3339) != c.end {
			t.Errorf("%s: from %v to %v", c.name, first.In(oslo), end.In(oslo))
		}
	}
	day := protocol.Overnight{From: "09:00", Until: "17:00", Every: protocol.Duration(time.Hour)}
	handed := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	if first, end, ok := nightOf(&day, handed, nil); !ok || !first.Equal(handed) || end.Hour() != 17 || end.Day() != 2 {
		t.Errorf("a rest by day: %v to %v", first, end)
	}
	if _, _, ok := nightOf(&protocol.Overnight{From: "late", Until: "08:00", Every: 1}, handed, nil); ok {
		t.Error("a night without a beginning")
	}
}

// A whole night: each check is the attendant's task in its turn, one that is left out is
// over with the next, and when the participant has left there is nothing more to do.
func TestTheNightAfterASession(t *testing.T) {
	w := tell(t, threeSession).randomised().toWindow("V5")
	w.dosed("V5").followedFor("V5", 95*time.Minute).minutes(5).do("physician", DecideSupplement{On: w.on(), Visit: "V5", Decision: "declined", Reasons: []string{"own wish"}})
	w.followed("V5").leaving("V5").do("therapist", Discharge{On: w.on(), Visit: "V5", Adult: false, To: "overnight", Answers: lines(w.def.Dosing.Discharge.Checks, true)})
	x := w.s.Sessions["V5"]
	plan := NightPlan(w.def, w.s, x)
	if len(plan) < 4 || plan[len(plan)-1].ID != NightMorning {
		t.Fatalf("the plan: %+v", plan)
	}
	task := func() string {
		t.Helper()
		var out []string
		for _, k := range Tasks(w.def, w.s) {
			if strings.HasPrefix(k.Ref, "night-") && k.For("attendant", "") {
				out = append(out, k.Ref)
			}
		}
		return strings.Join(out, " ")
	}
	if got := task(); got != "night-1" {
		t.Fatalf("the first task is %q", got)
	}
	asleep := map[string]string{"state": "asleep", "breathing": "true"}
	check := func(at time.Time, slot string, set map[string]string) {
		t.Helper()
		w.now = at
		w.do("attendant", w.save("V5", "night_check", slot, set))
	}
	check(plan[0].Due.Add(5*time.Minute), "", asleep)
	if got := task(); got != "night-2" {
		t.Errorf("after the first check the task is %q", got)
	}
	// The second is left out; the third closes it.
	check(plan[2].Due.Add(-10*time.Minute), "", asleep)
	if got := task(); got != plan[3].ID {
		t.Errorf("after the third check the task is %q", got)
	}
	// Somebody looks in between: that is a record of its own, and no line's.
	check(plan[2].Due.Add(40*time.Minute), "", asleep)
	if got := NightPlan(w.def, w.s, w.s.Sessions["V5"]); !got[1].Done.IsZero() || got[2].Done.IsZero() || !got[3].Done.IsZero() {
		t.Errorf("a look between two checks counts as one: %+v", got)
	}
	alerts := len(w.s.Alerts)
	check(plan[3].Due, "", map[string]string{"state": "awake", "breathing": "true", "distress": "8", "oriented": "true", "needs": "talk"})
	if len(w.s.Alerts) != alerts+1 {
		t.Error("great distress in the night calls nobody")
	}
	w.refused("slot-done", "attendant", w.save("V5", "night_check", plan[3].ID, asleep))
	check(plan[len(plan)-1].Due.Add(-20*time.Minute), NightMorning, map[string]string{"state": "left"})
	if got := task(); got != "" {
		t.Errorf("the participant has left, and %q is still to be done", got)
	}
	w.replays()
}

func TestNoNightForWhoGoesHome(t *testing.T) {
	w := tell(t, threeSession).randomised().toWindow("V5")
	w.dosed("V5").followedFor("V5", 95*time.Minute).minutes(5).do("physician", DecideSupplement{On: w.on(), Visit: "V5", Decision: "declined", Reasons: []string{"own wish"}})
	w.followed("V5").leaving("V5").do("therapist", Discharge{On: w.on(), Visit: "V5", Adult: true, To: "home", Answers: lines(w.def.Dosing.Discharge.Checks, true)})
	if plan := NightPlan(w.def, w.s, w.s.Sessions["V5"]); len(plan) != 0 {
		t.Errorf("a night is planned: %+v", plan)
	}
}
