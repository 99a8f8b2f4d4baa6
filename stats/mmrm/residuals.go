package mmrm

import (
	"fmt"
	"math"
	"sort"
)

// Residual kinds.
type ResidualKind string

const (
	Raw        ResidualKind = "raw"        // outcome less fitted mean
	Pearson    ResidualKind = "pearson"    // raw over the standard deviation of its row
	Normalized ResidualKind = "normalized" // L^-1 raw, L the Cholesky factor of the subject's covariance, visits ascending: uncorrelated, of variance one
)

// Fitted gives the fitted mean of each row, in the order of the input.
func (f *Fit) Fitted() ([]float64, error) {
	if len(f.Beta) == 0 {
		return nil, fmt.Errorf("mmrm: %w: there is no fitted model", ErrMethod)
	}
	out := make([]float64, f.n)
	for row := range out {
		out[row] = f.mean(f.in.X[row*f.in.P:][:f.in.P])
	}
	return out, nil
}

// mean is x'beta, aliased columns left out.
func (f *Fit) mean(x []float64) float64 {
	s := 0.0
	for _, j := range f.keep {
		if x[j] != 0 {
			s += x[j] * f.Beta[j]
		}
	}
	return s
}

// Residuals gives the marginal residuals of each row, in the order of the input.
func (f *Fit) Residuals(kind ResidualKind) ([]float64, error) {
	out, err := f.Fitted()
	if err != nil {
		return nil, err
	}
	for row, y := range f.in.Y {
		out[row] = y - out[row]
	}
	switch kind {
	case Raw:
		return out, nil
	case Pearson, Normalized:
	default:
		return nil, fmt.Errorf("mmrm: %w: no residuals are called %q; there are raw, pearson, normalized", ErrMethod, string(kind))
	}
	for t := range f.patterns {
		p := &f.patterns[t]
		l := f.small[:p.m*p.m]
		f.patternFactor(p, l)
		for _, i := range p.members {
			f.standardise(out, i, p.m, l, kind)
		}
	}
	return out, nil
}

// standardise turns the raw residuals of a subject, l the factor of its pattern.
func (f *Fit) standardise(out []float64, i, m int, l []float64, kind ResidualKind) {
	e := f.small2[:m]
	rows := f.order[f.start[i]:][:m]
	for a, row := range rows {
		e[a] = out[row] / f.scale
		if f.in.Weights != nil {
			e[a] *= math.Sqrt(f.in.Weights[row])
		}
	}
	if kind == Normalized {
		solveLower(l, e, m)
	} else {
		for a := range m {
			e[a] /= math.Sqrt(dot(l[a*m:a*m+a+1], l[a*m:]))
		}
	}
	for a, row := range rows {
		out[row] = e[a]
	}
}

// Prediction is what a model expects at visits of one subject.
type Prediction struct {
	Mean []float64 // k
	// Covariance is k x k, row-major: of the outcomes about Mean at the estimated
	// parameters, without the uncertainty of these.
	Covariance []float64
}

// Conditional predicts the outcomes of a subject of the data at k visits it was
// not observed at, given those at which it was: x is the design of these
// visits, row-major k x P. A subject without rows gets the marginal prediction;
// for it group is read.
func (f *Fit) Conditional(subject int, visits []int, x []float64, group int) (Prediction, error) {
	return f.predict(subject, visits, x, group, true)
}

// Marginal predicts as Conditional does, whatever was observed.
func (f *Fit) Marginal(visits []int, x []float64, group int) (Prediction, error) {
	return f.predict(-1, visits, x, group, false)
}

func (f *Fit) predict(subject int, visits []int, x []float64, group int, given bool) (Prediction, error) {
	var none Prediction
	if len(f.Beta) == 0 {
		return none, fmt.Errorf("mmrm: %w: there is no fitted model", ErrMethod)
	}
	if f.spatial {
		return none, fmt.Errorf("mmrm: %w: predictions are made at visits; sp_exp has coordinates", ErrMethod)
	}
	k := len(visits)
	if len(x) != k*f.in.P {
		return none, fmt.Errorf("mmrm: %d cells of the design for %d visits x %d columns", len(x), k, f.in.P)
	}
	at, err := f.placesOf(visits)
	if err != nil {
		return none, err
	}
	g, err := f.groupNumber(group)
	if err != nil {
		return none, err
	}
	i := sort.SearchInts(f.code, subject)
	seen := given && i < f.subjects && f.code[i] == subject
	if seen {
		g = f.groupOf[i]
	}
	pr := Prediction{make([]float64, k), make([]float64, k*k)}
	for a := range k {
		pr.Mean[a] = f.mean(x[a*f.in.P:][:f.in.P])
		for b := range k {
			pr.Covariance[a*k+b] = f.Sigma[g][at[a]*f.visits+at[b]]
		}
	}
	if seen {
		err = f.condition(i, g, at, visits, &pr)
	}
	return pr, err
}

func (f *Fit) placesOf(visits []int) ([]int, error) {
	at := make([]int, len(visits))
	for a, v := range visits {
		i := sort.SearchInts(f.present, v)
		if i == len(f.present) || f.present[i] != v {
			return nil, fmt.Errorf("mmrm: %w: %s has no observation in the data", ErrNotEstimable, f.in.visit(v))
		}
		at[a] = i
	}
	return at, nil
}

func (f *Fit) groupNumber(group int) (int, error) {
	if f.in.Group == nil {
		return 0, nil
	}
	i := sort.SearchInts(f.groupCode, group)
	if i == len(f.groupCode) || f.groupCode[i] != group {
		return 0, fmt.Errorf("mmrm: %w: %s has no observation in the data", ErrNotEstimable, f.in.group(group))
	}
	return i, nil
}

// condition adds the regression on the subject's residuals to the mean and
// takes what they explain from the covariance.
func (f *Fit) condition(i, g int, at, visits []int, pr *Prediction) error {
	rows, k, s := f.order[f.start[i]:f.start[i+1]], len(at), f.visits
	m := len(rows)
	l, e, c := make([]float64, m*m), make([]float64, m), make([]float64, k*m)
	for a, row := range rows {
		v := f.place[f.in.Visit[row]]
		e[a] = f.in.Y[row] - f.mean(f.in.X[row*f.in.P:][:f.in.P])
		if f.in.Weights != nil {
			e[a] *= math.Sqrt(f.in.Weights[row])
		}
		for b, other := range rows {
			l[a*m+b] = f.Sigma[g][v*s+f.place[f.in.Visit[other]]]
		}
		for b := range k {
			if at[b] == v {
				return fmt.Errorf("mmrm: %w: %s was observed at %s", ErrMethod, f.in.subject(f.code[i]), f.in.visit(visits[b]))
			}
			c[b*m+a] = f.Sigma[g][v*s+at[b]]
		}
	}
	cholesky(l, m, 0)
	solveLower(l, e, m)
	for b := range k {
		solveLower(l, c[b*m:b*m+m], m)
		pr.Mean[b] += dot(c[b*m:b*m+m], e)
	}
	for a := range k {
		for b := range k {
			pr.Covariance[a*k+b] -= dot(c[a*m:a*m+m], c[b*m:b*m+m])
		}
	}
	return nil
}
