package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// OpenReferral answers fields of a referral in the clear, all that are kept when none
// is named. That it did, and what for, stands in the record, durably, before the answer.
// Needs access.Triage.
func (a *App) OpenReferral(ctx context.Context, actor access.Actor, studyID, referral string, fields []string, purpose string) (map[string]string, error) {
	h, s, err := a.referralTo(ctx, actor, studyID, referral, "OpenReferral", access.Triage)
	if err != nil {
		return nil, err
	}
	if purpose, err = purposeOf(actor, purpose); err != nil {
		return nil, err
	}
	for _, f := range fields {
		if !slices.Contains(ReferralFields, f) {
			return nil, noSuchField()
		}
	}
	if !s.Erased.IsZero() {
		return nil, identityErased()
	}
	asked := slices.DeleteFunc(slices.Clone(s.Fields), func(f string) bool { return len(fields) > 0 && !slices.Contains(fields, f) })
	if len(asked) == 0 {
		return map[string]string{}, nil
	}
	return a.openReferral(ctx, h, actor, referral, asked, purpose)
}

func (a *App) openReferral(ctx context.Context, h *host, actor access.Actor, referral string, fields []string, purpose string) (map[string]string, error) {
	if a.vault == nil {
		return nil, noVault()
	}
	var s *study.ReferralState
	_, _, err := a.onStream(ctx, h, actor, study.ReferralStream(referral), "", func(now time.Time) (_ []study.Payload, _ []ledger.Row, err error) {
		if s, err = a.referralState(ctx, h, referral); err != nil {
			return nil, nil, err
		}
		if !s.Erased.IsZero() {
			return nil, nil, identityErased()
		}
		return a.referralEvents(actor, now, s, study.ReferralSeen{Fields: fields, Purpose: purpose})
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(fields))
	for _, f := range fields {
		if out[f], err = a.vault.Open(ctx, ownerOfReferral(h.id, referral), referralField(f), s.Sealed[f]); err != nil {
			return nil, ofVault(err)
		}
	}
	return out, nil
}

// EraseReferral destroys the key of whoever asked, for good. basis is why, as it will
// stand in the record. Erasing again does nothing but finish what a failure left. Needs
// access.EraseIdentity.
func (a *App) EraseReferral(ctx context.Context, actor access.Actor, studyID, referral, basis string) error {
	h, _, err := a.referralTo(ctx, actor, studyID, referral, "EraseReferral", access.EraseIdentity)
	if err != nil {
		return err
	}
	basis = strings.TrimSpace(basis)
	if basis == "" || badWords(basis, maxBasis) {
		return &study.Refusal{Kind: study.Invalid, Field: "basis", Code: "basis-owed", Text: study.Text{
			EN: "say why it is erased, in at most 500 characters, without names", NB: "oppgi hvorfor den slettes, med høyst 500 tegn, uten navn"}}
	}
	if a.vault == nil {
		return noVault()
	}
	return a.eraseReferral(ctx, h, actor, referral, basis)
}

func (a *App) eraseReferral(ctx context.Context, h *host, actor access.Actor, referral, basis string) error {
	if err := a.vault.Erase(ctx, ownerOfReferral(h.id, referral)); err != nil {
		return err
	}
	_, _, err := a.onStream(ctx, h, actor, study.ReferralStream(referral), "", func(now time.Time) ([]study.Payload, []ledger.Row, error) {
		s, err := a.referralState(ctx, h, referral)
		if err != nil || !s.Erased.IsZero() {
			return nil, nil, err
		}
		return a.referralEvents(actor, now, s, study.ReferralErased{Basis: basis})
	})
	return err
}

// eraseReferralOf erases the referral that a participant came by, if there is one.
func (a *App) eraseReferralOf(ctx context.Context, h *host, actor access.Actor, participant, basis string) error {
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewReferral, Parent: participant})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := a.eraseReferral(ctx, h, actor, r.Key, basis); err != nil {
			return err
		}
	}
	return nil
}
