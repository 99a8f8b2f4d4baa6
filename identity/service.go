package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	lru "github.com/hashicorp/golang-lru/v2"

	"varde/ledger"
	"varde/vault"
)

// By is who does something to an account that is not their own.
type By struct{ Account, Role string }

// Service is accounts and sessions. It is safe for concurrent use. Several may stand
// over one store, in one process or in many: accounts and sessions are then at most
// ten seconds old. Tickets and the counting of failures are in the memory of one
// Service: nodes behind a balancer need it to keep a browser at its node while it
// signs in (or a shared store for tickets, which there is none of yet).
type Service struct {
	cfg    Config
	store  ledger.Store
	rpID   string
	origin []string
	web    *webauthn.WebAuthn // nil: the host can have no passkeys

	random struct {
		sync.Mutex
		io.Reader
	}
	clock struct {
		sync.Mutex
		last time.Time
	}
	accounts  *lru.Cache[string, cached]
	admins    sync.Mutex     // held while the last administrator is looked for
	stripes   [64]sync.Mutex // per account, so that one process does not conflict with itself
	sessions  sessions
	tickets   tickets
	hasher    *hasher
	guard     *guard
	journal   *journal
	providers map[string]*provider
	subjects  []byte // key of the digests of single sign-on subjects
}

// What is kept in memory at most.
const (
	manyAccounts = 20_000
	manySessions = 50_000
	// An account that was read stays good for this long where reading costs (each
	// request); whatever changes or signs in looks at the log itself.
	accountAge = 10 * time.Second
)

// New makes the service. Close ends it.
func New(ctx context.Context, cfg Config) (*Service, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 10 * time.Second}
	}
	s := &Service{cfg: cfg, store: cfg.Store}
	s.random.Reader = cfg.Rand
	if err := s.relyingParty(); err != nil {
		return nil, err
	}
	var err error
	if s.accounts, err = lru.New[string, cached](manyAccounts); err != nil {
		return nil, err
	}
	if err := s.sessions.init(); err != nil {
		return nil, err
	}
	if err := s.tickets.init(); err != nil {
		return nil, err
	}
	if s.guard, err = newGuard(cfg.Limits, s.bytes); err != nil {
		return nil, err
	}
	if s.hasher, err = newHasher(cfg.Hash, s.bytes); err != nil {
		return nil, err
	}
	if err := s.lastMoment(ctx); err != nil {
		return nil, err
	}
	if err := s.openProviders(ctx); err != nil {
		return nil, err
	}
	s.journal = newJournal(s)
	return s, nil
}

// Close writes what is still to be written to the log.
func (s *Service) Close(ctx context.Context) error { return s.journal.close(ctx) }

// RPID is the host that passkeys are bound to; Origins are the addresses they are
// used from. Both are needed to verify a signature later ([VerifyAssertion]).
func (s *Service) RPID() string      { return s.rpID }
func (s *Service) Origins() []string { return append([]string(nil), s.origin...) }

// Limits answers those in force, for texts that state them.
func (s *Service) Limits() Limits { return s.cfg.Limits }

// relyingParty is this installation in the words of WebAuthn.
func (s *Service) relyingParty() error {
	for _, address := range append([]string{s.cfg.URL}, s.cfg.Origins...) {
		u, err := url.Parse(address)
		if err != nil {
			return fmt.Errorf("identity: the address %q: %w", address, err)
		}
		if s.rpID == "" {
			s.rpID = strings.ToLower(u.Hostname())
		}
		s.origin = append(s.origin, asBrowsersSay(u))
	}
	s.cfg.URL = s.origin[0]
	if s.cfg.Name == "" {
		s.cfg.Name = s.rpID
	}
	return s.newWebAuthn()
}

// asBrowsersSay is an origin in the form that browsers send: small letters, no port
// that goes without saying.
func asBrowsersSay(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return u.Scheme + "://" + host
}

// lastMoment starts the clock of the log at its last event: a machine whose clock
// was set back may still write.
func (s *Service) lastMoment(ctx context.Context) error {
	size, err := s.store.Size(ctx, Log)
	if err != nil || size == 0 {
		return err
	}
	for e, err := range s.store.Events(ctx, ledger.Read{Study: Log, After: size - 2}) {
		if err != nil {
			return fmt.Errorf("identity: reading the end of the house's log: %w", err)
		}
		s.clock.Lock()
		if e.RecordedAt.After(s.clock.last) {
			s.clock.last = e.RecordedAt
		}
		s.clock.Unlock()
	}
	return nil
}

func (s *Service) now() time.Time { return s.cfg.Clock().UTC().Truncate(time.Microsecond) }

// moment is the time for the log: never before what was written already.
func (s *Service) moment() time.Time {
	now := s.now()
	s.clock.Lock()
	defer s.clock.Unlock()
	if now.After(s.clock.last) {
		s.clock.last = now
	}
	return s.clock.last
}

func (s *Service) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	s.random.Lock()
	defer s.random.Unlock()
	if _, err := io.ReadFull(s.random.Reader, b); err != nil {
		return nil, fmt.Errorf("identity: no chance to be had: %w", err)
	}
	return b, nil
}

// secret is n bytes of chance as text for addresses and cookies.
func (s *Service) secret(n int) (string, error) {
	b, err := s.bytes(n)
	return base64.RawURLEncoding.EncodeToString(b), err
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func owner(account string) vault.Owner { return vault.Owner{Space: Log, Person: account} }

// row reads one row of a view.
func (s *Service) row(ctx context.Context, view, key string) (ledger.Row, bool, error) {
	rows, err := s.store.Rows(ctx, ledger.Query{Study: Log, View: view, Key: key, Limit: 1})
	if err != nil {
		return ledger.Row{}, false, fmt.Errorf("identity: reading the view %s: %w", view, err)
	}
	if len(rows) == 0 {
		return ledger.Row{}, false, nil
	}
	return rows[0], true, nil
}

func isConflict(err error) bool {
	var conflict *ledger.ConflictError
	return errors.As(err, &conflict)
}
