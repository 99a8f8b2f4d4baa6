package page

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"varde/access"
	"varde/app"
	"varde/bilingual"
	"varde/identity"
	"varde/protocol"
	"varde/web/ui/locale"
)

// Context is one request, after the server has found out who asks and about what.
// It belongs to that request alone.
type Context struct {
	W http.ResponseWriter
	R *http.Request

	App   *app.App
	Actor access.Actor // zero when nobody is signed in
	// SignedIn is false on open routes for a stranger.
	SignedIn bool
	// Session is the one that the request came in; its ID is "" for a stranger.
	Session identity.Session

	Study string               // id from the address, "" when the route has none
	Def   *protocol.Definition // of that study
	Title string               // the study's title

	Lang  string // "en" or "nb"
	Theme string
	Now   time.Time
	// Zone is what times are shown in and read in. Handlers set it to the site's or
	// participant's as soon as they know; until then it is UTC.
	Zone *time.Location
	// Country is where the reader is treated, when it is known (ISO 3166-1 alpha-2):
	// its numbers stand on pages that say where help is.
	Country string
	Log     *slog.Logger

	desk    *Desk
	render  renderer // of the module that the route belongs to
	area    string
	form    url.Values
	parsed  bool
	command string               // submission id, once read
	again   func(*Context) error // asks once more who this is and whether they may
}

// Ctx is the request's context, for use cases.
func (c *Context) Ctx() context.Context { return c.R.Context() }

// T answers a message of the catalogue in the reader's language. A key that is not
// there answers itself, which a test over all pages finds.
func (c *Context) T(key string, args ...any) string {
	return c.desk.catalog.Must(c.Lang, key, args...)
}

// TN answers the plural form of a message for n.
func (c *Context) TN(key string, n int, args ...any) string {
	s, err := c.desk.catalog.Count(c.Lang, key, n, args...)
	if err != nil {
		return key
	}
	return s
}

// Say answers a bilingual text in the reader's language.
func (c *Context) Say(t bilingual.Text) string { return t.In(c.Lang) }

// Voice writes dates, times and numbers for the reader, in Zone.
func (c *Context) Voice() locale.Voice { return locale.In(c.Lang, c.Zone) }

// Path answers an address of the study: c.Path("p", id, "f", visit, form). Each
// element is escaped.
func (c *Context) Path(elem ...string) string {
	var b strings.Builder
	b.WriteString("/s/" + url.PathEscape(c.Study))
	for _, e := range elem {
		b.WriteString("/" + url.PathEscape(e))
	}
	return b.String()
}

// Value answers a wildcard of the route's pattern.
func (c *Context) Value(name string) string { return c.R.PathValue(name) }

// Query answers a parameter of the address, trimmed.
func (c *Context) Query(name string) string { return strings.TrimSpace(c.R.URL.Query().Get(name)) }

// Fragment tells whether the page's script asks for a part of the page only.
func (c *Context) Fragment() bool { return c.R.Header.Get("Varde-Fragment") == "1" }

// ClientID makes the id that a form carries, so that sending it twice writes once:
//
//	{{template "client-id" .Data.Client}}
func (c *Context) ClientID() string {
	id, err := uuid.NewRandom()
	if err != nil {
		return "" // the system has no randomness: the form works, a double press is caught by the version
	}
	return id.String()
}

// Can says that the actor's role has the capability, under the protocol of the page.
func (c *Context) Can(x access.Capability) bool { return c.SignedIn && c.may(x) }

// Demo says that this is a database of invented people.
func (c *Context) Demo() bool { return c.desk.demo(c.Ctx()) }
