// Package logistic is logistic regression by maximum likelihood or by Firth's
// penalised likelihood, with Wald, profile likelihood and sandwich inference and
// with standardised risks.
//
// Designs are row-major, n rows of p columns; responses are 0 or 1. Columns that
// depend on earlier ones are aliased, as in leastsquares. Where the outcome is
// separated the maximum likelihood estimate does not exist: New answers a
// *SeparationError, never a large number.
package logistic

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
	"varde/stats/leastsquares"
)

// Input is a design. Names of the P columns are used in messages and may be nil.
type Input struct {
	X     []float64
	P     int
	Y     []float64
	Names []string
}

// Options of a fit. The zero value is maximum likelihood.
type Options struct {
	// Firth maximises the likelihood times the square root of the determinant
	// of the information (Firth 1993, Biometrika 80:27; Heinze and Schemper
	// 2002, Stat Med 21:2409). It has an answer where maximum likelihood has
	// none, and less bias in small samples.
	Firth bool
}

// Fit is a fitted model. Values of aliased columns are zero.
type Fit struct {
	Names         []string
	N, P, Rank    int
	Events        int
	Firth         bool
	Aliased       []bool
	Beta          []float64 // log odds ratios
	SE, Z, PValue []float64 // Wald, two-sided
	VCov          []float64 // P x P: inverse of the information at Beta
	LogLik        float64   // without the penalty
	Penalised     float64   // with the penalty; LogLik for maximum likelihood
	Deviance      float64   // -2 LogLik
	NullDeviance  float64   // of the constant probability
	AIC           float64   // maximum likelihood only, else zero
	Fitted        []float64 // probabilities
	Leverage      []float64
	Iterations    int
	Notes         []string

	m    *model
	best []float64 // coefficients of the kept columns on the scale of m
	x    []float64
	y    []float64

	squares *leastsquares.Fit // of the design: which contrasts are estimable
}

// New fits the model.
func New(in Input, o Options) (*Fit, error) {
	f, err := prepare(in)
	if err != nil {
		return nil, err
	}
	f.Firth, f.m.firth = o.Firth, o.Firth
	free := make([]bool, f.m.k)
	for j := range free {
		free[j] = true
	}
	r := f.m.maximise(make([]float64, f.m.k), free)
	if !o.Firth && (!r.converged || r.largestEta > 6) {
		if s := f.separation(); s != nil {
			return nil, s
		}
	}
	if !r.converged {
		return nil, errors.New("logistic: the likelihood did not reach its maximum in 200 steps; look for columns that nearly depend on each other")
	}
	f.best, f.Iterations = r.beta, r.iterations
	f.describe(r)
	return f, nil
}

func prepare(in Input) (*Fit, error) {
	if in.P < 1 || len(in.X)%max(in.P, 1) != 0 {
		return nil, fmt.Errorf("logistic: a design of %d values has no whole rows of %d columns", len(in.X), in.P)
	}
	if in.Names != nil && len(in.Names) != in.P {
		return nil, fmt.Errorf("logistic: %d names for %d columns", len(in.Names), in.P)
	}
	f := &Fit{Names: in.Names, N: len(in.X) / in.P, P: in.P, x: in.X, y: in.Y}
	if f.Names == nil {
		for j := range in.P {
			f.Names = append(f.Names, fmt.Sprintf("column %d", j+1))
		}
	}
	squares, err := leastsquares.Solve(in.X, f.N, in.P, in.Y, nil)
	if err != nil {
		return nil, fmt.Errorf("logistic: %w", err)
	}
	for i, v := range in.Y {
		switch v {
		case 0:
		case 1:
			f.Events++
		default:
			return nil, fmt.Errorf("logistic: the response in row %d is %v; it is 0 or 1", i+1, v)
		}
	}
	if f.N <= squares.Rank {
		return nil, fmt.Errorf("logistic: %d observations for %d parameters; give more data or fewer covariates", f.N, squares.Rank)
	}
	f.Rank, f.Aliased, f.squares = squares.Rank, squares.Aliased, squares
	for j, a := range f.Aliased {
		if a {
			f.Notes = append(f.Notes, fmt.Sprintf("%s depends on columns before it and has no coefficient of its own", f.Names[j]))
		}
	}
	f.m = newModel(in.X, f.N, in.P, in.Y, squares)
	return f, nil
}

// describe fills the result from a maximum.
func (f *Fit) describe(r maximum) {
	f.LogLik, f.Penalised = r.logLik, r.penalised
	f.Deviance = -2 * r.logLik
	f.Fitted, f.Leverage = r.prob, r.leverage
	q := float64(f.Events) / float64(f.N)
	if f.Events > 0 && f.Events < f.N {
		f.NullDeviance = -2 * (float64(f.Events)*math.Log(q) + float64(f.N-f.Events)*math.Log1p(-q))
	}
	if !f.Firth {
		f.AIC = f.Deviance + 2*float64(f.Rank)
	}
	f.Beta, f.SE = make([]float64, f.P), make([]float64, f.P)
	f.Z, f.PValue = make([]float64, f.P), make([]float64, f.P)
	f.VCov = make([]float64, f.P*f.P)
	for a, i := range f.m.kept {
		f.Beta[i] = r.beta[a] / f.m.scale[a]
		for b, j := range f.m.kept {
			f.VCov[i*f.P+j] = r.inverse[a*f.m.k+b] / f.m.scale[a] / f.m.scale[b]
		}
		f.SE[i] = math.Sqrt(f.VCov[i*f.P+i])
		f.Z[i] = f.Beta[i] / f.SE[i]
		f.PValue[i] = 2 * distribution.NormalUpper(math.Abs(f.Z[i]))
	}
	if f.Firth {
		f.Notes = append(f.Notes, "Firth's penalised likelihood: prefer the profile intervals and penalised likelihood ratio tests to the Wald ones")
		if s := f.separation(); s != nil {
			f.Notes = append(f.Notes, "the outcome is separated; the maximum likelihood estimate does not exist, the penalised one does")
		}
	}
}
