package meta

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// bcg is the trial table of Colditz et al., JAMA 1994;271:698, as reprinted in every
// textbook: vaccinated with and without tuberculosis, then not vaccinated.
var bcg = []Counts{
	{4, 123, 11, 139}, {6, 306, 29, 303}, {3, 231, 11, 220}, {62, 13598, 248, 12867}, {33, 5069, 47, 5808}, {180, 1541, 372, 1451}, {8, 2545, 10, 629},
	{505, 88391, 499, 88391}, {29, 7499, 45, 7277}, {17, 1716, 65, 1665}, {186, 50634, 141, 27338}, {5, 2498, 3, 2341}, {27, 16913, 29, 17854},
}

var bcgLatitude = []float64{44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33}

func effects(t testing.TB, counts []Counts) (y, v []float64) {
	t.Helper()
	for _, c := range counts {
		e, err := Compare(c, RiskRatio, RefuseZero)
		if err != nil {
			t.Fatal(err)
		}
		y, v = append(y, e.Y), append(v, e.V)
	}
	return y, v
}

// Published in Viechtbauer, J Stat Softw 2010;36(3), section 3.2 and 3.4.
func TestPublishedExample(t *testing.T) {
	y, v := effects(t, bcg)
	r, err := Fit(y, v, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := []float64{r.Pooled().Estimate, r.Pooled().SE, r.Tau2, r.Tau2SE, r.I2, r.H2, r.Q, r.Pooled().Low, r.Pooled().High}
	each(t, "printed value", got, []float64{-0.7145, 0.1798, 0.3132, 0.1664, 92.22, 12.86, 152.2330, -1.0669, -0.3622}, 0.0006)
	x, err := Regress(y, v, []Moderator{{"ablat", bcgLatitude}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Raudenbush 2009; metafor 2.0 and later print these for ablat alone.
	each(t, "regression", []float64{x.Coefficients[0].Estimate, x.Coefficients[1].Estimate, x.Tau2, x.QM, x.R2}, []float64{0.2515, -0.0291, 0.0764, 16.3571, 75.62}, 0.0006)
}

// Two studies have a closed form: tau2 = (y1-y2)^2/2 - (v1+v2)/2 for REML, DL, HE and PM.
func TestTwoStudies(t *testing.T) {
	for _, m := range []Method{REML, DL, HE, PM, EB} {
		r, err := Fit([]float64{0.1, 0.9}, []float64{0.04, 0.09}, Options{Method: m, Test: KnappHartung})
		if err != nil {
			t.Fatal(err)
		}
		near(t, m.String(), r.Tau2, 0.64/2-0.13/2, 1e-14)
		near(t, m.String()+" scale", r.Scale, 1, 1e-13)
	}
}

// Equal variances v: REML is the variance of y less v, the pooled effect the plain mean,
// and Knapp-Hartung the one-sample t test.
func TestEqualVariancesAreOneSampleT(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(-5, 5), 3, 30).Draw(t, "y")
		v := make([]float64, len(y))
		n, mean, ss := float64(len(y)), 0.0, 0.0
		for _, x := range y {
			mean += x / n
		}
		for i, x := range y {
			ss += (x - mean) * (x - mean)
			v[i] = 0.5
		}
		if ss < 1e-6 {
			t.Skip("no spread")
		}
		r, err := Fit(y, v, Options{Test: KnappHartung})
		if err != nil {
			t.Fatal(err)
		}
		close(t, "tau2", r.Tau2, math.Max(0, ss/(n-1)-0.5), 1e-12)
		close(t, "mean", r.Pooled().Estimate, mean, 1e-12)
		close(t, "SE", r.Pooled().SE, math.Sqrt(ss/(n-1)/n), 1e-11)
		close(t, "high", r.Pooled().High, mean+tUpper(0.05, n-1)*math.Sqrt(ss/(n-1)/n), 1e-10)
	})
}

func close(t *rapid.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
		t.Fatalf("%s = %.17g, want %.17g", what, got, want)
	}
}

func draw(t *rapid.T) (y, v []float64) {
	k := rapid.IntRange(3, 25).Draw(t, "k")
	for range k {
		y = append(y, rapid.Float64Range(-3, 3).Draw(t, "y"))
		v = append(v, rapid.Float64Range(0.01, 1).Draw(t, "v"))
	}
	return y, v
}

// Effects in other units, in another order and with the sign turned are the same effects.
// Powers of two change not one digit of the arithmetic, however large.
func TestUnitsOrderAndSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, v := draw(t)
		method := rapid.SampledFrom(Methods()[:10]).Draw(t, "method")
		o := Options{Method: method, Test: rapid.SampledFrom([]Test{Z, T, KnappHartung, AdHoc}).Draw(t, "test")}
		r, err := Fit(y, v, o)
		if err != nil {
			t.Fatal(err)
		}
		factor := math.Ldexp(1, rapid.IntRange(-200, 200).Draw(t, "exponent"))
		n := len(y)
		sy, sv, ry, rv := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range y {
			sy[i], sv[i] = y[i]*factor, v[i]*factor*factor
			ry[n-1-i], rv[n-1-i] = -y[i], v[i]
		}
		scaled, err := Fit(sy, sv, o)
		if err != nil {
			t.Fatal(err)
		}
		if scaled.Pooled().Estimate != r.Pooled().Estimate*factor || scaled.Tau2 != r.Tau2*factor*factor || scaled.Pooled().P != r.Pooled().P {
			t.Fatalf("at %g times: %v, want %v", factor, scaled.Pooled(), r.Pooled())
		}
		turned, err := Fit(ry, rv, o)
		if err != nil {
			t.Fatal(err)
		}
		close(t, "turned", turned.Pooled().Estimate, -r.Pooled().Estimate, 1e-10)
		close(t, "turned tau2", turned.Tau2, r.Tau2, 1e-9)
	})
}

// The estimate is the highest point of the likelihood: no other tau2 has a higher one.
func TestLikelihoodIsHighestAtTheEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, v := draw(t)
		restricted := rapid.Bool().Draw(t, "restricted")
		mods := []Moderator{{"x", rapid.SliceOfN(rapid.Float64Range(-1, 1), len(y), len(y)).Draw(t, "x")}}
		o := Options{Method: ML}
		if restricted {
			o.Method = REML
		}
		m, err := newWork(y, v, mods, o)
		if err != nil {
			t.Skip(err)
		}
		best, ok := m.likelihood(restricted)
		if !ok {
			t.Fatal("no estimate")
		}
		top, _ := m.logLikAt(best.value, restricted)
		for x := 0.0; x < 60; x = x*1.3 + 1e-4 {
			if ll, _ := m.logLikAt(x, restricted); ll > top+1e-10 {
				t.Fatalf("at %g the likelihood is %.12g, at the estimate %g only %.12g", x, ll, best.value, top)
			}
		}
		if best.value > 1e-6 {
			m.at(best.value)
			s := m.score(restricted)
			if step := s.slope / s.expected; math.Abs(step) > 1e-11*math.Max(best.value, 0.1) {
				t.Fatalf("one more step of scoring would move %g by %g", best.value, step)
			}
		}
	})
}

// A maximum far from 0 is found although the likelihood falls from 0 on and Newton's
// step from above the maximum would pass it by.
func TestMaximumBehindAFallIsFound(t *testing.T) {
	y, v := []float64{1, 1.5, -1.75, 0.5}, []float64{1, 0.5, 0.015625, 1}
	r, err := Regress(y, v, []Moderator{{"x", []float64{1, 0.125, 0.0625, 1}}}, Options{Method: ML})
	if err != nil {
		t.Fatal(err)
	}
	if near := math.Abs(r.Tau2 - 1.22199); near > 1e-5 { // by a grid of the likelihood
		t.Errorf("tau2 is %g, want 1.22199", r.Tau2)
	}
}

// Both ends of the interval of tau2 give Q its quantile.
func TestQProfileEndsAreRoots(t *testing.T) {
	y, v := effects(t, bcg)
	r, err := Regress(y, v, []Moderator{{"ablat", bcgLatitude}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.QProfile(0.9)
	if err != nil {
		t.Fatal(err)
	}
	for tau2, p := range map[float64]float64{h.Tau2.Low: 0.05, h.Tau2.High: 0.95} {
		moved := make([]float64, len(v))
		for i := range v {
			moved[i] = v[i] + tau2
		}
		at, err := Regress(y, moved, []Moderator{{"ablat", bcgLatitude}}, Options{Method: Common})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "tail at the end", at.QP, p, 1e-12)
	}
}

func TestUnitsOfModeratorsDoNotMatter(t *testing.T) {
	y, v := effects(t, bcg)
	year := []float64{1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976}
	far := make([]float64, len(year))
	for i, x := range year {
		far[i] = 1e6 + x*1e-3
	}
	a, err := Regress(y, v, []Moderator{{"ablat", bcgLatitude}, {"year", year}}, Options{Test: KnappHartung})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Regress(y, v, []Moderator{{"ablat", bcgLatitude}, {"year", far}}, Options{Test: KnappHartung})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "tau2", b.Tau2, a.Tau2, 1e-6)
	near(t, "year's p", b.Coefficients[2].P, a.Coefficients[2].P, 1e-6)
	near(t, "QM", b.QM, a.QM, 1e-6)
}

// Groups with a shared tau2 are the regression on the groups: the test between is QM.
func TestSubgroupsAgreeWithRegression(t *testing.T) {
	y, v := effects(t, bcg)
	alloc := strings.Fields("random random random random alternate alternate random random random systematic systematic systematic systematic")
	s, err := BySubgroup(y, v, alloc, true, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Regress(y, v, Factor("alloc", alloc, ""), Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "between", s.Q, r.QM, 1e-9)
	near(t, "p", s.P, r.QMP, 1e-9)
	near(t, "first group", s.Groups[0].Result.Pooled().Estimate, r.Coefficients[0].Estimate, 1e-10)
	near(t, "second group", s.Groups[1].Result.Pooled().Estimate, r.Coefficients[0].Estimate+r.Coefficients[1].Estimate, 1e-10)
	apart, err := BySubgroup(y, v, alloc, false, Options{Test: KnappHartung})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(apart.Tau2) || apart.DF != 2 || apart.Groups[0].Result.Tau2 == apart.Groups[1].Result.Tau2 {
		t.Errorf("groups apart: %+v", apart)
	}
}

func TestInfluenceByBruteForce(t *testing.T) {
	y, v := effects(t, bcg)
	r, err := Regress(y, v, []Moderator{{"ablat", bcgLatitude}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := r.Influences()
	if err != nil {
		t.Fatal(err)
	}
	hat, cook := 0.0, 0.0
	for i, x := range in {
		hat += x.Hat
		f, err := r.without(i)
		if err != nil {
			t.Fatal(err)
		}
		d0, d1 := r.Coefficients[0].Estimate-f.Coefficients[0].Estimate, r.Coefficients[1].Estimate-f.Coefficients[1].Estimate
		det := r.Vcov[0]*r.Vcov[3] - r.Vcov[1]*r.Vcov[2]
		cook = (d0*d0*r.Vcov[3] - 2*d0*d1*r.Vcov[1] + d1*d1*r.Vcov[0]) / det
		near(t, "Cook", x.Cook, cook, 1e-9)
	}
	near(t, "sum of leverages", hat, 2, 1e-12)
}

// A random sample has no news for the tests of small studies, but a made one has.
func TestMissingStudiesAreFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	var y, v []float64
	for len(y) < 60 {
		se := 0.05 + 0.5*rng.Float64()
		x := 0.2 + se*rng.NormFloat64()
		if x < 1.2*se { // not significant: not published
			continue
		}
		y, v = append(y, x), append(v, se*se)
	}
	e, err := Egger(y, v, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := TrimFill(y, v, L0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Slope.P > 0.001 || e.Slope.Estimate < 0 || !f.Left || f.Missing < 5 || len(f.Y) != 60+f.Missing {
		t.Errorf("Egger %+v, %d missing, left %v", e.Slope, f.Missing, f.Left)
	}
	before, err := Fit(y, v, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Result.Pooled().Estimate >= before.Pooled().Estimate {
		t.Error("filling the left side does not lower the effect")
	}
}

func TestPredictionIntervals(t *testing.T) {
	y, v := effects(t, bcg)
	r, err := Fit(y, v, Options{Test: KnappHartung})
	if err != nil {
		t.Fatal(err)
	}
	wald, err := Fit(y, v, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[Prediction]struct{ se, df float64 }{
		PredictTest: {r.Pooled().SE, 12}, PredictHTS: {r.Pooled().SE, 11}, PredictWald: {wald.Pooled().SE, 12}, PredictWaldHTS: {wald.Pooled().SE, 11},
	} {
		p, err := r.Predict(kind)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "prediction", p.High, p.Value+tUpper(0.05, want.df)*math.Sqrt(want.se*want.se+r.Tau2), 1e-12)
	}
	x, err := Regress(y, v, []Moderator{{"ablat", bcgLatitude}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	at, err := x.Mean(bcgLatitude[0])
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean at a latitude", at.Estimate, x.Fitted[0], 1e-12)
}

func TestRefusals(t *testing.T) {
	nan := math.NaN()
	y, v := []float64{1, 2, 3}, []float64{1, 1, 2}
	fit := func(y, v []float64, o Options, mods ...Moderator) error {
		_, err := Regress(y, v, mods, o)
		return err
	}
	three := func(s []string, rho float64, o Options) error {
		_, err := FitThreeLevel(y, v, s, rho, nil, o)
		return err
	}
	second := func(_ any, err error) error { return err }
	third := func(_, _ any, err error) error { return err }
	for want, err := range map[string]error{
		"there is no effect":                       fit(nil, nil, Options{}),
		"3 effects and 1 variances":                fit(y, v[:1], Options{}),
		"effect 2: the effect is NaN":              fit([]float64{1, nan, 2}, v, Options{}),
		"effect 3: the variance is 0":              fit(y, []float64{1, 1, 0}, Options{}),
		"effect 1: the variance is -1":             fit(y, []float64{-1, 1, 1}, Options{}),
		"the level 2 lies outside":                 fit(y, v, Options{Level: 2}),
		"no method":                                fit(y, v, Options{Method: 99}),
		"no test":                                  fit(y, v, Options{Test: -1}),
		"the given tau2 -1":                        fit(y, v, Options{Method: Given, Tau2: -1}),
		"no coefficient":                           fit(y, v, Options{NoIntercept: true}),
		`"b" follows from the others`:              fit(y, v, Options{}, Moderator{"a", []float64{1, 2, 4}}, Moderator{"b", []float64{3, 5, 9}}),
		`the moderator "a" has 2 values`:           fit(y, v, Options{}, Moderator{"a", []float64{1, 2}}),
		`effect 2: the moderator "a" is NaN`:       fit(y, v, Options{}, Moderator{"a", []float64{1, nan, 3}}),
		"3 effects and 4 coefficients":             fit(y, v, Options{}, Moderator{"a", y}, Moderator{"b", v}, Moderator{"c", v}),
		"all effects are of one study":             three([]string{"a", "a", "a"}, 0.5, Options{}),
		"each study has one effect":                three([]string{"a", "b", "c"}, 0.5, Options{}),
		"the correlation 1 is impossible":          three([]string{"a", "b", "b"}, 1, Options{}),
		"not fitted by DL":                         three([]string{"a", "b", "b"}, 0.5, Options{Method: DL}),
		"nobody or everybody":                      second(Compare(Counts{0, 5, 0, 5}, RiskRatio, HalfCells)),
		"more people have the event":               second(Compare(Counts{6, 5, 0, 5}, RiskRatio, HalfCells)),
		"the effect -Inf":                          second(Compare(Counts{0, 5, 1, 5}, OddsRatio, RefuseZero)),
		"at least two in each":                     second(SMD(Means{1, 0, 1, 5, 0, 1}, SMDOptions{})),
		"the standard deviation is 0":              second(SMD(Means{5, 0, 0, 5, 0, 0}, SMDOptions{})),
		"A test of asymmetry needs at least three": second(Egger(y[:2], v[:2], 0)),
		"there is one group only":                  second(BySubgroup(y, v, []string{"a", "a", "a"}, true, Options{})),
		"the share without treatment is 1":         second(NumberNeeded(0.5, 1)),
		"is not proper":                            second(Bayes(y, v, Prior{SD: 1}, 0)),
		"Leaving one out needs one more":           second(must(Fit(y[:1], v[:1], Options{})).LeaveOneOut()),
		"no further studies to predict":            second(must(Fit(y, v, Options{Method: Common})).Predict(PredictHTS)),
		"1 values are given for 0 moderators":      second(must(Fit(y, v, Options{})).Predict(PredictHTS, 3)),
		"all effects, or all variances, are equal": third(RankTest(y, []float64{1, 1, 1})),
		"its variance 1e-05 is less than 1/1e+10":  fit(y, []float64{1, 1e-5, 1e6}, Options{}),
		"lies beyond 10^60 standard errors":        fit([]float64{1e300, -1e300, 0}, []float64{1e-300, 1e-300, 1e-300}, Options{}),
	} {
		var f *Fault
		if !errors.As(err, &f) || !strings.Contains(err.Error(), want) || f.Fix == "" {
			t.Errorf("%v, want %q with a way to mend it", err, want)
		}
	}
}

func must(r *Result, err error) *Result {
	if err != nil {
		panic(err)
	}
	return r
}

func TestConventionsAreNoted(t *testing.T) {
	equal := must(Fit([]float64{0.3, 0.3, 0.3}, []float64{0.1, 0.2, 0.3}, Options{Test: KnappHartung}))
	if !strings.Contains(strings.Join(equal.Notes, ";"), "do not differ at all") || !math.IsNaN(equal.Pooled().P) || math.Abs(equal.Pooled().Estimate-0.3) > 1e-15 {
		t.Errorf("equal effects: %+v, %q", equal.Pooled(), equal.Notes)
	}
	alone := must(Fit([]float64{0.3}, []float64{0.1}, Options{}))
	if len(alone.Notes) == 0 || alone.Tau2 != 0 || math.Abs(alone.Pooled().SE-math.Sqrt(0.1)) > 1e-15 {
		t.Errorf("one study: %+v, %q", alone.Pooled(), alone.Notes)
	}
	r := must(Fit([]float64{0.1, 0.9}, []float64{0.04, 0.09}, Options{}))
	if _, err := r.Predict(PredictHTS); err != nil || len(r.Notes) != 1 {
		t.Errorf("two studies predict: %v, %q", err, r.Notes)
	}
	for _, m := range Methods()[:10] {
		if r := must(Fit([]float64{0.3, 0.3, 0.3}, []float64{0.1, 0.2, 0.3}, Options{Method: m})); r.Tau2 > 1e-30 {
			t.Errorf("%v of equal effects: tau2 %g", m, r.Tau2)
		}
	}
}

// No answer without a reason: whatever the numbers, an error, or finite values, or a note.
func FuzzFit(f *testing.F) {
	f.Add(0.1, 0.2, 0.3, 1.0, 2.0, 3.0, 0, 0)
	f.Add(1e10, -1e10, 0.0, 1e-4, 1e4, 1.0, 5, 2)
	f.Add(1e-300, 2e-300, 0.0, 1e-300, 1e-300, 1e-300, 6, 3)
	f.Fuzz(func(t *testing.T, a, b, c, x, y, z float64, method, test int) {
		r, err := Fit([]float64{a, b, c}, []float64{x, y, z}, Options{Method: Method(method), Test: Test(test)})
		if err != nil {
			return
		}
		e := r.Pooled()
		for _, v := range []float64{e.Estimate, e.SE, r.Tau2, r.Q, r.I2} {
			if math.IsNaN(v) || math.IsInf(v, 0) && len(r.Notes) == 0 {
				t.Fatalf("%v %v: %+v %+v", r.Method, r.Test, e, r)
			}
		}
		if (math.IsNaN(e.P) || math.IsNaN(e.Low)) && len(r.Notes) == 0 {
			t.Fatalf("NaN without a reason: %+v", r)
		}
		if r.Tau2 < 0 {
			t.Fatalf("tau2 is %g", r.Tau2)
		}
	})
}

func BenchmarkREML(b *testing.B) {
	for name, k := range map[string]int{"k=13": 13, "k=1000": 1000} {
		rng := rand.New(rand.NewPCG(1, 2))
		y, v := make([]float64, k), make([]float64, k)
		for i := range y {
			v[i] = math.Exp(rng.NormFloat64() - 3)
			y[i] = -0.5 + math.Sqrt(v[i]+0.05)*rng.NormFloat64()
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Fit(y, v, Options{Test: KnappHartung}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
