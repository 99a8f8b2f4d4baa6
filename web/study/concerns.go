package study

import (
	"time"

	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// Concerns that participants told somebody outside the site. Only those who hear them
// come here; at the site nobody knows that there is one.

type concernsView struct {
	Heading ui.Heading
	Overdue string
	Table   ui.Table
}

// concernView is one concern with what was said in it.
type concernView struct {
	Heading ui.Heading
	Rule    *ui.Alert
	Due     *ui.Alert
	Facts   []ui.KeyValue
	Words   []concernWord
	Client  string
	Action  string
	Text    ui.Field
	Closed  ui.Field
	Errors  ui.ErrorSummary
}

type concernWord struct {
	Who  string
	At   time.Time
	Text string
	Own  bool
}

func concernPath(c *page.Context, id string) string { return c.Path("concerns", id) }

func showConcerns(c *page.Context) error {
	list, err := c.App.Concerns(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	unkept(c)
	v := concernsView{Heading: ui.Heading{Title: c.T("concerns.title"), Lead: c.T("concerns.lead")}}
	v.Table = ui.Table{Caption: c.T("concerns.title"), HideCaption: true,
		Columns: []ui.Column{{Head: c.T("concerns.ref")}, {Head: c.T("concerns.kind")}, {Head: c.T("concerns.site")}, {Head: c.T("concerns.at")}, {Head: c.T("concerns.state")}},
		Empty:   &ui.Empty{Title: c.T("concerns.none"), Text: c.T("concerns.none.text")}}
	late := 0
	for _, x := range list {
		tag, due := stateOf(c, x)
		if x.Overdue(c.Now) {
			late++
		}
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: []ui.Cell{{Text: x.ID, Href: concernPath(c, x.ID)}, {Text: c.T("concerns.kind." + x.Kind)}, {Text: x.Site}, {Time: x.At},
			{Tags: []ui.Tag{tag}, Sub: due}}})
	}
	if late > 0 {
		v.Overdue = c.TN("concerns.late", late)
	}
	return c.Render("concerns", page.Page{Title: c.T("concerns.title"), Data: v})
}

// stateOf says where a concern stands, and until when somebody waits.
func stateOf(c *page.Context, x app.ConcernLine) (tag ui.Tag, due string) {
	switch {
	case x.Overdue(c.Now):
		return ui.Tag{Text: c.T("concerns.overdue"), Tone: ui.Danger}, c.T("concerns.due", "time", c.Voice().DateTime(x.Due))
	case !x.Due.IsZero():
		return ui.Tag{Text: c.T("concerns.waits"), Tone: ui.Warning}, c.T("concerns.due", "time", c.Voice().DateTime(x.Due))
	case x.Closed.IsZero():
		return ui.Tag{Text: c.T("concerns.open"), Tone: ui.Info}, ""
	}
	return ui.Tag{Text: c.T("concerns.closed"), Tone: ui.Success}, c.Voice().DateTime(x.Closed)
}

func showConcern(c *page.Context) error { return renderConcern(c, nil) }

func renderConcern(c *page.Context, refused *study.Refusal) error {
	list, err := c.App.Concerns(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	unkept(c)
	for _, x := range list {
		if x.ID == c.Value("concern") {
			v := concernOf(c, x)
			p := page.Page{Title: x.ID, Crumbs: []ui.Crumb{{Text: c.T("concerns.title"), Href: c.Path("concerns")}, {Text: x.ID}}}
			if refused != nil {
				v.refused(c, refused)
				p.Status = page.Status(refused)
			}
			p.Data = v
			return c.Render("concern", p)
		}
	}
	return page.NotFound("there is no such report", "meldingen finnes ikke")
}

func concernOf(c *page.Context, x app.ConcernLine) *concernView {
	tag, due := stateOf(c, x)
	v := &concernView{Heading: ui.Heading{Title: c.T("concerns.kind." + x.Kind), Tags: []ui.Tag{tag}}, Client: c.ClientID(), Action: concernPath(c, x.ID),
		Text:   ui.Field{ID: "text", Kind: ui.LongTextField, Name: "text", Rows: 6, Label: c.T("concerns.answer"), Hint: c.T("concerns.answer.hint"), Required: true, MaxLength: study.MaxWords},
		Closed: ui.Field{ID: "closed", Kind: ui.CheckboxField, Name: "closed", Label: c.T("concerns.close"), Optional: true, Options: []ui.Option{{Value: "yes", Label: c.T("concerns.close.yes")}}}}
	who := c.T("concerns.unnamed")
	if x.Who != "" {
		who = x.Who
	}
	v.Facts = []ui.KeyValue{{Key: c.T("concerns.ref"), Cell: ui.Cell{Text: x.ID}}, {Key: c.T("concerns.at"), Cell: ui.Cell{Time: x.At}}, {Key: c.T("concerns.site"), Cell: ui.Cell{Text: x.Site}}, {Key: c.T("concerns.who"), Cell: ui.Cell{Text: who}}}
	if !x.Due.IsZero() {
		tone := ui.Warning
		if x.Overdue(c.Now) {
			tone = ui.Danger
		}
		v.Due = &ui.Alert{Tone: tone, Title: due, Text: c.T("concerns.due.text")}
	}
	if rule, ok := study.RuleOfConcern(c.Def, x.Kind); ok && x.Closed.IsZero() {
		v.Rule = &ui.Alert{Tone: ui.Danger, Title: c.T("concerns.rule"), Text: c.Say(rule.Text)}
	}
	for _, w := range x.Words {
		line := concernWord{Who: c.T("concerns.listener"), At: w.At, Text: w.Text, Own: w.Own}
		if w.Own {
			line.Who = c.T("concerns.teller")
		}
		v.Words = append(v.Words, line)
	}
	return v
}

// refused puts back what was written, with the reason why it was not kept.
func (v *concernView) refused(c *page.Context, r *study.Refusal) {
	text := page.Sentence(c.Say(r.Text))
	v.Text.Value, v.Client = c.Text("text"), c.Text("client")
	v.Text.Error = text
	v.Errors = ui.ErrorSummary{Errors: []ui.FieldError{{ID: "text", Text: text}}}
	if c.Text("closed") == "yes" {
		v.Closed.Values = []string{"yes"}
	}
}

func answerConcern(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	err := c.App.AnswerConcern(c.Ctx(), c.Actor, c.Study, c.Value("concern"), c.Text("text"), c.Text("closed") == "yes", c.Text("client"))
	if r, ok := page.Refused(err); ok && r.Kind == study.Invalid {
		return renderConcern(c, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(concernPath(c, c.Value("concern")), ui.Success, c.T("concerns.answered"))
}

// unkept: what was told in confidence is kept by no browser and by nothing between.
func unkept(c *page.Context) {
	c.W.Header().Set("Cache-Control", "no-store, private, max-age=0")
}
