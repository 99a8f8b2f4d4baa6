package clinic

import (
	"slices"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// shownHere bounds the participant's tasks on the page.
const shownHere = 12

// journeyView is a participant's page.
type journeyView struct {
	Heading    ui.Heading
	Facts      []ui.KeyValue
	Next       *nextView
	Gone       string
	Epochs     []epochLine
	Tasks      []taskLine
	TasksLeft  int
	Logs       []logView
	Queries    []concern
	QueriesOld int
	Alerts     []concern
	AlertsOld  int
	Reports    []concern
	Deviations []ui.TimelineItem
	Deviate    *actionForm
	Consents   consentsView
	Events     []ui.TimelineItem
	Audit      string
	Leaving    []actionForm
	Identity   *ui.Link
	Unblind    *ui.Link
	Messages   *ui.Link
	Signed     []*ui.Signatures // of the decisions and the whole record
}

func journey(c *page.Context) error {
	s, err := person(c)
	if err != nil {
		return err
	}
	return renderJourney(c, s, nil)
}

func renderJourney(c *page.Context, s *study.State, refused *study.Refusal) error {
	env := c.App.Env(c.Ctx(), c.Actor, c.Study, s)
	rows, err := c.App.Tasks(c.Ctx(), c.Actor, c.Study, app.TaskQuery{Participant: s.ID})
	if err != nil {
		return err
	}
	var tasks []study.Task
	for _, r := range rows {
		tasks = append(tasks, r.Task)
	}
	m := &forms{c: c, refused: refused}
	v := &journeyView{Epochs: epochs(c, s, env), Logs: logsOf(c, s), Consents: consentsOf(m, s), Events: eventsOf(c, s), Deviations: deviationsOf(c, s)}
	v.head(c, s, env)
	if s.Status().Gone() {
		v.Gone = goneText(c, s)
	} else {
		v.Next = nextOf(m, s, env, tasks)
	}
	for _, t := range tasks {
		if span(t, c.Now, c.Zone) < 3 {
			if len(v.Tasks) == shownHere {
				v.TasksLeft++
				continue
			}
			line := lineOf(c, s.ID, t, c.Zone)
			line.Participant, line.Link = "", "" // it is the page's own
			v.Tasks = append(v.Tasks, line)
		}
	}
	v.Queries, v.QueriesOld = queriesOf(m, s)
	v.Alerts, v.AlertsOld = alertsOf(m, s, tasks)
	v.Reports = reportsOf(m, s, tasks)
	if c.Can(access.Report) {
		f := m.make(deviationForm(c, s))
		v.Deviate = &f
	}
	if c.Can(access.SeeAudit) {
		v.Audit = c.Path("audit", s.ID)
	}
	v.Leaving = leavingOf(m, s)
	v.trust(c, s)
	p := page.Page{Title: s.ID, Crumbs: personCrumbs(c, s), Data: v, Notices: unblindingBanner(c, s)}
	p.Crumbs[len(p.Crumbs)-1].Href = ""
	if refused != nil {
		p.Status, p.Notices = page.Status(refused), append(p.Notices, c.RefusalAlert(refused))
	}
	return c.Render("journey", p)
}

func (v *journeyView) head(c *page.Context, s *study.State, env study.Env) {
	v.Heading = ui.Heading{Title: s.ID, Tags: []ui.Tag{statusTag(c, s.Status())}}
	site := s.Site
	if env.Site != nil {
		site += " " + env.Site.Name
	}
	v.Facts = []ui.KeyValue{{Key: c.T("clinic.site"), Cell: ui.Cell{Text: site}}}
	add := func(key, text string) {
		if text != "" {
			v.Facts = append(v.Facts, ui.KeyValue{Key: c.T(key), Cell: ui.Cell{Text: text}})
		}
	}
	if s.Language != "" {
		add("clinic.language", c.T("clinic.lang."+s.Language))
	}
	add("clinic.kit", s.Kit)
	for _, x := range []struct {
		key string
		on  any
	}{{"clinic.reached.referred", study.Referred}, {"clinic.reached.randomised", study.Randomised}} {
		for m, t := range s.Reached {
			if any(m) == x.on {
				add(x.key, c.Voice().DateShort(t))
			}
		}
	}
}

func goneText(c *page.Context, s *study.State) string {
	reason := ""
	for _, r := range c.Def.Withdrawal.Reasons {
		if r.ID == s.LeftReason {
			reason = c.Say(r.Text)
		}
	}
	switch s.Status() {
	case study.StatusCompleted:
		return c.T("clinic.gone.completed")
	case study.StatusWithdrawn:
		return c.T("clinic.gone.withdrawn", "reason", reason)
	case study.StatusLost:
		return c.T("clinic.gone.lost")
	case study.StatusScreenFailure:
		return c.T("clinic.gone.screenfailure")
	}
	return c.T("clinic.gone.notsuitable")
}

func deviationForm(c *page.Context, s *study.State) actionForm {
	visit := ui.Field{Kind: ui.SelectField, Name: "visit", Label: c.T("clinic.deviation.visit"), Optional: true}
	for i := range c.Def.Visits {
		if !s.Visits[i].Held.IsZero() || !s.Visits[i].Planned.IsZero() {
			visit.Options = append(visit.Options, ui.Option{Value: c.Def.Visits[i].ID, Label: visitTitle(c, c.Def.Visits[i].ID)})
		}
	}
	return actionForm{ID: "deviation", Title: c.T("clinic.deviation.report"), Action: c.Path("p", s.ID, "deviation"), Button: c.T("clinic.deviation.button"), Quiet: true,
		Fields: []ui.Field{{Kind: ui.LongTextField, Name: "text", Rows: 2, Label: c.T("clinic.deviation.text"), Required: true, MaxLength: 2000}, visit, when(c)}}
}

// leavingOf are the ways to stop, each with what it means for the participant.
func leavingOf(m *forms, s *study.State) []actionForm {
	c := m.c
	if !c.Can(access.EndTaking) || s.Status().Gone() {
		return nil
	}
	base := c.Path("p", s.ID)
	var out []actionForm
	if !s.Reached[study.Enrolled].IsZero() && s.Stopped.IsZero() {
		out = append(out, actionForm{ID: "stop", Title: c.T("clinic.leave.stop"), Text: c.T("clinic.leave.stop.text"), Action: base + "/stop", Button: c.T("clinic.leave.stop.button"), Danger: true,
			Fields: []ui.Field{reasonOf(c), noteOf(c), when(c), sure(c, c.T("clinic.leave.sure"))}})
	}
	out = append(out,
		actionForm{ID: "withdraw", Title: c.T("clinic.leave.withdraw"), Text: c.T("clinic.leave.withdraw.text"), Action: base + "/withdraw", Button: c.T("clinic.leave.withdraw.button"), Danger: true,
			Fields: []ui.Field{reasonOf(c), noteOf(c), when(c), sure(c, c.T("clinic.leave.sure"))}},
		actionForm{ID: "lost", Title: c.T("clinic.leave.lost"), Text: c.T("clinic.leave.lost.text"), Action: base + "/lost", Button: c.T("clinic.leave.lost.button"), Danger: true,
			Fields: []ui.Field{{Kind: ui.NumberField, Name: "attempts", Label: c.T("clinic.leave.attempts"), Required: true}, when(c), sure(c, c.T("clinic.leave.sure"))}})
	if !s.Reached[study.Enrolled].IsZero() {
		out = append(out, actionForm{ID: "finish", Title: c.T("clinic.leave.complete"), Text: c.T("clinic.leave.complete.text"), Action: base + "/complete", Button: c.T("clinic.complete"),
			Fields: []ui.Field{sure(c, c.T("clinic.complete.sure"))}})
	}
	for i := range out {
		out[i] = m.make(out[i])
	}
	return slices.Clip(out)
}
