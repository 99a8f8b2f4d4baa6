package ancova

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
	Classical Covariance = ""    // sigma^2 (X'WX)^-1
	HC0       Covariance = "HC0" // White 1980, Econometrica 48:817
	HC1       Covariance = "HC1" // HC0 times n/(n-rank)
	HC2       Covariance = "HC2" // squared residuals over 1-h
	HC3       Covariance = "HC3" // squared residuals over (1-h)^2 (MacKinnon and White 1985, J Econometrics 29:305)
)

// Covariance answers the P x P covariance of the coefficients. The sandwich
// forms are (X'WX)^-1 X'W diag(e^2) W X (X'WX)^-1 with the residuals e scaled as
// the name tells.
func (f *Fit) Covariance(kind Covariance) ([]float64, error) {
	if kind == Classical {
		return append([]float64(nil), f.VCov...), nil
	}
	p := f.P
	meat := make([]float64, p*p)
	for i := range f.N {
		v, err := f.squared(kind, i)
		if err != nil {
			return nil, err
		}
		w := f.weight(i)
		row := f.x[i*p : (i+1)*p]
		for _, a := range f.squares.Kept {
			for _, b := range f.squares.Kept {
				meat[a*p+b] += w * w * v * row[a] * row[b]
			}
		}
	}
	return leastsquares.Sandwich(f.squares.Inverse, meat, p), nil
}

func (f *Fit) squared(kind Covariance, i int) (float64, error) {
	e2, h := f.Residuals[i]*f.Residuals[i], f.Leverage[i]
	switch kind {
	case HC0:
		return e2, nil
	case HC1:
		return e2 * float64(f.N) / f.DF, nil
	case HC2, HC3:
		if 1-h < 1e-10 {
			return 0, fmt.Errorf("ancova: observation %d alone decides a coefficient, and %s divides by zero; use HC1, or leave out the column only it informs", i+1, kind)
		}
		if kind == HC2 {
			return e2 / (1 - h), nil
		}
		return e2 / ((1 - h) * (1 - h)), nil
	}
	return 0, fmt.Errorf("ancova: no covariance %q; use HC0, HC1, HC2, HC3 or nothing for the classical one", kind)
}

// Options of a contrast. The zero value is the classical covariance and 0.95.
type Options struct {
	Level      float64 // of the confidence interval; 0 is 0.95
	Covariance Covariance
}

// Estimate is a contrast: t with DF degrees of freedom, P two-sided.
type Estimate struct {
	Estimate, SE, DF, T, P float64
	Lower, Upper, Level    float64
}

// Contrast estimates l times beta: a difference of arms, or a least-squares mean
// if l is the row of a reference grid. The sandwich covariances are used with
// the same n - rank degrees of freedom.
func (f *Fit) Contrast(l []float64, o Options) (Estimate, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if !(o.Level > 0 && o.Level < 1) {
		return Estimate{}, fmt.Errorf("ancova: a confidence level of %v; it lies between 0 and 1", o.Level)
	}
	if err := f.estimable(l); err != nil {
		return Estimate{}, err
	}
	v, err := f.Covariance(o.Covariance)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{DF: f.DF, Level: o.Level}
	variance := 0.0
	for _, a := range f.squares.Kept {
		e.Estimate += l[a] * f.Beta[a]
		for _, b := range f.squares.Kept {
			variance += l[a] * v[a*f.P+b] * l[b]
		}
	}
	if !(variance > 0) {
		return Estimate{}, errors.New("ancova: the contrast has no variance; a row of zeros has nothing to test")
	}
	if e.SE = math.Sqrt(variance); math.IsInf(e.SE, 0) || math.IsInf(e.Estimate, 0) || math.IsNaN(e.Estimate) {
		return Estimate{}, errors.New("ancova: the contrast is too large to be computed; scale it down")
	}
	e.T = e.Estimate / e.SE
	e.P = distribution.TTwoSided(e.T, e.DF)
	half := distribution.TUpperQuantile((1-o.Level)/2, e.DF) * e.SE
	e.Lower, e.Upper = e.Estimate-half, e.Estimate+half
	return e, nil
}

func (f *Fit) estimable(l []float64) error {
	if len(l) != f.P {
		return fmt.Errorf("ancova: a contrast of %d numbers for %d columns", len(l), f.P)
	}
	for j, v := range l {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("ancova: the contrast has %v for %s", v, f.Names[j])
		}
	}
	if !f.squares.Estimable(l) {
		return errors.New("ancova: the data do not determine this contrast: it needs a column that depends on others; drop that column or choose a contrast within the observed combinations")
	}
	return nil
}

// FTest is a Wald test of several contrasts at once.
type FTest struct{ F, DF1, DF2, P float64 }

// Test tests that all k rows of l (row-major, k x P) times beta are zero. Rows
// that depend on others are counted once. With the classical covariance this is
// the test of a term given all others (type III).
func (f *Fit) Test(l []float64, kind Covariance) (FTest, error) {
	if len(l) == 0 || len(l)%f.P != 0 {
		return FTest{}, fmt.Errorf("ancova: %d numbers are no rows of %d columns", len(l), f.P)
	}
	k := len(l) / f.P
	for r := range k {
		if err := f.estimable(l[r*f.P : (r+1)*f.P]); err != nil {
			return FTest{}, fmt.Errorf("row %d: %w", r+1, err)
		}
	}
	v, err := f.Covariance(kind)
	if err != nil {
		return FTest{}, err
	}
	wald, rank := leastsquares.Wald(l, k, f.Beta, v, f.P)
	if rank == 0 {
		return FTest{}, errors.New("ancova: the rows have no variance; there is nothing to test")
	}
	if math.IsNaN(wald) || math.IsInf(wald, 0) {
		return FTest{}, errors.New("ancova: the rows are too large or too small to be computed; scale them")
	}
	t := FTest{F: wald / float64(rank), DF1: float64(rank), DF2: f.DF}
	t.P = distribution.FUpper(t.F, t.DF1, t.DF2)
	return t, nil
}

// Standardised is a contrast over the residual standard deviation of the model.
func (f *Fit) Standardised(l []float64) (float64, error) {
	e, err := f.Contrast(l, Options{})
	if err != nil {
		return 0, err
	}
	return e.Estimate / f.Sigma, nil
}
