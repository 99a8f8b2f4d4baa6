package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Log is what [Verify] looks at. It needs nothing but data, so that a log can be
// verified far from the store that wrote it.
type Log struct {
	Study       string
	Events      iter.Seq2[Event, error] // the whole study in order of Seq
	Checkpoints []Checkpoint
	Keys        []string // verifier keys that are trusted
	Tiles       Tiles    // stored full tiles to compare with; nil = none
}

// Verify reads a whole log once and recomputes everything: positions, chain,
// hashes, tree, signatures. It shares no state with the store and believes
// nothing the store says. It goes on after a fault, and holds only the head of
// each stream in memory.
//
// An error means that the log could not be read to its end (or that there are
// checkpoints and no key to check them), not that it is bad: that is in the report.
//
// What it can not see: events cut off at the end after the last checkpoint, and a
// history rewritten by somebody who holds the signing key. Against both, keep
// checkpoints in a second place.
func Verify(ctx context.Context, log Log) (Report, error) {
	v := verifier{
		log:     log,
		report:  Report{Study: log.Study, Keys: "given"},
		streams: map[string]*streamState{},
	}
	if len(log.Checkpoints) > 0 && len(log.Keys) == 0 {
		return v.report, fmt.Errorf("ledger: study %s has %d checkpoints: give the verifier key to check them with", log.Study, len(log.Checkpoints))
	}
	if log.Tiles != nil {
		v.tree.OnTile = v.compareTile
	}
	v.openCheckpoints()
	v.checkRoots()
	for e, err := range log.Events {
		if ctx.Err() != nil {
			return v.report, ctx.Err()
		}
		var unreadable *RecordError
		switch {
		case errors.As(err, &unreadable):
			v.unreadable(unreadable)
		case err != nil:
			return v.report, fmt.Errorf("ledger: verify study %s after %d events: %w", log.Study, v.report.Events, err)
		default:
			v.event(&e)
		}
		v.checkRoots()
		if v.err != nil {
			return v.report, v.err
		}
	}
	v.finish()
	return v.report, nil
}

type verifier struct {
	log     Log
	report  Report
	streams map[string]*streamState
	// next is the seq that should come. After a seq that was wrong there are two
	// truths: other is the one that follows from what was found.
	next, other int64
	tree        Tree // of the hashes computed from the content
	// stored is the tree of the hashes as stored. It differs from tree after an
	// event whose content was changed: a checkpoint that still fits it is sound,
	// and the fault is in the event alone. nil until there is a difference.
	stored  *Tree
	pending []Checkpoint // sorted by size, those not compared yet
	last    int64        // size of the last checkpoint that held
	bad     map[int64]bool
	buf     []byte
	err     error
}

// streamState is the end of a stream. After a fault there are two truths about it,
// the one that should be and the one that is stored; the next event may follow
// from either, so that one changed record is reported once.
type streamState struct {
	version, storedVersion int64
	hash, storedHash       Hash
	recordedAt             time.Time
}

func (v *verifier) fault(f Fault) {
	f.Study = v.log.Study
	if len(v.report.Faults) < MaxFaults {
		v.report.Faults = append(v.report.Faults, f)
	}
}

func (v *verifier) badEvent(kind FaultKind, e *Event, format string, args ...any) {
	if v.bad == nil {
		v.bad = map[int64]bool{}
	}
	if v.bad[e.Seq] {
		return
	}
	if len(v.bad) < 1<<16 { // bounds the memory when everything is bad
		v.bad[e.Seq] = true
	}
	v.report.BadEvents++
	v.fault(Fault{Kind: kind, Seq: e.Seq, Stream: e.Stream, Version: e.Version, Type: e.Type, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) unreadable(err *RecordError) {
	v.report.Events++
	v.badEvent(FaultUnreadable, &Event{Seq: err.Seq}, "it can not be read: %v", err.Err)
	v.advance(err.Seq)
	// What its content hashes to is unknown; the stored hash may still fit the checkpoints.
	v.append(Hash{}, err.Hash)
}

func (v *verifier) event(e *Event) {
	v.report.Events++
	computed, buf := e.leafHash(v.buf)
	v.buf = buf
	s := v.streams[e.Stream]
	if s == nil {
		s = &streamState{}
		v.streams[e.Stream] = s
	}
	v.compare(e, s, computed)
	v.append(computed, e.Hash)
	v.advance(e.Seq)
	s.version, s.storedVersion = s.version+1, e.Version
	s.hash, s.storedHash = computed, e.Hash
	s.recordedAt = e.RecordedAt
}

// compare names the first thing that is wrong with the event.
func (v *verifier) compare(e *Event, s *streamState, computed Hash) {
	switch {
	case e.Seq != v.next && e.Seq != v.other:
		v.badEvent(FaultSeq, e, "the next event should have seq %d: %s", v.next, gapText(v.next, e.Seq))
	case e.Study != v.log.Study:
		v.badEvent(FaultStudy, e, "it is of study %q", e.Study)
	case e.Version != s.version+1 && e.Version != s.storedVersion+1:
		v.badEvent(FaultVersion, e, "the next version of its stream should be %d", s.version+1)
	case e.Prev != s.hash && e.Prev != s.storedHash:
		v.badEvent(FaultPrev, e, "prev is not the hash of the stream's previous event (version %d)", s.version)
	case !IsCanonical(e.Payload):
		v.badEvent(FaultPayload, e, "its payload is not canonical JSON")
	case e.Hash != computed:
		v.badEvent(FaultHash, e, "its hash differs from its content: hash %s, content %s", e.Hash, computed)
	case e.RecordedAt.Before(s.recordedAt):
		v.badEvent(FaultRecordedBack, e, "it is recorded before the previous event of its stream")
	}
}

// advance notes which seq may follow the one that was found.
func (v *verifier) advance(found int64) {
	if found == v.next || found == v.other {
		v.next = found + 1
	} else {
		v.next++
	}
	v.other = found + 1
}

func gapText(want, got int64) string {
	if got > want {
		return fmt.Sprintf("%d events are missing before this one", got-want)
	}
	return "it is out of order"
}

func (v *verifier) append(computed, stored Hash) {
	if v.stored == nil && (computed != stored || computed.IsZero()) {
		v.stored = v.tree.clone()
	}
	v.tree.Append(computed)
	if v.stored != nil {
		v.stored.Append(stored)
	}
}

// compareTile holds a full tile of the computed tree against the stored one.
func (v *verifier) compareTile(level int, n int64, hashes []Hash, _ Hash) {
	stored, err := v.log.Tiles(level, n)
	if err != nil {
		v.err = fmt.Errorf("ledger: verify study %s: tile %d of level %d: %w", v.log.Study, n, level, err)
		return
	}
	if slices.Equal(stored, hashes) || level > 0 && v.report.BadEvents > 0 {
		return // a bad event below changes every tile above it
	}
	if len(stored) != len(hashes) {
		seq := n << (tileBits * (level + 1))
		v.badEvent(FaultTile, &Event{Seq: seq}, "the stored Merkle tile %d of level %d has %d hashes, not %d", n, level, len(stored), len(hashes))
		return
	}
	for i := range hashes {
		if stored[i] == hashes[i] {
			continue
		}
		// The first event under this hash.
		seq := (n*TileWidth + int64(i)) << (tileBits * level)
		if v.bad[seq] {
			continue
		}
		v.badEvent(FaultTile, &Event{Seq: seq}, "hash %d in the stored Merkle tile %d of level %d differs from what the events give", i, n, level)
	}
}

// openCheckpoints checks everything about the checkpoints but their roots.
func (v *verifier) openCheckpoints() {
	for _, c := range v.log.Checkpoints {
		v.report.Checkpoints++
		said, err := OpenCheckpoint(c.Note, v.log.Keys...)
		switch {
		case err != nil:
			v.badCheckpoint(FaultCheckpoint, c, err.Error())
		case said.Study != c.Study || said.Size != c.Size || said.Root != c.Root || !said.Time.Equal(c.Time):
			v.badCheckpoint(FaultCheckpoint, c, "its fields differ from what was signed")
		case said.Study != v.log.Study:
			v.badCheckpoint(FaultCheckpoint, c, fmt.Sprintf("it is of study %q", said.Study))
		default:
			v.pending = append(v.pending, said)
		}
	}
	slices.SortStableFunc(v.pending, func(a, b Checkpoint) int { return int(min(max(a.Size-b.Size, -1), 1)) })
}

func (v *verifier) badCheckpoint(kind FaultKind, c Checkpoint, what string) {
	v.report.BadCheckpoints++
	v.fault(Fault{Kind: kind, Seq: c.Size, What: what})
}

// checkRoots compares the checkpoints of the size that is reached.
func (v *verifier) checkRoots() {
	for len(v.pending) > 0 && v.pending[0].Size <= v.tree.Size() {
		c := v.pending[0]
		v.pending = v.pending[1:]
		switch {
		case c.Root == v.tree.Root():
			v.last = c.Size
			v.report.Covered = c.Size
		case v.stored != nil && c.Root == v.stored.Root():
			v.last = c.Size // the bad event is named already
		default:
			v.badCheckpoint(FaultRoot, c, fmt.Sprintf("the events do not give the root that was signed: a record between seq %d and %d was replaced, removed or put in", v.last, c.Size-1))
		}
	}
}

func (v *verifier) finish() {
	for _, c := range v.pending {
		v.badCheckpoint(FaultMissing, c, fmt.Sprintf("it covers %d events, but only %d are there: the record with seq %d is missing", c.Size, v.tree.Size(), v.next))
	}
	v.report.Streams = len(v.streams)
	v.report.Root = v.tree.Root()
}
