package distribution

import "math"

// NoncentralF is the distribution of the ratio of a noncentral chi-squared with
// D1 degrees of freedom and noncentrality Lambda >= 0, over D1, to a chi-squared
// with D2, over D2. D2 may be +Inf.
type NoncentralF struct{ D1, D2, Lambda float64 }

// CDF is the probability of at most x: Poisson(Lambda/2) weights times central
// probabilities (Johnson, Kotz and Balakrishnan 1995, eq. 30.10), summed from
// the largest weight outwards.
func (d NoncentralF) CDF(x float64) float64 { return d.mixture(x, false) }

// Upper is the probability of more than x.
func (d NoncentralF) Upper(x float64) float64 { return d.mixture(x, true) }

func (d NoncentralF) mixture(x float64, upper bool) float64 {
	if !(d.D1 > 0) || !(d.D2 > 0) || !(d.Lambda >= 0) || math.IsNaN(x) || math.IsInf(d.D1, 1) || math.IsInf(d.Lambda, 1) {
		return math.NaN()
	}
	if x <= 0 || math.IsInf(x, 1) {
		if (x <= 0) == upper {
			return 1
		}
		return 0
	}
	if d.Lambda == 0 {
		return d.central(x, 0, upper)
	}
	half := d.Lambda / 2
	from := math.Floor(half)
	sum := 0.0
	for dir := -1.0; dir <= 1; dir += 2 {
		k := from
		if dir < 0 {
			k--
		}
		for ; k >= 0; k += dir {
			w := poisson(k, half)
			sum += w * d.central(x, k, upper)
			if w < 1e-18 {
				break
			}
		}
	}
	return min(1, sum)
}

// central is the probability with D1 + 2k degrees of freedom in the numerator.
func (d NoncentralF) central(x, k float64, upper bool) float64 {
	a := d.D1/2 + k
	if math.IsInf(d.D2, 1) {
		if upper {
			return ChiSquaredUpper(d.D1*x, 2*a)
		}
		return ChiSquaredCDF(d.D1*x, 2*a)
	}
	s := d.D2 + d.D1*x
	if upper {
		return incBeta(d.D2/2, a, d.D2/s, d.D1*x/s)
	}
	return incBeta(a, d.D2/2, d.D1*x/s, d.D2/s)
}

// poisson is the probability of k at mean m > 0 (Loader 2000).
func poisson(k, m float64) float64 {
	if k == 0 {
		return math.Exp(-m)
	}
	return math.Exp(-stirlingError(k)-deviance(k, m)) / math.Sqrt(2*math.Pi*k)
}
