package routes

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"varde/access"
)

// policy is a route with what it declares, of pages or of the API.
type policy struct {
	method, pattern string
	need            access.Capability
	open            bool
}

func (p policy) String() string { return p.method + " " + p.pattern }

func (p policy) api() bool     { return strings.HasPrefix(p.pattern, "/api/") }
func (p policy) inStudy() bool { return strings.Contains(p.pattern, "{study}") }

// policies are all routes of the program, reads before writes.
func (w *world) policies() []policy {
	var out []policy
	for _, p := range w.pages.Routes() {
		if p.Method != "" { // what answers everything else says that there is no such page
			out = append(out, policy{p.Method, p.Pattern, p.Need, p.Open})
		}
	}
	for _, p := range w.api.Routes() {
		out = append(out, policy{p.Method, p.Pattern, p.Need, p.Open})
	}
	slices.SortStableFunc(out, func(x, y policy) int {
		switch xr, yr := x.method == http.MethodGet, y.method == http.MethodGet; {
		case xr == yr:
			return 0
		case xr:
			return -1
		}
		return 1
	})
	return out
}

// answer of the server.
type answer struct {
	status int
	body   string
	header http.Header
}

func (w *world) ask(t testing.TB, s sample, v visitor) answer {
	t.Helper()
	rec := httptest.NewRecorder()
	w.pages.ServeHTTP(rec, s.request(v))
	// What is written without waiting is written before the next question.
	if err := w.people.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.store.SetSetting(t.Context(), "walked", "yes"); err != nil {
		t.Fatal(err)
	}
	return answer{rec.Code, rec.Body.String(), rec.Header()}
}

var (
	roleMayNot = regexp.MustCompile(`(?i)your role (\([^)]*\) )?may not`)
	outOfScope = regexp.MustCompile(`(?i)there is no such (study|participant|site)|there is no study|no-such-(study|participant|site)`)
)

// verdict is what a route's declaration says of a visitor.
type verdict string

const (
	allowed verdict = "allowed"
	refused verdict = "refused: role"
	hidden  verdict = "refused: scope"
	unknown verdict = "refused: not signed in"
)

// expected says what must happen, from the declared policy, the table of roles, and
// the visitor's scope.
func expected(p policy, s sample, v visitor) verdict {
	can := func(c access.Capability) bool { return access.Actor{Role: v.role}.Can(c) }
	switch {
	case p.open:
		return allowed
	case v.cookie == "" && v.bearer == "" || p.api() && v.bearer == "":
		return unknown
	case p.inStudy() && v.scope != "own" && v.scope != "far" && v.scope != "house":
		return hidden
	case !p.inStudy() && p.need != access.SignedIn && v.scope != "house":
		return refused // a role in a study is none in the house
	}
	if !can(p.need) {
		return refused
	}
	if s.about && v.scope == "far" {
		return hidden
	}
	return allowed
}

// TestMatrix walks every route in every role and scope, with a request about a
// participant of the first site. What a route declares is what happens.
func TestMatrix(t *testing.T) {
	w := newWorld(t, false)
	w.live(t)
	people := w.everybody(t)
	own, _ := w.participants(t)
	doc := w.document(t)
	foreign := regexp.MustCompile(`\b` + regexp.QuoteMeta(w.sites[0]) + `-\d{3}\b`)
	walked := map[string]map[verdict]int{}
	for _, p := range w.policies() {
		counts := map[verdict]int{}
		walked[p.String()] = counts
		succeeded := ""
		for i := range people {
			v := &people[i]
			values := w.about(t, own, *v)
			s := doc.fill(t, p.method, p.pattern, values)
			if p.method != http.MethodGet && v.cookie != "" {
				w.signIn(t, v) // what was walked before may have signed them out
			}
			a := w.ask(t, s, *v)
			want := expected(p, s, *v)
			counts[want]++
			if a.status >= 500 {
				t.Errorf("%s as %s: %d\n%s", p, v, a.status, w.log.take())
				continue
			}
			byRole, byScope := a.status == http.StatusForbidden && roleMayNot.MatchString(a.body), a.status == http.StatusNotFound && outOfScope.MatchString(a.body)
			toSignIn := a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/signin") || a.status == http.StatusUnauthorized
			var ok bool
			switch want {
			case allowed:
				ok = !byRole && !byScope && (!toSignIn || p.open)
			case refused:
				ok = byRole || byScope
			case hidden:
				ok = byScope
			case unknown:
				ok = toSignIn
			}
			if !ok {
				t.Errorf("%s as %s: %s was to be expected, got %d: %s", p, v, want, a.status, excerpt(a.body))
			}
			if want == allowed && a.status < 400 {
				succeeded = v.String()
			}
			if v.scope == "far" && !p.open && p.method == http.MethodGet && a.status == http.StatusOK && !s.about && v.role != "participant" {
				if m := foreign.FindString(a.body); m != "" {
					t.Errorf("%s as %s: shows %s of another site", p, v, m)
				}
			}
		}
		if p.method == http.MethodGet && succeeded == "" && !mayFail[p.pattern] {
			t.Errorf("%s: nobody gets an answer: mend the sample request, so that it is walked", p)
		}
	}
	for route, counts := range walked {
		if counts[allowed] == 0 {
			t.Errorf("%s: nobody is allowed", route)
		}
	}
	t.Logf("%d routes in %d roles and scopes", len(walked), len(people))
}

// mayFail are reads for which there is nothing to show in this world.
var mayFail = map[string]bool{
	"/signin/{provider}/return": true, // no provider is configured
}

var tags = regexp.MustCompile(`(?s)<(script|style|head|header|footer|nav).*?</(script|style|head|header|footer|nav)>|<[^>]*>|\s+`)

func excerpt(body string) string {
	s := strings.Join(strings.Fields(tags.ReplaceAllString(body, " ")), " ")
	if len(s) > 300 {
		s = s[:300]
	}
	return s
}
