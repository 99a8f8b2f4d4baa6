package intake

import (
	"strconv"
	"time"

	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type listView struct {
	Heading  ui.Heading
	Tabs     []ui.Tab
	Alerts   []ui.Alert
	Sites    []ui.Stat
	Due      []dueLine
	Fresh    *ui.Table
	Waiting  []waitingTable
	NoOne    *ui.Empty
	Ended    *ui.Table
	Capacity string
}

// dueLine is something that should have been done.
type dueLine struct {
	Href, Text, When string
	Tone             ui.Tone
}

type waitingTable struct {
	ID, Title, Lead string
	Table           ui.Table
	Empty           bool
}

// zoneOf shows times in the zone of the reader's first site.
func zoneOf(c *page.Context) ([]*study.SiteState, error) {
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err == nil && len(sites) > 0 {
		c.Zone = sites[0].Zone
	}
	return sites, err
}

func siteName(sites []*study.SiteState, id string) string {
	for _, s := range sites {
		if s.ID == id {
			return s.Name
		}
	}
	return id
}

func showList(c *page.Context) error {
	sites, err := zoneOf(c)
	if err != nil {
		return err
	}
	ended := c.Query("show") == "ended"
	rows, err := c.App.Referrals(c.Ctx(), c.Actor, c.Study, ended)
	if err != nil {
		return err
	}
	capacity, err := c.App.Capacity(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	v := listView{Heading: ui.Heading{Title: c.T("intake.menu"), Lead: c.T("intake.lead")}, Capacity: c.Path("referrals", "capacity"),
		Tabs: []ui.Tab{{Text: c.T("intake.tab.current"), Href: c.Path("referrals"), Current: !ended}, {Text: c.T("intake.tab.ended"), Href: c.Path("referrals") + "?show=ended", Current: ended}}}
	if ended {
		v.Ended = endedTable(c, rows, sites)
		return c.Render("list", page.Page{Title: c.T("intake.menu"), Data: v})
	}
	v.Sites = openSites(c, capacity)
	v.Alerts, v.Due = dueNow(c, rows)
	v.Fresh = freshTable(c, rows, sites)
	for _, s := range capacity {
		v.Waiting = append(v.Waiting, waitingAt(c, rows, s))
	}
	return c.Render("list", page.Page{Title: c.T("intake.menu"), Data: v})
}

// openSites says for each site in a word whether it takes people, and how long the wait is.
func openSites(c *page.Context, capacity []app.SiteCapacity) []ui.Stat {
	var out []ui.Stat
	for _, s := range capacity {
		x := ui.Stat{Label: s.Name, Value: c.T("intake.site.closed"), Note: c.T("intake.site.wait", "wait", waitText(c, s.Wait)), Href: c.Path("referrals", "capacity") + "#site-" + s.Site}
		if s.Open {
			x.Value, x.Note = c.T("intake.site.open"), c.TN("intake.site.places", s.Places)
		}
		out = append(out, x)
	}
	return out
}

// dueNow answers what should be done now: concerns as alerts, the rest as a list.
func dueNow(c *page.Context, rows []app.ReferralRow) (alerts []ui.Alert, due []dueLine) {
	for i := range rows {
		r := &rows[i]
		href := c.Path("referrals", r.ID)
		switch {
		case !r.Concern.IsZero():
			alerts = append(alerts, ui.Alert{Tone: ui.Danger, Title: c.T("intake.concern", "id", r.ID), Text: c.T("intake.concern.text", "time", c.Voice().DateTime(r.Concern)),
				Links: []ui.Link{{Text: c.T("intake.concern.open"), Href: href}}})
		case !r.Late(c.Now):
		case r.Status == study.ReferralNew:
			due = append(due, dueLine{Href: href, Text: c.T("intake.due.assess", "id", r.ID), When: c.T("intake.due.since", "time", c.Voice().DateShort(r.Due)), Tone: ui.Warning})
		default:
			due = append(due, dueLine{Href: href, Text: c.T("intake.due.check", "id", r.ID), When: c.T("intake.due.since", "time", c.Voice().DateShort(r.Due)), Tone: ui.Warning})
		}
	}
	return alerts, due
}

func urgencyTags(c *page.Context, urgency string) []ui.Tag {
	if urgency == "soon" {
		return []ui.Tag{{Text: c.T("intake.soon"), Tone: ui.Warning}}
	}
	return nil
}

func channelText(c *page.Context, channel string) string { return c.T("intake.channel." + channel) }

func freshTable(c *page.Context, rows []app.ReferralRow, sites []*study.SiteState) *ui.Table {
	t := &ui.Table{Caption: c.T("intake.fresh"), HideCaption: true, Empty: &ui.Empty{Title: c.T("intake.fresh.none"), Text: c.T("intake.fresh.none.text")},
		Columns: []ui.Column{{Head: c.T("intake.ref")}, {Head: c.T("intake.received")}, {Head: c.T("intake.channel")}, {Head: c.T("intake.wish")}, {Head: c.T("intake.assessby")}}}
	for i := range rows {
		r := &rows[i]
		if r.Status != study.ReferralNew {
			continue
		}
		site := c.T("intake.anysite")
		if r.Site != "" {
			site = siteName(sites, r.Site)
		}
		by := ui.Cell{Text: c.Voice().DateShort(r.Due)}
		if r.Late(c.Now) {
			by.Tags = []ui.Tag{{Text: c.T("intake.late"), Tone: ui.Danger}}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: r.ID, Href: c.Path("referrals", r.ID), Tags: urgencyTags(c, r.Urgency)}, {Text: c.Voice().DateTime(r.Received)},
			{Text: channelText(c, r.Channel)}, {Text: site}, by}})
	}
	return t
}

func waitingAt(c *page.Context, rows []app.ReferralRow, s app.SiteCapacity) waitingTable {
	t := waitingTable{ID: "list-" + s.Site, Title: c.T("intake.waiting", "site", s.Name), Lead: c.TN("intake.waiting.free", s.Free),
		Table: ui.Table{Caption: c.T("intake.waiting", "site", s.Name), HideCaption: true, Columns: []ui.Column{{Head: c.T("intake.place")}, {Head: c.T("intake.ref")}, {Head: c.T("intake.since")},
			{Head: c.T("intake.wait")}, {Head: c.T("intake.nextcheck")}, {Head: c.T("intake.moves")}}}}
	if s.Free == 0 {
		t.Lead = c.T("intake.waiting.full")
	}
	for i := range rows {
		r := &rows[i]
		if r.Place == 0 || r.Site != s.Site {
			continue
		}
		next := ui.Cell{Text: c.Voice().DateShort(r.NextCheck)}
		if r.Late(c.Now) {
			next.Tags = []ui.Tag{{Text: c.T("intake.late"), Tone: ui.Danger}}
		}
		ref := ui.Cell{Text: r.ID, Href: c.Path("referrals", r.ID), Tags: urgencyTags(c, r.Urgency)}
		if !r.Concern.IsZero() {
			ref.Tags = append(ref.Tags, ui.Tag{Text: c.T("intake.concern.tag"), Tone: ui.Danger})
		}
		t.Table.Rows = append(t.Table.Rows, ui.Row{Cells: []ui.Cell{{Text: strconv.Itoa(r.Place)}, ref, {Text: c.Voice().DateShort(r.Listed)}, {Text: waitText(c, r.Wait)}, next, movesCell(c, r.Moves)}})
	}
	t.Empty = len(t.Table.Rows) == 0
	return t
}

// movesCell tells every move off somebody's turn, with its reason.
func movesCell(c *page.Context, moves []study.ReferralTurn) ui.Cell {
	var cell ui.Cell
	for _, m := range moves {
		if cell.Sub != "" {
			cell.Sub += " · "
		}
		cell.Sub += c.Voice().DateShort(m.At) + ": " + c.Say(study.MoveReasons.Name(m.Reason))
	}
	if n := len(moves); n > 0 {
		cell.Tags = []ui.Tag{{Text: c.TN("intake.moved", n), Tone: ui.Info}}
	}
	return cell
}

func endedTable(c *page.Context, rows []app.ReferralRow, sites []*study.SiteState) *ui.Table {
	t := &ui.Table{Caption: c.T("intake.ended"), HideCaption: true, Empty: &ui.Empty{Title: c.T("intake.ended.none")},
		Columns: []ui.Column{{Head: c.T("intake.ref")}, {Head: c.T("intake.status")}, {Head: c.T("intake.ended.when")}, {Head: c.T("intake.site")}, {Head: c.T("intake.result")}, {Head: c.T("intake.moves")}}}
	for i := range rows {
		r := &rows[i]
		if r.Status == study.ReferralNew || r.Status == study.ReferralWaiting {
			continue
		}
		result := ui.Cell{Text: endText(c, r.State)}
		if r.Participant != "" {
			result = ui.Cell{Text: r.Participant, Href: c.Path("p", r.Participant)}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: r.ID, Href: c.Path("referrals", r.ID)}, {Tags: []ui.Tag{statusTag(c, r.Status)}}, {Text: c.Voice().DateShort(r.State.Ended)},
			{Text: siteName(sites, r.Site)}, result, movesCell(c, r.Moves)}})
	}
	return t
}

func statusTag(c *page.Context, s study.ReferralStatus) ui.Tag {
	tone := ui.Neutral
	switch s {
	case study.ReferralNew:
		tone = ui.Warning
	case study.ReferralWaiting:
		tone = ui.Info
	case study.ReferralTaken:
		tone = ui.Success
	}
	return ui.Tag{Text: c.T("intake.status." + string(s)), Tone: tone}
}

// endText says why a referral ended.
func endText(c *page.Context, s *study.ReferralState) string {
	switch s.Status {
	case study.ReferralEnded:
		return page.Sentence(c.Say(study.CloseReasons.Name(s.EndReason)))
	case study.ReferralUnsuitable:
		return joined(c, study.UnsuitableReasons, s.Reasons)
	case study.ReferralOnwards:
		return joined(c, study.OnwardReasons, s.Reasons)
	}
	return ""
}

func joined(c *page.Context, list study.ReasonList, codes []string) string {
	text := ""
	for i, code := range codes {
		if i > 0 {
			text += "; "
		}
		text += c.Say(list.Name(code))
	}
	return page.Sentence(text)
}

// waitText says an expected wait with its uncertainty.
func waitText(c *page.Context, w study.Wait) string {
	switch {
	case !w.Known:
		return c.T("intake.wait.unknown")
	case w.High == 0:
		return c.T("intake.wait.none")
	}
	return c.T("intake.wait.range", "mid", span(c, w.Mid), "low", span(c, w.Low), "high", span(c, w.High))
}

// span writes a time in the unit in which people speak of it.
func span(c *page.Context, d time.Duration) string {
	const day, month = 24 * time.Hour, 30.44 * 24
	switch {
	case d < 14*day:
		return c.TN("intake.days", max(1, int(d/day)))
	case d < 14*7*day:
		return c.TN("intake.weeks", int((d+3*day)/(7*day)))
	case d < 24*30*day:
		return c.TN("intake.months", int(d.Hours()/month+0.5))
	case d < 10*365*day:
		return c.TN("intake.years", int(d.Hours()/24/365+0.5))
	}
	return c.T("intake.years.many")
}
