// Package root finds where a continuous function of one variable is zero. It is
// pure numerics, deterministic and bounded in the number of evaluations.
package root

import (
	"errors"
	"fmt"
	"math"
)

// ErrNoBracket says that the function has the same sign at both ends.
var ErrNoBracket = errors.New("root: the function has the same sign at both ends of the interval")

// Find answers x in [lo, hi] with f(x) = 0, to within tol on x or the limit of
// floating point, by Brent's method (Brent 1973, Algorithms for Minimization
// without Derivatives, ch. 4). f(lo) and f(hi) must differ in sign; an end
// where f is zero is the answer.
func Find(f func(float64) float64, lo, hi, tol float64) (float64, error) {
	flo, fhi := f(lo), f(hi)
	switch {
	case math.IsNaN(flo) || math.IsNaN(fhi):
		return 0, fmt.Errorf("root: the function is not a number at %v or %v", lo, hi)
	case flo == 0:
		return lo, nil
	case fhi == 0:
		return hi, nil
	case (flo > 0) == (fhi > 0):
		return 0, ErrNoBracket
	}
	return brent(f, lo, hi, flo, fhi, tol)
}

// brent keeps b as the best so far, c on the other side of the root, a as the
// one before b.
func brent(f func(float64) float64, a, b, fa, fb, tol float64) (float64, error) {
	c, fc := a, fa
	d := b - a
	e := d
	for range 400 {
		if (fb > 0) == (fc > 0) {
			c, fc = a, fa
			d = b - a
			e = d
		}
		if math.Abs(fc) < math.Abs(fb) {
			a, b, c = b, c, b
			fa, fb, fc = fb, fc, fb
		}
		near := 2*0x1p-52*math.Abs(b) + tol/2
		half := (c - b) / 2
		if math.Abs(half) <= near || fb == 0 {
			return b, nil
		}
		d, e = step(a, b, c, fa, fb, fc, d, e, half, near)
		a, fa = b, fb
		if math.Abs(d) > near {
			b += d
		} else {
			b += math.Copysign(near, half)
		}
		if fb = f(b); math.IsNaN(fb) {
			return 0, fmt.Errorf("root: the function is not a number at %v", b)
		}
	}
	return b, nil
}

// step chooses between inverse quadratic interpolation, the secant and
// bisection; it answers the step and the one before.
func step(a, b, c, fa, fb, fc, d, e, half, near float64) (float64, float64) {
	if math.Abs(e) < near || math.Abs(fa) <= math.Abs(fb) {
		return half, half
	}
	var p, q float64
	s := fb / fa
	if a == c {
		p, q = 2*half*s, 1-s
	} else {
		q0, r := fa/fc, fb/fc
		p = s * (2*half*q0*(q0-r) - (b-a)*(r-1))
		q = (q0 - 1) * (r - 1) * (s - 1)
	}
	if p > 0 {
		q = -q
	}
	p = math.Abs(p)
	if 2*p < min(3*half*q-math.Abs(near*q), math.Abs(e*q)) {
		return p / q, d
	}
	return half, half
}

// Above answers a zero above start for a function that changes its sign there:
// the interval is doubled from start until it does, up to limit.
func Above(f func(float64) float64, start, first, limit, tol float64) (float64, error) {
	lo, flo := start, f(start)
	if flo == 0 {
		return lo, nil
	}
	for w := first; ; w *= 2 {
		hi := min(lo+w, limit)
		fhi := f(hi)
		if math.IsNaN(fhi) || math.IsNaN(flo) {
			return 0, fmt.Errorf("root: the function is not a number near %v", hi)
		}
		if fhi == 0 || (fhi > 0) != (flo > 0) {
			return Find(f, lo, hi, tol)
		}
		if hi >= limit {
			return 0, ErrNoBracket
		}
		lo, flo = hi, fhi
	}
}
