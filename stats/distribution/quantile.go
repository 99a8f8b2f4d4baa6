package distribution

import "math"

// solve answers x > 0 where a tail that is monotone on (0, inf), rising or
// falling, has the value p: Newton's method on the logarithm of the tail, kept
// within an interval that holds the root.
func solve(tail, density func(float64) float64, p, start float64, rising bool) float64 {
	lo, hi := 0.0, math.Inf(1)
	x, sign := start, 1.0
	if rising {
		sign = -1
	}
	for range 3000 {
		now := tail(x)
		if (now > p) == rising {
			hi = x
		} else {
			lo = x
		}
		next := x + sign*math.Log(now/p)*now/density(x)
		if !(next > lo && next < hi) { // NaN as well
			if next = (lo + hi) / 2; math.IsInf(hi, 1) {
				next = 2*x + 1
			}
		}
		if math.Abs(next-x) <= 2e-16*x {
			return next
		}
		x = next
	}
	return x
}
