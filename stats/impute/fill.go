package impute

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Parameters of the imputation model.
type Parameters struct {
	Beta  []float64 // P
	Sigma []float64 // Visits x Visits, row-major
}

// filler is the memory of filling one data set.
type filler struct {
	mean, l, e, c, cond, z []float64
	seen, missing          []int
}

func newFiller(s int) *filler {
	f := func(n int) []float64 { return make([]float64, n) }
	return &filler{mean: f(s), l: f(s * s), e: f(s), c: f(s * s), cond: f(s * s), z: f(s)}
}

// ConditionalMean writes the outcomes with each missing one replaced by its mean
// given those observed of the subject, plus its delta.
func (d *Data) ConditionalMean(p Parameters, out []float64) error {
	if err := d.check(); err != nil {
		return err
	}
	return newFiller(d.Visits).fill(d, p, nil, out)
}

// fill writes the completed outcomes; a nil rng gives conditional means.
func (f *filler) fill(d *Data, p Parameters, rng *rand.Rand, out []float64) error {
	s := d.Visits
	copy(out, d.Y)
	for i := range d.Subjects {
		f.seen, f.missing = f.seen[:0], f.missing[:0]
		for t, y := range d.Y[i*s : i*s+s] {
			if math.IsNaN(y) {
				f.missing = append(f.missing, t)
			} else {
				f.seen = append(f.seen, t)
			}
		}
		if len(f.missing) == 0 {
			continue
		}
		f.means(d, i, p.Beta)
		if err := f.complete(d, i, p.Sigma, rng, out[i*s:i*s+s]); err != nil {
			return err
		}
	}
	return nil
}

// means fills mean with that of the subject's strategy.
func (f *filler) means(d *Data, i int, beta []float64) {
	s, event, strategy := d.Visits, d.event(i), d.strategy(i)
	own := func(t int) float64 { return dot(d.X[(i*s+t)*d.P:][:d.P], beta) }
	reference := func(t int) float64 { return dot(d.Reference[(i*s+t)*d.P:][:d.P], beta) }
	for t := range s {
		switch {
		case strategy == CopyReference:
			f.mean[t] = reference(t)
		case strategy == MAR || t < event:
			f.mean[t] = own(t)
		case strategy == CopyIncrements && event > 0:
			f.mean[t] = own(event-1) + reference(t) - reference(event-1)
		default:
			f.mean[t] = reference(t)
		}
	}
}

// complete fills the missing visits of one subject.
func (f *filler) complete(d *Data, i int, sigma []float64, rng *rand.Rand, y []float64) error {
	s, o, m := d.Visits, len(f.seen), len(f.missing)
	for a, t := range f.seen {
		f.e[a] = y[t] - f.mean[t]
		for b, u := range f.seen {
			f.l[a*o+b] = sigma[t*s+u]
		}
		for b, u := range f.missing {
			f.c[b*o+a] = sigma[t*s+u]
		}
	}
	if !cholesky(f.l, o) {
		return fmt.Errorf("impute: the covariance of the imputation model is not positive definite")
	}
	solveLower(f.l, f.e[:o], o)
	for b := range m {
		solveLower(f.l, f.c[b*o:b*o+o], o)
	}
	if rng != nil {
		for a, t := range f.missing {
			for b, u := range f.missing {
				f.cond[a*m+b] = sigma[t*s+u] - dot(f.c[a*o:a*o+o], f.c[b*o:b*o+o])
			}
			f.z[a] = rng.NormFloat64()
		}
		if !cholesky(f.cond, m) {
			return fmt.Errorf("impute: the covariance of the imputation model is not positive definite")
		}
	}
	for a, t := range f.missing {
		v := f.mean[t] + dot(f.c[a*o:a*o+o], f.e[:o])
		if rng != nil {
			v += dot(f.cond[a*m:a*m+a+1], f.z)
		}
		if d.Delta != nil {
			v += d.Delta[i*s+t]
		}
		y[t] = v
	}
	return nil
}

func dot(a, b []float64) float64 {
	s := 0.0
	b = b[:len(a)]
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// cholesky replaces the lower triangle of a by its factor and tells whether a
// was positive definite.
func cholesky(a []float64, n int) bool {
	for j := range n {
		d := a[j*n+j] - dot(a[j*n:j*n+j], a[j*n:])
		if !(d > 1e-14*a[j*n+j]) {
			return false
		}
		d = math.Sqrt(d)
		a[j*n+j] = d
		for i := j + 1; i < n; i++ {
			a[i*n+j] = (a[i*n+j] - dot(a[i*n:i*n+j], a[j*n:])) / d
		}
	}
	return true
}

// solveLower replaces x by l^-1 x.
func solveLower(l, x []float64, n int) {
	for i := range n {
		x[i] = (x[i] - dot(l[i*n:i*n+i], x)) / l[i*n+i]
	}
}

// solveUpper replaces x by l'^-1 x.
func solveUpper(l, x []float64, n int) {
	for i := n - 1; i >= 0; i-- {
		s := x[i]
		for k := i + 1; k < n; k++ {
			s -= l[k*n+i] * x[k]
		}
		x[i] = s / l[i*n+i]
	}
}
