package meta

import "math"

// evaluate fits at the variances s, between and within.
func (m *layers) evaluate(s [2]float64) bool {
	p := m.p
	clear(m.s)
	clear(m.g)
	logDetM := 0.0
	for j, rows := range m.blocks {
		d, ok := m.blockInverse(j, s)
		if !ok {
			return false
		}
		logDetM += d
		n := len(rows)
		for a, i := range rows {
			for b, h := range rows {
				w := m.inverse[j][a*n+b]
				for c := range p {
					m.g[c] += m.q[i*p+c] * w * m.y[h]
					for e := 0; e <= c; e++ {
						m.s[c*p+e] += m.q[i*p+c] * w * m.q[h*p+e]
					}
				}
			}
		}
	}
	mirror(m.s, p)
	if !m.invert() {
		return false
	}
	apply(m.a, m.g, m.work.u[:p], p)
	copy(m.g, m.work.u[:p])
	m.residuals()
	m.rss = 0
	for j, rows := range m.blocks {
		n := len(rows)
		for a, i := range rows {
			m.u[i] = 0
			for b, h := range rows {
				m.u[i] += m.inverse[j][a*n+b] * m.r[h]
			}
			m.rss += m.u[i] * m.r[i]
		}
	}
	free := float64(m.k)
	m.ll = -m.rss/2 - logDetM/2
	if m.restricted {
		free -= float64(p)
		m.ll -= m.logDet / 2
	}
	m.ll -= free / 2 * math.Log(2*math.Pi)
	return !math.IsNaN(m.ll)
}

// blockInverse inverts one study's variance and answers its log determinant.
func (m *layers) blockInverse(j int, s [2]float64) (float64, bool) {
	rows := m.blocks[j]
	n := len(rows)
	v, l, scratch := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	for a, i := range rows {
		for b, h := range rows {
			v[a*n+b] = m.rho*math.Sqrt(m.v[i]*m.v[h]) + s[0]
			if a == b {
				v[a*n+b] = m.v[i] + s[0] + s[1]
			}
		}
	}
	d, ok := cholesky(v, l, n)
	if ok {
		inverseOf(l, m.inverse[j], scratch, n)
	}
	return d, ok
}

// derive fills score and expected information of both variances: with D1 = 11' in each
// block and D2 = 1, score = (y'PDPy - tr PD)/2, information = tr(P Di P Dj)/2.
func (m *layers) derive() {
	p := m.p
	m.score, m.info = [2]float64{}, [4]float64{}
	bs := [2][]float64{make([]float64, p*p), make([]float64, p*p)}
	var trace [2]float64
	var pair [4]float64
	for j, rows := range m.blocks {
		n := len(rows)
		mi := m.inverse[j]
		md := [2][]float64{make([]float64, n*n), mi} // M^-1 D
		sumU, uu := 0.0, 0.0
		for a, i := range rows {
			sum := 0.0
			for b := range rows {
				sum += mi[a*n+b]
			}
			for b := range rows {
				md[0][a*n+b] = sum
			}
			sumU += m.u[i]
			uu += m.u[i] * m.u[i]
		}
		m.score[0] += sumU * sumU / 2
		m.score[1] += uu / 2
		for x := range 2 {
			for a := range n {
				trace[x] += md[x][a*n+a]
			}
			k := product(md[x], mi, n)
			if m.restricted {
				m.add(bs[x], k, rows)
			}
			for z := range 2 {
				both := product(md[x], md[z], n)
				for a := range n {
					pair[x*2+z] += both[a*n+a]
				}
				if m.restricted {
					c := make([]float64, p*p)
					m.add(c, product(both, mi, n), rows)
					pair[x*2+z] -= 2 * traceOf(m.a, c)
				}
			}
		}
	}
	var ab [2][]float64
	for x := range 2 {
		ab[x] = product(m.a, bs[x], p)
		for a := range p {
			trace[x] -= ab[x][a*p+a]
		}
		m.score[x] -= trace[x] / 2
	}
	for x := range 2 {
		for z := range 2 {
			both := product(ab[x], ab[z], p)
			for a := range p {
				pair[x*2+z] += both[a*p+a]
			}
			m.info[x*2+z] = pair[x*2+z] / 2
		}
	}
}

// add adds the symmetric part of Q' K Q of one block.
func (m *layers) add(to, k []float64, rows []int) {
	p, n := m.p, len(rows)
	for a, i := range rows {
		for b, h := range rows {
			for c := range p {
				for e := range p {
					to[c*p+e] += m.q[i*p+c] * (k[a*n+b] + k[b*n+a]) / 2 * m.q[h*p+e]
				}
			}
		}
	}
}

func product(a, b []float64, n int) []float64 {
	out := make([]float64, n*n)
	for i := range n {
		for j := range n {
			x := a[i*n+j]
			for h := range n {
				out[i*n+h] += x * b[j*n+h]
			}
		}
	}
	return out
}
