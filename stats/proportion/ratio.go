package proportion

import (
	"errors"
	"math"

	"varde/stats/root"
)

var errOneOutcome = errors.New("proportion: everybody has the same outcome; there is nothing to compare")

// RatioLog is the risk ratio with the interval of the logarithm (Katz et al.
// 1978, Biometrics 34:469). With no event in the second group the ratio does not
// exist (an error); with none in the first it is zero and the logarithm has no
// interval (an error that names the score interval).
func RatioLog(a, b Count, lev float64) (Estimate, error) {
	lev, err := preparePair(a, b, lev)
	switch {
	case err != nil:
		return Estimate{}, err
	case b.Events == 0:
		return Estimate{}, errors.New("proportion: no event in the second group, so the risk ratio does not exist; use the risk difference")
	case a.Events == 0:
		return Estimate{}, errors.New("proportion: no event in the first group, so the logarithm of the risk ratio does not exist; use the score interval")
	}
	v := 1/a.events() - 1/a.n() + 1/b.events() - 1/b.n()
	return logEstimate("log (Katz)", a.rate()/b.rate(), v, lev), nil
}

func logEstimate(method string, ratio, variance, lev float64) Estimate {
	e := Estimate{Method: method, Estimate: ratio, Level: lev, SE: math.Sqrt(max(0, variance)), SELog: true}
	half := zOf(lev) * e.SE
	e.Lower, e.Upper = ratio*math.Exp(-half), ratio*math.Exp(half)
	if e.SE == 0 {
		e.Notes = append(e.Notes, "no group has both outcomes: the interval has no width and is not to be believed; use the score interval")
	}
	return e
}

// RatioMiettinenNurminen is the risk ratio with the interval of all ratios that
// the score test does not reject (Miettinen and Nurminen 1985). Without events in
// the second group the upper limit is infinite, and the estimate too.
func RatioMiettinenNurminen(a, b Count, lev float64) (Estimate, error) {
	lev, err := preparePair(a, b, lev)
	if err != nil {
		return Estimate{}, err
	}
	if a.Events+b.Events == 0 {
		return Estimate{}, errors.New("proportion: no event in either group; the risk ratio does not exist")
	}
	score := func(logR float64) float64 { return ratioScore(a, b, math.Exp(logR)) }
	e := Estimate{Method: "Miettinen-Nurminen score", Estimate: a.rate() / b.rate(), Level: lev}
	return invertScore(e, score, a.Events, b.Events), nil
}

func ratioScore(a, b Count, r float64) float64 {
	n1, n0, x1, x0 := a.n(), b.n(), a.events(), b.events()
	qa := (n1 + n0) * r
	qb := -(n1*r + x1 + n0 + x0*r)
	qc := x1 + x0
	p0 := 2 * qc / (-qb + math.Sqrt(max(0, qb*qb-4*qa*qc))) // the smaller root, without cancellation
	p1 := r * p0
	n := n1 + n0
	v := (p1*(1-p1)/n1 + r*r*p0*(1-p0)/n0) * n / (n - 1)
	top := a.rate() - r*b.rate()
	if v <= 0 {
		if top == 0 {
			return 0
		}
		return math.Inf(sign(top))
	}
	return top / math.Sqrt(v)
}

// invertScore finds the limits of a score that falls in the logarithm of the
// ratio.
func invertScore(e Estimate, score func(float64) float64, first, second int) Estimate {
	z := zOf(e.Level)
	const far = 60 // e^60
	middle := math.Log(e.Estimate)
	e.Lower, e.Upper = 0, math.Inf(1)
	switch {
	case first == 0:
		middle = -far
	case second == 0:
		middle = far
		e.Notes = append(e.Notes, "no event in the second group: the estimate and the upper limit are infinite")
	}
	if first > 0 {
		if v, err := root.Find(func(l float64) float64 { return score(l) - z }, -far, middle, 1e-13); err == nil {
			e.Lower = math.Exp(v)
		}
	}
	if second > 0 {
		if v, err := root.Find(func(l float64) float64 { return score(l) + z }, middle, far, 1e-13); err == nil {
			e.Upper = math.Exp(v)
		}
	}
	return e
}

// OddsLog is the odds ratio with the interval of its logarithm (Woolf 1955, Ann
// Hum Genet 19:251). If half is true one half is added to every cell (Haldane
// and Anscombe), for the estimate and its interval, and a note says so; without
// it a table with a zero cell is an error.
func OddsLog(a, b Count, half bool, lev float64) (Estimate, error) {
	lev, err := preparePair(a, b, lev)
	if err != nil {
		return Estimate{}, err
	}
	c := 0.0
	if half {
		c = 0.5
	}
	w, x, y, z := a.events()+c, a.none()+c, b.events()+c, b.none()+c
	if w*x*y*z == 0 {
		return Estimate{}, errors.New("proportion: a cell of the table is zero, so the log odds ratio does not exist; add one half, or use Fisher's exact interval")
	}
	e := logEstimate("log (Woolf)", w*z/(x*y), 1/w+1/x+1/y+1/z, lev)
	if half {
		e.Notes = append(e.Notes, "one half was added to every cell")
	}
	return e, nil
}
