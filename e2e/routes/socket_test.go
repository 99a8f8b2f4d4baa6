package routes

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"varde/access"
)

// wire are bytes that no browser sends, and that the server's own reader has to stand.
var wire = []string{
	"", "\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nzq7\x00: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: varde-session=" + strings.Repeat("zq7", 20_000) + "\r\n\r\n", "GET /" + strings.Repeat("zq7/", 20_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
	"POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", "POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nzq7zq7",
	"POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /people HTTP/1.1\r\nHost: localhost\r\n\r\n", "POST /signin HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nzq7\r\n",
	"POST /signin HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: zq7\r\n\r\n", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
	strings.Repeat("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 50),
}

// TestFuzzSocket sends the same requests and worse over a real connection: what the
// server's own reader takes out, and what it lets through.
func TestFuzzSocket(t *testing.T) {
	f := smallFuzz(t)
	w, v := f.w, f.people[0]
	server := httptest.NewUnstartedServer(nil)
	server.Config = w.pages.HTTP("")
	server.Start()
	t.Cleanup(server.Close)
	w.log.take()
	ask := func(raw []byte) {
		t.Helper()
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write(raw) // the server may hang up before all is sent
		if c, ok := conn.(*net.TCPConn); ok {
			_ = c.CloseWrite() // it may have hung up already
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				t.Errorf("no answer to %.300q", raw)
			}
			return // it hung up
		}
		defer res.Body.Close()
		// 501 and 505 are the reader's own words for an encoding and a version.
		if res.StatusCode >= 500 && res.StatusCode != http.StatusNotImplemented && res.StatusCode != http.StatusHTTPVersionNotSupported {
			t.Errorf("%d to %.300q\n%s", res.StatusCode, raw, w.log.take())
		}
		if to := res.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
			t.Errorf("leads away, to %q: %.300q", to, raw)
		}
		if res.Header.Get("X-Injected") != "" || strings.Contains(fmt.Sprint(res.Header["Set-Cookie"]), "injected") {
			t.Errorf("a header came in: %.300q", raw)
		}
	}
	for _, raw := range wire {
		ask([]byte(raw))
	}
	for _, p := range w.policies() {
		f.ensure(0)
		if p.open || (access.Actor{Role: v.role}).Can(p.need) {
			ask(f.hostile(p, 0).raw)
		}
	}
	server.Close()
	if log := w.log.take(); strings.Contains(log, "level=ERROR") || strings.Contains(strings.ToLower(log), planted) || realToken.MatchString(log) {
		t.Errorf("the log: %.3000s", log)
	}
}
