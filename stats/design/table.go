package design

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Table is rectangular data: named columns of cells as they came. It does not change
// once made, so that any number of goroutines may use it.
type Table struct {
	names   []string
	columns []Column
	index   map[string]int
	lines   []int // line of the file, or number of the row in memory, for each row; nil = in order from 1
	rows    int

	inMemory bool // lines are numbers of rows
}

// Column is one named column of a table.
type Column struct {
	Name    string
	text    []string
	number  []float64 // NaN where the cell is missing or no number
	missing []bool
	comma   bool // commas are decimal marks
	numeric bool
}

// TextColumn is a column of text cells; empty and "NA" are missing.
func TextColumn(name string, cells []string) Column {
	return newColumn(name, cells, isMissing(nil), false)
}

// FloatColumn is a column of numbers; NaN is missing. An infinite value makes the
// column non-numeric, so that a model that uses it as a number refuses it.
func FloatColumn(name string, values []float64) Column {
	c := Column{Name: name, text: make([]string, len(values)), number: make([]float64, len(values)), missing: make([]bool, len(values)), numeric: true}
	for i, v := range values {
		switch {
		case math.IsNaN(v):
			c.missing[i], c.number[i] = true, v
		case math.IsInf(v, 0):
			c.text[i], c.number[i], c.numeric = strconv.FormatFloat(v, 'g', -1, 64), math.NaN(), false
		default:
			c.text[i], c.number[i] = strconv.FormatFloat(v, 'g', -1, 64), v
		}
	}
	return c
}

func newColumn(name string, cells []string, missing func(string) bool, comma bool) Column {
	c := Column{Name: name, text: make([]string, len(cells)), number: make([]float64, len(cells)), missing: make([]bool, len(cells)), comma: comma, numeric: true}
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		c.text[i], c.number[i] = cell, math.NaN()
		if missing(cell) {
			c.missing[i] = true
		} else if v, ok := parseNumber(cell, comma); ok {
			c.number[i] = v
		} else {
			c.numeric = false
		}
	}
	return c
}

func isMissing(more []string) func(string) bool {
	return func(cell string) bool {
		if cell == "" || cell == "NA" {
			return true
		}
		for _, m := range more {
			if cell == strings.TrimSpace(m) {
				return true
			}
		}
		return false
	}
}

// parseNumber reads a finite decimal number: no hexadecimal, no "Inf", no "NaN", no
// separators of thousands.
func parseNumber(cell string, comma bool) (float64, bool) {
	for i := range len(cell) {
		switch c := cell[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E', c == ',' && comma:
		default:
			return 0, false
		}
	}
	if comma {
		cell = strings.ReplaceAll(cell, ",", ".")
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return 0, false
	}
	return v, true
}

// NewTable makes a table from columns of the same length. Names must be there, be
// unique, and hold no control characters.
func NewTable(columns ...Column) (*Table, error) {
	if len(columns) == 0 {
		return nil, errors.New("a table needs at least one column")
	}
	t := &Table{columns: columns, index: map[string]int{}, rows: len(columns[0].text)}
	for i, c := range columns {
		if err := checkName(c.Name, i); err != nil {
			return nil, err
		}
		if j, ok := t.index[c.Name]; ok {
			return nil, fmt.Errorf("columns %d and %d are both named %q: each column needs a name of its own", j+1, i+1, c.Name)
		}
		if len(c.text) != t.rows {
			return nil, fmt.Errorf("column %q has %d rows, and column %q has %d", c.Name, len(c.text), columns[0].Name, t.rows)
		}
		t.index[c.Name] = i
		t.names = append(t.names, c.Name)
	}
	return t, nil
}

func checkName(name string, i int) error {
	switch {
	case name == "":
		return fmt.Errorf("column %d has no name: give every column a name in the header row", i+1)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("the name of column %d, %q, holds characters that are no text: is this a CSV file in UTF-8 with a header row and ordinary line ends?", i+1, name)
	}
	return nil
}

// Names are the columns' names in order.
func (t *Table) Names() []string { return append([]string(nil), t.names...) }

// Len is the number of rows.
func (t *Table) Len() int { return t.rows }

// Column answers a column by its exact name.
func (t *Table) Column(name string) (Column, bool) {
	i, ok := t.index[name]
	if !ok {
		return Column{}, false
	}
	return t.columns[i], true
}

// Place words where a row came from, such as "line 7" of a file (the header is line
// 1) or "row 6" (from 1) of a table made in memory.
func (t *Table) Place(row int) string {
	switch {
	case t.lines == nil:
		return "row " + strconv.Itoa(row+1)
	case t.inMemory:
		return "row " + strconv.Itoa(t.lines[row])
	}
	return "line " + strconv.Itoa(t.lines[row])
}

// column answers a column or says which ones there are.
func (t *Table) column(name string) (*Column, error) {
	if i, ok := t.index[name]; ok {
		return &t.columns[i], nil
	}
	for _, n := range t.names {
		if strings.EqualFold(n, name) {
			return nil, fmt.Errorf("there is no column %q; there is %q: capital and small letters must agree", name, n)
		}
	}
	return nil, fmt.Errorf("there is no column %q; the columns are %s", name, listed(t.names))
}

// Len is the number of cells.
func (c Column) Len() int { return len(c.text) }

// Missing says whether the cell of a row is missing.
func (c Column) Missing(row int) bool { return c.missing[row] }

// Text is the cell of a row as it came, without space around it; "" or one of the
// marks of missing where it is missing.
func (c Column) Text(row int) string { return c.text[row] }

// Number is the cell of a row as a number; false where it is missing or not one.
func (c Column) Number(row int) (float64, bool) {
	v := c.number[row]
	return v, !math.IsNaN(v)
}

// Numeric says whether every cell that is not missing is a number.
func (c Column) Numeric() bool { return c.numeric }

// Numbers are the cells as numbers, NaN where missing; an error names the first
// cell that is no number.
func (t *Table) Numbers(name string) ([]float64, error) {
	c, err := t.column(name)
	if err != nil {
		return nil, err
	}
	if !c.numeric {
		for i := range c.text {
			if err := t.notNumber(c, i); err != nil {
				return nil, err
			}
		}
	}
	return append([]float64(nil), c.number...), nil
}

// notNumber is the error for a cell that should be a number, nil where it is one or
// is missing.
func (t *Table) notNumber(c *Column, row int) error {
	if c.missing[row] || !math.IsNaN(c.number[row]) {
		return nil
	}
	hint := "mend the cell, leave it empty if the value is missing, or declare the column a factor"
	if _, ok := parseNumber(c.text[row], true); ok {
		hint = "if commas are decimal marks in this file, say so; otherwise mend the cell"
	}
	return fmt.Errorf("%s, column %q: %q is not a number: %s", t.Place(row), c.Name, clipped(c.text[row]), hint)
}

// clipped shortens a text for a message.
func clipped(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}

// listed words a list of names for a message.
func listed(names []string) string {
	const most = 20
	shown := names
	if len(shown) > most {
		shown = shown[:most]
	}
	out := make([]string, len(shown))
	for i, n := range shown {
		out[i] = strconv.Quote(clipped(n))
	}
	s := strings.Join(out, ", ")
	if len(names) > most {
		s += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return s
}
