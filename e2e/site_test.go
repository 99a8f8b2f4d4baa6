// Package e2e drives the whole of Varde as people do: a demonstration is made by
// the program itself, its pages are served, and a real browser does the work. Only
// the clock is the test's own, so that weeks pass between two visits.
package e2e

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/app"
	"varde/identity"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/vault"
	"varde/web"
	"varde/web/api"
)

// The studies of a demonstration, and the day it stands on: a Monday.
const (
	live  = "live"
	over  = "demo"
	today = "2026-03-02"
)

// site is a served data folder.
type site struct {
	base  string
	app   *app.App
	pages *web.Server
	store *sqlite.Store
	clock *clock
}

// clock runs like any other, and can be moved on.
type clock struct {
	mu   sync.Mutex
	base time.Time // the demonstration's time
	from time.Time // of the world, when base was set
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(time.Since(c.from))
}

// pass lets time go by.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base = c.base.Add(d)
}

var (
	building sync.Mutex
	program  string
)

// TestMain removes what the tests built.
func TestMain(m *testing.M) {
	status := m.Run()
	if program != "" {
		os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(status)
}

// varde builds the program once and answers its path.
func varde(t *testing.T) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	if program != "" {
		return program
	}
	dir, err := os.MkdirTemp("", "varde-e2e")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "varde")
	build := exec.Command("go", "build", "-o", path, "varde/cmd/varde")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		t.Fatalf("the program cannot be built: %v\n%s", err, out)
	}
	program = path
	return path
}

// newSite makes a demonstration with the program itself, and serves it with a
// clock that stands at three in the afternoon UTC of its last day.
func newSite(t *testing.T, participants int) *site {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	run := exec.Command(varde(t), "demo", "--no-serve", "--seed=1", "--today="+today, "--data="+dir, fmt.Sprintf("--participants=%d", participants))
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("varde demo: %v\n%s", err, out)
	}
	day, err := time.Parse(time.DateOnly, today)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{clock: &clock{base: day.Add(15 * time.Hour), from: time.Now()}}
	text, err := os.ReadFile(filepath.Join(dir, "seal.key"))
	if err != nil {
		t.Fatal(err)
	}
	seal, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ledger.LoadSigner(filepath.Join(dir, "sign.key"))
	if err != nil {
		t.Fatal(err)
	}
	if s.store, err = sqlite.Open(t.Context(), filepath.Join(dir, "varde.db"), sqlite.Options{Signer: signer, Now: s.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.base = atName(listener)
	master, err := vault.Open("file:" + filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	keys := vault.New(s.store, master)
	year := 365 * 24 * time.Hour // sessions outlast the weeks that the tests let pass
	people, err := identity.New(t.Context(), identity.Config{Store: s.store, Vault: keys, Clock: s.clock.Now, URL: s.base, Name: "Varde", Limits: identity.Limits{Idle: year, Absolute: year}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := people.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if s.app, err = app.New(t.Context(), app.Config{Store: s.store, Clock: s.clock.Now, SealKey: seal, Vault: keys, Identity: people}); err != nil {
		t.Fatal(err)
	}
	interfaces, err := api.New(s.app, nil)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.New(web.Config{App: s.app, URL: s.base, API: interfaces})
	if err != nil {
		t.Fatal(err)
	}
	s.pages = pages
	server := &httptest.Server{Listener: listener, Config: pages.HTTP("")}
	server.Start()
	t.Cleanup(server.Close)
	return s
}

func (s *site) definition(t *testing.T, study string) *protocol.Definition {
	t.Helper()
	def, ok := s.app.Definition(study)
	if !ok {
		t.Fatalf("there is no study %s", study)
	}
	return def
}

// signIn takes a role of a study with one click.
func (b *browser) signIn(study, role string) {
	b.t.Helper()
	b.open("/signin")
	b.click(fmt.Sprintf(`form:has(input[name="study"][value=%q]) button[value$="/%s"]`, study, role))
	if strings.HasPrefix(b.path(), "/signin") {
		b.t.Fatalf("%s could not sign in:\n%s", role, b.excerpt())
	}
}

// freshPerson refers somebody as the coordinator who is signed in, by the page's
// plain form, and answers the number.
func (b *browser) freshPerson() string {
	b.t.Helper()
	b.open("/s/" + live + "/participants")
	b.press("#refer > summary")
	b.eval(`(() => { const f = document.querySelector("#refer form");
		for (const s of f.querySelectorAll("select")) if (!s.value) { s.value = [...s.options].find((o) => o.value).value; }
		for (const r of f.querySelectorAll('input[type="radio"]')) if (!f.querySelector('input[name="' + r.name + '"]:checked')) r.click();
		return "ok"; })()`)
	b.click("#refer form .v-actions button")
	m := regexp.MustCompile(`/p/([^/?]+)`).FindStringSubmatch(b.path())
	if m == nil {
		b.t.Fatalf("nobody was referred:\n%s", b.excerpt())
	}
	return m[1]
}
