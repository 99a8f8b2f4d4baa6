package session

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"varde/protocol"
	"varde/study"
	"varde/web/page"
	signatures "varde/web/signing"
	"varde/web/ui"
)

// roomView is the whole room. What does not belong to the present phase is nil.
type roomView struct {
	Heading    ui.Heading
	Steps      []ui.Step
	Client     string
	Device     string // what the script knows, as JSON
	LiveStream string // where the page hears that something happened
	Path       string
	LiveURL    string
	May        bool
	Block      *ui.Alert
	Gate       *gateView
	GateDone   []ui.KeyValue // instead of the list, once it was answered with go
	Confirm    *confirmView
	Start      *momentView
	Dose       *doseView
	Live       *liveView
	Forms      []formLine
	Vitals     *vitalsView
	Latest     []reading
	LatestAt   time.Time
	Checkpoint *checkpointView
	Log        *logView
	Leave      *leaveView
	End        *endView
	Summary    []ui.KeyValue
	Signed     *ui.Signatures
	Night      string // address of the night's page, while somebody stays
	Timeline   []ui.TimelineItem
}

func (r *room) view() *roomView {
	c := r.c
	v := &roomView{Client: c.ClientID(), Path: r.path, LiveURL: r.path + "?part=live", May: r.may, Device: r.device()}
	if r.phase < concluded {
		v.LiveStream = r.path + "/live"
	}
	v.Heading = ui.Heading{Title: c.Say(r.visit.Title), Lead: r.s.ID, Tags: []ui.Tag{{Text: r.phaseName(), Tone: ui.Info}}}
	v.Steps = r.steps()
	if !r.may && r.phase < concluded {
		v.Block = &ui.Alert{Tone: ui.Info, Text: c.T("room.readonly", "roles", r.roles(r.visit.By))}
	}
	if r.phase == gating {
		if f := study.VisitFault(c.Def, r.s, r.env, r.index); f != nil {
			v.Block = &ui.Alert{Tone: ui.Warning, Title: c.T("room.notyet"), Text: page.Sentence(c.Say(f.Text)), Links: []ui.Link{{Text: c.T("room.journey"), Href: c.Path("p", r.s.ID)}}}
		}
	}
	if len(study.NightPlan(c.Def, r.s, r.x)) > 0 {
		v.Night = r.path + "/night"
	}
	switch r.phase {
	case gating, readying:
		r.before(v)
	case dosing:
		v.Dose = r.dose()
		r.during(v)
	case running, leaving:
		v.Checkpoint = r.checkpoint()
		r.during(v)
	case signing:
		v.Live, v.End, v.Vitals = r.live(), r.end(), r.vitals()
		v.Log = r.log()
	case concluded:
		v.Summary, v.Timeline = r.summary(), r.timeline()
		v.Signed = signatures.Manifest(c, r.s.ID, study.SessionRecord(r.visit.ID).String(), true)
		live := r.live()
		v.Live = live
	}
	return v
}

// refreshed is what the parts that are asked for by themselves show, and no more: many
// screens ask for them at once.
func (r *room) refreshed() *roomView {
	v := &roomView{Path: r.path, LiveURL: r.path + "?part=live", May: r.may, Device: r.device()}
	switch {
	case r.phase == concluded:
		v.Summary, v.Live = r.summary(), r.live()
	case r.phase >= dosing:
		v.Live, v.Log = r.live(), r.log()
	}
	return v
}

func (r *room) before(v *roomView) {
	c := r.c
	v.Gate = r.gate()
	v.Vitals = r.vitals()
	v.Latest, v.LatestAt = r.latest()
	v.Forms = r.formsOfToday()
	if r.phase != readying {
		return
	}
	v.GateDone = []ui.KeyValue{
		{Key: c.T("room.check.answered"), Cell: ui.Cell{Time: r.x.CheckedAt, Tags: []ui.Tag{{Text: c.T("room.check.go"), Tone: ui.Success}}}},
		{Key: c.T("room.pair"), Cell: ui.Cell{Text: r.names(r.x.Pair)}},
	}
	for _, o := range r.x.Overrides {
		v.GateDone = append(v.GateDone, ui.KeyValue{Key: c.T("room.check.overridden") + ": " + r.checkText(o.Check), Cell: ui.Cell{Text: o.Reason, Sub: r.name(o.Physician) + ", " + r.name(o.Countersigned)}})
	}
	v.Confirm = r.confirm()
	if !v.Confirm.Open {
		m := r.momentOf("start", c.T("room.start.at"))
		v.Start = &m
	}
}

func (r *room) checkText(id string) string {
	for _, line := range r.dosing.Checks {
		if line.ID == id {
			return r.c.Say(line.Text)
		}
	}
	return id
}

func (r *room) during(v *roomView) {
	v.Live = r.live()
	v.Vitals = r.vitals()
	v.Log = r.log()
	v.Leave = r.leave()
}

// formsOfToday are the visit's own forms, such as tests before the dose.
func (r *room) formsOfToday() []formLine {
	var out []formLine
	for _, f := range study.VisitForms(r.c.Def, r.s, r.env, r.index) {
		if !f.Use.Optional {
			out = append(out, r.formLine(f.Use.Form))
		}
	}
	// What the timetable asks for at the start may be filled in before it.
	for _, f := range r.dosing.Forms {
		if f.Anchor == protocol.AtStart {
			l := r.formLine(f.Form)
			if slot := r.openSlot(f.Form); slot != "" {
				place, _ := study.PlaceOf(r.c.Def, r.visit.ID, f.Form)
				l.Href = r.formPath(f.Form, place.Repeats, slot)
			}
			out = append(out, l)
		}
	}
	return out
}

func (r *room) phaseName() string {
	return r.c.T("room.phase." + phaseKeys[r.phase])
}

var phaseKeys = [...]string{"gate", "ready", "dose", "run", "leave", "sign", "ended"}

// steps are the way through the day: where it stands, and what is next.
func (r *room) steps() []ui.Step {
	var out []ui.Step
	for p := gating; p < concluded; p++ {
		state := "todo"
		switch {
		case p < r.phase:
			state = "done"
		case p == r.phase:
			state = "current"
		}
		out = append(out, ui.Step{Text: r.c.T("room.phase." + phaseKeys[p]), State: state})
	}
	return out
}

func (r *room) summary() []ui.KeyValue {
	c, x := r.c, r.x
	mg := func(a float64) string {
		return c.T("room.dose.mg", "amount", strconv.FormatFloat(a, 'f', -1, 64))
	}
	out := []ui.KeyValue{
		{Key: c.T("room.pair"), Cell: ui.Cell{Text: r.names(x.Pair)}},
		{Key: c.T("room.sum.started"), Cell: ui.Cell{Time: x.Started}},
	}
	if x.DoseAt.IsZero() {
		out = append(out, ui.KeyValue{Key: c.T("room.sum.dose"), Cell: ui.Cell{Text: c.T("room.sum.nodose")}})
	} else {
		out = append(out, ui.KeyValue{Key: c.T("room.sum.dose"), Cell: ui.Cell{Text: mg(x.Dose), Sub: c.Voice().Time(x.DoseAt)}})
	}
	if x.Decision != "" {
		cell := ui.Cell{Text: c.T("room.supplement." + x.Decision), Sub: c.Voice().Time(x.DecidedAt)}
		if x.Supplement > 0 {
			cell.Text += ", " + mg(x.Supplement)
		}
		out = append(out, ui.KeyValue{Key: c.T("room.supplement"), Cell: cell})
	}
	out = append(out,
		ui.KeyValue{Key: c.T("room.sum.breaches"), Cell: ui.Cell{Text: strconv.Itoa(len(x.Breaches))}},
		ui.KeyValue{Key: c.T("room.sum.discharged"), Cell: ui.Cell{Text: c.T("room.to." + x.To), Sub: c.Voice().DateTime(x.Discharged)}},
		ui.KeyValue{Key: c.T("room.sum.ended"), Cell: ui.Cell{Time: x.Ended, Sub: r.name(x.Signed)}})
	return out
}

// timeline is the whole day in the order in which it happened.
func (r *room) timeline() []ui.TimelineItem {
	c, x := r.c, r.x
	var out []ui.TimelineItem
	add := func(t time.Time, tone ui.Tone, title, text, who string) {
		if !t.IsZero() {
			out = append(out, ui.TimelineItem{When: t, Tone: tone, Title: title, Text: text, Who: who})
		}
	}
	mg := func(a float64) string {
		return c.T("room.dose.mg", "amount", strconv.FormatFloat(a, 'f', -1, 64))
	}
	add(x.CheckedAt, ui.Info, c.T("room.phase.gate"), c.T("room.check.go"), r.names(x.Pair))
	add(x.Started, ui.Info, c.T("room.started"), "", "")
	add(x.DoseAt, ui.Success, c.T("room.sum.dose"), mg(x.Dose), "")
	if x.Decision != "" {
		add(x.DecidedAt, ui.Info, c.T("room.supplement"), c.T("room.supplement."+x.Decision), "")
	}
	if x.Supplement > 0 {
		add(x.SupplementAt, ui.Success, c.T("room.supplement"), mg(x.Supplement), "")
	}
	if form, ok := c.Def.Form(r.dosing.Vitals.Form); ok {
		for _, f := range r.s.Records(r.visit.ID, form.ID) {
			var parts []string
			for i := range form.Items {
				it := &form.Items[i]
				if n, ok := f.Values[it.ID].Float(); ok {
					parts = append(parts, c.Say(it.Text)+" "+c.Voice().Number(n, it.Decimals)+" "+unit(it.Unit, c.Lang))
				}
			}
			add(f.At(), ui.Neutral, c.Say(form.Title), strings.Join(parts, " · "), r.name(f.By))
		}
	}
	for _, b := range x.Breaches {
		title := b.Rule
		if rule := r.c.Def.Rule(b.Rule); rule != nil {
			title = c.Say(rule.Text)
		}
		add(b.At, ui.Danger, title, strconv.FormatFloat(b.Value, 'f', -1, 64), "")
		add(b.Escalated, ui.Danger, c.T("room.breach.escalated"), title, "")
		add(b.Acknowledged, ui.Info, c.T("room.breach.done"), b.Action, r.name(b.By))
	}
	for _, l := range study.SessionPlan(c.Def, r.s, x) {
		if l.Kind == study.PlanForm && !l.Done.IsZero() && l.Record != nil {
			add(l.Done, ui.Neutral, c.Say(l.Title), "", r.name(l.Record.By))
		}
	}
	out = append(out, r.logEntries()...)
	add(x.Discharged, ui.Success, c.T("room.sum.discharged"), c.T("room.to."+x.To), "")
	add(x.Ended, ui.Success, c.T("room.sum.ended"), "", r.name(x.Signed))
	slices.SortStableFunc(out, func(a, b ui.TimelineItem) int { return a.When.Compare(b.When) })
	return out
}
