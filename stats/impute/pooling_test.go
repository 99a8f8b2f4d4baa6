package impute

import (
	"math"
	"math/rand/v2"
	"testing"
)

// With nothing missing every imputation is the data: the pooled result is that
// of the analysis, with Barnard and Rubin's degrees of freedom for no loss.
func TestNothingMissing(t *testing.T) {
	d, z := newTrial(40, 4)
	p, err := Fit(d)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, len(d.Y))
	if err := d.ConditionalMean(p, y); err != nil {
		t.Fatal(err)
	}
	full := *d
	full.Y, full.Event = y, nil
	a := ancova(t, z)
	want := make([]Estimate, 1)
	if err := a.Analyse(0, y, want); err != nil {
		t.Fatal(err)
	}
	out, err := Multiple(&full, a, Options{Imputations: 5})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "estimate", out.Pooled[0].Value, want[0].Value, 1e-10)
	near(t, "SE", out.Pooled[0].SE, want[0].SE, 1e-10)
	near(t, "df", out.Pooled[0].DF, 38.0/40*37, 1e-6) // (v+1)/(v+3) v at v = 37
}

// Rubin's rules by hand: values 1, 2, 3 with variances 1, 1, 4 have Within 2,
// Between 1, total 2 + 4/3, fraction 0.4 and, with complete degrees of freedom
// 10, 1 / (0.16/2 + 13/(11*10*0.6)) (Barnard and Rubin 1999, equations 3-5).
func TestRubinsRules(t *testing.T) {
	p, err := Rubin([]Estimate{{1, 1, 10}, {2, 1, 10}, {3, 2, 10}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", p.Value, 2, 1e-15)
	near(t, "within", p.Within, 2, 1e-15)
	near(t, "between", p.Between, 1, 1e-15)
	near(t, "SE", p.SE, math.Sqrt(10.0/3), 1e-14)
	near(t, "fraction", p.Fraction, 0.4, 1e-15)
	near(t, "df", p.DF, 1/(0.08+13.0/66), 1e-12)
	large, err := Rubin([]Estimate{{1, 1, math.Inf(1)}, {2, 1, math.Inf(1)}, {3, 2, math.Inf(1)}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "df of large samples", large.DF, 12.5, 1e-12) // (M-1)/fraction^2
	for _, bad := range [][]Estimate{nil, {{1, 1, 5}}, {{1, 1, 5}, {math.NaN(), 1, 5}}, {{1, 1, 5}, {1, math.NaN(), 5}}, {{1, 1, 0}, {2, 1, 0}}, {{1, 0, 5}, {1, 0, 5}}} {
		if p, err := Rubin(bad, 0.95); err == nil {
			t.Errorf("%v pooled to %v", bad, p)
		}
	}
}

// A shift of the treated arm's imputed values moves the pooled estimate by the
// shift times the share of the arm that was imputed, and tips it where it must.
func TestDeltaAndTippingPoint(t *testing.T) {
	d, z := newTrial(100, 7)
	a := ancova(t, z)
	analyse := func(delta float64) (Pooled, error) {
		c := everyone(d, MAR)
		c.Delta = make([]float64, len(d.Y))
		for i := 1; i < d.Subjects; i += 2 {
			c.Delta[3*i+2] = delta
		}
		out, err := Multiple(c, a, Options{Imputations: 20, Seed: 3})
		if err != nil {
			return Pooled{}, err
		}
		return out.Pooled[0], nil
	}
	zero, err := analyse(0)
	if err != nil {
		t.Fatal(err)
	}
	if zero.P >= 0.05 {
		t.Fatalf("the trial must be significant to begin with: %+v", zero)
	}
	ten, err := analyse(10)
	if err != nil {
		t.Fatal(err)
	}
	twenty, err := analyse(20)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "linear in delta", twenty.Value-zero.Value, 2*(ten.Value-zero.Value), 1e-9)
	tip, err := TippingPoint(analyse, 200, 0.05, 0.01)
	if err != nil || !tip.Found || tip.At.P < 0.05 || tip.Delta-tip.Before > 0.01 {
		t.Fatalf("%+v %v", tip, err)
	}
	if before, err := analyse(tip.Before); err != nil || before.P >= 0.05 {
		t.Errorf("before the turn: %+v %v", before, err)
	}
	if tip, err := TippingPoint(analyse, -10, 0.05, 0.01); err != nil || tip.Found {
		t.Errorf("a shift that helps turned it: %+v %v", tip, err)
	}
	for _, bad := range [][3]float64{{0, 0.05, 1}, {math.NaN(), 0.05, 1}, {5, 0, 1}, {5, 0.05, 0}} {
		if _, err := TippingPoint(analyse, bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("accepted %v", bad)
		}
	}
}

// The variates of the sampler have their moments: chi-squared df and 2 df, six
// standard errors.
func TestChiSquaredMoments(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, df := range []float64{1, 3, 90} {
		const n = 40000
		mean, square := 0.0, 0.0
		for range n {
			x := chiSquared(rng, df)
			mean += x / n
			square += (x - df) * (x - df) / n
		}
		near(t, "mean", mean, df, 6*math.Sqrt(2*df/n))
		near(t, "variance", square, 2*df, 6*math.Sqrt((12*df*(df+4)-4*df*df)/n))
	}
}

// Complete data: the posterior of Sigma is inverse Wishart about the residual
// cross products, of beta t about least squares; the draws' means are those.
func TestPosteriorOfCompleteData(t *testing.T) {
	d, _ := newTrial(80, 9)
	p, err := Fit(d)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, len(d.Y))
	if err := newFiller(3).fill(d, p, rand.New(rand.NewPCG(1, 1)), y); err != nil {
		t.Fatal(err)
	}
	full := &Data{Subjects: 80, Visits: 3, P: 7, X: d.X, Y: y}
	start, err := Fit(full)
	if err != nil {
		t.Fatal(err)
	}
	draws, err := samplePosterior(full, start, 0, Options{Imputations: 2000, Workers: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var beta, sigma [9]float64
	for _, draw := range draws {
		for j, v := range draw.Beta {
			beta[j] += v / 2000
		}
		for j, v := range draw.Sigma {
			sigma[j] += v / 2000
		}
	}
	for j := range 7 {
		near(t, "beta", beta[j], start.Beta[j], 0.1*(1+math.Abs(start.Beta[j])))
	}
	// Mean of the inverse Wishart on about 80 - 7/3 degrees: E/(n - s - 1), a
	// few per cent above REML's E/(n - columns of a visit).
	for j := range 9 {
		near(t, "Sigma", sigma[j], start.Sigma[j]*75.5/73, 0.04*start.Sigma[8])
	}
}

func TestJackknifeOfAMean(t *testing.T) {
	// Without missing values the jackknife of a difference of means in balanced
	// groups is sqrt((n-1)/n n/2 (ss1+ss2)) / ((n/2)(n/2-1)), in closed form.
	d, _ := newTrial(20, 10)
	p, err := Fit(d)
	if err != nil {
		t.Fatal(err)
	}
	full := *d
	full.Y, full.Event = make([]float64, len(d.Y)), nil
	if err := d.ConditionalMean(p, full.Y); err != nil {
		t.Fatal(err)
	}
	z, ss, mean := []float64{}, 0.0, [2]float64{}
	for i := range 20 {
		z = append(z, 1, float64(i%2))
		mean[i%2] += full.Y[3*i+2] / 10
	}
	// Leaving subject i out moves its group's mean by -(y - mean)/9; these
	// deviations sum to 0 over the subjects.
	for i := range 20 {
		e := (full.Y[3*i+2] - mean[i%2]) / 9
		ss += e * e
	}
	got, err := Jackknife(&full, &LeaveOneOut{Z: z, Q: 2, Visits: 3, Visit: 2, K: 1,
		Contrasts: func([]float64, int) [][]float64 { return [][]float64{{0, 1}} }}, JackknifeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", got[0].Value, mean[1]-mean[0], 1e-10)
	near(t, "SE", got[0].SE, math.Sqrt(19.0/20*ss), 1e-10)
}

func BenchmarkThousandImputations(b *testing.B) {
	d, z := newTrial(104, 1)
	for _, method := range []Method{Bootstrap, Bayes} {
		b.Run(string(method)+" ANCOVA", func(b *testing.B) {
			for b.Loop() {
				if _, err := Multiple(d, ancova(b, z), Options{Imputations: 1000, Method: method}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(method)+" MMRM", func(b *testing.B) {
			for b.Loop() {
				a := &Repeated{X: d.X, P: 7, Visits: 3, Contrasts: [][]float64{{0, 1, 0, 0, 0, 0, 1}}}
				if _, err := Multiple(d, a, Options{Imputations: 1000, Method: method}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
