// Package account is the pages for signing in, and for one's own keys, devices and
// recovery codes. What holds stands in identity; here it is shown and asked for.
//
// A page never tells which part of a failed sign-in was wrong, nor whether an
// account exists. Secrets (a link, recovery codes, an authenticator's secret) stand
// in the answer to a POST, never in an address, and are shown once.
package account

import (
	"embed"
	"io/fs"

	"varde/access"
	"varde/identity"
	"varde/study"
	"varde/web/page"
)

//go:embed all:pages words
var files embed.FS

// Provider is a button for single sign-on.
type Provider struct{ ID, Name string }

// pages are the handlers that know which providers there are.
type pages struct{ providers []Provider }

// Body bounds what is posted here: the answer of a passkey is the longest.
const body = 64 << 10

// Module is the pages, with a button for each provider of single sign-on.
func Module(providers []Provider) (page.Module, error) {
	html, err := fs.Sub(files, "pages")
	if err != nil {
		return page.Module{}, err
	}
	words, err := fs.Sub(files, "words")
	if err != nil {
		return page.Module{}, err
	}
	p := pages{providers: providers}
	open := func(pattern string, handle func(*page.Context) error) page.Route {
		return page.Route{Pattern: pattern, Handle: handle, Open: true, Body: body}
	}
	own := func(pattern string, handle func(*page.Context) error) page.Route {
		return page.Route{Pattern: pattern, Handle: handle, Need: access.SignedIn, Body: body}
	}
	// keys are what a session may do that is there for setting keys alone.
	keys := func(pattern string, handle func(*page.Context) error) page.Route {
		r := own(pattern, handle)
		r.Keys = true
		return r
	}
	return page.Module{
		Name: "account", Pages: html, Words: words,
		Routes: []page.Route{
			open("GET /signin", p.signInPage),
			open("POST /signin", p.signInPassword),
			open("POST /signin/passkey/options", signInOptions),
			open("POST /signin/passkey", p.signInPasskey),
			open("POST /signin/recovery", p.signInRecovery),
			open("POST /signin/demo", signInDemo),
			open("POST /signin/{provider}/begin", p.beginProvider),
			open("GET /signin/{provider}/return", p.finishProvider),
			open("POST /signout", signOut),

			open("GET /link", p.linkPage),
			open("POST /link", p.openLink),
			open("POST /link/passkey/options", linkOptions),
			open("POST /link/passkey", p.linkPasskey),
			open("POST /link/open", p.useLink),

			keys("GET /account", p.securityPage),
			keys("POST /account/passkeys/options", addOptions),
			keys("POST /account/passkeys", addPasskey),
			keys("GET /account/password", passwordPage),
			keys("POST /account/password", setPassword),
			keys("POST /account/password/code", confirmPassword),
			keys("GET /account/confirm", p.confirmPage),
			keys("POST /account/confirm/options", confirmOptions),
			keys("POST /account/confirm", p.confirmPasskey),
			keys("POST /account/confirm/password", p.confirmByPassword),
			own("POST /account/passkeys/revoke", revokePasskey),
			own("POST /account/recovery", newRecovery),
			own("POST /account/sessions/end", endSession),
			own("POST /account/sessions/others", endOthers),
			own("POST /role", changeRole),
			own("GET /reminders", remindersPage),
			own("POST /reminders/stop", stopReminders),
		},
	}, nil
}

// people answers the accounts, or refuses in a database that has none.
func people(c *page.Context) (*identity.Service, error) {
	if s := c.App.Identity(); s != nil {
		return s, nil
	}
	return nil, page.NotFound("nobody can sign in here: this server was started without accounts", "ingen kan logge inn her: tjeneren ble startet uten kontoer")
}

// me answers the reader's own account.
func me(c *page.Context) (*identity.Service, identity.Account, error) {
	s, err := people(c)
	if err != nil {
		return nil, identity.Account{}, err
	}
	a, ok, err := s.Account(c.Ctx(), c.Session.Account)
	if err == nil && !ok {
		err = &study.Refusal{Kind: study.Missing, Code: "no-such-account", Text: study.Text{EN: "this account is no longer there", NB: "kontoen finnes ikke lenger"}}
	}
	return s, a, err
}
