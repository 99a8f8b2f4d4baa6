package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/webtest"
)

// Without a script, from referral to the first form, through the pages alone.
func TestFromReferralToTheFirstFormWithoutScript(t *testing.T) {
	w := webtest.New(t, true)
	h := serve(t, w)
	c := w.As(t, h, w.Actor("coordinator"))

	list := c.Get(base + "/participants?refer=1")
	form := url.Values{"client": {list.Hidden("client")}, "number.S01": {list.Hidden("number.S01")}}
	form.Set("site", "S01")
	form.Set("channel", "self")
	form.Set("language", "nb")
	first := c.Post(base+"/participants", form)
	page := c.Follow(first)
	if !strings.Contains(page.Text(), "The record of S01-001 has begun") {
		t.Fatalf("after referral: %s", page.Text())
	}
	if again := c.Post(base+"/participants", form); again.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("a form sent twice referred another person: %d %s %s", again.Status, again.Header.Get("Location"), again.Text())
	}

	p := base + "/p/S01-001"
	page = c.Get(p)
	form = page.Form(t, p+"/prescreen")
	form.Set("result", "yes")
	page = c.Follow(c.Post(p+"/prescreen", form))

	doc := &w.Def.Consent.Documents[0]
	action := p + "/consent/" + doc.ID
	form = page.Form(t, action)
	form.Set("signed", "yes")
	wrong := -1
	for i, q := range doc.Questions {
		for _, o := range q.Options {
			if o.Right {
				form.Set("q."+q.ID, o.ID)
			} else if wrong < 0 {
				wrong = i
			}
		}
	}
	bad := url.Values{}
	for k, v := range form {
		bad[k] = v
	}
	for _, o := range doc.Questions[wrong].Options {
		if !o.Right {
			bad.Set("q."+doc.Questions[wrong].ID, o.ID)
		}
	}
	refused := c.Post(action, bad)
	if refused.Status != http.StatusUnprocessableEntity || !strings.Contains(refused.Text(), "talk about") {
		t.Errorf("a wrong answer: %d %s", refused.Status, refused.Text())
	}
	webtest.CheckHTML(t, "consent refused", refused.Body)
	if kept := refused.Form(t, action); kept.Get("signed") != "yes" || kept.Get("q."+doc.Questions[wrong].ID) != bad.Get("q."+doc.Questions[wrong].ID) {
		t.Errorf("the refused form lost its answers: %v", kept)
	}
	page = c.Follow(c.Post(action, form))
	if !strings.Contains(page.Text(), "The consent is recorded") {
		t.Fatalf("after consent: %s", page.Text())
	}
	for _, d := range w.Def.Consent.Documents[1:] {
		if !d.Required {
			continue
		}
		action := p + "/consent/" + d.ID
		form = page.Form(t, action)
		form.Set("signed", "yes")
		for _, q := range d.Questions {
			for _, o := range q.Options {
				if o.Right {
					form.Set("q."+q.ID, o.ID)
				}
			}
		}
		page = c.Follow(c.Post(action, form))
	}

	talk := p + "/f/PS/prescreen"
	form = c.Get(talk).Form(t, talk)
	questions, _ := w.Def.Form("prescreen")
	for _, item := range questions.Items {
		if item.Required && item.Type == instrument.Boolean {
			form.Set("i."+item.ID, "true")
		}
	}
	page = c.Follow(c.Post(talk, form))
	for strings.Contains(page.Text(), "still missing") {
		t.Fatalf("the first conversation: %s", page.Text())
	}

	w.Pass(26 * time.Hour)
	page = c.Get(p)
	form = page.Form(t, p+"/v/V0/hold")
	page = c.Follow(c.Post(p+"/v/V0/hold", form))
	if !strings.Contains(page.Text(), "recorded as held") {
		t.Fatalf("after holding V0: %s", page.Text())
	}

	at := p + "/f/V0/gad7"
	form = c.Get(at).Form(t, at)
	def, _ := w.Def.Form("gad7")
	for _, item := range def.Items {
		if item.Required {
			form.Set("i."+item.ID, "2")
		}
	}
	page = c.Follow(c.Post(at, form))
	if text := page.Text(); !strings.Contains(text, "Saved.") || !strings.Contains(text, "complete") || !strings.Contains(text, "14") {
		t.Errorf("after saving: %s", text)
	}
	s := state(t, w, "S01-001")
	if f := s.Form("V0", "gad7", 0); !f.Complete() || f.Version != 1 {
		t.Errorf("the record is %+v", f)
	}
	// Sent a second time, it is not written a second time.
	if a := c.Post(at, form); a.Status != http.StatusSeeOther {
		t.Errorf("sent twice: %d %s", a.Status, a.Text())
	}
	if f := state(t, w, "S01-001").Form("V0", "gad7", 0); f.Version != 1 {
		t.Errorf("sent twice, the record has version %d", f.Version)
	}
}

func state(t testing.TB, w *webtest.World, id string) *study.State {
	t.Helper()
	s, err := w.App.Participant(t.Context(), w.Actor("coordinator"), webtest.Study, id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// held is a participant at the screening visit, and the address of a form there.
func held(t testing.TB, w *webtest.World) string {
	t.Helper()
	id := w.Consent(t)
	w.Pass(24 * time.Hour)
	w.Do(t, w.Actor("coordinator"), study.HoldVisit{On: study.On{Participant: id}, Visit: "V0"})
	return id
}

func TestOddAnswersAreKeptAndAskedAbout(t *testing.T) {
	w := webtest.New(t, false)
	c := w.As(t, serve(t, w), w.Actor("coordinator"))
	id := held(t, w)
	at := base + "/p/" + id + "/f/V0/demographics"
	form := c.Get(at).Form(t, at)
	form.Set("i.age", "130")
	form.Set("i.ptsd_years", "12,5")
	page := c.Follow(c.Post(at, form))
	if !strings.Contains(page.Text(), "asked about") || !strings.Contains(page.Text(), "outside the expected range") {
		t.Errorf("an odd age: %s", page.Text())
	}
	s := state(t, w, id)
	f := s.Form("V0", "demographics", 0)
	if f == nil || f.Values["age"].Text() != "130" || s.OpenQueries() == 0 {
		t.Fatalf("record %+v with %d queries", f, s.OpenQueries())
	}
	if got := f.Values["ptsd_years"].Text(); got != "12.5" {
		t.Errorf("12,5 is kept as %q", got)
	}

	// A correction without a reason is not saved, and nothing typed is lost.
	form = c.Get(at).Form(t, at)
	form.Set("i.age", "31")
	a := c.Post(at, form)
	if a.Status != http.StatusBadRequest || !strings.Contains(a.Text(), "say why") || a.Form(t, at).Get("i.age") != "31" {
		t.Errorf("a correction without a reason: %d %s", a.Status, a.Text())
	}
	form = a.Form(t, at)
	form.Set("reason", "typing error")
	c.Follow(c.Post(at, form))
	s = state(t, w, id)
	if s.Form("V0", "demographics", 0).Values["age"].Text() != "31" || s.OpenQueries() != 0 {
		t.Errorf("after the correction: %v, %d queries", s.Form("V0", "demographics", 0).Values["age"], s.OpenQueries())
	}
	if text := c.Get(at).Text(); !strings.Contains(text, "Versions of this record") || !strings.Contains(text, "typing error") {
		t.Errorf("the history is missing: %s", text)
	}

	// What cannot be read is not saved; it stands in the field with its fault.
	form = c.Get(at).Form(t, at)
	form.Set("i.ptsd_years", "tall")
	a = c.Post(at, form)
	if a.Status != http.StatusBadRequest || a.Form(t, at).Get("i.ptsd_years") != "tall" || !strings.Contains(a.Body, `href="#f-i-ptsd_years"`) {
		t.Errorf("a word for a number: %d %s", a.Status, a.Text())
	}
	webtest.CheckHTML(t, "fault", a.Body)
	form.Set("i.unknown", "1")
	if a = c.Post(at, form); a.Status != http.StatusBadRequest || !strings.Contains(a.Text(), "items.unknown") {
		t.Errorf("an unknown item: %d %s", a.Status, a.Text())
	}
}

func TestAbsentWithReason(t *testing.T) {
	w := webtest.New(t, false)
	c := w.As(t, serve(t, w), w.Actor("coordinator"))
	id := held(t, w)
	at := base + "/p/" + id + "/f/V0/demographics"
	form := c.Get(at).Form(t, at)
	form.Set("a.ptsd_years", "refused")
	c.Follow(c.Post(at, form))
	if v := state(t, w, id).Form("V0", "demographics", 0).Values["ptsd_years"]; v.Reason() != "refused" {
		t.Errorf("ptsd_years is %v", v)
	}
	form = c.Get(at).Form(t, at)
	form.Set("i.ptsd_years", "18")
	form.Set("a.ptsd_years", "refused")
	if a := c.Post(at, form); a.Status != http.StatusBadRequest || !strings.Contains(a.Text(), "both an answer and a reason") {
		t.Errorf("answer and reason: %d %s", a.Status, a.Text())
	}
	form.Set("a.ptsd_years", "because")
	form.Set("i.ptsd_years", "")
	if a := c.Post(at, form); a.Status != http.StatusBadRequest {
		t.Errorf("an unknown reason: %d", a.Status)
	}
	form.Set("a.ptsd_years", "")
	form.Set("i.ptsd_years", "18")
	form.Set("reason", "asked again")
	c.Follow(c.Post(at, form))
	if v := state(t, w, id).Form("V0", "demographics", 0).Values["ptsd_years"]; v.Text() != "18" {
		t.Errorf("ptsd_years is %v", v)
	}
}

func TestTwoPeopleAtOneForm(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	kari, per := w.As(t, h, w.Actor("coordinator")), w.As(t, h, w.Actor("physician"))
	id := held(t, w)
	at := base + "/p/" + id + "/f/V0/demographics"
	form := kari.Get(at).Form(t, at)
	form.Set("i.age", "31")
	form.Set("i.ptsd_years", "17")
	kari.Follow(kari.Post(at, form))

	mine, theirs := kari.Get(at).Form(t, at), per.Get(at).Form(t, at)
	theirs.Set("i.age", "32")
	theirs.Set("reason", "asked again")
	per.Follow(per.Post(at, theirs))
	mine.Set("i.age", "33")
	mine.Set("i.prior_therapies", "7")
	mine.Set("reason", "from the passport")
	a := kari.Post(at, mine)
	if a.Status != http.StatusConflict || !strings.Contains(a.Text(), "Meanwhile saved by somebody else: 32") {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	webtest.CheckHTML(t, "stale", a.Body)
	again := a.Form(t, at)
	if again.Get("i.age") != "33" || again.Get("i.prior_therapies") != "7" || again.Get("version") != "2" {
		t.Fatalf("the conflict page holds %v", again)
	}
	again.Set("reason", "from the passport")
	kari.Follow(kari.Post(at, again))
	f := state(t, w, id).Form("V0", "demographics", 0)
	if f.Values["age"].Text() != "33" || f.Values["prior_therapies"].Text() != "7" || f.Values["ptsd_years"].Text() != "17" {
		t.Errorf("the record is %v", f.Values)
	}
}

// What one did not touch is never written back over what another has saved.
func TestUntouchedAnswersAreLeftAlone(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	kari, per := w.As(t, h, w.Actor("coordinator")), w.As(t, h, w.Actor("physician"))
	id := held(t, w)
	at := base + "/p/" + id + "/f/V0/demographics"
	form := kari.Get(at).Form(t, at)
	form.Set("i.age", "31")
	kari.Follow(kari.Post(at, form))
	mine, theirs := kari.Get(at).Form(t, at), per.Get(at).Form(t, at)
	theirs.Set("i.age", "32")
	theirs.Set("reason", "asked again")
	per.Follow(per.Post(at, theirs))
	mine.Set("i.prior_therapies", "7")
	a := kari.Post(at, mine)
	if a.Status != http.StatusConflict {
		t.Fatalf("status %d", a.Status)
	}
	kari.Follow(kari.Post(at, a.Form(t, at)))
	f := state(t, w, id).Form("V0", "demographics", 0)
	if f.Values["age"].Text() != "32" || f.Values["prior_therapies"].Text() != "7" {
		t.Errorf("the record is %v", f.Values)
	}
}

func TestLiveCheckAnswersTheFormOnly(t *testing.T) {
	w := webtest.New(t, false)
	c := w.As(t, serve(t, w), w.Actor("coordinator"))
	id := held(t, w)
	at := base + "/p/" + id + "/f/V0/demographics"
	form := c.Get(at).Form(t, at)
	form.Set("i.age", "130")
	a := c.Post(at+"/check", form)
	if a.Status != http.StatusOK || strings.Contains(a.Body, "<html") || !strings.HasPrefix(a.Body, "<form") {
		t.Fatalf("status %d: %.200s", a.Status, a.Body)
	}
	if !strings.Contains(a.Body, "outside the expected range") {
		t.Errorf("the doubt is not shown: %s", a.Text())
	}
	webtest.CheckHTML(t, "check", a.Body)
	if state(t, w, id).Form("V0", "demographics", 0) != nil {
		t.Error("a check saved something")
	}
}

func TestRefusalsInPlainWords(t *testing.T) {
	w := webtest.New(t, false)
	h := serve(t, w)
	c := w.As(t, h, w.Actor("coordinator"))
	id := w.Consent(t)
	p := base + "/p/" + id
	for _, x := range []struct {
		path string
		form url.Values
		want int
		say  string
	}{
		{"/v/V5/hold", nil, 422, "session room"},
		{"/v/V6/hold", nil, 422, "comes after"},
		{"/v/V0/plan", url.Values{"time": {"yesterday"}}, 400, "2026-02-03T14:05"},
		{"/v/V0/plan", nil, 400, "give the day and time"},
		{"/v/V0/hold", url.Values{"at": {"2099-01-01T10:00"}}, 400, "in the future"},
		{"/withdraw", url.Values{"sure": {"yes"}, "reason": {"unheard-of"}}, 400, "choose one"},
		{"/withdraw", url.Values{"reason": {"own-wish"}}, 400, "tick the box"},
		{"/lost", url.Values{"sure": {"yes"}, "attempts": {"1"}}, 400, "three times"},
		{"/randomise", url.Values{"sure": {"yes"}}, 422, "after enrolment"},
		{"/query/Q9", url.Values{"answer": {"so"}}, 404, "no such query"},
		{"/alert/A9", url.Values{"action": {"so"}}, 404, ""},
		{"/report/none/1", url.Values{"reference": {"so"}}, 404, ""},
		{"/f/-/ae/new", url.Values{"version": {"x"}}, 400, "whole number"},
	} {
		a := c.Post(p+x.path, x.form)
		if a.Status != x.want || !strings.Contains(strings.ToLower(a.Text()), strings.ToLower(x.say)) {
			t.Errorf("%s %v: %d, want %d with %q: %s", x.path, x.form, a.Status, x.want, x.say, a.Text())
		}
		webtest.CheckHTML(t, x.path, a.Body)
	}
	big := c.Post(p+"/deviation", url.Values{"text": {strings.Repeat("x", 2<<20)}})
	if big.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("two megabytes: %d", big.Status)
	}
}

func TestEndingWhatIsAskedOfAPerson(t *testing.T) {
	w := webtest.New(t, false)
	c := w.As(t, serve(t, w), w.Actor("coordinator"))
	id := w.Consent(t)
	p := base + "/p/" + id
	form := c.Get(p).Form(t, p+"/withdraw")
	form.Set("reason", "own-wish")
	form.Set("sure", "yes")
	page := c.Follow(c.Post(p+"/withdraw", form))
	if !strings.Contains(page.Text(), "has left the study") || state(t, w, id).Status() != study.StatusWithdrawn {
		t.Errorf("after withdrawing: %s", page.Text())
	}
}

func FuzzPosts(f *testing.F) {
	w := webtest.New(f, true)
	h := serve(f, w)
	id := held(f, w)
	c := w.As(f, h, w.Actor("coordinator"))
	paths := []string{"/participants", "/p/" + id + "/prescreen", "/p/" + id + "/consent/main", "/p/" + id + "/gate/screening", "/p/" + id + "/v/V0/plan", "/p/" + id + "/v/V0/miss",
		"/p/" + id + "/query", "/p/" + id + "/deviation", "/p/" + id + "/f/V0/lec5", "/p/" + id + "/f/V0/demographics/check", "/p/" + id + "/f/-/ae/new", "/p/" + id + "/f/-/conmed/new/check", "/p/" + id + "/lost"}
	f.Add(uint8(0), "site=S01&channel=self&language=nb")
	f.Add(uint8(4), "time=2026-02-03T14:05")
	f.Add(uint8(8), "version=0&p.lec5_01=1&i.lec5_01=happened&b.lec5_01=")
	f.Add(uint8(9), "i.age=%F0%9F%98%80&a.age=refused&b.age=absent:x&version=-1")
	f.Add(uint8(10), "i.onset=2026-02-30T25:61&i.term=%00&client=x&slot=../../&return=//evil")
	f.Add(uint8(6), "visit=V0&form=phq9&item=x&repeat=99999999999&text=%ff")
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		r, err := http.NewRequest(http.MethodPost, base+paths[int(which)%len(paths)], strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		a := c.Send(r)
		if a.Status >= 500 {
			t.Errorf("%s %q: %d", r.URL.Path, body, a.Status)
		}
		if to := a.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
			t.Errorf("%q leads away to %q", body, to)
		}
	})
}
