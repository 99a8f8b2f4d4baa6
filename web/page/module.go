// Package page is the common ground of all pages of the server: who asks, in
// which study and language, how a page is answered, and how what a person typed
// reaches a use case. A package of pages makes a Module; web puts them together.
//
//	func Module() page.Module {
//		return page.Module{
//			Name: "web/study", Pages: pages, Words: words,
//			Menu:   []page.MenuEntry{{Order: 40, Area: "study", Word: "study.menu", Path: "", Need: access.SeeStudy}},
//			Routes: []page.Route{{Pattern: "GET /s/{study}/{$}", Area: "study", Need: access.SeeStudy, Handle: dashboard}},
//		}
//	}
//
//	func dashboard(c *page.Context) error {
//		progress, err := c.App.Progress(c.Ctx(), c.Actor, c.Study)
//		if err != nil {
//			return err // a *study.Refusal becomes the fitting page, anything else a 500
//		}
//		return c.Render("dashboard", page.Page{Title: c.T("study.title"), Data: progress})
//	}
//
// Views never filter by role or blinding themselves: app has done so.
package page

import (
	"io/fs"
	"strings"

	"varde/access"
)

// Module is a package of pages.
type Module struct {
	// Name is used in errors, such as "web/study".
	Name string
	// Pages holds NAME.html files at its root, as ui.New reads them. Every page may
	// use the shared partials of this package, such as "client-id".
	Pages fs.FS
	// Words holds en.yaml and nb.yaml at its root; nil when there are none. Keys
	// must be the module's own: begin them with the module's name.
	Words  fs.FS
	Menu   []MenuEntry
	Routes []Route
}

// MenuEntry is a place in a study's main menu.
type MenuEntry struct {
	Order int    // ascending
	Area  string // the Route.Area values that it is current for
	Word  string // catalogue key
	Path  string // below /s/{study}/, without a leading slash
	Need  access.Capability
	// Show, when not nil, says besides Need whether the place is the reader's, such as
	// a list that a rater has another page for.
	Show func(*Context) bool
}

// Route is one address and what answers it.
type Route struct {
	// Pattern as http.ServeMux takes it, such as "GET /s/{study}/today". With
	// {study} in it the study must exist and the actor's grant must cover it.
	Pattern string
	Handle  func(*Context) error
	// Open routes answer without signing in. All others lead to the sign-in page.
	Open bool
	// Need is asked of the actor's role before Handle runs; access.SignedIn asks for an
	// account only. A route with neither Need nor Open is a fault at start. The use
	// cases check again, this only saves a reader a dead end.
	Need access.Capability
	// Keys routes are open to a session that may only set keys (Context.Restricted).
	Keys bool
	// Area names the menu entry that is current.
	Area string
	// Body bounds the request's body in bytes; 0 = 1 MiB.
	Body int64
}

// Policy is what a route declares: who may come to it at all.
type Policy struct {
	Method  string // "" = every method
	Pattern string // without the method
	Need    access.Capability
	Open    bool
}

func policyOf(r Route) Policy {
	method, pattern, found := strings.Cut(r.Pattern, " ")
	if !found {
		method, pattern = "", r.Pattern
	}
	return Policy{Method: method, Pattern: pattern, Need: r.Need, Open: r.Open}
}
