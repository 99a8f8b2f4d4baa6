package session

import (
	"time"

	"varde/app"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// horizon is how far the list of sessions looks.
const horizon = 21 * 24 * time.Hour

// manyRooms bounds how many open rooms are laid out in full on one page.
const manyRooms = 40

type sessionsView struct {
	Heading ui.Heading
	Open    []openSession
	Alarms  int
	Stream  string
	Path    string
	Coming  ui.Table
}

// openSession is a room at a glance, for the physician on call.
type openSession struct {
	ID, Title, Href, Site, Pair string
	Since, Now                  time.Time
	SinceWord                   string
	Live                        *liveView
	Tags                        []ui.Tag
	Next                        string
	NextAt                      time.Time
}

// showSessions lists the sessions under way, as they stand, and those to come.
func showSessions(c *page.Context) error {
	rows, err := c.App.Tasks(c.Ctx(), c.Actor, c.Study, app.TaskQuery{Before: c.Now.Add(horizon), Limit: 5000})
	if err != nil {
		return err
	}
	v := sessionsView{Heading: ui.Heading{Title: c.T("room.menu"), Lead: c.T("room.list.lead")}, Stream: c.Path("sessions", "live"), Path: c.Path("sessions")}
	v.Coming = ui.Table{Caption: c.T("room.list.coming"), HideCaption: true, Columns: []ui.Column{{Head: c.T("room.list.who")}, {Head: c.T("room.list.session")}, {Head: c.T("room.list.due")}, {Head: c.T("room.list.closes")}, {Head: c.T("room.list.site")}},
		Empty: &ui.Empty{Title: c.T("room.list.none"), Text: c.T("room.list.none.text")}}
	open := map[string]bool{}
	for _, row := range rows {
		if row.Task.Kind == study.TaskSession {
			open[row.Participant] = true
			o, err := glance(c, row, len(v.Open) < manyRooms)
			if err != nil {
				return err
			}
			if o.Live != nil {
				v.Alarms += len(o.Live.Breaches)
			}
			v.Open = append(v.Open, o)
		}
	}
	for _, row := range rows {
		t := row.Task
		visit, ok := c.Def.Visit(t.Visit)
		if open[row.Participant] || t.Kind != study.TaskVisit || !ok || visit.Kind != protocol.Session {
			continue
		}
		cells := []ui.Cell{{Text: row.Participant, Href: c.Path("p", row.Participant, "session", t.Visit)}, {Text: c.Say(t.Title)}, {Date: t.Due}, {Date: t.Closes}, {Text: row.Site}}
		if t.Overdue(c.Now) {
			cells[3].Tags = []ui.Tag{{Text: c.T("room.list.passed"), Tone: ui.Danger}}
		}
		v.Coming.Rows = append(v.Coming.Rows, ui.Row{Cells: cells})
	}
	if sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study); err == nil && len(sites) == 1 && sites[0].Zone != nil {
		c.Zone = sites[0].Zone
	}
	return c.Render("sessions", page.Page{Title: c.T("room.menu"), Data: v})
}

// glance is one open room: clock, last values, limits passed, what is next. Who looks
// is kept with the record, as in the room itself. A role that is kept from what happens
// in a session, or one room too many, gets the name alone.
func glance(c *page.Context, row app.TaskRow, whole bool) (openSession, error) {
	t := row.Task
	o := openSession{ID: row.Participant, Site: row.Site, Title: c.Say(t.Title), Href: c.Path("p", row.Participant, "session", t.Visit), Since: t.Due, Now: c.Now, SinceWord: c.T("room.clock.start")}
	if !whole || !sees(c) {
		return o, nil
	}
	zone := c.Zone
	defer func() { c.Zone = zone }()
	r, err := enter(c, row.Participant, t.Visit)
	if err != nil {
		return o, err
	}
	if err := c.App.Seen(c.Ctx(), c.Actor, c.Study, r.s.ID, study.SessionRecord(r.visit.ID).String()); err != nil {
		return o, err
	}
	o.Live = r.live()
	o.Live.Trends = nil
	o.Pair = r.names(r.x.Pair)
	for i := range o.Live.Breaches {
		o.Live.Breaches[i].Back = "sessions"
		o.Live.Breaches[i].Field.ID = r.s.ID + "-" + o.Live.Breaches[i].Field.ID
	}
	if n := len(o.Live.Breaches); n > 0 {
		o.Tags = append(o.Tags, ui.Tag{Text: c.TN("room.list.alarms", n), Tone: ui.Danger})
	}
	o.Tags = append(o.Tags, ui.Tag{Text: r.phaseName(), Tone: ui.Info})
	if !r.x.DoseAt.IsZero() {
		o.Since, o.SinceWord = r.x.DoseAt, c.T("room.clock.dose")
	}
	late := 0
	for _, l := range study.SessionPlan(c.Def, r.s, r.x) {
		switch {
		case !l.Done.IsZero() || l.Due.IsZero():
		case c.Now.After(l.Latest):
			late++
		case o.NextAt.IsZero() || l.Due.Before(o.NextAt):
			o.Next, o.NextAt = c.Say(l.Title), l.Due
		}
	}
	if late > 0 {
		o.Tags = append(o.Tags, ui.Tag{Text: c.TN("room.list.late", late), Tone: ui.Warning})
	}
	return o, nil
}
