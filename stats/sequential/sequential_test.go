package sequential

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

func even(k int) []float64 {
	var t []float64
	for j := 1; j <= k; j++ {
		t = append(t, float64(j)/float64(k))
	}
	return t
}

// Jennison and Turnbull 2000, tables 2.1 and 2.3: constants of two-sided tests
// at 0.05; tables 2.2 and 2.4: inflation factors at power 0.9 (two and five looks).
func TestPublishedConstants(t *testing.T) {
	for _, c := range []struct {
		kind             Kind
		looks            int
		constant, factor float64
	}{
		{Pocock, 2, 2.178, 1.100}, {Pocock, 5, 2.413, 1.207}, {Pocock, 10, 2.555, 0},
		{OBrienFleming, 2, 1.977, 1.007}, {OBrienFleming, 5, 2.040, 1.026}, {OBrienFleming, 10, 2.087, 0},
	} {
		p := must(New(Design{Information: even(c.looks), Sides: 2, Efficacy: Boundary{Kind: c.kind}}))
		if got := p.Upper[c.looks-1]; math.Abs(got-c.constant) > 5.5e-4 {
			t.Errorf("%s %d: %v, want %v", c.kind, c.looks, got, c.constant)
		}
		if c.factor != 0 && math.Abs(p.Inflation-c.factor) > 1.1e-3 {
			t.Errorf("%s %d: inflation %v, want %v", c.kind, c.looks, p.Inflation, c.factor)
		}
	}
}

// The single look is the fixed design; Wang and Tsiatis's family holds both of
// the others.
func TestLimits(t *testing.T) {
	p := must(New(Design{Information: []float64{1}, Efficacy: Boundary{Kind: Pocock}}))
	if !near(p.Upper[0], 1.959963984540054, 1e-9) || !near(p.Inflation, 1, 1e-9) {
		t.Errorf("%+v", p)
	}
	if d := Fixed(0.025, 0.1); !near(p.Drift, d, 1e-9) {
		t.Errorf("drift %v, want %v", p.Drift, d)
	}
	for delta, kind := range map[float64]Kind{0: OBrienFleming, 0.5: Pocock} {
		a := must(New(Design{Information: even(4), Efficacy: Boundary{Kind: WangTsiatis, Parameter: delta}}))
		b := must(New(Design{Information: even(4), Efficacy: Boundary{Kind: kind}}))
		for k := range a.Upper {
			if !near(a.Upper[k], b.Upper[k], 1e-9) {
				t.Errorf("%v: %v, %v", kind, a.Upper, b.Upper)
			}
		}
	}
	linear := must(New(Design{Information: even(3), Efficacy: Boundary{Kind: KimDeMets, Parameter: 1}}))
	hsd := must(New(Design{Information: even(3), Efficacy: Boundary{Kind: HwangShihDeCani}}))
	for k := range linear.Upper {
		if !near(linear.Upper[k], hsd.Upper[k], 1e-9) || !near(linear.Spent[k], 0.025*float64(k+1)/3, 1e-9) {
			t.Errorf("linear spending %v %v, %v", linear.Upper, linear.Spent, hsd.Upper)
		}
	}
	h := must(New(Design{Information: even(3), Efficacy: Boundary{Kind: HaybittlePeto}}))
	if h.Upper[0] != 3 || h.Upper[1] != 3 || !near(h.Spent[2], 0.025, 1e-9) {
		t.Errorf("%+v", h)
	}
}

// Bounds that are given have the level that they were made for, and given
// futility that does not bind leaves it alone.
func TestGivenBounds(t *testing.T) {
	p := must(New(Design{Information: even(3), Efficacy: Boundary{Kind: SpendPocock}}))
	given := Design{Information: even(3), Efficacy: Boundary{Kind: Given, Values: p.Upper}}
	g := must(New(given))
	if !near(g.Spent[2], 0.025, 1e-9) || !near(g.Drift, p.Drift, 1e-8) {
		t.Errorf("%+v, want %+v", g, p)
	}
	given.Futility = &Futility{Boundary: Boundary{Kind: Given, Values: []float64{0, 0.5, 0}}}
	f := must(New(given))
	if !near(f.Spent[2], 0.025, 1e-9) || f.Drift <= g.Drift || f.Lower[2] != f.Upper[2] {
		t.Errorf("with futility %+v", f)
	}
	if o := must(f.At(0)); o.Power >= 0.025 || o.Futile[0] != 0.5 {
		t.Errorf("obeyed futility lowers the level that is used: %+v", o)
	}
	given.Futility.Binding = true
	if b := must(New(given)); b.Spent[2] >= 0.025 {
		t.Errorf("binding: %v", b.Spent)
	}
}

// With two looks the crossing probability is a bivariate normal one, integrated
// here directly by the midpoint rule.
func TestAgainstDirectIntegration(t *testing.T) {
	p := must(New(Design{Information: []float64{0.4, 1}, Efficacy: Boundary{Kind: Pocock}}))
	u := p.Upper[0]
	sum, h := 0.0, 1e-3
	for z := -9.0; z < u; z += h {
		m := z + min(h, u-z)/2
		w := min(h, u-z)
		sum += w * distribution.NormalPDF(m) * distribution.NormalUpper((u-m*math.Sqrt(0.4))/math.Sqrt(0.6))
	}
	if total := sum + distribution.NormalUpper(u); math.Abs(total-0.025) > 1e-8 {
		t.Errorf("level by direct integration %v", total)
	}
}

// 40,000 seeded trials walk through the bounds; the standard error of a share of
// one half is 0.0025.
func TestOperatingBySimulation(t *testing.T) {
	p := must(New(Design{Information: []float64{0.3, 0.7, 1}, Efficacy: Boundary{Kind: SpendOBrienFleming},
		Futility: &Futility{Boundary: Boundary{Kind: HwangShihDeCani, Parameter: -2}, Binding: true}}))
	r := rand.New(rand.NewPCG(19, 69))
	const runs = 40000
	for _, drift := range []float64{0, 2, p.Drift} {
		want := must(p.At(drift))
		var reject, futile [3]float64
		for range runs {
			b, before := 0.0, 0.0
			for k, t := range p.Information {
				b += drift*(t-before) + math.Sqrt(t-before)*r.NormFloat64()
				before = t
				if z := b / math.Sqrt(t); z >= p.Upper[k] {
					reject[k]++
					break
				} else if z <= p.Lower[k] {
					futile[k]++
					break
				}
			}
		}
		for k := range 3 {
			if math.Abs(reject[k]/runs-want.Reject[k]) > 0.01 || math.Abs(futile[k]/runs-want.Futile[k]) > 0.01 {
				t.Errorf("drift %v look %d: %v and %v, computed %v and %v", drift, k+1, reject[k]/runs, futile[k]/runs, want.Reject[k], want.Futile[k])
			}
		}
	}
	if o := must(p.At(0)); !near(o.Power, 0.025, 1e-8) {
		t.Errorf("binding futility: level %v", o.Power)
	}
	if o := must(p.At(p.Drift)); !near(o.Power, 0.9, 1e-8) {
		t.Errorf("power %v", o.Power)
	}
}

func drawDesign(t *rapid.T) Design {
	d := Design{Sides: rapid.IntRange(1, 2).Draw(t, "sides")}
	d.Alpha = rapid.Float64Range(0.005, 0.1).Draw(t, "alpha")
	at := 0.0
	for range rapid.IntRange(1, 4).Draw(t, "looks") {
		at += rapid.Float64Range(0.1, 1).Draw(t, "step")
		d.Information = append(d.Information, at)
	}
	for k := range d.Information {
		d.Information[k] /= at
	}
	d.Efficacy = rapid.SampledFrom([]Boundary{{Kind: OBrienFleming}, {Kind: Pocock}, {Kind: WangTsiatis, Parameter: 0.25},
		{Kind: SpendOBrienFleming}, {Kind: SpendPocock}, {Kind: HwangShihDeCani, Parameter: -4}, {Kind: KimDeMets, Parameter: 2}}).Draw(t, "efficacy")
	return d
}

// Whatever the design: the level is spent, the power is had at the drift,
// probabilities sum to one, more effect rejects more.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesign(t)
		if d.Sides == 1 && rapid.Bool().Draw(t, "futility") {
			d.Futility = &Futility{Boundary: Boundary{Kind: HwangShihDeCani, Parameter: -3}, Binding: d.Efficacy.spends() && rapid.Bool().Draw(t, "binding")}
		}
		p := must(New(d))
		if !near(p.Spent[len(p.Spent)-1], d.Alpha, 1e-8) {
			t.Errorf("spent %v of %v", p.Spent, d.Alpha)
		}
		at := must(p.At(p.Drift))
		if !near(at.Power, 0.9, 1e-8) || p.Inflation < 1-1e-8 {
			t.Errorf("%+v, inflation %v", at, p.Inflation)
		}
		if total := sum(at.Reject) + sum(at.Against) + sum(at.Futile); !near(total, 1, 1e-9) {
			t.Errorf("probabilities sum to %v", total)
		}
		if o := must(p.At(p.Drift * 1.2)); o.Power < at.Power || o.Expected > at.Expected+1e-9 && d.Futility == nil {
			t.Errorf("more effect: %+v after %+v", o, at)
		}
	})
}

// Stopping exactly at the last bound has a p value of alpha and an interval that
// begins at no effect; a trial of one look is the usual z interval.
func TestInference(t *testing.T) {
	p := must(New(Design{Information: even(3), Efficacy: Boundary{Kind: SpendOBrienFleming}}))
	i := must(p.Stopped(3, p.Upper[2], 4, 0.95))
	if !near(i.P, 0.025, 1e-8) || math.Abs(i.Lower) > 1e-7 || i.MedianUnbiased >= i.Naive {
		t.Errorf("%+v", i)
	}
	one := must(New(Design{Information: []float64{1}, Efficacy: Boundary{Kind: Pocock}}))
	j := must(one.Stopped(1, 2.5, 4, 0.95))
	if !near(j.MedianUnbiased, 1.25, 1e-9) || !near(j.Lower, (2.5-1.959963984540054)/2, 1e-9) || !near(j.P, distribution.NormalUpper(2.5), 1e-12) {
		t.Errorf("%+v", j)
	}
	if i := must(p.Stopped(1, 1, 4, 0.95)); len(i.Notes) == 0 {
		t.Errorf("a trial that should go on: %+v", i)
	}
	lower, upper, err := p.Repeated(2, 1.5, 4)
	if err != nil || !near((lower+upper)/2, 1.5/math.Sqrt(4*2/3.0), 1e-12) || !near(upper-lower, 2*p.Upper[1]/math.Sqrt(8/3.0), 1e-12) {
		t.Errorf("%v %v %v", lower, upper, err)
	}
}

// The stage-wise interval holds the true effect at its level: 2,000 seeded
// trials, standard error 0.5%.
func TestStagewiseCoverage(t *testing.T) {
	p := must(New(Design{Information: []float64{0.5, 1}, Efficacy: Boundary{Kind: Pocock}}))
	r := rand.New(rand.NewPCG(5, 6))
	const runs, drift = 600, 2.0
	covered, above := 0, 0
	for range runs {
		b := drift*0.5 + math.Sqrt(0.5)*r.NormFloat64()
		look, z := 1, b/math.Sqrt(0.5)
		if z < p.Upper[0] {
			look, z = 2, b+drift*0.5+math.Sqrt(0.5)*r.NormFloat64()
		}
		i := must(p.Stopped(look, z, 1, 0.9))
		if i.Lower <= drift && drift <= i.Upper {
			covered++
		}
		if i.MedianUnbiased > drift {
			above++
		}
	}
	if covered < 510 || covered > 570 || above < 250 || above > 350 { // 540 +- 29, 300 +- 50: four standard errors
		t.Errorf("covered %d, above %d of %d", covered, above, runs)
	}
}

func TestConditionalPower(t *testing.T) {
	p := must(New(Design{Information: []float64{0.5, 1}, Efficacy: Boundary{Kind: OBrienFleming}}))
	// One look left is a closed form.
	want := distribution.NormalUpper((p.Upper[1] - 1.2*math.Sqrt(0.5) - 3*0.5) / math.Sqrt(0.5))
	if got := must(p.Conditional(1, 1.2, 3)); !near(got, want, 1e-12) {
		t.Errorf("%v, want %v", got, want)
	}
	// Averaging over the first look gives back the power.
	q := must(New(Design{Information: even(3), Efficacy: Boundary{Kind: SpendPocock}}))
	power, h := must(q.At(2.5)).Reject[0], 0.02
	for z := q.Upper[0] - h/2; z > -6; z -= h {
		power += h * distribution.NormalPDF(z-2.5*math.Sqrt(1.0/3)) * must(q.Conditional(1, z, 2.5))
	}
	if want := must(q.At(2.5)).Power; math.Abs(power-want) > 2e-4 {
		t.Errorf("%v, want %v", power, want)
	}
}

func TestRefusals(t *testing.T) {
	pocock := Boundary{Kind: Pocock}
	plan := must(New(Design{Information: even(2), Efficacy: pocock}))
	for name, err := range map[string]error{
		"no looks":          second(New(Design{Efficacy: pocock})),
		"falling":           second(New(Design{Information: []float64{0.5, 0.4}, Efficacy: pocock})),
		"not a number":      second(New(Design{Information: []float64{math.NaN(), 1}, Efficacy: pocock})),
		"no boundary":       second(New(Design{Information: even(2)})),
		"three sides":       second(New(Design{Information: even(2), Sides: 3, Efficacy: pocock})),
		"alpha":             second(New(Design{Information: even(2), Alpha: 5, Efficacy: pocock})),
		"beta":              second(New(Design{Information: even(2), Beta: 0.99, Efficacy: pocock})),
		"given, too few":    second(New(Design{Information: even(2), Efficacy: Boundary{Kind: Given, Values: []float64{2}}})),
		"rho":               second(New(Design{Information: even(2), Efficacy: Boundary{Kind: KimDeMets}})),
		"two-sided futile":  second(New(Design{Information: even(2), Sides: 2, Efficacy: pocock, Futility: &Futility{Boundary: Boundary{Kind: SpendPocock}}})),
		"futility family":   second(New(Design{Information: even(2), Efficacy: pocock, Futility: &Futility{Boundary: pocock}})),
		"crossing bounds":   second(New(Design{Information: even(2), Efficacy: pocock, Futility: &Futility{Boundary: Boundary{Kind: Given, Values: []float64{5, 0}}}})),
		"early too lax":     second(New(Design{Information: even(3), Efficacy: Boundary{Kind: HaybittlePeto, Parameter: 1}})),
		"binding, constant": second(New(Design{Information: even(2), Efficacy: pocock, Futility: &Futility{Boundary: Boundary{Kind: SpendPocock}, Binding: true}})),
		"look three of two": second(plan.Stopped(3, 2, 1, 0)),
		"no information":    second(plan.Stopped(1, 2, 0, 0)),
		"z":                 second(plan.Conditional(1, math.NaN(), 1)),
		"nothing left":      second(plan.Conditional(2, 1, 1)),
		"drift":             second(plan.At(math.Inf(1))),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkOBrienFleming(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		must(New(Design{Information: even(3), Efficacy: Boundary{Kind: OBrienFleming}}))
	}
}

func BenchmarkSpending(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		must(New(Design{Information: even(3), Efficacy: Boundary{Kind: SpendOBrienFleming}}))
	}
}
