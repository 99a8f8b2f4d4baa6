package impute

import (
	"math"
	"math/rand/v2"
)

// newTrial generates subjects x 3 visits in two arms with a baseline; of each
// arm about a fifth leaves, some before the second visit.
func newTrial(subjects int, seed uint64) (d *Data, z []float64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	d = &Data{Subjects: subjects, Visits: 3, P: 7}
	for i := range subjects {
		arm, base := float64(i%2), 45+8*rng.NormFloat64()
		shared := 6 * rng.NormFloat64()
		event := 3
		if rng.Float64() < 0.2 {
			event = 1 + rng.IntN(2)
		}
		for t := range 3 {
			x, ref := make([]float64, 7), make([]float64, 7)
			x[0], x[1], x[2] = 1, arm, base
			ref[0], ref[2] = 1, base
			if t > 0 {
				x[2+t], x[4+t], ref[2+t] = 1, arm, 1
			}
			d.X = append(d.X, x...)
			d.Reference = append(d.Reference, ref...)
			y := math.NaN()
			if t < event {
				y = -5 - 0.3*base - 4*arm*float64(t) - 2*float64(t) + shared + 5*rng.NormFloat64()
			}
			d.Y = append(d.Y, y)
		}
		d.Event = append(d.Event, event)
		d.Strata = append(d.Strata, i%2)
		z = append(z, 1, arm, base)
	}
	return d, z
}

func everyone(d *Data, s Strategy) *Data {
	c := *d
	c.Strategy = make([]Strategy, d.Subjects)
	for i := range c.Strategy {
		c.Strategy[i] = s
	}
	return &c
}
