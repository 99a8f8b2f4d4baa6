package logistic

import (
	"math"

	"varde/stats/leastsquares"
)

// model is the likelihood over the kept columns, each scaled to a largest value
// near one.
type model struct {
	n, k  int
	x     []float64 // n x k
	y     []float64
	kept  []int
	scale []float64 // original column = scaled column * scale
	firth bool
}

func newModel(x []float64, n, p int, y []float64, s *leastsquares.Fit) *model {
	m := &model{n: n, k: len(s.Kept), y: y, kept: s.Kept, x: make([]float64, n*len(s.Kept))}
	for a, j := range s.Kept {
		largest := 0.0
		for i := range n {
			largest = max(largest, math.Abs(x[i*p+j]))
		}
		_, e := math.Frexp(largest)
		scale := math.Ldexp(1, e)
		m.scale = append(m.scale, scale)
		for i := range n {
			m.x[i*m.k+a] = x[i*p+j] / scale
		}
	}
	return m
}

// maximum is where a search ended.
type maximum struct {
	beta              []float64
	logLik, penalised float64
	score             []float64
	inverse           []float64 // k x k
	information       []float64
	prob, leverage    []float64
	largestEta        float64
	iterations        int
	converged         bool
	regular           bool // the information could be inverted
}

// at evaluates the likelihood, its (modified) score and the information.
func (m *model) at(beta []float64) maximum {
	r := maximum{beta: beta, score: make([]float64, m.k), information: make([]float64, m.k*m.k),
		prob: make([]float64, m.n), leverage: make([]float64, m.n)}
	weight := make([]float64, m.n)
	for i := range m.n {
		row := m.x[i*m.k : (i+1)*m.k]
		eta := 0.0
		for j, v := range row {
			eta += v * beta[j]
		}
		r.largestEta = max(r.largestEta, math.Abs(eta))
		small := math.Exp(-math.Abs(eta))
		// log(1 + e^eta) without overflow
		r.logLik += m.y[i]*eta - max(eta, 0) - math.Log1p(small)
		r.prob[i] = 1 / (1 + math.Exp(-eta))
		weight[i] = small / ((1 + small) * (1 + small))
		for a := range m.k {
			for b := range a + 1 {
				r.information[a*m.k+b] += weight[i] * row[a] * row[b]
			}
		}
	}
	for a := range m.k {
		for b := range a {
			r.information[b*m.k+a] = r.information[a*m.k+b]
		}
	}
	var logDet float64
	r.inverse, logDet, r.regular = invert(r.information, m.k)
	r.penalised = r.logLik
	if m.firth { // in the units of the original columns
		r.penalised += logDet / 2
		for _, s := range m.scale {
			r.penalised += math.Log(s)
		}
	}
	m.scoreAt(&r, weight)
	return r
}

// scoreAt fills the score, for Firth with half of each leverage moved between
// the response and its complement (Heinze and Schemper 2002, eq. 2).
func (m *model) scoreAt(r *maximum, weight []float64) {
	for i := range m.n {
		row := m.x[i*m.k : (i+1)*m.k]
		if r.regular {
			h := 0.0
			for a, v := range row {
				for b, u := range row {
					h += v * r.inverse[a*m.k+b] * u
				}
			}
			r.leverage[i] = h * weight[i]
		}
		e := m.y[i] - r.prob[i]
		if m.firth {
			e += r.leverage[i] * (0.5 - r.prob[i])
		}
		for a, v := range row {
			r.score[a] += e * v
		}
	}
}

// maximise climbs from start over the free coefficients by Newton's steps with
// the information, no coefficient moving more than 5 at once, halved until the
// likelihood does not fall.
func (m *model) maximise(start []float64, free []bool) maximum {
	now := m.at(append([]float64(nil), start...))
	for it := 1; it <= 200; it++ {
		step, ok := m.step(now, free)
		if !ok {
			break
		}
		next, moved := m.climb(now, step)
		gain := next.penalised - now.penalised
		now = next
		now.iterations = it
		if !moved || stepSmall(step, now.beta) && gain <= 1e-10*(1+math.Abs(now.penalised)) {
			now.converged = true
			break
		}
	}
	return now
}

func stepSmall(step, beta []float64) bool {
	for j, s := range step {
		if math.Abs(s) > 1e-11*(1+math.Abs(beta[j])) {
			return false
		}
	}
	return true
}

// step is the Newton direction over the free coefficients.
func (m *model) step(r maximum, free []bool) ([]float64, bool) {
	var index []int
	for j, f := range free {
		if f {
			index = append(index, j)
		}
	}
	q := len(index)
	step := make([]float64, m.k)
	if q == 0 {
		return step, true
	}
	block := make([]float64, q*q)
	for a, i := range index {
		for b, j := range index {
			block[a*q+b] = r.information[i*m.k+j]
		}
	}
	inverse, _, ok := invert(block, q)
	if !ok {
		return nil, false
	}
	largest := 0.0
	for a, i := range index {
		for b, j := range index {
			step[i] += inverse[a*q+b] * r.score[j]
		}
		largest = max(largest, math.Abs(step[i]))
	}
	if largest > 5 {
		for j := range step {
			step[j] *= 5 / largest
		}
	}
	return step, true
}

// climb takes the step, or a part of it; it says whether it moved at all.
func (m *model) climb(now maximum, step []float64) (maximum, bool) {
	part := 1.0
	for range 40 {
		beta := make([]float64, m.k)
		for j := range beta {
			beta[j] = now.beta[j] + part*step[j]
		}
		next := m.at(beta)
		if next.regular && next.penalised >= now.penalised-1e-12*(1+math.Abs(now.penalised)) {
			return next, true
		}
		part /= 2
	}
	return now, false
}

// invert answers the inverse of a positive definite k x k matrix and the
// logarithm of its determinant, by Cholesky's method on the matrix scaled to a
// diagonal of one.
func invert(a []float64, k int) ([]float64, float64, bool) {
	l, d := make([]float64, k*k), make([]float64, k)
	logDet := 0.0
	for i := range k {
		if !(a[i*k+i] > 0) {
			return nil, math.Inf(-1), false
		}
		d[i] = math.Sqrt(a[i*k+i])
		logDet += 2 * math.Log(d[i])
	}
	for i := range k {
		for j := range i + 1 {
			s := a[i*k+j] / d[i] / d[j]
			for c := range j {
				s -= l[i*k+c] * l[j*k+c]
			}
			if i != j {
				l[i*k+j] = s / l[j*k+j]
				continue
			}
			if s < 1e-14 {
				return nil, math.Inf(-1), false
			}
			l[i*k+i] = math.Sqrt(s)
			logDet += math.Log(s)
		}
	}
	return cholInverse(l, d, k), logDet, true
}

func cholInverse(l, d []float64, k int) []float64 {
	t := make([]float64, k*k) // inverse of l
	for j := range k {
		t[j*k+j] = 1 / l[j*k+j]
		for i := j + 1; i < k; i++ {
			s := 0.0
			for c := j; c < i; c++ {
				s -= l[i*k+c] * t[c*k+j]
			}
			t[i*k+j] = s / l[i*k+i]
		}
	}
	out := make([]float64, k*k)
	for i := range k {
		for j := range i + 1 {
			s := 0.0
			for c := i; c < k; c++ {
				s += t[c*k+i] * t[c*k+j]
			}
			s = s / d[i] / d[j]
			out[i*k+j], out[j*k+i] = s, s
		}
	}
	return out
}
