package web

import (
	"embed"

	"varde/web/clinic"
	"varde/web/page"
	"varde/web/session"
	"varde/web/study"
)

//go:embed all:pages words
var files embed.FS

// modules lists every package of pages; each has its routes on one screen.
func modules() []page.Module {
	return []page.Module{
		entrance(),
		clinic.Module(),
		session.Module(),
		study.Module(),
		study.ResultModule(),
	}
}

// entrance is the front page and signing in.
func entrance() page.Module {
	return page.Module{
		Name: "web", Pages: folder(files, "pages"), Words: folder(files, "words"),
		Routes: []page.Route{
			{Pattern: "GET /{$}", Handle: home, Open: true},
			{Pattern: "GET /signin", Handle: signInPage, Open: true},
			{Pattern: "POST /signin", Handle: signIn, Open: true, Body: 16 << 10},
			{Pattern: "POST /signin/demo", Handle: signInDemo, Open: true, Body: 16 << 10},
			{Pattern: "POST /signout", Handle: signOut, Open: true, Body: 16 << 10},
			{Pattern: "/", Handle: notFound, Open: true},
		},
	}
}
