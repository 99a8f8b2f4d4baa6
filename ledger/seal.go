package ledger

import (
	"time"
)

// Head is the end of a stream: what the next event is chained to. The zero Head
// is a stream without events.
type Head struct {
	Version    int64
	Hash       Hash
	RecordedAt time.Time
}

// Sealer turns batches into events. It is what every store uses, so that they all
// write the same bytes. It keeps a buffer and is not safe for concurrent use.
type Sealer struct{ buf []byte }

// Check says whether a part follows from the head of its stream: *ConflictError
// when the version is not the expected one, [ErrInvalid] when recordedAt is
// before the stream's last event. (Between streams the order is that of Seq;
// clocks of different writers may differ.)
func Check(p *Part, recordedAt time.Time, head Head) error {
	if p.Expected != head.Version {
		return &ConflictError{Stream: p.Stream, Expected: p.Expected, Actual: head.Version}
	}
	if at := microseconds(recordedAt); at.Before(head.RecordedAt) {
		return invalid("stream %s: recorded at %s, before its last event at %s: the clock went back",
			p.Stream, at.Format(time.RFC3339Nano), head.RecordedAt.Format(time.RFC3339Nano))
	}
	return nil
}

// Seal appends the events of one part, the first of them at position seq, to dst.
// The part has passed Batch.Validate and [Check]. It returns the stream's new head.
func (s *Sealer) Seal(dst []Event, b *Batch, p *Part, seq int64, head Head) ([]Event, Head) {
	head.RecordedAt = microseconds(b.RecordedAt)
	for i := range p.Events {
		n := &p.Events[i]
		head.Version++
		dst = append(dst, Event{
			Seq: seq, Study: b.Study, Stream: p.Stream, Version: head.Version,
			RecordedAt: head.RecordedAt, EffectiveAt: microseconds(n.EffectiveAt),
			Actor: b.Actor, Role: b.Role, ClientID: b.ClientID,
			Type: n.Type, Schema: n.Schema, Reason: n.Reason, Payload: n.Payload,
			Prev: head.Hash,
		})
		e := &dst[len(dst)-1]
		e.Hash, s.buf = e.leafHash(s.buf)
		head.Hash = e.Hash
		seq++
	}
	return dst, head
}

// microseconds is the precision that every engine keeps.
func microseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
