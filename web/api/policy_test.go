package api

import (
	"testing"

	"varde/access"
)

// TestEveryRouteSaysWhoMayUseIt: a route that nobody decided about keeps the program
// from starting.
func TestEveryRouteSaysWhoMayUseIt(t *testing.T) {
	for _, r := range routes() {
		if err := r.declared(); err != nil {
			t.Error(err)
		}
		if r.Open && r.ID != "openapi" {
			t.Errorf("%s is open", r.ID)
		}
	}
	for name, r := range map[string]route{
		"forgotten":      {Method: "GET", Path: "/x"},
		"misspelt":       {Method: "GET", Path: "/x", Needs: "see-lists"},
		"open and asked": {Method: "GET", Path: "/x", Needs: access.SeeList, Open: true},
	} {
		if r.declared() == nil {
			t.Errorf("a route that is %s is let through", name)
		}
	}
}
