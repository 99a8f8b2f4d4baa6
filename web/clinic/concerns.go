package clinic

import (
	"slices"
	"strconv"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// concern is something that a person must answer: a query or an alert.
type concern struct {
	Anchor string
	ID     string
	Title  string
	Text   string
	Href   string
	Where  string
	Tag    ui.Tag
	Form   *actionForm
}

func queriesOf(m *forms, s *study.State) (open []concern, closed int) {
	c := m.c
	for _, q := range s.Queries {
		if !q.Closed.IsZero() {
			closed++
			continue
		}
		x := concern{Anchor: "query-" + q.ID, ID: q.ID, Title: c.Say(study.QueryText(c.Def, q)), Tag: ui.Tag{Text: c.T("clinic.query.open"), Tone: ui.Warning}}
		x.Where, x.Href = whereOf(c, s, q.Visit, q.Form, q.Repeat)
		x.Text = c.T("clinic.query.since", "time", c.Voice().DateTime(q.Raised))
		if c.Can(access.Answer) {
			f := m.make(actionForm{ID: x.Anchor + "-form", Action: c.Path("p", s.ID, "query", q.ID), Button: c.T("clinic.query.close"), Quiet: true,
				Fields: []ui.Field{{Kind: ui.TextField, Name: "answer", Label: c.T("clinic.query.answer"), Required: true, MaxLength: 2000}}})
			x.Form = &f
		}
		open = append(open, x)
	}
	return open, closed
}

func alertsOf(m *forms, s *study.State, tasks []study.Task) (open []concern, closed int) {
	c := m.c
	for _, a := range s.Alerts {
		if !a.Closed.IsZero() {
			closed++
			continue
		}
		x := concern{Anchor: "alert-" + a.ID, ID: a.ID, Title: a.Alert, Tag: ui.Tag{Text: c.T("clinic.alert.open"), Tone: ui.Danger}}
		x.Where, x.Href = whereOf(c, s, a.Visit, a.Form, a.Repeat)
		for _, t := range tasks {
			if t.Kind == study.TaskAlert && t.Ref == a.ID {
				x.Title = c.Say(t.Title)
				x.Text = c.T("clinic.alert.owner", "roles", roleList(c, t.Roles), "time", c.Voice().DateTime(t.Closes))
			}
		}
		if c.Can(access.Answer) {
			f := m.make(actionForm{ID: x.Anchor + "-form", Action: c.Path("p", s.ID, "alert", a.ID), Button: c.T("clinic.alert.close"),
				Fields: []ui.Field{{Kind: ui.TextField, Name: "action", Label: c.T("clinic.alert.action"), Required: true, MaxLength: 2000}}})
			x.Form = &f
		}
		open = append(open, x)
	}
	return open, closed
}

// reportsOf are the safety reports whose clock is running.
func reportsOf(m *forms, s *study.State, tasks []study.Task) []concern {
	c := m.c
	var out []concern
	for _, t := range tasks {
		if t.Kind != study.TaskReport {
			continue
		}
		x := concern{Anchor: "report-" + t.Ref + "-" + strconv.Itoa(t.Repeat), Title: c.Say(t.Title), Tag: ui.Tag{Text: c.T("clinic.report.open"), Tone: ui.Danger},
			Text: c.T("clinic.alert.owner", "roles", roleList(c, t.Roles), "time", c.Voice().DateTime(t.Closes))}
		x.Where, x.Href = whereOf(c, s, "", t.Form, t.Repeat)
		if c.Can(access.Report) {
			f := m.make(actionForm{ID: x.Anchor + "-form", Action: c.Path("p", s.ID, "report", t.Ref, strconv.Itoa(t.Repeat)), Button: c.T("clinic.report.button"),
				Fields: []ui.Field{{Kind: ui.TextField, Name: "reference", Label: c.T("clinic.report.reference"), Required: true, MaxLength: 500}, when(c)}})
			x.Form = &f
		}
		out = append(out, x)
	}
	return out
}

// whereOf names the record that something is about.
func whereOf(c *page.Context, s *study.State, visit, form string, repeat int) (string, string) {
	f, ok := c.Def.Form(form)
	if !ok {
		return form, c.Path("p", s.ID)
	}
	text, no := formTitle(c, f), ""
	if visit != "" {
		text += " · " + visitTitle(c, visit)
	}
	if repeat > 0 {
		no = strconv.Itoa(repeat)
		text += " (" + no + ")"
	}
	return text, formPath(c, s.ID, visit, form, no)
}

// logView is a form kept all through, with its records.
type logView struct {
	ID, Title string
	Table     ui.Table
	New       *ui.Link

	// Of the logs that are shown as more than a table.
	Medicines []medicineView
	Tapers    []taperView
	Contacts  []ui.TimelineItem
	Notes     []noteView
}

// Told says that the log is shown as more than a table.
func (v logView) Told() bool {
	return len(v.Medicines)+len(v.Tapers)+len(v.Contacts)+len(v.Notes) > 0
}

func logsOf(c *page.Context, s *study.State) []logView {
	var out []logView
	for _, l := range c.Def.Logs {
		f, ok := c.Def.Form(l.Form)
		if !ok {
			continue
		}
		v := logView{ID: "log-" + l.Form, Title: c.Say(l.Title)}
		if v.Title == "" {
			v.Title = formTitle(c, f)
		}
		if p, ok := study.PlaceOf(c.Def, "", l.Form); ok && slices.Contains(p.Roles, c.Actor.Role) && !s.Reached[l.From].IsZero() {
			v.New = &ui.Link{Text: c.T("clinic.records.new"), Href: formPath(c, s.ID, "", l.Form, "new"), Variant: "secondary"}
		}
		v.Table = ui.Table{Caption: v.Title, HideCaption: true, Columns: []ui.Column{{Head: c.T("clinic.records.what")}, {Head: c.T("clinic.records.when")}, {Head: c.T("clinic.records.state")}}}
		for _, r := range s.Records("", l.Form) {
			row := ui.Row{Cells: []ui.Cell{{Text: recordTitle(c, f, r), Href: formPath(c, s.ID, "", l.Form, strconv.Itoa(r.Key.Repeat))}, {Time: r.SavedAt}, {Tags: []ui.Tag{recordTag(c, r)}}}}
			if l.Form == c.Def.Safety.Form {
				if b, ok := r.Values["serious"].Bool(); ok && b {
					row.Cells[0].Tags = append(row.Cells[0].Tags, ui.Tag{Text: c.T("clinic.ae.serious"), Tone: ui.Danger})
				}
				if !r.Values["end"].Given() {
					row.Cells[2].Tags = append(row.Cells[2].Tags, ui.Tag{Text: c.T("clinic.ae.ongoing"), Tone: ui.Info})
				}
			}
			v.Table.Rows = append(v.Table.Rows, row)
		}
		switch l.Form {
		case c.Def.Safety.Medication:
			v.Medicines = medicinesOf(c, s)
		case study.TaperLog:
			v.Tapers = tapersOf(c, s)
		case study.ContactLog:
			v.Contacts = contactsOf(c, s)
		case study.NoteLog:
			v.Notes = notesOf(c, s)
		}
		out = append(out, v)
	}
	return out
}

// eventsOf are the newest entries of the record, for those who may see the trail.
func eventsOf(c *page.Context, s *study.State) []ui.TimelineItem {
	if !c.Can(access.SeeAudit) {
		return nil
	}
	const newest = 8
	events, err := c.App.Trail(c.Ctx(), c.Actor, c.Study, s.ID, app.TrailQuery{Limit: newest})
	if err != nil {
		return nil
	}
	var out []ui.TimelineItem
	for _, e := range events {
		out = append(out, ui.TimelineItem{When: e.At, Title: page.Sentence(c.Say(study.Describe(c.Def, e))), Who: e.Actor + ", " + c.Say(study.RoleName(e.Role)), Tone: ui.Neutral})
	}
	slices.Reverse(out)
	return out
}

func deviationsOf(c *page.Context, s *study.State) []ui.TimelineItem {
	var out []ui.TimelineItem
	for _, d := range s.Deviations {
		out = append(out, ui.TimelineItem{When: d.At, Title: page.Sentence(c.Say(study.DeviationText(c.Def, d.DeviationRaised))), Tone: ui.Warning})
	}
	slices.Reverse(out)
	return out
}
