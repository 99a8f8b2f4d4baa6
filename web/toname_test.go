package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Whoever comes to the machine's number is led to its name; nobody is led elsewhere.
func TestNumberLeadsToName(t *testing.T) {
	h := toName("http://localhost:8080", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, x := range []struct{ method, host, target, want string }{
		{"GET", "127.0.0.1:8080", "/s/x/today?show=all", "http://localhost:8080/s/x/today?show=all"},
		{"GET", "[::1]:8080", "/", "http://localhost:8080/"},
		{"GET", "localhost:8080", "/", ""},
		{"POST", "127.0.0.1:8080", "/signin", ""},
		{"GET", "127.0.0.1:9999", "/", ""},
		{"GET", "evil.example", "/", ""},
		{"GET", "127.0.0.1:8080", "//evil.example/x", "http://localhost:8080//evil.example/x"},
	} {
		r := httptest.NewRequest(x.method, "http://placeholder/", nil)
		r.Host, r.URL.Path, r.RequestURI = x.host, "", ""
		u, err := r.URL.Parse("http://placeholder" + x.target)
		if err != nil {
			t.Fatal(err)
		}
		r.URL = u
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); got != x.want || x.want == "" && w.Code != http.StatusTeapot {
			t.Errorf("%s %s%s: %d to %q, want %q", x.method, x.host, x.target, w.Code, got, x.want)
		}
	}
}
