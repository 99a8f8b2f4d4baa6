package identity

import (
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	lru "github.com/hashicorp/golang-lru/v2"
)

type purpose int

// What a ticket is good for. Each has room of its own: who asks for sign-in tickets
// by the thousand, unknown to us, pushes out nobody's signature.
const (
	forSignIn purpose = iota
	forLink
	forAdding
	forPresence
	forPassword
	forProvider
	purposes
)

const (
	ticketLasts = 5 * time.Minute
	manyTickets = 20_000 // of each purpose; the oldest go first
)

// ticket is one ceremony that was begun: it is taken once, by who began it.
type ticket struct {
	purpose purpose
	account string
	session string // hash
	link    string // hash
	until   time.Time

	web      webauthn.SessionData // passkeys
	password string               // argon2id text
	totp     string
	wrong    int    // first codes that did not match, of a password being set
	provider string // single sign-on
	state    string
	nonce    string
	verifier string
	again    bool      // of an account that shall show once more who it is,
	begun    time.Time // at the provider, from then on
}

type tickets [purposes]*lru.Cache[string, ticket]

func (t *tickets) init() error {
	for i := range t {
		pool, err := lru.New[string, ticket](manyTickets)
		if err != nil {
			return err
		}
		t[i] = pool
	}
	return nil
}

func (s *Service) give(t ticket) (string, error) {
	key, err := s.secret(32)
	if err != nil {
		return "", err
	}
	t.until = s.now().Add(ticketLasts)
	s.tickets[t.purpose].Add(key, t)
	return key, nil
}

// take takes a ticket for good: right or wrong, it is not taken twice.
func (t *tickets) take(key string, p purpose, now time.Time) (ticket, error) {
	if len(key) > 100 {
		return ticket{}, ErrDenied
	}
	got, ok := t[p].Get(key)
	// Of two who come at once, the one whose removal found it has it.
	if !ok || !t[p].Remove(key) || !now.Before(got.until) {
		return ticket{}, ErrDenied
	}
	return got, nil
}
