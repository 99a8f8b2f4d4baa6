package session

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// The night is a page of its own for the attendant: very dark, one thing to do, keys
// that are found half asleep. A calm check is one press.

// nightView is the night after a session.
type nightView struct {
	Heading  ui.Heading
	Path     string
	Room     string
	Client   string
	Now      time.Time
	May      bool
	Next     *nightNext
	Over     bool
	Calm     bool // the form has the answers that the one-press buttons stand for
	Fields   []ui.Field
	Moment   momentView
	Open     bool // the longer form is open
	Checks   []ui.TimelineItem
	Missed   int
	Doctors  []string
	Crisis   *ui.Crisis
	Stream   string
	FormHref string
}

// nightNext is the check that is next.
type nightNext struct {
	Title       string
	Due, Latest time.Time
	Morning     bool
}

func openNight(c *page.Context) (*room, *instrument.Compiled, error) {
	r, err := open(c)
	if err != nil {
		return nil, nil, err
	}
	if r.dosing.Overnight == nil || r.x == nil || r.x.To != "overnight" {
		return nil, nil, page.NotFound("nobody stays at the site after this session", "ingen blir på stedet etter denne økten")
	}
	form, ok := c.Def.Form(r.dosing.Overnight.Form)
	if !ok {
		return nil, nil, page.NotFound("the protocol has no form for the night", "protokollen har ikke noe skjema for natten")
	}
	place, _ := study.PlaceOf(c.Def, r.visit.ID, form.ID)
	r.may = slices.Contains(place.Roles, c.Actor.Role)
	return r, form, nil
}

func showNight(c *page.Context) error {
	r, form, err := openNight(c)
	if err != nil {
		return err
	}
	if err := c.App.Seen(c.Ctx(), c.Actor, c.Study, r.s.ID, study.SessionRecord(r.visit.ID).String()); err != nil {
		return err
	}
	if c.Fragment() {
		return c.RenderPart("night", "nightparts", page.Page{Room: true, Data: r.night(form)})
	}
	c.W.Header().Set("Varde-Keep", "1")
	return r.showNight(http.StatusOK, form)
}

func (r *room) showNight(status int, form *instrument.Compiled, notices ...ui.Alert) error {
	v := r.night(form)
	return r.c.Render("night", page.Page{Title: v.Heading.Title + " · " + r.s.ID, Room: true, Status: status, Notices: notices, Data: v,
		Crumbs: []ui.Crumb{{Text: r.c.T("room.menu"), Href: r.c.Path("sessions")}, {Text: r.s.ID, Href: r.path}, {Text: r.c.T("room.night")}}})
}

// calmAnswers are what the one-press buttons write.
var calmAnswers = map[string]study.Values{
	"asleep": {"state": instrument.StringValue("asleep"), "breathing": instrument.BoolValue(true)},
	"left":   {"state": instrument.StringValue("left")},
}

func (r *room) night(form *instrument.Compiled) *nightView {
	c := r.c
	v := &nightView{Heading: ui.Heading{Title: c.T("room.night"), Lead: r.s.ID}, Path: r.path + "/night", Room: r.path, Client: c.ClientID(), Now: c.Now, May: r.may, Crisis: c.Crisis(), Stream: r.path + "/live",
		Moment: r.momentOf("night", c.T("room.night.at")), Open: r.posted == "night"}
	_, v.Calm = form.Item("state")
	for _, m := range r.staff("physician") {
		v.Doctors = append(v.Doctors, m.Name)
	}
	plan := study.NightPlan(c.Def, r.s, r.x)
	next, ok := study.NextOfNight(plan)
	v.Over = !ok
	if ok {
		v.Next = &nightNext{Title: c.Say(next.Title), Due: next.Due, Latest: next.Latest, Morning: next.ID == study.NightMorning}
	}
	for i := range form.Items {
		it := &form.Items[i]
		if isMoment(it) {
			continue
		}
		f := r.itemField("night", form, it, "")
		if it.Type == instrument.MultiChoice {
			f.Kind, f.Values = ui.CheckboxField, r.form[itemField+it.ID]
			for _, o := range form.OptionsOf(it) {
				f.Options = append(f.Options, ui.Option{Value: o.Value.Text(), Label: c.Say(o.Text)})
			}
		}
		v.Fields = append(v.Fields, f)
	}
	for _, f := range r.s.Records(r.visit.ID, form.ID) {
		v.Checks = append(v.Checks, r.nightCheck(form, f))
	}
	slices.Reverse(v.Checks)
	v.Missed = missed(plan)
	place, _ := study.PlaceOf(c.Def, r.visit.ID, form.ID)
	v.FormHref = r.formPath(form.ID, place.Repeats, next.ID)
	return v
}

// missed counts the checks that were left out: those before the last that was done.
func missed(plan []study.PlanLine) int {
	n, open := 0, 0
	for _, l := range plan {
		if l.Done.IsZero() {
			open++
			continue
		}
		n, open = n+open, 0
	}
	return n
}

func (r *room) nightCheck(form *instrument.Compiled, f *study.FormState) ui.TimelineItem {
	t := ui.TimelineItem{When: f.At(), Who: r.name(f.By), Tone: ui.Neutral}
	for i := range form.Items {
		it := &form.Items[i]
		v := f.Values[it.ID]
		if !v.Given() || isMoment(it) {
			continue
		}
		text := v.Text()
		for _, o := range form.OptionsOf(it) {
			if o.Value.Equal(v) {
				text = r.c.Say(o.Text)
			}
		}
		switch {
		case t.Title == "":
			t.Title = text
			continue
		case it.Type == instrument.Boolean:
			yes, _ := v.Bool()
			text = r.c.T("room.no")
			if yes {
				text = r.c.T("room.yes")
			}
			text = r.c.Say(it.Text) + ": " + text
		case it.Type == instrument.Scale:
			text = r.c.Say(it.Text) + " " + text + "/10"
		}
		if t.Text != "" {
			t.Text += " · "
		}
		t.Text += text
	}
	return t
}

// saveNight writes a check: by one press, or with what was filled in.
func saveNight(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	r, form, err := openNight(c)
	if err != nil {
		return err
	}
	if err := r.take("night"); err != nil {
		return err
	}
	d, err := r.lookIn(form)
	if refusal, ok := page.Refused(err); ok {
		if refusal.Kind == study.Forbidden || refusal.Kind == study.Missing || c.FromOutbox() {
			return err
		}
		if refusal.Field != "" {
			r.faults[refusal.Field] = page.Sentence(c.Say(refusal.Text))
		}
		return r.showNight(page.Status(refusal), form, c.RefusalAlert(refusal))
	}
	if err != nil {
		return err
	}
	if d.again {
		return r.showNight(d.status, form, d.alert)
	}
	return c.RedirectWith(r.path+"/night", d.tone, d.text)
}

func (r *room) lookIn(form *instrument.Compiled) (*done, error) {
	tap := r.c.Text(tapField)
	values, slot := maps.Clone(calmAnswers[tap]), ""
	if _, known := form.Item("state"); tap != "" && (!known || values == nil) {
		return nil, page.Bad("tap", "there is no such button", "knappen finnes ikke")
	}
	if tap == "" {
		r.form = maps.Clone(r.form)
		var err error
		if values, err = r.readItems(form); err != nil {
			return nil, err
		}
	}
	if values["state"].Text() == "left" {
		slot = study.NightMorning
	}
	at, ask, err := r.moment(r.x.Discharged)
	if err != nil || ask != nil {
		return ask, err
	}
	r.withMoment(form, values, at)
	if missing := form.Missing(values); len(missing) > 0 {
		it, _ := form.Item(missing[0])
		r.faults["items."+it.ID] = r.c.T("room.log.needs", "item", r.c.Say(it.Text))
		return &done{again: true, status: http.StatusUnprocessableEntity, alert: ui.Alert{Tone: ui.Warning, Live: true, Text: r.faults["items."+it.ID]}}, nil
	}
	result, err := r.c.Do(study.SaveForm{On: study.On{Participant: r.s.ID, At: at}, Visit: r.visit.ID, Form: form.ID, New: true, Slot: slot, Items: values})
	if err != nil {
		return nil, err
	}
	for _, e := range result.Events {
		if _, ok := e.Data.(study.AlertRaised); ok {
			return &done{tone: ui.Danger, text: r.c.T("room.night.alert")}, nil
		}
	}
	return did(r.c.T("room.night.saved"), "")
}
