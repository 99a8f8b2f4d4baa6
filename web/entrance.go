package web

import (
	"net/http"
	"net/url"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type homeView struct {
	SignedIn bool
	Demo     bool
	Studies  []ui.Link
}

func home(c *page.Context) error {
	v := homeView{SignedIn: c.SignedIn, Demo: c.Demo()}
	if c.SignedIn {
		for _, s := range c.App.Studies(c.Ctx(), c.Actor) {
			v.Studies = append(v.Studies, ui.Link{Text: s.Title, Href: startOf(c.Actor, s.ID)})
		}
	}
	return c.Render("home", page.Page{Title: c.T("web.home.title"), Crisis: crisis(c), Data: v})
}

// crisis is where to turn; it stands on the pages that anyone can open.
func crisis(c *page.Context) *ui.Crisis {
	return &ui.Crisis{Text: c.T("web.crisis"), Links: []ui.Link{{Text: c.T("web.crisis.now"), Href: "tel:113"}, {Text: c.T("web.crisis.talk"), Href: "tel:116123"}}}
}

// startOf is the page on which a role's work begins.
func startOf(a access.Actor, studyID string) string {
	base := "/s/" + url.PathEscape(studyID) + "/"
	if a.Can(access.SeeList) {
		return base + "today"
	}
	return base
}

type demoStudy struct {
	ID, Title string
	Actors    []demoActor
}

type demoActor struct{ ID, Name, Role, Site string }

type signInView struct {
	Return string
	Wrong  bool
	Token  ui.Field
	Demo   []demoStudy
	Errors ui.ErrorSummary
}

func signInPage(c *page.Context) error {
	return showSignIn(c, page.Local(c.Query("return")), "", 0)
}

func showSignIn(c *page.Context, back, fault string, status int) error {
	v := signInView{Return: back, Token: ui.Field{Kind: ui.PasswordField, Name: "token", Label: c.T("web.signin.token"), Hint: c.T("web.signin.token.hint"), Autocomplete: "current-password", Error: fault}}
	v.Errors = ui.ErrorSummary{Errors: ui.Faults([]ui.Field{v.Token})}
	if c.Demo() {
		// What studies there are is nobody's secret in a demo.
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
			v.Demo = append(v.Demo, d)
		}
	}
	return c.Render("signin", page.Page{Title: c.T("web.signin.title"), Status: status, Crisis: crisis(c), Data: v})
}

func signIn(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	token, back := c.Text("token"), page.Local(c.Text("return"))
	actor, ok := c.App.Authenticate(c.Ctx(), token, c.R.PathValue("study"), "")
	if token == "" || !ok {
		return showSignIn(c, back, c.T("web.signin.wrong"), http.StatusUnprocessableEntity)
	}
	c.SignIn(token)
	return c.Redirect(goal(c, actor, back))
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
	for _, a := range c.App.DemoActors(c.Ctx(), id) {
		if a.ID+"/"+a.Role != c.Text("actor") {
			continue
		}
		token, err := c.App.IssueToken(c.Ctx(), a)
		if err != nil {
			return err
		}
		c.SignIn(token)
		if back := page.Local(c.Text("return")); back != "/" {
			return c.Redirect(back)
		}
		return c.Redirect(startOf(a, id))
	}
	return page.NotFound("there is no such demo role", "demorollen finnes ikke")
}

// goal is where a reader goes after signing in: where they wanted to, else to the
// only study, else to the list of studies.
func goal(c *page.Context, a access.Actor, back string) string {
	if back != "/" {
		return back
	}
	if list := studiesOf(c, a); len(list) == 1 {
		return startOf(a, list[0].ID)
	}
	return "/"
}

func studiesOf(c *page.Context, a access.Actor) []app.StudyInfo { return c.App.Studies(c.Ctx(), a) }

func signOut(c *page.Context) error {
	c.SignOut()
	return c.Redirect("/")
}

func notFound(c *page.Context) error {
	return page.NotFound("there is no such page", "det finnes ingen slik side")
}
