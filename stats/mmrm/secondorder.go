package mmrm

import "math"

// takeR takes a quarter of the sum of W_ij R_ij from out, packed, with the
// second derivatives of the covariance by the parameters of the form asked for.
func (f *Fit) takeR(w []float64, form int, out []float64) {
	if f.spatial {
		f.takeSpatialR(w, form, out)
		return
	}
	p := natural
	if form == 2 {
		p = unbounded
	}
	sh := f.shapes.get(f.o.Covariance, f.visits, p)
	if sh.linear() {
		return
	}
	size := f.r * (f.r + 1) / 2
	k, cells := sh.size(), f.cells()
	for g := range f.groups {
		theta, wg := f.restate(w, g, sh, p)
		f.curvatures = sh.second(theta, f.curvatures[:0])
		bent := make([]float64, cells)
		for _, c := range f.curvatures {
			bent[c.e] += c.v * wg[c.i*k+c.j]
		}
		for e, v := range bent {
			if v == 0 {
				continue
			}
			for t, x := range f.byCell.design[(g*cells+e)*size:][:size] {
				out[t] -= v / 4 * x
			}
		}
	}
}

// restate gives the parameters of a group in another parametrisation, and their
// variance.
func (f *Fit) restate(w []float64, g int, sh shape, p parametrisation) (theta, wg []float64) {
	k, n := sh.size(), f.current().n
	theta, wg = make([]float64, k), make([]float64, k*k)
	for i := range k {
		for j := range k {
			wg[i*k+j] = w[(g*k+i)*n+g*k+j]
		}
	}
	if f.o.Covariance == Unstructured {
		f.startCholesky(f.sigma[g*f.cells():][:f.cells()], theta)
		return theta, f.throughInverse(sh, theta, wg)
	}
	copy(theta, f.theta[g*k:][:k])
	if p == unbounded {
		return theta, wg
	}
	links := newLinks(f.o.Covariance, f.visits, unbounded)
	d := make([]float64, k)
	for i, l := range links {
		theta[i], d[i], _ = l.value(theta[i])
	}
	for i := range k {
		for j := range k {
			wg[i*k+j] *= d[i] * d[j]
		}
	}
	return theta, wg
}

// throughInverse turns the variance of the elements into that of parameters
// theta: J^-1 W J'^-1.
func (f *Fit) throughInverse(sh shape, theta, w []float64) []float64 {
	k := sh.size()
	j := make([]float64, k*k)
	sh.jacobian(theta, j)
	inv := inverse(j, k)
	half, out := make([]float64, k*k), make([]float64, k*k)
	multiply(inv, w, half, k, k, k)
	for a := range k {
		for b := range k {
			out[a*k+b] = dot(half[a*k:a*k+k], inv[b*k:b*k+k])
		}
	}
	return out
}

// inverse is that of a regular n x n matrix, by Gauss-Jordan elimination with
// row pivots; a is destroyed.
func inverse(a []float64, n int) []float64 {
	out := make([]float64, n*n)
	for i := range n {
		out[i*n+i] = 1
	}
	for c := range n {
		top := c
		for i := c + 1; i < n; i++ {
			if math.Abs(a[i*n+c]) > math.Abs(a[top*n+c]) {
				top = i
			}
		}
		for j := range n {
			a[c*n+j], a[top*n+j] = a[top*n+j], a[c*n+j]
			out[c*n+j], out[top*n+j] = out[top*n+j], out[c*n+j]
		}
		d := a[c*n+c]
		for j := range n {
			a[c*n+j] /= d
			out[c*n+j] /= d
		}
		for i := range n {
			v := a[i*n+c]
			if i == c || v == 0 {
				continue
			}
			for j := range n {
				a[i*n+j] -= v * a[c*n+j]
				out[i*n+j] -= v * out[c*n+j]
			}
		}
	}
	return out
}

// takeSpatialR is takeR for the spatial exponential covariance: by variance and
// rho, or by log variance and logit rho, of distances in their own unit.
func (f *Fit) takeSpatialR(w []float64, form int, out []float64) {
	n := f.byCell.n
	for t := range f.patterns {
		p := &f.patterns[t]
		g := 2 * p.group
		variance, rho := f.spatialParameters(p.group)
		own := math.Pow(rho, 1/f.unit)
		d0, d1 := 1.0, (1-rho)/f.unit/(1-own) // theta of R's mmrm by theta
		if form == 1 {
			d0, d1 = variance, own*(1-rho)/f.unit
		}
		w00, w01, w11 := w[g*n+g]*d0*d0, w[(g+1)*n+g]*d0*d1, w[(g+1)*n+g+1]*d1*d1
		m := p.m
		bent := f.small[:m*m]
		f.spatialCovariance(p, bent)
		for i, s := range bent {
			d := p.distance[i] * f.unit
			if form == 1 {
				bent[i] = s * (2*w01*d/(variance*own) + w11*d*(d-1)/(own*own))
				continue
			}
			e := d * (1 - own)
			bent[i] = s * (w00 + 2*w01*e + w11*e*(e-own))
		}
		for i := range bent {
			bent[i] *= -0.25
		}
		tz := f.square[:m*p.q]
		multiply(bent, p.z, tz, m, m, p.q)
		f.addQuadratic(p, tz, out)
	}
}
