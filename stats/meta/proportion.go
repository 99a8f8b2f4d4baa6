package meta

import "math"

// Counts are the people with an event in two independent groups.
type Counts struct{ Events1, N1, Events2, N2 float64 }

// Measure says which number compares the two groups.
type Measure int

const (
	RiskRatio      Measure = iota // log of the ratio of shares
	OddsRatio                     // log of the ratio of odds
	RiskDifference                // difference of shares
	PetoOddsRatio                 // log; Yusuf, Peto et al., Prog Cardiovasc Dis 1985;27:335
)

// ZeroCells is what is done with a study in which a cell of the table is 0. It belongs to
// the result: pooled ratios differ by it.
type ZeroCells int

const (
	// RefuseZero refuses a study whose measure or variance would not be finite.
	RefuseZero ZeroCells = iota
	// HalfCells adds 1/2 to each of the four cells of such a study, hence 1 to each total
	// (Haldane 1940, Anscombe 1956; the default of metafor).
	HalfCells
	// HalfEvents adds 1/2 to the events and 1/2, not 1, to the totals of such a study, as
	// the R package meta does for risk ratios.
	HalfEvents
)

// Compare gives the measure with its large-sample variance. A study without any event, or
// with nothing else, in both groups tells nothing about a ratio and is refused.
func Compare(c Counts, m Measure, zero ZeroCells) (Effect, error) {
	if err := c.check(); err != nil {
		return Effect{}, err
	}
	total := c.Events1 + c.Events2
	if m != RiskDifference && (total == 0 || total == c.N1+c.N2) {
		return Effect{}, fault(-1, "nobody or everybody has the event in both groups: the study tells nothing about a ratio", "Leave it out, or use the risk difference")
	}
	if m == PetoOddsRatio {
		return peto(c)
	}
	a, b, n1, n2 := c.Events1, c.Events2, c.N1, c.N2
	if a == 0 || b == 0 || a == n1 || b == n2 {
		switch zero {
		case HalfCells:
			a, b, n1, n2 = a+0.5, b+0.5, n1+1, n2+1
		case HalfEvents:
			a, b, n1, n2 = a+0.5, b+0.5, n1+0.5, n2+0.5
		case RefuseZero:
		default:
			return Effect{}, fault(-1, "there is no convention %d for zero cells", "Use RefuseZero, HalfCells or HalfEvents", zero)
		}
	}
	return positive(measure(m, a, b, n1, n2))
}

func measure(m Measure, a, b, n1, n2 float64) Effect {
	switch m {
	case RiskRatio:
		return Effect{math.Log(a / n1 / (b / n2)), 1/a - 1/n1 + 1/b - 1/n2}
	case OddsRatio:
		return Effect{math.Log(a / (n1 - a) / (b / (n2 - b))), 1/a + 1/(n1-a) + 1/b + 1/(n2-b)}
	case RiskDifference:
		p, q := a/n1, b/n2
		return Effect{p - q, p*(1-p)/n1 + q*(1-q)/n2}
	}
	return Effect{math.NaN(), math.NaN()}
}

func (c Counts) check() error {
	for _, x := range []float64{c.Events1, c.N1, c.Events2, c.N2} {
		if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
			return fault(-1, "a count is %v", "Counts are numbers from zero", x)
		}
	}
	if c.N1 == 0 || c.N2 == 0 {
		return fault(-1, "a group has nobody", "Give both groups")
	}
	if c.Events1 > c.N1 || c.Events2 > c.N2 {
		return fault(-1, "more people have the event than there are in the group", "Check events and totals")
	}
	return nil
}

// peto is (O-E)/V with the hypergeometric variance.
func peto(c Counts) (Effect, error) {
	n, events := c.N1+c.N2, c.Events1+c.Events2
	if n <= 1 {
		return Effect{}, fault(-1, "there are %v people", "Give both groups", n)
	}
	expected := events * c.N1 / n
	v := c.N1 * c.N2 * events * (n - events) / (n * n * (n - 1))
	return positive(Effect{(c.Events1 - expected) / v, 1 / v})
}

// SMDFromCounts turns an odds ratio into a standardised difference: log OR times
// sqrt(3)/pi (Hasselblad & Hedges, Psychol Bull 1995;117:167). The correction multiplies
// the effect and, where scaled, its standard error too; metapsyTools leaves that alone.
func SMDFromCounts(c Counts, zero ZeroCells, correction Correction, scaled bool) (Effect, error) {
	e, err := Compare(c, OddsRatio, zero)
	if err != nil {
		return Effect{}, err
	}
	j := correction.J(c.N1 + c.N2 - 2)
	factor := math.Sqrt(3) / math.Pi
	v := e.V * factor * factor
	if scaled {
		v *= j * j
	}
	return positive(Effect{j * factor * e.Y, v})
}

// NumberNeeded turns a standardised difference into the number needed to treat, for a
// share of success without treatment: 1/(Phi(d + Phi^-1(share)) - share), Furukawa &
// Leucht, PLoS One 2011;6:e19070. Below zero it is a number needed to harm.
func NumberNeeded(d, share float64) (float64, error) {
	if !(share > 0 && share < 1) {
		return 0, fault(-1, "the share without treatment is %v", "Give a share between 0 and 1", share)
	}
	gain := normalCDF(d+normalQuantile(share)) - share
	if gain == 0 || math.IsNaN(gain) {
		return 0, fault(-1, "a difference of %v has no number needed to treat", "Tell the difference itself", d)
	}
	return 1 / gain, nil
}
