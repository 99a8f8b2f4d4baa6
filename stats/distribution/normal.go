// Package distribution holds the distributions that tests and sample sizes need,
// with tails that keep their digits: an upper tail is computed as such, never as
// one minus the lower one.
//
// Arguments outside the domain named at each function (a NaN, degrees of freedom
// that are not positive, a probability outside [0, 1]) answer NaN, and nothing
// else does: callers check their input and tell what is wrong with it.
package distribution

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// NormalCDF is the probability that a standard normal variable is at most x.
func NormalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// NormalUpper is the probability that a standard normal variable is above x.
func NormalUpper(x float64) float64 { return math.Erfc(x/math.Sqrt2) / 2 }

// NormalPDF is the density of the standard normal distribution.
func NormalPDF(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

// NormalQuantile answers x with NormalCDF(x) = p; p = 0 and 1 answer the
// infinities. The rational approximation of gonum is polished by one step of
// Halley's method on the smaller tail.
func NormalQuantile(p float64) float64 {
	switch {
	case !(p >= 0 && p <= 1):
		return math.NaN()
	case p == 0:
		return math.Inf(-1)
	case p == 1:
		return math.Inf(1)
	case p > 0.5:
		return polish(mathext.NormalQuantile(p), 1-p)
	}
	return -polish(-mathext.NormalQuantile(p), p)
}

// polish improves x > 0 with NormalUpper(x) = q.
func polish(x, q float64) float64 {
	if d := NormalPDF(x); d > 0 {
		e := (NormalUpper(x) - q) / d
		x += e / (1 - x*e/2)
	}
	return x
}

// NormalUpperQuantile answers x with NormalUpper(x) = q.
func NormalUpperQuantile(q float64) float64 { return -NormalQuantile(q) }
