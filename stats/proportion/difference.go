package proportion

import (
	"math"

	"varde/stats/distribution"
	"varde/stats/root"
)

func preparePair(a, b Count, lev float64) (float64, error) {
	if err := checkPair(a, b); err != nil {
		return 0, err
	}
	return level(lev)
}

// DifferenceWald is the risk difference with the interval of the two binomial
// variances. With events in nobody or everybody of both groups it has no width,
// and a note says so.
func DifferenceWald(a, b Count, lev float64) (Estimate, error) {
	lev, err := preparePair(a, b, lev)
	if err != nil {
		return Estimate{}, err
	}
	p, q := a.rate(), b.rate()
	e := Estimate{Method: "Wald", Estimate: p - q, Level: lev, SE: math.Sqrt(p*(1-p)/a.n() + q*(1-q)/b.n())}
	e.Lower, e.Upper = e.Estimate-zOf(lev)*e.SE, e.Estimate+zOf(lev)*e.SE
	if e.SE == 0 {
		e.Notes = append(e.Notes, "no group has both outcomes: the Wald interval has no width and is not to be believed; use Newcombe or Miettinen-Nurminen")
	}
	return e, nil
}

// DifferenceNewcombe is the risk difference with the hybrid interval from two
// Wilson intervals (Newcombe 1998, Stat Med 17:873, method 10).
func DifferenceNewcombe(a, b Count, lev float64) (Estimate, error) {
	lev, err := preparePair(a, b, lev)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Method: "Newcombe hybrid score", Estimate: a.rate() - b.rate(), Level: lev}
	z := zOf(lev)
	l1, u1 := wilson(a, z)
	l2, u2 := wilson(b, z)
	e.Lower = e.Estimate - math.Hypot(a.rate()-l1, u2-b.rate())
	e.Upper = e.Estimate + math.Hypot(u1-a.rate(), b.rate()-l2)
	return e, nil
}

// DifferenceMiettinenNurminen is the risk difference with the interval of all
// differences that the score test does not reject, the variance restricted to
// the difference and times N/(N-1) (Miettinen and Nurminen 1985, Stat Med
// 4:213).
func DifferenceMiettinenNurminen(a, b Count, lev float64) (Estimate, error) {
	lev, err := preparePair(a, b, lev)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Method: "Miettinen-Nurminen score", Estimate: a.rate() - b.rate(), Level: lev, Lower: -1, Upper: 1}
	z := zOf(lev)
	score := func(d float64) float64 { return differenceScore(a, b, d) }
	const edge = 1 - 1e-13
	if e.Estimate > -edge {
		if v, err := root.Find(func(d float64) float64 { return score(d) - z }, -edge, e.Estimate, 1e-13); err == nil {
			e.Lower = v
		}
	}
	if e.Estimate < edge {
		if v, err := root.Find(func(d float64) float64 { return score(d) + z }, e.Estimate, edge, 1e-13); err == nil {
			e.Upper = v
		}
	}
	return e, nil
}

// differenceScore is the signed score statistic of the hypothesis that the
// difference is d: it falls as d rises.
func differenceScore(a, b Count, d float64) float64 {
	top := a.rate() - b.rate() - d
	if math.Abs(top) < 1e-15 {
		return 0
	}
	p1, p0 := restricted(a, b, d)
	n := a.n() + b.n()
	v := (p1*(1-p1)/a.n() + p0*(1-p0)/b.n()) * n / (n - 1)
	if !(v > 0) {
		return math.Inf(sign(top))
	}
	return top / math.Sqrt(v)
}

func sign(x float64) int {
	if x < 0 {
		return -1
	}
	return 1
}

// restricted answers the maximum likelihood estimates of both risks with the
// difference d held, the root of a cubic in closed form (Miettinen and Nurminen
// 1985, appendix I).
func restricted(a, b Count, d float64) (p1, p0 float64) {
	n1, n0, x1, x0 := a.n(), b.n(), a.events(), b.events()
	n, x := n1+n0, x1+x0
	l2 := (n1+2*n0)*d - n - x
	l1 := (n0*d-n-2*x0)*d + x
	l0 := x0 * d * (1 - d)
	q := math.Pow(l2/(3*n), 3) - l1*l2/(6*n*n) + l0/(2*n)
	p := math.Copysign(math.Sqrt(max(0, l2*l2/(9*n*n)-l1/(3*n))), q)
	angle := 0.0
	if p != 0 {
		angle = math.Acos(max(-1, min(1, q/(p*p*p))))
	}
	p0 = 2*p*math.Cos((math.Pi+angle)/3) - l2/(3*n)
	p0 = max(0, -d, min(1, 1-d, p0))
	return max(0, min(1, p0+d)), p0
}

// Pearson is the chi-squared test of two proportions, with Yates's continuity
// correction if asked for.
func Pearson(a, b Count, yates bool) (Test, error) {
	if err := checkPair(a, b); err != nil {
		return Test{}, err
	}
	t := Test{Method: "Pearson chi-squared", DF: 1}
	n, x := a.n()+b.n(), a.events()+b.events()
	if x == 0 || x == n {
		return Test{}, errOneOutcome
	}
	d := math.Abs(a.events()*b.n() - b.events()*a.n())
	if yates {
		t.Method = "Pearson chi-squared with Yates's correction"
		d = max(0, d-n/2)
	}
	t.Statistic = n * d * d / (x * (n - x) * a.n() * b.n())
	t.P = distribution.ChiSquaredUpper(t.Statistic, 1)
	return t, nil
}
