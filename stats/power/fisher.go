package power

import (
	"errors"
	"fmt"
	"math"
)

// largestExact bounds the tables that are counted.
const largestExact = 1000

// exact sums the binomial probabilities of all tables that Fisher's test
// rejects: two-sided by the sum of the tables that are not more probable, or
// one-sided towards the planned difference.
func (p Proportions) exact(n1, n2 int) (float64, error) {
	if n1+n2 > largestExact {
		return 0, fmt.Errorf("power: %d people are too many to count the tables of Fisher's exact test (at most %d); use the continuity corrected size", n1+n2, largestExact)
	}
	x, y := binomial(n1, p.First), binomial(n2, p.Second)
	choose1, choose2 := logChooses(n1), logChooses(n2)
	total := 0.0
	for m := 0; m <= n1+n2; m++ {
		total += p.rejected(m, n1, n2, x, y, choose1, choose2)
	}
	return min(1, total), nil
}

// rejected is the probability of the rejected tables with m events in all.
func (p Proportions) rejected(m, n1, n2 int, x, y, choose1, choose2 []float64) float64 {
	lo, hi := max(0, m-n2), min(m, n1)
	table := make([]float64, hi-lo+1)
	top, sum := math.Inf(-1), 0.0
	for k := lo; k <= hi; k++ {
		top = max(top, choose1[k]+choose2[m-k])
	}
	for k := lo; k <= hi; k++ {
		table[k-lo] = math.Exp(choose1[k] + choose2[m-k] - top)
		sum += table[k-lo]
	}
	total := 0.0
	for k := lo; k <= hi; k++ {
		towards := (p.First > p.Second) == (float64(k)*float64(n2) > float64(m-k)*float64(n1))
		if (p.Level.Sides == 1 || p.Level.OwnTail) && !towards {
			continue
		}
		if p.pValue(table, k-lo)/sum <= p.Level.Alpha*(1+1e-12) {
			total += x[k] * y[m-k]
		}
	}
	return total
}

func (p Proportions) pValue(table []float64, at int) float64 {
	s := 0.0
	for i, v := range table {
		switch {
		case p.Level.Sides == 2 && v <= table[at]*(1+1e-7),
			p.Level.Sides == 1 && p.First > p.Second && i >= at,
			p.Level.Sides == 1 && p.First < p.Second && i <= at:
			s += v
		}
	}
	return s
}

func logChooses(n int) []float64 {
	out := make([]float64, n+1)
	g, _ := math.Lgamma(float64(n) + 1)
	for k := range out {
		a, _ := math.Lgamma(float64(k) + 1)
		b, _ := math.Lgamma(float64(n-k) + 1)
		out[k] = g - a - b
	}
	return out
}

func binomial(n int, p float64) []float64 {
	out := logChooses(n)
	for k := range out {
		out[k] = math.Exp(out[k] + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return out
}

func (p Proportions) exactSize(target float64) (Size, error) {
	near := p
	near.Test = Unpooled
	start, err := near.Size(target)
	if err != nil {
		return Size{}, err
	}
	first, held, at := 0, 0, 0.0
	for n2 := max(1, start.Second*3/4); ; n2++ {
		n1 := up(p.Ratio * float64(n2))
		v, err := p.exact(n1, n2)
		if err != nil {
			return Size{}, errors.Join(errors.New("power: the size for Fisher's exact test was not reached"), err)
		}
		if v < target {
			held = 0
			continue
		}
		if held++; held == 1 {
			first, at = n2, v
		}
		if held == 10 {
			break
		}
	}
	n1 := up(p.Ratio * float64(first))
	return Size{ExactFirst: float64(n1), ExactSecond: float64(first), First: n1, Second: first, Power: at,
		Notes: []string{"exact by counting; the power saws, and stays at the target for the next ten sizes"}}, nil
}
