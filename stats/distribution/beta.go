package distribution

import "math"

// stirlingError is log Gamma(n+1) minus Stirling's formula for it (Loader 2000,
// Fast and Accurate Computation of Binomial Probabilities, section 2), n >= 0.
func stirlingError(n float64) float64 {
	if n <= 15 {
		if n == 0 {
			return math.Inf(1) // never used: callers treat zero apart
		}
		g, _ := math.Lgamma(n + 1)
		return g - (n+0.5)*math.Log(n) + n - 0.5*math.Log(2*math.Pi)
	}
	m := n * n
	return (1.0/12 - (1.0/360-(1.0/1260-(1.0/1680-1.0/1188/m)/m)/m)/m) / n
}

// deviance is x log(x/m) + m - x without cancellation for x near m (Loader 2000,
// section 3).
func deviance(x, m float64) float64 {
	if math.Abs(x-m) >= 0.1*(x+m) {
		return x*math.Log(x/m) + m - x
	}
	v := (x - m) / (x + m)
	s, e := (x-m)*v, 2*x*v
	v *= v
	for j := 1.0; j < 1000; j++ {
		e *= v
		next := s + e/(2*j+1)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// betaFront is x^a y^b / B(a, b) for a, b > 0 and x + y = 1, to full relative
// accuracy also for large a and b.
func betaFront(a, b, x, y float64) float64 {
	n := a + b
	e := stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n*x) - deviance(b, n*y)
	return math.Sqrt(a*b/(2*math.Pi*n)) * math.Exp(e)
}

// incBeta is the regularised incomplete beta function I_x(a, b), y = 1-x given
// apart so that an x near one keeps its digits. Small values have relative
// accuracy.
func incBeta(a, b, x, y float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsNaN(y):
		return math.NaN()
	case x <= 0:
		return 0
	case y <= 0:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - betaFront(a, b, x, y)*betaFraction(b, a, y)/b
	}
	return betaFront(a, b, x, y) * betaFraction(a, b, x) / a
}

// betaFraction is the continued fraction of the incomplete beta function (DLMF
// 8.17.22) by Lentz's method, for x < (a+1)/(a+b+2).
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	guard := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c := 1.0
	d := 1 / guard(1-(a+b)*x/(a+1))
	h := d
	for m := 1.0; m < 1e6; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / guard(1+even*d)
		c = guard(1 + even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / guard(1+odd*d)
		c = guard(1 + odd/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-16 {
			break
		}
	}
	return h
}

// BetaCDF is the probability that a Beta(a, b) variable, a and b > 0, is at most
// x.
func BetaCDF(x, a, b float64) float64 {
	if !(a > 0) || !(b > 0) {
		return math.NaN()
	}
	return incBeta(a, b, x, 1-x)
}

// BetaQuantile answers x with BetaCDF(x, a, b) = p, by bisection made faster
// with Newton's steps.
func BetaQuantile(p, a, b float64) float64 {
	switch {
	case !(p >= 0 && p <= 1) || !(a > 0) || !(b > 0):
		return math.NaN()
	case p == 0:
		return 0
	case p == 1:
		return 1
	}
	lo, hi, x := 0.0, 1.0, a/(a+b)
	for range 1100 {
		e := incBeta(a, b, x, 1-x) - p
		if e == 0 {
			return x
		}
		if e > 0 {
			hi = x
		} else {
			lo = x
		}
		next := x
		if d := betaFront(a, b, x, 1-x) / (x * (1 - x)); d > 0 {
			next = x - e/d
		}
		if !(next > lo && next < hi) || next == x {
			next = (lo + hi) / 2
		}
		if math.Abs(next-x) <= 1e-16*x || next <= lo || next >= hi {
			return next
		}
		x = next
	}
	return x
}
