package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A check that finds nothing anywhere would let every page pass: this page is wrong in
// every way that it must find, and is found so.
func TestTheCheckFindsWhatIsWrong(t *testing.T) {
	chromium(t)
	const bad = `<!doctype html><html lang="en"><head><title>x</title></head><body><main><h1>A</h1><h3>B</h3>
		<input name="nameless"><p style="color:#bbb">too pale to read</p><img src="/none.svg"><div style="width:900px">wide</div></main></body></html>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "script-src 'self'")
		if r.URL.Path != "/bad" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(bad))
	}))
	defer server.Close()
	b := newBrowser(t, server.URL)
	b.allow(404, func() { b.open("/bad") })
	found := map[string]violation{}
	for _, v := range axeViolations(t, b.ctx, "bad") {
		found[v.ID] = v
	}
	for _, rule := range []string{"label", "color-contrast", "image-alt", "heading-order"} {
		v, ok := found[rule]
		if !ok {
			t.Errorf("%s is not found", rule)
			continue
		}
		if text := v.String(); !strings.Contains(text, "<") || !strings.Contains(text, "Fix ") || !strings.Contains(text, "https://") {
			t.Errorf("%s does not say where and how to mend it:\n%s", rule, text)
		}
	}
	b.size(320, 600)
	if wide := b.eval(tooWide); !strings.Contains(wide, "div") {
		t.Errorf("the wide part is not found: %q", wide)
	}
}
