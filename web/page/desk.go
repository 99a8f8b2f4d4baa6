package page

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"varde/access"
	"varde/app"
	"varde/web/static"
	"varde/web/ui"
	"varde/web/ui/locale"
)

//go:embed all:pages words
var files embed.FS

// Config is what a desk needs.
type Config struct {
	App     *app.App
	Catalog *locale.Catalog
	Static  *static.Set
	Log     *slog.Logger
	// Secure marks cookies for https only. Set it whenever readers come by https.
	Secure bool
	// Proxies may say in X-Forwarded-For where a request comes from. Requests from
	// elsewhere are taken to come from where their connection does.
	Proxies []netip.Prefix
	// Crisis answers whom to call in a country ("" = the clinic's own), said in a
	// language; nil: pages say to call the local emergency number.
	Crisis func(country, lang string) *ui.Crisis
}

// Desk takes requests in and hands them to the modules' handlers.
type Desk struct {
	app     *app.App
	catalog *locale.Catalog
	log     *slog.Logger
	secure  bool
	proxies []netip.Prefix
	crisis  func(country, lang string) *ui.Crisis
	own     *ui.Renderer
	menu    []MenuEntry
	isDemo  atomic.Bool
	mux     *http.ServeMux
	routes  []Policy
	closing chan struct{} // closed when answers that go on for ever must end
	close   sync.Once
}

// New puts modules on one desk. The error lists every page, message and route that
// is at fault.
func New(cfg Config, modules ...Module) (*Desk, error) {
	d := &Desk{app: cfg.App, catalog: cfg.Catalog, log: cfg.Log, secure: cfg.Secure, proxies: cfg.Proxies, crisis: cfg.Crisis, mux: http.NewServeMux(), closing: make(chan struct{})}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	pages, words := sub("pages"), sub("words")
	faults := []error{d.catalog.Add("web/page", words)}
	for _, m := range modules {
		if m.Words != nil {
			faults = append(faults, d.catalog.Add(m.Name, m.Words))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	var err error
	if d.own, err = ui.New(pages, cfg.Catalog, cfg.Static); err != nil {
		return nil, fmt.Errorf("web/page: %w", err)
	}
	for _, m := range modules {
		var render renderer = d.own
		if m.Pages != nil {
			r, err := ui.New(both{m.Pages, pages}, cfg.Catalog, cfg.Static)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", m.Name, err))
			}
			render = r
		}
		d.menu = append(d.menu, m.Menu...)
		for _, route := range m.Routes {
			if err := d.add(route, render); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", m.Name, err))
			}
		}
		for _, entry := range m.Menu {
			if !cfg.Catalog.Has(entry.Word) {
				faults = append(faults, fmt.Errorf("%s: menu: no message %q", m.Name, entry.Word))
			}
		}
	}
	slices.SortStableFunc(d.menu, func(a, b MenuEntry) int { return a.Order - b.Order })
	return d, errors.Join(faults...)
}

// add registers a route; a pattern that clashes with another is an error.
func (d *Desk) add(r Route, render renderer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("route %s: %v", r.Pattern, p)
		}
	}()
	if !r.Open && !access.Declared(r.Need) {
		return fmt.Errorf("route %s: nobody said who may open it: give it a Need (access.SignedIn for every account), or mark it Open", r.Pattern)
	}
	d.mux.Handle(r.Pattern, d.handler(r, render))
	d.routes = append(d.routes, policyOf(r))
	return nil
}

// Close ends the answers that go on for ever, so that the server can stop. It may be
// called more than once.
func (d *Desk) Close() { d.close.Do(func() { close(d.closing) }) }

// Routes lists all routes with who may come to them, in the order they were added.
func (d *Desk) Routes() []Policy { return slices.Clone(d.routes) }

// ServeHTTP answers by the routes; anything else is a 404 page.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.mux.ServeHTTP(w, r) }

func (d *Desk) demo(ctx context.Context) bool {
	if d.isDemo.Load() {
		return true
	}
	demo := d.app.Demo(ctx)
	d.isDemo.Store(demo)
	return demo
}

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}

// both is a module's pages with the shared partials beside them.
type both struct{ own, shared fs.FS }

func (b both) Open(name string) (fs.File, error) {
	f, err := b.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) && len(name) > 0 && name[0] == '_' {
		return b.shared.Open(name)
	}
	return f, err
}

func (b both) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(b.own, name)
	if err != nil || name != "." {
		return list, err
	}
	shared, err := fs.ReadDir(b.shared, name)
	for _, e := range shared {
		if e.Name()[0] == '_' {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int {
		if a.Name() < b.Name() {
			return -1
		}
		return 1
	})
	return list, err
}
