package logistic

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
	"varde/stats/leastsquares"
)

// Covariance names an estimate of the covariance of the coefficients.
type Covariance string

const (
	Model Covariance = ""    // inverse information
	HC0   Covariance = "HC0" // White's sandwich
	HC3   Covariance = "HC3" // residuals over 1 - leverage
)

// Covariance answers the P x P covariance named.
func (f *Fit) Covariance(kind Covariance) ([]float64, error) {
	if kind == Model {
		return append([]float64(nil), f.VCov...), nil
	}
	if kind != HC0 && kind != HC3 {
		return nil, fmt.Errorf("logistic: no covariance %q; use HC0, HC3 or nothing for the model's", kind)
	}
	p := f.P
	meat := make([]float64, p*p)
	for i := range f.N {
		e := f.y[i] - f.Fitted[i]
		if kind == HC3 {
			if 1-f.Leverage[i] < 1e-10 {
				return nil, fmt.Errorf("logistic: observation %d alone decides a coefficient, and HC3 divides by zero; use HC0", i+1)
			}
			e /= 1 - f.Leverage[i]
		}
		row := f.x[i*p : (i+1)*p]
		for _, a := range f.m.kept {
			for _, b := range f.m.kept {
				meat[a*p+b] += e * e * row[a] * row[b]
			}
		}
	}
	return leastsquares.Sandwich(f.VCov, meat, p), nil
}

// ContrastOptions of a contrast. The zero value is the model's covariance and
// 0.95.
type ContrastOptions struct {
	Level      float64
	Covariance Covariance
}

// Estimate is a contrast on the scale of log odds, with its Wald z test. The
// exponential of Estimate, Lower and Upper is an odds ratio (or odds); Odds
// holds it.
type Estimate struct {
	Estimate, SE, Z, P  float64
	Lower, Upper, Level float64
	Odds                [3]float64 // exp of estimate, lower, upper
}

// Contrast estimates l times beta.
func (f *Fit) Contrast(l []float64, o ContrastOptions) (Estimate, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if !(o.Level > 0 && o.Level < 1) {
		return Estimate{}, fmt.Errorf("logistic: a confidence level of %v; it lies between 0 and 1", o.Level)
	}
	if len(l) != f.P {
		return Estimate{}, fmt.Errorf("logistic: a contrast of %d numbers for %d columns", len(l), f.P)
	}
	v, err := f.Covariance(o.Covariance)
	if err != nil {
		return Estimate{}, err
	}
	if !f.squares.Estimable(l) {
		return Estimate{}, errors.New("logistic: the data do not determine this contrast: it needs a column that depends on others")
	}
	e := Estimate{Level: o.Level}
	variance := 0.0
	for a := range f.P {
		e.Estimate += l[a] * f.Beta[a]
		for b := range f.P {
			variance += l[a] * v[a*f.P+b] * l[b]
		}
	}
	if !(variance > 0) {
		return Estimate{}, errors.New("logistic: the contrast has no variance; a row of zeros has nothing to test")
	}
	e.SE = math.Sqrt(variance)
	e.Z = e.Estimate / e.SE
	e.P = 2 * distribution.NormalUpper(math.Abs(e.Z))
	half := distribution.NormalUpperQuantile((1-o.Level)/2) * e.SE
	e.Lower, e.Upper = e.Estimate-half, e.Estimate+half
	e.Odds = [3]float64{math.Exp(e.Estimate), math.Exp(e.Lower), math.Exp(e.Upper)}
	return e, nil
}
