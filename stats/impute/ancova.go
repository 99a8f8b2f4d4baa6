package impute

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Estimate is the answer of the analysis of one completed data set.
type Estimate struct {
	Value, SE float64
	DF        float64 // of the analysis without missing data; +Inf = normal
}

// Analysis gives k estimates from completed outcomes (Subjects x Visits,
// row-major). It is called from several goroutines, each with a worker number
// from 0 to less than the number of workers; it must not keep y, and must give
// the same answer whichever worker asks.
type Analysis interface {
	Estimates() int
	Analyse(worker int, y []float64, out []Estimate) error
}

// ANCOVA is least squares of the outcome at one visit on a design that is the
// same for every completed data set: it is decomposed once.
type ANCOVA struct {
	n, q, visits, visit, k int
	basis                  []float64 // q x n, orthonormal
	weights                []float64 // k x n: the contrasts of the estimates as sums of outcomes
	unit                   []float64 // k: their standard errors over the residual standard deviation
}

// NewANCOVA analyses visit of visits; z is the design, row-major n x q, and each
// row of contrasts has q coefficients. The design must have full rank and more
// rows than columns.
func NewANCOVA(z []float64, q, visits, visit int, contrasts [][]float64) (*ANCOVA, error) {
	if q < 1 || len(z)%q != 0 || len(z)/q <= q {
		return nil, fmt.Errorf("impute: an analysis of %d cells and %d columns; more rows than columns are needed", len(z), q)
	}
	if visit < 0 || visit >= visits || len(contrasts) == 0 || !finite(z) {
		return nil, fmt.Errorf("impute: an analysis of visit %d of %d with %d contrasts; the design must have numbers alone", visit, visits, len(contrasts))
	}
	n := len(z) / q
	var qr mat.QR
	qr.Factorize(mat.NewDense(n, q, z))
	var r, full mat.Dense
	qr.RTo(&r)
	qr.QTo(&full)
	for j := range q {
		length := 0.0
		for i := range n {
			length += z[i*q+j] * z[i*q+j]
		}
		if !(math.Abs(r.At(j, j)) > 1e-9*math.Sqrt(length)) {
			return nil, fmt.Errorf("impute: column %d of the analysis is a sum of columns before it; leave it out", j+1)
		}
	}
	a := &ANCOVA{n: n, q: q, visits: visits, visit: visit, k: len(contrasts), basis: make([]float64, q*n)}
	for j := range q {
		for i := range n {
			a.basis[j*n+i] = full.At(i, j)
		}
	}
	for _, l := range contrasts {
		if err := a.add(l, &r); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// add solves R'c = l: the estimate is c'Q'y, its variance c'c times the residual's.
func (a *ANCOVA) add(l []float64, r *mat.Dense) error {
	if len(l) != a.q || !finite(l) {
		return fmt.Errorf("impute: a contrast of %d coefficients for %d columns", len(l), a.q)
	}
	c := make([]float64, a.q)
	for j := range a.q {
		s := l[j]
		for k := range j {
			s -= r.At(k, j) * c[k]
		}
		c[j] = s / r.At(j, j)
	}
	w := make([]float64, a.n)
	for j, v := range c {
		for i, b := range a.basis[j*a.n:][:a.n] {
			w[i] += v * b
		}
	}
	a.weights = append(a.weights, w...)
	a.unit = append(a.unit, math.Sqrt(dot(c, c)))
	return nil
}

// Estimates is the number of contrasts.
func (a *ANCOVA) Estimates() int { return a.k }

// Analyse fits the outcomes of the visit.
func (a *ANCOVA) Analyse(_ int, y []float64, out []Estimate) error {
	if len(y) != a.n*a.visits {
		return fmt.Errorf("impute: %d outcomes for an analysis of %d subjects x %d visits", len(y), a.n, a.visits)
	}
	v, e := make([]float64, a.n), make([]float64, a.n)
	for i := range v {
		v[i] = y[i*a.visits+a.visit]
	}
	copy(e, v)
	for j := range a.q {
		b := a.basis[j*a.n:][:a.n]
		s := dot(b, e) // of what is left: as good as orthogonal twice
		for i, x := range b {
			e[i] -= s * x
		}
	}
	df := float64(a.n - a.q)
	sd := math.Sqrt(dot(e, e) / df)
	for k := range a.k {
		out[k] = Estimate{dot(a.weights[k*a.n:][:a.n], v), sd * a.unit[k], df}
	}
	return nil
}
