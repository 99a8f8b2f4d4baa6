package power

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
)

// Groups compares the means of several groups of equal size by the F test of a
// one-way analysis of variance.
type Groups struct {
	Means []float64 // expected, at least two and not all equal
	SD    float64   // within a group
	Alpha float64   // 0 is 0.05
}

func (g Groups) fill() (Groups, float64, error) {
	if g.Alpha == 0 {
		g.Alpha = 0.05
	}
	if !(g.Alpha > 0 && g.Alpha < 1) {
		return g, 0, fmt.Errorf("power: a level of %v; it lies between 0 and 1", g.Alpha)
	}
	if len(g.Means) < 2 {
		return g, 0, fmt.Errorf("power: %d group; two are the least to compare", len(g.Means))
	}
	if err := positive("the standard deviation", g.SD); err != nil {
		return g, 0, err
	}
	mean, spread := 0.0, 0.0
	for _, m := range g.Means {
		mean += m / float64(len(g.Means))
	}
	for _, m := range g.Means {
		spread += (m - mean) * (m - mean) / (g.SD * g.SD)
	}
	if !(spread > 0) || math.IsInf(spread, 1) {
		return g, 0, errors.New("power: equal means, or means that are no numbers, cannot be planned for")
	}
	return g, spread, nil
}

func (g Groups) power(spread, n float64) float64 {
	d1 := float64(len(g.Means) - 1)
	d2 := float64(len(g.Means)) * (n - 1)
	critical := distribution.FQuantile(1-g.Alpha, d1, d2)
	return distribution.NoncentralF{D1: d1, D2: d2, Lambda: n * spread}.Upper(critical)
}

// Power is exact for normal data: noncentral F with k-1 and k(n-1) degrees of
// freedom at n people in each group.
func (g Groups) Power(n int) (float64, error) {
	g, spread, err := g.fill()
	if err != nil {
		return 0, err
	}
	if n < 2 {
		return 0, fmt.Errorf("power: %d people in a group; two are the least", n)
	}
	return g.power(spread, float64(n)), nil
}

// Size answers the people in each group for a power: ExactFirst and First.
func (g Groups) Size(target float64) (Size, error) {
	g, spread, err := g.fill()
	if err != nil {
		return Size{}, err
	}
	if err := checkTarget(target, Level{Alpha: g.Alpha}); err != nil {
		return Size{}, err
	}
	n, err := search(func(n float64) float64 { return g.power(spread, n) }, 2, target)
	if err != nil {
		return Size{}, err
	}
	s := Size{ExactFirst: n, First: up(n), Notes: []string{fmt.Sprintf("people in each of %d groups", len(g.Means))}}
	s.Power, err = g.Power(s.First)
	return s, err
}

// OneProportion tests a proportion against a fixed value by the exact binomial
// test with equal tails.
type OneProportion struct {
	Null, Alternative float64
	Level             Level
}

func (o OneProportion) fill() (OneProportion, error) {
	var err error
	if o.Level, err = o.Level.fill(); err != nil {
		return o, err
	}
	if !(o.Null > 0 && o.Null < 1) || !(o.Alternative > 0 && o.Alternative < 1) || o.Null == o.Alternative {
		return o, fmt.Errorf("power: proportions of %v and %v; both lie between 0 and 1 and differ", o.Null, o.Alternative)
	}
	return o, nil
}

// Power is exact: the probability under the alternative of the counts whose tail
// under the null is at most the level of a side.
func (o OneProportion) Power(n int) (float64, error) {
	o, err := o.fill()
	if err != nil {
		return 0, err
	}
	if n < 1 || n > 1_000_000 {
		return 0, fmt.Errorf("power: %d people; 1 to a million can be counted", n)
	}
	null, alternative := binomial(n, o.Null), binomial(n, o.Alternative)
	upper, lower := 0.0, 0.0 // probabilities of rejection on each side
	for k, tail := n, 0.0; k >= 0; k-- {
		if tail += null[k]; tail > o.Level.tail() {
			break
		}
		upper += alternative[k]
	}
	for k, tail := 0, 0.0; k <= n; k++ {
		if tail += null[k]; tail > o.Level.tail() {
			break
		}
		lower += alternative[k]
	}
	switch {
	case o.Level.bothTails():
		return upper + lower, nil
	case o.Alternative > o.Null:
		return upper, nil
	}
	return lower, nil
}

// Size is the smallest number from which the power, which saws, stays at the
// target for the next ten.
func (o OneProportion) Size(target float64) (Size, error) {
	o, err := o.fill()
	if err != nil {
		return Size{}, err
	}
	if err := checkTarget(target, o.Level); err != nil {
		return Size{}, err
	}
	z := distribution.NormalUpperQuantile(o.Level.tail())*math.Sqrt(o.Null*(1-o.Null)) + distribution.NormalQuantile(target)*math.Sqrt(o.Alternative*(1-o.Alternative))
	d := o.Alternative - o.Null
	first, held, at := 0, 0, 0.0
	about := z * z / (d * d)
	if about > 20000 {
		return Size{}, fmt.Errorf("power: about %.0f people are too many to search exactly; plan a larger difference, or take the normal approximation of that number", about)
	}
	for n := max(1, int(about*0.7)); held < 10; n++ {
		v, err := o.Power(n)
		if err != nil {
			return Size{}, err
		}
		if v < target {
			held = 0
			continue
		}
		if held++; held == 1 {
			first, at = n, v
		}
	}
	return Size{ExactFirst: float64(first), First: first, Power: at,
		Notes: []string{"exact by counting; the power saws, and stays at the target for the next ten sizes"}}, nil
}
