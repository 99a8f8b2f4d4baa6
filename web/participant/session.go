package participant

import (
	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// sectionOf is a section of the consent text that the reader signed, or that holds: what
// these pages say of risk and of the way home is what was agreed, word for word.
func (o *own) sectionOf(id string) *copySection {
	for _, d := range o.documents() {
		doc := d.doc
		if d.version != "" {
			if old := o.versionOf(doc.ID, d.version); old != nil {
				doc = old
			}
		}
		for i := range doc.Sections {
			if s := &doc.Sections[i]; s.ID == id {
				return &copySection{Title: o.c.Say(s.Title), Short: o.c.Say(s.Short), Long: paragraphs(o.c.Say(s.Long))}
			}
		}
	}
	return nil
}

type prepareView struct {
	Top      top
	Plan     *planView
	Next     *nextVisit
	Meetings []courseVisit
	Topics   []string
	Checks   []checkLine
	Bounds   *copySection
	Medicine *copySection
}

// planView is the reader's own plan for a session.
type planView struct {
	Note  string
	Begun bool
	Lines []reviewLine
	Go    ui.Link
	Shut  string
}

// checkLine is a thing to have settled before the session; Done when it is known.
type checkLine struct {
	Text string
	Done bool
}

// prepare shows the plan, what is talked through beforehand, and what is left to do.
func prepare(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	v := prepareView{Top: o.top(o.toMore()), Next: o.nextSession(), Bounds: o.sectionOf("boundaries"), Medicine: o.sectionOf("medicines")}
	if p := o.plan(); p != nil {
		v.Plan = o.planned(p)
	}
	v.Meetings, v.Topics = o.preparations()
	v.Checks = o.checks(v.Plan)
	keepOnDevice(c)
	return o.render("prepare", c.T("me.prepare"), v)
}

func (o *own) planned(p *askedForm) *planView {
	c := o.c
	v := &planView{Note: p.Note, Begun: p.Begun, Go: ui.Link{Text: c.T("me.plan.begin"), Href: p.Href + "?go=1"}}
	form, ok := c.Def.Form(planForm)
	if !ok || !p.Open {
		v.Go, v.Shut = ui.Link{}, c.T("me.plan.shut")
	}
	record := o.logRecord(planForm, c.Now)
	if !ok || record == nil {
		return v
	}
	v.Go = ui.Link{Text: c.T("me.plan.all"), Href: p.Href + "?review=1", Variant: "secondary"}
	a := &asking{own: o, form: form, record: record, base: p.Href}
	if !p.Open {
		a.shut, v.Go = closed(), ui.Link{}
	}
	v.Lines = a.review(record.Values).Lines
	return v
}

// preparations are the meetings before a session, with what they go through by the
// protocol's own list.
func (o *own) preparations() (meetings []courseVisit, topics []string) {
	c := o.c
	const form = "preparation"
	windows := study.Windows(c.Def, o.s)
	for i := range c.Def.Visits {
		v := &c.Def.Visits[i]
		if v.Kind == protocol.Session || !usesForm(v, form) || !study.VisitExists(c.Def, o.s, o.env, i) {
			continue
		}
		m := courseVisit{Title: c.Say(v.Title), State: "todo", Word: c.T("me.course.todo")}
		switch st := o.s.Visits[i]; {
		case !st.Held.IsZero():
			m.State, m.Word, m.When = "done", c.T("me.course.done"), c.Voice().Date(st.Held)
		case !st.Planned.IsZero():
			m.When = c.Voice().DateTime(st.Planned)
		case windows[i].Known:
			m.When = c.T("me.course.about", "date", c.Voice().Date(windows[i].Target.Start(c.Zone)))
		}
		meetings = append(meetings, m)
	}
	if f, ok := c.Def.Form(form); ok {
		if item, ok := f.Item("manual_content"); ok {
			for _, x := range f.OptionsOf(item) {
				topics = append(topics, c.Say(x.Text))
			}
		}
	}
	return meetings, topics
}

func usesForm(v *protocol.Visit, form string) bool {
	for _, u := range v.Forms {
		if u.Form == form {
			return true
		}
	}
	return false
}

// checks are what should be settled before a session, as far as these pages know.
func (o *own) checks(p *planView) []checkLine {
	c := o.c
	out := []checkLine{{c.T("me.check.consent"), o.s.ConsentCurrent(c.Def)}}
	if p != nil {
		for _, l := range p.Lines {
			out = append(out, checkLine{l.Text, !l.Open})
		}
		if !p.Begun {
			out = append(out, checkLine{c.T("me.check.plan"), false})
		}
	}
	if n := o.nextSession(); n != nil {
		out = append(out, checkLine{c.T("me.check.date"), !n.Time.IsZero()})
	}
	return out
}

type cardView struct {
	Top    top
	Next   *nextVisit
	None   string
	Plan   []reviewLine
	Team   []teammate
	Home   *copySection
	Taking *copySection
	Phones []ui.Link
}

// sessionDay is the card for the day of a session: to print, and kept on the device.
func sessionDay(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	v := cardView{Top: o.top(o.toMore()), Next: o.nextSession(), Team: o.team(), Home: o.sectionOf("home"), Taking: o.sectionOf("medicines"), Phones: c.Crisis().Links}
	if v.Next == nil {
		v.None = c.T("me.card.none")
	} else if p := o.plan(); p != nil && p.Begun {
		for _, l := range o.planned(p).Lines {
			if !l.Open {
				v.Plan = append(v.Plan, l)
			}
		}
	}
	keepOnDevice(c)
	return o.render("card", c.T("me.card"), v)
}

type afterView struct {
	Top     top
	Last    *heldVisit
	Since   string
	Recent  bool
	Check   *askedForm
	Calls   []courseVisit
	Risks   *copySection
	After   *copySection
	HomeWay *copySection
	Diary   ui.Link
	Call    ui.Link
}

// after is the page of the days after a session.
func after(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	v := afterView{Top: o.top(o.toMore()), Last: o.lastSession(), Risks: o.sectionOf("risks"), After: o.sectionOf("aftercare"), HomeWay: o.sectionOf("home"),
		Diary: ui.Link{Text: c.T("me.diary"), Href: o.path("diary"), Variant: "secondary"}}
	if v.Last != nil {
		v.Since, v.Recent = o.inDays(v.Last.At), -o.day(v.Last.At) <= afterDays
		v.Check = o.dayCheck()
		v.Calls = o.contacts(v.Last)
	}
	if c.Can(access.OwnWords) && !o.gone() {
		v.Call = ui.Link{Text: c.T("me.call"), Href: o.path("call")}
	}
	keepOnDevice(c)
	return o.render("after", c.T("me.after"), v)
}

// contacts are the calls and meetings that follow a session, as they are planned.
func (o *own) contacts(last *heldVisit) []courseVisit {
	c := o.c
	windows := study.Windows(c.Def, o.s)
	var out []courseVisit
	for i := range c.Def.Visits {
		v, st := &c.Def.Visits[i], o.s.Visits[i]
		if v.Anchor != last.ID || v.Kind != protocol.Phone && v.Kind != protocol.Clinic && v.Kind != protocol.Remote || !study.VisitExists(c.Def, o.s, o.env, i) {
			continue
		}
		x := courseVisit{Title: c.Say(v.Title) + " (" + c.T("me.how.short."+string(v.Kind)) + ")", State: "todo", Word: c.T("me.course.todo")}
		switch {
		case !st.Held.IsZero():
			x.State, x.Word, x.When = "done", c.T("me.course.done"), c.Voice().Date(st.Held)
		case st.Missed != "":
			x.State, x.Word = "done", c.T("me.course.missed")
		case !st.Planned.IsZero():
			x.When = c.Voice().DateTime(st.Planned)
		case windows[i].Known:
			x.When = c.T("me.course.about", "date", c.Voice().DateLong(windows[i].Target.Start(c.Zone)))
		}
		out = append(out, x)
	}
	return out
}
