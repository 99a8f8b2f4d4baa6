package logistic

import (
	"fmt"
	"math"
	"strings"

	"varde/stats/leastsquares"
)

// SeparationError says that a combination of columns predicts the outcome
// without error, at least at the rows that it tells apart: the likelihood rises
// for ever along it and its maximum does not exist (Albert and Anderson 1984,
// Biometrika 71:1).
type SeparationError struct {
	Complete  bool      // every row is told apart; otherwise some lie on the border
	Rows      int       // rows told apart strictly by Direction
	Direction []float64 // P coefficients: x times it is >= 0 where y = 1, <= 0 where y = 0
	Columns   []string  // names of the columns with a part in it, the constant left out
}

func (e *SeparationError) Error() string {
	kind := "partly (quasi-completely)"
	if e.Complete {
		kind = "completely"
	}
	by := "the constant: all responses are equal"
	if len(e.Columns) > 0 {
		by = strings.Join(e.Columns, ", ")
	}
	return fmt.Sprintf("logistic: the outcome is separated %s by %s; the maximum likelihood estimate does not exist; use Firth's penalised likelihood, or an exact method", kind, by)
}

// separation decides by theorems of the alternative. With a_i = +-x_i signed by
// the response, either weights l_i >= 1 exist with sum l_i a_i = 0, or the
// shortest such sum is itself a direction that separates (Stiemke). Nonnegative
// least squares finds it in finitely many steps.
func (f *Fit) separation() *SeparationError {
	m := f.m
	signed := make([][]float64, m.n)
	total := make([]float64, m.k)
	size := 0.0
	for i := range m.n {
		a := make([]float64, m.k)
		length := 0.0
		for j := range a {
			a[j] = m.x[i*m.k+j] * (2*m.y[i] - 1)
			length += a[j] * a[j]
		}
		if length = math.Sqrt(length); length > 0 {
			for j := range a {
				a[j] /= length
				total[j] -= a[j]
			}
			size++
		}
		signed[i] = a
	}
	residual := leastsquares.Nonnegative(signed, total)
	if norm(residual) <= 1e-9*math.Sqrt(size) {
		return nil
	}
	e := &SeparationError{Direction: make([]float64, f.P)}
	if d := completely(signed, m.k); d != nil {
		e.Complete, residual = true, d
	}
	unit := norm(residual)
	for a, j := range m.kept {
		v := residual[a] / unit
		if math.Abs(v) > 1e-7 {
			e.Direction[j] = v / m.scale[a]
			if !f.constant(j) && f.Events > 0 && f.Events < f.N {
				e.Columns = append(e.Columns, f.Names[j])
			}
		}
	}
	for _, a := range signed {
		if dot(a, residual) > 1e-9*unit {
			e.Rows++
		}
	}
	return e
}

func (f *Fit) constant(j int) bool {
	for i := 1; i < f.N; i++ {
		if f.x[i*f.P+j] != f.x[j] {
			return false
		}
	}
	return true
}

// completely answers a direction d with a_i d >= 1 for all rows, or nil (Lawson
// and Hanson 1974, ch. 23, least distance programming).
func completely(signed [][]float64, k int) []float64 {
	rows := make([][]float64, len(signed))
	for i, a := range signed {
		rows[i] = append(append([]float64(nil), a...), 1)
	}
	target := make([]float64, k+1)
	target[k] = 1
	r := leastsquares.Nonnegative(rows, target)
	if norm(r) < 1e-7 {
		return nil
	}
	d := make([]float64, k)
	for j := range d {
		d[j] = -r[j] / r[k]
	}
	return d
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

func norm(a []float64) float64 { return math.Sqrt(dot(a, a)) }
