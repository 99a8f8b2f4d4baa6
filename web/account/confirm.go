package account

import (
	"net/http"
	"strings"

	"varde/web/page"
	"varde/web/ui"
)

type confirmView struct {
	Return    string
	Passkey   bool
	Password  []ui.Field
	Providers []Provider
	Fault     string
	None      bool
}

// confirmPage asks somebody who has been signed in for a while to show again who
// they are, before something that must not be done in their absence.
func (p pages) confirmPage(c *page.Context) error {
	return p.showConfirm(c, confirmView{Return: wanted(c.Query("return"))}, 0)
}

func (p pages) showConfirm(c *page.Context, v confirmView, status int) error {
	_, a, err := me(c)
	if err != nil {
		return err
	}
	if v.Return == "/account/confirm" || strings.HasPrefix(v.Return, "/account/confirm?") {
		v.Return = "/account"
	}
	v.Passkey = hasPasskey(a)
	if a.HasPassword && v.Password == nil {
		v.Password = passwordFields(c, false)
	}
	if !a.HasPassword {
		v.Password = nil
	}
	for _, s := range a.Subjects {
		if p.knows(s.Provider) {
			v.Providers = append(v.Providers, Provider{ID: s.Provider, Name: p.name(s.Provider)})
		}
	}
	v.None = !v.Passkey && !a.HasPassword && len(v.Providers) == 0
	return c.Render("confirm", page.Page{Title: c.T("account.confirm.title"), Status: status, Data: v})
}

func confirmOptions(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	o, err := s.BeginPresence(c.Ctx(), c.Session, nil)
	return c.PasskeyOptions(o, err, "/account")
}

func (p pages) confirmPasskey(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	v := confirmView{Return: wanted(c.Text("return"))}
	if c.Text("answer") == "" {
		v.Fault = c.T("account.signin.script")
		return p.showConfirm(c, v, http.StatusUnprocessableEntity)
	}
	if _, err := s.FinishPresence(c.Ctx(), c.Session, c.Text("ticket"), []byte(c.Text("answer"))); err != nil {
		text, status, ok := c.Trouble(err)
		if !ok {
			return err
		}
		v.Fault = text
		return p.showConfirm(c, v, status)
	}
	return c.Redirect(v.Return)
}

func (p pages) confirmByPassword(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	v := confirmView{Return: wanted(c.Text("return")), Password: passwordFields(c, false)}
	if missing(c, v.Password) {
		return p.showConfirm(c, v, http.StatusUnprocessableEntity)
	}
	if err := s.ProvePassword(c.Ctx(), c.Session, form.Get("password"), digits(c.Text("code")), c.Source()); err != nil {
		text, status, ok := c.Trouble(err)
		if !ok {
			return err
		}
		v.Fault = text
		return p.showConfirm(c, v, status)
	}
	return c.Redirect(v.Return)
}
