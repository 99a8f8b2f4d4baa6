package trial

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/protocol"
)

// guesses is what participants believe about their arm, and how that moves their scores.
type guesses struct {
	cdf   [][]float64 // by arm, over arms and then "unknown"
	shift [][]float64 // by arm and guess, points
	moves bool
}

func (d *Design) makeGuesses(*Source) error {
	var g guesses
	sim := d.def.Simulation
	right, hasRight := d.Setting["right"]
	points, hasPoints := d.Setting["expectancy"]
	if len(sim.Guess) == 0 && !hasRight {
		if hasPoints && points != 0 {
			return errors.New("expectancy: nobody guesses in this protocol: add simulation.guess, or set right")
		}
		return nil
	}
	if d.active < 0 && (hasRight || hasPoints && points != 0) {
		return errors.New("right and expectancy are for protocols that compare arms")
	}
	for a, arm := range d.arms {
		share := make([]float64, len(d.arms)+1)
		if i := slices.IndexFunc(sim.Guess, func(x protocol.SimGuess) bool { return x.Arm == arm.ID }); i >= 0 {
			for j, b := range d.arms {
				share[j] = sim.Guess[i].Rates[b.ID]
			}
			share[len(d.arms)] = sim.Guess[i].Rates["unknown"]
		}
		if hasRight {
			for j := range share {
				share[j] = (1 - right) / float64(len(d.arms)-1)
			}
			share[a], share[len(d.arms)] = right, 0
		}
		sum := 0.0
		for j, x := range share {
			sum += x
			share[j] = sum
		}
		if sum <= 0 {
			return fmt.Errorf("the shares of guesses in the arm %s add up to nothing", arm.ID)
		}
		for j := range share {
			share[j] /= sum
		}
		g.cdf = append(g.cdf, share)
		g.shift = append(g.shift, d.shifts(arm.ID, points, hasPoints))
	}
	for _, list := range g.shift {
		g.moves = g.moves || slices.ContainsFunc(list, func(x float64) bool { return x != 0 })
	}
	d.guess = g
	return nil
}

// shifts answers by how many points a guess moves the scores of an arm. As an axis
// expectancy is what whoever believes to have the active arm gets better by, and
// whoever believes to be in the control arm gets worse by.
func (d *Design) shifts(arm string, points float64, set bool) []float64 {
	out := make([]float64, len(d.arms)+1)
	if set && d.active >= 0 {
		better := -1.0
		if d.higherIsBetter() {
			better = 1
		}
		for j := range d.arms {
			out[j] = better * points
		}
		out[d.control] = -better * points
		return out
	}
	if t := d.def.Simulation.Trial; t != nil {
		for _, x := range t.Expectancy {
			if x.Arm != arm {
				continue
			}
			for j, b := range d.arms {
				out[j] = x.Shift[b.ID]
			}
			out[len(d.arms)] = x.Shift["unknown"]
		}
	}
	return out
}

// higherIsBetter reads from the published course which way the arm that is compared
// is thought to move the score; where it says nothing, low is better.
func (d *Design) higherIsBetter() bool {
	o := d.def.Simulation.Outcomes[0]
	if d.active < 0 {
		return false
	}
	last := len(o.Visits) - 1
	change := func(arm string) float64 {
		for _, a := range o.Arms {
			if a.Arm == arm {
				return a.Mean[last] - a.Mean[0]
			}
		}
		return 0
	}
	return change(d.arms[d.active].ID) > change(d.arms[d.control].ID)
}

// drawGuesses asks everybody, and moves the scores after the first session by what they
// believe. A part of a point is given by chance, so that it is right on average; the
// score stays in its range.
func (w *Worker) drawGuesses(n int) {
	d := w.d
	if len(d.guess.cdf) == 0 {
		return
	}
	o := &d.outcome
	k := o.visits
	rng := w.stream[guessing]
	for i := range n {
		u := rng.Float64()
		arm := w.arm[i]
		g := 0
		for g < len(d.arms) && u >= d.guess.cdf[arm][g] {
			g++
		}
		w.guess[i] = uint8(g)
		if !d.guess.moves {
			continue
		}
		shift := d.guess.shift[arm][g]
		for v := 1; v < k; v++ {
			part := rng.Float64()
			y := math.Floor((w.y[i*k+v]+shift)/o.step+part) * o.step
			w.y[i*k+v] = min(max(y, o.spec.Min), o.spec.Max)
		}
	}
}

// harm is an adverse event, by arm the share that has it at least once.
type harm struct{ rate []float64 }

func (d *Design) makeHarms(*Source) error {
	for _, x := range d.def.Simulation.AdverseEvents {
		h := harm{}
		for _, a := range d.arms {
			h.rate = append(h.rate, x.Rates[a.ID])
		}
		d.harms = append(d.harms, h)
	}
	return nil
}

// drawHarms counts, by arm, who has any adverse event and how many terms there are.
func (w *Worker) drawHarms(n int) {
	rng := w.stream[harming]
	for i := range n {
		arm := w.arm[i]
		count := 0
		for h := range w.d.harms {
			if rng.Uint64()>>11 < uint64(w.d.harms[h].rate[arm]*(1<<53)) {
				count++
			}
		}
		w.harmed[arm] += float64(min(count, 1))
		w.harmTerms[arm] += float64(count)
	}
}
