package design

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// comparison is one part of a condition: a column against a text or a number.
type comparison struct {
	column *Column
	op     string
	text   string
	value  float64
	number bool // compare as numbers
}

// condition parses a condition on rows; "" holds everywhere.
func (t *Table) condition(text string) (func(row int) bool, error) {
	if strings.TrimSpace(text) == "" {
		return func(int) bool { return true }, nil
	}
	tokens, err := scan(text)
	if err != nil {
		return nil, fmt.Errorf("in the condition: %w", err)
	}
	p := &parser{text: text, tokens: tokens}
	var all []comparison
	for {
		c, err := p.comparison(t)
		if err != nil {
			return nil, fmt.Errorf("in the condition: %w", err)
		}
		all = append(all, c)
		if !p.is("&") && !p.is("&&") {
			break
		}
	}
	if last := p.peek(); last.kind != end {
		return nil, fmt.Errorf("in the condition: %w", p.fail(last, "%v where & or the end is expected", last))
	}
	return func(row int) bool {
		for _, c := range all {
			if !c.holds(row) {
				return false
			}
		}
		return true
	}, nil
}

func (p *parser) comparison(t *Table) (comparison, error) {
	var c comparison
	name := p.take()
	if name.kind != word {
		return c, p.fail(name, "%v where the name of a column is expected", name)
	}
	var err error
	if c.column, err = t.column(name.text); err != nil {
		return c, p.fail(name, "%v", err)
	}
	op := p.take()
	switch op.text {
	case "==", "!=", "<", "<=", ">", ">=":
		c.op = op.text
	default:
		return c, p.fail(op, "%v where ==, !=, <, <=, > or >= is expected", op)
	}
	minus := p.is("-")
	value := p.take()
	switch {
	case value.kind == number:
		return p.numeric(c, t, value, minus)
	case value.kind == quoted && !minus:
		c.text = strings.TrimSpace(value.text)
		if c.op != "==" && c.op != "!=" {
			return c, p.fail(op, "texts can be compared with == and != only")
		}
		return c, nil
	}
	return c, p.fail(value, "%v where a number or a text in quotation marks is expected", value)
}

func (p *parser) numeric(c comparison, t *Table, value token, minus bool) (comparison, error) {
	v, err := strconv.ParseFloat(value.text, 64)
	if err != nil {
		return c, p.fail(value, "%v is not a number", value)
	}
	if minus {
		v = -v
	}
	c.value, c.number = v, true
	for i := range c.column.text {
		if err := t.notNumber(c.column, i); err != nil {
			return c, p.fail(value, "a number is compared, and %v; put the number in quotation marks to compare texts", err)
		}
	}
	return c, nil
}

func (c *comparison) holds(row int) bool {
	if c.column.missing[row] {
		return false
	}
	if !c.number {
		return (c.column.text[row] == c.text) == (c.op == "==")
	}
	x := c.column.number[row]
	switch c.op {
	case "==":
		return x == c.value
	case "!=":
		return x != c.value
	case "<":
		return x < c.value
	case "<=":
		return x <= c.value
	case ">":
		return x > c.value
	}
	return x >= c.value
}

// Where answers the rows that meet a condition, in the notation of [Options]; all of
// them for "". Places in messages stay those of this table.
func (t *Table) Where(condition string) (*Table, error) {
	holds, err := t.condition(condition)
	if err != nil {
		return nil, err
	}
	var rows []int
	for i := range t.rows {
		if holds(i) {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no row meets the condition %q", condition)
	}
	out := &Table{names: t.names, index: t.index, rows: len(rows), inMemory: t.inMemory || t.lines == nil}
	for _, i := range rows {
		line := i + 1
		if t.lines != nil {
			line = t.lines[i]
		}
		out.lines = append(out.lines, line)
	}
	for _, c := range t.columns {
		chosen := Column{Name: c.Name, comma: c.comma, numeric: true}
		for _, i := range rows {
			chosen.text, chosen.number, chosen.missing = append(chosen.text, c.text[i]), append(chosen.number, c.number[i]), append(chosen.missing, c.missing[i])
			chosen.numeric = chosen.numeric && (c.missing[i] || !math.IsNaN(c.number[i]))
		}
		out.columns = append(out.columns, chosen)
	}
	return out, nil
}
