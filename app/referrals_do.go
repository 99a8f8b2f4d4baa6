package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// DoReferral carries out a command on a referral and answers it as it stands
// afterwards. Needs access.Triage. A place is given by InviteReferral alone.
func (a *App) DoReferral(ctx context.Context, actor access.Actor, studyID, referral string, cmd study.ReferralCommand, clientID string) (*study.ReferralState, error) {
	h, _, err := a.referralTo(ctx, actor, studyID, referral, "DoReferral", access.Triage)
	if err != nil {
		return nil, err
	}
	if _, ok := cmd.(study.InviteReferral); ok {
		return nil, a.refuse(actor, h.id, "InviteReferral", &study.Refusal{Kind: study.Forbidden, Code: "not-by-command", Text: study.Text{
			EN: "a place is given by inviting, which begins the participant's record", NB: "en plass gis ved å invitere, som begynner deltakerens journal"}})
	}
	return a.doReferral(ctx, h, actor, referral, cmd, clientID)
}

func (a *App) doReferral(ctx context.Context, h *host, actor access.Actor, referral string, cmd study.ReferralCommand, clientID string) (*study.ReferralState, error) {
	_, _, err := a.onStream(ctx, h, actor, study.ReferralStream(referral), clientID, func(now time.Time) ([]study.Payload, []ledger.Row, error) {
		// A form that is sent twice is decided twice; the second time it may be refused
		// for what the first did.
		if done, err := a.doneBefore(ctx, h, actor, referral, clientID); done || err != nil {
			return nil, nil, err
		}
		s, err := a.referralState(ctx, h, referral)
		if err != nil {
			return nil, nil, err
		}
		env := h.referralEnv(actor, now)
		if _, ok := cmd.(study.MoveReferral); ok {
			if env, err = a.referralTurn(ctx, h, actor, s, now); err != nil {
				return nil, nil, err
			}
		}
		if err := a.notBegun(ctx, h, s, cmd); err != nil {
			return nil, nil, err
		}
		what, err := study.DecideReferral(h.definition(), s, env, cmd)
		if err != nil || len(what) == 0 {
			return nil, nil, err
		}
		return a.referralEvents(actor, now, s, what...)
	})
	if err != nil {
		return nil, a.refused(actor, h.id, "DoReferral", err)
	}
	s, err := a.referralState(ctx, h, referral)
	if s != nil {
		s.Sealed = nil
	}
	return s, err
}

// doneBefore says that the actor's request was carried out already.
func (a *App) doneBefore(ctx context.Context, h *host, actor access.Actor, referral, clientID string) (bool, error) {
	if clientID == "" {
		return false, nil
	}
	written, err := a.store.ByClient(ctx, h.id, clientID)
	if err != nil || len(written) == 0 {
		return false, err
	}
	if written[0].Actor != actor.ID || written[0].Stream != study.ReferralStream(referral) {
		return false, clientIDTaken()
	}
	return true, nil
}

// notBegun refuses to end a referral whose invitation was interrupted half-way: the
// participant's record would be left without a name.
func (a *App) notBegun(ctx context.Context, h *host, s *study.ReferralState, cmd study.ReferralCommand) error {
	switch cmd.(type) {
	case study.AssessReferral, study.MoveReferral, study.CloseReferral:
	default:
		return nil
	}
	begun, err := a.invitationBegun(ctx, h, s.ID)
	if err != nil || begun == "" || s.Status == study.ReferralTaken {
		return err
	}
	return &study.Refusal{Kind: study.Against, Code: "invitation-begun", Text: study.Text{
		EN: "an invitation was interrupted half-way: press \"invite\" once more to finish it", NB: "en invitasjon ble avbrutt halvveis: trykk «inviter» en gang til for å fullføre den"}}
}

// --- inviting ---

// invitationOf is the client id under which a referral's participant begins: whoever
// goes on after an interruption finds what was begun.
func invitationOf(referral string) string { return "invitation/" + referral }

// invitationBegun answers the participant that an invitation began, "" when none did.
func (a *App) invitationBegun(ctx context.Context, h *host, referral string) (string, error) {
	written, err := a.store.ByClient(ctx, h.id, invitationOf(referral))
	if err != nil || len(written) == 0 {
		return "", err
	}
	return strings.TrimPrefix(written[0].Stream, study.ParticipantStream("")), nil
}

// InviteReferral gives a place to whoever stands first: a participant's record begins,
// what identifies the person is copied into it, and the referral says so. Interrupted
// half-way, doing it again finishes it and begins nothing twice. Needs access.Triage,
// access.Refer and access.KeepIdentity.
func (a *App) InviteReferral(ctx context.Context, actor access.Actor, studyID, referral string) (participant string, err error) {
	h, s, err := a.referralTo(ctx, actor, studyID, referral, "InviteReferral", access.Triage)
	if err != nil {
		return "", err
	}
	for _, c := range []access.Capability{access.Refer, access.KeepIdentity} {
		if err := a.may(h, actor, c); err != nil {
			return "", err
		}
	}
	if s.Status == study.ReferralTaken {
		return s.Participant, nil
	}
	if participant, err = a.invitationBegun(ctx, h, referral); err != nil {
		return "", err
	}
	if participant == "" {
		env, err := a.referralTurn(ctx, h, actor, s, a.Now())
		if err != nil {
			return "", err
		}
		if err := study.MayInvite(s, env); err != nil {
			return "", err
		}
		if participant, err = a.beginParticipant(ctx, h, actor, s); err != nil {
			return "", err
		}
	}
	if err := a.copyIdentity(ctx, h, actor, s, participant); err != nil {
		return "", err
	}
	_, err = a.doReferral(ctx, h, actor, referral, study.InviteReferral{Participant: participant, Site: s.Site}, "")
	var r *study.Refusal
	if errors.As(err, &r) && r.Code == "has-place" {
		return participant, nil // somebody else finished it meanwhile
	}
	return participant, err
}

func (a *App) beginParticipant(ctx context.Context, h *host, actor access.Actor, s *study.ReferralState) (string, error) {
	for try := 0; ; try++ {
		site := h.site(s.Site)
		if site == nil {
			return "", noSite()
		}
		id := study.ParticipantNumber(s.Site, site.Numbers+1)
		_, err := a.Do(ctx, actor, h.id, study.Refer{On: study.On{Participant: id}, Channel: s.Channel, Language: s.Language, Site: s.Site}, invitationOf(s.ID))
		if begun, e := a.invitationBegun(ctx, h, s.ID); e == nil && begun != "" {
			return begun, nil // begun here, or by somebody who was quicker
		}
		var r *study.Refusal
		if errors.As(err, &r) && r.Code == "number-taken" && try < maxTries {
			continue
		}
		if err == nil {
			return id, nil
		}
		return "", err
	}
}

// copyIdentity copies what identifies the person into the participant's identity. What
// does not fit a field there, such as a number without its country, goes to the note.
func (a *App) copyIdentity(ctx context.Context, h *host, actor access.Actor, s *study.ReferralState, participant string) error {
	wanted := slices.DeleteFunc(slices.Clone(s.Fields), func(f string) bool { return !slices.Contains(copied, f) })
	if len(wanted) == 0 {
		return nil
	}
	open, err := a.openReferral(ctx, h, actor, s.ID, wanted, invitationPurpose(s.Language))
	if err != nil {
		return err
	}
	fields := map[IdentityField]string{FieldName: open["name"]}
	var note []string
	for _, x := range []struct {
		from string
		to   IdentityField
	}{{"birthDate", FieldBirth}, {"phone", FieldPhone}, {"email", FieldEmail}, {"place", FieldAddress}} {
		if open[x.from] == "" {
			continue
		}
		if _, err := cleanField(x.to, open[x.from], a.Now()); err != nil {
			note = append(note, open[x.from])
			continue
		}
		fields[x.to] = open[x.from]
	}
	if open["safe"] != "" {
		note = append(note, open["safe"])
	}
	if len(note) > 0 {
		fields[FieldNote] = strings.Join(note, "\n")
	}
	return a.KeepIdentity(ctx, actor, h.id, participant, fields, "")
}

// invitationPurpose is what the record says the fields were opened for, in the language
// of the person whom it is about.
func invitationPurpose(language string) string {
	return study.Text{EN: "carried over to the participant's record", NB: "ført over i deltakerens journal"}.In(language)
}

// copied are the fields of a referral that become part of a participant's identity.
var copied = []string{"name", "birthDate", "phone", "email", "place", "safe"}
