package meta

import (
	"math"
	"slices"
)

// ThreeLevel is a fit of several effects of each study: effect j of study i is
// b x_ij + u_i + w_ij + e_ij, with var u = Between, var w = Within, and sampling errors
// whose correlation inside a study is given. Without that correlation it is the
// three-level model of Van den Noortgate et al., Behav Res Methods 2013;45:576; with it
// the "correlated and hierarchical effects" model of Pustejovsky & Tipton, Prev Sci
// 2022;23:425.
type ThreeLevel struct {
	Method Method // REML or ML
	Test   Test   // Z, or T with K-P degrees of freedom
	Level  float64
	K, P   int
	Groups int // studies

	Coefficients []Coefficient
	Vcov         []float64 // row-major P x P

	Between, Within     float64 // variances
	BetweenSE, WithinSE float64 // NaN where the variance is 0
	Q, QDF, QP          float64 // residual heterogeneity against sampling alone
	I2Between, I2Within float64 // per cent of the variance in all
	LogLik, AIC, BIC    float64
	Iterations          int
	Notes               []string
}

// Pooled is the first coefficient.
func (r *ThreeLevel) Pooled() Coefficient { return r.Coefficients[0] }

// layers holds a three-level model while it is fitted.
type layers struct {
	*work
	blocks     [][]int // rows of each study
	rho        float64
	restricted bool

	inverse [][]float64 // of each block's variance
	ll      float64
	u       []float64 // M^-1 r
	score   [2]float64
	info    [4]float64
}

// FitThreeLevel fits by REML or ML. studies names the study of each effect; rho is the
// correlation of sampling errors inside a study. Moderators may be nil.
func FitThreeLevel(y, v []float64, studies []string, rho float64, moderators []Moderator, o Options) (*ThreeLevel, error) {
	if err := checkEffects(y, v); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Method != REML && o.Method != ML || o.Test != Z && o.Test != T {
		return nil, fault(-1, "a three-level model is not fitted by %v with %v", "Use REML or ML, with Z or T", o.Method, o.Test)
	}
	w, err := newWork(y, v, moderators, o)
	if err != nil {
		return nil, err
	}
	m := &layers{work: w, rho: rho, restricted: o.Method == REML, u: make([]float64, len(y))}
	if err := m.group(studies); err != nil {
		return nil, err
	}
	at, n, ok := m.maximise()
	if !ok {
		return nil, fault(-1, "the likelihood of this model cannot be evaluated", "Look for an effect or a variance that is out of all proportion, or a correlation near 1")
	}
	return m.write(at, n, names(moderators, o), o)
}

func (m *layers) group(studies []string) error {
	if len(studies) != m.k {
		return fault(-1, "there are %d study names for %d effects", "Give one for each effect", len(studies), m.k)
	}
	index := map[string]int{}
	for i, s := range studies {
		at, ok := index[s]
		if !ok {
			at = len(m.blocks)
			index[s] = at
			m.blocks = append(m.blocks, nil)
		}
		m.blocks[at] = append(m.blocks[at], i)
	}
	switch most := len(slices.MaxFunc(m.blocks, func(a, b []int) int { return len(a) - len(b) })); {
	case len(m.blocks) < 2:
		return fault(-1, "all effects are of one study", "The variance between studies needs at least two")
	case most < 2:
		return fault(-1, "each study has one effect: the variance inside studies cannot be told from that between them", "Use Fit or Regress")
	case m.k <= m.p:
		return fault(-1, "there are %d effects for %d coefficients", "Use fewer moderators", m.k, m.p)
	case !(m.rho > -1/float64(most-1) && m.rho < 1):
		return fault(-1, "the correlation %v is impossible for %d effects of one study", "Give one below 1, and not far below 0", m.rho, most)
	}
	m.inverse = make([][]float64, len(m.blocks))
	for j, b := range m.blocks {
		m.inverse[j] = make([]float64, len(b)*len(b))
	}
	return nil
}

// maximise climbs from several starts, since the likelihood of two variances can have
// more than one top, and answers the highest.
func (m *layers) maximise() ([2]float64, int, bool) {
	total := m.unweighted().value
	if total == 0 {
		total = 0.1
	}
	best, top, steps, any := [2]float64{}, 0.0, 0, false
	for _, start := range [][2]float64{{total / 2, total / 2}, {total, 0}, {0, total}, {0, 0}} {
		at, n, ok := m.climb(start)
		steps += n
		if ok && (!any || m.ll > top+1e-12*math.Abs(top)) {
			best, top, any = at, m.ll, true
		}
	}
	return best, steps, any && m.evaluate(best)
}

// climb is Fisher scoring with variances held at 0 while the score there points below,
// halving steps that do not rise.
func (m *layers) climb(s [2]float64) ([2]float64, int, bool) {
	if !m.evaluate(s) {
		return s, 0, false
	}
	for n := 1; n <= 500; n++ {
		m.derive()
		step := m.step(s)
		if math.Abs(step[0])+math.Abs(step[1]) <= 1e-14*(s[0]+s[1]+0.01) {
			return s, n, m.evaluate(s)
		}
		before, moved := m.ll, false
		for range 50 {
			next := [2]float64{math.Max(0, s[0]+step[0]), math.Max(0, s[1]+step[1])}
			if m.evaluate(next) && m.ll >= before-1e-13*math.Abs(before) {
				moved = next != s
				s = next
				break
			}
			step[0], step[1] = step[0]/2, step[1]/2
		}
		if !moved {
			return s, n, m.evaluate(s)
		}
	}
	return s, 500, m.evaluate(s)
}

func (m *layers) step(s [2]float64) [2]float64 {
	held := [2]bool{s[0] == 0 && m.score[0] <= 0, s[1] == 0 && m.score[1] <= 0}
	switch {
	case held[0] && held[1]:
		return [2]float64{}
	case held[0]:
		return [2]float64{0, m.score[1] / m.info[3]}
	case held[1]:
		return [2]float64{m.score[0] / m.info[0], 0}
	}
	det := m.info[0]*m.info[3] - m.info[1]*m.info[2]
	if !(det > 1e-14*m.info[0]*m.info[3]) {
		return [2]float64{m.score[0] / m.info[0] / 2, m.score[1] / m.info[3] / 2}
	}
	step := [2]float64{(m.info[3]*m.score[0] - m.info[1]*m.score[1]) / det, (m.info[0]*m.score[1] - m.info[2]*m.score[0]) / det}
	// A variance at 0 that the joint step would push below: move the other one alone.
	for x := range 2 {
		if s[x] == 0 && step[x] < 0 {
			step[x] = 0
			step[1-x] = m.score[1-x] / m.info[3*(1-x)]
		}
	}
	return step
}

func (m *layers) write(s [2]float64, steps int, columns []string, o Options) (*ThreeLevel, error) {
	m.derive()
	u2 := m.unit * m.unit
	r := &ThreeLevel{Method: o.Method, Test: o.Test, Level: o.level(), K: m.k, P: m.p, Groups: len(m.blocks), Between: s[0] * u2, Within: s[1] * u2,
		BetweenSE: math.NaN(), WithinSE: math.NaN(), Iterations: steps}
	det := m.info[0]*m.info[3] - m.info[1]*m.info[2]
	switch {
	case s[0] > 0 && s[1] > 0:
		r.BetweenSE, r.WithinSE = u2*math.Sqrt(m.info[3]/det), u2*math.Sqrt(m.info[0]/det)
	case s[0] > 0:
		r.BetweenSE = u2 / math.Sqrt(m.info[0])
	case s[1] > 0:
		r.WithinSE = u2 / math.Sqrt(m.info[3])
	}
	if s[0] == 0 || s[1] == 0 {
		r.Notes = append(r.Notes, "a variance lies at its bound of 0 and has no standard error")
	}
	n := float64(m.k)
	if m.restricted {
		n -= float64(m.p)
	}
	r.LogLik = m.ll - n*math.Log(m.unit)
	r.AIC = -2*r.LogLik + 2*float64(m.p+2)
	r.BIC = -2*r.LogLik + float64(m.p+2)*math.Log(n)
	r.Vcov = m.covariance()
	for i := range r.Vcov {
		r.Vcov[i] *= u2
	}
	plain := Result{Test: o.Test, Level: r.Level, K: m.k, P: m.p}
	critical := plain.critical()
	for i, b := range m.coefficients(m.g) {
		r.Coefficients = append(r.Coefficients, plain.coefficient(columns[i], b*m.unit, math.Sqrt(r.Vcov[i*m.p+i]), critical))
	}
	return r, m.spread(r)
}

// spread fills Q and the shares of variance, at variances of 0.
func (m *layers) spread(r *ThreeLevel) error {
	if !m.evaluate([2]float64{}) {
		return fault(-1, "the sampling variances with this correlation cannot be inverted", "Give a smaller correlation")
	}
	r.Q, r.QDF = m.rss, float64(m.k-m.p)
	r.QP = chi2Tail(r.Q, r.QDF)
	trP := 0.0
	for j, rows := range m.blocks {
		for a := range rows {
			trP += m.inverse[j][a*len(rows)+a]
		}
	}
	b := make([]float64, m.p*m.p)
	for j, rows := range m.blocks {
		m.add(b, product(m.inverse[j], m.inverse[j], len(rows)), rows)
	}
	trP -= traceOf(m.a, b)
	all := r.Between + r.Within + r.QDF/trP*m.unit*m.unit
	r.I2Between, r.I2Within = 100*r.Between/all, 100*r.Within/all
	return nil
}
