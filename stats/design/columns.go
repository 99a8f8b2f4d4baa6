package design

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// read makes the variables: codes of factors, values of numbers.
func (b *builder) read() error {
	var used uint64
	for _, t := range b.formula.terms {
		used |= t
	}
	for k, e := range b.formula.variables {
		v := &variable{name: e.String(), expr: e}
		b.model.variables = append(b.model.variables, v)
		if used&(1<<k) == 0 {
			continue // taken away again by a minus
		}
		if err := b.readVariable(v); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) readVariable(v *variable) error {
	var err error
	if v.expr.op == "column" && b.isFactor(v.name) {
		if v.levels, v.codes, err = b.codes(v.name); err != nil {
			return err
		}
		if len(v.levels) == 1 {
			return fmt.Errorf("the factor %q has one level only, %q, in the %d rows used: leave it out of the model, or look why the others are not there", v.name, clipped(v.levels[0]), len(b.model.Rows))
		}
		return nil
	}
	if v.values, err = b.values(v.expr); err != nil {
		return err
	}
	b.describe(v)
	for _, name := range v.expr.columns() {
		c, _ := b.table.column(name)
		b.model.means[name] = average(c, b.model.Rows)
	}
	return nil
}

// average is the mean of a column over rows, summed about the first value so that a
// large offset costs no digits.
func average(c *Column, rows []int) float64 {
	first, sum := c.number[rows[0]]/2, 0.0 // halves: the difference of huge numbers stays finite
	for _, i := range rows {
		sum += (c.number[i]/2 - first) / float64(len(rows))
	}
	return 2 * (first + sum)
}

// describe notes covariates that a reader may have meant otherwise.
func (b *builder) describe(v *variable) {
	distinct := map[float64]bool{}
	for _, x := range v.values {
		if distinct[x] = true; len(distinct) > 2 {
			return
		}
	}
	if len(distinct) == 1 {
		b.note("%s is %g in every row used: it cannot be told from the intercept", v.name, v.values[0])
		return
	}
	b.note("%s is a number with two values: least-squares means are taken at its mean; list it as a factor to give both values the same weight", v.name)
}

// code decides how each factor is coded in each term, and names the columns. The
// rule is that of R (Chambers and Hastie 1992, section 2.4.1; TermCode in R's
// model.c): a factor is coded by contrasts where the rest of the term is empty or is
// contained in an earlier term, and otherwise by indicators of all its levels;
// without an intercept the first factor of the first term that has one is coded by
// indicators.
func (b *builder) code() error {
	m := b.model
	if b.formula.intercept {
		m.Terms = append(m.Terms, Term{Name: "(Intercept)"})
		m.Names = append(m.Names, "(Intercept)")
		m.Terms[0].Columns = []int{0}
	}
	free := !b.formula.intercept // the first factor has still to stand in for the intercept
	for k, set := range b.formula.terms {
		var t Term
		for rest := set; rest != 0; rest &= rest - 1 {
			v := m.variables[bits.TrailingZeros64(rest)]
			full := v.factor() && !b.covered(set&^(1<<bits.TrailingZeros64(rest)), k)
			if v.factor() && free {
				full, free = true, false
			}
			t.parts = append(t.parts, part{v, full})
			if t.Name != "" {
				t.Name += ":"
			}
			t.Name += v.name
		}
		if err := b.nameColumns(&t); err != nil {
			return err
		}
		m.Terms = append(m.Terms, t)
	}
	if len(m.Names) == 0 {
		return errors.New("the model has no column")
	}
	return nil
}

// covered says whether a set of variables is empty or within a term before the k-th.
func (b *builder) covered(set uint64, k int) bool {
	if set == 0 {
		return true
	}
	for _, t := range b.formula.terms[:k] {
		if set&^t == 0 {
			return true
		}
	}
	return false
}

// nameColumns appends the names of a term's columns, the first factor's levels
// varying fastest.
func (b *builder) nameColumns(t *Term) error {
	m := b.model
	names := []string{""}
	for _, p := range t.parts {
		labels := p.labels()
		if n := (len(m.Names) + len(names)*len(labels)) * len(m.Rows); n > mostCells {
			return fmt.Errorf("the model would have more than %d columns of %d rows (at %s): is a column a factor that should be a number?", mostCells/len(m.Rows), len(m.Rows), t.Name)
		}
		next := make([]string, 0, len(names)*len(labels))
		for _, l := range labels {
			for _, n := range names {
				if n != "" {
					n += ":"
				}
				next = append(next, n+l)
			}
		}
		names = next
	}
	for _, n := range names {
		t.Columns = append(t.Columns, len(m.Names))
		m.Names = append(m.Names, n)
	}
	return nil
}

func (p part) labels() []string {
	if !p.variable.factor() {
		return []string{p.variable.name}
	}
	levels := p.variable.levels
	if !p.full {
		levels = levels[1:]
	}
	out := make([]string, len(levels))
	for k, l := range levels {
		out[k] = p.variable.name + l
	}
	return out
}

// fill computes X from the codes and values of each row.
func (b *builder) fill() error {
	m := b.model
	p := len(m.Names)
	m.X = make([]float64, len(m.Rows)*p)
	var scratch [2][]float64
	for i := range m.Rows {
		row := m.X[i*p : (i+1)*p]
		m.fillRow(row, &scratch, func(out []float64, p part) []float64 {
			v := p.variable
			if !v.factor() {
				return append(out, v.values[i])
			}
			return p.indicators(out, v.codes[i])
		})
		for j, x := range row {
			if math.IsInf(x, 0) || math.IsNaN(x) {
				return fmt.Errorf("%s: %s is too large a number: give its columns in other units", b.table.Place(m.Rows[i]), m.Names[j])
			}
		}
	}
	return nil
}

// indicators appends the coding of one level.
func (p part) indicators(out []float64, code int) []float64 {
	first := 1
	if p.full {
		first = 0
	}
	for k := first; k < len(p.variable.levels); k++ {
		if k == code {
			out = append(out, 1)
		} else {
			out = append(out, 0)
		}
	}
	return out
}

// fillRow adds up a row of X: each term's columns are the products of its parts'
// coding, which coding appends to its first argument.
func (m *Model) fillRow(row []float64, scratch *[2][]float64, coding func([]float64, part) []float64) {
	for _, t := range m.Terms {
		products := append(scratch[0][:0], 1)
		for _, p := range t.parts {
			start := len(products)
			products = coding(products, p)
			values := products[start:]
			next := scratch[1][:0]
			for _, v := range values {
				for _, x := range products[:start] {
					next = append(next, v*x)
				}
			}
			scratch[0], scratch[1] = next, products
			products = next
		}
		copy(row[t.Columns[0]:], products)
	}
}

// TermRows answers the rows of a test that a term has no effect: the unit rows of
// its columns, row-major k x p. It is false for the intercept and for a term that is
// contained in another one, whose own coefficients mean something at the reference
// level of the other factors only.
func (m *Model) TermRows(term int) (l []float64, k int, ok bool) {
	t := m.Terms[term]
	if len(t.parts) == 0 {
		return nil, 0, false
	}
	for i, o := range m.Terms {
		if i != term && len(o.parts) > len(t.parts) && t.within(o) {
			return nil, 0, false
		}
	}
	p := len(m.Names)
	l = make([]float64, len(t.Columns)*p)
	for i, j := range t.Columns {
		l[i*p+j] = 1
	}
	return l, len(t.Columns), true
}

// within says whether another term holds every variable of this one.
func (t Term) within(o Term) bool {
	for _, p := range t.parts {
		if !slices.ContainsFunc(o.parts, func(q part) bool { return q.variable == p.variable }) {
			return false
		}
	}
	return true
}
