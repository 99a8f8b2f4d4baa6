package chart

import (
	"sort"
	"strings"

	"varde/chart/numeral"
)

func (p xy) table() Table {
	t := Table{Caption: p.Title, Head: []string{p.x.Label}}
	seen := map[float64]bool{}
	var xs, values []float64
	for _, s := range p.series {
		t.Head = append(t.Head, s.Name)
		for _, q := range s.Points {
			values = append(values, q.Y)
			if q.interval() {
				values = append(values, q.Lo, q.Hi)
			}
			if finite(q.X) && !seen[q.X] {
				seen[q.X] = true
				xs = append(xs, q.X)
			}
		}
	}
	sort.Float64s(xs)
	digits := p.y.decimals(values...)
	xDigits := Axis{}.decimals(xs...)
	for _, x := range xs {
		row := []string{p.x.value(x, p.Lang, xDigits)}
		for _, s := range p.series {
			row = append(row, p.cell(s, x, digits))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (p xy) cell(s Series, x float64, digits int) string {
	var cells []string
	for _, q := range s.Points {
		if q.X != x {
			continue
		}
		cell := numeral.Format(p.Lang, q.Y, digits)
		if q.interval() {
			cell += " (" + numeral.Range(p.Lang, q.Lo, q.Hi, digits) + ")"
		}
		if q.Breach {
			cell += " !"
			if p.breach != "" {
				cell += " " + p.breach
			}
		}
		cells = append(cells, cell)
	}
	if len(cells) == 0 {
		return numeral.Missing
	}
	return strings.Join(cells, "; ")
}
