package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

const (
	manyPasskeys = 20      // that an account may have in use
	answerBytes  = 1 << 16 // at most, of a browser's answer
)

// ErrLastKey says that the account could not sign in again without this key.
var ErrLastKey = errors.New("identity: this is the only key; add another, or make recovery codes, first")

// errNoHost is why a host has no passkeys: WebAuthn binds them to a name.
var errNoHost = errors.New("identity: passkeys need a host name: give the address as https://name or http://localhost, not as a number")

// Options are what a browser needs for a passkey ceremony: JSON for
// navigator.credentials ({"publicKey": ...} with bytes as base64url, as
// PublicKeyCredential.parseCreationOptionsFromJSON and its sibling read the inner
// object), and a ticket that must come back with the answer. A ticket is good for
// five minutes and once.
type Options struct {
	JSON   []byte
	Ticket string
}

// algorithms that a passkey may sign with: ES256, EdDSA, RS256 (COSE names).
var algorithms = []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}

func (s *Service) newWebAuthn() error {
	if net.ParseIP(s.rpID) != nil {
		return nil
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID: s.rpID, RPDisplayName: s.cfg.Name, RPOrigins: s.origin,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: webauthn.TimeoutConfig{Timeout: ticketLasts}, Registration: webauthn.TimeoutConfig{Timeout: ticketLasts}},
	})
	if err != nil {
		return fmt.Errorf("identity: the address %q cannot have passkeys: %w", s.cfg.URL, err)
	}
	s.web = web
	return nil
}

// keyholder is an account in the words of the library.
type keyholder struct{ *account }

func (k keyholder) WebAuthnID() []byte   { return k.handle }
func (k keyholder) WebAuthnName() string { return k.ID }
func (k keyholder) WebAuthnDisplayName() string {
	if k.Name == "" {
		return k.ID
	}
	return k.Name
}

func (k keyholder) WebAuthnCredentials() []webauthn.Credential {
	var out []webauthn.Credential
	for _, p := range k.Passkeys {
		id, err := base64.RawURLEncoding.DecodeString(p.ID)
		if err == nil && p.Revoked.IsZero() {
			out = append(out, webauthn.Credential{ID: id, PublicKey: p.Key, Flags: webauthn.CredentialFlags{BackupEligible: k.eligible[p.ID]}})
		}
	}
	return out
}

func (k keyholder) descriptors() []protocol.CredentialDescriptor {
	var out []protocol.CredentialDescriptor
	for _, c := range k.WebAuthnCredentials() {
		out = append(out, c.Descriptor())
	}
	return out
}

func (s *Service) options(v any, t ticket) (Options, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return Options{}, fmt.Errorf("identity: writing the options: %w", err)
	}
	key, err := s.give(t)
	return Options{JSON: text, Ticket: key}, err
}

func (s *Service) beginRegistration(a *account, t ticket) (Options, error) {
	if s.web == nil {
		return Options{}, errNoHost
	}
	if a.usable() >= manyPasskeys {
		return Options{}, invalid("an account has at most %d passkeys; revoke one first", manyPasskeys)
	}
	challenge, err := s.bytes(32)
	if err != nil {
		return Options{}, err
	}
	user := keyholder{a}
	var parameters []protocol.CredentialParameter
	for _, alg := range algorithms {
		parameters = append(parameters, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg})
	}
	creation, data, err := s.web.BeginRegistration(user, webauthn.WithExclusions(user.descriptors()), webauthn.WithCredentialParameters(parameters),
		func(o *protocol.PublicKeyCredentialCreationOptions) error { o.Challenge = challenge; return nil })
	if err != nil {
		return Options{}, fmt.Errorf("identity: beginning a passkey: %w", err)
	}
	t.web = *data
	return s.options(creation, t)
}

// registered checks a browser's answer to a registration. What is wrong with it is
// not told.
func (s *Service) registered(a scene, t ticket, answer []byte, name string) (passkeyFact, error) {
	if s.web == nil || len(answer) > answerBytes {
		return passkeyFact{}, ErrDenied
	}
	if name = strings.TrimSpace(clip(name, 80)); name == "" {
		name = "Passkey"
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return passkeyFact{}, ErrDenied
	}
	c, err := s.web.CreateCredential(keyholder{a.account}, t.web, parsed)
	if err != nil || len(c.ID) > 1023 || !c.Flags.UserVerified || !slices.Contains(algorithms, algorithmOf(c.PublicKey)) {
		return passkeyFact{}, ErrDenied
	}
	id := base64.RawURLEncoding.EncodeToString(c.ID)
	if len(id) > 500 { // what a view's key holds; real ones have 16 to 64 bytes
		return passkeyFact{}, ErrDenied
	}
	if _, taken, err := s.row(a.ctx, viewPasskey, id); err != nil || taken {
		return passkeyFact{}, errors.Join(err, ErrDenied)
	}
	return passkeyFact{BackedUp: c.Flags.BackupState, Counter: c.Authenticator.SignCount, Credential: id, Eligible: c.Flags.BackupEligible, Key: c.PublicKey, Name: name}, nil
}

// BeginPasskey answers options for signing in with any passkey of this house
// (discoverable credential); FinishPasskey opens a session.
func (s *Service) BeginPasskey(ctx context.Context, from Source) (Options, error) {
	if s.web == nil {
		return Options{}, errNoHost
	}
	if err := s.mayBegin("passkey", from); err != nil {
		return Options{}, err
	}
	return s.beginAssertion(nil, nil, ticket{purpose: forSignIn})
}

func (s *Service) beginAssertion(a *account, challenge []byte, t ticket) (Options, error) {
	if challenge == nil {
		var err error
		if challenge, err = s.bytes(32); err != nil {
			return Options{}, err
		}
	}
	options := []webauthn.LoginOption{webauthn.WithChallenge(challenge), webauthn.WithUserVerification(protocol.VerificationRequired)}
	var assertion *protocol.CredentialAssertion
	var data *webauthn.SessionData
	var err error
	if a == nil {
		assertion, data, err = s.web.BeginDiscoverableLogin(options...)
	} else {
		assertion, data, err = s.web.BeginLogin(keyholder{a}, options...)
	}
	if err != nil {
		return Options{}, fmt.Errorf("identity: beginning a passkey ceremony: %w", err)
	}
	t.web = *data
	return s.options(assertion, t)
}

// FinishPasskey opens a session for the account whose passkey answered.
func (s *Service) FinishPasskey(ctx context.Context, ticket string, answer []byte, from Source) (Opening, error) {
	refund, err := s.guard.source(s.now(), from)
	if err != nil {
		return Opening{}, s.failed("", "passkey", "wait", from, err)
	}
	t, err := s.tickets.take(ticket, forSignIn, s.now())
	if err != nil {
		return Opening{}, s.failed("", "passkey", "ticket", from, err)
	}
	parsed, id, err := s.whose(ctx, answer)
	if err != nil {
		return Opening{}, s.failed("", "passkey", "credential", from, err)
	}
	opened, err := s.open(ctx, id, "passkey", from, func(a scene, o *opening) ([]fact, error) {
		var err error
		o.credential, o.counter, err = s.asserted(a, t, parsed, o.method)
		return nil, err
	})
	if err != nil {
		return Opening{}, s.failed(id, "passkey", "assertion", from, err)
	}
	refund()
	return opened, nil
}

// whose parses an assertion and looks its passkey up.
func (s *Service) whose(ctx context.Context, answer []byte) (*protocol.ParsedCredentialAssertionData, string, error) {
	if len(answer) > answerBytes {
		return nil, "", ErrDenied
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil || len(parsed.RawID) > 375 {
		return nil, "", ErrDenied
	}
	row, ok, err := s.row(ctx, viewPasskey, base64.RawURLEncoding.EncodeToString(parsed.RawID))
	if err != nil {
		return nil, "", err
	}
	var h holder
	if !ok || json.Unmarshal(row.Doc, &h) != nil {
		return nil, "", ErrDenied
	}
	return parsed, h.Account, nil
}

// copiedError says that a passkey's counter went back: somebody may have copied it.
type copiedError struct{ passkeyCount }

func (*copiedError) Error() string { return "identity: the passkey has counted back" }
func (*copiedError) Unwrap() error { return ErrDenied }

// asserted checks a passkey's answer (WebAuthn level 3, section 7.2) for an account.
func (s *Service) asserted(a scene, t ticket, parsed *protocol.ParsedCredentialAssertionData, method string) (credential string, counter uint32, err error) {
	user := keyholder{a.account}
	if t.web.UserID == nil { // any passkey of the house: the answer itself must say whose
		_, _, err = s.web.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) { return user, nil }, t.web, parsed)
	} else {
		_, err = s.web.ValidateLogin(user, t.web, parsed)
	}
	if err != nil {
		return "", 0, ErrDenied
	}
	credential = base64.RawURLEncoding.EncodeToString(parsed.RawID)
	row, ok, err := s.row(a.ctx, viewPasskey, credential)
	if err != nil {
		return "", 0, err
	}
	var h holder
	if !ok || json.Unmarshal(row.Doc, &h) != nil || h.Account != a.ID {
		return "", 0, ErrDenied
	}
	counter = parsed.Response.AuthenticatorData.Counter
	if h.Counter > 0 && counter <= h.Counter {
		return "", 0, &copiedError{passkeyCount{Credential: credential, Had: h.Counter, Got: counter, Method: method}}
	}
	return credential, counter, nil
}

// noteCopied writes that a passkey counted back. The answer is ErrDenied as ever.
func (s *Service) noteCopied(ctx context.Context, id string, copied *copiedError) error {
	_, err := s.change(ctx, id, By{}, func(scene) (deed, error) {
		return deed{signin: []fact{{typ: passkeyCopied, payload: copied.passkeyCount}}}, nil
	})
	return errors.Join(err, ErrDenied)
}

// BeginPasskeyAdd answers options for one more passkey of one's own; the session must
// be fresh (ErrStale).
func (s *Service) BeginPasskeyAdd(ctx context.Context, in Session) (Options, error) {
	r, err := s.fresh(ctx, in)
	if err != nil {
		return Options{}, err
	}
	a, err := s.load(ctx, r.Account)
	if err != nil {
		return Options{}, err
	}
	return s.beginRegistration(a, ticket{purpose: forAdding, account: r.Account, session: r.hash})
}

// FinishPasskeyAdd keeps the passkey.
func (s *Service) FinishPasskeyAdd(ctx context.Context, in Session, ticket string, answer []byte, name string) error {
	t, err := s.ownTicket(ctx, in, ticket, forAdding)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, in.Account, By{}, func(a scene) (deed, error) {
		key, err := s.registered(a, t, answer, name)
		if err != nil {
			return deed{}, err
		}
		return deed{account: []fact{{typ: passkeyAdded, payload: key}}}, nil
	})
	return err
}

// ownTicket takes a ticket of this very session, which must still be open.
func (s *Service) ownTicket(ctx context.Context, in Session, key string, p purpose) (ticket, error) {
	r, err := s.current(ctx, in)
	if err != nil {
		return ticket{}, err
	}
	t, err := s.tickets.take(key, p, s.now())
	if err != nil || t.account != r.Account || t.session != r.hash {
		return ticket{}, ErrDenied
	}
	return t, nil
}

// RevokePasskey ends a passkey for good, and the sessions that were opened with it
// (but not this one). The last way to sign in is not taken away (ErrLastKey).
func (s *Service) RevokePasskey(ctx context.Context, in Session, id string) error {
	r, err := s.fresh(ctx, in)
	if err != nil {
		return err
	}
	return s.endSessions(ctx, in.Account, By{}, ending{why: "key-revoked",
		which: func(o sessionRow) bool { return o.Credential == id && o.hash != r.hash },
		facts: func(a scene) ([]fact, error) {
			i := a.passkey(id)
			if i < 0 {
				return nil, invalid("the account has no such passkey")
			}
			if !a.Passkeys[i].Revoked.IsZero() {
				return nil, nil
			}
			if a.usable() == 1 && !a.HasPassword && len(a.Subjects) == 0 && a.RecoveryLeft == 0 {
				return nil, ErrLastKey
			}
			return []fact{{typ: passkeyRevoked, payload: passkeyRef{Credential: id}}}, nil
		}})
}
