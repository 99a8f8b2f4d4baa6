package web_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/study"
	"varde/web"
	"varde/web/webtest"
)

func serve(t testing.TB, w *webtest.World) http.Handler {
	t.Helper()
	s, err := web.New(web.Config{App: w.App})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const base = "/s/" + webtest.Study

// rich is a participant with something of everything on the page.
func rich(t testing.TB, w *webtest.World) string {
	t.Helper()
	id := w.Consent(t)
	by, on := w.Actor("coordinator"), study.On{Participant: id}
	w.Pass(24 * time.Hour)
	w.Do(t, by, study.HoldVisit{On: on, Visit: "V0"})
	phq := study.Values{}
	f, _ := w.Def.Form("phq9")
	for i := range f.Items {
		if f.Items[i].Required {
			phq[f.Items[i].ID] = webtest.Number(3)
		}
	}
	w.Do(t, by, study.SaveForm{On: on, Visit: "V0", Form: "phq9", Items: phq})
	w.Do(t, by, study.SaveForm{On: on, Form: "conmed", New: true, Items: values(t, w, "conmed", map[string]string{"name": "fluoxetine", "ongoing": "true", "dose": "20 mg"})})
	w.Do(t, by, study.SaveForm{On: on, Form: "ae", New: true, Items: values(t, w, "ae", map[string]string{"term": "Headache", "serious": "true", "onset": "2026-03-02T10:00:00+01:00"})})
	w.Do(t, by, study.RaiseDeviation{On: on, Visit: "V0", Text: "The room was changed"})
	return id
}

func values(t testing.TB, w *webtest.World, form string, in map[string]string) study.Values {
	t.Helper()
	f, ok := w.Def.Form(form)
	if !ok {
		t.Fatalf("no form %s", form)
	}
	out := study.Values{}
	for id, s := range in {
		v, err := f.Parse(id, s)
		if err != nil {
			t.Fatalf("%s.%s: %v", form, id, err)
		}
		out[id] = v
	}
	return out
}

func TestPagesInBothLanguages(t *testing.T) {
	w := webtest.New(t, true)
	h := serve(t, w)
	id := rich(t, w)
	first := w.Refer(t)
	pages := []string{"/home", base + "/today", base + "/today?show=all", base + "/participants", base + "/participants?status=screening&search=S01&page=1",
		base + "/p/" + id, base + "/p/" + first, base + "/p/" + id + "/v/V0", base + "/p/" + id + "/v/V5", base + "/p/" + id + "/f/V0/pcl5", base + "/p/" + id + "/f/V0/phq9",
		base + "/p/" + id + "/f/V0/demographics", base + "/p/" + id + "/f/V0/labs", base + "/p/" + id + "/f/V0/lec5", base + "/p/" + id + "/f/-/ae", base + "/p/" + id + "/f/-/ae/new", base + "/p/" + id + "/f/-/ae/1", base + "/p/" + id + "/f/-/conmed/1"}
	for _, role := range []string{"coordinator", "physician", "monitor"} {
		c := w.As(t, h, w.Actor(role))
		for _, lang := range []string{"en", "nb"} {
			c.Lang = lang
			for _, path := range pages {
				if role == "monitor" && strings.HasSuffix(path, "/new") {
					continue
				}
				a := c.Get(path)
				if a.Status != http.StatusOK {
					t.Errorf("%s %s %s: %d: %s", role, lang, path, a.Status, a.Text())
					continue
				}
				webtest.CheckHTML(t, role+" "+lang+" "+path, a.Body)
				if !strings.Contains(a.Body, `<html lang="`+lang+`"`) {
					t.Errorf("%s: not in %s", path, lang)
				}
			}
		}
	}
	v := webtest.Visitor(t, h)
	for _, lang := range []string{"en", "nb"} {
		v.Lang = lang
		for _, path := range []string{"/" + lang + "/help", "/signin"} {
			a := v.Get(path)
			if a.Status != http.StatusOK {
				t.Errorf("%s: %d", path, a.Status)
			}
			webtest.CheckHTML(t, lang+" "+path, a.Body)
		}
	}
}

func TestSecureHeadersAndCookies(t *testing.T) {
	w := webtest.New(t, true)
	h := serve(t, w)
	v := webtest.Visitor(t, h)
	a := v.Get("/")
	for name, part := range map[string]string{"Content-Security-Policy": "script-src 'self'", "X-Frame-Options": "DENY", "Cache-Control": "no-store"} {
		if !strings.Contains(a.Header.Get(name), part) {
			t.Errorf("%s is %q", name, a.Header.Get(name))
		}
	}
	form := url.Values{"study": {webtest.Study}, "actor": {"coordinator-1/coordinator"}}
	a = v.Post("/signin/demo", form)
	cookie := a.Header.Get("Set-Cookie")
	for _, part := range []string{"varde-session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %s", cookie, part)
		}
	}
	if a := v.Follow(a); a.Status != http.StatusOK || !strings.Contains(a.Text(), "Today") {
		t.Errorf("after signing in: %d %s", a.Status, a.Text())
	}
	a = v.Post("/signout", nil)
	if !strings.Contains(a.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("signing out sets %q", a.Header.Get("Set-Cookie"))
	}
	if a := v.Get(base + "/today"); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/signin?return=") {
		t.Errorf("after signing out: %d to %q", a.Status, a.Header.Get("Location"))
	}
	secure, err := web.New(web.Config{App: w.App, TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	a = webtest.Visitor(t, secure).Post("/signin/demo", form)
	if c := a.Header.Get("Set-Cookie"); !strings.Contains(c, "__Host-varde-session=") || !strings.Contains(c, "Secure") {
		t.Errorf("over TLS the cookie is %q", c)
	}
}

func TestDemoRolesOnlyInADemo(t *testing.T) {
	w := webtest.New(t, false)
	v := webtest.Visitor(t, serve(t, w))
	if a := v.Get("/signin"); strings.Contains(a.Body, "/signin/demo") {
		t.Error("the sign-in page offers demo roles in a database that is no demo")
	}
	if a := v.Post("/signin/demo", url.Values{"study": {webtest.Study}, "actor": {"coordinator-1/coordinator"}}); a.Status != http.StatusNotFound {
		t.Errorf("status %d", a.Status)
	}
	if a := v.Post("/signin", url.Values{"token": {"varde_wrong"}}); a.Status != http.StatusUnprocessableEntity || strings.Contains(a.Header.Get("Set-Cookie"), "varde-session") {
		t.Errorf("a token on the sign-in page: %d %s", a.Status, a.Text())
	}
}

func TestCrossSitePostIsRefused(t *testing.T) {
	w := webtest.New(t, false)
	c := w.As(t, serve(t, w), w.Actor("coordinator"))
	id := w.Refer(t)
	r, err := http.NewRequest(http.MethodPost, base+"/p/"+id+"/prescreen", strings.NewReader("result=yes"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := c.Send(r); a.Status != http.StatusForbidden {
		t.Errorf("status %d", a.Status)
	}
	if a := c.Get(base + "/p/" + id); !strings.Contains(a.Text(), "Pre-screening conversation") {
		t.Error("the request of another site was carried out")
	}
}

func TestWhoMayNot(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	id := rich(t, w)
	other := w.Actor("coordinator")
	other.Sites, other.ID = []string{"S02"}, "coordinator-2"
	elsewhere := w.Actor("coordinator")
	elsewhere.Study, elsewhere.ID = "another", "coordinator-3"
	for _, x := range []struct {
		who  string
		c    *webtest.Client
		path string
		want int
	}{
		{"statistician", w.As(t, h, w.Actor("statistician")), "/today", 403},
		{"statistician", w.As(t, h, w.Actor("statistician")), "/p/" + id, 403},
		{"rater", w.As(t, h, w.Actor("rater")), "/p/" + id, 403},
		{"rater", w.As(t, h, w.Actor("rater")), "/ratings", 200},
		{"rater", w.As(t, h, w.Actor("rater")), "/today", 303},
		{"rater", w.As(t, h, w.Actor("rater")), "/p/" + id + "/f/V0/phq9", 403},
		{"coordinator of another site", w.As(t, h, other), "/p/" + id, 404},
		{"coordinator of another study", w.As(t, h, elsewhere), "/today", 404},
		{"coordinator", w.As(t, h, w.Actor("coordinator")), "/p/S01-999", 404},
		{"coordinator", w.As(t, h, w.Actor("coordinator")), "/p/" + id + "/f/V0/nothing", 404},
		{"coordinator", w.As(t, h, w.Actor("coordinator")), "/p/" + id + "/f/V0/phq9/7", 404},
		{"coordinator", w.As(t, h, w.Actor("coordinator")), "/p/" + id + "/v/V99", 404},
		{"coordinator", w.As(t, h, w.Actor("coordinator")), "/participants?page=x", 400},
		{"coordinator", w.As(t, h, w.Actor("coordinator")), "/nowhere", 404},
	} {
		for _, lang := range []string{"en", "nb"} {
			x.c.Lang = lang
			a := x.c.Get(base + x.path)
			if a.Status != x.want {
				t.Errorf("%s: %s: %d, want %d: %s", x.who, x.path, a.Status, x.want, a.Text())
			}
			webtest.CheckHTML(t, x.who+" "+x.path, a.Body)
		}
	}
	monitor := w.As(t, h, w.Actor("monitor"))
	if a := monitor.Post(base+"/p/"+id+"/withdraw", url.Values{"reason": {"own-wish"}, "sure": {"yes"}}); a.Status != http.StatusForbidden {
		t.Errorf("a monitor withdraws a participant: %d", a.Status)
	}
}

// A rater's pages must not tell which assessment it is, in words or address.
func TestRaterDoesNotLearnTheVisit(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	id := held(t, w)
	rater := w.As(t, h, w.Actor("rater"))
	for i := range w.Def.Visits {
		v := &w.Def.Visits[i]
		if !v.Hides {
			continue
		}
		if a := rater.Get(base + "/p/" + id + "/v/" + v.ID); a.Status != http.StatusNotFound {
			t.Errorf("%s can be asked for by its name: %d", v.ID, a.Status)
		}
		if a := rater.Get(base + "/p/" + id + "/f/" + v.ID + "/caps5"); a.Status != http.StatusNotFound {
			t.Errorf("the form of %s can be asked for by its name: %d", v.ID, a.Status)
		}
	}
	coordinator := w.As(t, h, w.Actor("coordinator"))
	if a := coordinator.Get(base + "/p/" + id + "/v/V3"); a.Status != http.StatusOK || !strings.Contains(a.Text(), "Baseline rating") {
		t.Errorf("the coordinator's page of V3: %d %s", a.Status, a.Text())
	}
}

// A decision shows every criterion as the record stands, and where what is missing
// is collected.
func TestDecisionShowsEveryCriterion(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	id := held(t, w)
	w.Do(t, w.Actor("coordinator"), study.SaveForm{On: study.On{Participant: id}, Visit: "V0", Form: "demographics", Items: values(t, w, "demographics", map[string]string{"age": "17"})})
	gate := w.Def.Eligibility.Gates[0]
	c := w.As(t, h, w.Actor("physician"))
	a := c.Get(base + "/p/" + id + "?do=gate%2F" + gate.ID)
	webtest.CheckHTML(t, "gate", a.Body)
	for _, criterion := range w.Def.Criteria(gate.ID) {
		if !strings.Contains(a.Body, html.EscapeString(criterion.Text.EN)) {
			t.Errorf("the criterion %s is not shown", criterion.ID)
		}
	}
	if text := a.Text(); !strings.Contains(text, "criterion is not met") || !strings.Contains(text, "not known yet") || !strings.Contains(text, "Missing:") {
		t.Errorf("the decision: %s", text)
	}
	action := base + "/p/" + id + "/gate/" + gate.ID
	form := a.Form(t, action)
	if r := c.Post(action, form); r.Status != http.StatusBadRequest || !strings.Contains(r.Text(), "Tick the box") {
		t.Errorf("not confirmed: %d %s", r.Status, r.Text())
	}
	form.Set("sure", "yes")
	if page := c.Follow(c.Post(action, form)); !strings.Contains(page.Text(), "screen failure") {
		t.Errorf("after the decision: %s", page.Text())
	}
	if r := w.As(t, h, w.Actor("coordinator")).Post(action, form); r.Status != http.StatusUnprocessableEntity && r.Status != http.StatusForbidden {
		t.Errorf("decided twice: %d", r.Status)
	}
}

// The address without a page leads strangers to the public pages in their language, and
// those who signed in to their own front page.
func TestTheDoorLeadsEverybodyToTheirs(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	v := webtest.Visitor(t, h)
	for lang, want := range map[string]string{"en": "/en/", "nb": "/nb/", "nn-NO,nn;q=0.9": "/nb/", "de": "/en/", "": "/en/"} {
		v.Lang = lang
		if a := v.Get("/"); a.Status != http.StatusFound || a.Header.Get("Location") != want || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%q: %d to %q", lang, a.Status, a.Header.Get("Location"))
		}
	}
	c := w.As(t, h, w.Actor("coordinator"))
	if a := c.Get("/"); a.Header.Get("Location") != "/home" {
		t.Errorf("signed in: %d to %q", a.Status, a.Header.Get("Location"))
	}
	if a := c.Get("/home"); a.Status != http.StatusOK || !strings.Contains(a.Body, base+"/today") {
		t.Errorf("/home: %d %s", a.Status, a.Text())
	}
	if a := v.Get("/home"); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/signin") {
		t.Errorf("a stranger at /home: %d", a.Status)
	}
}
