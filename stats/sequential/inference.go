package sequential

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
	"varde/stats/root"
)

func (p *Plan) checkLook(look int, z float64) error {
	if look < 1 || look > len(p.Information) {
		return fmt.Errorf("sequential: no look %d of %d", look, len(p.Information))
	}
	if math.IsNaN(z) || math.IsInf(z, 0) {
		return errors.New("sequential: the statistic is not a number")
	}
	return nil
}

// asExtreme is the probability at a drift of a result at least as much in favour as
// stopping at look with z, in the stage-wise ordering (Tsiatis, Rosner and Mehta
// 1984, Biometrics 40:797). Futility bounds that do not bind are disregarded.
func (p *Plan) asExtreme(look int, z, drift float64) float64 {
	f, s := origin(), 0.0
	for k := range look - 1 {
		t := p.Information[k]
		s += f.above(p.Upper[k], t, drift)
		f = f.next(p.floor(k), p.Upper[k], t, drift, p.Information[k+1])
	}
	return s + f.above(z, p.Information[look-1], drift)
}

// Inference is what a trial that stopped says, in units of the effect.
type Inference struct {
	P                   float64 // stage-wise p value: one-sided, or twice the smaller side for a two-sided plan
	MedianUnbiased      float64
	Lower, Upper, Level float64 // stage-wise interval, two-sided
	Naive               float64 // z / sqrt(information), biased by the stopping rule
	Notes               []string
}

// Stopped answers the inference after stopping at look (counted from 1) with the
// statistic z; largest is the information at share 1, one over the squared
// standard error of the effect there. level 0 is 0.95.
func (p *Plan) Stopped(look int, z, largest, level float64) (Inference, error) {
	if level == 0 {
		level = 0.95
	}
	if err := p.checkLook(look, z); err != nil {
		return Inference{}, err
	}
	if !(level > 0 && level < 1) || !(largest > 0) || math.IsInf(largest, 1) {
		return Inference{}, fmt.Errorf("sequential: a level of %v and a largest information of %v; the first lies between 0 and 1, the second is above zero", level, largest)
	}
	i := Inference{Level: level, P: p.asExtreme(look, z, 0)}
	if p.Sides == 2 {
		i.P = 2 * min(i.P, 1-i.P)
	}
	unit := math.Sqrt(largest)
	t := p.Information[look-1]
	i.Naive = z / math.Sqrt(t) / unit
	middle, wide := z/math.Sqrt(t), 12/math.Sqrt(p.Information[0])+math.Abs(z)/math.Sqrt(t)
	for _, want := range []struct {
		tail float64
		into *float64
	}{{0.5, &i.MedianUnbiased}, {(1 - level) / 2, &i.Lower}, {(1 + level) / 2, &i.Upper}} {
		d, err := root.Find(func(drift float64) float64 { return p.asExtreme(look, z, drift) - want.tail }, middle-wide, middle+wide, 1e-10)
		if err != nil {
			return Inference{}, fmt.Errorf("sequential: the effect with a tail of %v was not found: %w", want.tail, err)
		}
		*want.into = d / unit
	}
	if look < len(p.Information) && !(z >= p.Upper[look-1]) && !(p.Sides == 2 && z <= -p.Upper[look-1]) && !(z <= p.Lower[look-1]) {
		i.Notes = append(i.Notes, "no bound is crossed at this look: the plan has the trial go on, and the stage-wise results hold only if it stops")
	}
	return i, nil
}

// Repeated is the repeated confidence interval of the effect at a look: it holds
// at its level at all looks together, whether or not the trial stops (Jennison
// and Turnbull 1989, JRSS B 51:305). Its level is two-sided at 1 - Alpha for a
// two-sided plan, at 1 - 2 Alpha for a one-sided one.
func (p *Plan) Repeated(look int, z, largest float64) (lower, upper float64, err error) {
	if err := p.checkLook(look, z); err != nil {
		return 0, 0, err
	}
	if !(largest > 0) || math.IsInf(largest, 1) {
		return 0, 0, fmt.Errorf("sequential: a largest information of %v; it is above zero", largest)
	}
	s := math.Sqrt(p.Information[look-1] * largest)
	return (z - p.Upper[look-1]) / s, (z + p.Upper[look-1]) / s, nil
}

// Fixed answers the drift of the fixed design with a level of one side and a
// type II error: the sum of the two normal quantiles.
func Fixed(tail, beta float64) float64 {
	return distribution.NormalUpperQuantile(tail) + distribution.NormalUpperQuantile(beta)
}
