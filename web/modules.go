package web

import (
	"embed"

	"varde/web/account"
	"varde/web/admin"
	"varde/web/clinic"
	"varde/web/intake"
	"varde/web/page"
	"varde/web/participant"
	"varde/web/public"
	"varde/web/rater"
	"varde/web/session"
	"varde/web/signing"
	"varde/web/study"
)

//go:embed all:pages words
var files embed.FS

// modules lists every package of pages; each has its routes on one screen.
func modules(providers []account.Provider) ([]page.Module, error) {
	own, err := account.Module(providers)
	return []page.Module{
		entrance(),
		public.Module(),
		own,
		participant.Module(),
		intake.Module(),
		clinic.Module(),
		session.Module(),
		study.Module(),
		study.ResultModule(),
		signing.Module(),
		rater.Module(),
		admin.Module(),
	}, err
}

// entrance is the front page.
func entrance() page.Module {
	return page.Module{
		Name: "web", Pages: folder(files, "pages"), Words: folder(files, "words"),
		Routes: []page.Route{
			{Pattern: "GET /{$}", Handle: home, Open: true},
			{Pattern: "/", Handle: notFound, Open: true},
		},
	}
}
