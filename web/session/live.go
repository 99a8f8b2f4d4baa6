package session

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"varde/access"
	"varde/chart"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
	"varde/web/ui"
)

// liveView is the part that refreshes itself: clocks, limits passed, timetable and
// trends.
type liveView struct {
	Now        time.Time
	StartedAt  time.Time
	DoseAt     time.Time
	LastAt     time.Time // of a supplemental dose
	Next       *planLine
	Latest     []reading
	MeasuredAt time.Time
	Breaches   []breachView
	Near       []planLine // what is due, overdue or next
	Rest       []planLine
	Trends     []ui.Figure
}

// reading is the newest value of one metric.
type reading struct {
	ID, Label, Value, Unit string
	Breach                 bool
}

// planLine is one line of the timetable.
type planLine struct {
	ID, Title, By string
	Due           time.Time
	Tag           ui.Tag
	Until         time.Time // a countdown, while something is due
	Sub           string
	Href, Action  string
	States        []lineState // how it stands as time goes on; nil when it is done or over
	Latest        time.Time
}

// lineState is one of the ways in which an open line can stand; the page's script
// shows the one that is true now, so that the timetable goes on without the server.
type lineState struct {
	Name string
	Tag  ui.Tag
	Now  bool
}

// breachView is a limit that was passed.
type breachView struct {
	ID, Rule                  string
	Title, Action, Value, Who string
	At, Until                 time.Time
	Escalated                 time.Time
	Hold                      bool
	May                       bool
	Client, Path, Back        string
	Field                     ui.Field
}

func (r *room) live() *liveView {
	v := &liveView{Now: r.c.Now, StartedAt: r.x.Started, DoseAt: r.x.DoseAt, LastAt: r.x.SupplementAt}
	v.Latest, v.MeasuredAt = r.latest()
	v.Breaches = r.breaches()
	plan := r.plan()
	for i := range plan {
		l := &plan[i]
		// The next thing is the one ahead; what is overdue stands in the list.
		if !l.Until.IsZero() && l.Until.After(r.c.Now) && v.Next == nil {
			v.Next = l
		}
		if l.Until.IsZero() || l.Until.After(r.c.Now) && ahead(plan[:i], r.c.Now) >= 3 {
			v.Rest = append(v.Rest, *l)
		} else {
			v.Near = append(v.Near, *l)
		}
	}
	v.Trends = r.trends()
	return v
}

// ahead counts the lines that are still to come.
func ahead(lines []planLine, now time.Time) int {
	n := 0
	for _, l := range lines {
		if l.Until.After(now) {
			n++
		}
	}
	return n
}

func (r *room) latest() ([]reading, time.Time) {
	form, ok := r.c.Def.Form(r.dosing.Vitals.Form)
	if !ok {
		return nil, time.Time{}
	}
	f := r.s.Last(r.visit.ID, form.ID)
	if f == nil {
		return nil, time.Time{}
	}
	past := study.PastLimits(r.c.Def, r.s, f)
	var out []reading
	for i := range form.Items {
		it := &form.Items[i]
		if x, ok := f.Values[it.ID].Float(); ok && it.Type != instrument.Choice {
			out = append(out, reading{ID: it.ID, Label: r.c.Say(it.Text), Value: r.c.Voice().Number(x, it.Decimals), Unit: unit(it.Unit, r.c.Lang), Breach: past[it.ID]})
		}
	}
	return out, f.At()
}

// mayAnswer says that the reader's role acknowledges the rule's breaches.
func (r *room) mayAnswer(rule *protocol.Rule) bool {
	role := r.c.Actor.Role
	return r.c.Can(access.Acknowledge) && (slices.Contains(rule.Acknowledge.Roles, role) || slices.Contains(rule.Escalate.Roles, role))
}

// breaches answers the limits passed that nobody has acknowledged, oldest first.
func (r *room) breaches() []breachView {
	var out []breachView
	for _, b := range r.x.Breaches {
		if !b.Acknowledged.IsZero() {
			continue
		}
		v := breachView{ID: b.ID, Rule: b.Rule, Title: b.Rule, At: b.At, Escalated: b.Escalated, Path: r.path + "/breach/" + b.ID, Client: r.c.ClientID(), Value: strconv.FormatFloat(b.Value, 'f', -1, 64)}
		name := "breach-" + b.ID
		v.Field = ui.Field{Kind: ui.LongTextField, Name: "action", ID: name, Label: r.c.T("room.breach.action"), Rows: 2, MaxLength: 2000, Value: r.typed(name, "action", "")}
		if r.posted == name {
			v.Field.Error = r.faults["action"]
		}
		if rule := r.c.Def.Rule(b.Rule); rule != nil {
			v.Title, v.Action, v.Hold = r.c.Say(rule.Text), r.c.Say(rule.Action), rule.Severity != "watch"
			if it, ok := r.item(rule.Metric); ok {
				v.Value = r.c.Voice().Number(b.Value, it.Decimals) + " " + unit(it.Unit, r.c.Lang)
			}
			respond, from := rule.Acknowledge, b.At
			if !b.Escalated.IsZero() {
				respond, from = rule.Escalate, b.Escalated
			}
			v.Who, v.Until = r.roles(respond.Roles), from.Add(respond.Within.Std())
			v.May = r.mayAnswer(rule)
		}
		out = append(out, v)
	}
	return out
}

func (r *room) item(metric string) (*instrument.Item, bool) {
	form, ok := r.c.Def.Form(r.dosing.Vitals.Form)
	if !ok {
		return nil, false
	}
	return form.Item(metric)
}

// plan is the timetable in the order of time.
func (r *room) plan() []planLine {
	lines := study.SessionPlan(r.c.Def, r.s, r.x)
	slices.SortStableFunc(lines, func(a, b study.PlanLine) int {
		switch {
		case a.Due.IsZero() && b.Due.IsZero():
			return 0
		case a.Due.IsZero():
			return 1
		case b.Due.IsZero():
			return -1
		}
		return a.Due.Compare(b.Due)
	})
	out := make([]planLine, 0, len(lines))
	for _, l := range lines {
		out = append(out, r.planLine(l))
	}
	return out
}

func (r *room) planLine(l study.PlanLine) planLine {
	c, now := r.c, r.c.Now
	p := planLine{ID: l.ID, Title: c.Say(l.Title), Due: l.Due, By: r.roles(l.By), Latest: l.Latest}
	open := l.Done.IsZero() && r.open()
	switch {
	case !l.Done.IsZero() && !l.Latest.IsZero() && l.Done.After(l.Latest.Add(time.Minute)):
		p.Tag = ui.Tag{Text: c.T("room.plan.late", "time", c.Voice().Time(l.Done), "age", c.Voice().Duration(l.Done.Sub(l.Latest))), Tone: ui.Warning}
	case !l.Done.IsZero():
		p.Tag = ui.Tag{Text: c.T("room.plan.done", "time", c.Voice().Time(l.Done)), Tone: ui.Success}
	case l.Due.IsZero():
		p.Tag = ui.Tag{Text: c.T("room.plan.waits"), Tone: ui.Neutral}
	case !r.open():
		p.Tag = ui.Tag{Text: c.T("room.plan.missing"), Tone: ui.Danger}
	default:
		p.Until = l.Due
		late, early := now.After(l.Latest), now.Before(l.Due)
		p.States = []lineState{
			{"coming", ui.Tag{Text: c.T("room.plan.coming"), Tone: ui.Neutral}, early},
			{"now", ui.Tag{Text: c.T("room.plan.now"), Tone: ui.Info}, !early && !late},
			{"overdue", ui.Tag{Text: c.T("room.plan.overdue"), Tone: ui.Danger}, late},
			{"here", ui.Tag{Text: c.T("room.device.here"), Tone: ui.Info}, false},
		}
	}
	if l.Record != nil && len(l.Record.Missing) > 0 {
		p.Sub = c.TN("room.form.missing", len(l.Record.Missing))
		p.Href = c.Path("p", r.s.ID, "f", r.visit.ID, l.Form)
		if l.Record.Key.Repeat > 0 {
			p.Href = c.Path("p", r.s.ID, "f", r.visit.ID, l.Form, strconv.Itoa(l.Record.Key.Repeat))
		}
		p.Action = c.T("room.plan.finish")
	}
	soon := !l.Due.IsZero() && !now.Before(l.Due.Add(-l.Latest.Sub(l.Due)))
	if open && l.Kind == study.PlanForm && soon {
		if place, ok := study.PlaceOf(c.Def, r.visit.ID, l.Form); ok && (slices.Contains(place.Roles, c.Actor.Role) || r.may) {
			p.Href, p.Action = r.formPath(l.Form, place.Repeats, l.ID), c.T("room.plan.fill")
		}
	}
	if open && l.Kind == study.PlanVitals && r.may && soon {
		p.Href, p.Action = "#vitals", c.T("room.plan.measure")
	}
	return p
}

// trends draws each metric against the limits of the rules; the two blood
// pressures share a picture because they share a unit. While the session goes on the
// picture reaches to the next two full hours, and the page's script draws into it what
// the server does not have yet.
func (r *room) trends() []ui.Figure {
	form, ok := r.c.Def.Form(r.dosing.Vitals.Form)
	if !ok || r.x == nil {
		return nil
	}
	records := r.s.Records(r.visit.ID, r.dosing.Vitals.Form)
	zero, from := r.x.DoseAt, r.c.T("room.trend.dose")
	if zero.IsZero() {
		zero, from = r.x.Started, r.c.T("room.trend.start")
	}
	if zero.IsZero() {
		return nil
	}
	minute := func(t time.Time) float64 { return math.Round(t.Sub(zero).Minutes()) }
	events := []chart.Event{{At: 0, Label: from}}
	if !r.x.SupplementAt.IsZero() {
		events = append(events, chart.Event{At: minute(r.x.SupplementAt), Label: r.c.T("room.trend.supplement")})
	}
	byUnit := map[string]*chart.Trend{}
	var order []string
	for i := range form.Items {
		it := &form.Items[i]
		if it.Type != instrument.Integer && it.Type != instrument.Decimal {
			continue
		}
		series := chart.Series{Name: r.c.Say(it.Text), Key: it.ID}
		for _, f := range records {
			if x, ok := f.Values[it.ID].Float(); ok {
				p := chart.At(minute(f.At()), x)
				p.Breach = study.PastLimits(r.c.Def, r.s, f)[it.ID]
				series.Points = append(series.Points, p)
			}
		}
		if len(series.Points) == 0 && !r.open() {
			continue
		}
		slices.SortStableFunc(series.Points, func(a, b chart.Point) int { return int(a.X - b.X) })
		t := byUnit[it.Unit]
		if t == nil {
			t = &chart.Trend{Frame: chart.Frame{ID: fmt.Sprintf("trend-%d", len(order)+1), Title: series.Name, Lang: r.c.Lang, Height: 260}, Live: r.open(),
				X: chart.Axis{Label: r.c.T("room.trend.hours")}, Y: chart.Axis{Label: unit(it.Unit, r.c.Lang), Decimals: it.Decimals}, Events: events, BreachLabel: r.c.T("room.trend.breach")}
			byUnit[it.Unit] = t
			order = append(order, it.Unit)
		} else {
			t.Title += " · " + series.Name
		}
		t.Series = append(t.Series, series)
		t.Limits = append(t.Limits, r.limits(it, series.Points)...)
		r.ahead(t, it, minute(r.c.Now))
	}
	var out []ui.Figure
	for _, u := range order {
		out = append(out, ui.Figure{Chart: *byUnit[u]})
	}
	return out
}

// ahead gives an open session's picture room for what comes: two full hours more, and
// values around the limits.
func (r *room) ahead(t *chart.Trend, it *instrument.Item, now float64) {
	if !r.open() {
		return
	}
	t.X.Max = (math.Floor(math.Max(now, 0)/120) + 1) * 120
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, l := range t.Limits {
		lo, hi = math.Min(lo, l.At), math.Max(hi, l.At)
	}
	if it.Min != nil && it.Max != nil && math.IsInf(lo, 1) {
		lo, hi = *it.Min, *it.Max
	}
	if math.IsInf(lo, 1) {
		return
	}
	space := math.Max((hi-lo)*0.25, math.Abs(hi)*0.02)
	t.Y.Min, t.Y.Max = lo-space, hi+space
}

// limits answers the lines of a metric's rules; those that count from the session's
// first value are drawn where they lie today, once there is one.
func (r *room) limits(it *instrument.Item, points []chart.Point) []chart.Limit {
	var out []chart.Limit
	for _, rule := range r.dosing.Rules {
		at := rule.Limit
		if rule.Metric != it.ID || rule.FromBaseline && len(points) == 0 {
			continue
		}
		if rule.FromBaseline {
			at += points[0].Y
		}
		if slices.ContainsFunc(out, func(l chart.Limit) bool { return l.At == at }) {
			continue
		}
		out = append(out, chart.Limit{At: at, Label: r.c.T("room.severity."+rule.Severity) + " " + rule.Compare + " " + r.c.Voice().Number(at, it.Decimals)})
	}
	return out
}
