package survival

import (
	"math"

	"varde/stats/leastsquares"
)

// partial is the partial likelihood over the kept columns, centred and divided by
// the largest distance from the centre.
type partial struct {
	n, k   int
	x      []float64 // n x k
	time   []float64
	event  []bool
	rows   [][]int // each stratum by time
	ties   Ties
	kept   []int
	spread []float64
}

func newPartial(in CoxInput, ties Ties, kept []int, rows [][]int) *partial {
	n := len(in.Time)
	m := &partial{n: n, k: len(kept), time: in.Time, event: in.Event, rows: rows, ties: ties, kept: kept, x: make([]float64, n*len(kept))}
	for a, j := range kept {
		mean, largest := 0.0, 0.0
		for i := range n {
			mean += in.X[i*in.P+j] / float64(n)
		}
		for i := range n {
			m.x[i*m.k+a] = in.X[i*in.P+j] - mean
			largest = max(largest, math.Abs(m.x[i*m.k+a]))
		}
		for i := range n {
			m.x[i*m.k+a] /= largest
		}
		m.spread = append(m.spread, largest)
	}
	return m
}

// point is the partial likelihood at some coefficients.
type point struct {
	beta, score, information []float64
	logLik                   float64
}

// instant is one distinct time with events in one stratum: the number of events,
// their part of the score (the sum of the Schoenfeld residuals) and of the
// information.
type instant struct {
	time               float64
	events             int
	score, information []float64
	logLik             float64
}

func (m *partial) at(beta []float64) point {
	p := point{beta: beta, score: make([]float64, m.k), information: make([]float64, m.k*m.k)}
	m.each(beta, func(i instant) {
		p.logLik += i.logLik
		for a, v := range i.score {
			p.score[a] += v
		}
		for a, v := range i.information {
			p.information[a] += v
		}
	})
	return p
}

// sums are the weighted moments of a set of people.
type sums struct {
	s0     float64
	s1, s2 []float64
}

func newSums(k int) sums { return sums{s1: make([]float64, k), s2: make([]float64, k*k)} }

func (s *sums) add(w float64, x []float64) {
	s.s0 += w
	for a, v := range x {
		s.s1[a] += w * v
		for b, u := range x {
			s.s2[a*len(x)+b] += w * v * u
		}
	}
}

// each walks every stratum from the last time to the first, with the people at
// risk summed on the way.
func (m *partial) each(beta []float64, visit func(instant)) {
	eta := make([]float64, m.n)
	for i := range m.n {
		for a := range m.k {
			eta[i] += m.x[i*m.k+a] * beta[a]
		}
	}
	for _, rows := range m.rows {
		top := math.Inf(-1)
		for _, i := range rows {
			top = max(top, eta[i])
		}
		risk := newSums(m.k)
		for end := len(rows); end > 0; {
			t := m.time[rows[end-1]]
			died := newSums(m.k)
			now := instant{time: t, score: make([]float64, m.k), information: make([]float64, m.k*m.k)}
			for ; end > 0 && m.time[rows[end-1]] == t; end-- {
				i := rows[end-1]
				x, w := m.x[i*m.k:(i+1)*m.k], math.Exp(eta[i]-top)
				risk.add(w, x)
				if !m.event[i] {
					continue
				}
				now.events++
				now.logLik += eta[i] - top
				died.add(w, x)
				for a, v := range x {
					now.score[a] += v
				}
			}
			if now.events > 0 {
				m.close(&now, risk, died)
				visit(now)
			}
		}
	}
}

// close subtracts the expectation over those at risk, once for each event; with
// Efron's method the tied events leave one by one, in equal parts.
func (m *partial) close(now *instant, risk, died sums) {
	for l := range now.events {
		part := 0.0
		if m.ties == Efron {
			part = float64(l) / float64(now.events)
		}
		s0 := risk.s0 - part*died.s0
		now.logLik -= math.Log(s0)
		mean := make([]float64, m.k)
		for a := range m.k {
			mean[a] = (risk.s1[a] - part*died.s1[a]) / s0
			now.score[a] -= mean[a]
		}
		for a := range m.k {
			for b := range m.k {
				now.information[a*m.k+b] += (risk.s2[a*m.k+b]-part*died.s2[a*m.k+b])/s0 - mean[a]*mean[b]
			}
		}
	}
}

// climb maximises by Newton's steps of at most 3 in any coefficient, halved while
// the likelihood falls.
func (m *partial) climb(now point, iterations *int) (point, bool) {
	for *iterations = 1; *iterations <= 100; *iterations++ {
		inverse, ok := invert(now.information, m.k)
		if !ok {
			return now, false
		}
		step, largest, small := make([]float64, m.k), 0.0, true
		for a := range m.k {
			for b := range m.k {
				step[a] += inverse[a*m.k+b] * now.score[b]
			}
			largest = max(largest, math.Abs(step[a]))
			small = small && math.Abs(step[a]) <= 1e-11*(1+math.Abs(now.beta[a]))
		}
		if small {
			return now, true
		}
		scale := min(1, 3/largest)
		next, moved := now, false
		for range 40 {
			beta := make([]float64, m.k)
			for a := range beta {
				beta[a] = now.beta[a] + scale*step[a]
			}
			if next = m.at(beta); next.logLik >= now.logLik-1e-12*(1+math.Abs(now.logLik)) {
				moved = true
				break
			}
			scale /= 2
		}
		if !moved {
			return now, true
		}
		now = next
	}
	return now, false
}

// monotone looks for a direction along which the likelihood never falls: d with
// (x_i - x_j) d >= 0 for every event i and everybody j at risk with it, not all
// zero (Bryson and Johnson 1981, Technometrics 23:381), by the theorem of the
// alternative that the shortest sum of the differences with weights of at least
// one is such a direction, or zero.
func (m *partial) monotone(names []string) error {
	var pairs [][]float64
	total := make([]float64, m.k)
	for _, rows := range m.rows {
		for at, i := range rows {
			if !m.event[i] {
				continue
			}
			first := at
			for first > 0 && m.time[rows[first-1]] == m.time[i] {
				first--
			}
			for _, j := range rows[first:] {
				d, size := make([]float64, m.k), 0.0
				for a := range d {
					d[a] = m.x[i*m.k+a] - m.x[j*m.k+a]
					size += d[a] * d[a]
				}
				if size == 0 {
					continue
				}
				for a := range d {
					d[a] /= math.Sqrt(size)
					total[a] -= d[a]
				}
				pairs = append(pairs, d)
			}
		}
	}
	direction := leastsquares.Nonnegative(pairs, total)
	length := 0.0
	for _, v := range direction {
		length += v * v
	}
	if length = math.Sqrt(length); length <= 1e-9*math.Sqrt(float64(len(pairs))) {
		return nil
	}
	e := &MonotoneError{}
	for a, v := range direction {
		if math.Abs(v) > 1e-7*length {
			e.Columns = append(e.Columns, names[m.kept[a]])
		}
	}
	return e
}

// invert answers the inverse of a positive definite k x k matrix by Cholesky's
// method on the matrix scaled to a diagonal of one.
func invert(a []float64, k int) ([]float64, bool) {
	l, d := make([]float64, k*k), make([]float64, k)
	for i := range k {
		if !(a[i*k+i] > 1e-300) {
			return nil, false
		}
		d[i] = math.Sqrt(a[i*k+i])
	}
	for i := range k {
		for j := range i + 1 {
			s := a[i*k+j] / d[i] / d[j]
			for c := range j {
				s -= l[i*k+c] * l[j*k+c]
			}
			switch {
			case i != j:
				l[i*k+j] = s / l[j*k+j]
			case s < 1e-14:
				return nil, false
			default:
				l[i*k+i] = math.Sqrt(s)
			}
		}
	}
	out := make([]float64, k*k)
	for c := range k {
		z := make([]float64, k)
		for i := c; i < k; i++ {
			if i == c {
				z[i] = 1
			}
			for j := c; j < i; j++ {
				z[i] -= l[i*k+j] * z[j]
			}
			z[i] /= l[i*k+i]
		}
		for i := k - 1; i >= 0; i-- {
			s := z[i]
			for j := i + 1; j < k; j++ {
				s -= l[j*k+i] * out[j*k+c] * d[j] * d[c]
			}
			out[i*k+c] = s / l[i*k+i] / d[i] / d[c]
		}
	}
	return out, true
}
