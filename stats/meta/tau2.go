package meta

import "math"

// tau is an estimate of the variance between studies, on the scale of work.
type tau struct {
	value, se  float64
	iterations int
	note       string
}

// estimate finds tau2 and its standard error. The formulas are those of Viechtbauer
// (2005) and, for the moment estimators with moderators, of his metafor package.
func (m *work) estimate(o Options) (tau, bool) {
	none := math.NaN()
	free := float64(m.k - m.p)
	switch {
	case o.Method == Common:
		return tau{0, none, 0, ""}, m.at(0)
	case o.Method == Given:
		t := o.Tau2 / m.unit / m.unit
		return tau{t, none, 0, ""}, m.at(t)
	case free == 0:
		return tau{0, none, 0, "as many coefficients as effects: the variance between studies cannot be estimated and is taken as 0"}, m.at(0)
	}
	var t tau
	ok := true
	switch o.Method {
	case DL, HS, HSk:
		t, ok = m.moments(o.Method)
	case HE:
		t = m.unweighted()
	case SJ:
		t, ok = m.sidikJonkman()
	case PM, EB:
		t, ok = m.generalised(free)
	case PMM:
		t, ok = m.generalised(chi2Quantile(0.5, free))
	default:
		t, ok = m.likelihood(o.Method == REML)
	}
	return t, ok && m.at(t.value)
}

// moments are DerSimonian-Laird and the two of Hunter and Schmidt, from Q at tau2 = 0.
func (m *work) moments(method Method) (tau, bool) {
	if !m.at(0) {
		return tau{}, false
	}
	k, free := float64(m.k), float64(m.k-m.p)
	s := m.traces()
	divisor, value := m.sumW, 0.0
	switch method {
	case DL:
		divisor = s.p
		value = (m.rss - free) / divisor
	case HS:
		value = (m.rss - k) / divisor
	default:
		value = (m.rss*k/free - k) / divisor
	}
	value = math.Max(value, 0)
	se := math.Sqrt(2*free+4*value*s.p+2*value*value*s.pp) / divisor
	if method == HSk {
		se *= k / free
	}
	return tau{value: value, se: se}, true
}

// unweighted is the estimator of Hedges and Olkin: ordinary least squares, less the mean
// sampling variance.
func (m *work) unweighted() tau {
	p, free := m.p, float64(m.k-m.p)
	clear(m.s)
	clear(m.s2)
	clear(m.g)
	sumV, sumV2 := 0.0, 0.0
	for i := range m.k {
		v := m.v[i]
		sumV, sumV2 = sumV+v, sumV2+v*v
		q := m.q[i*p : i*p+p]
		for a, x := range q {
			m.g[a] += x * m.y[i]
			for b := 0; b <= a; b++ {
				m.s[a*p+b] += v * x * q[b]
				m.s2[a*p+b] += v * v * x * q[b]
			}
		}
	}
	mirror(m.s, p)
	m.residuals()
	rss, trPV, trV2 := 0.0, sumV, sumV2
	for i := range m.k {
		rss += m.r[i] * m.r[i]
	}
	for a := range p {
		trPV -= m.s[a*p+a]
		trV2 -= 2 * m.s2[a*p+a]
	}
	trV2 += traceOf(m.s, m.s)
	value := math.Max((rss-trPV)/free, 0)
	return tau{value: value, se: math.Sqrt(2*value*value*free+4*value*trPV+2*trV2) / free}
}

// sidikJonkman weights by the variance of y (divisor k) as a first guess of tau2.
func (m *work) sidikJonkman() (tau, bool) {
	k, free := float64(m.k), float64(m.k-m.p)
	mean, first := 0.0, 0.0
	for _, y := range m.y {
		mean += y / k
	}
	for _, y := range m.y {
		first += (y - mean) * (y - mean) / k
	}
	if first == 0 {
		return tau{note: "all effects are equal: the first guess of Sidik and Jonkman, and with it tau2, is 0", se: math.NaN()}, m.at(0)
	}
	if !m.at(first) {
		return tau{}, false
	}
	s := m.traces()
	value := first * m.rss / free
	pvp := s.p - first*s.pp
	pvpv := free - 2*first*s.p + first*first*s.pp
	return tau{value: value, se: first / free * math.Sqrt(2*pvpv+4*value*pvp+2*value*value*s.pp)}, true
}

// generalised solves Q(tau2) = want. The standard error is the one of empirical Bayes.
func (m *work) generalised(want float64) (tau, bool) {
	value, n, ok := m.solveQ(want)
	if !ok || !m.at(value) {
		return tau{}, false
	}
	k, free := float64(m.k), float64(m.k-m.p)
	return tau{value: value, se: math.Sqrt(2*k*k/free) / m.sumW, iterations: n}, true
}

// solveQ finds the tau2 with Q(tau2) = want, 0 where Q(0) is already below. Q falls and
// is convex, so that Newton steps from the left never pass the root.
func (m *work) solveQ(want float64) (float64, int, bool) {
	value := 0.0
	for n := 1; n <= 2000; n++ {
		if !m.at(value) {
			return 0, n, false
		}
		over := m.rss - want
		if over <= 0 {
			return value, n, true
		}
		slope := 0.0
		for i := range m.k {
			u := m.w[i] * m.r[i]
			slope += u * u
		}
		step := over / slope
		if value+step == value || step <= 1e-16*value {
			return value, n, true
		}
		value += step
		if math.IsInf(value, 0) || math.IsNaN(value) {
			return 0, n, false
		}
	}
	return value, 2000, true
}
