package mmrm

import (
	"fmt"
	"math"
)

// estimable refuses a contrast that gives aliased columns other coefficients
// than those that follow from what they are sums of.
func (f *Fit) estimable(l []float64) error {
	if f.inference.alias == nil {
		f.resolveAliases()
	}
	size := 0.0
	for _, c := range l {
		size = max(size, math.Abs(c))
	}
	k := len(f.Aliased)
	for a, j := range f.Aliased {
		want, terms := 0.0, size
		for i, c := range f.keep {
			v := l[c] * f.inference.alias[i*k+a]
			want += v
			terms = max(terms, math.Abs(v))
		}
		if math.Abs(l[j]-want) > 1e-6*terms {
			return fmt.Errorf("mmrm: %w: the contrast rests on %s, which the other columns of the design cannot be told from", ErrNotEstimable, f.in.column(j))
		}
	}
	return nil
}

// resolveAliases finds how each aliased column is a sum of those kept, by least
// squares on columns scaled to length one.
func (f *Fit) resolveAliases() {
	in, r, k := f.in, f.r, len(f.Aliased)
	length := make([]float64, in.P)
	for i, x := range in.X {
		length[i%in.P] += x * x
	}
	for j := range length {
		length[j] = math.Sqrt(length[j])
	}
	g, b := make([]float64, r*r), make([]float64, k*r)
	for n := range f.n {
		row := in.X[n*in.P:][:in.P]
		for i, j := range f.keep {
			for h, c := range f.keep[:i+1] {
				g[i*r+h] += row[j] / length[j] * row[c] / length[c]
			}
			for a, c := range f.Aliased {
				b[a*r+i] += row[j] / length[j] * row[c]
			}
		}
	}
	alias := make([]float64, r*k)
	cholesky(g, r, 0)
	for a := range k {
		v := b[a*r:][:r]
		solveLower(g, v, r)
		solveUpper(g, v, r)
		for i, j := range f.keep {
			alias[i*k+a] = v[i] / length[j]
		}
	}
	f.inference.alias = alias
}
