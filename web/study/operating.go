package study

import (
	"bytes"
	"context"
	"embed"
	"io/fs"
	"sync"

	"varde/access"
	"varde/protocol"
	"varde/simulate/operating"
	"varde/simulate/trial"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

//go:embed operating
var operatingFiles embed.FS

// OperatingModule is the page of a protocol's operating characteristics, and the same
// as data. It shows nothing of the study's participants.
func OperatingModule() page.Module {
	files, err := fs.Sub(operatingFiles, "operating")
	if err != nil {
		files = operatingFiles // cannot be: the folder is embedded
	}
	p := &operatingPages{under: map[string]*computing{}}
	return page.Module{
		Name: "web/study/operating", Pages: files, Words: files,
		Routes: []page.Route{
			{Pattern: "GET /s/{study}/protocol/operating", Handle: p.page, Need: access.SignedIn, Area: "protocol"},
			{Pattern: "GET /s/{study}/protocol/operating.json", Handle: p.data, Need: access.SignedIn, Area: "protocol"},
		},
	}
}

// operatingPages share what was computed, by protocol.
type operatingPages struct {
	mu    sync.Mutex
	under map[string]*computing
	queue sync.Mutex // one at a time: the pages of everybody else come first
}

// computing is a result under way, or done.
type computing struct {
	done, total int
	result      *operating.Result
	err         error
}

// liveTrials of each scenario of a protocol that nothing was computed of beforehand.
const liveTrials = 1000

// of answers the result of a protocol. What is not known is computed in the background,
// on one core; until then the answer says how far it is.
func (p *operatingPages) of(def *protocol.Definition) computing {
	if r, ok := operating.Known(def); ok {
		return computing{result: r}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.under[def.Digest]
	if c == nil {
		c = &computing{}
		p.under[def.Digest] = c
		go p.compute(def, c)
	}
	return *c
}

func (p *operatingPages) compute(def *protocol.Definition, c *computing) {
	p.queue.Lock()
	defer p.queue.Unlock()
	result, err := func() (*operating.Result, error) {
		source, err := trial.NewSource(def)
		if err != nil {
			return nil, err
		}
		return operating.Run(context.Background(), source, operating.Usual(def, operating.ShippedSeed, liveTrials), operating.Options{Workers: 1, Progress: func(done, total int) {
			p.mu.Lock()
			c.done, c.total = done, total
			p.mu.Unlock()
		}})
	}()
	p.mu.Lock()
	c.result, c.err = result, err
	p.mu.Unlock()
}

// operatingView is the data of operating.html.
type operatingView struct {
	Heading     ui.Heading
	Notice      *ui.Alert
	Percent     int
	Waiting     bool
	Lead        string
	Sections    []operatingSection
	Assumptions []string
}

type operatingSection struct {
	ID, Title string
	Text      []string
	Figures   []ui.Figure
	Tables    []ui.Table
}

func (p *operatingPages) page(c *page.Context) error {
	if err := notParticipant(c); err != nil {
		return err
	}
	v := operatingView{Heading: ui.Heading{Title: c.T("operating.title"), Lead: c.Say(c.Def.Title), Actions: []ui.Link{{Text: c.T("operating.protocol"), Href: c.Path("protocol"), Variant: "secondary"}}}}
	if c.Def.Simulation == nil {
		v.Notice = &ui.Alert{Tone: ui.Info, Text: c.T("operating.none")}
		return c.Render("operating", page.Page{Title: v.Heading.Title, Data: v})
	}
	switch x := p.of(c.Def); {
	case x.err != nil:
		v.Notice = &ui.Alert{Tone: ui.Warning, Title: c.T("operating.failed"), Text: x.err.Error()}
	case x.result == nil:
		v.Waiting = true
		v.Percent = 100 * x.done / max(x.total, 1)
		c.W.Header().Set("Cache-Control", "no-store")
	default:
		v.Heading.Actions = append(v.Heading.Actions, ui.Link{Text: "JSON", Href: c.Path("protocol", "operating.json"), Variant: "secondary"})
		v.fill(operating.Page(c.Def, x.result, c.Lang), c.T("operating.source"))
	}
	return c.Render("operating", page.Page{Title: v.Heading.Title, Data: v})
}

// fill puts a document into the components of ui.
func (v *operatingView) fill(doc operating.Document, source string) {
	v.Lead, v.Assumptions = doc.Lead, doc.Assumptions
	for _, s := range doc.Sections {
		x := operatingSection{ID: s.ID, Title: s.Title, Text: s.Text}
		for _, f := range s.Figures {
			x.Figures = append(x.Figures, ui.Figure{Chart: f, Source: source})
		}
		for _, t := range s.Tables {
			table := ui.Table{Caption: t.Caption, HideCaption: true}
			for _, h := range t.Head {
				table.Columns = append(table.Columns, ui.Column{Head: h})
			}
			for _, cells := range t.Rows {
				row := ui.Row{}
				for _, cell := range cells {
					row.Cells = append(row.Cells, ui.Cell{Text: cell})
				}
				table.Rows = append(table.Rows, row)
			}
			x.Tables = append(x.Tables, table)
		}
		v.Sections = append(v.Sections, x)
	}
}

func (p *operatingPages) data(c *page.Context) error {
	if err := notParticipant(c); err != nil {
		return err
	}
	missing := &study.Refusal{Kind: study.Missing, Code: "not-computed", Text: study.Text{
		EN: "there is nothing to show yet: open the page, and come back when it is computed", NB: "det er ikke noe å vise ennå: åpne siden, og kom tilbake når det er regnet ut"}}
	if c.Def.Simulation == nil {
		return missing
	}
	x := p.of(c.Def)
	if x.result == nil {
		return missing
	}
	var b bytes.Buffer
	if err := x.result.JSON(&b); err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	// The reader may have gone; there is no one left to tell.
	_, _ = c.W.Write(b.Bytes())
	return nil
}

// notParticipant refuses those who take part.
func notParticipant(c *page.Context) error {
	if c.Actor.Role != "participant" {
		return nil
	}
	return &study.Refusal{Kind: study.Forbidden, Code: "role-may-not", Text: study.Text{
		EN: "the protocol is for those who work in the study", NB: "protokollen er for dem som arbeider i studien"}}
}
