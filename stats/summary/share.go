package summary

import "math"

// Count is a number of participants with an event out of N.
type Count struct{ Events, N int }

func (c Count) fault() Why {
	switch {
	case c.N < 0 || c.Events < 0 || c.Events > c.N:
		return BadCounts
	case c.N == 0:
		return NoData
	}
	return ""
}

func (c Count) share() float64 { return float64(c.Events) / float64(c.N) }

// Share is the share of participants with the event, from 0 to 1, with Wilson's
// score interval without continuity correction (Wilson 1927, JASA 22:209).
func Share(c Count, level float64) Estimate {
	if w := c.fault(); w != "" {
		return Estimate{Why: w}
	}
	e := Estimate{Value: c.share(), HasValue: true}
	if !validLevel(level) {
		e.Why = BadLevel
		return e
	}
	n, q := float64(c.N), z(level)
	mid := (2*float64(c.Events) + q*q) / (2 * (n + q*q))
	half := q * math.Sqrt(q*q+4*float64(c.Events)*(1-e.Value)) / (2 * (n + q*q))
	e.Lower, e.Upper, e.HasInterval = max(0, mid-half), min(1, mid+half), true
	// The score interval of none is exactly [0, .], of all exactly [., 1].
	if c.Events == 0 {
		e.Lower = 0
	}
	if c.Events == c.N {
		e.Upper = 1
	}
	return e
}

// RiskDifference is share(a) - share(b) with Newcombe's interval from two score
// intervals, without continuity correction (Newcombe 1998, Stat Med 17:873,
// method 10).
func RiskDifference(a, b Count, level float64) Estimate {
	if w := a.fault(); w != "" {
		return Estimate{Why: w}
	}
	if w := b.fault(); w != "" {
		return Estimate{Why: w}
	}
	e := Estimate{Value: a.share() - b.share(), HasValue: true}
	if !validLevel(level) {
		e.Why = BadLevel
		return e
	}
	x, y := Share(a, level), Share(b, level)
	e.Lower = e.Value - math.Hypot(x.Value-x.Lower, y.Upper-y.Value)
	e.Upper = e.Value + math.Hypot(x.Upper-x.Value, y.Value-y.Lower)
	e.HasInterval = true
	return e
}

// RiskRatio is share(a) / share(b) with the interval on the logarithmic scale
// (Katz 1978, Biometrics 34:469). With no event in b the ratio does not exist;
// with none in a it is zero and its logarithm has no interval; with events in
// everyone of both groups the method knows no spread, and gives none.
func RiskRatio(a, b Count, level float64) Estimate {
	if w := a.fault(); w != "" {
		return Estimate{Why: w}
	}
	if w := b.fault(); w != "" {
		return Estimate{Why: w}
	}
	if b.Events == 0 {
		return Estimate{Why: NoEvents}
	}
	e := Estimate{Value: a.share() / b.share(), HasValue: true}
	switch {
	case !validLevel(level):
		e.Why = BadLevel
		return e
	case a.Events == 0:
		e.Why = NoEvents
		return e
	}
	v := 1/float64(a.Events) - 1/float64(a.N) + 1/float64(b.Events) - 1/float64(b.N)
	if a.Events == a.N && b.Events == b.N {
		e.Why = ZeroVariance
		return e
	}
	e.Error = math.Sqrt(v) // of the logarithm
	half := z(level) * e.Error
	e.Lower, e.Upper, e.HasInterval = e.Value*math.Exp(-half), e.Value*math.Exp(half), true
	return e
}
