package clinic

import (
	"fmt"
	"slices"

	"varde/access"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// Emergency unblinding: a physician asks with a reason, another person confirms,
// and these two are shown the arm. The arm is on the answer to their POST only;
// every other page says that there was an unblinding and no more.

type unblindingView struct {
	Heading ui.Heading
	Alert   *ui.Alert // what this step means
	Facts   []ui.KeyValue
	Form    *actionForm
	Alone   *actionForm
	Refresh string // while waiting for the second person
	Link    string // to give to the second person
	Arm     string // shown on the answer to a POST only
	Close   string
	Before  []ui.TimelineItem
	Back    ui.Link
}

func unblindingPath(c *page.Context, id string, elem ...string) string {
	return c.Path(append([]string{"p", id, "unblinding"}, elem...)...)
}

// unblindingBanner says on a participant's page that an emergency unblinding is
// under way or has been, without the arm.
func unblindingBanner(c *page.Context, s *study.State) []ui.Alert {
	var out []ui.Alert
	for _, u := range s.Unblinded {
		a := ui.Alert{Tone: ui.Warning, Title: c.T("clinic.unblinding.banner", "time", c.Voice().DateTime(u.At)), Text: c.T("clinic.unblinding.banner.done"),
			Links: []ui.Link{{Text: c.T("clinic.unblinding.open"), Href: unblindingPath(c, s.ID, u.ID)}}}
		if !u.Open() {
			a.Tone, a.Live, a.Text = ui.Danger, true, c.T("clinic.unblinding.banner.waits")
		}
		out = append(out, a)
	}
	return out
}

// askPage is where a physician asks.
func askPage(c *page.Context) error { return renderAsk(c, nil) }

func renderAsk(c *page.Context, refused *study.Refusal) error {
	s, err := person(c)
	if err != nil {
		return err
	}
	v := unblindingView{Heading: ui.Heading{Title: c.T("clinic.unblinding"), Lead: s.ID}, Back: backToPerson(c, s.ID)}
	v.Alert = &ui.Alert{Tone: ui.Danger, Title: c.T("clinic.unblinding.warn"), Text: c.T("clinic.unblinding.warn.text")}
	m := &forms{c: c, refused: refused}
	action := unblindingPath(c, s.ID)
	reason := ui.Field{Kind: ui.LongTextField, Name: "reason", Rows: 3, Label: c.T("clinic.unblinding.reason"), Hint: c.T("clinic.unblinding.reason.hint"), Required: true, MaxLength: 2000}
	aloneField := ui.Field{Kind: ui.LongTextField, Name: "alone", Rows: 3, Label: c.T("clinic.unblinding.alone.why"), Required: true, MaxLength: 2000}
	first := actionForm{ID: "ask", Title: c.T("clinic.unblinding.two"), Text: c.T("clinic.unblinding.two.text"), Action: action, Button: c.T("clinic.unblinding.two.button"), Danger: true, Fields: []ui.Field{reason}}
	second := actionForm{ID: "alone", Title: c.T("clinic.unblinding.alone"), Text: c.T("clinic.unblinding.alone.text"), Action: action + "/alone", Button: c.T("clinic.unblinding.alone.button"), Danger: true,
		Fields: []ui.Field{reason, aloneField, sure(c, c.T("clinic.unblinding.alone.sure"))}}
	first, second = m.make(first), m.make(second)
	v.Form, v.Alone = &first, &second
	v.Before = unblindingsOf(c, s)
	p := page.Page{Title: c.T("clinic.unblinding"), Crumbs: append(personCrumbs(c, s), ui.Crumb{Text: c.T("clinic.unblinding")}), Data: &v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("unblinding", p)
}

func unblindingsOf(c *page.Context, s *study.State) []ui.TimelineItem {
	var out []ui.TimelineItem
	for _, u := range slices.Backward(s.Unblinded) {
		out = append(out, ui.TimelineItem{When: u.At, Title: c.T("clinic.unblinding"), Text: u.Reason, Who: staffName(c, u.By), Tone: ui.Warning, Href: unblindingPath(c, s.ID, u.ID)})
	}
	return out
}

func ask(alone bool) func(*page.Context) error {
	return func(c *page.Context) error {
		if _, err := c.Form(); err != nil {
			return err
		}
		cmd := study.AskUnblinding{On: study.On{Participant: c.Value("id")}, Reason: c.Text("reason")}
		if cmd.Reason == "" {
			return renderAsk(c, page.Bad("reason", "say why the treatment cannot go on without knowing", "oppgi hvorfor behandlingen ikke kan fortsette uten å vite det"))
		}
		if alone {
			if cmd.Alone = c.Text("alone"); cmd.Alone == "" {
				return renderAsk(c, page.Bad("alone", "say why nobody could confirm", "oppgi hvorfor ingen kunne bekrefte"))
			}
			if r, ok := page.Refused(isSure(c)); ok {
				return renderAsk(c, r)
			}
		}
		done, err := c.Do(cmd)
		if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid || r.Kind == study.Stale) {
			return renderAsk(c, r)
		}
		if err != nil {
			return err
		}
		for _, e := range done.Events {
			if d, ok := e.Data.(study.UnblindingAsked); ok {
				return c.Redirect(unblindingPath(c, cmd.Participant, d.ID))
			}
		}
		return c.Redirect(unblindingPath(c, cmd.Participant))
	}
}

// showUnblinding is one unblinding: waiting, to be confirmed, or open.
func showUnblinding(c *page.Context) error { return renderUnblinding(c, "", nil) }

func renderUnblinding(c *page.Context, arm string, refused *study.Refusal) error {
	id, ref := c.Value("id"), c.Value("ref")
	list, err := unblindings(c, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(u study.Unblinding) bool { return u.ID == ref })
	if i < 0 {
		return page.NotFound("there is no such unblinding", "avblindingen finnes ikke")
	}
	u := list[i]
	c.W.Header().Set("Cache-Control", "no-store, private, max-age=0")
	v := unblindingView{Heading: ui.Heading{Title: c.T("clinic.unblinding"), Lead: id}, Arm: arm, Close: unblindingPath(c, id, ref), Back: backToPerson(c, id)}
	v.facts(c, u)
	m := &forms{c: c, refused: refused}
	mine := u.By == c.Actor.ID
	switch {
	case u.Open() && (mine || u.Second == c.Actor.ID):
		v.Alert = &ui.Alert{Tone: ui.Warning, Title: c.T("clinic.unblinding.ready"), Text: c.T("clinic.unblinding.ready.text")}
		if arm == "" {
			f := m.make(actionForm{ID: "reveal", Title: c.T("clinic.unblinding.reveal"), Text: c.T("clinic.unblinding.reveal.text"), Action: v.Close + "/reveal", Button: c.T("clinic.unblinding.reveal.button"), Danger: true})
			v.Form = &f
		}
	case u.Open():
		v.Alert = &ui.Alert{Tone: ui.Info, Title: c.T("clinic.unblinding.closed"), Text: c.T("clinic.unblinding.closed.text")}
	case mine:
		v.Alert = &ui.Alert{Tone: ui.Warning, Title: c.T("clinic.unblinding.waiting"), Text: c.T("clinic.unblinding.waiting.text")}
		v.Refresh, v.Link = v.Close, v.Close
	case c.Can(access.ConfirmUnblind):
		v.Alert = &ui.Alert{Tone: ui.Danger, Title: c.T("clinic.unblinding.confirm"), Text: c.T("clinic.unblinding.confirm.text")}
		f := m.make(actionForm{ID: "confirm", Title: c.T("clinic.unblinding.confirm.title"), Action: v.Close + "/confirm", Button: c.T("clinic.unblinding.confirm.button"), Danger: true, Fields: []ui.Field{sure(c, c.T("clinic.unblinding.confirm.sure"))}})
		v.Form = &f
	default:
		v.Alert = &ui.Alert{Tone: ui.Warning, Title: c.T("clinic.unblinding.waiting")}
	}
	if _, noted := u.Noted[c.Actor.Role]; c.Can(access.NoteUnblind) && !noted {
		f := m.make(actionForm{ID: "note", Title: c.T("clinic.unblinding.note"), Text: c.T("clinic.unblinding.note.text"), Action: v.Close + "/note", Button: c.T("clinic.unblinding.note.button"), Quiet: true})
		v.Alone = &f
	}
	p := page.Page{Title: c.T("clinic.unblinding"), Crumbs: []ui.Crumb{{Text: id}, {Text: c.T("clinic.unblinding")}}, Data: &v}
	if c.Can(access.SeeJourney) {
		p.Crumbs[0].Href = c.Path("p", id)
	}
	if refused != nil {
		p.Status = page.Status(refused)
		if v.Form == nil && v.Alone == nil {
			p.Notices = []ui.Alert{c.RefusalAlert(refused)}
		}
	}
	return c.Render("unblinding", p)
}

// unblindings of a participant, as far as the reader may know of them.
func unblindings(c *page.Context, id string) ([]study.Unblinding, error) {
	zoneOf(c, id)
	if c.Can(access.Unblind) || c.Can(access.ConfirmUnblind) || c.Can(access.NoteUnblind) {
		lines, err := c.App.Unblindings(c.Ctx(), c.Actor, c.Study, id)
		out := make([]study.Unblinding, len(lines))
		for i, l := range lines {
			out[i] = l.Unblinding
		}
		return out, err
	}
	s, err := person(c)
	if err != nil {
		return nil, err
	}
	return s.Unblinded, nil
}

// unblindingsView lists what waits, for those who have no list of participants.
type unblindingsView struct {
	Heading ui.Heading
	Table   ui.Table
}

func unblindingList(c *page.Context) error {
	lines, err := c.App.Unblindings(c.Ctx(), c.Actor, c.Study, "")
	if err != nil {
		return err
	}
	v := unblindingsView{Heading: ui.Heading{Title: c.T("clinic.unblindings"), Lead: c.T("clinic.unblindings.lead")}}
	v.Table = ui.Table{Caption: c.T("clinic.unblindings"), HideCaption: true, Columns: []ui.Column{{Head: c.T("clinic.unblindings.number")}, {Head: c.T("clinic.unblinding.by")}, {Head: c.T("clinic.unblindings.state")}, {Head: c.T("clinic.unblinding.reason")}},
		Empty: &ui.Empty{Title: c.T("clinic.unblindings.none")}}
	for _, l := range lines {
		zoneOf(c, l.Participant) // each as the clock was there
		tag := ui.Tag{Text: c.T("clinic.unblinding.waiting"), Tone: ui.Danger}
		if l.Open() {
			tag = ui.Tag{Text: c.T("clinic.unblindings.opened"), Tone: ui.Warning}
		}
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: []ui.Cell{{Text: l.Participant, Href: unblindingPath(c, l.Participant, l.ID)}, {Text: staffName(c, l.By), Sub: c.Voice().Stamped(l.At)}, {Tags: []ui.Tag{tag}}, {Text: l.Reason}}})
	}
	return c.Render("unblindings", page.Page{Title: c.T("clinic.unblindings"), Data: v})
}

// toldOfUnblindings says that the reader confirms or is told of unblindings, and has
// no list of tasks in which they would stand.
func toldOfUnblindings(c *page.Context) bool {
	return !c.Can(access.SeeList) && (c.Can(access.ConfirmUnblind) || c.Can(access.NoteUnblind))
}

func (v *unblindingView) facts(c *page.Context, u study.Unblinding) {
	add := func(key string, cell ui.Cell) {
		v.Facts = append(v.Facts, ui.KeyValue{Key: c.T(key), Cell: cell})
	}
	add("clinic.unblinding.reason", ui.Cell{Text: u.Reason})
	add("clinic.unblinding.by", ui.Cell{Text: staffName(c, u.By), Time: u.At})
	if u.Alone != "" {
		add("clinic.unblinding.alone.why", ui.Cell{Text: u.Alone})
	}
	if !u.Confirmed.IsZero() {
		add("clinic.unblinding.second", ui.Cell{Text: staffName(c, u.Second), Time: u.Confirmed})
	}
	roles := make([]string, 0, len(u.Noted))
	for r := range u.Noted {
		roles = append(roles, r)
	}
	slices.Sort(roles)
	for _, r := range roles {
		add("clinic.unblinding.noted", ui.Cell{Text: c.Say(study.RoleName(r)), Time: u.Noted[r]})
	}
}

// step carries out a command on one unblinding and shows it again.
func step(build func(o study.On, ref string) study.Command, message string) func(*page.Context) error {
	return func(c *page.Context) error {
		if _, err := c.Form(); err != nil {
			return err
		}
		id, ref := c.Value("id"), c.Value("ref")
		cmd := build(study.On{Participant: id}, ref)
		if _, confirm := cmd.(study.ConfirmUnblinding); confirm {
			if r, ok := page.Refused(isSure(c)); ok {
				return renderUnblinding(c, "", r)
			}
		}
		_, err := c.Do(cmd)
		if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid || r.Kind == study.Stale) {
			return renderUnblinding(c, "", r)
		}
		if err != nil {
			return err
		}
		return c.RedirectWith(unblindingPath(c, id, ref), ui.Success, c.T(message))
	}
}

func confirmUnblinding(o study.On, ref string) study.Command {
	return study.ConfirmUnblinding{On: o, ID: ref}
}

func noteUnblinding(o study.On, ref string) study.Command {
	return study.NoteUnblinding{On: o, ID: ref}
}

// reveal shows the arm once: on the answer to this POST.
func reveal(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	arm, err := c.App.RevealArm(c.Ctx(), c.Actor, c.Study, c.Value("id"), c.Value("ref"))
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid) {
		return renderUnblinding(c, "", r)
	}
	if err != nil {
		return err
	}
	title := arm
	for _, x := range c.Def.Arms {
		if x.ID == arm {
			title = c.Say(x.Title)
		}
	}
	if title == "" {
		return fmt.Errorf("web/clinic: the arm has no title")
	}
	return renderUnblinding(c, title, nil)
}

func backToPerson(c *page.Context, id string) ui.Link {
	if c.Can(access.SeeJourney) {
		return ui.Link{Text: c.T("clinic.unblinding.back"), Href: c.Path("p", id), Variant: "tertiary"}
	}
	return ui.Link{Text: c.T("clinic.unblinding.back.start"), Href: "/", Variant: "tertiary"}
}

// staffName is the printed name of somebody who works in the study, else the account.
func staffName(c *page.Context, account string) string {
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err == nil {
		for _, s := range sites {
			if m, ok := s.Staff[account]; ok && m.Name != "" {
				return m.Name
			}
		}
	}
	if st, err := c.App.Study(c.Study); err == nil {
		for _, d := range st.Delegations {
			if d.Account == account && d.Name != "" {
				return d.Name
			}
		}
	}
	return account
}
