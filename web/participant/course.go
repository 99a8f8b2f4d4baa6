package participant

import (
	"slices"
	"time"

	"varde/expr"
	"varde/protocol"
	"varde/study"
	"varde/web/ui"
)

// nextVisit is the appointment that comes next.
type nextVisit struct {
	ID       string
	Title    string
	Time     time.Time // zero: no time is agreed
	Day      string    // "Tuesday 3 March 2026"
	Far      string    // "in 5 days"
	Between  string    // the days it falls on, when no time is agreed
	How      string
	Where    string
	Takes    string
	Night    bool
	Session  bool
	Recorded bool
	Links    []ui.Link
}

// courseStep is a stretch of the course, simply told.
type courseStep struct {
	Title  string
	State  string // "done", "current", "todo"
	Visits []courseVisit
	Open   bool
}

type courseVisit struct {
	Title string
	When  string
	State string
	Word  string
}

// upcoming are the visits still to be held, by when they come; those without a known
// time stand last, in the protocol's order.
func (o *own) upcoming() []int {
	var out []int
	windows := study.Windows(o.c.Def, o.s)
	for i := range o.c.Def.Visits {
		st := o.s.Visits[i]
		if st.Held.IsZero() && st.Missed == "" && !lapsed(o, i) && study.VisitExists(o.c.Def, o.s, o.env, i) {
			out = append(out, i)
		}
	}
	at := func(i int) (time.Time, bool) {
		if p := o.s.Visits[i].Planned; !p.IsZero() {
			return p, true
		}
		return windows[i].Target.Start(o.c.Zone), windows[i].Known
	}
	slices.SortStableFunc(out, func(a, b int) int {
		x, xok := at(a)
		y, yok := at(b)
		switch {
		case xok && yok:
			return x.Compare(y)
		case xok:
			return -1
		case yok:
			return 1
		}
		return 0
	})
	return out
}

// lapsed says that an optional visit will not come any more, because a later one was
// held, or that the course is over.
func lapsed(o *own, i int) bool {
	if o.gone() {
		return true
	}
	if !o.c.Def.Visits[i].Optional {
		return false
	}
	for j := i + 1; j < len(o.s.Visits); j++ {
		if !o.s.Visits[j].Held.IsZero() {
			return true
		}
	}
	return false
}

func (o *own) nextVisit() *nextVisit {
	windows := study.Windows(o.c.Def, o.s)
	for _, i := range o.upcoming() {
		if p := o.s.Visits[i].Planned; !p.IsZero() && o.day(p) >= 0 || windows[i].Firm && windows[i].Closes >= study.DayOf(o.c.Now, o.c.Zone) {
			return o.visitCard(i, windows[i])
		}
	}
	return nil
}

func (o *own) visitCard(i int, w study.Window) *nextVisit {
	c := o.c
	v := &c.Def.Visits[i]
	n := &nextVisit{ID: v.ID, Title: c.Say(v.Title), Takes: long(c, v.Minutes), Night: v.Overnight, Recorded: v.Recorded, Session: v.Kind == protocol.Session}
	if v.Minutes == 0 {
		n.Takes = ""
	}
	if p := o.s.Visits[i].Planned; !p.IsZero() {
		n.Time, n.Day, n.Far = p, c.Voice().DateLong(p), o.inDays(p)
	} else if w.Known {
		voice := c.Voice()
		n.Between = c.T("me.next.between", "from", voice.Date(w.Opens.Start(c.Zone)), "to", voice.Date(w.Closes.Start(c.Zone)))
		if w.Opens == w.Closes {
			n.Between = voice.DateLong(w.Opens.Start(c.Zone))
		}
	}
	n.How = c.T("me.how." + string(v.Kind))
	if (v.Kind == protocol.Clinic || v.Kind == protocol.Session) && o.env.Site != nil {
		n.Where = o.env.Site.Name
		if room := o.s.Visits[i].Room; room != "" {
			n.Where += ", " + room
		}
	}
	if n.Session {
		n.Links = []ui.Link{{Text: c.T("me.card"), Href: o.path("session-day")}, {Text: c.T("me.prepare"), Href: o.path("prepare"), Variant: "secondary"}}
	}
	return n
}

// nextSession is the dosing visit that comes next, nil when there is none.
func (o *own) nextSession() *nextVisit {
	windows := study.Windows(o.c.Def, o.s)
	for _, i := range o.upcoming() {
		if o.c.Def.Visits[i].Kind == protocol.Session {
			return o.visitCard(i, windows[i])
		}
	}
	return nil
}

// lastSession is the dosing visit held last, nil when there was none.
func (o *own) lastSession() *heldVisit {
	var best *heldVisit
	for i := range o.c.Def.Visits {
		held := o.s.Visits[i].Held
		if o.c.Def.Visits[i].Kind == protocol.Session && !held.IsZero() && (best == nil || held.After(best.At)) {
			best = &heldVisit{ID: o.c.Def.Visits[i].ID, Title: o.c.Say(o.c.Def.Visits[i].Title), At: held}
		}
	}
	return best
}

type heldVisit struct {
	ID, Title string
	At        time.Time
}

// stages are the course in a line: one stretch each.
func (o *own) stages() []ui.Step {
	var out []ui.Step
	for _, s := range o.course() {
		out = append(out, ui.Step{Text: s.Title, State: s.State})
	}
	return out
}

// course tells what is done, what is next and what comes later. It names visits, and
// nothing of what is given at them.
func (o *own) course() []courseStep {
	c, def := o.c, o.c.Def
	windows := study.Windows(def, o.s)
	next := ""
	if n := o.nextVisit(); n != nil {
		next = n.ID
	}
	var out []courseStep
	for _, e := range def.Epochs {
		step := courseStep{Title: c.Say(e.Title)}
		done, left := 0, 0
		for i := range def.Visits {
			v := &def.Visits[i]
			if v.Epoch != e.ID {
				continue
			}
			st := o.s.Visits[i]
			x := courseVisit{Title: c.Say(v.Title)}
			switch {
			case !st.Held.IsZero():
				x.State, x.Word, x.When = "done", c.T("me.course.done"), c.Voice().Date(st.Held)
				done++
			case st.Missed != "":
				x.State, x.Word = "done", c.T("me.course.missed")
				done++
			case v.Anchor == string(study.Referred) && !o.s.Reached[study.Prescreened].IsZero():
				// The first conversation was held, whether or not its form is filled in.
				x.State, x.Word, x.When = "done", c.T("me.course.done"), c.Voice().Date(o.s.Reached[study.Prescreened])
				done++
			case lapsed(o, i) || !study.VisitExists(def, o.s, o.env, i) || v.When != "" && !o.sure(i):
				continue // a call that hangs on what has not happened yet
			default:
				x.State, x.Word = "todo", c.T("me.course.todo")
				if v.ID == next {
					x.State, x.Word = "current", c.T("me.course.next")
				}
				if !st.Planned.IsZero() {
					x.When = c.Voice().DateTime(st.Planned)
				} else if windows[i].Known {
					x.When = c.T("me.course.about", "date", c.Voice().Date(windows[i].Target.Start(c.Zone)))
				}
				left++
				step.Open = step.Open || x.State == "current"
			}
			step.Visits = append(step.Visits, x)
		}
		switch {
		case len(step.Visits) == 0:
			continue
		case left == 0:
			step.State = "done"
		case step.Open || done > 0:
			step.State = "current"
		default:
			step.State = "todo"
		}
		out = append(out, step)
	}
	return out
}

// sure says that the condition of a visit holds now.
func (o *own) sure(i int) bool {
	v := &o.c.Def.Visits[i]
	t, err := o.c.Def.Program(v.When).Test(study.NewVars(o.c.Def, o.s, o.env, v.ID))
	return err == nil && t == expr.True
}
