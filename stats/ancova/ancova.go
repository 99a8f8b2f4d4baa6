// Package ancova is analysis of covariance: ordinary or weighted least squares
// with t and F tests, least-squares means as linear contrasts, and covariance
// estimates that hold under unequal variances.
//
// Designs are row-major, n rows of p columns; a contrast is a row L of p
// numbers, its estimate L times beta. Rows with missing values are left out by
// the caller. Columns that depend on earlier ones are aliased (see
// leastsquares): they get no coefficient, and a contrast whose value would
// depend on the choice is refused.
package ancova

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/stats/distribution"
	"varde/stats/leastsquares"
)

// Input is a design. W (weights proportional to the inverse variance) may be
// nil: all one. Names of the P columns are used in messages and may be nil.
type Input struct {
	X     []float64
	P     int
	Y, W  []float64
	Names []string
}

// Fit is a fitted model. Values of aliased columns are zero.
type Fit struct {
	Names         []string
	N, P, Rank    int
	Aliased       []bool
	Beta          []float64
	SE, T, PValue []float64 // classical, two-sided
	VCov          []float64 // P x P, classical
	DF            float64   // n - rank
	Sigma         float64   // residual standard deviation
	RSS           float64
	R2, AdjR2     float64
	F             FTest // of all columns but the constant one
	Fitted        []float64
	Residuals     []float64
	Leverage      []float64
	Notes         []string

	x, w    []float64
	squares *leastsquares.Fit
}

// New fits the model.
func New(in Input) (*Fit, error) {
	if in.P < 1 || len(in.X)%max(in.P, 1) != 0 {
		return nil, fmt.Errorf("ancova: a design of %d values has no whole rows of %d columns", len(in.X), in.P)
	}
	if in.Names != nil && len(in.Names) != in.P {
		return nil, fmt.Errorf("ancova: %d names for %d columns", len(in.Names), in.P)
	}
	n := len(in.X) / in.P
	s, err := leastsquares.Solve(in.X, n, in.P, in.Y, in.W)
	if err != nil {
		return nil, fmt.Errorf("ancova: %w", err)
	}
	if n <= s.Rank {
		return nil, fmt.Errorf("ancova: %d observations for %d parameters leave nothing to estimate the variance from; give more data or fewer covariates", n, s.Rank)
	}
	f := &Fit{
		Names: names(in), N: n, P: in.P, Rank: s.Rank, Aliased: s.Aliased, Beta: s.Beta, RSS: s.RSS,
		DF: float64(n - s.Rank), Fitted: s.Fitted, Residuals: s.Residuals, Leverage: s.Leverage,
		x: in.X, w: in.W, squares: s,
	}
	total, centred := f.total(in.Y)
	if total < 1e-290 {
		if slices.Max(in.Y) != slices.Min(in.Y) {
			return nil, errors.New("ancova: the squares of the responses are too small to be computed; give them in another unit")
		}
		return nil, errors.New("ancova: all responses are equal, so there is no variance to test against")
	}
	// Squares of rounding errors are about 1e-32 of the squares of the values.
	if s.RSS <= 1e-28*(total+meanSquare(in.Y, in.W)) {
		return nil, errors.New("ancova: the columns reproduce every response without residual variance; no standard error exists")
	}
	f.Sigma = math.Sqrt(s.RSS / f.DF)
	f.describe(total, centred)
	for _, j := range s.Kept {
		if !(f.VCov[j*f.P+j] > 1e-290) || math.IsInf(f.VCov[j*f.P+j], 1) {
			return nil, fmt.Errorf("ancova: the variance of %s is too small or too large to be computed; give the values in another unit", f.Names[j])
		}
	}
	return f, nil
}

func names(in Input) []string {
	if in.Names != nil {
		return in.Names
	}
	out := make([]string, in.P)
	for j := range out {
		out[j] = fmt.Sprintf("column %d", j+1)
	}
	return out
}

func meanSquare(y, w []float64) float64 {
	s := 0.0
	for i, v := range y {
		if w != nil {
			s += w[i] * v * v
		} else {
			s += v * v
		}
	}
	return s
}

// total is the sum of squares around the mean if the design has a constant
// column, around zero otherwise; it answers which column that is, or -1.
func (f *Fit) total(y []float64) (float64, int) {
	constant := -1
	for _, j := range f.squares.Kept {
		same := true
		for i := 1; i < f.N && same; i++ {
			same = f.x[i*f.P+j] == f.x[j]
		}
		if same {
			constant = j
			break
		}
	}
	mean := 0.0
	if constant >= 0 {
		sw := 0.0
		for i, v := range y {
			w := f.weight(i)
			mean += w * (v - y[0])
			sw += w
		}
		mean = y[0] + mean/sw
	}
	s := 0.0
	for i, v := range y {
		d := v - mean
		s += f.weight(i) * d * d
	}
	return s, constant
}

func (f *Fit) weight(i int) float64 {
	if f.w == nil {
		return 1
	}
	return f.w[i]
}

func (f *Fit) describe(total float64, constant int) {
	f.VCov = make([]float64, f.P*f.P)
	for i, v := range f.squares.Inverse {
		f.VCov[i] = v * f.Sigma * f.Sigma
	}
	f.SE, f.T, f.PValue = make([]float64, f.P), make([]float64, f.P), make([]float64, f.P)
	for _, j := range f.squares.Kept {
		f.SE[j] = math.Sqrt(f.VCov[j*f.P+j])
		f.T[j] = f.Beta[j] / f.SE[j]
		f.PValue[j] = distribution.TTwoSided(f.T[j], f.DF)
	}
	model := float64(f.Rank)
	if constant >= 0 {
		model--
	} else {
		f.Notes = append(f.Notes, "the design has no constant column: R squared and the overall test are around zero, not around the mean")
	}
	f.R2 = 1 - f.RSS/total
	f.AdjR2 = 1 - (1-f.R2)*(f.DF+model)/f.DF
	if model > 0 {
		v := (total - f.RSS) / model / (f.RSS / f.DF)
		f.F = FTest{F: v, DF1: model, DF2: f.DF, P: distribution.FUpper(v, model, f.DF)}
	}
	for j, a := range f.Aliased {
		if a {
			f.Notes = append(f.Notes, fmt.Sprintf("%s depends on columns before it and has no coefficient of its own", f.Names[j]))
		}
	}
}
