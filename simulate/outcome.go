package simulate

import (
	"fmt"
	"math"
	"slices"

	"varde/protocol"
)

// courseModel draws one longitudinal outcome. Scores at the visits are correlated
// as the protocol says; at each visit they have the arm's SD, and the arm's mean
// change from baseline.
//
// The baseline is measured before anybody has an arm, so it has one distribution
// for all: the mixture of the arms'. Later means keep the published change from
// baseline, so that the effect does not depend on chance differences between the
// published baselines.
type courseModel struct {
	spec     *protocol.SimOutcome
	lower    [][]float64 // Cholesky factor of the correlation
	baseline margin
	arms     map[string][]margin // by arm and visit; that of the baseline is empty
	site     map[string][]float64
	days     []float64 // nominal day of each visit
	decimals int
}

// pooled answers mean and SD at baseline over arms of those shares.
func pooled(o *protocol.SimOutcome, shares map[string]float64) (mean, sd float64) {
	sum, square := 0.0, 0.0
	for _, a := range o.Arms {
		w := shares[a.Arm]
		sum += w
		mean += w * a.Mean[0]
		square += w * (a.SD[0]*a.SD[0] + a.Mean[0]*a.Mean[0])
	}
	mean /= sum
	return mean, math.Sqrt(square/sum - mean*mean)
}

// newCourse makes the model; allowed says which baseline values a participant who
// is enrolled may have.
func newCourse(o *protocol.SimOutcome, shares map[string]float64, days []float64, decimals int, allowed func(float64) bool) (*courseModel, error) {
	m := &courseModel{spec: o, arms: map[string][]margin{}, site: map[string][]float64{}, days: days, decimals: decimals}
	var err error
	if m.lower, err = cholesky(o.Correlation); err != nil {
		return nil, fmt.Errorf("simulation.outcomes %s: %w", o.Score, err)
	}
	values := grid(o.Min, o.Max, decimals)
	base, sd := pooled(o, shares)
	ok := slices.DeleteFunc(slices.Clone(values), func(x float64) bool { return !allowed(x) })
	if m.baseline, err = newMargin(ok, base, sd); err != nil {
		return nil, fmt.Errorf("simulation.outcomes %s at %s: %w", o.Score, o.Visits[0], err)
	}
	for _, a := range o.Arms {
		list := make([]margin, len(o.Visits))
		site := make([]float64, len(o.Visits))
		for k := 1; k < len(o.Visits); k++ {
			if list[k], err = newMargin(values, a.Mean[k]-a.Mean[0]+base, a.SD[k]); err != nil {
				return nil, fmt.Errorf("simulation.outcomes %s, arm %s at %s: %w", o.Score, a.Arm, o.Visits[k], err)
			}
			site[k] = min(o.SiteSD/a.SD[k], 0.9)
		}
		m.arms[a.Arm], m.site[a.Arm] = list, site
	}
	return m, nil
}

// latent draws correlated standard normal scores, one a visit.
func (m *courseModel) latent(c chance) []float64 {
	e := make([]float64, len(m.lower))
	for i := range e {
		e[i] = c.NormFloat64()
	}
	z := make([]float64, len(e))
	for i, row := range m.lower {
		for j := range row[:i+1] {
			z[i] += row[j] * e[j]
		}
	}
	return z
}

// course answers the values by visit for an arm; site is the site's own standard
// normal score, which moves all that comes after baseline.
func (m *courseModel) course(z []float64, baseline float64, arm string, site float64) []float64 {
	out := make([]float64, len(z))
	out[0] = baseline
	for k := 1; k < len(z); k++ {
		r := m.site[arm][k]
		out[k] = m.arms[arm][k].at(math.Sqrt(1-r*r)*z[k] + r*site)
	}
	return out
}

// between answers the value on a day between the visits, in a straight line. Until
// the first dose it is the baseline.
func (m *courseModel) between(course []float64, day, dosed float64) float64 {
	x0, y0 := math.Min(dosed, m.days[min(1, len(m.days)-1)]), course[0]
	for k := 1; k < len(course); k++ {
		if day <= m.days[k] {
			if day <= x0 || m.days[k] <= x0 {
				return y0
			}
			return y0 + (course[k]-y0)*(day-x0)/(m.days[k]-x0)
		}
		x0, y0 = m.days[k], course[k]
	}
	return y0
}

// cholesky answers the lower factor of a correlation matrix.
func cholesky(a [][]float64) ([][]float64, error) {
	l := make([][]float64, len(a))
	for i := range a {
		l[i] = make([]float64, len(a))
		for j := 0; j <= i; j++ {
			s := a[i][j]
			for k := range j {
				s -= l[i][k] * l[j][k]
			}
			switch {
			case i != j:
				l[i][j] = s / l[j][j]
			case s <= 1e-12:
				return nil, fmt.Errorf("the correlation matrix is not positive definite (row %d)", i+1)
			default:
				l[i][i] = math.Sqrt(s)
			}
		}
	}
	return l, nil
}
