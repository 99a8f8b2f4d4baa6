package intake

import (
	"math"
	"strconv"

	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type capacityView struct {
	Heading ui.Heading
	Sites   []siteView
	Help    ui.Help
}

type siteView struct {
	ID, Name string
	Tags     []ui.Tag
	Stats    []ui.Stat
	Why      []string // how the figure comes about, a sentence each
	Wait     []string
}

func showCapacity(c *page.Context) error {
	sites, err := c.App.Capacity(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	if _, err := zoneOf(c); err != nil {
		return err
	}
	v := capacityView{Heading: ui.Heading{Title: c.T("intake.capacity"), Lead: c.T("intake.capacity.lead")},
		Help: ui.Help{Summary: c.T("intake.capacity.how"), Paragraphs: []string{c.T("intake.capacity.how.1"), c.T("intake.capacity.how.2"), c.T("intake.capacity.how.3")}}}
	for i := range sites {
		v.Sites = append(v.Sites, siteOf(c, &sites[i]))
	}
	return c.Render("capacity", page.Page{Title: c.T("intake.capacity"), Crumbs: []ui.Crumb{{Text: c.T("intake.menu"), Href: c.Path("referrals")}, {Text: c.T("intake.capacity")}}, Data: v})
}

func siteOf(c *page.Context, s *app.SiteCapacity) siteView {
	v := siteView{ID: s.Site, Name: s.Name, Tags: []ui.Tag{{Text: c.T("intake.site.closed"), Tone: ui.Neutral}}}
	if s.Open {
		v.Tags = []ui.Tag{{Text: c.T("intake.site.open"), Tone: ui.Success}}
	}
	v.Stats = []ui.Stat{
		{Label: c.T("intake.stat.taken"), Value: strconv.Itoa(s.Taken)},
		{Label: c.T("intake.stat.free"), Value: strconv.Itoa(s.Free), Note: c.T("intake.stat.free.note")},
		{Label: c.T("intake.stat.ahead"), Value: strconv.Itoa(s.Waiting + s.Unassessed), Note: c.T("intake.stat.ahead.note", "waiting", strconv.Itoa(s.Waiting), "fresh", strconv.Itoa(s.Unassessed))},
		{Label: c.T("intake.stat.places"), Value: strconv.Itoa(s.Places), Note: c.T("intake.stat.places.note")},
	}
	v.Why = why(c, s)
	v.Wait = []string{c.T("intake.wait.now", "wait", waitText(c, s.Wait)), page.Sentence(c.Say(s.Wait.Basis))}
	if s.Learned.Freed > 0 {
		v.Wait = append(v.Wait, c.T("intake.learned", "freed", strconv.Itoa(s.Learned.Freed), "weeks", c.Voice().Number(s.Learned.Weeks, 0), "from", c.Voice().Date(s.Learned.From)))
	}
	return v
}

// why tells the reckoning: each limit with its figures, and which of them binds.
func why(c *page.Context, s *app.SiteCapacity) []string {
	var out []string
	n := strconv.Itoa
	if s.ByPairs >= 0 {
		key, left := "intake.why.pairs", s.ByPairs-s.Taken
		if left < 0 {
			key, left = "intake.why.pairs.over", -left
		}
		out = append(out, c.T(key, "pairs", c.TN("intake.pairs", s.Pairs), "most", n(s.ByPairs), "taken", n(s.Taken), "left", n(left)))
	}
	if s.Ahead >= 0 {
		weeks := math.Round(float64(s.Course.Days) / 7)
		out = append(out, c.T("intake.why.sessions", "rooms", c.TN("intake.rooms", s.Rooms), "week", c.Voice().Number(s.SessionsPerWeek, decimals(s.SessionsPerWeek)), "weeks", c.Voice().Number(weeks, 0),
			"ahead", n(s.Ahead), "owed", n(s.Owed), "each", n(s.Course.Sessions)))
	}
	switch s.Binds {
	case study.LimitPairs:
		out = append(out, c.T("intake.binds.pairs"))
	case study.LimitSessions:
		out = append(out, c.T("intake.binds.sessions"))
	default:
		out = append(out, c.T("intake.binds.unknown"))
	}
	switch {
	case !s.Recruiting:
		out = append(out, c.T("intake.why.closed"))
	case !s.Triage:
		out = append(out, c.T("intake.why.triage"))
	}
	return out
}

func decimals(x float64) int {
	if x == math.Trunc(x) {
		return 0
	}
	return 1
}
