package proportion

import (
	"fmt"
	"math"
)

// Needed is a number needed to treat. Benefit is the number needed for one more
// favourable outcome (NNTB), Harm for one more unfavourable one (NNTH); of the
// estimate exactly one is set, or neither at a difference of zero. When the
// interval of the risk difference holds zero, the numbers needed go from
// BenefitLimit through infinity to HarmLimit, and not between them (Altman 1998,
// BMJ 317:1309).
type Needed struct {
	Difference      Estimate
	Benefit, Harm   float64 // zero: not this side
	ThroughInfinity bool
	// Limits of the interval, from the one nearer to the greatest benefit. With
	// ThroughInfinity the first is a number needed for benefit, the second for
	// harm; otherwise both are of the side of the estimate, the smaller first.
	First, Second float64
	Notes         []string
}

// NumberNeeded turns a risk difference (of a favourable event, first minus
// second) into a number needed to treat.
func NumberNeeded(d Estimate) (Needed, error) {
	if !(d.Lower <= d.Estimate && d.Estimate <= d.Upper) || math.Abs(d.Estimate) > 1 {
		return Needed{}, fmt.Errorf("proportion: %v from %v to %v is no risk difference with its interval", d.Estimate, d.Lower, d.Upper)
	}
	n := Needed{Difference: d}
	switch {
	case d.Estimate > 0:
		n.Benefit = 1 / d.Estimate
	case d.Estimate < 0:
		n.Harm = -1 / d.Estimate
	default:
		n.Notes = append(n.Notes, "the risks are equal: no number needed exists")
	}
	switch {
	case d.Lower > 0:
		n.First, n.Second = inverse(d.Upper), inverse(d.Lower)
	case d.Upper < 0:
		n.First, n.Second = inverse(d.Lower), inverse(d.Upper)
	default:
		n.ThroughInfinity = true
		n.First, n.Second = inverse(d.Upper), inverse(d.Lower) // a limit of zero is infinite
		n.Notes = append(n.Notes, fmt.Sprintf("the interval of the difference holds zero: from a number needed for benefit of %s through infinity to a number needed for harm of %s", whole(n.First), whole(n.Second)))
	}
	return n, nil
}

func inverse(v float64) float64 { return math.Abs(1 / v) }

func whole(v float64) string {
	if math.IsInf(v, 0) {
		return "infinity"
	}
	return fmt.Sprintf("%.1f", math.Abs(v))
}
