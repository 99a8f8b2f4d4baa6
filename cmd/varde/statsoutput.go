package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
)

// statsResult is what a statistics command answers: single values and tables under
// names, in an order, with notes. It is written as text that is read, or as JSON with
// every digit.
type statsResult struct {
	title string
	parts []statsPart
	notes []string
}

// statsPart is a single value (no columns) or a table.
type statsPart struct {
	key, label string
	value      any
	columns    []statsColumn
	rows       [][]any
}

// statsColumn is a column of a table; text columns stand left, numbers right.
type statsColumn struct {
	key, label string
	form       statsForm
}

// statsForm is how numbers of a column are written for reading; JSON has them all.
type statsForm int

const (
	asNumber      statsForm = iota // as many decimals as six digits of the largest need
	asProbability                  // four decimals, <0.0001
	asDegrees                      // one decimal, none where all are whole
	asKey                          // a name for programs, not shown in text
)

// undefined is a number that is not there, and why; inapplicable is one that nobody
// would look for, which text shows as a dash without the reason.
type (
	undefined    struct{ reason string }
	inapplicable struct{ reason string }
)

func (r *statsResult) set(key, label string, value any) {
	r.parts = append(r.parts, statsPart{key: key, label: label, value: value})
}

func (r *statsResult) table(key, label string, columns []statsColumn, rows [][]any) {
	r.parts = append(r.parts, statsPart{key: key, label: label, columns: columns, rows: rows})
}

func (r *statsResult) note(notes ...string) {
	for _, n := range notes {
		if !slices.Contains(r.notes, n) {
			r.notes = append(r.notes, n)
		}
	}
}

// write writes the result as the user asked for it.
func (r *statsResult) write(w io.Writer, asJSON bool) error {
	if !asJSON {
		return r.writeText(w)
	}
	var o object
	o.add("title", r.title)
	for _, p := range r.parts {
		if p.columns == nil {
			o.add(p.key, p.value)
			continue
		}
		rows := make([]object, len(p.rows))
		for i, row := range p.rows {
			for j, c := range p.columns {
				rows[i].add(c.key, row[j])
			}
		}
		o.add(p.key, rows)
	}
	o.add("notes", append([]string{}, r.notes...))
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		return err
	}
	indented.WriteByte('\n')
	_, err = w.Write(indented.Bytes())
	return err
}

// object is a JSON object with its keys in order. A number that is not finite is
// null, and the key with _reason behind it says why.
type object []member

type member struct {
	key   string
	value any
}

func (o *object) add(key string, value any) {
	reason := ""
	switch v := value.(type) {
	case undefined:
		value, reason = nil, v.reason
	case inapplicable:
		value, reason = nil, v.reason
	case float64:
		if math.IsNaN(v) {
			value, reason = nil, "not defined for these data"
		} else if math.IsInf(v, 0) {
			value, reason = nil, infinite(v)
		}
	case []float64:
		value = numbersOf(v)
	}
	*o = append(*o, member{key, value})
	if reason != "" {
		*o = append(*o, member{key + "_reason", reason})
	}
}

func numbersOf(values []float64) []any {
	out := make([]any, len(values))
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			out[i] = v
		}
	}
	return out
}

func infinite(v float64) string {
	if v > 0 {
		return "infinite"
	}
	return "minus infinite"
}

// MarshalJSON writes the members in order. Go writes a number with as many digits as
// are needed to read the same number back, up to 17.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.key, err)
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
