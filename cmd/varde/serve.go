package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"varde/web"
	"varde/web/api"
)

type serveCmd struct {
	Addr    string   `default:"127.0.0.1:8080" help:"Address to listen on."`
	Data    string   `default:"varde-data" help:"Data folder."`
	TLS     bool     `name:"tls" help:"Readers come by https, through a proxy: cookies are marked for https only."`
	Origins []string `name:"origin" help:"Further origins that may post forms here (may be given several times)."`
	Log     string   `enum:"info,debug,quiet" default:"info" help:"How much to log: info, debug or quiet."`
}

func (c *serveCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openWorkspace(ctx, c.Data, false, m.Clock, m.logger(c.Log), 0)
	if err != nil {
		return err
	}
	err = m.serve(ctx, w, c.Addr, c.TLS, c.Origins, m.logger(c.Log))
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

// serve answers requests until the context ends, then lets those under way finish.
func (m *Main) serve(ctx context.Context, w *workspace, addr string, tls bool, origins []string, log *slog.Logger) error {
	interfaces, err := api.New(w.app, log)
	if err != nil {
		return err
	}
	pages, err := web.New(web.Config{App: w.app, Log: log, TLS: tls, TrustedOrigins: origins, API: interfaces})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w. Choose another address with --addr", addr, err)
	}
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	if w.app.Demo(ctx) && !net.ParseIP(host).IsLoopback() {
		return errors.Join(listener.Close(), fmt.Errorf("a demonstration lets anyone in: it is served on 127.0.0.1 only, not on %s", host))
	}
	fmt.Fprintf(m.Stdout, "Varde is at http://%s (Ctrl-C stops it)\n", net.JoinHostPort(host, port))
	server := pages.HTTP(addr)
	ticking, stop := context.WithCancel(ctx)
	defer stop()
	go tick(ticking, w, log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	leaving, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	if err := server.Shutdown(leaving); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
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
