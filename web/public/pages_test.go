package public

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"varde/app"
	"varde/content"
	"varde/study"
	"varde/web/page"
	"varde/web/static"
	"varde/web/ui/locale"
	"varde/web/webtest"
)

// fakeIntake is a clinic with as much room as a test says.
type fakeIntake struct {
	openings []app.Openings
	got      []app.ReferralIn
	study    string
	client   string
	refuse   error
}

func (f *fakeIntake) Openings(context.Context) ([]app.Openings, error) { return f.openings, nil }

func (f *fakeIntake) ReceiveReferral(_ context.Context, studyID string, in app.ReferralIn, client string) (app.ReferralReceipt, error) {
	if f.refuse != nil {
		return app.ReferralReceipt{}, f.refuse
	}
	f.got, f.study, f.client = append(f.got, in), studyID, client
	r := app.ReferralReceipt{Referral: "R-2F7K9Q", Open: f.openings[0].Sites[0].Open, Wait: f.openings[0].Sites[0].Wait}
	return r, nil
}

func clinic(open bool) *fakeIntake {
	day := 24 * time.Hour
	wait := study.Wait{Known: true, Low: 20 * day, Mid: 100 * day, High: 300 * day}
	return &fakeIntake{openings: []app.Openings{{Study: "practice", Title: "Practice", Recruiting: true, Sites: []app.SiteOpenings{
		{Site: "S01", Name: "Testby", Country: "NO", Open: open, Wait: wait}, {Site: "S02", Name: "Annenby", Country: "NO", Wait: wait}}}}}
}

// stranger opens the public pages of a world with a clinic.
func stranger(t *testing.T, intake Intake) (*webtest.World, *webtest.Client) {
	t.Helper()
	w := webtest.New(t, true)
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Module(Config{Intake: intake})
	if err != nil {
		t.Fatal(err)
	}
	desk, err := page.New(page.Config{App: w.App, Catalog: catalog, Static: files}, m)
	if err != nil {
		t.Fatal(err)
	}
	return w, webtest.Visitor(t, desk)
}

// away is a link to another site, as it must be written.
var away = regexp.MustCompile(`<a class="p-away" href="https://[^"]*" rel="noopener noreferrer">`)

// figure is a chart, which has a checker of its own.
var figure = regexp.MustCompile(`(?s)<svg.*?</svg>`)

// sound checks a page as far as that goes without a browser.
func sound(t *testing.T, path string, a webtest.Answer) {
	t.Helper()
	webtest.CheckHTML(t, path, figure.ReplaceAllString(away.ReplaceAllString(a.Body, `<a href="/away">`), ""))
	if n := strings.Count(a.Body, "<h1"); n != 1 {
		t.Errorf("%s has %d headings of the first rank", path, n)
	}
	if a.Header.Get("Set-Cookie") != "" {
		t.Errorf("%s sets a cookie", path)
	}
	if strings.Contains(a.Body, "public.") && regexp.MustCompile(`>[^<]*\bpublic\.[a-z]`).MatchString(a.Body) {
		t.Errorf("%s shows the key of a message", path)
	}
	if w := content.Forbidden(a.Text()); w != "" {
		t.Errorf("%s says %q", path, w)
	}
	for _, c := range []string{"113", "116 123"} {
		if !strings.Contains(a.Body, c) {
			t.Errorf("%s does not say where to call in an emergency", path)
		}
	}
}

func allPaths() []string {
	paths := []string{"/", "/self-check/paper", "/referral/professional"}
	for _, id := range content.PageIDs[1:] {
		paths = append(paths, "/"+id)
	}
	return paths
}

func TestEveryPageInBothLanguages(t *testing.T) {
	_, v := stranger(t, clinic(true))
	titles := map[string]string{}
	for _, lang := range content.Languages {
		for _, path := range allPaths() {
			a := v.Get("/" + lang + path)
			if a.Status != http.StatusOK {
				t.Errorf("/%s%s: %d: %s", lang, path, a.Status, a.Text())
				continue
			}
			sound(t, "/"+lang+path, a)
			if !strings.Contains(a.Body, `<html lang="`+lang+`"`) || !strings.Contains(a.Body, `hreflang="nb" href="/nb`+path) {
				t.Errorf("/%s%s is not in its language, or does not lead to the other", lang, path)
			}
			title := regexp.MustCompile(`<title>([^<]*)`).FindStringSubmatch(a.Body)[1]
			if lang == "nb" && title == titles[path] {
				t.Errorf("%s has one title in both languages: %s", path, title)
			}
			titles[path] = title
			kept := strings.Contains(a.Header.Get("Cache-Control"), "public")
			if private := strings.HasPrefix(path, "/referral") || path == "/self-check"; kept == private {
				t.Errorf("%s: Cache-Control %q", path, a.Header.Get("Cache-Control"))
			}
		}
	}
	if a := v.Get("/nb/nothing"); a.Status != http.StatusNotFound || !strings.Contains(a.Text(), "finnes") {
		t.Errorf("a page that is not there: %d %s", a.Status, a.Text())
	}
}

// The same bytes go to everybody: whoever is signed in is a stranger here.
func TestTheSameForEverybody(t *testing.T) {
	w, v := stranger(t, clinic(true))
	plain := v.Get("/en/ptsd")
	v.SetCookie("varde-session", webtest.Enter(t, w.App, webtest.Study, w.Actor("coordinator")))
	v.SetCookie("varde-theme", "dark")
	v.SetCookie("varde-lang", "nb")
	if a := v.Get("/en/ptsd"); a.Body != plain.Body {
		t.Error("somebody who is signed in gets another page")
	}
}

func TestStaleEntriesAreMarkedByThemselves(t *testing.T) {
	w, v := stranger(t, clinic(true))
	if a := v.Get("/en/options"); strings.Contains(a.Body, "May be out of date") || !strings.Contains(a.Text(), "Not yet checked by this clinic") {
		t.Error("fresh entries are marked, or nobody is told that the clinic has not checked them")
	}
	w.Pass(2 * 365 * 24 * time.Hour)
	if a := v.Get("/en/options"); !strings.Contains(a.Body, "May be out of date") {
		t.Error("old entries are not marked")
	}
}

func TestEvidenceMarksWhatWasRetracted(t *testing.T) {
	_, v := stranger(t, clinic(true))
	for lang, words := range map[string][]string{
		"en": {"Retracted 10 August 2024", "Protocol violations", "Mithoefer MC", "Jerome L", "Feduccia AA", "a waiting list", "the same therapy with placebo", "do not say which helps more", "0.71 (0.47 to 0.95)", "Refused"},
		"nb": {"Trukket tilbake 10. august 2024", "venteliste", "samme terapi med placebo", "sier ikke hva som hjelper mest", "0,71 (0,47 til 0,95)", "Avslag", "45 av 52"},
	} {
		text := v.Get("/" + lang + "/evidence").Text()
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the page does not say %q", lang, w)
			}
		}
		if regexp.MustCompile(`(?i)MDMA[^.]{0,60}\b(beats|is better than|works better than|slår|er bedre enn)\b`).MatchString(text) {
			t.Errorf("%s: one treatment is set above another", lang)
		}
	}
}

// filled is a referral as somebody writes it.
func filled(t *testing.T, v *webtest.Client, path string) url.Values {
	t.Helper()
	a := v.Get(path)
	form := a.Form(t, path)
	for name, value := range map[string]string{"name": "Kari Nordmann", "phone": "912 34 567", "consent": "yes", "wait": "yes", "message": "<b>I cannot sleep</b>", "safe": "Only by text", "selfCheck": "PCL-5: 45 of 80"} {
		form.Set(name, value)
	}
	if strings.Contains(path, "professional") {
		form.Set("referrer", "Dr. Per Lege")
		form.Set("referrerAt", "per@example.org")
	}
	return form
}

func TestAReferralIsSentOnce(t *testing.T) {
	intake := clinic(true)
	w, v := stranger(t, intake)
	for _, path := range []string{"/en/referral", "/nb/referral", "/en/referral/professional", "/nb/referral/professional"} {
		intake.got = nil
		form := filled(t, v, path)
		w.Pass(time.Minute)
		a := v.Post(path, form)
		if a.Status != http.StatusOK || !strings.Contains(a.Text(), "R-2F7K9Q") {
			t.Fatalf("%s: %d %s", path, a.Status, a.Text())
		}
		sound(t, path, a)
		if len(intake.got) != 1 || intake.client != form.Get("client") || intake.client == "" || intake.study != "practice" {
			t.Fatalf("%s: %+v", path, intake)
		}
		in := intake.got[0]
		channel := "self"
		if strings.Contains(path, "professional") {
			channel = "professional"
		}
		if in.Channel != channel || in.Name != "Kari Nordmann" || in.Phone != "+47 912 34 567" || !in.Consent || !in.Wait || in.SelfCheck != "PCL-5: 45 of 80" || in.Language != path[1:3] || in.Format != "page" || in.Message != "<b>I cannot sleep</b>" {
			t.Errorf("%s: %+v", path, in)
		}
		if strings.Contains(a.Body, "Kari") || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: the receipt names somebody, or a cookie was set", path)
		}
	}
}

func TestEveryBadFieldIsNamedAndNothingIsLost(t *testing.T) {
	intake := clinic(true)
	w, v := stranger(t, intake)
	form := v.Get("/en/referral/professional").Form(t, "/en/referral/professional")
	form.Set("message", "much that was written with effort")
	form.Set("site", "practice|S99")
	w.Pass(time.Minute)
	a := v.Post("/en/referral/professional", form)
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", a.Status)
	}
	sound(t, "with faults", a)
	for _, field := range []string{"referrer", "referrerAt", "name", "phone", "consent", "site"} {
		if !strings.Contains(a.Body, `href="#f-`+field+`"`) {
			t.Errorf("%s is not named", field)
		}
	}
	if !strings.Contains(a.Body, "much that was written with effort") {
		t.Error("what was written is lost")
	}
	// What the use case refuses is shown at its field.
	form = filled(t, v, "/en/referral")
	w.Pass(time.Minute)
	intake.refuse = &study.Refusal{Kind: study.Invalid, Field: "phone", Code: "bad-phone", Text: study.Text{EN: "that is no phone number", NB: "det er ikke et telefonnummer"}}
	if a := v.Post("/en/referral", form); a.Status != http.StatusBadRequest || !strings.Contains(a.Text(), "That is no phone number") || !strings.Contains(a.Body, "Kari Nordmann") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	intake.refuse = &study.Refusal{Kind: study.Against, Code: "recruitment-closed", Text: study.Text{EN: "nobody is taken in", NB: "ingen tas inn"}}
	if a := v.Post("/en/referral", form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Kari Nordmann") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	intake.refuse = errors.New("disk full")
	if a := v.Post("/en/referral", form); a.Status != http.StatusInternalServerError || strings.Contains(a.Body, "disk full") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

func TestTheDoorIsOpenFullOrClosed(t *testing.T) {
	intake := clinic(true)
	_, v := stranger(t, intake)
	if a := v.Get("/en/referral"); !strings.Contains(a.Body, `data-door="open"`) || strings.Contains(a.Text(), "One in ten") {
		t.Errorf("open: %s", a.Text())
	}
	intake.openings = clinic(false).openings
	a := v.Get("/en/referral")
	if !strings.Contains(a.Body, `data-door="full"`) || !strings.Contains(a.Text(), "Half of those who join now will probably wait less than 4 months. One in ten waits less than 3 weeks, and one in ten longer than 10 months") {
		t.Errorf("full: %s", a.Text())
	}
	if strings.Index(a.Body, `data-door="full"`) > strings.Index(a.Body, "<form class=\"v-form\"") {
		t.Error("that it is full is not said first")
	}
	a = v.Get("/nb/referral")
	if !strings.Contains(a.Text(), "venter trolig mindre enn 4 måneder") {
		t.Errorf("full: %s", a.Text())
	}
	intake.openings[0].Recruiting = false
	a = v.Get("/en/referral")
	if !strings.Contains(a.Body, `data-door="closed"`) || strings.Contains(a.Body, `name="consent"`) {
		t.Errorf("closed: %s", a.Text())
	}
	if a := v.Post("/en/referral", url.Values{"name": {"x"}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("sent to a closed door: %d", a.Status)
	}
}

// What comes too fast, too late, too often or from elsewhere is not taken, and says so.
func TestFloodsAreKeptOut(t *testing.T) {
	intake := clinic(true)
	w, v := stranger(t, intake)
	form := filled(t, v, "/en/referral")
	for name, wait := range map[string]time.Duration{"at once": 0, "too late": 49 * time.Hour} {
		form = filled(t, v, "/en/referral")
		w.Pass(wait)
		if a := v.Post("/en/referral", form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Kari Nordmann") {
			t.Errorf("%s: %d", name, a.Status)
		} else if form.Set("stamp", a.Hidden("stamp")); form.Get("stamp") == "" {
			t.Errorf("%s: no way to send it again", name)
		}
	}
	w.Pass(time.Minute)
	forged := url.Values{}
	for k, x := range form {
		forged[k] = x
	}
	forged.Set("stamp", "zzzz.AAAA")
	if a := v.Post("/en/referral", forged); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a stamp that is not ours: %d", a.Status)
	}
	if len(intake.got) != 0 {
		t.Fatalf("%d were taken", len(intake.got))
	}
	for i := range mostOwn {
		if a := v.Post("/en/referral", form); a.Status != http.StatusOK {
			t.Fatalf("number %d: %d %s", i, a.Status, a.Text())
		}
	}
	a := v.Post("/en/referral", form)
	if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "Kari Nordmann") {
		t.Errorf("%d %v", a.Status, a.Header)
	}
	w.Pass(window)
	if a := v.Post("/en/referral", form); a.Status != http.StatusOK {
		t.Errorf("an hour later: %d", a.Status)
	}
	form.Set("message", strings.Repeat("x", 70_000))
	if a := v.Post("/en/referral", form); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a very long one: %d", a.Status)
	}
}
