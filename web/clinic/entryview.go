package clinic

import (
	"strconv"

	"varde/access"
	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// entryView is the page of one record.
type entryView struct {
	Heading  ui.Heading
	Intro    []string
	Action   string
	Check    string
	Client   string
	Version  int
	Slot     string
	Return   string
	MayFill  bool
	Items    []itemView
	Errors   ui.ErrorSummary
	Reason   *ui.Field
	Skips    bool // some items hang on answers to others
	Scores   []ui.KeyValue
	Missing  int
	Saved    bool
	Next     *ui.Link
	Back     ui.Link
	History  []ui.TimelineItem
	Stale    bool
	NotSaved bool
	Ask      *actionForm // to raise a query on an answer
	Signed   *ui.Signatures
}

func renderEntry(c *page.Context, p *place, try attempt) error {
	v := entryOf(c, p, try)
	notices := []ui.Alert{}
	if try.alert != nil {
		notices = append(notices, *try.alert)
	}
	if try.stale {
		notices = append(notices, ui.Alert{Tone: ui.Warning, Live: true, Title: c.T("clinic.stale.title"), Text: c.T("clinic.stale.text")})
	}
	return c.Render("entry", page.Page{Title: v.Heading.Title, Crumbs: entryCrumbs(c, p), Status: try.status, Notices: notices, Data: v})
}

func entryCrumbs(c *page.Context, p *place) []ui.Crumb {
	crumbs := personCrumbs(c, p.state)
	if p.visit != "" {
		crumbs = append(crumbs, ui.Crumb{Text: visitTitle(c, p.visit), Href: visitPath(c, p.state.ID, p.visit)})
	}
	return append(crumbs, ui.Crumb{Text: formTitle(c, p.form)})
}

func formTitle(c *page.Context, f *instrument.Compiled) string { return c.Say(f.Title) }

// visitTitle names a visit; a reader who must not know which one it is gets its kind.
func visitTitle(c *page.Context, id string) string {
	v, ok := c.Def.Visit(id)
	if !ok {
		return id
	}
	if v.Hides && access.HidesVisit(c.Def, c.Actor.Role) {
		return c.T("clinic.visit.hidden")
	}
	return c.Say(v.Title)
}

func entryOf(c *page.Context, p *place, try attempt) *entryView {
	v := &entryView{
		Action: p.path, Check: p.path + "/check", Client: c.ClientID(), Version: p.version(), MayFill: p.mayFill,
		Saved: p.record != nil, Slot: c.Text("slot"), Stale: try.stale, NotSaved: try.typed != nil,
	}
	if c.R.Method == "GET" {
		v.Slot, v.Return = c.Query("slot"), c.Query("return")
	} else {
		v.Return = c.Text("return")
	}
	if v.Return != "" {
		v.Return = page.Local(v.Return)
	}
	saved := p.saved()
	values := saved
	if try.typed != nil {
		change, _ := try.typed.change(p.form, saved, c.Zone)
		values = merged(saved, change)
	}
	v.head(c, p)
	v.items(c, p, try, values)
	v.scores(c, p, values)
	if p.record != nil && p.mayFill {
		v.Reason = &ui.Field{Kind: ui.LongTextField, Name: "reason", Rows: 2, Label: c.T("clinic.reason"), Hint: c.T("clinic.reason.hint"), Value: try.reason, MaxLength: 2000}
		if try.owed {
			v.Reason.Error = c.T("clinic.reason.owed")
			v.Errors.Errors = append(v.Errors.Errors, ui.FieldError{ID: v.Reason.Target(), Text: c.T("clinic.reason") + ": " + v.Reason.Error})
		}
	}
	if try.typed == nil {
		v.Next = nextForm(c, p)
		v.History = history(c, p)
		v.Ask = askForm(c, p)
		v.Signed = signedForm(c, p)
	}
	return v
}

func (v *entryView) head(c *page.Context, p *place) {
	f := p.form
	v.Heading = ui.Heading{Title: formTitle(c, f), Lead: p.state.ID}
	if p.visit != "" {
		v.Heading.Lead += " · " + visitTitle(c, p.visit)
	}
	if t := c.Say(f.Recall); t != "" {
		v.Heading.Tags = append(v.Heading.Tags, ui.Tag{Text: c.T("clinic.recall", "period", t)})
	}
	if t := c.Say(f.Instructions); t != "" {
		v.Intro = append(v.Intro, t)
	}
	v.Heading.Tags = append(v.Heading.Tags, recordTag(c, p.record))
	if p.visit != "" {
		v.Back = ui.Link{Text: c.T("clinic.entry.back.visit"), Href: visitPath(c, p.state.ID, p.visit), Variant: "tertiary"}
	} else {
		v.Back = ui.Link{Text: c.T("clinic.entry.back.list"), Href: formPath(c, p.state.ID, p.visit, p.form.ID, ""), Variant: "tertiary"}
	}
}

// recordTag says how far a record has come.
func recordTag(c *page.Context, f *study.FormState) ui.Tag {
	switch {
	case f == nil || f.Version == 0:
		return ui.Tag{Text: c.T("clinic.form.empty"), Tone: ui.Neutral}
	case len(f.Missing) > 0:
		return ui.Tag{Text: c.TN("clinic.form.missing", len(f.Missing)), Tone: ui.Warning}
	}
	return ui.Tag{Text: c.T("clinic.form.done"), Tone: ui.Success}
}

func (v *entryView) items(c *page.Context, p *place, try attempt, values study.Values) {
	faults := map[string]string{}
	for _, x := range try.faults {
		faults[x.item] = c.Say(x.text)
	}
	doubts := map[string]string{}
	for _, d := range p.form.Doubts(values) {
		if values[d.Item].Reason() != study.Hidden {
			doubts[d.Item] = c.Say(d.Text)
		}
	}
	queries := map[string][]string{}
	for _, q := range p.state.Queries {
		if q.Closed.IsZero() && q.Visit == p.visit && q.Form == p.form.ID && q.Repeat == p.repeat {
			queries[q.Item] = append(queries[q.Item], q.ID+": "+c.Say(study.QueryText(c.Def, q)))
		}
	}
	section := ""
	for i := range p.form.Items {
		item := &p.form.Items[i]
		v.Skips = v.Skips || item.When != ""
		x, visible := v.item(c, p, try, item, values, faults[item.ID])
		if !visible {
			continue
		}
		if s := c.Say(item.Section); s != "" && s != section {
			x.Section, section = s, s
		}
		x.Field.Error = faults[item.ID]
		if x.Field.Error == "" {
			x.Field.Warning = doubts[item.ID]
		}
		if doubts[item.ID] == "" {
			x.Queries = queries[item.ID]
		}
		if x.Field.Error != "" {
			v.Errors.Errors = append(v.Errors.Errors, ui.FieldError{ID: x.Field.Target(), Text: x.Field.Label + ": " + x.Field.Error})
		}
		v.Items = append(v.Items, x)
	}
}

func (v *entryView) item(c *page.Context, p *place, try attempt, item *instrument.Item, values study.Values, faulty string) (itemView, bool) {
	saved := p.saved()[item.ID]
	base := baseOf(item, saved, c.Zone, c.Lang)
	answer, reason := shown(item, saved, c.Zone, c.Lang), saved.Reason()
	x := itemView{ID: item.ID, Key: "item-" + item.ID, Base: base, Blinded: reason == study.Hidden}
	touched := false
	if t := try.typed; t != nil && t.there[item.ID] && !x.Blinded {
		typedReason := t.reason[item.ID]
		was := t.base[item.ID]
		wasAnswer, wasReason := was, ""
		if len(was) > 7 && was[:7] == "absent:" {
			wasAnswer, wasReason = "", was[7:]
		}
		typedAnswer := t.answer[item.ID]
		if typedAnswer == "[]" {
			typedAnswer = ""
		}
		if touched = typedAnswer != wasAnswer || typedReason != wasReason; touched {
			answer, reason = typedAnswer, typedReason
			if try.stale && was != base {
				x.Changed, x.Present = true, page.Answer(c, p.form, item, saved)
			}
		}
	}
	if !p.form.Asked(item.ID, values) && saved.Kind() == instrument.None && !touched && faulty == "" {
		return x, false
	}
	x.Field = fieldOf(c, p.form, item, answer)
	x.Reason = reasonFieldOf(c, item, reason)
	x.Group = x.Field.Kind == ui.CheckboxField
	if saved.Kind() == instrument.Sealed && !x.Blinded {
		if x.Sealed = true; c.Can(access.SeeIdentity) {
			x.Card = c.Path("p", p.state.ID, "identity")
		}
	}
	if !p.mayFill || x.Blinded {
		x.Field.ReadOnly, x.Field.Unit = true, ""
		x.Field.Kind, x.Field.Options, x.Field.Low, x.Field.High = ui.TextField, nil, nil, nil
		x.Field.Value, x.Field.Optional = page.Answer(c, p.form, item, saved), false
	}
	return x, true
}

// scores shows what the answers add up to, for those who may see it.
func (v *entryView) scores(c *page.Context, p *place, values study.Values) {
	if c.Actor.Role == "participant" {
		return // a number without a conversation can frighten
	}
	// Saved scores come as the use case lets them be seen; those of answers that are
	// being typed are reckoned here, and hidden by the same rule.
	scores, live := p.form.Score(values), true
	if p.record != nil && !v.NotSaved {
		scores, live = p.record.Scores, false
	}
	seen := study.Values{}
	for _, s := range p.form.Scores {
		x, ok := scores[s.ID]
		if ok && x.Given() && (!live || access.Sees(c.Def, c.Actor.Role, s.Blinding)) {
			seen[s.ID] = x
		}
	}
	bands := p.form.Bands(seen)
	for _, s := range p.form.Scores {
		x, ok := seen[s.ID]
		if !ok {
			continue
		}
		row := ui.KeyValue{Key: c.Say(s.Title), Cell: ui.Cell{Text: x.Text()}}
		if n, isNumber := x.Float(); isNumber {
			digits := 0
			if n != float64(int64(n)) {
				digits = 1
			}
			row.Cell.Text = c.Voice().Number(n, digits)
		} else if b, isBool := x.Bool(); isBool {
			row.Cell.Text = map[bool]string{true: c.T("answer.yes"), false: c.T("answer.no")}[b]
		}
		for _, band := range bands {
			if band.Score == s.ID {
				row.Cell.Tags = append(row.Cell.Tags, ui.Tag{Text: c.Say(band.Text), Tone: ui.Info})
			}
		}
		v.Scores = append(v.Scores, row)
	}
	for _, id := range p.form.Missing(values) {
		if values[id].Reason() == "" {
			v.Missing++
		}
	}
}

// nextForm is the next form of the visit that is not complete, for the same role.
func nextForm(c *page.Context, p *place) *ui.Link {
	if p.visit == "" || p.record == nil || !p.record.Complete() {
		return nil
	}
	for _, f := range visitForms(c, p.state, p.visit) {
		if !f.Done && f.MayFill && f.ID != p.form.ID {
			return &ui.Link{Text: c.T("clinic.entry.next", "form", f.Title), Href: f.Href}
		}
	}
	return nil
}

// askForm lets those who check the data ask about an answer.
func askForm(c *page.Context, p *place) *actionForm {
	if p.record == nil || !c.Can(access.Query) {
		return nil
	}
	item := ui.Field{Kind: ui.SelectField, Name: "item", Label: c.T("clinic.query.item"), Required: true}
	for i := range p.form.Items {
		item.Options = append(item.Options, ui.Option{Value: p.form.Items[i].ID, Label: c.Say(p.form.Items[i].Text)})
	}
	m := &forms{c: c, back: p.path}
	f := m.make(actionForm{ID: "ask", Title: c.T("clinic.query.raise"), Action: c.Path("p", p.state.ID, "query"), Button: c.T("clinic.query.raise"), Quiet: true, Fields: []ui.Field{
		item, {Kind: ui.LongTextField, Name: "text", Rows: 2, Label: c.T("clinic.query.text"), Required: true, MaxLength: 2000},
		{Kind: "hidden", Name: "visit", Value: p.visit}, {Kind: "hidden", Name: "form", Value: p.form.ID}, {Kind: "hidden", Name: "repeat", Value: strconv.Itoa(p.repeat)}}})
	return &f
}
