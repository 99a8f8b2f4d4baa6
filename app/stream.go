package app

import (
	"context"
	"errors"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// maxAlone bounds how often a write to a stream of its own is decided anew.
const maxAlone = maxTries

// onStream writes to a stream that stands apart from participants and sites: a
// referral, a concern, a calendar, notices. decide reads the stream itself and answers
// what happens; it is asked anew when another writer was quicker. What it answers is on
// disk, with its rows, before onStream returns. Nothing decided writes nothing.
//
// clientID makes it happen once: sent again by the same actor, again is true and the
// events are those of the first time; by another it is refused.
func (a *App) onStream(ctx context.Context, h *host, actor access.Actor, stream, clientID string,
	decide func(now time.Time) ([]study.Payload, []ledger.Row, error)) (events []study.Event, again bool, err error) {
	for try := 0; ; try++ {
		version, last, err := a.endOf(ctx, h.id, stream)
		if err != nil {
			return nil, false, err
		}
		now := a.Now()
		if last.After(now) {
			now = last // a machine's clock may be set back
		}
		what, rows, err := decide(now)
		if err != nil || len(what) == 0 {
			return nil, false, err
		}
		b := ledger.Batch{Study: h.id, Actor: actor.ID, Role: actor.Role, ClientID: clientID, RecordedAt: now, Rows: rows,
			Parts: []ledger.Part{{Stream: stream, Expected: version}}}
		for _, p := range what {
			e, err := study.Encode(study.Event{At: now, Data: p})
			if err != nil {
				return nil, false, err
			}
			b.Parts[0].Events = append(b.Parts[0].Events, e)
		}
		written, err := a.store.Append(ctx, b)
		var conflict *ledger.ConflictError
		var duplicate *ledger.DuplicateError
		switch {
		case errors.As(err, &conflict) && try < maxAlone:
			continue
		case errors.As(err, &duplicate):
			if e := duplicate.Events[0]; e.Actor != actor.ID || e.Stream != stream {
				return nil, false, clientIDTaken()
			}
			events, err = decodeAll(duplicate.Events)
			return events, true, err
		case err != nil:
			return nil, false, unfit(err)
		}
		events, err = decodeAll(written)
		return events, false, err
	}
}
