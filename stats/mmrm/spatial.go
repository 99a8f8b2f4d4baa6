package mmrm

import "math"

// The spatial exponential covariance variance * rho^distance is differentiated
// pattern by pattern, for subjects need not share any coordinate. Distances are
// taken in units of their mean, so that rho is of middling size whatever the
// unit of the coordinates; theta is log variance and logit rho.

// spatialDistances fills unit, the mean distance within subjects, and takes the
// distances in it.
func (f *Fit) spatialDistances() bool {
	sum, n := 0.0, 0.0
	for t := range f.patterns {
		p := &f.patterns[t]
		for _, d := range p.distance {
			sum += d * float64(p.k)
		}
		n += float64(p.k * p.m * (p.m - 1))
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return false
	}
	f.unit = sum / n
	for t := range f.patterns {
		for i := range f.patterns[t].distance {
			f.patterns[t].distance[i] /= f.unit
		}
	}
	return true
}

// spatialParameters gives the variance and rho of a group.
func (f *Fit) spatialParameters(g int) (variance, rho float64) {
	variance, _, _ = link{kind: logVariance}.value(f.spatialTheta[2*g])
	rho, _, _ = link{kind: above}.value(f.spatialTheta[2*g+1])
	return variance, rho
}

func (f *Fit) spatialCovariance(p *pattern, out []float64) {
	variance, rho := f.spatialParameters(p.group)
	for i, d := range p.distance {
		out[i] = variance * math.Pow(rho, d)
	}
}

// directions writes the derivatives of the pattern's covariance by log variance
// and logit rho.
func (f *Fit) directions(p *pattern) (byVariance, byRho []float64) {
	mm := p.m * p.m
	byVariance, byRho = f.directed[:mm], f.directed2[:mm]
	f.spatialCovariance(p, byVariance)
	_, rho := f.spatialParameters(p.group)
	for i, d := range p.distance {
		byRho[i] = byVariance[i] * d * (1 - rho)
	}
	return byVariance, byRho
}

func (f *Fit) scoreSpatial(p *pattern, average, whole bool) {
	mm := p.m * p.m
	slope := f.moments.slope[:mm]
	one, two := f.directions(p)
	g := 2 * p.group
	f.byCell.grad[g] += dot(one, slope) / 2
	f.byCell.grad[g+1] += dot(two, slope) / 2
	if !average && !whole {
		return
	}
	f.curveSpatial(p, whole)
	for k, dir := range [2][]float64{one, two} {
		f.crossSpatial(p, g+k, dir, whole)
	}
	if whole {
		_, rho := f.spatialParameters(p.group)
		f.bendSpatial(p, rho)
	}
}

// curveSpatial adds trace(V_i S V_j Q) as addCurve does.
func (f *Fit) curveSpatial(p *pattern, whole bool) {
	m, mm := p.m, p.m*p.m
	qm := f.small[:mm]
	copy(qm, f.moments.rss)
	if whole {
		for i, s := range p.s {
			qm[i] += f.moments.sfs[i] - float64(p.k)/2*s
		}
	}
	left, right := f.small2[:mm], f.small3[:mm]
	dirs := [2][]float64{f.directed, f.directed2}
	for i := range 2 {
		multiply(dirs[i], p.s, left, m, m, m)
		for j := 0; j <= i; j++ {
			multiply(dirs[j], qm, right, m, m, m)
			s := 0.0
			for a := range m {
				for b := range m {
					s += left[a*m+b] * right[b*m+a]
				}
			}
			f.byCell.curve[(2*p.group+i)*f.byCell.n+2*p.group+j] += s
		}
	}
}

// crossSpatial adds the sums of X'S V S r and, with whole, of X'S V S X.
func (f *Fit) crossSpatial(p *pattern, v int, dir []float64, whole bool) {
	m, q, r := p.m, p.q, f.r
	dz := f.square[:m*q]
	multiply(dir, p.z, dz, m, m, q)
	h := f.byCell.cross[v*r:][:r]
	for b := range m {
		for e, z := range dz[b*q : b*q+q] {
			h[p.col[e]] += z * f.moments.gs[e*m+b]
		}
	}
	if whole {
		f.addQuadratic(p, dz, f.byCell.design[v*r*(r+1)/2:])
	}
}

// addQuadratic adds the sum over subjects of z' t z, t symmetric, to the packed
// out, from the product tz of t and p.z.
func (f *Fit) addQuadratic(p *pattern, tz, out []float64) {
	q := p.q
	for b := range p.m {
		x, y := tz[b*q:b*q+q], p.z[b*q:b*q+q]
		t := 0
		for e, v := range x {
			c := p.col[e]
			row, cross := out[c*(c+1)/2:][:c+1], p.scatter[t:][:e+1]
			for o, s := range cross {
				row[p.col[o]] += v * y[o] * s
			}
			t += e + 1
		}
	}
}

func (f *Fit) bendSpatial(p *pattern, rho float64) {
	var s00, s01, s11 float64
	for i, d := range p.distance {
		w := f.moments.slope[i] / 2 * f.directed[i]
		e := d * (1 - rho)
		s00 += w
		s01 += w * e
		s11 += w * e * (e - rho)
	}
	n, g := f.byCell.n, 2*p.group
	f.byCell.curve[g*n+g] -= s00
	f.byCell.curve[(g+1)*n+g] -= s01
	f.byCell.curve[(g+1)*n+g+1] -= s11
}
