package page

import (
	"net/http"
	"strings"
	"testing"

	"varde/access"
)

// TestARouteSaysWhoMayOpenIt: one that nobody decided about keeps the server from
// starting.
func TestARouteSaysWhoMayOpenIt(t *testing.T) {
	for name, x := range map[string]struct {
		route Route
		fault bool
	}{
		"forgotten":  {Route{Pattern: "GET /forgotten"}, true},
		"open":       {Route{Pattern: "GET /open", Open: true}, false},
		"signed in":  {Route{Pattern: "GET /in", Need: access.SignedIn}, false},
		"capability": {Route{Pattern: "GET /list", Need: access.SeeList}, false},
	} {
		d := &Desk{mux: http.NewServeMux()}
		x.route.Handle = func(*Context) error { return nil }
		err := d.add(x.route, nil)
		if (err != nil) != x.fault || err != nil && !strings.Contains(err.Error(), "GET /forgotten") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
