package distribution

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// ChiSquaredUpper is the probability that a chi-squared variable with df > 0 is
// above x.
func ChiSquaredUpper(x, df float64) float64 {
	switch {
	case math.IsNaN(x) || !(df > 0) || math.IsInf(df, 1):
		return math.NaN()
	case x <= 0:
		return 1
	case math.IsInf(x, 1):
		return 0
	case df == 1:
		return math.Erfc(math.Sqrt(x / 2))
	}
	return mathext.GammaIncRegComp(df/2, x/2)
}

// ChiSquaredCDF is the probability that a chi-squared variable is at most x.
func ChiSquaredCDF(x, df float64) float64 {
	switch {
	case math.IsNaN(x) || !(df > 0) || math.IsInf(df, 1):
		return math.NaN()
	case x <= 0:
		return 0
	case math.IsInf(x, 1):
		return 1
	}
	return mathext.GammaIncReg(df/2, x/2)
}

// ChiSquaredQuantile answers x with ChiSquaredCDF(x, df) = p.
func ChiSquaredQuantile(p, df float64) float64 {
	switch {
	case !(p >= 0 && p <= 1) || !(df > 0) || math.IsInf(df, 1):
		return math.NaN()
	case p == 0:
		return 0
	case p == 1:
		return math.Inf(1)
	case df == 1 && p > 0.5:
		z := NormalUpperQuantile((1 - p) / 2)
		return z * z
	}
	h := df / 2
	density := func(x float64) float64 {
		return math.Exp(-stirlingError(h)-deviance(h, x/2)) * math.Sqrt(h/(2*math.Pi)) / x
	}
	if p > 0.5 {
		upper := func(x float64) float64 { return ChiSquaredUpper(x, df) }
		return solve(upper, density, 1-p, df, false)
	}
	// Near zero the lower tail is (x/2)^h / Gamma(h+1).
	g, _ := math.Lgamma(h + 1)
	start := min(df, 2*math.Exp((math.Log(p)+g)/h))
	if start < 1e-100 {
		return start
	}
	return solve(func(x float64) float64 { return ChiSquaredCDF(x, df) }, density, p, start, true)
}

// FUpper is the probability that an F variable with d1 and d2 > 0 degrees of
// freedom is above x; d2 = +Inf is chi-squared over d1.
func FUpper(x, d1, d2 float64) float64 {
	switch {
	case math.IsNaN(x) || !(d1 > 0) || !(d2 > 0) || math.IsInf(d1, 1):
		return math.NaN()
	case x <= 0:
		return 1
	case math.IsInf(x, 1):
		return 0
	case math.IsInf(d2, 1):
		return ChiSquaredUpper(d1*x, d1)
	}
	s := d2 + d1*x
	return incBeta(d2/2, d1/2, d2/s, d1*x/s)
}

// FCDF is the probability that an F variable is at most x.
func FCDF(x, d1, d2 float64) float64 {
	switch {
	case math.IsNaN(x) || !(d1 > 0) || !(d2 > 0) || math.IsInf(d1, 1):
		return math.NaN()
	case x <= 0:
		return 0
	case math.IsInf(x, 1):
		return 1
	case math.IsInf(d2, 1):
		return ChiSquaredCDF(d1*x, d1)
	}
	s := d2 + d1*x
	return incBeta(d1/2, d2/2, d1*x/s, d2/s)
}

// FQuantile answers x with FCDF(x, d1, d2) = p.
func FQuantile(p, d1, d2 float64) float64 {
	switch {
	case !(p >= 0 && p <= 1) || !(d1 > 0) || !(d2 > 0) || math.IsInf(d1, 1):
		return math.NaN()
	case math.IsInf(d2, 1):
		return ChiSquaredQuantile(p, d1) / d1
	}
	if p <= 0.5 {
		b := BetaQuantile(p, d1/2, d2/2)
		return d2 * b / (d1 * (1 - b))
	}
	c := BetaQuantile(1-p, d2/2, d1/2) // its share of the other side
	return d2 * (1 - c) / (d1 * c)
}
