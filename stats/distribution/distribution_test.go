package distribution

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// near says that two numbers agree to a relative tolerance, or both are below
// the smallest number that counts.
func near(got, want, rel float64) bool {
	if got == want {
		return true
	}
	return math.Abs(got-want) <= rel*max(math.Abs(want), 1e-290)
}

// Values computed with mpmath 1.3 at 50 digits by adaptive quadrature of the
// definition of each distribution.
func TestKnownValues(t *testing.T) {
	cases := []struct {
		name      string
		got, want float64
		rel       float64
	}{
		{"t upper 1 df is Cauchy", TUpper(1, 1), 0.25, 1e-15},
		{"t upper, Cauchy far out", TUpper(1e8, 1), math.Atan(1e-8) / math.Pi, 1e-13},
		{"t upper, 2 df closed form", TUpper(3, 2), 0.5 - 3/(2*math.Sqrt(2+9)), 1e-13},
		{"t with infinite df", TUpper(1.96, math.Inf(1)), NormalUpper(1.96), 0},
		{"chi squared 2 df closed form", ChiSquaredUpper(7, 2), math.Exp(-3.5), 1e-13},
		{"F with 2 numerator df closed form", FUpper(3, 2, 10), math.Pow(1+2*3.0/10, -5), 1e-13},
		{"F upper and lower", FCDF(1.7, 3, 8) + FUpper(1.7, 3, 8), 1, 1e-14},
		{"beta(1, b) closed form", BetaCDF(0.3, 1, 4), 1 - math.Pow(0.7, 4), 1e-14},
		{"normal quantile", NormalQuantile(0.975), 1.9599639845400542, 1e-15},
		{"noncentral t", NoncentralT{20.5, 4}.CDF(1), 0.001461488751484285847, 1e-12},
		{"noncentral t, few df", NoncentralT{3, 1.5}.CDF(2), 0.5996762683708928554, 1e-12},
		{"noncentral t, not whole df", NoncentralT{1.5, 1}.CDF(2.5), 0.7448610068002069254, 1e-12},
		{"noncentral t, other side", NoncentralT{7.5, 2}.CDF(-3), 2.434968659232815802e-5, 1e-12},
		{"noncentral t, power of a trial", NoncentralT{102, 2.8}.CDF(1.98), 0.2069463305682367533, 1e-12},
		{"noncentral t, far shift", NoncentralT{5, 30}.CDF(40), 0.7282970611605669844, 1e-12},
		{"noncentral t, far tail", NoncentralT{400, 30}.CDF(25), 9.325754062466638655e-5, 1e-11},
		{"normal quantile far out", NormalQuantile(1e-300), -37.047096299361199, 1e-13},
	}
	for _, c := range cases {
		if !near(c.got, c.want, c.rel) {
			t.Errorf("%s: %.17g, want %.17g", c.name, c.got, c.want)
		}
	}
}

func TestOutsideTheDomain(t *testing.T) {
	nan := math.NaN()
	for name, v := range map[string]float64{
		"t df 0": TUpper(1, 0), "t df negative": TUpper(1, -1), "t x NaN": TUpper(nan, 5),
		"quantile above one": TQuantile(1.1, 5), "normal quantile": NormalQuantile(-0.1),
		"chi df": ChiSquaredUpper(1, 0), "F df": FUpper(1, 0, 3), "beta": BetaCDF(0.5, -1, 2),
		"noncentral t without df": NoncentralT{0, 1}.CDF(1), "noncentral F lambda": NoncentralF{1, 2, -1}.CDF(1),
	} {
		if !math.IsNaN(v) {
			t.Errorf("%s answers %v, want NaN", name, v)
		}
	}
}

func TestQuantilesInvert(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		df := math.Exp(rapid.Float64Range(-0.5, 12).Draw(t, "log df"))
		p := math.Exp(rapid.Float64Range(-60, -0.01).Draw(t, "log p"))
		if x := TUpperQuantile(p, df); !near(TUpper(x, df), p, 1e-11) {
			t.Errorf("t df %v: the upper tail of its quantile of %v is %v", df, p, TUpper(x, df))
		}
		if p > 1e-12 {
			if x := FQuantile(p, 3, df); !near(FCDF(x, 3, df), p, 1e-9) {
				t.Errorf("F df 3, %v: the probability of its quantile of %v is %v", df, p, FCDF(x, 3, df))
			}
			if x := ChiSquaredQuantile(p, df); !near(ChiSquaredCDF(x, df), p, 1e-8) {
				t.Errorf("chi squared %v: the probability of its quantile of %v is %v", df, p, ChiSquaredCDF(x, df))
			}
		}
	})
}

// The noncentral distributions must be the central ones at no shift, and F with
// one numerator degree of freedom the square of t.
func TestNoncentralLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		df := rapid.Float64Range(0.3, 500).Draw(t, "df")
		delta := rapid.Float64Range(-12, 12).Draw(t, "delta")
		x := rapid.Float64Range(-20, 20).Draw(t, "x")
		d := NoncentralT{df, delta}
		if c := (NoncentralT{df, 0}).Upper(x); !near(c, TUpper(x, df), 1e-11) {
			t.Errorf("df %v at %v: noncentral at no shift %v, central %v", df, x, c, TUpper(x, df))
		}
		if s := d.CDF(x) + d.Upper(x); math.Abs(s-1) > 1e-12 {
			t.Errorf("df %v delta %v at %v: the tails sum to %v", df, delta, x, s)
		}
		y := x * x
		f := NoncentralF{1, df, delta * delta}.Upper(y)
		if both := d.Upper(math.Abs(x)) + d.CDF(-math.Abs(x)); math.Abs(f-both) > 1e-11 {
			t.Errorf("df %v delta %v: F above %v is %v, |t| above is %v", df, delta, y, f, both)
		}
	})
}

type referenceCase struct {
	F                             string
	X, P, Df, Df1, Df2, Ncp       float64
	Lower, Upper, Value, LogUpper *float64
}

func TestAgainstReference(t *testing.T) {
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	text, err := os.ReadFile(filepath.Join(root, "stats/expected/power/distributions.json"))
	if err != nil {
		t.Skipf("the reference values are not here (VARDE_REFERENCE): %v", err)
	}
	var file struct{ Cases []referenceCase }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 80 {
		t.Fatalf("only %d cases", len(file.Cases))
	}
	compare := func(c referenceCase, what string, got float64, want *float64, rel, abs float64) {
		t.Helper()
		if want != nil && !near(got, *want, rel) && math.Abs(got-*want) > abs {
			t.Errorf("%s %s at %+v: %.17g, want %.17g", c.F, what, c, got, *want)
		}
	}
	for _, c := range file.Cases {
		switch c.F {
		case "pt":
			compare(c, "lower", TCDF(c.X, c.Df), c.Lower, 1e-12, 0)
			compare(c, "upper", TUpper(c.X, c.Df), c.Upper, 1e-12, 0)
		case "qt":
			compare(c, "", TQuantile(c.P, c.Df), c.Value, 1e-12, 0)
		case "pf":
			compare(c, "upper", FUpper(c.X, c.Df1, c.Df2), c.Upper, 1e-12, 0)
		case "pchisq":
			compare(c, "upper", ChiSquaredUpper(c.X, c.Df), c.Upper, 1e-12, 0)
		case "pnorm":
			compare(c, "lower", NormalCDF(c.X), c.Lower, 1e-13, 0)
			compare(c, "upper", NormalUpper(c.X), c.Upper, 1e-13, 0)
		case "pt_noncentral": // R's own algorithm is good to about 1e-12 of one
			compare(c, "lower", NoncentralT{c.Df, c.Ncp}.CDF(c.X), c.Lower, 1e-12, 2e-12)
		default:
			t.Errorf("no comparison for %q", c.F)
		}
	}
}

func BenchmarkNoncentralT(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NoncentralT{102, 2.8}.Upper(1.98)
	}
}

// Limits of the mixture: an infinite denominator, no shift, and both tails.
func TestNoncentralFLimits(t *testing.T) {
	if v := (NoncentralF{3, math.Inf(1), 4}).Upper(2); math.Abs(v-(NoncentralF{3, 1e7, 4}).Upper(2)) > 1e-6 {
		t.Errorf("infinite denominator: %v", v)
	}
	if got, want := (NoncentralF{2, 11, 0}).CDF(1.3), FCDF(1.3, 2, 11); got != want {
		t.Errorf("no shift: %v, want %v", got, want)
	}
	for _, lambda := range []float64{0.01, 3, 80, 4000} {
		d := NoncentralF{4, 30, lambda}
		x := (4 + lambda) / 4
		if s := d.CDF(x) + d.Upper(x); math.Abs(s-1) > 1e-11 {
			t.Errorf("lambda %v: the tails sum to %v", lambda, s)
		}
	}
}
