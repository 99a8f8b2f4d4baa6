package clinic

import (
	"slices"
	"strings"

	"varde/access"
	"varde/expr"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// nextView is the one thing to do now, with its form.
type nextView struct {
	Title    string
	Text     string
	When     string
	Late     string
	Waiting  string // whom it waits for, when it is not the reader
	Links    []ui.Link
	Form     *actionForm
	Consent  *consentView
	Criteria []criterionLine
	Verdict  *ui.Alert
	Visit    *visitLine
	Actions  []actionForm
}

type criterionLine struct {
	Text  string
	Tag   ui.Tag
	Needs []ui.Link
	Note  string
}

// order of life: what comes first when several things are open.
var order = []study.TaskKind{study.TaskSession, study.TaskPrescreen, study.TaskConsent, study.TaskForm, study.TaskGate, study.TaskRandomise, study.TaskVisit, study.TaskComplete}

// nextOf picks the next step: the first that the reader may do, else the first that
// somebody else must do.
func nextOf(m *forms, s *study.State, env study.Env, tasks []study.Task) *nextView {
	c := m.c
	pick := func(mine bool) *study.Task {
		for _, kind := range order {
			for i := range tasks {
				if t := &tasks[i]; t.Kind == kind && (!mine || slices.Contains(t.Roles, c.Actor.Role)) && !t.Opens.After(c.Now) {
					return t
				}
			}
		}
		for i := range tasks { // nothing is open yet: what opens first
			if t := &tasks[i]; slices.Contains(order, t.Kind) && (!mine || slices.Contains(t.Roles, c.Actor.Role)) {
				return t
			}
		}
		return nil
	}
	t := asked(c, tasks)
	if t == nil {
		t = pick(true)
	}
	if t == nil {
		t = pick(false)
	}
	if t == nil {
		return nil
	}
	line := lineOf(c, s.ID, *t, c.Zone)
	v := &nextView{Title: taskTitle(c, *t), When: line.When, Late: line.Late}
	if !slices.Contains(t.Roles, c.Actor.Role) {
		v.Waiting = c.T("clinic.next.waiting", "roles", roleList(c, t.Roles))
		return v
	}
	v.fill(m, s, env, t)
	return v
}

// asked is the task that the address names (?do=), or that a refused form was about.
func asked(c *page.Context, tasks []study.Task) *study.Task {
	want := c.Query("do")
	if g := c.Value("gate"); g != "" {
		want = "gate/" + g
	}
	for i := range tasks {
		if t := &tasks[i]; t.ID == want && slices.Contains(order, t.Kind) {
			return t
		}
	}
	return nil
}

func (v *nextView) fill(m *forms, s *study.State, env study.Env, t *study.Task) {
	c := m.c
	switch t.Kind {
	case study.TaskPrescreen:
		v.prescreen(m, s, env)
	case study.TaskConsent:
		v.Consent = consentAsked(m, s, t.Ref)
	case study.TaskGate:
		v.gate(m, s, env, t.Ref)
	case study.TaskRandomise:
		v.Text = c.T("clinic.randomise.text")
		f := m.make(actionForm{ID: "randomise", Action: c.Path("p", s.ID, "randomise"), Button: c.T("clinic.randomise"), Fields: []ui.Field{sure(c, c.T("clinic.randomise.sure"))}})
		v.Form = &f
	case study.TaskVisit:
		i := c.Def.VisitIndex(t.Visit)
		if i < 0 {
			return
		}
		if isDosing(c, t.Visit) && c.Can(access.RunSession) {
			v.Links = []ui.Link{{Text: c.T("clinic.room"), Href: c.Path("p", s.ID, "session", t.Visit)}}
		}
		if mayPlan(c, &c.Def.Visits[i]) && s.Visits[i].Held.IsZero() {
			v.Links = append(v.Links, ui.Link{Text: c.T("clinic.planner.link"), Href: c.Path("p", s.ID, "v", t.Visit, "plan"), Variant: "secondary"})
		}
		x := visitLineOf(c, s, env, i, study.Windows(c.Def, s)[i])
		v.Visit = &x
		v.Actions = visitActions(m, s, &c.Def.Visits[i], true)
	case study.TaskComplete:
		v.Text = c.T("clinic.complete.text")
		f := m.make(actionForm{ID: "complete", Action: c.Path("p", s.ID, "complete"), Button: c.T("clinic.complete"), Fields: []ui.Field{sure(c, c.T("clinic.complete.sure"))}})
		v.Form = &f
	default:
		v.Links = []ui.Link{{Text: c.T("clinic.next.open"), Href: taskHref(c, s.ID, *t)}}
	}
}

func (v *nextView) prescreen(m *forms, s *study.State, env study.Env) {
	c := m.c
	v.Text = c.T("clinic.prescreen.text")
	for i := range c.Def.Visits {
		if c.Def.Visits[i].Anchor != string(protocol.Referred) {
			continue
		}
		for _, f := range formLines(c, s, env, i) {
			if f.MayFill {
				v.Links = append(v.Links, ui.Link{Text: f.Title + " (" + f.Tag.Text + ")", Href: f.Href, Variant: "secondary"})
			}
		}
	}
	f := m.make(actionForm{ID: "prescreen", Action: c.Path("p", s.ID, "prescreen"), Button: c.T("clinic.prescreen.button"), Fields: []ui.Field{
		{Kind: ui.RadioField, Name: "result", Label: c.T("clinic.prescreen.result"), Required: true, Options: []ui.Option{
			{Value: "yes", Label: c.T("clinic.prescreen.yes")}, {Value: "no", Label: c.T("clinic.prescreen.no")}}},
		{Kind: ui.LongTextField, Name: "reasons", Rows: 2, Label: c.T("clinic.prescreen.reasons"), Hint: c.T("clinic.prescreen.reasons.hint"), MaxLength: 2000},
	}})
	v.Form = &f
}

// gate shows every criterion as the record stands, and what is missing.
func (v *nextView) gate(m *forms, s *study.State, env study.Env, id string) {
	c := m.c
	failed, open := 0, 0
	for _, r := range study.Criteria(c.Def, s, env, id) {
		line := criterionLine{Text: c.Say(r.Criterion.Text)}
		switch r.Truth {
		case expr.True:
			line.Tag = ui.Tag{Text: c.T("clinic.criterion.met"), Tone: ui.Success}
		case expr.False:
			line.Tag = ui.Tag{Text: c.T("clinic.criterion.failed"), Tone: ui.Danger}
			failed++
		default:
			line.Tag = ui.Tag{Text: c.T("clinic.criterion.open"), Tone: ui.Warning}
			hidden := true
			for _, need := range r.Needs {
				link, blinded := needLink(c, s, need)
				if hidden = hidden && blinded; !blinded {
					line.Needs = append(line.Needs, link)
				}
			}
			if hidden && len(r.Needs) > 0 {
				line.Note, line.Tag = c.T("clinic.criterion.hidden"), ui.Tag{Text: c.T("clinic.criterion.byrecord"), Tone: ui.Info}
			} else {
				open++
			}
		}
		v.Criteria = append(v.Criteria, line)
	}
	v.Text = c.T("clinic.gate.text")
	label := c.T("clinic.gate.sure")
	switch {
	case failed > 0:
		v.Verdict = &ui.Alert{Tone: ui.Danger, Title: c.TN("clinic.gate.fails", failed), Text: c.T("clinic.gate.fails.text")}
		label = c.T("clinic.gate.sure.fails")
	case open > 0:
		v.Verdict = &ui.Alert{Tone: ui.Warning, Title: c.TN("clinic.gate.open", open), Text: c.T("clinic.gate.open.text")}
		return
	default:
		v.Verdict = &ui.Alert{Tone: ui.Success, Text: c.T("clinic.gate.passes")}
	}
	f := m.make(actionForm{ID: "gate", Action: c.Path("p", s.ID, "gate", id), Button: c.T("clinic.gate.button"), Danger: failed > 0, Fields: []ui.Field{sure(c, label)}})
	v.Form = &f
}

// needLink leads to where a missing value is collected. Blinded: it is in the
// record, and only hidden from this reader.
func needLink(c *page.Context, s *study.State, name string) (ui.Link, bool) {
	parts := strings.Split(name, ".")
	visit, form, item := "", parts[0], ""
	switch len(parts) {
	case 2:
		item = parts[1]
	case 3:
		visit, form, item = parts[0], parts[1], parts[2]
	}
	f, ok := c.Def.Form(form)
	if !ok {
		return ui.Link{Text: name, Href: "#next"}, false
	}
	text := formTitle(c, f)
	if it, ok := f.Item(item); ok {
		text += ": " + c.Say(it.Text)
	} else if sc, ok := f.ScoreOf(item); ok {
		text += ": " + c.Say(sc.Title)
	}
	record := s.Latest[form]
	if visit == "" {
		visit = placeFor(c, s, form)
	} else if rs := s.Records(visit, form); len(rs) > 0 {
		record = rs[len(rs)-1]
	} else {
		record = nil
	}
	if record != nil && (record.Values[item].Reason() == study.Hidden || isHiddenScore(f, record, item)) {
		return ui.Link{}, true
	}
	return ui.Link{Text: text, Href: formPath(c, s.ID, visit, form, "")}, false
}

func isHiddenScore(f *instrument.Compiled, record *study.FormState, id string) bool {
	if _, ok := f.ScoreOf(id); !ok || len(record.Missing) > 0 {
		return false
	}
	for _, v := range record.Values {
		if v.Reason() == study.Hidden {
			return true
		}
	}
	return false
}

// placeFor is the visit at which a form is to be filled in next: the last held one
// that has it, else the first.
func placeFor(c *page.Context, s *study.State, form string) string {
	best := ""
	for i := range c.Def.Visits {
		v := &c.Def.Visits[i]
		if !slices.ContainsFunc(v.Forms, func(u protocol.FormUse) bool { return u.Form == form }) {
			continue
		}
		if best == "" || !s.Visits[i].Held.IsZero() {
			best = v.ID
		}
	}
	return best
}
