// Package waiting answers how long the wait for the k-th of a row of events is, when
// how often they happen is itself only known with uncertainty. It is pure numerics.
//
// Events happen at a constant rate λ per unit of time (a Poisson process), and what is
// known of λ is a Gamma distribution with shape a and rate b, written as Rate. The
// time to the k-th event is then Gamma(k) over λ, that is
//
//	T = b · X/(1-X)   with   X ~ Beta(k, a)
//
// a beta prime distribution (also: T = b·k/a · F with F ~ F(2k, 2a)); see Johnson, Kotz
// and Balakrishnan, Continuous Univariate Distributions, volume 2, chapters 25 and 27.
// Gamma is the conjugate prior of the Poisson process: n events seen in a time t make
// Gamma(a, b) into Gamma(a+n, b+t).
package waiting

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Rate is what is known of a rate: Gamma distributed, with mean Shape/Time. The zero
// Rate knows nothing.
type Rate struct {
	Shape float64 // as if so many events had been seen
	Time  float64 // in so much time, in the unit that waits are answered in
}

// Plan is a prior for a planned rate that counts as much as `worth` events seen.
func Plan(perUnit, worth float64) Rate {
	if !(perUnit > 0) || !(worth > 0) || math.IsInf(perUnit, 1) || math.IsInf(worth, 1) {
		return Rate{}
	}
	return Rate{Shape: worth, Time: worth / perUnit}
}

// Seen answers the rate after events were seen in a time.
func (r Rate) Seen(events int, time float64) Rate {
	return Rate{Shape: r.Shape + float64(max(events, 0)), Time: r.Time + math.Max(time, 0)}
}

// Times answers the rate of n independent sources of which r is one.
func (r Rate) Times(n float64) Rate {
	if !(n > 0) {
		return Rate{}
	}
	return Rate{Shape: r.Shape, Time: r.Time / n}
}

// Known says that a wait can be answered.
func (r Rate) Known() bool {
	return r.Shape > 0 && r.Time > 0 && !math.IsInf(r.Shape, 1) && !math.IsInf(r.Time, 1)
}

// Quantile answers the time by which the k-th event has happened with probability p.
// It is 0 for k < 1, and NaN when the rate is not known or p is outside (0, 1).
func (r Rate) Quantile(k int, p float64) float64 {
	switch {
	case !r.Known() || !(p > 0 && p < 1):
		return math.NaN()
	case k < 1:
		return 0
	case k == 1:
		// Lomax: a closed form, exact far into the tail.
		return r.Time * math.Expm1(-math.Log1p(-p)/r.Shape)
	}
	// X/(1-X), by whichever of X and 1-X is the smaller: what is near 1 has lost its digits.
	x := mathext.InvRegIncBeta(float64(k), r.Shape, p)
	if x < 0.5 {
		return r.Time * x / (1 - x)
	}
	y := mathext.InvRegIncBeta(r.Shape, float64(k), 1-p)
	return r.Time * (1 - y) / y
}

// Within answers the probability that the k-th event has happened by the time t.
func (r Rate) Within(k int, t float64) float64 {
	switch {
	case !r.Known() || math.IsNaN(t):
		return math.NaN()
	case k < 1:
		return 1
	case t <= 0:
		return 0
	case math.IsInf(t, 1):
		return 1
	}
	return mathext.RegIncBeta(float64(k), r.Shape, t/(t+r.Time))
}
