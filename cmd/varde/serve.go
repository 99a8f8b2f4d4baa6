package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"varde/web"
	"varde/web/api"
)

type serveCmd struct {
	Addr    string   `default:"127.0.0.1:8080" help:"Address to listen on."`
	Data    string   `default:"varde-data" help:"Data folder."`
	URL     string   `name:"url" help:"Address that readers come by, such as https://varde.example.org. Passkeys are bound to its name. On this machine alone: http://localhost and the port."`
	Origins []string `name:"origin" help:"Further origins that may post forms here (may be given several times)."`
	Proxies []string `name:"trust-proxy" help:"Address or prefix of a proxy that says in X-Forwarded-For where a request comes from (may be given several times)."`
	Content string   `name:"content" placeholder:"DIR" help:"Folder of the clinic's own public pages; a file there replaces the shipped one of the same name (docs/content.md)."`
	Log     string   `enum:"info,debug,quiet" default:"info" help:"How much to log: info, debug or quiet."`
}

func (c *serveCmd) Run(ctx context.Context, m *Main) error {
	if err := m.hasData(c.Data); err != nil {
		return err
	}
	proxies, err := readProxies(c.Proxies)
	if err != nil {
		return err
	}
	at := ""
	if c.URL != "" {
		if at, err = readURL(c.URL); err != nil {
			return err
		}
	}
	pages, err := m.readContent(c.Content)
	if err != nil {
		return err
	}
	listener, err := listen(c.Addr)
	if err != nil {
		return err
	}
	if at == "" {
		at = urlOf(listener.Addr())
	}
	log := m.logger(c.Log)
	w, err := m.openWorkspaceAt(ctx, at, c.Data, false, m.Clock, log, 0)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if at == "" && !w.app.Demo(ctx) {
		err = fmt.Errorf("say with --url by which address readers come to %s, such as https://varde.example.org: passkeys are bound to its name", c.Addr)
		return errors.Join(err, listener.Close(), w.Close())
	}
	w.content = pages
	err = m.serve(ctx, w, listener, c.Origins, proxies, log)
	return errors.Join(err, w.Close())
}

func (m *Main) logger(level string) *slog.Logger {
	switch level {
	case "debug":
		return slog.New(slog.NewTextHandler(m.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	case "info":
		return slog.New(slog.NewTextHandler(m.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w. Choose another address with --addr", addr, err)
	}
	return listener, nil
}

// serve answers requests until the context ends, then lets those under way finish. It
// closes the listener.
func (m *Main) serve(ctx context.Context, w *workspace, listener net.Listener, origins []string, proxies []netip.Prefix, log *slog.Logger) error {
	defer listener.Close() // once more at the end: harmless
	if w.mute != nil {
		return w.mute
	}
	interfaces, err := api.New(w.app, log)
	if err != nil {
		return err
	}
	pages, err := web.New(web.Config{App: w.app, Log: log, URL: w.url, Content: w.content, Providers: buttons(w.providers), TrustedOrigins: origins, Proxies: proxies, API: interfaces})
	if err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(listener.Addr().String())
	if w.app.Demo(ctx) && !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("a demonstration lets anyone in: it is served on 127.0.0.1 only, not on %s", host)
	}
	if err := w.store.SetSetting(ctx, urlSetting, w.url); err != nil {
		return err
	}
	fmt.Fprintf(m.Stdout, "Varde is at %s (Ctrl-C stops it)\n", w.url)
	if err := m.welcome(ctx, w); err != nil {
		return err
	}
	server := pages.HTTP(listener.Addr().String())
	ticking, stop := context.WithCancel(ctx)
	defer stop()
	go tick(ticking, w, log)
	var sending sync.WaitGroup
	sending.Go(func() { remind(ticking, w, log) })
	defer sending.Wait() // what a provider took must stand in the record before it closes
	defer stop()
	return serveUntil(ctx, listener, server, 10*time.Second)
}

// serveUntil answers requests until the context ends, and then gives those that are under
// way so long to end.
func serveUntil(ctx context.Context, listener net.Listener, server *http.Server, grace time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, stop := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer stop()
	err := server.Shutdown(ending)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// remind sends what is due every minute, beside the clock: a provider that is slow holds
// nobody up.
func remind(ctx context.Context, w *workspace, log *slog.Logger) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		if err := w.app.Remind(ctx); err != nil && ctx.Err() == nil {
			log.Error("reminders could not be sent", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// tick lets the clock speak every minute.
func tick(ctx context.Context, w *workspace, log *slog.Logger) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		if err := w.app.Tick(ctx); err != nil && ctx.Err() == nil {
			log.Error("the clock could not be heard", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}
