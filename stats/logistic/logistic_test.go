package logistic

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"varde/stats/root"
)

func near(got, want, tol float64) bool {
	return got == want || math.Abs(got-want) <= tol*max(1, math.Abs(want))
}

// twoGroups is a design of an intercept and an indicator, with a of n events in
// the first group and b of m in the second.
func twoGroups(a, n, b, m int) Input {
	in := Input{P: 2, Names: []string{"one", "arm"}}
	for i := range n + m {
		g, y := 0.0, 0.0
		if i >= n {
			g = 1
		}
		if i < a || i >= n && i < n+b {
			y = 1
		}
		in.X, in.Y = append(in.X, 1, g), append(in.Y, y)
	}
	return in
}

// A saturated model reproduces the odds: the log odds ratio and its variance by
// Woolf's formula are closed forms.
func TestTwoGroupsClosedForm(t *testing.T) {
	f, err := New(twoGroups(19, 44, 33, 46), Options{})
	if err != nil {
		t.Fatal(err)
	}
	or := math.Log(33.0 / 13 / (19.0 / 25))
	se := math.Sqrt(1.0/33 + 1.0/13 + 1.0/19 + 1.0/25)
	if !near(f.Beta[1], or, 1e-12) || !near(f.SE[1], se, 1e-10) {
		t.Errorf("log OR %v (%v), want %v (%v)", f.Beta[1], f.SE[1], or, se)
	}
	s, err := f.Standardise([]float64{1, 1}, []float64{1, 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	p1, p0 := 33.0/46, 19.0/44
	if !near(s.Difference.Estimate, p1-p0, 1e-12) || !near(s.Difference.SE, math.Sqrt(p1*(1-p1)/46+p0*(1-p0)/44), 1e-10) {
		t.Errorf("risk difference %+v", s.Difference)
	}
	if !near(s.LogRatio.SE, math.Sqrt((1-p1)/33+(1-p0)/19), 1e-10) {
		t.Errorf("log risk ratio %+v", s.LogRatio)
	}
}

// In a saturated 2 x 2 table Firth's method adds one half to every cell (Heinze
// and Schemper 2002, section 2), also when one is zero.
func TestFirthAddsHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(2, 40).Draw(t, "n"), rapid.IntRange(2, 40).Draw(t, "m")
		a, b := rapid.IntRange(0, n).Draw(t, "a"), rapid.IntRange(0, m).Draw(t, "b")
		f, err := New(twoGroups(a, n, b, m), Options{Firth: true})
		if err != nil {
			t.Fatal(err)
		}
		want := math.Log((float64(b) + .5) * (float64(n-a) + .5) / (float64(m-b) + .5) / (float64(a) + .5))
		if !near(f.Beta[1], want, 1e-8) {
			t.Errorf("%d/%d and %d/%d: %v, want %v", a, n, b, m, f.Beta[1], want)
		}
		separated := a == 0 || a == n || b == 0 || b == m
		told := slices.ContainsFunc(f.Notes, func(s string) bool { return strings.Contains(s, "separated") })
		if told != separated {
			t.Errorf("%d/%d and %d/%d: notes %q", a, n, b, m, f.Notes)
		}
		_, err = New(twoGroups(a, n, b, m), Options{})
		var s *SeparationError
		if errors.As(err, &s) != separated {
			t.Errorf("%d/%d and %d/%d: maximum likelihood says %v", a, n, b, m, err)
		}
	})
}

// The profile of the intercept-only penalised likelihood is a closed function.
func TestFirthProfileOfOneProportion(t *testing.T) {
	const events, n = 1, 12
	in := Input{P: 1}
	for i := range n {
		y := 0.0
		if i < events {
			y = 1
		}
		in.X, in.Y = append(in.X, 1), append(in.Y, y)
	}
	f, err := New(in, Options{Firth: true})
	if err != nil {
		t.Fatal(err)
	}
	l := func(b float64) float64 { return (events+.5)*b - (n+1)*math.Log1p(math.Exp(b)) }
	best := math.Log((events + .5) / (n - events + .5))
	g := func(b float64) float64 { return 2*(l(best)-l(b)) - 3.841458820694124 }
	lower, _ := root.Find(g, best-20, best, 1e-13)
	upper, _ := root.Find(g, best, best+20, 1e-13)
	iv, err := f.Profile(0, 0)
	if err != nil || !near(f.Beta[0], best, 1e-9) || !near(iv.Lower, lower, 1e-8) || !near(iv.Upper, upper, 1e-8) {
		t.Errorf("%v, %+v, %v; want %v, %v to %v", f.Beta, iv, err, best, lower, upper)
	}
}

var (
	separatedX = []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 5.5, 5.6}
	separatedY = []float64{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1}
)

func withIntercept(x []float64) []float64 {
	var out []float64
	for _, v := range x {
		out = append(out, 1, v)
	}
	return out
}

// A completely separated sample: refused by maximum likelihood; Firth's answer
// was found with mpmath 1.3 at 30 digits from the score and the penalised likelihood.
func TestSeparation(t *testing.T) {
	in := Input{X: withIntercept(separatedX), P: 2, Y: separatedY, Names: []string{"one", "dose"}}
	_, err := New(in, Options{})
	var s *SeparationError
	if !errors.As(err, &s) || !s.Complete || s.Rows != 12 || !slices.Equal(s.Columns, []string{"dose"}) || !strings.Contains(s.Error(), "does not exist") {
		t.Fatalf("%v, %+v", err, s)
	}
	f, err := New(in, Options{Firth: true})
	if err != nil {
		t.Fatal(err)
	}
	iv, err := f.Profile(1, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	lr, err := f.LikelihoodRatio(1)
	if err != nil {
		t.Fatal(err)
	}
	got := []float64{f.Beta[0], f.Beta[1], f.Penalised, iv.Lower, iv.Upper, lr.Statistic}
	for i, want := range firthExact {
		if !near(got[i], want, 1e-8) {
			t.Errorf("%d: %.12g, want %.12g", i, got[i], want)
		}
	}
}

// A border row makes the separation partial.
func TestQuasiSeparation(t *testing.T) {
	x := append(slices.Clone(separatedX), 5.55, 5.55)
	y := append(slices.Clone(separatedY), 0, 1)
	x[10], x[11] = 5.5, 5.6
	_, err := New(Input{X: withIntercept(x), P: 2, Y: y, Names: []string{"one", "dose"}}, Options{})
	var s *SeparationError
	if !errors.As(err, &s) || s.Complete || s.Rows != 12 {
		t.Fatalf("%v, %+v", err, s)
	}
}

func TestRefusals(t *testing.T) {
	in := twoGroups(3, 10, 5, 10)
	bad := func(change func(*Input)) Input {
		c := Input{X: slices.Clone(in.X), P: in.P, Y: slices.Clone(in.Y)}
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		in   Input
		says string
	}{
		"response of two": {bad(func(i *Input) { i.Y[4] = 2 }), "row 5"},
		"NaN":             {bad(func(i *Input) { i.X[3] = math.NaN() }), "row 2"},
		"no rows":         {Input{P: 2}, "no observation"},
		"no columns":      {Input{Y: in.Y}, "columns"},
		"too few":         {Input{P: 2, X: []float64{1, 0, 1, 1}, Y: []float64{0, 1}}, "parameters"},
		"all responses 0": {bad(func(i *Input) { clear(i.Y) }), "all responses are equal"},
	} {
		if _, err := New(c.in, Options{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Profile(7, 0); err == nil {
		t.Error("a column that is not there has no profile")
	}
	if _, err := f.LikelihoodRatio(); err == nil {
		t.Error("a test of nothing must be refused")
	}
	if _, err := f.Contrast([]float64{0, 1, 2}, ContrastOptions{}); err == nil {
		t.Error("a contrast of another length must be refused")
	}
	if _, err := f.Standardise([]float64{1, 1}, []float64{1}, 0); err == nil {
		t.Error("designs of different sizes must be refused")
	}
}

func noisy(seed uint64, n int) Input {
	r := rand.New(rand.NewPCG(seed, 3))
	in := Input{P: 3}
	for i := range n {
		b := r.NormFloat64()
		in.X = append(in.X, 1, b, float64(i%2))
		y := 0.0
		if r.Float64() < 1/(1+math.Exp(-0.3*b-float64(i%2))) {
			y = 1
		}
		in.Y = append(in.Y, y)
	}
	return in
}

// The other coding of the response flips every coefficient; the units of a
// covariate change its coefficient alone; the score at the maximum is zero.
func TestInvariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := noisy(rapid.Uint64().Draw(t, "seed"), 60)
		firth := rapid.Bool().Draw(t, "firth")
		unit := math.Pow(10, rapid.Float64Range(-15, 15).Draw(t, "unit"))
		a, err := New(in, Options{Firth: firth})
		if err != nil {
			t.Skip("separated")
		}
		other := Input{P: 3, X: slices.Clone(in.X)}
		for i, y := range in.Y {
			other.Y = append(other.Y, 1-y)
			other.X[3*i+1] *= unit
		}
		b, err := New(other, Options{Firth: firth})
		if err != nil {
			t.Fatal(err)
		}
		if !near(-b.Beta[2], a.Beta[2], 1e-8) || !near(-b.Beta[1]*unit, a.Beta[1], 1e-8) || !near(b.SE[2], a.SE[2], 1e-7) {
			t.Errorf("%v became %v", a.Beta, b.Beta)
		}
		if !firth {
			sum := 0.0
			for i, y := range in.Y {
				sum += y - a.Fitted[i]
			}
			if math.Abs(sum) > 1e-9 {
				t.Errorf("the residuals sum to %v", sum)
			}
		}
	})
}

func BenchmarkTrial(b *testing.B) {
	in := noisy(1, 104)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(in, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// intercept, slope, penalised log-likelihood, interval of the slope, its
// likelihood ratio.
var firthExact = []float64{-5.959719972524446, 1.080325571574757, -2.208471699490722, 0.2163085146016544, 10.86761638191048, 8.093361608629661}
