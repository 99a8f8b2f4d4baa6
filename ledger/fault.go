package ledger

import "fmt"

// FaultKind tells what is wrong with a record. The texts are stable: programs may
// compare them.
type FaultKind string

// The kinds of fault that [Verify] finds.
const (
	FaultUnreadable   FaultKind = "unreadable"   // the store or archive holds something that is no event
	FaultSeq          FaultKind = "seq-gap"      // the event's position in the log is not the next one
	FaultVersion      FaultKind = "version-gap"  // the event's position in its stream is not the next one
	FaultStudy        FaultKind = "other-study"  // the event names another study
	FaultPrev         FaultKind = "prev"         // prev is not the hash of the stream's previous event
	FaultPayload      FaultKind = "payload"      // the payload is not canonical JSON
	FaultHash         FaultKind = "hash"         // the hash is not that of the content
	FaultTile         FaultKind = "tile"         // the stored Merkle tile differs from the event
	FaultCheckpoint   FaultKind = "checkpoint"   // the checkpoint's fields or signature do not hold
	FaultRoot         FaultKind = "root"         // the events do not give the root that was signed
	FaultMissing      FaultKind = "missing"      // a checkpoint or header counts more events than there are
	FaultRecordedBack FaultKind = "time-reverse" // recorded before the stream's previous event
	FaultClient       FaultKind = "client"       // a store does not know that the client id was written
)

// Fault is one thing that is wrong, and the record it is wrong with. For a fault
// of a checkpoint, Seq is the checkpoint's size and Stream is empty.
type Fault struct {
	Kind    FaultKind `json:"kind"`
	Study   string    `json:"study"`
	Seq     int64     `json:"seq"`
	Stream  string    `json:"stream,omitempty"`
	Version int64     `json:"version,omitempty"`
	Type    string    `json:"type,omitempty"`
	What    string    `json:"what"`
}

// String names the record and says what is wrong, in one line.
func (f Fault) String() string {
	if f.ofCheckpoint() {
		return fmt.Sprintf("study %q, checkpoint of size %d: %s", f.Study, f.Seq, f.What)
	}
	if f.Stream == "" {
		return fmt.Sprintf("study %q, event seq %d: %s", f.Study, f.Seq, f.What)
	}
	return fmt.Sprintf("study %q, event seq %d (stream %q, version %d, %s): %s", f.Study, f.Seq, f.Stream, f.Version, f.Type, f.What)
}

func (f *Fault) ofCheckpoint() bool {
	return f.Kind == FaultCheckpoint || f.Kind == FaultRoot || f.Kind == FaultMissing
}

// RecordError is yielded by a stream of events in the place of one that can not be
// read. The reader may go on to the next.
type RecordError struct {
	Study string
	Seq   int64 // position where the event should be
	Hash  Hash  // its stored hash, zero when that can not be read either
	Err   error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("ledger: study %s, event %d can not be read: %v", e.Study, e.Seq, e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }

// MaxFaults is how many faults a [Report] lists; the others are counted.
const MaxFaults = 100

// Report is the answer of [Verify].
type Report struct {
	Study          string  `json:"study"`
	Events         int64   `json:"events"`         // events read, good and bad
	Streams        int     `json:"streams"`        // streams seen
	Checkpoints    int     `json:"checkpoints"`    // checkpoints checked
	BadEvents      int64   `json:"badEvents"`      // events with a fault
	BadCheckpoints int     `json:"badCheckpoints"` // checkpoints with a fault
	Covered        int64   `json:"covered"`        // events under a good checkpoint; later ones could be cut off unseen
	Root           Hash    `json:"root"`           // root computed from the content of the events
	Keys           string  `json:"keys"`           // where the verifier keys come from: "given" or "archive"
	Faults         []Fault `json:"faults"`         // in the order found, at most MaxFaults
}

// OK reports whether nothing is wrong.
func (r *Report) OK() bool { return r.BadEvents == 0 && r.BadCheckpoints == 0 }

// AddBadEvent counts a fault that a store found beside those of [Verify], unless
// its event is bad already.
func (r *Report) AddBadEvent(f Fault) {
	for _, known := range r.Faults {
		if known.Seq == f.Seq && !known.ofCheckpoint() {
			return
		}
	}
	r.BadEvents++
	if len(r.Faults) < MaxFaults {
		r.Faults = append(r.Faults, f)
	}
}

// First returns the first bad record, or nil.
func (r *Report) First() *Fault {
	if len(r.Faults) == 0 {
		return nil
	}
	return &r.Faults[0]
}

// String sums the report up in one line.
func (r *Report) String() string {
	if r.OK() {
		return fmt.Sprintf("study %q: %d events in %d streams are sound, %d of them under %d checkpoints, root %s",
			r.Study, r.Events, r.Streams, r.Covered, r.Checkpoints, r.Root)
	}
	return fmt.Sprintf("study %q: %d of %d events and %d of %d checkpoints are bad; the first: %s",
		r.Study, r.BadEvents, r.Events, r.BadCheckpoints, r.Checkpoints, r.First())
}
