// Package public is what anybody may read without signing in: what PTSD is, how it is
// treated, what is known and not known, which options exist, the self-check, and how
// to be referred. It sets no cookie and keeps nothing that is not sent on purpose. The
// same bytes go to everybody, signed in or not.
package public

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"varde/app"
	"varde/content"
	"varde/evidence"
	"varde/instrument"
	"varde/web/page"
)

//go:embed all:pages words
var files embed.FS

// Intake is what takes referrals: *app.App.
type Intake interface {
	Openings(ctx context.Context) ([]app.Openings, error)
	ReceiveReferral(ctx context.Context, studyID string, in app.ReferralIn, clientID string) (app.ReferralReceipt, error)
}

// Config of the public pages. The zero Config shows what is shipped and hands referrals
// to the app of the server.
type Config struct {
	Content  *content.Site
	Evidence *evidence.Set
	Intake   Intake
}

// site is the public pages of one server.
type site struct {
	content     *content.Site
	evidence    *evidence.Set
	intake      Intake // nil: the app of the request
	first, then *instrument.Compiled
	check       string // the self-check's rules, for its script
	gate        *gate
}

// Module answers the pages and their routes. The error says what of the content does not
// fit the instruments.
func Module(cfg Config) (page.Module, error) {
	s := &site{content: cfg.Content, evidence: cfg.Evidence, intake: cfg.Intake, gate: newGate()}
	var err error
	if s.content == nil {
		if s.content, err = content.Shipped(); err != nil {
			return page.Module{}, fmt.Errorf("web/public: %w", err)
		}
	}
	if s.evidence == nil {
		if s.evidence, err = evidence.Shipped(); err != nil {
			return page.Module{}, fmt.Errorf("web/public: %w", err)
		}
	}
	if err := s.readChecks(); err != nil {
		return page.Module{}, err
	}
	return page.Module{Name: "web/public", Pages: folder("pages"), Words: folder("words"), Routes: s.routes()}, nil
}

// maxReferral bounds what a form may send, in bytes.
const maxReferral = 64 << 10

// routes are the same in each language; pages of text share one, by their id.
func (s *site) routes() []page.Route {
	var out []page.Route
	for _, lang := range content.Languages {
		get := func(path string, handle func(*page.Context) error) {
			out = append(out, page.Route{Pattern: "GET /" + lang + path, Open: true, Handle: in(lang, handle)})
		}
		post := func(path string, handle func(*page.Context) error) {
			out = append(out, page.Route{Pattern: "POST /" + lang + path, Open: true, Handle: in(lang, handle), Body: maxReferral})
		}
		get("/{$}", s.home)
		get("/{page}", s.text)
		get("/evidence", s.evidencePage)
		get("/options", s.board)
		get("/help", s.help)
		get("/contact", s.contact)
		get("/self-check", s.selfCheck)
		get("/self-check/paper", s.paper)
		get("/referral", s.referral)
		get("/referral/professional", s.professional)
		post("/referral", s.sendReferral)
		post("/referral/professional", s.sendProfessional)
	}
	return out
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}
