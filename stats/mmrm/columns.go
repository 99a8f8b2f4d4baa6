package mmrm

import (
	"fmt"
	"math"
	"math/bits"
)

// A centring takes mu times the indicator column ind from column j: the model
// is the same, and its cross products lose no digits to a large mean.
type centring struct {
	j, ind int     // among the columns kept
	mu     float64 // what is taken from the cells of column j
	share  float64 // mu over the constant of the indicator column
}

// columnSummary is what one pass over a column tells.
type columnSummary struct {
	count       int     // cells that are not 0
	first       float64 // of them
	constant    bool    // all equal first
	sum, square float64 // of the differences from first
}

// loadColumns copies the kept columns, sorted by subject, centred and weighted,
// to x, and the outcome to y.
func (f *Fit) loadColumns() {
	f.findCentrings()
	in, r := f.in, f.r
	f.x = grow(f.x, f.n*r)
	f.y = grow(f.y, f.n)
	f.logWeights = 0
	for n, row := range f.order {
		src, dst := in.X[row*in.P:][:in.P], f.x[n*r:][:r]
		if r == in.P {
			copy(dst, src)
		} else {
			for j, c := range f.keep {
				dst[j] = src[c]
			}
		}
		for _, c := range f.centrings {
			if dst[c.ind] != 0 {
				dst[c.j] -= c.mu
			}
		}
		f.y[n] = in.Y[row]
	}
	if in.Weights == nil {
		return
	}
	for n, row := range f.order {
		w := in.Weights[row]
		f.logWeights += math.Log(w)
		w = math.Sqrt(w)
		f.y[n] *= w
		for j := range f.x[n*r:][:r] {
			f.x[n*r+j] *= w
		}
	}
}

// findCentrings looks for columns whose mean is large beside their spread and
// that another, constant column of the same rows can take it from.
func (f *Fit) findCentrings() {
	in := f.in
	f.centrings = f.centrings[:0]
	sums := f.summaries[:0]
	for range f.keep {
		sums = append(sums, columnSummary{constant: true})
	}
	f.summaries = sums
	for row := range f.n {
		src := in.X[row*in.P:][:in.P]
		for j, c := range f.keep {
			x := src[c]
			if x == 0 {
				continue
			}
			s := &sums[j]
			if s.count == 0 {
				s.first = x
			}
			s.count++
			if x != s.first {
				d := x - s.first
				s.constant = false
				s.sum += d
				s.square += d * d
			}
		}
	}
	for j := range sums {
		f.centre(j, sums)
	}
}

func (f *Fit) centre(j int, sums []columnSummary) {
	s := sums[j]
	if s.constant || s.count < 2 {
		return
	}
	k := float64(s.count)
	mean := s.first + s.sum/k
	spread := math.Sqrt(max(s.square/k-(s.sum/k)*(s.sum/k), 0))
	if math.Abs(mean) <= 3*spread {
		return
	}
	for ind := range sums {
		if !sums[ind].constant || sums[ind].count != s.count || !f.sameRows(j, ind) {
			continue
		}
		// The same shift for columns of the same covariate keeps them equal.
		for _, c := range f.centrings {
			if math.Abs(c.mu-mean) <= spread {
				mean = c.mu
				break
			}
		}
		f.centrings = append(f.centrings, centring{j, ind, mean, mean / sums[ind].first})
		return
	}
}

// sameRows tells whether two columns are 0 in the same rows.
func (f *Fit) sameRows(j, k int) bool {
	in := f.in
	for row := range f.n {
		if (in.X[row*in.P+f.keep[j]] == 0) != (in.X[row*in.P+f.keep[k]] == 0) {
			return false
		}
	}
	return true
}

// dropAliased leaves out the columns that are, to 1e-7 of their length, sums of
// columns before them, as R's QR decomposition does. It is called when the
// cross products look singular.
func (f *Fit) dropAliased() {
	r, n := f.r, f.n
	q := make([]float64, 0, r*n)
	var keep []int
	v := make([]float64, n)
	for j := range r {
		for i := range n {
			v[i] = f.x[i*r+j]
		}
		length := math.Sqrt(dot(v, v))
		// Twice: Gram-Schmidt again mends what rounding left of the first pass.
		for range 2 {
			for b := range keep {
				u := q[b*n:][:n]
				d := dot(u, v)
				for i := range v {
					v[i] -= d * u[i]
				}
			}
		}
		left := math.Sqrt(dot(v, v))
		if left <= 1e-7*length {
			continue
		}
		for i := range v {
			v[i] /= left
		}
		q = append(q, v...)
		keep = append(keep, f.keep[j])
	}
	f.keep = append(f.keep[:0], keep...)
	f.r = len(keep)
}

// leastSquares fits by ordinary (weighted) least squares on the cross products
// of the patterns. It tells whether the columns are independent: none has less
// than tol of its sum of squares left after those before it.
func (f *Fit) leastSquares(tol float64) (independent bool) {
	r := f.r
	a := f.work[:r*r]
	f.normal = f.floats.take(r * (r + 1) / 2)
	for t := range f.patterns {
		f.addGram(&f.patterns[t])
	}
	unpack(f.normal, a, r)
	if !cholesky(a, r, tol) {
		return false
	}
	b := f.beta0
	clear(b)
	for n, y := range f.y {
		for j, x := range f.x[n*r:][:r] {
			b[j] += x * y
		}
	}
	solveLower(a, b, r)
	solveUpper(a, b, r)
	return true
}

// addGram adds the pattern's part of X'X to normal.
func (f *Fit) addGram(p *pattern) {
	mask := f.masks[:p.q]
	clear(mask)
	for a := range p.m {
		for _, q := range p.at[p.atStart[a]:p.atStart[a+1]] {
			mask[q] |= 1 << a
		}
	}
	t := 0
	for q := range p.q {
		row := f.normal[p.col[q]*(p.col[q]+1)/2:]
		for o := 0; o <= q; o++ {
			row[p.col[o]] += p.scatter[t] * float64(bits.OnesCount64(mask[q]&mask[o]))
			t++
		}
	}
}

// residuals fills residual with those of least squares, in units of their
// standard deviation, and refuses outcomes without any.
func (f *Fit) residuals() error {
	f.residual = grow(f.residual, f.n)
	r := f.r
	ss, size, spread, mean := 0.0, 0.0, 0.0, 0.0
	for _, y := range f.y {
		mean += y / float64(f.n)
	}
	for n, y := range f.y {
		e := y - dot(f.x[n*r:][:r], f.beta0)
		f.residual[n] = e
		ss += e * e
		size += y * y
		spread += (y - mean) * (y - mean)
	}
	if math.IsInf(size, 1) || math.IsNaN(ss) || math.IsInf(ss, 1) {
		return fmt.Errorf("mmrm: the numbers are too large for sums of squares; rescale the outcome or the covariates")
	}
	// What is left of the outcome must be more than its own rounding.
	if !(ss > 1e-22*spread && ss > 1e-26*size) {
		return fmt.Errorf("mmrm: %w: the design explains the outcome without remainder, so no variance can be estimated", ErrNoVariance)
	}
	f.scale = math.Sqrt(ss / float64(f.n-r))
	for n := range f.residual {
		f.residual[n] /= f.scale
	}
	return nil
}
