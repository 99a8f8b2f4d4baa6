package distribution

import (
	"math"
	"slices"

	"varde/stats/quadrature"
)

// NoncentralT is the distribution of (Z + Delta) / sqrt(V / Nu) for a standard
// normal Z and an independent chi-squared V with Nu > 0 degrees of freedom
// (+Inf is the normal distribution around Delta).
type NoncentralT struct{ Nu, Delta float64 }

// CDF is the probability of at most x: the integral over s = sqrt(V/Nu) of
// Phi(x s - Delta) with the density of s. As a function of log s the integrand
// is analytic and has one hill, which is found and integrated to about 1e-13 of
// its area; small tails keep their digits.
func (d NoncentralT) CDF(x float64) float64 {
	switch {
	case !(d.Nu > 0) || math.IsNaN(x) || math.IsNaN(d.Delta) || math.IsInf(d.Delta, 0):
		return math.NaN()
	case math.IsInf(x, 1):
		return 1
	case math.IsInf(x, -1):
		return 0
	case math.IsInf(d.Nu, 1):
		return NormalCDF(x - d.Delta)
	case x == 0:
		return NormalCDF(-d.Delta)
	case x > d.Delta: // above the median, nearly: the other tail has the digits
		return 1 - d.integrate(x, -1)
	}
	return d.integrate(x, 1)
}

// Upper is the probability of more than x.
func (d NoncentralT) Upper(x float64) float64 {
	return NoncentralT{Nu: d.Nu, Delta: -d.Delta}.CDF(-x)
}

// integrate answers the integral of Phi(sign (x s - Delta)) f(s), s = exp(v).
func (d NoncentralT) integrate(x, sign float64) float64 {
	logf := func(v float64) float64 {
		// s^2 - 1 - 2 log s without cancellation for s near one
		e := math.Expm1(2*v) - 2*v
		return -d.Nu/2*e + logNormalCDF(sign*(x*math.Exp(v)-d.Delta))
	}
	// The density of v at s = 1 is 2 (h/e)^h / Gamma(h) with h = Nu/2.
	h := d.Nu / 2
	constant := math.Ln2 + 0.5*math.Log(h/(2*math.Pi)) - stirlingError(h)
	edge, width := math.NaN(), 0.0
	if d.Delta/x > 0 { // where the argument of Phi changes its sign
		edge, width = math.Log(d.Delta/x), 1/math.Abs(d.Delta)
	}
	return min(1, hill(logf, constant, edge, width))
}

// logNormalCDF is log Phi(z) with its digits also far in the lower tail.
func logNormalCDF(z float64) float64 {
	if z > -30 {
		return math.Log(NormalCDF(z))
	}
	w := 1 / (z * z)
	return -z*z/2 - math.Log(-z) - 0.5*math.Log(2*math.Pi) + math.Log1p(-w*(1-w*(3-w*(15-105*w))))
}

// hill integrates exp(logf + constant) for a logf with one maximum that falls to
// both sides. Around edge the integrand may bend within the given width; a NaN
// edge is none.
func hill(logf func(float64) float64, constant, edge, width float64) float64 {
	top := summit(logf)
	peak := logf(top)
	if math.IsNaN(peak) || peak+constant < -745 {
		return 0
	}
	const drop = 40 // exp(-40) of the peak is nothing
	lo, hi := foot(logf, top, -1, peak-drop), foot(logf, top, 1, peak-drop)
	breaks := []float64{lo, top, hi}
	candidates := []float64{top - 15, top - 4, edge - 9*width, edge - 3*width, edge, edge + 3*width, edge + 9*width}
	for _, b := range candidates {
		if b > lo && b < hi {
			breaks = append(breaks, b)
		}
	}
	slices.Sort(breaks)
	f := func(v float64) float64 { return math.Exp(logf(v) - peak) }
	sum := 0.0
	for i := 1; i < len(breaks); i++ {
		sum += quadrature.Integrate(f, breaks[i-1], breaks[i], 4)
	}
	return sum * math.Exp(peak+constant)
}

// summit answers about where f is largest: steps that double until f falls on
// both sides of zero, then golden section.
func summit(f func(float64) float64) float64 {
	lo, hi := -1.0, 1.0
	for range 60 {
		if f(hi) < f(hi/2) {
			break
		}
		hi *= 2
	}
	for range 60 {
		if f(lo) < f(lo/2) {
			break
		}
		lo *= 2
	}
	const g = 0.3819660112501051
	a, b := lo+g*(hi-lo), hi-g*(hi-lo)
	fa, fb := f(a), f(b)
	for range 25 {
		if fa < fb {
			lo, a, fa = a, b, fb
			b = hi - g*(hi-lo)
			fb = f(b)
		} else {
			hi, b, fb = b, a, fa
			a = lo + g*(hi-lo)
			fa = f(a)
		}
	}
	return (lo + hi) / 2
}

// foot answers about where f, falling from top in the given direction, reaches
// level.
func foot(f func(float64) float64, top, direction, level float64) float64 {
	in, out := top, top
	for w := 0.01; ; w *= 2 {
		if out = top + direction*w; !(f(out) > level) {
			break
		}
		in = out
	}
	for range 5 {
		if mid := (in + out) / 2; f(mid) > level {
			in = mid
		} else {
			out = mid
		}
	}
	return out
}
