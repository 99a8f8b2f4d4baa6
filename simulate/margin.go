package simulate

import (
	"fmt"
	"math"
	"sort"
)

// margin is a distribution on a grid of values: a normal one cut to the grid,
// whose parameters are solved so that after the cut, and after rounding, mean and
// SD are those asked for. Of all distributions on the grid with that mean and SD
// it is the one of greatest entropy.
type margin struct {
	values []float64
	cdf    []float64
}

// newMargin solves the distribution on the values given (ascending). It fails
// when no distribution on them has the mean and SD.
func newMargin(values []float64, mean, sd float64) (margin, error) {
	n := len(values)
	if n == 0 {
		return margin{}, fmt.Errorf("there is no allowed value")
	}
	if n == 1 || sd <= 0 {
		i := sort.SearchFloat64s(values, mean)
		i = min(i, n-1)
		return margin{values: values[i : i+1], cdf: []float64{1}}, nil
	}
	low, high := values[0], values[n-1]
	if mean <= low || mean >= high || sd*sd >= (mean-low)*(high-mean) {
		return margin{}, fmt.Errorf("no distribution from %g to %g has mean %g and SD %g", low, high, mean, sd)
	}
	p := make([]float64, n)
	a, b := 0.0, -0.5 // exponent a*s + b*s*s in units of the target's SD
	weigh := func(a, b float64) (f, m1, m2, m3, m4 float64) {
		top := math.Inf(-1)
		for i, x := range values {
			s := (x - mean) / sd
			p[i] = a*s + b*s*s
			top = math.Max(top, p[i])
		}
		sum := 0.0
		for i := range p {
			p[i] = math.Exp(p[i] - top)
			sum += p[i]
		}
		for i, x := range values {
			p[i] /= sum
			s := (x - mean) / sd
			m1 += p[i] * s
			m2 += p[i] * s * s
			m3 += p[i] * s * s * s
			m4 += p[i] * s * s * s * s
		}
		return math.Log(sum) + top - b, m1, m2, m3, m4 // the convex function whose minimum is the solution
	}
	for range 100 {
		f, m1, m2, m3, m4 := weigh(a, b)
		g1, g2 := m1, m2-1
		if math.Abs(g1)+math.Abs(g2) < 1e-10 {
			break
		}
		h11, h12, h22 := m2-m1*m1, m3-m1*m2, m4-m2*m2
		det := h11*h22 - h12*h12
		if det <= 1e-300 {
			break
		}
		da, db := -(h22*g1-h12*g2)/det, -(h11*g2-h12*g1)/det
		slope := g1*da + g2*db
		step := 1.0
		for step > 1e-12 {
			if next, _, _, _, _ := weigh(a+step*da, b+step*db); next <= f+1e-4*step*slope {
				break
			}
			step /= 2
		}
		a, b = a+step*da, b+step*db
	}
	_, m1, m2, _, _ := weigh(a, b)
	if math.Abs(m1) > 1e-3 || math.Abs(m2-1) > 1e-3 {
		return margin{}, fmt.Errorf("mean %g and SD %g from %g to %g cannot be reached", mean, sd, low, high)
	}
	m := margin{values: values, cdf: make([]float64, n)}
	sum := 0.0
	for i := range p {
		sum += p[i]
		m.cdf[i] = sum
	}
	m.cdf[n-1] = 1
	return m, nil
}

// at answers the value of a standard normal score.
func (m margin) at(z float64) float64 {
	i := sort.SearchFloat64s(m.cdf, normalCDF(z))
	return m.values[min(i, len(m.values)-1)]
}

// grid answers the values from low to high with so many decimals.
func grid(low, high float64, decimals int) []float64 {
	step := math.Pow10(-decimals)
	n := int(math.Round((high-low)/step)) + 1
	if n > 20_000 { // finer than anyone would see
		return grid(low, high, decimals-1)
	}
	out := make([]float64, max(n, 1))
	for i := range out {
		out[i] = round(low+float64(i)*step, decimals)
	}
	return out
}
