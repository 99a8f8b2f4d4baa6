// Package effect is standardised mean differences with their confidence
// intervals. Every result names the standard deviation it was divided by and how
// its interval was made: the same data have several "effect sizes", and they
// differ.
package effect

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
	"varde/stats/root"
)

// Group describes one group of independent observations. SD uses n-1.
type Group struct {
	N        int
	Mean, SD float64
}

// Describe makes a Group of observations.
func Describe(values []float64) (Group, error) {
	g := Group{N: len(values)}
	if g.N < 2 {
		return g, fmt.Errorf("effect: %d observations have no standard deviation; two are the least", g.N)
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return g, fmt.Errorf("effect: observation %d is %v", i+1, v)
		}
		g.Mean += (v - values[0]) / float64(g.N)
	}
	g.Mean += values[0]
	s := 0.0
	for _, v := range values {
		s += (v - g.Mean) * (v - g.Mean)
	}
	g.SD = math.Sqrt(s / float64(g.N-1))
	return g, nil
}

func (g Group) check(what string) error {
	switch {
	case g.N < 2:
		return fmt.Errorf("effect: %s has %d observations; a standard deviation needs two", what, g.N)
	case !(g.SD >= 0) || math.IsInf(g.SD, 1) || math.IsNaN(g.Mean) || math.IsInf(g.Mean, 0):
		return fmt.Errorf("effect: %s has mean %v and standard deviation %v; both are finite and the second is not negative", what, g.Mean, g.SD)
	}
	return nil
}

// Interval names how a confidence interval is made.
type Interval string

const (
	// Noncentral inverts the noncentral t distribution of the statistic (Steiger
	// and Fouladi 1997; Cumming and Finch 2001, Educ Psychol Meas 61:532): exact
	// for normal data with equal variances.
	Noncentral Interval = "noncentral t"
	// LargeSample is estimate +- z times the square root of the large-sample
	// variance (Hedges and Olkin 1985, p. 86): 1/n1 + 1/n2 + d^2 / (2 (n1+n2))
	// for independent groups; see each function.
	LargeSample Interval = "large sample"
)

// Options of an effect size. The zero value is a noncentral interval at 0.95.
type Options struct {
	Interval Interval
	Level    float64
}

func (o Options) fill() (Options, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if o.Interval == "" {
		o.Interval = Noncentral
	}
	if !(o.Level > 0 && o.Level < 1) {
		return o, fmt.Errorf("effect: a confidence level of %v; it lies between 0 and 1", o.Level)
	}
	if o.Interval != Noncentral && o.Interval != LargeSample {
		return o, fmt.Errorf("effect: no interval %q; use %q or %q", o.Interval, Noncentral, LargeSample)
	}
	return o, nil
}

// Size is an effect size.
type Size struct {
	Measure             string // such as "Hedges g"
	Standardiser        string // which standard deviation
	Interval            Interval
	Estimate            float64
	SE                  float64 // large-sample standard error
	Lower, Upper, Level float64
	DF                  float64
	Correction          float64 // the factor J that was applied, 1 for none
	Notes               []string
}

var errNoSpread = errors.New("effect: the standard deviation is zero, so a standardised difference does not exist")

// Correction is Hedges' exact factor J = Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2))
// for m > 1 degrees of freedom (Hedges 1981, J Educ Stat 6:107, eq. 6e).
func Correction(m float64) float64 {
	a, _ := math.Lgamma(m / 2)
	b, _ := math.Lgamma((m - 1) / 2)
	return math.Exp(a-b) / math.Sqrt(m/2)
}

// ncpLimits answers the noncentralities at which the statistic t has the upper
// and the lower tail probability alpha/2.
func ncpLimits(t, df, level float64) (lower, upper float64, err error) {
	alpha := (1 - level) / 2
	upperTail := func(delta float64) float64 {
		return distribution.NoncentralT{Nu: df, Delta: delta}.Upper(t) - alpha
	}
	lowerTail := func(delta float64) float64 {
		return alpha - distribution.NoncentralT{Nu: df, Delta: delta}.CDF(t)
	}
	// The normal approximation of the limits is where to look.
	half := distribution.NormalUpperQuantile(alpha) * math.Sqrt(1+t*t/(2*df))
	if lower, err = around(upperTail, t-half); err == nil {
		upper, err = around(lowerTail, t+half)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("effect: the noncentral interval of t = %v was not found: %w", t, err)
	}
	return lower, upper, nil
}

// around answers the zero of a rising function, near a guess.
func around(f func(float64) float64, guess float64) (float64, error) {
	for width := 0.25 + 0.05*math.Abs(guess); ; width *= 3 {
		v, err := root.Find(f, guess-width, guess+width, 1e-11)
		if err == nil || width > 1e6 || !errors.Is(err, root.ErrNoBracket) {
			return v, err
		}
	}
}

// finish makes the interval of d = t * k with the given degrees of freedom and
// applies the correction.
func finish(s Size, k, variance, corr float64, o Options) (Size, error) {
	s.Level, s.Interval, s.Correction = o.Level, o.Interval, corr
	d := s.Estimate
	s.Estimate = corr * d
	s.SE = math.Sqrt(variance)
	if o.Interval == LargeSample {
		half := distribution.NormalUpperQuantile((1-o.Level)/2) * s.SE
		s.Lower, s.Upper = s.Estimate-half, s.Estimate+half
		return s, nil
	}
	lower, upper, err := ncpLimits(d/k, s.DF, o.Level)
	if err != nil {
		return s, err
	}
	// The interval is one of the parameter, whatever estimate is used for it.
	s.Lower, s.Upper = lower*k, upper*k
	return s, nil
}
