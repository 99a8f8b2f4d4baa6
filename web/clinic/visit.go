package clinic

import (
	"slices"

	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// visitView is the page of one visit.
type visitView struct {
	Heading ui.Heading
	Line    visitLine
	Fault   string // why it cannot be held now
	Room    *ui.Link
	Actions []actionForm
	Minutes int
	By      string
	Rating  *ratingView
	Planner *ui.Link // to a time with room and people
	State   *ui.Link // to the statement that a rater owes before the visit is held
}

func visit(c *page.Context) error {
	s, err := person(c)
	if err != nil {
		return err
	}
	return renderVisit(c, s, nil)
}

func renderVisit(c *page.Context, s *study.State, refused *study.Refusal) error {
	v, ok := c.Def.Visit(visitOf(c, s.ID))
	if !ok {
		return page.NotFound("the protocol has no such visit", "protokollen har ikke noe slikt besøk")
	}
	if !seesJourney(c) && !slices.Contains(v.By, c.Actor.Role) && len(visitForms(c, s, v.ID)) == 0 {
		return &study.Refusal{Kind: study.Forbidden, Code: "role-may-not", Text: study.Text{
			EN: "the protocol leaves this visit to other roles", NB: "protokollen overlater dette besøket til andre roller"}}
	}
	i := c.Def.VisitIndex(v.ID)
	env := c.App.Env(c.Ctx(), c.Actor, c.Study, s)
	x := visitView{Line: visitLineOf(c, s, env, i, study.Windows(c.Def, s)[i]), Minutes: v.Minutes, By: roleList(c, v.By)}
	x.Heading = ui.Heading{Title: x.Line.Title, Lead: s.ID, Tags: []ui.Tag{{Text: x.Line.State, Tone: x.Line.Tone}}}
	x.Heading.Tags = append(x.Heading.Tags, x.Line.Tags...)
	st := s.Visits[i]
	if st.Held.IsZero() && st.Missed == "" {
		// The record that a rater gets is only what a rater may know: whether the
		// visit can be held is then answered when it is tried.
		if r := study.VisitFault(c.Def, s, env, i); r != nil && seesJourney(c) {
			x.Fault = page.Sentence(c.Say(r.Text))
		}
	}
	if v.Kind == protocol.Session && c.Can(access.RunSession) {
		x.Room = &ui.Link{Text: c.T("clinic.room"), Href: c.Path("p", s.ID, "session", v.ID)}
	}
	if owesStatement(c, s, v) && st.Held.IsZero() && st.Missed == "" {
		x.State = &ui.Link{Text: c.T("clinic.visit.statement.button"), Href: c.Path("ratings", s.ID, visitRef(c, s.ID, v.ID))}
	}
	if st.Held.IsZero() && !s.Status().Gone() && mayPlan(c, v) {
		x.Planner = &ui.Link{Text: c.T("clinic.planner.link"), Href: c.Path("p", s.ID, "v", v.ID, "plan"), Variant: "secondary"}
	}
	x.Actions = visitActions(&forms{c: c, refused: refused, back: visitPath(c, s.ID, v.ID)}, s, v, x.Fault == "")
	x.Rating = ratingOf(&forms{c: c, refused: refused, back: visitPath(c, s.ID, v.ID)}, s, v)
	p := page.Page{Title: x.Line.Title, Crumbs: append(personCrumbs(c, s), ui.Crumb{Text: x.Line.Title}), Data: x}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("visit", p)
}

// visitActions are holding, planning and missing a visit, for those who may.
func visitActions(m *forms, s *study.State, v *protocol.Visit, ready bool) []actionForm {
	c := m.c
	st := s.Visits[c.Def.VisitIndex(v.ID)]
	mine := slices.Contains(v.By, c.Actor.Role) || c.Actor.Role == "coordinator"
	if !c.Can(access.Schedule) || !mine || !st.Held.IsZero() || s.Status().Gone() && seesJourney(c) {
		return nil
	}
	mayHold := slices.Contains(v.By, c.Actor.Role) || v.Kind != protocol.Rating
	base := visitPath(c, s.ID, v.ID)
	var out []actionForm
	if ready && mayHold && v.Kind != protocol.Session && !owesStatement(c, s, v) {
		text := c.T("clinic.visit.hold.text")
		if c.Actor.Role == "rater" && study.Rated(c.Def, v) {
			text = c.T("clinic.visit.hold.rated")
		}
		out = append(out, m.make(actionForm{ID: "hold", Title: c.T("clinic.visit.hold"), Text: text, Action: base + "/hold",
			Fields: []ui.Field{when(c)}, Button: c.T("clinic.visit.hold.button")}))
	}
	planned := ui.Field{Kind: ui.DateTimeField, Name: "time", Label: c.T("clinic.visit.plan.time"), Required: true, Value: c.Stamp(st.Planned)}
	if c.Actor.Role != "rater" || !study.Rated(c.Def, v) { // a rater books in their queue
		out = append(out, m.make(actionForm{ID: "plan", Title: c.T("clinic.visit.plan"), Action: base + "/plan", Fields: []ui.Field{planned}, Button: c.T("clinic.visit.plan.button"), Quiet: true}))
	}
	if mayHold && st.Missed == "" {
		reason := ui.Field{Kind: ui.SelectField, Name: "reason", Label: c.T("clinic.visit.miss.reason"), Required: true}
		for _, r := range missedReasons {
			reason.Options = append(reason.Options, ui.Option{Value: r, Label: c.T("clinic.missed." + r)})
		}
		out = append(out, m.make(actionForm{ID: "miss", Title: c.T("clinic.visit.miss"), Text: c.T("clinic.visit.miss.text"), Action: base + "/miss", Fields: []ui.Field{reason}, Button: c.T("clinic.visit.miss.button"), Quiet: true}))
	}
	return out
}

// owesStatement says that the reader rates at the visit, and has still to state
// whether anything unblinding was said: before that it is not held.
func owesStatement(c *page.Context, s *study.State, v *protocol.Visit) bool {
	if c.Actor.Role != "rater" || !study.Rated(c.Def, v) {
		return false
	}
	r, ok := s.Ratings[v.ID]
	if !ok {
		r = s.Ratings[visitRef(c, s.ID, v.ID)]
	}
	return r.Stated.IsZero()
}
