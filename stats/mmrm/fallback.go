package mmrm

import (
	"fmt"
	"math"
)

// The fallback chain. An unstructured covariance is sought
//
//  1. on its elements, from the pairwise covariances of the residuals;
//  2. on its log Cholesky factor, from the same start;
//  3. on its log Cholesky factor, from a diagonal covariance.
//
// Another structure is sought from the pairwise correlations, with a fifth of
// them, and without; those with a variance for each visit are sought from the
// last start too, for they can have several maxima, and the higher one is taken.
// Every attempt but the first one that succeeds is told in Notes.

// attempt is one way to seek the maximum.
type attempt struct {
	name     string
	elements bool
	keep     float64 // of the correlations at the start
}

var (
	unstructuredAttempts = []attempt{
		{"elements of the covariance, from pairwise covariances", true, 1},
		{"Cholesky factor, from pairwise covariances", false, 1},
		{"Cholesky factor, from a diagonal covariance", false, 0},
	}
	structuredAttempts = []attempt{
		{"from pairwise correlations", false, 1},
		{"from a fifth of the pairwise correlations", false, 0.2},
		{"from no correlation", false, 0},
	}
)

// maximise runs the chain.
func (f *Fit) maximise() error {
	tries := structuredAttempts
	if f.o.Covariance == Unstructured {
		tries = unstructuredAttempts
	}
	done := -1
	for i, a := range tries {
		if f.try(a) {
			done = i
			break
		}
	}
	if done < 0 {
		return f.refuse()
	}
	if done > 0 {
		f.note("The maximum was not found by %s; it was found by %s.", tries[0].name, tries[done].name)
	}
	if f.o.Covariance.heterogeneous() && done < len(tries)-1 && f.visits > 1 {
		f.compareStarts(tries[done], tries[len(tries)-1])
	}
	if !f.elementwise && f.o.Covariance == Unstructured && !f.toElements() {
		return f.refuse()
	}
	return nil
}

// try makes one attempt.
func (f *Fit) try(a attempt) bool {
	f.elementwise = a.elements
	form := unbounded
	if a.elements {
		form = natural
	}
	if f.spatial {
		f.startTheta(f.theta, a.keep)
		return f.fromStart(f.theta, a.keep)
	}
	f.shape = f.shapes.get(f.o.Covariance, f.visits, form)
	f.startCells(1)
	if a.elements {
		copy(f.theta, f.sigma)
		return f.climb(f.theta)
	}
	if f.o.Covariance == Unstructured && a.keep == 0 {
		f.startCells(0)
	}
	f.startTheta(f.theta, a.keep)
	return f.fromStart(f.theta, a.keep)
}

// fromStart climbs, with less correlation where the start is not positive
// definite.
func (f *Fit) fromStart(theta []float64, keep float64) bool {
	for range 8 {
		if f.move(theta) {
			return f.climb(theta)
		}
		keep *= 0.6
		if !f.spatial {
			f.startCells(1)
		}
		f.startTheta(theta, keep)
	}
	return false
}

// compareStarts climbs from a second start and keeps the higher maximum.
func (f *Fit) compareStarts(first, second attempt) {
	best, steps := f.profile.logLik, f.steps
	kept := append(f.kept[:0], f.theta...)
	f.kept = kept
	if f.try(second) && f.profile.logLik > best+1e-6 {
		f.note("There are several maxima; the one %s is the higher.", second.name)
		return
	}
	copy(f.theta, kept)
	if f.climb(f.theta) {
		f.steps = steps
		return
	}
	f.try(first)
}

// toElements restates a maximum found on the Cholesky factor on the elements.
func (f *Fit) toElements() bool {
	f.elementwise = true
	f.shape = f.shapes.get(Unstructured, f.visits, natural)
	copy(f.theta, f.sigma)
	return f.move(f.theta) && f.finish()
}

// refuse says why there is no result.
func (f *Fit) refuse() error {
	if f.singular() {
		return fmt.Errorf("mmrm: %w: the covariance tends to a singular one, so its likelihood has no maximum (a visit that follows from others, too few subjects for %s); use a simpler covariance or fewer visits",
			ErrNotConverged, f.o.Covariance)
	}
	if f.flat() {
		return fmt.Errorf("mmrm: %w: the data do not determine every parameter of %s; use a simpler covariance", ErrUnidentified, f.o.Covariance)
	}
	return fmt.Errorf("mmrm: %w: %s did not converge from any start within %d steps; use a simpler covariance", ErrNotConverged, f.o.Covariance, f.o.MaxSteps)
}

// singular tells whether the correlations where the last attempt stopped are
// close to singular.
func (f *Fit) singular() bool {
	if f.spatial || !f.move(f.theta) {
		return false
	}
	s := f.visits
	for g := range f.groups {
		unpack(f.sigma[g*f.cells():], f.small, s)
		for a := range s {
			for b := range s {
				if a != b {
					f.small[a*s+b] /= math.Sqrt(f.small[a*s+a] * f.small[b*s+b])
				}
			}
		}
		for a := range s {
			f.small[a*s+a] = 1
		}
		if !cholesky(f.small, s, 1e-5) {
			return true
		}
	}
	return false
}

// flat tells whether some parameter leaves the likelihood unchanged where the
// last attempt stopped.
func (f *Fit) flat() bool {
	if !f.move(f.theta) {
		return false
	}
	f.score(true, false)
	f.chain(true, false)
	f.average()
	n := f.current().n
	for i := range n {
		if !(f.info[i*n+i] > 0) || math.IsNaN(f.info[i*n+i]) {
			return true
		}
	}
	copy(f.fact, f.info[:n*n])
	return !cholesky(f.fact, n, 1e-10)
}

func (f *Fit) note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}
