package sequential

import (
	"errors"
	"math"
)

// Operating tells what a plan does at a drift.
type Operating struct {
	Drift    float64
	Reject   []float64 // probability of stopping with rejection in favour at each look
	Against  []float64 // two-sided plans: with rejection on the other side
	Futile   []float64 // of stopping for futility (the last look: of not rejecting)
	Power    float64   // of rejections in favour
	Expected float64   // expected share of the largest information
	// Ratio is the expected information over that of the fixed design with the
	// plan's level and power.
	Ratio float64
}

// At answers the operating characteristics when futility bounds are obeyed.
func (p *Plan) At(drift float64) (Operating, error) {
	if math.IsNaN(drift) || math.IsInf(drift, 0) {
		return Operating{}, errors.New("sequential: the drift is not a number")
	}
	o := p.cross(drift)
	o.Power = sum(o.Reject)
	for k, t := range p.Information {
		o.Expected += t * (o.Reject[k] + o.Against[k] + o.Futile[k])
	}
	o.Ratio = o.Expected * p.Inflation
	return o, nil
}

// cross walks through the looks with all bounds obeyed.
func (p *Plan) cross(drift float64) Operating {
	o := Operating{Drift: drift}
	f := origin()
	last := len(p.Information) - 1
	for k, t := range p.Information {
		lower := p.Lower[k]
		reject := f.above(p.Upper[k], t, drift)
		futile, against := 0.0, 0.0
		if p.Sides == 2 {
			lower = -p.Upper[k]
			against = f.below(lower, t, drift)
		} else {
			futile = f.below(lower, t, drift)
		}
		if k == last {
			futile = f.mass() - reject - against
		} else {
			f = f.next(lower, p.Upper[k], t, drift, p.Information[k+1])
		}
		o.Reject, o.Against, o.Futile = append(o.Reject, reject), append(o.Against, against), append(o.Futile, max(0, futile))
	}
	return o
}

// nullCross is the probability of a rejection at each look without effect, the
// lower bounds obeyed only where they bind.
func (p *Plan) nullCross() []float64 {
	out := make([]float64, 0, len(p.Information))
	f := origin()
	for k, t := range p.Information {
		r := f.above(p.Upper[k], t, 0)
		if p.Sides == 2 {
			r *= 2
		}
		out = append(out, r)
		if k+1 < len(p.Information) {
			f = f.next(p.floor(k), p.Upper[k], t, 0, p.Information[k+1])
		}
	}
	return out
}

func (p *Plan) spending() []float64 {
	out := p.nullCross()
	for k := 1; k < len(out); k++ {
		out[k] += out[k-1]
	}
	return out
}

// Conditional answers the power in favour that is left at look (counted from 1) with the
// statistic z, if the drift from there on is as given; later futility bounds are
// obeyed. At the drift that z itself suggests, z / sqrt(information), this is the
// conditional power under the trend.
func (p *Plan) Conditional(look int, z, drift float64) (float64, error) {
	if err := p.checkLook(look, z); err != nil {
		return 0, err
	}
	if math.IsNaN(drift) || math.IsInf(drift, 0) {
		return 0, errors.New("sequential: the drift is not a number")
	}
	if look == len(p.Information) {
		return 0, errors.New("sequential: nothing is left after the last look")
	}
	at := p.Information[look-1]
	f := from(at, z*math.Sqrt(at))
	power := 0.0
	for k := look; k < len(p.Information); k++ {
		t := p.Information[k]
		lower := p.Lower[k]
		power += f.above(p.Upper[k], t, drift)
		if p.Sides == 2 {
			lower = -p.Upper[k]
		}
		if k+1 < len(p.Information) {
			f = f.next(lower, p.Upper[k], t, drift, p.Information[k+1])
		}
	}
	return power, nil
}
