package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"
)

// testLog is a sound log of a study: n events in three streams, a checkpoint
// every eight.
type testLog struct {
	signer      *Signer
	events      []Event
	checkpoints []Checkpoint
}

func newLog(t testing.TB, n int) *testLog {
	t.Helper()
	l := &testLog{signer: testSigner(t, "varde.test")}
	var sealer Sealer
	var tree Tree
	heads := map[string]Head{}
	for i := range n {
		at := noon.Add(time.Duration(i) * time.Second)
		stream := fmt.Sprintf("P-%03d", i%3)
		b := &Batch{Study: "S", Actor: "u1", Role: "rater", ClientID: fmt.Sprintf("c%d", i), RecordedAt: at}
		p := &Part{Stream: stream, Events: []New{{
			Type: "form.saved", Schema: 1, EffectiveAt: at, Reason: "r",
			Payload: fmt.Appendf(nil, `{"n":%d,"text":"søvn"}`, i),
		}}}
		l.events, heads[stream] = sealer.Seal(l.events, b, p, int64(i), heads[stream])
		tree.Append(l.events[i].Hash)
		if (i+1)%8 == 0 {
			c, err := l.signer.Checkpoint("S", tree.Size(), tree.Root(), at)
			if err != nil {
				t.Fatal(err)
			}
			l.checkpoints = append(l.checkpoints, c)
		}
	}
	return l
}

func seqOf(events []Event) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (l *testLog) verify(t testing.TB) Report {
	t.Helper()
	r, err := Verify(context.Background(), Log{Study: "S", Events: seqOf(l.events), Checkpoints: l.checkpoints, Keys: []string{l.signer.VerifierKey()}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (l *testLog) clone() *testLog {
	c := &testLog{l.signer, slices.Clone(l.events), slices.Clone(l.checkpoints)}
	for i := range c.events {
		c.events[i].Payload = slices.Clone(c.events[i].Payload)
	}
	return c
}

func TestVerifySound(t *testing.T) {
	r := newLog(t, 20).verify(t)
	if !r.OK() || r.Events != 20 || r.Streams != 3 || r.Checkpoints != 2 || r.Covered != 16 || r.First() != nil {
		t.Errorf("%+v", r)
	}
	empty := newLog(t, 0).verify(t)
	if !empty.OK() || empty.Root != new(Tree).Root() {
		t.Errorf("%+v", empty)
	}
}

// A change of any field of any event is found, and exactly that event is named.
func TestVerifyNamesTheChangedEvent(t *testing.T) {
	sound := newLog(t, 20)
	changes := map[string]func(*Event){
		"version":     func(e *Event) { e.Version ^= 4 },
		"study":       func(e *Event) { e.Study = "T" },
		"recordedAt":  func(e *Event) { e.RecordedAt = e.RecordedAt.Add(time.Microsecond) },
		"effectiveAt": func(e *Event) { e.EffectiveAt = e.EffectiveAt.Add(-time.Microsecond) },
		"actor":       func(e *Event) { e.Actor = "u2" },
		"role":        func(e *Event) { e.Role = "ratfr" },
		"clientId":    func(e *Event) { e.ClientID = "" },
		"type":        func(e *Event) { e.Type = "form.sAved" },
		"schema":      func(e *Event) { e.Schema = 2 },
		"reason":      func(e *Event) { e.Reason = "\xff" },
		"payload":     func(e *Event) { e.Payload[5]++ },
		"white space": func(e *Event) { e.Payload = append(e.Payload, ' ') },
		"prev":        func(e *Event) { e.Prev[31] ^= 1 },
		"hash":        func(e *Event) { e.Hash[0] ^= 128 },
	}
	for name, change := range changes {
		for _, at := range []int{0, 1, 9, 15, 19} {
			l := sound.clone()
			change(&l.events[at])
			r := l.verify(t)
			if r.OK() || r.BadEvents != 1 || r.BadCheckpoints != 0 || r.First().Seq != int64(at) || r.Events != 20 {
				t.Errorf("%s of event %d: %s %+v", name, at, r.String(), r.Faults)
			}
		}
	}
}

func TestVerifyFindsWhatIsMovedOrMissing(t *testing.T) {
	sound := newLog(t, 20)
	check := func(name string, kind FaultKind, seq int64, change func(l *testLog)) {
		t.Helper()
		l := sound.clone()
		change(l)
		r := l.verify(t)
		if r.OK() || r.First().Kind != kind || r.First().Seq != seq || !strings.Contains(r.String(), r.First().What) {
			t.Errorf("%s: %s %+v", name, r.String(), r.Faults)
		}
	}
	check("removed", FaultSeq, 6, func(l *testLog) { l.events = slices.Delete(l.events, 5, 6) })
	check("swapped", FaultSeq, 6, func(l *testLog) { l.events[5], l.events[6] = l.events[6], l.events[5] })
	check("another stream", FaultVersion, 4, func(l *testLog) { l.events[4].Stream = "P-009" })
	check("seq", FaultSeq, 1<<20+4, func(l *testLog) { l.events[4].Seq += 1 << 20 })
	check("end cut off", FaultMissing, 16, func(l *testLog) { l.events = l.events[:15] })
	check("payload no JSON", FaultPayload, 3, func(l *testLog) {
		l.events[3].Payload = []byte(`{},"x":1`)
		l.events[3].Hash = l.events[3].LeafHash()
	})
	check("time back", FaultRecordedBack, 7, func(l *testLog) {
		l.events[7].RecordedAt = noon.Add(-time.Hour)
		l.events[7].Hash = l.events[7].LeafHash()
	})
	check("prev of a rehashed event", FaultPrev, 12, func(l *testLog) {
		l.events[9].Actor = "forger"
		l.events[9].Hash = l.events[9].LeafHash()
	})
	check("end rewritten with good hashes", FaultRoot, 16, func(l *testLog) {
		l.events[15].Actor = "forger"
		l.events[15].Hash = l.events[15].LeafHash()
		l.events = l.events[:16]
	})
	check("checkpoint field", FaultCheckpoint, 9, func(l *testLog) { l.checkpoints[0].Size = 9 })
	check("checkpoint signature", FaultCheckpoint, 8, func(l *testLog) {
		l.checkpoints[0].Note = strings.Replace(l.checkpoints[0].Note, "S\n8\n", "S\n9\n", 1)
	})
	check("checkpoint of another key", FaultCheckpoint, 8, func(l *testLog) {
		c := l.checkpoints[0]
		l.checkpoints[0], _ = testSigner(t, "forger").Checkpoint("S", c.Size, c.Root, c.Time)
	})
	check("checkpoint of another study", FaultCheckpoint, 8, func(l *testLog) {
		c := l.checkpoints[0]
		l.checkpoints[0], _ = l.signer.Checkpoint("T", c.Size, c.Root, c.Time)
	})
}

func TestVerifyComparesTiles(t *testing.T) {
	l := newLog(t, 600)
	tiles := map[int64][]Hash{}
	var tree Tree
	tree.OnTile = func(level int, n int64, hashes []Hash, _ Hash) { tiles[n] = slices.Clone(hashes) }
	for _, e := range l.events {
		tree.Append(e.Hash)
	}
	verify := func() Report {
		r, err := Verify(context.Background(), Log{Study: "S", Events: seqOf(l.events), Tiles: func(_ int, n int64) ([]Hash, error) { return tiles[n], nil }})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := verify(); !r.OK() {
		t.Error(r.String())
	}
	tiles[1][9][3] ^= 16
	if r := verify(); r.BadEvents != 1 || r.First().Kind != FaultTile || r.First().Seq != 256+9 {
		t.Errorf("%+v", r.Faults)
	}
	delete(tiles, 1)
	if r := verify(); r.BadEvents != 1 || r.First().Kind != FaultTile || r.First().Seq != 256 {
		t.Errorf("%+v", r.Faults)
	}
}

func TestVerifyCanNotRead(t *testing.T) {
	l := newLog(t, 20)
	broken := errors.New("disk")
	_, err := Verify(context.Background(), Log{Study: "S", Events: func(yield func(Event, error) bool) { yield(Event{}, broken) }})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := Verify(context.Background(), Log{Study: "S", Events: seqOf(l.events), Checkpoints: l.checkpoints}); err == nil {
		t.Error("checkpoints are believed without a key")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Verify(ctx, Log{Study: "S", Events: seqOf(l.events)}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	r, err := Verify(context.Background(), Log{Study: "S", Events: func(yield func(Event, error) bool) {
		for i, e := range l.events {
			if i == 4 {
				yield(Event{}, &RecordError{Study: "S", Seq: 4, Err: broken, Hash: e.Hash})
				continue
			}
			yield(e, nil)
		}
	}})
	if err != nil || r.First() == nil || r.First().Kind != FaultUnreadable || r.First().Seq != 4 || r.Events != 20 {
		t.Errorf("%+v, %v", r, err)
	}
}

func (l *testLog) archive(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	h := ArchiveHeader{Study: "S", Size: int64(len(l.events)), Keys: []string{l.signer.VerifierKey()}}
	if err := WriteArchive(&out, h, l.checkpoints, seqOf(l.events)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
