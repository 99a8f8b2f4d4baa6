package e2e

import (
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"varde/app"
	"varde/identity"
	"varde/ledger/sqlite"
	"varde/web"
	"varde/web/account"
	"varde/web/webtest"
)

// house is an installation as it is on its first day: served, and empty.
type house struct {
	*site
	people *identity.Service
}

func newHouse(t *testing.T, limits identity.Limits, providers ...identity.Provider) *house {
	t.Helper()
	day, err := time.Parse(time.DateOnly, today)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{clock: &clock{base: day.Add(9 * time.Hour), from: time.Now()}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.base = atName(listener)
	if s.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "varde.db"), sqlite.Options{Now: s.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	people, keys := webtest.PeopleWith(t, s.store, identity.Config{Clock: s.clock.Now, Limits: limits, URL: s.base, Name: "Varde", Providers: providers})
	if s.app, err = app.New(t.Context(), app.Config{Store: s.store, Clock: s.clock.Now, SealKey: make([]byte, 32), Vault: keys, Identity: people}); err != nil {
		t.Fatal(err)
	}
	var buttons []account.Provider
	for _, p := range providers {
		buttons = append(buttons, account.Provider{ID: p.ID, Name: p.Name})
	}
	pages, err := web.New(web.Config{App: s.app, URL: s.base, Providers: buttons})
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: pages.HTTP("")}
	server.Start()
	t.Cleanup(server.Close)
	return &house{s, people}
}

// atName is a listener's address by the name localhost: passkeys are bound to names.
func atName(l net.Listener) string {
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return ""
	}
	return "http://localhost:" + port
}

// authenticator puts a virtual authenticator into the browser; transport is
// "internal" for the device itself, "usb" for a key.
func (b *browser) authenticator(transport webauthn.AuthenticatorTransport) webauthn.AuthenticatorID {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	got, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: transport, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	if err != nil {
		b.t.Fatal(err)
	}
	return got.AuthenticatorID
}

// lose takes an authenticator away.
func (b *browser) lose(id webauthn.AuthenticatorID) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: id}); err != nil {
		b.t.Fatal(err)
	}
}

// openLink opens a one-time link, whose secret the page posts by itself.
func (b *browser) openLink(link string) {
	b.t.Helper()
	// In a tab that shows a link's page already the browser loads nothing by itself:
	// the page that is there must not be taken for the one that comes.
	b.eval(`String(window.before = 1)`)
	b.open(strings.TrimPrefix(link, b.base))
	b.settles(`!window.before && location.pathname === "/link" && location.hash === "" && document.readyState === "complete" && (!!document.querySelector('form[action="/link/passkey"]') || !!document.querySelector('.v-message--error'))`)
}

// settles waits for a condition over pages that lead on by themselves. A page that is
// left just when it is asked is asked again on the next one.
func (b *browser) settles(condition string) {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](condition)); err == nil && there {
			return
		} else if err != nil && b.ctx.Err() != nil {
			b.t.Fatal(err)
		}
	}
	b.t.Fatalf("never true: %s\non %s:\n%s", condition, b.where(), b.excerpt())
}

// enter types into a field of a form.
func (b *browser) enter(selector, value string) {
	b.t.Helper()
	if got := b.eval(fmt.Sprintf(`(() => { const f = document.querySelector(%s); if (!f) return "none"; f.value = %s; f.dispatchEvent(new Event("input", { bubbles: true })); return "ok"; })()`, quote(selector), quote(value))); got != "ok" {
		b.t.Fatalf("there is no field %s on %s:\n%s", selector, b.where(), b.excerpt())
	}
}

// signOut signs out by the menu in the header.
func (b *browser) signOut() {
	b.t.Helper()
	b.press(`.v-header__tools details.v-menu > summary`)
	b.click(`form[action="/signout"] button`)
}
