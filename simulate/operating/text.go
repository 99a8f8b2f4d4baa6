package operating

import (
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"

	"varde/chart"
	"varde/protocol"
)

// Text writes a result for people at a terminal.
func Text(w io.Writer, def *protocol.Definition, r *Result, lang string) error {
	doc := Page(def, r, lang)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", doc.Title, doc.Lead)
	for _, s := range doc.Sections {
		fmt.Fprintf(&b, "\n%s\n", s.Title)
		for _, t := range s.Tables {
			writeTable(&b, t)
		}
	}
	if lang == "nb" {
		b.WriteString("\nAntakelser\n")
	} else {
		b.WriteString("\nAssumptions\n")
	}
	for _, a := range doc.Assumptions {
		fmt.Fprintf(&b, "- %s\n", a)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeTable aligns the columns.
func writeTable(b *strings.Builder, t chart.Table) {
	rows := append([][]string{t.Head}, t.Rows...)
	width := make([]int, len(t.Head))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line = cell + space
			} else {
				line += "  " + space + cell
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

var sheet = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Doc.Title}}</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1e2b3c;background:#fff}
figure{margin:1.5rem 0}svg{max-width:100%;height:auto}
.vc-s0{color:#0b5cad}.vc-s1{color:#a3410a}.vc-s2{color:#1c7a3e}.vc-s3{color:#7b3fa0}.vc-limit{color:#6b6b6b}
.scroll{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:600}
th,td{border-bottom:1px solid #d0d6dd;padding:.3rem .6rem;text-align:right}th:first-child{text-align:left}
</style></head><body><main>
<h1>{{.Doc.Title}}</h1><p>{{.Doc.Lead}}</p>
{{range .Doc.Sections}}<section id="{{.ID}}"><h2>{{.Title}}</h2>{{range .Text}}<p>{{.}}</p>{{end}}
{{range .Figures}}<figure><figcaption>{{call $.Title .}}</figcaption>{{call $.SVG .}}</figure>{{end}}
{{range .Tables}}<div class="scroll" tabindex="0" role="region" aria-label="{{.Caption}}">{{call $.Table .}}</div>{{end}}</section>
{{end}}<section id="assumptions"><h2>{{.Heading}}</h2><ul>{{range .Doc.Assumptions}}<li>{{.}}</li>{{end}}</ul></section>
</main></body></html>
`))

// HTML writes a result as one page that needs nothing else.
func HTML(w io.Writer, def *protocol.Definition, r *Result, lang string) error {
	heading := "Assumptions"
	if lang == "nb" {
		heading = "Antakelser"
	}
	return sheet.Execute(w, struct {
		Doc           Document
		Lang, Heading string
		Title         func(chart.Chart) string
		SVG           func(chart.Chart) template.HTML
		Table         func(chart.Table) template.HTML
	}{Page(def, r, lang), lang, heading, chart.Title,
		func(c chart.Chart) template.HTML { return template.HTML(c.SVG()) },   //nolint:gosec // made and escaped by package chart
		func(t chart.Table) template.HTML { return template.HTML(t.HTML()) }}) //nolint:gosec // made and escaped by package chart
}
