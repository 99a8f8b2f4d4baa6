// Package power plans: the power of a test at a sample size, and the sample size
// for a power. The tests are those that analyse the trial; each function names
// the formula, and whether it is exact or an approximation.
//
// Sizes are answered twice: as the real number at which the formula holds, and
// rounded up to whole people with the power that these have.
package power

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
	"varde/stats/root"
)

// Level is the significance level of a test. The zero value is two-sided 0.05.
type Level struct {
	Alpha float64 // of all sides together; 0 is 0.05
	Sides int     // 1 or 2; 0 is 2
	// OwnTail counts only rejections in the direction of the effect. Otherwise
	// a two-sided test counts both, as its power is defined (R's strict).
	OwnTail bool
}

func (l Level) fill() (Level, error) {
	if l.Alpha == 0 {
		l.Alpha = 0.05
	}
	if l.Sides == 0 {
		l.Sides = 2
	}
	if !(l.Alpha > 0 && l.Alpha < 1) {
		return l, fmt.Errorf("power: a level of %v; it lies between 0 and 1", l.Alpha)
	}
	if l.Sides != 1 && l.Sides != 2 {
		return l, fmt.Errorf("power: a test has 1 or 2 sides, not %d", l.Sides)
	}
	return l, nil
}

// tail is the level of one side.
func (l Level) tail() float64 { return l.Alpha / float64(l.Sides) }

func (l Level) bothTails() bool { return l.Sides == 2 && !l.OwnTail }

// normal is the power of a z test at the shift (effect over standard error).
func (l Level) normal(shift float64) float64 {
	z := distribution.NormalUpperQuantile(l.tail())
	p := distribution.NormalUpper(z - shift)
	if l.bothTails() {
		p += distribution.NormalCDF(-z - shift)
	}
	return p
}

// student is the power of a t test.
func (l Level) student(shift, df float64) float64 {
	t := distribution.TUpperQuantile(l.tail(), df)
	d := distribution.NoncentralT{Nu: df, Delta: shift}
	p := d.Upper(t)
	if l.bothTails() {
		p += d.CDF(-t)
	}
	return p
}

// Size is a sample size. First and Second are equal to each other where the
// allocation is, and Second is zero for one sample.
type Size struct {
	ExactFirst, ExactSecond float64
	First, Second           int
	Power                   float64 // of the whole numbers
	Notes                   []string
}

// Total is the number of people in all.
func (s Size) Total() int { return s.First + s.Second }

func checkTarget(power float64, l Level) error {
	if !(power > l.Alpha && power < 1) {
		return fmt.Errorf("power: a target of %v; it lies between the level %v and 1", power, l.Alpha)
	}
	return nil
}

func positive(what string, v float64) error {
	if !(v > 0) || math.IsInf(v, 1) {
		return fmt.Errorf("power: %s is %v; it is above zero", what, v)
	}
	return nil
}

// search answers the smallest real n >= least with power(n) = target, for a
// power that rises with n.
func search(power func(n float64) float64, least, target float64) (float64, error) {
	if power(least) >= target {
		return least, nil
	}
	n, err := root.Above(func(n float64) float64 { return power(n) - target }, least, max(1, least), 1e9, 1e-10)
	if errors.Is(err, root.ErrNoBracket) {
		return 0, fmt.Errorf("power: more than a thousand million people would be needed for a power of %v; is the effect given in the unit of its standard deviation?", target)
	}
	return n, err
}

// up rounds up to whole people, forgiving the rounding errors of the search.
func up(n float64) int { return int(math.Ceil(n - 1e-7*max(1, n))) }
