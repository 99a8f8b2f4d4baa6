package main

import (
	"math"
	"math/rand/v2"
	"strconv"

	"varde/stats/impute"
	"varde/stats/mmrm"
)

// trialShape is a trial to generate: two arms, a baseline, further factors, and visits
// of which some are missing.
type trialShape struct {
	subjects, visits int
	factors          []int   // levels of each further factor
	dropout          float64 // chance to leave before each further visit
	missing          float64 // chance to miss one visit
	noBaseline       bool    // the model has no covariate
}

// The shapes of the bars: fev_data and bcva_data of R's mmrm, the trial MAPP2 (104
// people, ten sites, three visits), and a large one.
var (
	fevShape   = trialShape{subjects: 197, visits: 4, factors: []int{3, 2}, missing: 0.32, noBaseline: true}
	mapp2Shape = trialShape{subjects: 104, visits: 3, factors: []int{10}, dropout: 0.04}
	bcvaShape  = trialShape{subjects: 1000, visits: 10, factors: []int{3}, dropout: 0.02, missing: 0.02}
	largeShape = trialShape{subjects: 10_000, visits: 12, factors: []int{3, 2}, dropout: 0.02, missing: 0.01}
)

// generate draws a trial with correlated visits whose variance grows and a difference
// between the arms that grows, rounded to tenths. The columns are the intercept, the
// baseline, the factors, the arm, the visits, and arm x visit. The contrasts are, by
// visit, the mean of each arm and their difference.
func (s trialShape) generate(seed uint64) (mmrm.Input, [][]float64) {
	rng := rand.New(rand.NewPCG(seed, 7))
	arm := 1
	if !s.noBaseline {
		arm++
	}
	for _, k := range s.factors {
		arm += k - 1
	}
	in := mmrm.Input{P: arm + 2*s.visits - 1}
	for j := range in.P {
		in.Names = append(in.Names, "column "+strconv.Itoa(j+1))
	}
	for i := range s.subjects {
		s.subject(rng, &in, i, arm)
	}
	return in, s.contrasts(in.P, arm)
}

func (s trialShape) subject(rng *rand.Rand, in *mmrm.Input, i, arm int) {
	base := math.Round(400+60*rng.NormFloat64()) / 10
	treated := float64(i % 2)
	shared, last := rng.NormFloat64(), rng.NormFloat64()
	row := make([]float64, in.P)
	row[0], row[arm] = 1, treated
	at := 1
	if !s.noBaseline {
		row[at] = base
		at++
	}
	for _, k := range s.factors {
		if level := rng.IntN(k); level > 0 {
			row[at+level-1] = 1
		}
		at += k - 1
	}
	gone := false
	for v := range s.visits {
		last = 0.6*last + 0.8*rng.NormFloat64()
		gone = gone || v > 0 && rng.Float64() < s.dropout
		if gone || rng.Float64() < s.missing {
			continue
		}
		in.X = append(in.X, row...)
		if x := in.X[len(in.X)-in.P:]; v > 0 {
			x[arm+v], x[arm+s.visits-1+v] = 1, treated
		}
		y := 10 + 0.4*base + float64(v)*(1-treated) + (4+0.5*float64(v))*0.7*(shared+last)
		in.Y = append(in.Y, math.Round(10*y)/10)
		in.Subject = append(in.Subject, i)
		in.Visit = append(in.Visit, v)
	}
}

func (s trialShape) contrasts(p, arm int) [][]float64 {
	var out [][]float64
	for v := range s.visits {
		control, difference := make([]float64, p), make([]float64, p)
		control[0], difference[arm] = 1, 1
		if v > 0 {
			control[arm+v], difference[arm+s.visits-1+v] = 1, 1
		}
		treated := make([]float64, p)
		for j := range treated {
			treated[j] = control[j] + difference[j]
		}
		out = append(out, control, treated, difference)
	}
	return out
}

// missingTrial draws subjects x 3 visits in two arms; about a fifth of them leave, some
// before the second visit. z is the design at one visit: intercept, arm, baseline.
func missingTrial(subjects int, seed uint64) (d *impute.Data, z []float64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	const visits, p = 3, 7
	d = &impute.Data{Subjects: subjects, Visits: visits, P: p}
	for i := range subjects {
		arm, base, shared := float64(i%2), 45+8*rng.NormFloat64(), 6*rng.NormFloat64()
		left := visits
		if rng.Float64() < 0.2 {
			left = 1 + rng.IntN(visits-1)
		}
		for v := range visits {
			x := make([]float64, p)
			x[0], x[1], x[2] = 1, arm, base
			if v > 0 {
				x[2+v], x[4+v] = 1, arm
			}
			d.X = append(d.X, x...)
			y := math.NaN()
			if v < left {
				y = -5 - 0.3*base - float64(v)*(4*arm+2) + shared + 5*rng.NormFloat64()
			}
			d.Y = append(d.Y, y)
		}
		d.Event, d.Strata = append(d.Event, left), append(d.Strata, i%2)
		z = append(z, 1, arm, base)
	}
	return d, z
}
