package impute

import (
	"fmt"
	"math"
	"math/rand/v2"

	"varde/stats/mmrm"
)

// fitter fits the imputation model to some of the subjects, in memory that is
// used again.
type fitter struct {
	d       *Data
	in      mmrm.Input
	fit     mmrm.Fit
	aliased int // columns that the fit to all subjects left out
	beta    []float64
}

func newFitter(d *Data) *fitter {
	return &fitter{d: d, in: mmrm.Input{P: d.P, Names: d.Names}, beta: make([]float64, d.P)}
}

// load gathers the rows of the subjects, each as often as it is listed.
func (f *fitter) load(subjects []int) {
	d, in := f.d, &f.in
	in.X, in.Y, in.Subject, in.Visit = in.X[:0], in.Y[:0], in.Subject[:0], in.Visit[:0]
	for code, i := range subjects {
		for t := range d.Visits {
			if !d.modelled(i, t) {
				continue
			}
			cell := i*d.Visits + t
			in.X = append(in.X, d.X[cell*d.P:][:d.P]...)
			in.Y = append(in.Y, d.Y[cell])
			in.Subject = append(in.Subject, code)
			in.Visit = append(in.Visit, t)
		}
	}
}

// parameters fits the model to the subjects. The result is overwritten by the
// next call. Aliased columns count as 0.
func (f *fitter) parameters(subjects []int) (Parameters, error) {
	f.load(subjects)
	if err := f.fit.Refit(&f.in, mmrm.Options{}); err != nil {
		return Parameters{}, fmt.Errorf("imputation model: %w", err)
	}
	if len(f.fit.Visits) != f.d.Visits {
		return Parameters{}, fmt.Errorf("%w: %d of %d visits have outcomes to fit the imputation model to", ErrData, len(f.fit.Visits), f.d.Visits)
	}
	copy(f.beta, f.fit.Beta)
	for _, j := range f.fit.Aliased {
		f.beta[j] = 0
	}
	return Parameters{f.beta, f.fit.Sigma[0]}, nil
}

// all fits to every subject and notes what is aliased.
func (f *fitter) all() (Parameters, error) {
	subjects := make([]int, f.d.Subjects)
	for i := range subjects {
		subjects[i] = i
	}
	p, err := f.parameters(subjects)
	f.aliased = len(f.fit.Aliased)
	return p, err
}

// Fit gives the parameters of the imputation model, fitted to all subjects.
func Fit(d *Data) (Parameters, error) {
	if err := d.check(); err != nil {
		return Parameters{}, err
	}
	p, err := newFitter(d).all()
	return p, err
}

// mostRedraws is how often a bootstrap sample is drawn again because the model
// could not be fitted to it, before giving up.
const mostRedraws = 100

// bootstrap fits to subjects drawn with replacement within strata. Samples that
// lose a column of the design (a small site that nobody was drawn from) or that
// have no maximum are drawn again; it answers how often.
func (f *fitter) bootstrap(strata [][]int, rng *rand.Rand, sample []int) (Parameters, int, error) {
	var last error
	for redrawn := range mostRedraws {
		sample = sample[:0]
		for _, members := range strata {
			for range members {
				sample = append(sample, members[rng.IntN(len(members))])
			}
		}
		p, err := f.parameters(sample)
		if err == nil && len(f.fit.Aliased) == f.aliased {
			return p, redrawn, nil
		}
		last = err
	}
	if last == nil {
		last = fmt.Errorf("%w: samples of the subjects lose columns of the design; use fewer or wider strata", ErrData)
	}
	return Parameters{}, mostRedraws, fmt.Errorf("no bootstrap sample of %d could be fitted: %w", mostRedraws, last)
}

// strata lists the subjects of each stratum.
func (d *Data) strata() [][]int {
	if d.Strata == nil {
		all := make([]int, d.Subjects)
		for i := range all {
			all[i] = i
		}
		return [][]int{all}
	}
	var out [][]int
	place := map[int]int{}
	for i, code := range d.Strata {
		k, ok := place[code]
		if !ok {
			k = len(out)
			place[code] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// finite tells whether every number is one.
func finite(v []float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}
