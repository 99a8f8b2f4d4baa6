package mmrm

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// twoVisits is a design of an intercept and the second visit.
func twoVisits(y [][2]float64) Input {
	in := Input{P: 2, Names: []string{"(Intercept)", "second"}}
	for i, pair := range y {
		for v := range 2 {
			in.X = append(in.X, 1, float64(v))
			in.Y = append(in.Y, pair[v])
			in.Subject = append(in.Subject, i)
			in.Visit = append(in.Visit, v)
		}
	}
	return in
}

// Complete pairs give the paired t test: Student 1908, closed form.
func TestTwoVisitsAreThePairedTTest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(4, 30).Draw(rt, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		y := make([][2]float64, n)
		mean, ss := 0.0, 0.0
		for i := range y {
			y[i][0] = rng.NormFloat64()
			y[i][1] = 0.5*y[i][0] + 2*rng.NormFloat64()
			mean += (y[i][1] - y[i][0]) / float64(n)
		}
		for i := range y {
			d := y[i][1] - y[i][0] - mean
			ss += d * d
		}
		fit, err := New(twoVisits(y), Options{})
		if err != nil {
			rt.Fatal(err)
		}
		se := math.Sqrt(ss / float64(n-1) / float64(n))
		for _, method := range []DF{KenwardRoger, KenwardRogerSAS, Satterthwaite} {
			e, err := fit.Contrast([]float64{0, 1}, Inference{DF: method})
			if err != nil {
				rt.Fatal(err)
			}
			if off(e.Estimate, mean) > 1e-9*(1+se) || off(e.SE, se) > 1e-8*se || off(e.DF, float64(n-1)) > 1e-6*float64(n) {
				rt.Fatalf("%s: %+v, want %v (%v) on %d", method, e, mean, se, n-1)
			}
		}
	})
}

func off(a, b float64) float64 { return math.Abs(a - b) }

// One visit is ordinary least squares with n - p degrees of freedom.
func TestOneVisitIsLeastSquares(t *testing.T) {
	in, _ := trialShape{subjects: 40, visits: 1, classes: []int{3}}.generate(5)
	fit, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := fit.Residuals(Raw)
	if err != nil {
		t.Fatal(err)
	}
	// Residuals are orthogonal to the design, and Sigma is their mean square.
	for j := range in.P {
		s := 0.0
		for r, e := range raw {
			s += e * in.X[r*in.P+j]
		}
		near(t, "normal equation", s, 0, 1e-7, 0)
	}
	near(t, "Sigma", fit.Sigma[0][0], dot(raw, raw)/float64(40-in.P), 0, 1e-9)
	e, err := fit.Coefficient(in.P-1, Inference{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "df", e.DF, float64(40-in.P), 1e-7, 0)
}

// Complete data with arm x visit: Sigma is the pooled covariance within arms and
// every visit's comparison is the two-sample t test on n - 2 (Anderson 1958).
func TestCompleteDataAreTTestsAtEachVisit(t *testing.T) {
	shape := trialShape{subjects: 30, visits: 3, interceptAlone: true}
	in, names := shape.generate(11)
	fit, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mean [2][3]float64
	for r, y := range in.Y {
		mean[in.Subject[r]%2][in.Visit[r]] += y / 15
	}
	for a := range 3 {
		for b := range 3 {
			s := 0.0
			for i := range 30 {
				s += (in.Y[3*i+a] - mean[i%2][a]) * (in.Y[3*i+b] - mean[i%2][b])
			}
			near(t, "Sigma", fit.Sigma[0][a*3+b], s/28, 0, 1e-8)
		}
	}
	for v, k := range []int{2, 5, 8} {
		e, err := fit.Contrast(shape.armContrasts(names)[k], Inference{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "difference", e.Estimate, mean[1][v]-mean[0][v], 1e-9, 0)
		near(t, "SE", e.SE, math.Sqrt(fit.Sigma[0][v*4]*2/15), 0, 1e-8)
		near(t, "df", e.DF, 28, 1e-6, 0)
	}
}

// At the maximum the normalised residuals have the sum of squares n - p under
// REML, n under ML, whatever the structure: the derivative by a common scale.
func TestNormalizedResidualsSumToTheirDegrees(t *testing.T) {
	for _, structure := range Covariances() {
		for _, ml := range []bool{false, true} {
			in, _ := trialShape{subjects: 50, visits: 4, missing: 0.1}.generate(31)
			in = derivativeCase{weights: true}.variant(in)
			fit, err := New(in, Options{Covariance: structure, ML: ml})
			if err != nil {
				t.Fatal(structure, err)
			}
			e, err := fit.Residuals(Normalized)
			if err != nil {
				t.Fatal(err)
			}
			want := float64(len(in.Y) - fit.Rank)
			if ml {
				want = float64(len(in.Y))
			}
			near(t, string(structure), dot(e, e), want, 0, 1e-7)
		}
	}
}

// With a design of its own for each group, groups are separate fits.
func TestGroupsAreSeparateFits(t *testing.T) {
	in, _ := trialShape{subjects: 80, visits: 3, missing: 0.1, interceptAlone: true}.generate(61)
	for r := range in.Y {
		in.Coordinates = append(in.Coordinates, 5*float64(in.Visit[r])+float64(in.Subject[r]%4))
	}
	for _, structure := range Covariances() {
		t.Run(string(structure), func(t *testing.T) { checkGroups(t, in, Options{Covariance: structure}) })
	}
}

func checkGroups(t *testing.T, in Input, o Options) {
	t.Helper()
	both := in
	both.P, both.X, both.Names, both.Group = 6, nil, nil, make([]int, len(in.Y))
	sum := 0.0
	var parts [2]*Fit
	for g := range 2 {
		part := Input{P: 3}
		for r := range in.Y {
			if in.Subject[r]%2 != g {
				continue
			}
			both.Group[r] = g
			x := make([]float64, 3)
			x[in.Visit[r]] = 1
			part.X, part.Y = append(part.X, x...), append(part.Y, in.Y[r])
			part.Subject, part.Visit = append(part.Subject, in.Subject[r]), append(part.Visit, in.Visit[r])
			part.Coordinates = append(part.Coordinates, in.Coordinates[r])
		}
		fit, err := New(part, o)
		if err != nil {
			t.Fatal(err)
		}
		parts[g] = fit
		sum += fit.LogLik
	}
	for r := range in.Y {
		x := make([]float64, 6)
		x[3*both.Group[r]+in.Visit[r]] = 1
		both.X = append(both.X, x...)
	}
	fit, err := New(both, o)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log-likelihood", fit.LogLik, sum, 1e-9, 0)
	for g := range 2 {
		for i, v := range parts[g].Sigma[0] {
			near(t, "Sigma", fit.Sigma[g][i], v, 1e-8, 1e-7)
		}
		for j := range 3 {
			for _, how := range []Inference{{}, {DF: KenwardRogerSAS}, {DF: KenwardRogerMMRM}, {DF: Satterthwaite, Vcov: CR3}} {
				a, errA := fit.Coefficient(3*g+j, how)
				b, errB := parts[g].Coefficient(j, how)
				if errA != nil || errB != nil {
					t.Fatal(errA, errB)
				}
				near(t, "SE "+string(how.DF), a.SE, b.SE, 0, 1e-7)
				near(t, "df "+string(how.DF), a.DF, b.DF, 0, 1e-6)
			}
		}
	}
}

// One visit with weights is the weighted mean; and only the ratios of weights
// matter, but to the variance of a row of weight 1.
func TestWeights(t *testing.T) {
	in := Input{X: []float64{1, 1, 1, 1}, P: 1, Y: []float64{3, 5, 4, 9}, Weights: []float64{1, 2, 4, 0.5}, Subject: []int{0, 1, 2, 3}, Visit: make([]int, 4)}
	fit, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mean, ss, sum, logs := 0.0, 0.0, 7.5, 0.0
	for i, y := range in.Y {
		mean += in.Weights[i] * y / sum
		logs += math.Log(in.Weights[i])
	}
	for i, y := range in.Y {
		ss += in.Weights[i] * (y - mean) * (y - mean)
	}
	e, err := fit.Coefficient(0, Inference{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", e.Estimate, mean, 1e-12, 0)
	near(t, "SE", e.SE, math.Sqrt(ss/3/sum), 0, 1e-9)
	near(t, "df", e.DF, 3, 1e-8, 0)
	near(t, "log-likelihood", fit.LogLik, -0.5*(3*math.Log(2*math.Pi)+3*math.Log(ss/3)+math.Log(sum)-logs+3), 1e-10, 0)
	shape := trialShape{subjects: 40, visits: 3, missing: 0.1}
	trial, _ := shape.generate(91)
	trial = derivativeCase{weights: true}.variant(trial)
	first, err := New(trial, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := first.Coefficient(2, Inference{})
	if err != nil {
		t.Fatal(err)
	}
	sigma := append([]float64(nil), first.Sigma[0]...)
	for i := range trial.Weights {
		trial.Weights[i] *= 100
	}
	second, err := New(trial, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := second.Coefficient(2, Inference{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "estimate", got.Estimate, want.Estimate, 1e-9, 1e-8)
	near(t, "SE", got.SE, want.SE, 0, 1e-8)
	near(t, "df", got.DF, want.DF, 0, 1e-6)
	near(t, "Sigma", second.Sigma[0][0], 100*sigma[0], 0, 1e-8)
}
