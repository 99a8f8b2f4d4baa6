package web

import (
	"net/http"

	"varde/access"
	"varde/identity"
	"varde/web/page"
	"varde/web/ui"
)

// door leads strangers to the public pages in their language, and those who signed in to
// their own front page.
func door(c *page.Context) error {
	to := "/" + c.Lang + "/"
	if c.SignedIn {
		to = "/home"
	}
	c.W.Header().Set("Vary", "Accept-Language, Cookie")
	http.Redirect(c.W, c.R, to, http.StatusFound)
	return nil
}

type homeView struct {
	Own     bool // a participant
	Demo    bool
	Studies []ui.Link
	House   []ui.Link // for those who work for the house as a whole
}

func home(c *page.Context) error {
	v := homeView{Own: c.Session.Kind == identity.Participant, Demo: c.Demo()}
	if v.Own {
		for _, s := range c.App.Studies(c.Ctx(), c.Actor) {
			if start := page.StartOf(c.Acting(s.ID), s.ID); start != "/" {
				return c.Redirect(start)
			}
		}
	} else {
		for _, s := range c.App.Studies(c.Ctx(), c.Actor) {
			v.Studies = append(v.Studies, ui.Link{Text: s.Title, Href: page.StartOf(c.Acting(s.ID), s.ID)})
		}
		if c.Can(access.Accounts) {
			v.House = append(v.House, ui.Link{Text: c.T("web.home.people"), Href: "/people"})
		}
		if c.Can(access.SeeAccess) {
			v.House = append(v.House, ui.Link{Text: c.T("web.home.audit"), Href: "/audit"})
		}
	}
	return c.Render("home", page.Page{Title: c.T("web.home.title"), Crisis: c.Crisis(), Data: v})
}

func notFound(c *page.Context) error {
	return page.NotFound("there is no such page", "det finnes ingen slik side")
}
