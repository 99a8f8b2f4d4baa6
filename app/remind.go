package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// reminder is what a sending process remembers; it may forget all of it at any time.
type reminder struct {
	one    sync.Mutex           // one round at a time
	healed map[string]time.Time // study -> when everybody was last looked at
	mu     sync.Mutex
	state  map[string]ChannelState
}

// ChannelState is how a channel did since this program began.
type ChannelState struct {
	Taken   int // by the provider
	Last    time.Time
	Failed  time.Time // zero = never
	Code    string    // of the last failure: a provider's, never an address
	House   bool      // what is configured here is wrong
	Working bool      // the last try went well
}

const (
	sendWithin  = 45 * time.Second // of one message; study.ClaimLasts is longer
	healEvery   = time.Hour
	remindPage  = 200
	mostInARow  = 8    // notices to one person in one round: a bound against a fault of our own
	mostInRound = 5000 // people looked at in one round
)

// Remind sends what is due: reminders to participants who asked for them, and to staff
// that an emergency unblinding or a concern waits. Called every minute by a server, after Tick.
//
// A notice is claimed in the record, handed to the provider, and noted as sent. Two
// processes never send the same at the same time, for only one of them can write the
// claim. When one dies in between, the claim is taken over after study.ClaimLasts: the
// message may then arrive twice, with the same Message-ID, and is never lost unseen.
func (a *App) Remind(ctx context.Context) error {
	if a.outward == nil || a.outward.Mail == nil && a.outward.SMS == nil {
		return nil
	}
	a.reminder.one.Lock()
	defer a.reminder.one.Unlock()
	var all error
	for _, h := range a.everyHost() {
		if !h.studyState().Locked.IsZero() {
			continue
		}
		all = errors.Join(all, a.heal(ctx, h), a.remindStudy(ctx, h), a.remindStaff(ctx, h))
		if ctx.Err() != nil {
			break
		}
	}
	return all
}

// round is what one call of Remind has learned: a provider that does not answer is left
// alone until the next.
type round struct{ down map[string]bool }

func (a *App) remindStudy(ctx context.Context, h *host) error {
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewNotice, DueBefore: a.Now().Add(time.Microsecond), ByDue: true, Limit: mostInRound})
	if err != nil {
		return err
	}
	r := &round{down: map[string]bool{}}
	var all error
	for _, row := range rows {
		for range mostInARow {
			again, err := a.remindOne(ctx, h, row.Key, r)
			if err != nil {
				a.log.Error("a reminder could not be sent", "study", h.id, "error", err)
				all = errors.Join(all, err)
			}
			if !again || err != nil || ctx.Err() != nil {
				break
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return all
}

// remindOne sends the first notice that is due to a participant, and says whether there
// may be another.
func (a *App) remindOne(ctx context.Context, h *host, id string, round *round) (again bool, err error) {
	s, r, err := a.fresh(ctx, h, id)
	if err != nil || s == nil {
		return false, err
	}
	now := a.Now()
	plan := study.Notices(h.definition(), s, r, now)
	if len(plan) == 0 || plan[0].Due.After(now) {
		return false, a.settleLapsed(ctx, h, id, now)
	}
	n := plan[0]
	channel := r.Channel(n.Kind, a.outward.can)
	if channel == "" || round.down[channel] {
		return false, nil
	}
	if end, err := a.pointless(ctx, h, id, channel, n); err != nil || end != nil {
		if err == nil {
			err = a.endNotice(ctx, h, id, end)
		}
		return err == nil, err
	}
	claim, err := a.claim(ctx, h, id, n)
	if err != nil || claim == nil {
		return false, err
	}
	to, why, err := a.addressOf(ctx, h, id, claim.Channel, s.Language, claim.Try)
	if err != nil {
		return false, err
	}
	if why != "" {
		err := a.endNotice(ctx, h, id, study.NoticeFailed{Channel: claim.Channel, Kind: n.Kind, Ref: n.Ref, Why: why})
		return err == nil, err
	}
	// Whoever left in this very moment is left alone: the claim lapses with the plan.
	if s, r, err = a.fresh(ctx, h, id); err != nil || s == nil || s.Status().Gone() || !wished(claim.Channel, r) {
		return false, err
	}
	return a.handOver(ctx, h, id, s, n, claim, to, round)
}

// wished says that somebody still wants to be reached by a channel.
func wished(channel string, r *study.NoticeRecord) bool {
	return channel == study.ByEmail && r.Wishes.Email || channel == study.BySMS && r.Wishes.SMS
}

// handOver sends a claimed notice and writes what became of it.
func (a *App) handOver(ctx context.Context, h *host, id string, s *study.State, n study.Notice, claim *study.NoticeClaimed, to string, round *round) (again bool, err error) {
	fault := a.deliver(ctx, claim.Channel, to, a.idOf(h.id, id, n.Kind, n.Ref), wordsOf(n, s, a.Now(), a.outward))
	// What a provider did must be written even while this program is being stopped.
	ctx = context.WithoutCancel(ctx)
	err = a.endNotice(ctx, h, id, a.outcomeOf(fault, claim, round))
	return err == nil && !round.down[claim.Channel], err
}

// claim writes that this program sends a notice; nil when it is no longer due, or another
// program was quicker.
func (a *App) claim(ctx context.Context, h *host, id string, n study.Notice) (*study.NoticeClaimed, error) {
	var mine *study.NoticeClaimed
	err := a.onNotices(ctx, h, access.System, id, "", func(s *study.State, r *study.NoticeRecord) ([]study.Payload, error) {
		mine = nil
		now := a.Now()
		for _, x := range study.Notices(h.definition(), s, r, now) {
			if x.Kind == n.Kind && x.Ref == n.Ref && !x.Due.After(now) {
				mine = &study.NoticeClaimed{Channel: r.Channel(n.Kind, a.outward.can), Kind: n.Kind, Ref: n.Ref, Try: r.Try(n.Kind, n.Ref).Try + 1}
				return []study.Payload{*mine}, nil
			}
		}
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	return mine, nil
}

func (a *App) endNotice(ctx context.Context, h *host, id string, what study.Payload) error {
	return a.onNotices(ctx, h, access.System, id, "", func(*study.State, *study.NoticeRecord) ([]study.Payload, error) {
		return []study.Payload{what}, nil
	})
}

// settleLapsed writes that a notice came too late, when the row says that one is due and
// none is: the server was down, or the hours were quiet until it said nothing any more.
// One event is enough: with it the record speaks of a later moment, at which none of
// those that are over is planned any more.
func (a *App) settleLapsed(ctx context.Context, h *host, id string, now time.Time) error {
	return a.onNotices(ctx, h, access.System, id, "", func(s *study.State, r *study.NoticeRecord) ([]study.Payload, error) {
		then := study.Notices(h.definition(), s, r, known(s, r))
		if len(then) == 0 || then[0].Due.After(now) || now.Before(then[0].Until) {
			return nil, nil // it waits for the end of quiet hours, or of a full day
		}
		return []study.Payload{study.NoticeFailed{Kind: then[0].Kind, Ref: then[0].Ref, Why: study.WhyTooLate}}, nil
	})
}

// fresh answers a participant's state and record of notices as they stand in the ledger:
// another process may have written since this one looked.
func (a *App) fresh(ctx context.Context, h *host, id string) (*study.State, *study.NoticeRecord, error) {
	version, err := a.store.Head(ctx, h.id, study.ParticipantStream(id))
	if err != nil {
		return nil, nil, err
	}
	e, err := a.person(ctx, h, id)
	if err != nil {
		return nil, nil, err
	}
	if e.state != nil && e.state.Version < version {
		e.stale = true
		e.mu.Unlock()
		if e, err = a.person(ctx, h, id); err != nil {
			return nil, nil, err
		}
	}
	defer e.mu.Unlock()
	if e.state == nil {
		return nil, nil, nil
	}
	r, err := a.noticesOf(ctx, h, study.NoticeStream(id))
	return e.state, r, err
}

// heal looks at everybody who wishes to be reached, at the start and once an hour: rows
// that another process or an older version of the program wrote are mended.
func (a *App) heal(ctx context.Context, h *host) error {
	now := a.Now()
	if t, ok := a.reminder.healed[h.id]; ok && now.Sub(t) < healEvery && !now.Before(t) {
		return nil
	}
	streams, err := a.store.Streams(ctx, h.id, study.NoticeStream(""))
	if err != nil {
		return err
	}
	for _, stream := range streams {
		if err := a.healOne(ctx, h, strings.TrimPrefix(stream, study.NoticeStream(""))); err != nil {
			return err
		}
	}
	if a.reminder.healed == nil {
		a.reminder.healed = map[string]time.Time{}
	}
	a.reminder.healed[h.id] = now
	return nil
}

func (a *App) healOne(ctx context.Context, h *host, id string) error {
	if _, _, err := a.fresh(ctx, h, id); err != nil {
		return err
	}
	e, err := a.person(ctx, h, id)
	if err != nil {
		return err
	}
	defer e.mu.Unlock()
	if e.state == nil {
		return nil
	}
	if err := a.withNotices(ctx, h, id, e); err != nil {
		return err
	}
	stored, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewNotice, Key: id})
	if err != nil {
		return err
	}
	var mine []ledger.Row
	for _, r := range e.noticeRows {
		if r.View == viewNotice {
			mine = append(mine, r)
		}
	}
	if rows := changedRows(stored, mine); len(rows) > 0 {
		_, err = a.store.Append(ctx, ledger.Batch{Study: h.id, Actor: access.System.ID, Role: access.System.Role, RecordedAt: a.Now(), Rows: rows})
	}
	return err
}

// idOf is the name of a message to its receiver: the same at every try, and telling
// nobody who has not the key what it is about.
func (a *App) idOf(parts ...string) string {
	mac := hmac.New(sha256.New, a.refKey)
	mac.Write([]byte("notice\x00" + strings.Join(parts, "\x00")))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
