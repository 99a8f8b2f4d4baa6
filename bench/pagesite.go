package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/vault"
	"varde/web"
)

// pageSite is a demonstration that is served from this process, so that it can be
// entered as anybody.
type pageSite struct {
	base   string
	app    *app.App
	people *identity.Service
	pages  *web.Server
	close  []func() error
}

const (
	pageStudy = "live"
	pageDay   = "2026-03-02"
)

func (s *pageSite) Close() error {
	var all []error
	for _, f := range slices.Backward(s.close) {
		all = append(all, f())
	}
	return errors.Join(all...)
}

// openPageSite makes a demonstration with the program and serves it on this machine.
func openPageSite(ctx context.Context, dir string) (_ *pageSite, err error) {
	program, err := build(ctx, dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if out, err := exec.CommandContext(ctx, program, "demo", "--no-serve", "--seed=1", "--today="+pageDay, "--participants=24", "--data="+data).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("demo: %w: %s", err, out)
	}
	s := &pageSite{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	day, err := time.Parse(time.DateOnly, pageDay)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	now := func() time.Time { return day.Add(15*time.Hour + time.Since(began)) }
	text, err := os.ReadFile(filepath.Join(data, "seal.key"))
	if err != nil {
		return nil, err
	}
	seal, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, err
	}
	signer, err := ledger.LoadSigner(filepath.Join(data, "sign.key"))
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, filepath.Join(data, "varde.db"), sqlite.Options{Signer: signer, Now: now})
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, store.Close)
	master, err := vault.Open("file:" + filepath.Join(data, "master.key"))
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, err
	}
	s.base = "http://localhost:" + port
	keys := vault.New(store, master)
	if s.people, err = identity.New(ctx, identity.Config{Store: store, Vault: keys, Clock: now, URL: s.base, Name: "Varde"}); err != nil {
		return nil, err
	}
	s.close = append(s.close, func() error { return s.people.Close(context.WithoutCancel(ctx)) })
	if s.app, err = app.New(ctx, app.Config{Store: store, Clock: now, SealKey: seal, Vault: keys, Identity: s.people}); err != nil {
		return nil, err
	}
	if s.pages, err = web.New(web.Config{App: s.app, URL: s.base}); err != nil {
		return nil, err
	}
	server := s.pages.HTTP("")
	s.close = append(s.close, server.Close)
	go func() { _ = server.Serve(listener) }()
	return s, nil
}

// somebody answers who has come farthest at the first site, and their latest session.
func (s *pageSite) somebody(ctx context.Context) (id, visit string, err error) {
	auditor := access.Actor{ID: "bench", Role: "auditor"}
	rows, _, err := s.app.Participants(ctx, auditor, pageStudy, app.ListQuery{Site: "S01", Limit: 500})
	if err != nil || len(rows) == 0 {
		return "", "", fmt.Errorf("nobody takes part: %w", err)
	}
	best := rows[0]
	for _, r := range rows {
		if !r.Status.Gone() && (r.Doses > best.Doses || r.Doses == best.Doses && r.VisitsHeld > best.VisitsHeld || best.Status.Gone()) {
			best = r
		}
	}
	st, err := s.app.Participant(ctx, auditor, pageStudy, best.ID)
	if err != nil {
		return "", "", err
	}
	def, _ := s.app.Definition(pageStudy)
	for i := range def.Visits {
		if def.Visits[i].Kind == protocol.Session && (visit == "" || !st.Visits[i].Held.IsZero()) {
			visit = def.Visits[i].ID
		}
	}
	return best.ID, visit, nil
}

// measured is a page with whose session sees it.
type measured struct{ path, token, group string }

// measuredPages are all public and participants' pages whose address is fixed, and
// the main pages of the clinic and the session room.
func (s *pageSite) measuredPages(ctx context.Context) ([]measured, error) {
	id, visit, err := s.somebody(ctx)
	if err != nil {
		return nil, err
	}
	own, err := s.asParticipant(ctx, id)
	if err != nil {
		return nil, err
	}
	staff, err := s.asStaff(ctx, "coordinator")
	if err != nil {
		return nil, err
	}
	var out []measured
	for _, p := range s.pages.Routes() {
		path := strings.NewReplacer("{$}", "", "{study}", pageStudy, "{page}", "risks").Replace(p.Pattern)
		switch {
		case p.Method != http.MethodGet || strings.Contains(path, "{"):
		case p.Open:
			out = append(out, measured{path, "", "public"})
		case strings.HasPrefix(path, "/s/"+pageStudy+"/me"):
			out = append(out, measured{path, own, "participant"})
		}
	}
	home := "/s/" + pageStudy
	for _, path := range []string{"/today", "/participants", "/p/" + id, "/p/" + id + "/f/V0/pcl5", "/"} {
		out = append(out, measured{home + path, staff, "clinic"})
	}
	out = append(out, measured{home + "/p/" + id + "/session/" + visit, staff, "room"}, measured{home + "/sessions", staff, "room"})
	return slices.DeleteFunc(out, func(m measured) bool { return !s.isPage(ctx, m) }), nil
}

// isPage leaves out what leads elsewhere, is a file or a stream.
func (s *pageSite) isPage(ctx context.Context, m measured) bool {
	ctx, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+m.path, nil)
	if err != nil {
		return false
	}
	if m.token != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: m.token})
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment")
}

const sessionCookie = "varde-session"

func (s *pageSite) asStaff(ctx context.Context, role string) (string, error) {
	for _, a := range s.app.DemoActors(ctx, pageStudy) {
		if a.Role == role {
			o, err := s.app.SignInDemo(ctx, pageStudy, a.ID, role, identity.Source{})
			return o.Token, err
		}
	}
	return "", fmt.Errorf("nobody is a %s", role)
}

func (s *pageSite) asParticipant(ctx context.Context, id string) (string, error) {
	coordinator := access.Actor{ID: "bench", Name: "Bench", Role: "coordinator", Study: pageStudy, Sites: []string{id[:3]}}
	link, err := s.app.ParticipantLink(ctx, coordinator, pageStudy, id)
	if err != nil {
		return "", err
	}
	o, err := s.people.UseLink(ctx, link, identity.Source{})
	return o.Token, err
}
