package proportion

import (
	"math"

	"varde/stats/distribution"
)

// Wilson is one proportion with the score interval (Wilson 1927, JASA 22:209),
// without continuity correction. lev 0 is 0.95.
func Wilson(c Count, lev float64) (Estimate, error) {
	lev, err := prepareOne(c, lev)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Method: "Wilson score", Estimate: c.rate(), Level: lev}
	e.Lower, e.Upper = wilson(c, zOf(lev))
	return e, nil
}

func prepareOne(c Count, lev float64) (float64, error) {
	if err := c.check("the group"); err != nil {
		return 0, err
	}
	return level(lev)
}

func wilson(c Count, z float64) (lower, upper float64) {
	n, x := c.n(), c.events()
	mid := (2*x + z*z) / (2 * (n + z*z))
	half := z * math.Sqrt(z*z+4*x*c.none()/n) / (2 * (n + z*z))
	lower, upper = mid-half, mid+half
	if c.Events == 0 {
		lower = 0
	}
	if c.Events == c.N {
		upper = 1
	}
	return lower, upper
}

// ClopperPearson is one proportion with the exact interval from the binomial
// tails (Clopper and Pearson 1934, Biometrika 26:404): its coverage is never
// below the level.
func ClopperPearson(c Count, lev float64) (Estimate, error) {
	lev, err := prepareOne(c, lev)
	if err != nil {
		return Estimate{}, err
	}
	a := (1 - lev) / 2
	e := Estimate{Method: "Clopper-Pearson exact", Estimate: c.rate(), Level: lev, Lower: 0, Upper: 1}
	if c.Events > 0 {
		e.Lower = distribution.BetaQuantile(a, c.events(), c.none()+1)
	}
	if c.Events < c.N {
		e.Upper = 1 - distribution.BetaQuantile(a, c.none(), c.events()+1)
	}
	return e, nil
}
