package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/identity"
	"varde/identity/authenticatortest"
)

// joins makes an account of staff with a passkey, and signs it in.
func joins(t *testing.T, w *workspace, id, name string) (*authenticatortest.Authenticator, identity.Opening) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	link, err := w.people.Invite(ctx, identity.By{Account: "adm", Role: "administrator"}, identity.Invitation{ID: id, Name: name, Kind: identity.Staff, Language: "nb"})
	check(err)
	o, err := w.people.BeginLink(ctx, link, identity.Source{})
	check(err)
	origin, _, _ := strings.Cut(link, "/link#")
	key := authenticatortest.New(origin)
	answer, err := key.Register(o.JSON)
	check(err)
	opening, err := w.people.FinishLink(ctx, link, o.Ticket, answer, "phone", identity.Source{Device: "test"})
	check(err)
	return key, opening
}

// hands is a clock that a test turns.
type hands struct {
	sync.Mutex
	at time.Time
}

func (h *hands) now() time.Time {
	h.Lock()
	defer h.Unlock()
	return h.at
}

func (h *hands) turn(d time.Duration) {
	h.Lock()
	defer h.Unlock()
	h.at = h.at.Add(d)
}

// Who is disabled on the console is out of a server that runs beside it ten seconds
// later at most, without a restart.
func TestDisablingBesideARunningServer(t *testing.T) {
	clock := &hands{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	said := &bytes.Buffer{}
	m := &Main{Stdout: said, Stderr: said, Clock: clock.now}
	dir := filepath.Join(t.TempDir(), "d")
	run := func(args ...string) {
		t.Helper()
		if status := m.Run(t.Context(), append(args, "--data="+dir)); status != 0 {
			t.Fatalf("varde %s: status %d\n%s", strings.Join(args, " "), status, said)
		}
	}
	run("open", filepath.Join("..", "..", "protocols", "mdma-ptsd-three-session"), "--id=small", "--title=Small")

	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		server := &Main{Stdout: in, Stderr: in, Clock: clock.now}
		status := server.Run(ctx, []string{"serve", "--addr=127.0.0.1:0", "--log=quiet", "--data=" + dir})
		in.Close()
		ended <- status
	}()
	base := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, rest, found := strings.Cut(lines.Text(), "Varde is at "); found {
				base <- strings.Fields(rest)[0]
			}
		}
		close(base)
	}()
	at, there := <-base
	if !there {
		t.Fatalf("the server did not start: status %d", <-ended)
	}

	w, err := m.openWorkspace(t.Context(), dir, false, m.Clock, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, kari := joins(t, w, "kari", "Kari Nordmann")
	_, ola := joins(t, w, "ola", "Ola Nordmann")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	account := func(token string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+"/account", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "varde-session", Value: token})
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if to := res.Header.Get("Location"); res.StatusCode == http.StatusSeeOther && !strings.HasPrefix(to, "/signin") {
			t.Errorf("led to %s", to)
		}
		return res.StatusCode
	}
	if a, b := account(kari.Token), account(ola.Token); a != http.StatusOK || b != http.StatusOK {
		t.Fatalf("before: %d, %d", a, b)
	}
	run("account", "disable", "kari", "--reason=left the clinic")
	if !strings.Contains(said.String(), "kari can no longer sign in") || strings.Contains(said.String(), "Nobody can administer") {
		t.Errorf("the console says: %s", said)
	}
	clock.turn(10 * time.Second)
	if a, b := account(kari.Token), account(ola.Token); a != http.StatusSeeOther || b != http.StatusOK {
		t.Errorf("ten seconds later: %d for who was disabled, %d for another", a, b)
	}
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("the server ended with status %d", status)
	}
}
