package chart

import "strings"

// Table is the data of a chart in words and numbers, already formatted.
type Table struct {
	Caption string
	Head    []string
	// Rows have as many cells as Head; the first cell names the row.
	Rows [][]string
}

// HTML gives the table as one <table class="vc-table"> element, escaped. Each
// cell carries its column's head in data-label, so that a stylesheet can stack
// the cells on a narrow screen.
func (t Table) HTML() string {
	var b strings.Builder
	b.WriteString(`<table class="vc-table">`)
	if t.Caption != "" {
		b.WriteString(`<caption>` + escape(t.Caption) + `</caption>`)
	}
	b.WriteString(`<thead><tr>`)
	for _, h := range t.Head {
		if h == "" {
			b.WriteString(`<td></td>`) // an empty head names nothing
			continue
		}
		b.WriteString(`<th scope="col">` + escape(h) + `</th>`)
	}
	b.WriteString(`</tr></thead><tbody>`)
	for _, row := range t.Rows {
		b.WriteString(`<tr>`)
		for i, cell := range row {
			label := ""
			if i < len(t.Head) {
				label = t.Head[i]
			}
			if i == 0 {
				b.WriteString(`<th scope="row">` + escape(cell) + `</th>`)
				continue
			}
			b.WriteString(`<td data-label="` + escape(label) + `">` + escape(cell) + `</td>`)
		}
		b.WriteString(`</tr>`)
	}
	b.WriteString(`</tbody></table>`)
	return b.String()
}
