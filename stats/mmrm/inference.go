package mmrm

import (
	"fmt"
	"math"

	"varde/stats/distribution"
)

// DF is how degrees of freedom are approximated.
type DF string

const (
	// KenwardRoger is Kenward and Roger's (1997) approximation in its linear
	// form, without second derivatives: exact for covariances that are linear in
	// their parameters (us, toep, cs; there it equals SAS PROC MIXED ddfm=kr),
	// and the same however the covariance is written. It is SAS's
	// ddfm=kr(linear) and "Kenward-Roger-Linear" of R's mmrm. REML only.
	KenwardRoger DF = "Kenward-Roger"
	// KenwardRogerSAS adds the second derivatives by variances and correlations,
	// as SAS PROC MIXED ddfm=kr does. REML only.
	KenwardRogerSAS DF = "Kenward-Roger (SAS)"
	// KenwardRogerMMRM adds the second derivatives by log standard deviations
	// and transformed correlations, as "Kenward-Roger" of R's mmrm does. For
	// an unstructured covariance its standard errors are too small: on paired
	// data it misses the paired t test. REML only.
	KenwardRogerMMRM DF = "Kenward-Roger (R mmrm)"
	// Satterthwaite is Satterthwaite's (1946) approximation, after Fai and
	// Cornelius (1996) for several rows; with a sandwich covariance it is Bell
	// and McCaffrey's (2002).
	Satterthwaite DF = "Satterthwaite"
	// BetweenWithin gives contrasts of columns that are constant within subjects
	// the degrees of freedom between subjects, others those within.
	BetweenWithin DF = "between-within"
	// Residual is rows less independent columns.
	Residual DF = "residual"
)

// DFs lists the methods, the default first.
func DFs() []DF {
	return []DF{KenwardRoger, KenwardRogerSAS, KenwardRogerMMRM, Satterthwaite, BetweenWithin, Residual}
}

// Vcov is how the covariance of the estimates is estimated.
type Vcov string

const (
	Asymptotic Vcov = "asymptotic" // the inverse of X'V^-1X
	// BiasReduced is Kenward and Roger's adjusted covariance, in the form of the
	// degrees of freedom asked for, the linear one with any other.
	BiasReduced Vcov = "bias-reduced"
	// The sandwich estimators, by Bell and McCaffrey's (2002) names: CR0 is plain,
	// CR2 is unbiased when the model's covariance is right, CR3 is close to a
	// jackknife over subjects.
	CR0 Vcov = "CR0"
	CR2 Vcov = "CR2"
	CR3 Vcov = "CR3"
)

// Vcovs lists the estimators.
func Vcovs() []Vcov { return []Vcov{Asymptotic, BiasReduced, CR0, CR2, CR3} }

// Inference tells how to test and to estimate. The zero value is Kenward-Roger
// with its covariance and 95% intervals; under ML it is Satterthwaite.
type Inference struct {
	DF    DF
	Vcov  Vcov    // "" = BiasReduced with Kenward-Roger, Asymptotic otherwise
	Level float64 // of confidence intervals; 0 = 0.95
}

// Estimate is an estimated contrast. DF may be fractional; P is two-sided.
type Estimate struct {
	Estimate, SE, DF, T, P, Lower, Upper float64
}

// inference is what the tests of one fit share, computed when first needed.
type inference struct {
	w         []float64 // covariance of the covariance's parameters, K x K
	hasW      bool
	adjust    [3][]float64 // by Kenward-Roger form: r x r in the whitened space, I + 2 Lambda
	hasAdj    [3]bool
	robust    [3]sandwich
	alias     []float64 // kept x aliased: how an aliased column is made up
	within    []bool    // of each kept column
	intercept int       // place among the kept columns, or -1
	bwReady   bool
	v, u      []float64 // scratch, r and K
	unit      []float64 // scratch, P
}

func (s *inference) start(f *Fit) {
	k := f.current().n
	take := f.floats.take
	keep := *s
	*s = inference{w: take(k * k), v: take(f.r), u: take(k), unit: take(f.in.P), within: keep.within}
	for i := range s.robust {
		s.robust[i].scores, s.robust[i].leverage = keep.robust[i].scores, keep.robust[i].leverage
	}
}

func (f *Fit) settle(how Inference) (Inference, error) {
	if how.DF == "" {
		how.DF = KenwardRoger
		if f.o.ML {
			how.DF = Satterthwaite
		}
	}
	form := how.DF.form()
	switch how.DF {
	case KenwardRoger, KenwardRogerSAS, KenwardRogerMMRM, Satterthwaite, BetweenWithin, Residual:
	default:
		return how, fmt.Errorf("mmrm: %w: no degrees of freedom are called %q; there are %q", ErrMethod, string(how.DF), DFs())
	}
	if how.Vcov == "" {
		how.Vcov = Asymptotic
		if form >= 0 {
			how.Vcov = BiasReduced
		}
	}
	switch how.Vcov {
	case Asymptotic, BiasReduced, CR0, CR2, CR3:
	default:
		return how, fmt.Errorf("mmrm: %w: no covariance of estimates is called %q; there are %q", ErrMethod, string(how.Vcov), Vcovs())
	}
	if f.o.ML && (form >= 0 || how.Vcov == BiasReduced) {
		return how, fmt.Errorf("mmrm: %w: Kenward-Roger is derived for REML; fit by REML, or ask for Satterthwaite", ErrMethod)
	}
	if form >= 0 && how.Vcov != BiasReduced {
		return how, fmt.Errorf("mmrm: %w: Kenward-Roger goes with its bias-reduced covariance; ask for Satterthwaite with %s", ErrMethod, how.Vcov)
	}
	if how.Level == 0 {
		how.Level = 0.95
	}
	if !(how.Level > 0 && how.Level < 1) {
		return how, fmt.Errorf("mmrm: %w: a confidence level of %v; give one between 0 and 1", ErrMethod, how.Level)
	}
	return how, nil
}

// form is the place of a Kenward-Roger form, -1 for other methods.
func (d DF) form() int {
	switch d {
	case KenwardRoger:
		return 0
	case KenwardRogerSAS:
		return 1
	case KenwardRogerMMRM:
		return 2
	}
	return -1
}

// Contrast estimates l'beta; l has P coefficients. It refuses what the aliased
// columns leave undetermined (ErrNotEstimable). Calls share memory of the Fit.
func (f *Fit) Contrast(l []float64, how Inference) (Estimate, error) {
	if err := f.checkContrast(l); err != nil {
		return Estimate{}, err
	}
	if len(f.Aliased) > 0 {
		if err := f.estimable(l); err != nil {
			return Estimate{}, err
		}
	}
	return f.estimate(l, how)
}

// Coefficient estimates column j under R's convention that the aliased columns
// have the coefficient 0: a coefficient that an aliased column is a sum of then
// depends on which was left out. It refuses the aliased columns themselves.
func (f *Fit) Coefficient(j int, how Inference) (Estimate, error) {
	if len(f.Beta) == 0 || j < 0 || j >= len(f.Beta) {
		return Estimate{}, fmt.Errorf("mmrm: %w: there is no coefficient %d in the fitted model", ErrMethod, j)
	}
	if math.IsNaN(f.Beta[j]) {
		return Estimate{}, fmt.Errorf("mmrm: %w: %s is a sum of columns before it", ErrNotEstimable, f.in.column(j))
	}
	l := f.inference.unit
	clear(l)
	l[j] = 1
	return f.estimate(l, how)
}

// estimate is Contrast for an l that is estimable.
func (f *Fit) estimate(l []float64, how Inference) (Estimate, error) {
	var e Estimate
	how, err := f.settle(how)
	if err != nil {
		return e, err
	}
	v := f.inference.v
	e.Estimate = f.whitenContrast(l, v)
	asymptotic := dot(v, v)
	if !(asymptotic > 0) {
		return e, fmt.Errorf("mmrm: %w: every coefficient of the contrast is 0", ErrNotEstimable)
	}
	variance, err := f.variance(v, how)
	if err != nil {
		return e, err
	}
	// Below, only rounding is left: the subjects that inform it are fitted exactly.
	if !(variance > 1e-18*asymptotic) || math.IsInf(variance, 1) {
		return e, fmt.Errorf("mmrm: %w: the contrast has no %s variance; too few subjects inform it, ask for another covariance", ErrNotEstimable, how.Vcov)
	}
	if e.DF, err = f.degrees(l, v, asymptotic, how); err != nil {
		return e, err
	}
	if !(e.DF > 1e-6) || math.IsInf(e.DF, 1) {
		return e, fmt.Errorf("mmrm: %w: the contrast has %v degrees of freedom by %s; too few subjects inform it", ErrNotEstimable, e.DF, how.DF)
	}
	e.SE = f.scale * math.Sqrt(variance)
	e.T = e.Estimate / e.SE
	e.P = min(distribution.TTwoSided(e.T, e.DF), 1)
	half := e.SE * f.limits.quantile(how.Level, e.DF)
	e.Lower, e.Upper = e.Estimate-half, e.Estimate+half
	return e, nil
}

// checkContrast refuses coefficients that cannot be meant.
func (f *Fit) checkContrast(l []float64) error {
	if len(f.Beta) == 0 {
		return fmt.Errorf("mmrm: %w: there is no fitted model", ErrMethod)
	}
	if len(l) != f.in.P {
		return fmt.Errorf("mmrm: a contrast of %d coefficients for %d columns", len(l), f.in.P)
	}
	for j, c := range l {
		if c-c != 0 {
			return fmt.Errorf("mmrm: the contrast has %v at %s", c, f.in.column(j))
		}
	}
	return nil
}

// whitenContrast writes L^-1 l, the contrast in the space in which the
// covariance of the estimates is the identity, and answers l'beta.
func (f *Fit) whitenContrast(l, v []float64) float64 {
	estimate := 0.0
	for i, j := range f.keep {
		v[i] = l[j]
		if l[j] != 0 {
			estimate += l[j] * f.Beta[j]
		}
	}
	for _, c := range f.centrings {
		v[c.j] -= c.share * l[f.keep[c.ind]]
	}
	solveLower(f.profile.l, v, f.r)
	return estimate
}

// variance is that of the whitened contrast, over scale squared.
func (f *Fit) variance(v []float64, how Inference) (float64, error) {
	switch how.Vcov {
	case BiasReduced:
		a := f.adjusted(max(how.DF.form(), 0))
		return quadratic(a, v, v, f.r), nil
	case CR0, CR2, CR3:
		return f.sandwichOf(how.Vcov).variance(f, v), nil
	}
	return dot(v, v), nil
}

func quadratic(a, v, u []float64, n int) float64 {
	s := 0.0
	for i, x := range v[:n] {
		s += x * dot(u[:n], a[i*n:i*n+n])
	}
	return s
}

// degrees of freedom of one contrast, l as given and v whitened.
func (f *Fit) degrees(l, v []float64, asymptotic float64, how Inference) (float64, error) {
	switch how.DF {
	case Residual:
		return float64(f.n - f.r), nil
	case BetweenWithin:
		return f.betweenWithin(l)
	}
	if how.Vcov == CR0 || how.Vcov == CR2 || how.Vcov == CR3 {
		return f.sandwichOf(how.Vcov).degrees(f, v), nil
	}
	// For one row Kenward and Roger's degrees of freedom are Satterthwaite's.
	g := f.slopes(v, v)
	return 2 * asymptotic * asymptotic / quadratic(f.parameterVariance(), g, g, len(g)), nil
}

// slopes fills u with the derivatives of v'(L^-1 X'V^-1X L'^-1)^-1 u by the
// parameters.
func (f *Fit) slopes(v, u []float64) []float64 {
	r, out := f.r, f.inference.u
	for i := range out {
		out[i] = quadratic(f.b[i*r*r:][:r*r], v, u, r)
	}
	return out
}

// parameterVariance is the inverse of the observed information.
func (f *Fit) parameterVariance() []float64 {
	s := &f.inference
	if !s.hasW {
		n := f.current().n
		invertLower(f.fact, f.spare, n)
		gram(f.spare, s.w, n)
		s.hasW = true
	}
	return s.w
}
