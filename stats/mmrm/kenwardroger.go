package mmrm

// adjusted is Kenward and Roger's covariance of the estimates in the whitened
// space: I + 2 (sum over i, j of W_ij (Q_ij - P_i Phi P_j - R_ij/4)), with
// P, Q, R between L^-1 and L'^-1 (Kenward and Roger 1997, section 3; the signs
// of P cancel). The sums over i and j are taken before the data are touched.
func (f *Fit) adjusted(form int) []float64 {
	s := &f.inference
	if s.hasAdj[form] {
		return s.adjust[form]
	}
	r, n := f.r, f.current().n
	if s.adjust[form] == nil {
		s.adjust[form] = f.floats.take(r * r)
	}
	out := s.adjust[form]
	w := f.parameterVariance()
	packedQ := f.normal[:r*(r+1)/2]
	clear(packedQ)
	f.sumQ(w, packedQ)
	if form > 0 {
		f.takeR(w, form, packedQ)
	}
	f.whiten(packedQ, out)
	y := f.square2[:r*r]
	for i := range n {
		clear(y)
		for j, v := range w[i*n : i*n+n] {
			if v == 0 {
				continue
			}
			for t, b := range f.b[j*r*r:][:r*r] {
				y[t] += v * b
			}
		}
		subtractProduct(f.b[i*r*r:], y, out, r)
	}
	for i := range r {
		for j := range i { // the sum over i and j is symmetric
			out[i*r+j] *= 2
			out[j*r+i] = out[i*r+j]
		}
		out[i*r+i] = 2*out[i*r+i] + 1
	}
	s.hasAdj[form] = true
	return out
}

// subtractProduct takes the lower triangle of a y from out, all n x n.
func subtractProduct(a, y, out []float64, n int) {
	for i := range n {
		o := out[i*n : i*n+i+1]
		for k, v := range a[i*n : i*n+n] {
			for j, x := range y[k*n : k*n+i+1] {
				o[j] -= v * x
			}
		}
	}
}

// sumQ adds the sum of W_ij Q_ij, packed.
func (f *Fit) sumQ(w, out []float64) {
	n := f.current().n
	if !f.spatial && !f.elementwise {
		w, n = f.cellVariance(w), f.byCell.n
	}
	for t := range f.patterns {
		p := &f.patterns[t]
		m := p.m
		mid := f.small[:m*m]
		if f.spatial {
			f.middleSpatial(p, w, mid)
		} else {
			f.middle(p, w, n, mid)
		}
		tz := f.square[:m*p.q]
		multiply(mid, p.z, tz, m, m, p.q)
		f.addQuadratic(p, tz, out)
	}
}

// cellVariance is J W J' of the parameters' variance W, in the memory of the
// curve of the cells.
func (f *Fit) cellVariance(w []float64) []float64 {
	k, cells, n, kn := f.shape.size(), f.cells(), f.byCell.n, f.byTheta.n
	out := f.byCell.curve
	clear(out)
	for g := range f.groups {
		j := f.jacobian[g*cells*k:][:cells*k]
		half := f.work[:cells*k]
		clear(half)
		for e := range cells {
			for a, v := range j[e*k : e*k+k] {
				if v == 0 {
					continue
				}
				for b := range k {
					half[e*k+b] += v * w[(g*k+a)*kn+g*k+b]
				}
			}
		}
		for e := range cells {
			for o := range cells {
				out[(g*cells+e)*n+g*cells+o] = dot(half[e*k:e*k+k], j[o*k:o*k+k])
			}
		}
	}
	return out
}

// middle writes the sum of W_ij V_i S V_j of a pattern.
func (f *Fit) middle(p *pattern, w []float64, n int, out []float64) {
	m := p.m
	for a := range m {
		for d := 0; d <= a; d++ {
			s := 0.0
			for b := range m {
				row := w[f.cell(p, a, b)*n:][:n]
				for c, x := range p.s[b*m : b*m+m] {
					s += row[f.cell(p, c, d)] * x
				}
			}
			out[a*m+d], out[d*m+a] = s, s
		}
	}
}

// middleSpatial is middle for coordinates.
func (f *Fit) middleSpatial(p *pattern, w, out []float64) {
	m, mm, n := p.m, p.m*p.m, f.byCell.n
	one, two := f.directions(p)
	dirs := [2][]float64{one, two}
	clear(out)
	half, whole := f.small2[:mm], f.small3[:mm]
	for i := range 2 {
		multiply(dirs[i], p.s, half, m, m, m)
		for j := range 2 {
			multiply(half, dirs[j], whole, m, m, m)
			v := w[(2*p.group+i)*n+2*p.group+j]
			for t, x := range whole {
				out[t] += v * x
			}
		}
	}
}
