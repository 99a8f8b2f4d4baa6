// Package leastsquares solves weighted linear least squares by Householder's
// orthogonal triangularisation, for designs that may hold columns which depend
// on earlier ones.
//
// A column whose part that is orthogonal to the kept columns before it is below
// 1e-7 of its own length is aliased: it gets no coefficient, as in R's lm. So
// the order of the columns decides which of a dependent set is dropped.
package leastsquares

import (
	"errors"
	"fmt"
	"math"
)

// dependent is the share of a column's length below which its own part counts
// as rounding error.
const dependent = 1e-7

// Fit is a solution. Matrices are row-major; entries that belong to aliased
// columns are zero.
type Fit struct {
	N, P, Rank int
	Kept       []int     // columns with a coefficient, ascending
	Aliased    []bool    // P
	Beta       []float64 // P
	Inverse    []float64 // P x P: the inverse of X'WX over the kept columns
	Fitted     []float64 // N, on the scale of y
	Residuals  []float64 // N, y - fitted
	Leverage   []float64 // N: diagonal of the hat matrix, in [0, 1]
	RSS        float64   // sum of w times squared residuals

	relation []float64 // Rank x P: every column as a combination of the kept ones
}

// Check tells what is wrong with a design of n rows and p columns, row-major in
// x, with response y and weights w (nil: all one).
func Check(x []float64, n, p int, y, w []float64) error {
	switch {
	case p < 1:
		return errors.New("leastsquares: the design has no column")
	case n < 1:
		return errors.New("leastsquares: there is no observation")
	case len(x) != n*p:
		return fmt.Errorf("leastsquares: the design has %d values; %d rows of %d columns need %d", len(x), n, p, n*p)
	case len(y) != n:
		return fmt.Errorf("leastsquares: %d responses for %d rows", len(y), n)
	case w != nil && len(w) != n:
		return fmt.Errorf("leastsquares: %d weights for %d rows", len(w), n)
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("leastsquares: row %d, column %d of the design is %v; leave out rows with missing values", i/p+1, i%p+1, v)
		}
	}
	for i, v := range y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("leastsquares: the response in row %d is %v; leave out rows with missing values", i+1, v)
		}
	}
	for i, v := range w {
		if !(v > 0) || math.IsInf(v, 1) {
			return fmt.Errorf("leastsquares: the weight in row %d is %v; weights are above zero", i+1, v)
		}
	}
	return nil
}

// Solve minimises sum w (y - x beta)^2. The arguments are as for Check.
func Solve(x []float64, n, p int, y, w []float64) (*Fit, error) {
	if err := Check(x, n, p, y, w); err != nil {
		return nil, err
	}
	t := triangularise(x, n, p, w)
	f := &Fit{N: n, P: p, Rank: len(t.kept), Kept: t.kept, Aliased: make([]bool, p)}
	for j := range p {
		f.Aliased[j] = true
	}
	for _, j := range t.kept {
		f.Aliased[j] = false
	}
	t.solve(f, y, w)
	f.fit(x, y, w)
	t.leverage(f)
	if !f.representable() {
		return nil, errors.New("leastsquares: the values are too large or too small to be squared; give them in another unit")
	}
	return f, nil
}

// representable says that neither overflow nor underflow spoilt the solution.
func (f *Fit) representable() bool {
	for _, v := range append(append([]float64{f.RSS}, f.Beta...), f.Inverse...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	for _, j := range f.Kept {
		if f.Inverse[j*f.P+j] < 1e-290 {
			return false
		}
	}
	return true
}

func (f *Fit) fit(x, y, w []float64) {
	f.Fitted, f.Residuals = make([]float64, f.N), make([]float64, f.N)
	for i := range f.N {
		row := x[i*f.P : (i+1)*f.P]
		s := 0.0
		for _, j := range f.Kept {
			s += row[j] * f.Beta[j]
		}
		e := y[i] - s
		f.Fitted[i], f.Residuals[i] = s, e
		if w != nil {
			f.RSS += w[i] * e * e
		} else {
			f.RSS += e * e
		}
	}
}

// Estimable says whether l times beta means the same for every solution: l is
// a combination of the rows of the design.
func (f *Fit) Estimable(l []float64) bool {
	if len(l) != f.P {
		return false
	}
	for j, aliased := range f.Aliased {
		if !aliased {
			continue
		}
		s, size := -l[j], math.Abs(l[j])
		for r, k := range f.Kept {
			v := l[k] * f.relation[r*f.P+j]
			s += v
			size += math.Abs(v)
		}
		if math.Abs(s) > 1e-6*size {
			return false
		}
	}
	return true
}
