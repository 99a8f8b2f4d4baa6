package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"varde/protocols"
	"varde/web/builder"
)

type buildCmd struct {
	Dir  string `arg:"" help:"Protocol folder; it may have errors."`
	Addr string `default:"127.0.0.1:8090" help:"Address to listen on; this machine only."`
}

// Run shows a protocol while it is written, until it is interrupted.
func (c *buildCmd) Run(ctx context.Context, m *Main) error {
	info, err := os.Stat(m.path(c.Dir))
	if err != nil {
		return fmt.Errorf("cannot read the protocol folder %s: %w. \"varde new %s\" begins one", c.Dir, err, c.Dir)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file: name the folder that holds the protocol", c.Dir)
	}
	lib, err := protocols.Library()
	if err != nil {
		return err
	}
	name := filepath.Base(filepath.Clean(m.path(c.Dir)))
	pages, err := builder.New(builder.Config{Folder: os.DirFS(m.path(c.Dir)), Name: name, Library: lib, Now: m.Clock})
	if err != nil {
		return err
	}
	listener, err := listen(c.Addr)
	if err != nil {
		return err
	}
	defer listener.Close() // once more at the end: harmless
	host, _, err := net.SplitHostPort(listener.Addr().String())
	if err != nil || !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("these pages ask for no sign-in: they are served on 127.0.0.1 only, not on %s", c.Addr)
	}
	fmt.Fprintf(m.Stdout, "Varde is at %s (Ctrl-C stops it). The page follows the files in %s.\n", urlOf(listener.Addr()), c.Dir)
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10}
	return serveUntil(ctx, listener, server, 5*time.Second)
}
