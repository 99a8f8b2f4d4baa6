package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"varde/ledger"
	"varde/ledger/ledgertest"
)

// TestAnOlderFileGetsTheIndex: a file of the first schema is brought up to date when
// it is opened, and reads for audits then work.
func TestAnOlderFileGetsTheIndex(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(ctx, ledgertest.Batch("trial", "a", 0, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db := raw(t, path)
	for _, text := range []string{"DROP INDEX event_actor", "DELETE FROM goose_db_version WHERE version_id = 2", "PRAGMA user_version = 1"} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, path, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	for _, err := range s.Events(ctx, ledger.Read{Study: "trial", After: -1, Actor: "u1", Reverse: true}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d events", n)
	}
}

// BenchmarkAuditOfActor is the newest page of what one of a hundred accounts did, of
// a log of 100,000 events.
func BenchmarkAuditOfActor(b *testing.B) {
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(b.TempDir(), "ledger.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var last ledger.Pending
	for i := range 100_000 {
		x := ledgertest.Batch("trial", fmt.Sprintf("p/%d", i%1000), int64(i/1000), i)
		x.Actor = fmt.Sprintf("u%d", i%100)
		last = s.Submit(x)
	}
	if _, err := last.Wait(ctx); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		for _, err := range s.Events(ctx, ledger.Read{Study: "trial", After: -1, Actor: "u7", Reverse: true, Limit: 200}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
