package session

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"varde/expr"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// gateView is the go/no-go list.
type gateView struct {
	Moment    momentView
	Pair      ui.Field
	PairFault string
	Computed  []checkLine
	Asked     []checkLine
	Open, No  int // lines without an answer, and with a no that nobody overrides
	Answered  bool
}

// checkLine is one line of the list.
type checkLine struct {
	ID, Text, Why string
	Tag           ui.Tag
	Field         ui.Field // for a line that a person answers
	Needs         []ui.Link
	Never         bool // a no that nobody can override
	Override      *overrideView
}

// overrideView is the physician's override of a line, countersigned.
type overrideView struct {
	Open                             bool
	Physician, Countersigned, Reason ui.Field
}

// pair is the proposed pair: what was sent, what the list was answered with, or
// the reader when they are a therapist.
func (r *room) pair() []string {
	if r.posted == "check" {
		return r.form["pair"]
	}
	if r.x != nil && len(r.x.Pair) > 0 {
		return r.x.Pair
	}
	if m, ok := r.member(r.c.Actor.ID); ok && slices.Contains(m.Roles, "therapist") {
		return []string{m.Person}
	}
	return nil
}

func (r *room) gate() *gateView {
	pair := r.pair()
	g := &gateView{Moment: r.momentOf("check", r.c.T("room.check.at")), Answered: r.x != nil && !r.x.CheckedAt.IsZero()}
	g.Pair = ui.Field{Kind: ui.CheckboxField, Name: "pair", Label: r.c.T("room.pair"), Hint: r.c.TN("room.pair.hint", r.c.Def.Staffing.Pair.Size), Values: pair}
	for _, m := range r.staff("therapist") {
		g.Pair.Options = append(g.Pair.Options, ui.Option{Value: m.Person, Label: m.Name})
	}
	if t := study.PairFault(r.c.Def, r.env.Site, pair, r.c.Now); !t.Empty() && (len(pair) > 0 || r.posted == "check") {
		g.PairFault = page.Sentence(r.c.Say(t))
	}
	for _, res := range study.SessionChecks(r.c.Def, r.s, r.env, r.visit.ID, pair) {
		line, open := r.checkLine(res)
		if open {
			g.Open++
		} else if line.Tag.Tone == ui.Danger {
			g.No++
		}
		if res.ByPerson {
			g.Asked = append(g.Asked, line)
		} else {
			g.Computed = append(g.Computed, line)
		}
	}
	return g
}

func (r *room) checkLine(res study.CheckResult) (line checkLine, open bool) {
	c, id := res.Check, res.Check.ID
	line = checkLine{ID: id, Text: r.c.Say(c.Text), Why: r.c.Say(c.Why)}
	answer := ""
	switch {
	case res.ByPerson:
		answer = r.typed("check", "answer."+id, r.answered(id))
		line.Field = ui.Field{Kind: ui.RadioField, Name: "answer." + id, Label: line.Text, Hint: line.Why, Value: answer, Row: true, Error: r.faults["answers."+id],
			Options: []ui.Option{{Value: "yes", Label: r.c.T("room.yes")}, {Value: "no", Label: r.c.T("room.no")}}}
	case res.Truth == expr.True:
		answer = "yes"
	case res.Truth == expr.False:
		answer = "no"
	}
	switch answer {
	case "yes":
		line.Tag = ui.Tag{Text: r.c.T("room.check.go"), Tone: ui.Success}
		return line, false
	case "no":
		line.Tag = ui.Tag{Text: r.c.T("room.check.no"), Tone: ui.Danger}
	default:
		line.Tag = ui.Tag{Text: r.c.T("room.check.open"), Tone: ui.Warning}
	}
	for _, name := range res.Needs {
		line.Needs = append(line.Needs, r.need(name))
	}
	// A computed line that is unknown is not go, and can be overridden like a no.
	if answer == "no" || !res.ByPerson {
		if !c.Override {
			line.Never = true
		} else {
			line.Override = r.overrideOf(id)
			if line.Override.Open {
				line.Tag = ui.Tag{Text: r.c.T("room.check.overridden"), Tone: ui.Info}
				return line, false
			}
		}
	}
	return line, answer == ""
}

func (r *room) answered(id string) string {
	if r.x == nil || study.DayOf(r.x.CheckedAt, r.s.Zone) != study.DayOf(r.c.Now, r.s.Zone) {
		return ""
	}
	yes, ok := r.x.Checks[id]
	switch {
	case !ok:
		return ""
	case yes:
		return "yes"
	}
	return "no"
}

func (r *room) overrideOf(id string) *overrideView {
	var was study.Override
	if r.x != nil {
		for _, o := range r.x.Overrides {
			if o.Check == id {
				was = o
			}
		}
	}
	field := func(name, value string, kind ui.Kind) ui.Field {
		return ui.Field{Kind: kind, Name: "override." + id + "." + name, Label: r.c.T("room.override." + name), Value: r.typed("check", "override."+id+"."+name, value),
			Error: r.faults["overrides."+id+"."+name], MaxLength: 2000, Rows: 2}
	}
	o := &overrideView{Physician: field("physician", was.Physician, ui.SelectField), Countersigned: field("countersigned", was.Countersigned, ui.SelectField), Reason: field("reason", was.Reason, ui.LongTextField)}
	for _, m := range r.staff("physician") {
		o.Physician.Options = append(o.Physician.Options, ui.Option{Value: m.Person, Label: m.Name})
	}
	for _, m := range r.staff("") {
		o.Countersigned.Options = append(o.Countersigned.Options, r.option(m))
	}
	o.Open = o.Physician.Value != "" || o.Countersigned.Value != "" || o.Reason.Value != ""
	return o
}

// need names a value that a line waits for, with the form that it is entered in.
func (r *room) need(name string) ui.Link {
	parts := strings.Split(name, ".")
	visit, form, item := r.visit.ID, parts[0], parts[len(parts)-1]
	if len(parts) == 3 {
		form = parts[1]
		if parts[0] != "here" {
			visit = parts[0]
		}
	}
	c, ok := r.c.Def.Form(form)
	if !ok {
		return ui.Link{Text: name}
	}
	text := r.c.Say(c.Title)
	if it, ok := c.Item(item); ok {
		text += ": " + r.c.Say(it.Text)
	}
	link := ui.Link{Text: text}
	if form == r.dosing.Vitals.Form {
		link.Href = "#vitals"
	} else if p, ok := study.PlaceOf(r.c.Def, visit, form); ok && visit == r.visit.ID {
		link.Href = r.formPath(form, p.Repeats, r.openSlot(form))
	}
	return link
}

// openSlot answers the first line of the timetable that a form still owes, "" if none.
func (r *room) openSlot(form string) string {
	x := r.x
	if x == nil {
		x = &study.SessionState{Visit: r.visit.ID}
	}
	for _, l := range study.SessionPlan(r.c.Def, r.s, x) {
		if l.Form == form && l.Done.IsZero() {
			return l.ID
		}
	}
	return ""
}

// formPath is where a form of this visit is filled in; afterwards the reader comes back.
func (r *room) formPath(form string, repeats bool, slot string) string {
	elem := []string{"p", r.s.ID, "f", r.visit.ID, form}
	if repeats {
		elem = append(elem, "new")
	}
	q := url.Values{"return": {r.path}}
	if slot != "" {
		q.Set("slot", slot)
	}
	return r.c.Path(elem...) + "?" + q.Encode()
}

// readGate takes the list as it was answered.
func (r *room) readGate() study.CheckSession {
	cmd := study.CheckSession{On: study.On{Participant: r.s.ID}, Visit: r.visit.ID, Pair: r.form["pair"], Answers: map[string]bool{}}
	for _, line := range r.dosing.Checks {
		if line.Expr == "" {
			switch r.form.Get("answer." + line.ID) {
			case "yes":
				cmd.Answers[line.ID] = true
			case "no":
				cmd.Answers[line.ID] = false
			}
		}
		o := study.Override{Check: line.ID, Physician: r.form.Get("override." + line.ID + ".physician"),
			Countersigned: r.form.Get("override." + line.ID + ".countersigned"), Reason: strings.TrimSpace(r.form.Get("override." + line.ID + ".reason"))}
		if o.Physician != "" || o.Countersigned != "" || o.Reason != "" {
			cmd.Overrides = append(cmd.Overrides, o)
		}
	}
	return cmd
}

func answerGate(r *room) (*done, error) {
	if err := r.take("check"); err != nil {
		return nil, err
	}
	if r.c.Text("act") == "update" {
		return &done{again: true, status: http.StatusOK, alert: ui.Alert{Tone: ui.Info, Text: r.c.T("room.check.updated")}}, nil
	}
	cmd := r.readGate()
	at, ask, err := r.moment(r.s.Reached[study.Referred])
	if err != nil || ask != nil {
		return ask, err
	}
	cmd.At = at
	result, err := r.c.Do(cmd)
	if err != nil {
		return nil, err
	}
	if result.State != nil {
		if x := result.State.Sessions[r.visit.ID]; x != nil && !x.Go {
			return &done{tone: ui.Warning, text: r.c.T("room.check.nogo"), anchor: "#gate"}, nil
		}
	}
	return did(r.c.T("room.check.isgo"), "")
}

// tryGate answers the list as it would be with what is ticked; nothing is saved.
func tryGate(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	r, err := open(c)
	if err != nil {
		return err
	}
	if err := r.take("check"); err != nil {
		return err
	}
	return c.RenderPart("room", "gate", page.Page{Room: true, Data: r.view()})
}

func start(r *room) (*done, error) {
	if err := r.take("start"); err != nil {
		return nil, err
	}
	after := r.s.Reached[study.Referred]
	if r.x != nil {
		after = r.x.CheckedAt
	}
	at, ask, err := r.moment(after)
	if err != nil || ask != nil {
		return ask, err
	}
	if _, err := r.c.Do(study.StartSession{On: study.On{Participant: r.s.ID, At: at}, Visit: r.visit.ID}); err != nil {
		return nil, err
	}
	return did(r.c.T("room.started"), "")
}
