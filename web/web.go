// Package web puts the server together: which pages there are (modules.go), what
// stands around every request (this file, around.go), the front page and signing
// in. What the pages show lies in web/clinic, web/study and web/session, how they
// are answered in web/page, how they look in web/ui.
package web

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"varde/app"
	"varde/content"
	"varde/web/account"
	"varde/web/page"
	"varde/web/public"
	"varde/web/static"
	"varde/web/ui"
	"varde/web/ui/locale"
	"varde/web/ui/secure"
)

// Config of the server.
type Config struct {
	App *app.App
	Log *slog.Logger // nil: silent
	// TLS is true when readers come by https, directly or through a proxy: cookies
	// are then marked for https only.
	TLS bool
	// TrustedOrigins may post forms here besides this origin; usually none.
	TrustedOrigins []string
	// API answers everything below /api/v1/; nil: 404.
	API http.Handler
	// Providers of single sign-on, each a button on the sign-in page.
	Providers []account.Provider
	// URL is where readers come, such as "https://varde.example.org"; "" when it is
	// not known. With https cookies are marked for https only. With the name localhost
	// readers who come to the machine's own number are led to the name, because
	// passkeys are bound to names.
	URL string
	// Proxies may say in X-Forwarded-For where a request comes from.
	Proxies []netip.Prefix
	// Content is what the public pages say; nil: as shipped.
	Content *content.Site
	// Modules are pages besides those of modules.go.
	Modules []page.Module
}

// Server is the whole of the pages. It is an http.Handler.
type Server struct {
	handler http.Handler
	desk    *page.Desk
}

// New puts the server together. The error names every page, message or route that
// is at fault; a server that starts has complete words in both languages.
func New(cfg Config) (*Server, error) {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	catalog, err := locale.New()
	if err != nil {
		return nil, err
	}
	files, err := static.New()
	if err != nil {
		return nil, err
	}
	cfg.TLS = cfg.TLS || strings.HasPrefix(cfg.URL, "https://")
	texts := cfg.Content
	if texts == nil {
		if texts, err = content.Shipped(); err != nil {
			return nil, err
		}
	}
	all, err := modules(cfg.Providers, public.Config{Content: texts})
	if err != nil {
		return nil, err
	}
	desk, err := page.New(page.Config{App: cfg.App, Catalog: catalog, Static: files, Log: log, Secure: cfg.TLS, Proxies: cfg.Proxies, Crisis: public.Crisis(&texts.Crisis)}, append(all, cfg.Modules...)...)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, files)
	mux.Handle("POST "+ui.PreferencesPath, ui.Preferences(cfg.TLS))
	design, err := ui.StylePage(catalog, files, cfg.App.Now)
	if err != nil {
		return nil, err
	}
	mux.Handle("GET "+ui.StylePath, design)
	if cfg.API != nil {
		mux.Handle("/api/v1/", cfg.API)
	}
	mux.Handle("/", desk)
	protected, err := secure.Protect(secure.Options{TLS: cfg.TLS, TrustedOrigins: cfg.TrustedOrigins, Denied: desk.CrossSite()}, mux)
	if err != nil {
		return nil, err
	}
	return &Server{handler: around(log, toName(cfg.URL, compress(protected))), desk: desk}, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Routes lists all pages with who may open them.
func (s *Server) Routes() []page.Policy { return s.desk.Routes() }

// HTTP is a server with limits that a slow or hostile client cannot stretch.
func (s *Server) HTTP(addr string) *http.Server {
	server := &http.Server{
		Addr: addr, Handler: s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute, // exports are streamed
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
	server.RegisterOnShutdown(s.desk.Close)
	return server
}

func folder(fsys fs.FS, name string) fs.FS {
	f, err := fs.Sub(fsys, name)
	if err != nil {
		panic(errors.Join(errors.New("web: embedded folder "+name), err)) // the folder is compiled in
	}
	return f
}
