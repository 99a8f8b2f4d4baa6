package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/session/trialtest"
)

// A rater through one blinded assessment: from the queue to a time of their own, the form,
// the statement and back, in both languages. Nothing on the way names the visit, an arm or
// how far the participant has come.
func TestARaterThroughOneAssessment(t *testing.T) {
	d := newClinicDesk(t, func(x *trialtest.Trial) { x.ToAssessment() })
	const rated = "V3"
	on := study.On{Participant: trialtest.Person}
	d.Do("cora", study.DrawRater{On: on, Visit: rated})
	queue := d.base + "/ratings"
	ref := d.App.VisitRef(trialtest.Actor("rita"), trialtest.Study, trialtest.Person, rated)
	one := queue + "/" + trialtest.Person + "/" + ref
	blind := func(where string) {
		t.Helper()
		var told []string
		for i := range d.Def.Visits {
			if v := &d.Def.Visits[i]; v.Hides {
				told = append(told, regexp.QuoteMeta(v.Title.EN), regexp.QuoteMeta(v.Title.NB), `\b`+v.ID+`\b`)
			}
		}
		for _, x := range d.Def.Arms {
			told = append(told, regexp.QuoteMeta(x.Title.EN), regexp.QuoteMeta(x.Title.NB))
		}
		if m := regexp.MustCompile(strings.Join(told, "|")).FindString(d.b.whole()); m != "" {
			t.Errorf("%s tells %q", where, m)
		}
	}
	look := func(name, path string) {
		t.Helper()
		d.look("rita", name, path, nil)
		blind(name)
	}
	look("rater-queue", queue)
	look("rater-assessment", one)
	look("rater-booking", one+"/book")

	// A day that is not offered is no way to feel out the window.
	days, err := d.App.RatingDays(t.Context(), trialtest.Actor("rita"), trialtest.Study, trialtest.Person, ref)
	if err != nil || len(days) == 0 {
		t.Fatalf("%v %v", days, err)
	}
	form := one + "/book"
	d.tick(form, "day", days[len(days)-1].String())
	d.b.eval(`document.querySelector('form[action="` + form + `"] [name="day"]:checked').value = ` + quote((days[len(days)-1] + 40).String()))
	d.fill(form, "time", "10:30")
	d.b.allow(400, func() { d.send(form) })
	d.b.sees("choose one of the days offered")
	blind("booking refused")
	d.b.accessible("booking refused")
	d.tick(form, "day", days[0].String())
	d.fill(form, "time", "10:30")
	if days[0] == study.DayOf(d.Now(), d.State(trialtest.Person).Zone) {
		d.fill(form, "time", d.Now().Add(3*time.Hour).In(d.State(trialtest.Person).Zone).Format("15:04"))
	}
	d.send(form)
	d.b.sees("The assessment is booked")
	blind("booked")
	st := d.State(trialtest.Person).Visits[d.Def.VisitIndex(rated)]
	if !st.Booked() || len(st.Staff) != 1 || st.Staff[0] != "rita" {
		t.Fatalf("%+v", st)
	}

	// The day comes: the form, question by question as the page asks.
	d.Set(st.Planned.Add(10 * time.Minute))
	visit := d.person("/v/" + ref)
	look("rater-visit", visit)
	d.b.open(visit)
	v, _ := d.Def.Visit(rated)
	for _, f := range v.Forms {
		if f.Optional {
			continue
		}
		at := d.person("/f/" + ref + "/" + f.Form)
		look("rater-form-"+f.Form, at)
		d.b.open(at)
		c, _ := d.Def.Form(f.Form)
		answers := d.Answers(f.Form)
		for i := range c.Items {
			item := &c.Items[i]
			x, said := answers[item.ID]
			switch {
			case !said:
			case item.Type == instrument.Choice && d.b.has(`select[name="i.`+item.ID+`"]`):
				d.fill(at, "i."+item.ID, x.Text())
			case item.Type == instrument.Choice || item.Type == instrument.Boolean:
				d.tick(at, "i."+item.ID, x.Text())
			default:
				d.fill(at, "i."+item.ID, x.Text())
			}
		}
		d.send(at)
		if s := d.State(trialtest.Person).Form(rated, f.Form, 0); !s.Complete() {
			t.Fatalf("%s is not complete: %+v\n%s", f.Form, s, d.b.excerpt())
		}
		blind("after " + f.Form)
	}

	look("rater-statement", one)
	statement := one + "/statement"
	d.b.open(one)
	d.tick(statement, "blind", "yes")
	d.send(statement)
	d.b.sees("Your statement is in the record")
	blind("stated")
	d.send(visit + "/hold")
	look("rater-done", queue)
	s := d.State(trialtest.Person)
	if r := s.Ratings[rated]; !r.Blind || r.Stated.IsZero() || s.Visits[d.Def.VisitIndex(rated)].Held.IsZero() {
		t.Fatalf("%+v", r)
	}
	d.b.allow(404, func() { d.b.open(one + "/book") })
	if strings.Contains(d.b.text(), "Choose among the next days") {
		t.Error("what is done can be booked")
	}
}
