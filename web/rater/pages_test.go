package rater_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"varde/access"
	"varde/study"
	"varde/web"
	"varde/web/session/trialtest"
	"varde/web/webtest"
)

const (
	base   = "/s/" + trialtest.Study
	queue  = base + "/ratings"
	person = trialtest.Person
	rated  = "V3" // the assessment that is due
)

// desk is a trial on the day of its first assessment, with two raters.
type desk struct {
	*trialtest.Trial
	t       *testing.T
	handler http.Handler
}

func rolf() access.Actor {
	return access.Actor{ID: "rolf", Name: "Rolf Rater", Role: "rater", Study: trialtest.Study, Sites: []string{trialtest.Site}}
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Trial: trialtest.New(t), t: t}
	d.ToAssessment()
	creds := map[string]string{}
	for _, c := range d.Def.Staffing.Credentials {
		creds[c.ID] = ""
	}
	if _, err := d.App.Do(context.Background(), access.System, trialtest.Study, study.AssignStaff{Site: trialtest.Site, Person: "rolf", Name: "Rolf Rater", Role: "rater", Credentials: creds}, ""); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.handler, err = web.New(web.Config{App: d.App}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) as(a access.Actor) *webtest.Client {
	return webtest.SignedIn(d.t, d.handler, d.App, trialtest.Study, a)
}

// plan arranges the assessment, which draws one of the raters, and answers who it is.
func (d *desk) plan() (drawn, other access.Actor) {
	d.t.Helper()
	d.Do("cora", study.PlanVisit{On: study.On{Participant: person}, Visit: rated, Time: d.Now()})
	if d.State(person).Ratings[rated].Rater == "rolf" {
		return rolf(), trialtest.Actor("rita")
	}
	return trialtest.Actor("rita"), rolf()
}

// ref is what stands for the visit in the rater's addresses.
func (d *desk) ref(a access.Actor) string { return d.App.VisitRef(a, trialtest.Study, person, rated) }

// blind fails where a page tells which visit this is, how far the participant has
// come, or an arm.
func (d *desk) blind(where string, a webtest.Answer) {
	d.t.Helper()
	var told []string
	for i := range d.Def.Visits {
		if v := &d.Def.Visits[i]; v.Hides {
			told = append(told, regexp.QuoteMeta(v.Title.EN), regexp.QuoteMeta(v.Title.NB), `\b`+v.ID+`\b`)
		}
	}
	for _, x := range d.Def.Arms {
		told = append(told, regexp.QuoteMeta(x.Title.EN), regexp.QuoteMeta(x.Title.NB))
	}
	for _, s := range study.Statuses {
		told = append(told, `(?i)\b`+regexp.QuoteMeta(study.StatusName(s).EN)+`\b`)
	}
	_, main, _ := strings.Cut(a.Body, "<main")
	if m := regexp.MustCompile(strings.Join(told, "|")).FindString(main); m != "" {
		d.t.Errorf("%s tells %q: %s", where, m, a.Text())
	}
}

func TestQueueAndAssessment(t *testing.T) {
	d := newDesk(t)
	rita := d.as(trialtest.Actor("rita"))
	if a := rita.Get(queue); !strings.Contains(a.Text(), "Nothing to do") {
		t.Errorf("before anything is drawn: %s", a.Text())
	}
	drawn, other := d.plan()
	c, ref := d.as(drawn), d.ref(drawn)
	if ref == rated {
		t.Fatal("the rater's addresses hold the visit")
	}
	one := queue + "/" + person + "/" + ref
	for _, lang := range []string{"en", "nb"} {
		c.Lang = lang
		list := c.Get(queue)
		webtest.CheckHTML(t, "queue "+lang, list.Body)
		if !strings.Contains(list.Body, `href="`+one+`"`) || !strings.Contains(list.Text(), person) {
			t.Fatalf("the assessment is not in the queue: %s", list.Text())
		}
		d.blind("queue "+lang, list)
		page := c.Get(one)
		webtest.CheckHTML(t, "assessment "+lang, page.Body)
		d.blind("assessment "+lang, page)
		if !strings.Contains(page.Body, `href="`+base+"/p/"+person+"/v/"+ref+`"`) || strings.Contains(page.Body, `id="statement"`) {
			t.Errorf("%s: the page leads to the forms, and asks for no statement before them: %s", lang, page.Text())
		}
	}
	// The other rater has it not, nor has anybody by the visit's own name.
	d.as(other).Get(queue)
	if a := d.as(other).Get(queue); strings.Contains(a.Body, ref) || !strings.Contains(a.Text(), "Nothing to do") {
		t.Errorf("the other rater sees it: %s", a.Text())
	}
	if a := d.as(other).Get(one); a.Status != http.StatusNotFound {
		t.Errorf("the other rater opens it: %d", a.Status)
	}
	c.Lang = "en"
	for _, path := range []string{queue + "/" + person + "/" + rated, queue + "/done/" + rated, queue + "/done/a0123456789abcdef", queue + "/" + person + "/a0123456789abcdef", queue + "/S01-999/" + ref} {
		if a := c.Get(path); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	for role, status := range map[string]int{"cora": 403, "monitor": 403, "tom": 403} {
		if a := d.as(trialtest.Actor(role)).Get(queue); a.Status != status {
			t.Errorf("%s: %d", role, a.Status)
		}
	}
}

// The clinic's lists lead a rater to the queue, and so does signing in.
func TestRaterIsLedToTheQueue(t *testing.T) {
	d := newDesk(t)
	c := d.as(trialtest.Actor("rita"))
	for _, path := range []string{"/today", "/participants"} {
		if a := c.Get(base + path); a.Status != http.StatusSeeOther || a.Header.Get("Location") != queue {
			t.Errorf("%s: %d to %q", path, a.Status, a.Header.Get("Location"))
		}
	}
	if a := c.Get("/home"); !strings.Contains(a.Body, `href="`+queue+`"`) {
		t.Errorf("the first page does not lead there: %s", a.Text())
	}
	if a := c.Post("/role", url.Values{"study": {trialtest.Study}, "role": {"rater"}}); a.Header.Get("Location") != queue {
		t.Errorf("taking the role leads to %q", a.Header.Get("Location"))
	}
}

// fill fills in the forms of the assessment as the rater it was drawn for.
func (d *desk) fill(drawn access.Actor) {
	d.t.Helper()
	ctx, on := context.Background(), study.On{Participant: person}
	v, _ := d.Def.Visit(rated)
	for _, f := range v.Forms {
		if f.Optional {
			continue
		}
		if _, err := d.App.Do(ctx, drawn, trialtest.Study, study.SaveForm{On: on, Visit: rated, Form: f.Form, Items: d.Answers(f.Form)}, ""); err != nil {
			d.t.Fatalf("%s: %v", f.Form, err)
		}
	}
}

func TestStatementOfARaterWhoIsBlind(t *testing.T) {
	d := newDesk(t)
	drawn, _ := d.plan()
	c, ref := d.as(drawn), d.ref(drawn)
	d.state(drawn)
	one := queue + "/" + person + "/" + ref
	page := c.Get(one)
	webtest.CheckHTML(t, "statement", page.Body)
	if !strings.Contains(page.Body, `id="statement"`) {
		t.Fatalf("no statement is asked for: %s", page.Text())
	}
	for name, form := range map[string]url.Values{"nothing": {}, "both": {"blind": {"yes"}, "what": {"the day"}}, "not said": {"blind": {"no"}}} {
		if a := c.Post(one+"/statement", form); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "v-message--error") {
			t.Errorf("%s: %d %s", name, a.Status, a.Text())
		}
	}
	if !d.State(person).Ratings[rated].Stated.IsZero() {
		t.Fatal("something was stated")
	}
	visit := base + "/p/" + person + "/v/" + ref
	if a := c.Post(visit+"/hold", url.Values{}); a.Status < 400 {
		t.Errorf("held before anything was stated: %d", a.Status)
	}
	held := c.Follow(c.Post(one+"/statement", url.Values{"blind": {"yes"}}))
	if !strings.Contains(held.Body, `action="`+visit+`/hold"`) || !strings.Contains(held.Text(), "Your statement is in the record") {
		t.Fatalf("the statement does not lead to the appointment: %s", held.Text())
	}
	d.blind("appointment", held)
	if a := c.Get(queue); !strings.Contains(a.Text(), "Record as held") {
		t.Errorf("what remains is not told: %s", a.Text())
	}
	if a := c.Post(visit+"/hold", url.Values{}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	list := c.Get(queue)
	if r := d.State(person).Ratings[rated]; !r.Blind || r.Stated.IsZero() {
		t.Fatalf("%+v", r)
	}

	// What is done stands by its reference alone.
	_, main, _ := strings.Cut(list.Body, "<main")
	for _, not := range []string{person, d.Now().Format("2006"), "/ratings/" + person} {
		if strings.Contains(main, not) {
			t.Errorf("the list of what is done tells %q: %s", not, list.Text())
		}
	}
	if !strings.Contains(main, `href="`+queue+"/done/"+ref+`"`) {
		t.Fatalf("what is done is not found again: %s", list.Text())
	}
	done := c.Get(queue + "/done/" + ref)
	webtest.CheckHTML(t, "done", done.Body)
	d.blind("done", done)
	if !strings.Contains(done.Text(), "You made your statement") || !strings.Contains(done.Text(), "Nothing was said or seen") || strings.Contains(done.Body, `id="statement"`) {
		t.Errorf("%s", done.Text())
	}
	// It is made once.
	if a := c.Post(one+"/statement", url.Values{"blind": {"yes"}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("stated twice: %d %s", a.Status, a.Text())
	}
}

// state brings the assessment to where only the statement is owed.
func (d *desk) state(drawn access.Actor) {
	d.t.Helper()
	d.fill(drawn)
	rows, err := d.App.Ratings(context.Background(), drawn, trialtest.Study)
	if err != nil || len(rows) != 1 || rows[0].Owes != "statement" {
		d.t.Fatalf("%v: %+v", err, rows)
	}
}

func TestStatementOfARaterWhoHeardSomething(t *testing.T) {
	d := newDesk(t)
	drawn, _ := d.plan()
	c, one := d.as(drawn), queue+"/"+person+"/"+d.ref(drawn)
	d.state(drawn)
	list := c.Follow(c.Post(one+"/statement", url.Values{"blind": {"no"}, "what": {"spoke of the night at the clinic"}}))
	if list.Status != http.StatusOK {
		t.Fatalf("%d %s", list.Status, list.Text())
	}
	if page := c.Get(queue + "/done/" + d.ref(drawn)); !strings.Contains(page.Text(), "spoke of the night at the clinic") {
		t.Errorf("%s", page.Text())
	}
	if r := d.State(person).Ratings[rated]; r.Blind || r.What == "" {
		t.Errorf("%+v", r)
	}
	// The coordinator reads it where raters are drawn.
	visit := d.as(trialtest.Actor("cora")).Get(base + "/p/" + person + "/v/" + rated)
	if !strings.Contains(visit.Text(), "spoke of the night at the clinic") {
		t.Errorf("the coordinator is not told: %s", visit.Text())
	}
}

// The coordinator draws another rater, with a reason; the first has it no more.
func TestAnotherRaterIsDrawn(t *testing.T) {
	d := newDesk(t)
	drawn, other := d.plan()
	cora := d.as(trialtest.Actor("cora"))
	visit := base + "/p/" + person + "/v/" + rated
	page := cora.Get(visit)
	if !strings.Contains(page.Body, `action="`+visit+`/draw"`) || !strings.Contains(page.Text(), drawn.Name) {
		t.Fatalf("%s", page.Text())
	}
	if a := cora.Post(visit+"/draw", url.Values{}); a.Status < 400 {
		t.Errorf("drawn anew without a reason: %d", a.Status)
	}
	if a := cora.Post(visit+"/draw", url.Values{"reason": {"ill"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	page = cora.Get(visit)
	if !strings.Contains(page.Text(), other.Name) {
		t.Errorf("%s", page.Text())
	}
	if a := d.as(drawn).Get(queue); strings.Contains(a.Body, person) {
		t.Errorf("the first still has it: %s", a.Text())
	}
	if a := d.as(other).Get(queue); !strings.Contains(a.Body, person) {
		t.Errorf("the second has it not: %s", a.Text())
	}
	if a := d.as(other).Post(visit+"/draw", url.Values{"reason": {"x"}}); a.Status < 400 {
		t.Errorf("a rater draws: %d", a.Status)
	}
}
