package clinic

import (
	"maps"
	"slices"
	"strings"
	"time"

	"varde/app"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// soonDays is how long before a credential runs out the board says so.
const soonDays = 30

// shownOverdue bounds the overdue tasks on the board.
const shownOverdue = 8

// boardView is a day, or a week, across the rooms and people of the reader's sites.
type boardView struct {
	Heading  ui.Heading
	Tabs     []ui.Tab
	Before   ui.Link
	Today    *ui.Link
	After    ui.Link
	Grid     *boardGrid // of a day with something in it
	Items    []boardItem
	Week     []boardDay
	Empty    *ui.Empty
	Tonight  []boardItem
	People   []credentialLine
	Overdue  []taskLine
	OverLeft int
	All      string // address of all tasks
}

// boardItem is one appointment.
type boardItem struct {
	Time        string
	From, Until time.Time
	Participant string
	Href        string // of the visit
	Title       string
	Kind        string
	Room        string
	Staff       string
	Tag         *ui.Tag
	Dosing      bool
}

type boardDay struct {
	ID, Title string
	Today     bool
	Items     []boardItem
}

type credentialLine struct {
	Text string
	Tag  ui.Tag
}

func board(c *page.Context) error {
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	site := c.Query("site")
	if i := slices.IndexFunc(sites, func(s *study.SiteState) bool { return s.ID == site }); i >= 0 {
		sites, c.Zone = sites[i:i+1], sites[i].Zone
	} else if site != "" {
		return page.NotFound("there is no such site", "stedet finnes ikke")
	} else if len(sites) > 0 {
		c.Zone = sites[0].Zone
	}
	today := study.DayOf(c.Now, c.Zone)
	day := today
	if text := c.Query("day"); text != "" {
		t, err := time.Parse(time.DateOnly, text)
		if err != nil || t.Year() < 1990 || t.Year() > 2199 {
			return page.Bad("day", "write the day as 2026-02-03", "skriv dagen som 2026-02-03")
		}
		day = study.DayOf(t, time.UTC)
	}
	week := c.Query("view") == "week"
	from, days := day, 1
	if week {
		from, days = monday(day), 7
	}
	list, err := c.App.Board(c.Ctx(), c.Actor, c.Study, site, from.Start(time.UTC), days)
	if err != nil {
		return err
	}
	v := &boardView{}
	v.head(c, site, day, today, week)
	items := itemsOf(c, sites, list)
	if week {
		v.week(c, from, today, items)
	} else {
		v.Items = items
		v.Grid = gridOf(c, sites, list, items)
	}
	if len(items) == 0 && !week {
		v.Empty = &ui.Empty{Title: c.T("clinic.board.none"), Text: c.T("clinic.board.none.text")}
	}
	if day == today {
		for i, x := range list {
			if vis, ok := c.Def.Visit(x.Visit); ok && vis.Overnight && study.DayOf(x.Time, c.Zone) == today {
				v.Tonight = append(v.Tonight, items[i])
			}
		}
	}
	v.around(c, sites, today)
	return c.Render("board", page.Page{Title: c.T("clinic.board"), Data: v})
}

func monday(d study.Day) study.Day { return d - ((d+3)%7+7)%7 } // day 0 was a Thursday

func (v *boardView) head(c *page.Context, site string, day, today study.Day, week bool) {
	at := func(d study.Day, week bool) string {
		q := "?day=" + d.String()
		if week {
			q += "&view=week"
		}
		if site != "" {
			q += "&site=" + site
		}
		return c.Path("board") + q
	}
	step := study.Day(1)
	lead := c.Voice().DateLong(day.Start(c.Zone).Add(12 * time.Hour))
	words := [2]string{"clinic.board.before", "clinic.board.after"}
	if week {
		step = 7
		lead = c.T("clinic.board.weekof", "from", dayText(c, monday(day)), "until", dayText(c, monday(day)+6))
		words = [2]string{"clinic.board.week.before", "clinic.board.week.after"}
	}
	v.Heading = ui.Heading{Title: c.T("clinic.board"), Lead: lead}
	v.Tabs = []ui.Tab{{Text: c.T("clinic.board.day"), Href: at(day, false), Current: !week}, {Text: c.T("clinic.board.week"), Href: at(day, true), Current: week}}
	v.Before = ui.Link{Text: c.T(words[0]), Href: at(day-step, week), Variant: "secondary"}
	v.After = ui.Link{Text: c.T(words[1]), Href: at(day+step, week), Variant: "secondary"}
	if day != today {
		v.Today = &ui.Link{Text: c.T("clinic.board.today"), Href: at(today, week), Variant: "secondary"}
	}
	v.All = c.Path("today") + "?show=all"
}

func (v *boardView) week(c *page.Context, from, today study.Day, items []boardItem) {
	for d := from; d < from+7; d++ {
		x := boardDay{ID: d.String(), Title: c.Voice().DateLong(d.Start(c.Zone).Add(12 * time.Hour)), Today: d == today}
		for _, it := range items {
			if study.DayOf(it.From, c.Zone) == d {
				x.Items = append(x.Items, it)
			}
		}
		if n := (int(d-from) + 1); n < 6 || len(x.Items) > 0 { // Saturday and Sunday only with something on
			v.Week = append(v.Week, x)
		}
	}
}

// around is what whoever plans the day should know besides: credentials and what is late.
func (v *boardView) around(c *page.Context, sites []*study.SiteState, today study.Day) {
	for _, s := range sites {
		for _, k := range study.CredentialsDue(c.Def, s, today, soonDays) {
			line := credentialLine{Text: k.Name + ", " + c.Say(study.RoleName(k.Role)) + ": " + c.Say(k.Title)}
			switch {
			case k.Lacks && k.Until == "":
				line.Tag = ui.Tag{Text: c.T("clinic.board.credential.none"), Tone: ui.Danger}
			case k.Lacks:
				line.Tag = ui.Tag{Text: c.T("clinic.board.credential.out", "day", dateText(c, k.Until)), Tone: ui.Danger}
			default:
				line.Tag = ui.Tag{Text: c.T("clinic.board.credential.soon", "day", dateText(c, k.Until)), Tone: ui.Warning}
			}
			v.People = append(v.People, line)
		}
	}
	rows, err := c.App.Tasks(c.Ctx(), c.Actor, c.Study, app.TaskQuery{Before: c.Now, Limit: 500})
	if err != nil {
		return // the board stands without it
	}
	for _, r := range rows {
		if !r.Task.Overdue(c.Now) || !slices.ContainsFunc(sites, func(s *study.SiteState) bool { return s.ID == r.Site }) {
			continue
		}
		if len(v.Overdue) == shownOverdue {
			v.OverLeft++
			continue
		}
		v.Overdue = append(v.Overdue, lineOf(c, r.Participant, r.Task, c.Zone))
	}
}

func dateText(c *page.Context, day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return page.Day(c, t)
}

// itemsOf says appointments in words, in their order.
func itemsOf(c *page.Context, sites []*study.SiteState, list []app.Appointment) []boardItem {
	names := namesOf(sites)
	zones := map[string]*time.Location{}
	for _, s := range sites {
		zones[s.ID] = s.Zone
	}
	var out []boardItem
	for _, x := range list {
		zone := zones[x.Site]
		if zone == nil {
			zone = c.Zone
		}
		it := boardItem{From: x.Time, Until: x.Until, Participant: x.Participant, Title: visitTitle(c, x.Visit), Href: visitPath(c, x.Participant, x.Visit), Staff: namedIn(c, names, x.Staff)}
		it.Time = c.T("clinic.board.span", "from", clock(c, x.Time, zone), "until", clock(c, x.Until, zone))
		if x.Room != "" {
			it.Room = c.T("clinic.room.number", "room", x.Room)
		}
		v, ok := c.Def.Visit(x.Visit)
		if ok {
			it.Kind = c.T("clinic.kind." + string(v.Kind))
			it.Dosing = v.Kind == protocol.Session
		}
		switch {
		case x.Held:
			it.Tag = &ui.Tag{Text: c.T("clinic.board.held"), Tone: ui.Success}
		case x.Until.Before(c.Now):
			it.Tag = &ui.Tag{Text: c.T("clinic.board.open"), Tone: ui.Warning}
		case !x.Time.After(c.Now):
			it.Tag = &ui.Tag{Text: c.T("clinic.board.now"), Tone: ui.Info}
		}
		out = append(out, it)
	}
	return out
}

func clock(c *page.Context, t time.Time, zone *time.Location) string {
	voice := c.Voice()
	voice.Zone = zone
	return voice.Time(t)
}

func namesOf(sites []*study.SiteState) map[string]string {
	names := map[string]string{}
	for _, s := range sites {
		for id, m := range s.Staff {
			names[id] = m.Name
		}
	}
	return names
}

// namedIn is who, by name; whoever stands in no staff list by account.
func namedIn(c *page.Context, names map[string]string, ids []string) string {
	var out []string
	for _, id := range ids {
		if n := names[id]; n != "" {
			out = append(out, n)
		} else {
			out = append(out, id)
		}
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	return strings.Join(out[:len(out)-1], ", ") + " " + c.T("clinic.and") + " " + out[len(out)-1]
}

// staffOf lists a site's people by name.
func staffOf(s *study.SiteState) []study.StaffMember {
	out := slices.Collect(maps.Values(s.Staff))
	slices.SortFunc(out, func(a, b study.StaffMember) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Person, b.Person)
	})
	return out
}
