package clinic

import (
	"net/http"
	"slices"
	"strconv"

	"varde/access"
	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// place is a record of a form that an address names.
type place struct {
	state   *study.State
	visit   string // "" for a log
	form    *instrument.Compiled
	at      study.Place
	repeat  int
	fresh   bool // a new record of a repeating form
	list    bool // the address names the form, not one of its records
	record  *study.FormState
	mayFill bool
	path    string // of the record's page
}

// placeOf reads the address /p/{id}/f/{visit}/{form}[/{repeat}|/new].
func placeOf(c *page.Context) (*place, error) {
	s, err := person(c)
	if err != nil {
		return nil, err
	}
	p := &place{state: s, visit: visitOf(c, s.ID)}
	if p.visit == "" && c.Value("visit") != "-" {
		return nil, page.NotFound("the protocol has no such visit", "protokollen har ikke noe slikt besøk")
	}
	id := c.Value("form")
	at, ok := study.PlaceOf(c.Def, p.visit, id)
	if !ok {
		return nil, page.NotFound("the protocol has no such form there", "protokollen har ikke noe slikt skjema der")
	}
	p.at, p.form = at, at.Form
	p.mayFill = slices.Contains(at.Roles, c.Actor.Role) && c.Can(access.Enter)
	if !p.mayFill && !c.Can(access.SeeJourney) {
		return nil, &study.Refusal{Kind: study.Forbidden, Code: "role-may-not", Text: study.Text{
			EN: "the protocol leaves this form to other roles", NB: "protokollen overlater dette skjemaet til andre roller"}}
	}
	repeat := c.Value("repeat")
	switch {
	case repeat == "" && at.Repeats:
		p.list = true
	case repeat == "new" && at.Repeats:
		p.fresh = true
	case repeat != "":
		n, err := strconv.Atoi(repeat)
		if err != nil || n < 1 || !at.Repeats || s.Form(p.visit, id, n) == nil {
			return nil, page.NotFound("there is no such record of the form", "det finnes ingen slik føring av skjemaet")
		}
		p.repeat = n
	}
	if !p.list && !p.fresh {
		p.record = s.Form(p.visit, id, p.repeat)
	}
	p.path = formPath(c, s.ID, p.visit, id, repeat)
	return p, nil
}

func formPath(c *page.Context, id, visit, form, repeat string) string {
	elem := []string{"p", id, "f", visitRef(c, id, visit), form}
	if repeat != "" {
		elem = append(elem, repeat)
	}
	return c.Path(elem...)
}

func (p *place) saved() study.Values {
	if p.record == nil {
		return nil
	}
	return p.record.Values
}

func (p *place) version() int {
	if p.record == nil {
		return 0
	}
	return p.record.Version
}

// attempt is a form that was sent and could not be saved as it was.
type attempt struct {
	typed  *typed
	faults []fault
	status int
	stale  bool
	reason string
	owed   bool // the reason for a change is missing
	alert  *ui.Alert
}

func showEntry(c *page.Context) error {
	p, err := placeOf(c)
	if err != nil {
		return err
	}
	if p.record != nil {
		if err := c.App.Seen(c.Ctx(), c.Actor, c.Study, p.state.ID, study.FormRecord(p.record.Key).String()); err != nil {
			return err
		}
	}
	if p.list {
		return showRecords(c, p)
	}
	return renderEntry(c, p, attempt{})
}

// checkEntry answers the form with skip logic, doubts and scores of what is typed
// so far; nothing is saved.
func checkEntry(c *page.Context) error {
	p, t, err := sent(c)
	if err != nil {
		return err
	}
	_, faults := t.change(p.form, p.saved(), c.Zone)
	v := entryOf(c, p, attempt{typed: t, faults: faults, reason: c.Text("reason")})
	v.Client, v.Errors = c.Text("client"), ui.ErrorSummary{} // the page's own id stays
	return c.RenderPart("entry", "entry-form", page.Page{Data: v})
}

func sent(c *page.Context) (*place, *typed, error) {
	p, err := placeOf(c)
	if err != nil {
		return nil, nil, err
	}
	if p.list {
		return nil, nil, page.NotFound("say which record of the form is meant", "si hvilken føring av skjemaet som menes")
	}
	form, err := c.Form()
	if err != nil {
		return nil, nil, err
	}
	t, r := readTyped(form, p.form)
	if r != nil {
		return nil, nil, r
	}
	return p, t, nil
}

func saveEntry(c *page.Context) error {
	p, t, err := sent(c)
	if err != nil {
		return err
	}
	version, err := c.Int("version")
	if err != nil {
		return err
	}
	if len(c.Text("reason")) > 2000 {
		return page.Bad("reason", "the reason is too long", "begrunnelsen er for lang")
	}
	try := attempt{typed: t, reason: c.Text("reason")}
	change, faults := t.change(p.form, p.saved(), c.Zone)
	try.faults = faults
	if c.Text("act") == "update" {
		return renderEntry(c, p, try)
	}
	switch {
	case len(faults) > 0:
		try.status = http.StatusBadRequest
		return renderEntry(c, p, try)
	case version != p.version() && len(change) == 0:
		return afterSave(c, p, p.repeat) // sent twice: the first one did it
	case len(change) == 0 && p.record != nil:
		return c.RedirectWith(p.back(c), ui.Info, c.T("clinic.entry.nothing"))
	case len(change) == 0:
		try.status = http.StatusBadRequest
		try.alert = &ui.Alert{Tone: ui.Warning, Text: c.T("clinic.entry.empty"), Live: true}
		return renderEntry(c, p, try)
	case version == p.version() && corrects(p.saved(), change) && try.reason == "":
		try.status, try.owed = http.StatusBadRequest, true
		return renderEntry(c, p, try)
	}
	return doSave(c, p, try, change, version)
}

func doSave(c *page.Context, p *place, try attempt, change study.Values, version int) error {
	done, err := c.Do(study.SaveForm{
		On: study.On{Participant: p.state.ID}, Visit: p.visit, Form: p.form.ID, Repeat: p.repeat, New: p.fresh,
		Slot: c.Text("slot"), Version: version, Items: change, Reason: try.reason,
	})
	r, refused := page.Refused(err)
	switch {
	case refused && r.Kind == study.Stale:
		again, err := placeOf(c)
		if err != nil {
			return err
		}
		try.stale, try.status = true, http.StatusConflict
		return renderEntry(c, again, try)
	case refused && (r.Kind == study.Against || r.Kind == study.Invalid):
		try.status = page.Status(r)
		if item, ok := cutItem(r.Field); ok {
			try.faults = append(try.faults, fault{item, r.Text})
		} else {
			a := c.RefusalAlert(r)
			try.alert = &a
		}
		return renderEntry(c, p, try)
	case err != nil:
		return err
	}
	repeat := p.repeat
	for _, e := range done.Events {
		if d, ok := e.Data.(study.FormSaved); ok {
			repeat = d.Repeat
		}
	}
	if done.State != nil {
		p.state = done.State
	}
	return afterSave(c, p, repeat)
}

func cutItem(field string) (string, bool) {
	if len(field) > 6 && field[:6] == "items." {
		return field[6:], true
	}
	return "", false
}

// back is the page to show after saving.
func (p *place) back(c *page.Context) string {
	if to := c.Text("return"); to != "" {
		return page.Local(to)
	}
	return p.path
}

// afterSave leads on with a message that says what is still open.
func afterSave(c *page.Context, p *place, repeat int) error {
	to := formPath(c, p.state.ID, p.visit, p.form.ID, "")
	if repeat > 0 {
		to = formPath(c, p.state.ID, p.visit, p.form.ID, strconv.Itoa(repeat))
	}
	if back := c.Text("return"); back != "" {
		to = page.Local(back)
	}
	text, tone := c.T("clinic.entry.saved"), ui.Success
	if f := p.state.Form(p.visit, p.form.ID, repeat); f != nil && len(f.Missing) > 0 {
		text += " " + c.TN("clinic.entry.missing", len(f.Missing))
		tone = ui.Info
	}
	if n := openQueries(p.state, p.visit, p.form.ID, repeat); n > 0 {
		text += " " + c.TN("clinic.entry.asked", n)
		tone = ui.Warning
	}
	return c.RedirectWith(to, tone, text)
}

func openQueries(s *study.State, visit, form string, repeat int) int {
	n := 0
	for _, q := range s.Queries {
		if q.Closed.IsZero() && q.Visit == visit && q.Form == form && q.Repeat == repeat {
			n++
		}
	}
	return n
}
