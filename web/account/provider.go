package account

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"varde/web/page"
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
	address, secret, err := s.BeginProvider(c.Ctx(), id, c.Text("link"))
	if err != nil {
		text, status, ok := c.Trouble(err)
		if !ok {
			c.Log.Warn("a provider cannot be reached", "provider", id, "error", err)
			text, status = c.T("account.provider.away"), http.StatusBadGateway
		}
		return p.showSignIn(c, signInView{Return: wanted(c.Text("return")), Fault: text}, status)
	}
	to, err := url.Parse(address)
	if err != nil || to.Scheme != "https" && to.Scheme != "http" || strings.ContainsAny(address, "\r\n\"<>") {
		return page.NotFound("the provider's address cannot be read", "tilbyderens adresse kan ikke leses")
	}
	c.Cookie(providerCookie, secret+"."+base64.RawURLEncoding.EncodeToString([]byte(wanted(c.Text("return")))), providerAge)
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
	if secret == "" || q.Get("state") == "" || q.Get("code") == "" {
		return p.showSignIn(c, signInView{Return: to, Fault: c.T("account.provider.failed")}, http.StatusUnprocessableEntity)
	}
	o, err := s.FinishProvider(c.Ctx(), id, secret, q.Get("state"), q.Get("code"), c.Source())
	if err != nil {
		text, status, ok := c.Trouble(err)
		if !ok {
			return err
		}
		if status == http.StatusUnprocessableEntity {
			text = c.T("account.provider.failed")
		}
		return p.showSignIn(c, signInView{Return: to, Fault: text}, status)
	}
	return opened(c, o, to)
}
