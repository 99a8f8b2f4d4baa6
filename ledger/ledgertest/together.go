package ledgertest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"varde/ledger"
)

// testTogether holds batches that were submitted as one to being written whole or
// not at all, also when others are in the same group commit.
func testTogether(t *testing.T, o Opened) {
	ctx := context.Background()
	row := func(b ledger.Batch, doc string) ledger.Batch {
		b.Rows = []ledger.Row{{View: "v", Key: b.Parts[0].Stream, Doc: json.RawMessage(doc)}}
		return b
	}
	pending := o.Store.SubmitAll([]ledger.Batch{
		Batch("S", "P", 0, 1), Batch("S", "Q", 0, 2), row(Batch("S", "P", 1, 3), `{"n":3}`),
	})
	events, err := pending.Wait(ctx)
	if err != nil || len(events) != 3 || events[2].Stream != "P" || events[2].Version != 2 || events[2].Seq != 2 {
		t.Fatalf("%+v, %v", events, err)
	}
	var others []ledger.Pending
	for i := range 20 {
		others = append(others, o.Store.Submit(Batch("S", "R", int64(i), 10+i)))
	}
	stale := o.Store.SubmitAll([]ledger.Batch{
		row(Batch("S", "P", 2, 40), `{"n":4}`), Batch("S", "Q", 0, 41), Batch("S", "N", 0, 42),
	})
	after := o.Store.Submit(Batch("S", "Q", 1, 50))
	var conflict *ledger.ConflictError
	if _, err := stale.Wait(ctx); !errors.As(err, &conflict) || conflict.Stream != "Q" {
		t.Errorf("a stale batch among others: %v", err)
	}
	for i, p := range append(others, after) {
		if _, err := p.Wait(ctx); err != nil {
			t.Errorf("other batch %d: %v", i, err)
		}
	}
	head, _ := o.Store.Head(ctx, "S", "P")
	none, _ := o.Store.Head(ctx, "S", "N")
	rows, _ := o.Store.Rows(ctx, ledger.Query{Study: "S", View: "v", Key: "P"})
	if head != 2 || none != 0 || len(rows) != 1 || string(rows[0].Doc) != `{"n":3}` {
		t.Errorf("part of a refused chain is written: heads %d, %d, rows %+v", head, none, rows)
	}
	if _, err := o.Store.SubmitAll([]ledger.Batch{Batch("S", "P", 2, 60), Batch("T", "P", 0, 60)}).Wait(ctx); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("batches of two studies: %v", err)
	}
	Verify(t, o, "S")
}
