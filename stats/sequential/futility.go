package sequential

import (
	"fmt"
	"math"

	"varde/stats/root"
)

// spendBoth finds the drift at which spending the level above and the type II
// error below meet at the last look (Pampallona, Tsiatis and Kim 2001, Drug Inf
// J 35:1113; DeMets and Ware 1982).
func (p *Plan) spendBoth() error {
	if !p.Futility.Binding || p.Efficacy.Kind == Given {
		if err := p.efficacy(); err != nil {
			return err
		}
	} else if !p.Efficacy.spends() {
		return fmt.Errorf("sequential: binding futility needs a spending function for efficacy, not %q", p.Efficacy.Kind)
	}
	var failed error
	gap := func(drift float64) float64 {
		missed, err := p.meet(drift)
		if err != nil {
			failed = err
			return math.NaN()
		}
		return p.Beta - missed
	}
	fixed := Fixed(p.Alpha, p.Beta)
	drift, err := root.Find(gap, fixed*0.6, fixed*2.5, 1e-11)
	if failed != nil {
		return failed
	}
	if err != nil {
		return fmt.Errorf("sequential: spending the type II error like this cannot meet the efficacy bound at the last look: %w", err)
	}
	p.Drift = drift
	_, err = p.meet(drift)
	return err
}

// meet chooses the bounds for a drift, the last lower bound at the upper one, and
// answers the type II error.
func (p *Plan) meet(drift float64) (float64, error) {
	looks := len(p.Information)
	if p.Futility.Binding && p.Efficacy.Kind != Given {
		p.Upper = make([]float64, looks)
	}
	null, alternative := origin(), origin()
	missed := 0.0
	for k, t := range p.Information {
		if p.Futility.Binding && p.Efficacy.Kind != Given {
			before := 0.0
			if k > 0 {
				before = p.Efficacy.spent(p.Alpha, p.Information[k-1])
			}
			u, err := upperFor(null, t, p.Efficacy.spent(p.Alpha, t)-before)
			if err != nil {
				return 0, fmt.Errorf("sequential: look %d: %w", k+1, err)
			}
			p.Upper[k] = u
		}
		if k == looks-1 {
			p.Lower[k] = p.Upper[k]
			return missed + alternative.below(p.Lower[k], t, drift), nil
		}
		p.Lower[k] = lowerFor(alternative, t, drift, p.Futility.spent(p.Beta, t)-missed, p.Upper[k])
		missed += alternative.below(p.Lower[k], t, drift)
		after := p.Information[k+1]
		null = null.next(p.floor(k), p.Upper[k], t, 0, after)
		alternative = alternative.next(p.Lower[k], p.Upper[k], t, drift, after)
	}
	return missed, nil
}

// lowerFor answers the bound below which the drift leaves the probability free;
// it never passes the upper one.
func lowerFor(f front, t, drift, free, upper float64) float64 {
	if free < 1e-16 {
		return math.Inf(-1)
	}
	l, err := root.Find(func(l float64) float64 { return f.below(l, t, drift) - free }, -12, min(upper, 30), 1e-12)
	if err != nil {
		return upper
	}
	return l
}
