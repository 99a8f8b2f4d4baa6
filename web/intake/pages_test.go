package intake_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web"
	"varde/web/webtest"
)

const base = "/s/" + webtest.Study + "/referrals"

type desk struct {
	*webtest.World
	t       *testing.T
	handler http.Handler
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{World: webtest.New(t, false), t: t}
	var err error
	if d.handler, err = web.New(web.Config{App: d.App}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) as(role string) *webtest.Client { return d.As(d.t, d.handler, d.Actor(role)) }

func (d *desk) ask(name string) string {
	d.t.Helper()
	d.Pass(time.Minute)
	r, err := d.App.ReceiveReferral(context.Background(), webtest.Study, app.ReferralIn{Channel: "self", Format: "page", Language: "nb", Site: "S01", Wait: true, Consent: true,
		Name: name, Phone: "+4791234567", BirthDate: "1988-04-02", Message: "A secret message", Safe: "after five"}, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return r.Referral
}

func (d *desk) do(id string, cmd study.ReferralCommand) {
	d.t.Helper()
	d.Pass(time.Minute)
	if _, err := d.App.DoReferral(context.Background(), d.Actor("physician"), webtest.Study, id, cmd, ""); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) wait(name string) string {
	id := d.ask(name)
	d.do(id, study.AssessReferral{Decision: "wait"})
	return id
}

func (d *desk) card(id string) app.ReferralCard {
	d.t.Helper()
	card, err := d.App.Referral(context.Background(), d.Actor("coordinator"), webtest.Study, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return card
}

// Every page in every state, in both languages: sound HTML, no missing word, nobody's name.
func TestPages(t *testing.T) {
	d := newDesk(t)
	c := d.as("coordinator")
	empty := c.Get(base)
	webtest.CheckHTML(t, "empty", empty.Body)
	if !strings.Contains(empty.Text(), "Nothing to assess") || !strings.Contains(empty.Text(), "Nobody waits here") {
		t.Errorf("%s", empty.Text())
	}
	fresh, a, b, out, gone := d.ask("Solveig Nordmann"), d.wait("Anne Aas"), d.wait("Bjørn Berg"), d.ask("Odd Olsen"), d.wait("Gro Gran")
	d.do(b, study.MoveReferral{Ahead: a, Reason: "clinical-need"})
	d.do(a, study.CheckReferral{Reached: true, Still: true, Concern: true, Note: "sleeps badly"})
	d.do(out, study.AssessReferral{Decision: "unsuitable", Reasons: []string{"medication"}})
	d.do(gone, study.CloseReferral{Reason: "treated-elsewhere"})
	d.Pass(8 * 24 * time.Hour)
	for _, lang := range []string{"en", "nb"} {
		for _, role := range []string{"coordinator", "physician"} {
			c := d.as(role)
			c.Lang = lang
			for _, path := range []string{"", "?show=ended", "/capacity", "/" + fresh, "/" + a, "/" + b, "/" + out, "/" + gone} {
				page := c.Get(base + path)
				webtest.CheckHTML(t, role+" "+path+" "+lang, page.Body)
				if page.Status != 200 || strings.Contains(page.Text(), "intake.") {
					t.Errorf("%s: %d %s", path, page.Status, page.Text())
				}
				for _, secret := range []string{"Nordmann", "Aas", "Berg", "Olsen", "Gran", "secret", "91234567"} {
					if strings.Contains(page.Body, secret) {
						t.Errorf("%s tells %q", path, secret)
					}
				}
			}
		}
	}
	list := c.Get(base).Text()
	for _, want := range []string{"A clinician is asked to look at " + a, "Assess " + fresh, "Clinical need", "Overdue"} {
		if !strings.Contains(strings.ToLower(list), strings.ToLower(want)) {
			t.Errorf("the list says nothing of %q: %s", want, list)
		}
	}
	if strings.Index(list, b) > strings.LastIndex(list, a) {
		t.Error("the list is not in its order")
	}
	for role, want := range map[string]int{"therapist": 403, "rater": 403, "monitor": 403, "pharmacist": 403} {
		if got := d.as(role).Get(base); got.Status != want {
			t.Errorf("%s: %d", role, got.Status)
		}
	}
}

func TestTriageByThePages(t *testing.T) {
	d := newDesk(t)
	c := d.as("coordinator")
	id := d.ask("Solveig Nordmann")
	one := base + "/" + id
	for want, form := range map[string]url.Values{
		"Choose what to open": {}, "Say what it is needed for": {"field": {"name"}}, "in your own words": {"field": {"name"}, "purpose": {"other"}},
	} {
		if a := c.Post(one+"/open", form); a.Status != 400 || !strings.Contains(a.Text(), want) {
			t.Errorf("%d, want %q: %s", a.Status, want, a.Text())
		}
	}
	opened := c.Post(one+"/open", url.Values{"field": {"name", "message"}, "purpose": {"assess"}})
	webtest.CheckHTML(t, "opened", opened.Body)
	if !strings.Contains(opened.Text(), "Solveig Nordmann") || !strings.Contains(opened.Text(), "A secret message") || strings.Contains(opened.Text(), "91234567") || !strings.Contains(opened.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("%s", opened.Text())
	}
	page := c.Get(one)
	if strings.Contains(page.Body, "Solveig") || !strings.Contains(page.Text(), "To assess the referral") {
		t.Errorf("%s", page.Text())
	}
	if a := c.Post(one+"/assess", url.Values{"decision": {"unsuitable"}}); a.Status != 400 || !strings.Contains(a.Body, "v-message--error") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	form := page.Form(t, one+"/assess")
	form.Set("decision", "wait")
	form.Set("site", "S01")
	for range 2 {
		if a := c.Post(one+"/assess", form); a.Status != 303 {
			t.Fatalf("%d %s", a.Status, a.Text())
		}
	}
	if n := len(d.card(id).History); n != 3 { // received, opened, assessed once
		t.Errorf("%d events", n)
	}
	if a := c.Post(one+"/check", url.Values{"outcome": {"concern"}}); a.Status != 400 {
		t.Errorf("a concern without a word: %d", a.Status)
	}
	c.Follow(c.Post(one+"/check", url.Values{"outcome": {"concern"}, "note": {"worse"}}))
	if a := c.Post(one+"/care", url.Values{"action": {"rang"}}); a.Status != 403 {
		t.Errorf("a coordinator answers a concern: %d", a.Status)
	}
	if a := d.as("physician").Post(one+"/care", url.Values{"action": {"rang"}}); a.Status != 303 {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if page = c.Get(one); !strings.Contains(page.Body, `action="`+one+`/invite"`) {
		t.Fatalf("whoever is first is not offered the place: %s", page.Text())
	}
	journey := c.Follow(c.Post(one+"/invite", page.Form(t, one+"/invite")))
	if !strings.Contains(journey.Text(), "S01-001") {
		t.Errorf("%s", journey.Text())
	}
	if s := d.card(id).State; s.Status != study.ReferralTaken || s.Participant != "S01-001" {
		t.Errorf("%+v", s)
	}
}

func TestMoveAndCloseByThePages(t *testing.T) {
	d := newDesk(t)
	c := d.as("coordinator")
	a, b := d.wait("Anne"), d.wait("Bjørn")
	one := base + "/" + b
	if x := c.Post(one+"/move", url.Values{"ahead": {a}}); x.Status != 400 || !strings.Contains(x.Text(), "Choose a reason") {
		t.Errorf("%d %s", x.Status, x.Text())
	}
	if x := c.Post(one+"/move", url.Values{"ahead": {a}, "reason": {"other"}}); x.Status != 400 {
		t.Errorf("another reason without a word: %d", x.Status)
	}
	c.Follow(c.Post(one+"/move", url.Values{"ahead": {a}, "reason": {"travel"}}))
	if card := d.card(b); card.Place != 1 || len(card.Moves) != 1 {
		t.Errorf("%+v", card.ReferralRow)
	}
	if x := c.Post(base+"/"+a+"/invite", url.Values{}); x.Status != 422 || !strings.Contains(x.Text(), "Others stand before") {
		t.Errorf("%d %s", x.Status, x.Text())
	}
	if x := c.Post(base+"/"+a+"/close", url.Values{"reason": {"not-reached"}}); x.Status != 422 || !strings.Contains(x.Text(), "three times") {
		t.Errorf("%d %s", x.Status, x.Text())
	}
	c.Follow(c.Post(base+"/"+a+"/close", url.Values{"reason": {"treated-elsewhere"}}))
	if s := d.card(a).State; s.Status != study.ReferralEnded {
		t.Errorf("%+v", s)
	}
}

func TestOnwardsByThePages(t *testing.T) {
	d := newDesk(t)
	c := d.as("physician")
	id := d.ask("Solveig Nordmann")
	one := base + "/" + id + "/onwards"
	full := url.Values{"to": {"DPS Nord\nVeien 1"}, "consent": {"spoken"}, "why": {"full"}, "know": {"Sover dårlig."}, "reply": {"post@example.org"}, "form": {"letter"}, "language": {"nb"}}
	for _, lacks := range []string{"to", "consent", "why", "reply", "form"} {
		form := url.Values{}
		for k, v := range full {
			if k != lacks {
				form[k] = v
			}
		}
		if a := c.Post(one, form); a.Status != 400 || !strings.Contains(a.Body, "v-message--error") {
			t.Errorf("without %s: %d", lacks, a.Status)
		}
	}
	if card := d.card(id); len(card.History) != 1 {
		t.Fatalf("something was recorded or opened: %d events", len(card.History))
	}
	pdf := c.Post(one, full)
	if pdf.Status != 200 || pdf.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(pdf.Body, "%PDF-") || !strings.Contains(pdf.Header.Get("Content-Disposition"), id+".pdf") {
		t.Fatalf("%d %v", pdf.Status, pdf.Header)
	}
	full.Set("form", "fhir")
	file := c.Post(one, full)
	if file.Status != 200 || file.Header.Get("Content-Type") != "application/fhir+json" || !strings.Contains(file.Body, "Solveig Nordmann") || !strings.Contains(file.Body, "Sover dårlig.") {
		t.Errorf("%d %s", file.Status, file.Body)
	}
	s := d.card(id).State
	if len(s.Passed) != 2 || s.Passed[0].To != "DPS Nord" || s.Passed[0].Consent != "spoken" || s.Passed[1].Form != "fhir" {
		t.Errorf("%+v", s.Passed)
	}
	// A name in another script is not printed wrongly: nothing is recorded as passed on.
	other := d.ask("王小明")
	full.Set("form", "letter")
	if a := c.Post(base+"/"+other+"/onwards", full); a.Status != 422 || !strings.Contains(a.Text(), "FHIR") || len(d.card(other).State.Passed) != 0 {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

func TestErasingByThePages(t *testing.T) {
	d := newDesk(t)
	id := d.ask("Kari")
	admin := d.As(t, d.handler, access.Actor{ID: "astrid", Name: "Astrid", Role: "administrator"})
	path := base + "/" + id + "/erase"
	for _, lang := range []string{"en", "nb"} {
		admin.Lang = lang
		webtest.CheckHTML(t, "erase "+lang, admin.Get(path).Body)
	}
	admin.Lang = "en"
	if a := admin.Post(path, url.Values{"basis": {"own wish"}}); a.Status != 400 {
		t.Errorf("without a tick: %d", a.Status)
	}
	if a := admin.Post(path, url.Values{"basis": {"own wish"}, "sure": {"yes"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	c := d.as("coordinator")
	if a := c.Get(base + "/" + id); !strings.Contains(a.Text(), "Erased for good") {
		t.Errorf("%s", a.Text())
	}
	if a := c.Get(path); a.Status != 403 {
		t.Errorf("a coordinator erases: %d", a.Status)
	}
}

func TestCapacityPageSaysWhatBinds(t *testing.T) {
	d := newDesk(t)
	c := d.as("coordinator")
	if a := c.Get(base + "/capacity"); !strings.Contains(a.Text(), "The pairs are what binds") || !strings.Contains(a.Text(), "2 pairs can follow 6 people") || strings.Contains(a.Text(), "Annenby") {
		t.Errorf("%s", a.Text())
	}
}
