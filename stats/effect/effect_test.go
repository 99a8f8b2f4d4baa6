package effect

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"varde/stats/distribution"
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

// Student's sleep data (Cushny and Peebles 1905).
var (
	dextro = []float64{.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2}
	laevo  = []float64{1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4}
)

// Worked with R 4.2.2: t.test, uniroot on pt(ncp), gamma for J.
func TestSleep(t *testing.T) {
	a, b := must(Describe(laevo)), must(Describe(dextro))
	d := must(Cohen(a, b, Options{}))
	g := must(Hedges(a, b, Options{Interval: LargeSample}))
	p := must(DescribePaired(dextro, laevo))
	dz := must(ChangeSD(p, false, Options{}))
	before := must(BeforeSD(p, false, Options{}))
	for name, c := range map[string][2]float64{
		"d":                {d.Estimate, 0.832181081349539},
		"d lower":          {d.Lower, -0.0954503982114224},
		"d upper":          {d.Upper, 1.73881689910343},
		"J":                {g.Correction, 0.957646427023718},
		"g":                {g.Estimate, 0.796935239191121},
		"g standard error": {g.SE, 0.46462634921689},
		"g upper":          {g.Upper, 0.796935239191121 + 1.959963984540054*0.46462634921689},
		"d_z":              {dz.Estimate, 1.28455756259105},
		"d_z lower":        {dz.Lower, 0.414627756380144},
		"d_z upper":        {dz.Upper, 2.11801651397707},
		"Glass":            {must(Glass(a, b, Options{})).Estimate, 0.883170190360538},
		"average":          {must(Average(a, b, Options{})).Estimate, 0.83218108134954},
		"before":           {before.Estimate, 0.883170190360538},
		"before SE":        {before.SE, 0.282781608472612},
		"d_av":             {must(AverageSD(p, false, Options{})).Estimate, 0.83218108134954},
	} {
		if !near(c[0], c[1], 1e-9) {
			t.Errorf("%s: %.15g, want %.15g", name, c[0], c[1])
		}
	}
	if d.Standardiser == dz.Standardiser || len(dz.Notes) == 0 {
		t.Error("a change standardised by its own deviation must be told apart")
	}
}

// Cohen's d is t times sqrt(1/n1 + 1/n2) of a model with one indicator.
func TestFromModelIsCohen(t *testing.T) {
	a, b := must(Describe(laevo)), must(Describe(dextro))
	d := must(Cohen(a, b, Options{}))
	sigma := (a.Mean - b.Mean) / d.Estimate
	m := must(FromModel(a.Mean-b.Mean, sigma*math.Sqrt(0.2), sigma, 18, Options{}))
	if !near(m.Estimate, d.Estimate, 1e-12) || !near(m.Lower, d.Lower, 1e-9) || !near(m.Upper, d.Upper, 1e-9) {
		t.Errorf("%+v, want %+v", m, d)
	}
}

func drawGroup(t *rapid.T, name string) Group {
	return Group{N: rapid.IntRange(2, 80).Draw(t, name+" n"), Mean: rapid.Float64Range(-20, 20).Draw(t, name+" mean"), SD: rapid.Float64Range(1, 30).Draw(t, name+" sd")}
}

func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawGroup(t, "a"), drawGroup(t, "b")
		unit := math.Pow(10, rapid.Float64Range(-50, 50).Draw(t, "unit"))
		how := rapid.SampledFrom([]Interval{Noncentral, LargeSample}).Draw(t, "interval")
		o := Options{Interval: how}
		d, g := must(Cohen(a, b, o)), must(Hedges(a, b, o))
		scaled := func(x Group) Group { return Group{x.N, x.Mean * unit, x.SD * unit} }
		s, flipped := must(Cohen(scaled(a), scaled(b), o)), must(Cohen(b, a, o))
		if !near(s.Estimate, d.Estimate, 1e-9) || !near(s.Lower, d.Lower, 1e-8) {
			t.Errorf("in other units %+v, was %+v", s, d)
		}
		if !near(-flipped.Upper, d.Lower, 1e-8) || !near(-flipped.Lower, d.Upper, 1e-8) {
			t.Errorf("swapped %+v, was %+v", flipped, d)
		}
		if math.Abs(g.Estimate) > math.Abs(d.Estimate) {
			t.Errorf("the correction must shrink: %v, %v", g.Estimate, d.Estimate)
		}
		if how == Noncentral {
			k := math.Sqrt(1/float64(a.N) + 1/float64(b.N))
			at := distribution.NoncentralT{Nu: d.DF, Delta: d.Lower / k}
			if tail := at.Upper(d.Estimate / k); !near(tail, 0.025, 1e-8) {
				t.Errorf("at the lower limit the tail is %v: %+v", tail, d)
			}
			if !(d.Lower < d.Estimate && d.Estimate < d.Upper) {
				t.Errorf("%+v", d)
			}
		}
	})
}

// The noncentral interval has its coverage: 500 seeded samples of 8 and 11
// with a true effect of 0.8. The standard error of the count is 4.9.
func TestCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 26))
	covered := 0
	const runs = 500
	for range runs {
		x, y := make([]float64, 8), make([]float64, 11)
		for i := range x {
			x[i] = 0.8 + r.NormFloat64()
		}
		for i := range y {
			y[i] = r.NormFloat64()
		}
		d := must(Hedges(must(Describe(x)), must(Describe(y)), Options{}))
		if d.Lower <= 0.8 && 0.8 <= d.Upper {
			covered++
		}
	}
	if covered < 455 || covered > 495 { // 475 +- 4 standard errors
		t.Errorf("covered %d of %d", covered, runs)
	}
}

func TestChangesNameTheirStandardiser(t *testing.T) {
	a := Paired{N: 30, MeanBefore: 44, MeanAfter: 20, SDBefore: 6, SDAfter: 13, SDChange: 12}
	b := Paired{N: 28, MeanBefore: 44, MeanAfter: 30, SDBefore: 6, SDAfter: 12, SDChange: 11}
	changes, baseline := must(Changes(a, b, BetweenChanges, Options{})), must(Changes(a, b, BetweenBaseline, Options{}))
	if changes.Standardiser == baseline.Standardiser || math.Abs(changes.Estimate) > math.Abs(baseline.Estimate) {
		t.Errorf("%+v, %+v", changes, baseline)
	}
	// (-24+14)/6 times 1 - 3/(4*56-1)
	if want := -10.0 / 6 * (1 - 3.0/223); !near(baseline.Estimate, want, 1e-12) {
		t.Errorf("d_ppc2 %v, want %v", baseline.Estimate, want)
	}
}

func TestRefusals(t *testing.T) {
	ok, flat := Group{10, 1, 2}, Group{10, 1, 0}
	pair := Paired{N: 10, MeanBefore: 1, MeanAfter: 2, SDBefore: 1, SDAfter: 1, SDChange: 1}
	wrong := pair
	wrong.SDChange = 5
	for name, err := range map[string]error{
		"one value":        second(Describe([]float64{1})),
		"NaN":              second(Describe([]float64{1, math.NaN()})),
		"group of one":     second(Cohen(Group{1, 0, 0}, ok, Options{})),
		"negative SD":      second(Cohen(Group{5, 0, -1}, ok, Options{})),
		"no spread":        second(Hedges(flat, flat, Options{})),
		"control spread":   second(Glass(ok, flat, Options{})),
		"level":            second(Cohen(ok, ok, Options{Level: 95})),
		"interval":         second(Cohen(ok, ok, Options{Interval: "bootstrap"})),
		"average, exact":   second(Average(ok, ok, Options{Interval: Noncentral})),
		"unequal pairs":    second(DescribePaired([]float64{1, 2}, []float64{1})),
		"impossible SDs":   second(BeforeSD(wrong, false, Options{})),
		"model without se": second(FromModel(1, 0, 1, 10, Options{})),
		"standardiser":     second(Changes(pair, pair, "SD of something", Options{})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkNoncentralInterval(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		must(Hedges(Group{52, -23.7, 11}, Group{50, -14.8, 11}, Options{}))
	}
}
