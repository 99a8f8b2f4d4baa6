package study

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"varde/instrument"
	"varde/protocol"
)

// raters adds raters to the site.
func (w *story) raters(ids ...string) *story {
	w.Helper()
	for _, id := range ids {
		held := map[string]string{}
		for _, c := range w.def.Staffing.Credentials {
			if slices.Contains(c.Roles, "rater") {
				held[c.ID] = "2030-12-31"
			}
		}
		w.overview(AssignStaff{Site: "S01", Person: id, Name: strings.ToUpper(id[:1]) + id[1:], Role: "rater", Credentials: held})
	}
	return w
}

// uncredentialed takes the protocol's demands of raters away.
func (w *story) uncredentialed() *story {
	def := *w.def
	def.Staffing.Credentials = slices.Clone(def.Staffing.Credentials)
	for i := range def.Staffing.Credentials {
		c := &def.Staffing.Credentials[i]
		c.Roles = slices.DeleteFunc(slices.Clone(c.Roles), func(r string) bool { return r == "rater" })
	}
	w.def = &def
	return w
}

// untilV3 stands before the first assessment.
func untilV3(t *testing.T) *story {
	t.Helper()
	return tell(t, threeSession).consented().goOn("V3").toWindow("V3")
}

func (w *story) stating(visit string, blind bool, what string) StateBlindness {
	return StateBlindness{On: w.on(), Visit: visit, Blind: blind, What: what}
}

func (w *story) rater(visit string) string { return w.s.Ratings[visit].Rater }

// pool answers who could be drawn and who is left out and why.
func (w *story) pool() string {
	pool, out := RaterPool(w.def, w.s, w.env("system"), w.now, "")
	var b strings.Builder
	fmt.Fprint(&b, pool)
	for _, x := range out {
		fmt.Fprintf(&b, " %s:%s", x.Person, x.Rule)
	}
	return b.String()
}

func TestRaterIsDrawnWithTheAppointment(t *testing.T) {
	w := untilV3(t).raters("hans", "inga")
	task := func(id string) Task {
		for _, x := range Tasks(w.def, w.s) {
			if x.ID == id {
				return x
			}
		}
		return Task{}
	}
	if x := task("visit/V3"); !slices.Equal(x.Roles, []string{"coordinator"}) || x.Person != "" {
		t.Errorf("before anybody is drawn the coordinator plans: %+v", x)
	}
	hold := HoldVisit{On: w.on(), Visit: "V3"}
	for _, cmd := range []Command{hold, w.save("V3", "caps5", "", nil), w.stating("V3", true, ""), MissVisit{On: w.on(), Visit: "V3", Reason: "ill"}} {
		w.refused("no-rater-drawn", "rater", cmd)
	}
	w.chance = 4 // of three: the second
	w.drawn("V3")
	if w.rater("V3") != "hans" {
		t.Fatalf("drawn %+v", w.s.Ratings)
	}
	if x := task("visit/V3"); x.Person != "hans" || !x.For("rater", "hans") || x.For("rater", "gro") || x.For("coordinator", "emil") {
		t.Errorf("%+v", x)
	}
	w.chance = 0
	w.drawn("V3") // moving the appointment draws nobody else
	if w.rater("V3") != "hans" {
		t.Error("drawn again")
	}
	for _, cmd := range []Command{hold, w.save("V3", "caps5", "", nil), w.stating("V3", true, ""), MissVisit{On: w.on(), Visit: "V3", Reason: "ill"},
		PlanVisit{On: w.on(), Visit: "V3", Time: w.now}} {
		w.refused("not-your-assessment", "rater", cmd) // gro asks
	}
	w.by("hans")
	w.do("rater", w.save("V3", "caps5", "", nil))
	if x := task("state-blindness/V3"); x.Person != "hans" {
		t.Errorf("%+v", x)
	}
	w.refused("statement-owed", "rater", hold)
	w.refused("role-may-not", "coordinator", w.stating("V3", true, ""))
	w.refused("blind-and-what", "rater", w.stating("V3", true, "a thing"))
	w.refused("what-owed", "rater", w.stating("V3", false, " "))
	w.refused("no-such-visit", "rater", w.stating("V99", true, ""))
	w.refused("not-rated", "rater", w.stating("V2", true, ""))
	w.do("rater", w.stating("V3", true, "")).refused("already-stated", "rater", w.stating("V3", true, ""))
	w.do("rater", hold)
	if x := task("state-blindness/V3"); x.ID != "" {
		t.Errorf("%+v", x)
	}
	// What comes to light later can still be said, once.
	w.do("rater", w.stating("V3", false, "a call told the day")).refused("already-stated", "rater", w.stating("V3", true, ""))
	if r := w.s.Ratings["V3"]; r.Blind || r.What == "" || !slices.Equal(w.deviations(), []string{DeviationRaterUnblinded}) {
		t.Errorf("%+v, deviations %v", r, w.deviations())
	}
	w.replays()
}

func TestMissedBeforeAnybodyWasDrawn(t *testing.T) {
	w := untilV3(t)
	w.refused("role-may-not", "coordinator", HoldVisit{On: w.on(), Visit: "V3"})
	w.do("coordinator", MissVisit{On: w.on(), Visit: "V3", Reason: "ill"})
}

// TestDrawIsFair: every eligible rater with the same chance.
func TestDrawIsFair(t *testing.T) {
	w := untilV3(t).raters("hans", "inga", "jon")
	n := map[string]int{}
	for i := range 400 {
		x := *w
		x.chance = uint64(i)
		x.drawn("V3")
		n[x.rater("V3")]++
	}
	for _, id := range []string{"gro", "hans", "inga", "jon"} {
		if n[id] != 100 {
			t.Errorf("drawn %v", n)
		}
	}
}

// TestWhoMayRate: one rule after the other keeps a rater out.
func TestWhoMayRate(t *testing.T) {
	w := tell(t, threeSession).uncredentialed().raters("anna", "dina", "hans", "inga", "jon", "kari")
	w.consented() // by dina
	w.overview(AssignStaff{Site: "S01", Person: "hans", Name: "Hans", Role: "rater", Related: []string{"dina"}})
	tomorrow := (DayOf(w.now, w.site.Zone) + 1).String()
	w.overview(AssignStaff{Site: "S01", Person: "inga", Name: "Inga", Role: "rater", From: tomorrow})
	w.overview(Delegate{Account: "lars", Name: "Lars", Role: "rater"})
	w.overview(Delegate{Account: "mina", Name: "Mina", Role: "rater", Sites: []string{"S02"}})
	w.overview(Delegate{Account: "nils", Name: "Nils", Role: "rater", From: tomorrow, Sites: []string{"S01"}})
	w.overview(Delegate{Account: "olga", Name: "Olga", Role: "rater"})
	w.overview(EndDelegation{Account: "olga", Role: "rater", Reason: "left"})
	if got, want := w.pool(), "[anna gro jon kari lars] dina:consent hans:related inga:term nils:term"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.hours(24)
	if got, want := w.pool(), "[anna gro inga jon kari lars nils] dina:consent hans:related"; got != want {
		t.Errorf("the day after: got %s\nwant %s", got, want)
	}
	w.goOn("V3").toWindow("V3")
	w.drawn("V3").by(w.rater("V3"))
	if w.person != "gro" { // the first now that anna has held the visits before
		t.Errorf("drawn %q of %s", w.person, w.pool())
	}
	w.do("rater", w.stating("V3", true, "")).do("rater", HoldVisit{On: w.on(), Visit: "V3"}).forms("V3").by("")
	w.goOn("V5").session("V5") // anna and bo sat with the participant
	if got := w.pool(); !strings.Contains(got, "anna:visit") && !strings.Contains(got, "anna:pair") {
		t.Errorf("a therapist may rate: %s", got)
	}
	if w.s.Barred["bo"] != BarPair {
		t.Errorf("barred %v", w.s.Barred)
	}
	// Who saw the arm, and who said to be blind no longer.
	w.by("kari").do("physician", AskUnblinding{On: w.on(), Reason: "seizure in the night", Alone: "nobody answers the phone"}).by("")
	if got := w.pool(); !strings.Contains(got, "kari:unblinded") {
		t.Errorf("who saw the arm may rate: %s", got)
	}
	// Where raters must hold a credential, the lists show it.
	def := *w.def
	def.Staffing.Credentials = append(slices.Clone(def.Staffing.Credentials), protocol.Credential{ID: "calibrated", Roles: []string{"rater"}})
	w.def = &def
	w.overview(AssignStaff{Site: "S01", Person: "jon", Role: "rater", Credentials: map[string]string{"calibrated": "2027-01-01"}})
	w.overview(AssignStaff{Site: "S01", Person: "inga", Role: "rater", Credentials: map[string]string{"calibrated": "2026-01-01"}})
	if got := w.pool(); !strings.HasPrefix(got, "[jon] ") || !strings.Contains(got, "inga:credential") || !strings.Contains(got, "lars:credential") {
		t.Errorf("credentials: %s", got)
	}
	// A rater for several sites shows theirs in the delegation log.
	w.overview(Delegate{Account: "mette", Name: "Mette", Role: "rater", Credentials: map[string]string{"calibrated": "2027-01-01"}})
	w.overview(Delegate{Account: "nora", Name: "Nora", Role: "rater"})
	if got := w.pool(); !strings.HasPrefix(got, "[jon mette] ") || !strings.Contains(got, "nora:credential") {
		t.Errorf("raters for several sites: %s", got)
	}
	w.replays()
}

func TestNobodyToDraw(t *testing.T) {
	w := untilV3(t)
	w.overview(AssignStaff{Site: "S01", Person: "gro", Name: "Gro", Role: "rater", Related: []string{"dina"}})
	w.drawn("V3")
	if got := w.tasksOf(TaskDrawRater); w.rater("V3") != "" || !slices.Equal(got, []string{"draw-rater/V3 coordinator"}) {
		t.Errorf("drawn %q, tasks %v", w.rater("V3"), got)
	}
	draw := DrawRater{On: w.on(), Visit: "V3"}
	w.refused("nobody-eligible", "coordinator", draw)
	if r := w.try("coordinator", draw); !strings.Contains(r.Text.EN, "Gro (is related to somebody who treats)") {
		t.Errorf("%v", r)
	}
	w.raters("hans").do("coordinator", draw)
	if got := w.tasksOf(TaskDrawRater); w.rater("V3") != "hans" || len(got) > 0 {
		t.Errorf("drawn %q, tasks %v", w.rater("V3"), got)
	}
	w.overview(RemoveStaff{Site: "S01", Person: "gro", Role: "rater"})
	w.overview(RemoveStaff{Site: "S01", Person: "hans", Role: "rater"})
	w.refused("nobody-eligible", "coordinator", DrawRater{On: w.on(), Visit: "V3", Reason: "ill"})
}

func TestDrawingAnother(t *testing.T) {
	w := untilV3(t).raters("hans")
	w.refused("role-may-not", "rater", DrawRater{On: w.on(), Visit: "V3"})
	w.refused("role-may-not", "therapist", DrawRater{On: w.on(), Visit: "V3"})
	w.refused("not-rated", "coordinator", DrawRater{On: w.on(), Visit: "V2"})
	w.refused("no-such-visit", "coordinator", DrawRater{On: w.on(), Visit: "V99"})
	w.drawn("V3").do("rater", w.save("V3", "caps5", "", nil))
	w.refused("reason-owed", "coordinator", DrawRater{On: w.on(), Visit: "V3"})
	w.do("coordinator", DrawRater{On: w.on(), Visit: "V3", Reason: "ill today"})
	if e := w.events[len(w.events)-1]; w.rater("V3") != "hans" || e.Reason != "ill today" {
		t.Errorf("drawn %q: %+v", w.rater("V3"), e)
	}
	w.refused("not-your-assessment", "rater", w.stating("V3", true, ""))
	w.by("hans").do("rater", w.save("V3", "sds", "", nil)).do("rater", w.stating("V3", true, "")).do("rater", HoldVisit{On: w.on(), Visit: "V3"}).by("")
	w.refused("already-held", "coordinator", DrawRater{On: w.on(), Visit: "V3", Reason: "again"})
	// The next assessment goes to one who has not rated this participant.
	w.goOn("V9").toWindow("V9")
	if w.drawn("V9"); w.rater("V9") != "gro" {
		t.Errorf("drawn %q", w.rater("V9"))
	}
	if e := w.events[len(w.events)-1].Data.(RaterDrawn); e.Among != 1 {
		t.Errorf("%+v", e)
	}
	w.replays()
}

// TestRatersWhoMustNotRate: drawn, and then in the way of their own blindness.
func TestRatersWhoMustNotRate(t *testing.T) {
	w := tell(t, threeSession).raters("hans").randomised().session("V5").goOn("V9").toWindow("V9").drawn("V9")
	drawn := w.rater("V9")
	other := map[string]string{"gro": "hans", "hans": "gro"}[drawn]
	treating, unblinded := *w, *w
	treating.overview(AssignStaff{Site: "S01", Person: drawn, Name: "D", Role: "therapist"})
	treating.s = Evolve(treating.def, treating.s, Event{Version: treating.s.Version + 1, Recorded: treating.now, At: treating.now, Actor: drawn, Role: "physician",
		Data: ConsentGiven{Document: "main", Language: "nb", Obtained: drawn, PVersion: "1.0"}})
	treating.by(drawn)
	treating.refused("conflict-of-interest", "rater", treating.save("V9", "caps5", "", nil))
	treating.refused("conflict-of-interest", "rater", HoldVisit{On: treating.on(), Visit: "V9"})
	if got := treating.tasksOf(TaskDrawRater); len(got) != 1 {
		t.Errorf("tasks %v", got)
	}
	u := &unblinded
	u.do("physician", u.ask()) // dina asks; the rater can never confirm
	u.by(drawn).refused("rater-stays-blind", "sponsor", u.confirming2("U1")).by("")
	// Even where the record has it otherwise, what was seen counts.
	u.s = Evolve(u.def, u.s, Event{Version: u.s.Version + 1, Recorded: u.now, At: u.now, Actor: drawn, Role: "sponsor", Data: UnblindingConfirmed{ID: "U1"}})
	u.by(drawn).refused("rater-unblinded", "rater", u.save("V9", "caps5", "", nil)).by("")

	w.by(drawn).do("rater", w.save("V9", "caps5", "", nil)).do("rater", w.stating("V9", false, "named the colour of the room")).by("")
	if got := w.tasksOf(TaskDrawRater); !slices.Equal(got, []string{"draw-rater/V9 coordinator"}) || !slices.Contains(w.deviations(), DeviationRaterUnblinded) {
		t.Errorf("tasks %v, deviations %v", got, w.deviations())
	}
	stands := *w
	stands.by(drawn).do("rater", HoldVisit{On: w.on(), Visit: "V9"}).replays() // the assessment may stand
	w.do("coordinator", DrawRater{On: w.on(), Visit: "V9", Reason: "blind no longer"})
	if w.rater("V9") != other || len(w.tasksOf(TaskDrawRater)) > 0 {
		t.Errorf("drawn %q, tasks %v", w.rater("V9"), w.tasksOf(TaskDrawRater))
	}
	if got := w.pool(); !strings.Contains(got, drawn+":"+BarNotBlind) {
		t.Errorf("drawn again: %s", got)
	}
	w.replays()
}

// TestOpenStudiesDrawNobody: where nobody is kept blind, any rater may do it.
func TestOpenStudiesDrawNobody(t *testing.T) {
	w := untilV3(t)
	def := *w.def
	def.Blinding = nil
	w.def = &def
	w.do("coordinator", PlanVisit{On: w.on(), Visit: "V3", Time: w.now})
	if len(w.s.Ratings) > 0 {
		t.Errorf("drawn %v", w.s.Ratings)
	}
	w.refused("not-rated", "coordinator", DrawRater{On: w.on(), Visit: "V3"})
	w.do("rater", w.save("V3", "caps5", "", nil)).do("rater", HoldVisit{On: w.on(), Visit: "V3"})
}

// TestStatementsAreNotSpread: what a rater heard stays with those who may know.
func TestStatementsAreNotSpread(t *testing.T) {
	w := untilV3(t).drawn("V3").do("rater", StateBlindness{On: On{Participant: "S01-001"}, Visit: "V3", What: "REVEALING word"})
	blind := func(c instrument.Blinding) bool { return c != instrument.Revealing }
	for _, e := range w.events {
		if got, ok := RedactEvent(w.def, e, blind); ok {
			n, err := Encode(got)
			if err != nil || strings.Contains(string(n.Payload), "REVEALING") || n.Type == "rating.drawn" {
				t.Errorf("%s %s (%v)", n.Type, n.Payload, err)
			}
		}
		if strings.Contains(Describe(w.def, e).EN, "REVEALING") {
			t.Errorf("%s: %s", e.Type(), Describe(w.def, e).EN)
		}
	}
	if got := Redact(w.def, w.s, blind).Ratings["V3"].What; got != Hidden {
		t.Errorf("%q", got)
	}
	if got := w.s.Ratings["V3"].What; got != "REVEALING word" {
		t.Errorf("the state was changed: %q", got)
	}
}
