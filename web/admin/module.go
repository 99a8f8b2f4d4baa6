// Package admin is the pages on which people are let in and looked after: the
// accounts of the installation, the delegation log of a study, the table of who may
// do what, and the search in everything that was done and seen.
package admin

import (
	"embed"
	"io/fs"

	"varde/access"
	"varde/web/page"
)

//go:embed all:pages words
var files embed.FS

// Module answers the pages and their routes.
func Module() page.Module {
	return page.Module{
		Name: "web/admin", Pages: folder("pages"), Words: folder("words"),
		Menu: []page.MenuEntry{
			{Order: 60, Area: "people", Word: "admin.people.menu", Path: "people", Need: access.SeeAudit},
		},
		Routes: routes(),
	}
}

// routes of the package, all on one screen.
func routes() []page.Route {
	const one = "/s/{study}/people/{account}/{role}/{site}"
	return []page.Route{
		{Pattern: "GET /people", Handle: accounts, Need: access.SeeAccess},
		{Pattern: "POST /people", Handle: invite, Need: access.Accounts},
		{Pattern: "GET /people/{account}", Handle: account, Need: access.SeeAccess},
		{Pattern: "POST /people/{account}/link", Handle: newLink, Need: access.Accounts},
		{Pattern: "POST /people/{account}/disable", Handle: disable, Need: access.Accounts},
		{Pattern: "POST /people/{account}/enable", Handle: enable, Need: access.Accounts},
		{Pattern: "POST /people/{account}/give", Handle: giveRole, Need: access.Accounts},
		{Pattern: "POST /people/{account}/take", Handle: takeRole, Need: access.Accounts},
		{Pattern: "GET /delivery", Handle: houseDelivery, Need: access.SeeAccess},
		{Pattern: "POST /delivery/test", Handle: testDelivery, Need: access.Accounts},
		{Pattern: "GET /s/{study}/delivery", Handle: studyDelivery, Need: access.SeeAudit, Area: "people"},
		{Pattern: "GET /audit", Handle: searchHouse, Need: access.SeeAccess},

		{Pattern: "GET /s/{study}/people", Handle: delegations, Need: access.SeeAudit, Area: "people"},
		{Pattern: "POST /s/{study}/people", Handle: delegate, Need: access.Delegate, Area: "people"},
		{Pattern: "GET " + one, Handle: showLine, Need: access.SeeAudit, Area: "people"},
		{Pattern: "POST " + one + "/renew", Handle: renew, Need: access.Delegate, Area: "people"},
		{Pattern: "POST " + one + "/end", Handle: end, Need: access.Delegate, Area: "people"},
		{Pattern: "GET /s/{study}/roles", Handle: roles, Need: access.SignedIn, Area: "people"},
		{Pattern: "GET /s/{study}/audit-search", Handle: searchStudy, Need: access.SeeAudit, Area: "audit"},
	}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
