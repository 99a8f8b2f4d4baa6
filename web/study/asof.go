package study

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// asOfView is the participant's record as it stood at a moment, beside now.
type asOfView struct {
	Path    string
	At      string // as typed
	Number  int
	Of      int
	Then    time.Time
	Past    bool
	NotYet  bool // there was no record then
	Now     string
	State   ui.Table
	Visits  ui.Table
	Forms   ui.Table
	Record  *ui.Table
	Title   string
	Filters map[string]string
}

func (t *trail) asOf() (*asOfView, error) {
	c := t.c
	v := &asOfView{Path: t.path, At: c.Query("at"), Number: t.number, Of: len(t.all), Now: t.path + "#asof", Filters: map[string]string{}, Past: !t.until.IsZero()}
	for name, value := range map[string]string{"type": t.group, "actor": t.actor, "from": t.from, "to": t.to} {
		if value != "" {
			v.Filters[name] = value
		}
	}
	now, err := c.App.Participant(c.Ctx(), c.Actor, c.Study, t.stream)
	if err != nil {
		return nil, err
	}
	then := now
	if v.Past {
		v.Then = t.until
		then, err = c.App.ParticipantAsOf(c.Ctx(), c.Actor, c.Study, t.stream, t.until)
		if r, ok := page.Refused(err); ok && r.Kind == study.Missing {
			v.NotYet = true
			return v, nil
		}
		if err != nil {
			return nil, err
		}
	}
	v.State, v.Visits, v.Forms = t.states(then, now), t.visits(then, now), t.forms(then, now)
	if key := c.Query("record"); key != "" {
		if err := t.record(v, key, then, now); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (t *trail) columns(first string) []ui.Column {
	cols := []ui.Column{{Head: first}}
	if !t.until.IsZero() {
		cols = append(cols, ui.Column{Head: t.c.T("audit.then")})
	}
	return append(cols, ui.Column{Head: t.c.T("audit.now")})
}

// row puts then and now side by side; without a past moment there is only now.
func (t *trail) row(first, then, now ui.Cell) ui.Row {
	if t.until.IsZero() {
		return ui.Row{Cells: []ui.Cell{first, now}}
	}
	return ui.Row{Cells: []ui.Cell{first, then, now}}
}

func (t *trail) states(then, now *study.State) ui.Table {
	c := t.c
	out := ui.Table{Caption: c.T("audit.state"), Columns: t.columns(c.T("audit.what"))}
	status := func(s *study.State) ui.Cell {
		return ui.Cell{Tags: []ui.Tag{{Text: c.Say(study.StatusName(s.Status())), Tone: ui.Info}}}
	}
	out.Rows = append(out.Rows, t.row(ui.Cell{Text: c.T("audit.status")}, status(then), status(now)))
	for _, m := range protocol.Milestones {
		if now.Reached[m].IsZero() && then.Reached[m].IsZero() {
			continue
		}
		out.Rows = append(out.Rows, t.row(ui.Cell{Text: c.Say(study.MilestoneName(m))}, dateOrDash(then.Reached[m]), dateOrDash(now.Reached[m])))
	}
	for _, x := range []struct {
		key   string
		count func(*study.State) int
	}{
		{"audit.deviations", func(s *study.State) int { return len(s.Deviations) }},
		{"audit.queries", (*study.State).OpenQueries},
		{"audit.doses", func(s *study.State) int { return s.Doses }},
	} {
		out.Rows = append(out.Rows, t.row(ui.Cell{Text: c.T(x.key)}, ui.Cell{Text: strconv.Itoa(x.count(then))}, ui.Cell{Text: strconv.Itoa(x.count(now))}))
	}
	return out
}

func dateOrDash(t time.Time) ui.Cell {
	if t.IsZero() {
		return ui.Cell{Text: "–"}
	}
	return ui.Cell{Time: t}
}

func (t *trail) visits(then, now *study.State) ui.Table {
	c := t.c
	out := ui.Table{Caption: c.T("audit.visits"), Columns: t.columns(c.T("audit.visit")), Empty: &ui.Empty{Text: c.T("audit.visits.none")}}
	cell := func(s *study.State, i int) ui.Cell {
		x := s.Visits[i]
		switch {
		case !x.Held.IsZero():
			return ui.Cell{Time: x.Held, Tags: []ui.Tag{{Text: c.T("audit.held"), Tone: ui.Success}}}
		case x.Missed != "":
			return ui.Cell{Tags: []ui.Tag{{Text: c.T("audit.missed") + ": " + x.Missed, Tone: ui.Warning}}}
		case !x.Planned.IsZero():
			return ui.Cell{Time: x.Planned, Tags: []ui.Tag{{Text: c.T("audit.planned"), Tone: ui.Neutral}}}
		}
		return ui.Cell{Text: "–"}
	}
	for i := range c.Def.Visits {
		if i >= len(now.Visits) || i >= len(then.Visits) {
			break
		}
		x, y := cell(then, i), cell(now, i)
		if x.Text == "–" && y.Text == "–" {
			continue
		}
		out.Rows = append(out.Rows, t.row(ui.Cell{Text: visitName(c, c.Def, c.Def.Visits[i].ID)}, x, y))
	}
	return out
}

func keys(s *study.State) []study.FormKey {
	out := make([]study.FormKey, 0, len(s.Forms))
	for k := range s.Forms {
		out = append(out, k)
	}
	return out
}

func (t *trail) forms(then, now *study.State) ui.Table {
	c := t.c
	out := ui.Table{Caption: c.T("audit.forms"), Columns: t.columns(c.T("audit.form")), Empty: &ui.Empty{Text: c.T("audit.forms.none")}}
	list := keys(now)
	slices.SortFunc(list, func(a, b study.FormKey) int {
		return cmp.Or(cmp.Compare(c.Def.VisitIndex(a.Visit), c.Def.VisitIndex(b.Visit)), cmp.Compare(a.Form, b.Form), cmp.Compare(a.Repeat, b.Repeat))
	})
	cell := func(f *study.FormState) ui.Cell {
		if f == nil {
			return ui.Cell{Text: "–"}
		}
		return ui.Cell{Text: c.TN("audit.saves", f.Version), Sub: c.TN("audit.answers", len(f.Values))}
	}
	for _, k := range list {
		name := formName(c, k.Form)
		if k.Repeat > 0 {
			name += " " + strconv.Itoa(k.Repeat)
		}
		first := ui.Cell{Text: name, Sub: visitName(c, c.Def, k.Visit), Href: t.link(map[string]string{"record": recordName(k), "page": ""}) + "#record"}
		out.Rows = append(out.Rows, t.row(first, cell(then.Forms[k]), cell(now.Forms[k])))
	}
	return out
}

// recordName is a record's key in an address: V5/vitals/2.
func recordName(k study.FormKey) string {
	visit := k.Visit
	if visit == "" {
		visit = "-"
	}
	return visit + "/" + k.Form + "/" + strconv.Itoa(k.Repeat)
}

// record shows one record's answers then and now.
func (t *trail) record(v *asOfView, name string, then, now *study.State) error {
	missing := page.NotFound("there is no such record", "føringen finnes ikke")
	parts := strings.Split(name, "/")
	if len(parts) != 3 {
		return missing
	}
	repeat, err := strconv.Atoi(parts[2])
	if err != nil {
		return missing
	}
	k := study.FormKey{Visit: parts[0], Form: parts[1], Repeat: repeat}
	if k.Visit == "-" {
		k.Visit = ""
	}
	new, old := now.Forms[k], then.Forms[k]
	f, ok := t.c.Def.Form(k.Form)
	if new == nil || !ok {
		return missing
	}
	table := ui.Table{Caption: formName(t.c, k.Form) + " · " + visitName(t.c, t.c.Def, k.Visit), Columns: t.columns(t.c.T("audit.item"))}
	for i := range f.Items {
		it := &f.Items[i]
		x, y := value(old, it.ID), value(new, it.ID)
		if x.Kind() == instrument.None && y.Kind() == instrument.None {
			continue
		}
		row := t.row(ui.Cell{Text: t.c.Say(it.Text)}, ui.Cell{Text: valueText(t.c, k.Form, it.ID, x)}, ui.Cell{Text: valueText(t.c, k.Form, it.ID, y)})
		if !t.until.IsZero() && !x.Equal(y) {
			row.Strong = true
			row.Cells[2].Tags = []ui.Tag{{Text: t.c.T("audit.differs"), Tone: ui.Info}}
		}
		table.Rows = append(table.Rows, row)
	}
	v.Record, v.Title = &table, table.Caption
	return nil
}

func value(f *study.FormState, item string) instrument.Value {
	if f == nil {
		return instrument.Value{}
	}
	return f.Values[item]
}
