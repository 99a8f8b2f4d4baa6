package participant

import (
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type todayView struct {
	Top      top
	Greeting string
	Gone     string
	Next     *nextVisit
	Asks     []ask
	Waits    []string
	Course   []courseStep
	Stages   []ui.Step
	Team     []teammate
	Ways     []ui.Link
}

// ask is something that is wished for from the reader now.
type ask struct {
	Title, Text, Href string
	Note              string // how long it takes
}

// teammate is somebody of the team: people go by first names here.
type teammate struct{ Name, Role string }

// today is the reader's first page. It greets without a name: a telephone is looked
// at by others.
func today(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	v := todayView{Top: o.top(nil), Greeting: c.T(greeting(c.Now.In(c.Zone))), Team: o.team(), Course: o.course(), Stages: o.stages()}
	if o.gone() {
		v.Gone = c.T("me.gone." + string(o.s.Status()))
	} else {
		v.Next = o.nextVisit()
		v.Asks, v.Waits = o.asks()
		v.Ways = o.ways()
	}
	keepOnDevice(c)
	return o.render("today", c.T("me.title"), v)
}

func greeting(now time.Time) string {
	switch h := now.Hour(); {
	case h < 5 || h >= 18:
		return "me.hello.evening"
	case h < 10:
		return "me.hello.morning"
	}
	return "me.hello.day"
}

// asks collects what is wished for now, most pressing first, and what only waits.
func (o *own) asks() (now []ask, waits []string) {
	c := o.c
	for _, d := range o.documents() {
		switch {
		case d.state == toSign:
			now = append(now, ask{Title: c.T("me.ask.consent", "document", c.Say(d.doc.Title)), Text: c.T("me.ask.consent.text"), Href: o.path("consent", d.doc.ID)})
		case d.state == toSignAgain:
			now = append(now, ask{Title: c.T("me.ask.again", "document", c.Say(d.doc.Title)), Text: c.T("me.ask.again.text"), Href: o.path("consent", d.doc.ID)})
		case d.state == waiting:
			waits = append(waits, c.T("me.ask.waits", "document", c.Say(d.doc.Title)))
		}
	}
	if c.Can(access.OwnWords) {
		if n := o.unread(); n > 0 {
			now = append(now, ask{Title: c.TN("me.ask.messages", n), Href: o.path("messages")})
		}
	}
	if d := o.dayCheck(); d != nil && !d.Done {
		now = append(now, ask{Title: c.T("me.ask.daycheck"), Text: c.T("me.ask.daycheck.text"), Href: d.Href, Note: long(c, d.Minutes)})
	}
	for _, q := range o.asked() {
		if q.Open && !q.Done {
			now = append(now, ask{Title: q.Title, Text: q.Visit, Href: q.Href, Note: q.Note})
		}
	}
	if p := o.plan(); p != nil && p.Open && !p.Begun && o.nextSession() != nil {
		now = append(now, ask{Title: c.T("me.ask.plan"), Text: c.T("me.ask.plan.text"), Href: o.path("prepare")})
	}
	return now, waits
}

// unread counts the team's messages that the reader has not read.
func (o *own) unread() int {
	n := 0
	for _, m := range o.s.Messages {
		if !m.Own && m.Read.IsZero() {
			n++
		}
	}
	return n
}

// teamRoles are those whom a participant meets, in the order they are named. The
// independent rater is not among them: they never meet outside an assessment.
var teamRoles = []string{"therapist", "physician", "attendant", "coordinator"}

func (o *own) team() []teammate {
	if o.env.Site == nil {
		return nil
	}
	var out []teammate
	today := study.DayOf(o.c.Now, o.c.Zone).String()
	for _, role := range teamRoles {
		var names []string
		for _, m := range o.env.Site.Staff {
			t := m.Terms[role]
			if slices.Contains(m.Roles, role) && m.Name != "" && (t.Until == "" || t.Until >= today) && t.From <= today {
				names = append(names, firstName(m.Name))
			}
		}
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			out = append(out, teammate{n, o.c.Say(study.RoleName(role))})
		}
	}
	return out
}

// firstName leaves titles and surnames out.
func firstName(name string) string {
	for _, w := range strings.Fields(name) {
		if w != "" && w[len(w)-1] != '.' {
			return w
		}
	}
	return name
}

// ways are the pages that matter at the reader's place in the course.
func (o *own) ways() []ui.Link {
	c := o.c
	var out []ui.Link
	add := func(word, path string) { out = append(out, ui.Link{Text: c.T(word), Href: o.path(path)}) }
	if o.nextSession() != nil {
		add("me.prepare", "prepare")
		add("me.card", "session-day")
	}
	if o.lastSession() != nil {
		add("me.after", "after")
	}
	add("me.curves", "curves")
	add("me.more", "more")
	return out
}

type moreView struct {
	Top    top
	Groups []wayGroup
}

type wayGroup struct {
	ID, Title string
	Ways      []ui.Door
}

// more lists every page.
func more(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	door := func(word, href string) ui.Door {
		return ui.Door{Text: c.T("me." + word), About: c.T("me." + word + ".hint"), Href: href}
	}
	w := func(word, path string) ui.Door { return door(word, o.path(path)) }
	v := moreView{Top: o.top(o.home()), Groups: []wayGroup{
		{"course", c.T("me.more.course"), []ui.Door{w("consent", "consent"), w("prepare", "prepare"), w("card", "session-day"), w("after", "after"), w("curves", "curves")}},
		{"words", c.T("me.more.words"), []ui.Door{w("diary", "diary"), w("messages", "messages"), w("concern", "concern")}},
		{"rights", c.T("me.more.rights"), []ui.Door{w("data", "data"), door("contact", o.path("data", "contact")), door("reminders", o.path("data", "reminders")),
			door("account", "/account"), w("leave", "leave")}},
	}}
	if !c.Can(access.RaiseConcern) {
		v.Groups[1].Ways = v.Groups[1].Ways[:2]
	}
	keepOnDevice(c)
	return o.render("more", c.T("me.more"), v)
}
