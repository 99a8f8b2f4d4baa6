package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"varde/identity"
)

// twoPictures writes what the browser shows, at the widths of a phone and of a desk,
// into the folder that VARDE_PICTURES names; without it none are taken.
func (b *browser) twoPictures(name string) {
	b.t.Helper()
	dir := os.Getenv("VARDE_PICTURES")
	if dir == "" {
		return
	}
	for width, tag := range map[int64]string{390: "phone", 1280: "desk"} {
		b.size(width, 900)
		data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-"+tag+".png"), data, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.size(1280, 900)
}

func (h *house) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), h.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

const longPassword = "sju vakre varder i tåka"

func (h *house) byPassword(b *browser, secret string) {
	b.t.Helper()
	b.open("/signin")
	b.press(`.v-ways > details:nth-of-type(1) > summary`)
	b.enter(`form[action="/signin"] input[name="account"]`, "administrator")
	b.enter(`form[action="/signin"] input[name="password"]`, longPassword)
	b.enter(`form[action="/signin"] input[name="code"]`, h.code(b.t, secret))
	b.click(`form[action="/signin"] button`)
}

// The first administrator comes by the console's link, and lives through all that
// can happen to keys: used, added, lost, removed, and everything lost.
func TestKeysFromTheFirstLinkToTheLastRecoveryCode(t *testing.T) {
	chromium(t)
	h := newHouse(t, identity.Limits{})
	link, err := h.people.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, h.base)
	phone := b.authenticator("internal")

	b.openLink(link)
	b.sees("Welcome")
	b.twoPictures("invited")
	if strings.Contains(b.where(), "#") {
		t.Error("the link's secret stays in the address")
	}
	b.click(`form[action="/link/passkey"] button`)
	b.sees("Keep these recovery codes")
	b.twoPictures("codes")
	b.click(`main .v-actions a.ds-button`)
	b.sees("People and access")

	// A link works once.
	b.allow(410, func() { b.openLink(link) })
	b.sees("This link is not valid")
	b.twoPictures("link-used")

	// Out, and in again by passkey.
	b.open("/account")
	b.sees("This device")
	b.signOut()
	b.open("/account")
	b.sees("With a passkey")
	b.twoPictures("signin")
	b.click(`form[action="/signin/passkey"] button`)
	if b.path() != "/account" {
		t.Errorf("signing in leads to %s and not to where one wanted to go", b.path())
	}

	// A second passkey, on a security key.
	key := b.authenticator("usb")
	b.enter(`form[action="/account/passkeys"] input[name="name"]`, "Spare key")
	b.click(`form[action="/account/passkeys"] button`)
	b.sees("The passkey is added")
	b.sees("Spare key")

	// A password with an app, for a device without passkeys.
	b.open("/account/password")
	b.twoPictures("password")
	b.enter(`input[name="password"]`, longPassword)
	b.enter(`input[name="again"]`, longPassword)
	b.click(`form[action="/account/password"] button`)
	secret := b.eval(`document.querySelector(".v-secret").textContent`)
	b.twoPictures("app")
	b.enter(`input[name="code"]`, h.code(t, secret))
	b.click(`form[action="/account/password/code"] button`)
	recovery := strings.Split(b.eval(`[...document.querySelectorAll("#codes code")].map((c) => c.textContent).join(",")`), ",")
	if len(recovery) < 8 {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	h.clock.pass(time.Minute)

	other := newBrowser(t, h.base)
	h.byPassword(other, secret)
	other.open("/account")
	other.sees("My keys and devices")

	// Whoever finds a device they do not know signs it out; it is out at once.
	b.open("/account")
	b.twoPictures("account")
	b.click(`form[action="/account/sessions/others"] button`)
	b.sees("All other devices are signed out")
	other.open("/account")
	other.sees("With a passkey")

	// The phone is lost: its passkey is removed, and works no more. The screen was
	// left alone for a while, so the page asks first who is there.
	h.clock.pass(10 * time.Minute)
	b.lose(phone)
	remove := `.v-keys form[action="/account/passkeys/revoke"] button`
	b.open("/account")
	b.press(remove)
	b.until(`document.querySelector("#revoke").open`)
	b.click(`#revoke button[value="yes"]`)
	b.sees("Show once more who you are")
	b.twoPictures("confirm")
	b.click(`form[action="/account/confirm"] button`)
	if b.path() != "/account" {
		t.Fatalf("after showing the key: %s", b.path())
	}
	b.press(`.v-keys li:has(strong) form[action="/account/passkeys/revoke"] button[aria-label*="Spare"]`)
	b.until(`document.querySelector("#revoke").open`)
	b.click(`#revoke button[value="yes"]`)
	b.sees("The passkey is removed")
	b.signOut()
	b.open("/signin")
	b.allow(422, func() { b.click(`form[action="/signin/passkey"] button`) })
	b.sees("could not be signed in with this passkey")
	b.twoPictures("signin-failed")
	b.lose(key)

	// With no key left, a recovery code lets its owner set a new one, and no more.
	b.press(`.v-ways > details:nth-of-type(2) > summary`)
	b.enter(`form[action="/signin/recovery"] input[name="account"]`, "administrator")
	b.enter(`form[action="/signin/recovery"] input[name="recovery"]`, recovery[0])
	b.twoPictures("recovery")
	b.click(`form[action="/signin/recovery"] button`)
	b.sees("Set a new key first")
	b.twoPictures("restricted")
	b.open("/people")
	b.sees("Set a new key first")
	b.authenticator("internal")
	b.click(`form[action="/account/passkeys"] button`)
	b.sees("Your new key is set")
	b.click(`form[action="/signin/passkey"] button`)
	b.sees("People and access")
}

// Somebody who guesses is made to wait, and told how long.
func TestWhoeverGuessesWaits(t *testing.T) {
	chromium(t)
	h := newHouse(t, identity.Limits{Tries: 2})
	if _, err := h.people.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, h.base)
	for range 4 {
		b.allow(422, func() { b.allow(429, func() { h.byPassword(b, "JBSWY3DPEHPK3PXP") }) })
	}
	b.sees("too many attempts")
	b.twoPictures("wait")
}
