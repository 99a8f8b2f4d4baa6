package web

import (
	"embed"
	"errors"

	"varde/access"
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
func modules(providers []account.Provider, open public.Config) ([]page.Module, error) {
	own, err := account.Module(providers)
	strangers, fault := public.Module(open)
	err = errors.Join(err, fault)
	return []page.Module{
		entrance(),
		strangers,
		own,
		participant.Module(),
		intake.Module(),
		clinic.Module(),
		session.Module(),
		study.Module(),
		study.ResultModule(),
		study.OperatingModule(),
		signing.Module(),
		rater.Module(),
		admin.Module(),
	}, err
}

// entrance leads to the front page of strangers or of those who signed in.
func entrance() page.Module {
	return page.Module{
		Name: "web", Pages: folder(files, "pages"), Words: folder(files, "words"),
		Routes: []page.Route{
			{Pattern: "GET /{$}", Handle: door, Open: true},
			{Pattern: "GET /home", Handle: home, Need: access.SignedIn},
			{Pattern: "/", Handle: notFound, Open: true},
		},
	}
}
