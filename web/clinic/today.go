package clinic

import (
	"slices"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// shownTasks bounds each group on the page; what is left out is counted.
const shownTasks = 40

type todayView struct {
	Heading ui.Heading
	Tabs    []ui.Tab
	First   []firstCard
	Groups  []taskGroup
	Empty   *ui.Empty
	More    bool
}

type taskGroup struct {
	Key, Title string
	Count      int
	Tone       ui.Tone
	Rows       []taskLine
	Left       int
}

// taskLine is one task in a list.
type taskLine struct {
	Title, Href string
	Participant string
	Link        string // of the participant
	Kind        string
	When        string
	Late        string
	Tone        ui.Tone
	Roles       string
}

func today(c *page.Context) error {
	if !seesVisits(c) {
		return c.Redirect(c.Path("ratings"))
	}
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	zones := map[string]*time.Location{}
	for _, s := range sites {
		zones[s.ID] = s.Zone
	}
	if len(sites) > 0 {
		c.Zone = sites[0].Zone
	}
	all := c.Query("show") == "all" && c.Can(access.SeeJourney)
	const limit = 2000
	rows, err := c.App.Tasks(c.Ctx(), c.Actor, c.Study, app.TaskQuery{Limit: limit})
	if err != nil {
		return err
	}
	most := len(rows) == limit
	var mine []app.TaskRow
	for _, r := range rows {
		if slices.Contains(r.Task.Roles, c.Actor.Role) {
			mine = append(mine, r)
		}
	}
	v := todayView{More: most, Heading: ui.Heading{Title: c.T("clinic.today"), Lead: c.Voice().DateLong(c.Now)}}
	if c.Can(access.SeeJourney) {
		v.Tabs = []ui.Tab{
			{Text: c.T("clinic.today.mine"), Href: c.Path("today"), Current: !all, Count: open(mine, c.Now)},
			{Text: c.T("clinic.today.all"), Href: c.Path("today") + "?show=all", Current: all, Count: open(rows, c.Now)},
		}
	}
	if !all {
		rows = mine
		if c.Can(access.SeeJourney) {
			v.First = first(c, sites, mine, zones)
			rows = after(v.First, rows)
		}
		v.Heading.Actions = todayLinks(c)
	}
	v.Groups = group(c, rows, zones)
	if len(v.Groups) == 0 && len(v.First) == 0 {
		v.Empty = &ui.Empty{Title: c.T("clinic.today.none"), Text: c.T("clinic.today.none.text"), Action: &ui.Link{Text: c.T("clinic.participants"), Href: c.Path("participants"), Variant: "secondary"}}
	}
	return c.Render("today", page.Page{Title: c.T("clinic.today"), Data: v})
}

// todayLinks lead to the day's board, and to one's own calendar.
func todayLinks(c *page.Context) []ui.Link {
	var out []ui.Link
	if c.Can(access.SeeJourney) {
		out = append(out, ui.Link{Text: c.T("clinic.board"), Href: c.Path("board"), Variant: "secondary"})
	}
	return append(out, ui.Link{Text: c.T("clinic.feed.link"), Href: "/account/calendar", Variant: "tertiary"})
}

// open counts what can be done by now.
func open(rows []app.TaskRow, now time.Time) int {
	n := 0
	for _, r := range rows {
		if !r.Task.Opens.After(now) {
			n++
		}
	}
	return n
}

// group puts tasks under overdue, today, the next seven days and later.
func group(c *page.Context, rows []app.TaskRow, zones map[string]*time.Location) []taskGroup {
	groups := []taskGroup{
		{Key: "overdue", Title: c.T("clinic.today.overdue"), Tone: ui.Danger},
		{Key: "now", Title: c.T("clinic.today.now"), Tone: ui.Info},
		{Key: "week", Title: c.T("clinic.today.week"), Tone: ui.Neutral},
		{Key: "later", Title: c.T("clinic.today.later"), Tone: ui.Neutral},
	}
	for _, r := range rows {
		zone := zones[r.Site]
		if zone == nil {
			zone = time.UTC
		}
		g := &groups[span(r.Task, c.Now, zone)]
		g.Count++
		if len(g.Rows) == shownTasks {
			g.Left++
			continue
		}
		g.Rows = append(g.Rows, lineOf(c, r.Participant, r.Task, zone))
	}
	return slices.DeleteFunc(groups, func(g taskGroup) bool { return g.Count == 0 })
}

func span(t study.Task, now time.Time, zone *time.Location) int {
	due := t.Due
	if due.IsZero() {
		due = t.Closes
	}
	day, on := study.DayOf(now, zone), study.DayOf(due, zone)
	switch {
	case t.Overdue(now):
		return 0
	case due.IsZero() || on <= day && !t.Opens.After(now):
		return 1
	case on <= day+7:
		return 2
	}
	return 3
}

func lineOf(c *page.Context, id string, t study.Task, zone *time.Location) taskLine {
	voice := c.Voice()
	voice.Zone = zone
	l := taskLine{Title: taskTitle(c, t), Href: taskHref(c, id, t), Participant: id, Roles: roleList(c, t.Roles), Tone: ui.Neutral}
	if c.Can(access.SeeJourney) {
		l.Link = c.Path("p", id)
	}
	urgent := t.Kind == study.TaskAlert || t.Kind == study.TaskAcknowledge || t.Kind == study.TaskReport
	switch {
	case t.Overdue(c.Now):
		l.Tone, l.Late = ui.Danger, c.T("clinic.task.late", "time", voice.Duration(rounded(c.Now.Sub(t.Closes))))
	case urgent:
		l.Tone = ui.Warning
	}
	switch {
	case !t.Closes.IsZero() && urgent:
		l.When = c.T("clinic.task.before", "time", voice.DateTime(t.Closes))
	case !t.Closes.IsZero() && !t.Opens.IsZero():
		l.When = c.T("clinic.task.window", "opens", voice.DateShort(t.Opens), "closes", voice.DateShort(t.Closes))
	case !t.Closes.IsZero():
		l.When = c.T("clinic.task.before", "time", voice.DateShort(t.Closes))
	case !t.Due.IsZero():
		l.When = c.T("clinic.task.due", "time", voice.DateShort(t.Due))
	}
	return l
}

// rounded drops what nobody reads: minutes of a lateness of days.
func rounded(d time.Duration) time.Duration {
	if d > 48*time.Hour {
		return d.Truncate(24 * time.Hour)
	}
	return d
}
