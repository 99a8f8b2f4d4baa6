package survival

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"varde/stats/distribution"
	"varde/stats/leastsquares"
)

// Ties names how events at the same time enter the partial likelihood.
type Ties string

const (
	Efron   Ties = "Efron"   // 1977, JASA 72:557; the default
	Breslow Ties = "Breslow" // 1974, Biometrics 30:89
)

// CoxInput is a regression of times on n x P row-major covariates, without a
// constant column. Stratum gives each stratum its own baseline; nil is one.
type CoxInput struct {
	Time    []float64
	Event   []bool
	X       []float64
	P       int
	Stratum []int
	Names   []string
	Ties    Ties
}

// ChiSquared is a test statistic.
type ChiSquared struct{ Statistic, DF, P float64 }

// Cox is a fitted proportional hazards model (Cox 1972, JRSS B 34:187). Values of
// aliased columns are zero.
type Cox struct {
	Names                 []string
	N, Events, P, Rank    int
	Ties                  Ties
	Aliased               []bool
	Beta                  []float64 // log hazard ratios
	SE, Z, PValue         []float64 // Wald, two-sided
	VCov                  []float64 // P x P
	NullLogLik, LogLik    float64
	Likelihood, Wald, Rao ChiSquared // of all coefficients; Rao is the score test
	Iterations            int
	Notes                 []string

	m    *partial
	best []float64
}

// Hazard is a hazard ratio with its Wald interval.
type Hazard struct{ Ratio, Lower, Upper, Level float64 }

// HazardRatio answers exp(Beta[j]). level 0 is 0.95.
func (c *Cox) HazardRatio(j int, level float64) (Hazard, error) {
	level, err := levelOf(level)
	if err != nil {
		return Hazard{}, err
	}
	if j < 0 || j >= c.P || c.Aliased[j] {
		return Hazard{}, fmt.Errorf("survival: column %d has no coefficient", j+1)
	}
	half := distribution.NormalUpperQuantile((1-level)/2) * c.SE[j]
	return Hazard{math.Exp(c.Beta[j]), math.Exp(c.Beta[j] - half), math.Exp(c.Beta[j] + half), level}, nil
}

// MonotoneError says that the partial likelihood rises for ever along some
// combination of covariates: whenever an event happens it happens to the one at
// risk with the largest value of it. No hazard ratio exists.
type MonotoneError struct{ Columns []string }

func (e *MonotoneError) Error() string {
	return fmt.Sprintf("survival: the events are ordered completely by %s, so the hazard ratio is infinite and does not exist; compare the groups by the log-rank test", strings.Join(e.Columns, ", "))
}

// NewCox fits the model.
func NewCox(in CoxInput) (*Cox, error) {
	c, err := prepareCox(in)
	if err != nil {
		return nil, err
	}
	zero := make([]float64, c.m.k)
	start := c.m.at(zero)
	now, converged := c.m.climb(start, &c.Iterations)
	large := 0.0
	for a, b := range now.beta {
		large = max(large, math.Abs(b)*c.m.spread[a])
	}
	if !converged || large > 6 {
		if e := c.m.monotone(c.Names); e != nil {
			return nil, e
		}
	}
	if !converged {
		return nil, errors.New("survival: the partial likelihood did not reach its maximum in 100 steps; look for columns that nearly depend on each other")
	}
	c.describe(start, now)
	return c, nil
}

func prepareCox(in CoxInput) (*Cox, error) {
	if err := check(in.Time, in.Event); err != nil {
		return nil, err
	}
	n := len(in.Time)
	c := &Cox{N: n, P: in.P, Names: in.Names, Ties: in.Ties}
	if c.Ties == "" {
		c.Ties = Efron
	}
	switch {
	case in.P < 1 || len(in.X) != n*in.P:
		return nil, fmt.Errorf("survival: %d covariate values; %d observations of %d columns need %d", len(in.X), n, in.P, n*in.P)
	case in.Names != nil && len(in.Names) != in.P:
		return nil, fmt.Errorf("survival: %d names for %d columns", len(in.Names), in.P)
	case in.Stratum != nil && len(in.Stratum) != n:
		return nil, fmt.Errorf("survival: %d strata for %d observations", len(in.Stratum), n)
	case c.Ties != Efron && c.Ties != Breslow:
		return nil, fmt.Errorf("survival: no method %q for ties; use %q or %q", c.Ties, Efron, Breslow)
	}
	if c.Names == nil {
		for j := range in.P {
			c.Names = append(c.Names, fmt.Sprintf("column %d", j+1))
		}
	}
	for _, e := range in.Event {
		if e {
			c.Events++
		}
	}
	if c.Events == 0 {
		return nil, errors.New("survival: no event happened; there is no hazard to compare")
	}
	return c, c.reduce(in)
}

// reduce finds the columns that depend on others, within the strata: a constant
// within each stratum adds nothing.
func (c *Cox) reduce(in CoxInput) error {
	rows := byStratum(in.Time, in.Stratum)
	n, q := c.N, in.P+len(rows)
	wide := make([]float64, n*q)
	for s, members := range rows {
		for _, i := range members {
			wide[i*q+s] = 1
			copy(wide[i*q+len(rows):(i+1)*q], in.X[i*in.P:(i+1)*in.P])
		}
	}
	squares, err := leastsquares.Solve(wide, n, q, in.Time, nil)
	if err != nil {
		return fmt.Errorf("survival: %w", err)
	}
	c.Aliased = squares.Aliased[len(rows):]
	var kept []int
	for j, a := range c.Aliased {
		if a {
			c.Notes = append(c.Notes, fmt.Sprintf("%s depends on other columns, or is constant within the strata, and has no coefficient", c.Names[j]))
		} else {
			kept = append(kept, j)
		}
	}
	if c.Rank = len(kept); c.Rank == 0 {
		return errors.New("survival: every covariate is constant; there is nothing to compare")
	}
	if c.Events < c.Rank {
		return fmt.Errorf("survival: %d events for %d coefficients; use fewer covariates", c.Events, c.Rank)
	}
	c.m = newPartial(in, c.Ties, kept, rows)
	return nil
}

func (c *Cox) describe(start, now point) {
	c.best, c.NullLogLik, c.LogLik = now.beta, start.logLik, now.logLik
	k := c.m.k
	inverse, _ := invert(now.information, k)
	c.Beta, c.SE = make([]float64, c.P), make([]float64, c.P)
	c.Z, c.PValue, c.VCov = make([]float64, c.P), make([]float64, c.P), make([]float64, c.P*c.P)
	for a, i := range c.m.kept {
		c.Beta[i] = now.beta[a] / c.m.spread[a]
		for b, j := range c.m.kept {
			c.VCov[i*c.P+j] = inverse[a*k+b] / c.m.spread[a] / c.m.spread[b]
		}
		c.SE[i] = math.Sqrt(c.VCov[i*c.P+i])
		c.Z[i] = c.Beta[i] / c.SE[i]
		c.PValue[i] = 2 * distribution.NormalUpper(math.Abs(c.Z[i]))
	}
	test := func(v float64) ChiSquared {
		return ChiSquared{v, float64(k), distribution.ChiSquaredUpper(v, float64(k))}
	}
	c.Likelihood = test(max(0, 2*(now.logLik-start.logLik)))
	c.Wald = test(quadratic(now.information, now.beta, k))
	if v, ok := invert(start.information, k); ok {
		c.Rao = test(quadratic(v, start.score, k))
	}
}

func quadratic(m, v []float64, k int) float64 {
	s := 0.0
	for a := range k {
		for b := range k {
			s += v[a] * m[a*k+b] * v[b]
		}
	}
	return s
}
