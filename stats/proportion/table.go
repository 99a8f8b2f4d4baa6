// Package proportion compares proportions: one, two, and two by strata.
//
// A Count is a number of events out of n. In a comparison the first is the one
// of interest (treated), the second what it is compared with: differences are
// first minus second, ratios first over second. Conventions for tables with
// zeros stand at each function; where a number does not exist the answer is an
// error, and where one side of an interval is unbounded it is infinite and Notes
// says why.
package proportion

import (
	"errors"
	"fmt"

	"varde/stats/distribution"
)

// Count is a number of events among N.
type Count struct{ Events, N int }

func (c Count) rate() float64   { return float64(c.Events) / float64(c.N) }
func (c Count) events() float64 { return float64(c.Events) }
func (c Count) n() float64      { return float64(c.N) }
func (c Count) none() float64   { return float64(c.N - c.Events) } // without the event

func (c Count) check(what string) error {
	switch {
	case c.N <= 0:
		return fmt.Errorf("proportion: %s has nobody in it (n = %d)", what, c.N)
	case c.Events < 0 || c.Events > c.N:
		return fmt.Errorf("proportion: %s has %d events among %d; events lie between 0 and n", what, c.Events, c.N)
	}
	return nil
}

func checkPair(a, b Count) error {
	return errors.Join(a.check("the first group"), b.check("the second group"))
}

// level answers 0.95 for zero.
func level(l float64) (float64, error) {
	if l == 0 {
		return 0.95, nil
	}
	if !(l > 0 && l < 1) {
		return 0, fmt.Errorf("proportion: a confidence level of %v; it lies between 0 and 1", l)
	}
	return l, nil
}

func zOf(level float64) float64 { return distribution.NormalUpperQuantile((1 - level) / 2) }

// Estimate is a number with its confidence interval. SE is on the scale of the
// estimate, or of its logarithm for ratios (SELog says which); it is zero where
// the method has none.
type Estimate struct {
	Method              string
	Estimate            float64
	Lower, Upper, Level float64
	SE                  float64
	SELog               bool
	Notes               []string
}

// Test is a test statistic with its two-sided p value; DF is zero for an exact
// test.
type Test struct {
	Method        string
	Statistic, DF float64
	P             float64
	Notes         []string
}
