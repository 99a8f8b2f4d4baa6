package e2e

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web"
	"varde/web/session/trialtest"
)

// clinicDesk is a small trial with a browser for whoever works in it.
type clinicDesk struct {
	*trialtest.Trial
	t    *testing.T
	b    *browser
	base string // of the study
}

func newClinicDesk(t *testing.T, bring func(*trialtest.Trial)) *clinicDesk {
	t.Helper()
	chromium(t)
	d := &clinicDesk{Trial: trialtest.New(t), t: t, base: "/s/" + trialtest.Study}
	bring(d.Trial)
	pages, err := web.New(web.Config{App: d.App})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: pages.HTTP("")}
	server.Start()
	t.Cleanup(server.Close)
	d.b = newBrowser(t, atName(listener))
	return d
}

// as signs somebody in.
func (d *clinicDesk) as(who, lang string) {
	d.b.setCookie("varde-session", d.Token(who))
	d.b.setCookie("varde-lang", lang)
}

// look opens a page in both languages, lets axe-core look at it, and takes pictures.
func (d *clinicDesk) look(who, name, path string, says map[string]string) {
	d.t.Helper()
	for _, lang := range []string{"nb", "en"} {
		d.as(who, lang)
		d.b.open(path)
		if text := says[lang]; text != "" {
			d.b.sees(text)
		}
		d.b.accessible(name + " " + lang)
		d.b.twoPictures(name + "-" + lang)
	}
}

func (d *clinicDesk) person(parts ...string) string {
	return d.base + "/p/" + trialtest.Person + strings.Join(parts, "")
}

// fill puts a value into a field of the page's form of an address.
func (d *clinicDesk) fill(form, field, value string) {
	d.t.Helper()
	sel := `form[action="` + form + `"] [name="` + field + `"]`
	d.b.until(`!!document.querySelector(` + quote(sel) + `)`) // an earlier answer may have it asked for just now
	d.b.enter(sel, value)
}

func (d *clinicDesk) tick(form, field, value string) {
	d.t.Helper()
	sel := `form[action="` + form + `"] [name="` + field + `"][value="` + value + `"]`
	if got := d.b.eval(`(() => { const f = document.querySelector(` + quote(sel) + `); if (!f) return "none"; if (!f.checked) f.click(); return "ok"; })()`); got != "ok" {
		d.t.Fatalf("there is no %s on %s:\n%s", sel, d.b.where(), d.b.excerpt())
	}
}

func (d *clinicDesk) send(form string) {
	d.t.Helper()
	if d.b.has(`#entry button[value="save"]`) {
		d.b.click(`#entry button[value="save"]`)
		return
	}
	d.b.click(`form[action="` + form + `"] button.ds-button:not([type="button"])`)
}

// The coordinator plans the dosing session with room and pair: the first try is in the way
// of another, the second stands on the board. The physician decides about a medicine and
// writes down a taper plan, a therapist a note, and each sees first what is theirs.
func TestADayInTheClinic(t *testing.T) {
	d := newClinicDesk(t, func(x *trialtest.Trial) { x.ToSession() })
	on := study.On{Participant: trialtest.Person}
	session, _ := d.Def.Visit("V5")
	at := d.Now().Add(26 * time.Hour).Truncate(time.Hour)
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.Add(24 * time.Hour)
	}
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	local := func(t time.Time) string { return t.In(zone).Format("2006-01-02T15:04") }

	// Tom has another appointment in the room at that time.
	d.Do("cora", study.PlanVisit{On: on, Visit: "V6", Time: at.Add(2 * time.Hour), Room: "1", Staff: []string{"tom"}})

	plan, book := d.person("/v/V5/plan"), d.person("/v/V5/book")
	d.look("cora", "planner", plan, map[string]string{"nb": "Ledige tider", "en": "Free times"})
	d.fill(book, "time", local(at))
	d.fill(book, "room", "1")
	d.tick(book, "staff", "tom")
	d.tick(book, "staff", "tina")
	d.b.allow(422, func() { d.send(book) })
	d.b.sees("Room 1 is taken until")
	d.b.sees("the next time when all is free is")
	d.b.accessible("planner refused")
	d.b.twoPictures("planner-taken")
	if d.State(trialtest.Person).Visits[d.Def.VisitIndex("V5")].Booked() {
		t.Fatal("it was booked all the same")
	}
	// A free time that the page suggests is free.
	d.b.open(plan)
	d.b.click(`.v-free a`)
	d.send(book)
	d.b.sees("The appointment is booked")
	st := d.State(trialtest.Person).Visits[d.Def.VisitIndex("V5")]
	if !st.Booked() || len(st.Staff) != 2 || st.Room != "1" {
		t.Fatalf("%+v", st)
	}
	day := st.Planned.In(zone).Format(time.DateOnly)
	d.look("cora", "board", d.base+"/board?day="+day, map[string]string{"nb": session.Title.NB, "en": session.Title.EN})
	d.look("cora", "week", d.base+"/board?view=week&day="+day, map[string]string{"nb": trialtest.Person, "en": trialtest.Person})

	// A medicine is written down by the coordinator, and decided by the physician.
	d.Do("cora", study.SaveForm{On: on, Form: "conmed", New: true, Items: formAnswers(d.Trial, "conmed", map[string]string{"name": "Sertralin 50 mg", "ongoing": "true", "decision": "none"})})
	d.Do("cora", study.SaveForm{On: on, Form: "conmed", New: true, Items: formAnswers(d.Trial, "conmed", map[string]string{"name": "Zoloft", "ongoing": "true", "decision": "none"})})
	d.look("phil", "today-physician", d.base+"/today", map[string]string{"nb": "Legemidler som skal avgjøres", "en": "Medicines to decide about"})
	d.as("phil", "en")
	d.b.open(d.person("#log-conmed"))
	d.b.sees("not recognised, look it up")
	d.b.sees("not verified, confirm")
	d.b.sees("The physician has not decided yet.")
	d.b.click(`#medicine-1 .v-actions a`)
	form := d.person("/f/-/conmed/1")
	d.tick(form, "i.decision", "taper")
	d.fill(form, "i.decision_reason", "Tapered by the general practitioner")
	d.fill(form, "reason", "decided")
	d.send(form)
	if got := study.Medicines(d.Def, d.State(trialtest.Person), 0)[0]; got.Decision != "taper" || got.By != "phil" {
		t.Fatalf("%+v\n%s", got, d.b.excerpt())
	}

	// The plan that the prescriber made.
	d.b.open(d.person("/f/-/taper/new"))
	d.b.accessible("taper form en")
	form = d.person("/f/-/taper/new")
	days := func(n int) string { return d.Now().In(zone).AddDate(0, 0, n).Format(time.DateOnly) }
	for field, value := range map[string]string{"medicine": "Sertralin", "unit": "mg a day", "start_dose": "50", "step1_on": days(1), "step1_dose": "25", "step2_on": days(8), "step2_dose": "12.5",
		"last_day": days(14), "cssrs_every": "7"} {
		d.fill(form, "i."+field, value)
	}
	for field, value := range map[string]string{"prescriber": "gp", "agreed": "true", "watch": "mood", "state": "planned"} {
		d.tick(form, "i."+field, value)
	}
	d.send(form)
	if p := study.Tapers(d.Def, d.State(trialtest.Person)); len(p) != 1 || len(p[0].Steps) != 2 {
		t.Fatalf("%+v\n%s", p, d.b.excerpt())
	}

	// A therapist's note, and a call.
	d.as("tom", "en")
	d.b.open(d.person("/f/-/therapist_note/new"))
	d.b.accessible("note form en")
	d.Do("tom", study.SaveForm{On: on, Form: "therapist_note", New: true, Items: formAnswers(d.Trial, "therapist_note", map[string]string{"kind": "preparation", "minutes": "90", "both_present": "true",
		"summary": "Spoke about the day and the way home."})})
	d.Do("tom", study.SaveForm{On: on, Form: "contact", New: true, Items: formAnswers(d.Trial, "contact", map[string]string{"way": "phone", "whom": "participant", "reached": "true", "summary": "Slept badly, but steady."})})
	d.look("tom", "person-therapist", d.person(), map[string]string{"en": "Spoke about the day and the way home."})
	d.look("phil", "person-physician", d.person(), map[string]string{"nb": "før tiden uten legemidlet er over", "en": "before the time without the medicine is over"})
	for who, word := range map[string]string{"cora": "Windows that close within a week", "tom": "Today's appointments", "nora": "Nobody stays tonight."} {
		d.as(who, "en")
		d.b.open(d.base + "/today")
		if who != "cora" { // whose windows may all be wide open
			d.b.sees(word)
		}
		d.b.accessible("today " + who)
		d.b.twoPictures("today-" + who)
	}

	// One's own calendar: an address, shown once, that a program reads.
	d.look("tom", "feed", "/account/calendar", map[string]string{"nb": "Lag adressen", "en": "Make the address"})
	d.send("/account/calendar")
	address := d.b.eval(`document.querySelector("#address").value`)
	d.b.accessible("feed made")
	d.b.twoPictures("feed-made")
	u, err := url.Parse(address)
	if err != nil || !strings.HasSuffix(u.Path, ".ics") {
		t.Fatalf("%q: %v", address, err)
	}
	// Whoever reads it is not signed in.
	answer, err := http.Get(d.b.base + u.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := answer.Status + " " + answer.Header.Get("Content-Type") + " " + string(body)
	if !strings.HasPrefix(got, "200 OK text/calendar") || !strings.Contains(got, trialtest.Person+" · Day at the clinic") || strings.Contains(got, session.Title.EN) || strings.Contains(got, "MDMA") {
		t.Errorf("the calendar reads %s", got)
	}
}

// formAnswers are the answers of a form with some of them said.
func formAnswers(x *trialtest.Trial, form string, said map[string]string) study.Values {
	c, _ := x.Def.Form(form)
	out := study.Values{}
	for id, text := range said {
		if v, err := c.Parse(id, text); err == nil {
			out[id] = v
		}
	}
	local := x.Now().In(time.FixedZone("", 3600))
	for range len(c.Items) {
		for _, id := range c.Missing(out) {
			it, _ := c.Item(id)
			switch it.Type {
			case instrument.Boolean:
				out[id] = instrument.BoolValue(true)
			case instrument.Choice:
				out[id] = c.OptionsOf(it)[0].Value
			case instrument.MultiChoice:
				out[id] = instrument.ListValue(c.OptionsOf(it)[0].Value.Text(), c.OptionsOf(it)[1].Value.Text())
			case instrument.DateTime:
				out[id] = instrument.StringValue(local.Format(time.RFC3339))
			case instrument.Date:
				out[id] = instrument.StringValue(local.Format(time.DateOnly))
			case instrument.Integer, instrument.Decimal, instrument.Scale:
				out[id] = instrument.NumberValue(*it.Min)
			default:
				out[id] = instrument.StringValue("as usual")
			}
		}
	}
	return out
}
