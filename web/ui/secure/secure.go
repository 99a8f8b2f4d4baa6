// Package secure puts the headers on every answer that keep a browser from
// running, embedding or storing what it should not, and refuses requests that
// another site makes a browser send.
package secure

import "net/http"

// policy is the Content-Security-Policy of every page: nothing but this
// server's own script, sheet and pictures, no inline code, no frames.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Options say how the server is reached.
type Options struct {
	// TLS is true when readers reach the server by https, directly or through
	// a proxy. Strict-Transport-Security is sent only then.
	TLS bool
	// TrustedOrigins may send forms here besides this origin, each as
	// "https://host" or "https://host:port". Usually none.
	TrustedOrigins []string
	// Denied answers a refused cross-site request; nil gives a plain 403.
	Denied http.Handler
}

// Headers sets the headers on every answer. A handler may overrule one, as the
// static files do with Cache-Control.
func Headers(o Options, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		// What a page shows about a person must not stay in a shared computer.
		h.Set("Cache-Control", "no-store")
		if o.TLS {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// Protect is Headers and the refusal of cross-site requests together. The
// error names a trusted origin that is not one.
//
// Requests without Origin and Sec-Fetch-Site headers pass: they come from
// programs, which carry no cookies of a reader.
func Protect(o Options, next http.Handler) (http.Handler, error) {
	cross := http.NewCrossOriginProtection()
	for _, origin := range o.TrustedOrigins {
		if err := cross.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	if o.Denied != nil {
		cross.SetDenyHandler(o.Denied)
	}
	return Headers(o, cross.Handler(next)), nil
}
