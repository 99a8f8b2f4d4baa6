package meta

import "math"

// Prediction names the interval for the effect of one further study.
type Prediction int

const (
	// PredictTest uses the distribution and the standard error of the fit's own test.
	PredictTest Prediction = iota
	// PredictHTS is t with k-p-1 degrees of freedom and the standard error of the fit's
	// test: Higgins, Thompson & Spiegelhalter, J R Stat Soc A 2009;172:137.
	PredictHTS
	// PredictWald is t with k-p degrees of freedom and the unscaled standard error.
	PredictWald
	// PredictWaldHTS is t with k-p-1 and the unscaled standard error: the formula of HTS
	// to the letter, also beside a Knapp-Hartung test.
	PredictWaldHTS
)

// Predict is the interval that the true effect of one further study lies in, at the
// values x of the moderators (none for a pooled effect).
func (r *Result) Predict(kind Prediction, x ...float64) (Interval, error) {
	if kind < PredictTest || kind > PredictWaldHTS {
		return Interval{}, fault(-1, "there is no prediction interval %d", "Use one of the constants", kind)
	}
	if r.Method == Common {
		return Interval{}, fault(-1, "a common effect has no further studies to predict: all are taken to share it", "Fit random effects")
	}
	at, variance, err := r.mean(x)
	if err != nil {
		return Interval{}, err
	}
	if kind == PredictWald || kind == PredictWaldHTS {
		if r.Scale == 0 {
			return Interval{}, fault(-1, "the unscaled variance cannot be told from a scale of 0", "Fit with T or AdHoc")
		}
		variance /= r.Scale
	}
	df := float64(r.K - r.P)
	if kind == PredictHTS || kind == PredictWaldHTS {
		df--
		if df == 0 {
			df = 1
			r.note("k-p-1 is 0: the prediction interval is taken with 1 degree of freedom, as metafor does")
		}
	}
	critical := 0.0
	switch {
	case kind == PredictTest && r.Test == Z:
		critical = normalQuantile(1 - (1-r.Level)/2)
	case df <= 0:
		return Interval{}, fault(-1, "there are %d effects for %d coefficients: no degree of freedom is left", "A prediction interval needs more effects", r.K, r.P)
	default:
		critical = tUpper(1-r.Level, df)
	}
	half := critical * math.Sqrt(variance+r.Tau2)
	return Interval{at, at - half, at + half}, nil
}

// Mean is the mean effect at the values x of the moderators, with its interval.
func (r *Result) Mean(x ...float64) (Coefficient, error) {
	at, variance, err := r.mean(x)
	if err != nil {
		return Coefficient{}, err
	}
	first := r.Coefficients[0]
	critical := (first.High - first.Estimate) / first.SE
	return r.coefficient("mean", at, math.Sqrt(variance), critical), nil
}

func (r *Result) mean(x []float64) (at, variance float64, err error) {
	if len(x) != len(r.moderators) {
		return 0, 0, fault(-1, "%d values are given for %d moderators", "Give one value for each", len(x), len(r.moderators))
	}
	row := x
	if r.hasConstant {
		row = append([]float64{1}, x...)
	}
	for i, a := range row {
		at += a * r.Coefficients[i].Estimate
		for j, b := range row {
			variance += a * b * r.Vcov[i*r.P+j]
		}
	}
	return at, variance, nil
}

// Heterogeneity are tau2, tau, I2 (per cent) and H2 with intervals.
type Heterogeneity struct {
	Tau2, Tau, I2, H2 Interval
	Notes             []string
}

// QProfile gives intervals for the variance between studies by inverting Q(tau2):
// Viechtbauer, Stat Med 2007;26:37. Those of I2 and H2 follow from them.
func (r *Result) QProfile(level float64) (Heterogeneity, error) {
	if level == 0 {
		level = 0.95
	}
	if !(level > 0 && level < 1) {
		return Heterogeneity{}, fault(-1, "the level %v lies outside 0 to 1", "Give a share such as 0.95", level)
	}
	free := float64(r.K - r.P)
	if free == 0 {
		return Heterogeneity{}, fault(-1, "there are %d effects for %d coefficients", "An interval of tau2 needs more effects", r.K, r.P)
	}
	m, err := newWork(r.y, r.v, r.moderators, r.o)
	if err != nil {
		return Heterogeneity{}, err
	}
	u2 := m.unit * m.unit
	var h Heterogeneity
	m.at(0)
	q0, typical := m.rss, free/m.traces().p*u2
	tail := (1 - level) / 2
	low, _, ok1 := m.solveQ(chi2Quantile(1-tail, free))
	high, _, ok2 := m.solveQ(chi2Quantile(tail, free))
	if !ok1 || !ok2 {
		return Heterogeneity{}, fault(-1, "the interval of tau2 leaves the range of numbers", "Look for an effect or a variance that is out of all proportion")
	}
	if q0 < chi2Quantile(tail, free) {
		h.Notes = append(h.Notes, "the effects differ less than sampling alone would lead to expect: the interval of tau2 holds 0 only")
	}
	h.Tau2 = Interval{r.Tau2, low * u2, high * u2}
	h.Tau = Interval{math.Sqrt(h.Tau2.Value), math.Sqrt(h.Tau2.Low), math.Sqrt(h.Tau2.High)}
	h.I2.Value, h.H2.Value = share(h.Tau2.Value, typical)
	h.I2.Low, h.H2.Low = share(h.Tau2.Low, typical)
	h.I2.High, h.H2.High = share(h.Tau2.High, typical)
	if h.Tau2.Value < h.Tau2.Low || h.Tau2.Value > h.Tau2.High {
		h.Notes = append(h.Notes, "the estimate of tau2 lies outside the interval: they are made by different methods")
	}
	return h, nil
}

// Shrunken are the best linear unbiased predictions of the effects of the studies
// themselves, with normal intervals or t as the fit's test.
func (r *Result) Shrunken() ([]Coefficient, error) {
	out := make([]Coefficient, r.K)
	critical := (r.Coefficients[0].High - r.Coefficients[0].Estimate) / r.Coefficients[0].SE
	for i := range r.K {
		variance := r.fittedVariance(i)
		keep := r.Tau2 / (r.Tau2 + r.v[i])
		at := keep*r.y[i] + (1-keep)*r.Fitted[i]
		out[i] = r.coefficient("", at, math.Sqrt(keep*r.v[i]+(1-keep)*(1-keep)*variance), critical)
	}
	return out, nil
}

// row is the design of effect i.
func (r *Result) row(i int) []float64 {
	var row []float64
	if r.hasConstant {
		row = append(row, 1)
	}
	for _, m := range r.moderators {
		row = append(row, m.Values[i])
	}
	return row
}

// fittedVariance is x V x' of effect i.
func (r *Result) fittedVariance(i int) float64 {
	row := r.row(i)
	sum := 0.0
	for a, x := range row {
		for b, z := range row {
			sum += x * z * r.Vcov[a*r.P+b]
		}
	}
	return sum
}
