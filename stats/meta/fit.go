package meta

import (
	"math"
	"slices"
)

// Fit pools effects: y and v are k effects and sampling variances.
func Fit(y, v []float64, o Options) (*Result, error) {
	if o.NoIntercept {
		return nil, fault(-1, "a pooled effect needs its intercept", "Leave NoIntercept out, or use Regress")
	}
	return Regress(y, v, nil, o)
}

// Regress explains effects by moderators: weighted least squares with W = 1/(v + tau2).
func Regress(y, v []float64, moderators []Moderator, o Options) (*Result, error) {
	if err := checkEffects(y, v); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	m, err := newWork(y, v, moderators, o)
	if err != nil {
		return nil, err
	}
	t, ok := m.estimate(o)
	if !ok {
		return nil, fault(-1, "the sums of this model leave the range of numbers", "Look for an effect or a variance that is out of all proportion")
	}
	r := m.result(t, o, moderators)
	r.y, r.v, r.moderators, r.o = slices.Clone(y), slices.Clone(v), moderators, o
	if err := r.explain(); err != nil {
		return nil, err
	}
	return r, nil
}

// result writes out the last evaluation, which stands at the estimate.
func (m *work) result(t tau, o Options, mods []Moderator) *Result {
	u2 := m.unit * m.unit
	r := &Result{Method: o.Method, Test: o.Test, Level: o.level(), K: m.k, P: m.p, Tau2: t.value * u2, Tau2SE: t.se * u2,
		Iterations: t.iterations, R2: math.NaN(), LogLik: math.NaN(), AIC: math.NaN(), BIC: math.NaN(), hasConstant: !o.NoIntercept}
	if t.note != "" {
		r.note("%s", t.note)
	}
	r.Weights, r.Fitted, r.Residuals = make([]float64, m.k), make([]float64, m.k), make([]float64, m.k)
	for i := range m.k {
		r.Weights[i] = 100 * m.w[i] / m.sumW
		r.Residuals[i] = m.r[i] * m.unit
		r.Fitted[i] = (m.y[i] - m.r[i]) * m.unit
	}
	m.information(r)
	free := float64(m.k - m.p)
	r.Scale = 1
	if o.Test == KnappHartung || o.Test == AdHoc {
		if free > 0 {
			r.Scale = m.rss / free
		}
		if o.Test == AdHoc {
			r.Scale = math.Max(r.Scale, 1)
		}
	}
	r.Vcov = m.covariance()
	for i := range r.Vcov {
		r.Vcov[i] *= u2 * r.Scale
	}
	beta := m.coefficients(m.g)
	r.Coefficients = make([]Coefficient, m.p)
	critical := r.critical()
	for i, name := range names(mods, o) {
		r.Coefficients[i] = r.coefficient(name, beta[i]*m.unit, math.Sqrt(r.Vcov[i*m.p+i]), critical)
	}
	r.together()
	m.heterogeneity(r, t.value)
	return r
}

// information fills the likelihood and its criteria, where the method has one.
func (m *work) information(r *Result) {
	if r.Method != REML && r.Method != ML && r.Method != Common {
		return
	}
	parameters, n := float64(m.p), float64(m.k)
	if r.Method != Common {
		parameters++
	}
	if r.Method == REML {
		n -= float64(m.p)
	}
	r.LogLik = m.logLik(r.Method == REML) - n*math.Log(m.unit)
	r.AIC = -2*r.LogLik + 2*parameters
	r.BIC = -2*r.LogLik + parameters*math.Log(n)
	if n == 0 {
		r.LogLik, r.AIC, r.BIC = math.NaN(), math.NaN(), math.NaN()
		r.note("as many coefficients as effects: there is no restricted likelihood")
	}
}

// df is the degrees of freedom of the tests; 0 = normal.
func (r *Result) df() float64 {
	if r.Test == Z {
		return 0
	}
	return float64(r.K - r.P)
}

// critical is the factor of the interval, NaN with a note where there is none.
func (r *Result) critical() float64 {
	switch {
	case r.Test == Z:
		return normalQuantile(1 - (1-r.Level)/2)
	case r.df() <= 0:
		r.note("no degree of freedom is left for t: test and interval do not exist")
		return math.NaN()
	case r.Test == KnappHartung && r.Scale <= 0x1p-52*0x1p-20:
		r.note("the effects do not differ at all: the variance of Knapp and Hartung is 0, so test and interval do not exist; the ad hoc variant has them")
		return math.NaN()
	}
	return tUpper(1-r.Level, r.df())
}

func (r *Result) coefficient(name string, estimate, se, critical float64) Coefficient {
	c := Coefficient{Name: name, Estimate: estimate, SE: se, DF: r.df()}
	c.Low, c.High = estimate-critical*se, estimate+critical*se
	c.Statistic, c.P = math.NaN(), math.NaN()
	if math.IsNaN(critical) {
		return c
	}
	c.Statistic = estimate / se
	if c.DF == 0 {
		c.P = normalTwoSided(c.Statistic)
	} else {
		c.P = tTwoSided(c.Statistic, c.DF)
	}
	return c
}

// together tests all coefficients but the intercept at once (Wald).
func (r *Result) together() {
	first := 0
	if r.hasConstant {
		first = 1
	}
	n := r.P - first
	if n == 0 {
		return
	}
	r.QMDF = float64(n)
	sub, l, inv, scratch := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	// Correlations, so that columns of different units are inverted alike well.
	sd := make([]float64, n)
	for i := range n {
		sd[i] = r.Coefficients[first+i].SE
	}
	for i := range n {
		for j := range n {
			sub[i*n+j] = r.Vcov[(first+i)*r.P+first+j] / sd[i] / sd[j]
		}
	}
	if _, ok := cholesky(sub, l, n); !ok || math.IsNaN(r.critical0()) {
		r.QM, r.QMP = math.NaN(), math.NaN()
		r.note("the joint test of the moderators does not exist: their variance cannot be inverted")
		return
	}
	inverseOf(l, inv, scratch, n)
	for i := range n {
		for j := range n {
			r.QM += r.Coefficients[first+i].Estimate / sd[i] * inv[i*n+j] * r.Coefficients[first+j].Estimate / sd[j]
		}
	}
	if r.Test == Z {
		r.QMP = chi2Tail(r.QM, r.QMDF)
		return
	}
	r.QM /= r.QMDF
	r.QMDenominator = r.df()
	r.QMP = fTail(r.QM, r.QMDF, r.QMDenominator)
}

// critical0 is NaN where the coefficients have no test.
func (r *Result) critical0() float64 { return r.Coefficients[0].Statistic }

// heterogeneity fills Q, I2 and H2. For random effects I2 = tau2/(tau2 + s2) with the
// typical variance s2 = (k-p)/tr P (Higgins & Thompson 2002, equation 9, as metafor
// generalises it); for a common effect I2 = (Q-df)/Q. It moves the evaluation to 0.
func (m *work) heterogeneity(r *Result, value float64) {
	free := float64(m.k - m.p)
	m.at(0)
	r.Q, r.QDF = m.rss, free
	r.QP = chi2Tail(r.Q, free)
	r.H2 = 1
	switch {
	case free == 0:
	case r.Method == Common:
		r.H2 = r.Q / free
		if r.Q > 0 {
			r.I2 = math.Max(0, 100*(r.Q-free)/r.Q)
		}
	default:
		r.I2, r.H2 = share(value, free/m.traces().p)
	}
}

// share gives I2 in per cent and H2 of a variance between studies and a typical variance.
func share(tau2, typical float64) (i2, h2 float64) {
	return 100 * tau2 / (tau2 + typical), tau2/typical + 1
}

// explain fills R2: the fall of tau2 against the model without moderators (Raudenbush
// 2009), or for a common effect the adjusted R2 of the weighted regression.
func (r *Result) explain() error {
	if !r.hasConstant || r.P < 2 {
		return nil
	}
	if r.Method == Given {
		r.note("tau2 is given, so that no R2 exists")
		return nil
	}
	o := r.o
	o.Test = Z
	null, err := Fit(r.y, r.v, o)
	if err != nil {
		return err
	}
	switch {
	case r.Method == Common:
		r.R2 = 0
		if null.Q > 0 && r.K > r.P {
			r.R2 = math.Max(0, 100*(1-r.Q/null.Q*float64(r.K-1)/float64(r.K-r.P)))
		}
	case null.Tau2 == 0:
		r.R2 = 0
		r.note("no variance between studies without moderators: R2 is taken as 0")
	default:
		r.R2 = math.Max(0, 100*(null.Tau2-r.Tau2)/null.Tau2)
	}
	return nil
}
