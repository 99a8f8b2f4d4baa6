package account

import (
	"net/http"
	"strings"

	"varde/access"
	"varde/identity"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type signInView struct {
	Return    string
	Demo      []demoStudy
	Fault     string // above the ways, when none of the forms is at fault
	WayFault  string // in the form that stands open; of all its fields together, never of one
	Open      string // way whose disclosure stands open: "password", "recovery"
	Password  []ui.Field
	Recovery  []ui.Field
	Providers []Provider
}

func (p pages) signInPage(c *page.Context) error {
	return p.showSignIn(c, signInView{Return: wanted(c.Query("return"))}, 0)
}

// wanted is where a reader wanted to go: only a path of this server, and not back
// into signing in.
func wanted(back string) string {
	back = page.Local(back)
	for _, x := range []string{"/signin", "/signout", "/link"} {
		if back == x || strings.HasPrefix(back, x+"/") || strings.HasPrefix(back, x+"?") {
			return "/"
		}
	}
	return back
}

func (p pages) showSignIn(c *page.Context, v signInView, status int) error {
	v.Providers = p.providers
	if c.Demo() {
		v.Demo = demoStudies(c)
	}
	if v.Password == nil {
		v.Password = passwordFields(c, true)
	}
	if v.Recovery == nil {
		v.Recovery = recoveryFields(c)
	}
	return c.Render("signin", page.Page{Title: c.T("account.signin.title"), Status: status, Crisis: c.Crisis(), Data: v})
}

func passwordFields(c *page.Context, account bool) []ui.Field {
	fields := []ui.Field{
		{Kind: ui.PasswordField, Name: "password", Label: c.T("account.password"), Autocomplete: "current-password", MaxLength: 256, Required: true},
		{Kind: ui.NumberField, Name: "code", Label: c.T("account.code"), Hint: c.T("account.code.hint"), Autocomplete: "one-time-code", Required: true},
	}
	if !account {
		return fields
	}
	return append([]ui.Field{{Kind: ui.TextField, Name: "account", Label: c.T("account.id"), Hint: c.T("account.id.hint"), Autocomplete: "username", MaxLength: 100, Required: true}}, fields...)
}

func recoveryFields(c *page.Context) []ui.Field {
	return []ui.Field{
		{Kind: ui.TextField, Name: "account", ID: "r-account", Label: c.T("account.id"), Autocomplete: "username", MaxLength: 100, Required: true},
		{Kind: ui.TextField, Name: "recovery", Label: c.T("account.recovery.code"), Hint: c.T("account.recovery.code.hint"), Autocomplete: "off", MaxLength: 100, Required: true},
	}
}

// missing marks the fields that were left empty, and keeps the account's name.
func missing(c *page.Context, fields []ui.Field) (empty bool) {
	for i := range fields {
		f := &fields[i]
		if c.Text(f.Name) == "" {
			f.Error, empty = c.T("account.fill"), true
		} else if f.Name == "account" && len(c.Text(f.Name)) <= f.MaxLength {
			f.Value = c.Text(f.Name)
		}
	}
	return empty
}

// digits drops the spaces that people type into a code.
func digits(s string) string { return strings.Join(strings.Fields(s), "") }

func (p pages) signInPassword(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	v := signInView{Return: wanted(c.Text("return")), Open: "password", Password: passwordFields(c, true)}
	if missing(c, v.Password) {
		return p.showSignIn(c, v, http.StatusUnprocessableEntity)
	}
	// A password is taken as it was typed, spaces included.
	o, err := s.SignInPassword(c.Ctx(), c.Text("account"), form.Get("password"), digits(c.Text("code")), c.Source())
	if err != nil {
		return p.signInFailed(c, v, err)
	}
	return opened(c, o, v.Return)
}

func (p pages) signInRecovery(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	v := signInView{Return: "/", Open: "recovery", Recovery: recoveryFields(c)}
	if missing(c, v.Recovery) {
		return p.showSignIn(c, v, http.StatusUnprocessableEntity)
	}
	o, err := s.SignInRecovery(c.Ctx(), c.Text("account"), digits(c.Text("recovery")), c.Source())
	if err != nil {
		return p.signInFailed(c, v, err)
	}
	return opened(c, o, "/account")
}

// signInFailed shows the form again. The message stands with no field: it must not
// tell which of them was wrong.
func (p pages) signInFailed(c *page.Context, v signInView, err error) error {
	text, status, ok := c.Trouble(err)
	if !ok {
		return err
	}
	v.WayFault = text
	return p.showSignIn(c, v, status)
}

func signInOptions(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	o, err := s.BeginPasskey(c.Ctx(), c.Source())
	return c.PasskeyOptions(o, err, "/")
}

func (p pages) signInPasskey(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	v := signInView{Return: wanted(c.Text("return"))}
	if c.Text("answer") == "" {
		v.Fault = c.T("account.signin.script")
		return p.showSignIn(c, v, http.StatusUnprocessableEntity)
	}
	o, err := s.FinishPasskey(c.Ctx(), c.Text("ticket"), []byte(c.Text("answer")), c.Source())
	if err != nil {
		text, status, ok := c.Trouble(err)
		if !ok {
			return err
		}
		if status == http.StatusUnprocessableEntity {
			text = c.T("account.signin.unknown")
		}
		v.Fault = text
		return p.showSignIn(c, v, status)
	}
	return opened(c, o, v.Return)
}

// opened keeps the new session and leads on, by way of the recovery codes when some
// were just made.
func opened(c *page.Context, o identity.Opening, back string) error {
	c.SignIn(o)
	next := goal(c, o, back)
	if len(o.Recovery) > 0 {
		return showCodes(c, o.Recovery, next)
	}
	return c.Redirect(next)
}

// goal is where a reader goes after signing in: where they wanted to, else to the
// only study, else to the list of studies.
func goal(c *page.Context, o identity.Opening, back string) string {
	if c.Restricted() {
		return "/account"
	}
	if back != "/" {
		return back
	}
	actor, ok := c.App.Authenticate(c.Ctx(), o.Token, "", "")
	if !ok {
		return "/"
	}
	list := c.App.Studies(c.Ctx(), actor)
	if len(list) != 1 || len(actor.Grants) == 0 {
		return "/"
	}
	there, ok := c.App.Authenticate(c.Ctx(), o.Token, list[0].ID, "")
	if !ok {
		return "/"
	}
	return page.StartOf(there, list[0].ID)
}

func signOut(c *page.Context) error {
	if err := c.SignOut(); err != nil {
		return err
	}
	return c.Redirect("/")
}

// changeRole lets somebody with several roles act in another of them.
func changeRole(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	id, role := c.Text("study"), c.Text("role")
	c.WishRole(id, role)
	if id == "" {
		return c.Redirect("/")
	}
	// The page that one stood on may not be open to the other role.
	return c.Redirect(page.StartOf(access.Actor{Role: role}, id))
}

type demoStudy struct {
	ID, Title string
	Actors    []demoActor
}

type demoActor struct{ ID, Name, Role, Site string }

// demoStudies are the roles to try. What studies there are is nobody's secret in a
// demonstration.
func demoStudies(c *page.Context) []demoStudy {
	var out []demoStudy
	for _, s := range c.App.Studies(c.Ctx(), access.System) {
		d := demoStudy{ID: s.ID, Title: s.Title}
		for _, a := range c.App.DemoActors(c.Ctx(), s.ID) {
			x := demoActor{ID: a.ID + "/" + a.Role, Name: a.Name, Role: c.Say(study.RoleName(a.Role))}
			if x.Name == study.RoleName(a.Role).EN {
				x.Name = "" // an office and no person: the role says it
			}
			if len(a.Sites) == 1 {
				x.Site = a.Sites[0]
			}
			d.Actors = append(d.Actors, x)
		}
		out = append(out, d)
	}
	return out
}

// signInDemo gives a role in a database of invented people. In any other database
// it does not exist.
func signInDemo(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	if !c.Demo() {
		return page.NotFound("there is no demo here", "dette er ingen demo")
	}
	id := c.Text("study")
	account, role, _ := strings.Cut(c.Text("actor"), "/")
	o, err := c.App.SignInDemo(c.Ctx(), id, account, role, c.Source())
	if err != nil {
		return err
	}
	c.SignIn(o)
	c.WishRole(id, role)
	if back := wanted(c.Text("return")); back != "/" {
		return c.Redirect(back)
	}
	return c.Redirect(page.StartOf(access.Actor{Role: role}, id))
}
