package routes

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/protocols"
	"varde/simulate"
	"varde/study"
	"varde/vault"
	"varde/web"
	"varde/web/api"
	"varde/web/page"
)

// The studies of a world: one under way that is walked, and another one, whose
// people must not come into it.
const (
	trial = "trial"
	other = "other"

	seed = 11
)

var (
	began = time.Date(2025, 9, 1, 6, 0, 0, 0, time.UTC)
	now   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) // a Monday
)

// staff is every role that a person can be delegated in a study.
var staff = []string{"sponsor", "coordinator", "physician", "therapist", "attendant", "rater", "adherence-rater", "pharmacist", "monitor", "data-manager",
	"statistician", "statistician-unblinded", "safety-board", "auditor", "administrator"}

// line of a transcript.
type line struct {
	at    time.Time
	study string
	actor access.Actor
	cmd   study.Command
}

// world is an installation: a simulated study half-way, and everybody who works in it.
type world struct {
	app    *app.App
	people *identity.Service
	store  *sqlite.Store
	dir    string // of the database
	pages  *web.Server
	api    *api.API
	log    *buffer
	seed   *chance
	sites  []string // of the trial
	housed bool

	calendar string // the address of a calendar

	mu  sync.Mutex
	now time.Time
}

// Now is the world's clock. It stands still.
func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) at(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = t
}

// buffer is a log that several may write to.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// take answers what was logged since the last time.
func (b *buffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.b.String()
	b.b.Reset()
	return s
}

// chance is randomness that can be set back: two worlds draw the same.
type chance struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func newChance(what string) *chance {
	c := &chance{}
	c.set(what)
	return c
}

func (c *chance) set(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.src = rand.NewChaCha8(sha256.Sum256([]byte(what)))
}

func (c *chance) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.src.Read(p)
}

// newWorld opens an empty installation; a twin puts everybody into the other arm.
// Extra pages may be added to the server's own.
func newWorld(t testing.TB, twin bool, extra ...func(*world) page.Module) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), log: &buffer{}, seed: newChance("world"), now: began}
	ctx := t.Context()
	signer, err := ledger.GenerateSigner(w.seed, "varde")
	if err != nil {
		t.Fatal(err)
	}
	if w.store, err = sqlite.Open(ctx, filepath.Join(w.dir, "varde.db"), sqlite.Options{Now: w.Now, Signer: signer}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := vault.NewKeyring(bytes.Repeat([]byte{5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	keys := vault.New(w.store, ring)
	log := w.logger()
	w.people, err = identity.New(ctx, identity.Config{Store: w.store, Vault: keys, Clock: w.Now, Rand: w.seed, Log: log,
		URL: "http://localhost", Name: "Varde", Hash: identity.Hash{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.people.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	w.app, err = app.New(ctx, app.Config{Store: w.store, Clock: w.Now, SealKey: bytes.Repeat([]byte{7}, 32), Log: log, CacheSize: 1024,
		Vault: keys, Identity: w.people, Rand: w.seed, Twin: twin})
	if err != nil {
		t.Fatal(err)
	}
	if w.api, err = api.New(w.app, log); err != nil {
		t.Fatal(err)
	}
	var modules []page.Module
	for _, m := range extra {
		modules = append(modules, m(w))
	}
	if w.pages, err = web.New(web.Config{App: w.app, Log: log, API: w.api, Modules: modules}); err != nil {
		t.Fatal(err)
	}
	return w
}

// logger writes what two runs share: everything but times.
func (w *world) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" {
			return slog.Attr{}
		}
		return a
	}}))
}

// open begins a study with a list that is drawn from the same seed in every world.
func (w *world) open(t testing.TB, id string, def *protocol.Definition) {
	t.Helper()
	w.at(began)
	if _, err := w.app.Do(t.Context(), access.System, id, study.OpenStudy{Mode: "practice", Title: "The study " + id, Definition: def}, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.app.SealAllocation(t.Context(), access.System, id, bytes.Repeat([]byte{9}, 32)); err != nil {
		t.Fatal(err)
	}
}

// live simulates the studies until today and answers the transcript.
func (w *world) live(t testing.TB) []line {
	t.Helper()
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		t.Fatal(err)
	}
	var said []line
	for _, x := range []struct {
		id     string
		people int
		sites  int
	}{{trial, 14, 2}, {other, 2, 1}} {
		w.open(t, x.id, def)
		cut, sim := *def, *def.Simulation
		sim.Sites = sim.Sites[:x.sites]
		cut.Simulation = &sim
		sum, err := simulate.Run(t.Context(), simulate.Config{App: w.app, Study: x.id, Definition: &cut, Seed: seed, Participants: x.people, Start: began, Until: now,
			Transcript: func(at time.Time, actor access.Actor, cmd study.Command) {
				said = append(said, line{at, x.id, actor, cmd})
			}})
		if err != nil {
			t.Fatal(err)
		}
		if len(sum.Unexpected) > 0 {
			t.Fatalf("%v\n%v", sum.Unexpected, sum.Faults)
		}
	}
	w.at(now)
	w.employ(t)
	return said
}

// again carries out a transcript.
func (w *world) again(t testing.TB, said []line, leak func(line) line) {
	t.Helper()
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		t.Fatal(err)
	}
	var pipe *app.Pipeline
	at := ""
	for _, l := range said {
		if l.study != at {
			if pipe != nil {
				if err := pipe.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			at = l.study
			w.open(t, at, def)
			if pipe, err = w.app.Pipeline(at); err != nil {
				t.Fatal(err)
			}
		}
		if leak != nil {
			l = leak(l)
		}
		pipe.At(l.at)
		pipe.Draw(simulate.Lots(seed))
		var refusal *study.Refusal
		if _, err := pipe.Do(t.Context(), l.actor, l.cmd); err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%T: %v", l.cmd, err)
		}
	}
	if err := pipe.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.at(now)
	w.employ(t)
}

// employ gives the world everybody who is missing from a simulated site, and an
// account to sign in with.
func (w *world) employ(t testing.TB) {
	t.Helper()
	if err := w.app.SetDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	do := func(id string, cmd study.Command) {
		t.Helper()
		if _, err := w.app.Do(t.Context(), access.System, id, cmd, ""); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	sites, err := w.app.Sites(t.Context(), access.System, trial)
	if err != nil || len(sites) != 2 {
		t.Fatalf("%d sites, %v", len(sites), err)
	}
	for _, x := range sites {
		w.sites = append(w.sites, x.ID)
	}
	for _, role := range staff {
		for i, scope := range []string{"own", "far"} {
			do(trial, study.Delegate{Account: scope + "-" + role, Name: "Test " + role, Role: role, Sites: []string{sites[i].ID}})
		}
		do(other, study.Delegate{Account: "else-" + role, Name: "Test " + role, Role: role})
	}
	w.receives(t)
	// An emergency unblinding: whoever has nothing to do with it must not profit.
	own, _ := w.participants(t)
	physician := access.Actor{ID: "asking", Name: "Dr Asks", Role: "physician", Study: trial, Sites: []string{w.sites[0]}}
	second := access.Actor{ID: "confirming", Name: "Dr Confirms", Role: "safety-board", Study: trial}
	done, err := w.app.Do(t.Context(), physician, trial, study.AskUnblinding{On: study.On{Participant: own}, Reason: "a serious reaction of unknown cause"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.Do(t.Context(), second, trial, study.ConfirmUnblinding{On: study.On{Participant: own}, ID: done.State.Unblinded[0].ID}, ""); err != nil {
		t.Fatal(err)
	}
}
