package sequential

import (
	"math"

	"varde/stats/distribution"
	"varde/stats/quadrature"
)

// The score process B(t) = Z(t) sqrt(t) has independent normal increments with
// mean drift*dt and variance dt, where t is the share of the largest information
// and drift the expected Z at t = 1 (Jennison and Turnbull 2000, ch. 3 and 19).
// A front is the density of B at a look, over the trials that still go on: the
// recursion of Armitage, McPherson and Rowe (1969, JRSS A 132:235), with
// Gauss-Legendre nodes on panels narrower than the increments.
type front struct {
	began, start float64 // where the walk began: B(began) = start
	t            float64
	b, w         []float64 // nodes, and density times quadrature weight
}

// origin is the front before the first look.
func origin() front { return from(0, 0) }

// from is the front of trials that are all at b at t.
func from(t, b float64) front {
	return front{began: t, start: b, t: t, b: []float64{b}, w: []float64{1}}
}

// above is the probability of going on until now and then of Z > z at t.
func (f front) above(z, t, drift float64) float64 {
	return f.tail(z, t, drift, 1)
}

// below is the same for Z < z.
func (f front) below(z, t, drift float64) float64 {
	return f.tail(z, t, drift, -1)
}

func (f front) tail(z, t, drift, side float64) float64 {
	if math.IsInf(z, 0) {
		if (z > 0) == (side > 0) {
			return 0
		}
		return f.mass()
	}
	dt := t - f.t
	sd, c := math.Sqrt(dt), z*math.Sqrt(t)-drift*dt
	s := 0.0
	for i, b := range f.b {
		s += f.w[i] * distribution.NormalUpper(side*(c-b)/sd)
	}
	return s
}

func (f front) mass() float64 {
	s := 0.0
	for _, w := range f.w {
		s += w
	}
	return s
}

// reach is how many standard deviations of the density are kept: what lies
// outside is below 1e-17.
const reach = 8.6

// next is the front after the look at t from which trials with lo < Z < hi go
// on; after is the information at the look that follows.
func (f front) next(lo, hi, t, drift, after float64) front {
	out := front{start: f.start, began: f.began, t: t}
	root, sd, middle := math.Sqrt(t), reach*math.Sqrt(t-f.began), f.start+drift*(t-f.began)
	from, to := max(lo*root, middle-sd), min(hi*root, middle+sd)
	if !(from < to) {
		return out
	}
	dt := t - f.t
	panels := math.Ceil((to - from) / (2.5 * math.Sqrt(min(dt, after-t))))
	out.b, out.w = quadrature.Nodes(from, to, int(panels))
	for i, b := range out.b {
		out.w[i] *= f.density(b, dt, drift)
	}
	return out
}

func (f front) density(b, dt, drift float64) float64 {
	c := b - drift*dt
	s := 0.0
	for i, from := range f.b {
		d := c - from
		if e := d * d / (2 * dt); e < 45 {
			s += f.w[i] * math.Exp(-e)
		}
	}
	return s / math.Sqrt(2*math.Pi*dt)
}
