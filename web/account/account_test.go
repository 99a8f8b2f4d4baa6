package account_test

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/ledger/sqlite"
	"varde/web/account"
	"varde/web/page"
	"varde/web/static"
	"varde/web/ui/locale"
	"varde/web/ui/secure"
	"varde/web/webtest"
)

// house is an installation without studies: its accounts, and the pages for them.
type house struct {
	t       *testing.T
	app     *app.App
	people  *identity.Service
	handler http.Handler
	now     time.Time
}

func (h *house) clock() time.Time { return h.now }

func newHouse(t *testing.T, limits identity.Limits, providers ...account.Provider) *house {
	t.Helper()
	return newHouseWith(t, identity.Config{Limits: limits}, providers...)
}

func newHouseWith(t *testing.T, cfg identity.Config, providers ...account.Provider) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)}
	cfg.Clock = h.clock
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Now: h.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	people, keys := webtest.PeopleWith(t, store, cfg)
	h.people = people
	if h.app, err = app.New(ctx, app.Config{Store: store, Clock: h.clock, SealKey: make([]byte, 32), Vault: keys, Identity: people}); err != nil {
		t.Fatal(err)
	}
	own, err := account.Module(providers)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	// One page beside the module's own: what a session may open that is no key page.
	work := page.Module{Name: "work", Routes: []page.Route{{Pattern: "GET /work", Need: access.SignedIn, Handle: func(c *page.Context) error {
		_, err := c.W.Write([]byte("<main>at work as " + c.Actor.ID + "</main>"))
		return err
	}}}}
	desk, err := page.New(page.Config{App: h.app, Catalog: catalog, Static: files}, own, work)
	if err != nil {
		t.Fatal(err)
	}
	if h.handler, err = secure.Protect(secure.Options{Denied: desk.CrossSite()}, desk); err != nil {
		t.Fatal(err)
	}
	return h
}

// invite answers the secret of a link for a new account of staff.
func (h *house) invite(id string) string {
	h.t.Helper()
	link, err := h.people.Invite(context.Background(), identity.By{Account: "console", Role: "administrator"}, identity.Invitation{ID: id, Name: "Kari Nordmann", Kind: identity.Staff})
	if err != nil {
		h.t.Fatal(err)
	}
	_, secret, _ := strings.Cut(link, "#")
	return secret
}

const password = "sju vakre varder i tåka"

var secretForm = regexp.MustCompile(`<code class="v-secret"[^>]*>([A-Z2-7 ]+)</code>`)

// withPassword sets a password on the strength of a link, through the pages, and
// answers the authenticator's secret and the recovery codes.
func (h *house) withPassword(id string) (secret string, codes []string) {
	h.t.Helper()
	c := webtest.Visitor(h.t, h.handler)
	link := h.invite(id)
	if a := c.Post("/link", url.Values{"link": {"http://localhost/link#" + link}}); a.Status != http.StatusOK || !strings.Contains(a.Text(), "Welcome, Kari Nordmann") {
		h.t.Fatalf("the link: %d %s", a.Status, a.Text())
	}
	a := c.Follow(c.Post("/link/open", url.Values{"link": {link}}))
	if !strings.Contains(a.Text(), "Set a password") {
		h.t.Fatalf("after the link: %s", a.Text())
	}
	if w := c.Get("/work"); w.Status != http.StatusSeeOther || w.Header.Get("Location") != "/account" {
		h.t.Errorf("a session for keys alone opens other pages: %d", w.Status)
	}
	for _, x := range []struct{ one, two, says string }{{"", "", "fill this in"}, {"short", "short", "12 characters"}, {password, password + ".", "not the same"}} {
		if a := c.Post("/account/password", url.Values{"password": {x.one}, "again": {x.two}}); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), x.says) {
			h.t.Errorf("password %q: %d %s", x.one, a.Status, a.Text())
		}
	}
	a = c.Post("/account/password", url.Values{"password": {password}, "again": {password}})
	m := secretForm.FindStringSubmatch(a.Body)
	if a.Status != http.StatusOK || m == nil || !strings.Contains(a.Body, "<svg class=\"v-qr\"") {
		h.t.Fatalf("the app's page: %d %s", a.Status, a.Text())
	}
	webtest.CheckHTML(h.t, "app", a.Body)
	secret = strings.ReplaceAll(m[1], " ", "")
	form := a.Form(h.t, "/account/password/code")
	form.Set("code", "000000")
	if a = c.Post("/account/password/code", form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "did not match") {
		h.t.Errorf("a wrong first code: %d %s", a.Status, a.Text())
	}
	form = a.Form(h.t, "/account/password/code")
	form.Set("code", h.code(secret)[:3]+" "+h.code(secret)[3:])
	a = c.Post("/account/password/code", form)
	if a.Status != http.StatusOK {
		h.t.Fatalf("the first code: %d %s", a.Status, a.Text())
	}
	webtest.CheckHTML(h.t, "codes", a.Body)
	for _, x := range regexp.MustCompile(`<li><code>([^<]+)</code>`).FindAllStringSubmatch(a.Body, -1) {
		codes = append(codes, x[1])
	}
	if len(codes) < 8 {
		h.t.Fatalf("%d recovery codes", len(codes))
	}
	if w := c.Get("/account"); w.Status != http.StatusSeeOther {
		h.t.Errorf("the session for setting keys is still open: %d", w.Status)
	}
	h.now = h.now.Add(time.Minute)
	return secret, codes
}

func (h *house) code(secret string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(secret, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

func (h *house) signIn(id, secret string) *webtest.Client {
	h.t.Helper()
	c := webtest.Visitor(h.t, h.handler)
	a := c.Post("/signin", url.Values{"account": {id}, "password": {password}, "code": {h.code(secret)}, "return": {"/work"}})
	if w := c.Follow(a); w.Text() != "at work as "+id && !strings.Contains(w.Body, "at work as "+id) {
		h.t.Fatalf("after signing in: %d %s", w.Status, w.Body)
	}
	h.now = h.now.Add(time.Minute)
	return c
}

// A whole life of an account without passkeys: invited, password, sign-in, recovery.
func TestPasswordAppAndRecovery(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	secret, codes := h.withPassword("kari")
	c := h.signIn("kari", secret)

	a := c.Get("/account")
	webtest.CheckHTML(t, "account", a.Body)
	for _, text := range []string{"My keys and devices", "password with an authenticator app", "recovery codes left", "This device"} {
		if !strings.Contains(a.Text(), text) {
			t.Errorf("the account's page lacks %q: %s", text, a.Text())
		}
	}
	// What must not be done at a screen that somebody left asks again who is there.
	h.now = h.now.Add(6 * time.Minute)
	a = c.Post("/account/recovery", nil)
	if to := a.Header.Get("Location"); to != "/account/confirm?return=%2Faccount" {
		t.Fatalf("new codes after six minutes lead to %q", to)
	}
	a = c.Follow(a)
	webtest.CheckHTML(t, "confirm", a.Body)
	if a := c.Post("/account/confirm/password", url.Values{"return": {"/account"}, "password": {"wrong"}, "code": {h.code(secret)}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password confirms: %d", a.Status)
	}
	if a := c.Post("/account/confirm/password", url.Values{"return": {"/account"}, "password": {password}, "code": {h.code(secret)}}); a.Header.Get("Location") != "/account" {
		t.Fatalf("the confirmation: %d %s", a.Status, a.Text())
	}
	if a := c.Post("/account/recovery", nil); a.Status != http.StatusOK || !strings.Contains(a.Text(), "Keep these recovery codes") {
		t.Errorf("new codes: %d %s", a.Status, a.Text())
	}
	v := webtest.Visitor(t, h.handler)
	if a := v.Post("/signin/recovery", url.Values{"account": {"kari"}, "recovery": {codes[0]}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("an old recovery code still works: %d", a.Status)
	}
}

func TestRecoveryCodeWorksOnceAndOnlyForKeys(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	_, codes := h.withPassword("kari")
	c := webtest.Visitor(t, h.handler)
	a := c.Post("/signin/recovery", url.Values{"account": {"kari"}, "recovery": {" " + codes[1] + " "}})
	if a.Header.Get("Location") != "/account" {
		t.Fatalf("a recovery code: %d %s", a.Status, a.Text())
	}
	a = c.Follow(a)
	webtest.CheckHTML(t, "restricted", a.Body)
	if !strings.Contains(a.Text(), "Set a new key first") || strings.Contains(a.Text(), "Where you are signed in") {
		t.Errorf("after a recovery code: %s", a.Text())
	}
	for _, path := range []string{"/work"} {
		if a := c.Get(path); a.Header.Get("Location") != "/account" {
			t.Errorf("%s is open after a recovery code: %d", path, a.Status)
		}
	}
	for _, path := range []string{"/account/recovery", "/account/sessions/others", "/account/passkeys/revoke", "/role"} {
		if a := c.Post(path, nil); a.Header.Get("Location") != "/account" {
			t.Errorf("%s is open after a recovery code: %d", path, a.Status)
		}
	}
	if a := webtest.Visitor(t, h.handler).Post("/signin/recovery", url.Values{"account": {"kari"}, "recovery": {codes[1]}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a recovery code works twice: %d", a.Status)
	}
}

// What was wrong, and whether there is such an account, is not told.
func TestAFailedSignInTellsNothing(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	secret, _ := h.withPassword("kari")
	said := map[string]bool{}
	for _, x := range []url.Values{
		{"account": {"nobody"}, "password": {password}, "code": {"123456"}},
		{"account": {"kari"}, "password": {"something else entirely"}, "code": {h.code(secret)}},
		{"account": {"kari"}, "password": {password}, "code": {"000000"}},
	} {
		v := webtest.Visitor(t, h.handler)
		a := v.Post("/signin", x)
		if a.Status != http.StatusUnprocessableEntity || strings.Contains(a.Header.Get("Set-Cookie"), "varde-session=vs_") {
			t.Errorf("%v: %d", x, a.Status)
		}
		webtest.CheckHTML(t, "failed", a.Body)
		text := strings.NewReplacer(x.Get("account"), "").Replace(a.Body)
		said[text] = true
		if strings.Contains(a.Body, x.Get("password")) {
			t.Error("the page repeats the password")
		}
	}
	if len(said) != 1 {
		t.Errorf("failures can be told apart: %d answers", len(said))
	}
	v := webtest.Visitor(t, h.handler)
	if a := v.Post("/signin", url.Values{"account": {"kari"}}); a.Status != http.StatusUnprocessableEntity || strings.Count(a.Body, "fill this in") != 2 {
		t.Errorf("empty fields: %d %s", a.Status, a.Text())
	}
}

// Too many tries wait, and are told how long.
func TestTooManyTriesWait(t *testing.T) {
	h := newHouse(t, identity.Limits{Tries: 3})
	h.withPassword("kari")
	v := webtest.Visitor(t, h.handler)
	var a webtest.Answer
	for range 6 {
		a = v.Post("/signin", url.Values{"account": {"kari"}, "password": {"not the password"}, "code": {"000000"}})
	}
	if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Text(), "Wait ") {
		t.Errorf("after six tries: %d %s", a.Status, a.Text())
	}
	webtest.CheckHTML(t, "wait", a.Body)
}

func TestALinkWorksOnce(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	link := h.invite("kari")
	v := webtest.Visitor(t, h.handler)
	for range 3 { // to look at it does not use it up
		if a := v.Post("/link", url.Values{"link": {link}}); a.Status != http.StatusOK {
			t.Fatalf("looking at a link: %d", a.Status)
		}
	}
	if a := v.Post("/link/open", url.Values{"link": {link}}); a.Status != http.StatusSeeOther {
		t.Fatalf("using it: %d", a.Status)
	}
	for _, bad := range []string{link, "", "x", strings.Repeat("a", 43), "http://localhost/link#" + link, strings.Repeat("b", 5000), "../../etc/passwd"} {
		for _, path := range []string{"/link", "/link/open", "/link/passkey"} {
			a := webtest.Visitor(t, h.handler).Post(path, url.Values{"link": {bad}, "ticket": {"x"}, "answer": {"{}"}})
			if a.Status != http.StatusGone && a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s with %.20q: %d", path, bad, a.Status)
			}
			webtest.CheckHTML(t, path, a.Body)
		}
	}
	late := h.invite("per")
	h.now = h.now.Add(73 * time.Hour)
	if a := v.Post("/link", url.Values{"link": {late}}); a.Status != http.StatusGone {
		t.Errorf("a link that has run out: %d", a.Status)
	}
}

// A new sign-in has a new token; an old or forged one is not taken over, and the
// session is over on the server as soon as somebody signs out.
func TestSessionFixationAndEnd(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	secret, _ := h.withPassword("kari")
	forged := "vs_" + strings.Repeat("A", 43)
	v := webtest.Visitor(t, h.handler)
	v.SetCookie("varde-session", forged)
	v.Post("/signin", url.Values{"account": {"kari"}, "password": {password}, "code": {h.code(secret)}})
	first := v.Cookie("varde-session")
	if first == forged || !strings.HasPrefix(first, "vs_") {
		t.Fatalf("the token is %q", first)
	}
	h.now = h.now.Add(time.Minute)
	v.Post("/signin", url.Values{"account": {"kari"}, "password": {password}, "code": {h.code(secret)}})
	second := v.Cookie("varde-session")
	if second == first {
		t.Error("the token stays the same over a sign-in")
	}
	old := webtest.Visitor(t, h.handler)
	old.SetCookie("varde-session", first)
	if a := old.Get("/work"); a.Status != http.StatusSeeOther {
		t.Errorf("the session before still works: %d", a.Status)
	}
	a := v.Post("/signout", nil)
	if !strings.Contains(a.Header.Get("Clear-Site-Data"), "cache") {
		t.Error("signing out leaves the browser's cache")
	}
	thief := webtest.Visitor(t, h.handler)
	thief.SetCookie("varde-session", second)
	if a := thief.Get("/work"); a.Status != http.StatusSeeOther {
		t.Errorf("a token works after signing out: %d", a.Status)
	}
}

// Tokens for programs are no sign-in.
func TestMachineTokensAreNoCookies(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	token, err := h.app.IssueToken(context.Background(), access.Actor{ID: "robot", Name: "Robot", Role: "administrator"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	v := webtest.Visitor(t, h.handler)
	v.SetCookie("varde-session", token)
	if a := v.Get("/work"); a.Status != http.StatusSeeOther {
		t.Errorf("a machine token opens pages: %d", a.Status)
	}
	if a := v.Post("/signin", url.Values{"token": {token}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a machine token signs in: %d", a.Status)
	}
}

func TestEndingOtherSessions(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	secret, _ := h.withPassword("kari")
	one, two, three := h.signIn("kari", secret), h.signIn("kari", secret), h.signIn("kari", secret)
	other, _ := h.withPassword("per")
	per := h.signIn("per", other)

	ids := regexp.MustCompile(`name="session" value="([^"]+)"`).FindAllStringSubmatch(one.Get("/account").Body, -1)
	if len(ids) != 3 {
		t.Fatalf("%d sessions are listed", len(ids))
	}
	// Somebody else's session is none of one's own.
	per.Post("/account/sessions/end", url.Values{"session": {ids[0][1]}})
	per.Post("/account/sessions/end", url.Values{"session": {ids[1][1]}})
	for i, c := range []*webtest.Client{one, two, three} {
		if a := c.Get("/work"); a.Status != http.StatusOK {
			t.Fatalf("session %d was ended by another account", i)
		}
	}
	one.Post("/account/sessions/others", nil)
	if one.Get("/work").Status != http.StatusOK || two.Get("/work").Status != http.StatusSeeOther || three.Get("/work").Status != http.StatusSeeOther || per.Get("/work").Status != http.StatusOK {
		t.Error("signing out everywhere else ended the wrong sessions")
	}
}

// Every route: open to strangers or not, and what nonsense it is sent.
func TestRoutes(t *testing.T) {
	h := newHouse(t, identity.Limits{PerSource: 10000, Tries: 10000}, account.Provider{ID: "hospital", Name: "Hospital"})
	secret, _ := h.withPassword("kari")
	m, err := account.Module(nil)
	if err != nil {
		t.Fatal(err)
	}
	junk := url.Values{"ticket": {"x"}, "answer": {"{\"id\":1}"}, "link": {"x"}, "return": {"//evil.example/\r\nSet-Cookie: a=b"}, "session": {"x"}, "passkey": {"x"},
		"password": {strings.Repeat("p", 300)}, "again": {"q"}, "code": {"\u0662"}, "account": {"a\nb"}, "recovery": {"x"}, "address": {"javascript:alert(1)"}, "role": {"king"}, "study": {"x"}, "name": {strings.Repeat("å", 500)}}
	// These read no form, so there is nothing that could be too long.
	unread := map[string]bool{"/signin/passkey/options": true, "/account/passkeys/options": true, "/account/confirm/options": true, "/account/recovery": true}
	for _, r := range m.Routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.Replace(path, "{provider}", "hospital", 1)
		in, out := h.signIn("kari", secret), webtest.Visitor(t, h.handler)
		do := func(c *webtest.Client, form url.Values) webtest.Answer {
			if method == http.MethodGet {
				return c.Get(path + "?" + form.Encode())
			}
			return c.Post(path, form)
		}
		a := do(out, junk)
		stopped := a.Status == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/signin")
		if stopped == r.Open && path != "/signout" {
			t.Errorf("%s for a stranger: %d to %q", r.Pattern, a.Status, a.Header.Get("Location"))
		}
		for _, a := range []webtest.Answer{a, do(in, junk), do(h.signIn("kari", secret), nil)} {
			if a.Status >= 500 && a.Status != http.StatusBadGateway {
				t.Errorf("%s: %d", r.Pattern, a.Status)
			}
			if to := a.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
				t.Errorf("%s leads away to %.100q", r.Pattern, to)
			}
			if strings.Contains(a.Header.Get("Set-Cookie"), "a=b") || strings.Contains(a.Body, "javascript:") {
				t.Errorf("%s lets a header or script in", r.Pattern)
			}
			if strings.Contains(a.Header.Get("Content-Type"), "html") {
				webtest.CheckHTML(t, r.Pattern, a.Body)
			}
		}
		if method == http.MethodPost {
			a := h.signIn("kari", secret).Post(path, url.Values{"link": {strings.Repeat("x", 200<<10)}})
			if a.Status != http.StatusRequestEntityTooLarge && a.Status != http.StatusSeeOther && !unread[path] {
				t.Errorf("%s takes 200 KiB: %d", r.Pattern, a.Status)
			}
		}
	}
}

// Where a reader wanted to go is followed on this server only.
func TestReturnStaysHere(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	secret, _ := h.withPassword("kari")
	for back, want := range map[string]string{"/work": "/work", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "/work\r\nX-Evil: 1": "/", "/signin?return=/work": "/", "/link": "/", "": "/"} {
		v := webtest.Visitor(t, h.handler)
		a := v.Post("/signin", url.Values{"account": {"kari"}, "password": {password}, "code": {h.code(secret)}, "return": {back}})
		if a.Header.Get("Location") != want || a.Header.Get("X-Evil") != "" {
			t.Errorf("%q leads to %q", back, a.Header.Get("Location"))
		}
		h.now = h.now.Add(time.Minute)
	}
}

// Another site cannot sign a reader in or out.
func TestCrossSiteSignInIsRefused(t *testing.T) {
	h := newHouse(t, identity.Limits{})
	secret, _ := h.withPassword("kari")
	for _, path := range []string{"/signin", "/signout", "/link", "/link/open", "/signin/recovery", "/account/sessions/others", "/role"} {
		form := url.Values{"account": {"kari"}, "password": {password}, "code": {h.code(secret)}}
		r, err := http.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		a := webtest.Visitor(t, h.handler).Send(r)
		if a.Status != http.StatusForbidden || strings.Contains(a.Header.Get("Set-Cookie"), "varde-session") {
			t.Errorf("%s from another site: %d", path, a.Status)
		}
	}
}

// Both languages, for a stranger and signed in.
func TestPagesInBothLanguages(t *testing.T) {
	h := newHouse(t, identity.Limits{}, account.Provider{ID: "hospital", Name: "Hospital"})
	secret, _ := h.withPassword("kari")
	c, v := h.signIn("kari", secret), webtest.Visitor(t, h.handler)
	for _, lang := range []string{"en", "nb"} {
		c.Lang, v.Lang = lang, lang
		for _, path := range []string{"/signin", "/link"} {
			a := v.Get(path)
			webtest.CheckHTML(t, lang+" "+path, a.Body)
			if a.Status != http.StatusOK || !strings.Contains(a.Body, `<html lang="`+lang+`"`) {
				t.Errorf("%s %s: %d", lang, path, a.Status)
			}
		}
		for _, path := range []string{"/account", "/account/password", "/account/confirm?return=/work"} {
			a := c.Get(path)
			webtest.CheckHTML(t, lang+" "+path, a.Body)
			if a.Status != http.StatusOK || !strings.Contains(a.Body, `<html lang="`+lang+`"`) {
				t.Errorf("%s %s: %d", lang, path, a.Status)
			}
		}
	}
}
