package proportion

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
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

func checkEstimate(t *testing.T, name string, e Estimate, tol, estimate, lower, upper float64) {
	t.Helper()
	if !near(e.Estimate, estimate, tol) || !near(e.Lower, lower, tol) || !near(e.Upper, upper, tol) {
		t.Errorf("%s: %.10g (%.10g to %.10g), want %v (%v to %v)", name, e.Estimate, e.Lower, e.Upper, estimate, lower, upper)
	}
}

// R 4.2.2: binom.test and prop.test (correct = FALSE) of 7 of 20 and 0 of 20.
func TestOneProportion(t *testing.T) {
	c := Count{7, 20}
	checkEstimate(t, "exact", must(ClopperPearson(c, 0)), 1e-12, 0.35, 0.153909204784541, 0.592188534532828)
	checkEstimate(t, "score", must(Wilson(c, 0)), 1e-12, 0.35, 0.181191824101082, 0.567145723314764)
	checkEstimate(t, "none", must(ClopperPearson(Count{0, 20}, 0)), 1e-12, 0, 0, 0.168433470983085)
	checkEstimate(t, "all", must(Wilson(Count{20, 20}, 0)), 1e-12, 1, 1-wilsonNone(20), 1)
}

// wilsonNone is the upper limit of none of n in closed form: z^2/(n+z^2).
func wilsonNone(n float64) float64 {
	const z2 = 3.841458820694124
	return z2 / (n + z2)
}

// Newcombe 1998, Stat Med 17:873, table II: 56/70 - 48/80, 9/10 - 3/10.
func TestDifferences(t *testing.T) {
	a, b := Count{56, 70}, Count{48, 80}
	checkEstimate(t, "Wald", must(DifferenceWald(a, b, 0)), 6e-5, 0.2, 0.0575, 0.3425)
	checkEstimate(t, "Newcombe", must(DifferenceNewcombe(a, b, 0)), 6e-5, 0.2, 0.0524, 0.3339)
	checkEstimate(t, "Miettinen-Nurminen", must(DifferenceMiettinenNurminen(a, b, 0)), 6e-5, 0.2, 0.0528, 0.3382)
	a, b = Count{9, 10}, Count{3, 10}
	checkEstimate(t, "Newcombe", must(DifferenceNewcombe(a, b, 0)), 6e-5, 0.6, 0.1705, 0.8090)
	checkEstimate(t, "Miettinen-Nurminen", must(DifferenceMiettinenNurminen(a, b, 0)), 6e-5, 0.6, 0.1700, 0.8406)
}

// R 4.2.2: fisher.test, which finds the limits with a tolerance of 1e-4 on the
// inverse only; TestFisherLaws holds them to their definition.
func TestFisher(t *testing.T) {
	for _, c := range []struct {
		a, b             Count
		p, or, low, high float64
		tol              float64
	}{
		{Count{3, 4}, Count{1, 4}, 0.485714285714286, 6.40830886700579, 0.211732915305503, 621.933750545417297, 1e-2},
		{Count{0, 8}, Count{5, 11}, 0.044547643618851, 0, 0, 1.23377365548061, 1e-4},
		{Count{10, 12}, Count{3, 18}, 0.000536724119143437, 21.3053312750167, 2.75343836564203, 300.68278741940225, 1e-2},
	} {
		f, err := Fisher(c.a, c.b, 0)
		if c.or == 0 { // R's matrix is by columns: the groups are 0 of 8 and 5 of 11
			c.a, c.b = Count{0, 5}, Count{8, 14}
			f, err = Fisher(c.a, c.b, 0)
		}
		if err != nil || !near(f.P, c.p, 1e-11) {
			t.Errorf("%v %v: %+v, %v; want p %v", c.a, c.b, f, err, c.p)
		}
		if !near(f.Odds.Estimate, c.or, c.tol) || !near(f.Odds.Lower, c.low, c.tol) || !near(f.Odds.Upper, c.high, c.tol) {
			t.Errorf("%v %v: odds %+v, want %v (%v to %v)", c.a, c.b, f.Odds, c.or, c.low, c.high)
		}
	}
}

// Admissions at Berkeley 1973 by department (Bickel, Hammel and O'Connell 1975,
// Science 187:398), men first; R 4.2.2: mantelhaen.test, and Breslow-Day with
// uniroot for the expected counts.
var berkeley = []Stratum{
	{Count{512, 825}, Count{89, 108}}, {Count{353, 560}, Count{17, 25}}, {Count{120, 325}, Count{202, 593}},
	{Count{138, 417}, Count{131, 375}}, {Count{53, 191}, Count{94, 393}}, {Count{22, 373}, Count{24, 341}},
}

func TestMantelHaenszel(t *testing.T) {
	checkEstimate(t, "odds", must(MantelHaenszelOdds(berkeley, 0)), 1e-12, 0.904696828258623, 0.77190736175935, 1.06032976443666)
	if c := must(CochranMantelHaenszel(berkeley, false)); !near(c.Statistic, 1.52460666044344, 1e-12) || !near(c.P, 0.216923697055518, 1e-12) {
		t.Errorf("%+v", c)
	}
	if c := must(CochranMantelHaenszel(berkeley, true)); !near(c.Statistic, 1.42694622858669, 1e-12) {
		t.Errorf("%+v", c)
	}
	b := must(BreslowDay(berkeley))
	if !near(b.Statistic, 18.82550125205289504, 1e-9) || b.DF != 5 || !near(b.P, 0.00207140139788113, 1e-9) {
		t.Errorf("%+v", b)
	}
}

// Altman 1998, BMJ 317:1309: a difference of 10% with interval -5% to 25% is
// NNTB 10, from NNTH 20 through infinity to NNTB 4.
func TestNumberNeeded(t *testing.T) {
	n := must(NumberNeeded(Estimate{Estimate: 0.1, Lower: -0.05, Upper: 0.25}))
	if !near(n.Benefit, 10, 1e-12) || n.Harm != 0 || !n.ThroughInfinity || !near(n.First, 4, 1e-12) || !near(n.Second, 20, 1e-12) ||
		!strings.Contains(n.Notes[0], "benefit of 4.0 through infinity to a number needed for harm of 20.0") {
		t.Errorf("%+v", n)
	}
	n = must(NumberNeeded(Estimate{Estimate: -0.2, Lower: -0.5, Upper: -0.1}))
	if !near(n.Harm, 5, 1e-12) || n.ThroughInfinity || !near(n.First, 2, 1e-12) || !near(n.Second, 10, 1e-12) {
		t.Errorf("%+v", n)
	}
	n = must(NumberNeeded(Estimate{Estimate: 0, Lower: 0, Upper: 0.2}))
	if n.Benefit != 0 || n.Harm != 0 || !n.ThroughInfinity || !math.IsInf(n.Second, 1) {
		t.Errorf("%+v", n)
	}
	if _, err := NumberNeeded(Estimate{Estimate: 3, Lower: 2, Upper: 4}); err == nil {
		t.Error("3 is no risk difference")
	}
}

func drawPair(t *rapid.T) (Count, Count) {
	n, m := rapid.IntRange(1, 60).Draw(t, "n"), rapid.IntRange(1, 60).Draw(t, "m")
	return Count{rapid.IntRange(0, n).Draw(t, "x"), n}, Count{rapid.IntRange(0, m).Draw(t, "y"), m}
}

func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPair(t)
		other := func(c Count) Count { return Count{c.N - c.Events, c.N} }
		for name, f := range map[string]func(Count, Count, float64) (Estimate, error){
			"Wald": DifferenceWald, "Newcombe": DifferenceNewcombe, "Miettinen-Nurminen": DifferenceMiettinenNurminen,
		} {
			e, swapped, flipped := must(f(a, b, 0)), must(f(b, a, 0)), must(f(other(a), other(b), 0))
			if !(e.Lower <= e.Estimate+1e-12 && e.Estimate <= e.Upper+1e-12) || math.IsNaN(e.Lower+e.Upper) {
				t.Errorf("%s %v %v: %+v", name, a, b, e)
			}
			for _, s := range []Estimate{swapped, flipped} {
				if !near(-s.Upper, e.Lower, 1e-9) || !near(-s.Lower, e.Upper, 1e-9) {
					t.Errorf("%s %v %v: %+v became %+v", name, a, b, e, s)
				}
			}
		}
		one := []Stratum{{a, b}}
		for name, pair := range map[string][2]Estimate{
			"Newcombe": {must(DifferenceNewcombe(a, b, 0)), must(DifferenceNewcombeStratified(one, 0))},
			"MN":       {must(DifferenceMiettinenNurminen(a, b, 0)), must(DifferenceMiettinenNurminenStratified(one, 0))},
		} {
			if !near(pair[0].Lower, pair[1].Lower, 1e-9) || !near(pair[0].Upper, pair[1].Upper, 1e-9) {
				t.Errorf("%s %v %v: %+v with one stratum, %+v without", name, a, b, pair[1], pair[0])
			}
		}
		if a.Events*b.Events*(a.N-a.Events)*(b.N-b.Events) > 0 {
			compareOneStratum(t, a, b)
		}
	})
}

// With one stratum the Mantel-Haenszel variances are the simple ones.
func compareOneStratum(t *rapid.T, a, b Count) {
	one := []Stratum{{a, b}}
	if x, y := must(OddsLog(a, b, false, 0)), must(MantelHaenszelOdds(one, 0)); !near(x.SE, y.SE, 1e-10) || !near(x.Estimate, y.Estimate, 1e-10) {
		t.Errorf("odds %v %v: %+v, %+v", a, b, x, y)
	}
	if x, y := must(RatioLog(a, b, 0)), must(MantelHaenszelRatio(one, 0)); !near(x.SE, y.SE, 1e-10) || !near(x.Estimate, y.Estimate, 1e-10) {
		t.Errorf("ratio %v %v: %+v, %+v", a, b, x, y)
	}
	// The interval of the score test holds the ratio that it does not reject.
	e := must(RatioMiettinenNurminen(a, b, 0))
	for _, end := range []float64{e.Lower, e.Upper} {
		if z := math.Abs(ratioScore(a, b, end)); !near(z, 1.959963984540054, 1e-6) {
			t.Errorf("score at %v of %v %v: %v", end, a, b, z)
		}
	}
	if d := must(MantelHaenszelDifference(one, 0)); !near(d.Estimate, a.rate()-b.rate(), 1e-12) {
		t.Errorf("difference %v %v: %+v", a, b, d)
	}
	c := must(CochranMantelHaenszel(one, false))
	p := must(Pearson(a, b, false))
	n := a.n() + b.n()
	if !near(c.Statistic, p.Statistic*(n-1)/n, 1e-9) {
		t.Errorf("Mantel-Haenszel %v, Pearson %v", c.Statistic, p.Statistic)
	}
}

// Exchanging the groups turns the common estimates around and keeps their
// standard errors; so does exchanging the outcomes for the difference and the
// odds ratio.
func TestCommonEstimatesTurnAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var here, swapped, flipped []Stratum
		for range rapid.IntRange(1, 5).Draw(t, "strata") {
			a, b := drawPair(t)
			here = append(here, Stratum{a, b})
			swapped = append(swapped, Stratum{b, a})
			flipped = append(flipped, Stratum{Count{a.N - a.Events, a.N}, Count{b.N - b.Events, b.N}})
		}
		d := must(MantelHaenszelDifference(here, 0))
		for _, other := range [][]Stratum{swapped, flipped} {
			if o := must(MantelHaenszelDifference(other, 0)); !near(o.Estimate, -d.Estimate, 1e-10) || !near(o.SE, d.SE, 1e-9) {
				t.Errorf("difference %+v became %+v", d, o)
			}
			n, o := must(DifferenceNewcombeStratified(here, 0)), must(DifferenceNewcombeStratified(other, 0))
			if !near(-o.Upper, n.Lower, 1e-9) {
				t.Errorf("Newcombe %+v became %+v", n, o)
			}
			odds, err := MantelHaenszelOdds(here, 0)
			if err != nil {
				continue
			}
			if o := must(MantelHaenszelOdds(other, 0)); !near(math.Log(o.Estimate), -math.Log(odds.Estimate), 1e-9) || !near(o.SE, odds.SE, 1e-9) {
				t.Errorf("odds %+v became %+v", odds, o)
			}
		}
		ratio, err := MantelHaenszelRatio(here, 0)
		if err != nil {
			return
		}
		if o := must(MantelHaenszelRatio(swapped, 0)); !near(o.Estimate*ratio.Estimate, 1, 1e-9) || !near(o.SE, ratio.SE, 1e-9) {
			t.Errorf("ratio %+v became %+v", ratio, o)
		}
	})
}

// The restricted estimates in closed form are where the likelihood is largest.
func TestRestrictedEstimates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPair(t)
		d := rapid.Float64Range(-0.95, 0.95).Draw(t, "difference")
		likelihood := func(p0 float64) float64 {
			term := func(x, p float64) float64 {
				if x == 0 {
					return 0
				}
				return x * math.Log(p)
			}
			p1 := p0 + d
			return term(a.events(), p1) + term(a.none(), 1-p1) + term(b.events(), p0) + term(b.none(), 1-p0)
		}
		_, p0 := restricted(a, b, d)
		lo, hi := max(0, -d), min(1, 1-d)
		best := likelihood(max(lo+1e-12, min(hi-1e-12, p0)))
		for k := 1; k < 200; k++ {
			if v := likelihood(lo + (hi-lo)*float64(k)/200); v > best+1e-7 {
				t.Fatalf("%v %v at %v: %v is likelier than the restricted estimate %v", a, b, d, lo+(hi-lo)*float64(k)/200, p0)
			}
		}
	})
}

// The exact test's probabilities sum to one and its p values agree with counting.
func TestFisherLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPair(t)
		if x := a.Events + b.Events; x == 0 || x == a.N+b.N {
			if _, err := Fisher(a, b, 0); err == nil {
				t.Errorf("%v %v: everybody has the same outcome", a, b)
			}
			return
		}
		f, g := must(Fisher(a, b, 0)), must(Fisher(b, a, 0))
		if !near(f.P, g.P, 1e-9) || !near(f.Less, g.Greater, 1e-9) {
			t.Errorf("%v %v: %+v, swapped %+v", a, b, f, g)
		}
		if f.Odds.Estimate > 0 && !math.IsInf(f.Odds.Estimate, 1) && !near(math.Log(f.Odds.Estimate), -math.Log(g.Odds.Estimate), 1e-7) {
			t.Errorf("%v %v: odds %v, swapped %v", a, b, f.Odds.Estimate, g.Odds.Estimate)
		}
		h := newHypergeometric(a, b)
		if l := f.Odds.Lower; l > 0 && !near(h.upper(a.Events, math.Log(l)), 0.025, 1e-9) {
			t.Errorf("%v %v: the tail at the lower limit is %v", a, b, h.upper(a.Events, math.Log(l)))
		}
		if u := f.Odds.Upper; !math.IsInf(u, 1) && !near(h.lower(a.Events, math.Log(u)), 0.025, 1e-9) {
			t.Errorf("%v %v: the tail at the upper limit is %v", a, b, h.lower(a.Events, math.Log(u)))
		}
		if math.IsNaN(f.Odds.Estimate + f.Odds.Lower + f.Odds.Upper) {
			t.Errorf("%v %v: %+v", a, b, f.Odds)
		}
	})
}

func TestRefusals(t *testing.T) {
	ok, none := Count{3, 10}, Count{0, 10}
	for name, err := range map[string]error{
		"empty group":           second(Wilson(Count{0, 0}, 0)),
		"too many events":       second(DifferenceWald(Count{11, 10}, ok, 0)),
		"negative":              second(DifferenceNewcombe(ok, Count{-1, 10}, 0)),
		"level of 95":           second(Wilson(ok, 95)),
		"ratio without events":  second(RatioLog(ok, none, 0)),
		"log ratio of zero":     second(RatioLog(none, ok, 0)),
		"ratio of nothing":      second(RatioMiettinenNurminen(none, none, 0)),
		"odds with a zero":      second(OddsLog(ok, none, false, 0)),
		"no strata":             second(MantelHaenszelOdds(nil, 0)),
		"strata of one group":   second(MantelHaenszelDifference([]Stratum{{ok, Count{}}}, 0)),
		"one outcome":           second(CochranMantelHaenszel([]Stratum{{none, none}}, false)),
		"common ratio, no data": second(MantelHaenszelRatio([]Stratum{{ok, none}}, 0)),
		"homogeneity of one":    second(BreslowDay([]Stratum{{ok, Count{5, 10}}})),
		"too many tables":       second(Fisher(Count{3_000_000, 9_000_000}, Count{3_000_000, 9_000_000}, 0)),
		"Pearson of nothing":    second(Pearson(none, none, false)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	e := must(OddsLog(ok, none, true, 0))
	if !near(e.Estimate, 3.5*10.5/(7.5*0.5), 1e-12) || len(e.Notes) != 1 {
		t.Errorf("one half to every cell: %+v", e)
	}
	if r := must(RatioMiettinenNurminen(ok, none, 0)); !math.IsInf(r.Estimate, 1) || !math.IsInf(r.Upper, 1) || !(r.Lower > 0) || len(r.Notes) == 0 {
		t.Errorf("an infinite ratio: %+v", r)
	}
	s := append([]Stratum{{ok, Count{}}}, berkeley...)
	if d := must(MantelHaenszelOdds(s, 0)); len(d.Notes) != 1 || d.Estimate != must(MantelHaenszelOdds(berkeley, 0)).Estimate {
		t.Errorf("a stratum of one group: %+v", d)
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkMiettinenNurminen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		must(DifferenceMiettinenNurminen(Count{33, 46}, Count{19, 44}, 0))
	}
}
