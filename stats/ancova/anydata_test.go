package ancova

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// odd draws numbers of every kind: small whole ones, so that columns coincide,
// huge and tiny ones, and what is no number.
func odd() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-2, 3), func(i int) float64 { return float64(i) }),
		rapid.Float64Range(-1e3, 1e3),
		rapid.SampledFrom([]float64{1e-300, 1e-160, 1e-20, 1e20, 1e155, 1e300, math.MaxFloat64}),
		rapid.SampledFrom([]float64{0, 1, 1, math.NaN(), math.Inf(1)}),
	)
}

// Whatever is given, the answer is numbers or an error.
func TestAnyDataGiveNumbersOrAnError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, n := rapid.IntRange(1, 4).Draw(t, "p"), rapid.IntRange(1, 12).Draw(t, "n")
		in := Input{P: p, X: rapid.SliceOfN(odd(), n*p, n*p).Draw(t, "x"), Y: rapid.SliceOfN(odd(), n, n).Draw(t, "y")}
		if rapid.Bool().Draw(t, "weighted") {
			in.W = rapid.SliceOfN(rapid.Float64Range(0.1, 5), n, n).Draw(t, "w")
		}
		f, err := New(in)
		if err != nil {
			return
		}
		for _, v := range append(append(append([]float64{f.Sigma, f.R2, f.F.F, f.F.P}, f.Beta...), f.SE...), f.PValue...) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%+v", f)
			}
		}
		l := rapid.SliceOfN(odd(), p, p).Draw(t, "contrast")
		for _, kind := range []Covariance{Classical, HC0, HC3} {
			if e, err := f.Contrast(l, Options{Covariance: kind}); err == nil && math.IsNaN(e.Estimate+e.SE+e.P+e.Lower) {
				t.Fatalf("%+v", e)
			}
		}
		if v, err := f.Test(l, Classical); err == nil && math.IsNaN(v.F+v.P) {
			t.Fatalf("%+v", v)
		}
	})
}
