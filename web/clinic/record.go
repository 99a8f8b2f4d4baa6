package clinic

import (
	"slices"
	"strconv"
	"strings"

	"varde/access"
	"varde/app"
	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// history is the versions of a record, newest first, each with what it changed. It
// comes from the audit trail, for those who may see it.
func history(c *page.Context, p *place) []ui.TimelineItem {
	if p.record == nil || !c.Can(access.SeeAudit) {
		return nil
	}
	events, err := c.App.Trail(c.Ctx(), c.Actor, c.Study, p.state.ID, app.TrailQuery{})
	if err != nil {
		return nil // the page stands without it; the audit explorer tells why
	}
	var out []ui.TimelineItem
	for _, e := range events {
		var items, from study.Values
		switch d := e.Data.(type) {
		case study.FormSaved:
			if d.Visit != p.visit || d.Form != p.form.ID || d.Repeat != p.repeat {
				continue
			}
			items = d.Items
		case study.FormCorrected:
			if d.Visit != p.visit || d.Form != p.form.ID || d.Repeat != p.repeat {
				continue
			}
			items, from = d.Items, d.From
		default:
			continue
		}
		x := ui.TimelineItem{When: e.Recorded, Who: e.Actor + ", " + c.Say(study.RoleName(e.Role)), Tone: ui.Info}
		x.Title = c.TN("clinic.history.saved", len(items))
		if from != nil {
			x.Title, x.Tone = c.TN("clinic.history.corrected", len(items)), ui.Warning
			x.Text = c.T("clinic.history.reason", "reason", e.Reason) + " " + changes(c, p.form, items, from)
		}
		out = append(out, x)
	}
	slices.Reverse(out)
	return out
}

func changes(c *page.Context, f *instrument.Compiled, items, from study.Values) string {
	var out []string
	for i := range f.Items {
		item := &f.Items[i]
		if v, ok := items[item.ID]; ok {
			out = append(out, c.Say(item.Text)+": "+page.Answer(c, f, item, from[item.ID])+" → "+page.Answer(c, f, item, v))
		}
	}
	return strings.Join(out, "; ")
}

// recordsView lists the records of a repeating form.
type recordsView struct {
	Heading ui.Heading
	Table   ui.Table
	New     *ui.Link
}

func showRecords(c *page.Context, p *place) error {
	v := recordsView{Heading: ui.Heading{Title: formTitle(c, p.form), Lead: p.state.ID}}
	if p.visit != "" {
		v.Heading.Lead += " · " + visitTitle(c, p.visit)
	}
	if p.mayFill {
		v.New = &ui.Link{Text: c.T("clinic.records.new"), Href: formPath(c, p.state.ID, p.visit, p.form.ID, "new")}
	}
	v.Table = ui.Table{Caption: c.T("clinic.records"), HideCaption: true,
		Columns: []ui.Column{{Head: c.T("clinic.records.what")}, {Head: c.T("clinic.records.when")}, {Head: c.T("clinic.records.state")}},
		Empty:   &ui.Empty{Title: c.T("clinic.records.none")}}
	for _, f := range p.state.Records(p.visit, p.form.ID) {
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: []ui.Cell{
			{Text: recordTitle(c, p.form, f), Href: formPath(c, p.state.ID, p.visit, p.form.ID, strconv.Itoa(f.Key.Repeat))},
			{Time: f.SavedAt}, {Tags: []ui.Tag{recordTag(c, f)}}}})
	}
	return c.Render("records", page.Page{Title: v.Heading.Title, Crumbs: entryCrumbs(c, p), Data: v})
}

// recordTitle names a record by its first answer that has words.
func recordTitle(c *page.Context, form *instrument.Compiled, f *study.FormState) string {
	name := c.T("clinic.records.number", "number", f.Key.Repeat)
	for i := range form.Items {
		item := &form.Items[i]
		v := f.Values[item.ID]
		if v.Reason() == study.Hidden {
			break
		}
		if v.Given() && (item.Type == instrument.TextItem || item.Type == instrument.Choice || item.Type == instrument.DateTime || item.Type == instrument.Date) {
			return page.Answer(c, form, item, v) + " (" + strconv.Itoa(f.Key.Repeat) + ")"
		}
	}
	return name
}
