package impute

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// The Gibbs sampler alternates between the missing outcomes, Sigma and beta
// (data augmentation; Tanner and Wong 1987, Schafer 1997 ch. 5) under the prior
// p(beta, Sigma) proportional to |Sigma|^-(s+1)/2: Sigma given the completed
// outcomes is inverse Wishart with n degrees of freedom and the residual cross
// products, beta given Sigma normal about generalised least squares. It starts
// at the REML estimate. Chains are as many as below whatever the number of
// processors, so that the draws do not depend on it.
const (
	chains  = 8
	burnIn  = 100
	thinned = 20 // steps from one kept draw to the next
)

// posterior is one chain.
type posterior struct {
	d                *Data
	rng              *rand.Rand
	n, s, p          int
	cross            []float64 // s*s blocks of p*p: X_a'X_b
	y                []float64
	beta             []float64
	sigma            []float64
	fill             *filler
	a, b, l, w, root []float64
}

// samplePosterior draws the parameters of every imputation.
func samplePosterior(d *Data, start Parameters, aliased int, o Options) ([]Parameters, error) {
	if aliased > 0 {
		return nil, fmt.Errorf("%w: %d columns of the imputation model are sums of others; leave them out to sample its posterior", ErrData, aliased)
	}
	if d.Subjects <= d.Visits+d.P {
		return nil, fmt.Errorf("%w: %d subjects for %d visits and %d columns; too few for a posterior, use the bootstrap", ErrData, d.Subjects, d.Visits, d.P)
	}
	model := d.modelOnly()
	out := make([]Parameters, o.Imputations)
	err := inParallel(o.Workers, chains, func(int) func(int) error {
		return func(c int) error {
			return newPosterior(model, start, draw(o.Seed^0x5deece66d, c)).run(out, c)
		}
	})
	return out, err
}

// modelOnly is the data that the model is fitted to: what was observed from an
// event on under a reference-based strategy counts as missing.
func (d *Data) modelOnly() *Data {
	m := &Data{Subjects: d.Subjects, Visits: d.Visits, P: d.P, X: d.X, Y: append([]float64(nil), d.Y...)}
	for i := range d.Subjects {
		for t := range d.Visits {
			if !d.modelled(i, t) {
				m.Y[i*d.Visits+t] = math.NaN()
			}
		}
	}
	return m
}

func newPosterior(d *Data, start Parameters, rng *rand.Rand) *posterior {
	n, s, p := d.Subjects, d.Visits, d.P
	g := &posterior{d: d, rng: rng, n: n, s: s, p: p, cross: make([]float64, s*s*p*p),
		y: make([]float64, n*s), beta: append([]float64(nil), start.Beta...), sigma: append([]float64(nil), start.Sigma...),
		fill: newFiller(s), a: make([]float64, p*p), b: make([]float64, p), l: make([]float64, s*s), w: make([]float64, s*s), root: make([]float64, s*s)}
	for i := range n {
		for a := range s {
			xa := d.X[(i*s+a)*p:][:p]
			for b := range s {
				xb, block := d.X[(i*s+b)*p:][:p], g.cross[(a*s+b)*p*p:]
				for j, v := range xa {
					if v == 0 {
						continue
					}
					for k, u := range xb {
						block[j*p+k] += v * u
					}
				}
			}
		}
	}
	return g
}

// run keeps every draw of this chain: imputations c, c + chains, ...
func (g *posterior) run(out []Parameters, c int) error {
	for step := range burnIn {
		if err := g.step(); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
	}
	for k := c; k < len(out); k += chains {
		for range thinned {
			if err := g.step(); err != nil {
				return err
			}
		}
		out[k] = Parameters{append([]float64(nil), g.beta...), append([]float64(nil), g.sigma...)}
	}
	return nil
}

func (g *posterior) step() error {
	if err := g.fill.fill(g.d, Parameters{g.beta, g.sigma}, g.rng, g.y); err != nil {
		return err
	}
	if err := g.drawSigma(); err != nil {
		return err
	}
	return g.drawBeta()
}

// drawSigma draws Sigma = (E^1/2) (A A')^-1 (E^1/2)' with E the residual cross
// products and A the Bartlett factor of a Wishart matrix.
func (g *posterior) drawSigma() error {
	s, n := g.s, g.n
	clear(g.l)
	e := g.fill.e
	for i := range n {
		for t := range s {
			e[t] = g.y[i*s+t] - dot(g.d.X[(i*s+t)*g.p:][:g.p], g.beta)
		}
		for a := range s {
			for b := 0; b <= a; b++ {
				g.l[a*s+b] += e[a] * e[b]
			}
		}
	}
	if !cholesky(g.l, s) {
		return fmt.Errorf("the residuals of the completed outcomes are collinear")
	}
	// W ~ Wishart(n, E^-1) is L'^-1 A A' L^-1, so Sigma = W^-1 = (L A'^-1)(L A'^-1)'.
	clear(g.w)
	for a := range s {
		g.w[a*s+a] = math.Sqrt(chiSquared(g.rng, float64(n-a)))
		for b := range a {
			g.w[a*s+b] = g.rng.NormFloat64()
		}
	}
	// Each row x of root solves x A' = row of L, that is A x' = the row.
	for a := range s {
		row := g.root[a*s : a*s+s]
		clear(row)
		copy(row, g.l[a*s:a*s+a+1])
		solveLower(g.w, row, s)
	}
	for a := range s {
		for b := range s {
			g.sigma[a*s+b] = dot(g.root[a*s:a*s+s], g.root[b*s:b*s+s])
		}
	}
	return nil
}

// drawBeta draws beta about generalised least squares of the completed outcomes.
func (g *posterior) drawBeta() error {
	s, p := g.s, g.p
	copy(g.l, g.sigma)
	if !cholesky(g.l, s) {
		return fmt.Errorf("the covariance drawn is not positive definite")
	}
	for a := range s { // w = Sigma^-1
		row := g.w[a*s : a*s+s]
		clear(row)
		row[a] = 1
		solveLower(g.l, row, s)
		solveUpper(g.l, row, s)
	}
	clear(g.a)
	clear(g.b)
	for a := range s {
		for b := range s {
			v := g.w[a*s+b]
			for t, x := range g.cross[(a*s+b)*p*p:][:p*p] {
				g.a[t] += v * x
			}
		}
	}
	e := g.fill.e
	for i := range g.n {
		y := g.y[i*s : i*s+s]
		for a := range s {
			e[a] = dot(g.w[a*s:a*s+s], y)
			for j, x := range g.d.X[(i*s+a)*p:][:p] {
				g.b[j] += x * e[a]
			}
		}
	}
	if !cholesky(g.a, p) {
		return fmt.Errorf("the columns of the imputation model are collinear; leave one out")
	}
	solveLower(g.a, g.b, p)
	for j := range g.b {
		g.b[j] += g.rng.NormFloat64()
	}
	solveUpper(g.a, g.b, p)
	copy(g.beta, g.b)
	return nil
}

// chiSquared draws from the chi-squared distribution, df >= 1, as twice a gamma
// variable by the method of Marsaglia and Tsang (2000, ACM TOMS 26:363).
func chiSquared(rng *rand.Rand, df float64) float64 {
	shape, boost := df/2, 1.0
	if shape < 1 {
		boost = math.Pow(1-rng.Float64(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		u := 1 - rng.Float64()
		if math.Log(u) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return 2 * d * v * boost
		}
	}
}
