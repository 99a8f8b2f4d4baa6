package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// randomised answers a participant who is randomised, at site S01.
func (h *house) randomised(n int) string {
	h.Helper()
	id := study.ParticipantNumber("S01", n)
	h.record(id, enrolled(id)...)
	h.must(as("coordinator"), study.Randomise{On: on(id)})
	return id
}

func TestRevealArm(t *testing.T) {
	h := build(t, nil)
	id := h.randomised(1)
	physician, sponsor := as("physician"), access.Actor{ID: "spons", Name: "Sponsor", Role: "sponsor", Study: "demo"}
	reveal := func(actor access.Actor) (string, error) { return h.RevealArm(ctx, actor, "demo", id, "U1") }
	if _, err := reveal(physician); code(err) != "no-such-unblinding" {
		t.Errorf("before it was asked for: %v", err)
	}
	h.must(physician, study.AskUnblinding{On: on(id), Reason: "unconscious, serotonin syndrome suspected"})
	if _, err := reveal(physician); code(err) != "not-confirmed" {
		t.Errorf("before it was confirmed: %v", err)
	}
	h.must(sponsor, study.ConfirmUnblinding{On: on(id), ID: "U1"})
	want := h.hosts["demo"].allocator.ArmOf(h.hosts["demo"].alloc.Slots[id])
	for _, actor := range []access.Actor{physician, sponsor, physician} {
		if arm, err := reveal(actor); err != nil || arm != want || arm == "" {
			t.Errorf("%s: %q, %v", actor.ID, arm, err)
		}
	}
	other := as("physician")
	other.ID = "physician-2"
	elsewhere := as("physician")
	elsewhere.Sites = []string{"S02"}
	same := as("monitor") // the right person in a role that is shown no arm
	same.ID = physician.ID
	for name, x := range map[string]struct {
		actor access.Actor
		want  string
	}{"another physician": {other, "not-yours"}, "another site": {elsewhere, "no-such-participant"}, "a coordinator": {as("coordinator"), "role-may-not"}, "another role": {same, "role-may-not"}} {
		if arm, err := reveal(x.actor); code(err) != x.want || arm != "" {
			t.Errorf("%s: %q, %v", name, arm, err)
		}
	}
	// Each look is on disk; the arm is in no event.
	var seen []string
	for e, err := range h.store.Events(ctx, ledger.Read{Study: "demo", After: -1}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == "arm.seen" {
			seen = append(seen, e.Actor)
		}
		if e.Type != "study.opened" && strings.Contains(string(e.Payload), `"`+want+`"`) {
			t.Errorf("the arm stands in %s: %s", e.Type, e.Payload)
		}
	}
	if !slices.Equal(seen, []string{physician.ID, sponsor.ID, physician.ID}) {
		t.Errorf("looks at the arm: %v", seen)
	}
	h.must(physician, study.AskUnblinding{On: on(id), Reason: "again, in an emergency", Alone: "nobody else is on call"})
	if arm, err := h.RevealArm(ctx, physician, "demo", id, "U2"); err != nil || arm != want {
		t.Errorf("alone: %q, %v", arm, err)
	}
}

// TestVisitReferences: what stands for a hidden visit is the same each time, differs
// by study and participant, shows no order, and means nothing to others.
func TestVisitReferences(t *testing.T) {
	h := build(t, nil)
	def, rater, coordinator := h.def(), as("rater"), as("coordinator")
	refs := map[string]bool{}
	hidden := 0
	for i := range def.Visits {
		v := &def.Visits[i]
		ref := h.VisitRef(rater, "demo", "S01-001", v.ID)
		back, ok := h.VisitOf(rater, "demo", "S01-001", ref)
		if !ok || back != v.ID {
			t.Errorf("%s: %s means %q", v.ID, ref, back)
		}
		if got := h.VisitRef(coordinator, "demo", "S01-001", v.ID); got != v.ID {
			t.Errorf("the coordinator reads %s for %s", got, v.ID)
		}
		if !v.Hides {
			continue
		}
		hidden++
		if len(ref) != 17 || ref[0] != 'a' || refs[ref] || ref == h.VisitRef(rater, "demo", "S01-002", v.ID) {
			t.Errorf("%s: reference %s", v.ID, ref)
		}
		refs[ref] = true
		if _, ok := h.VisitOf(rater, "demo", "S01-001", v.ID); ok {
			t.Errorf("a rater may name %s", v.ID)
		}
		if _, ok := h.VisitOf(rater, "demo", "S01-002", ref); ok {
			t.Error("the reference holds for another participant")
		}
		if _, ok := h.VisitOf(coordinator, "demo", "S01-001", ref); ok {
			t.Error("the coordinator may name a reference")
		}
	}
	if hidden < 2 {
		t.Fatalf("only %d hidden visits", hidden)
	}
	for _, log := range []string{"", "-"} {
		if v, ok := h.VisitOf(rater, "demo", "S01-001", log); v != "" || !ok {
			t.Errorf("%q is %q", log, v)
		}
	}
	for _, bad := range []string{"V99", "a", "a0000000000000000", "../V3", "\x00"} {
		if v, ok := h.VisitOf(rater, "demo", "S01-001", bad); ok {
			t.Errorf("%q means %q", bad, v)
		}
	}
	other, err := New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: []byte(strings.Repeat("z", 32))})
	if err != nil {
		t.Fatal(err)
	}
	for i := range def.Visits {
		if v := &def.Visits[i]; v.Hides && other.VisitRef(rater, "demo", "S01-001", v.ID) == h.VisitRef(rater, "demo", "S01-001", v.ID) {
			t.Error("the reference does not depend on the key")
		}
	}
}

// TestRatingsQueue: a rater's queue is those drawn for them; it follows each change,
// and a rebuild makes the same.
func TestRatingsQueue(t *testing.T) {
	h := build(t, nil)
	def := h.def()
	var visit string
	for i := range def.Visits {
		if v := &def.Visits[i]; v.Hides && visit == "" {
			visit = v.ID
		}
	}
	one, two := "S01-001", "S01-002"
	h.record(one, append(enrolled(one), study.RaterDrawn{Among: 2, Rater: "rater-1", Visit: visit})...)
	h.record(two, append(enrolled(two), study.RaterDrawn{Among: 2, Rater: "rater-2", Visit: visit})...)
	if _, err := h.Rebuild(ctx, "demo"); err != nil {
		t.Fatal(err)
	}
	queue := func(actor access.Actor) []RatingRow {
		h.Helper()
		rows, err := h.Ratings(ctx, actor, "demo")
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	rater := as("rater")
	rows := queue(rater)
	if len(rows) != 1 || rows[0].Participant != one || rows[0].Owes != "forms" || rows[0].Done || rows[0].Ref != h.VisitRef(rater, "demo", one, visit) {
		t.Fatalf("%+v", rows)
	}
	limited := rater
	limited.Sites = []string{"S02"}
	if len(queue(limited)) != 0 {
		t.Error("a rater of another site has it")
	}
	if _, err := h.Ratings(ctx, as("monitor"), "demo"); code(err) != "role-may-not" {
		t.Errorf("a monitor: %v", err)
	}
	s, err := h.Participant(ctx, rater, "demo", two)
	if err != nil || len(s.Ratings) != 0 {
		t.Errorf("another rater's: %+v, %v", s.Ratings, err)
	}
	// A command that changes the participant brings the row up to date.
	when := h.clock().Add(24 * time.Hour).Truncate(time.Minute)
	if _, err := h.Do(ctx, as("coordinator"), "demo", study.PlanVisit{On: on(one), Visit: visit, Time: when}, ""); err != nil {
		t.Fatal(err)
	}
	if rows := queue(rater); len(rows) != 1 || !rows[0].Planned.Equal(when) {
		t.Errorf("after planning: %+v", rows)
	}
	if r, err := h.Rebuild(ctx, "demo"); err != nil || !r.Same() {
		t.Errorf("a rebuild makes other rows: %+v, %v", r, err)
	}
}
