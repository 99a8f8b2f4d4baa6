// Package multiplicity adjusts p values of several hypotheses so that the
// family-wise error rate is held: a hypothesis is rejected at level alpha when
// its adjusted p value is at most alpha.
//
// All functions take the p values in any order and answer the adjusted ones in
// that same order; the input is not changed. A p value outside [0, 1], or none
// at all, is an error.
package multiplicity

import (
	"errors"
	"fmt"
	"slices"
)

// Method names a procedure. The names are stable: they may be stored.
type Method string

const (
	None            Method = "none"
	ByBonferroni    Method = "bonferroni"
	ByHolm          Method = "holm"
	ByHochberg      Method = "hochberg"
	ByHommel        Method = "hommel"
	ByFixedSequence Method = "fixed-sequence"
)

// Methods lists every method that Adjust knows.
func Methods() []Method {
	return []Method{None, ByBonferroni, ByHolm, ByHochberg, ByHommel, ByFixedSequence}
}

// Adjust applies the method that is named.
func Adjust(m Method, p []float64) ([]float64, error) {
	switch m {
	case None:
		if err := check(p); err != nil {
			return nil, err
		}
		return slices.Clone(p), nil
	case ByBonferroni:
		return Bonferroni(p)
	case ByHolm:
		return Holm(p)
	case ByHochberg:
		return Hochberg(p)
	case ByHommel:
		return Hommel(p)
	case ByFixedSequence:
		return FixedSequence(p)
	}
	return nil, fmt.Errorf("multiplicity: no method %q; use one of %v", m, Methods())
}

func check(p []float64) error {
	if len(p) == 0 {
		return errors.New("multiplicity: no p values were given")
	}
	for i, v := range p {
		if !(v >= 0 && v <= 1) { // NaN as well
			return fmt.Errorf("multiplicity: p value %d is %v; a p value lies between 0 and 1", i+1, v)
		}
	}
	return nil
}

// Bonferroni multiplies each p value by their number (Dunn 1961, JASA 56:52).
// It holds under any dependence.
func Bonferroni(p []float64) ([]float64, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	out := make([]float64, len(p))
	for i, v := range p {
		out[i] = min(1, v*float64(len(p)))
	}
	return out, nil
}

// ascending answers the positions of p from the smallest value to the largest.
func ascending(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	return order
}

// Holm steps down from the smallest p value (Holm 1979, Scand J Stat 6:65).
// It holds under any dependence.
func Holm(p []float64) ([]float64, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	out, worst := make([]float64, len(p)), 0.0
	for rank, i := range ascending(p) {
		worst = max(worst, min(1, p[i]*float64(len(p)-rank)))
		out[i] = worst
	}
	return out, nil
}

// Hochberg steps up from the largest p value (Hochberg 1988, Biometrika
// 75:800). It holds for independent and for positively dependent tests.
func Hochberg(p []float64) ([]float64, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	out, best := make([]float64, len(p)), 1.0
	order := ascending(p)
	for rank := len(p) - 1; rank >= 0; rank-- {
		i := order[rank]
		best = min(best, p[i]*float64(len(p)-rank))
		out[i] = best
	}
	return out, nil
}

// Hommel closes Simes' test (Hommel 1988, Biometrika 75:383; the algorithm of
// Wright 1992, Biometrics 48:1005). It holds where Hochberg's does and never
// adjusts more.
func Hommel(p []float64) ([]float64, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	n := len(p)
	order := ascending(p)
	sorted := make([]float64, n)
	for rank, i := range order {
		sorted[rank] = p[i]
	}
	adjusted := slices.Clone(sorted)
	if n > 1 {
		wright(sorted, adjusted)
	}
	out := make([]float64, n)
	for rank, i := range order {
		out[i] = min(1, max(adjusted[rank], sorted[rank]))
	}
	return out, nil
}

// wright raises the adjusted values over all intersections of m hypotheses, for
// p ascending.
func wright(p, adjusted []float64) {
	n := len(p)
	simes := 1.0
	for i, v := range p {
		simes = min(simes, float64(n)*v/float64(i+1))
	}
	for i := range adjusted {
		adjusted[i] = simes
	}
	for m := n - 1; m > 1; m-- {
		c := 1.0
		for k := 2; k <= m; k++ {
			c = min(c, float64(m)*p[n-m+k-1]/float64(k))
		}
		for i := range n {
			v := c
			if i < n-m+1 {
				v = min(c, float64(m)*p[i])
			}
			adjusted[i] = max(adjusted[i], v)
		}
	}
}

// FixedSequence tests in the order given, each at the full level, until one is
// not rejected (Maurer, Hothorn and Lehmacher 1995): the adjusted p value is the
// largest so far.
func FixedSequence(p []float64) ([]float64, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	out, worst := make([]float64, len(p)), 0.0
	for i, v := range p {
		worst = max(worst, v)
		out[i] = worst
	}
	return out, nil
}
