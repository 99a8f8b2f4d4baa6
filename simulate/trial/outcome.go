package trial

import (
	"fmt"
	"math"
	"slices"

	"varde/protocol"
)

// outcome is the first simulated outcome, which is the primary endpoint's score.
type outcome struct {
	spec     *protocol.SimOutcome
	visits   int       // with baseline
	lower    []float64 // visits x visits
	baseline sampler
	at       [][]sampler // arm, visit
	own, ofS [][]float64 // arm, visit: weights of the person's score and of the site's
	day      []float64   // nominal, from referral
	step     float64
	missable []bool
	missed   float64
}

// makeOutcome scales the published course: the arm that is compared has the control's
// mean change from baseline and the share effect of the published difference on top.
// Standard deviations stay those of the arm, so that effect 0 is no effect on the mean
// and nothing else.
func (d *Design) makeOutcome(s *Source) error {
	spec, err := d.scaled(&d.def.Simulation.Outcomes[0])
	if err != nil {
		return err
	}
	course, err := s.drawing.Course(spec)
	if err != nil {
		return fmt.Errorf("no outcome of this kind exists: %w", err)
	}
	k := len(spec.Visits)
	o := outcome{spec: spec, visits: k, step: math.Pow10(-s.drawing.Decimals(spec.Score)), missed: d.def.Simulation.Imperfection.MissedVisit}
	for _, row := range course.Lower() {
		for j := range k {
			if j < len(row) {
				o.lower = append(o.lower, row[j])
			} else {
				o.lower = append(o.lower, 0)
			}
		}
	}
	o.baseline = newSampler(course.Baseline())
	for _, v := range spec.Visits {
		day, ok := s.drawing.Day(v)
		if !ok {
			return fmt.Errorf("the outcome %s is rated at %s, which is no visit", spec.Score, v)
		}
		o.day, o.missable = append(o.day, day), append(o.missable, s.drawing.Missable(v))
	}
	for _, a := range d.arms {
		if !slices.ContainsFunc(spec.Arms, func(x protocol.SimArm) bool { return x.Arm == a.ID }) {
			return fmt.Errorf("the outcome %s says nothing of the arm %s", spec.Score, a.ID)
		}
		list, own, ofS := make([]sampler, k), make([]float64, k), make([]float64, k)
		for v := 1; v < k; v++ {
			list[v] = newSampler(course.At(a.ID, v))
			w := course.SiteWeight(a.ID, v)
			own[v], ofS[v] = math.Sqrt(1-w*w), w
		}
		o.at, o.own, o.ofS = append(o.at, list), append(o.own, own), append(o.ofS, ofS)
	}
	d.outcome = o
	return nil
}

// scaled answers the outcome with the numbers of the setting.
func (d *Design) scaled(o *protocol.SimOutcome) (*protocol.SimOutcome, error) {
	out := *o
	effect, sd, r := d.Setting.get("effect", 1), d.Setting.get("sd", 1), d.Setting.get("correlation", 1)
	out.SiteSD = d.Setting.get("siteSD", o.SiteSD)
	out.Arms = nil
	var reference *protocol.SimArm
	if d.control >= 0 {
		if i := slices.IndexFunc(o.Arms, func(x protocol.SimArm) bool { return x.Arm == d.arms[d.control].ID }); i >= 0 {
			reference = &o.Arms[i]
		}
	}
	for _, a := range o.Arms {
		b := protocol.SimArm{Arm: a.Arm, Mean: slices.Clone(a.Mean), SD: slices.Clone(a.SD)}
		for k := 1; k < len(b.Mean); k++ {
			change := a.Mean[k] - a.Mean[0]
			switch {
			case reference == nil: // one arm: the effect is its own change
				b.Mean[k] = a.Mean[0] + effect*change
			case a.Arm != reference.Arm:
				against := reference.Mean[k] - reference.Mean[0]
				b.Mean[k] = a.Mean[0] + against + effect*(change-against)
			}
			b.SD[k] *= sd
		}
		out.Arms = append(out.Arms, b)
	}
	out.Correlation = make([][]float64, len(o.Correlation))
	for i, row := range o.Correlation {
		out.Correlation[i] = slices.Clone(row)
		for j := range row {
			if i != j {
				if out.Correlation[i][j] = r * row[j]; math.Abs(out.Correlation[i][j]) > 1 {
					return nil, fmt.Errorf("correlation: %v times %v is no correlation", r, row[j])
				}
			}
		}
	}
	return &out, nil
}

// truth is the difference at the main visit that the main estimand means, computed from
// the distributions themselves: of everybody, with nobody's score moved by a guess.
// Under treatment policy what follows an event counts; otherwise as if it had not been.
func (d *Design) truth(est protocol.Estimand, visit int) float64 {
	mean := func(arm int) float64 {
		after := 1.0 // share to whom no event happened that moves the score
		for _, e := range d.events {
			if e.control && !e.hypothetical(est) {
				after *= 1 - e.rate[arm]
			}
		}
		return after*d.outcome.at[arm][visit].mean + (1-after)*d.outcome.at[d.control][visit].mean
	}
	return mean(d.active) - mean(d.control)
}

// drawScores draws every participant's values by visit, before anybody leaves.
func (w *Worker) drawScores(n int) {
	o := &w.d.outcome
	rng := w.stream[scoring]
	for s := range w.siteEffect {
		w.siteEffect[s] = rng.NormFloat64()
	}
	k := o.visits
	e, z := w.e[:k], w.z
	for i := range n {
		for v := range e {
			e[v] = rng.NormFloat64()
		}
		zi := z[i*k : i*k+k]
		for v := range zi {
			sum := 0.0
			for j, x := range e[:v+1] {
				sum += o.lower[v*k+j] * x
			}
			zi[v] = sum
		}
		w.base[i] = int32(o.baseline.index(zi[0]))
		w.y[i*k] = o.baseline.values[w.base[i]]
		w.person[i] = int32(rng.Uint64() & (poolSize - 1))
	}

}

// courses gives everybody the values of their arm.
func (w *Worker) courses(n int) {
	o := &w.d.outcome
	k := o.visits
	for i := range n {
		arm := w.arm[i]
		s := w.siteEffect[w.site[i]]
		for v := 1; v < k; v++ {
			z := o.own[arm][v]*w.z[i*k+v] + o.ofS[arm][v]*s
			w.z[i*k+v] = z
			w.y[i*k+v] = o.at[arm][v].at(z)
		}
	}
}
