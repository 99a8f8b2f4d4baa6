package study

import (
	"bytes"
	"embed"
	"io/fs"
	"sync"

	"varde/access"
	"varde/analysis"
	"varde/report"
	"varde/web/page"
	"varde/web/ui"
)

//go:embed result
var resultFiles embed.FS

// ResultModule is the page of a study's result, and the same as data.
func ResultModule() page.Module {
	files, err := fs.Sub(resultFiles, "result")
	if err != nil {
		files = resultFiles // cannot be: the folder is embedded
	}
	p := &resultPages{}
	return page.Module{
		Name: "web/study/result", Pages: files, Words: files,
		Menu: []page.MenuEntry{{Order: 60, Area: "result", Word: "result.menu", Path: "result", Need: access.SeeResult}},
		Routes: []page.Route{
			{Pattern: "GET /s/{study}/result", Handle: p.page, Need: access.SeeResult, Area: "result"},
			{Pattern: "GET /s/{study}/result.json", Handle: p.data, Need: access.SeeResult, Area: "result"},
			{Pattern: "GET /s/{study}/result/again/{size}/{root}", Handle: p.again, Need: access.SeeResult, Area: "result"},
			{Pattern: "GET /s/{study}/result/again/{size}/{root}/result.json", Handle: p.dataAgain, Need: access.SeeResult, Area: "result"},
		},
	}
}

// resultPages share what was computed.
type resultPages struct {
	results report.Cache
	anew    sync.Mutex // results that are made again, one at a time: each takes a processor
}

func (p *resultPages) page(c *page.Context) error {
	result, err := p.results.Build(c.Ctx(), c.App, c.Actor, c.Study)
	if err != nil {
		return err
	}
	data, err := encoded(result)
	if err != nil {
		return err
	}
	doc := report.Result(c.Def, result, c.Lang)
	v := NewResultView(doc, c.Path("result.json"))
	v.Heading.Actions = append(v.Heading.Actions, ui.Link{Text: c.T("operating.title"), Href: c.Path("protocol", "operating"), Variant: "secondary"})
	v.made(c, result.Cut, data)
	// A result is of the moment and of the reader's role.
	c.W.Header().Set("Cache-Control", "no-store")
	return c.Render("result", page.Page{Title: doc.Title, Data: v})
}

func (p *resultPages) data(c *page.Context) error {
	result, err := p.results.Build(c.Ctx(), c.App, c.Actor, c.Study)
	if err != nil {
		return err
	}
	return send(c, result)
}

// send answers a result as data.
func send(c *page.Context, result analysis.Result) error {
	data, err := encoded(result)
	if err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.W.Header().Set("Cache-Control", "no-store")
	// The reader may have gone; there is no one left to tell.
	_, _ = c.W.Write(data)
	return nil
}

// encoded is the result as it is handed out, with every digit.
func encoded(r analysis.Result) ([]byte, error) {
	var b bytes.Buffer
	err := report.JSON(&b, r)
	return b.Bytes(), err
}

// ResultView is the data of the page result.html.
type ResultView struct {
	Heading  ui.Heading
	Notices  []ui.Alert
	Stats    []ui.Stat
	Sections []SectionView
	Sources  []string
	Cut      []ui.KeyValue
	Again    *ui.Link // where it is made again
}

// SectionView is one section of the page.
type SectionView struct {
	ID, Title string
	Text      []string
	Figures   []ui.Figure
	Tables    []TableView
}

// TableView is a table with a note below it.
type TableView struct {
	Table ui.Table
	Note  string
}

// NewResultView puts a page of report into the components of ui. The address is
// of the same result as data.
func NewResultView(page report.Page, data string) ResultView {
	v := ResultView{Heading: ui.Heading{Title: page.Title, Lead: page.Lead, Actions: []ui.Link{{Text: "JSON", Href: data, Variant: "secondary"}}}, Sources: page.Sources}
	for _, n := range page.Notices {
		tone := ui.Info
		if n.Warning {
			tone = ui.Warning
		}
		v.Notices = append(v.Notices, ui.Alert{Tone: tone, Title: n.Title, Text: n.Text})
	}
	for _, s := range page.Stats {
		v.Stats = append(v.Stats, ui.Stat{Label: s.Label, Value: s.Value, Note: s.Note})
	}
	for _, s := range page.Sections {
		v.Sections = append(v.Sections, sectionView(s))
	}
	for _, f := range page.Cut {
		v.Cut = append(v.Cut, ui.KeyValue{Key: f.Name, Cell: ui.Cell{Text: f.Value}})
	}
	return v
}

func sectionView(s report.Section) SectionView {
	v := SectionView{ID: s.ID, Title: s.Title, Text: s.Text}
	for _, f := range s.Figures {
		v.Figures = append(v.Figures, ui.Figure{Chart: f.Chart, Source: f.Source})
	}
	for _, t := range s.Tables {
		table := ui.Table{Caption: t.Caption}
		for _, h := range t.Heads {
			table.Columns = append(table.Columns, ui.Column{Head: h})
		}
		for _, r := range t.Rows {
			row := ui.Row{Strong: r.Strong}
			for _, c := range r.Cells {
				row.Cells = append(row.Cells, ui.Cell{Text: c.Text, Sub: c.Sub})
			}
			table.Rows = append(table.Rows, row)
		}
		v.Tables = append(v.Tables, TableView{Table: table, Note: t.Note})
	}
	return v
}
