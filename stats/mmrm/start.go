package mmrm

import (
	"fmt"
	"math"
	"strings"
)

// pairs is the least squares residuals gathered by pair of visits.
type pairs struct {
	sum   []float64 // cross products, packed, group by group
	count []int     // subjects seen at both visits
}

// pairwise gathers the residuals by pair of visits.
func (f *Fit) pairwise() pairs {
	n := f.groups * f.cells()
	p := pairs{f.floats.take(n), f.ints.take(n)}
	for t := range f.patterns {
		q := &f.patterns[t]
		for a := range q.m {
			for b := 0; b <= a; b++ {
				c := f.cell(q, a, b)
				p.sum[c] += q.yy[a*q.m+b]
				p.count[c] += q.k
			}
		}
	}
	return p
}

// identified refuses an unstructured covariance with visits that no subject was
// seen at together: the data say nothing about their covariance.
func (f *Fit) identified() error {
	if f.spatial {
		if !f.spatialDistances() {
			return fmt.Errorf("mmrm: %w: no subject has two rows at different coordinates, so sp_exp has no distance to work with", ErrUnidentified)
		}
		return nil
	}
	f.pairs = f.pairwise()
	if f.o.Covariance != Unstructured {
		return nil
	}
	var missing []string
	for g := range f.groups {
		for a := range f.visits {
			for b := 0; b <= a; b++ {
				if f.pairs.count[g*f.cells()+packed(a, b)] == 0 {
					missing = append(missing, f.describePair(g, a, b))
				}
			}
		}
	}
	if missing == nil {
		return nil
	}
	more := ""
	if len(missing) > 3 {
		more = fmt.Sprintf(" and %d more", len(missing)-3)
		missing = missing[:3]
	}
	return fmt.Errorf("mmrm: %w: no subject was seen at %s%s; use a structured covariance (toeph, ar1h, cs) or fewer visits",
		ErrUnidentified, strings.Join(missing, ", nor at "), more)
}

func (f *Fit) describePair(g, a, b int) string {
	s := f.in.visit(f.present[b]) + " and " + f.in.visit(f.present[a]) + " together"
	if a == b {
		s = f.in.visit(f.present[a])
	}
	if f.groups > 1 {
		s += " in " + f.in.group(f.groupCode[g])
	}
	return s
}

// startCells fills sigma with the pairwise covariances of the residuals, times
// keep off the diagonal, drawn towards their diagonal until they are well
// within the positive definite: from close to singular the way is longer.
func (f *Fit) startCells(keep float64) {
	free := 1 - float64(f.r)/float64(f.n)
	cells := f.cells()
	for c, s := range f.pairs.sum {
		f.sigma[c] = 0
		if k := f.pairs.count[c]; k > 0 {
			f.sigma[c] = s / (float64(k) * free)
		}
	}
	for g := range f.groups {
		s := f.sigma[g*cells:][:cells]
		for a := range f.visits {
			// A visit with next to no residual keeps a small variance to start at.
			s[packed(a, a)] = max(s[packed(a, a)], 1e-6)
		}
		shrink(s, f.visits, keep)
		for range 200 {
			unpack(s, f.small, f.visits)
			if cholesky(f.small, f.visits, 0.1) {
				break
			}
			shrink(s, f.visits, 0.95)
		}
	}
}

func shrink(s []float64, n int, keep float64) {
	for a := range n {
		for b := range a {
			s[packed(a, b)] *= keep
		}
	}
}

// startTheta writes parameters of the unbounded form that are close to the
// covariances in sigma; correlations are averages of those of their kind, times
// keep.
func (f *Fit) startTheta(out []float64, keep float64) {
	if f.spatial {
		for g := range f.groups {
			out[2*g], out[2*g+1] = 0, link{kind: above}.inverse(max(keep, 0.02)*0.5)
		}
		return
	}
	s, cells, k := f.visits, f.cells(), f.shape.size()
	for g := range f.groups {
		sigma, theta := f.sigma[g*cells:][:cells], out[g*k:][:k]
		if f.o.Covariance == Unstructured {
			f.startCholesky(sigma, theta)
			continue
		}
		f.startVariances(sigma, theta)
		f.startCorrelations(g, theta[k-f.o.Covariance.correlations(s):], keep)
	}
}

func (f *Fit) startCholesky(sigma, theta []float64) {
	s := f.visits
	unpack(sigma, f.small, s)
	cholesky(f.small, s, 0)
	k := s
	for a := range s {
		theta[a] = math.Log(f.small[a*s+a])
		for b := range a {
			theta[k] = f.small[a*s+b] / f.small[a*s+a]
			k++
		}
	}
}

func (f *Fit) startVariances(sigma, theta []float64) {
	mean := 0.0
	for a := range f.visits {
		v := sigma[packed(a, a)]
		mean += v / float64(f.visits)
		if f.o.Covariance.heterogeneous() {
			theta[a] = link{kind: logDeviation}.inverse(v)
		}
	}
	if !f.o.Covariance.heterogeneous() {
		theta[0] = link{kind: logDeviation}.inverse(mean)
	}
}

// startCorrelations averages the correlations of the pairs that inform each
// parameter.
func (f *Fit) startCorrelations(g int, theta []float64, keep float64) {
	cells := f.cells()
	sum, weight := f.trial[:len(theta)], f.step[:len(theta)]
	clear(sum)
	clear(weight)
	for a := range f.visits {
		for b := range a {
			i := f.correlationOf(a, b)
			if i < 0 {
				continue
			}
			c := g * cells
			n := float64(f.pairs.count[c+packed(a, b)])
			sum[i] += n * f.sigma[c+packed(a, b)] / math.Sqrt(f.sigma[c+packed(a, a)]*f.sigma[c+packed(b, b)])
			weight[i] += n
		}
	}
	l := link{kind: boundedByOne}
	if c := f.o.Covariance; c == CompoundSymmetry || c == HeterogeneousSymmetry {
		l = link{kind: above, low: -1 / float64(f.visits-1)}
	}
	for i := range theta {
		rho := 0.0
		if weight[i] > 0 {
			rho = keep * sum[i] / weight[i]
		}
		theta[i] = l.inverse(min(max(rho, -0.95, 0.95*l.low), 0.95))
	}
}

// correlationOf is the correlation parameter that the pair a > b informs
// directly, or -1.
func (f *Fit) correlationOf(a, b int) int {
	switch f.o.Covariance {
	case CompoundSymmetry, HeterogeneousSymmetry:
		return 0
	case Toeplitz, HeterogeneousToeplitz:
		return a - b - 1
	}
	if a-b != 1 {
		return -1
	}
	if f.o.Covariance == AnteDependence || f.o.Covariance == HeterogeneousAnteDependence {
		return b
	}
	return 0
}
