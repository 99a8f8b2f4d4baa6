package summary

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance || math.IsNaN(got) {
		t.Errorf("%s = %.9g, want %.9g (within %g)", what, got, want, tolerance)
	}
}

// Student's sleep data (Student 1908, Biometrika 6:1), as in R's data set sleep;
// t.test(extra ~ group) prints df 17.776 and -3.3654832 to 0.2054832.
var (
	sleep1 = []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	sleep2 = []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
)

func TestWelchOnStudentsSleepData(t *testing.T) {
	a, b := Describe(sleep1), Describe(sleep2)
	near(t, "mean 1", a.Mean, 0.75, 1e-12)
	near(t, "mean 2", b.Mean, 2.33, 1e-12)
	near(t, "sd 1", a.SD, 1.789010, 5e-7)
	near(t, "sd 2", b.SD, 2.002249, 5e-7)
	e := Welch(a, b, 0.95)
	near(t, "difference", e.Value, -1.58, 1e-12)
	near(t, "df", e.Freedom, 17.77647, 5e-6)
	near(t, "lower", e.Lower, -3.3654832, 5e-8)
	near(t, "upper", e.Upper, 0.2054832, 5e-8)
	near(t, "t", e.Value/e.Error, -1.860813, 5e-7)
}

func TestPairedChangeOnStudentsSleepData(t *testing.T) {
	d := make([]float64, len(sleep1))
	for i := range d {
		d[i] = sleep1[i] - sleep2[i]
	}
	// R: t.test(sleep1, sleep2, paired = TRUE) prints -2.4598858 to -0.7001142.
	e := Mean(Describe(d), 0.95)
	near(t, "lower", e.Lower, -2.4598858, 5e-8)
	near(t, "upper", e.Upper, -0.7001142, 5e-8)
}

// The end points of the two Phase 3 trials of MDMA-assisted therapy as SYPRES
// gives them; g of -0.7712 (SE .234) and -0.5915 are its values.
func TestHedgesOnPublishedEndPoints(t *testing.T) {
	sample := func(n int, mean, sd float64) Sample {
		return Sample{N: n, Mean: mean, SD: sd, HasMean: true, HasSD: true}
	}
	e := Hedges(sample(42, 19.6, 13.61), sample(37, 29.9, 12.77), 0.95)
	near(t, "MAPP1 g", e.Value, -0.7712, 5e-4)
	near(t, "MAPP1 SE", e.Error, 0.234, 5e-4)
	e = Hedges(sample(52, 15.8, 12.26), sample(42, 23.3, 12.96), 0.95)
	near(t, "MAPP2 g", e.Value, -0.5915, 5e-4)
	// J(10) and J(2) by hand: gamma(5)/(sqrt 5 gamma(4.5)) and 1/sqrt(pi).
	near(t, "J(10)", correction(10), 0.9227456, 5e-7)
	near(t, "J(2)", correction(2), 1/math.Sqrt(math.Pi), 1e-12)
}

// Newcombe 1998, Stat Med 17:873, table II, method 10.
func TestNewcombeTable(t *testing.T) {
	for _, c := range []struct {
		a, b                Count
		value, lower, upper float64
	}{
		{Count{56, 70}, Count{48, 80}, 0.2, 0.0524, 0.3339},
		{Count{9, 10}, Count{3, 10}, 0.6, 0.1705, 0.8090},
		{Count{6, 7}, Count{2, 7}, 0.5714, 0.0582, 0.8062},
		{Count{5, 56}, Count{0, 29}, 0.0893, -0.0381, 0.1926},
		{Count{0, 10}, Count{0, 20}, 0, -0.1611, 0.2775},
		{Count{0, 10}, Count{0, 10}, 0, -0.2775, 0.2775},
		{Count{10, 10}, Count{0, 20}, 1, 0.6791, 1},
		{Count{10, 10}, Count{0, 10}, 1, 0.6075, 1},
	} {
		e := RiskDifference(c.a, c.b, 0.95)
		near(t, "difference", e.Value, c.value, 5e-5)
		near(t, "lower", e.Lower, c.lower, 6e-5)
		near(t, "upper", e.Upper, c.upper, 6e-5)
	}
}

// Newcombe 1998, Stat Med 17:857, table I, method 3 (score without correction).
func TestWilsonTable(t *testing.T) {
	for _, c := range []struct {
		c            Count
		lower, upper float64
	}{
		{Count{81, 263}, 0.2553, 0.3662}, {Count{15, 148}, 0.0624, 0.1605},
		{Count{0, 20}, 0, 0.1611}, {Count{1, 29}, 0.0061, 0.1718},
	} {
		e := Share(c.c, 0.95)
		near(t, "lower", e.Lower, c.lower, 6e-5)
		near(t, "upper", e.Upper, c.upper, 6e-5)
	}
}

// MAPP2 (Mitchell 2023; counts of SYPRES): response 45/52 against 29/42 and
// remission 24/52 against 9/42. Ratios and intervals worked out by hand from
// log RR +/- 1.959964 * sqrt(1/a - 1/n + 1/b - 1/m).
func TestRiskRatioOfMAPP2(t *testing.T) {
	response := RiskRatio(Count{45, 52}, Count{29, 42}, 0.95)
	near(t, "response share", Share(Count{45, 52}, 0.95).Value, 0.865, 5e-4)
	near(t, "response share, control", Share(Count{29, 42}, 0.95).Value, 0.690, 5e-4)
	near(t, "response RR", response.Value, 1.253316, 5e-7)
	near(t, "SE of log", response.Error, math.Sqrt(1./45-1./52+1./29-1./42), 1e-15)
	near(t, "lower", response.Lower, 0.9966, 5e-4)
	near(t, "upper", response.Upper, 1.5761, 5e-4)
	near(t, "remission RR", RiskRatio(Count{24, 52}, Count{9, 42}, 0.95).Value, 2.153846, 5e-7)
}

func TestDegenerateSamplesSayWhy(t *testing.T) {
	none, one, flat := Describe(nil), Describe([]float64{3}), Describe([]float64{2, 2, 2})
	some := Describe([]float64{1, 2, 4})
	for _, c := range []struct {
		what            string
		e               Estimate
		value, interval bool
		why             Why
	}{
		{"mean of none", Mean(none, .95), false, false, NoData},
		{"mean of one", Mean(one, .95), true, false, OneValue},
		{"mean of equals", Mean(flat, .95), true, true, ""},
		{"difference with none", Welch(none, some, .95), false, false, NoData},
		{"difference with none", Welch(some, none, .95), false, false, NoData},
		{"difference with one", Welch(some, one, .95), true, false, OneValue},
		{"difference of equals", Welch(flat, flat, .95), true, false, ZeroVariance},
		{"effect of equals", Hedges(flat, flat, .95), false, false, ZeroVariance},
		{"effect of one", Hedges(one, some, .95), false, false, OneValue},
		{"change of equals", Within(flat, .95), false, false, ZeroVariance},
		{"ratio to none", RiskRatio(Count{3, 9}, Count{0, 9}, .95), false, false, NoEvents},
		{"ratio of none", RiskRatio(Count{0, 9}, Count{3, 9}, .95), true, false, NoEvents},
		{"ratio of all", RiskRatio(Count{9, 9}, Count{9, 9}, .95), true, false, ZeroVariance},
		{"share of nobody", Share(Count{0, 0}, .95), false, false, NoData},
		{"too many events", Share(Count{4, 3}, .95), false, false, BadCounts},
		{"difference to nobody", RiskDifference(Count{1, 2}, Count{0, 0}, .95), false, false, NoData},
		{"not a number", Mean(Describe([]float64{1, math.NaN()}), .95), false, false, NotFinite},
		{"infinite", Mean(Describe([]float64{1, math.Inf(1)}), .95), false, false, NotFinite},
		{"level of one", Mean(some, 1), true, false, BadLevel},
	} {
		if c.e.HasValue != c.value || c.e.HasInterval != c.interval || c.e.Why != c.why {
			t.Errorf("%s: value %v interval %v why %q, want %v %v %q", c.what, c.e.HasValue, c.e.HasInterval, c.e.Why, c.value, c.interval, c.why)
		}
	}
}

func TestDescribeKeepsDigitsUnderALargeOffset(t *testing.T) {
	s := Describe([]float64{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16})
	near(t, "sd", s.SD, math.Sqrt(30), 1e-9)
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		draw := rapid.SliceOfN(rapid.Float64Range(-1e4, 1e4), 0, 30)
		a, b := Describe(draw.Draw(r, "a")), Describe(draw.Draw(r, "b"))
		for name, f := range map[string]func(Sample, Sample, float64) Estimate{"Welch": Welch, "Hedges": Hedges} {
			x, y := f(a, b, 0.95), f(b, a, 0.95)
			sound(r, name, x)
			if x.HasValue != y.HasValue || math.Abs(x.Value+y.Value) > 1e-9*math.Max(1, math.Abs(x.Value)) {
				r.Errorf("%s: swapping gives %v and %v", name, x, y)
			}
			if x.HasInterval && (math.Abs(x.Lower+y.Upper) > 1e-6 || math.Abs(x.Upper+y.Lower) > 1e-6) {
				r.Errorf("%s: swapping does not mirror the interval: %v %v", name, x, y)
			}
			if wide := f(a, b, 0.99); x.HasInterval && (wide.Lower > x.Lower || wide.Upper < x.Upper) {
				r.Errorf("%s: a 99%% interval inside the 95%% one", name)
			}
		}
		sound(r, "Mean", Mean(a, 0.95))
		sound(r, "Within", Within(a, 0.95))
	})
}

func TestPropertiesOfCounts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		draw := func(name string) Count {
			n := rapid.IntRange(0, 200).Draw(r, name)
			return Count{rapid.IntRange(0, n).Draw(r, name+" events"), n}
		}
		a, b := draw("a"), draw("b")
		x, y := RiskDifference(a, b, 0.95), RiskDifference(b, a, 0.95)
		sound(r, "difference", x)
		if math.Abs(x.Value+y.Value) > 1e-12 || math.Abs(x.Lower+y.Upper) > 1e-12 {
			r.Errorf("swapping does not mirror: %v %v", x, y)
		}
		if x.HasInterval && (x.Lower < -1-1e-12 || x.Upper > 1+1e-12) {
			r.Errorf("outside [-1, 1]: %v", x)
		}
		p := Share(a, 0.95)
		sound(r, "share", p)
		if p.HasInterval && (p.Lower < 0 || p.Upper > 1) {
			r.Errorf("outside [0, 1]: %v", p)
		}
		q, s := RiskRatio(a, b, 0.95), RiskRatio(b, a, 0.95)
		sound(r, "ratio", q)
		if q.HasInterval && math.Abs(q.Value*s.Value-1) > 1e-9 {
			r.Errorf("swapping does not invert: %v %v", q, s)
		}
	})
}

func sound(r *rapid.T, what string, e Estimate) {
	for _, x := range []float64{e.Value, e.Lower, e.Upper, e.Freedom, e.Error} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			r.Errorf("%s: not finite: %+v", what, e)
		}
	}
	if (e.Why == "") != (e.HasValue && e.HasInterval) {
		r.Errorf("%s: without a reason, or with one too many: %+v", what, e)
	}
	if e.HasInterval && (e.Lower > e.Value+1e-9 || e.Upper < e.Value-1e-9) {
		r.Errorf("%s: interval without its estimate: %+v", what, e)
	}
}
