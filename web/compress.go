package web

import (
	"compress/gzip"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// compress packs pages for browsers that take them packed: a page of 60 kB becomes one
// of 10 kB, which is what a phone at the edge of its network waits for.
//
// The length of a packed page tells something about what stands in it. Whoever can
// make a reader's browser open pages at will, can put words of their own into them (an
// address stands in the page's forms) and sees the length on the wire, could guess at
// the rest (BREACH). So a page for somebody who carries a cookie is packed only when
// the reader opened it from a page of this server or by hand, never when another site
// did; and every packed page gets a random number of bytes besides, which cost nothing
// and blur its length. Streams of events are never packed: they must come at once.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !packable(r) {
			next.ServeHTTP(w, r)
			return
		}
		p := &packed{ResponseWriter: w, head: r.Method == http.MethodHead}
		defer p.close()
		next.ServeHTTP(p, r)
	})
}

// packable says that the browser takes packed pages and that nobody else made it ask.
func packable(r *http.Request) bool {
	if !takesGzip(r.Header.Get("Accept-Encoding")) {
		return false
	}
	if len(r.Header.Values("Cookie")) == 0 && r.Header.Get("Authorization") == "" {
		return true
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "same-origin" || site == "none"
}

func takesGzip(accepted string) bool {
	for part := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(weight, " ", ""), "q="), 64)
		return err != nil || q > 0
	}
	return false
}

// blur is the most random bytes that a packed page gets.
const blur = 100

var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// packed packs an answer that turns out to be a page.
type packed struct {
	http.ResponseWriter
	head    bool
	decided bool
	gzip    *gzip.Writer
}

// Unwrap lets http.ResponseController reach the connection.
func (p *packed) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *packed) WriteHeader(status int) {
	if !p.decided && status >= http.StatusOK {
		p.decide(status)
	}
	p.ResponseWriter.WriteHeader(status)
}

func (p *packed) Write(b []byte) (int, error) {
	if !p.decided {
		p.decide(http.StatusOK)
	}
	if p.gzip != nil {
		return p.gzip.Write(b)
	}
	return p.ResponseWriter.Write(b)
}

func (p *packed) decide(status int) {
	p.decided = true
	h := p.Header()
	if status == http.StatusNoContent || status == http.StatusNotModified || h.Get("Content-Encoding") != "" || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		return
	}
	h.Add("Vary", "Accept-Encoding")
	h.Set("Content-Encoding", "gzip")
	h.Del("Content-Length")
	if p.head {
		return
	}
	p.gzip = packers.Get().(*gzip.Writer)
	p.gzip.Reset(p.ResponseWriter)
	var n [1]byte
	_, _ = rand.Read(n[:]) // never fails: see crypto/rand
	p.gzip.Comment = strings.Repeat("v", int(n[0])%blur)
}

// close ends a packed page. The reader may have gone; there is no one left to tell.
func (p *packed) close() {
	if p.gzip == nil {
		return
	}
	_ = p.gzip.Close()
	packers.Put(p.gzip)
	p.gzip = nil
}
