package app

import (
	"context"
	"errors"

	"varde/access"
	"varde/messaging"
	"varde/study"
	"varde/vault"
)

// words are what is written, without an address.
type words struct {
	Subject string
	Mail    string
	SMS     string
	Lang    string
	Ends    string // where such messages are ended
}

// pointless answers how a notice ends that makes no sense now, nil when it does: who has
// no account cannot follow a link to sign in, and an account that was closed was closed
// for a reason. An appointment is told to somebody without one. Of somebody who was
// erased nothing is left to write to, and no wish either.
func (a *App) pointless(ctx context.Context, h *host, id, channel string, n study.Notice) (study.Payload, error) {
	k, err := a.keptOf(ctx, h, id)
	if err != nil {
		return nil, err
	}
	if !k.Erased.IsZero() {
		return study.NoticesWished{}, nil
	}
	there, open, err := a.accountHolds(ctx, h, id)
	failed := study.NoticeFailed{Channel: channel, Kind: n.Kind, Ref: n.Ref}
	switch {
	case err != nil:
		return nil, err
	case there && !open:
		failed.Why = study.WhyClosed
	case !there && n.Kind != study.NoticeVisitSoon && n.Kind != study.NoticeSessionTomorrow:
		failed.Why = study.WhyNoAccount
	default:
		return nil, nil
	}
	return failed, nil
}

// fieldOf is where a channel's address is kept.
var fieldOf = map[string]IdentityField{study.ByEmail: FieldEmail, study.BySMS: FieldPhone}

// used is what the participant reads in the list of who looked at what.
var used = study.Text{EN: "Used to send you a notice", NB: "Brukt til å sende deg et varsel"}

// addressOf opens a participant's address for sending. That it was opened stands in the
// record before, as a look of the program itself: one line for each notice, at its first
// try.
func (a *App) addressOf(ctx context.Context, h *host, id, channel, language string, try int) (to, why string, err error) {
	field := fieldOf[channel]
	k, err := a.keptOf(ctx, h, id)
	switch {
	case err != nil:
		return "", "", err
	case !k.Erased.IsZero():
		return "", study.WhyClosed, nil
	case a.vault == nil || k.sealed[field] == "":
		return "", study.WhyNoAddress, nil
	}
	if try <= 1 {
		if err := a.noteIdentity(ctx, h, access.System, id, study.IdentitySeen{Fields: []string{string(field)}, Purpose: used.In(language)}); err != nil {
			return "", "", err
		}
	}
	to, err = a.vault.Open(ctx, ownerOf(h.id, id), string(field), k.sealed[field])
	if errors.Is(err, vault.ErrErased) {
		return "", study.WhyClosed, nil
	}
	return to, "", err
}

// deliver hands words to a channel's provider, and keeps how the channel does.
func (a *App) deliver(ctx context.Context, channel, to, id string, w words) *messaging.Fault {
	ctx, done := context.WithTimeout(ctx, sendWithin)
	defer done()
	var err error
	switch {
	case !a.outward.can(channel):
		return &messaging.Fault{Kind: messaging.House, Code: "not-configured"}
	case channel == study.ByEmail:
		err = a.outward.Mail.SendMail(ctx, messaging.Mail{ID: id, To: to, Subject: w.Subject, Text: w.Mail, Language: w.Lang, Unsubscribe: w.Ends})
	default:
		err = a.outward.SMS.SendText(ctx, messaging.Text{ID: id, To: to, Text: w.SMS})
	}
	fault := messaging.FaultOf(err)
	a.noteChannel(channel, fault)
	return fault
}

func (a *App) noteChannel(channel string, fault *messaging.Fault) {
	a.reminder.mu.Lock()
	defer a.reminder.mu.Unlock()
	if a.reminder.state == nil {
		a.reminder.state = map[string]ChannelState{}
	}
	s := a.reminder.state[channel]
	if s.Working = fault == nil || fault.Kind == messaging.Address; s.Working { // the provider answered as it should
		s.House = false
	}
	if fault == nil {
		s.Taken++
		s.Last = a.Now()
	} else {
		s.Failed, s.Code, s.House = a.Now(), fault.Code, fault.Kind == messaging.House
	}
	a.reminder.state[channel] = s
}
