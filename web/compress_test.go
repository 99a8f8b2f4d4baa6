package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Who gets a page packed, and who gets it as it is.
func TestPagesArePackedForReadersOnly(t *testing.T) {
	long := strings.Repeat("<p>a page</p>", 2000)
	site := compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/events":
			w.Header().Set("Content-Type", "text/event-stream")
		case "/data":
			w.Header().Set("Content-Type", "application/json")
		case "/packed":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "br")
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
			return
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Length", "26000")
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		_, _ = io.WriteString(w, long)
	}))
	for name, c := range map[string]struct {
		path   string
		header map[string]string
		want   bool
	}{
		"a stranger":                       {"/", map[string]string{"Accept-Encoding": "gzip, br"}, true},
		"a stranger from a search engine":  {"/", map[string]string{"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"}, true},
		"a reader who goes on":             {"/", map[string]string{"Accept-Encoding": "gzip", "Cookie": "a=b", "Sec-Fetch-Site": "same-origin"}, true},
		"a reader who types the address":   {"/", map[string]string{"Accept-Encoding": "gzip", "Cookie": "a=b", "Sec-Fetch-Site": "none"}, true},
		"a reader whom another site sends": {"/", map[string]string{"Accept-Encoding": "gzip", "Cookie": "a=b", "Sec-Fetch-Site": "cross-site"}, false},
		"a reader from a neighbour":        {"/", map[string]string{"Accept-Encoding": "gzip", "Cookie": "a=b", "Sec-Fetch-Site": "same-site"}, false},
		"an old browser with a cookie":     {"/", map[string]string{"Accept-Encoding": "gzip", "Cookie": "a=b"}, false},
		"a program with a token":           {"/", map[string]string{"Accept-Encoding": "gzip", "Authorization": "Bearer x"}, false},
		"a browser that takes none":        {"/", map[string]string{"Accept-Encoding": "gzip;q=0, br"}, false},
		"a browser that says nothing":      {"/", nil, false},
		"events":                           {"/events", map[string]string{"Accept-Encoding": "gzip"}, false},
		"data":                             {"/data", map[string]string{"Accept-Encoding": "gzip"}, false},
		"what is packed otherwise":         {"/packed", map[string]string{"Accept-Encoding": "gzip"}, false},
		"nothing":                          {"/nothing", map[string]string{"Accept-Encoding": "gzip"}, false},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		got := w.Header().Get("Content-Encoding") == "gzip"
		if got != c.want {
			t.Errorf("%s: packed is %v, want %v", name, got, c.want)
			continue
		}
		if !got {
			continue
		}
		if w.Code != http.StatusUnprocessableEntity || w.Header().Get("Content-Length") != "" || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		if w.Body.Len() > 2000 {
			t.Errorf("%s: %d bytes", name, w.Body.Len())
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(z); err != nil || string(body) != long {
			t.Errorf("%s: the page changed on its way: %v", name, err)
		}
	}
}

// The same page is not of the same length twice, and only then.
func TestALengthTellsLittle(t *testing.T) {
	site := compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<p>always the same</p>")
	}))
	lengths := map[int]bool{}
	for range 200 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		lengths[w.Body.Len()] = true
	}
	if len(lengths) < 20 {
		t.Errorf("only %d lengths in 200 answers", len(lengths))
	}
	r := httptest.NewRequest(http.MethodHead, "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	if w.Header().Get("Content-Encoding") != "gzip" || strings.Contains(w.Body.String(), "\x1f\x8b") {
		t.Errorf("HEAD: %v, %d bytes", w.Header(), w.Body.Len())
	}
}
