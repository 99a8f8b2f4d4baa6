package page

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"varde/access"
	"varde/study"
	"varde/web/ui"
)

const (
	defaultBody = 1 << 20
	maxReturn   = 1000 // bytes of an address that is kept over signing in
)

// errKeys leads a session that may only set keys to the page where that is done.
var errKeys = errors.New("page: this session may only set keys")

// handler is everything that happens around a route's own work.
func (d *Desk) handler(route Route, render renderer) http.Handler {
	limit := route.Body
	if limit == 0 {
		limit = defaultBody
	}
	inStudy := strings.Contains(route.Pattern, "{study}")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		c := &Context{W: w, R: r, App: d.app, Now: d.app.Now(), Zone: time.UTC, Log: d.log, desk: d, render: render, area: route.Area, again: func(c *Context) error { return d.admit(c, route, inStudy) }}
		c.Lang, c.Theme = ui.Wishes(r)
		defer d.recover(c)
		err := d.admit(c, route, inStudy)
		if c.SignedIn && c.strangers() {
			c.notTheirs() // whatever they may do: the entry is not theirs
			return
		}
		if err != nil {
			if errors.Is(err, errKeys) {
				if c.FromOutbox() {
					c.signedOut()
					return
				}
				http.Redirect(w, r, "/account", http.StatusSeeOther)
				return
			}
			d.fail(c, err)
			return
		}
		if !route.Open && !c.SignedIn {
			d.toSignIn(c)
			return
		}
		if err := route.Handle(c); err != nil {
			d.fail(c, err)
		}
	})
}

// admit finds out who asks and about which study, and refuses what cannot be.
func (d *Desk) admit(c *Context, route Route, inStudy bool) error {
	if token := c.Token(); token != "" {
		if session, ok := d.app.SessionOf(c.Ctx(), token); ok {
			id := c.R.PathValue("study")
			c.Actor, c.SignedIn = d.app.Authenticate(c.Ctx(), token, id, roleWishes(c.R).Get(id))
			if c.SignedIn {
				c.Session = session
			}
		}
	}
	if !c.SignedIn && !route.Open {
		return nil // led to the sign-in page, whatever the address is
	}
	if c.Restricted() && !route.Open && !route.Keys {
		// Whoever came in by a recovery code or an invitation sets keys and signs in with them.
		return errKeys
	}
	if inStudy {
		id := c.R.PathValue("study")
		def, ok := d.app.Definition(id)
		if !ok || c.SignedIn && (c.Actor.Role == "" || !c.Actor.InStudy(id)) {
			// A study that one has no access to is like one that is not there.
			c.refused("no-such-study", route.Pattern)
			return NotFound("there is no such study", "studien finnes ikke")
		}
		c.Study, c.Def, c.Title = id, def, def.Title.In(c.Lang)
		for _, s := range d.app.Studies(c.Ctx(), c.Actor) {
			if s.ID == id && s.Title != "" {
				c.Title = s.Title
			}
		}
	}
	if route.Open {
		return nil
	}
	return d.app.Admits(c.Actor, c.Study, c.R.PathValue("id"), route.Need)
}

// toSignIn keeps the address, so that the reader comes back to it.
func (d *Desk) toSignIn(c *Context) {
	if c.FromOutbox() {
		c.signedOut()
		return
	}
	to := "/signin"
	if at := c.R.URL.RequestURI(); c.R.Method == http.MethodGet && c.R.URL.Path != "/" && len(at) <= maxReturn {
		to += "?return=" + url.QueryEscape(at)
	}
	http.Redirect(c.W, c.R, to, http.StatusSeeOther)
}

// problem is what the error page shows.
type problem struct {
	Status int
	Title  string
	Text   string
	Hint   string
	Field  string
	Back   string
	ID     string
}

// fail answers an error: a refusal in plain words, anything else as a fault whose
// details stand in the log only.
func (d *Desk) fail(c *Context, err error) {
	r, ok := Refused(err)
	if !ok {
		if c.Ctx().Err() != nil {
			return // the reader has gone
		}
		d.fault(c, "error", fmt.Sprintf("%T", err), err.Error(), "")
		return
	}
	if c.FromOutbox() {
		_ = c.refuseOutbox(r)
		return
	}
	code := Status(r)
	p := problem{Status: code, Title: c.T(fmt.Sprintf("page.error.%d", code)), Text: Sentence(c.Say(r.Text)), Field: r.Field,
		Hint: c.T(fmt.Sprintf("page.error.%d.hint", code))}
	if c.R.Method != http.MethodGet {
		p.Back = Local(c.referer())
	} else if c.Study != "" && c.Actor.Can(access.SeeList) {
		p.Back = c.Path("today")
	} else {
		p.Back = "/"
	}
	v := c.view(Page{Title: p.Title, Data: p})
	if err := d.own.Render(c.W, code, "error", v); err != nil {
		d.fault(c, "render", "", err.Error(), "")
	}
}

func (d *Desk) fault(c *Context, what, kind, text, stack string) {
	id := uuid.NewString()[:8]
	d.log.Error("request failed", "what", what, "id", id, "method", c.R.Method, "route", c.R.Pattern, "kind", kind, "error", text, "stack", stack)
	d.own.Fault(c.W, http.StatusInternalServerError, ui.View{Lang: c.Lang, Theme: c.Theme, Path: "/"}, id)
}

// recover turns a panic into a fault page. What the panic says may hold values of
// a person's record, so only a runtime error's text is logged.
func (d *Desk) recover(c *Context) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	text := ""
	if e, ok := p.(runtime.Error); ok {
		text = e.Error()
	}
	d.fault(c, "panic", fmt.Sprintf("%T", p), text, string(debug.Stack()))
}

// CrossSite answers a request that another site made a browser send.
func (d *Desk) CrossSite() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &Context{W: w, R: r, App: d.app, Now: d.app.Now(), Zone: time.UTC, Log: d.log, desk: d, render: d.own}
		c.Lang, c.Theme = ui.Wishes(r)
		d.fail(c, &study.Refusal{Kind: study.Forbidden, Code: "cross-site", Text: study.Text{
			EN: "this request came from another web site and was not carried out",
			NB: "forespørselen kom fra et annet nettsted og ble ikke utført"}})
	})
}
