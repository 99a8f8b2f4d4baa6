package clinic

import (
	"slices"
	"strconv"

	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// visitLine is one visit against its window. Template "visit-line".
type visitLine struct {
	ID, Title, Href string
	Kind            string
	Tone            ui.Tone
	State           string // in words
	Window          string
	Tags            []ui.Tag
	Forms           []formLine
	Bar             *windowBar
	held            bool
}

// windowBar draws the window as a bar with the target and the day of the visit,
// in a box of 120 by 14.
type windowBar struct {
	Title                string
	From, Width, Target  int
	Mark                 int
	Marked, Out, Planned bool
}

// formLine is one form of a visit.
type formLine struct {
	ID, Title, Href string
	Tag             ui.Tag
	Done, MayFill   bool
	Optional        bool
	Started         bool
}

// epochLine is a stretch of the study with its visits.
type epochLine struct {
	Title   string
	Summary string
	Open    bool
	Visits  []visitLine
}

// epochs lays out the participant's plan; the stretch with the next visit is open.
func epochs(c *page.Context, s *study.State, env study.Env) []epochLine {
	windows := study.Windows(c.Def, s)
	var out []epochLine
	opened := false
	for _, e := range c.Def.Epochs {
		line := epochLine{Title: c.Say(e.Title)}
		held, todo := 0, false
		for i := range c.Def.Visits {
			v := &c.Def.Visits[i]
			if v.Epoch != e.ID || !study.VisitExists(c.Def, s, env, i) {
				continue
			}
			x := visitLineOf(c, s, env, i, windows[i])
			if x.held {
				held++
			} else if s.Visits[i].Missed == "" && !v.Optional {
				todo = true
			}
			line.Visits = append(line.Visits, x)
		}
		if len(line.Visits) == 0 {
			continue
		}
		line.Summary = c.T("clinic.epoch.held", "held", held, "all", len(line.Visits))
		if todo && !opened && !s.Status().Gone() {
			line.Open, opened = true, true
		}
		out = append(out, line)
	}
	if !opened && len(out) > 0 {
		for i := len(out) - 1; i >= 0; i-- { // nothing to come: the last with something in it
			if slices.ContainsFunc(out[i].Visits, func(v visitLine) bool { return v.held }) || i == 0 {
				out[i].Open = true
				break
			}
		}
	}
	return out
}

func visitLineOf(c *page.Context, s *study.State, env study.Env, i int, w study.Window) visitLine {
	v, st := &c.Def.Visits[i], s.Visits[i]
	voice := c.Voice()
	x := visitLine{ID: v.ID, Title: visitTitle(c, v.ID), Kind: c.T("clinic.kind." + string(v.Kind)), Href: visitPath(c, s.ID, v.ID), Tone: ui.Neutral, held: !st.Held.IsZero()}
	if v.Kind == protocol.Session && c.Can(access.RunSession) && st.Missed == "" {
		x.Href = c.Path("p", s.ID, "session", v.ID)
	}
	if hides(c, v.ID) {
		w.Known = w.Known && s.Visits[i].Held.IsZero() // the day to come is in the appointment book anyway
	}
	if w.Known {
		x.Window = c.T("clinic.window", "opens", dayText(c, w.Opens), "target", dayText(c, w.Target), "closes", dayText(c, w.Closes))
		if !w.Firm && !x.held {
			x.Window = c.T("clinic.window.guess", "target", dayText(c, w.Target))
		}
	}
	day := study.DayOf(c.Now, c.Zone)
	switch {
	case x.held:
		x.Tone, x.State = ui.Success, c.T("clinic.visit.held", "time", voice.DateTime(st.Held))
		if on := study.DayOf(st.Held, c.Zone); w.Known && !w.Contains(on) {
			x.Tone = ui.Warning
			x.Tags = append(x.Tags, ui.Tag{Text: c.T("clinic.visit.out"), Tone: ui.Warning})
		}
	case st.Missed != "":
		x.Tone, x.State = ui.Warning, c.T("clinic.visit.missed", "reason", missedWord(c, st.Missed))
	case s.Status().Gone():
		x.State = c.T("clinic.visit.gone")
	case !st.Planned.IsZero():
		x.Tone, x.State = ui.Info, c.T("clinic.visit.planned", "time", voice.DateTime(st.Planned))
	case w.Firm && day > w.Closes:
		x.Tone, x.State = ui.Danger, c.T("clinic.visit.passed")
	case w.Firm && day >= w.Opens:
		x.Tone, x.State = ui.Info, c.T("clinic.visit.open")
	default:
		x.State = c.T("clinic.visit.later")
	}
	if v.Optional {
		x.Tags = append(x.Tags, ui.Tag{Text: c.T("clinic.visit.optional"), Tone: ui.Neutral})
	}
	if w.Known && (w.Firm || x.held) {
		x.Bar = barOf(c, w, st)
	}
	if x.held || study.VisitFault(c.Def, s, env, i) == nil || drawnFor(c, s, v.ID) {
		x.Forms = formLines(c, s, env, i)
	}
	return x
}

// barOf fits the window and the visit into 120 points, with a margin.
func barOf(c *page.Context, w study.Window, st study.VisitState) *windowBar {
	b := &windowBar{}
	at := st.Held
	if at.IsZero() {
		at, b.Planned = st.Planned, true
	}
	low, high := w.Opens, w.Closes
	if !at.IsZero() {
		d := study.DayOf(at, c.Zone)
		low, high = min(low, d), max(high, d)
	}
	span := int(high-low) + 1
	x := func(d study.Day) int { return 6 + int(d-low)*108/span }
	b.From, b.Width, b.Target = x(w.Opens), max(x(w.Closes+1)-x(w.Opens), 2), x(w.Target)+54/span
	b.Title = c.T("clinic.window", "opens", dayText(c, w.Opens), "target", dayText(c, w.Target), "closes", dayText(c, w.Closes))
	if !at.IsZero() {
		d := study.DayOf(at, c.Zone)
		b.Marked, b.Mark, b.Out = true, x(d)+54/span, !w.Contains(d)
	}
	return b
}

// visitForms are the forms of a visit for this reader.
func visitForms(c *page.Context, s *study.State, visit string) []formLine {
	i := c.Def.VisitIndex(visit)
	if i < 0 {
		return nil
	}
	return formLines(c, s, c.App.Env(c.Ctx(), c.Actor, c.Study, s), i)
}

func formLines(c *page.Context, s *study.State, env study.Env, i int) []formLine {
	v := &c.Def.Visits[i]
	var out []formLine
	for _, f := range study.VisitForms(c.Def, s, env, i) {
		p, ok := study.PlaceOf(c.Def, v.ID, f.Use.Form)
		if !ok {
			continue
		}
		x := formLine{ID: f.Use.Form, Title: formTitle(c, p.Form), Href: formPath(c, s.ID, v.ID, f.Use.Form, ""), Optional: p.Optional,
			Tag: recordTag(c, f.State), Done: f.State.Complete(), Started: f.State != nil, MayFill: slices.Contains(p.Roles, c.Actor.Role)}
		if n := len(s.Records(v.ID, f.Use.Form)); p.Repeats && n > 1 {
			x.Tag.Text += " (" + strconv.Itoa(n) + ")"
		}
		if !x.MayFill && !seesJourney(c) {
			continue
		}
		out = append(out, x)
	}
	return out
}

// missedReasons are the coded reasons why a visit was missed.
var missedReasons = []string{"ill", "no-show", "cancelled-by-participant", "cancelled-by-site", "other"}

func missedWord(c *page.Context, reason string) string {
	if slices.Contains(missedReasons, reason) {
		return c.T("clinic.missed." + reason)
	}
	return reason
}

func isDosing(c *page.Context, visit string) bool {
	v, ok := c.Def.Visit(visit)
	return ok && v.Kind == protocol.Session
}

// drawnFor says that the reader was drawn to rate at the visit, and sees too little
// of the record to know whether it is open. Whether it is, is answered when they save.
func drawnFor(c *page.Context, s *study.State, visit string) bool {
	r, ok := s.Ratings[visit]
	if !ok {
		r = s.Ratings[visitRef(c, s.ID, visit)]
	}
	return !seesJourney(c) && r.Rater != "" && r.Rater == c.Actor.ID
}
