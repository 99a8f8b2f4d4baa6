package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"varde/access"
	"varde/study"
	"varde/web"
	"varde/web/webtest"
)

const base = "/s/" + webtest.Study

func serve(t testing.TB, w *webtest.World) http.Handler {
	t.Helper()
	s, err := web.New(web.Config{App: w.App})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// person is a participant whose page can be opened.
func person(t testing.TB, w *webtest.World) string {
	t.Helper()
	return w.Consent(t)
}

func TestPagesInBothLanguages(t *testing.T) {
	w := webtest.New(t, false)
	h, id := serve(t, w), person(t, w)
	for _, x := range []struct{ role, path string }{
		{"administrator", "/people"}, {"administrator", "/people/administrator-1"}, {"administrator", "/people?q=nobody"}, {"auditor", "/people"}, {"administrator", "/audit"}, {"auditor", "/audit?type=signin."},
		{"administrator", base + "/people"}, {"physician", base + "/people"}, {"monitor", base + "/people"}, {"physician", base + "/people/therapist-1/therapist/S01"},
		{"therapist", base + "/roles"}, {"rater", base + "/roles"}, {"physician", base + "/audit-search"}, {"auditor", base + "/audit-search?seen=yes"}, {"coordinator", base + "/audit-search?participant=" + id + "&type=consent."},
		{"coordinator", base + "/p/" + id}, {"coordinator", base + "/p/" + id + "/identity"}, {"coordinator", base + "/p/" + id + "/identity/edit"},
		{"auditor", base + "/p/" + id + "/looks"}, {"administrator", base + "/p/" + id + "/looks"}, {"administrator", base + "/p/" + id + "/erase"},
		{"physician", base + "/p/" + id + "/unblinding"}, {"physician", base + "/p/" + id + "/sign/casebook"}, {"sponsor", base + "/sign/protocol"}, {"sponsor", base + "/protocol"},
		{"rater", base + "/ratings"},
	} {
		for _, lang := range []string{"en", "nb"} {
			c := w.As(t, h, w.Actor(x.role))
			c.Lang = lang
			a := c.Get(x.path)
			if a.Status != http.StatusOK {
				t.Errorf("%s %s: status %d: %s", x.role, x.path, a.Status, a.Text())
				continue
			}
			webtest.CheckHTML(t, x.role+" "+lang+" "+x.path, a.Body)
			if m := keyIn(a.Body); m != "" {
				t.Errorf("%s %s shows the key %s", lang, x.path, m)
			}
			if !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s may be kept: %q", x.path, a.Header.Get("Cache-Control"))
			}
		}
	}
}

// keyIn finds a message that has no words.
func keyIn(body string) string {
	for _, prefix := range []string{">admin.", ">signing.", ">rater.", ">clinic.", `"admin.`} {
		if i := strings.Index(body, prefix); i >= 0 {
			return body[i:min(len(body), i+40)]
		}
	}
	return ""
}

func TestWhoMayOpenWhat(t *testing.T) {
	w := webtest.New(t, false)
	h, id := serve(t, w), person(t, w)
	far := w.Actor("coordinator")
	far.ID, far.Sites = "coordinator-2", []string{"S02"}
	for _, x := range []struct {
		actor  access.Actor
		path   string
		status int
	}{
		{w.Actor("coordinator"), "/people", 403}, {w.Actor("physician"), "/audit", 403}, {w.Actor("therapist"), base + "/people", 403}, {w.Actor("therapist"), base + "/audit-search", 403},
		{w.Actor("rater"), base + "/people", 403}, {w.Actor("rater"), base + "/p/" + id + "/identity", 403}, {w.Actor("monitor"), base + "/p/" + id + "/identity", 403}, {w.Actor("auditor"), base + "/p/" + id + "/identity", 403},
		{w.Actor("administrator"), base + "/p/" + id + "/identity", 403}, {far, base + "/p/" + id + "/identity", 404}, {far, base + "/p/" + id + "/unblinding", 403},
		{w.Actor("therapist"), base + "/p/" + id + "/identity/edit", 403}, {w.Actor("coordinator"), base + "/p/" + id + "/looks", 403}, {w.Actor("physician"), base + "/p/" + id + "/erase", 403},
		{w.Actor("coordinator"), base + "/p/" + id + "/unblinding", 403}, {w.Actor("monitor"), base + "/p/" + id + "/unblinding", 403}, {w.Actor("administrator"), base + "/p/" + id + "/sign/casebook", 403},
		{w.Actor("physician"), base + "/people/nobody/therapist/S01", 404}, {w.Actor("physician"), base + "/audit-search?from=yesterday", 400}, {w.Actor("physician"), base + "/audit-search?record=nothing", 400},
		{w.Actor("physician"), base + "/audit-search?before=x", 400}, {w.Actor("physician"), base + "/audit-search?format=xls", 400}, {w.Actor("administrator"), "/people/nobody", 404}, {w.Actor("administrator"), "/people?page=x", 400},
	} {
		if a := w.As(t, h, x.actor).Get(x.path); a.Status != x.status {
			t.Errorf("%s %s: status %d, want %d: %s", x.actor.ID, x.path, a.Status, x.status, a.Text())
		}
	}
}

func TestInvitationShowsItsLinkOnce(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	c := w.As(t, h, w.Actor("administrator"))
	form := c.Get("/people").Form(t, "/people")
	form.Set("name", "Anna Berg")
	form.Set("id", "anna-berg")
	form.Set("email", "anna@example.org")
	form.Set("language", "nb")
	a := c.Post("/people", form)
	if a.Status != http.StatusOK || !strings.Contains(a.Body, "/link#") || !strings.Contains(a.Body, `class="v-qr"`) {
		t.Fatalf("status %d, the link is not there: %s", a.Status, a.Text())
	}
	webtest.CheckHTML(t, "link", a.Body)
	_, rest, _ := strings.Cut(a.Body, "/link#")
	secret, _, _ := strings.Cut(rest, `"`)
	for _, path := range []string{"/people", "/people/anna-berg", "/audit"} {
		if b := c.Get(path).Body; strings.Contains(b, secret) || strings.Contains(b, "anna@example.org") {
			t.Errorf("%s shows the link or the address of mail again", path)
		}
	}
	if b := c.Get("/people?q=anna"); !strings.Contains(b.Body, "Invited, no keys yet") {
		t.Errorf("the invited account does not show: %s", b.Text())
	}
	// The same id again is refused beside the field, and keeps what was typed.
	again := c.Post("/people", form)
	if again.Status != http.StatusBadRequest || !strings.Contains(again.Body, "this id is taken") && !strings.Contains(again.Body, "This id is taken") || !strings.Contains(again.Body, "Anna Berg") {
		t.Errorf("status %d: %s", again.Status, again.Text())
	}
	// Closing needs a reason and ends access; opening gives it back.
	if a := c.Post("/people/anna-berg/disable", url.Values{}); a.Status != http.StatusBadRequest {
		t.Errorf("closed without a reason: %d", a.Status)
	}
	if a := c.Follow(c.Post("/people/anna-berg/disable", url.Values{"reason": {"left the hospital"}})); !strings.Contains(a.Body, "Open the account again") {
		t.Errorf("not closed: %s", a.Text())
	}
	if a := c.Follow(c.Post("/people/anna-berg/enable", url.Values{})); strings.Contains(a.Body, "Open the account again") {
		t.Errorf("not opened: %s", a.Text())
	}
	if a := c.Follow(c.Post("/people/anna-berg/give", url.Values{"role": {"auditor"}})); !strings.Contains(a.Body, "End: auditor") {
		t.Errorf("no role: %s", a.Text())
	}
	if a := c.Post("/people/administrator-1/disable", url.Values{"reason": {"x"}}); a.Status != http.StatusForbidden {
		t.Errorf("an administrator closed their own account: %d", a.Status)
	}
}

func TestDelegationLog(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	c := w.As(t, h, w.Actor("physician"))
	log := base + "/people"
	// A role without credentials stands in the study's log.
	admin := w.As(t, h, w.Actor("administrator"))
	if a := admin.Post(log, url.Values{"account": {"mona"}, "name": {"Mona Monitor"}, "role": {"monitor"}, "site": {"S01"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	// One with credentials at its site; which credentials are missing shows.
	if a := c.Post(log, url.Values{"account": {"tea"}, "name": {"Tea Terapeut"}, "role": {"therapist"}}); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "hoose one site") {
		t.Errorf("a therapist of no site: %d %s", a.Status, a.Text())
	}
	if a := c.Post(log, url.Values{"account": {"tea"}, "name": {"Tea Terapeut"}, "role": {"therapist"}, "site": {"S01"}, "credential.gcp": {"2026-03-20"}, "credential.training": {"2026-02-01"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	a := c.Get(log)
	for _, want := range []string{"Mona Monitor", "Tea Terapeut", "ran out 1 Feb 2026", "until 20 Mar 2026", "Test physician", "physician-1"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the log does not show %q: %s", want, a.Text())
		}
	}
	line := log + "/tea/therapist/S01"
	if a := c.Post(line+"/renew", url.Values{"credential.training": {"2028-02-01"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("renew: %d %s", a.Status, a.Text())
	}
	if a := c.Get(line); !strings.Contains(a.Body, "until 1 Feb 2028") || !strings.Contains(a.Body, "until 20 Mar 2026") {
		t.Errorf("renewal: %s", a.Text())
	}
	if a := c.Post(line+"/end", url.Values{}); a.Status != http.StatusBadRequest {
		t.Errorf("ended without a reason: %d", a.Status)
	}
	if a := c.Post(line+"/end", url.Values{"reason": {"changed work"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("end: %d %s", a.Status, a.Text())
	}
	if a := admin.Post(log+"/mona/monitor/-/end", url.Values{"reason": {"changed work"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("end: %d %s", a.Status, a.Text())
	}
	if a := c.Get(log); !strings.Contains(a.Body, "changed work") {
		t.Errorf("why it ended is not told: %s", a.Text())
	}
	// A monitor reads the log and changes nothing.
	m := w.As(t, h, w.Actor("monitor"))
	if a := m.Get(log); strings.Contains(a.Body, `id="add"`) {
		t.Error("a monitor is offered to delegate")
	}
	if a := m.Post(log, url.Values{"account": {"x"}, "name": {"X"}, "role": {"monitor"}}); a.Status != http.StatusForbidden {
		t.Errorf("a monitor delegated: %d", a.Status)
	}
}

func TestIdentityIsOpenedOnRequestAndListed(t *testing.T) {
	w := webtest.New(t, false)
	h, id := serve(t, w), person(t, w)
	c := w.As(t, h, w.Actor("coordinator"))
	card := base + "/p/" + id + "/identity"
	bad := c.Post(card, url.Values{"name": {"Ola Nordmann"}, "birthDate": {"2199-01-01"}})
	if bad.Status != http.StatusBadRequest || !strings.Contains(bad.Body, `id="f-birthDate-error"`) || !strings.Contains(bad.Body, "Ola Nordmann") {
		t.Errorf("a birth date to come: %d %s", bad.Status, bad.Text())
	}
	if a := c.Post(card, url.Values{"name": {"Ola Nordmann"}, "phone": {"+4712345678"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	for _, path := range []string{card, card + "/edit", base + "/p/" + id, base + "/participants"} {
		if strings.Contains(c.Get(path).Body, "Nordmann") {
			t.Errorf("%s shows the name without being asked", path)
		}
	}
	for field, form := range map[string]url.Values{"purpose": {"field": {"name"}}, "field": {"purpose": {"call"}}, "more": {"field": {"name"}, "purpose": {"other"}}} {
		if a := c.Post(card+"/open", form); a.Status != http.StatusBadRequest || strings.Contains(a.Body, "Nordmann") {
			t.Errorf("opened without %s: %d", field, a.Status)
		}
	}
	a := c.Post(card+"/open", url.Values{"field": {"name"}, "purpose": {"call"}, "more": {"about V1"}})
	if a.Status != http.StatusOK || !strings.Contains(a.Body, "Ola Nordmann") || strings.Contains(a.Body, "12345678") || !strings.Contains(a.Body, "data-leave=") {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("the opened card may be kept: %q", got)
	}
	looks := w.As(t, h, w.Actor("auditor")).Get(base + "/p/" + id + "/looks")
	for _, want := range []string{"To call or write to the participant: about V1", "coordinator", "Identity", "Name"} {
		if !strings.Contains(looks.Body, want) {
			t.Errorf("the looks do not tell %q: %s", want, looks.Text())
		}
	}
	if strings.Contains(looks.Body, "Nordmann") {
		t.Error("the looks hold the name")
	}
	// A link for the participant, shown once.
	link := c.Post(card+"/link", url.Values{})
	if link.Status != http.StatusOK || !strings.Contains(link.Body, "/link#") {
		t.Errorf("no link: %d %s", link.Status, link.Text())
	}
	// Erasing asks for the number typed out and a ground.
	admin := w.As(t, h, w.Actor("administrator"))
	erase := base + "/p/" + id + "/erase"
	for _, form := range []url.Values{{"basis": {"request 7"}}, {"number": {id}}, {"basis": {"request 7"}, "number": {"S01-999"}}} {
		if a := admin.Post(erase, form); a.Status != http.StatusBadRequest {
			t.Errorf("%v: status %d", form, a.Status)
		}
	}
	if a := admin.Post(erase, url.Values{"basis": {"request 7"}, "number": {id}}); a.Status != http.StatusSeeOther {
		t.Fatalf("erase: %d %s", a.Status, a.Text())
	}
	if a := c.Get(card); !strings.Contains(a.Body, "The identity was erased") || strings.Contains(a.Body, `id="open"`) {
		t.Errorf("after erasing: %s", a.Text())
	}
}

func TestAuditSearchAndExport(t *testing.T) {
	w := webtest.New(t, false)
	h, id := serve(t, w), person(t, w)
	c := w.As(t, h, w.Actor("coordinator"))
	w.Do(t, w.Actor("coordinator"), study.RaiseDeviation{On: study.On{Participant: id}, Text: "=HYPERLINK(1)"})
	find := base + "/audit-search"
	if a := c.Get(find + "?participant=" + id + "&type=consent."); !strings.Contains(a.Body, "consent › given") || strings.Contains(a.Body, "person › referred") {
		t.Errorf("the filter does not hold: %s", a.Text())
	}
	if a := c.Get(find + "?account=nobody"); !strings.Contains(a.Body, "Nothing found") {
		t.Errorf("nobody did something: %s", a.Text())
	}
	for _, format := range []string{"csv", "ndjson"} {
		a := c.Get(find + "?participant=" + id + "&format=" + format)
		if a.Status != http.StatusOK || !strings.Contains(a.Body, "person.referred") || !strings.Contains(a.Header.Get("Content-Disposition"), "."+format) {
			t.Fatalf("%s: %d %.200s", format, a.Status, a.Body)
		}
		for line := range strings.Lines(a.Body) {
			if strings.Contains(line, ",=HYPERLINK") {
				t.Errorf("a spreadsheet would run %q", line)
			}
		}
	}
	for _, role := range []string{"administrator", "sponsor", "monitor"} {
		if a := w.As(t, h, w.Actor(role)).Get(find + "?participant=" + id + "&format=ndjson"); a.Status != http.StatusOK || !strings.Contains(a.Body, "person.referred") {
			t.Errorf("%s exports: %d %.200s", role, a.Status, a.Body)
		}
	}
	w.App.Settle()
	looks := w.As(t, h, w.Actor("auditor")).Get(base + "/p/" + id + "/looks")
	if !strings.Contains(looks.Body, "Export") {
		t.Errorf("the export is not among the looks: %s", looks.Text())
	}
	// Somebody of another site finds nothing of this one.
	far := w.Actor("coordinator")
	far.ID, far.Sites = "coordinator-2", []string{"S02"}
	if a := w.As(t, h, far).Get(find + "?participant=" + id); strings.Contains(a.Body, "consent › given") {
		t.Errorf("another site's record shows: %s", a.Text())
	}
	house := w.As(t, h, w.Actor("administrator")).Get("/audit?account=coordinator-1")
	if house.Status != http.StatusOK || !strings.Contains(house.Body, "session › opened") {
		t.Errorf("the sign-in is not in the house's log: %d %s", house.Status, house.Text())
	}
}
