package distribution

import "math"

// TUpper is the probability that Student's t with df > 0 degrees of freedom
// (not necessarily whole; +Inf is the normal distribution) is above x:
// P(|T| > x) = I_{df/(df+x^2)}(df/2, 1/2) (Abramowitz and Stegun 26.7.1).
func TUpper(x, df float64) float64 {
	switch {
	case math.IsNaN(x) || !(df > 0):
		return math.NaN()
	case math.IsInf(df, 1):
		return NormalUpper(x)
	case math.IsInf(x, 1):
		return 0
	case math.IsInf(x, -1):
		return 1
	case x < 0:
		return 1 - TUpper(-x, df)
	}
	r := x / math.Sqrt(df)
	if r > 1e100 { // the square is not to overflow
		return math.Exp(math.Log(incBeta(df/2, 0.5, 1e-200, 1))-df*(math.Log(r)-100*math.Ln10)) / 2
	}
	d := 1 + r*r
	return incBeta(df/2, 0.5, 1/d, r*r/d) / 2
}

// TCDF is the probability that Student's t is at most x.
func TCDF(x, df float64) float64 { return TUpper(-x, df) }

// TTwoSided is the probability that |t| is at least |x|: the two-sided p value.
func TTwoSided(x, df float64) float64 { return 2 * TUpper(math.Abs(x), df) }

// TPDF is the density of Student's t, df > 0.
func TPDF(x, df float64) float64 {
	if math.IsInf(df, 1) {
		return NormalPDF(x)
	}
	r := x / math.Sqrt(df)
	d := 1 + r*r
	// x^a y^b / B(a, b) at x = 1/(1+r^2), y = r^2/(1+r^2) holds a factor r too much.
	if r == 0 || d == 1 {
		return tFactor(df) / math.Sqrt(df)
	}
	return betaFront(df/2, 0.5, 1/d, r*r/d) / (math.Abs(r) * math.Sqrt(df))
}

// tFactor is 1/B(df/2, 1/2).
func tFactor(df float64) float64 {
	return betaFront(df/2, 0.5, 0.5, 0.5) * math.Exp2((df+1)/2)
}

// TQuantile answers x with TCDF(x, df) = p.
func TQuantile(p, df float64) float64 {
	switch {
	case !(p >= 0 && p <= 1) || !(df > 0):
		return math.NaN()
	case p > 0.5:
		return TUpperQuantile(1-p, df)
	}
	return -TUpperQuantile(p, df)
}

// TUpperQuantile answers x with TUpper(x, df) = q.
func TUpperQuantile(q, df float64) float64 {
	switch {
	case !(q >= 0 && q <= 1) || !(df > 0):
		return math.NaN()
	case q == 0:
		return math.Inf(1)
	case q == 0.5:
		return 0
	case q > 0.5:
		return -TUpperQuantile(1-q, df)
	case math.IsInf(df, 1):
		return NormalUpperQuantile(q)
	}
	return solve(
		func(x float64) float64 { return TUpper(x, df) },
		func(x float64) float64 { return TPDF(x, df) },
		q, NormalUpperQuantile(q), false)
}
