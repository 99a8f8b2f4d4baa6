package meta

import "math"

// Prior of a Bayesian random-effects model: mean ~ Normal(Mean, SD), tau ~ half-normal
// with scale TauScale.
type Prior struct{ Mean, SD, TauScale float64 }

// Posterior are medians with equal-tailed credible intervals.
type Posterior struct {
	Mean, Tau Interval
	// Below is the posterior probability of a mean below zero.
	Below float64
}

const bayesCells = 2000

// Bayes integrates the normal-normal model over tau on a fixed grid (Simpson's rule over
// 0 to 8 scales), where the mean given tau is normal: no random numbers, so that the same
// data give the same digits (Roever, J Stat Softw 2020;93(6)).
func Bayes(y, v []float64, prior Prior, level float64) (Posterior, error) {
	if err := checkEffects(y, v); err != nil {
		return Posterior{}, err
	}
	o := Options{Level: level}
	if err := o.check(); err != nil {
		return Posterior{}, err
	}
	if !(prior.SD > 0 && prior.TauScale > 0) || math.IsInf(prior.SD+prior.TauScale, 0) || math.IsNaN(prior.Mean) || math.IsInf(prior.Mean, 0) {
		return Posterior{}, fault(-1, "the prior %+v is not proper", "Give finite scales above zero", prior)
	}
	g := newGrid(y, v, prior)
	if g == nil {
		return Posterior{}, fault(-1, "the likelihood vanishes in double precision", "Look for an effect or a variance that is out of all proportion")
	}
	tail := (1 - o.level()) / 2
	mean := func(p float64) float64 { return g.solve(p, g.low, g.high, g.meanCDF) }
	tau := func(p float64) float64 { return g.solve(p, 0, g.tau[bayesCells], g.tauCDF) }
	return Posterior{
		Mean:  Interval{mean(0.5), mean(tail), mean(1 - tail)},
		Tau:   Interval{tau(0.5), tau(tail), tau(1 - tail)},
		Below: g.meanCDF(0),
	}, nil
}

// grid is the posterior of tau, and of the mean given each tau.
type grid struct {
	tau, density, weight []float64 // density at the points; weight with Simpson's factors, sum 1
	mean, sd             []float64
	low, high            float64
}

func newGrid(y, v []float64, prior Prior) *grid {
	n := bayesCells + 1
	g := &grid{tau: make([]float64, n), density: make([]float64, n), weight: make([]float64, n), mean: make([]float64, n), sd: make([]float64, n), low: math.Inf(1), high: math.Inf(-1)}
	most := math.Inf(-1)
	for i := range n {
		t := 8 * prior.TauScale * float64(i) / bayesCells
		g.tau[i] = t
		// The mean's prior is one more observation of it.
		sumW, sumWY := 1/(prior.SD*prior.SD), prior.Mean/(prior.SD*prior.SD)
		ll := -t * t / (2 * prior.TauScale * prior.TauScale)
		for j := range y {
			w := 1 / (v[j] + t*t)
			sumW, sumWY = sumW+w, sumWY+w*y[j]
			ll += math.Log(w) / 2
		}
		m := sumWY / sumW
		ll -= math.Log(sumW)/2 + (prior.Mean-m)*(prior.Mean-m)/(2*prior.SD*prior.SD)
		for j := range y {
			ll -= (y[j] - m) * (y[j] - m) / (2 * (v[j] + t*t))
		}
		g.mean[i], g.sd[i], g.density[i] = m, 1/math.Sqrt(sumW), ll
		g.low, g.high = math.Min(g.low, m-12*g.sd[i]), math.Max(g.high, m+12*g.sd[i])
		most = math.Max(most, ll)
	}
	sum := 0.0
	for i := range n {
		factor := 2 + 2*float64(i%2)
		if i == 0 || i == bayesCells {
			factor = 1
		}
		g.density[i] = math.Exp(g.density[i] - most)
		g.weight[i] = factor * g.density[i]
		sum += g.weight[i]
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return nil
	}
	for i := range n {
		g.weight[i] /= sum
	}
	return g
}

func (g *grid) meanCDF(x float64) float64 {
	sum := 0.0
	for i, w := range g.weight {
		sum += w * normalCDF((x-g.mean[i])/g.sd[i])
	}
	return sum
}

// tauCDF integrates the density by trapezes, the last one in part.
func (g *grid) tauCDF(x float64) float64 {
	step := g.tau[1] - g.tau[0]
	sum, all := 0.0, 0.0
	for i := range bayesCells {
		a, b := g.density[i], g.density[i+1]
		all += (a + b) / 2
		share := math.Min(math.Max((x-g.tau[i])/step, 0), 1)
		sum += share * (a + (b-a)*share/2)
	}
	return sum / all
}

// solve finds where a rising function is p, by halving.
func (g *grid) solve(p, low, high float64, cdf func(float64) float64) float64 {
	for range 60 {
		middle := (low + high) / 2
		if cdf(middle) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
