// Package static holds the style sheet, the script and the icons of the web
// pages, and serves them.
//
// Each file is served under an address that contains a hash of its bytes, so a
// browser may keep it for ever, and compressed when the browser accepts it.
// Nothing is fetched from another machine.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed css js icons vendor/designsystemet
var files embed.FS

// Prefix is the path below which the files are served.
const Prefix = "/static/"

// hashDigits is the length of the hash in addresses: 48 bits are plenty to
// tell versions of a few dozen files apart.
const hashDigits = 12

// Set is a fixed set of files. MUST be made by New.
type Set struct {
	byName map[string]*asset
	byPath map[string]*asset
}

type asset struct {
	path, contentType, etag string
	body                    []byte
	gzipOnce                sync.Once
	gzipped                 []byte
}

// New builds the set from the embedded files: varde.css (the vendored design
// system and our own sheets in one), the scripts and the icons.
func New() (*Set, error) {
	s := &Set{byName: map[string]*asset{}, byPath: map[string]*asset{}}
	icons, err := fs.ReadDir(files, "icons")
	if err != nil {
		return nil, fmt.Errorf("web/static: %w", err)
	}
	for _, e := range icons {
		body, err := files.ReadFile("icons/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("web/static: %w", err)
		}
		s.add(e.Name(), body)
	}
	scripts, err := fs.ReadDir(files, "js")
	if err != nil {
		return nil, fmt.Errorf("web/static: %w", err)
	}
	for _, e := range scripts {
		body, err := files.ReadFile("js/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("web/static: %w", err)
		}
		s.add(e.Name(), body)
	}
	// The page about design shows what no other page has.
	body, err := files.ReadFile("css/design.css")
	if err != nil {
		return nil, fmt.Errorf("web/static: %w", err)
	}
	s.add("design.css", minify(body))
	sheet, err := s.sheet()
	if err != nil {
		return nil, err
	}
	s.add("varde.css", sheet)
	return s, nil
}

// add registers a file and gives its address.
func (s *Set) add(name string, body []byte) string {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])[:hashDigits]
	ext := path.Ext(name)
	a := &asset{
		path:        Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
		contentType: contentType(ext),
		etag:        `"` + hash + `"`,
		body:        body,
	}
	s.byName[name], s.byPath[a.path] = a, a
	return a.path
}

// URL gives the address of a file by its plain name, such as "varde.css". The
// error names the file when there is none.
func (s *Set) URL(name string) (string, error) {
	a, ok := s.byName[name]
	if !ok {
		return "", fmt.Errorf("web/static: no file %q: add it below web/static/icons, css or js", name)
	}
	return a.path, nil
}

// ServeHTTP answers GET and HEAD below Prefix.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := s.byPath[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.contentType)
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if acceptsGzip(r) {
		if small := a.compressed(); len(small) < len(body) {
			body = small
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		// The reader may have gone; there is no one left to tell.
		_, _ = w.Write(body)
	}
}

// compressed packs the file once, at its first use, so that start is quick.
func (a *asset) compressed() []byte {
	a.gzipOnce.Do(func() {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			a.gzipped = a.body
			return
		}
		if _, err := z.Write(a.body); err != nil {
			a.gzipped = a.body
			return
		}
		if err := z.Close(); err != nil {
			a.gzipped = a.body
			return
		}
		a.gzipped = b.Bytes()
	})
	return a.gzipped
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight := strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q=")
			v, err := strconv.ParseFloat(weight, 64)
			return err != nil || v > 0
		}
	}
	return false
}

func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// Worker is the service worker's script, which is served at the root as well.
func Worker() []byte {
	body, err := files.ReadFile("js/sw.js")
	if err != nil {
		return nil // cannot be: it is embedded
	}
	return body
}
