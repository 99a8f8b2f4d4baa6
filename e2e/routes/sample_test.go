package routes

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// sample is a request that can be made in every role. Wildcards of the route are
// filled in from what the world knows of the participant in question.
type sample struct {
	method, pattern string
	path            string
	body            string
	kind            string // content type
	about           bool   // speaks of a participant
}

var wildcard = regexp.MustCompile(`\{([a-z]+)(\.\.\.)?\}`)

// bodies are what routes are sent that read one. The rest is sent an empty form or
// object, and answers that something is missing, which is after who may.
var bodies = map[string]string{}

// fill makes the request of a route about somebody. It fails for a wildcard that
// nobody has given a value: say in values what the new route is to be tried with.
func (d *document) fill(t testing.TB, method, pattern string, values map[string]string) sample {
	t.Helper()
	s := sample{method: method, pattern: pattern, path: strings.TrimSuffix(pattern, "{$}")}
	s.path = wildcard.ReplaceAllStringFunc(s.path, func(m string) string {
		name := wildcard.FindStringSubmatch(m)[1]
		v, ok := values[pattern+" "+name]
		if !ok {
			v, ok = values[name]
		}
		if !ok {
			t.Errorf("%s %s: no sample value for {%s}: add one, so that the route is walked", method, pattern, name)
		}
		if strings.Contains(m, "...") {
			return v
		}
		return url.PathEscape(v)
	})
	s.about = strings.Contains(pattern, "{id}") || strings.Contains(pattern, "{stream...}")
	if method != http.MethodGet {
		s.kind, s.body = "application/x-www-form-urlencoded", bodies[method+" "+pattern]
		if strings.HasPrefix(pattern, "/api/") {
			s.kind, s.body = "application/json", d.body(method, pattern, values)
		}
		s.about = s.about || strings.Contains(s.body, `"`+values["id"]+`"`) || strings.Contains(s.body, `"`+values["home"]+`"`)
	}
	return s
}

// request makes it anew; bearer and cookie may be empty.
func (s sample) request(who visitor) *http.Request {
	r := httptest.NewRequest(s.method, "http://localhost"+s.path, strings.NewReader(s.body))
	if s.kind != "" {
		r.Header.Set("Content-Type", s.kind)
	}
	r.RemoteAddr = "192.0.2.1:1234"
	r.Header.Set("Accept-Language", "en")
	if who.bearer != "" && strings.HasPrefix(s.pattern, "/api/") {
		r.Header.Set("Authorization", "Bearer "+who.bearer)
	}
	if who.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "varde-session", Value: who.cookie})
	}
	return r
}
