package mmrm

import "math"

// Result is what a fit found. Its slices belong to the Fit and are overwritten
// by the next Refit.
type Result struct {
	Rows, Subjects int
	Rank           int // independent columns of the design
	Parameters     int // of the covariance, of all groups

	// Beta has P estimates; it is NaN exactly at the columns in Aliased, which
	// are sums of columns before them and were left out.
	Beta    []float64
	Aliased []int // ascending

	Covariance Covariance
	Visits     []int // codes of the s visits that occur, ascending; nil for coordinates
	Groups     []int // codes of the groups that occur; nil without groups
	// Sigma has, for each group, the s x s covariance, row-major; for
	// coordinates the variance and the correlation at distance 1.
	Sigma [][]float64

	LogLik   float64 // restricted, unless ML
	AIC, BIC float64 // as R's mmrm: by the covariance's parameters and the number of subjects
	Steps    int     // of the attempt that succeeded
	// Decrement is the squared distance of the estimate to the maximum, in
	// standard errors of the covariance's parameters.
	Decrement float64
	Notes     []string // what a reader of the result should know
}

// clear empties the result and keeps its memory.
func (r *Result) clear() {
	*r = Result{Beta: r.Beta[:0], Aliased: r.Aliased[:0], Sigma: r.Sigma[:0], Notes: r.Notes[:0]}
}

func (f *Fit) fillResult() {
	f.Rows, f.Subjects, f.Rank, f.Parameters = f.n, f.subjects, f.r, f.parameters()
	f.Covariance, f.Steps, f.Decrement = f.o.Covariance, f.steps, f.decrement
	f.LogLik = f.logLikelihood()
	k := float64(f.Parameters)
	f.AIC = -2*f.LogLik + 2*k
	f.BIC = -2*f.LogLik + math.Log(float64(f.subjects))*k
	f.Visits, f.Groups = nil, nil
	if !f.spatial {
		f.Visits = f.present
	}
	if f.in.Group != nil {
		f.Groups = f.groupCode
	}
	f.fillBeta()
	f.fillSigma()
	f.noteUnseen()
	f.inference.start(f)
}

// noteUnseen names the visits that were planned and never observed.
func (f *Fit) noteUnseen() {
	if f.spatial {
		return
	}
	next := 0
	for v := range f.in.Visits {
		if next < f.visits && f.present[next] == v {
			next++
			continue
		}
		f.note("%s has no observation; it has no place in the covariance, and means at it cannot be estimated.", f.in.visit(v))
	}
}

// fillBeta restores the estimates of the columns as they came.
func (f *Fit) fillBeta() {
	f.Beta = grow(f.Beta, f.in.P)
	for j := range f.Beta {
		f.Beta[j] = math.NaN()
	}
	for i, j := range f.keep {
		f.Beta[j] = f.beta0[i] + f.scale*f.profile.delta[i]
	}
	for _, c := range f.centrings {
		f.Beta[f.keep[c.ind]] -= c.share * f.Beta[f.keep[c.j]]
	}
	next := 0
	for j := range f.in.P {
		if next < f.r && f.keep[next] == j {
			next++
			continue
		}
		f.Aliased = append(f.Aliased, j)
		f.note("%s is left out: it is a sum of columns before it, or 0.", f.in.column(j))
	}
}

// fillSigma writes the covariances in the outcome's units.
func (f *Fit) fillSigma() {
	v := f.scale * f.scale
	for g := range f.groups {
		if f.spatial {
			variance, rho := f.spatialParameters(g)
			f.Sigma = append(f.Sigma, append(f.sigmaRows(2)[:0], variance*v, math.Pow(rho, 1/f.unit)))
			continue
		}
		s := f.sigmaRows(f.visits * f.visits)
		unpack(f.sigma[g*f.cells():], s, f.visits)
		for i := range s {
			s[i] *= v
		}
		f.Sigma = append(f.Sigma, s)
	}
}

func (f *Fit) sigmaRows(n int) []float64 { return f.floats.take(n) }
