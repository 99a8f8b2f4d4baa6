package meta

import "math"

// likelihood maximises the (restricted) likelihood over tau2 >= 0 by scoring, O(k p^2)
// a step: with P = W - WX(X'WX)^-1X'W the restricted score is (y'PPy - tr P)/2, the
// observed information y'PPPy - tr PP/2 and the expected one tr PP/2 (Viechtbauer 2005,
// Harville 1977). Steps are Newton's where the observed information is positive and
// Fisher's elsewhere, inside a bracket of the sign of the score. The likelihood can have
// several maxima where the variances differ much: the others are looked for, and the
// highest is taken.
func (m *work) likelihood(restricted bool) (tau, bool) {
	start := m.unweighted().value
	if !m.at(0) {
		return tau{}, false
	}
	rises := m.score(restricted).slope > 0
	if start == 0 && rises {
		start = m.rss / math.Max(m.sumW, 1e-300)
	}
	best, ok := tau{}, true
	if rises || start > 0 {
		if best, ok = m.climb(start, 0, math.Inf(1), restricted); !ok {
			return tau{}, false
		}
	}
	if best, ok = m.compare(best, restricted); !ok {
		return tau{}, false
	}
	if !m.at(best.value) {
		return tau{}, false
	}
	best.se = math.Sqrt(1 / m.score(restricted).expected)
	return best, true
}

// score is the slope of the log likelihood in tau2 with both informations.
type score struct{ slope, observed, expected float64 }

func (m *work) score(restricted bool) score {
	t := m.traces()
	if restricted {
		return score{(t.ypp - t.p) / 2, t.yppp - t.pp/2, t.pp / 2}
	}
	return score{(t.ypp - m.sumW) / 2, t.yppp - t.w2/2, t.w2 / 2}
}

// climb goes from a start to a root of the score between low, where it is above zero
// (or which is 0), and high, where it is below (or which is infinite); to 0 where it
// falls from there on.
func (m *work) climb(start, low, high float64, restricted bool) (tau, bool) {
	x, last := start, math.Inf(1)
	for n := 1; n <= 200; n++ {
		if !m.at(x) {
			return tau{}, false
		}
		s := m.score(restricted)
		if s.slope > 0 {
			low = x
		} else {
			high = x
		}
		if x == 0 && s.slope <= 0 {
			return tau{value: 0, iterations: n}, true
		}
		step := s.slope / s.expected
		if s.observed > s.expected/8 || n > 20 && s.observed > 0 { // Fisher's crawl where it is flat
			step = s.slope / s.observed
		}
		next := math.Max(x+step, 0)
		if next < low || next > high {
			next = (low + high) / 2
		} else if next > 4*x+1 {
			next = 4*x + 1
		}
		if math.IsNaN(next) {
			return tau{}, false
		}
		// Newton's steps shrink until they are the rounding of the sums.
		size := math.Abs(next - x)
		if size <= 1e-15*math.Max(x, 0.1) || size <= 1e-9*x && size >= last/2 || !math.IsInf(high, 1) && high-low <= 1e-16*high {
			return tau{value: next, iterations: n}, true
		}
		x, last = next, size
	}
	return tau{value: x, iterations: 200, note: "the likelihood is flat: tau2 was still moving in its last digits after 200 steps"}, true
}

// compare holds a maximum against 0 and against those that a coarse grid shows.
func (m *work) compare(best tau, restricted bool) (tau, bool) {
	at0, ok := m.logLikAt(0, restricted)
	if !ok {
		return tau{}, false
	}
	top := at0
	found := tau{iterations: best.iterations}
	try := func(t tau) {
		if ll, ok := m.logLikAt(t.value, restricted); ok && ll > top {
			top, found.value, found.note = ll, t.value, t.note
		}
	}
	if best.value > 0 {
		try(best)
	}
	spread := 1.0
	for i := range m.k {
		spread = math.Max(spread, m.y[i]*m.y[i])
	}
	finer := 2.0
	if m.k > 100 { // so many studies leave no room between two maxima
		finer = 4
	}
	before := -1.0
	for x := 1e-3; x < 16*spread && found.iterations < 400; x *= finer {
		if !m.at(x) {
			break
		}
		slope := m.score(restricted).slope
		if before > 0 && slope <= 0 {
			t, ok := m.climb(x/math.Sqrt(finer), x/finer, x, restricted)
			if ok {
				found.iterations += t.iterations
				try(t)
			}
		}
		before = slope
	}
	return found, true
}

func (m *work) logLikAt(tau2 float64, restricted bool) (float64, bool) {
	if !m.at(tau2) {
		return 0, false
	}
	return m.logLik(restricted), true
}

// logLik is the log likelihood at the last evaluation on the scale of work, in the basis
// Q, where log det X'X is that of R'R and cancels in the restricted one.
func (m *work) logLik(restricted bool) float64 {
	free := float64(m.k)
	if restricted {
		free -= float64(m.p)
	}
	ll := -free/2*math.Log(2*math.Pi) - m.rss/2
	for _, w := range m.w {
		ll += math.Log(w) / 2
	}
	if restricted {
		ll -= m.logDet / 2
	}
	return ll
}
