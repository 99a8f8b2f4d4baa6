package identity

import (
	"encoding/json"
	"slices"
	"time"
)

// account is an account as its stream tells it: what its owner sees, and what only
// signing in needs. It is never changed once it stands in the cache (clone first).
type account struct {
	Account
	version  int64
	handle   []byte
	eligible map[string]bool // credential -> may be backed up, which never changes
	email    string          // sealed
	password string          // sealed argon2id text
	totp     string          // sealed
	recovery []string        // hashes of unused codes
	link     linkFact        // the one that is open; Hash "" = none
}

type cached struct {
	*account
	at time.Time
}

// blank is an account that is not there.
func blank(id string) *account {
	return &account{Account: Account{ID: id}, eligible: map[string]bool{}}
}

func (a *account) clone() *account {
	c := *a
	c.Roles, c.Passkeys, c.Subjects = slices.Clone(a.Roles), slices.Clone(a.Passkeys), slices.Clone(a.Subjects)
	c.recovery = slices.Clone(a.recovery)
	c.eligible = make(map[string]bool, len(a.eligible))
	for k, v := range a.eligible {
		c.eligible[k] = v
	}
	return &c
}

// public is what may leave the package; it shares nothing with the cache.
func (a *account) public() Account { return a.clone().Account }

func (a *account) exists() bool   { return a != nil && a.version > 0 }
func (a *account) disabled() bool { return !a.Disabled.IsZero() }

// passkey answers the place of a credential, -1 when the account has none such.
func (a *account) passkey(credential string) int {
	return slices.IndexFunc(a.Passkeys, func(p Passkey) bool { return p.ID == credential })
}

// usable counts the passkeys that sign in.
func (a *account) usable() int {
	n := 0
	for _, p := range a.Passkeys {
		if p.Revoked.IsZero() {
			n++
		}
	}
	return n
}

// ways says whether the account can sign in without anybody's help.
func (a *account) ways() bool {
	return a.usable() > 0 || a.HasPassword || len(a.Subjects) > 0
}

// apply is the account after an event of its stream. Types it does not know change
// nothing: an older program reads a newer log.
func (a *account) apply(typ string, at time.Time, payload json.RawMessage) error {
	a.version++
	switch typ {
	case accountInvited, accountRenewed:
		return with(payload, func(f invited) { a.invite(f, at) })
	case accountDisabled:
		a.Disabled, a.link = at, linkFact{}
	case accountEnabled:
		a.Disabled = time.Time{}
	case roleGiven:
		return with(payload, func(f roleChange) {
			if !slices.Contains(a.Roles, f.Role) {
				a.Roles = append(a.Roles, f.Role)
				slices.Sort(a.Roles)
			}
		})
	case roleTaken:
		return with(payload, func(f roleChange) {
			a.Roles = slices.DeleteFunc(a.Roles, func(r string) bool { return r == f.Role })
		})
	case linkMade:
		return with(payload, func(f linkFact) { a.link = f })
	case linkUsed:
		a.link = linkFact{}
	case passkeyAdded:
		return with(payload, func(f passkeyFact) {
			a.eligible[f.Credential] = f.Eligible
			a.Passkeys = append(a.Passkeys, Passkey{ID: f.Credential, Name: f.Name, Key: f.Key, Added: at, BackedUp: f.BackedUp})
		})
	case passkeyRevoked:
		return with(payload, func(f passkeyRef) {
			if i := a.passkey(f.Credential); i >= 0 && a.Passkeys[i].Revoked.IsZero() {
				a.Passkeys[i].Revoked = at
			}
		})
	case passwordSet:
		return with(payload, func(f passwordFact) { a.password, a.totp, a.HasPassword = f.Password, f.TOTP, true })
	case passwordStirred:
		return with(payload, func(f passwordFact) { a.password = f.Password })
	case recoveryMade:
		return with(payload, func(f recoveryFact) { a.recovery, a.RecoveryLeft = f.Hashes, len(f.Hashes) })
	case recoveryUsed:
		return with(payload, func(f recoveryRef) {
			a.recovery = slices.DeleteFunc(a.recovery, func(h string) bool { return h == f.Hash })
			a.RecoveryLeft = len(a.recovery)
		})
	case subjectLinked:
		return with(payload, func(f subjectFact) {
			a.Subjects = append(a.Subjects, Subject{Provider: f.Provider, Issuer: f.Issuer})
		})
	}
	return nil
}

// invite makes the account, or renews what an invitation may renew.
func (a *account) invite(f invited, at time.Time) {
	if a.version == 1 {
		a.Kind, a.Study, a.Participant, a.Created = f.Kind, f.Study, f.Participant, at
		a.handle, a.Roles = f.Handle, slices.Clone(f.Roles)
		a.eligible = map[string]bool{}
	}
	for _, field := range []struct {
		to   *string
		from string
	}{{&a.Name, f.Name}, {&a.Language, f.Language}, {&a.email, f.Email}} {
		if field.from != "" {
			*field.to = field.from
		}
	}
}

func with[T any](payload json.RawMessage, do func(T)) error {
	f, err := read[T](payload)
	if err != nil {
		return err
	}
	do(f)
	return nil
}
