package design

import (
	"fmt"
	"math"
	"slices"
)

// Complete answers a table with one row for each subject at each visit: subjects in
// the order of the file, visits as listed. Where a subject has no row at a visit,
// the columns named in fill take the value that they have in the subject's other
// rows, and must have one there; every other column is missing. A missing cell of
// a fill column in a row that is there is filled likewise.
func (t *Table) Complete(subject, visit string, visits, fill []string) (*Table, error) {
	at, subjects, err := t.places(subject, visit, visits)
	if err != nil {
		return nil, err
	}
	out := &Table{names: t.names, index: t.index, rows: len(subjects) * len(visits), inMemory: t.inMemory || t.lines == nil}
	first := make([]int, len(subjects)) // a row of each subject
	for s := range subjects {
		first[s] = -1
		for v := range visits {
			if row := at[s*len(visits)+v]; row >= 0 && first[s] < 0 {
				first[s] = row
			}
		}
	}
	for cell, row := range at {
		if row < 0 {
			row = first[cell/len(visits)]
		}
		line := row + 1
		if t.lines != nil {
			line = t.lines[row]
		}
		out.lines = append(out.lines, line)
	}
	for k := range t.columns {
		c, err := t.spread(&t.columns[k], at, len(visits), slices.Contains(fill, t.names[k]), subject)
		if err != nil {
			return nil, err
		}
		out.columns = append(out.columns, c)
	}
	for i := range out.rows {
		out.columns[t.index[subject]].put(i, subjects[i/len(visits)])
		out.columns[t.index[visit]].put(i, visits[i%len(visits)])
	}
	return out, nil
}

// put sets one cell of a table that is being made.
func (c *Column) put(row int, text string) {
	c.text[row], c.missing[row], c.number[row] = text, false, math.NaN()
	if v, ok := parseNumber(text, c.comma); ok {
		c.number[row] = v
	}
}

// places finds the row of each subject at each visit, -1 where there is none.
func (t *Table) places(subject, visit string, visits []string) ([]int, []string, error) {
	s, err := t.column(subject)
	if err != nil {
		return nil, nil, err
	}
	v, err := t.column(visit)
	if err != nil {
		return nil, nil, err
	}
	var subjects []string
	index := map[string]int{}
	var at []int
	for i := range t.rows {
		if s.missing[i] || v.missing[i] {
			return nil, nil, fmt.Errorf("%s: %q or %q is missing: fill it in, or leave out the row", t.Place(i), subject, visit)
		}
		k := slices.Index(visits, v.text[i])
		if k < 0 {
			return nil, nil, fmt.Errorf("%s, column %q: the level %q is not among those listed", t.Place(i), visit, clipped(v.text[i]))
		}
		j, ok := index[s.text[i]]
		if !ok {
			j = len(subjects)
			index[s.text[i]] = j
			subjects = append(subjects, s.text[i])
			for range visits {
				at = append(at, -1)
			}
		}
		cell := &at[j*len(visits)+k]
		if *cell >= 0 {
			return nil, nil, fmt.Errorf("%s and %s are the same %s at the same %s %q: each may have one row; keep the right one", t.Place(*cell), t.Place(i), subject, visit, visits[k])
		}
		*cell = i
	}
	return at, subjects, nil
}

// spread lays a column out on the grid; with fill, what is constant within a subject
// stands in all its rows.
func (t *Table) spread(c *Column, at []int, visits int, fill bool, subject string) (Column, error) {
	out := Column{Name: c.Name, comma: c.comma, numeric: c.numeric}
	for s := 0; s < len(at); s += visits {
		known := -1
		for _, row := range at[s : s+visits] {
			if !fill || row < 0 || c.missing[row] {
				continue
			}
			if known >= 0 && c.text[known] != c.text[row] {
				return out, fmt.Errorf("%s and %s, column %q: %q and %q for the same %s: a covariate must stay the same over the visits", t.Place(known), t.Place(row), c.Name, clipped(c.text[known]), clipped(c.text[row]), subject)
			}
			if known < 0 {
				known = row
			}
		}
		for _, row := range at[s : s+visits] {
			if fill {
				row = known
			}
			if row < 0 {
				out.text, out.number, out.missing = append(out.text, ""), append(out.number, math.NaN()), append(out.missing, true)
				continue
			}
			out.text, out.number, out.missing = append(out.text, c.text[row]), append(out.number, c.number[row]), append(out.missing, c.missing[row])
		}
	}
	return out, nil
}
