package logistic

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func odd() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-2, 3), func(i int) float64 { return float64(i) }),
		rapid.Float64Range(-1e3, 1e3),
		rapid.SampledFrom([]float64{1e-300, 1e-20, 1e20, 1e300, 1, math.NaN(), math.Inf(1)}),
	)
}

// Whatever is given, the answer is numbers or an error.
func TestAnyDataGiveNumbersOrAnError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, n := rapid.IntRange(1, 3).Draw(t, "p"), rapid.IntRange(1, 14).Draw(t, "n")
		in := Input{P: p, X: rapid.SliceOfN(odd(), n*p, n*p).Draw(t, "x")}
		for range n {
			in.Y = append(in.Y, float64(rapid.IntRange(0, 1).Draw(t, "y")))
		}
		firth := rapid.Bool().Draw(t, "firth")
		f, err := New(in, Options{Firth: firth})
		if err != nil {
			return
		}
		for _, v := range append(append(append([]float64{f.LogLik, f.Penalised, f.Deviance}, f.Beta...), f.SE...), f.PValue...) {
			if math.IsNaN(v) {
				t.Fatalf("%+v", f)
			}
		}
		for j := range p {
			if iv, err := f.Profile(j, 0); err == nil && (math.IsNaN(iv.Lower+iv.Upper) && iv.Note == "" || !(iv.Lower <= f.Beta[j] && f.Beta[j] <= iv.Upper)) {
				t.Fatalf("profile of %d: %+v around %v", j, iv, f.Beta[j])
			}
			if lr, err := f.LikelihoodRatio(j); err == nil && !(lr.P >= 0 && lr.P <= 1) {
				t.Fatalf("%+v", lr)
			}
		}
	})
}
