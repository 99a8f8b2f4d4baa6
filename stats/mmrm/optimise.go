package mmrm

import "math"

// Steps of one attempt. The decrement g' I^-1 g of a step is the squared
// distance to the maximum, in standard errors of the parameters.
const (
	closeBy = 0.06  // decrement from which the observed information is used
	arrived = 1e-14 // decrement of the last step that is taken
	settled = 1e-12 // largest decrement at the end that counts as converged
)

// climb goes from theta to the maximum: by the average information while far,
// then by the observed information, renewed when a step gains too little. It
// tells whether it arrived; f.theta, f.profile and the derivatives are then
// those of the maximum, with the observed information in info.
func (f *Fit) climb(theta []float64) bool {
	copy(f.theta, theta)
	if !f.move(f.theta) {
		return false
	}
	exact := false // fact holds the factor of an observed information
	last := math.Inf(1)
	for f.steps = 0; f.steps < f.o.MaxSteps; f.steps++ {
		dec, ok := f.direct(exact)
		if exact && dec > last/25 && dec > arrived {
			exact = false // the old information no longer serves
			if dec >= closeBy {
				dec, ok = f.direct(false)
			}
		}
		if !ok {
			return false
		}
		if !exact && dec < closeBy {
			if d, ok := f.directExactly(); ok {
				dec, exact = d, true
			}
		}
		if !f.advance(dec) {
			// Rounding hides the last gains.
			return dec < settled && f.finish()
		}
		if dec < arrived {
			return f.finish()
		}
		last = dec
	}
	return false
}

// direct fills step and answers its decrement: with exact from the gradient
// and the factor at hand, otherwise with the average information.
func (f *Fit) direct(exact bool) (float64, bool) {
	d := f.current()
	f.score(!exact, false)
	f.chain(!exact, false)
	if exact {
		return f.solve(d.n)
	}
	f.average()
	return f.factorAndSolve(d.n)
}

// directExactly is direct with the observed information of this place; not ok
// where that is not positive definite.
func (f *Fit) directExactly() (float64, bool) {
	d := f.current()
	copy(f.spare, f.fact[:d.n*d.n])
	copy(f.spareStep, f.step[:d.n])
	f.score(true, true)
	f.chain(true, true)
	f.observed()
	copy(f.fact, f.info[:d.n*d.n])
	if !cholesky(f.fact, d.n, 1e-10) {
		copy(f.fact, f.spare[:d.n*d.n])
		copy(f.step, f.spareStep[:d.n])
		return 0, false
	}
	return f.solve(d.n)
}

// factorAndSolve factors info, with a growing ridge where it is singular.
func (f *Fit) factorAndSolve(n int) (float64, bool) {
	for ridge := 0.0; ridge < 1e6; ridge = max(1e-8, ridge*100) {
		copy(f.fact, f.info[:n*n])
		for i := range n {
			f.fact[i*n+i] += ridge * max(f.info[i*n+i], 1e-300)
		}
		if cholesky(f.fact, n, 1e-12) {
			return f.solve(n)
		}
	}
	return 0, false
}

// solve fills step with fact^-1 gradient.
func (f *Fit) solve(n int) (float64, bool) {
	g := f.current().grad
	copy(f.step, g[:n])
	solveLower(f.fact, f.step, n)
	dec := dot(f.step[:n], f.step)
	solveUpper(f.fact, f.step, n)
	return dec, !math.IsNaN(dec)
}

// advance goes along step, halving it until the covariance is positive definite
// and the likelihood has gained.
func (f *Fit) advance(dec float64) bool {
	n := f.current().n
	before := f.profile.logLik
	slack := 1e-11 * (1 + math.Abs(before))
	for a := 1.0; a > 1e-9; a /= 2 {
		for i := range n {
			f.trial[i] = f.theta[i] + a*f.step[i]
		}
		if f.move(f.trial) && (dec < 1e-8 || f.profile.logLik >= before+1e-4*a*dec-slack) {
			copy(f.theta, f.trial)
			return true
		}
	}
	f.move(f.theta)
	return false
}

// move evaluates the likelihood at theta.
func (f *Fit) move(theta []float64) bool {
	if !f.spatial {
		k, cells := f.shape.size(), f.cells()
		for g := range f.groups {
			f.shape.sigma(theta[g*k:][:k], f.sigma[g*cells:][:cells])
		}
	} else {
		copy(f.spatialTheta, theta[:2*f.groups])
	}
	if !f.evaluate() {
		return false
	}
	f.invert()
	return true
}

// finish computes the observed information at the maximum and checks that it is
// one.
func (f *Fit) finish() bool {
	dec, ok := f.directExactly()
	f.decrement = dec
	return ok && dec < settled
}
