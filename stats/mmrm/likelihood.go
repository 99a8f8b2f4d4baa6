package mmrm

import "math"

// profile is what the likelihood at one covariance leaves behind for its
// derivatives: X'V^-1X = L L', the generalised least squares estimate and the
// log-likelihood, all in units of the least squares residuals.
type profile struct {
	l, linv []float64 // r x r, lower triangular
	phi     []float64 // r x r, the inverse of X'V^-1X
	delta   []float64 // r, estimate less that of least squares
	logLik  float64   // without the constants of scale and weights
}

// evaluate computes the profile log-likelihood at the covariances in f.sigma
// (for coordinates: at f.theta) and tells whether they are positive definite.
func (f *Fit) evaluate() bool {
	r := f.r
	pr := &f.profile
	clear(f.normal)
	clear(pr.delta)
	logDet, yy := 0.0, 0.0
	if !f.spatial && !f.positive() {
		return false
	}
	for t := range f.patterns {
		p := &f.patterns[t]
		ld, ok := f.invertPattern(p)
		if !ok {
			return false
		}
		logDet += float64(p.k) * ld
		f.addNormal(p)
		yy += dot(p.s, p.yy)
	}
	unpack(f.normal, pr.l, r)
	if !cholesky(pr.l, r, 1e-14) {
		return false
	}
	solveLower(pr.l, pr.delta, r)
	quad := yy - dot(pr.delta, pr.delta)
	solveUpper(pr.l, pr.delta, r)
	rows := float64(f.n)
	if !f.o.ML {
		rows -= float64(r)
		logDet += logDeterminant(pr.l, r)
	}
	pr.logLik = -0.5 * (rows*math.Log(2*math.Pi) + logDet + quad)
	return !math.IsNaN(pr.logLik) && !math.IsInf(pr.logLik, 0)
}

// positive tells whether the covariance of every group is positive definite,
// also where no subject was observed at all of its visits.
func (f *Fit) positive() bool {
	n := f.cells()
	for g := range f.groups {
		unpack(f.sigma[g*n:], f.small, f.visits)
		if !cholesky(f.small, f.visits, 1e-11) {
			return false
		}
	}
	return true
}

// cells is the number of elements of the covariance of one group.
func (f *Fit) cells() int { return f.visits * (f.visits + 1) / 2 }

// invertPattern fills p.s with the inverse of the pattern's covariance and
// answers the logarithm of its determinant.
func (f *Fit) invertPattern(p *pattern) (logDet float64, ok bool) {
	m := p.m
	a := f.small[:m*m]
	if f.spatial {
		f.spatialCovariance(p, a)
	} else {
		sigma := f.sigma[p.group*f.cells():]
		for i, v := range p.visits {
			row := sigma[v*(v+1)/2:]
			for j, w := range p.visits[:i+1] {
				a[i*m+j] = row[w]
			}
		}
	}
	if !cholesky(a, m, 1e-12) {
		return 0, false
	}
	t := f.small2[:m*m]
	invertLower(a, t, m)
	gram(t, p.s, m)
	return logDeterminant(a, m), true
}

// addNormal fills p.z and adds the pattern's part of X'V^-1X to normal and of
// X'V^-1y to delta.
func (f *Fit) addNormal(p *pattern) {
	m, q := p.m, p.q
	clear(p.z)
	for b := range m {
		at := p.at[p.atStart[b]:p.atStart[b+1]]
		for a := range m {
			s, z := p.s[a*m+b], p.z[a*q:a*q+q]
			for _, e := range at {
				z[e] += s
			}
		}
	}
	sums := f.sums[:q*(q+1)/2]
	clear(sums)
	for a := range m {
		z := p.z[a*q : a*q+q]
		for _, e := range p.at[p.atStart[a]:p.atStart[a+1]] {
			row := sums[e*(e+1)/2:][:e+1]
			for o, v := range z[:e+1] {
				row[o] += v
			}
		}
	}
	t := 0
	for e := range q {
		c := p.col[e]
		row := f.normal[c*(c+1)/2:][:c+1]
		for o := 0; o <= e; o++ {
			row[p.col[o]] += p.scatter[t] * sums[t]
			t++
		}
		s := 0.0
		for a, w := range p.withY[e*m:][:m] {
			s += p.z[a*q+e] * w
		}
		f.profile.delta[c] += s
	}
}

// invert fills linv and phi, which the derivatives need.
func (f *Fit) invert() {
	pr := &f.profile
	invertLower(pr.l, pr.linv, f.r)
	gram(pr.linv, pr.phi, f.r)
}
