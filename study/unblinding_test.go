package study

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"varde/instrument"
	"varde/protocol"
)

func (w *story) ask() AskUnblinding {
	return AskUnblinding{On: w.on(), Reason: "seizure: treatment depends on it"}
}

func (w *story) confirming2(id string) ConfirmUnblinding {
	return ConfirmUnblinding{On: w.on(), ID: id}
}

// tasksOf answers ids of tasks of some kinds.
func (w *story) tasksOf(kinds ...TaskKind) []string {
	out := []string{}
	for _, x := range Tasks(w.def, w.s) {
		if slices.Contains(kinds, x.Kind) {
			out = append(out, x.ID+" "+strings.Join(x.Roles, ","))
		}
	}
	slices.Sort(out)
	return out
}

func TestUnblinding(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.refused("not-randomised", "physician", w.ask())
	w = tell(t, threeSession).randomised()
	for _, role := range []string{"coordinator", "therapist", "rater", "sponsor", "pharmacist", "system"} {
		w.refused("role-may-not", role, w.ask())
	}
	short := w.ask()
	short.Reason = "  seizure  "
	w.refused("reason-owed", "physician", short)
	short = w.ask()
	short.Alone = "alone"
	w.refused("reason-owed", "physician", short)

	w.do("physician", w.ask())
	if u := w.s.Unblinded[0]; u.Open() || u.ID != "U1" || u.By != "dina" || len(w.deviations()) > 0 {
		t.Fatalf("%+v, deviations %v", u, w.deviations())
	}
	w.refused("already-asked", "physician", w.ask())
	if got := w.tasksOf(TaskConfirmUnblinding, TaskUnblinding); !slices.Equal(got, []string{"confirm-unblinding/U1 sponsor,physician,pharmacist,safety-board"}) {
		t.Errorf("tasks %v", got)
	}
	w.refused("not-open", "monitor", NoteUnblinding{On: w.on(), ID: "U1"})
	w.refused("no-such-unblinding", "pharmacist", w.confirming2("U9"))
	w.refused("role-may-not", "therapist", w.confirming2("U1"))
	w.refused("role-may-not", "rater", w.confirming2("U1"))
	w.refused("second-person-owed", "physician", w.confirming2("U1"))
	w.by("dina").refused("second-person-owed", "pharmacist", w.confirming2("U1")).by("") // another role is not another person
	w.by("gro").refused("rater-stays-blind", "pharmacist", w.confirming2("U1")).by("")   // gro rated V3
	w.hours(24).minutes(1).refused("request-expired", "pharmacist", w.confirming2("U1"))
	w.do("physician", w.ask()).hours(24).do("pharmacist", w.confirming2("U2"))
	u := w.s.Unblinded[1]
	if !u.Open() || u.Second != "pharmacist" || !u.Confirmed.Equal(w.now) || w.s.Unblinded[0].Open() {
		t.Errorf("%+v", w.s.Unblinded)
	}
	if got := w.deviations(); !slices.Equal(got, []string{DeviationUnblinding}) {
		t.Errorf("deviations %v", got)
	}
	w.refused("already-open", "sponsor", w.confirming2("U2"))
	if got := w.tasksOf(TaskConfirmUnblinding, TaskUnblinding); !slices.Equal(got, []string{"unblinding/U2/monitor monitor", "unblinding/U2/safety-board safety-board", "unblinding/U2/sponsor sponsor"}) {
		t.Errorf("tasks %v", got)
	}
	w.refused("role-may-not", "physician", NoteUnblinding{On: w.on(), ID: "U2"})
	w.do("monitor", NoteUnblinding{On: w.on(), ID: "U2"}).refused("already-noted", "monitor", NoteUnblinding{On: w.on(), ID: "U2"})
	w.do("sponsor", NoteUnblinding{On: w.on(), ID: "U2"}).do("safety-board", NoteUnblinding{On: w.on(), ID: "U2"})
	if got := w.tasksOf(TaskConfirmUnblinding, TaskUnblinding); len(got) > 0 {
		t.Errorf("tasks %v", got)
	}
	if w.s.Barred["dina"] == "" || w.s.Barred["pharmacist"] != BarUnblinded {
		t.Errorf("barred %v", w.s.Barred)
	}
	w.replays()
}

func TestUnblindingAlone(t *testing.T) {
	w := tell(t, threeSession).randomised()
	c := w.ask()
	c.Alone = "nobody answers in the night"
	w.do("physician", c)
	if got := w.deviations(); !slices.Equal(got, []string{DeviationUnblinding, DeviationUnblindedByOne}) {
		t.Errorf("deviations %v", got)
	}
	if u := w.s.Unblinded[0]; !u.Open() || u.Second != "" || len(w.tasksOf(TaskUnblinding)) != 3 {
		t.Errorf("%+v, tasks %v", u, w.tasksOf(TaskUnblinding))
	}
	w.refused("already-open", "pharmacist", w.confirming2("U1"))
	w.do("physician", w.ask()) // a later emergency is asked for anew
	w.do("coordinator", Withdraw{On: w.on(), Reason: "own-wish"}).do("pharmacist", w.confirming2("U2"))
	w.replays()
	// In care and in a study without arms there is nothing to open.
	care := tell(t, care).consented()
	care.refused("no-arms", "physician", care.ask())
}

// TestUnblindingStaysHidden: whoever must not see what tells the arm learns nothing
// of an unblinding; nobody learns the arm.
func TestUnblindingStaysHidden(t *testing.T) {
	w := tell(t, threeSession).randomised().do("physician", AskUnblinding{On: On{Participant: "S01-001"}, Reason: "REVEALING reason", Alone: "REVEALING alone"})
	w.do("sponsor", NoteUnblinding{On: w.on(), ID: "U1"})
	blind := func(c instrument.Blinding) bool { return c == instrument.Open || c == instrument.Rating }
	for _, e := range w.events {
		if got, ok := RedactEvent(w.def, e, blind); ok {
			n, err := Encode(got)
			if err != nil || strings.Contains(string(n.Payload), "REVEALING") || strings.Contains(string(n.Payload), "unblind") || strings.HasPrefix(n.Type, "unblinding") {
				t.Errorf("%s %s (%v)", n.Type, n.Payload, err)
			}
		}
		if text := Describe(w.def, e); e.Type() != "participant.randomised" {
			for _, arm := range w.def.Arms {
				if strings.Contains(text.EN, arm.Title.EN) {
					t.Errorf("%s tells the arm: %s", e.Type(), text.EN)
				}
			}
		}
	}
	if n := Redact(w.def, w.s, blind); n.Unblinded != nil || n.Barred != nil || len(n.Deviations) > 0 {
		t.Errorf("%+v %+v %+v", n.Unblinded, n.Barred, n.Deviations)
	}
	if n := Only(w.def, w.s, "rater", "gro", blind); n.Unblinded != nil || n.Barred != nil || len(n.Ratings) != 1 {
		t.Errorf("%+v", n)
	}
	if n := Only(w.def, w.s, "rater", "hans", blind); len(n.Ratings) != 0 {
		t.Errorf("%+v", n.Ratings)
	}
}

// TestNarrowed: what the protocol takes from a role, study refuses too.
func TestNarrowed(t *testing.T) {
	w := tell(t, threeSession).randomised()
	def := *w.def
	def.Access = []protocol.AccessRow{{Role: "pharmacist", Without: []string{"confirm-unblinding"}}, {Role: "monitor", Without: []string{"note-unblinding"}}}
	w.def = &def
	w.do("physician", w.ask()).refused("role-may-not", "pharmacist", w.confirming2("U1"))
	w.do("sponsor", w.confirming2("U1")).refused("role-may-not", "monitor", NoteUnblinding{On: w.on(), ID: "U1"})
	if got := fmt.Sprint(w.tasksOf(TaskUnblinding)); got != "[unblinding/U1/safety-board safety-board unblinding/U1/sponsor sponsor]" {
		t.Error(got)
	}
}
