package participant_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/study"
	"varde/web"
	"varde/web/session/trialtest"
	"varde/web/webtest"
)

const me = "/s/" + webtest.Study + "/me"

// life is a world with somebody who takes part, and their browser.
type life struct {
	*webtest.World
	t       *testing.T
	id      string
	handler http.Handler
	own     *webtest.Client
}

func newLife(t *testing.T, id func(*webtest.World) string) *life {
	t.Helper()
	w := webtest.New(t, false)
	l := &life{World: w, t: t, id: id(w)}
	var err error
	if l.handler, err = web.New(web.Config{App: w.App}); err != nil {
		t.Fatal(err)
	}
	l.own = l.as(access.Actor{ID: "own-" + l.id, Name: "", Role: "participant", Study: webtest.Study, Participant: l.id})
	return l
}

func (l *life) as(a access.Actor) *webtest.Client {
	return webtest.SignedIn(l.t, l.handler, l.App, webtest.Study, a)
}

func prescreened(t *testing.T) func(*webtest.World) string {
	return func(w *webtest.World) string {
		id := w.Refer(t)
		w.Do(t, w.Actor("coordinator"), study.Prescreen{On: study.On{Participant: id}, Passed: true})
		return id
	}
}

func consented(t *testing.T) func(*webtest.World) string {
	return func(w *webtest.World) string {
		id := w.Consent(t)
		w.Do(t, w.Actor("coordinator"), study.PlanVisit{On: study.On{Participant: id}, Visit: "V0", Time: w.Now().Add(26 * time.Hour)})
		return id
	}
}

// all are the pages that are there at any time.
var all = []string{"", "/more", "/consent", "/consent/main", "/consent/main?at=5", "/consent/main?q=1", "/consent/main/copy", "/consent/recording", "/questions", "/prepare", "/session-day",
	"/after", "/call", "/diary", "/messages", "/curves", "/concern", "/data", "/data/answers", "/data/contact", "/data/reminders", "/leave", "/leave?way=all", "/q/V0/pcl5", "/q/V0/pcl5?go=1", "/q/V0/pcl5?review=1"}

var keyShown = regexp.MustCompile(`>[^<]*\bme\.[a-z]+(\.[a-z]+)*\b[^<]*<`)

// Every page is whole, small, in both languages, and has help in a crisis that can be
// dialled; before consent and after it.
func TestEveryPageIsWhole(t *testing.T) {
	for name, id := range map[string]func(*webtest.World) string{"before consent": prescreened(t), "consented": consented(t)} {
		l := newLife(t, id)
		for _, lang := range []string{"en", "nb"} {
			l.own.Lang = lang
			for _, p := range all {
				a := l.own.Get(me + p)
				where := name + " " + lang + " " + p
				if a.Status != http.StatusOK {
					t.Errorf("%s: status %d: %s", where, a.Status, a.Text())
					continue
				}
				webtest.CheckHTML(t, where, a.Body)
				if m := keyShown.FindString(a.Body); m != "" {
					t.Errorf("%s: a key instead of words: %s", where, m)
				}
				if len(a.Body) > 100<<10 {
					t.Errorf("%s: %d bytes", where, len(a.Body))
				}
				if n := strings.Count(a.Body, "<h1"); n != 1 {
					t.Errorf("%s: %d first headings", where, n)
				}
				for _, dial := range []string{`href="tel:113"`, `href="tel:116123"`, `href="tel:116117"`} {
					if !strings.Contains(a.Body, dial) {
						t.Errorf("%s: help cannot be dialled by %s", where, dial)
					}
				}
				if strings.Contains(strings.SplitN(a.Body, "</head>", 2)[1], l.id) {
					t.Errorf("%s: shows the participant's number", where)
				}
			}
		}
	}
}

// Nobody but a participant comes here, and nobody comes to another's.
func TestPagesAreOnesOwn(t *testing.T) {
	l := newLife(t, consented(t))
	for _, role := range []string{"coordinator", "physician", "therapist"} {
		if a := l.as(l.Actor(role)).Get(me); a.Status != http.StatusForbidden {
			t.Errorf("%s: status %d", role, a.Status)
		}
	}
	other := l.Consent(t)
	two := l.as(access.Actor{ID: "own-" + other, Role: "participant", Study: webtest.Study, Participant: other})
	l.own.Post(me+"/diary", url.Values{"text": {"et hemmelig ord"}, "client": {"c1"}})
	if a := two.Get(me + "/diary"); a.Status != 200 || strings.Contains(a.Body, "hemmelig") {
		t.Errorf("another's diary is shown: %d", a.Status)
	}
	if a := l.own.Get(me + "/diary"); !strings.Contains(a.Body, "et hemmelig ord") {
		t.Error("one's own diary is not shown")
	}
}

// Consent is read, understood and signed; a wrong answer is explained, and the
// signature asks for both statements.
func TestConsentIsUnderstoodBeforeItIsSigned(t *testing.T) {
	l := newLife(t, prescreened(t))
	l.own.Lang = "en"
	doc := l.Def.Consent.Documents[0]
	at := me + "/consent/" + doc.ID
	if a := l.own.Get(me); !strings.Contains(a.Text(), "Read and sign") {
		t.Errorf("consent is not asked for: %s", a.Text())
	}
	if a := l.own.Get(at + "?sign=1"); strings.Contains(a.Text(), "Your signature") {
		t.Error("the signature is offered before the questions are answered")
	}
	q := url.Values{}
	wrong := 0
	for i, question := range doc.Questions {
		n := string(rune('1' + i))
		for _, o := range question.Options {
			q.Set("q", n)
			q.Set("try", o.ID)
			a := l.own.Get(at + "?" + q.Encode())
			if !strings.Contains(a.Text(), o.Why.EN) {
				t.Errorf("question %s: the answer %s is not explained: %s", question.ID, o.ID, a.Text())
			}
			if !o.Right {
				wrong++
				if !strings.Contains(a.Text(), "Choose again") {
					t.Errorf("question %s: %s is taken for right", question.ID, o.ID)
				}
				// Whoever writes the wrong answer into the address comes no further.
				skip := url.Values{"q": {string(rune('2' + i))}}
				for k, v := range q {
					if strings.HasPrefix(k, "a.") {
						skip[k] = v
					}
				}
				skip.Set("a."+question.ID, o.ID)
				if a := l.own.Get(at + "?" + skip.Encode()); !strings.Contains(a.Text(), question.Text.EN) {
					t.Errorf("question %s was skipped with a wrong answer: %s", question.ID, a.Text())
				}
			}
		}
		for _, o := range question.Options {
			if o.Right {
				q.Set("a."+question.ID, o.ID)
			}
		}
	}
	if wrong == 0 {
		t.Fatal("no question has a wrong answer")
	}
	q.Del("q")
	q.Del("try")
	q.Set("sign", "1")
	a := l.own.Get(at + "?" + q.Encode())
	form := a.Form(t, at)
	if a := l.own.Post(at, form); a.Status != http.StatusBadRequest || !strings.Contains(a.Text(), "tick this box") && !strings.Contains(a.Text(), "Tick this box") {
		t.Errorf("signed without a statement: %d %s", a.Status, a.Text())
	}
	form.Set("agree", "yes")
	if a := l.own.Post(at, form); a.Status != http.StatusBadRequest {
		t.Errorf("signed with one statement: %d", a.Status)
	}
	form.Set("free", "yes")
	stale := url.Values{}
	for k, v := range form {
		stale[k] = v
	}
	stale.Set("version", "0.1")
	if a := l.own.Post(at, stale); a.Status != http.StatusBadRequest {
		t.Errorf("another version was signed: %d", a.Status)
	}
	for range 2 { // a form that is sent twice signs once
		if a := l.own.Post(at, form); a.Status != http.StatusSeeOther {
			t.Fatalf("not signed: %d %s", a.Status, a.Text())
		}
	}
	if a := l.own.Get(me + "/consent"); !strings.Contains(a.Text(), "waits for the conversation") {
		t.Errorf("it does not say that it waits: %s", a.Text())
	}
	copied := l.own.Get(at + "/copy?as=file")
	if !strings.Contains(copied.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(copied.Body, doc.Sections[0].Short.EN[:40]) {
		t.Errorf("the copy is not the text: %v", copied.Header)
	}
	if a := l.own.Get(at + "/copy"); !strings.Contains(a.Text(), "You signed it on") {
		t.Error("the copy does not say when it was signed")
	}
}

// A questionnaire is answered one question at a time, gone on with, changed without a
// reason while it is answered, and help comes first where an answer means danger.
func TestQuestionnaire(t *testing.T) {
	l := newLife(t, consented(t))
	l.own.Lang = "en"
	l.Pass(20 * time.Hour)
	at := me + "/q/V0/phq9"
	phq, _ := l.Def.Form("phq9")
	save := func(item, value string) webtest.Answer {
		t.Helper()
		return l.own.Post(at, url.Values{"client": {"c-" + item + value}, "item": {item}, "value": {value}})
	}
	if a := l.own.Get(me + "/questions"); !strings.Contains(a.Body, `href="`+at+`"`) {
		t.Fatalf("the questionnaire is not offered: %s", a.Text())
	}
	if a := l.own.Get(at); !strings.Contains(a.Text(), "Begin") {
		t.Errorf("it begins at once: %s", a.Text())
	}
	if a := save("phq9_1", "2"); a.Status != http.StatusSeeOther || !strings.HasSuffix(a.Header.Get("Location"), "?i=phq9_2") {
		t.Fatalf("%d %v %s", a.Status, a.Header, a.Text())
	}
	if a := l.own.Get(at); !strings.Contains(a.Text(), phq.Items[1].Text.EN) {
		t.Errorf("it does not go on where it stopped: %s", a.Text())
	}
	if a := save("phq9_1", "9"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), phq.Items[0].Text.EN) {
		t.Errorf("an answer that does not exist: %d", a.Status)
	}
	if a := save("nothing", "1"); a.Status != http.StatusBadRequest {
		t.Errorf("a question that does not exist: %d", a.Status)
	}
	if a := save("phq9_1", "0"); a.Status != http.StatusSeeOther {
		t.Errorf("an answer cannot be changed: %d %s", a.Status, a.Text())
	}
	for i := 2; i <= 8; i++ {
		save(phq.Items[i-1].ID, "0")
	}
	// All 0 so far: the last question but one decides whether the very last is asked.
	if a := save("phq9_9", "0"); !strings.HasSuffix(a.Header.Get("Location"), "?review=1") {
		t.Errorf("a question that is not asked follows: %v", a.Header)
	}
	a := save("phq9_9", "1")
	if !strings.Contains(a.Header.Get("Location"), "help=1") {
		t.Errorf("danger leads to %v", a.Header)
	}
	if a := l.own.Follow(a); !strings.Contains(a.Text(), "Thank you for telling us") || !strings.Contains(a.Body, `href="tel:113"`) {
		t.Errorf("help does not come first: %s", a.Text())
	}
	if a := l.own.Post(at, url.Values{"client": {"c-no"}, "item": {"phq9_difficulty"}, "absent": {"refused"}}); a.Status != http.StatusSeeOther {
		t.Errorf("a question cannot be left unanswered: %d %s", a.Status, a.Text())
	}
	s, err := l.App.Participant(t.Context(), l.Actor("physician"), webtest.Study, l.id)
	if err != nil {
		t.Fatal(err)
	}
	f := s.Form("V0", "phq9", 0)
	if !f.Complete() || f.Values["phq9_1"].Text() != "0" || f.Values["phq9_difficulty"].Reason() != "refused" || len(s.Alerts) != 1 {
		t.Errorf("the record holds %v, alerts %v", f.Values, s.Alerts)
	}
	// Long afterwards a change owes a reason.
	l.Pass(3 * time.Hour)
	if a := save("phq9_2", "3"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "Why does the answer change?") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if a := l.own.Post(at, url.Values{"client": {"c-why"}, "item": {"phq9_2"}, "value": {"3"}, "reason": {"I pressed the wrong one"}}); a.Status != http.StatusSeeOther {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

// What the outbox sends later counts from when it was entered, once, and on the day's
// own record.
func TestAnswersFromTheOutbox(t *testing.T) {
	l := trialtest.New(t)
	l.ToSession()
	handler, err := web.New(web.Config{App: l.App})
	if err != nil {
		t.Fatal(err)
	}
	own := webtest.SignedIn(t, handler, l.App, trialtest.Study, access.Actor{ID: "own-" + trialtest.Person, Role: "participant", Study: trialtest.Study, Participant: trialtest.Person})
	place := "/s/" + trialtest.Study + "/me/q/-/daycheck"
	if a := own.Get(place + "?go=1"); a.Status != 200 || !strings.Contains(a.Body, `name="value"`) {
		t.Fatalf("the day's check is not open: %d %s", a.Status, a.Text())
	}
	entered := l.Now()
	l.Pass(30 * time.Hour) // a day without network
	send := func(item, value, client string, at time.Time) map[string]any {
		t.Helper()
		body := url.Values{"item": {item}, "value": {value}, "client": {client}, "entered": {at.Format(time.RFC3339Nano)}}
		r, err := http.NewRequest("POST", place, strings.NewReader(body.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Varde-Outbox", "1")
		a := own.Send(r)
		var kept map[string]any
		if err := json.Unmarshal([]byte(a.Body), &kept); err != nil {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		return kept
	}
	for _, x := range []struct {
		item, value, client string
		at                  time.Time
	}{{"mood", "3", "a", entered}, {"sleep", "1", "b", entered.Add(time.Second)}, {"mood", "3", "a", entered}, {"mood", "6", "c", l.Now()}} {
		if got := send(x.item, x.value, x.client, x.at); got["ok"] != true {
			t.Errorf("%v: %v", x, got)
		}
	}
	if got := send("sleep", "9", "d", l.Now()); got["ok"] != false || got["text"] == "" {
		t.Errorf("a wrong answer: %v", got)
	}
	s := l.State(trialtest.Person)
	rs := s.Records("", "daycheck")
	if len(rs) != 2 || rs[0].Values["mood"].Text() != "3" || rs[0].Values["sleep"].Text() != "1" || rs[1].Values["mood"].Text() != "6" {
		t.Fatalf("%d records", len(rs))
	}
	if !rs[0].SavedAt.Equal(entered) {
		t.Errorf("entered %v, kept as of %v", entered, rs[0].SavedAt)
	}
}

// The diary is private until it is shared, and private again afterwards.
func TestDiaryIsPrivateUntilShared(t *testing.T) {
	l := newLife(t, consented(t))
	l.own.Lang = "en"
	team := l.Actor("therapist")
	shared := func() int {
		t.Helper()
		lines, err := l.App.Diary(t.Context(), team, webtest.Study, l.id)
		if err != nil {
			t.Fatal(err)
		}
		return len(lines)
	}
	form := l.own.Get(me+"/diary").Form(t, me+"/diary")
	form.Set("text", "The first night I slept.")
	form.Set("mood", "4")
	for range 2 {
		if a := l.own.Post(me+"/diary", form); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.Text())
		}
	}
	a := l.own.Get(me + "/diary")
	if n := strings.Count(a.Body, "The first night I slept."); n != 1 || !strings.Contains(a.Text(), "Only you can read this") {
		t.Fatalf("%d entries: %s", n, a.Text())
	}
	if n := shared(); n != 0 {
		t.Fatalf("the team reads %d private entries", n)
	}
	share := a.Form(t, me+"/diary/share")
	if a := l.own.Post(me+"/diary/share", share); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	if n := shared(); n != 1 {
		t.Fatalf("the team reads %d shared entries", n)
	}
	back := l.own.Get(me+"/diary").Form(t, me+"/diary/share")
	l.own.Post(me+"/diary/share", back)
	if n := shared(); n != 0 {
		t.Errorf("the team still reads %d entries", n)
	}
	if a := l.own.Post(me+"/diary", url.Values{"client": {"x"}, "mood": {"11"}, "text": {"kept on the page"}}); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "kept on the page") {
		t.Errorf("a mood of 11: %d", a.Status)
	}
}

// Messages go both ways; a new one is told of until the page says that it is on the
// screen: who only keeps the page for later has not read it.
func TestMessages(t *testing.T) {
	l := newLife(t, consented(t))
	l.own.Lang = "en"
	if a := l.own.Post(me+"/messages", url.Values{"client": {"m1"}, "text": {"May I bring a blanket?"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	l.Do(t, l.Actor("therapist"), study.SendMessage{On: study.On{Participant: l.id}, ID: "answer-1", Text: "Please do."})
	if a := l.own.Get(me); !strings.Contains(a.Text(), "1 new message from the team") {
		t.Errorf("a new message is not told of: %s", a.Text())
	}
	a := l.own.Get(me + "/messages")
	if !strings.Contains(a.Text(), "Please do.") || !strings.Contains(a.Text(), "May I bring a blanket?") || strings.Contains(a.Text(), "therapist-1") {
		t.Errorf("%s", a.Text())
	}
	if home := l.own.Get(me); !strings.Contains(home.Text(), "1 new message from the team") {
		t.Error("a page that was fetched counts as read")
	}
	l.own.Post(me+"/messages/read", a.Form(t, me+"/messages/read"))
	if a := l.own.Get(me); strings.Contains(a.Text(), "new message") {
		t.Error("a message that was seen is still new")
	}
	if a := l.own.Post(me+"/messages", url.Values{"client": {"m2"}, "text": {" "}}); a.Status != http.StatusBadRequest {
		t.Errorf("an empty message: %d", a.Status)
	}
	a = l.own.Post(me+"/call", url.Values{"client": {"m3"}, "note": {"After four, please."}})
	if a = l.own.Follow(a); !strings.Contains(a.Text(), "Please call me.") || !strings.Contains(a.Text(), "After four, please.") {
		t.Errorf("the wish to be called is not there: %s", a.Text())
	}
}

// One leaves in two steps, without a reason, and the page says what was done.
func TestLeaving(t *testing.T) {
	l := newLife(t, consented(t))
	l.own.Lang = "en"
	page := l.own.Get(me + "/leave?way=all")
	form := page.Form(t, me+"/leave")
	if a := l.own.Post(me+"/leave", form); a.Status != http.StatusBadRequest {
		t.Errorf("left in one step: %d", a.Status)
	}
	if a := l.own.Get(me + "/leave?done=all"); strings.Contains(a.Text(), "You have left") {
		t.Error("the page says what is not so")
	}
	form.Set("sure", "yes")
	for range 2 {
		a := l.own.Post(me+"/leave", form)
		if a = l.own.Follow(a); !strings.Contains(a.Text(), "You have left") {
			t.Fatalf("%s", a.Text())
		}
	}
	s, err := l.App.Participant(t.Context(), l.Actor("physician"), webtest.Study, l.id)
	if err != nil || s.Status() != study.StatusWithdrawn {
		t.Fatalf("%v %v", s.Status(), err)
	}
	for _, p := range all {
		if a := l.own.Get(me + p); a.Status != http.StatusOK {
			t.Errorf("after leaving, %s answers %d: %s", p, a.Status, a.Text())
		}
	}
}

// A concern goes to those outside, and the site sees nothing of it.
func TestConcernStaysOutsideTheSite(t *testing.T) {
	l := newLife(t, consented(t))
	form := l.own.Get(me+"/concern").Form(t, me+"/concern")
	form.Set("kind", "boundary")
	form.Set("text", "Jeg ble berørt uten å bli spurt.")
	if a := l.own.Post(me+"/concern", form); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "uten å bli spurt") {
		t.Errorf("without saying whether named: %d", a.Status)
	}
	form.Set("named", "no")
	for range 2 {
		if a := l.own.Post(me+"/concern", form); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.Text())
		}
	}
	a := l.own.Get(me + "/concern")
	if n := strings.Count(a.Body, "Jeg ble berørt uten å bli spurt."); n != 1 {
		t.Fatalf("it is shown %d times", n)
	}
	if a := l.as(l.Actor("coordinator")).Get("/s/" + webtest.Study + "/p/" + l.id); strings.Contains(a.Body, "berørt uten") {
		t.Error("the site reads it")
	}
}

// Everything that is kept can be taken along, and contact details corrected.
func TestMyData(t *testing.T) {
	l := newLife(t, consented(t))
	l.own.Post(me+"/q/V0/pcl5", url.Values{"client": {"a"}, "item": {"pcl5_01"}, "value": {"2"}})
	a := l.own.Get(me + "/data/file")
	var data map[string]any
	if err := json.Unmarshal([]byte(a.Body), &data); err != nil || len(data) == 0 {
		t.Fatalf("%v: %s", err, a.Body)
	}
	form := l.own.Get(me+"/data/contact").Form(t, me+"/data/contact")
	form.Set("phone", "12")
	if a := l.own.Post(me+"/data/contact", form); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, `value="12"`) {
		t.Errorf("a wrong number: %d", a.Status)
	}
	form.Set("phone", "+47 22 22 55 55")
	form.Set("contacts", "Søster, +47 22 22 55 56")
	if a := l.own.Post(me+"/data/contact", form); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	if a := l.own.Get(me + "/data/contact"); !strings.Contains(a.Body, "4722225555") {
		t.Error("the number is not kept")
	}
	pcl5, _ := l.Def.Form("pcl5")
	if a := l.own.Get(me + "/data/answers"); !strings.Contains(a.Text(), pcl5.Items[0].Text.In(l.own.Lang)) {
		t.Errorf("the answer is not shown: %s", a.Text())
	}
}
