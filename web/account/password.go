package account

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"varde/identity"
	"varde/web/page"
	"varde/web/ui"
)

type passwordView struct {
	ID     string
	Has    bool
	Fields []ui.Field
	Errors ui.ErrorSummary
}

// passwordPage is for setting a password with an authenticator app, the way in for
// those whose devices have no passkeys.
func passwordPage(c *page.Context) error { return showPassword(c, nil, 0) }

func showPassword(c *page.Context, fields []ui.Field, status int) error {
	_, a, err := me(c)
	if err != nil {
		return err
	}
	if fields == nil {
		fields = newPasswordFields(c)
	}
	return c.Render("password", page.Page{Title: c.T("account.setpassword.title"), Status: status, Crumbs: crumbs(c, "account.setpassword.title"),
		Data: passwordView{ID: a.ID, Has: a.HasPassword, Fields: fields, Errors: ui.ErrorSummary{Errors: ui.Faults(fields)}}})
}

func newPasswordFields(c *page.Context) []ui.Field {
	return []ui.Field{
		{Kind: ui.PasswordField, Name: "password", Label: c.T("account.newpassword"), Hint: c.T("account.newpassword.hint"), Autocomplete: "new-password", MaxLength: 256, Required: true},
		{Kind: ui.PasswordField, Name: "again", Label: c.T("account.newpassword.again"), Autocomplete: "new-password", MaxLength: 256, Required: true},
	}
}

func crumbs(c *page.Context, last string) []ui.Crumb {
	return []ui.Crumb{{Text: c.T("account.title"), Href: "/account"}, {Text: c.T(last)}}
}

func setPassword(c *page.Context) error {
	s, a, err := me(c)
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	fields := newPasswordFields(c)
	password, again := form.Get("password"), form.Get("again")
	switch {
	case password == "":
		fields[0].Error = c.T("account.fill")
	case password != again:
		fields[1].Error = c.T("account.newpassword.differ")
	}
	if fields[0].Error != "" || fields[1].Error != "" {
		return showPassword(c, fields, http.StatusUnprocessableEntity)
	}
	address, ticket, err := s.BeginPassword(c.Ctx(), c.Session, password)
	if err != nil {
		return passwordFailed(c, fields, err)
	}
	return showApp(c, a.ID, address, ticket, "", 0)
}

// passwordFailed shows the form again with what is wrong with the password.
func passwordFailed(c *page.Context, fields []ui.Field, err error) error {
	if errors.Is(err, identity.ErrStale) {
		return c.Confirm("/account/password")
	}
	var weak *identity.PasswordError
	if errors.As(err, &weak) {
		fields[0].Error = c.Say(weak.Text)
		return showPassword(c, fields, http.StatusUnprocessableEntity)
	}
	if text, status, ok := c.Trouble(err); ok {
		fields[0].Error = text
		return showPassword(c, fields, status)
	}
	return err
}

type appView struct {
	ID      string
	Secret  string
	Address string
	Ticket  string
	Code    ui.Field
	Errors  ui.ErrorSummary
}

// showApp shows what the authenticator app wants to know, once.
func showApp(c *page.Context, id, address, ticket, fault string, status int) error {
	secret := appSecret(address)
	if secret == "" {
		return page.NotFound("this step is over: begin again", "dette trinnet er over: begynn på nytt")
	}
	code := ui.Field{Kind: ui.NumberField, Name: "code", Label: c.T("account.app.code"), Hint: c.T("account.code.hint"), Autocomplete: "one-time-code", Required: true, Error: fault}
	v := appView{ID: id, Secret: secret, Address: address, Ticket: ticket, Code: code, Errors: ui.ErrorSummary{Errors: ui.Faults([]ui.Field{code})}}
	return c.Render("app", page.Page{Title: c.T("account.app.title"), Status: status, Crumbs: crumbs(c, "account.app.title"), Data: v})
}

// appSecret reads the secret out of an otpauth address, in groups of four for
// typing; "" when it is none.
func appSecret(address string) string {
	u, err := url.Parse(address)
	if err != nil || len(address) > 600 || u.Scheme != "otpauth" || u.Host != "totp" {
		return ""
	}
	var b strings.Builder
	for i, r := range u.Query().Get("secret") {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// confirmPassword takes the app's first code: only then the password counts.
func confirmPassword(c *page.Context) error {
	s, a, err := me(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	code, address, ticket := digits(c.Text("code")), c.Text("address"), c.Text("ticket")
	if code == "" {
		return showApp(c, a.ID, address, ticket, c.T("account.fill"), http.StatusUnprocessableEntity)
	}
	codes, err := s.FinishPassword(c.Ctx(), c.Session, ticket, code)
	if err != nil {
		if errors.Is(err, identity.ErrStale) {
			return c.Confirm("/account/password")
		}
		text, status, ok := c.Trouble(err)
		if !ok {
			return err
		}
		return showApp(c, a.ID, address, ticket, text, status)
	}
	next := "/account"
	if c.Restricted() {
		if err := c.SignOut(); err != nil {
			return err
		}
		c.SignedIn, next = false, "/signin"
	}
	return showCodes(c, codes, next)
}
