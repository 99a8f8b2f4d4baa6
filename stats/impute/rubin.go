package impute

import (
	"fmt"
	"math"

	"varde/stats/distribution"
)

// Pooled is one estimate over all imputations.
type Pooled struct {
	Value, SE, DF   float64 // DF +Inf = normal
	Lower, Upper, P float64
	Imputations     int
	Within, Between float64 // variances, of Rubin's rules
	// Fraction is that of the variance which is due to missing data, (1 + 1/M)
	// Between / total.
	Fraction float64
}

// Rubin pools the estimates of M >= 2 imputations (Rubin 1987) with the degrees
// of freedom of Barnard and Rubin (1999, Biometrika 86:948) for analyses of
// finite DF; level is that of the interval.
func Rubin(estimates []Estimate, level float64) (Pooled, error) {
	m := float64(len(estimates))
	if m < 2 {
		return Pooled{}, fmt.Errorf("impute: %d imputations cannot be pooled; at least 2 are needed", len(estimates))
	}
	if !(level > 0 && level < 1) {
		return Pooled{}, fmt.Errorf("impute: a confidence level of %v; give one between 0 and 1", level)
	}
	p := Pooled{Imputations: len(estimates)}
	complete := estimates[0].DF
	for k, e := range estimates {
		if !(e.SE >= 0) || math.IsInf(e.SE, 0) || !(e.DF > 0) || math.IsNaN(e.Value-e.Value) {
			return Pooled{}, fmt.Errorf("impute: imputation %d has the estimate %v, standard error %v, degrees of freedom %v", k+1, e.Value, e.SE, e.DF)
		}
		p.Value += e.Value / m
		p.Within += e.SE * e.SE / m
		complete = min(complete, e.DF)
	}
	for _, e := range estimates {
		p.Between += (e.Value - p.Value) * (e.Value - p.Value) / (m - 1)
	}
	extra := (1 + 1/m) * p.Between
	total := p.Within + extra
	if !(total > 0) {
		return Pooled{}, fmt.Errorf("impute: the estimates do not vary, within or between imputations")
	}
	p.SE = math.Sqrt(total)
	p.Fraction = extra / total
	p.DF = barnardRubin(m, p.Fraction, complete)
	p.interval(level)
	return p, nil
}

// barnardRubin joins Rubin's degrees of freedom with those that the observed
// data leave of the complete ones.
func barnardRubin(m, fraction, complete float64) float64 {
	old := math.Inf(1)
	if fraction > 0 {
		old = (m - 1) / (fraction * fraction)
	}
	if math.IsInf(complete, 1) {
		return old
	}
	observed := (complete + 1) / (complete + 3) * complete * (1 - fraction)
	if math.IsInf(old, 1) {
		return observed
	}
	if observed == 0 {
		return 0
	}
	return old * observed / (old + observed)
}

// interval fills P and the limits; infinite degrees of freedom are the normal's.
func (p *Pooled) interval(level float64) {
	tail := (1 - level) / 2
	t := p.Value / p.SE
	half := 0.0
	if math.IsInf(p.DF, 1) {
		p.P = 2 * distribution.NormalUpper(math.Abs(t))
		half = p.SE * distribution.NormalUpperQuantile(tail)
	} else {
		p.P = distribution.TTwoSided(t, p.DF)
		half = p.SE * distribution.TUpperQuantile(tail, p.DF)
	}
	p.P = min(p.P, 1)
	p.Lower, p.Upper = p.Value-half, p.Value+half
}
