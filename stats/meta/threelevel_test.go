package meta

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func threeLevelSample(seed uint64, studies int) (y, v []float64, names []string, x []float64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	for s := range studies {
		u := 0.4 * rng.NormFloat64()
		for range 1 + rng.IntN(4) {
			vi := 0.02 + 0.1*rng.Float64()
			y = append(y, -0.5+u+0.25*rng.NormFloat64()+math.Sqrt(vi)*rng.NormFloat64())
			v = append(v, vi)
			x = append(x, rng.Float64()*10)
			names = append(names, string(rune('A'+s)))
		}
	}
	return y, v, names, x
}

// dense is the restricted log likelihood written out with whole matrices by gonum.
func dense(y, v []float64, names []string, x []float64, rho, between, within float64) float64 {
	k := len(y)
	m, d := mat.NewSymDense(k, nil), mat.NewDense(k, 2, nil)
	for i := range k {
		d.Set(i, 0, 1)
		d.Set(i, 1, x[i])
		for j := 0; j <= i; j++ {
			switch {
			case i == j:
				m.SetSym(i, j, v[i]+between+within)
			case names[i] == names[j]:
				m.SetSym(i, j, rho*math.Sqrt(v[i]*v[j])+between)
			}
		}
	}
	var inv, xm, xmx, xmxi, b, r, xx mat.Dense
	if err := inv.Inverse(m); err != nil {
		return math.NaN()
	}
	yy := mat.NewDense(k, 1, y)
	xm.Mul(d.T(), &inv)
	xmx.Mul(&xm, d)
	if err := xmxi.Inverse(&xmx); err != nil {
		return math.NaN()
	}
	var xmy mat.Dense
	xmy.Mul(&xm, yy)
	b.Mul(&xmxi, &xmy)
	r.Mul(d, &b)
	r.Sub(yy, &r)
	var mr, q mat.Dense
	mr.Mul(&inv, &r)
	q.Mul(r.T(), &mr)
	xx.Mul(d.T(), d)
	logDet := func(a mat.Matrix) float64 { l, _ := mat.LogDet(a); return l }
	return -float64(k-2)/2*math.Log(2*math.Pi) + logDet(&xx)/2 - logDet(m)/2 - logDet(&xmx)/2 - q.At(0, 0)/2
}

// The estimate is the top of the likelihood as whole matrices give it, and the value is
// the same.
func TestThreeLevelAgainstDenseMatrices(t *testing.T) {
	for seed := range uint64(8) {
		y, v, names, x := threeLevelSample(seed, 9)
		r, err := FitThreeLevel(y, v, names, 0.6, []Moderator{{"x", x}}, Options{Test: T})
		if err != nil {
			t.Fatal(err)
		}
		top := dense(y, v, names, x, 0.6, r.Between, r.Within)
		near(t, "log likelihood", r.LogLik, top, 1e-9)
		for _, step := range []float64{-0.05, -0.001, -1e-5, 1e-5, 0.001, 0.05} {
			for _, s := range [][2]float64{{r.Between + step, r.Within}, {r.Between, r.Within + step}, {r.Between + step, r.Within - step}} {
				if s[0] < 0 || s[1] < 0 {
					continue
				}
				if ll := dense(y, v, names, x, 0.6, s[0], s[1]); ll > top+1e-9 {
					t.Errorf("seed %d: %v has %.12g, the estimate (%g, %g) %.12g", seed, s, ll, r.Between, r.Within, top)
				}
			}
		}
	}
}

// Equal variances, the same number n of effects in each study, no correlation: the
// estimates are those of the analysis of variance, within = MSW - v and
// between = (MSB - MSW)/n, and the effect is the mean with variance MSB/k.
func TestThreeLevelIsTheAnalysisOfVariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	const studies, n, sampling = 12, 4, 0.05
	var y, v []float64
	var names []string
	grand := 0.0
	means := make([]float64, studies)
	for s := range studies {
		u := rng.NormFloat64()
		for range n {
			e := u + 0.7*rng.NormFloat64()
			y, v, names = append(y, e), append(v, sampling), append(names, string(rune('a'+s)))
			means[s] += e / n
			grand += e / n / studies
		}
	}
	msb, msw := 0.0, 0.0
	for s := range studies {
		msb += n * (means[s] - grand) * (means[s] - grand) / (studies - 1)
		for j := range n {
			d := y[s*n+j] - means[s]
			msw += d * d / (studies * (n - 1))
		}
	}
	r, err := FitThreeLevel(y, v, names, 0, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "within", r.Within, msw-sampling, 1e-9)
	near(t, "between", r.Between, (msb-msw)/n, 1e-9)
	near(t, "mean", r.Pooled().Estimate, grand, 1e-12)
	near(t, "SE", r.Pooled().SE, math.Sqrt(msb/(studies*n)), 1e-9)
}

// With a within variance of 0 at its bound and rho 0, Q is Cochran's of the same effects.
func TestThreeLevelQ(t *testing.T) {
	y, v, names, _ := threeLevelSample(2, 7)
	r, err := FitThreeLevel(y, v, names, 0, nil, Options{Method: ML})
	if err != nil {
		t.Fatal(err)
	}
	plain := must(Fit(y, v, Options{}))
	near(t, "Q", r.Q, plain.Q, 1e-10)
	near(t, "p", r.QP, plain.QP, 1e-10)
	if s := r.I2Between + r.I2Within; s < 0 || s > 100 {
		t.Errorf("I2 is %g", s)
	}
}

// One effect with known variance and no spread of tau: the posterior is the precision-
// weighted mean of prior and data.
func TestBayesIsConjugateWithoutSpread(t *testing.T) {
	p, err := Bayes([]float64{0.8}, []float64{0.25}, Prior{Mean: 0, SD: 1, TauScale: 1e-4}, 0)
	if err != nil {
		t.Fatal(err)
	}
	mean, sd := 0.8*4/(4+1), math.Sqrt(1.0/5)
	near(t, "median", p.Mean.Value, mean, 1e-6)
	near(t, "high", p.Mean.High, mean+1.959963984540054*sd, 1e-6)
	near(t, "below", p.Below, normalCDF(-mean/sd), 1e-6)
}

// The median of tau where the data say nothing is that of its prior: 0.6745 scales.
func TestBayesReturnsThePriorOfTau(t *testing.T) {
	p, err := Bayes([]float64{0}, []float64{1e6}, Prior{SD: 1, TauScale: 0.5}, 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "tau", p.Tau.Value, 0.5*0.6744897501960817, 1e-5)
	near(t, "tau high", p.Tau.High, 0.5*2.241402727604947, 1e-5)
}
