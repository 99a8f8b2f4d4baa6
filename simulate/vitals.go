package simulate

import (
	"math"

	"varde/instrument"
	"varde/protocol"
)

// body is a person's vital signs on a session day, one entry a vital sign of the
// model.
type body struct {
	rest []float64
	rise []float64
}

// newBody draws the day: the person's own level, and how much an arm's dose lifts it.
func (p *person) newBody() *body {
	list := p.w.model.sim.Vitals
	b := &body{make([]float64, len(list)), make([]float64, len(list))}
	for i := range list {
		v := &list[i]
		name := "vital." + v.Item
		z, ok := p.scores[name]
		if !ok {
			z = p.rng.bounded(2.3)
			p.scores[name] = z
		}
		b.rest[i] = v.Mean + v.SD*(.9*z+.44*p.rng.NormFloat64())
		b.rise[i] = math.Max(p.w.model.rate(v.Rise, p.arm)+v.RiseSD*p.rng.bounded(2.3), -.3*v.RiseSD)
		if p.w.model.control[p.arm] {
			b.rise[i] = p.w.model.rate(v.Rise, p.arm) + .15*v.RiseSD*p.rng.NormFloat64()
		}
	}
	return b
}

// curve answers the share of the rise that is there so many minutes after the
// dose: a straight line to the peak, then halving. A second dose, of half the
// first, holds the rise up without lifting it above its peak.
func curve(v *protocol.SimVital, sinceDose, sinceSecond float64) float64 {
	single := func(minutes float64) float64 {
		peak, half := v.Peak.Std().Minutes(), v.HalfLife.Std().Minutes()
		switch {
		case minutes <= 0:
			return 0
		case minutes < peak:
			return minutes / peak
		case half <= 0:
			return 0
		}
		return math.Exp2(-(minutes - peak) / half)
	}
	return math.Min(1, single(sinceDose)+.35*single(sinceSecond))
}

// drawVital measures: level, rise by now, and the measurement's own noise.
func drawVital(i int) generator {
	return func(a *asking, item *instrument.Item) instrument.Value {
		p := a.p
		if p.body == nil {
			p.body = p.newBody()
		}
		v := &p.w.model.sim.Vitals[i]
		since, second := 0.0, 0.0
		if x := p.state.Sessions[a.visit]; x != nil && !x.DoseAt.IsZero() {
			since = a.at.Sub(x.DoseAt).Minutes()
			if !x.SupplementAt.IsZero() {
				second = a.at.Sub(x.SupplementAt).Minutes()
			}
		}
		x := p.body.rest[i] + p.body.rise[i]*curve(v, since, second) + v.Noise*p.rng.NormFloat64()
		if item.Min != nil {
			x = math.Max(x, *item.Min)
		}
		if item.Max != nil {
			x = math.Min(x, *item.Max)
		}
		return number(round(x, v.Decimals))
	}
}
