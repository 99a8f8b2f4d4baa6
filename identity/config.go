package identity

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"varde/ledger"
	"varde/vault"
)

// Config of a Service.
type Config struct {
	Store ledger.Store
	Vault *vault.Vault
	Clock func() time.Time // nil: time.Now
	Rand  io.Reader        // nil: crypto/rand; safe for concurrent use if several Services share it
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

// DefaultHash is the second of the equal choices in the OWASP Password Storage Cheat
// Sheet (19 MiB, two passes, one lane). Of the equal ones it asks for least memory,
// which is what a small machine with many people signing in is short of.
var DefaultHash = Hash{Memory: 19456, Time: 2, Threads: 1}

func (l Limits) orDefaults() Limits {
	l.Idle = or(l.Idle, 30*time.Minute)
	l.Absolute = or(l.Absolute, 12*time.Hour)
	l.IdleOwn = or(l.IdleOwn, 14*24*time.Hour)
	l.AbsOwn = or(l.AbsOwn, 90*24*time.Hour)
	l.Fresh = or(l.Fresh, 5*time.Minute)
	l.Link = or(l.Link, 72*time.Hour)
	l.LinkOwn = or(l.LinkOwn, 30*time.Minute)
	l.Tries = or(l.Tries, 5)
	l.PerSource = or(l.PerSource, 30)
	return l
}

func or[T ~int | ~int64](v, fallback T) T {
	if v <= 0 {
		return fallback
	}
	return v
}

// check mends what is left out and refuses what cannot be meant.
func (c *Config) check() error {
	if c.Store == nil || c.Vault == nil {
		return errors.New("identity: a store and a vault are needed")
	}
	if c.URL == "" {
		c.URL = "http://localhost"
	}
	for _, address := range append([]string{c.URL}, c.Origins...) {
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Path != "" && u.Path != "/" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
			u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
			return fmt.Errorf("identity: the address %q: give it as https://host (http:// only for localhost), without a path", address)
		}
	}
	if c.Hash == (Hash{}) {
		c.Hash = DefaultHash
	}
	if c.Hash.Memory < 8*uint32(max(c.Hash.Threads, 1)) || c.Hash.Memory > 1<<21 || c.Hash.Time < 1 || c.Hash.Time > 64 || c.Hash.Threads < 1 || c.Hash.Threads > 64 {
		return fmt.Errorf("identity: argon2id cannot have the cost %+v; leave it out for the default", c.Hash)
	}
	c.Limits = c.Limits.orDefaults()
	return c.checkProviders()
}

var providerID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (c *Config) checkProviders() error {
	for i, p := range c.Providers {
		if !providerID.MatchString(p.ID) || slices.ContainsFunc(c.Providers[:i], func(o Provider) bool { return o.ID == p.ID }) {
			return fmt.Errorf("identity: the provider id %q: give each its own, of small letters, digits and hyphens", p.ID)
		}
		u, err := url.Parse(p.Issuer)
		if err != nil || u.Host == "" || p.ClientID == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
			return fmt.Errorf("identity: provider %s: it needs a client id and an issuer that begins with https://", p.ID)
		}
	}
	return nil
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
