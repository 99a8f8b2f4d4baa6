package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// therapists gives the first site people who may hold visits.
func (h *house) therapists(ids ...string) {
	h.Helper()
	held := map[string]string{}
	for _, c := range h.def().Staffing.Credentials {
		held[c.ID] = ""
	}
	for _, id := range ids {
		h.must(admin, study.AssignStaff{Site: "S01", Person: id, Name: id, Role: "therapist", Credentials: held})
	}
}

func (h *house) slots(site string) []study.SlotBooked {
	h.Helper()
	c, err := h.Calendar(ctx, access.Actor{ID: "c", Name: "C", Role: "coordinator", Study: "demo"}, "demo", site)
	if err != nil {
		h.Fatal(err)
	}
	return c.Slots
}

// TestOneOfTwoGetsTheRoom: of many who book the same room and person at overlapping times
// at the same moment, one gets them, the others are told who is in the way, and the
// calendar that is read back is the one in memory. It goes on after the program starts
// anew, and when a second program writes to the same record.
func TestOneOfTwoGetsTheRoom(t *testing.T) {
	h := build(t, nil)
	h.therapists("anna", "bo")
	const people = 6
	var ids []string
	for n := range people {
		ids = append(ids, h.refer(n+1, true))
	}
	at := h.clock().Add(5 * 24 * time.Hour)
	other := &house{TB: t, path: h.path, now: h.now}
	other.open(nil)
	for round, apps := range [][]*house{{h, h}, {h, other}} {
		when := at.Add(time.Duration(round) * 24 * time.Hour)
		var wait sync.WaitGroup
		got := make([]error, people)
		for i, id := range ids {
			wait.Go(func() {
				_, got[i] = apps[i%2].Do(ctx, as("coordinator"), "demo", study.PlanVisit{On: on(id), Visit: "V1", Time: when.Add(time.Duration(i) * time.Minute), Room: "1", Staff: []string{"anna"}}, "")
			})
		}
		wait.Wait()
		won := 0
		for i, err := range got {
			switch code(err) {
			case "":
				won++
			case "taken":
			default:
				t.Errorf("round %d, %s: %v", round, ids[i], err)
			}
		}
		if won != 1 {
			t.Errorf("round %d: %d got the room", round, won)
		}
	}
	// The record says the same as memory, after a start.
	before := fmt.Sprint(h.slots("S01"))
	again := &house{TB: t, path: h.path, now: h.now}
	again.open(nil)
	if after := fmt.Sprint(again.slots("S01")); len(again.slots("S01")) == 0 || after != before && after != fmt.Sprint(other.slots("S01")) {
		t.Errorf("%s\n%s", before, after)
	}
	r, err := again.Rebuild(ctx, "demo")
	if err != nil || !r.Same() {
		t.Errorf("the views are not what the record says: %v %+v", err, r)
	}
}

func TestBookingIsOneTransaction(t *testing.T) {
	h := build(t, nil)
	h.therapists("anna")
	id := h.refer(1, true)
	at := h.clock().Add(5 * 24 * time.Hour)
	plan := study.PlanVisit{On: on(id), Visit: "V1", Time: at, Room: "1", Staff: []string{"anna"}}
	done, err := h.Do(ctx, as("coordinator"), "demo", plan, "once")
	if err != nil || len(done.Events) != 2 {
		t.Fatalf("%v %+v", err, done.Events)
	}
	if twice, err := h.Do(ctx, as("coordinator"), "demo", plan, "once"); err != nil || len(twice.Events) != 2 || len(h.slots("S01")) != 1 {
		t.Errorf("sent twice: %v %+v", err, twice.Events)
	}
	if done.Events[0].Seq+1 != done.Events[1].Seq || done.Events[1].Stream != study.CalendarStream("S01") {
		t.Errorf("%+v", done.Events)
	}
	board, err := h.Board(ctx, as("coordinator"), "demo", "S01", at, 1)
	if err != nil || len(board) != 1 || board[0].Room != "1" || board[0].Participant != id {
		t.Fatalf("%v %+v", err, board)
	}
	h.must(as("coordinator"), study.MissVisit{On: on(id), Visit: "V1", Reason: "ill"})
	if board, _ := h.Board(ctx, as("coordinator"), "demo", "S01", at, 1); len(board) != 0 || len(h.slots("S01")) != 0 {
		t.Errorf("after it was missed: %+v, %+v", board, h.slots("S01"))
	}
	for name, actor := range map[string]access.Actor{"a rater": as("rater"), "another site": {ID: "x", Name: "X", Role: "physician", Study: "demo", Sites: []string{"S02"}}} {
		if _, err := h.Board(ctx, actor, "demo", "S01", at, 1); err == nil {
			t.Errorf("%s sees the board", name)
		}
		if _, err := h.Calendar(ctx, actor, "demo", "S01"); err == nil {
			t.Errorf("%s sees the calendar", name)
		}
	}
}

// A write that fails leaves nothing in the calendar in memory.
func TestALostBookingIsForgotten(t *testing.T) {
	var broken losing
	h := build(t, func(s ledger.Store) ledger.Store { broken.Store = s; return &broken })
	h.therapists("anna")
	one, two := h.refer(1, true), h.refer(2, true)
	at := h.clock().Add(5 * 24 * time.Hour)
	plan := func(id string) study.PlanVisit {
		return study.PlanVisit{On: on(id), Visit: "V1", Time: at, Room: "1", Staff: []string{"anna"}}
	}
	broken.fail = true
	if _, err := h.Do(ctx, as("coordinator"), "demo", plan(one), ""); err == nil {
		t.Fatal("it was written")
	}
	broken.fail = false
	if _, err := h.Do(ctx, as("coordinator"), "demo", plan(two), ""); err != nil {
		t.Errorf("the room is kept by a booking that was never written: %v", err)
	}
	if s := h.slots("S01"); len(s) != 1 || s[0].Participant != two {
		t.Errorf("%+v", s)
	}
}

// losing is a store that loses what is submitted.
type losing struct {
	ledger.Store
	fail bool
}

func (f *losing) Submit(b ledger.Batch) ledger.Pending {
	if f.fail {
		return lost{}
	}
	return f.Store.Submit(b)
}

type lost struct{}

func (lost) Wait(context.Context) ([]ledger.Event, error) { return nil, errors.New("the disk is full") }
