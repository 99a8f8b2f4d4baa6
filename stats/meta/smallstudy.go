package meta

import (
	"math"
	"slices"
)

// Asymmetry is a test of small-study effects: the effect against the standard error.
type Asymmetry struct {
	Intercept, Slope Coefficient // Intercept is the effect at a standard error of zero
	Tau2             float64
	Notes            []string
}

// Egger is the classical regression test: y on the standard error, weights 1/v, and the
// scatter about the line as variance, t with k-2 (Egger et al., BMJ 1997;315:629, in the
// form of Sterne & Egger 2005). Slope is the number usually called Egger's intercept,
// since it is that of y/se on 1/se.
func Egger(y, v []float64, level float64) (Asymmetry, error) {
	return asymmetry(y, v, Options{Method: Common, Test: KnappHartung, Level: level})
}

// RandomEgger is the same regression with random effects.
func RandomEgger(y, v []float64, o Options) (Asymmetry, error) { return asymmetry(y, v, o) }

func asymmetry(y, v []float64, o Options) (Asymmetry, error) {
	if err := checkEffects(y, v); err != nil {
		return Asymmetry{}, err
	}
	if len(y) < 3 {
		return Asymmetry{}, fault(-1, "there are %d effects", "A test of asymmetry needs at least three, and tells little below ten", len(y))
	}
	se := make([]float64, len(v))
	for i, x := range v {
		se[i] = math.Sqrt(x)
	}
	r, err := Regress(y, v, []Moderator{{"standard error", se}}, o)
	if err != nil {
		return Asymmetry{}, err
	}
	a := Asymmetry{r.Coefficients[0], r.Coefficients[1], r.Tau2, r.Notes}
	if len(y) < 10 {
		a.Notes = append(a.Notes, "with fewer than ten effects this test finds little, whatever there is (Sterne et al., BMJ 2011;343:d4002)")
	}
	return a, nil
}

// RankTest is Begg and Mazumdar's: Kendall's tau of the standardised effects and their
// variances (Biometrics 1994;50:1088), exact without ties, else normal with the variance
// for ties.
func RankTest(y, v []float64) (tau, p float64, err error) {
	if err := checkEffects(y, v); err != nil {
		return 0, 0, err
	}
	if len(y) < 3 {
		return 0, 0, fault(-1, "there are %d effects", "A rank test needs at least three", len(y))
	}
	sumW, sumWY := 0.0, 0.0
	for i := range y {
		sumW, sumWY = sumW+1/v[i], sumWY+y[i]/v[i]
	}
	star := make([]float64, len(y))
	for i := range y {
		star[i] = (y[i] - sumWY/sumW) / math.Sqrt(v[i]-1/sumW)
	}
	tau, p = kendall(star, v)
	if math.IsNaN(tau) {
		return 0, 0, fault(-1, "all effects, or all variances, are equal", "A rank test needs both to differ")
	}
	return tau, p, nil
}

func kendall(a, b []float64) (tau, p float64) {
	n := len(a)
	s, xs, ys := 0.0, 0.0, 0.0
	for i := range n {
		for j := range i {
			x, y := sign(a[i]-a[j]), sign(b[i]-b[j])
			s += x * y
			xs += x * x
			ys += y * y
		}
	}
	tau = s / math.Sqrt(xs*ys)
	pairs := float64(n) * float64(n-1) / 2
	if xs == pairs && ys == pairs && n < 500 {
		concordant := (s + pairs) / 2
		return tau, kendallExact(n, int(math.Round(concordant)))
	}
	tx, ty := ties(a), ties(b)
	f := float64(n)
	v0 := f * (f - 1) * (2*f + 5)
	variance := (v0-tx[2]-ty[2])/18 + tx[0]*ty[0]/(2*f*(f-1)) + tx[1]*ty[1]/(9*f*(f-1)*(f-2))
	return tau, normalTwoSided(s / math.Sqrt(variance))
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// ties are the sums of t(t-1), t(t-1)(t-2) and t(t-1)(2t+5) over groups of t equal values.
func ties(x []float64) [3]float64 {
	sorted := slices.Sorted(slices.Values(x))
	var out [3]float64
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		t := float64(j - i)
		out[0] += t * (t - 1)
		out[1] += t * (t - 1) * (t - 2)
		out[2] += t * (t - 1) * (2*t + 5)
		i = j
	}
	return out
}

// kendallExact is the two-sided p of c concordant pairs among n without ties: the number
// of permutations by inversions, as shares.
func kendallExact(n, c int) float64 {
	most := n * (n - 1) / 2
	c = max(c, most-c)
	shares := []float64{1}
	for k := 2; k <= n; k++ {
		next := make([]float64, len(shares)+k-1)
		for i, x := range shares {
			for j := range k {
				next[i+j] += x / float64(k)
			}
		}
		shares = next
	}
	p := 0.0
	for i := c; i < len(shares); i++ {
		p += shares[i]
	}
	return math.Min(1, 2*p)
}

// FailSafe is Rosenthal's number of studies without effect that would lift the combined
// one-sided p above alpha (Psychol Bull 1979;86:638).
func FailSafe(y, v []float64, alpha float64) (int, error) {
	if err := checkEffects(y, v); err != nil {
		return 0, err
	}
	if !(alpha > 0 && alpha < 0.5) {
		return 0, fault(-1, "alpha is %v", "Give a level between 0 and 0.5", alpha)
	}
	sum := 0.0
	for i := range y {
		sum += y[i] / math.Sqrt(v[i])
	}
	z := sum / normalQuantile(alpha)
	return max(0, int(math.Ceil(z*z-float64(len(y))))), nil
}
