package web_test

import (
	"net/url"
	"strings"
	"testing"

	"varde/access"
	"varde/study"
	"varde/web/webtest"
)

// Somebody with two roles changes between them, and wishes for none they do not have.
func TestChangingRole(t *testing.T) {
	w := webtest.New(t, false)
	w.Do(t, access.System, study.AssignStaff{Site: "S01", Person: "coordinator-1", Name: "Kari", Role: "physician", Credentials: map[string]string{}})
	c := w.As(t, serve(t, w), w.Actor("coordinator"))
	role := func() string {
		_, rest, _ := strings.Cut(c.Get(base+"/today").Body, `<span class="v-who__role">`)
		role, _, _ := strings.Cut(rest, "<")
		return role
	}
	page := c.Get(base + "/today")
	webtest.CheckHTML(t, "with roles", page.Body)
	if role() != "coordinator" || !strings.Contains(page.Body, `name="role" value="physician"`) {
		t.Fatalf("acting as %q", role())
	}
	if a := c.Post("/role", url.Values{"study": {webtest.Study}, "role": {"physician"}, "return": {"//evil.example"}}); a.Header.Get("Location") != base+"/today" {
		t.Errorf("changing role leads to %q", a.Header.Get("Location"))
	}
	if role() != "physician" {
		t.Errorf("after changing to physician: %q", role())
	}
	for _, wish := range []string{"administrator", "safety-board", "king", ""} {
		c.Post("/role", url.Values{"study": {webtest.Study}, "role": {wish}})
		if got := role(); got != "coordinator" && got != "physician" {
			t.Errorf("wishing to be %q makes one %q", wish, got)
		}
	}
}
