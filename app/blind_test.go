package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/instrument"
	"varde/ledger"
	"varde/study"
)

// record writes a participant's events as a long life would have, and their views.
func (h *house) record(id string, list ...study.Payload) {
	h.Helper()
	b := ledger.Batch{Study: "demo", Actor: "rater-1", Role: "rater", RecordedAt: h.clock(), Parts: []ledger.Part{{Stream: study.ParticipantStream(id)}}}
	for _, p := range list {
		n, err := study.Encode(study.Event{At: h.clock(), Data: p})
		if err != nil {
			h.Fatal(err)
		}
		b.Parts[0].Events = append(b.Parts[0].Events, n)
	}
	if _, err := h.store.Append(ctx, b); err != nil {
		h.Fatal(err)
	}
}

func enrolled(id string) []study.Payload {
	return []study.Payload{
		study.PersonReferred{Channel: "self", Language: "nb", Participant: id, Site: "S01", TimeZone: "Europe/Oslo"},
		study.PersonPrescreened{Passed: true},
		study.ConsentGiven{Document: "main", Language: "nb", PVersion: "1.0"}, study.ConsentGiven{Document: "recording", Language: "nb", PVersion: "1.0"},
		study.EligibilityDecided{Gate: "screening", Passed: true}, study.EligibilityDecided{Gate: "enrolment", Passed: true},
	}
}

// TestManyRandomised: fifty at once, every slot of the list once, in order, without gaps.
func TestManyRandomised(t *testing.T) {
	h := build(t, nil)
	const n = 50
	for i := range n {
		h.record(study.ParticipantNumber("S01", i+1), enrolled(study.ParticipantNumber("S01", i+1))...)
	}
	if _, err := h.Rebuild(ctx, "demo"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, err := h.Do(ctx, as("coordinator"), "demo", study.Randomise{On: on(study.ParticipantNumber("S01", i+1))}, ""); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	var index []int
	kits := map[string]bool{}
	for _, s := range h.hosts["demo"].alloc.Slots {
		index = append(index, s.Index)
		kits[s.Kit] = true
	}
	slices.Sort(index)
	for i := range n {
		if len(index) != n || index[i] != i || len(kits) != n {
			t.Fatalf("slots %v, %d kits", index, len(kits))
		}
	}
	h.consistent()

	arms := func(role string) int {
		m, err := h.Arms(ctx, access.Actor{ID: role, Role: role, Study: "demo"}, "demo")
		if err != nil {
			t.Fatal(err)
		}
		return len(m)
	}
	blinded := []string{"administrator", "sponsor", "coordinator", "physician", "therapist", "rater", "pharmacist", "monitor", "data-manager", "statistician", "participant"}
	for _, role := range blinded {
		if arms(role) != 0 {
			t.Errorf("%s sees arms", role)
		}
	}
	if arms("auditor") != n || arms("safety-board") != n || arms("statistician-unblinded") != n {
		t.Error("the unblinded see no arms")
	}
	h.must(admin, study.LockStudy{})
	h.must(admin, study.UnblindStudy{Witness: "Dina"})
	if arms("statistician") != n || arms("pharmacist") != 0 || arms("rater") != 0 {
		t.Error("after unblinding, those who may see results see arms, and no others")
	}
}

// everything answers all that an actor can read, as bytes.
func (h *house) everything(actor access.Actor, id string) string {
	var b strings.Builder
	put := func(what string, v any, err error) {
		if err != nil {
			if strings.HasPrefix(code(err), "fault") {
				h.Errorf("%s: %v", what, err)
			}
			v = err.Error()
		}
		doc, e := json.Marshal(v)
		fmt.Fprintf(&b, "%s: %s %+v %v\n", what, doc, v, e)
	}
	state := func(what string, s *study.State, err error) {
		put(what, nil, err)
		if s == nil {
			return
		}
		fmt.Fprintf(&b, "%+v\n", *s)
		for k, f := range s.Forms {
			put(fmt.Sprint(k), f.Values, nil)
			put(fmt.Sprint(k), f.Scores, nil)
		}
		for k, f := range s.Latest {
			put(k, f.Values, nil)
			put(k, f.Scores, nil)
		}
		for k, x := range s.Sessions {
			fmt.Fprintf(&b, "%s %+v\n", k, *x)
		}
	}
	s, err := h.Participant(ctx, actor, "demo", id)
	state("participant", s, err)
	s, err = h.ParticipantAsOf(ctx, actor, "demo", id, h.clock().Add(time.Hour))
	state("as of", s, err)
	for s, err := range h.Subjects(ctx, actor, "demo") {
		state("subject", s, err)
	}
	rows, n, err := h.Participants(ctx, actor, "demo", ListQuery{})
	put("list", []any{rows, n}, err)
	tasks, err := h.Tasks(ctx, actor, "demo", TaskQuery{})
	put("tasks", tasks, err)
	for _, stream := range []string{id, "study", "site/S01", "allocation"} {
		events, err := h.Trail(ctx, actor, "demo", stream, TrailQuery{Type: ""})
		for _, e := range events {
			if e.Type() != "study.opened" { // the protocol itself
				put("event", e.Data, err)
				put("in words", study.Describe(h.def(), e), nil)
			}
		}
	}
	p, err := h.Progress(ctx, actor, "demo")
	put("progress", p, err)
	a, err := h.Arms(ctx, actor, "demo")
	put("arms", a, err)
	return b.String()
}

func TestBlinding(t *testing.T) {
	h := build(t, nil)
	id := "S01-001"
	text, num := instrument.StringValue, instrument.NumberValue
	rating := study.Values{"duration_months": num(717171), "b1": num(3)}
	h.record(id, append(enrolled(id),
		study.ParticipantRandomised{Kit: "K424242", Stratum: "site=S01"},
		study.VisitHeld{Visit: "V3"}, study.FormSaved{Visit: "V3", Form: "caps5", Items: rating},
		study.QueryRaised{Visit: "V3", Form: "caps5", Item: "duration_months", ID: "Q1", Code: "out-of-range", Value: num(717171)},
		study.FormCorrected{Visit: "V3", Form: "caps5", Items: study.Values{"duration_months": num(717172)}, From: study.Values{"duration_months": num(717171)}},
		study.VisitHeld{Visit: "V5"}, study.SessionStarted{Visit: "V5", Pair: []string{"anna", "bo"}},
		study.FormSaved{Visit: "V5", Form: "vitals", Repeat: 1, Items: study.Values{"sbp": num(919191), "note": text("REVEALING")}},
		study.DoseGiven{Visit: "V5", Step: "initial", Amount: 80}, study.RuleBreached{Visit: "V5", ID: "V5-B1", Rule: "sbp-watch", Value: 919191, Repeat: 1},
		study.FormSaved{Form: "ae", Repeat: 1, Items: study.Values{"term": text("REVEALING")}},
	)...)
	if _, err := h.Rebuild(ctx, "demo"); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"therapist", "attendant", "coordinator", "physician"} {
		all := h.everything(as(role), id)
		if strings.Contains(all, "71717") {
			t.Errorf("a rating reaches the %s", role)
		}
		if !strings.Contains(all, "919191") {
			t.Errorf("the %s does not see the vital signs", role)
		}
	}
	revealing := []string{"REVEALING", "919191", "sbp-watch", "doseGiven", "K424242", "V5-B1", `"doses"`}
	own, other := as("rater"), as("rater")
	other.ID = "rater-2"
	for _, x := range []struct {
		actor access.Actor
		sees  bool
	}{{own, true}, {other, false}} {
		all := h.everything(x.actor, id)
		for _, word := range append(revealing, "treatment", "randomised", "enrolled") {
			if strings.Contains(all, word) {
				t.Errorf("%q reaches %s:\n%s", word, x.actor.ID, all)
			}
		}
		if strings.Contains(all, "717172") != x.sees {
			t.Errorf("%s sees the rating: %v", x.actor.ID, !x.sees)
		}
	}
	// When the next rating is due, the last one is a prior score, also to its rater.
	h.pass(30 * 24 * time.Hour)
	if strings.Contains(h.everything(own, id), "71717") {
		t.Error("a prior score reaches its rater")
	}
	if all := h.everything(as("monitor"), id); !strings.Contains(all, "717172") || !strings.Contains(all, "919191") {
		t.Error("the monitor cannot see the record")
	}
	// A hash covers what came before it: a coordinator, from whom ratings are hidden,
	// gets none of the participant's; a monitor, who sees everything there, gets all.
	for role, want := range map[string]bool{"coordinator": false, "monitor": true} {
		events, err := h.Trail(ctx, as(role), "demo", id, TrailQuery{})
		if err != nil || len(events) == 0 {
			t.Fatal(len(events), err)
		}
		for _, e := range events {
			if has := e.Hash != (ledger.Hash{}); has != want {
				t.Errorf("%s gets the hash of %s: %v", role, e.Type(), has)
			}
		}
	}
}
