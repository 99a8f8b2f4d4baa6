package proportion

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
)

// Stratum is the comparison within one stratum.
type Stratum struct{ First, Second Count }

func (s Stratum) total() float64 { return s.First.n() + s.Second.n() }

// usable leaves out the strata in which a group is empty: they hold no
// comparison.
func usable(strata []Stratum) ([]Stratum, []string, error) {
	var out []Stratum
	empty := 0
	for k, s := range strata {
		for _, c := range []Count{s.First, s.Second} {
			if c.N < 0 || c.Events < 0 || c.Events > c.N {
				return nil, nil, fmt.Errorf("proportion: stratum %d has %d events among %d", k+1, c.Events, c.N)
			}
		}
		if s.First.N == 0 || s.Second.N == 0 {
			empty++
			continue
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, nil, errors.New("proportion: no stratum has people in both groups, so there is nothing to compare")
	}
	var notes []string
	if empty > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d strata have people in one group only and hold no comparison: left out", empty, len(strata)))
	}
	return out, notes, nil
}

// usableAt answers the usable strata and the level of an interval, 0.95 for 0.
func usableAt(strata []Stratum, lev float64) (use []Stratum, notes []string, at float64, err error) {
	if at, err = level(lev); err != nil {
		return nil, nil, 0, err
	}
	use, notes, err = usable(strata)
	return use, notes, at, err
}

// MantelHaenszelDifference is the common risk difference with the variance of
// Sato (1989, Biometrics 45:1323), which holds for few large and many small
// strata.
func MantelHaenszelDifference(strata []Stratum, lev float64) (Estimate, error) {
	use, notes, lev, err := usableAt(strata, lev)
	if err != nil {
		return Estimate{}, err
	}
	var top, w, p, q float64
	for _, s := range use {
		x1, n1, x0, n0, n := s.First.events(), s.First.n(), s.Second.events(), s.Second.n(), s.total()
		top += (x1*n0 - x0*n1) / n
		w += n1 * n0 / n
		p += (n1*n1*x0 - n0*n0*x1 + n1*n0*(n0-n1)/2) / (n * n)
		q += (x1*(n0-x0) + x0*(n1-x1)) / (2 * n)
	}
	e := Estimate{Method: "Mantel-Haenszel, variance of Sato", Estimate: top / w, Level: lev, Notes: notes}
	e.SE = math.Sqrt(max(0, e.Estimate*p+q)) / w
	e.Lower, e.Upper = e.Estimate-zOf(lev)*e.SE, e.Estimate+zOf(lev)*e.SE
	if e.SE == 0 {
		e.Notes = append(e.Notes, "no stratum has both outcomes: the interval has no width and is not to be believed")
	}
	return e, nil
}

// MantelHaenszelRatio is the common risk ratio with the variance of Greenland
// and Robins (1985, Biometrics 41:55).
func MantelHaenszelRatio(strata []Stratum, lev float64) (Estimate, error) {
	use, notes, lev, err := usableAt(strata, lev)
	if err != nil {
		return Estimate{}, err
	}
	var r, s, v float64
	for _, k := range use {
		x1, n1, x0, n0, n := k.First.events(), k.First.n(), k.Second.events(), k.Second.n(), k.total()
		r += x1 * n0 / n
		s += x0 * n1 / n
		v += (n1*n0*(x1+x0) - x1*x0*n) / (n * n)
	}
	if r == 0 || s == 0 {
		return Estimate{}, errors.New("proportion: a group has no event in any stratum, so the common risk ratio or its logarithm does not exist; use the risk difference")
	}
	e := logEstimate("Mantel-Haenszel, variance of Greenland and Robins", r/s, v/(r*s), lev)
	e.Notes = append(notes, e.Notes...)
	return e, nil
}

// MantelHaenszelOdds is the common odds ratio with the variance of Robins,
// Breslow and Greenland (1986, Biometrics 42:311).
func MantelHaenszelOdds(strata []Stratum, lev float64) (Estimate, error) {
	use, notes, lev, err := usableAt(strata, lev)
	if err != nil {
		return Estimate{}, err
	}
	var sr, ss, pr, psqr, qs float64
	for _, k := range use {
		a, b, c, d, n := k.First.events(), k.First.none(), k.Second.events(), k.Second.none(), k.total()
		p, q, r, s := (a+d)/n, (b+c)/n, a*d/n, b*c/n
		sr, ss = sr+r, ss+s
		pr, psqr, qs = pr+p*r, psqr+p*s+q*r, qs+q*s
	}
	if sr == 0 || ss == 0 {
		return Estimate{}, errors.New("proportion: the common odds ratio is zero or infinite in these strata and has no interval; use Fisher's exact method or the risk difference")
	}
	v := pr/(2*sr*sr) + psqr/(2*sr*ss) + qs/(2*ss*ss)
	e := logEstimate("Mantel-Haenszel, variance of Robins, Breslow and Greenland", sr/ss, v, lev)
	e.Notes = append(notes, e.Notes...)
	return e, nil
}

// CochranMantelHaenszel tests that no stratum has a difference (Mantel and
// Haenszel 1959, JNCI 22:719), with the continuity correction if asked for.
func CochranMantelHaenszel(strata []Stratum, correct bool) (Test, error) {
	use, notes, err := usable(strata)
	if err != nil {
		return Test{}, err
	}
	var d, v float64
	for _, s := range use {
		n, m := s.total(), s.First.events()+s.Second.events()
		d += s.First.events() - s.First.n()*m/n
		if n > 1 {
			v += s.First.n() * s.Second.n() * m * (n - m) / (n * n * (n - 1))
		}
	}
	if v == 0 {
		return Test{}, errOneOutcome
	}
	t := Test{Method: "Cochran-Mantel-Haenszel", DF: 1, Notes: notes}
	d = math.Abs(d)
	if correct {
		t.Method += " with continuity correction"
		d = max(0, d-0.5)
	}
	t.Statistic = d * d / v
	t.P = distribution.ChiSquaredUpper(t.Statistic, 1)
	return t, nil
}

// BreslowDay tests that the odds ratios of the strata are equal (Breslow and Day
// 1980, eq. 4.30), with Tarone's correction (1985, Biometrika 72:91), without
// which it is not chi-squared.
func BreslowDay(strata []Stratum) (Test, error) {
	common, err := MantelHaenszelOdds(strata, 0)
	if err != nil {
		return Test{}, err
	}
	use, notes, err := usable(strata)
	if err != nil {
		return Test{}, err
	}
	t := Test{Method: "Breslow-Day with Tarone's correction", Notes: notes}
	var sum, deviation, variance, informative float64
	for _, s := range use {
		m := s.First.events() + s.Second.events()
		if m == 0 || m == s.total() {
			continue // both groups have one outcome: nothing of the odds ratio
		}
		e := expectedEvents(s, common.Estimate)
		v := 1 / (1/e + 1/(s.First.n()-e) + 1/(m-e) + 1/(s.Second.n()-m+e))
		d := s.First.events() - e
		sum += d * d / v
		deviation += d
		variance += v
		informative++
	}
	if informative < 2 {
		return Test{}, errors.New("proportion: fewer than two strata have both outcomes; there is no homogeneity to test")
	}
	t.Statistic, t.DF = max(0, sum-deviation*deviation/variance), informative-1
	t.P = distribution.ChiSquaredUpper(t.Statistic, t.DF)
	return t, nil
}

// expectedEvents answers the events of the first group at the margins of the
// stratum and an odds ratio: the root of a quadratic within the margins.
func expectedEvents(s Stratum, or float64) float64 {
	n1, n0, m := s.First.n(), s.Second.n(), s.First.events()+s.Second.events()
	if math.Abs(or-1) < 1e-9 {
		return n1 * m / (n1 + n0)
	}
	a, b, c := 1-or, n0-m+or*(n1+m), -or*n1*m
	// The root between the margins, in the form without cancellation.
	d := math.Sqrt(b*b - 4*a*c)
	return -2 * c / (b + d)
}
