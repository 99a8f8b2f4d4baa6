package builder_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"varde/protocols"
	"varde/protocols/scaffold"
	"varde/web/builder"
)

// shown is a protocol in memory and the pages that show it.
func shown(t *testing.T, folder fs.FS) http.Handler {
	t.Helper()
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	b, err := builder.New(builder.Config{Folder: folder, Name: "calm", Library: lib, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func begun(t *testing.T, p scaffold.Plan) fstest.MapFS {
	t.Helper()
	p.ID, p.TitleEN, p.TitleNB = "calm", "A calm study", "En rolig studie"
	files, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: text, ModTime: time.Unix(1, 0)}
	}
	return out
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8090"+path, nil)
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Every kind of protocol is shown on every page, in both languages, under the strict
// policy of the other pages.
func TestEveryPage(t *testing.T) {
	for _, p := range []scaffold.Plan{{Arms: 2, Sessions: 3}, {Arms: 1, Sessions: 1}, {Care: true, Sessions: 2}} {
		h := shown(t, begun(t, p))
		for path, want := range map[string]string{"/": "timeline", "/schedule": "v-schedule", "/forms": "/forms/phq9", "/forms/phq9": "vb-phone", "/findings": "V073", "/source/schedule.yaml": `id="L12"`, "/schedule.csv": "SCREEN", "/schedule.pdf": "%PDF"} {
			for _, lang := range []string{"en", "nb"} {
				w := get(h, path, "Cookie", "varde-lang="+lang)
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
					t.Errorf("%+v: %s in %s answered %d without %q", p, path, lang, w.Code, want)
				}
				if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
					t.Errorf("%s has the policy %q", path, policy)
				}
			}
		}
	}
}

// Findings stand at their lines, and what was good before stays to be looked at.
func TestErrorBesideItsLine(t *testing.T) {
	folder := begun(t, scaffold.Plan{Arms: 2, Sessions: 2})
	h := shown(t, folder)
	before := get(h, "/state").Body.String()
	if again := get(h, "/state").Body.String(); again != before || before == "" {
		t.Errorf("the state of an unchanged folder went from %q to %q", before, again)
	}
	text := string(folder["schedule.yaml"].Data)
	spoilt := strings.Replace(text, "    anchor: RATING\n", "    anchor: <script>alert(1)</script>\n", 1)
	line := strings.Count(spoilt[:strings.Index(spoilt, "<script>")], "\n") + 1
	folder["schedule.yaml"] = &fstest.MapFile{Data: []byte(spoilt), ModTime: time.Unix(2, 0)}
	if get(h, "/state").Body.String() == before {
		t.Error("a change of the folder was not noticed")
	}
	page := get(h, "/source/schedule.yaml").Body.String()
	from := strings.Index(page, fmt.Sprintf(`id="L%d"`, line))
	to := strings.Index(page, fmt.Sprintf(`id="L%d"`, line+1))
	if from < 0 || to < from || !strings.Contains(page[from:to], "V011") || !strings.Contains(page[from:to], "is-error") {
		t.Errorf("the finding does not stand at line %d", line)
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("text of the protocol is not escaped")
	}
	if overview := get(h, "/").Body.String(); !strings.Contains(overview, "timeline") || !strings.Contains(overview, "last version without errors") {
		t.Error("the last version without errors is not shown, or not said to be one")
	}
}

// What was never whole is told, not guessed.
func TestFolderWithoutProtocol(t *testing.T) {
	for name, folder := range map[string]fs.FS{"empty": fstest.MapFS{}, "broken": fstest.MapFS{"protocol.yaml": {Data: []byte("id: [")}}, "binary": fstest.MapFS{"protocol.yaml": {Data: []byte{0xff, 0, 0xfe}}}} {
		h := shown(t, folder)
		for _, path := range []string{"/", "/schedule", "/forms", "/findings"} {
			if w := get(h, path); w.Code != http.StatusOK {
				t.Errorf("%s: %s answered %d", name, path, w.Code)
			}
		}
		if w := get(h, "/schedule.csv"); w.Code != http.StatusConflict {
			t.Errorf("%s: the schedule answered %d", name, w.Code)
		}
		if w := get(h, "/findings"); !strings.Contains(w.Body.String(), "vb-finding--severe") {
			t.Errorf("%s: no error is told", name)
		}
	}
}

// The pages are for the author's own machine, read only, and show the folder alone.
func TestNobodyElse(t *testing.T) {
	folder := begun(t, scaffold.Plan{Arms: 2, Sessions: 1})
	folder["secret.txt"] = &fstest.MapFile{Data: []byte("secret")}
	folder["notes/private.yaml"] = &fstest.MapFile{Data: []byte("secret: 1")}
	h := shown(t, folder)
	for host, want := range map[string]int{"localhost:8090": 200, "LOCALHOST": 200, "127.0.0.1:1": 200, "[::1]:8090": 200, "evil.example": 403, "localhost.evil.example": 403, "192.0.2.1": 403, "": 403} {
		if w := get(h, "/", "Host", host); w.Code != want {
			t.Errorf("a request to %q is answered %d, want %d", host, w.Code, want)
		}
	}
	for _, path := range []string{"/source/secret.txt", "/source/notes/private.yaml", "/source/%2e%2e/secret.txt", "/source/", "/forms/nothing", "/forms/..%2fsecret", "/nowhere", "/builder/../words/en.yaml"} {
		if w := get(h, path); w.Code == http.StatusOK || strings.Contains(w.Body.String(), "secret: 1") {
			t.Errorf("%s is answered %d", path, w.Code)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "http://localhost/source/protocol.yaml", strings.NewReader("x")))
		if w.Code < 400 {
			t.Errorf("%s is answered %d", method, w.Code)
		}
	}
}
