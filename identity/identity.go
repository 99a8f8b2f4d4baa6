// Package identity is accounts: who there is, how they prove it, and which sessions
// they have open. What an account may do is none of its business (see access).
//
// Every fact about an account is an event in the house's log, a ledger of its own
// beside the studies ([Log]); accounts, sessions, links and passkeys are views of
// it. Secrets that can be guessed (password hash, TOTP secret) stand there sealed
// under the account's own key in the vault; links, recovery codes and session
// tokens are 128 bits of chance or more and stand there as SHA-256.
package identity

import (
	"errors"
	"time"
)

// Log is the name of the house's log in the ledger. No study may be called so.
const Log = "house"

// Kind of an account.
type Kind string

const (
	Staff       Kind = "staff"
	Participant Kind = "participant"
)

// Account as it stands.
type Account struct {
	ID           string
	Kind         Kind
	Name         string // printed name of staff; "" for participants, whose names are in the vault
	Language     string
	Study        string   // of a participant
	Participant  string   // number of a participant
	Roles        []string // held in every study: "administrator", "auditor"; given by GiveRole
	Created      time.Time
	Disabled     time.Time // zero = may sign in
	Passkeys     []Passkey
	HasPassword  bool // with a second factor confirmed
	RecoveryLeft int
	Subjects     []Subject // single sign-on
}

// Passkey as an account's owner sees it. Key is the COSE public key.
type Passkey struct {
	ID       string // base64url
	Name     string
	Key      []byte
	Added    time.Time
	Revoked  time.Time
	BackedUp bool
}

// Subject is an account at a single sign-on provider. What the provider calls the
// person stands sealed in the log and is not shown: it may be a national number.
type Subject struct{ Provider, Issuer string }

// Session of an account in one browser or device.
type Session struct {
	ID      string // not the token: may be shown and named in the log
	Account string
	Kind    Kind
	Device  string // such as "Firefox on Linux"
	Method  string // "passkey", "password", "oidc", "link", "recovery", "demo"
	Started time.Time
	Seen    time.Time
	Ends    time.Time // absolute limit
	Fresh   time.Time // last proof of presence, for signing

	hash string // of the token
}

// Source is where a request comes from, for limits and the device list. Network is
// an address prefix (/24, /64), never a whole address.
type Source struct{ Network, Device string }

var (
	// ErrDenied is every failed sign-in: unknown account, wrong secret, disabled. The
	// reader is told no more than that.
	ErrDenied = errors.New("identity: denied")
	// ErrWait says that too much was tried; see WaitError.
	ErrWait = errors.New("identity: wait")
	// ErrLink says that a link is not valid: used, run out, or never made.
	ErrLink = errors.New("identity: link not valid")
	// ErrStale says that presence must be proven again (Reauthenticate).
	ErrStale = errors.New("identity: prove presence again")
)

// WaitError says how long to wait.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string { return "identity: too many attempts" }
func (e *WaitError) Unwrap() error { return ErrWait }
