package clinic

import (
	"slices"
	"time"

	"varde/access"
	"varde/app"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// shownFirst bounds each of the lists that stand first.
const shownFirst = 6

// firstCard is what matters to the reader's role before everything else.
type firstCard struct {
	ID, Title string
	Tasks     []taskLine
	Items     []boardItem
	Links     []ui.Link
	None      string // said when there is nothing; "" = the card is left out
	Left      int
	shown     []string // ids of the tasks in it, with their participants
}

func (f *firstCard) empty() bool { return len(f.Tasks)+len(f.Items)+len(f.Links) == 0 }

// first answers the cards of the reader's role, in the order in which they matter.
func first(c *page.Context, sites []*study.SiteState, mine []app.TaskRow, zones map[string]*time.Location) []firstCard {
	var out []firstCard
	add := func(f firstCard) {
		if !f.empty() || f.None != "" {
			out = append(out, f)
		}
	}
	kinds := func(id string, kinds ...study.TaskKind) firstCard {
		return tasksFirst(c, id, mine, zones, func(t study.Task) bool { return slices.Contains(kinds, t.Kind) })
	}
	today, tonight := appointmentsFirst(c, sites)
	switch c.Actor.Role {
	case "physician":
		add(kinds("urgent", study.TaskAcknowledge, study.TaskAlert, study.TaskReport, study.TaskConfirmUnblinding))
		add(kinds("medicines", study.TaskMedicine, study.TaskTaper))
		add(kinds("consents", study.TaskConsent))
		add(today)
	case "coordinator":
		add(tasksFirst(c, "closing", mine, zones, func(t study.Task) bool { return closesSoon(t, c.Now) }))
		add(referralsFirst(c))
		add(kinds("contacts", study.TaskContact, study.TaskDrawRater, study.TaskQuery))
		add(today)
	case "attendant":
		add(tonight)
		add(kinds("urgent", study.TaskAcknowledge, study.TaskAlert))
	case "therapist":
		add(today)
		add(kinds("urgent", study.TaskAcknowledge, study.TaskAlert))
		add(kinds("messages", study.TaskMessage, study.TaskContact, study.TaskTaper))
	}
	return out
}

// soon is how long before a window closes the coordinator is told first.
const soon = 7 * 24 * time.Hour

func closesSoon(t study.Task, now time.Time) bool {
	return t.Kind == study.TaskVisit && !t.Opens.After(now) && !t.Closes.IsZero() && t.Closes.Sub(now) < soon
}

func tasksFirst(c *page.Context, id string, rows []app.TaskRow, zones map[string]*time.Location, is func(study.Task) bool) firstCard {
	f := firstCard{ID: id, Title: c.T("clinic.first." + id)}
	for _, r := range rows {
		if !is(r.Task) || r.Task.Opens.After(c.Now.Add(24*time.Hour)) {
			continue
		}
		if len(f.Tasks) == shownFirst {
			f.Left++
			continue
		}
		zone := zones[r.Site]
		if zone == nil {
			zone = time.UTC
		}
		f.Tasks = append(f.Tasks, lineOf(c, r.Participant, r.Task, zone))
		f.shown = append(f.shown, taskKey(r))
	}
	return f
}

func taskKey(r app.TaskRow) string { return r.Participant + " " + r.Task.ID }

// after leaves out of the tasks those that a card shows already.
func after(cards []firstCard, rows []app.TaskRow) []app.TaskRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r app.TaskRow) bool {
		return slices.ContainsFunc(cards, func(f firstCard) bool { return slices.Contains(f.shown, taskKey(r)) })
	})
}

// appointmentsFirst answers today's appointments, the reader's own first, and those that
// stay for the night.
func appointmentsFirst(c *page.Context, sites []*study.SiteState) (today, tonight firstCard) {
	today = firstCard{ID: "today", Title: c.T("clinic.first.today"), None: c.T("clinic.first.today.none")}
	tonight = firstCard{ID: "tonight", Title: c.T("clinic.board.tonight"), None: c.T("clinic.first.tonight.none")}
	list, err := c.App.Board(c.Ctx(), c.Actor, c.Study, "", study.DayOf(c.Now, c.Zone).Start(time.UTC), 1)
	if err != nil {
		return firstCard{}, firstCard{}
	}
	own := func(x app.Appointment) bool { return slices.Contains(x.Staff, c.Actor.ID) }
	if slices.ContainsFunc(list, own) {
		list = slices.DeleteFunc(slices.Clone(list), func(x app.Appointment) bool { return !own(x) && !overnight(c, x) })
	}
	items := itemsOf(c, sites, list)
	for i, x := range list {
		if overnight(c, x) {
			tonight.Items = append(tonight.Items, items[i])
		}
		if len(today.Items) == 2*shownFirst {
			today.Left++
			continue
		}
		today.Items = append(today.Items, items[i])
	}
	return today, tonight
}

func overnight(c *page.Context, x app.Appointment) bool {
	v, ok := c.Def.Visit(x.Visit)
	return ok && v.Kind == protocol.Session && v.Overnight
}

// referralsFirst answers the referrals that wait to be assessed, and people on the waiting
// list who should be asked how they are.
func referralsFirst(c *page.Context) firstCard {
	f := firstCard{ID: "referrals", Title: c.T("clinic.first.referrals")}
	if !c.Can(access.Triage) {
		return f
	}
	rows, err := c.App.Referrals(c.Ctx(), c.Actor, c.Study, false)
	if err != nil {
		return f
	}
	assess, check := 0, 0
	for _, r := range rows {
		switch {
		case r.Place == 0 && r.Participant == "" && r.Status == study.ReferralNew:
			assess++
		case !r.NextCheck.IsZero() && !r.NextCheck.After(c.Now):
			check++
		}
	}
	to := c.Path("referrals")
	if assess > 0 {
		f.Links = append(f.Links, ui.Link{Text: c.TN("clinic.first.referrals.assess", assess), Href: to})
	}
	if check > 0 {
		f.Links = append(f.Links, ui.Link{Text: c.TN("clinic.first.referrals.check", check), Href: to})
	}
	return f
}
