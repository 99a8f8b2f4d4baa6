package identity

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"varde/identity/authenticatortest"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/vault"
)

const home = "https://varde.example.org"

var (
	admin = By{"administrator", "administrator"}
	desk  = Source{Network: "192.0.2.0/24", Device: "Firefox on Linux"}
	cheap = Hash{Memory: 64, Time: 1, Threads: 1}
)

// house is a Service over a ledger of its own, with a clock that stands still.
type house struct {
	*Service
	t     testing.TB
	ctx   context.Context
	store ledger.Store
	mu    sync.Mutex
	time  time.Time
	cfg   Config
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.time
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.time = h.time.Add(d)
}

func open(t testing.TB, change ...func(*Config)) *house {
	t.Helper()
	h := &house{t: t, ctx: t.Context(), time: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	store, err := sqlite.Open(h.ctx, filepath.Join(t.TempDir(), "house.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	master, err := vault.NewKeyring([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	h.store = store
	h.cfg = Config{Store: store, Vault: vault.New(store, master), Clock: h.now, URL: home, Name: "Varde", Hash: cheap,
		Rand: &chance{from: rand.NewChaCha8([32]byte{1})}}
	for _, c := range change {
		c(&h.cfg)
	}
	h.Service = h.again()
	return h
}

// chance is the same in every run, and may be shared by several Services.
type chance struct {
	sync.Mutex
	from *rand.ChaCha8
}

func (c *chance) Read(b []byte) (int, error) {
	c.Lock()
	defer c.Unlock()
	return c.from.Read(b)
}

// again is one more Service over the same store: another node, or a restart.
func (h *house) again() *Service {
	h.t.Helper()
	s, err := New(h.ctx, h.cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// staff invites somebody and registers a passkey.
func (h *house) staff(id string) (*authenticatortest.Authenticator, Opening) {
	h.t.Helper()
	link, err := h.Invite(h.ctx, admin, Invitation{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Kind: Staff, Email: id + "@example.org", Language: "nb"})
	ok(h.t, err)
	return h.join(link)
}

func (h *house) participant(id string) (*authenticatortest.Authenticator, Opening) {
	h.t.Helper()
	link, err := h.Invite(h.ctx, admin, Invitation{ID: id, Kind: Participant, Study: "STUDY", Participant: id})
	ok(h.t, err)
	return h.join(link)
}

func (h *house) join(link string) (*authenticatortest.Authenticator, Opening) {
	h.t.Helper()
	key := authenticatortest.New(home)
	o := must2(h.BeginLink(h.ctx, link, desk))(h.t)
	answer := must2(key.Register(o.JSON))(h.t)
	return key, must2(h.FinishLink(h.ctx, link, o.Ticket, answer, "phone", desk))(h.t)
}

func must2[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T { t.Helper(); return must(t, v, err) }
}

func (h *house) signIn(key *authenticatortest.Authenticator) (Opening, error) {
	h.t.Helper()
	o := must2(h.BeginPasskey(h.ctx, desk))(h.t)
	answer := must2(key.Assert(o.JSON))(h.t)
	return h.FinishPasskey(h.ctx, o.Ticket, answer, desk)
}

const goodPassword = "korrekt hest batteri stift"

// password gives the session's account a password; code answers the code of now.
func (h *house) password(in Session) (code func() string, recovery []string) {
	h.t.Helper()
	address, ticket, err := h.BeginPassword(h.ctx, in, goodPassword)
	ok(h.t, err)
	_, after, _ := strings.Cut(address, "secret=")
	secret, _, _ := strings.Cut(after, "&")
	code = func() string { return must2(totp.GenerateCode(secret, h.now()))(h.t) }
	recovery = must2(h.FinishPassword(h.ctx, in, ticket, code()))(h.t)
	return code, recovery
}

// events answers the types in a stream, "" = the whole log.
func (h *house) events(stream string) []ledger.Event {
	h.t.Helper()
	ok(h.t, h.Flush(h.ctx))
	r := ledger.Read{Study: Log, Stream: stream}
	if stream == "" {
		r.After = -1
	}
	var out []ledger.Event
	for e, err := range h.store.Events(h.ctx, r) {
		ok(h.t, err)
		out = append(out, e)
	}
	return out
}

func (h *house) count(stream, typ string) int {
	n := 0
	for _, e := range h.events(stream) {
		if e.Type == typ {
			n++
		}
	}
	return n
}

// rebuilt fails when the views are not what the log says.
func (h *house) rebuilt() {
	h.t.Helper()
	ok(h.t, h.Flush(h.ctx))
	before := must2(h.store.RowsDigest(h.ctx, Log))(h.t)
	ok(h.t, h.Rebuild(h.ctx))
	after := must2(h.store.RowsDigest(h.ctx, Log))(h.t)
	if before != after {
		h.t.Error("rebuilding gives other views than writing did")
	}
}

func fields(t testing.TB, e ledger.Event) map[string]any {
	t.Helper()
	var m map[string]any
	ok(t, json.Unmarshal(e.Payload, &m))
	return m
}
