package app

import (
	"context"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/messaging"
	"varde/study"
)

// Outward is how the house reaches people outside these pages. What is nil cannot be
// used, and pages say so.
type Outward struct {
	Mail messaging.Mailer
	SMS  messaging.Texter
	URL  string // where readers come, such as https://varde.example.org, without a slash at the end
	Name string // as whom the house writes, under a mail; discreet
}

// can says which channels there are.
func (o *Outward) can(channel string) bool {
	return o != nil && (channel == study.ByEmail && o.Mail != nil || channel == study.BySMS && o.SMS != nil)
}

// Reaches says which channels the house has.
func (a *App) Reaches() (email, sms bool) {
	return a.outward.can(study.ByEmail), a.outward.can(study.BySMS)
}

// NoticeWishes answers how a participant wants to be reached, and whether the house can
// (which channels are configured). Needs access.SeeOwn on one's own record.
func (a *App) NoticeWishes(ctx context.Context, actor access.Actor, studyID string) (wishes study.NoticesWished, email, sms bool, err error) {
	h, _, err := a.about(ctx, actor, studyID, actor.Participant, "NoticeWishes", access.SeeOwn)
	if err != nil {
		return study.NoticesWished{}, false, false, err
	}
	r, err := a.noticesOf(ctx, h, study.NoticeStream(actor.Participant))
	if err != nil {
		return study.NoticesWished{}, false, false, err
	}
	email, sms = a.Reaches()
	return r.Wishes, email, sms, nil
}

// WishNotices keeps how they want to be reached. Needs access.OwnWords.
func (a *App) WishNotices(ctx context.Context, actor access.Actor, studyID string, w study.NoticesWished, clientID string) error {
	h, _, err := a.about(ctx, actor, studyID, actor.Participant, "WishNotices", access.OwnWords)
	if err != nil {
		return err
	}
	return a.wish(ctx, h, actor, actor.Participant, w, clientID)
}

// NoticeWishesOf answers the same to staff who keep how a participant is reached, with
// the channels that do not reach. Needs access.KeepIdentity.
func (a *App) NoticeWishesOf(ctx context.Context, actor access.Actor, studyID, participant string) (*study.NoticeRecord, error) {
	h, _, err := a.about(ctx, actor, studyID, participant, "NoticeWishesOf", access.KeepIdentity)
	if err != nil {
		return nil, err
	}
	return a.noticesOf(ctx, h, study.NoticeStream(participant))
}

// WishNoticesFor keeps what a participant said in conversation. Saying the same again
// means that what did not reach them is mended. Needs access.KeepIdentity.
func (a *App) WishNoticesFor(ctx context.Context, actor access.Actor, studyID, participant string, w study.NoticesWished, clientID string) error {
	h, _, err := a.about(ctx, actor, studyID, participant, "WishNoticesFor", access.KeepIdentity)
	if err != nil {
		return err
	}
	return a.wish(ctx, h, actor, participant, w, clientID)
}

func (a *App) wish(ctx context.Context, h *host, actor access.Actor, participant string, w study.NoticesWished, clientID string) error {
	if _, r := study.QuietOf(w); r != nil {
		return r
	}
	k, err := a.keptOf(ctx, h, participant)
	switch {
	case err != nil:
		return err
	case !k.Erased.IsZero():
		return identityErased()
	}
	return a.onNotices(ctx, h, actor, participant, clientID, func(_ *study.State, r *study.NoticeRecord) ([]study.Payload, error) {
		same := !r.Wished.IsZero() && r.Wishes == w && len(r.Unreachable) == 0
		// Switching off is always possible; switching on what is not there would wait for ever.
		for _, x := range []struct {
			channel string
			on, was bool
		}{{study.ByEmail, w.Email, r.Wishes.Email}, {study.BySMS, w.SMS, r.Wishes.SMS}} {
			if x.on && !x.was && !a.outward.can(x.channel) {
				return nil, noChannel(x.channel)
			}
		}
		if same {
			return nil, nil
		}
		return []study.Payload{w}, nil
	})
}

func noChannel(channel string) *study.Refusal {
	name := study.ChannelName(channel)
	return &study.Refusal{Kind: study.Invalid, Field: channel, Code: "no-channel", Text: study.Text{
		EN: "no " + name.EN + " can be sent from here yet: choose another way, or speak with the team",
		NB: "ingen " + name.NB + " kan sendes herfra ennå: velg en annen måte, eller snakk med teamet"}}
}

// reachedAnew says that a participant's address was corrected: what did not reach them
// may reach them now. It is called after the new address is kept.
func (a *App) reachedAnew(ctx context.Context, h *host, actor access.Actor, participant string, fields map[IdentityField]string) error {
	return a.onNotices(ctx, h, actor, participant, "", func(_ *study.State, r *study.NoticeRecord) ([]study.Payload, error) {
		for f, channel := range map[IdentityField]string{FieldEmail: study.ByEmail, FieldPhone: study.BySMS} {
			if _, broken := r.Unreachable[channel]; broken && fields[f] != "" {
				return []study.Payload{r.Wishes}, nil
			}
		}
		return nil, nil
	})
}

// noticesOf reads a stream of notices.
func (a *App) noticesOf(ctx context.Context, h *host, stream string) (*study.NoticeRecord, error) {
	r := study.NewNoticeRecord()
	err := a.each(ctx, h.id, stream, func(e study.Event) error {
		r = r.With(e)
		return nil
	})
	return r, err
}

// onNotices writes to a participant's stream of notices, with the rows that follow. The
// participant's lock is held, so that the rows follow from both streams as they stand.
func (a *App) onNotices(ctx context.Context, h *host, actor access.Actor, participant, clientID string,
	decide func(*study.State, *study.NoticeRecord) ([]study.Payload, error)) error {
	e, err := a.person(ctx, h, participant)
	if err != nil {
		return err
	}
	defer e.mu.Unlock()
	if e.state == nil {
		return noParticipant()
	}
	stream := study.NoticeStream(participant)
	var after *study.NoticeRecord
	var rows []ledger.Row
	_, again, err := a.onStream(ctx, h, actor, stream, clientID, func(now time.Time) ([]study.Payload, []ledger.Row, error) {
		after = nil
		r, err := a.noticesOf(ctx, h, stream)
		if err != nil {
			return nil, nil, err
		}
		what, err := decide(e.state, r)
		if err != nil || len(what) == 0 {
			return nil, nil, err
		}
		for _, p := range what {
			r = r.With(study.Event{Recorded: now, At: now, Data: p})
		}
		if rows, err = noticeRows(h.definition(), e.state, r); err != nil {
			return nil, nil, err
		}
		after = r
		return what, changedRows(e.noticeRows, rows), nil
	})
	if err == nil && !again && after != nil {
		e.notices, e.noticeRows = after, rows
	}
	return err
}

// accountHolds says whether a participant has an account to sign in with, and whether it
// is open.
func (a *App) accountHolds(ctx context.Context, h *host, participant string) (there, open bool, err error) {
	if a.people == nil {
		return false, false, nil
	}
	acct, ok, err := a.people.Account(ctx, participantAccount(h.id, participant))
	if err != nil || !ok || acct.Kind != identity.Participant {
		return false, false, err
	}
	return true, acct.Disabled.IsZero(), nil
}
