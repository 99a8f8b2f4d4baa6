package quadrature

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The rule is exact for every polynomial of degree 31, and its points and sums
// are those of Integrate.
func TestExactForPolynomials(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		degree := rapid.IntRange(0, 31).Draw(t, "degree")
		k := rapid.IntRange(1, 5).Draw(t, "panels")
		f := func(x float64) float64 { return math.Pow(x, float64(degree)) }
		got, want := Integrate(f, 0, 2, k), math.Pow(2, float64(degree)+1)/float64(degree+1)
		if math.Abs(got-want) > 1e-12*want {
			t.Errorf("x^%d on %d panels: %v, want %v", degree, k, got, want)
		}
		sum := 0.0
		xs, ws := Nodes(0, 2, k)
		for i, x := range xs {
			sum += ws[i] * f(x)
		}
		if math.Abs(sum-want) > 1e-12*want || len(xs) != 16*k {
			t.Errorf("nodes of x^%d on %d panels: %v, want %v", degree, k, sum, want)
		}
	})
}
