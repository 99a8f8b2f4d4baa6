package web

import (
	"varde/access"
	"varde/identity"
	"varde/web/page"
	"varde/web/ui"
)

type homeView struct {
	SignedIn bool
	Own      bool // a participant
	Demo     bool
	Studies  []ui.Link
	House    []ui.Link // for those who work for the house as a whole
}

func home(c *page.Context) error {
	v := homeView{SignedIn: c.SignedIn, Own: c.Session.Kind == identity.Participant, Demo: c.Demo()}
	if c.SignedIn && !v.Own {
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
