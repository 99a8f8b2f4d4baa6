package clinic

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// Bounds of what the planner shows.
const (
	plannedDays   = 42 // of a window, at most
	aroundWindow  = 2  // days before and after it
	suggested     = 8  // times
	suggestAhead  = 28 // days that are searched when the window is over or not known
	suggestPerDay = 2
)

// plannerView is the page on which a visit gets its time, room and people.
type plannerView struct {
	Heading ui.Heading
	Window  string
	Weeks   [][]plannerDay
	Heads   []string // weekdays
	Free    []plannerFree
	None    string // why there is no suggestion
	Note    *ui.Alert
	Form    actionForm
}

// plannerDay is a day of the window's calendar; zero outside what is shown.
type plannerDay struct {
	Number, Label string // the day of the month, and all in words
	In, Target    bool
	Today, Chosen bool
	Busy          int // appointments at the site
}

type plannerFree struct {
	Text, Href string
	Sub        string
	Out        bool
}

func planner(c *page.Context) error {
	s, err := person(c)
	if err != nil {
		return err
	}
	return renderPlanner(c, s, nil)
}

// bookVisit makes the appointment.
func bookVisit(c *page.Context) error {
	s, err := person(c)
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	at, err := c.Moment("time")
	cmd := study.PlanVisit{On: study.On{Participant: s.ID}, Visit: visitOf(c, s.ID), Time: at, Room: c.Text("room"), Staff: chosenStaff(form["staff"])}
	if err == nil {
		_, err = c.Do(cmd)
	}
	r, refused := page.Refused(err)
	if refused && seesJourney(c) && slices.Contains([]study.RefusalKind{study.Against, study.Invalid, study.Stale}, r.Kind) {
		return renderPlanner(c, s, r) // others have no such page; they are told
	}
	if err != nil {
		return err
	}
	tone, text := ui.Success, c.T("clinic.planner.done", "time", c.Voice().DateTime(at))
	if i := c.Def.VisitIndex(cmd.Visit); i >= 0 {
		if w := study.Windows(c.Def, s)[i]; w.Known && !w.Contains(study.DayOf(at, c.Zone)) {
			tone, text = ui.Warning, text+" "+c.T("clinic.planner.out")
		}
	}
	return c.RedirectWith(home(c, s.ID), tone, text)
}

func chosenStaff(list []string) []string {
	var out []string
	for _, x := range list {
		if x = strings.TrimSpace(x); x != "" && len(out) < 20 {
			out = append(out, x)
		}
	}
	return out
}

func renderPlanner(c *page.Context, s *study.State, refused *study.Refusal) error {
	id := visitOf(c, s.ID)
	i := c.Def.VisitIndex(id)
	if i < 0 {
		return page.NotFound("the protocol has no such visit", "protokollen har ikke noe slikt besøk")
	}
	v, st, w := &c.Def.Visits[i], s.Visits[i], study.Windows(c.Def, s)[i]
	env := c.App.Env(c.Ctx(), c.Actor, c.Study, s)
	cal, err := c.App.Calendar(c.Ctx(), c.Actor, c.Study, s.Site)
	if err != nil {
		return err
	}
	env.Calendar = cal
	if !st.Held.IsZero() {
		return c.Redirect(visitPath(c, s.ID, id))
	}
	x := plannerView{Heading: ui.Heading{Title: visitTitle(c, id), Lead: s.ID + " · " + c.T("clinic.kind."+string(v.Kind)) + " · " + c.T("clinic.visit.minutes", "minutes", int(study.VisitLength(v)/time.Minute))}}
	if w.Known {
		x.Window = c.T("clinic.window", "opens", dayText(c, w.Opens), "target", dayText(c, w.Target), "closes", dayText(c, w.Closes))
		if !w.Firm {
			x.Window = c.T("clinic.window.guess", "target", dayText(c, w.Target))
		}
	}
	chosen := st.Planned
	if t, err := time.Parse(time.RFC3339, c.Query("time")); err == nil {
		chosen = t
	}
	if err := x.calendar(c, s, w, chosen); err != nil {
		return err
	}
	x.suggest(c, s, env, v, w)
	x.Form = (&forms{c: c, refused: refused}).make(x.bookForm(c, s, env, v, chosen))
	if refused == nil && !chosen.IsZero() && w.Known && !w.Contains(study.DayOf(chosen, c.Zone)) {
		x.Note = &ui.Alert{Tone: ui.Warning, Text: c.T("clinic.planner.out")}
	}
	p := page.Page{Title: c.T("clinic.planner.title", "visit", visitTitle(c, id)), Crumbs: append(personCrumbs(c, s), ui.Crumb{Text: visitTitle(c, id), Href: visitPath(c, s.ID, id)}, ui.Crumb{Text: c.T("clinic.planner")}), Data: x}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("planner", p)
}

// calendar draws the window as weeks, with how much is on at the site each day.
func (x *plannerView) calendar(c *page.Context, s *study.State, w study.Window, chosen time.Time) error {
	today := study.DayOf(c.Now, c.Zone)
	from, until := today, today+suggestAhead
	if w.Known && w.Closes >= today {
		from, until = max(min(w.Opens, w.Target)-aroundWindow, today-aroundWindow), w.Closes+aroundWindow
	}
	if !chosen.IsZero() {
		if d := study.DayOf(chosen, c.Zone); d > from-plannedDays && d < until+plannedDays {
			from, until = min(from, d), max(until, d)
		}
	}
	first := monday(from)
	until = min(until, first+plannedDays-1)
	list, err := c.App.Board(c.Ctx(), c.Actor, c.Study, s.Site, first.Start(time.UTC), int(until-first)+7)
	if err != nil {
		return err
	}
	busy := map[study.Day]int{}
	for _, a := range list {
		busy[study.DayOf(a.Time, c.Zone)]++
	}
	for k := range 7 {
		x.Heads = append(x.Heads, c.T("clinic.weekday."+strconv.Itoa(k)))
	}
	for d := first; d <= until; d += 7 {
		var week []plannerDay
		for k := range study.Day(7) {
			day := d + k
			t := day.Start(c.Zone).Add(12 * time.Hour)
			p := plannerDay{Number: strconv.Itoa(t.In(c.Zone).Day()), In: w.Contains(day), Target: w.Known && day == w.Target, Today: day == today,
				Chosen: !chosen.IsZero() && day == study.DayOf(chosen, c.Zone), Busy: busy[day]}
			p.Label = c.Voice().DateLong(t)
			for _, say := range []struct {
				yes  bool
				word string
			}{{p.In, "clinic.planner.in"}, {!p.In && w.Known, "clinic.planner.notin"}, {p.Target, "clinic.planner.target"}, {p.Today, "clinic.board.today"}, {p.Chosen, "clinic.planner.chosen"}} {
				if say.yes {
					p.Label += ", " + c.T(say.word)
				}
			}
			if p.Busy > 0 {
				p.Label += ", " + c.TN("clinic.planner.busy", p.Busy)
			}
			week = append(week, p)
		}
		x.Weeks = append(x.Weeks, week)
	}
	return nil
}

// suggest finds times when room and people are free: within the window, or when that is
// over or not known, soon.
func (x *plannerView) suggest(c *page.Context, s *study.State, env study.Env, v *protocol.Visit, w study.Window) {
	today := study.DayOf(c.Now, c.Zone)
	want := study.Wanted{From: today, Until: today + suggestAhead, PerDay: suggestPerDay, Most: suggested}
	if w.Known && w.Closes >= today {
		want.From, want.Until = max(today, w.Opens), w.Closes
	}
	names := namesOf([]*study.SiteState{env.Site})
	for _, f := range study.FreeTimes(c.Def, s, env, v.ID, want) {
		q := url.Values{"time": {f.At.UTC().Format(time.RFC3339)}, "room": {f.Room}, "staff": f.Staff}
		weekday := (int(f.At.In(c.Zone).Weekday()) + 6) % 7 // from Monday
		line := plannerFree{Text: c.T("clinic.weekday."+strconv.Itoa(weekday)) + " " + c.Voice().DateTime(f.At), Href: c.Path("p", s.ID, "v", v.ID, "plan") + "?" + q.Encode() + "#book", Out: w.Known && !f.InWindow}
		if f.Room != "" {
			line.Sub = c.T("clinic.room.number", "room", f.Room)
		}
		if who := namedIn(c, names, f.Staff); who != "" {
			if line.Sub != "" {
				line.Sub += " · "
			}
			line.Sub += who
		}
		x.Free = append(x.Free, line)
	}
	if len(x.Free) == 0 {
		x.None = c.T("clinic.planner.nofree")
	}
}

// bookForm asks for time, room and people, filled in with what was chosen or booked.
func (x *plannerView) bookForm(c *page.Context, s *study.State, env study.Env, v *protocol.Visit, chosen time.Time) actionForm {
	st := s.Visits[c.Def.VisitIndex(v.ID)]
	room, staff := "", []string(nil)
	if st.Booked() {
		room, staff = st.Room, st.Staff
	}
	if c.Query("time") != "" {
		room, staff = c.Query("room"), c.R.URL.Query()["staff"]
	}
	roomField := ui.Field{Kind: ui.SelectField, Name: "room", Label: c.T("clinic.planner.room"), Value: room, Optional: true}
	for _, r := range study.RoomsOf(c.Def, env.Site) {
		roomField.Options = append(roomField.Options, ui.Option{Value: r, Label: c.T("clinic.room.number", "room", r)})
	}
	f := actionForm{ID: "book", Title: c.T("clinic.planner.book"), Action: c.Path("p", s.ID, "v", v.ID, "book"), Button: c.T("clinic.planner.button"),
		Fields: []ui.Field{{Kind: ui.DateTimeField, Name: "time", Label: c.T("clinic.visit.plan.time"), Hint: c.T("clinic.planner.zone", "zone", c.Zone.String()), Required: true, Value: c.Stamp(chosen)}, roomField}}
	if field := staffField(c, s, env, v, chosen, staff); len(field.Options) > 0 {
		f.Fields = append(f.Fields, field)
	}
	return f
}

// staffField offers who may hold the visit, and says of the others of its roles why not.
func staffField(c *page.Context, s *study.State, env study.Env, v *protocol.Visit, at time.Time, chosen []string) ui.Field {
	f := ui.Field{Kind: ui.CheckboxField, Name: "staff", Label: c.T("clinic.planner.staff"), Values: chosen, Optional: true}
	if v.Kind == protocol.Session {
		f.Hint = c.T("clinic.planner.pair", "size", c.Def.Staffing.Pair.Size)
	}
	if env.Site == nil {
		return f
	}
	if study.Rated(c.Def, v) {
		f.Hint = c.T("clinic.planner.rater")
		if r := s.Ratings[v.ID].Rater; r != "" {
			f.Options = []ui.Option{{Value: r, Label: namedIn(c, namesOf([]*study.SiteState{env.Site}), []string{r})}}
		}
		return f
	}
	if at.IsZero() {
		at = c.Now
	}
	for _, m := range staffOf(env.Site) {
		role, fault := study.MayHoldOn(c.Def, env.Site, v, m, at)
		o := ui.Option{Value: m.Person, Label: m.Name}
		switch {
		case role != "":
			o.Label += " (" + c.Say(study.RoleName(role)) + ")"
		case slices.ContainsFunc(m.Roles, func(r string) bool { return slices.Contains(v.By, r) }):
			o.Hint = page.Sentence(c.Say(fault))
		default:
			continue
		}
		f.Options = append(f.Options, o)
	}
	return f
}

// mayPlan says that the reader makes appointments with rooms and people.
func mayPlan(c *page.Context, v *protocol.Visit) bool {
	return c.Can(access.Schedule) && seesJourney(c) && (c.Actor.Role == "coordinator" || slices.Contains(v.By, c.Actor.Role))
}
