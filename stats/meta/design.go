package meta

import (
	"math"
	"slices"
)

// Moderator is one column of a regression: k finite values.
type Moderator struct {
	Name   string
	Values []float64
}

// Factor codes categories as columns against a reference level ("" = the first in
// alphabetical order), in alphabetical order, each named name+level.
func Factor(name string, levels []string, reference string) []Moderator {
	all := slices.Compact(slices.Sorted(slices.Values(levels)))
	if reference == "" && len(all) > 0 {
		reference = all[0]
	}
	var out []Moderator
	for _, l := range all {
		if l == reference {
			continue
		}
		m := Moderator{name + l, make([]float64, len(levels))}
		for i, x := range levels {
			if x == l {
				m.Values[i] = 1
			}
		}
		out = append(out, m)
	}
	return out
}

// work is a model on its own scale, with room for the sums of one evaluation, so that
// iterations allocate nothing. The design is kept as an orthonormal basis (X = QR), so
// that a column such as the year loses no digits.
type work struct {
	k, p int
	y, v []float64
	q    []float64 // k x p, orthonormal columns
	back []float64 // p x p, upper triangular R
	unit float64   // 1 on this scale is unit in the caller's effects

	// of the last evaluation
	w, r         []float64 // weights, residuals
	s, a, g      []float64 // Q'WQ, its inverse, coefficients in the basis
	logDet       float64   // log det Q'WQ
	rss, sumW    float64   // y'Py, sum of w
	s2, s3, t, u []float64 // Q'W^2Q, Q'W^3Q and scratch
}

func names(mods []Moderator, o Options) []string {
	var out []string
	if !o.NoIntercept {
		out = append(out, "intercept")
	}
	for _, m := range mods {
		out = append(out, m.Name)
	}
	return out
}

// newWork checks the design and makes its basis.
func newWork(y, v []float64, mods []Moderator, o Options) (*work, error) {
	k, p := len(y), len(mods)
	if !o.NoIntercept {
		p++
	}
	if p == 0 {
		return nil, fault(-1, "the model has no coefficient", "Keep the intercept, or give a moderator")
	}
	if k < p {
		return nil, fault(-1, "there are %d effects and %d coefficients", "Use fewer moderators: a fit needs at least as many effects", k, p)
	}
	room := make([]float64, 4*k+k*p+7*p*p+4*p)
	take := func(n int) []float64 {
		out := room[:n:n]
		room = room[n:]
		return out
	}
	m := &work{k: k, p: p, y: take(k), v: take(k), w: take(k), r: take(k), q: take(k * p), back: take(p * p),
		s: take(p * p), a: take(p * p), s2: take(p * p), s3: take(p * p), t: take(p * p), u: take(p * p), g: take(p)}
	m.scale(y, v)
	col := 0
	if !o.NoIntercept {
		for i := range k {
			m.q[i*p] = 1
		}
		col = 1
	}
	for _, x := range mods {
		if len(x.Values) != k {
			return nil, fault(-1, "the moderator %q has %d values for %d effects", "Give one value for each effect", x.Name, len(x.Values), k)
		}
		for i, value := range x.Values {
			if math.IsNaN(value) || math.IsInf(value, 0) {
				return nil, fault(i, "the moderator %q is %v", "Leave the effect out of this regression, or complete the value", x.Name, value)
			}
			m.q[i*p+col] = value
		}
		col++
	}
	if bad := m.orthonormal(); bad >= 0 {
		return nil, fault(-1, "the column %q follows from the others", "Leave it out: the effects cannot tell it from them", names(mods, o)[bad])
	}
	return m, nil
}

// scale divides effects and variances by powers of two that bring the mean variance near
// one: exact, and no square overflows.
func (m *work) scale(y, v []float64) {
	sum := 0.0
	for _, x := range v {
		sum += x / float64(len(v))
	}
	_, e := math.Frexp(math.Sqrt(sum))
	m.unit = math.Ldexp(1, e)
	for i := range y {
		m.y[i], m.v[i] = y[i]/m.unit, v[i]/m.unit/m.unit
	}
}

// orthonormal replaces the columns of q by an orthonormal basis, twice over, and answers
// the first column that depends on those before it, or -1.
func (m *work) orthonormal() int {
	p := m.p
	for j := range p {
		norm0 := m.columnNorm(j)
		for pass := range 2 {
			for l := range j {
				dot := 0.0
				for i := range m.k {
					dot += m.q[i*p+l] * m.q[i*p+j]
				}
				for i := range m.k {
					m.q[i*p+j] -= dot * m.q[i*p+l]
				}
				m.back[l*p+j] += dot
			}
			if pass == 0 && j == 0 {
				break
			}
		}
		norm := m.columnNorm(j)
		if norm <= 1e-11*norm0 || norm0 == 0 {
			return j
		}
		for i := range m.k {
			m.q[i*p+j] /= norm
		}
		m.back[j*p+j] = norm
	}
	return -1
}

func (m *work) columnNorm(j int) float64 {
	most := 0.0
	for i := range m.k {
		most = math.Max(most, math.Abs(m.q[i*m.p+j]))
	}
	if most == 0 {
		return 0
	}
	sum := 0.0
	for i := range m.k {
		x := m.q[i*m.p+j] / most
		sum += x * x
	}
	return most * math.Sqrt(sum)
}

// coefficients turns the basis back: X b = Q g, so R b = g.
func (m *work) coefficients(g []float64) []float64 {
	p := m.p
	b := slices.Clone(g)
	for i := p - 1; i >= 0; i-- {
		for j := i + 1; j < p; j++ {
			b[i] -= m.back[i*p+j] * b[j]
		}
		b[i] /= m.back[i*p+i]
	}
	return b
}

// covariance is R^-1 A R^-T, row-major p x p.
func (m *work) covariance() []float64 {
	p := m.p
	half := make([]float64, p*p) // R^-1 A
	for j := range p {
		col := make([]float64, p)
		for i := range p {
			col[i] = m.a[i*p+j]
		}
		for i, x := range m.coefficients(col) {
			half[i*p+j] = x
		}
	}
	out := make([]float64, p*p)
	for i := range p {
		for j, x := range m.coefficients(half[i*p : i*p+p]) {
			out[i*p+j] = x
		}
	}
	for i := range p {
		for j := range i {
			mean := (out[i*p+j] + out[j*p+i]) / 2
			out[i*p+j], out[j*p+i] = mean, mean
		}
	}
	return out
}
