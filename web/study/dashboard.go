package study

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"varde/app"
	"varde/chart"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type dashboardView struct {
	Heading      ui.Heading
	Stats        []ui.Stat
	Quality      []ui.Stat
	Enrolment    *ui.Figure
	Flow         ui.Figure
	Sites        ui.Table
	Failures     ui.Table
	Approvals    ui.Table
	Unconfirmed  int
	Confirm      ui.Table
	ProtocolHref string
}

func showDashboard(c *page.Context) error {
	p, err := c.App.Progress(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	st, err := c.App.Study(c.Study)
	if err != nil {
		return err
	}
	v := dashboardView{Heading: ui.Heading{Title: c.T("study.title"), Lead: c.Title, Actions: []ui.Link{{Text: c.T("protocol.menu"), Href: c.Path("protocol"), Variant: "secondary"}}}, ProtocolHref: c.Path("protocol")}
	v.Heading.Tags = studyTags(c, st)
	v.Stats, v.Quality = headline(c, p), quality(c, p.All)
	v.Enrolment, v.Flow = enrolment(c, p), flow(c, p.All)
	v.Sites, v.Failures = siteTable(c, p), failures(c, p)
	v.Approvals = approvals(c, st)
	v.Unconfirmed, v.Confirm = confirmations(c)
	return c.Render("dashboard", page.Page{Title: c.T("study.title"), Data: v})
}

func studyTags(c *page.Context, st *study.StudyState) []ui.Tag {
	mode := ui.Tag{Text: c.T("study.mode.practice"), Tone: ui.Info}
	if st.Mode == "live" {
		mode = ui.Tag{Text: c.T("study.mode.live"), Tone: ui.Success}
	}
	tags := []ui.Tag{mode}
	for _, x := range []struct {
		at  time.Time
		key string
	}{{st.Closed, "study.closed"}, {st.Locked, "study.locked"}, {st.Unblinded, "study.unblinded"}} {
		if !x.at.IsZero() {
			tags = append(tags, ui.Tag{Text: c.T(x.key, "date", c.Voice().DateShort(x.at)), Tone: ui.Warning})
		}
	}
	return tags
}

// main milestone of enrolment: randomisation where there is one.
func target(def *protocol.Definition) protocol.Milestone {
	if def.Allocation != nil {
		return protocol.Randomised
	}
	return protocol.Enrolled
}

func headline(c *page.Context, p app.Progress) []ui.Stat {
	m := target(c.Def)
	n := p.All.Reached[string(m)]
	enrolled := ui.Stat{Label: c.T("study.reached." + string(m)), Value: strconv.Itoa(n)}
	if p.Target > 0 {
		enrolled.Note = c.T("study.of", "n", p.Target, "share", c.Voice().Percent(float64(n)/float64(p.Target), 0))
	}
	return []ui.Stat{
		{Label: c.T("study.referred"), Value: strconv.Itoa(p.All.Referred)}, enrolled,
		{Label: c.T("study.treatment"), Value: strconv.Itoa(p.All.Status[study.StatusTreatment])},
		{Label: c.T("study.completed"), Value: strconv.Itoa(p.All.Status[study.StatusCompleted])},
		{Label: c.T("study.adverse"), Value: strconv.Itoa(p.All.Adverse), Note: c.T("study.adverse.note")},
		{Label: c.T("study.serious"), Value: strconv.Itoa(p.All.Serious), Note: c.T("study.serious.note")},
	}
}

func quality(c *page.Context, s app.SiteProgress) []ui.Stat {
	share := func(n, of int) string {
		if of == 0 {
			return "–"
		}
		return c.Voice().Percent(float64(n)/float64(of), 1)
	}
	return []ui.Stat{
		{Label: c.T("study.forms"), Value: share(s.FormsDone, s.FormsDue), Note: c.T("study.forms.note", "n", s.FormsDone, "of", s.FormsDue)},
		{Label: c.T("study.visits"), Value: strconv.Itoa(s.VisitsHeld)},
		{Label: c.T("study.visits.out"), Value: strconv.Itoa(s.VisitsOut), Note: c.T("study.visits.out.note")},
		{Label: c.T("study.missing"), Value: strconv.Itoa(s.MissingItems)},
		{Label: c.T("study.queries"), Value: strconv.Itoa(s.Queries)},
		{Label: c.T("study.deviations"), Value: strconv.Itoa(s.Deviations)},
		{Label: c.T("study.overdue"), Value: strconv.Itoa(s.Overdue), Note: c.T("study.overdue.note")},
	}
}

// enrolment draws the curve against the planned number.
func enrolment(c *page.Context, p app.Progress) *ui.Figure {
	dates := p.Dates[string(target(c.Def))]
	if len(dates) == 0 {
		return nil
	}
	s := chart.Series{Name: c.T("study.reached." + string(target(c.Def)))}
	for i, t := range dates {
		day := chart.Day(t)
		if n := len(s.Points); n > 0 && s.Points[n-1].X == day {
			s.Points[n-1].Y = float64(i + 1)
			continue
		}
		s.Points = append(s.Points, chart.At(day, float64(i+1)))
	}
	if today := chart.Day(c.Now); s.Points[len(s.Points)-1].X < today && len(dates) < p.Target {
		s.Points = append(s.Points, chart.At(today, float64(len(dates))))
	}
	q := chart.Cumulative{
		Frame:  chart.Frame{ID: "enrolment", Title: c.T("study.enrolment"), Desc: c.T("study.enrolment.text"), Lang: c.Lang},
		X:      chart.Axis{Kind: chart.Dates, Label: c.T("study.date")},
		Y:      chart.Axis{Label: c.T("study.people")},
		Series: []chart.Series{s},
	}
	if p.Target > 0 {
		q.Limits = []chart.Limit{{At: float64(p.Target), Label: c.T("study.target", "n", p.Target)}}
	}
	return &ui.Figure{Chart: q}
}

// flow counts people through the study, all arms together.
func flow(c *page.Context, s app.SiteProgress) ui.Figure {
	n := func(m protocol.Milestone) int { return s.Reached[string(m)] }
	line := func(key string, n int) string { return c.T("study.flow."+key) + ": " + strconv.Itoa(n) }
	box := func(key string, n int) chart.Box {
		return chart.Box{Title: c.T("study.flow." + key), Lines: []string{"n = " + strconv.Itoa(n)}}
	}
	aside := func(lines ...string) *chart.Box { return &chart.Box{Title: c.T("study.flow.notyet"), Lines: lines} }
	f := chart.Flow{
		Frame:     chart.Frame{ID: "flow", Title: c.T("study.flow"), Desc: c.T("study.flow.text"), Lang: c.Lang},
		StageHead: c.T("study.flow.stage"), BoxHead: c.T("study.flow.numbers"),
		Trunk: []chart.Stage{
			{Box: box("referred", s.Referred), Aside: aside(line("unsuitable", s.Status[study.StatusNotSuitable]),
				line("waiting", s.Status[study.StatusReferred]+s.Status[study.StatusPrescreened]))},
			{Box: box("consented", n(protocol.Consented)), Aside: aside(line("failed", s.Status[study.StatusScreenFailure]),
				line("screening", s.Status[study.StatusScreening]+s.Status[study.StatusEligible]))},
			{Box: box("enrolled", n(protocol.Enrolled))},
		},
	}
	if c.Def.Allocation != nil {
		f.Trunk = append(f.Trunk, chart.Stage{Box: box("randomised", n(protocol.Randomised))})
	}
	last := &f.Trunk[len(f.Trunk)-1]
	last.Aside = &chart.Box{Title: c.T("study.flow.left"), Lines: []string{
		line("stopped", s.Status[study.StatusStopped]), line("withdrawn", s.Status[study.StatusWithdrawn]), line("lost", s.Status[study.StatusLost]),
		line("taking", s.Status[study.StatusEnrolled]+s.Status[study.StatusRandomised]+s.Status[study.StatusTreatment])}}
	f.Trunk = append(f.Trunk, chart.Stage{Box: box("completed", s.Status[study.StatusCompleted])})
	return ui.Figure{Chart: f}
}

func siteTable(c *page.Context, p app.Progress) ui.Table {
	m := target(c.Def)
	t := ui.Table{Caption: c.T("study.sites"), HideCaption: true, Columns: []ui.Column{{Head: c.T("study.site")}, {Head: c.T("study.referred"), Num: true}, {Head: c.T("study.reached." + string(m)), Num: true},
		{Head: c.T("study.completed"), Num: true}, {Head: c.T("study.forms"), Num: true}, {Head: c.T("study.visits.out"), Num: true}, {Head: c.T("study.queries"), Num: true}, {Head: c.T("study.deviations"), Num: true},
		{Head: c.T("study.serious"), Num: true}, {Head: c.T("study.overdue"), Num: true}}}
	row := func(name, sub string, s app.SiteProgress, strong bool) {
		share := "–"
		if s.FormsDue > 0 {
			share = c.Voice().Percent(float64(s.FormsDone)/float64(s.FormsDue), 1)
		}
		cells := []ui.Cell{{Text: name, Sub: sub}}
		for _, n := range []int{s.Referred, s.Reached[string(m)], s.Status[study.StatusCompleted]} {
			cells = append(cells, ui.Cell{Text: strconv.Itoa(n)})
		}
		cells = append(cells, ui.Cell{Text: share})
		for _, n := range []int{s.VisitsOut, s.Queries, s.Deviations, s.Serious, s.Overdue} {
			cells = append(cells, ui.Cell{Text: strconv.Itoa(n)})
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells, Strong: strong})
	}
	for _, s := range p.Sites {
		row(s.Site, s.Name, s, false)
	}
	row(c.T("study.all"), "", p.All, true)
	return t
}

func failures(c *page.Context, p app.Progress) ui.Table {
	t := ui.Table{Caption: c.T("study.failures"), HideCaption: true, Columns: []ui.Column{{Head: c.T("study.failures.reason")}, {Head: c.T("study.people"), Num: true}},
		Empty: &ui.Empty{Text: c.T("study.failures.none")}}
	reasons := slices.SortedFunc(maps.Keys(p.Failed), func(a, b string) int {
		if n := cmp.Compare(p.Failed[b], p.Failed[a]); n != 0 {
			return n
		}
		return cmp.Compare(a, b)
	})
	for _, r := range reasons {
		cell := ui.Cell{Text: r}
		for _, x := range c.Def.Eligibility.Criteria {
			if x.ID == r {
				cell.Sub = c.Say(x.Text)
			}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{cell, {Text: strconv.Itoa(p.Failed[r])}}})
	}
	return t
}

func approvals(c *page.Context, st *study.StudyState) ui.Table {
	t := ui.Table{Caption: c.T("study.approvals"), HideCaption: true, Columns: []ui.Column{{Head: c.T("study.approval")}, {Head: c.T("study.approval.state")}, {Head: c.T("study.approval.ref")}, {Head: c.T("study.approval.expires")}}}
	today := c.Now.Format(time.DateOnly)
	for _, a := range c.Def.Approvals {
		got, ok := st.Approvals[a.ID]
		cells := []ui.Cell{{Text: c.Say(a.Title)}, {}, {Text: got.Reference}, {Text: got.Expires}}
		expired := ok && got.Expires != "" && got.Expires < today
		switch {
		case expired:
			cells[1].Tags = []ui.Tag{{Text: c.T("study.approval.expired"), Tone: ui.Danger}}
		case ok:
			cells[1].Tags = []ui.Tag{{Text: c.T("study.approval.there") + " " + got.Given, Tone: ui.Success}}
		case a.Required:
			cells[1].Tags = []ui.Tag{{Text: c.T("study.approval.missing"), Tone: ui.Danger}}
		default:
			cells[1].Tags = []ui.Tag{{Text: c.T("study.approval.optional"), Tone: ui.Neutral}}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells})
	}
	return t
}

func confirmations(c *page.Context) (int, ui.Table) {
	t := ui.Table{Caption: c.T("study.confirm"), HideCaption: true, Columns: []ui.Column{{Head: c.T("study.confirm.ref")}, {Head: c.T("study.confirm.what")}, {Head: c.T("study.confirm.place")}}}
	open := c.Def.Unconfirmed()
	for _, f := range open {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: f.Path}, {Text: page.Sentence(f.Message)}, {Text: f.File + ":" + strconv.Itoa(f.Line)}}})
	}
	return len(open), t
}
