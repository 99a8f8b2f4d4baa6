package mmrm

import "math"

// link maps a parameter theta to the quantity phi that a covariance is written in.
type link struct {
	kind linkKind
	low  float64 // of above: what phi stays above
}

type linkKind int

const (
	asIs         linkKind = iota // phi = theta
	logVariance                  // phi = exp(theta), a variance
	logDeviation                 // phi = exp(2 theta), the variance of a standard deviation exp(theta)
	boundedByOne                 // phi = theta / sqrt(1 + theta^2), a correlation
	above                        // phi = low + (1 - low) / (1 + exp(-theta)), a correlation above low
)

// value is phi and its first two derivatives.
func (l link) value(t float64) (phi, d1, d2 float64) {
	switch l.kind {
	case logVariance:
		v := math.Exp(t)
		return v, v, v
	case logDeviation:
		v := math.Exp(2 * t)
		return v, 2 * v, 4 * v
	case boundedByOne:
		q := 1 / (1 + t*t)
		r := math.Sqrt(q)
		return t * r, q * r, -3 * t * q * q * r
	case above:
		p, w := 1/(1+math.Exp(-t)), 1-l.low
		return l.low + w*p, w * p * (1 - p), w * p * (1 - p) * (1 - 2*p)
	}
	return t, 1, 0
}

// inverse is the theta of phi.
func (l link) inverse(phi float64) float64 {
	switch l.kind {
	case logVariance:
		return math.Log(phi)
	case logDeviation:
		return math.Log(phi) / 2
	case boundedByOne:
		return phi / math.Sqrt(1-phi*phi)
	case above:
		p := (phi - l.low) / (1 - l.low)
		return math.Log(p / (1 - p))
	}
	return phi
}

// factor is phi of a parameter to a power.
type factor struct {
	param int
	power float64
}

// monomials is a covariance whose every element is a product of powers of
// parameters, as are all structures but the unstructured one: variances to the
// power 1/2 and correlations.
type monomials struct {
	terms       [][]factor // for each element
	links       []link
	phi, d1, d2 []float64 // scratch
}

func newMonomials(n int, links []link) *monomials {
	k := len(links)
	return &monomials{terms: make([][]factor, n), links: links,
		phi: make([]float64, k), d1: make([]float64, k), d2: make([]float64, k)}
}

func (m *monomials) size() int { return len(m.links) }

func (m *monomials) linear() bool {
	for i, l := range m.links {
		if l.kind != asIs {
			return false
		}
		for _, t := range m.terms {
			for _, f := range t {
				if f.param == i && (len(t) > 1 || f.power != 1) {
					return false
				}
			}
		}
	}
	return true
}

func (m *monomials) fill(theta []float64) {
	for i, l := range m.links {
		m.phi[i], m.d1[i], m.d2[i] = l.value(theta[i])
	}
}

// power is x^p with the exact cases first.
func power(x, p float64) float64 {
	switch p {
	case 0:
		return 1
	case 1:
		return x
	case 0.5:
		return math.Sqrt(x)
	case 2:
		return x * x
	}
	return math.Pow(x, p)
}

// product is the product of the factors, those at skip1 and skip2 left out.
func (m *monomials) product(t []factor, skip1, skip2 int) float64 {
	v := 1.0
	for i, f := range t {
		if i != skip1 && i != skip2 {
			v *= power(m.phi[f.param], f.power)
		}
	}
	return v
}

func (m *monomials) sigma(theta, out []float64) {
	m.fill(theta)
	for e, t := range m.terms {
		out[e] = m.product(t, -1, -1)
	}
}

// slope is the derivative of a factor by its phi; 0 where the power is 0.
func (m *monomials) slope(f factor) float64 {
	if f.power == 0 {
		return 0
	}
	return f.power * power(m.phi[f.param], f.power-1)
}

func (m *monomials) bend(f factor) float64 {
	if f.power == 0 || f.power == 1 {
		return 0
	}
	return f.power * (f.power - 1) * power(m.phi[f.param], f.power-2)
}

func (m *monomials) jacobian(theta, out []float64) {
	m.fill(theta)
	k := len(m.links)
	clear(out[:len(m.terms)*k])
	for e, t := range m.terms {
		for i, f := range t {
			out[e*k+f.param] += m.product(t, i, -1) * m.slope(f) * m.d1[f.param]
		}
	}
}

func (m *monomials) second(theta []float64, buf []curvature) []curvature {
	m.fill(theta)
	for e, t := range m.terms {
		for i, f := range t {
			p := f.param
			v := m.product(t, i, -1) * (m.bend(f)*m.d1[p]*m.d1[p] + m.slope(f)*m.d2[p])
			if v != 0 {
				buf = append(buf, curvature{e, p, p, v})
			}
			for j, g := range t[:i] {
				v := m.product(t, i, j) * m.slope(f) * m.d1[p] * m.slope(g) * m.d1[g.param]
				if v != 0 {
					buf = appendBoth(buf, e, p, g.param, v)
				}
			}
		}
	}
	return buf
}
