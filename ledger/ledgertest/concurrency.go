package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"varde/ledger"
)

// Many writers want the same versions of one stream: of each version exactly one
// wins, the others are told.
func testRace(t *testing.T, o Opened) {
	ctx := context.Background()
	const writers, versions = 8, 25
	var won [versions]atomic.Int32
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for v := range versions {
				b := Batch("S", "P", int64(v), v)
				b.ClientID = fmt.Sprintf("%d/%d", w, v)
				_, err := o.Store.Append(ctx, b)
				var conflict *ledger.ConflictError
				switch {
				case err == nil:
					won[v].Add(1)
				case !errors.As(err, &conflict):
					t.Errorf("writer %d: %v", w, err)
				case conflict.Actual <= int64(v): // then it was free to take
					t.Errorf("writer %d: %v", w, conflict)
				}
			}
		})
	}
	wg.Wait()
	for v := range won {
		if n := won[v].Load(); n != 1 {
			t.Errorf("version %d was written %d times", v+1, n)
		}
	}
	if got := Verify(t, o, "S"); got.Events != versions {
		t.Errorf("%d events", got.Events)
	}
}

func testProofs(t *testing.T, o Opened) {
	ctx := context.Background()
	if _, err := o.Store.Checkpoint(ctx, "S"); err == nil {
		t.Error("a study that is not there is signed")
	}
	// Over the edge of a tile of 256.
	sizes := []int64{1, 255, 256, 257, 600}
	var points []ledger.Checkpoint
	var n int64
	for _, size := range sizes {
		var last ledger.Pending
		for ; n < size; n++ {
			last = o.Store.Submit(Batch("S", fmt.Sprintf("P-%d", n%7), n/7, int(n)))
		}
		if _, err := last.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		c, err := o.Store.Checkpoint(ctx, "S")
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := ledger.OpenCheckpoint(c.Note, o.VerifierKey); err != nil || opened != c || c.Size != size || c.Study != "S" {
			t.Fatalf("checkpoint %+v opens as %+v, %v", c, opened, err)
		}
		points = append(points, c)
	}
	if again, err := o.Store.Checkpoint(ctx, "S"); err != nil || again != points[len(points)-1] {
		t.Errorf("the same size is signed again: %+v, %v", again, err)
	}
	listed, err := o.Store.Checkpoints(ctx, "S")
	if err != nil || len(listed) != len(points) {
		t.Fatalf("%d checkpoints, %v", len(listed), err)
	}
	for i := range listed {
		if listed[i] != points[i] {
			t.Errorf("checkpoint %d: got %+v, want %+v", i, listed[i], points[i])
		}
	}
	events := Read(t, o.Store, ledger.Read{Study: "S", After: -1})
	for i, c := range points {
		for _, seq := range []int64{0, c.Size / 3, c.Size - 1} {
			proof, err := o.Store.ProveInclusion(ctx, "S", seq, c.Size)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.CheckInclusion(proof, c.Size, c.Root, seq, events[seq].Hash); err != nil {
				t.Error(err)
			}
		}
		for _, older := range points[:i+1] {
			proof, err := o.Store.ProveConsistency(ctx, "S", older.Size, c.Size)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.CheckConsistency(proof, c.Size, c.Root, older.Size, older.Root); err != nil {
				t.Error(err)
			}
		}
	}
	for _, bad := range [][2]int64{{0, n + 1}, {n, n}, {-1, n}} {
		if _, err := o.Store.ProveInclusion(ctx, "S", bad[0], bad[1]); err == nil {
			t.Errorf("inclusion %v is proven", bad)
		}
	}
	for _, bad := range [][2]int64{{1, n + 1}, {5, 4}, {-1, 4}} {
		if _, err := o.Store.ProveConsistency(ctx, "S", bad[0], bad[1]); err == nil {
			t.Errorf("consistency %v is proven", bad)
		}
	}
	if got := Verify(t, o, "S"); got.Covered != n || got.Checkpoints != len(points) {
		t.Errorf("%+v", got)
	}
}
