package page

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Where a request comes from is a prefix, and a stranger cannot choose it.
func TestNetwork(t *testing.T) {
	d := &Desk{proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for _, x := range []struct{ from, forwarded, want string }{
		{"203.0.113.77:4711", "", "203.0.113.0/24"},
		{"[2001:db8:1:2:3:4:5:6]:4711", "", "2001:db8:1:2::/64"},
		{"203.0.113.77:4711", "198.51.100.1", "203.0.113.0/24"},                 // no proxy of ours: not believed
		{"10.0.0.2:80", "198.51.100.1", "198.51.100.0/24"},                      // ours
		{"10.0.0.2:80", "192.0.2.9, 198.51.100.1", "198.51.100.0/24"},           // the first was written by the reader
		{"10.0.0.2:80", "192.0.2.9, 198.51.100.1, 10.0.0.7", "198.51.100.0/24"}, // two proxies in a row
		{"10.0.0.2:80", "nonsense", "10.0.0.0/24"},
		{"10.0.0.2:80", "", "10.0.0.0/24"},
		{"[::ffff:203.0.113.77]:1", "", "203.0.113.0/24"},
		{"@", "", "unknown"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = x.from
		if x.forwarded != "" {
			r.Header.Set("X-Forwarded-For", x.forwarded)
		}
		if got := d.network(r); got != x.want {
			t.Errorf("%s forwarded for %q: %s, want %s", x.from, x.forwarded, got, x.want)
		}
	}
}

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36":                   "Chrome on Android",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0":                                                                  "Firefox on Linux",
		"curl/8.0": "", "": "", "<script>alert(1)</script>": "",
	} {
		if got := Device(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

func TestLocal(t *testing.T) {
	for s, want := range map[string]string{"/a?b=c": "/a?b=c", "//evil": "/", "https://evil": "/", "": "/", "/\\evil": "/", "/a\r\nX: y": "/", "javascript:alert(1)": "/"} {
		if got := Local(s); got != want {
			t.Errorf("%q is %q", s, got)
		}
	}
}
