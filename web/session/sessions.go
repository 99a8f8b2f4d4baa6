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

type sessionsView struct {
	Heading ui.Heading
	Open    []openSession
	Coming  ui.Table
}

type openSession struct {
	ID, Title, Href, Site string
	Since                 time.Time
	Now                   time.Time
	Alarms                int
	Tags                  []ui.Tag
	Next                  string
	NextAt                time.Time
}

// showSessions lists the sessions under way and those to come.
func showSessions(c *page.Context) error {
	rows, err := c.App.Tasks(c.Ctx(), c.Actor, c.Study, app.TaskQuery{Before: c.Now.Add(horizon), Limit: 5000})
	if err != nil {
		return err
	}
	v := sessionsView{Heading: ui.Heading{Title: c.T("room.menu"), Lead: c.T("room.list.lead")}}
	v.Coming = ui.Table{Caption: c.T("room.list.coming"), HideCaption: true, Columns: []ui.Column{{Head: c.T("room.list.who")}, {Head: c.T("room.list.session")}, {Head: c.T("room.list.due")}, {Head: c.T("room.list.closes")}, {Head: c.T("room.list.site")}},
		Empty: &ui.Empty{Title: c.T("room.list.none"), Text: c.T("room.list.none.text")}}
	open := map[string]int{}
	for _, row := range rows {
		if row.Task.Kind == study.TaskSession {
			open[row.Participant] = len(v.Open)
			v.Open = append(v.Open, openSession{ID: row.Participant, Site: row.Site, Title: c.Say(row.Task.Title), Href: c.Path("p", row.Participant, "session", row.Task.Visit), Since: row.Task.Due, Now: c.Now})
		}
	}
	for _, row := range rows {
		t := row.Task
		if i, ok := open[row.Participant]; ok {
			o := &v.Open[i]
			switch t.Kind {
			case study.TaskAcknowledge:
				o.Alarms++
			case study.TaskVitals, study.TaskSessionForm:
				if o.NextAt.IsZero() || t.Due.Before(o.NextAt) {
					o.Next, o.NextAt = c.Say(t.Title), t.Due
				}
			}
			continue
		}
		visit, ok := c.Def.Visit(t.Visit)
		if t.Kind != study.TaskVisit || !ok || visit.Kind != protocol.Session {
			continue
		}
		cells := []ui.Cell{{Text: row.Participant, Href: c.Path("p", row.Participant, "session", t.Visit)}, {Text: c.Say(t.Title)}, {Date: t.Due}, {Date: t.Closes}, {Text: row.Site}}
		if t.Overdue(c.Now) {
			cells[3].Tags = []ui.Tag{{Text: c.T("room.list.passed"), Tone: ui.Danger}}
		}
		v.Coming.Rows = append(v.Coming.Rows, ui.Row{Cells: cells})
	}
	for i := range v.Open {
		if n := v.Open[i].Alarms; n > 0 {
			v.Open[i].Tags = []ui.Tag{{Text: c.TN("room.list.alarms", n), Tone: ui.Danger}}
		}
	}
	if sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study); err == nil && len(sites) == 1 && sites[0].Zone != nil {
		c.Zone = sites[0].Zone
	}
	return c.Render("sessions", page.Page{Title: c.T("room.menu"), Data: v})
}
