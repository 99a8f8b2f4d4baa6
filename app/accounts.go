package app

import (
	"context"
	"errors"

	"varde/access"
	"varde/identity"
	"varde/study"
)

var errNot = errors.New("app: not built")

// Identity is accounts and sessions, for signing in and for one's own keys. Nil when
// the app was made without.
func (a *App) Identity() *identity.Service { return a.people }

// SessionOf answers the open session of a token.
func (a *App) SessionOf(ctx context.Context, token string) (identity.Session, bool) {
	return identity.Session{}, false
}

// Invite makes an account and answers its one-time link. Needs access.Accounts; for a
// participant's account access.KeepIdentity at the participant's site.
func (a *App) Invite(ctx context.Context, actor access.Actor, in identity.Invitation) (string, error) {
	return "", errNot
}

// ParticipantLink answers a one-time sign-in link for a participant, and makes the
// account when there is none.
func (a *App) ParticipantLink(ctx context.Context, actor access.Actor, studyID, participant string) (string, error) {
	return "", errNot
}

// Accounts answers a page of the accounts and how many there are. Needs access.Accounts
// or access.SeeAccess.
func (a *App) Accounts(ctx context.Context, actor access.Actor, search string, offset, limit int) ([]identity.Account, int, error) {
	return nil, 0, errNot
}

// DisableAccount ends access at once; EnableAccount gives it back. Needs access.Accounts.
func (a *App) DisableAccount(ctx context.Context, actor access.Actor, account, reason string) error {
	return errNot
}
func (a *App) EnableAccount(ctx context.Context, actor access.Actor, account string) error {
	return errNot
}

// GiveRole makes an account administrator or auditor of the whole house; TakeRole
// ends it. Needs access.Accounts; nobody changes their own.
func (a *App) GiveRole(ctx context.Context, actor access.Actor, account, role string) error {
	return errNot
}
func (a *App) TakeRole(ctx context.Context, actor access.Actor, account, role string) error {
	return errNot
}

// DelegationLine is a line of the delegation log: of the study, or of a site's staff.
type DelegationLine struct {
	study.Delegation
	Site        string            // of staff; "" = study-wide line
	Credentials map[string]string // of staff: credential -> last valid day
	Fault       study.Text        // what is wrong today: a credential that ran out; empty when nothing
	Holds       bool              // valid today
}

// Delegations answers the delegation log within the actor's scope. Needs
// access.SeeAudit or access.Delegate.
func (a *App) Delegations(ctx context.Context, actor access.Actor, studyID string) ([]DelegationLine, error) {
	return nil, errNot
}
