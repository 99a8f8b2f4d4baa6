package account_test

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/identity"
	"varde/identity/authenticatortest"
	"varde/identity/providertest"
	"varde/web/account"
	"varde/web/webtest"
)

const home = "https://varde.example.org"

// hospital is a house beside a whole OpenID provider, at whose page somebody signs in.
type hospital struct {
	*house
	who string // signs in at the provider
}

func newHospital(t *testing.T, limits identity.Limits) *hospital {
	t.Helper()
	h := &hospital{who: providertest.User}
	providertest.Register(home + "/signin/hospital/return")
	issuer := providertest.Start(t, func() string { return h.who })
	h.house = newHouseWith(t, identity.Config{Limits: limits, URL: home, Providers: []identity.Provider{
		{ID: "hospital", Name: "Oslo Hospital", Issuer: issuer, ClientID: "varde", ClientSecret: "s3cret"},
		{ID: "closed", Name: "Closed", Issuer: "http://127.0.0.1:1", ClientID: "varde"}}},
		account.Provider{ID: "hospital", Name: "Oslo Hospital"}, account.Provider{ID: "closed", Name: "Closed"})
	h.now = time.Now() // the provider's tokens are of now
	return h
}

// leave presses a button and answers the address that the browser is led to.
func (h *hospital) leave(c *webtest.Client, form url.Values) string {
	h.t.Helper()
	a := c.Post("/signin/hospital/begin", form)
	_, to, found := strings.Cut(a.Header.Get("Refresh"), "url=")
	if a.Status != http.StatusOK || !found || !strings.Contains(a.Text(), "You are being led to Oslo Hospital") {
		h.t.Fatalf("the way to the provider: %d %s", a.Status, a.Text())
	}
	if !strings.Contains(a.Body, `href="`+html.EscapeString(to)+`"`) {
		h.t.Error("the page has no link for browsers that do not go by themselves")
	}
	return to
}

// walk is the browser at the provider, until it is sent back to us.
func (h *hospital) walk(to string) string {
	h.t.Helper()
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), home) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := client.Get(to)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	back, found := strings.CutPrefix(res.Header.Get("Location"), home)
	if !found || !strings.HasPrefix(back, "/signin/hospital/return?") {
		h.t.Fatalf("the provider sent the browser to %q (%s)", res.Header.Get("Location"), res.Status)
	}
	return back
}

// says fails unless a page of that status shows the text, in both languages.
func (h *hospital) says(what string, a webtest.Answer, status int, text string) {
	h.t.Helper()
	if a.Status != status || !strings.Contains(html.UnescapeString(a.Text()), text) {
		h.t.Errorf("%s: %d, want %d with %q: %s", what, a.Status, status, text, a.Text())
	}
	webtest.CheckHTML(h.t, what, a.Body)
	if a.Header.Get("Set-Cookie") != "" && strings.Contains(strings.Join(a.Header.Values("Set-Cookie"), "\n"), "varde-session=vs_") {
		h.t.Errorf("%s: a session was opened", what)
	}
}

// connect connects an account with whoever signs in at the provider.
func (h *hospital) connect(id string) *webtest.Client {
	h.t.Helper()
	c, link := webtest.Visitor(h.t, h.handler), h.invite(id)
	a := c.Post("/link", url.Values{"link": {link}})
	if !strings.Contains(a.Text(), "Connect my account at Oslo Hospital") {
		h.t.Fatalf("the invitation: %s", a.Text())
	}
	form := a.Form(h.t, "/signin/hospital/begin")
	if form.Get("link") != link {
		h.t.Fatalf("the button sends %v", form)
	}
	a = c.Get(h.walk(h.leave(c, form)))
	if w := c.Get("/work"); a.Status != http.StatusSeeOther || !strings.Contains(w.Body, "at work as "+id) {
		h.t.Fatalf("after connecting: %d, %d %s", a.Status, w.Status, a.Text())
	}
	return c
}

// The whole way: the button, the provider, and back to the page that was wanted.
func TestSignInThroughAProvider(t *testing.T) {
	h := newHospital(t, identity.Limits{})
	h.connect("kari")
	c := webtest.Visitor(t, h.handler)
	a := c.Follow(c.Get("/work"))
	if !strings.Contains(a.Text(), "Sign in with Oslo Hospital") {
		t.Fatalf("the sign-in page has no button: %s", a.Text())
	}
	back := h.walk(h.leave(c, a.Form(t, "/signin/hospital/begin")))
	a = c.Get(back)
	if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/work" {
		t.Fatalf("the return: %d to %q %s", a.Status, a.Header.Get("Location"), a.Text())
	}
	if c.Cookie("varde-provider") != "" {
		t.Error("the secret of the way stays in the browser")
	}
	if a := c.Get("/work"); !strings.Contains(a.Body, "at work as kari") {
		t.Errorf("after signing in: %s", a.Body)
	}
	a = c.Get("/account")
	webtest.CheckHTML(t, "account", a.Body)
	for _, text := range []string{"Oslo Hospital", "with a sign-in service", "Add a passkey, so that you can sign records", "You have no passkey yet"} {
		if !strings.Contains(a.Text(), text) {
			t.Errorf("the account's page lacks %q", text)
		}
	}
	// Back in the history: what was used is not used again, and nobody is thrown out.
	if a := c.Get(back); a.Header.Get("Location") != "/account" {
		t.Errorf("the same return once more: %d %s", a.Status, a.Text())
	}
	if a := c.Get("/work"); a.Status != http.StatusOK {
		t.Errorf("a replayed return ended the session: %d", a.Status)
	}
	// An address that leads away is not followed.
	v := webtest.Visitor(t, h.handler)
	if a := v.Get(h.walk(h.leave(v, url.Values{"return": {"https://evil.example/"}}))); a.Header.Get("Location") != "/" {
		t.Errorf("signing in leads to %q", a.Header.Get("Location"))
	}
}

// What may go wrong on the way, each with what to do about it.
func TestReturnsThatDoNotSignIn(t *testing.T) {
	h := newHospital(t, identity.Limits{PerSource: 1000})
	h.connect("kari")
	visitor := func() *webtest.Client { return webtest.Visitor(t, h.handler) }
	const begun = "was not begun in this browser"

	c := visitor()
	back := h.walk(h.leave(c, nil))
	h.says("another browser", visitor().Get(back), http.StatusUnprocessableEntity, begun)
	a := c.Get(strings.Replace(back, "state=", "state=x", 1))
	h.says("another state", a, http.StatusUnprocessableEntity, begun)
	h.says("the right state, after a wrong one", c.Get(back), http.StatusUnprocessableEntity, begun)

	c = visitor()
	back = h.walk(h.leave(c, nil))
	cookie := c.Cookie("varde-provider")
	c.Get(back)
	thief := visitor()
	thief.SetCookie("varde-provider", cookie)
	h.says("a replayed return, cookie and all", thief.Get(back), http.StatusUnprocessableEntity, begun)

	c = visitor()
	back = h.walk(h.leave(c, nil))
	h.now = h.now.Add(6 * time.Minute)
	h.says("six minutes later", c.Get(back), http.StatusUnprocessableEntity, begun)
	h.now = time.Now()

	// A code of somebody else's sign-in, put into one's own (or a victim's) return.
	c, other := visitor(), visitor()
	mine, theirs := h.walk(h.leave(c, nil)), h.walk(h.leave(other, nil))
	q, stolen := query(t, mine), query(t, theirs)
	q.Set("code", stolen.Get("code"))
	h.says("another's code", c.Get("/signin/hospital/return?"+q.Encode()), http.StatusUnprocessableEntity, "could not be signed in this way")

	// The provider says no: really, and in all the words it may use.
	c = visitor()
	to := h.leave(c, nil)
	back = h.walk(strings.Replace(to, "response_type=code", "response_type=nonsense", 1))
	if e := query(t, back).Get("error"); e == "" {
		t.Fatalf("the provider took a request that it should not have: %s", back)
	}
	h.says("a request that the provider refuses", c.Get(back), http.StatusBadGateway, "Oslo Hospital did not accept the request")
	for code, x := range map[string]struct {
		status int
		text   string
	}{
		"access_denied":           {422, "You did not go through with signing in at Oslo Hospital"},
		"login_required":          {422, "You did not go through"},
		"temporarily_unavailable": {502, "could not sign you in just now"},
		"unauthorized_client":     {502, "did not accept the request"},
		"<script>alert(1)":        {502, "did not accept the request"},
		"":                        {502, "did not accept the request"},
	} {
		c := visitor()
		state := query(t, h.leave(c, nil)).Get("state")
		a := c.Get("/signin/hospital/return?" + url.Values{"error": {code}, "error_description": {"<b>call 555-1234</b>"}, "state": {state}}.Encode())
		h.says("the error "+code, a, x.status, x.text)
		if strings.Contains(a.Body, "555-1234") || strings.Contains(a.Body, "alert(1)") {
			t.Errorf("the page repeats what stood in the address")
		}
		h.says("and its state once more", c.Get("/signin/hospital/return?code=x&state="+state), http.StatusUnprocessableEntity, begun)
	}
	h.says("an error that nobody asked for", visitor().Get("/signin/hospital/return?error=access_denied&state=x"), http.StatusUnprocessableEntity, begun)

	h.who = "test-user@127.0.0.1"
	c = visitor()
	h.says("not connected", c.Get(h.walk(h.leave(c, nil))), http.StatusUnprocessableEntity, "your account there is not connected")
	h.who = "test-user2"
	c = visitor()
	link := h.invite("per")
	h.says("connected with another", c.Get(h.walk(h.leave(c, url.Values{"link": {link}}))), http.StatusUnprocessableEntity, "already connected with another account")
	if err := h.people.Disable(context.Background(), identity.By{Account: "console", Role: "administrator"}, "kari", "left"); err != nil {
		t.Fatal(err)
	}
	c = visitor()
	h.says("a disabled account", c.Get(h.walk(h.leave(c, nil))), http.StatusUnprocessableEntity, "Your account here is closed")
	c.Lang = "nb"
	h.says("på norsk", c.Get(h.walk(h.leave2(c))), http.StatusUnprocessableEntity, "Kontoen din her er stengt")

	c = visitor()
	h.says("a dead link", c.Post("/signin/hospital/begin", url.Values{"link": {strings.Repeat("a", 43)}}), http.StatusGone, "This link is not valid")
	h.says("a provider that does not answer", c.Post("/signin/closed/begin", nil), http.StatusBadGateway, "could not be reached")
	h.says("no such provider", c.Post("/signin/nowhere/begin", nil), http.StatusNotFound, "no such way to sign in")
	h.says("no such provider", c.Get("/signin/nowhere/return?code=x&state=y"), http.StatusNotFound, "no such way to sign in")
}

// leave2 is leave in Norwegian.
func (h *hospital) leave2(c *webtest.Client) string {
	_, to, _ := strings.Cut(c.Post("/signin/hospital/begin", nil).Header.Get("Refresh"), "url=")
	return to
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// Whoever has single sign-on alone can add a passkey, after showing at the provider
// once more who they are.
func TestAPasskeyForWhoCameThroughAProvider(t *testing.T) {
	h := newHospital(t, identity.Limits{})
	h.connect("kari")
	c := webtest.Visitor(t, h.handler)
	c.Get(h.walk(h.leave(c, nil)))
	h.now = h.now.Add(6 * time.Minute)
	a := c.Post("/account/passkeys/options", nil)
	if !strings.Contains(a.Body, "/account/confirm?return=%2Faccount") {
		t.Fatalf("after six minutes a passkey is added without a question: %s", a.Body)
	}
	h.now = time.Now()
	a = c.Get("/account/confirm?return=/account")
	webtest.CheckHTML(t, "confirm", a.Body)
	form := a.Form(t, "/signin/hospital/begin")
	to := h.leave(c, form)
	if q := query(t, to); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("the provider is not asked to make sure: %s", to)
	}
	before := c.Cookie("varde-session")
	if a := c.Get(h.walk(to)); a.Header.Get("Location") != "/account" || c.Cookie("varde-session") == before {
		t.Fatalf("after showing it: %d %s", a.Status, a.Text())
	}
	var o struct {
		Options json.RawMessage
		Ticket  string
	}
	a = c.Post("/account/passkeys/options", nil)
	if err := json.Unmarshal([]byte(a.Body), &o); err != nil || o.Ticket == "" {
		t.Fatalf("the options: %s", a.Body)
	}
	answer, err := authenticatortest.New(home).Register(o.Options)
	if err != nil {
		t.Fatal(err)
	}
	c.Follow(c.Post("/account/passkeys", url.Values{"ticket": {o.Ticket}, "answer": {string(answer)}, "name": {"My key"}}))
	if a = c.Get("/account"); !strings.Contains(a.Text(), "My key") || strings.Contains(a.Text(), "so that you can sign records") {
		t.Errorf("after adding a passkey: %s", a.Text())
	}

	// Somebody else at the provider does not confirm this account, and is not let in.
	h.connectAs("test-user@127.0.0.1", "per")
	h.who = "test-user@127.0.0.1"
	a = c.Get(h.walk(h.leave(c, form)))
	h.says("another person confirms", a, http.StatusUnprocessableEntity, "not connected with this one")
	if a := c.Get("/work"); !strings.Contains(a.Body, "at work as kari") {
		t.Errorf("a failed confirmation ended the session: %s", a.Body)
	}
}

func (h *hospital) connectAs(who, id string) {
	h.t.Helper()
	was := h.who
	h.who = who
	h.connect(id)
	h.who = was
}

// The doors are as narrow as the house says; the message tells how long to wait.
func TestBeginningsWaitAtTheDoor(t *testing.T) {
	h := newHospital(t, identity.Limits{PerSource: 1})
	c := webtest.Visitor(t, h.handler)
	c.Lang = "en"
	link := h.invite("kari")
	for path, form := range map[string]url.Values{"/signin/hospital/begin": nil, "/link": {"link": {link}}, "/link/passkey/options": {"link": {link}}, "/signin/passkey/options": nil} {
		var a webtest.Answer
		for range 11 {
			a = c.Post(path, form)
		}
		if !strings.Contains(a.Body, "too many attempts") || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s after eleven times: %d %.200s", path, a.Status, a.Body)
		}
		h.now = h.now.Add(time.Hour)
	}
}

// A page that says how long a link works says what is in force.
func TestLinksSayHowLongTheyWork(t *testing.T) {
	h := newHouse(t, identity.Limits{Link: 36 * time.Hour, LinkOwn: 20 * time.Minute})
	c := webtest.Visitor(t, h.handler)
	a := c.Post("/link", url.Values{"link": {h.invite("kari")}})
	if !strings.Contains(a.Text(), "works once, for another 36 hours") {
		t.Errorf("the invitation says: %s", a.Text())
	}
	a = c.Post("/link", url.Values{"link": {strings.Repeat("a", 43)}})
	if !strings.Contains(a.Text(), "within 36 hours") || !strings.Contains(a.Text(), "within 20 minutes") {
		t.Errorf("a dead link says: %s", a.Text())
	}
}
