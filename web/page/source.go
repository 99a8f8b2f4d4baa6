package page

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"varde/identity"
)

// Source answers where the request comes from, coarsely: the address prefix of
// the network and the kind of device. It is what limits and the device list use.
func (c *Context) Source() identity.Source {
	return identity.Source{Network: c.desk.network(c.R), Device: Device(c.R.UserAgent())}
}

// network answers the prefix (/24 of IPv4, /64 of IPv6) that the reader comes from.
// X-Forwarded-For is read only when the connection comes from a trusted proxy, and
// from its end: what stands before the last untrusted address the reader may have
// written there.
func (d *Desk) network(r *http.Request) string {
	at, ok := address(r.RemoteAddr)
	if !ok {
		return "unknown"
	}
	if d.trusted(at) {
		var chain []string
		for _, line := range r.Header.Values("X-Forwarded-For") {
			chain = append(chain, strings.Split(line, ",")...)
		}
		for i := len(chain) - 1; i >= 0; i-- {
			next, ok := address(strings.TrimSpace(chain[i]))
			if !ok {
				break
			}
			at = next
			if !d.trusted(at) {
				break
			}
		}
	}
	bits := 64
	if at.Is4() {
		bits = 24
	}
	prefix, err := at.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

func (d *Desk) trusted(at netip.Addr) bool {
	for _, p := range d.proxies {
		if p.Contains(at) {
			return true
		}
	}
	return false
}

// address reads "192.0.2.1", "192.0.2.1:1234", "2001:db8::1" or "[2001:db8::1]:1234".
func address(s string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	at, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}, false
	}
	return at.Unmap().WithZone(""), true
}
