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
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"varde/ledger"
	"varde/vault"
)

// Log is the name of the house's log in the ledger. No study may be called so.
const Log = "house"

// Config of a Service.
type Config struct {
	Store ledger.Store
	Vault *vault.Vault
	Clock func() time.Time // nil: time.Now
	Rand  io.Reader        // nil: crypto/rand
	Log   *slog.Logger     // nil: silent

	// URL is where readers come, such as "https://varde.example.org": passkeys are
	// bound to its host, links begin with it. Further origins may be named.
	URL     string
	Origins []string
	Name    string // of the installation, as passkey dialogs show it

	Providers []Provider // single sign-on
	Client    *http.Client
	Limits    Limits
	Hash      Hash // zero: DefaultHash
}

// Hash is argon2id's cost (RFC 9106; OWASP Password Storage Cheat Sheet).
type Hash struct {
	Memory  uint32 // KiB
	Time    uint32
	Threads uint8
}

// Provider of OpenID Connect sign-in, configured by the operator.
type Provider struct {
	ID           string // in addresses, such as "hospital"
	Name         string // on the button
	Issuer       string
	ClientID     string
	ClientSecret string
	Scopes       []string // besides "openid"
}

// Limits of sessions and of trying. Zero fields take the defaults.
type Limits struct {
	Idle      time.Duration // staff session without a request; 30 min
	Absolute  time.Duration // staff session at most; 12 h
	IdleOwn   time.Duration // participant's; 14 days
	AbsOwn    time.Duration // participant's; 90 days
	Fresh     time.Duration // how long re-authentication counts; 5 min
	Link      time.Duration // a one-time link; 72 h for invitations
	LinkOwn   time.Duration // a participant's sign-in link; 30 min
	Tries     int           // failures in a row before an account's password waits; 5
	PerSource int           // attempts a minute from one network; 30
}

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

// Subject is an account at a single sign-on provider.
type Subject struct{ Provider, Issuer, Subject string }

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

// By is who does something to an account that is not their own.
type By struct{ Account, Role string }

// Service is accounts and sessions. It is safe for concurrent use.
type Service struct{ cfg Config }

// New makes the service; it makes the house's log when there is none.
func New(ctx context.Context, cfg Config) (*Service, error) { return &Service{cfg: cfg}, nil }

var errNot = errors.New("identity: not built")

// --- for administrators; app has asked access before ---

// Bootstrap answers a one-time link for the first administrator, for the console of
// the machine. It is refused once an administrator can sign in.
func (s *Service) Bootstrap(ctx context.Context) (string, error) { return "", errNot }

// Invitation of a new account, or of an old one that has lost its keys.
type Invitation struct {
	ID, Name, Email, Language string // Email is sealed
	Kind                      Kind
	Study, Participant        string
	Roles                     []string
}

// Invite makes the account if there is none and answers a one-time link (URL).
func (s *Service) Invite(ctx context.Context, by By, in Invitation) (string, error) {
	return "", errNot
}

// Link answers a one-time sign-in link for a participant's account.
func (s *Service) Link(ctx context.Context, by By, account string) (string, error) { return "", errNot }

// Disable ends an account's access and all its sessions at once; Enable gives it back.
func (s *Service) Disable(ctx context.Context, by By, account, reason string) error { return errNot }
func (s *Service) Enable(ctx context.Context, by By, account string) error          { return errNot }

// GiveRole and TakeRole change what an account is in every study.
func (s *Service) GiveRole(ctx context.Context, by By, account, role string) error { return errNot }
func (s *Service) TakeRole(ctx context.Context, by By, account, role string) error { return errNot }

// Account answers one; ok is false when there is none. Accounts answers a page, by id.
func (s *Service) Account(ctx context.Context, id string) (Account, bool, error) {
	return Account{}, false, errNot
}
func (s *Service) Accounts(ctx context.Context, search string, offset, limit int) ([]Account, int, error) {
	return nil, 0, errNot
}

// Email answers an account's address for sending it a message, "" when none is kept.
func (s *Service) Email(ctx context.Context, account string) (string, error) { return "", errNot }

// --- signing in ---

// Options are what a browser needs for a passkey ceremony: JSON for
// navigator.credentials, and a ticket that must come back with the answer. A ticket
// is good for five minutes and once.
type Options struct {
	JSON   []byte
	Ticket string
}

// Opening is a new session: the token goes into the cookie and is kept nowhere else.
type Opening struct {
	Token   string
	Session Session
	// Recovery codes, when they were just made; shown once.
	Recovery []string
}

// Peek tells what an unused link is for, without using it.
func (s *Service) Peek(ctx context.Context, link string) (Account, error) { return Account{}, errNot }

// BeginLink answers options for registering a passkey on the strength of a link;
// FinishLink uses the link up, registers the passkey and opens a session.
func (s *Service) BeginLink(ctx context.Context, link string) (Options, error) {
	return Options{}, errNot
}
func (s *Service) FinishLink(ctx context.Context, link, ticket string, answer []byte, name string, from Source) (Opening, error) {
	return Opening{}, errNot
}

// UseLink opens a session for a participant who has a link and no passkey yet.
func (s *Service) UseLink(ctx context.Context, link string, from Source) (Opening, error) {
	return Opening{}, errNot
}

// BeginPasskey answers options for signing in with any passkey of this house
// (discoverable credential); FinishPasskey opens a session.
func (s *Service) BeginPasskey(ctx context.Context, from Source) (Options, error) {
	return Options{}, errNot
}
func (s *Service) FinishPasskey(ctx context.Context, ticket string, answer []byte, from Source) (Opening, error) {
	return Opening{}, errNot
}

// SignInPassword opens a session with account id, password and TOTP code, all three
// at once: which of them was wrong is not told. It takes the same time for an
// account that does not exist.
func (s *Service) SignInPassword(ctx context.Context, account, password, code string, from Source) (Opening, error) {
	return Opening{}, errNot
}

// SignInRecovery uses up a recovery code. The session may only set new keys.
func (s *Service) SignInRecovery(ctx context.Context, account, code string, from Source) (Opening, error) {
	return Opening{}, errNot
}

// SignInDemo opens a session without proof, for a demonstration; app has asked.
func (s *Service) SignInDemo(ctx context.Context, account, name string, from Source) (Opening, error) {
	return Opening{}, errNot
}

// BeginProvider answers the address of the provider's sign-in page, and a secret for
// a cookie of this browser that FinishProvider wants back; a link may be given, to
// connect the provider's account with an invitation.
func (s *Service) BeginProvider(ctx context.Context, provider, link string) (address, secret string, err error) {
	return "", "", errNot
}
func (s *Service) FinishProvider(ctx context.Context, provider, secret, state, code string, from Source) (Opening, error) {
	return Opening{}, errNot
}

// Resume answers the session of a token, and counts the request as activity. It
// costs no database once known. ok is false when it has run out or was ended.
func (s *Service) Resume(ctx context.Context, token string) (Session, bool) { return Session{}, false }

// End ends a session at once; EndAll all of an account but one ("" = all).
func (s *Service) End(ctx context.Context, account, session string) error   { return errNot }
func (s *Service) EndAll(ctx context.Context, account, except string) error { return errNot }

// Sessions answers an account's open sessions, newest first.
func (s *Service) Sessions(ctx context.Context, account string) ([]Session, error) {
	return nil, errNot
}

// --- one's own keys; the session must be fresh (ErrStale) ---

func (s *Service) BeginPasskeyAdd(ctx context.Context, in Session) (Options, error) {
	return Options{}, errNot
}
func (s *Service) FinishPasskeyAdd(ctx context.Context, in Session, ticket string, answer []byte, name string) error {
	return errNot
}
func (s *Service) RevokePasskey(ctx context.Context, in Session, id string) error { return errNot }

// BeginPassword takes a new password (refused when short or among the commonest) and
// answers the TOTP secret as otpauth:// URL; FinishPassword wants a first code, and
// answers recovery codes.
func (s *Service) BeginPassword(ctx context.Context, in Session, password string) (otpauth, ticket string, err error) {
	return "", "", errNot
}
func (s *Service) FinishPassword(ctx context.Context, in Session, ticket, code string) ([]string, error) {
	return nil, errNot
}

// NewRecovery makes new recovery codes; old ones end.
func (s *Service) NewRecovery(ctx context.Context, in Session) ([]string, error) { return nil, errNot }

// --- presence and signatures ---

// BeginPresence answers options for a passkey ceremony of this session's account
// over a challenge of the caller's: 32 bytes, such as the hash of a record to sign;
// nil for chance.
func (s *Service) BeginPresence(ctx context.Context, in Session, challenge []byte) (Options, error) {
	return Options{}, errNot
}

// Assertion is what a passkey answered: all that is needed to verify it again.
type Assertion struct {
	Credential, Key, Authenticator, ClientData, Signature []byte
}

// FinishPresence checks the answer against the ticket's challenge and makes the
// session fresh.
func (s *Service) FinishPresence(ctx context.Context, in Session, ticket string, answer []byte) (Assertion, error) {
	return Assertion{}, errNot
}

// ProvePassword is presence by password and code.
func (s *Service) ProvePassword(ctx context.Context, in Session, password, code string, from Source) error {
	return errNot
}

// VerifyAssertion checks an assertion without any service: that the key signed a
// challenge, for one of the origins, with the user verified (WebAuthn level 3,
// section 7.2). For verification of old signatures.
func VerifyAssertion(a Assertion, challenge []byte, origins []string, rpID string) error {
	return errNot
}

// --- the house's log ---

// Refused records that somebody was refused something. It never blocks the answer,
// and many alike within a minute are written as one with their number.
func (s *Service) Refused(r Refusal) {}

// Refusal is a permission that was not there.
type Refusal struct {
	Account, Role, Study string
	Code                 string // of the answer, such as "role-may-not"
	What                 string // capability, command or route pattern; never a value
}
