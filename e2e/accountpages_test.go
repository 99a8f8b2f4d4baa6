package e2e

import (
	"strings"
	"testing"
	"time"

	"varde/identity"
)

// fits fails when a page is wider than a phone or a desk, and takes its pictures.
func (b *browser) fits(lang, name string) {
	b.t.Helper()
	b.settles(`document.readyState === "complete" && !!document.documentElement`)
	if got := b.eval(`document.documentElement.lang`); got != lang {
		b.t.Errorf("%s is in %q", name, got)
	}
	for _, width := range []int64{390, 1280} {
		b.size(width, 900)
		if wide := b.eval(`String(document.documentElement.scrollWidth - document.documentElement.clientWidth)`); wide != "0" {
			b.t.Errorf("%s (%s) is %s px too wide at %d", name, lang, wide, width)
		}
	}
	b.twoPictures(lang + "-" + name)
}

// Every page of signing in and of one's own keys, in both languages, on a phone and
// on a desk, for staff, for who has single sign-on alone, and for a participant.
func TestAccountPagesFit(t *testing.T) {
	chromium(t)
	h, issuer := withProvider(t)
	by := identity.By{Account: "console", Role: "administrator"}
	invite := func(in identity.Invitation) string {
		t.Helper()
		link, err := h.people.Invite(t.Context(), by, in)
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	for _, lang := range []string{"en", "nb"} {
		visitor := func() *browser {
			b := newBrowser(t, h.base)
			b.open("/signin")
			b.eval(`document.cookie = "varde-lang=` + lang + `; path=/"`)
			b.authenticator("internal")
			return b
		}
		staff := identity.Invitation{ID: "kari-" + lang, Name: "Kari Nordmann", Kind: identity.Staff}
		b := visitor()
		b.open("/signin")
		b.fits(lang, "signin")
		b.open("/link")
		b.fits(lang, "link-paste")
		b.allow(410, func() { b.openLink(h.base + "/link#" + strings.Repeat("a", 43)) })
		b.fits(lang, "link-dead")
		b.openLink(invite(staff)) // in the same tab, where only the fragment changes
		b.fits(lang, "invited")
		b.click(`form[action="/link/passkey"] button`)
		b.fits(lang, "codes")
		b.open("/account")
		b.fits(lang, "account")
		b.open("/account/password")
		b.enter(`input[name="password"]`, "kort")
		b.enter(`input[name="again"]`, "kort")
		b.allow(422, func() { b.click(`form[action="/account/password"] button`) })
		b.fits(lang, "password-error")
		b.enter(`input[name="password"]`, longPassword)
		b.enter(`input[name="again"]`, longPassword)
		b.click(`form[action="/account/password"] button`)
		b.fits(lang, "app")
		secret := b.eval(`document.querySelector(".v-secret").textContent`)
		b.enter(`input[name="code"]`, h.code(t, secret))
		b.click(`form[action="/account/password/code"] button`)
		codes := strings.Split(b.eval(`[...document.querySelectorAll("#codes code")].map((c) => c.textContent).join(",")`), ",")
		b.open("/account/confirm?return=/account")
		b.fits(lang, "confirm")
		b.signOut()

		b.open("/signin")
		b.press(`.v-ways > details:nth-of-type(1) > summary`)
		b.enter(`form[action="/signin"] input[name="account"]`, staff.ID)
		b.enter(`form[action="/signin"] input[name="password"]`, "noe helt annet")
		b.enter(`form[action="/signin"] input[name="code"]`, "000000")
		b.allow(422, func() { b.click(`form[action="/signin"] button`) })
		b.fits(lang, "signin-failed")
		b.open("/signin")
		b.press(`.v-ways > details:nth-of-type(2) > summary`)
		b.enter(`form[action="/signin/recovery"] input[name="account"]`, staff.ID)
		b.enter(`form[action="/signin/recovery"] input[name="recovery"]`, codes[0])
		b.click(`form[action="/signin/recovery"] button`)
		b.fits(lang, "restricted")
		b.signOut()
		b.allow(422, func() { b.open("/signin/hospital/return?code=x&state=y") })
		b.fits(lang, "provider-return")

		// Single sign-on alone.
		b = visitor()
		b.openLink(invite(identity.Invitation{ID: "per-" + lang, Name: "Per Hansen", Kind: identity.Staff}))
		b.abroad(issuer, func() {
			b.press(`form[action="/signin/hospital/begin"] button`)
			b.settles(`location.pathname === "/home" && document.readyState === "complete"`)
		})
		b.open("/account")
		b.fits(lang, "account-sso")
		b.open("/account/confirm?return=/account")
		b.fits(lang, "confirm-sso")
		// The provider's only user is free again for the next language.
		if err := h.people.Disable(t.Context(), by, "per-"+lang, "left"); err != nil {
			t.Fatal(err)
		}
		b = visitor()
		b.abroad(issuer, func() {
			b.allow(422, func() {
				b.open("/signin")
				b.press(`form[action="/signin/hospital/begin"] button`)
				b.settles(`location.pathname === "/signin/hospital/return" && document.readyState === "complete"`)
			})
		})
		b.fits(lang, "provider-disabled")

		// A participant, on a phone of their own.
		b = visitor()
		who := identity.Invitation{ID: "p-small-1001-" + lang, Kind: identity.Participant, Study: "small", Participant: "1001-" + lang, Language: lang}
		invite(who)
		link, err := h.people.Link(t.Context(), by, who.ID)
		if err != nil {
			t.Fatal(err)
		}
		b.openLink(link)
		b.fits(lang, "own-invited")
		if b.has(`form[action="/signin/hospital/begin"]`) {
			t.Error("a participant is offered the staff's single sign-on")
		}
		b.click(`form[action="/link/passkey"] button`)
		b.fits(lang, "own-home")
		b.open("/account")
		b.fits(lang, "own-account")
		b.signOut()
		b.open("/signin")
		b.click(`form[action="/signin/passkey"] button`)
		b.open("/account")
		if b.has("#roles") || !b.has(".v-keys") {
			t.Error("a participant came back to another page than their own")
		}
		h.clock.pass(time.Minute)
	}
}
