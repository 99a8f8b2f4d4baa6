package study

import (
	"encoding/csv"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

func appQuery() app.TrailQuery { return app.TrailQuery{} }

// boxView tells how much is recorded and what signs it.
type boxView struct {
	Rows  []ui.KeyValue
	Fault string
}

func box(c *page.Context) *boxView {
	p, err := c.App.Checkpoint(c.Ctx(), c.Study)
	if err != nil {
		c.Log.Warn("no checkpoint", "error", err)
		return &boxView{Fault: c.T("audit.box.none")}
	}
	return &boxView{Rows: []ui.KeyValue{
		{Key: c.T("audit.box.size"), Cell: ui.Cell{Text: c.Voice().Number(float64(p.Size), 0)}},
		{Key: c.T("audit.box.root"), Cell: ui.Cell{Text: hex.EncodeToString(p.Root[:])}},
		{Key: c.T("audit.box.signed"), Cell: ui.Cell{Time: p.Time}},
	}}
}

type streamsView struct {
	Heading ui.Heading
	Search  ui.Field
	Streams []ui.Link
	People  *ui.Table
	More    int
	Box     *boxView
}

const shownPeople = 50

// showStreams is the way into the trails.
func showStreams(c *page.Context) error {
	search := c.Query("q")
	v := streamsView{Heading: ui.Heading{Title: c.T("audit.title"), Lead: c.T("audit.lead"), Actions: []ui.Link{{Text: c.T("audit.find"), Href: c.Path("audit-search"), Variant: "secondary"}}}, Box: box(c),
		Search: ui.Field{Kind: ui.TextField, Name: "q", Label: c.T("audit.search"), Value: search, Autocomplete: "off", MaxLength: 64}}
	v.Streams = []ui.Link{{Text: c.T("audit.stream.study"), Href: c.Path("audit", study.StudyStream), Variant: "secondary"}}
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	for _, s := range sites {
		v.Streams = append(v.Streams, ui.Link{Text: c.T("audit.stream.site", "site", s.ID), Href: c.Path("audit", "site", s.ID), Variant: "secondary"})
	}
	switch {
	case c.Can(access.SeeList):
		rows, total, err := c.App.Participants(c.Ctx(), c.Actor, c.Study, app.ListQuery{Search: search, Limit: shownPeople})
		if err != nil {
			return err
		}
		v.People = &ui.Table{Caption: c.T("audit.people"), Columns: []ui.Column{{Head: c.T("audit.person")}, {Head: c.T("audit.status")}, {Head: c.T("audit.last")}},
			Empty: &ui.Empty{Title: c.T("audit.people.none"), Text: c.T("audit.people.none.text")}}
		for _, r := range rows {
			v.People.Rows = append(v.People.Rows, ui.Row{Cells: []ui.Cell{{Text: r.ID, Href: c.Path("p", r.ID, "audit")}, {Text: c.Say(study.StatusName(r.Status))}, {Time: r.Last}}})
		}
		v.More = total - len(rows)
	case search != "":
		// A role without the list still reads the trail of a number it knows.
		return c.Redirect(c.Path("p", search, "audit"))
	}
	return c.Render("streams", page.Page{Title: c.T("audit.title"), Data: v})
}

// csv answers the trail, as filtered, as a table for a spreadsheet.
func (t *trail) csv() error {
	c := t.c
	h := c.W.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="trail-`+safeName(c.Study+"-"+t.stream)+`.csv"`)
	h.Set("Cache-Control", "no-store")
	w := csv.NewWriter(c.W)
	w.UseCRLF = true
	rows := [][]string{{"number", "recorded_at", "effective_at", "actor", "role", "type", "description", "reason", "changes", "hash"}}
	for _, e := range t.shown() {
		v := t.event(e)
		var changes []string
		for _, x := range v.Changes {
			if x.Corrected {
				changes = append(changes, x.Item+": "+x.From+" -> "+x.To)
			} else {
				changes = append(changes, x.Item+": "+x.To)
			}
		}
		hash := ""
		if v.Hash != "" {
			hash = hex.EncodeToString(e.Hash[:])
		}
		rows = append(rows, []string{strconv.FormatInt(e.Version, 10), e.Recorded.UTC().Format(time.RFC3339Nano), e.At.UTC().Format(time.RFC3339Nano), e.Actor, e.Role, e.Type(), v.Text, e.Reason, strings.Join(changes, "; "), hash})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = unformula(row[i])
		}
		if err := w.Write(row); err != nil {
			return nil // the reader has gone
		}
	}
	w.Flush()
	return nil
}

// unformula keeps a spreadsheet from running a text as a formula.
func unformula(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

func safeName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, s)
}
