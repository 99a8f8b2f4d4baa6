package e2e

import (
	"strings"
	"testing"
	"time"

	"varde/identity"
	"varde/identity/providertest"
)

// withProvider is a house with single sign-on, at the provider's time.
func withProvider(t *testing.T) (h *house, issuer string) {
	t.Helper()
	issuer = providertest.Start(t, func() string { return providertest.User })
	h = newHouse(t, identity.Limits{}, identity.Provider{ID: "hospital", Name: "Oslo Hospital", Issuer: issuer, ClientID: "varde", ClientSecret: "s3cret"})
	providertest.Register(h.base + "/signin/hospital/return")
	h.clock.pass(time.Since(h.clock.Now()))
	return h, issuer
}

// abroad lets the browser go to another site while do runs.
func (b *browser) abroad(site string, do func()) {
	b.t.Helper()
	do()
	for _, p := range b.complaints() {
		if !strings.HasPrefix(p, "a request left for "+site+"/") {
			b.t.Errorf("the browser complains: %s", p)
		}
	}
}

// throughProvider presses a provider's button, and waits for the page to which the
// way there and back leads.
func (b *browser) throughProvider(issuer, button, then string) {
	b.t.Helper()
	b.abroad(issuer, func() {
		b.press(button)
		b.settles(`location.origin === ` + quote(b.base) + ` && document.readyState === "complete" && (document.querySelector("main")?.innerText || "").includes(` + quote(then) + `)`)
	})
}

// Single sign-on in a browser, with its rules about cookies and other sites: an
// invitation is connected, used, and a passkey added for signing.
func TestSingleSignOnInABrowser(t *testing.T) {
	chromium(t)
	h, issuer := withProvider(t)
	link, err := h.people.Invite(t.Context(), identity.By{Account: "console", Role: "administrator"}, identity.Invitation{ID: "kari", Name: "Kari Nordmann", Kind: identity.Staff})
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, h.base)
	b.authenticator("internal")
	b.openLink(link)
	b.throughProvider(issuer, `form[action="/signin/hospital/begin"] button`, "Your studies")
	b.open("/account")
	b.sees("so that you can sign records")
	b.signOut()
	b.open("/account")
	b.throughProvider(issuer, `form[action="/signin/hospital/begin"] button`, "My keys and devices")
	if strings.Contains(b.where(), "code=") || b.path() != "/account" {
		t.Errorf("the way back ends on %s", b.where())
	}
	// The screen was left alone: a passkey is added only after the provider has asked
	// once more who is there.
	h.clock.pass(6 * time.Minute)
	b.press(`form[action="/account/passkeys"] button`)
	b.settles(`location.pathname === "/account/confirm"`)
	h.clock.pass(-6 * time.Minute)
	b.throughProvider(issuer, `form[action="/signin/hospital/begin"] button`, "My keys and devices")
	b.click(`form[action="/account/passkeys"] button`)
	b.sees("The passkey is added")
	if strings.Contains(b.text(), "so that you can sign records") {
		t.Error("the page still asks for a passkey")
	}
}
