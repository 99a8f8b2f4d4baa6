package meta

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Tails and quantiles. Tails are taken from the incomplete beta and gamma functions
// directly, since 1 minus a distribution function loses all digits of a small p.

func normalTwoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

func normalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// tTwoSided is P(|T| >= |t|) with df degrees of freedom.
func tTwoSided(t, df float64) float64 {
	if math.IsNaN(t) {
		return math.NaN()
	}
	if math.IsInf(t, 0) {
		return 0
	}
	return mathext.RegIncBeta(df/2, 0.5, df/(df+t*t))
}

// tUpper is the t with P(|T| >= t) = alpha: closed forms for 1 and 2 degrees of freedom,
// else Newton steps from Cornish and Fisher's expansion (Abramowitz & Stegun 26.7.5).
// The tail is convex, so that steps from the left never pass the root.
func tUpper(alpha, df float64) float64 {
	switch df {
	case 1:
		return 1 / math.Tan(alpha*math.Pi/2)
	case 2:
		return (1 - alpha) * math.Sqrt(2/(alpha*(2-alpha)))
	}
	z := normalQuantile(1 - alpha/2)
	if alpha < 1e-8 {
		z = -normalQuantile(alpha / 2)
	}
	z2 := z * z
	t := z * (1 + (z2+1)/(4*df) + (5*z2*z2+16*z2+3)/(96*df*df))
	lg, _ := math.Lgamma((df + 1) / 2)
	lh, _ := math.Lgamma(df / 2)
	scale := 2 * math.Exp(lg-lh) / math.Sqrt(df*math.Pi)
	for range 60 {
		step := (tTwoSided(t, df) - alpha) / (scale * math.Exp(-(df+1)/2*math.Log1p(t*t/df)))
		if math.IsNaN(step) || math.IsInf(step, 0) {
			break
		}
		if t+step <= 0 {
			step = -t / 2
		}
		t += step
		// The error after a Newton step is of the order of its square.
		if math.Abs(step) <= 1e-9*t {
			break
		}
	}
	return t
}

// chi2Tail is P(X >= x); with no degrees of freedom X is zero.
func chi2Tail(x, df float64) float64 {
	if df <= 0 || x <= 0 {
		return 1
	}
	return mathext.GammaIncRegComp(df/2, x/2)
}

// chi2Quantile is the x with P(X <= x) = p.
func chi2Quantile(p, df float64) float64 {
	x := 2 * mathext.GammaIncRegInv(df/2, p)
	lg, _ := math.Lgamma(df / 2)
	for range 4 {
		density := math.Exp((df/2-1)*math.Log(x/2)-x/2-lg) / 2
		step := (mathext.GammaIncReg(df/2, x/2) - p) / density
		if math.IsNaN(step) || math.IsInf(step, 0) || x-step <= 0 {
			break
		}
		x -= step
		if math.Abs(step) <= 1e-15*x {
			break
		}
	}
	return x
}

// fTail is P(F >= f).
func fTail(f, d1, d2 float64) float64 {
	if math.IsNaN(f) {
		return math.NaN()
	}
	if f <= 0 {
		return 1
	}
	return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*f))
}
