package study

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"varde/analysis"
	"varde/report"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// made tells how long the result is and its hash, and where it can be made again.
func (v *ResultView) made(c *page.Context, cut analysis.Cut, data []byte) {
	sum := sha256.Sum256(data)
	v.Cut = append(v.Cut,
		ui.KeyValue{Key: c.T("result.bytes"), Cell: ui.Cell{Text: c.Voice().Number(float64(len(data)), 0)}},
		ui.KeyValue{Key: c.T("result.sha256"), Cell: ui.Cell{Text: hex.EncodeToString(sum[:])}})
	again := c.Path("result", "again", strconv.FormatInt(cut.Size, 10), cut.Root)
	v.Again = &ui.Link{Text: c.T("result.again"), Href: again + "?sha256=" + hex.EncodeToString(sum[:]), Variant: "secondary"}
}

// ofCut makes the result of the cut that the address names, from the record alone.
func (p *resultPages) ofCut(c *page.Context) (analysis.Result, error) {
	size, err := strconv.ParseInt(c.Value("size"), 10, 64)
	if err != nil || size < 1 {
		return analysis.Result{}, &study.Refusal{Kind: study.Invalid, Code: "bad-size", Field: "size", Text: study.Text{
			EN: "the data cut is named by its number of events: open it from the result page", NB: "datauttrekket angis med antall hendelser: åpne det fra resultatsiden"}}
	}
	cut, err := c.App.Cut(c.Ctx(), c.Study, size, c.Value("root"))
	if err != nil {
		return analysis.Result{}, err
	}
	p.anew.Lock()
	defer p.anew.Unlock()
	return report.Build(c.Ctx(), cut, c.Actor, c.Study)
}

// againView says whether a result was made again to the byte.
type againView struct {
	Heading ui.Heading
	Verdict ui.Alert
	Facts   []ui.KeyValue
}

// again makes a result anew at its checkpoint and compares it with what was shown.
func (p *resultPages) again(c *page.Context) error {
	result, err := p.ofCut(c)
	if err != nil {
		return err
	}
	data, err := encoded(result)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	now, was := hex.EncodeToString(sum[:]), c.R.URL.Query().Get("sha256")
	v := againView{Heading: ui.Heading{Title: c.T("result.again.title"), Lead: result.Cut.Title, Actions: []ui.Link{
		{Text: "JSON", Href: c.Path("result", "again", strconv.FormatInt(result.Cut.Size, 10), result.Cut.Root, "result.json"), Variant: "secondary"},
		{Text: c.T("result.again.back"), Href: c.Path("result"), Variant: "secondary"}}}}
	switch was {
	case now:
		v.Verdict = ui.Alert{Tone: ui.Success, Title: c.T("result.again.same"), Text: c.T("result.again.same.text")}
	case "":
		v.Verdict = ui.Alert{Tone: ui.Info, Text: c.T("result.again.alone")}
	default:
		v.Verdict = ui.Alert{Tone: ui.Danger, Title: c.T("result.again.differs"), Text: c.T("result.again.differs.text")}
	}
	fact := func(key, value string) {
		v.Facts = append(v.Facts, ui.KeyValue{Key: c.T(key), Cell: ui.Cell{Text: value}})
	}
	fact("result.events", c.Voice().Number(float64(result.Cut.Size), 0))
	fact("result.root", result.Cut.Root)
	fact("result.bytes", c.Voice().Number(float64(len(data)), 0))
	if was != "" && was != now {
		fact("result.sha256.was", was)
	}
	fact("result.sha256", now)
	c.W.Header().Set("Cache-Control", "no-store")
	return c.Render("again", page.Page{Title: c.T("result.again.title"), Data: v})
}

func (p *resultPages) dataAgain(c *page.Context) error {
	result, err := p.ofCut(c)
	if err != nil {
		return err
	}
	return send(c, result)
}
