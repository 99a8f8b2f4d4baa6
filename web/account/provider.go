package account

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"varde/identity"
	"varde/web/page"
	"varde/web/ui"
)

const (
	providerCookie = "varde-provider"
	providerAge    = 10 * 60 // seconds
)

func (p pages) knows(id string) bool {
	return slices.ContainsFunc(p.providers, func(x Provider) bool { return x.ID == id })
}

func noProvider() error {
	return page.NotFound("there is no such way to sign in", "det finnes ingen slik måte å logge inn på")
}

// beginProvider leads to the provider's own sign-in page. The secret that must come
// back with the answer stays in this browser. The way there is a Refresh and no
// redirect: the pages' policy lets a form lead to this server only.
func (p pages) beginProvider(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	id := c.Value("provider")
	if !p.knows(id) {
		return noProvider()
	}
	back := wanted(c.Text("return"))
	var address, secret string
	if c.Text("again") != "" && c.SignedIn {
		address, secret, err = s.BeginProviderAgain(c.Ctx(), c.Session, id, c.Source())
	} else {
		address, secret, err = s.BeginProvider(c.Ctx(), id, c.Text("link"), c.Source())
	}
	if err != nil {
		return p.providerFailed(c, id, back, err)
	}
	to, err := url.Parse(address)
	if err != nil || to.Scheme != "https" && to.Scheme != "http" || strings.ContainsAny(address, "\r\n\"<>") {
		return page.NotFound("the provider's address cannot be read", "tilbyderens adresse kan ikke leses")
	}
	c.Cookie(providerCookie, secret+"."+base64.RawURLEncoding.EncodeToString([]byte(back)), providerAge)
	c.W.Header().Set("Refresh", "0; url="+to.String())
	return c.Render("leaving", page.Page{Title: c.T("account.leaving.title"), Data: struct{ To, Name string }{to.String(), p.name(id)}})
}

func (p pages) name(id string) string {
	for _, x := range p.providers {
		if x.ID == id {
			return x.Name
		}
	}
	return id
}

// finishProvider is where the provider sends the reader back to.
func (p pages) finishProvider(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	id := c.Value("provider")
	if !p.knows(id) {
		return noProvider()
	}
	secret, back, _ := strings.Cut(c.CookieValue(providerCookie), ".")
	c.Cookie(providerCookie, "", -1)
	to := "/"
	if text, err := base64.RawURLEncoding.DecodeString(back); err == nil {
		to = wanted(string(text))
	}
	q := c.R.URL.Query()
	// What is shown from here on is the sign-in page: its own address, with code and
	// state, must not stand in it, as in the forms that lead back to where one was.
	c.R.URL = &url.URL{Path: "/signin"}
	o, err := s.FinishProvider(c.Ctx(), id, secret, q.Get("state"), q.Get("code"), c.Source())
	if err != nil {
		if errors.Is(err, identity.ErrDenied) && !errors.Is(err, identity.ErrReturn) && q.Get("code") == "" {
			err = &saidNo{q.Get("error")}
		}
		return p.providerFailed(c, id, to, err)
	}
	return opened(c, o, to)
}

// saidNo is a return on which the provider answered with an error instead of a code
// (RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6).
type saidNo struct{ code string }

func (e *saidNo) Error() string { return "the provider answered with an error: " + e.known() }

// known keeps what a stranger may have written into the address out of the log.
func (e *saidNo) known() string {
	switch e.code {
	case "access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required",
		"server_error", "temporarily_unavailable", "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope":
		return e.code
	}
	return "other"
}

func (e *saidNo) says() (key string, status int) {
	switch e.known() {
	case "access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required":
		return "account.provider.stopped", http.StatusUnprocessableEntity
	case "server_error", "temporarily_unavailable":
		return "account.provider.down", http.StatusBadGateway
	}
	return "account.provider.setup", http.StatusBadGateway
}

// providerFailed says what came of signing in through a provider, and what to do. Who
// is signed in, and was only to show it again, stays so.
func (p pages) providerFailed(c *page.Context, id, back string, err error) error {
	var no *saidNo
	text, status := "", http.StatusUnprocessableEntity
	say := func(key string) { text = c.T(key, "name", p.name(id)) }
	switch {
	case errors.As(err, &no):
		key, code := no.says()
		say(key)
		if status = code; code == http.StatusBadGateway {
			c.Log.Warn("a sign-in provider refused", "provider", id, "code", no.known())
		}
	case errors.Is(err, identity.ErrProvider):
		text = c.T("account.provider.away")
		status = http.StatusBadGateway
	case errors.Is(err, identity.ErrReturn):
		text = c.T("account.provider.return")
		if c.SignedIn { // back in the history, after it worked
			return c.RedirectWith("/account", ui.Warning, text)
		}
	case errors.Is(err, identity.ErrNotConnected):
		say("account.provider.unconnected")
	case errors.Is(err, identity.ErrTaken):
		say("account.provider.taken")
	case errors.Is(err, identity.ErrDisabled):
		text = c.T("account.provider.disabled")
	case errors.Is(err, identity.ErrUnattested):
		say("account.provider.unattested")
	case errors.Is(err, identity.ErrLink):
		text, status, _ = c.Trouble(err)
		return showPaste(c, text, status)
	case errors.Is(err, identity.ErrWait):
		text, status, _ = c.Trouble(err)
	case errors.Is(err, identity.ErrDenied):
		text = c.T("account.provider.failed")
	case errors.Is(err, identity.ErrInvalid): // a button without a provider behind it
		return noProvider()
	default:
		return err
	}
	if c.SignedIn {
		return p.showConfirm(c, confirmView{Return: back, Fault: text}, status)
	}
	return p.showSignIn(c, signInView{Return: back, Fault: text}, status)
}
