package survival

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is given, the answer is numbers or an error.
func TestAnyDataGiveNumbersOrAnError(t *testing.T) {
	odd := rapid.OneOf(
		rapid.Map(rapid.IntRange(-1, 4), func(i int) float64 { return float64(i) }),
		rapid.Float64Range(0, 1e3),
		rapid.SampledFrom([]float64{1e-300, 1e-20, 1e20, 1e300, 1, math.NaN(), math.Inf(1)}),
	)
	rapid.Check(t, func(t *rapid.T) {
		p, n := rapid.IntRange(1, 3).Draw(t, "p"), rapid.IntRange(1, 14).Draw(t, "n")
		in := CoxInput{P: p, X: rapid.SliceOfN(odd, n*p, n*p).Draw(t, "x"), Time: rapid.SliceOfN(odd, n, n).Draw(t, "time"),
			Event: rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "event"), Ties: rapid.SampledFrom([]Ties{Efron, Breslow}).Draw(t, "ties")}
		if rapid.Bool().Draw(t, "strata") {
			in.Stratum = rapid.SliceOfN(rapid.IntRange(0, 2), n, n).Draw(t, "stratum")
		}
		if c, err := KaplanMeier(in.Time, in.Event, "", 0); err == nil {
			for _, s := range c.Steps {
				if math.IsNaN(s.Survival + s.SE + s.Lower + s.Upper) {
					t.Fatalf("%+v", s)
				}
			}
		}
		c, err := NewCox(in)
		if err != nil {
			return
		}
		for _, v := range append(append(append([]float64{c.LogLik, c.Likelihood.P, c.Wald.P, c.Rao.P}, c.Beta...), c.SE...), c.PValue...) {
			if math.IsNaN(v) {
				t.Fatalf("%+v", c)
			}
		}
		if z, err := c.Proportional(ByRank); err == nil && math.IsNaN(z.Global.P) {
			t.Fatalf("%+v", z)
		}
	})
}
