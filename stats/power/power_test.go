package power

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"varde/stats/proportion"
)

func near(got, want, tol float64) bool {
	return got == want || math.Abs(got-want) <= tol*max(1, math.Abs(want))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Published sizes: Cohen 1988, table 2.4.1 (d = 0.5, 0.8; 64 and 26 a group);
// Fleiss, Levin and Paik 2003, table A.4 by Casagrande's formula.
func TestPublishedSizes(t *testing.T) {
	for d, n := range map[float64]int{0.2: 394, 0.5: 64, 0.8: 26} {
		if s := must(Means{Delta: d, SD: 1}.Size(0.8)); s.First != n || s.Second != n || s.Power < 0.8 {
			t.Errorf("d = %v: %+v, want %d a group", d, s, n)
		}
	}
	// (1.959964 + 0.8416212)^2 * 4 / log(2)^2 = 65.34 events; Freedman (same z) * 9.
	own := Level{OwnTail: true}
	if d := must(LogRank{HazardRatio: 2, Level: own}.Events(0.8)); !near(d, 65.345, 1e-4) {
		t.Errorf("Schoenfeld: %v events", d)
	}
	if d := must(LogRank{HazardRatio: 2, Formula: Freedman, Level: own}.Events(0.8)); !near(d, 70.640, 1e-4) {
		t.Errorf("Freedman: %v events", d)
	}
}

// Casagrande's continuity corrected size is n/4 (1 + sqrt(1 + 4/(n d)))^2 of the
// uncorrected one.
func TestContinuityClosedForm(t *testing.T) {
	own := Level{OwnTail: true}
	n := must(Proportions{First: 0.7, Second: 0.5, Level: own}.Size(0.9)).ExactFirst
	c := must(Proportions{First: 0.7, Second: 0.5, Test: Continuity, Level: own}.Size(0.9)).ExactFirst
	f := 1 + math.Sqrt(1+4/(n*0.2))
	if !near(c, n/4*f*f, 1e-8) {
		t.Errorf("%v, want %v", c, n/4*f*f)
	}
}

// The exact power is the sum over all tables that the test itself rejects.
func TestExactPowerByTheTestItself(t *testing.T) {
	const n1, n2 = 13, 9
	for _, sides := range []int{1, 2} {
		p := Proportions{First: 0.8, Second: 0.3, Test: FisherExact, Level: Level{Alpha: 0.05, Sides: sides}}
		x, y := binomial(n1, 0.8), binomial(n2, 0.3)
		want := 0.0
		for k := range x {
			for m := range y {
				f, err := proportion.Fisher(proportion.Count{Events: k, N: n1}, proportion.Count{Events: m, N: n2}, 0)
				if err != nil {
					continue
				}
				if sides == 2 && f.P <= 0.05 || sides == 1 && f.Greater <= 0.05 {
					want += x[k] * y[m]
				}
			}
		}
		if got := must(p.Power(n1, n2)); !near(got, want, 1e-12) {
			t.Errorf("%d sides: %v, want %v", sides, got, want)
		}
	}
	s := must(Proportions{First: 0.8, Second: 0.4, Test: FisherExact}.Size(0.8))
	if s.Power < 0.8 || len(s.Notes) == 0 {
		t.Errorf("%+v", s)
	}
}

// The t test's power by drawing 20,000 seeded trials; the count's standard error
// is 0.003.
func TestMeansBySimulation(t *testing.T) {
	m := Means{Delta: 6, SD: 7, Ratio: 2}
	r := rand.New(rand.NewPCG(4, 4))
	const runs, n1, n2 = 20000, 20, 10
	rejected := 0
	for range runs {
		var s1, q1, s2, q2 float64
		for range n1 {
			v := 6 + 7*r.NormFloat64()
			s1, q1 = s1+v, q1+v*v
		}
		for range n2 {
			v := 7 * r.NormFloat64()
			s2, q2 = s2+v, q2+v*v
		}
		v := (q1 - s1*s1/n1 + q2 - s2*s2/n2) / (n1 + n2 - 2)
		if math.Abs(s1/n1-s2/n2)/math.Sqrt(v*(1.0/n1+1.0/n2)) > 2.048407141795244 {
			rejected++
		}
	}
	if p := must(m.Power(n1, n2)); math.Abs(p-float64(rejected)/runs) > 0.012 {
		t.Errorf("power %v, rejected %v", p, float64(rejected)/runs)
	}
}

// A covariate that explains nothing costs its degree of freedom; one with R^2 of
// 3/4 halves the standard deviation.
func TestCovariates(t *testing.T) {
	plain := Means{Delta: 5, SD: 10}
	nothing := Means{Delta: 5, SD: 10, Covariates: 1}
	half := Means{Delta: 5, SD: 20, Covariates: 1, Correlation: math.Sqrt(0.75)}
	a, b, c := must(plain.Power(50, 50)), must(nothing.Power(50, 50)), must(half.Power(50, 50))
	if !(b < a) || a-b > 0.001 || !near(b, c, 1e-12) {
		t.Errorf("%v %v %v", a, b, c)
	}
}

// With full retention the planned variance is the last visit's alone, as for two
// means; with one visit retention only thins the sample.
func TestRepeatedLimits(t *testing.T) {
	sigma := []float64{100, 90, 84.5, 90, 144, 124.8, 84.5, 124.8, 169}
	if v := must(Repeated{Delta: -9, Sigma: sigma}.Variance(30, 60)); !near(v, 169.0/30+169.0/60, 1e-12) {
		t.Errorf("full retention: %v", v)
	}
	if v := must(Repeated{Delta: -9, Sigma: []float64{169}, Retention: []float64{0.8}}.Variance(30, 30)); !near(v, 169/24.0*2, 1e-12) {
		t.Errorf("one visit: %v", v)
	}
	// Correlated visits recover a part of what dropout loses, never more.
	v := must(Repeated{Delta: -9, Sigma: sigma, Retention: []float64{1, .9, .8}}.Variance(30, 30))
	if !(v > 2*169.0/30 && v < 2*169.0/24) {
		t.Errorf("with dropout: %v", v)
	}
	r := Repeated{Delta: -8.9, Sigma: sigma, Retention: []float64{.97, .94, .9}, Ratio: 1}
	s := must(r.Size(0.9))
	if s.Power < 0.9 || must(r.Power(float64(s.First-1), float64(s.Second-1))) >= 0.9 {
		t.Errorf("%+v is not the smallest", s)
	}
}

func TestAccrual(t *testing.T) {
	// Half of the people have had the event at the median: hazard log 2, no
	// entry time, follow-up of one.
	if p := (Accrual{FollowUp: 1, Hazard: math.Ln2}).eventShare(math.Ln2); !near(p, 0.5, 1e-14) {
		t.Errorf("%v", p)
	}
	s := must(LogRank{HazardRatio: 0.5}.Size(0.8, Accrual{Entry: 1, FollowUp: 1, Hazard: 0.6, Dropout: 0.1}))
	if s.First != s.Second || s.Power < 0.8 || s.Power > 0.82 {
		t.Errorf("%+v", s)
	}
}

func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Means{Delta: rapid.Float64Range(0.2, 3).Draw(t, "delta"), SD: 1, Ratio: rapid.Float64Range(0.3, 3).Draw(t, "ratio"),
			Level: Level{Alpha: rapid.Float64Range(0.001, 0.2).Draw(t, "alpha"), Sides: rapid.IntRange(1, 2).Draw(t, "sides")}}
		target := rapid.Float64Range(0.5, 0.99).Draw(t, "power")
		s := must(m.Size(target))
		f, err := m.fill()
		if err != nil {
			t.Fatal(err)
		}
		if got := f.power(s.ExactFirst, s.ExactSecond); s.ExactSecond > 3 && !near(got, target, 1e-8) {
			t.Errorf("%+v has power %v at the exact size", s, got)
		}
		if s.Power < target-1e-9 {
			t.Errorf("%+v, want at least %v", s, target)
		}
		flipped := m
		flipped.Delta = -m.Delta
		if z := must(flipped.Size(target)); z.First != s.First {
			t.Errorf("the sign of the difference changes the size: %+v, %+v", s, z)
		}
		wide := m
		wide.Delta, wide.SD = m.Delta*1e9, 1e9
		if z := must(wide.Size(target)); !near(z.ExactFirst, s.ExactFirst, 1e-7) {
			t.Errorf("the unit changes the size: %+v, %+v", s, z)
		}
	})
}

func TestRefusals(t *testing.T) {
	for name, err := range map[string]error{
		"no difference":     second(Means{SD: 1}.Size(0.8)),
		"no SD":             second(Means{Delta: 1}.Size(0.8)),
		"target of one":     second(Means{Delta: 1, SD: 1}.Size(1)),
		"target below":      second(Means{Delta: 1, SD: 1}.Size(0.01)),
		"alpha of 5":        second(Means{Delta: 1, SD: 1, Level: Level{Alpha: 5}}.Size(0.8)),
		"three sides":       second(Means{Delta: 1, SD: 1, Level: Level{Sides: 3}}.Size(0.8)),
		"two people":        second(Means{Delta: 1, SD: 1}.Power(1, 1)),
		"tiny effect":       second(Means{Delta: 1e-9, SD: 1}.Size(0.8)),
		"uncounted":         second(Means{Delta: 1, SD: 1, Correlation: 0.5}.Size(0.8)),
		"one observation":   second(OneMean{Delta: 1, SD: 1}.Power(1)),
		"equal proportions": second(Proportions{First: 0.5, Second: 0.5}.Size(0.8)),
		"proportion of one": second(Proportions{First: 1, Second: 0.5}.Size(0.8)),
		"unknown test":      second(Proportions{First: 0.4, Second: 0.5, Test: "guess"}.Size(0.8)),
		"too many tables":   second(Proportions{First: 0.50, Second: 0.51, Test: FisherExact}.Size(0.8)),
		"hazard ratio one":  second(LogRank{HazardRatio: 1}.Events(0.8)),
		"no follow-up":      second(LogRank{HazardRatio: 2}.Size(0.8, Accrual{Hazard: 1})),
		"ragged covariance": second(Repeated{Delta: 1, Sigma: []float64{1, 2, 3}}.Size(0.8)),
		"asymmetric":        second(Repeated{Delta: 1, Sigma: []float64{1, .2, .3, 1}}.Size(0.8)),
		"singular":          second(Repeated{Delta: 1, Sigma: []float64{1, 1, 1, 1}}.Size(0.8)),
		"rising retention":  second(Repeated{Delta: 1, Sigma: []float64{1, .5, .5, 1}, Retention: []float64{.8, .9}}.Size(0.8)),
		"empty contrast":    second(Repeated{Delta: 1, Sigma: []float64{1, .5, .5, 1}, Contrast: []float64{0, 0}}.Size(0.8)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkMeansSize(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		must(Means{Delta: 0.5, SD: 1}.Size(0.9))
	}
}
