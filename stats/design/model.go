package design

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Model is the design of a linear model: n rows (those of the table without a
// missing value in any column used) and p columns.
type Model struct {
	Names   []string  // p names of columns as R has them: "(Intercept)", "armB:visitV2"
	X       []float64 // row-major n x p, treatment contrasts, with the aliased columns
	Y       []float64 // n, of the response's own scale
	W       []float64 // n weights; nil = ones
	Rows    []int     // n, the row of the table, from 0, ascending
	Dropped int       // rows that met the subset and had a missing value in a column used

	Cov                      string // structure of the covariance term: "us", ...; "" without one
	Subject, Visit, Group    []int  // n codes from 0; nil where the formula does not name them
	Subjects, Visits, Groups []string
	Coordinates              []float64 // row-major n x CoordinateCount, of sp_exp
	CoordinateCount          int

	Response string   // the response as R writes it
	Terms    []Term   // what the columns stand for, in order
	Notes    []string // conventions applied to these data that a reader should know of

	table     *Table
	variables []*variable
	means     map[string]float64 // of numeric columns over the n rows
}

// Term is a term of the model and its columns.
type Term struct {
	Name    string // "(Intercept)", "arm:visit"
	Columns []int  // of X, ascending
	parts   []part
}

// part is a variable within a term.
type part struct {
	variable *variable
	full     bool // a factor coded by indicators of all levels, not by contrasts
}

// variable is a factor, or a numeric column or function of such.
type variable struct {
	name   string
	expr   *expression
	levels []string // of a factor; nil of a number
	codes  []int    // n, of a factor
	values []float64
}

func (v *variable) factor() bool { return v.levels != nil }

// Place words where one of the n rows came from, such as "line 7".
func (m *Model) Place(i int) string { return m.table.Place(m.Rows[i]) }

// mostCells bounds X, so that a wrong column (an identifier taken as a factor) gives
// an error and does not fill the memory.
const mostCells = 100_000_000

// Model builds the design of the formula on a table. The errors name the place and
// the column.
func (f *Formula) Model(t *Table, o Options) (*Model, error) {
	b := &builder{formula: f, table: t, options: o, model: &Model{table: t, means: map[string]float64{}, Response: f.response.String()}}
	for _, step := range []func() error{b.choose, b.complete, b.response, b.weights, b.read, b.code, b.fill, b.repeated} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return b.model, nil
}

type builder struct {
	formula *Formula
	table   *Table
	options Options
	model   *Model
	chosen  []int // rows that meet the subset
}

// numericColumns and factorColumns are what the formula and the options need.
func (b *builder) numericColumns() []string {
	out := b.formula.response.columns()
	for _, v := range b.formula.variables {
		if v.op != "column" || !b.isFactor(v.name) {
			out = append(out, v.columns()...)
		}
	}
	if c := b.formula.covariance; c != nil {
		out = append(out, c.coordinates...)
	}
	if b.options.Weights != "" {
		out = append(out, b.options.Weights)
	}
	return unique(out)
}

func (b *builder) factorColumns() []string {
	var out []string
	for _, v := range b.formula.variables {
		if v.op == "column" && b.isFactor(v.name) {
			out = append(out, v.name)
		}
	}
	if c := b.formula.covariance; c != nil {
		out = append(out, c.visit, c.group, c.subject)
	}
	return unique(slices.DeleteFunc(out, func(s string) bool { return s == "" }))
}

func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// isFactor says how a column is taken where it stands by itself among the terms.
func (b *builder) isFactor(name string) bool {
	if _, ok := b.options.Levels[name]; ok || slices.Contains(b.options.Factors, name) {
		return true
	}
	if c := b.formula.covariance; c != nil && (name == c.visit || name == c.group || name == c.subject) {
		return true
	}
	c, err := b.table.column(name)
	return err == nil && !c.numeric
}

// choose finds the rows of the subset, and that all columns are there.
func (b *builder) choose() error {
	for _, name := range append(b.numericColumns(), b.factorColumns()...) {
		if _, err := b.table.column(name); err != nil {
			return err
		}
	}
	for _, name := range append(sorted(b.options.Levels), b.options.Factors...) {
		if _, err := b.table.column(name); err != nil {
			return fmt.Errorf("among the factors: %w", err)
		}
	}
	holds, err := b.table.condition(b.options.Subset)
	if err != nil {
		return err
	}
	for i := range b.table.rows {
		if holds(i) {
			b.chosen = append(b.chosen, i)
		}
	}
	if len(b.chosen) == 0 {
		return fmt.Errorf("no row meets the condition %q", b.options.Subset)
	}
	return nil
}

// complete keeps the rows without a missing value, checks that numbers are numbers,
// and tells by column what was left out.
func (b *builder) complete() error {
	numeric := b.numericColumns()
	names := unique(append(slices.Clone(numeric), b.factorColumns()...))
	columns := make([]*Column, len(names))
	for j, n := range names {
		columns[j], _ = b.table.column(n)
	}
	missing := make([]int, len(names))
	free := 0 // columns that may be missing: those of the response come first
	if b.options.KeepMissingResponse {
		free = len(b.formula.response.columns())
	}
	for _, i := range b.chosen {
		whole := true
		for j, c := range columns {
			if c.missing[i] && j < free {
				continue
			}
			if c.missing[i] {
				missing[j]++
				whole = false
			} else if j < len(numeric) {
				if err := b.table.notNumber(c, i); err != nil {
					return err
				}
			}
		}
		if whole {
			b.model.Rows = append(b.model.Rows, i)
		} else if err := b.lost(i); err != nil {
			return err
		}
	}
	b.model.Dropped = len(b.chosen) - len(b.model.Rows)
	var told []string
	for j, n := range missing {
		if n > 0 {
			told = append(told, fmt.Sprintf("%s in %d", names[j], n))
		}
	}
	if len(b.model.Rows) == 0 {
		return fmt.Errorf("no row has a value in every column used: missing is %s of %d rows", strings.Join(told, ", "), len(b.chosen))
	}
	if b.model.Dropped > 0 {
		b.note("%d of %d rows are left out because a value is missing: %s", b.model.Dropped, len(b.chosen), strings.Join(told, ", "))
	}
	return nil
}

// lost refuses a row that has a response and cannot be told whose or when it is: to
// drop it without a word would lose an observation.
func (b *builder) lost(row int) error {
	c := b.formula.covariance
	if c == nil {
		return nil
	}
	for _, n := range b.formula.response.columns() {
		if col, _ := b.table.column(n); col.missing[row] {
			return nil
		}
	}
	for _, n := range []string{c.subject, c.visit, c.group} {
		if col, err := b.table.column(n); err == nil && col.missing[row] {
			return fmt.Errorf("%s: %q is missing although there is a response: fill it in, or leave the response empty", b.table.Place(row), n)
		}
	}
	return nil
}

func (b *builder) note(format string, a ...any) {
	b.model.Notes = append(b.model.Notes, fmt.Sprintf(format, a...))
}

func (b *builder) response() error {
	y, err := b.values(b.formula.response)
	if err != nil {
		return err
	}
	b.model.Y = y
	y = slices.DeleteFunc(slices.Clone(y), math.IsNaN)
	if len(y) == 0 {
		return fmt.Errorf("the response %s is missing in every row", b.model.Response)
	}
	for _, v := range y {
		if v != y[0] {
			return nil
		}
	}
	if len(y) == 1 {
		return fmt.Errorf("only one row can be used: %s", b.table.Place(b.model.Rows[0]))
	}
	return fmt.Errorf("the response %s is %g in each of the %d rows used: there is no variance to explain", b.model.Response, y[0], len(y))
}

func (b *builder) weights() error {
	if b.options.Weights == "" {
		return nil
	}
	c, _ := b.table.column(b.options.Weights)
	for _, i := range b.model.Rows {
		if !(c.number[i] > 0) {
			return fmt.Errorf("%s, column %q: the weight %g is not above zero: leave out the row, or mend the weight", b.table.Place(i), c.Name, c.number[i])
		}
		b.model.W = append(b.model.W, c.number[i])
	}
	return nil
}

// values evaluates an expression in the rows used.
func (b *builder) values(e *expression) ([]float64, error) {
	columns := map[string]*Column{}
	for _, n := range e.columns() {
		columns[n], _ = b.table.column(n)
	}
	out := make([]float64, len(b.model.Rows))
	for k, i := range b.model.Rows {
		if b.options.KeepMissingResponse && e == b.formula.response && slices.ContainsFunc(e.columns(), func(n string) bool { return columns[n].missing[i] }) {
			out[k] = math.NaN()
			continue
		}
		v := e.evaluate(func(name string) float64 { return columns[name].number[i] })
		if math.IsNaN(v) || math.IsInf(v, 0) {
			var of []string
			for _, n := range e.columns() {
				of = append(of, fmt.Sprintf("%s = %g", n, columns[n].number[i]))
			}
			return nil, fmt.Errorf("%s: %s is not a finite number where %s", b.table.Place(i), e, strings.Join(of, ", "))
		}
		out[k] = v
	}
	return out, nil
}
