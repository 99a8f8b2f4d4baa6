package proportion

import (
	"math"

	"varde/stats/root"
)

// weights answers Cochran-Mantel-Haenszel weights n1 n0/(n1+n0), summing to one.
func weights(strata []Stratum) []float64 {
	w, sum := make([]float64, len(strata)), 0.0
	for k, s := range strata {
		w[k] = s.First.n() * s.Second.n() / s.total()
		sum += w[k]
	}
	for k := range w {
		w[k] /= sum
	}
	return w
}

// DifferenceNewcombeStratified is the risk difference weighted by strata
// (Cochran-Mantel-Haenszel weights) with Newcombe's hybrid of stratified Wilson
// intervals (Yan and Su 2010, Stat Biopharm Res 2:329). With one stratum it is
// Newcombe's own.
func DifferenceNewcombeStratified(strata []Stratum, lev float64) (Estimate, error) {
	use, notes, lev, err := usableAt(strata, lev)
	if err != nil {
		return Estimate{}, err
	}
	w, z := weights(use), zOf(lev)
	first, second := make([]Count, len(use)), make([]Count, len(use))
	e := Estimate{Method: "Newcombe hybrid score, stratified (Yan and Su)", Level: lev, Notes: notes}
	var lambda1, lambda2 float64
	for k, s := range use {
		first[k], second[k] = s.First, s.Second
		e.Estimate += w[k] * (s.First.rate() - s.Second.rate())
		lambda1 += w[k] * w[k] / s.First.n()
		lambda2 += w[k] * w[k] / s.Second.n()
	}
	l1, u1 := wilsonStratified(first, w, z)
	l2, u2 := wilsonStratified(second, w, z)
	e.Lower = e.Estimate - z*math.Sqrt(lambda1*l1*(1-l1)+lambda2*u2*(1-u2))
	e.Upper = e.Estimate + z*math.Sqrt(lambda1*u1*(1-u1)+lambda2*l2*(1-l2))
	return e, nil
}

// wilsonStratified weights Wilson limits whose quantile is shrunk so that their
// sum has the level (Yan and Su 2010, eq. 3).
func wilsonStratified(c []Count, w []float64, z float64) (lower, upper float64) {
	var squares, roots float64
	for k, g := range c {
		v := g.rate() * (1 - g.rate()) / g.n()
		squares += w[k] * w[k] * v
		roots += w[k] * math.Sqrt(v)
	}
	if roots > 0 {
		z *= math.Sqrt(squares) / roots
	}
	for k, g := range c {
		l, u := wilson(g, z)
		lower += w[k] * l
		upper += w[k] * u
	}
	return lower, upper
}

// DifferenceMiettinenNurminenStratified is the risk difference weighted by
// strata (Cochran-Mantel-Haenszel weights) with the interval that the stratified
// score test of Miettinen and Nurminen (1985) does not reject with those weights
// held.
func DifferenceMiettinenNurminenStratified(strata []Stratum, lev float64) (Estimate, error) {
	use, notes, lev, err := usableAt(strata, lev)
	if err != nil {
		return Estimate{}, err
	}
	w, z := weights(use), zOf(lev)
	e := Estimate{Method: "Miettinen-Nurminen score, stratified", Level: lev, Lower: -1, Upper: 1, Notes: notes}
	for k, s := range use {
		e.Estimate += w[k] * (s.First.rate() - s.Second.rate())
	}
	score := func(d float64) float64 {
		v := 0.0
		for k, s := range use {
			p1, p0 := restricted(s.First, s.Second, d)
			n := s.total()
			v += w[k] * w[k] * (p1*(1-p1)/s.First.n() + p0*(1-p0)/s.Second.n()) * n / (n - 1)
		}
		top := e.Estimate - d
		if math.Abs(top) < 1e-15 {
			return 0
		}
		if !(v > 0) {
			return math.Inf(sign(top))
		}
		return top / math.Sqrt(v)
	}
	const edge = 1 - 1e-13
	if v, err := root.Find(func(d float64) float64 { return score(d) - z }, -edge, max(-edge, e.Estimate), 1e-13); err == nil {
		e.Lower = v
	}
	if v, err := root.Find(func(d float64) float64 { return score(d) + z }, min(edge, e.Estimate), edge, 1e-13); err == nil {
		e.Upper = v
	}
	return e, nil
}
