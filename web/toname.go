package web

import (
	"net"
	"net/http"
	"net/url"
)

// toName leads readers from the machine's own number to its name, when the server
// is at localhost: passkeys are bound to a name, and a number is none. What is sent
// to the number is answered as it is.
func toName(base string, next http.Handler) http.Handler {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() != "localhost" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, port, err := net.SplitHostPort(r.Host)
		if err != nil {
			host, port = r.Host, ""
		}
		if r.Method != http.MethodGet || port != u.Port() || !net.ParseIP(host).IsLoopback() || r.URL.Path == "" || r.URL.Path[0] != '/' {
			next.ServeHTTP(w, r)
			return
		}
		http.Redirect(w, r, u.Scheme+"://"+u.Host+r.URL.RequestURI(), http.StatusFound)
	})
}
