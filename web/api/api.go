// Package api is the JSON interface under /api/v1. It does what the pages do, with
// the same use cases and the same refusals.
//
// Everything there is stands in one table (routes.go): from it the handler, the
// OpenAPI document and the tests are made, so that none of them can tell of another
// interface than the one that answers.
//
// Promises to clients. Within v1, fields and codes are added, never renamed or given
// another meaning. An answer of 2xx to a request that writes means that it is on
// disk. A request with an Idempotency-Key happens once, however often it is sent.
// Every answer from 400 on is a problem document (RFC 9457) with a stable code.
package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/protocol"
)

// Prefix of every path.
const Prefix = "/api/v1"

// MaxBody is the most bytes of a request's body.
const MaxBody = 1 << 20

// API answers requests below Prefix. It is an http.Handler, safe for concurrent use.
type API struct {
	app    *app.App
	log    *slog.Logger
	mux    *http.ServeMux
	routes []route
	spec   []byte // the OpenAPI document
}

// New makes the interface over the use cases. A nil log is silent.
func New(a *app.App, log *slog.Logger) (*API, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	x := &API{app: a, log: log, mux: http.NewServeMux(), routes: routes()}
	spec, err := document(x.routes)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	x.spec = spec
	for i := range x.routes {
		r := &x.routes[i]
		if err := r.declared(); err != nil {
			return nil, err
		}
		x.mux.Handle(r.Method+" "+Prefix+r.Path, x.handler(r))
	}
	x.mux.HandleFunc("/", x.unknown)
	return x, nil
}

// ServeHTTP answers one request.
func (x *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			x.log.Error("api: panic", "route", r.Pattern, "stack", string(debug.Stack()))
			writeProblem(w, r, fault(""))
		}
	}()
	x.mux.ServeHTTP(w, r)
}

// call is one request under way.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	api   *API
	app   *app.App
	route *route
	actor access.Actor
	study string
	def   *protocol.Definition // nil for routes that are not of one study
}

func (x *API) handler(rt *route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, api: x, app: x.app, route: rt}
		w.Header().Set("Cache-Control", "no-store") // what is read here is about people
		if err := c.run(); err != nil && !(c.speaksFHIR() && c.failFHIR(err)) {
			x.fail(w, r, err)
		}
	})
}

func (c *call) run() error {
	if !c.route.Open {
		if err := c.authenticate(); err != nil {
			return err
		}
	}
	if err := c.checkQuery(); err != nil {
		return err
	}
	if c.study = c.r.PathValue("study"); c.study != "" && !c.route.NewStudy {
		def, ok := c.app.Definition(c.study)
		if !ok || !c.actor.InStudy(c.study) {
			if ok {
				c.refused("no-such-study")
			}
			return notFound("no-such-study", "there is no such study here", "studien finnes ikke her")
		}
		c.def = def
	}
	if !c.route.Open && !c.route.NewStudy {
		if err := c.app.Admits(c.actor, c.study, c.r.PathValue("id"), c.route.Needs); err != nil {
			return err
		}
	}
	return c.route.Handle(c)
}

// declared says what is wrong with a route for which nobody said who may use it.
func (r *route) declared() error {
	switch {
	case r.Open && r.Needs != "":
		return fmt.Errorf("api: %s %s: it is open and asks for %q: choose one", r.Method, r.Path, r.Needs)
	case r.Open || access.Declared(r.Needs):
		return nil
	}
	return fmt.Errorf("api: %s %s: nobody said who may use it: give it a capability, a policy such as access.SignedIn, or mark it open", r.Method, r.Path)
}

// refused records what is refused here, before a use case is asked.
func (c *call) refused(code string) {
	if people := c.app.Identity(); people != nil {
		people.Refused(identity.Refusal{Account: c.actor.ID, Role: c.actor.Role, Study: c.study, Code: code, What: c.route.Method + " " + c.route.Path})
	}
}

// authenticate finds out who asks.
func (c *call) authenticate() error {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return unauthorised(`Bearer realm="varde"`, "no-token",
			"send an access token: Authorization: Bearer …", "send et tilgangstoken: Authorization: Bearer …")
	}
	// A session belongs to a browser, whose requests carry it by themselves: here only
	// what a program sends on purpose is taken.
	var actor access.Actor
	ok := strings.HasPrefix(strings.TrimSpace(token), "varde_")
	if ok {
		actor, ok = c.app.Authenticate(c.r.Context(), strings.TrimSpace(token), c.r.PathValue("study"), "")
	}
	if !ok {
		return unauthorised(`Bearer realm="varde", error="invalid_token"`, "bad-token",
			"the access token is not valid, or no longer: ask for a new one", "tilgangstokenet er ikke gyldig, eller ikke lenger: be om et nytt")
	}
	c.actor = actor
	return nil
}

// fail answers with the error. What a client can mend is said; a fault of ours gets
// a number under which the log tells more.
func (x *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p == nil {
		if r.Context().Err() != nil {
			return // the client has gone; there is nobody to answer
		}
		id := fmt.Sprintf("%x", time.Now().UnixNano())
		x.log.Error("api: request failed", "fault", id, "route", r.Pattern, "error", err)
		p = fault(id)
	}
	writeProblem(w, r, p)
}

// unknown answers what is not in the table: another method of a path that is, or
// no path at all.
func (x *API) unknown(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := x.mux.Handler(probe); pattern != "/" && pattern != "" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 {
		x.fail(w, r, notFound("no-such-path", "there is nothing at this address: see "+Prefix+"/openapi.json", "det er ingenting på denne adressen: se "+Prefix+"/openapi.json"))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	x.fail(w, r, &problemError{Problem{Status: http.StatusMethodNotAllowed, Code: "no-such-method", Text: Text{
		EN: "this address takes " + strings.Join(allowed, ", "), NB: "denne adressen tar " + strings.Join(allowed, ", ")}}})
}

var errNoType = errors.New("a type of the interface cannot be described")
