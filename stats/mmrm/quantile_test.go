package mmrm

import (
	"math"
	"testing"

	"varde/stats/distribution"
)

func TestQuantilesAreThoseOfT(t *testing.T) {
	var c limits
	for _, level := range []float64{0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.99999, 0.999999999} {
		for df := 1.0; df < 1e6; df *= 1.13 {
			got, want := c.quantile(level, df), distribution.TUpperQuantile((1-level)/2, df)
			if math.Abs(got-want) > 1e-11*want {
				t.Errorf("level %v, df %v: %.15g, want %.15g", level, df, got, want)
			}
		}
	}
}
