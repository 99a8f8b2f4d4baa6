package account

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"varde/identity"
	"varde/web/page"
	"varde/web/ui"
)

type linkView struct {
	Link      string // the secret, once it is known
	Name      string
	Left      string // how long the link still works
	Own       bool   // a participant's
	HasKey    bool
	Providers []Provider
	Paste     ui.Field
	Device    string
	Fault     string
	Lasts     string // how long links last, when one was not valid
}

// linkPage stands at the address of a one-time link. The link's secret is in the
// fragment, which never reaches a server by itself: the page's script posts it.
func (p pages) linkPage(c *page.Context) error { return showPaste(c, "", 0) }

func showPaste(c *page.Context, fault string, status int) error {
	v := linkView{}
	if s := c.App.Identity(); s != nil && status == http.StatusGone {
		v.Lasts = c.T("account.link.lasts", "staff", duration(c, s.Limits().Link), "own", duration(c, s.Limits().LinkOwn))
	}
	v.Paste = ui.Field{Kind: ui.TextField, Name: "link", Label: c.T("account.link.paste"), Hint: c.T("account.link.paste.hint"), Autocomplete: "off", Error: fault}
	return c.Render("link", page.Page{Title: c.T("account.link.title"), Status: status, Crisis: c.Crisis(), Data: v})
}

// secret reads the secret out of what was posted: itself, or the whole address.
func secret(c *page.Context) string {
	link := c.Text("link")
	if i := strings.LastIndexByte(link, '#'); i >= 0 {
		link = link[i+1:]
	}
	if len(link) > 200 {
		return ""
	}
	return link
}

// openLink shows whom a link is for and what to do with it. The link is not used
// up: a program that looks at every address in a mail must not spoil it.
func (p pages) openLink(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	return p.showLink(c, secret(c), "", 0)
}

func (p pages) showLink(c *page.Context, link, fault string, status int) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	a, err := s.Peek(c.Ctx(), link, c.Source())
	if err != nil {
		text, status, ok := c.Trouble(err)
		if !ok {
			return err
		}
		return showPaste(c, text, status)
	}
	v := linkView{Link: link, Name: a.Name, Left: duration(c, a.Until.Sub(c.Now)), Own: a.Kind == identity.Participant, HasKey: hasPasskey(a.Account), Device: thisDevice(c), Fault: fault}
	if !v.Own {
		v.Providers = p.providers
	}
	return c.Render("invited", page.Page{Title: c.T("account.link.title"), Status: status, Crisis: c.Crisis(), Data: v})
}

func hasPasskey(a identity.Account) bool {
	for _, k := range a.Passkeys {
		if k.Revoked.IsZero() {
			return true
		}
	}
	return false
}

func linkOptions(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	o, err := s.BeginLink(c.Ctx(), secret(c), c.Source())
	return c.PasskeyOptions(o, err, "/link")
}

// linkPasskey registers the first passkey and opens a session.
func (p pages) linkPasskey(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	if c.Text("answer") == "" {
		return p.showLink(c, secret(c), c.T("account.signin.script"), http.StatusUnprocessableEntity)
	}
	o, err := s.FinishLink(c.Ctx(), secret(c), c.Text("ticket"), []byte(c.Text("answer")), keyName(c), c.Source())
	if err != nil {
		return p.linkFailed(c, err)
	}
	return opened(c, o, "/")
}

// useLink opens a session on the strength of the link alone: for a participant, who
// may go on without a passkey, and for a member of staff who sets a password instead.
func (p pages) useLink(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	o, err := s.UseLink(c.Ctx(), secret(c), c.Source())
	if err != nil {
		return p.linkFailed(c, err)
	}
	c.SignIn(o)
	if c.Restricted() {
		return c.Redirect("/account/password")
	}
	return c.Redirect(goal(c, o, "/"))
}

func (p pages) linkFailed(c *page.Context, err error) error {
	text, status, ok := c.Trouble(err)
	switch {
	case !ok:
		return err
	case errors.Is(err, identity.ErrLink):
		return showPaste(c, text, status)
	}
	return p.showLink(c, secret(c), text, status)
}

// duration says a limit in whole hours, or minutes when it is shorter than two hours.
func duration(c *page.Context, d time.Duration) string {
	if d < 2*time.Hour {
		return c.TN("account.minutes", max(int(d/time.Minute), 1))
	}
	return c.TN("account.hours", int(d/time.Hour))
}

// keyName is what a passkey is called: as its owner says, else by the device.
func keyName(c *page.Context) string {
	name := c.Text("name")
	if r := []rune(name); len(r) > 60 {
		name = string(r[:60])
	}
	if name == "" {
		name = thisDevice(c)
	}
	if name == "" {
		name = c.T("account.passkey.unnamed")
	}
	return name
}
