package ancova

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func near(got, want, rel float64) bool {
	return got == want || math.Abs(got-want) <= rel*math.Abs(want)
}

// Student's sleep data (Cushny and Peebles 1905; Student 1908): the two-sample t
// test gives t = -1.8608, 18 df, p = 0.07919, interval -3.363874 to 0.203874.
func TestTwoSampleT(t *testing.T) {
	y := []float64{.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2, 1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	x := make([]float64, 40)
	for i := range y {
		x[2*i] = 1
		if i >= 10 {
			x[2*i+1] = 1
		}
	}
	f, err := New(Input{X: x, P: 2, Y: y})
	if err != nil {
		t.Fatal(err)
	}
	e, err := f.Contrast([]float64{0, -1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(e.T+1.8608) > 5e-5 || math.Abs(e.P-0.07919) > 5e-6 || e.DF != 18 ||
		math.Abs(e.Lower+3.363874) > 5e-7 || math.Abs(e.Upper-0.203874) > 5e-7 {
		t.Errorf("%+v", e)
	}
	if !near(f.F.F, e.T*e.T, 1e-12) || !near(f.F.P, e.P, 1e-10) {
		t.Errorf("F %+v is not the square of t %v", f.F, e.T)
	}
}

var (
	exampleY = []float64{12.1, 9.4, 15.2, 8.8, 11.7, 13.9, 7.2, 10.3, 6.1, 9.9, 5.4, 8.7, 12.8, 4.9}
	exampleB = []float64{40, 35, 48, 33, 41, 44, 30, 38, 34, 42, 29, 37, 49, 28}
	exampleW = []float64{1, 2, 1, 1, .5, 1, 2, 1, 1, 1, 3, 1, 1, 1}
)

func exampleX() []float64 {
	var x []float64
	for i, b := range exampleB {
		g := 0.0
		if i >= 7 {
			g = 1
		}
		x = append(x, 1, b, g)
	}
	return x
}

// Made-up data, worked with R 4.2.2: lm(y ~ b + g, weights = w), and the
// sandwich written out in matrices.
func TestWeightedExample(t *testing.T) {
	f, err := New(Input{X: exampleX(), P: 3, Y: exampleY, W: exampleW, Names: []string{"one", "base", "arm"}})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, got []float64, want ...float64) {
		t.Helper()
		for i := range want {
			if !near(got[i], want[i], 1e-11) {
				t.Errorf("%s %d: %.16g, want %.16g", what, i, got[i], want[i])
			}
		}
	}
	check("beta", f.Beta, -4.8504098028077527, 0.4129270469853118, -1.9464812861226073)
	check("SE", f.SE, 0.98414025686045303, 0.02572970661665602, 0.33577729432520170)
	check("p", f.PValue, 4.506829845247879e-04, 5.584589579032853e-09, 1.198251911901728e-04)
	check("fit", []float64{f.Sigma, f.R2, f.AdjR2, f.F.F, f.F.DF1, f.F.DF2},
		0.6927373401387806, 0.9677463970251348, 0.9618821055751593, 165.0235847383024, 2, 11)
	for kind, want := range map[Covariance][]float64{
		HC0: {0.70718608566224794, 0.01872326105921341, 0.28713458151196031},
		HC1: {0.79781350273220153, 0.02112268721213878, 0.32393149536741705},
		HC2: {0.87252223000682194, 0.02291034410427885, 0.32675586718545940},
		HC3: {1.08775696567566804, 0.02837460193966301, 0.37800087935323778},
	} {
		v, err := f.Covariance(kind)
		if err != nil {
			t.Fatal(err)
		}
		check(string(kind), []float64{math.Sqrt(v[0]), math.Sqrt(v[4]), math.Sqrt(v[8])}, want...)
	}
	e, err := f.Contrast([]float64{0, 0, 1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	check("interval", []float64{e.Lower, e.Upper}, -2.6855221280280985, -1.2074404442171160)
}

func TestWhatCannotBeAnswered(t *testing.T) {
	x := exampleX()
	constant, tiny := make([]float64, 14), make([]float64, 14)
	exact := make([]float64, 14)
	alone := append([]float64(nil), x...)
	for i := range exact {
		constant[i], tiny[i] = 3, 1e-170*exampleY[i]
		exact[i] = 2 + 0.5*exampleB[i]
		alone[3*i+2] = 0
	}
	alone[2] = 1
	for name, c := range map[string]struct {
		in   Input
		says string
	}{
		"no columns":        {Input{Y: exampleY}, "columns"},
		"names":             {Input{X: x, P: 3, Y: exampleY, Names: []string{"one"}}, "names"},
		"ragged":            {Input{X: x[:40], P: 3, Y: exampleY}, "rows"},
		"n equals p":        {Input{X: x[15:24], P: 3, Y: exampleY[5:8]}, "parameters"},
		"constant response": {Input{X: x, P: 3, Y: constant}, "equal"},
		"tiny response":     {Input{X: x, P: 3, Y: tiny}, "unit"},
		"exact fit":         {Input{X: x, P: 3, Y: exact}, "residual variance"},
		"missing value":     {Input{X: x, P: 3, Y: append([]float64{math.NaN()}, exampleY[1:]...)}, "row 1"},
	} {
		if _, err := New(c.in); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := New(Input{X: alone, P: 3, Y: exampleY})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Covariance(HC3); err == nil || !strings.Contains(err.Error(), "observation 1") {
		t.Errorf("an observation of leverage one: %v", err)
	}
	if _, err := f.Covariance("HC9"); err == nil {
		t.Error("an unknown covariance must be refused")
	}
	for _, l := range [][]float64{{1}, {0, 0, 0}, {0, math.NaN(), 0}} {
		if e, err := f.Contrast(l, Options{}); err == nil {
			t.Errorf("contrast %v: %+v", l, e)
		}
	}
	if _, err := f.Contrast([]float64{0, 1, 0}, Options{Level: 95}); err == nil {
		t.Error("a level of 95 must be refused")
	}
}

func TestAliasedContrastIsRefused(t *testing.T) {
	x := exampleX()
	var wide []float64
	for i := range exampleY {
		wide = append(wide, x[3*i], x[3*i+1], x[3*i+2], 1-x[3*i+2])
	}
	f, err := New(Input{X: wide, P: 4, Y: exampleY})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "column 4") {
		t.Errorf("notes %q", f.Notes)
	}
	if _, err := f.Contrast([]float64{0, 0, 1, 0}, Options{}); err == nil {
		t.Error("one of two complementary indicators has no effect of its own")
	}
	if _, err := f.Contrast([]float64{0, 0, 1, -1}, Options{}); err != nil {
		t.Errorf("their difference is estimable: %v", err)
	}
	two, err := f.Test([]float64{0, 1, 0, 0, 0, 2, 0, 0}, Classical)
	if err != nil || two.DF1 != 1 {
		t.Errorf("a row given twice counts once: %+v, %v", two, err)
	}
}

// Neither order of rows nor units change a test; a flipped response flips the
// estimate only.
func TestInvariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		kind := rapid.SampledFrom([]Covariance{Classical, HC0, HC1, HC2, HC3}).Draw(t, "covariance")
		unit := math.Pow(10, rapid.Float64Range(-20, 20).Draw(t, "unit"))
		const n = 14
		x, y := exampleX(), append([]float64(nil), exampleY...)
		run := func(x, y []float64) Estimate {
			f, err := New(Input{X: x, P: 3, Y: y})
			if err != nil {
				t.Fatal(err)
			}
			e, err := f.Contrast([]float64{0, 0, 1}, Options{Covariance: kind})
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		a := run(x, y)
		x2, y2 := make([]float64, 3*n), make([]float64, n)
		for to, from := range r.Perm(n) {
			copy(x2[3*to:3*to+3], x[3*from:3*from+3])
			x2[3*to+1] *= unit
			y2[to] = -unit * y[from]
		}
		b := run(x2, y2)
		if !near(b.T, -a.T, 1e-8) || !near(b.P, a.P, 1e-8) || !near(-b.Estimate/unit, a.Estimate, 1e-8) || !near(-b.Upper/unit, a.Lower, 1e-8) {
			t.Errorf("%+v became %+v", a, b)
		}
	})
}

func BenchmarkTrial(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const n, p = 93, 12
	x, y := make([]float64, n*p), make([]float64, n)
	for i := range n {
		x[i*p], x[i*p+1], x[i*p+11] = 1, 40+8*r.NormFloat64(), float64(i%2)
		if s := i % 10; s > 0 {
			x[i*p+1+s] = 1
		}
		y[i] = r.NormFloat64()
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Input{X: x, P: p, Y: y}); err != nil {
			b.Fatal(err)
		}
	}
}
