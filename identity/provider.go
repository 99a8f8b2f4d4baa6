package identity

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"varde/vault"
)

// Signatures that an ID token may bear. Never "none", nor a shared secret (HS256):
// whoever knows the client's secret could then sign in as anybody.
var tokenAlgorithms = []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA}

const (
	providerWait = 10 * time.Second
	providerRest = 5 * time.Second        // that one which did not answer is left alone
	clocksDiffer = time.Minute            // that a provider's clock may be off, of when its user signed in
	subjectKey   = "identity/subject-key" // setting: sealed
)

// ErrProvider says that the single sign-on provider did not answer, or cannot be
// used; sign in another way meanwhile.
var ErrProvider = errors.New("identity: the sign-in provider cannot be used now")

// What came of a sign-in through a provider may be told to whom it happens: they have
// shown the provider who they are. All of these are ErrDenied too.
var (
	// ErrReturn says that the return belongs to no sign-in that was begun in this
	// browser within five minutes: forged, replayed, or too late.
	ErrReturn = fmt.Errorf("%w: no such sign-in was begun in this browser", ErrDenied)
	// ErrNotConnected says that the provider's account is connected with none here,
	// or not with the one whose presence is asked for.
	ErrNotConnected = fmt.Errorf("%w: the provider's account is not connected", ErrDenied)
	// ErrTaken says that the provider's account is connected with another account.
	ErrTaken = fmt.Errorf("%w: the provider's account is connected with another account", ErrDenied)
	// ErrDisabled says that the account it is connected with is disabled.
	ErrDisabled = fmt.Errorf("%w: the account is disabled", ErrDenied)
	// ErrUnattested says that the provider does not confirm that its user has just
	// signed in there, which is what was asked for.
	ErrUnattested = fmt.Errorf("%w: the provider does not say that its user has just signed in", ErrDenied)
)

// mayBeTold says whether a refusal is one of those above.
func mayBeTold(err error) bool {
	for _, told := range []error{ErrReturn, ErrNotConnected, ErrTaken, ErrDisabled, ErrUnattested} {
		if errors.Is(err, told) {
			return true
		}
	}
	return false
}

// provider is one issuer, discovered when it is first needed.
type provider struct {
	Provider
	mu       sync.Mutex
	failed   time.Time // when it did not answer last
	found    *oidc.Provider
	verifier *oidc.IDTokenVerifier
}

// openProviders readies single sign-on. A subject may be a national number, so views
// and log know it only by a keyed digest and sealed.
func (s *Service) openProviders(ctx context.Context) error {
	s.providers = map[string]*provider{}
	for _, p := range s.cfg.Providers {
		s.providers[p.ID] = &provider{Provider: p}
	}
	if len(s.providers) == 0 {
		return nil
	}
	whose := vault.Owner{Space: Log, Person: "single-sign-on"}
	sealed, err := s.store.Setting(ctx, subjectKey)
	if err == nil && sealed == "" {
		var key string
		if key, err = s.secret(32); err == nil {
			if sealed, err = s.cfg.Vault.Seal(ctx, whose, subjectKey, key); err == nil {
				err = s.store.SetSetting(ctx, subjectKey, sealed)
			}
		}
		if err == nil { // of two nodes that start at once the later wins
			sealed, err = s.store.Setting(ctx, subjectKey)
		}
	}
	if err != nil {
		return fmt.Errorf("identity: the key of single sign-on: %w", err)
	}
	key, err := s.cfg.Vault.Open(ctx, whose, subjectKey, sealed)
	if err == nil {
		s.subjects, err = base64.RawURLEncoding.DecodeString(key)
	}
	if err != nil {
		return fmt.Errorf("identity: the key of single sign-on: %w", err)
	}
	return nil
}

func (s *Service) subjectDigest(issuer, subject string) string {
	h := hmac.New(sha256.New, s.subjects)
	h.Write([]byte(issuer + "\n" + subject))
	return hex.EncodeToString(h.Sum(nil))
}

// Providers are those that may be signed in with, without their secrets.
func (s *Service) Providers() []Provider {
	out := slices.Clone(s.cfg.Providers)
	for i := range out {
		out[i].ClientSecret = ""
	}
	return out
}

// outside is a context for speaking with a provider.
func (s *Service) outside(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, providerWait)
	return oidc.ClientContext(ctx, s.cfg.Client), cancel
}

// discover reads what the issuer says of itself, until it has answered once.
func (s *Service) discover(ctx context.Context, id string) (*provider, error) {
	p := s.providers[id]
	if p == nil {
		return nil, noProvider(id)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p, nil
	}
	if gone := s.now().Sub(p.failed); gone >= 0 && gone < providerRest {
		return nil, ErrProvider // those who come by the dozen do not wait one after the other
	}
	ctx, cancel := s.outside(ctx)
	defer cancel()
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		p.failed = s.now()
		s.cfg.Log.WarnContext(ctx, "a sign-in provider did not answer", "provider", id, "error", err)
		return nil, ErrProvider
	}
	var says struct {
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := found.Claims(&says); err != nil {
		return nil, ErrProvider
	}
	var use []string
	for _, alg := range tokenAlgorithms {
		if slices.Contains(says.Algorithms, alg) {
			use = append(use, alg)
		}
	}
	if len(says.Algorithms) == 0 {
		use = []string{oidc.RS256} // which every provider must have
	}
	if len(use) == 0 {
		s.cfg.Log.WarnContext(ctx, "a sign-in provider signs with nothing that is accepted", "provider", id, "accepted", tokenAlgorithms)
		return nil, ErrProvider
	}
	p.verifier = found.VerifierContext(context.WithoutCancel(ctx), &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: use, Now: s.cfg.Clock})
	p.found = found
	return p, nil
}

func noProvider(id string) error {
	return invalid("there is no sign-in provider %q", clip(id, 40))
}

func (s *Service) oauth(p *provider) *oauth2.Config {
	scopes := []string{oidc.ScopeOpenID}
	for _, scope := range p.Scopes {
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.found.Endpoint(),
		RedirectURL: s.cfg.URL + "/signin/" + p.ID + "/return", Scopes: scopes}
}

// BeginProvider answers the address of the provider's sign-in page, and a secret for
// a cookie of this browser that FinishProvider wants back; a link may be given, to
// connect the provider's account with an invitation.
func (s *Service) BeginProvider(ctx context.Context, provider, link string, from Source) (address, secret string, err error) {
	if err := s.mayBegin("oidc", from); err != nil {
		return "", "", err
	}
	if s.providers[provider] == nil {
		return "", "", noProvider(provider)
	}
	t := ticket{}
	if link != "" {
		a, hash, err := s.peek(ctx, link)
		if err != nil {
			return "", "", s.failed(accountID(a), "oidc", "link", from, err)
		}
		t.account, t.link = a.ID, hash
	}
	return s.leave(ctx, provider, t)
}

// BeginProviderAgain is BeginProvider for somebody who is signed in and shall show
// once more who they are: the provider is asked to let them sign in there anew, and
// FinishProvider wants its word that they did (ErrUnattested).
func (s *Service) BeginProviderAgain(ctx context.Context, in Session, provider string, from Source) (address, secret string, err error) {
	if err := s.mayBegin("oidc", from); err != nil {
		return "", "", err
	}
	r, err := s.current(ctx, in)
	if err != nil {
		return "", "", err
	}
	return s.leave(ctx, provider, ticket{account: r.Account, again: true})
}

// leave readies a ticket for the way to a provider and back.
func (s *Service) leave(ctx context.Context, provider string, t ticket) (address, secret string, err error) {
	p, err := s.discover(ctx, provider)
	if err != nil {
		return "", "", err
	}
	t.purpose, t.provider, t.begun = forProvider, p.ID, s.now()
	for _, to := range []*string{&t.state, &t.nonce, &t.verifier} {
		if *to, err = s.secret(32); err != nil {
			return "", "", err
		}
	}
	if secret, err = s.give(t); err != nil {
		return "", "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(t.nonce), oauth2.S256ChallengeOption(t.verifier)}
	if t.again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return s.oauth(p).AuthCodeURL(t.state, options...), secret, nil
}

// FinishProvider opens a session for the account that the provider's subject is
// connected with. An e-mail address connects nothing: providers let people choose it.
// No code (the provider answered with an error) ends what was begun.
//
// The session is fresh from when its owner signed in at the provider, if the provider
// says when that was; one that was opened with a link is fresh from now.
func (s *Service) FinishProvider(ctx context.Context, provider, secret, state, code string, from Source) (Opening, error) {
	refund, err := s.guard.source(s.now(), from)
	if err != nil {
		return Opening{}, s.failed("", "oidc", "wait", from, err)
	}
	t, err := s.tickets.take(secret, forProvider, s.now())
	if err != nil || t.provider != provider || subtle.ConstantTimeCompare([]byte(t.state), []byte(state)) != 1 {
		return Opening{}, s.failed("", "oidc", "state", from, ErrReturn)
	}
	if code == "" || len(code) > 4096 {
		return Opening{}, s.failed("", "oidc", "provider", from, ErrDenied)
	}
	p, err := s.discover(ctx, provider)
	if err != nil {
		return Opening{}, err
	}
	who, err := s.exchange(ctx, p, t, code)
	if err != nil {
		return Opening{}, s.failed("", "oidc", "token", from, err)
	}
	id, opened, err := s.signInSubject(ctx, p, t, who, from)
	if err != nil {
		return Opening{}, s.failed(id, "oidc", "subject", from, err)
	}
	refund()
	return opened, nil
}

// user is whom a provider let in.
type user struct {
	subject string
	entered time.Time // when they signed in at the provider; zero = it does not say
}

// exchange takes the code to the provider and checks the ID token (OpenID Connect
// Core 1.0, 3.1.3.7).
func (s *Service) exchange(ctx context.Context, p *provider, t ticket, code string) (user, error) {
	ctx, cancel := s.outside(ctx)
	defer cancel()
	token, err := s.oauth(p).Exchange(context.WithValue(ctx, oauth2.HTTPClient, s.cfg.Client), code, oauth2.VerifierOption(t.verifier))
	if err != nil {
		var answer *oauth2.RetrieveError
		if errors.As(err, &answer) && answer.Response != nil && answer.Response.StatusCode < http.StatusInternalServerError {
			return user{}, ErrDenied // the code is wrong, or was used
		}
		s.cfg.Log.WarnContext(ctx, "a sign-in provider gave no token", "provider", p.ID)
		return user{}, ErrProvider
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return user{}, ErrDenied
	}
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return user{}, ErrDenied
	}
	var claims struct {
		Party   string `json:"azp"`
		Entered int64  `json:"auth_time"` // seconds since 1970
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.nonce)) != 1,
		id.Subject == "" || len(id.Subject) > 255,
		id.Claims(&claims) != nil,
		claims.Party != "" && claims.Party != p.ClientID,
		len(id.Audience) > 1 && claims.Party == "",
		id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil,
		id.IssuedAt.After(s.now().Add(5 * time.Minute)):
		return user{}, ErrDenied
	}
	who := user{subject: id.Subject}
	if now := s.now(); claims.Entered > 0 && claims.Entered <= now.Add(clocksDiffer).Unix() {
		who.entered = time.Unix(claims.Entered, 0).UTC()
		if who.entered.After(now) {
			who.entered = now
		}
	}
	if t.again && who.entered.Before(t.begun.Add(-clocksDiffer)) {
		return user{}, ErrUnattested
	}
	return who, nil
}

func (s *Service) signInSubject(ctx context.Context, p *provider, t ticket, who user, from Source) (string, Opening, error) {
	sum := s.subjectDigest(p.Issuer, who.subject)
	if t.link == "" {
		row, ok, err := s.row(ctx, viewSubject, sum)
		if err != nil {
			return "", Opening{}, err
		}
		var h holder
		if !ok || json.Unmarshal(row.Doc, &h) != nil || t.again && h.Account != t.account {
			return "", Opening{}, ErrNotConnected
		}
		if a, err := s.load(ctx, h.Account); err != nil || a.disabled() {
			return h.Account, Opening{}, cmp.Or(err, ErrDisabled)
		}
		opened, err := s.open(ctx, h.Account, "oidc", from, func(a scene, o *opening) ([]fact, error) {
			o.fresh = &who.entered
			if !slices.ContainsFunc(a.Subjects, func(x Subject) bool { return x.Provider == p.ID && x.Issuer == p.Issuer }) {
				return nil, ErrNotConnected
			}
			return nil, nil
		})
		return h.Account, opened, err
	}
	sealed, err := s.cfg.Vault.Seal(ctx, owner(t.account), "subject", who.subject)
	if err != nil {
		return t.account, Opening{}, fmt.Errorf("identity: sealing a single sign-on subject: %w", err)
	}
	opened, err := s.open(ctx, t.account, "oidc", from, func(a scene, o *opening) ([]fact, error) {
		if err := a.opens(t.link, s.now()); err != nil {
			return nil, err
		}
		facts := []fact{{typ: linkUsed, payload: linkFact{Hash: t.link}}}
		// The head comes first: the log then refuses a subject that another account
		// takes in this moment.
		if o.seen, err = s.store.Head(ctx, Log, subjectStream+sum); err != nil {
			return nil, err
		}
		mine, err := s.mayTake(a, sum)
		if err != nil || mine {
			return facts, err
		}
		o.subject = sum
		return append(facts, fact{typ: subjectLinked, payload: subjectFact{Account: a.ID, Digest: sum, Issuer: p.Issuer, Provider: p.ID, Subject: sealed}}), nil
	})
	return t.account, opened, err
}

// mayTake says whether the subject is this account's already; ErrTaken when it is
// another's that is not disabled.
func (s *Service) mayTake(a scene, sum string) (mine bool, err error) {
	row, ok, err := s.row(a.ctx, viewSubject, sum)
	if err != nil || !ok {
		return false, err
	}
	var h holder
	if err := json.Unmarshal(row.Doc, &h); err != nil {
		return false, err
	}
	if h.Account == a.ID {
		return true, nil
	}
	other, err := s.load(a.ctx, h.Account)
	if err != nil {
		return false, err
	}
	if !other.disabled() {
		return false, ErrTaken
	}
	return false, nil
}
