package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
)

// BeginPresence answers options for a passkey ceremony of this session's account
// over a challenge of the caller's: 32 bytes, such as the hash of a record to sign;
// nil for chance.
func (s *Service) BeginPresence(ctx context.Context, in Session, challenge []byte) (Options, error) {
	if s.web == nil {
		return Options{}, errNoHost
	}
	if challenge != nil && len(challenge) != 32 {
		return Options{}, invalid("a challenge has 32 bytes")
	}
	r, err := s.current(ctx, in)
	if err != nil {
		return Options{}, err
	}
	a, err := s.load(ctx, r.Account)
	if err != nil {
		return Options{}, err
	}
	if a.disabled() || in.OnlyKeys() || a.usable() == 0 {
		return Options{}, ErrDenied
	}
	return s.beginAssertion(a, slices.Clone(challenge), ticket{purpose: forPresence, account: a.ID, session: r.hash})
}

// Assertion is what a passkey answered: all that is needed to verify it again.
type Assertion struct {
	Credential, Key, Authenticator, ClientData, Signature []byte
}

// FinishPresence checks the answer against the ticket's challenge and makes the
// session fresh.
func (s *Service) FinishPresence(ctx context.Context, in Session, ticket string, answer []byte) (Assertion, error) {
	from := Source{Device: in.Device}
	t, err := s.ownTicket(ctx, in, ticket, forPresence)
	if err != nil {
		return Assertion{}, s.failed(in.Account, "presence", "ticket", from, err)
	}
	parsed, id, err := s.whose(ctx, answer)
	if err == nil && id != in.Account {
		err = ErrDenied
	}
	if err != nil {
		return Assertion{}, s.failed(in.Account, "presence", "credential", from, err)
	}
	var out Assertion
	err = s.present(ctx, in, "passkey", func(a scene, p *presenceFact) error {
		var err error
		if p.Credential, p.Counter, err = s.asserted(a, t, parsed, "presence"); err != nil {
			return err
		}
		raw := parsed.Raw.AssertionResponse
		out = Assertion{Credential: parsed.RawID, Key: a.Passkeys[a.passkey(p.Credential)].Key, Authenticator: raw.AuthenticatorData, ClientData: raw.ClientDataJSON, Signature: raw.Signature}
		challenge, err := base64.RawURLEncoding.DecodeString(t.web.Challenge)
		if err != nil {
			return ErrDenied
		}
		// What is kept must verify by the rule that it will be verified by later.
		if VerifyAssertion(out, challenge, s.origin, s.rpID) != nil {
			return ErrDenied
		}
		return nil
	})
	if err != nil {
		return Assertion{}, s.failed(in.Account, "presence", "assertion", from, err)
	}
	return out, nil
}

// present makes a session fresh if prove says so.
func (s *Service) present(ctx context.Context, in Session, method string, prove func(scene, *presenceFact) error) error {
	_, err := s.change(ctx, in.Account, By{}, func(a scene) (deed, error) {
		r, err := s.current(ctx, in)
		if err != nil {
			return deed{}, err
		}
		if a.disabled() || in.OnlyKeys() {
			return deed{}, ErrDenied
		}
		p := presenceFact{Hash: r.hash, Method: method, Session: r.ID}
		if err := prove(a, &p); err != nil {
			return deed{}, err
		}
		return deed{signin: []fact{{typ: presenceProven, payload: p}}}, nil
	})
	var copied *copiedError
	if errors.As(err, &copied) {
		return s.noteCopied(ctx, in.Account, copied)
	}
	if err == nil {
		s.sessions.forget(in.hash)
	}
	return err
}
