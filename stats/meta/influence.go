package meta

import "math"

// Without is a fit with one effect left out.
type Without struct {
	Index  int // of the effect that was left out
	Result *Result
}

// LeaveOneOut fits again without each effect in turn.
func (r *Result) LeaveOneOut() ([]Without, error) {
	if r.K-1 < r.P {
		return nil, fault(-1, "there are %d effects for %d coefficients", "Leaving one out needs one more", r.K, r.P)
	}
	out := make([]Without, r.K)
	for i := range r.K {
		f, err := r.without(i)
		if err != nil {
			return nil, err
		}
		out[i] = Without{i, f}
	}
	return out, nil
}

func (r *Result) without(i int) (*Result, error) {
	drop := func(x []float64) []float64 {
		out := make([]float64, 0, len(x)-1)
		return append(append(out, x[:i]...), x[i+1:]...)
	}
	var mods []Moderator
	for _, m := range r.moderators {
		mods = append(mods, Moderator{m.Name, drop(m.Values)})
	}
	return Regress(drop(r.y), drop(r.v), mods, r.o)
}

// Cumulative pools the first effect, the first two, and so on, in the order given.
func Cumulative(y, v []float64, o Options) ([]*Result, error) {
	if err := checkEffects(y, v); err != nil {
		return nil, err
	}
	out := make([]*Result, len(y))
	for i := range y {
		f, err := Fit(y[:i+1], v[:i+1], o)
		if err != nil {
			return nil, err
		}
		out[i] = f
	}
	return out, nil
}

// Influence tells what one effect does to the fit: Viechtbauer & Cheung, Res Synth
// Methods 2010;1:112.
type Influence struct {
	Standardised float64   // internally standardised residual
	Deleted      float64   // residual against the fit without it, standardised
	DFFITS       float64   // change of its own fitted value, in standard errors
	Cook         float64   // distance between the coefficients with and without it
	CovRatio     float64   // det of the variance without it over that with it
	Tau2         float64   // without it
	Q            float64   // without it
	Hat          float64   // leverage
	Weight       float64   // per cent
	DFBetas      []float64 // change of each coefficient, in standard errors
	// Influential by the rule of that paper: |DFFITS| > 3 sqrt(p/(k-p)), Cook beyond the
	// median of chi2(p), hat > 3p/k, or any |DFBeta| > 1.
	Influential bool
}

// Influences measures each effect by leaving it out.
func (r *Result) Influences() ([]Influence, error) {
	if r.K-1 <= r.P {
		return nil, fault(-1, "there are %d effects for %d coefficients", "Influence needs at least two more", r.K, r.P)
	}
	if r.Test != Z && r.Scale == 0 {
		return nil, fault(-1, "the effects do not differ at all: influence is not defined", "Fit with Z or AdHoc")
	}
	inverse, logDet, err := invertVcov(r.Vcov, r.P)
	if err != nil {
		return nil, err
	}
	out := make([]Influence, r.K)
	for i := range r.K {
		f, err := r.without(i)
		if err != nil {
			return nil, err
		}
		if out[i], err = r.influence(i, f, inverse, logDet); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *Result) influence(i int, f *Result, inverse []float64, logDet float64) (Influence, error) {
	marginal := r.v[i] + r.Tau2
	leverage := r.fittedVariance(i) / r.Scale / marginal
	in := Influence{Tau2: f.Tau2, Q: f.Q, Hat: leverage, Weight: r.Weights[i]}
	in.Standardised = r.Residuals[i] / math.Sqrt(marginal*(1-leverage))
	row := r.row(i)
	predicted, variance := 0.0, 0.0
	for a, x := range row {
		predicted += x * f.Coefficients[a].Estimate
		for b, z := range row {
			variance += x * z * f.Vcov[a*r.P+b]
		}
	}
	in.Deleted = (r.y[i] - predicted) / math.Sqrt(r.v[i]+f.Tau2+variance)
	in.DFFITS = (r.Fitted[i] - predicted) / math.Sqrt(f.Scale*leverage*(r.v[i]+f.Tau2))
	_, logDetWithout, err := invertVcov(f.Vcov, r.P)
	if err != nil {
		return in, err
	}
	in.CovRatio = math.Exp(logDetWithout - logDet)
	at, err := Regress(r.y, r.v, r.moderators, Options{Method: Given, Tau2: f.Tau2, NoIntercept: r.o.NoIntercept})
	if err != nil {
		return in, err
	}
	change := make([]float64, r.P)
	in.DFBetas = make([]float64, r.P)
	for a := range r.P {
		change[a] = r.Coefficients[a].Estimate - f.Coefficients[a].Estimate
		in.DFBetas[a] = change[a] / math.Sqrt(f.Scale*at.Vcov[a*r.P+a])
	}
	for a := range r.P {
		for b := range r.P {
			in.Cook += change[a] * inverse[a*r.P+b] * change[b]
		}
	}
	in.Influential = r.influential(in)
	return in, nil
}

func (r *Result) influential(in Influence) bool {
	k, p := float64(r.K), float64(r.P)
	if math.Abs(in.DFFITS) > 3*math.Sqrt(p/(k-p)) || chi2Tail(in.Cook, p) < 0.5 || in.Hat > 3*p/k {
		return true
	}
	for _, b := range in.DFBetas {
		if math.Abs(b) > 1 {
			return true
		}
	}
	return false
}

// invertVcov inverts through correlations, so that units do not matter.
func invertVcov(v []float64, p int) ([]float64, float64, error) {
	c, l, inv, scratch := make([]float64, p*p), make([]float64, p*p), make([]float64, p*p), make([]float64, p*p)
	logDet := 0.0
	for i := range p {
		for j := range p {
			c[i*p+j] = v[i*p+j] / math.Sqrt(v[i*p+i]*v[j*p+j])
		}
		logDet += math.Log(v[i*p+i])
	}
	d, ok := cholesky(c, l, p)
	if !ok || math.IsNaN(logDet) {
		return nil, 0, fault(-1, "the variance of the coefficients cannot be inverted", "Use fewer moderators")
	}
	inverseOf(l, inv, scratch, p)
	for i := range p {
		for j := range p {
			inv[i*p+j] /= math.Sqrt(v[i*p+i] * v[j*p+j])
		}
	}
	return inv, d + logDet, nil
}
