package mmrm

import "slices"

// parametrisation tells in which parameters a structure is differentiated. The
// maximum and the linear Kenward-Roger form do not depend on it.
type parametrisation int

const (
	// unbounded is that of R's mmrm 0.3.18: log standard deviations (of sp_exp the
	// log variance) and correlations theta/sqrt(1+theta^2), of cs, csh and sp_exp
	// logistic between their bounds.
	unbounded parametrisation = iota
	// natural is that of SAS PROC MIXED: variances and correlations; toep and cs
	// in variance and covariances, us in its elements, all linear.
	natural
)

// newShape builds the shape of a structure for s visits.
func newShape(c Covariance, s int, p parametrisation) shape {
	if c == Unstructured {
		if p == natural {
			return elements{s * (s + 1) / 2}
		}
		return &logCholesky{s: s, l: make([]float64, s*s)}
	}
	if p == natural && (c == Toeplitz || c == CompoundSymmetry) {
		return newBands(c, s)
	}
	m := newMonomials(s*(s+1)/2, newLinks(c, s, p))
	for a := range s {
		for b := 0; b <= a; b++ {
			m.terms[packed(a, b)] = newTerm(c, s, a, b)
		}
	}
	return m
}

// newBands writes toep and cs by their variance and covariances.
func newBands(c Covariance, s int) shape {
	m := newMonomials(s*(s+1)/2, slices.Repeat([]link{{kind: asIs}}, c.Parameters(s)))
	for a := range s {
		for b := 0; b <= a; b++ {
			lag := a - b
			if c == CompoundSymmetry {
				lag = min(lag, 1)
			}
			m.terms[packed(a, b)] = []factor{{lag, 1}}
		}
	}
	return m
}

// newLinks gives the links of the variances, then of the correlations.
func newLinks(c Covariance, s int, p parametrisation) []link {
	variances, variance, correlation := 1, link{kind: logDeviation}, link{kind: boundedByOne}
	if c.heterogeneous() {
		variances = s
	}
	switch c {
	case SpatialExponential:
		variance, correlation = link{kind: logVariance}, link{kind: above}
	case CompoundSymmetry, HeterogeneousSymmetry:
		// s equal correlations are positive definite above -1/(s-1).
		correlation = link{kind: above, low: -1 / float64(max(s-1, 1))}
	}
	if p == natural {
		variance, correlation = link{}, link{}
	}
	return append(slices.Repeat([]link{variance}, variances), slices.Repeat([]link{correlation}, c.correlations(s))...)
}

// newTerm gives the factors of element (a, b), b <= a.
func newTerm(c Covariance, s, a, b int) []factor {
	first, t := 1, []factor{{0, 1}}
	if c.heterogeneous() {
		first = s
		t = []factor{{a, 1}}
		if a != b {
			t = []factor{{a, 0.5}, {b, 0.5}}
		}
	}
	if a == b {
		return t
	}
	switch c {
	case CompoundSymmetry, HeterogeneousSymmetry:
		return append(t, factor{first, 1})
	case Autoregressive, HeterogeneousAutoregressive:
		return append(t, factor{first, float64(a - b)})
	case Toeplitz, HeterogeneousToeplitz:
		return append(t, factor{first + a - b - 1, 1})
	}
	for k := b; k < a; k++ { // ante-dependence
		t = append(t, factor{first + k, 1})
	}
	return t
}
