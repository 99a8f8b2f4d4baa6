package waiting

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func near(t testing.TB, what string, got, want, relative float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Abs(want)+1e-12 {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

// For the first event the wait is Lomax, for shape 1 and two events it is elementary.
func TestClosedForms(t *testing.T) {
	for _, r := range []Rate{{1, 1}, {2, 40}, {7.5, 3}, {200, 52}} {
		for _, p := range []float64{0.001, 0.1, 0.5, 0.9, 0.999} {
			near(t, "Lomax quantile", r.Quantile(1, p), r.Time*(math.Pow(1-p, -1/r.Shape)-1), 1e-9)
		}
		near(t, "Lomax probability", r.Within(1, 5), 1-math.Pow(r.Time/(r.Time+5), r.Shape), 1e-10)
	}
	// Shape 1: P(T <= t) = (t/(t+b))^k.
	for k := 1; k <= 6; k++ {
		for _, p := range []float64{0.1, 0.5, 0.9} {
			x := math.Pow(p, 1/float64(k))
			near(t, "shape 1", Rate{1, 3}.Quantile(k, p), 3*x/(1-x), 1e-8)
		}
	}
}

// The beta prime distribution is that of a scaled F.
func TestAgainstF(t *testing.T) {
	for _, r := range []Rate{{2, 40}, {5, 12}, {31, 52}} {
		for _, k := range []int{1, 2, 9, 40} {
			f := distuv.F{D1: 2 * float64(k), D2: 2 * r.Shape}
			for _, p := range []float64{0.1, 0.5, 0.9} {
				near(t, "F", r.Quantile(k, p), r.Time*float64(k)/r.Shape*f.Quantile(p), 1e-7)
			}
		}
	}
}

// With much seen, the rate is as good as certain, and the wait that of a Gamma.
func TestManySeen(t *testing.T) {
	r := Rate{Shape: 4e6, Time: 8e6}
	for _, k := range []int{1, 3, 12} {
		g := distuv.Gamma{Alpha: float64(k), Beta: 0.5}
		for _, p := range []float64{0.1, 0.5, 0.9} {
			near(t, "Gamma", r.Quantile(k, p), g.Quantile(p), 1e-4)
		}
	}
}

// Draw a rate, then a Poisson process of that rate, and see when its k-th event comes.
func TestAgainstSimulation(t *testing.T) {
	src := rand.New(rand.NewPCG(20261123, 4))
	const n = 60_000
	for _, c := range []struct {
		r Rate
		k int
	}{{Rate{2, 40}, 1}, {Rate{3, 6}, 4}, {Rate{20, 44}, 15}} {
		gamma := distuv.Gamma{Alpha: c.r.Shape, Beta: c.r.Time, Src: src}
		waits := make([]float64, n)
		for i := range waits {
			rate := gamma.Rand()
			for range c.k {
				waits[i] += src.ExpFloat64() / rate
			}
		}
		slices.Sort(waits)
		for _, p := range []float64{0.1, 0.5, 0.9} {
			// Three standard errors of a share, on the scale of probability.
			got := c.r.Within(c.k, waits[int(p*n)])
			if math.Abs(got-p) > 3*math.Sqrt(p*(1-p)/n)+1.0/n {
				t.Errorf("%+v, k=%d: the simulated %.0f%% point has probability %.4f", c.r, c.k, 100*p, got)
			}
		}
	}
}

func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate{rapid.Float64Range(0.5, 500).Draw(t, "shape"), rapid.Float64Range(0.01, 5000).Draw(t, "time")}
		k := rapid.IntRange(1, 300).Draw(t, "k")
		p := rapid.Float64Range(0.01, 0.99).Draw(t, "p")
		x := r.Quantile(k, p)
		if !(x >= 0) || math.IsInf(x, 1) {
			t.Fatalf("the quantile is %v", x)
		}
		if back := r.Within(k, x); math.Abs(back-p) > 1e-6 {
			t.Errorf("the quantile of %v has probability %v", p, back)
		}
		if r.Quantile(k+1, p) < x*(1-1e-9) {
			t.Error("a later place comes sooner")
		}
		if r.Quantile(k, math.Min(0.995, p+0.005)) < x {
			t.Error("a higher quantile is earlier")
		}
		if more := r.Seen(5, 0); more.Quantile(k, p) > x*(1+1e-6) {
			t.Error("more events in the same time make the wait longer")
		}
		if two := r.Times(2); math.Abs(two.Quantile(k, p)-x/2) > 1e-6*x {
			t.Error("twice the sources do not halve the wait")
		}
	})
}

func TestNotKnown(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, r := range []Rate{{}, {1, 0}, {0, 1}, {-1, 1}, {nan, 1}, {1, nan}, {inf, 1}, {1, inf}, Plan(0, 2), Plan(-1, 2), Plan(nan, 2), Plan(1, inf), Rate{2, 2}.Times(0)} {
		if r.Known() || !math.IsNaN(r.Quantile(1, 0.5)) || !math.IsNaN(r.Within(1, 1)) {
			t.Errorf("%+v is known", r)
		}
	}
	r := Plan(0.45, 2)
	if got := r.Shape / r.Time; math.Abs(got-0.45) > 1e-12 {
		t.Errorf("the planned rate is %v", got)
	}
	for _, p := range []float64{0, 1, -1, 2, nan} {
		if !math.IsNaN(r.Quantile(2, p)) {
			t.Errorf("the quantile of %v is a number", p)
		}
	}
	if r.Quantile(0, 0.5) != 0 || r.Within(0, 1) != 1 || r.Within(2, -1) != 0 || r.Within(2, inf) != 1 {
		t.Error("the edges are not what they should be")
	}
}
