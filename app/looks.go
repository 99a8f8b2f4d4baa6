package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// Who looked at a participant's record stands in a stream beside it
// (study.SeenStream): the same person at the same part is one look an hour. The
// clock and the program itself look at nothing; a participant's own looks are marked
// by their role.

// looks remembers which were written, and where their streams end.
type looks struct {
	mu   sync.Mutex
	last *lru.Cache[lookKey, time.Time]
	ends *lru.Cache[string, streamEnd]
	away int        // looks that are not known to be written
	home *sync.Cond // told when away falls to 0
}

type lookKey struct{ account, role, study, participant, part string }

type streamEnd struct {
	version  int64
	recorded time.Time
}

const (
	lookAgain = time.Hour
	maxLooks  = 1 << 13
	maxPart   = 200
)

// Seen records that the actor reads a part of a participant's record: "session/V5",
// "form/V3/caps5", "trail", "export". ParticipantAsOf and Trail record theirs. It
// does not wait for the disk.
func (a *App) Seen(_ context.Context, actor access.Actor, studyID, participant, part string) error {
	h, err := a.host(studyID)
	if err != nil {
		return err
	}
	if err := a.may(h, actor, access.SeeJourney, access.Enter, access.SeeAudit); err != nil {
		return err
	}
	if err := a.within(h, actor, participant, "Seen"); err != nil {
		return err
	}
	if part == "" || len(part) > maxPart || strings.ContainsFunc(part, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return &study.Refusal{Kind: study.Invalid, Field: "part", Code: "bad-part", Text: study.Text{
			EN: "name the part of the record in at most 200 characters", NB: "oppgi delen av journalen med høyst 200 tegn"}}
	}
	a.look(h, actor, participant, part)
	return nil
}

// look records a look of an actor who was let in.
func (a *App) look(h *host, actor access.Actor, participant, part string) {
	if actor.Role == access.System.Role {
		return
	}
	key := lookKey{actor.ID, actor.Role, h.id, participant, part}
	now := a.Now()
	l := &a.seen
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open()
	if t, ok := l.last.Get(key); ok && now.Sub(t) < lookAgain && !now.Before(t) {
		return
	}
	pending, err := a.submitSeen(context.Background(), h, actor, participant, study.RecordSeen{Part: part}, now)
	if err != nil {
		a.log.Error("a look at a record could not be recorded", "study", h.id, "error", err)
		return
	}
	l.last.Add(key, now)
	l.away++
	go func() {
		err := a.untilSeen(context.Background(), h, actor, participant, study.RecordSeen{Part: part}, pending)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err != nil {
			l.last.Remove(key)
			a.log.Error("a look at a record could not be recorded", "study", h.id, "error", err)
		}
		if l.away--; l.away == 0 {
			l.home.Broadcast()
		}
	}()
}

// open makes the caches. The lock is held.
func (l *looks) open() {
	if l.last == nil {
		// New fails only on a size below one.
		l.last, _ = lru.New[lookKey, time.Time](maxLooks)
		l.ends, _ = lru.New[string, streamEnd](maxLooks)
		l.home = sync.NewCond(&l.mu)
	}
}

// submitSeen queues an event for who looked at a participant. The lock is held.
func (a *App) submitSeen(ctx context.Context, h *host, actor access.Actor, participant string, what study.Payload, now time.Time) (ledger.Pending, error) {
	stream := study.SeenStream(participant)
	key := h.id + "\x00" + stream
	end, ok := a.seen.ends.Get(key)
	if !ok {
		version, recorded, err := a.endOf(ctx, h.id, stream)
		if err != nil {
			return nil, err
		}
		end = streamEnd{version, recorded}
	}
	if end.recorded.After(now) {
		now = end.recorded
	}
	e, err := study.Encode(study.Event{At: now, Data: what})
	if err != nil {
		return nil, err
	}
	a.seen.ends.Add(key, streamEnd{end.version + 1, now})
	return a.store.Submit(ledger.Batch{Study: h.id, Actor: actor.ID, Role: actor.Role, RecordedAt: now,
		Parts: []ledger.Part{{Stream: stream, Expected: end.version, Events: []ledger.New{e}}}}), nil
}

// untilSeen waits until the event is durable, and submits it anew when another
// process wrote to the stream first.
func (a *App) untilSeen(ctx context.Context, h *host, actor access.Actor, participant string, what study.Payload, pending ledger.Pending) error {
	for try := 0; ; try++ {
		_, err := pending.Wait(ctx)
		var conflict *ledger.ConflictError
		if err == nil {
			return nil
		}
		l := &a.seen
		l.mu.Lock()
		l.ends.Remove(h.id + "\x00" + study.SeenStream(participant))
		if !(errors.As(err, &conflict) || errors.Is(err, ledger.ErrInvalid)) || try == maxTries {
			l.mu.Unlock()
			return err
		}
		pending, err = a.submitSeen(ctx, h, actor, participant, what, a.Now())
		l.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// seenDurably records a look and answers when it is on disk.
func (a *App) seenDurably(ctx context.Context, h *host, actor access.Actor, participant string, what study.Payload) error {
	a.seen.mu.Lock()
	a.seen.open()
	pending, err := a.submitSeen(ctx, h, actor, participant, what, a.Now())
	a.seen.mu.Unlock()
	if err != nil {
		return err
	}
	return a.untilSeen(ctx, h, actor, participant, what, pending)
}

// Settle waits until every look that was recorded so far is written: before a
// program closes its database.
func (a *App) Settle() {
	l := &a.seen
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.away > 0 {
		l.home.Wait()
	}
}
