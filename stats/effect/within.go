package effect

import (
	"errors"
	"fmt"
	"math"
)

// Paired describes one group measured twice: N pairs, the means and standard
// deviations before and after, and the standard deviation of the changes.
type Paired struct {
	N                     int
	MeanBefore, MeanAfter float64
	SDBefore, SDAfter     float64
	SDChange              float64
}

// DescribePaired makes a Paired of observations in the same order.
func DescribePaired(before, after []float64) (Paired, error) {
	if len(before) != len(after) {
		return Paired{}, fmt.Errorf("effect: %d values before and %d after are no pairs", len(before), len(after))
	}
	change := make([]float64, len(before))
	for i := range change {
		change[i] = after[i] - before[i]
	}
	b, err := Describe(before)
	if err != nil {
		return Paired{}, err
	}
	a, err := Describe(after)
	if err != nil {
		return Paired{}, err
	}
	c, err := Describe(change)
	if err != nil {
		return Paired{}, err
	}
	return Paired{N: b.N, MeanBefore: b.Mean, MeanAfter: a.Mean, SDBefore: b.SD, SDAfter: a.SD, SDChange: c.SD}, nil
}

// correlation is that of before and after that the three deviations imply.
func (p Paired) correlation() (float64, error) {
	r := (p.SDBefore*p.SDBefore + p.SDAfter*p.SDAfter - p.SDChange*p.SDChange) / (2 * p.SDBefore * p.SDAfter)
	if !(r >= -1-1e-9 && r <= 1+1e-9) {
		return 0, fmt.Errorf("effect: the standard deviations before, after and of the changes imply a correlation of %v; one of them is wrong", r)
	}
	return max(-1, min(1, r)), nil
}

func (p Paired) check() error {
	return errors.Join(
		Group{p.N, p.MeanBefore, p.SDBefore}.check("the measurement before"),
		Group{p.N, p.MeanAfter, p.SDAfter}.check("the measurement after"),
		Group{p.N, p.MeanAfter - p.MeanBefore, p.SDChange}.check("the change"))
}

// ChangeSD is the mean change over the standard deviation of the changes (d_z):
// how clear the change is within persons. It grows with the correlation of the
// two measurements and must not be compared with a difference between groups;
// the note says so. Large-sample variance 1/n + d^2/(2n); correct applies J for
// n - 1.
func ChangeSD(p Paired, correct bool, o Options) (Size, error) {
	o, err := o.fill()
	if err != nil {
		return Size{}, err
	}
	if err := p.check(); err != nil {
		return Size{}, err
	}
	if p.SDChange == 0 {
		return Size{}, errNoSpread
	}
	n := float64(p.N)
	s := Size{Measure: "d_z", Standardiser: "standard deviation of the changes", DF: n - 1,
		Notes: []string{"standardised by the changes: not comparable with a difference between groups"}}
	j := 1.0
	if correct {
		if p.N < 3 {
			return Size{}, errors.New("effect: the small-sample correction of a change needs three pairs")
		}
		j, s.Measure = Correction(n-1), "g_z"
	}
	s.Estimate = (p.MeanAfter - p.MeanBefore) / p.SDChange
	g := j * s.Estimate
	return finish(s, 1/math.Sqrt(n), 1/n+g*g/(2*n), j, o)
}

// BeforeSD is the mean change over the standard deviation before treatment
// (Becker 1988, Br J Math Stat Psychol 41:257): in the unit in which people
// differ before. Large-sample variance 2 (1-r)/n + d^2/(2n), r the correlation
// implied; it has no noncentral interval. correct applies J for n - 1.
func BeforeSD(p Paired, correct bool, o Options) (Size, error) {
	return standardisedChange(p, "d, baseline", "standard deviation before", p.SDBefore, correct, o)
}

// AverageSD is the mean change over the square root of the mean of the variances
// before and after (d_av; Cumming 2012), with the variance of BeforeSD.
func AverageSD(p Paired, correct bool, o Options) (Size, error) {
	sd := math.Sqrt((p.SDBefore*p.SDBefore + p.SDAfter*p.SDAfter) / 2)
	return standardisedChange(p, "d_av", "square root of the mean of the variances before and after", sd, correct, o)
}

func standardisedChange(p Paired, measure, standardiser string, sd float64, correct bool, o Options) (Size, error) {
	if o.Interval == "" {
		o.Interval = LargeSample
	}
	o, err := o.fill()
	if err != nil {
		return Size{}, err
	}
	if err := p.check(); err != nil {
		return Size{}, err
	}
	if o.Interval == Noncentral {
		return Size{}, fmt.Errorf("effect: %s is not noncentral t; use the large-sample interval", measure)
	}
	if sd == 0 || p.SDBefore == 0 || p.SDAfter == 0 {
		return Size{}, errNoSpread
	}
	r, err := p.correlation()
	if err != nil {
		return Size{}, err
	}
	n := float64(p.N)
	s := Size{Measure: measure, Standardiser: standardiser, DF: n - 1}
	j := 1.0
	if correct {
		if p.N < 3 {
			return Size{}, errors.New("effect: the small-sample correction of a change needs three pairs")
		}
		j = Correction(n - 1)
	}
	s.Estimate = (p.MeanAfter - p.MeanBefore) / sd
	g := j * s.Estimate
	return finish(s, 1, 2*(1-r)/n+g*g/(2*n), j, o)
}

// ChangeDifference compares the changes of two groups, over the standard
// deviation of the changes pooled (BetweenChanges) or over that before treatment
// pooled (BetweenBaseline: d_ppc2 of Morris 2008, Organ Res Methods 11:364, with
// its large-sample variance for the given correlations). They answer different
// questions; the result names which.
type ChangeDifference string

const (
	BetweenChanges  ChangeDifference = "pooled standard deviation of the changes"
	BetweenBaseline ChangeDifference = "pooled standard deviation before"
)

// Changes is the difference in mean change, a - b, standardised as named, with
// the small-sample correction J for n1 + n2 - 2.
func Changes(a, b Paired, by ChangeDifference, o Options) (Size, error) {
	if err := errors.Join(a.check(), b.check()); err != nil {
		return Size{}, err
	}
	change := func(p Paired, sd float64) Group { return Group{p.N, p.MeanAfter - p.MeanBefore, sd} }
	switch by {
	case BetweenChanges:
		s, err := Hedges(change(a, a.SDChange), change(b, b.SDChange), o)
		s.Measure, s.Standardiser = "g of changes", string(by)
		return s, err
	case BetweenBaseline:
		return morris(a, b, o)
	}
	return Size{}, fmt.Errorf("effect: no standardiser %q; use %q or %q", by, BetweenChanges, BetweenBaseline)
}

// morris is d_ppc2 (Morris 2008). Its variance takes one
// correlation: the one pooled over the groups.
func morris(a, b Paired, o Options) (Size, error) {
	if o.Interval == "" {
		o.Interval = LargeSample
	}
	o, err := o.fill()
	if err != nil {
		return Size{}, err
	}
	if o.Interval == Noncentral {
		return Size{}, errors.New("effect: d_ppc2 is not noncentral t; use the large-sample interval")
	}
	na, nb := float64(a.N), float64(b.N)
	df := na + nb - 2
	if df <= 2 {
		return Size{}, errors.New("effect: d_ppc2 needs more than four persons in the two groups")
	}
	sd := math.Sqrt(((na-1)*a.SDBefore*a.SDBefore + (nb-1)*b.SDBefore*b.SDBefore) / df)
	if sd == 0 || a.SDAfter == 0 || b.SDAfter == 0 || a.SDBefore == 0 || b.SDBefore == 0 {
		return Size{}, errNoSpread
	}
	ra, err := a.correlation()
	if err != nil {
		return Size{}, err
	}
	rb, err := b.correlation()
	if err != nil {
		return Size{}, err
	}
	r := ((na-1)*ra + (nb-1)*rb) / df
	c := 1 - 3/(4*df-1)
	s := Size{Measure: "d_ppc2", Standardiser: string(BetweenBaseline), DF: df}
	s.Estimate = (a.MeanAfter - a.MeanBefore - b.MeanAfter + b.MeanBefore) / sd
	d := c * s.Estimate
	k := (na + nb) / (na * nb)
	v := 2*c*c*(1-r)*k*(df/(df-2))*(1+d*d/(2*(1-r)*k)) - d*d
	if r == 1 {
		v = c*c*df/(df-2)*d*d - d*d
	}
	s.Notes = []string{"the correction is Morris's approximation 1 - 3/(4 df - 1)"}
	return finish(s, 1, max(0, v), c, o)
}
