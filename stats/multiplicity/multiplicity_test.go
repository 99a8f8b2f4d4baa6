package multiplicity

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Worked with R 4.2.2: p.adjust(c(0.01, 0.04, 0.03, 0.005), method).
func TestWorkedExample(t *testing.T) {
	p := []float64{0.01, 0.04, 0.03, 0.005}
	want := map[Method][]float64{
		None:            {0.01, 0.04, 0.03, 0.005},
		ByBonferroni:    {0.04, 0.16, 0.12, 0.02},
		ByHolm:          {0.03, 0.06, 0.06, 0.02},
		ByHochberg:      {0.03, 0.04, 0.04, 0.02},
		ByHommel:        {0.03, 0.04, 0.04, 0.02},
		ByFixedSequence: {0.01, 0.04, 0.04, 0.04},
	}
	for _, m := range Methods() {
		got, err := Adjust(m, p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if math.Abs(got[i]-want[m][i]) > 1e-15 {
				t.Errorf("%s: %v, want %v", m, got, want[m])
				break
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, p := range [][]float64{nil, {0.5, math.NaN()}, {-0.1}, {1.5}} {
		for _, m := range Methods() {
			if got, err := Adjust(m, p); err == nil {
				t.Errorf("%s of %v answers %v, want an error", m, p, got)
			}
		}
	}
	if _, err := Adjust("unheard of", []float64{0.5}); err == nil {
		t.Error("an unknown method must be refused")
	}
}

// hommelByClosure rejects by testing every intersection with Simes' test.
func hommelByClosure(p []float64) []float64 {
	out := make([]float64, len(p))
	for set := 1; set < 1<<len(p); set++ {
		var in []float64
		for i, v := range p {
			if set>>i&1 == 1 {
				in = append(in, v)
			}
		}
		slices.Sort(in)
		simes := 1.0
		for k, v := range in {
			simes = min(simes, v*float64(len(in))/float64(k+1))
		}
		for i := range p {
			if set>>i&1 == 1 {
				out[i] = max(out[i], simes)
			}
		}
	}
	return out
}

// holmByClosure tests every intersection with Bonferroni.
func holmByClosure(p []float64) []float64 {
	out := make([]float64, len(p))
	for set := 1; set < 1<<len(p); set++ {
		smallest, n := 1.0, 0.0
		for i, v := range p {
			if set>>i&1 == 1 {
				smallest, n = min(smallest, v), n+1
			}
		}
		for i := range p {
			if set>>i&1 == 1 {
				out[i] = max(out[i], min(1, n*smallest))
			}
		}
	}
	return out
}

func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 7).Draw(t, "p")
		get := func(m Method) []float64 {
			out, err := Adjust(m, p)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		bonferroni, holm, hochberg, hommel := get(ByBonferroni), get(ByHolm), get(ByHochberg), get(ByHommel)
		byHommel, byHolm := hommelByClosure(p), holmByClosure(p)
		for i := range p {
			const eps = 1e-12
			if !(p[i] <= hommel[i]+eps && hommel[i] <= hochberg[i]+eps && hochberg[i] <= holm[i]+eps && holm[i] <= bonferroni[i]+eps) {
				t.Errorf("order of the methods at %d of %v: %v %v %v %v", i, p, hommel[i], hochberg[i], holm[i], bonferroni[i])
			}
			if math.Abs(hommel[i]-byHommel[i]) > eps {
				t.Errorf("Hommel of %v: %v, the closure of Simes says %v", p, hommel, byHommel)
			}
			if math.Abs(holm[i]-byHolm[i]) > eps {
				t.Errorf("Holm of %v: %v, the closure of Bonferroni says %v", p, holm, byHolm)
			}
		}
	})
}
