package routes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/study"
)

const mostBytes = 16 << 20 // of an answer

var (
	keptName  = regexp.MustCompile(`(?i)Qvkept-[A-Za-z0-9]+-\d+-`)
	realToken = regexp.MustCompile(`vs_[A-Za-z0-9_-]{20,}|varde_[A-Za-z0-9_-]{20,}`)
)

// faults says what is wrong with an answer.
func (f *fuzz) faults(p policy, x shot, v visitor, r *http.Request, rec *httptest.ResponseRecorder, hung bool) []string {
	var out []string
	fault := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	log := f.w.log.take()
	body, h, status := rec.Body.String(), rec.Header(), rec.Code
	if hung {
		fault("no answer within half a minute")
	}
	if status >= 500 || status < 200 {
		fault("status %d\n%.3000s", status, log)
	} else if strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
		fault("an error was logged\n%.3000s", log)
	}
	if i := strings.Index(strings.ToLower(log), planted); i >= 0 {
		fault("what was sent stands in the log: %q", log[max(0, i-80):min(len(log), i+80)])
	}
	if m := realToken.FindString(log); m != "" {
		fault("a token stands in the log")
	}
	if keptName.MatchString(log) || strings.Contains(log, "01901234538") || strings.Contains(log, "4700099111") {
		fault("an identity stands in the log: %.500s", log)
	}
	if len(body) > mostBytes {
		fault("an answer of %d bytes", len(body))
	}
	f.headersOf(h, fault)
	reached := f.policies[reachedBy(r)]
	if reached.pattern != "/api/v1/openapi.json" && !strings.HasPrefix(r.URL.Path, "/static/") && !openPage(reached, status) && !strings.Contains(h.Get("Cache-Control"), "no-store") {
		fault("Cache-Control is %q", h.Get("Cache-Control"))
	}
	if strings.Contains(h.Get("Content-Type"), "html") && strings.Contains(strings.ToLower(body), "<zq7x") {
		fault("a tag that was sent stands in the page")
	}
	// An address and an account's name are shown again to who typed them.
	if strings.Contains(body, secret) && !strings.Contains(string(x.raw[:bytes.IndexByte(x.raw, '\n')]), secret) && !strings.Contains(r.PostForm.Get("account"), secret) {
		fault("a secret that was sent stands in the answer")
	}
	f.kin(v, body, fault)
	if status == http.StatusForbidden && roleMayNot.MatchString(body) {
		f.refused++
	}
	success := status < 300 || status == http.StatusSeeOther && !strings.HasPrefix(h.Get("Location"), "/signin")
	if success && r.Method != http.MethodOptions {
		f.good++
		f.admitted(reached, x, v, r, fault)
	}
	// The address may name the host as well; a browser would not let another say which.
	if x.cross && !strings.HasPrefix(r.Host, elsewhere) && status != http.StatusForbidden && status != http.StatusBadRequest {
		fault("another site's request was not refused: %d", status)
	}
	if x.big && success && reached.api() && reached.method != http.MethodGet {
		fault("a body of more than 1 MiB was taken")
	}
	return out
}

// openPage says that an answer is a page of web/public, which holds nothing personal and
// may be kept: all of them but the forms.
func openPage(p policy, status int) bool {
	public := strings.HasPrefix(p.pattern, "/en/") || strings.HasPrefix(p.pattern, "/nb/")
	form := strings.Contains(p.pattern, "/referral") || strings.HasSuffix(p.pattern, "/self-check")
	return p.open && p.method == http.MethodGet && public && !form && status == http.StatusOK
}

// reachedBy is the route that the request came to, which need not be the one it was
// meant for.
func reachedBy(r *http.Request) string {
	if r.Method == http.MethodHead {
		return strings.Replace(r.Pattern, "HEAD ", "GET ", 1)
	}
	return r.Pattern
}

func (f *fuzz) headersOf(h http.Header, fault func(string, ...any)) {
	for name, values := range h {
		for _, v := range append(values, name) {
			if strings.ContainsAny(v, "\r\n\x00") {
				fault("the header %q holds a line break", name)
			}
		}
	}
	if h.Get("X-Injected") != "" {
		fault("a header came in")
	}
	for _, c := range h.Values("Set-Cookie") {
		if strings.HasPrefix(c, "injected") || strings.Contains(c, secret) {
			fault("a cookie came in: %s", c)
		}
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"} {
		if !strings.Contains(h.Get(name), want) {
			fault("%s is %q", name, h.Get(name))
		}
	}
	if to := h.Get("Location"); to != "" {
		u, err := url.Parse(to)
		if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) {
			fault("leads away, to %q", to)
		}
	}
}

// kin looks for identities that are kept: of them a reader sees those in their scope,
// when their role may see any.
func (f *fuzz) kin(v visitor, body string, fault func(string, ...any)) {
	if !strings.Contains(body, "vkept-") && !strings.Contains(body, "01901234538") && !strings.Contains(body, "4700099111") {
		return
	}
	if !(access.Actor{Role: v.role}).Can(access.SeeIdentity) && !(access.Actor{Role: v.role}).Can(access.KeepIdentity) {
		fault("a role that may see no identity was shown one")
		return
	}
	for _, name := range keptName.FindAllString(body, -1) {
		id := f.kept[name]
		site := id[:max(0, strings.LastIndexByte(id, '-'))]
		switch {
		case v.scope == "else", v.scope == "own" && site != f.w.sites[0], v.scope == "far" && site != f.w.sites[1], v.role == "participant" && id != v.account:
			fault("the identity of %s was shown", id)
		}
	}
}

// admitted checks that who was answered is somebody whom the route is open to.
func (f *fuzz) admitted(reached policy, x shot, v visitor, r *http.Request, fault func(string, ...any)) {
	if reached.pattern == "" || reached.open {
		return // no such page, preferences, files
	}
	if reached.api() && !x.token || !reached.api() && !x.session {
		fault("%s answered somebody who is not signed in", reached)
		return
	}
	in, about := r.PathValue("study"), r.PathValue("id")
	at := v.scope
	switch {
	case reached.need != access.SignedIn && !(access.Actor{Role: v.role}).Can(reached.need):
		fault("%s answered a role that may not", reached)
	case !v.drawn() && (in == trial && at != "own" && at != "far" && at != "house" || in == other && at != "else" && at != "house"):
		fault("%s answered somebody of another study", reached)
	case in == "" && reached.need != access.SignedIn && at != "house":
		fault("%s answered somebody who has no role in the house", reached)
	case v.role == "participant" && about != "" && about != v.account:
		fault("%s answered a participant about another", reached)
	case at == "own" && strings.HasPrefix(about, f.w.sites[1]+"-"), at == "far" && strings.HasPrefix(about, f.w.sites[0]+"-"):
		fault("%s answered about another site's participant", reached)
	}
}

// drawn says that a rater of the simulated staff is meant, who works in both studies,
// and nobody that was employed for one scope alone.
func (v visitor) drawn() bool {
	return v.role == "rater" && !strings.HasPrefix(v.account, v.scope+"-")
}

// ensure signs somebody in again whose session a request has ended, and gives back
// the role that somebody has taken away.
func (f *fuzz) ensure(i int) {
	v := &f.people[i]
	if v.account == "" {
		return
	}
	in := trial
	switch v.scope {
	case "else":
		in = other
	case "house":
		in = ""
	}
	a, ok := f.w.app.Authenticate(f.t.Context(), v.cookie, in, v.role)
	if ok && v.role != "" && a.Role != v.role {
		f.mend()
	}
	if v.bearer != "" {
		if _, good := f.w.app.Authenticate(f.t.Context(), v.bearer, in, ""); !good {
			ok, v.bearer = false, ""
		}
	}
	if !ok {
		if v.role != "participant" {
			if err := f.w.people.Enable(f.t.Context(), identity.By{Account: "system", Role: "system"}, v.account); err != nil {
				f.t.Fatal(err)
			}
		}
		f.w.signIn(f.t, v)
	}
}

// mend gives everybody the roles back that they had.
func (f *fuzz) mend() {
	for i := range f.people {
		v := &f.people[i]
		ctx, by := f.t.Context(), identity.By{Account: "system", Role: "system"}
		cmd := study.Delegate{Account: v.account, Name: "Test " + v.role, Role: v.role}
		in := trial
		switch v.scope {
		case "own":
			cmd.Sites = f.w.sites[:1]
		case "far":
			cmd.Sites = f.w.sites[1:]
		case "else":
			in = other
		case "house":
			in = ""
		}
		if v.account == "" || v.role == "" || v.role == "participant" {
			continue
		}
		if a, ok := f.w.app.Authenticate(ctx, v.cookie, in, v.role); !ok || a.Role == v.role {
			continue
		}
		if in == "" {
			if err := f.w.people.GiveRole(ctx, by, v.account, v.role); err != nil {
				f.t.Fatal(err)
			}
		} else if _, err := f.w.app.Do(ctx, access.System, in, cmd, ""); err != nil {
			f.t.Logf("%s has no role any longer: %v", v, err)
		}
	}
}

// ledgers are all events that there are.
func (f *fuzz) ledgers() map[string][]ledger.Event {
	f.settle()
	out := map[string][]ledger.Event{}
	for _, id := range []string{trial, other, identity.Log} {
		out[id], _ = f.w.record(f.t, id)
	}
	return out
}

func (f *fuzz) settle() {
	f.w.app.Settle()
	if err := f.w.people.Flush(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

// after checks that the world is whole: nothing that was written is gone, the ledgers
// verify, views are what the ledgers say, refusals stand in the house's log, and
// secrets nowhere.
func (f *fuzz) after(before map[string][]ledger.Event) {
	t, ctx, w := f.t, f.t.Context(), f.w
	now := f.ledgers()
	for id, events := range now {
		if len(events) < len(before[id]) {
			t.Errorf("%s: %d events are left of %d", id, len(events), len(before[id]))
		}
		for i, e := range before[id] {
			if i < len(events) && events[i].Hash != e.Hash {
				t.Fatalf("%s: event %d is another one", id, i)
			}
		}
		report, err := w.store.Verify(ctx, id)
		if err != nil || !report.OK() {
			t.Errorf("%s does not verify: %v %v", id, report.String(), err)
		}
		for _, e := range events[len(before[id]):] {
			if text := fmt.Sprintf("%s %s %s %s", e.Payload, e.Stream, e.Actor, e.Reason); strings.Contains(text, secret) || strings.Contains(text, mistyped) {
				t.Errorf("%s: a secret stands in the ledger: %s %s %.300s", id, e.Stream, e.Type, e.Payload)
			}
		}
		t.Logf("%s: %d events, %d of them new", id, len(events), len(events)-len(before[id]))
	}
	if err := w.store.Check(ctx); err != nil {
		t.Error(err)
	}
	for _, id := range []string{trial, other} {
		if r, err := w.app.Rebuild(ctx, id); err != nil || !r.Same() {
			t.Errorf("%s: the views are not what the ledger says: %v", id, err)
		}
	}
	_, digest := w.record(t, identity.Log)
	if err := w.people.Rebuild(ctx); err != nil {
		t.Error(err)
	}
	if _, anew := w.record(t, identity.Log); anew != digest {
		t.Error("the house's views are not what its log says")
	}
	f.written(now[identity.Log][len(before[identity.Log]):])
	if log := w.log.take(); strings.Contains(log, "level=ERROR") || strings.Contains(strings.ToLower(log), planted) {
		t.Errorf("the log: %.3000s", log)
	}
}

// written checks that the house's log tells of as many refusals as there were.
func (f *fuzz) written(events []ledger.Event) {
	recorded := 0
	for _, e := range events {
		if e.Type != "access.refused" {
			continue
		}
		var d struct{ Count int }
		if err := json.Unmarshal(e.Payload, &d); err != nil {
			f.t.Fatal(err)
		}
		recorded += max(d.Count, 1)
	}
	if recorded < f.refused {
		f.t.Errorf("%d were refused for want of a role, the house's log tells of %d", f.refused, recorded)
	}
	if f.refused == 0 && f.closed > 1000 {
		f.t.Error("nobody was refused anything")
	}
}
