package main

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"varde/access"
	"varde/study"
)

// The study under way has people who asked for help: some to assess, a list with a move
// and somebody to ask, and some that have ended. Asked for again, it has no more.
func TestReferralsOfTheDemonstration(t *testing.T) {
	ctx := t.Context()
	dir := filepath.Join(t.TempDir(), "data")
	var out, errs bytes.Buffer
	today := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	m := &Main{Stdout: &out, Stderr: &errs, Dir: t.TempDir(), Clock: func() time.Time { return today.Add(12 * time.Hour) }}
	if status := m.Run(ctx, []string{"demo", "--no-serve", "--participants=2", "--seed=5", "--today=2026-03-02", "--data=" + dir}); status != 0 {
		t.Fatalf("%d %s", status, errs.String())
	}
	clock := &demoClock{now: m.Clock}
	w, err := m.openWorkspaceAt(ctx, "", dir, false, clock.Now, m.logger("quiet"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	c := &demoCmd{}
	for range 2 {
		if err := c.askForHelp(ctx, w, clock, today); err != nil {
			t.Fatal(err)
		}
	}
	var who access.Actor
	for _, a := range w.app.DemoActors(ctx, liveStudy) {
		if a.Role == "coordinator" {
			who = a
		}
	}
	rows, err := w.app.Referrals(ctx, who, liveStudy, true)
	if err != nil || len(rows) != len(askers) {
		t.Fatalf("%v: %d referrals", err, len(rows))
	}
	n := map[study.ReferralStatus]int{}
	late, moved := 0, 0
	for i := range rows {
		n[rows[i].Status]++
		moved += len(rows[i].Moves)
		if rows[i].Late(w.app.Now()) {
			late++
		}
	}
	if n[study.ReferralNew] != 2 || n[study.ReferralWaiting] != 4 || n[study.ReferralOnwards] != 1 || n[study.ReferralUnsuitable] != 1 || moved != 1 || late < 1 {
		t.Errorf("%v, %d moved, %d late", n, moved, late)
	}
	if !clock.at.IsZero() {
		t.Error("the clock was left in the past")
	}
}
