package study

import (
	"strconv"
	"strings"

	"varde/protocol"
	"varde/report/timeline"
	"varde/study"
	"varde/web/page"
	"varde/web/signing"
	"varde/web/ui"
)

// protocolView is the protocol as people read it.
type protocolView struct {
	Heading     ui.Heading
	Facts       []ui.KeyValue
	Unconfirmed int
	Timeline    []ui.Figure
	Schedule    schedule
	Visits      ui.Table
	Criteria    []criteria
	Checks      ui.Table
	Doses       ui.Table
	Rules       ui.Table
	Consent     ui.Table
	Instruments ui.Table
	Clocks      ui.Table
	Owed        []ui.KeyValue // signatures that the protocol asks for, with what stands
	Signed      *ui.Signatures
}

// schedule is the table of activities: forms by visits.
type schedule struct {
	Visits []visitHead
	Rows   []scheduleRow
}

type visitHead struct{ ID, Title, When string }

type scheduleRow struct {
	Form  string
	Marks []string // "", "must", "may", "if", "session"
}

type criteria struct {
	Title string
	Table ui.Table
}

// reader marks what the site has not confirmed.
type reader struct {
	c    *page.Context
	open map[string]bool
}

func (r reader) mark(ref string) []ui.Tag {
	if r.open[ref] {
		return []ui.Tag{{Text: r.c.T("protocol.unconfirmed"), Tone: ui.Warning}}
	}
	return nil
}

func showProtocol(c *page.Context) error {
	if c.Actor.Role == "participant" {
		return &study.Refusal{Kind: study.Forbidden, Code: "role-may-not", Text: study.Text{
			EN: "the protocol is for those who work in the study", NB: "protokollen er for dem som arbeider i studien"}}
	}
	def := c.Def
	r := reader{c, map[string]bool{}}
	open := def.Unconfirmed()
	for _, f := range open {
		r.open[f.Path] = true
	}
	v := protocolView{Heading: ui.Heading{Title: c.Say(def.Title), Lead: c.Say(def.Summary), Actions: []ui.Link{{Text: c.T("operating.title"), Href: c.Path("protocol", "operating"), Variant: "secondary"}}}, Unconfirmed: len(open)}
	v.Facts = r.facts()
	v.Timeline = []ui.Figure{{Chart: timeline.Treated(def, c.Lang)}, {Chart: timeline.All(def, c.Lang)}}
	v.Schedule, v.Visits = r.schedule(), r.visits()
	v.Criteria = r.criteria()
	if def.Dosing != nil {
		v.Checks, v.Doses, v.Rules = r.checks(), r.doses(), r.rules()
	}
	v.Consent, v.Instruments, v.Clocks = r.consent(), r.instruments(), r.clocks()
	v.Owed, v.Signed = r.signatures()
	return c.Render("protocol", page.Page{Title: c.T("protocol.menu"), Data: v})
}

// signatures are those that the protocol asks for before a site may open, and those
// that stand.
func (r reader) signatures() ([]ui.KeyValue, *ui.Signatures) {
	c := r.c
	st, err := c.App.Study(c.Study)
	if err != nil {
		return nil, nil
	}
	owed := study.ProtocolSignaturesOwed(c.Def, st)
	var rows []ui.KeyValue
	for _, row := range c.Def.Signatures {
		tag := ui.Tag{Text: c.T("protocol.signature.given"), Tone: ui.Success}
		title := study.SignatureOwed{Row: row, Have: row.Persons()}.Title()
		for _, o := range owed {
			if o.Row.Role == row.Role && o.Row.Meaning == row.Meaning {
				tag, title = ui.Tag{Text: c.T("protocol.signature.owed"), Tone: ui.Warning}, o.Title()
			}
		}
		rows = append(rows, ui.KeyValue{Key: page.Sentence(c.Say(title)), Cell: ui.Cell{Tags: []ui.Tag{tag}}})
	}
	return rows, signing.Manifest(c, "", study.ProtocolRecord.String(), true)
}

func (r reader) facts() []ui.KeyValue {
	c, def := r.c, r.c.Def
	out := []ui.KeyValue{
		{Key: c.T("protocol.version"), Cell: ui.Cell{Text: def.ID + " " + def.Version}},
		{Key: c.T("protocol.digest"), Cell: ui.Cell{Text: def.Digest[:min(16, len(def.Digest))] + "…"}},
	}
	var registry []string
	for _, x := range def.Registry {
		registry = append(registry, x.Name+" "+x.ID)
	}
	if len(registry) > 0 {
		out = append(out, ui.KeyValue{Key: c.T("protocol.registry"), Cell: ui.Cell{Text: strings.Join(registry, ", ")}})
	}
	var arms []string
	for _, a := range def.Arms {
		arms = append(arms, c.Say(a.Title))
	}
	if len(arms) > 0 {
		out = append(out, ui.KeyValue{Key: c.T("protocol.arms"), Cell: ui.Cell{Text: strings.Join(arms, "; ")}})
	}
	if def.Analysis.SampleSize > 0 {
		out = append(out, ui.KeyValue{Key: c.T("protocol.size"), Cell: ui.Cell{Text: strconv.Itoa(def.Analysis.SampleSize)}})
	}
	return out
}

// anchored writes when a visit is, such as "V4 + 4 d".
func (r reader) anchored(v *protocol.Visit) string {
	name := v.Anchor
	if r.c.Def.VisitIndex(name) < 0 {
		name = r.c.Say(study.MilestoneName(protocol.Milestone(name)))
	}
	days := v.Offset.Days()
	if days == 0 {
		return name
	}
	sign := "+"
	if days < 0 {
		sign, days = "−", -days
	}
	return name + " " + sign + " " + strconv.Itoa(int(days)) + " " + r.c.T("protocol.days")
}

func (r reader) schedule() schedule {
	def := r.c.Def
	var s schedule
	rows := map[string]int{}
	row := func(form string) *scheduleRow {
		i, ok := rows[form]
		if !ok {
			i = len(s.Rows)
			rows[form] = i
			s.Rows = append(s.Rows, scheduleRow{Form: formName(r.c, form), Marks: make([]string, len(def.Visits))})
		}
		return &s.Rows[i]
	}
	for i := range def.Visits {
		v := &def.Visits[i]
		s.Visits = append(s.Visits, visitHead{ID: v.ID, Title: r.c.Say(v.Title), When: r.anchored(v)})
		for _, f := range v.Forms {
			mark := "must"
			switch {
			case f.Optional:
				mark = "may"
			case f.When != "":
				mark = "if"
			}
			row(f.Form).Marks[i] = mark
		}
		if v.Kind != protocol.Session || def.Dosing == nil {
			continue
		}
		d := def.Dosing
		forms := []string{d.Vitals.Form, d.Solicited, d.Log, d.Discharge.Form}
		for _, f := range d.Forms {
			forms = append(forms, f.Form)
		}
		for _, form := range forms {
			if form != "" && row(form).Marks[i] == "" {
				row(form).Marks[i] = "session"
			}
		}
	}
	return s
}

func (r reader) visits() ui.Table {
	c := r.c
	t := ui.Table{Caption: c.T("protocol.visits"), HideCaption: true, Columns: []ui.Column{{Head: c.T("protocol.visit")}, {Head: c.T("protocol.target")}, {Head: c.T("protocol.window")}, {Head: c.T("protocol.who")}, {Head: c.T("protocol.minutes"), Num: true}, {Head: c.T("protocol.confirm")}}}
	for i := range c.Def.Visits {
		v := &c.Def.Visits[i]
		window := signed(v.Before.Days()) + " / " + signed(v.After.Days()) + " " + c.T("protocol.days")
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: v.ID, Sub: c.Say(v.Title)}, {Text: r.anchored(v)}, {Text: window}, {Text: r.roles(v.By)}, {Text: strconv.Itoa(v.Minutes)}, {Tags: r.mark("visits." + v.ID)}}})
	}
	return t
}

func signed[T int | int32 | int64 | float64](days T) string {
	n := int(days)
	switch {
	case n > 0:
		return "+" + strconv.Itoa(n)
	case n < 0:
		return "−" + strconv.Itoa(-n)
	}
	return "0"
}

func (r reader) roles(roles []string) string {
	out := make([]string, len(roles))
	for i, x := range roles {
		out[i] = r.c.Say(study.RoleName(x))
	}
	return strings.Join(out, ", ")
}

func (r reader) criteria() []criteria {
	c := r.c
	var out []criteria
	for _, g := range c.Def.Eligibility.Gates {
		t := ui.Table{Caption: c.Say(g.Title) + " (" + visitName(c, c.Def, g.At) + ")", Columns: []ui.Column{{Head: c.T("protocol.criterion")}, {Head: c.T("protocol.kind")}, {Head: c.T("protocol.text")}, {Head: c.T("protocol.source")}, {Head: c.T("protocol.confirm")}}}
		for _, x := range c.Def.Criteria(g.ID) {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: x.ID}, {Text: c.T("protocol." + x.Kind)}, {Text: c.Say(x.Text)}, {Text: x.Source}, {Tags: r.mark("eligibility.criteria." + x.ID)}}})
		}
		out = append(out, criteria{Title: c.Say(g.Title), Table: t})
	}
	return out
}

func (r reader) checks() ui.Table {
	c := r.c
	t := ui.Table{Caption: c.T("protocol.checks"), HideCaption: true, Columns: []ui.Column{{Head: c.T("protocol.text")}, {Head: c.T("protocol.by")}, {Head: c.T("protocol.override")}, {Head: c.T("protocol.confirm")}}}
	for _, x := range c.Def.Dosing.Checks {
		by, over := c.T("protocol.by.record"), c.T("protocol.override.never")
		if x.Expr == "" {
			by = c.T("protocol.by.person")
		}
		if x.Override {
			over = c.T("protocol.override.may")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: c.Say(x.Text), Sub: c.Say(x.Why)}, {Text: by}, {Text: over}, {Tags: r.mark("dosing.checks." + x.ID)}}})
	}
	return t
}

func (r reader) doses() ui.Table {
	c := r.c
	t := ui.Table{Caption: c.T("protocol.doses"), HideCaption: true, Columns: []ui.Column{{Head: c.T("protocol.visit")}, {Head: c.T("protocol.step")}, {Head: c.T("protocol.amount")}, {Head: c.T("protocol.time")}, {Head: c.T("protocol.source")}}}
	for _, d := range c.Def.Dosing.Doses {
		var amounts []string
		for _, a := range d.Amounts {
			amounts = append(amounts, strconv.FormatFloat(a, 'f', -1, 64)+" mg")
		}
		when := ""
		if d.Latest > 0 {
			when = c.Voice().Duration(d.Earliest.Std()) + " – " + c.Voice().Duration(d.Latest.Std())
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: visitName(c, c.Def, d.Visit)}, {Text: c.T("protocol.step." + d.Step)}, {Text: strings.Join(amounts, ", ")}, {Text: when}, {Text: d.Source}}})
	}
	return t
}

func (r reader) rules() ui.Table {
	c := r.c
	t := ui.Table{Caption: c.T("protocol.rules"), HideCaption: true, Columns: []ui.Column{{Head: c.T("protocol.limit")}, {Head: c.T("protocol.severity")}, {Head: c.T("protocol.action")}, {Head: c.T("protocol.answers")}, {Head: c.T("protocol.confirm")}}}
	for _, x := range c.Def.Dosing.Rules {
		answers := r.roles(x.Acknowledge.Roles) + ": " + c.Voice().Duration(x.Acknowledge.Within.Std())
		then := ""
		if len(x.Escalate.Roles) > 0 {
			then = c.T("protocol.then", "roles", r.roles(x.Escalate.Roles), "within", c.Voice().Duration(x.Escalate.Within.Std()))
		}
		tone := ui.Info
		switch x.Severity {
		case "hold":
			tone = ui.Warning
		case "transfer":
			tone = ui.Danger
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: c.Say(x.Text)}, {Tags: []ui.Tag{{Text: c.T("protocol.severity." + x.Severity), Tone: tone}}}, {Text: c.Say(x.Action)}, {Text: answers, Sub: then}, {Tags: r.mark("dosing.rules." + x.ID)}}})
	}
	return t
}

func (r reader) consent() ui.Table {
	c := r.c
	t := ui.Table{Caption: c.T("protocol.consent"), HideCaption: true, Columns: []ui.Column{{Head: c.T("protocol.document")}, {Head: c.T("protocol.version")}, {Head: c.T("protocol.state")}, {Head: c.T("protocol.sections"), Num: true}, {Head: c.T("protocol.questions"), Num: true}, {Head: c.T("protocol.confirm")}}}
	for _, d := range c.Def.Consent.Documents {
		tags := []ui.Tag{{Text: c.T("protocol.old"), Tone: ui.Neutral}}
		if d.Valid {
			tags = []ui.Tag{{Text: c.T("protocol.valid"), Tone: ui.Success}}
		}
		need := c.T("protocol.optional")
		if d.Required {
			need = c.T("protocol.required")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: c.Say(d.Title), Sub: need}, {Text: d.Version}, {Tags: tags}, {Text: strconv.Itoa(len(d.Sections))}, {Text: strconv.Itoa(len(d.Questions))}, {Tags: r.mark("consent.documents." + d.ID)}}})
	}
	return t
}

func (r reader) instruments() ui.Table {
	c := r.c
	t := ui.Table{Caption: c.T("protocol.instruments"), HideCaption: true, Columns: []ui.Column{{Head: c.T("protocol.instrument")}, {Head: c.T("protocol.version")}, {Head: c.T("protocol.licence")}, {Head: c.T("protocol.items"), Num: true}, {Head: c.T("protocol.minutes"), Num: true}, {Head: c.T("protocol.confirm")}}}
	for _, id := range sortedIDs(c.Def.Instruments) {
		f := c.Def.Instruments[id]
		tone := map[string]ui.Tone{"green": ui.Success, "amber": ui.Warning, "red": ui.Danger}[string(f.Licence.Class)]
		confirm := 0
		for ref := range r.open {
			if ref == "instruments."+id || strings.HasPrefix(ref, "instruments."+id+".") {
				confirm++
			}
		}
		last := ui.Cell{}
		if confirm > 0 {
			last.Tags = []ui.Tag{{Text: c.TN("protocol.unconfirmed.n", confirm), Tone: ui.Warning}}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: c.Say(f.Title), Sub: f.Licence.Terms}, {Text: f.Version}, {Tags: []ui.Tag{{Text: c.T("protocol.licence." + string(f.Licence.Class)), Tone: tone}}}, {Text: strconv.Itoa(len(f.Items))}, {Text: strconv.Itoa(f.Minutes)}, last}})
	}
	return t
}

func (r reader) clocks() ui.Table {
	c := r.c
	t := ui.Table{Caption: c.T("protocol.clocks"), HideCaption: true, Columns: []ui.Column{{Head: c.T("protocol.report")}, {Head: c.T("protocol.report.to")}, {Head: c.T("protocol.who")}, {Head: c.T("protocol.within")}, {Head: c.T("protocol.confirm")}}}
	for _, k := range c.Def.Safety.Clocks {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: c.Say(k.Text)}, {Text: c.Say(k.To)}, {Text: r.roles([]string{k.Owner})}, {Text: c.Voice().Duration(k.Within.Std())}, {Tags: r.mark("safety.clocks." + k.ID)}}})
	}
	return t
}
