package meta

import "math"

// at evaluates the weighted fit at tau2: with W = diag(1/(v+tau2)) it fills weights,
// coefficients in the basis, residuals and y'Py. O(k p^2), no allocation. It answers
// false where Q'WQ cannot be inverted in double precision.
func (m *work) at(tau2 float64) bool {
	if m.p == 1 {
		return m.single(tau2)
	}
	p := m.p
	clear(m.s)
	clear(m.g)
	m.sumW = 0
	for i := range m.k {
		w := 1 / (m.v[i] + tau2)
		m.w[i] = w
		m.sumW += w
		q := m.q[i*p : i*p+p]
		wy := w * m.y[i]
		for a, x := range q {
			m.g[a] += x * wy
			wx := w * x
			for b := 0; b <= a; b++ {
				m.s[a*p+b] += wx * q[b]
			}
		}
	}
	mirror(m.s, p)
	if !m.invert() {
		return false
	}
	m.solve()
	return finite(m.rss)
}

// single is the same for one column, by far the most frequent model.
func (m *work) single(tau2 float64) bool {
	q, y, v, w, r := m.q[:m.k], m.y[:m.k], m.v[:m.k], m.w[:m.k], m.r[:m.k]
	sum, s, g := 0.0, 0.0, 0.0
	for i, x := range q {
		wi := 1 / (v[i] + tau2)
		w[i] = wi
		sum += wi
		wx := wi * x
		s += wx * x
		g += wx * y[i]
	}
	m.s[0], m.g[0], m.sumW = s, g/s, sum
	b, rss := m.g[0], 0.0
	for i, x := range q {
		d := y[i] - b*x
		r[i] = d
		rss += w[i] * d * d
	}
	m.rss = rss
	return m.invert() && finite(rss)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// solve takes Q'Wy in g to the coefficients, refines them once against the residuals,
// and fills the residuals and y'Py.
func (m *work) solve() {
	p := m.p
	apply(m.a, m.g, m.u[:p], p)
	copy(m.g, m.u[:p])
	m.residuals()
	clear(m.t[:p])
	for i := range m.k {
		wr := m.w[i] * m.r[i]
		for a, x := range m.q[i*p : i*p+p] {
			m.t[a] += x * wr
		}
	}
	apply(m.a, m.t[:p], m.u[:p], p)
	for a := range p {
		m.g[a] += m.u[a]
	}
	m.residuals()
	m.rss = 0
	for i := range m.k {
		m.rss += m.w[i] * m.r[i] * m.r[i]
	}
}

func (m *work) residuals() {
	p := m.p
	for i := range m.k {
		fit := 0.0
		for a, x := range m.q[i*p : i*p+p] {
			fit += x * m.g[a]
		}
		m.r[i] = m.y[i] - fit
	}
}

// invert fills a = s^-1 and the log determinant by Cholesky.
func (m *work) invert() bool {
	p := m.p
	if p == 1 {
		m.a[0], m.logDet = 1/m.s[0], math.Log(m.s[0])
		return m.s[0] > 0 && !math.IsInf(m.a[0], 0)
	}
	var ok bool
	m.logDet, ok = cholesky(m.s, m.t, p)
	if !ok {
		return false
	}
	inverseOf(m.t, m.a, m.u, p)
	return true
}

// cholesky writes the lower factor L of s to l and answers log det s.
func cholesky(s, l []float64, p int) (float64, bool) {
	logDet := 0.0
	for i := range p {
		for j := 0; j <= i; j++ {
			sum := s[i*p+j]
			for x := range j {
				sum -= l[i*p+x] * l[j*p+x]
			}
			if i != j {
				l[i*p+j] = sum / l[j*p+j]
				continue
			}
			if !(sum > 0) || math.IsInf(sum, 0) {
				return 0, false
			}
			l[i*p+i] = math.Sqrt(sum)
			logDet += math.Log(sum)
		}
	}
	return logDet, true
}

// inverseOf writes (L L')^-1 to a; scratch holds L^-1.
func inverseOf(l, a, scratch []float64, p int) {
	for j := range p {
		for i := range p {
			if i < j {
				scratch[i*p+j] = 0
				continue
			}
			sum := 0.0
			if i == j {
				sum = 1
			}
			for x := j; x < i; x++ {
				sum -= l[i*p+x] * scratch[x*p+j]
			}
			scratch[i*p+j] = sum / l[i*p+i]
		}
	}
	for i := range p {
		for j := 0; j <= i; j++ {
			sum := 0.0
			for x := i; x < p; x++ {
				sum += scratch[x*p+i] * scratch[x*p+j]
			}
			a[i*p+j], a[j*p+i] = sum, sum
		}
	}
}

func mirror(s []float64, p int) {
	for i := range p {
		for j := range i {
			s[j*p+i] = s[i*p+j]
		}
	}
}

func apply(a, x, out []float64, p int) {
	for i := range p {
		sum := 0.0
		for j := range p {
			sum += a[i*p+j] * x[j]
		}
		out[i] = sum
	}
}

// traceOf is tr(AB) of two symmetric matrices.
func traceOf(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// traces are the sums that scores and variances of tau2 need, at the last evaluation.
// P = W - WQ(Q'WQ)^-1Q'W.
type traces struct {
	p, pp     float64 // tr P, tr PP
	w2        float64 // sum of w^2
	ypp, yppp float64 // y'PPy, y'PPPy
}

func (m *work) traces() traces {
	if m.p == 1 {
		return m.singleTraces()
	}
	p := m.p
	clear(m.s2)
	clear(m.s3)
	clear(m.u[:p])
	var t traces
	uwu := 0.0
	for i := range m.k {
		w, u := m.w[i], m.w[i]*m.r[i]
		w2 := w * w
		t.w2 += w2
		t.ypp += u * u
		uwu += w * u * u
		q := m.q[i*p : i*p+p]
		for a, x := range q {
			m.u[a] += x * w * u
			x2 := w2 * x
			x3 := w * x2
			for b := 0; b <= a; b++ {
				m.s2[a*p+b] += x2 * q[b]
				m.s3[a*p+b] += x3 * q[b]
			}
		}
	}
	mirror(m.s2, p)
	mirror(m.s3, p)
	t.p = m.sumW - traceOf(m.a, m.s2)
	// A S2, then tr(A S2 A S2).
	for i := range p {
		for j := range p {
			sum := 0.0
			for x := range p {
				sum += m.a[i*p+x] * m.s2[x*p+j]
			}
			m.t[i*p+j] = sum
		}
	}
	square := 0.0
	for i := range p {
		for j := range p {
			square += m.t[i*p+j] * m.t[j*p+i]
		}
	}
	t.pp = t.w2 - 2*traceOf(m.a, m.s3) + square
	t.yppp = uwu
	for i := range p {
		for j := range p {
			t.yppp -= m.u[i] * m.a[i*p+j] * m.u[j]
		}
	}
	return t
}

func (m *work) singleTraces() traces {
	q, w, r := m.q[:m.k], m.w[:m.k], m.r[:m.k]
	var t traces
	s2, s3, xu, uwu := 0.0, 0.0, 0.0, 0.0
	for i, x := range q {
		wi := w[i]
		w2 := wi * wi
		u := wi * r[i]
		wu := wi * u
		t.w2 += w2
		t.ypp += u * u
		uwu += wu * u
		xu += x * wu
		x2 := w2 * x * x
		s2 += x2
		s3 += wi * x2
	}
	a := m.a[0]
	t.p = m.sumW - a*s2
	t.pp = t.w2 - 2*a*s3 + a*s2*a*s2
	t.yppp = uwu - xu*a*xu
	return t
}
