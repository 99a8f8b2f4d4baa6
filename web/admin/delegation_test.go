package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"varde/web/webtest"
)

// A licence that only one of a pair must hold is noted of the other, and no fault.
func TestLicenceOfThePairIsNoFault(t *testing.T) {
	w := webtest.New(t, false)
	if p := w.Def.Staffing.Pair; p.Licensed >= p.Size {
		t.Fatal("the protocol asks a licence of both")
	}
	h := serve(t, w)
	c := w.As(t, h, w.Actor("physician"))
	form := url.Values{"account": {"tea"}, "name": {"Tea Terapeut"}, "role": {"therapist"}, "site": {"S01"}}
	for _, k := range w.Def.Staffing.Credentials {
		if k.ID != "licence" {
			form.Set("credential."+k.ID, "2030-01-01")
		}
	}
	if a := c.Post(base+"/people", form); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	a := c.Get(base + "/people/tea/therapist/S01")
	webtest.CheckHTML(t, "line", a.Body)
	if strings.Contains(a.Body, "v-tag--danger") || !strings.Contains(a.Text(), "Works only beside a therapist who holds") || !strings.Contains(a.Text(), "Valid today") || !strings.Contains(a.Text(), "need not hold it") {
		t.Errorf("%s", a.Text())
	}
}

// A rater may work for several sites, and the study's log then holds the credentials.
func TestRaterOfSeveralSites(t *testing.T) {
	w := webtest.New(t, false)
	c := w.As(t, serve(t, w), w.Actor("administrator"))
	form := url.Values{"account": {"rolf"}, "name": {"Rolf Rater"}, "role": {"rater"}, "site": {"S01", "S02"}}
	for _, k := range w.Def.Staffing.Credentials {
		form.Set("credential."+k.ID, "2030-01-01")
	}
	if a := c.Post(base+"/people", form); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	a := c.Get(base + "/people/rolf/rater/-")
	webtest.CheckHTML(t, "line", a.Body)
	if strings.Contains(a.Body, "v-tag--danger") || !strings.Contains(a.Text(), "until 1 Jan 2030") || !strings.Contains(a.Text(), "S01, S02") {
		t.Errorf("%s", a.Text())
	}
	form.Set("account", "tor")
	form.Set("role", "therapist")
	if a := c.Post(base+"/people", form); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "hoose one site") {
		t.Errorf("a therapist of two sites: %d %s", a.Status, a.Text())
	}
}
