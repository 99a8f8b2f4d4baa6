package mmrm

import (
	"fmt"
	"math"

	"varde/stats/distribution"
)

// FResult is a joint test that several contrasts are 0.
type FResult struct {
	F          float64 // with Kenward-Roger already times Scale
	NumDF      int     // the rank of the contrasts
	DenomDF, P float64
	Scale      float64 // Kenward and Roger's lambda; 1 otherwise
}

// FTest tests that all k contrasts l'beta are 0; l is row-major k x P. Rows that
// follow from others are counted once. Degrees of freedom: Kenward and Roger
// (1997, section 4) with their scale; Satterthwaite by Fai and Cornelius (1996),
// from the degrees of freedom of each principal contrast.
func (f *Fit) FTest(l []float64, how Inference) (FResult, error) {
	var res FResult
	how, err := f.settle(how)
	if err != nil {
		return res, err
	}
	if len(f.Beta) == 0 {
		return res, fmt.Errorf("mmrm: %w: there is no fitted model", ErrMethod)
	}
	p, r := f.in.P, f.r
	if len(l) == 0 || len(l)%p != 0 {
		return res, fmt.Errorf("mmrm: %d coefficients of contrasts for %d columns; give whole rows", len(l), p)
	}
	k := len(l) / p
	rows, est := make([]float64, k*r), make([]float64, k)
	for a := range k {
		row := l[a*p : a*p+p]
		if err := f.checkContrast(row); err != nil {
			return res, err
		}
		if len(f.Aliased) > 0 {
			if err := f.estimable(row); err != nil {
				return res, err
			}
		}
		est[a] = f.whitenContrast(row, rows[a*r:a*r+r]) / f.scale
	}
	base := how
	if how.DF.form() >= 0 {
		base.Vcov = Asymptotic // the adjustment enters by the statistic
	}
	q := f.principal(rows, est, k, base.Vcov)
	if q == 0 {
		return res, fmt.Errorf("mmrm: %w: every contrast is 0", ErrNotEstimable)
	}
	res.NumDF, res.Scale = q, 1
	for a := range q {
		res.F += est[a] * est[a] / float64(q)
	}
	switch {
	case how.DF.form() >= 0:
		f.kenwardRogerF(&res, rows[:q*r], est[:q], how.DF.form())
	case how.DF == Satterthwaite:
		res.DenomDF, err = f.satterthwaiteF(rows[:q*r], q, how)
	default:
		res.DenomDF, err = f.leastDegrees(l, k, how)
	}
	if err != nil {
		return res, err
	}
	if !(res.DenomDF > 0) {
		return res, fmt.Errorf("mmrm: %w: %s gives %v denominator degrees of freedom; too few subjects inform the test", ErrNotEstimable, how.DF, res.DenomDF)
	}
	res.P = distribution.FUpper(res.F, float64(q), res.DenomDF)
	return res, nil
}

// principal turns the k whitened rows and their estimates into q uncorrelated
// contrasts of variance one, and answers q.
func (f *Fit) principal(rows, est []float64, k int, v Vcov) int {
	r := f.r
	c, vec := make([]float64, k*k), make([]float64, k*k)
	for a := range k {
		for b := range k {
			c[a*k+b] = f.covariance(rows[a*r:a*r+r], rows[b*r:b*r+r], v)
		}
	}
	eigen(c, vec, k)
	top := 0.0
	for a := range k {
		top = max(top, c[a*k+a])
	}
	out, e := make([]float64, 0, k*r), make([]float64, 0, k)
	for a := range k {
		d := c[a*k+a]
		if !(d > 1.5e-8*top) {
			continue
		}
		d = math.Sqrt(d)
		row, sum := make([]float64, r), 0.0
		for b := range k {
			w := vec[b*k+a] / d
			sum += w * est[b]
			for j := range row {
				row[j] += w * rows[b*r+j]
			}
		}
		out, e = append(out, row...), append(e, sum)
	}
	copy(rows, out)
	copy(est, e)
	return len(e)
}

// covariance of two whitened contrasts.
func (f *Fit) covariance(v, u []float64, how Vcov) float64 {
	switch how {
	case BiasReduced:
		return quadratic(f.adjusted(0), v, u, f.r)
	case CR0, CR2, CR3:
		s, sum := f.sandwichOf(how), 0.0
		for i := range f.subjects {
			sum += dot(v, s.scores[i*f.r:]) * dot(u, s.scores[i*f.r:])
		}
		return sum
	}
	return dot(v, u)
}

// satterthwaiteF joins the degrees of freedom of the principal contrasts.
func (f *Fit) satterthwaiteF(rows []float64, q int, how Inference) (float64, error) {
	df := make([]float64, q)
	equal, low, sum, mean := true, false, 0.0, 0.0
	for a := range q {
		v := rows[a*f.r:][:f.r]
		var err error
		if df[a], err = f.degrees(nil, v, dot(v, v), how); err != nil {
			return 0, err
		}
		equal = equal && math.Abs(df[a]-df[0]) < 1.5e-8
		low = low || df[a] <= 2
		sum += df[a] / (df[a] - 2)
		mean += df[a] / float64(q)
	}
	switch {
	case equal:
		return mean, nil
	case low:
		return 2, nil
	}
	return 2 * sum / (sum - float64(q)), nil
}

func (f *Fit) leastDegrees(l []float64, k int, how Inference) (float64, error) {
	least := math.Inf(1)
	for a := range k {
		df, err := f.degrees(l[a*f.in.P:][:f.in.P], nil, 0, how)
		if err != nil {
			return 0, err
		}
		least = min(least, df)
	}
	return least, nil
}

// kenwardRogerF fills the scaled statistic and its degrees of freedom from
// contrasts that are orthonormal in the whitened space.
func (f *Fit) kenwardRogerF(res *FResult, rows, est []float64, form int) {
	r, q, n := f.r, len(est), f.current().n
	w := f.parameterVariance()
	g, trace := make([]float64, n*q*q), make([]float64, n)
	for a := range q {
		for b := range q {
			for i, v := range f.slopes(rows[a*r:a*r+r], rows[b*r:b*r+r]) {
				g[i*q*q+a*q+b] = v
				if a == b {
					trace[i] += v
				}
			}
		}
	}
	a1, a2 := 0.0, 0.0
	for i := range n {
		for j := range n {
			a1 += w[i*n+j] * trace[i] * trace[j]
			a2 += w[i*n+j] * dot(g[i*q*q:(i+1)*q*q], g[j*q*q:])
		}
	}
	var lambda float64
	res.DenomDF, lambda = kenwardRogerMoments(a1, a2, float64(q))
	c, x := make([]float64, q*q), append([]float64(nil), est...)
	adj := f.adjusted(form)
	for a := range q {
		for b := range q {
			c[a*q+b] = quadratic(adj, rows[a*r:a*r+r], rows[b*r:b*r+r], r)
		}
	}
	if !cholesky(c, q, 1e-13) {
		res.DenomDF = math.NaN() // told by the caller
		return
	}
	solveLower(c, x, q)
	res.Scale = lambda
	res.F = lambda * dot(x, x) / float64(q)
}

// kenwardRogerMoments matches the first two moments of the scaled statistic to
// those of F with q and df degrees of freedom.
func kenwardRogerMoments(a1, a2, q float64) (df, lambda float64) {
	b := (a1 + 6*a2) / (2 * q)
	g := ((q+1)*a1 - (q+4)*a2) / ((q + 2) * a2)
	d := 3*q + 2*(1-g)
	c1, c2, c3 := g/d, (q-g)/d, (q+2-g)/d
	mean := 1 / (1 - a2/q)
	variance := 2 / q * (1 + c1*b) / ((1 - c2*b) * (1 - c2*b) * (1 - c3*b))
	rho := variance / (2 * mean * mean)
	df = 4 + (q+2)/(q*rho-1)
	return df, df / (mean * (df - 2))
}
