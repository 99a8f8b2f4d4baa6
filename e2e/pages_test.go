package e2e

import (
	"fmt"
	"strings"
	"testing"

	"varde/access"
	"varde/app"
	"varde/protocol"
	"varde/study"
)

// mainPages are the pages that a coordinator of a study under way turns to, and
// the result of the one that is over.
func mainPages(t *testing.T, s *site) []string {
	t.Helper()
	person, session := somebody(t, s)
	pages := []string{"/home", "/signin", "/s/live/today", "/s/live/participants", "/s/live/p/" + person, "/s/live/p/" + person + "/v/V1",
		"/s/live/p/" + person + "/f/V0/pcl5", "/s/live/sessions", "/s/live/", "/s/live/audit", "/s/live/audit/" + person}
	return append(pages, session)
}

// somebody answers a participant who is far on, and the address of a session room.
func somebody(t *testing.T, s *site) (id, session string) {
	t.Helper()
	auditor := access.Actor{ID: "e2e", Name: "E2E", Role: "auditor"}
	var site string
	for _, a := range s.app.DemoActors(t.Context(), live) {
		if a.Role == "coordinator" && len(a.Sites) > 0 {
			site = a.Sites[0]
		}
	}
	rows, _, err := s.app.Participants(t.Context(), auditor, live, app.ListQuery{Site: site, Limit: 500})
	if err != nil || len(rows) == 0 {
		t.Fatalf("nobody is in the study under way: %v", err)
	}
	best := rows[0]
	for _, r := range rows {
		if !r.Status.Gone() && (r.Doses > best.Doses || r.Doses == best.Doses && r.VisitsHeld > best.VisitsHeld || best.Status.Gone()) {
			best = r
		}
	}
	st, err := s.app.Participant(t.Context(), auditor, live, best.ID)
	if err != nil {
		t.Fatal(err)
	}
	if st.Reached[study.Randomised].IsZero() {
		t.Fatalf("nobody at %s is randomised: the demonstration has too little to show", site)
	}
	def := s.definition(t, live)
	for i := range def.Visits {
		if def.Visits[i].Kind == protocol.Session && (session == "" || !st.Visits[i].Held.IsZero()) {
			session = "/s/live/p/" + best.ID + "/session/" + def.Visits[i].ID
		}
	}
	return best.ID, session
}

// Every main page is there in both languages, fits a phone without being pushed
// sideways, names its language, and has one heading.
func TestMainPagesInBothLanguagesOnAPhone(t *testing.T) {
	chromium(t)
	s := newSite(t, 2)
	b := newBrowser(t, s.base)
	b.signIn(live, "coordinator")
	pages := mainPages(t, s)
	titles := map[string]string{}
	for _, lang := range []string{"en", "nb"} {
		b.open("/s/live/today")
		if b.eval(`document.documentElement.lang`) != lang {
			b.size(1280, 900)
			b.click(`.v-header__tools button[name="lang"]`)
		}
		b.size(360, 740)
		for _, p := range pages {
			b.open(p)
			b.looksRight(lang)
			title := b.eval(`document.title`)
			if lang == "nb" && title == titles[p] && !strings.Contains(p, "/p/") && p != "/home" {
				t.Errorf("%s has the same title in both languages: %s", p, title)
			}
			titles[p] = title
		}
	}
	// The result of the study that is over.
	b.signIn(over, "statistician")
	b.open("/s/demo/result")
	b.looksRight("nb")
	if !b.has("main svg") {
		t.Error("the result has no figures")
	}
	b.press(`#cut a[href*="result/again"]`)
	b.until(`location.pathname.includes("/result/again/")`)
	b.looksRight("nb")
	if !strings.Contains(b.eval(`document.querySelector("main").innerText`), "Det samme resultatet, byte for byte") {
		t.Error("the result was not made again to the byte")
	}
	b.twoPictures("result-again")
}

func (b *browser) looksRight(lang string) {
	b.t.Helper()
	at := b.path()
	if got := b.eval(`document.documentElement.lang`); got != lang {
		b.t.Errorf("%s is in %q, want %q", at, got, lang)
	}
	if got := b.eval(`String(document.querySelectorAll("h1").length)`); got != "1" {
		b.t.Errorf("%s has %s headings of the first rank, want 1", at, got)
	}
	if wide := b.eval(`String(document.documentElement.scrollWidth > document.documentElement.clientWidth)`); wide == "true" {
		b.t.Errorf("%s is wider than a phone: %s", at, b.eval(`[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("[class*=scroll], .v-table, .v-nav")).slice(0, 4).map((e) => e.tagName + "." + e.className).join(", ")`))
	}
	// A message that has no translation shows its key. The audit trail shows types
	// of events, which look alike.
	if raw := b.eval(`(document.body.innerText.match(/\b(clinic|audit|room|result|web|page|ui)\.[a-z]+(\.[a-z]+)*\b/) || [""])[0]`); raw != "" {
		b.t.Errorf("%s shows the key of a message: %s", at, raw)
	}
}

// Without JavaScript a form is filled in and saved all the same.
func TestEntryWithoutJavaScript(t *testing.T) {
	chromium(t)
	s := newSite(t, 2)
	b := newBrowser(t, s.base)
	b.signIn(live, "coordinator")
	b.script(false)
	def := s.definition(t, live)
	person := b.freshPerson()
	b.open(fmt.Sprintf("/s/live/p/%s/f/PS/prescreen", person))
	if b.has("html.v-scripted") {
		t.Fatal("scripts still run")
	}
	for id, answer := range answers(t, def, "prescreen", "PS", s.clock.Now()) {
		b.press(fmt.Sprintf(`input[name="i.%s"][value=%q]`, id, answer))
	}
	b.click(`#entry button[value="save"]`)
	st, err := s.app.Participant(t.Context(), access.Actor{ID: "e2e", Name: "E2E", Role: "auditor"}, live, person)
	if err != nil {
		t.Fatal(err)
	}
	if f := st.Form("PS", "prescreen", 0); f == nil || !f.Complete() {
		t.Errorf("the form was not saved: %+v", f)
	}
}
