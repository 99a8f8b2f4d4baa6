package app

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/messaging"
	"varde/study"
)

// LinkSent is a one-time link, and what became of sending it. The link is there even when
// it could not be sent, to be handed over otherwise.
type LinkSent struct {
	Link    string
	Channel string     // by which it was sent; "" = it was not
	Fault   study.Text // why it could not be sent; empty = it was, or nobody asked
}

// SendParticipantLink makes a one-time sign-in link as ParticipantLink does, and sends it
// by a channel ("" = it is only answered). Quiet hours do not hold it back: somebody asks
// for it while they speak with the participant. Needs access.KeepIdentity.
func (a *App) SendParticipantLink(ctx context.Context, actor access.Actor, studyID, participant, channel string) (LinkSent, error) {
	h, s, err := a.about(ctx, actor, studyID, participant, "SendParticipantLink", access.KeepIdentity)
	if err != nil {
		return LinkSent{}, err
	}
	if channel != "" && !a.outward.can(channel) {
		return LinkSent{}, noChannel(channel)
	}
	link, err := a.ParticipantLink(ctx, actor, studyID, participant)
	if err != nil || channel == "" {
		return LinkSent{Link: link}, err
	}
	out := LinkSent{Link: link}
	to, why, err := a.addressOf(ctx, h, participant, channel, s.Language, 1)
	if err != nil {
		return LinkSent{}, err
	}
	ref, err := a.noticeRef()
	if err != nil {
		return LinkSent{}, err
	}
	failed := study.NoticeFailed{Channel: channel, Kind: study.NoticeLink, Ref: ref, Why: why}
	if why == "" {
		if fault := a.deliver(ctx, channel, to, a.idOf(h.id, participant, study.NoticeLink, ref), linkWords(a.outward, s.Language, link, a.people.Limits().LinkOwn)); fault != nil {
			failed.Why = whyOf(fault)
		}
	}
	var outcome study.Payload = failed
	if failed.Why == "" {
		outcome, out.Channel = study.NoticeSent{Channel: channel, Kind: study.NoticeLink, Ref: ref}, channel
	} else {
		out.Fault = study.WhyName(failed.Why)
	}
	return out, a.endLink(context.WithoutCancel(ctx), h, actor, participant, outcome)
}

// whyOf is what a person is told of a fault at once: there is no later try.
func whyOf(f *messaging.Fault) string {
	switch f.Kind {
	case messaging.Address:
		return study.WhyAddress
	case messaging.Refused:
		return study.WhyRefused
	}
	return f.Code
}

// endLink writes what became of a link; the actor is who asked for it.
func (a *App) endLink(ctx context.Context, h *host, actor access.Actor, participant string, what study.Payload) error {
	return a.onNotices(ctx, h, actor, participant, "", func(*study.State, *study.NoticeRecord) ([]study.Payload, error) {
		return []study.Payload{what}, nil
	})
}

// noticeRef names a message that follows from no plan.
func (a *App) noticeRef() (string, error) {
	b := make([]byte, 8)
	_, err := io.ReadFull(a.rand, b)
	return hex.EncodeToString(b), err
}

// SendInvitation makes an account as Invite does, and sends its link to the address of the
// invitation; when that holds none, to the one that is kept. Needs access.Accounts.
func (a *App) SendInvitation(ctx context.Context, actor access.Actor, in identity.Invitation) (LinkSent, error) {
	if err := a.mayHouse(actor, access.Accounts); err != nil {
		return LinkSent{}, err
	}
	if in.Kind == identity.Participant {
		return LinkSent{}, a.refuse(actor, "", "SendInvitation", forbiddenTo(actor, access.KeepIdentity))
	}
	if !a.outward.can(study.ByEmail) {
		return LinkSent{}, noChannel(study.ByEmail)
	}
	link, err := a.Invite(ctx, actor, in)
	if err != nil {
		return LinkSent{}, err
	}
	out := LinkSent{Link: link}
	to, err := a.people.Email(ctx, in.ID)
	if err != nil {
		return LinkSent{}, err
	}
	if to == "" {
		out.Fault = study.WhyName(study.WhyNoAddress)
		return out, nil
	}
	ref, err := a.noticeRef()
	if err != nil {
		return LinkSent{}, err
	}
	fault := a.deliver(ctx, study.ByEmail, to, a.idOf(in.ID, study.NoticeLink, ref), linkWords(a.outward, in.Language, link, a.people.Limits().Link))
	if fault != nil {
		out.Fault = study.WhyName(whyOf(fault))
		return out, nil
	}
	out.Channel = study.ByEmail
	return out, a.houseEvent(context.WithoutCancel(ctx), "messages/"+in.ID, "link.mailed", map[string]any{"account": in.ID, "by": actor.ID})
}

// SendTest sends a message to an address that somebody types, to see whether the house
// can be heard. Needs access.Accounts.
func (a *App) SendTest(ctx context.Context, actor access.Actor, channel, to, language string) error {
	if err := a.mayHouse(actor, access.Accounts); err != nil {
		return err
	}
	if !a.outward.can(channel) {
		return noChannel(channel)
	}
	clean, err := cleanField(fieldOf[channel], to, a.Now())
	if err == nil && clean == "" {
		err = &study.Refusal{Kind: study.Invalid, Code: "no-address", Text: study.Text{EN: "say where the message is to go", NB: "oppgi hvor meldingen skal sendes"}}
	}
	if err != nil {
		var r *study.Refusal
		if errors.As(err, &r) {
			return &study.Refusal{Kind: r.Kind, Field: "to", Code: r.Code, Text: r.Text}
		}
		return err
	}
	ref, err := a.noticeRef()
	if err != nil {
		return err
	}
	fault := a.deliver(ctx, channel, clean, a.idOf("test", ref), testWords(a.outward, language))
	if fault == nil {
		return a.houseEvent(context.WithoutCancel(ctx), "messages/"+actor.ID, "test.sent", map[string]any{"account": actor.ID, "by": actor.ID, "channel": channel})
	}
	return &study.Refusal{Kind: study.Against, Field: "to", Code: "not-taken", Text: study.Text{
		EN: "the provider did not take it (" + fault.Code + "): see docs/messaging.md for what the code means", NB: "leverandøren tok den ikke imot (" + fault.Code + "): se docs/messaging.md for hva koden betyr"}}
}

// describeMessage tells an event of the house's log about a message; ok is false for any
// other.
func describeMessage(e ledger.Event) (text study.Text, ok bool) {
	account := strings.TrimPrefix(e.Stream, "messages/")
	switch e.Type {
	case "link.mailed":
		return study.Text{EN: "One-time link sent by e-mail to " + account, NB: "Engangslenke sendt på e-post til " + account}, true
	case "test.sent":
		return study.Text{EN: "Test message sent by " + account, NB: "Testmelding sendt av " + account}, true
	}
	return text, false
}
