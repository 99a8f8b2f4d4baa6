package routes

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
)

// What is planted in requests. Everything has "zq7" in it, and nothing of that may
// ever stand in a log; secret stands only where a secret belongs, and may not stand
// in the house's ledger nor in any answer either.
const (
	planted   = "zq7"
	secret    = "Zq7Secret-4711-hush"
	mistyped  = "Zq7Secret-as-name"      // a secret that was typed as the account's name, which the form keeps
	mark      = "<zq7x onload=alert(1)>" // escaped, or the page runs what a stranger wrote
	elsewhere = "evil.example"
)

// evil are values that something may stumble over.
var evil = []string{
	"", " ", ".", "..", "-", "../../../../etc/passwd", `..\..\windows`, "%2e%2e%2f%2e%2e%2f", "..%2f", "\x00", "zq7\x00zq7", "\r\nX-Injected: zq7", "\nSet-Cookie: injected=zq7",
	strings.Repeat("zq7 ", 1500), strings.Repeat("æ", 300), "𝖟𝖖7 🧠", "\u202ezq7", "e\u0301", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", mark, `"'>` + mark, "{{.}}zq7", "${7*7}zq7",
	"zq7' OR 1=1 --", "1e400", "-1", "0", "1", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "0.1", "1,5", "NaN", "Infinity", "0x10",
	"null", "true", "false", "[]", "{}", "2026-02-30", "2026-03-02", "2026-03-02T12:00", "9999-12-31T23:59:59Z", "0000-00-00", "0001-01-01T00:00:00Z", "2026-03-02T12:00:00+25:00",
	"house", "trial", "other", "system", "administrator", "participant", "//evil.example/zq7", "https://evil.example/zq7", `/\evil.example`, "/\t/evil.example", "javascript:zq7",
	"__proto__", "constructor", "zq7;zq7", "a,b", "a/b", "a=b&c=d", "#zq7", "?zq7", "*", "(((((((((", "\\", "\u2028", "\ufeffzq7",
}

// shot is one request.
type shot struct {
	raw     []byte
	network string
	session bool // the cookie opens a session,
	token   bool // the bearer token is good
	cross   bool // a browser says that another site has made it send this
	big     bool // the body is beyond what any route of the interface takes
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// one says yes once in n times.
func one(rng *rand.Rand, n int) bool { return rng.IntN(n) == 0 }

// hostile draws a request for a route by somebody. Most of it is as it should be, so
// that what is not reaches far.
func (f *fuzz) hostile(p policy, i int) shot {
	rng, v := f.rng, f.people[i]
	values := pick(rng, f.values[i])
	s := f.doc.fill(f.t, p.method, p.pattern, values)
	x := shot{network: fmt.Sprintf("10.%d.%d.9:4711", rng.IntN(256), rng.IntN(256))}
	var head bytes.Buffer
	method := p.method
	if one(rng, 15) {
		method = pick(rng, []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"})
	}
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\n", method, f.target(p, s.path, values))
	f.headers(&head, &x, v, method)
	body, kind := f.body(p, s, values, &x)
	if one(rng, 25) {
		kind = pick(rng, []string{"", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=zq7", "multipart/form-data", "application/json; charset=utf-16", "zq7;;;", "application/xml", strings.Repeat("a", 3000)})
	}
	if kind != "" {
		fmt.Fprintf(&head, "Content-Type: %s\r\n", kind)
	}
	switch {
	case len(body) == 0 && one(rng, 2):
	case one(rng, 40): // in pieces, of which the last may be missing
		fmt.Fprintf(&head, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body), body)
		if !one(rng, 4) {
			head.WriteString("0\r\n\r\n")
		}
		x.raw = head.Bytes()
		return x
	case one(rng, 60): // the connection breaks off
		fmt.Fprintf(&head, "Content-Length: %d\r\n", len(body)+100)
	default:
		fmt.Fprintf(&head, "Content-Length: %d\r\n", len(body))
	}
	head.WriteString("\r\n")
	head.Write(body)
	x.raw = head.Bytes()
	return x
}

// request reads it as a server does; nil when the server's own reader refuses it.
func (x shot) request(ctx context.Context) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(x.raw)))
	if err != nil || r.Host == "" {
		return nil
	}
	r.RemoteAddr = x.network
	return r.WithContext(ctx)
}

// target is the address: the sample's, with something else for one of its parts, a
// query, or quite another form.
func (f *fuzz) target(p policy, path string, values map[string]string) string {
	rng := f.rng
	if !one(rng, 4) { // as it is
	} else if names := wildcard.FindAllString(p.pattern, -1); len(names) > 0 && !one(rng, 8) {
		// One wildcard gets another value, the others keep theirs.
		other := map[string]string{}
		for k, v := range values {
			other[k] = v
		}
		name := strings.Trim(pick(rng, names), "{.}")
		value := pick(rng, evil)
		if one(rng, 3) {
			value = pick(rng, []string{pick(rng, f.ids), "study", "site/S01", "S01", "S02", "own-coordinator", "far-rater", "V1", "caps5", "pcl5", "2", "100000", trial, other["id"] + "x", strings.ToLower(other["id"])})
		}
		other[name], other[p.pattern+" "+name] = value, value
		path = f.doc.fill(f.t, p.method, p.pattern, other).path
	} else {
		path = pick(rng, []string{"/" + path, path + "/", path + "/..", path + "/%2e%2e/%2e%2e/", "/./" + path, "//" + elsewhere + path, path + "%00", path + "%0d%0aX-Injected:%20zq7", path + ";zq7", path + "%",
			"http://" + elsewhere + path, strings.ToUpper(path), path + "%ff", path + "/" + strings.Repeat("zq7/", 800), strings.ReplaceAll(path, "/", "%2f"), "*", "/%5c" + elsewhere, "/static/..%2f..%2fgo.mod", path + "?" + strings.Repeat("a&", 4000)})
	}
	if one(rng, 6) { // escapes of an escape become escapes
		path = strings.ReplaceAll(path, "%25", "%")
	}
	for _, c := range path {
		if c <= ' ' || c == 0x7f {
			return "/%20"
		}
	}
	if one(rng, 5) {
		return path + "?" + f.query()
	}
	return path
}

func (f *fuzz) query() string {
	rng := f.rng
	if one(rng, 12) {
		return pick(rng, []string{"%zz", "a=%", "&&&&", ";", "=", "a=%00", strings.Repeat("x=1&", 3000), "return=%0d%0aX-Injected:zq7", "%0d%0aSet-Cookie:injected=1"})
	}
	q := url.Values{}
	for range 1 + rng.IntN(3) {
		q.Add(pick(rng, f.queries), f.anything())
	}
	return q.Encode()
}

// anything is a value for a field: a bad one, or one that some form has.
func (f *fuzz) anything() string {
	if one(f.rng, 3) {
		return pick(f.rng, f.said)
	}
	return pick(f.rng, evil)
}

// headers are who asks, and what else a browser or a liar sends along.
func (f *fuzz) headers(head *bytes.Buffer, x *shot, v visitor, method string) {
	rng := f.rng
	host := "localhost"
	if one(rng, 20) {
		host = pick(rng, []string{elsewhere, "127.0.0.1", "localhost:99999", "[::1]", elsewhere + ":80", strings.Repeat("a", 300)})
	}
	fmt.Fprintf(head, "Host: %s\r\n", host)
	set := func(name, value string) { fmt.Fprintf(head, "%s: %s\r\n", name, value) }
	var jar []string
	cookie, bearer := v.cookie, v.bearer
	x.session, x.token = cookie != "", bearer != ""
	if one(rng, 8) {
		x.session, x.token = false, false
		forged := func(prefix, token string) string {
			switch rng.IntN(6) {
			case 0:
				return prefix + base64.RawURLEncoding.EncodeToString([]byte(secret+strings.Repeat("x", 32-len(secret))))
			case 1:
				return token[:rng.IntN(len(token)+1)*len(token)/(len(token)+1)]
			case 2:
				return strings.ToUpper(token) + "_"
			case 3:
				return token + secret
			case 4:
				return strings.Repeat(secret, 200)
			}
			return prefix
		}
		switch rng.IntN(5) {
		case 0: // each where the other belongs
			cookie, bearer = bearer, cookie
		case 1:
			cookie, bearer = pick(rng, f.ended), ""
		case 2:
			cookie, bearer = "", ""
		default:
			cookie, bearer = forged("vs_", cookie), forged("varde_", bearer)
		}
	}
	if cookie != "" {
		jar = append(jar, "varde-session="+cookie)
	}
	if one(rng, 10) {
		jar = append(jar, pick(rng, []string{"varde-session=" + secret, "varde-role=" + base64.RawURLEncoding.EncodeToString([]byte("trial=administrator&other=sponsor")), "varde-role=%%%",
			"varde-flash=" + base64.RawURLEncoding.EncodeToString([]byte("danger\n"+mark)), "varde-flash=" + base64.RawURLEncoding.EncodeToString([]byte(`x" onload="zq7`+"\n\xff")),
			"varde-lang=" + planted, "varde-theme=../" + planted, "varde-provider=" + secret + "." + base64.RawURLEncoding.EncodeToString([]byte("//"+elsewhere)), "__Host-varde-session=" + secret, strings.Repeat("a=b; ", 2000), ";;;==;"}))
	}
	if len(jar) > 0 {
		set("Cookie", strings.Join(jar, "; "))
	}
	if bearer != "" {
		set("Authorization", pick(rng, []string{"Bearer ", "Bearer ", "Bearer ", "bearer "})+bearer)
	} else if one(rng, 10) {
		set("Authorization", pick(rng, []string{"Basic " + secret, "Bearer", "Bearer " + secret, "Bearer varde_" + secret, "Digest username=" + planted, ""}))
	}
	safe := method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
	switch rng.IntN(30) {
	case 0:
		set("Sec-Fetch-Site", pick(rng, []string{"cross-site", "same-site", planted}))
		x.cross = !safe
	case 1:
		set("Origin", pick(rng, []string{"http://" + elsewhere, "null", "https://localhost." + elsewhere}))
		x.cross = !safe
	case 2:
		set("Sec-Fetch-Site", "same-origin")
	}
	for one(rng, 2) {
		set(pick(rng, []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Referer", "Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Idempotency-Key", "If-None-Match",
			"Range", "X-HTTP-Method-Override", "Varde-Fragment", "Last-Event-ID", "If-Modified-Since", "Content-Encoding", "X-Original-URL", "Expect", "Prefer"}),
			headerValue(pick(rng, []string{pick(rng, evil), "1", "*", "http://" + elsewhere + "//" + elsewhere, "en;q=2,nb;q=x", "text/html", "application/x-ndjson", "text/csv", "bytes=0-0,1-1,2-2", "gzip", "Mozilla/5.0 zq7", "POST", "key-1", strings.Repeat("zq7", 3000)})))
	}
}

// headerValue leaves out what the server's own reader lets nobody send.
func headerValue(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
