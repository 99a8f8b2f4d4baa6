package secure

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func protect(t *testing.T, o Options) http.Handler {
	t.Helper()
	h, err := Protect(o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) }))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	protect(t, Options{}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	h := w.Header()
	csp := h.Get("Content-Security-Policy")
	for _, need := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, need) {
			t.Errorf("the policy lacks %s", need)
		}
	}
	for _, bad := range []string{"unsafe", "data:", "*", "http"} {
		if strings.Contains(csp, bad) {
			t.Errorf("the policy holds %s", bad)
		}
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Strict-Transport-Security": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	w = httptest.NewRecorder()
	protect(t, Options{TLS: true}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security on TLS")
	}
}

func TestCrossSiteRequests(t *testing.T) {
	cases := []struct {
		name, method, site, origin string
		want                       int
	}{
		{"form on this site", "POST", "same-origin", "https://varde.test", 200},
		{"form on another site", "POST", "cross-site", "https://evil.test", 403},
		{"old browser, other origin", "POST", "", "https://evil.test", 403},
		{"old browser, this origin", "POST", "", "https://varde.test", 200},
		{"typed address", "GET", "none", "", 200},
		{"link from another site", "GET", "cross-site", "", 200},
		{"program without a browser", "POST", "", "", 200},
		{"trusted origin", "POST", "cross-site", "https://clinic.test", 200},
	}
	h := protect(t, Options{TLS: true, TrustedOrigins: []string{"https://clinic.test"}})
	for _, c := range cases {
		r := httptest.NewRequest(c.method, "https://varde.test/x", nil)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: got %d, want %d", c.name, w.Code, c.want)
		}
		if w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: a refusal needs the headers too", c.name)
		}
	}
	if _, err := Protect(Options{TrustedOrigins: []string{"not an origin"}}, nil); err == nil {
		t.Error("a broken origin was accepted")
	}
}
