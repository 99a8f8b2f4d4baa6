// Package rater is the pages of the independent rater: the assessments that were
// drawn for them, and the statement that nothing unblinding was said. They name no
// visit, no order of visits, no arm and no earlier score: what a rater must not know
// is not sent here by the use cases, and these pages add nothing to it.
package rater

import (
	"embed"
	"io/fs"
	"slices"
	"strings"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

//go:embed all:pages words
var files embed.FS

// Module answers the pages and their routes.
func Module() page.Module {
	const one = "/s/{study}/ratings/{id}/{ref}"
	return page.Module{
		Name: "web/rater", Pages: folder("pages"), Words: folder("words"),
		Menu: []page.MenuEntry{{Order: 10, Area: "ratings", Word: "rater.menu", Path: "ratings", Need: access.Rate, Show: blind}},
		Routes: []page.Route{
			{Pattern: "GET /s/{study}/ratings", Handle: queue, Need: access.Rate, Area: "ratings"},
			{Pattern: "GET " + one, Handle: assessment, Need: access.Rate, Area: "ratings"},
			{Pattern: "GET /s/{study}/ratings/done/{ref}", Handle: assessment, Need: access.Rate, Area: "ratings"},
			{Pattern: "GET " + one + "/book", Handle: booking, Need: access.Rate, Area: "ratings"},
			{Pattern: "POST " + one + "/book", Handle: book, Need: access.Rate, Area: "ratings", Body: 64 << 10},
			{Pattern: "POST " + one + "/statement", Handle: state, Need: access.Rate, Area: "ratings", Body: 64 << 10},
		},
	}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}

// blind says that the reader must not know which visit an assessment belongs to:
// for them the queue stands in the place of the clinic's lists.
func blind(c *page.Context) bool { return c.Def != nil && access.HidesVisit(c.Def, c.Actor.Role) }

type queueView struct {
	Heading ui.Heading
	Waiting ui.Table
	Done    *ui.Table
}

func queue(c *page.Context) error {
	if !blind(c) && c.Can(access.SeeList) {
		return c.Redirect(c.Path("today")) // where no visit is hidden, raters work as others do
	}
	rows, err := c.App.Ratings(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	zone(c)
	v := queueView{Heading: ui.Heading{Title: c.T("rater.title"), Lead: c.T("rater.lead")}}
	v.Waiting = table(c, "rater.waiting")
	v.Waiting.Empty = &ui.Empty{Title: c.T("rater.none"), Text: c.T("rater.none.text")}
	// What is done is found again by its reference alone: with numbers and days side by
	// side a rater would see which assessment of a person the next one is.
	done := ui.Table{Caption: c.T("rater.done"), HideCaption: true, Columns: []ui.Column{{Head: c.T("rater.reference")}, {Head: c.T("rater.owes")}}}
	for _, r := range rows {
		if r.Done {
			done.Rows = append(done.Rows, ui.Row{Cells: []ui.Cell{{Text: short(r.Ref), Href: path(c, r)}, {Tags: []ui.Tag{owes(c, r)}}}})
			continue
		}
		row := ui.Row{Cells: []ui.Cell{
			{Text: r.Participant, Href: path(c, r)},
			{Text: short(r.Ref)},
			appointment(c, r),
			{Tags: []ui.Tag{owes(c, r)}},
		}}
		v.Waiting.Rows = append(v.Waiting.Rows, row)
	}
	slices.SortFunc(done.Rows, func(a, b ui.Row) int { return strings.Compare(a.Cells[0].Text, b.Cells[0].Text) })
	if len(done.Rows) > 0 {
		v.Done = &done
	}
	return c.Render("queue", page.Page{Title: c.T("rater.title"), Data: v})
}

func table(c *page.Context, caption string) ui.Table {
	return ui.Table{Caption: c.T(caption), HideCaption: true, Columns: []ui.Column{{Head: c.T("rater.participant")}, {Head: c.T("rater.reference")}, {Head: c.T("rater.appointment")}, {Head: c.T("rater.owes")}}}
}

func path(c *page.Context, r app.RatingRow) string {
	if r.Done {
		return c.Path("ratings", "done", r.Ref)
	}
	return c.Path("ratings", r.Participant, r.Ref)
}

// name is what an assessment is called: by participant and reference, and by the
// reference alone when it is done.
func name(r app.RatingRow) string {
	if r.Done {
		return short(r.Ref)
	}
	return r.Participant + " · " + short(r.Ref)
}

// short is a reference as people read it out.
func short(ref string) string {
	if len(ref) > 9 {
		return ref[1:5] + " " + ref[5:9]
	}
	return ref
}

func appointment(c *page.Context, r app.RatingRow) ui.Cell {
	if r.Planned.IsZero() {
		return ui.Cell{Text: c.T("rater.unplanned")}
	}
	return ui.Cell{Time: r.Planned}
}

func owes(c *page.Context, r app.RatingRow) ui.Tag {
	switch {
	case r.Done:
		return ui.Tag{Text: c.T("rater.owes.nothing"), Tone: ui.Success}
	case r.Owes == "statement":
		return ui.Tag{Text: c.T("rater.owes.statement"), Tone: ui.Warning}
	case r.Owes == "hold":
		return ui.Tag{Text: c.T("rater.owes.hold"), Tone: ui.Warning}
	}
	return ui.Tag{Text: c.T("rater.owes.forms"), Tone: ui.Info}
}

// zone shows times as the first site of the rater has them; raters are a pool over
// sites, which in a study lie in one zone or a neighbouring one. The zone is named.
func zone(c *page.Context) {
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err == nil && len(sites) > 0 && sites[0].Zone != nil {
		c.Zone = sites[0].Zone
	}
}

type assessmentView struct {
	Heading   ui.Heading
	Facts     []ui.KeyValue
	Visit     ui.Link
	Before    bool // the assessment is still to be made
	Book      *ui.Link
	Statement *statementView
	Stated    *ui.Alert
	Back      ui.Link
}

type statementView struct {
	Action string
	Client string
	Blind  ui.Field
	What   ui.Field
	Errors ui.ErrorSummary
}

func assessment(c *page.Context) error { return render(c, nil) }

func render(c *page.Context, refused *study.Refusal) error {
	r, err := find(c)
	if err != nil {
		return err
	}
	s, err := c.App.Participant(c.Ctx(), c.Actor, c.Study, r.Participant)
	if err != nil {
		return err
	}
	if s.Zone != nil {
		c.Zone = s.Zone
	}
	v := assessmentView{Heading: ui.Heading{Title: c.T("rater.assessment"), Lead: name(r)},
		Visit: ui.Link{Text: c.T("rater.forms"), Href: c.Path("p", r.Participant, "v", r.Ref)},
		Back:  ui.Link{Text: c.T("rater.back"), Href: c.Path("ratings"), Variant: "tertiary"}}
	if v.Before = r.Owes == "forms"; !r.Done {
		v.Facts = []ui.KeyValue{{Key: c.T("rater.appointment"), Cell: appointment(c, r)}}
	}
	if r.Owes == "forms" {
		text := c.T("rater.book")
		if !r.Planned.IsZero() {
			text = c.T("rater.book.move")
		}
		v.Book = &ui.Link{Text: text, Href: path(c, r) + "/book", Variant: "secondary"}
	}
	v.Facts = append(v.Facts, ui.KeyValue{Key: c.T("rater.owes"), Cell: ui.Cell{Tags: []ui.Tag{owes(c, r)}}})
	switch stated := ratingOf(c, s, r.Ref); {
	case !stated.Stated.IsZero():
		v.Stated = &ui.Alert{Tone: ui.Success, Title: c.T("rater.stated", "time", c.Voice().DateTime(stated.Stated)), Text: c.T("rater.stated.blind")}
		if !stated.Blind {
			v.Stated.Tone, v.Stated.Text = ui.Warning, stated.What
		}
	case r.Owes == "statement":
		v.Statement = statement(c, r, refused)
	}
	p := page.Page{Title: c.T("rater.assessment"), Crumbs: []ui.Crumb{{Text: c.T("rater.title"), Href: c.Path("ratings")}, {Text: name(r)}}, Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
		if v.Statement == nil {
			p.Notices = []ui.Alert{c.RefusalAlert(refused)}
		}
	}
	return c.Render("assessment", p)
}

// find is the assessment of the address, when it was drawn for the reader.
func find(c *page.Context) (app.RatingRow, error) {
	rows, err := c.App.Ratings(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return app.RatingRow{}, err
	}
	i := slices.IndexFunc(rows, func(r app.RatingRow) bool {
		return r.Ref == c.Value("ref") && (c.Value("id") == "" || r.Participant == c.Value("id"))
	})
	if i < 0 {
		return app.RatingRow{}, page.NotFound("there is no such assessment", "vurderingen finnes ikke")
	}
	return rows[i], nil
}

// ratingOf is what the reader stated of an assessment.
func ratingOf(c *page.Context, s *study.State, ref string) study.RatingState {
	visit, ok := c.App.VisitOf(c.Actor, c.Study, s.ID, ref)
	if !ok {
		return study.RatingState{}
	}
	if r, ok := s.Ratings[visit]; ok {
		return r
	}
	return s.Ratings[ref] // where the use case has put references in the place of visits
}

func statement(c *page.Context, r app.RatingRow, refused *study.Refusal) *statementView {
	v := &statementView{Action: path(c, r) + "/statement", Client: c.ClientID()}
	v.Blind = ui.Field{Kind: ui.RadioField, Name: "blind", Label: c.T("rater.blind"), Required: true, Options: []ui.Option{
		{Value: "yes", Label: c.T("rater.blind.yes")}, {Value: "no", Label: c.T("rater.blind.no"), Hint: c.T("rater.blind.no.hint")}}}
	v.What = ui.Field{Kind: ui.LongTextField, Name: "what", Rows: 3, Label: c.T("rater.what"), Hint: c.T("rater.what.hint"), Optional: true, MaxLength: 2000}
	if refused == nil {
		return v
	}
	v.Blind.Value, v.What.Value = c.Text("blind"), c.Text("what")
	text := page.Sentence(c.Say(refused.Text))
	at := v.Blind.Target()
	if refused.Field == "what" {
		v.What.Error, at = text, v.What.Target()
	} else {
		v.Blind.Error = text
	}
	v.Errors = ui.ErrorSummary{Title: c.T("page.refused"), Errors: []ui.FieldError{{ID: at, Text: text}}}
	return v
}

// state takes the statement. It cannot be taken back: what was known at the time of
// rating is a fact of the record.
func state(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	r, err := find(c)
	if err != nil {
		return err
	}
	visit, ok := c.App.VisitOf(c.Actor, c.Study, r.Participant, r.Ref)
	if !ok {
		return page.NotFound("there is no such assessment", "vurderingen finnes ikke")
	}
	cmd := study.StateBlindness{On: study.On{Participant: r.Participant}, Visit: visit}
	switch c.Text("blind") {
	case "yes":
		cmd.Blind = true
		if c.Text("what") != "" {
			return render(c, page.Bad("what", "you write that something was said, and answer that nothing was: choose one", "du skriver at noe ble sagt, og svarer at ingenting ble det: velg ett av dem"))
		}
	case "no":
		if cmd.What = c.Text("what"); cmd.What == "" {
			return render(c, page.Bad("what", "say what was said or seen", "oppgi hva som ble sagt eller sett"))
		}
	default:
		return render(c, page.Bad("blind", "answer whether anything was said or seen", "svar på om noe ble sagt eller sett"))
	}
	_, err = c.Do(cmd)
	if refused, ok := page.Refused(err); ok && (refused.Kind == study.Against || refused.Kind == study.Invalid || refused.Kind == study.Stale) {
		return render(c, refused)
	}
	if err != nil {
		return err
	}
	if r, err = find(c); err == nil && r.Owes == "hold" {
		return c.RedirectWith(c.Path("p", r.Participant, "v", r.Ref), ui.Success, c.T("rater.done.hold"))
	}
	return c.RedirectWith(c.Path("ratings"), ui.Success, c.T("rater.done.text"))
}
