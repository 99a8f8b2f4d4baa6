// Package builder shows a protocol while it is written: over time, as the schedule of
// activities, its forms as participants will see them, the time it asks for, and
// what the checker says beside the line it is about.
//
// It reads one folder and never writes. There is no sign-in: it is meant for the
// author's own machine, and answers only requests that name that machine, so that no
// page of another site can read a protocol through the author's browser.
package builder

import (
	"embed"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"

	"varde/instrument"
	"varde/web/static"
	"varde/web/ui"
	"varde/web/ui/locale"
	"varde/web/ui/secure"
)

//go:embed all:pages words assets
var files embed.FS

// Config of the pages.
type Config struct {
	Folder  fs.FS              // the protocol's folder, read anew at every change
	Name    string             // what the folder is called on the pages
	Library instrument.Library // shipped instruments
	Now     func() time.Time
}

// Builder is the pages. It is an http.Handler.
type Builder struct {
	handler  http.Handler
	renderer *ui.Renderer
	catalog  *locale.Catalog
	cfg      Config
	folder   *folder
}

// New puts the pages together. The error names a page or message that is at fault.
func New(cfg Config) (*Builder, error) {
	catalog, err := locale.New()
	if err != nil {
		return nil, err
	}
	if err := catalog.Add("web/builder", part("words")); err != nil {
		return nil, err
	}
	set, err := static.New()
	if err != nil {
		return nil, err
	}
	b := &Builder{catalog: catalog, cfg: cfg, folder: &folder{fsys: cfg.Folder, lib: cfg.Library, now: cfg.Now}}
	if b.renderer, err = ui.New(part("pages"), catalog, set); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+static.Prefix, set)
	mux.Handle("POST "+ui.PreferencesPath, ui.Preferences(false))
	mux.Handle("GET /builder/", http.StripPrefix("/builder/", http.FileServerFS(part("assets"))))
	mux.HandleFunc("GET /state", b.state)
	mux.HandleFunc("GET /schedule.csv", b.scheduleCSV)
	mux.HandleFunc("GET /schedule.pdf", b.schedulePDF)
	for pattern, page := range map[string]func(*request) error{
		"GET /{$}":              (*request).overview,
		"GET /schedule":         (*request).schedule,
		"GET /findings":         (*request).findings,
		"GET /source/{file...}": (*request).source,
		"GET /forms":            (*request).forms,
		"GET /forms/{form}":     (*request).form,
		"GET /":                 func(*request) error { return errNotThere },
	} {
		mux.HandleFunc(pattern, b.answer(page))
	}
	protected, err := secure.Protect(secure.Options{}, mux)
	if err != nil {
		return nil, err
	}
	b.handler = thisMachineOnly(protected)
	return b, nil
}

// ServeHTTP answers one request.
func (b *Builder) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.handler.ServeHTTP(w, r) }

// thisMachineOnly refuses requests that come under another name: a page elsewhere could
// let its own name point here.
func thisMachineOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this page is for the author's own machine: open it as localhost", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var errNotThere = errors.New("there is no such page")

// request is one page being answered.
type request struct {
	*Builder
	w           http.ResponseWriter
	r           *http.Request
	lang, theme string
	reading     reading
}

func (b *Builder) answer(page func(*request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lang, theme := ui.Wishes(r)
		q := &request{Builder: b, w: w, r: r, lang: lang, theme: theme, reading: b.folder.read()}
		err := page(q)
		switch {
		case errors.Is(err, errNotThere):
			err = q.render("nothing", http.StatusNotFound, q.t("builder.nothing"), nil)
		case err != nil:
			b.renderer.Fault(w, http.StatusInternalServerError, ui.View{Lang: lang, Theme: theme}, "builder")
			return
		}
		if err != nil {
			b.renderer.Fault(w, http.StatusInternalServerError, ui.View{Lang: lang, Theme: theme}, "builder")
		}
	}
}

func (q *request) t(key string, args ...any) string { return q.catalog.Must(q.lang, key, args...) }

func (q *request) tn(key string, n int) string {
	text, err := q.catalog.Count(q.lang, key, n)
	if err != nil {
		return key
	}
	return text
}

// view is what every page of the builder has.
type view struct {
	State string // digest of the folder as shown, which the script compares
	Stale *ui.Alert
	Page  any
}

func (q *request) render(page string, status int, title string, data any) error {
	v := view{State: q.reading.digest, Page: data}
	if q.reading.def != nil && q.reading.old {
		v.Stale = &ui.Alert{Tone: ui.Warning, Title: q.t("builder.stale"), Text: q.t("builder.stale.text"), Links: []ui.Link{{Text: q.t("builder.findings"), Href: "/findings"}}}
	}
	return q.renderer.Render(q.w, status, page, ui.View{
		Lang: q.lang, Theme: q.theme, Title: title, Path: q.r.URL.RequestURI(), Nav: q.nav(), Data: v,
		Study: &ui.StudySlot{Name: q.cfg.Name}, Footer: []ui.Link{{Text: q.t("builder.again"), Href: q.r.URL.RequestURI()}},
	})
}

func (q *request) nav() []ui.NavItem {
	path := q.r.URL.Path
	at := func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }
	errors, warnings, _ := q.reading.counts()
	return []ui.NavItem{
		{Text: q.t("builder.overview"), Href: "/", Current: path == "/"},
		{Text: q.t("builder.schedule"), Href: "/schedule", Current: at("/schedule")},
		{Text: q.t("builder.forms"), Href: "/forms", Current: at("/forms")},
		{Text: q.t("builder.findings"), Href: "/findings", Current: at("/findings"), Count: errors + warnings},
		{Text: q.t("builder.source"), Href: "/source/" + q.reading.firstFile(), Current: at("/source")},
	}
}

// state answers the digest of the folder as it is now.
func (b *Builder) state(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(b.folder.read().digest))
}

func part(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		panic(errors.Join(errors.New("web/builder: embedded folder "+name), err)) // it is compiled in
	}
	return f
}
