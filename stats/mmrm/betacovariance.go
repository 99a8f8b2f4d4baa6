package mmrm

import "math"

// BetaCovariance is the covariance of the estimates, row-major P x P, by the
// estimator that the inference asks for. Rows and columns of aliased columns are
// NaN, as in Beta.
func (f *Fit) BetaCovariance(how Inference) ([]float64, error) {
	if err := f.checkContrast(make([]float64, len(f.Beta))); err != nil {
		return nil, err
	}
	how, err := f.settle(how)
	if err != nil {
		return nil, err
	}
	p, r := f.in.P, f.r
	whitened := make([]float64, r*r)
	l := make([]float64, p)
	for i, j := range f.keep {
		clear(l)
		l[j] = 1
		f.whitenContrast(l, whitened[i*r:][:r])
	}
	out := make([]float64, p*p)
	for i := range out {
		out[i] = math.NaN()
	}
	form := max(how.DF.form(), 0)
	for i, j := range f.keep {
		for k, c := range f.keep {
			v, u := whitened[i*r:][:r], whitened[k*r:][:r]
			s := 0.0
			if how.Vcov == BiasReduced {
				s = quadratic(f.adjusted(form), v, u, r)
			} else {
				s = f.covariance(v, u, how.Vcov)
			}
			out[j*p+c] = f.scale * f.scale * s
		}
	}
	return out, nil
}
