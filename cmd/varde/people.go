package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"varde/identity"
	"varde/vault"
)

// urlSetting remembers under which address the data folder was last served, so that
// links made on the console lead there.
const urlSetting = "url"

const defaultURL = "http://localhost:8080"

// openPeople opens the accounts of a workspace. The address is where readers come; ""
// is the one that was last served.
func (m *Main) openPeople(ctx context.Context, w *workspace, keys *vault.Vault, clock func() time.Time, log *slog.Logger, at string) (*identity.Service, error) {
	providers, err := loadProviders(w.dir)
	if err != nil {
		return nil, err
	}
	if at == "" {
		if at, err = w.store.Setting(ctx, urlSetting); err != nil {
			return nil, err
		}
	}
	if at == "" {
		at = defaultURL
	}
	w.url, w.providers = at, providers
	return identity.New(ctx, identity.Config{Store: w.store, Vault: keys, Clock: clock, Log: log, URL: at, Name: "Varde", Providers: providers})
}

// readURL checks the address that readers come by. Passkeys are bound to its name,
// so it must be one, and must not change later.
func readURL(s string) (string, error) {
	u, err := url.Parse(strings.TrimSuffix(s, "/"))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", fmt.Errorf("--url %q: write the address that readers come by, such as https://varde.example.org", s)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "", fmt.Errorf("--url %q: only scheme, host and port, without a path", s)
	case net.ParseIP(u.Hostname()) != nil:
		return "", fmt.Errorf("--url %q: passkeys are bound to a name, not to a number: use the host's name, or localhost on this machine", s)
	case u.Scheme == "http" && u.Hostname() != "localhost":
		return "", fmt.Errorf("--url %q: without https anybody on the way can read and change what is sent: use https (http only for localhost)", s)
	}
	return u.String(), nil
}

// urlOf is the address of a server that listens here, when none was given: localhost
// on a loopback address, "" on any other, whose name only its operator knows.
func urlOf(listening net.Addr) string {
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil || !net.ParseIP(host).IsLoopback() {
		return ""
	}
	return "http://localhost:" + port
}

// readProxies reads addresses or prefixes such as 10.0.0.0/8.
func readProxies(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			at, err := netip.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("--trust-proxy %q: write an address or a prefix, such as 10.0.0.0/8", s)
			}
			p = netip.PrefixFrom(at.Unmap(), at.Unmap().BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// welcome prints the one-time link for the first administrator, when there is none.
func (m *Main) welcome(ctx context.Context, w *workspace) error {
	if w.people == nil || w.app.Demo(ctx) {
		return nil
	}
	all, err := administrators(ctx, w.people)
	if err != nil || all > 0 {
		return err
	}
	link, err := w.people.Bootstrap(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(m.Stdout, "\nNobody administers this installation yet. Open this link to become the first administrator.\nIt works once, within %s:\n\n    %s\n\nA new one: varde account bootstrap\n\n", within(w.people.Limits().Link), link)
	return nil
}

// administrators counts the accounts that can sign in and administer the house.
func administrators(ctx context.Context, people *identity.Service) (int, error) {
	n := 0
	err := eachAccount(ctx, people, "", func(a identity.Account) {
		if a.Disabled.IsZero() && canSignIn(a) {
			for _, role := range a.Roles {
				if role == "administrator" {
					n++
				}
			}
		}
	})
	return n, err
}

func canSignIn(a identity.Account) bool {
	for _, k := range a.Passkeys {
		if k.Revoked.IsZero() {
			return true
		}
	}
	return a.HasPassword || len(a.Subjects) > 0
}

func eachAccount(ctx context.Context, people *identity.Service, search string, do func(identity.Account)) error {
	const page = 200
	for offset := 0; ; offset += page {
		list, total, err := people.Accounts(ctx, search, offset, page)
		if err != nil {
			return err
		}
		for _, a := range list {
			do(a)
		}
		if offset+len(list) >= total || len(list) == 0 {
			return nil
		}
	}
}
