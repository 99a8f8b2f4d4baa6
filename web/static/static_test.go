package static

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

func set(t *testing.T) *Set {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(s *Set, path string, header ...string) *http.Response {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func TestFilesAreKeptForEverUnderTheirHash(t *testing.T) {
	s := set(t)
	for name, kind := range map[string]string{"varde.css": "text/css", "varde.js": "text/javascript", "varde.svg": "image/svg+xml"} {
		url, err := s.URL(name)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^/static/varde\.[0-9a-f]{12}\.[a-z]+$`).MatchString(url) {
			t.Errorf("address is %s", url)
		}
		plain := get(s, url)
		packed := get(s, url, "Accept-Encoding", "br, gzip;q=0.8")
		if plain.StatusCode != 200 || !strings.HasPrefix(plain.Header.Get("Content-Type"), kind) ||
			!strings.Contains(plain.Header.Get("Cache-Control"), "immutable") || plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %v", name, plain.StatusCode, plain.Header)
		}
		want, _ := io.ReadAll(plain.Body)
		if packed.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(packed.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := io.ReadAll(z); string(got) != string(want) {
				t.Errorf("%s: the packed file differs", name)
			}
		} else if name != "varde.svg" {
			t.Errorf("%s is not packed", name)
		}
		if again := get(s, url, "If-None-Match", plain.Header.Get("ETag")); again.StatusCode != 304 {
			t.Errorf("%s: want 304, got %d", name, again.StatusCode)
		}
		if refused := get(s, url, "Accept-Encoding", "gzip;q=0"); refused.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: packed although refused", name)
		}
	}
	if _, err := s.URL("nothing.css"); err == nil {
		t.Error("an unknown file has an address")
	}
	for _, path := range []string{"/static/varde.css", "/static/", "/static/../static.go", "/static/varde.000000000000.css"} {
		if got := get(s, path); got.StatusCode != 404 {
			t.Errorf("%s gave %d", path, got.StatusCode)
		}
	}
	w := httptest.NewRecorder()
	url, _ := s.URL("varde.css")
	s.ServeHTTP(w, httptest.NewRequest("POST", url, nil))
	if w.Code != 405 {
		t.Errorf("POST gave %d", w.Code)
	}
}

func TestSheetAsksNothingOfOthers(t *testing.T) {
	s := set(t)
	sheet := string(s.byName["varde.css"].body)
	for _, bad := range []string{"data:", "http://", "https://", "@import", "@font-face"} {
		if strings.Contains(strings.ReplaceAll(sheet, `a[href^="http"]`, ""), bad) {
			t.Errorf("the sheet holds %q", bad)
		}
	}
	addresses := regexp.MustCompile(`url\("?([^")]+)"?\)`).FindAllStringSubmatch(sheet, -1)
	if len(addresses) < 5 {
		t.Errorf("want the design system's icons as files, found %d", len(addresses))
	}
	for _, m := range addresses {
		if got := get(s, m[1]); got.StatusCode != 200 || got.Header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%s gave %d", m[1], got.StatusCode)
		}
	}
	if open, shut := strings.Count(sheet, "{"), strings.Count(sheet, "}"); open != shut {
		t.Errorf("%d braces open, %d close", open, shut)
	}
	if regexp.MustCompile(`/\*`).MatchString(sheet) {
		t.Error("a comment is left in the sheet")
	}
}

func TestBytesAreTheSameEveryTime(t *testing.T) {
	a, b := set(t), set(t)
	for name, file := range a.byName {
		if b.byName[name] == nil || b.byName[name].path != file.path {
			t.Errorf("%s changes its address", name)
		}
	}
}

func TestSmallEnoughForAPhone(t *testing.T) {
	s := set(t)
	total := 0
	for _, name := range []string{"varde.css", "varde.js", "varde.svg"} {
		total += len(s.byName[name].compressed())
	}
	if total > 40_000 {
		t.Errorf("sheet, script and mark are %d bytes packed, want at most 40,000", total)
	}
	t.Logf("sheet, script and mark: %d bytes packed", total)
}

// A class of the design system that no vendored sheet has would change nothing on the
// page, and nobody would notice.
func TestClassesOfTheDesignSystemAreThere(t *testing.T) {
	sheet := string(set(t).byName["varde.css"].body)
	class := regexp.MustCompile(`class="([^"]*)"`)
	ours, seen := regexp.MustCompile(`\bds-[a-z-]+`), 0
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		body, err := fs.ReadFile(os.DirFS(".."), name)
		if err != nil {
			return err
		}
		for _, m := range class.FindAllStringSubmatch(string(body), -1) {
			for _, c := range ours.FindAllString(m[1], -1) {
				seen++
				if !strings.Contains(sheet, "."+c) {
					t.Errorf("%s uses the class %s, of which no sheet is joined: add it to components in sheet.go", name, c)
				}
			}
		}
		return nil
	})
	if err != nil || seen < 50 {
		t.Errorf("%d classes seen, %v", seen, err)
	}
}
