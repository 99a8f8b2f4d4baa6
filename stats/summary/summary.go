// Package summary describes one or two samples: means, differences and shares
// with confidence intervals. It is pure numerics on slices and counts.
//
// Nothing here is ever NaN or infinite without a reason: an Estimate whose Why
// is not empty has no value, or no interval, and Why says which condition of
// the method does not hold.
package summary

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Why says why a number, or its interval, does not exist. The codes are stable.
type Why string

const (
	NoData       Why = "no-data"       // no value at all
	OneValue     Why = "one-value"     // a spread needs two values
	ZeroVariance Why = "zero-variance" // all values are equal, so a standardised effect is not defined
	NoEvents     Why = "no-events"     // a ratio with no event in the comparison, or in either group
	NotFinite    Why = "not-finite"    // a value that is not a finite number was given
	BadLevel     Why = "bad-level"     // a confidence level outside (0, 1)
	BadCounts    Why = "bad-counts"    // more events than participants, or a negative count
)

// Estimate is a number with its interval.
type Estimate struct {
	Value        float64
	Lower, Upper float64
	HasValue     bool
	HasInterval  bool
	Freedom      float64 // degrees of freedom of a t interval, 0 where it is none
	Error        float64 // standard error, 0 where it is not used
	Why          Why     // "" when both the value and the interval are there
}

// Sample describes one sample. SD uses n-1.
type Sample struct {
	N        int
	Mean, SD float64
	Min, Max float64
	HasMean  bool
	HasSD    bool
	Why      Why
}

// Describe describes a sample. Sums are taken around the first value and
// corrected (two passes), so that a large offset costs no digits.
func Describe(xs []float64) Sample {
	s := Sample{N: len(xs)}
	if len(xs) == 0 {
		s.Why = NoData
		return s
	}
	s.Min, s.Max = xs[0], xs[0]
	sum := 0.0
	for _, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return Sample{N: len(xs), Why: NotFinite}
		}
		s.Min, s.Max = min(s.Min, x), max(s.Max, x)
		sum += x - xs[0]
	}
	n := float64(len(xs))
	s.Mean = xs[0] + sum/n
	s.HasMean = true
	if len(xs) == 1 {
		s.Why = OneValue
		return s
	}
	squares, rest := 0.0, 0.0
	for _, x := range xs {
		d := x - s.Mean
		squares += d * d
		rest += d
	}
	s.SD = math.Sqrt(max(0, squares-rest*rest/n) / (n - 1))
	if s.Min == s.Max {
		s.SD = 0
	}
	s.HasSD = true
	if math.IsInf(s.Mean, 0) || math.IsInf(s.SD, 0) || math.IsNaN(s.Mean) || math.IsNaN(s.SD) {
		return Sample{N: len(xs), Why: NotFinite}
	}
	return s
}

func validLevel(level float64) bool { return level > 0 && level < 1 }

// z is the normal quantile for a two-sided level.
func z(level float64) float64 { return distuv.UnitNormal.Quantile(0.5 + level/2) }

// t is the quantile of Student's t for a two-sided level.
func t(level, freedom float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(0.5 + level/2)
}

// Mean is the mean with its t interval at a level such as 0.95.
func Mean(s Sample, level float64) Estimate {
	e := Estimate{Value: s.Mean, HasValue: s.HasMean, Why: s.Why}
	if !validLevel(level) {
		e.Why = BadLevel
		return e
	}
	if !s.HasSD {
		return e
	}
	e.Freedom = float64(s.N - 1)
	e.Error = s.SD / math.Sqrt(float64(s.N))
	half := t(level, e.Freedom) * e.Error
	e.Lower, e.Upper, e.HasInterval = e.Value-half, e.Value+half, true
	return e
}

// Welch is the difference of means a - b with the t interval for unequal
// variances (Welch 1947, Biometrika 34:28; degrees of freedom of Satterthwaite).
// When both samples have no spread the interval has no width to estimate, and
// there is none.
func Welch(a, b Sample, level float64) Estimate {
	e := Estimate{Value: a.Mean - b.Mean, HasValue: a.HasMean && b.HasMean}
	switch {
	case !validLevel(level):
		e.Why = BadLevel
		return e
	case !e.HasValue:
		e.Value, e.Why = 0, first(a, b)
		return e
	case !a.HasSD || !b.HasSD:
		e.Why = first(a, b)
		return e
	}
	va, vb := a.SD*a.SD/float64(a.N), b.SD*b.SD/float64(b.N)
	if va+vb == 0 {
		e.Why = ZeroVariance
		return e
	}
	e.Freedom = (va + vb) * (va + vb) / (va*va/float64(a.N-1) + vb*vb/float64(b.N-1))
	e.Error = math.Sqrt(va + vb)
	half := t(level, e.Freedom) * e.Error
	e.Lower, e.Upper, e.HasInterval = e.Value-half, e.Value+half, true
	return e
}

func first(a, b Sample) Why {
	if a.Why == NoData || a.Why == NotFinite || b.Why == "" {
		return a.Why
	}
	return b.Why
}

// Hedges is the standardised difference of means (a - b) / pooled SD with the
// exact small-sample correction J = gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)),
// m = na + nb - 2 (Hedges 1981, J Educ Stat 6:107), and the interval from its
// large-sample variance 1/na + 1/nb + g^2 / (2 (na + nb)).
func Hedges(a, b Sample, level float64) Estimate {
	var e Estimate
	switch {
	case !validLevel(level):
		e.Why = BadLevel
		return e
	case !a.HasSD || !b.HasSD:
		e.Why = first(a, b)
		return e
	}
	na, nb := float64(a.N), float64(b.N)
	m := na + nb - 2
	pooled := math.Sqrt(((na-1)*a.SD*a.SD + (nb-1)*b.SD*b.SD) / m)
	if pooled == 0 {
		e.Why = ZeroVariance
		return e
	}
	e.Value, e.HasValue = correction(m)*(a.Mean-b.Mean)/pooled, true
	e.Error = math.Sqrt(1/na + 1/nb + e.Value*e.Value/(2*(na+nb)))
	half := z(level) * e.Error
	e.Lower, e.Upper, e.HasInterval = e.Value-half, e.Value+half, true
	return e
}

// correction is Hedges' J for m degrees of freedom.
func correction(m float64) float64 {
	hi, _ := math.Lgamma(m / 2)
	lo, _ := math.Lgamma((m - 1) / 2)
	return math.Exp(hi-lo) / math.Sqrt(m/2)
}

// Within is the standardised mean change of one sample of changes: mean / SD of
// the changes, with J for n-1 and variance 1/n + g^2 / (2n).
func Within(changes Sample, level float64) Estimate {
	var e Estimate
	switch {
	case !validLevel(level):
		e.Why = BadLevel
		return e
	case !changes.HasSD:
		e.Why = changes.Why
		return e
	case changes.SD == 0:
		e.Why = ZeroVariance
		return e
	}
	n := float64(changes.N)
	j := 1.0
	if changes.N > 2 {
		j = correction(n - 1)
	}
	e.Value, e.HasValue = j*changes.Mean/changes.SD, true
	e.Error = math.Sqrt(1/n + e.Value*e.Value/(2*n))
	half := z(level) * e.Error
	e.Lower, e.Upper, e.HasInterval = e.Value-half, e.Value+half, true
	return e
}
