package logistic

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
)

// Measure is a number with a Wald interval.
type Measure struct{ Estimate, SE, Lower, Upper float64 }

// Standardised compares two arms by the risks that the model predicts when
// everybody is in the one, and when everybody is in the other.
type Standardised struct {
	Treated, Control Measure // average risks
	Difference       Measure // treated - control
	LogRatio         Measure // log of treated over control
	Level            float64
	Notes            []string
}

// Standardise averages the predicted risks over two designs of the same rows
// (row-major, P columns): one with everybody treated, one with nobody
// (g-computation). Standard errors are by the delta method for fixed covariates
// (Ge et al. 2011, Drug Inf J 45:481). level 0 is 0.95.
func (f *Fit) Standardise(treated, control []float64, level float64) (Standardised, error) {
	if level == 0 {
		level = 0.95
	}
	switch {
	case !(level > 0 && level < 1):
		return Standardised{}, fmt.Errorf("logistic: a confidence level of %v; it lies between 0 and 1", level)
	case len(treated) == 0 || len(treated)%f.P != 0 || len(control) != len(treated):
		return Standardised{}, fmt.Errorf("logistic: the two designs have %d and %d values; both need the same whole rows of %d columns", len(treated), len(control), f.P)
	}
	r1, g1, err := f.average(treated)
	if err != nil {
		return Standardised{}, err
	}
	r0, g0, err := f.average(control)
	if err != nil {
		return Standardised{}, err
	}
	z := distribution.NormalUpperQuantile((1 - level) / 2)
	measure := func(v float64, gradient []float64) Measure {
		se := math.Sqrt(max(0, f.quadratic(gradient)))
		return Measure{Estimate: v, SE: se, Lower: v - z*se, Upper: v + z*se}
	}
	combine := func(a, b float64) []float64 {
		g := make([]float64, f.P)
		for j := range g {
			g[j] = a*g1[j] - b*g0[j]
		}
		return g
	}
	return Standardised{
		Treated: measure(r1, g1), Control: measure(r0, g0), Level: level,
		Difference: measure(r1-r0, combine(1, 1)),
		LogRatio:   measure(math.Log(r1/r0), combine(1/r1, 1/r0)),
		Notes:      []string{"standard errors take the covariates as fixed"},
	}, nil
}

func (f *Fit) quadratic(g []float64) float64 {
	s := 0.0
	for a := range g {
		for b := range g {
			s += g[a] * f.VCov[a*f.P+b] * g[b]
		}
	}
	return s
}

// average answers the mean risk over a design and its gradient.
func (f *Fit) average(x []float64) (float64, []float64, error) {
	n := len(x) / f.P
	risk, gradient := 0.0, make([]float64, f.P)
	for i := range n {
		row := x[i*f.P : (i+1)*f.P]
		if !f.squares.Estimable(row) {
			return 0, nil, fmt.Errorf("logistic: the data do not determine the risk of row %d of the design", i+1)
		}
		eta := 0.0
		for j, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return 0, nil, errors.New("logistic: the design to average over has a value that is not a number")
			}
			eta += v * f.Beta[j]
		}
		p := 1 / (1 + math.Exp(-eta))
		risk += p / float64(n)
		for j, v := range row {
			gradient[j] += p * (1 - p) * v / float64(n)
		}
	}
	return risk, gradient, nil
}
