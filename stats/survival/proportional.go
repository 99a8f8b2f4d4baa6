package survival

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/stats/distribution"
)

// TimeScale names the function of time along which a hazard ratio may drift.
type TimeScale string

const (
	ByKaplanMeier TimeScale = "km" // 1 - pooled survival just before; the default
	ByTime        TimeScale = "identity"
	ByRank        TimeScale = "rank" // among all times, ties averaged
	ByLog         TimeScale = "log"
)

// Proportionality tests whether hazard ratios change with time.
type Proportionality struct {
	Scale   TimeScale
	Columns []ChiSquared // P: one for each coefficient, zero for aliased columns
	Global  ChiSquared
}

// Proportional is the score test that adds to each covariate its product with a
// function of time (Grambsch and Therneau 1994, Biometrika 81:515; in the exact
// form that does not take the covariance of the covariates as constant over
// time, as R's survival has it since version 3). It is the correlation of the
// Schoenfeld residuals with time. Empty scale is km.
func (c *Cox) Proportional(scale TimeScale) (Proportionality, error) {
	if scale == "" {
		scale = ByKaplanMeier
	}
	var all []instant
	c.m.each(c.best, func(i instant) { all = append(all, i) })
	g, err := c.m.scaled(scale, all)
	if err != nil {
		return Proportionality{}, err
	}
	k := c.m.k
	score := make([]float64, k)
	own, cross, twice := make([]float64, k*k), make([]float64, k*k), make([]float64, k*k)
	for n, i := range all {
		for a, v := range i.score {
			score[a] += g[n] * v
		}
		for a, v := range i.information {
			own[a] += v
			cross[a] += g[n] * v
			twice[a] += g[n] * g[n] * v
		}
	}
	left := adjust(own, cross, twice, k)
	if left == nil {
		return Proportionality{}, errors.New("survival: the events do not tell the coefficients from their change with time; there are too few, or all at one time")
	}
	p := Proportionality{Scale: scale, Columns: make([]ChiSquared, c.P)}
	for a, j := range c.m.kept {
		p.Columns[j] = ChiSquared{score[a] * score[a] / left[a*k+a], 1, 0}
		p.Columns[j].P = distribution.ChiSquaredUpper(p.Columns[j].Statistic, 1)
	}
	v, ok := invert(left, k)
	if !ok {
		return p, errors.New("survival: the events do not tell the changes with time of the covariates from each other")
	}
	p.Global = ChiSquared{quadratic(v, score, k), float64(k), 0}
	p.Global.P = distribution.ChiSquaredUpper(p.Global.Statistic, p.Global.DF)
	return p, nil
}

// adjust is twice - cross own^-1 cross, or nil where it has no variance left.
func adjust(own, cross, twice []float64, k int) []float64 {
	inverse, ok := invert(own, k)
	if !ok {
		return nil
	}
	out := slices.Clone(twice)
	for a := range k {
		for b := range k {
			for i := range k {
				for j := range k {
					out[a*k+b] -= cross[a*k+i] * inverse[i*k+j] * cross[j*k+b]
				}
			}
		}
	}
	for a := range k {
		if !(out[a*k+a] > 1e-12*twice[a*k+a]) {
			return nil
		}
	}
	return out
}

// scaled answers the function of time at each instant, around its mean over the
// events.
func (m *partial) scaled(scale TimeScale, all []instant) ([]float64, error) {
	g := make([]float64, len(all))
	switch scale {
	case ByTime, ByLog:
		for n, i := range all {
			g[n] = i.time
			if scale == ByLog {
				if i.time == 0 {
					return nil, errors.New("survival: an event at time zero has no logarithm; use another scale")
				}
				g[n] = math.Log(i.time)
			}
		}
	case ByRank:
		for n, i := range all {
			before, same := 0, 0
			for _, t := range m.time {
				if t < i.time {
					before++
				} else if t == i.time {
					same++
				}
			}
			g[n] = float64(before) + float64(same+1)/2
		}
	case ByKaplanMeier:
		curve, err := KaplanMeier(m.time, m.event, "", 0)
		if err != nil {
			return nil, err
		}
		for n, i := range all {
			for _, s := range curve.Steps {
				if s.Time >= i.time {
					break
				}
				g[n] = 1 - s.Survival
			}
		}
	default:
		return nil, fmt.Errorf("survival: no scale of time %q; use km, identity, rank or log", scale)
	}
	mean, events := 0.0, 0.0
	for n, i := range all {
		mean += g[n] * float64(i.events)
		events += float64(i.events)
	}
	for n := range g {
		g[n] -= mean / events
	}
	return g, nil
}
