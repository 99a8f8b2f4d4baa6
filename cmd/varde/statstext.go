package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// writeText writes the result to be read: single values in lines, tables aligned.
func (r *statsResult) writeText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, r.title)
	for i := 0; i < len(r.parts); {
		fmt.Fprintln(&b)
		if p := r.parts[i]; p.columns != nil {
			fmt.Fprintln(&b, p.label)
			p.writeTable(&b)
			i++
			continue
		}
		i = r.writeSingles(&b, i)
	}
	if len(r.notes) > 0 {
		fmt.Fprintln(&b, "\nNotes")
		for _, n := range r.notes {
			fmt.Fprintln(&b, "-", n)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeSingles writes the single values from the i-th part on, and answers the place
// behind them.
func (r *statsResult) writeSingles(b *strings.Builder, i int) int {
	t := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	for ; i < len(r.parts) && r.parts[i].columns == nil; i++ {
		p := r.parts[i]
		text := ""
		switch v := p.value.(type) {
		case float64:
			text = writtenSingle(v, strings.HasPrefix(p.key, "p_"))
		case undefined:
			text = "- (" + v.reason + ")"
		default:
			text = written(v, asNumber, 6)
		}
		fmt.Fprintf(t, "%s\t%s\n", p.label, text)
	}
	_ = t.Flush() // into a strings.Builder
	return i
}

// writtenSingle writes a number that stands by itself.
func writtenSingle(v float64, isP bool) string {
	switch {
	case isP:
		return writtenNumber(v, asProbability, 0)
	case math.IsNaN(v) || math.IsInf(v, 0):
		return writtenNumber(v, asNumber, 0)
	case len(strconv.FormatFloat(math.Abs(v), 'f', -1, 64)) <= 7:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case math.Abs(v) >= 1e-4 && math.Abs(v) < 1e7:
		return strconv.FormatFloat(v, 'f', decimalsFor([]float64{v}), 64)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// writeTable aligns the cells: texts to the left, numbers to the right.
func (p *statsPart) writeTable(b *strings.Builder) {
	cells := make([][]string, len(p.rows)+1)
	width := make([]int, len(p.columns))
	right := make([]bool, len(p.columns))
	for j, c := range p.columns {
		var numbers []float64
		right[j] = len(p.rows) > 0
		for _, row := range p.rows {
			switch v := row[j].(type) {
			case float64:
				numbers = append(numbers, v)
			case string:
				right[j] = false
			}
		}
		decimals := decimalsFor(numbers)
		if c.form == asDegrees {
			decimals = wholeOrOne(numbers)
		}
		cells[0] = append(cells[0], c.label)
		for i, row := range p.rows {
			cells[i+1] = append(cells[i+1], written(row[j], c.form, decimals))
		}
		for i := range cells {
			width[j] = max(width[j], utf8.RuneCountInString(cells[i][j]))
		}
	}
	for _, row := range cells {
		var line strings.Builder
		line.WriteString(" ")
		for j, cell := range row {
			if p.columns[j].form == asKey {
				continue
			}
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			if right[j] {
				line.WriteString(" " + pad + cell + " ")
			} else {
				line.WriteString(" " + cell + pad + " ")
			}
		}
		fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
	}
	for _, row := range p.rows {
		for j, cell := range row {
			if u, ok := cell.(undefined); ok {
				fmt.Fprintf(b, "  (%v, %s: %s)\n", row[0], strings.TrimSpace(p.columns[j].label), u.reason)
			}
		}
	}
}

// decimalsFor answers the decimals that show six digits of the largest number; -1
// where numbers are so large or small that they are written with powers of ten.
func decimalsFor(numbers []float64) int {
	largest := 0.0
	for _, v := range numbers {
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	switch {
	case largest == 0:
		return 1
	case largest >= 1e7 || largest < 1e-4:
		return -1
	}
	return min(max(5-int(math.Floor(math.Log10(largest))), 0), 6)
}

// wholeOrOne answers no decimals where all numbers are whole, else one.
func wholeOrOne(numbers []float64) int {
	for _, v := range numbers {
		if v != math.Trunc(v) {
			return 1
		}
	}
	return 0
}

func written(value any, form statsForm, decimals int) string {
	switch v := value.(type) {
	case nil:
		return "-"
	case undefined, inapplicable:
		return "-"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return writtenNumber(v, form, decimals)
	case []float64:
		out := make([]string, len(v))
		for i, x := range v {
			out[i] = writtenSingle(x, false)
		}
		return strings.Join(out, ", ")
	}
	return fmt.Sprint(value)
}

func writtenNumber(v float64, form statsForm, decimals int) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case math.IsInf(v, 1):
		return "infinite"
	case math.IsInf(v, -1):
		return "-infinite"
	case form == asProbability && v >= 0 && v < 0.0001:
		return "<0.0001"
	case form == asProbability:
		return fmt.Sprintf("%.4f", v)
	case form == asDegrees:
		return fmt.Sprintf("%.*f", min(decimals, 1), v)
	case decimals < 0:
		return fmt.Sprintf("%.6g", v)
	}
	return fmt.Sprintf("%.*f", decimals, v)
}
