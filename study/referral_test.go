package study

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// desk is a site's referrals, decided and evolved as the program does it.
type desk struct {
	now    time.Time
	states []*ReferralState
	free   int
	role   string
}

func newIntake() *desk {
	return &desk{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), role: "coordinator", free: 1}
}

func (d *desk) find(id string) (int, *ReferralState) {
	i := slices.IndexFunc(d.states, func(s *ReferralState) bool { return s.ID == id })
	if i < 0 {
		return i, nil
	}
	return i, d.states[i]
}

func (d *desk) event(s *ReferralState, p Payload) *ReferralState {
	v := int64(1)
	if s != nil {
		v = s.Version + 1
	}
	return EvolveReferral(s, Event{At: d.now, Recorded: d.now, Version: v, Actor: "cora", Role: d.role, Data: p})
}

func (d *desk) ask(id string, wait bool) {
	d.now = d.now.Add(time.Minute)
	d.states = append(d.states, d.event(nil, ReferralReceived{Channel: "self", Fields: map[string]string{"name": "x"}, Format: "page", Language: "nb", Referral: id, Site: "S01", Wait: wait}))
}

func (d *desk) order() []string {
	var out []string
	for _, s := range WaitingList("S01", d.states) {
		out = append(out, s.ID)
	}
	return out
}

func (d *desk) env() ReferralEnv {
	return ReferralEnv{Now: d.now, Actor: Actor{ID: "cora", Role: d.role}, Study: &StudyState{Opened: d.now.Add(-time.Hour)}, Sites: []string{"S01", "S02"}, Order: d.order(), Free: d.free}
}

// do answers the code of a refusal, "" when it was done.
func (d *desk) do(id string, cmd ReferralCommand) string {
	d.now = d.now.Add(time.Minute)
	i, s := d.find(id)
	what, err := DecideReferral(nil, s, d.env(), cmd)
	if err != nil {
		return codeOf(err)
	}
	for _, p := range what {
		s = d.event(s, p)
	}
	if i >= 0 {
		d.states[i] = s
	}
	return ""
}

func codeOf(err error) string {
	var r *Refusal
	if errors.As(err, &r) && r != nil {
		return r.Code
	}
	return ""
}

func (d *desk) onList(ids ...string) {
	for _, id := range ids {
		d.ask(id, true)
		if c := d.do(id, AssessReferral{Decision: "wait"}); c != "" {
			panic(c)
		}
	}
}

func TestReferralRefusals(t *testing.T) {
	long := fmt.Sprintf("%0501d", 1)
	for _, c := range []struct {
		code string
		cmd  ReferralCommand
		prep func(*desk)
	}{
		{"decision-owed", AssessReferral{}, nil},
		{"agreement-owed", AssessReferral{Decision: "wait"}, nil},
		{"no-such-site", AssessReferral{Decision: "wait", Agreed: true, Site: "S09"}, nil},
		{"bad-urgency", AssessReferral{Decision: "wait", Agreed: true, Urgency: "now"}, nil},
		{"reason-owed", AssessReferral{Decision: "unsuitable"}, nil},
		{"reason-owed", AssessReferral{Decision: "onwards", Reasons: []string{"diagnosis"}}, nil},
		{"note-owed", AssessReferral{Decision: "unsuitable", Reasons: []string{"other"}}, nil},
		{"too-long", AssessReferral{Decision: "unsuitable", Reasons: []string{"age"}, Note: long}, nil},
		{"not-waiting", MoveReferral{Reason: "safety"}, nil},
		{"not-waiting", CheckReferral{Reached: true, Still: true}, nil},
		{"not-waiting", InviteReferral{Participant: "S01-001", Site: "S01"}, nil},
		{"no-concern", CareReferral{Action: "rang"}, nil},
		{"to-owed", PassOnReferral{Consent: "written", Form: "letter"}, nil},
		{"consent-owed", PassOnReferral{To: "DPS", Form: "letter"}, nil},
		{"bad-form", PassOnReferral{To: "DPS", Consent: "spoken", Form: "fax"}, nil},
		{"reason-owed", CloseReferral{Reason: "tired"}, nil},
		{"note-owed", CloseReferral{Reason: "other"}, nil},
		{"try-again", CloseReferral{Reason: "not-reached"}, nil},
		{"reason-owed", MoveReferral{Ahead: "A"}, func(d *desk) { d.onList("A"); d.do("X", AssessReferral{Decision: "wait", Agreed: true}) }},
		{"note-owed", MoveReferral{Ahead: "A", Reason: "other"}, func(d *desk) { d.onList("A"); d.do("X", AssessReferral{Decision: "wait", Agreed: true}) }},
		{"not-on-list", MoveReferral{Ahead: "Z", Reason: "safety"}, func(d *desk) { d.onList("A"); d.do("X", AssessReferral{Decision: "wait", Agreed: true}) }},
		{"stands-there", MoveReferral{Reason: "safety"}, func(d *desk) { d.onList("A"); d.do("X", AssessReferral{Decision: "wait", Agreed: true}) }},
		{"note-owed", CheckReferral{Reached: true, Still: true, Concern: true}, func(d *desk) { d.do("X", AssessReferral{Decision: "wait", Agreed: true}) }},
		{"concern-open", CloseReferral{Reason: "own-wish"}, worried},
		{"concern-open", AssessReferral{Decision: "unsuitable", Reasons: []string{"help-now"}}, worried},
		{"role-may-not", CareReferral{Action: "rang"}, worried},
		{"referral-closed", AssessReferral{Decision: "wait", Agreed: true}, func(d *desk) { d.do("X", CloseReferral{Reason: "died"}) }},
		{"identity-erased", PassOnReferral{To: "DPS", Consent: "spoken", Form: "letter"}, func(d *desk) { d.states[0] = d.event(d.states[0], ReferralErased{"wish"}) }},
		{"has-place", CloseReferral{Reason: "died"}, func(d *desk) {
			d.do("X", AssessReferral{Decision: "wait", Agreed: true})
			d.do("X", InviteReferral{Participant: "S01-001", Site: "S01"})
		}},
		{"no-such-referral", CloseReferral{Reason: "died"}, func(d *desk) { d.states[0] = &ReferralState{ID: "X"} }},
	} {
		d := newIntake()
		d.ask("X", false)
		if c.prep != nil {
			c.prep(d)
		}
		if got := d.do("X", c.cmd); got != c.code {
			t.Errorf("%+v: %q, want %q", c.cmd, got, c.code)
		}
	}
}

func worried(d *desk) {
	d.do("X", AssessReferral{Decision: "wait", Agreed: true})
	d.do("X", CheckReferral{Reached: true, Still: true, Concern: true, Note: "sleeps badly, speaks of giving up"})
}

func TestReferralLockedStudy(t *testing.T) {
	d := newIntake()
	d.ask("X", true)
	env := d.env()
	env.Study = &StudyState{Opened: d.now, Locked: d.now}
	if _, err := DecideReferral(nil, d.states[0], env, CloseReferral{Reason: "died"}); codeOf(err) != "study-locked" {
		t.Error(err)
	}
}

// A whole life: waits, is asked, a concern is answered, gets the place.
func TestReferralLife(t *testing.T) {
	d := newIntake()
	d.onList("A", "B")
	_, a := d.find("A")
	if got := a.NextCheck(); !got.Equal(a.Listed().Add(CheckEvery)) || !a.Due().Equal(got) {
		t.Errorf("next check %v", got)
	}
	d.now = d.now.Add(CheckEvery)
	d.do("A", CheckReferral{})
	if _, a = d.find("A"); !a.NextCheck().Equal(d.now.Add(CheckAgain)) {
		t.Errorf("after a try without an answer: %v", a.NextCheck())
	}
	d.do("A", CheckReferral{Reached: true, Still: true, Concern: true, Note: "worse"})
	if _, a = d.find("A"); a.Concern.IsZero() || !a.Due().Equal(a.Concern) || a.Missed != 0 {
		t.Errorf("a concern asks for nobody: %+v", a)
	}
	if err := MayInvite(a, d.env()); codeOf(err) != "concern-open" {
		t.Errorf("invited over a concern: %v", err)
	}
	d.role = "physician"
	if c := d.do("A", CareReferral{Action: "talked for an hour"}); c != "" {
		t.Fatal(c)
	}
	_, a = d.find("A")
	_, b := d.find("B")
	if err := MayInvite(b, d.env()); codeOf(err) != "not-first" {
		t.Errorf("out of turn: %v", err)
	}
	if err := MayInvite(a, d.env()); err != nil {
		t.Error(err)
	}
	d.free = 0
	if err := MayInvite(a, d.env()); codeOf(err) != "no-place" {
		t.Errorf("without a place: %v", err)
	}
	if c := d.do("A", InviteReferral{Participant: "S01-001", Site: "S01"}); c != "" || d.order()[0] != "B" {
		t.Errorf("%s %v", c, d.order())
	}
	// Whoever says no any more ends by that.
	d.do("B", CheckReferral{Reached: true})
	if _, b = d.find("B"); b.Status != ReferralEnded || b.EndReason != "own-wish" || len(d.order()) != 0 {
		t.Errorf("%+v", b)
	}
}

func TestThreeTriesBeforeClosing(t *testing.T) {
	d := newIntake()
	d.onList("A")
	for range TriesBeforeClosing {
		if c := d.do("A", CloseReferral{Reason: "not-reached"}); c != "try-again" {
			t.Fatalf("closed too soon: %q", c)
		}
		d.do("A", CheckReferral{})
	}
	if c := d.do("A", CloseReferral{Reason: "not-reached"}); c != "" {
		t.Error(c)
	}
}

// A place told before somebody keeps its meaning when that somebody leaves, or goes to
// another site.
func TestMovesOutlastThoseTheyWereMadeBefore(t *testing.T) {
	d := newIntake()
	d.onList("A", "B", "C", "D")
	if c := d.do("D", MoveReferral{Ahead: "B", Reason: "clinical-need"}); c != "" {
		t.Fatal(c)
	}
	if got := d.order(); !slices.Equal(got, []string{"A", "D", "B", "C"}) {
		t.Fatal(got)
	}
	d.do("B", AssessReferral{Decision: "wait", Site: "S02"})
	if got := d.order(); !slices.Equal(got, []string{"A", "D", "C"}) {
		t.Errorf("after B went to another site: %v", got)
	}
	d.do("B", AssessReferral{Decision: "wait", Site: "S01"})
	if got := d.order(); !slices.Equal(got, []string{"A", "D", "C", "B"}) {
		t.Errorf("after B came back: %v", got)
	}
	d.do("A", MoveReferral{Reason: "own-wish"})
	d.onList("E")
	if got := d.order(); !slices.Equal(got, []string{"D", "C", "B", "A", "E"}) {
		t.Errorf("at the end is before who comes later: %v", got)
	}
	_, x := d.find("D")
	if m := x.Moves(); len(m) != 1 || m[0].Reason != "clinical-need" || m[0].By != "cora" {
		t.Errorf("the move is not told: %+v", m)
	}
}

// Laws of the list, against a plain model: people come, leave and are moved in any order.
func TestWaitingListLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newIntake()
		var model []string
		moved := false
		n := 0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			what := rapid.IntRange(0, 5).Draw(t, "what")
			if what < 3 || len(model) == 0 {
				n++
				id := fmt.Sprintf("R%03d", n)
				d.onList(id)
				model = append(model, id)
			} else {
				i := rapid.IntRange(0, len(model)-1).Draw(t, "who")
				id := model[i]
				before := slices.Clone(d.order())
				if what == 3 {
					if c := d.do(id, CloseReferral{Reason: "treated-elsewhere"}); c != "" {
						t.Fatal(c)
					}
					model = slices.Delete(model, i, i+1)
				} else {
					ahead := ""
					if j := rapid.IntRange(0, len(model)).Draw(t, "ahead"); j < len(model) {
						ahead = model[j]
					}
					rest := slices.Delete(slices.Clone(model), i, i+1)
					switch d.do(id, MoveReferral{Ahead: ahead, Reason: "safety"}) {
					case "":
						moved = true
						at := len(rest)
						if ahead != "" {
							at = slices.Index(rest, ahead)
						}
						model = slices.Insert(rest, at, id)
					case "stands-there":
						if !slices.Equal(before, d.order()) {
							t.Fatal("a refused move moved somebody")
						}
					default:
						t.Fatal("an unexpected refusal")
					}
				}
			}
			if got := d.order(); !slices.Equal(got, model) {
				t.Fatalf("the list is %v, want %v", got, model)
			}
		}
		if !moved && !slices.IsSorted(d.order()) {
			t.Error("without moves the list is not first come, first served")
		}
		// The order in which states are read is nothing.
		want := d.order()
		slices.Reverse(d.states)
		if !slices.Equal(want, d.order()) {
			t.Error("the order of reading changes the list")
		}
	})
}

func TestCapacityByWhatBinds(t *testing.T) {
	def := definition(t, threeSession)
	course := CourseOf(def)
	if course.Sessions != 3 || course.Days < 100 || course.Days > 200 {
		t.Fatalf("%+v", course)
	}
	site := &SiteState{ID: "S01", Pairs: 3, Rooms: 1}
	c := CapacityOf(def, site, 0, 0)
	if c.ByPairs != 9 || c.Free != 9 || c.Binds != LimitPairs || c.AtOnce != 9 {
		t.Errorf("an empty site: %+v", c)
	}
	if c := CapacityOf(def, &SiteState{Pairs: 1, Rooms: 1}, 2, 6); c.ByPairs != 3 || c.Free != 1 || c.Binds != LimitPairs {
		t.Errorf("one pair: %+v", c)
	}
	// Twenty pairs and one room: the sessions bind.
	c = CapacityOf(def, &SiteState{Pairs: 20, Rooms: 1}, 10, 30)
	if ahead := 3 * course.Days / 7; c.Ahead != ahead || c.Binds != LimitSessions || c.Free != (ahead-30)/3 || c.AtOnce != ahead/3 {
		t.Errorf("many pairs: %+v", c)
	}
	if c := CapacityOf(def, site, 12, 0); c.Free != 0 || c.Short != 3 {
		t.Errorf("more taken than there is room: %+v", c)
	}
	if c := CapacityOf(def, &SiteState{Pairs: 20, Rooms: 1}, 1, 1000); c.Free != 0 || c.Binds != LimitSessions {
		t.Errorf("more owed than can be held: %+v", c)
	}
	none := *def
	none.Staffing.Capacity.ParticipantsAtOnce, none.Staffing.Capacity.SessionsPerWeek = 0, 0
	if c := CapacityOf(&none, site, 0, 0); c.Binds != LimitUnknown || c.Free != 0 || c.AtOnce != -1 {
		t.Errorf("nothing stated: %+v", c)
	}
}
