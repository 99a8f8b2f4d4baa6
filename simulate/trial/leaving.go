package trial

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/protocol"
)

// leavers is who leaves the study before each visit: by arm a hazard, which may depend
// on the last value that was seen and on the next one that was not.
type leavers struct {
	hazard     [][]float64 // arm, visit after baseline: of those still in
	intercept  [][]float64 // log odds, so that the share over everybody is the hazard
	observed   float64
	unobserved float64
}

func (d *Design) makeLeaving(*Source) error {
	factor := d.Setting.get("dropout", 1)
	l := leavers{observed: d.Setting.get("observed", 0), unobserved: d.Setting.get("informative", 0)}
	if t := d.def.Simulation.Trial; t != nil {
		l.observed, l.unobserved = d.Setting.get("observed", t.Leaving.Observed), d.Setting.get("informative", t.Leaving.Unobserved)
	}
	k := d.outcome.visits
	for _, a := range d.arms {
		hazard, intercept := make([]float64, k), make([]float64, k)
		if i := slices.IndexFunc(d.def.Simulation.Dropout, func(x protocol.SimDropout) bool { return x.Arm == a.ID }); i >= 0 {
			left := 1.0
			for v, share := range d.def.Simulation.Dropout[i].Before {
				if share *= factor; share > left+1e-12 {
					return fmt.Errorf("dropout: %v times the published shares is more than everybody in the arm %s", factor, a.ID)
				}
				if v+1 < k && left > 0 {
					hazard[v+1] = min(share/left, 1)
				}
				left -= share
			}
		}
		for v := 1; v < k; v++ {
			intercept[v] = l.solve(hazard[v], d.outcome.spec.Correlation[v-1][v])
		}
		l.hazard, l.intercept = append(l.hazard, hazard), append(l.intercept, intercept)
	}
	d.leave = l
	return nil
}

// solve answers the log odds at the mean for which the share over a bivariate normal
// with that correlation is the hazard.
func (l *leavers) solve(hazard, r float64) float64 {
	if hazard <= 0 || hazard >= 1 {
		return 0 // not used
	}
	sd := math.Sqrt(max(0, l.observed*l.observed+l.unobserved*l.unobserved+2*r*l.observed*l.unobserved))
	share := func(a float64) float64 {
		const half, step = 8.0, 0.05
		sum, total := 0.0, 0.0
		for z := -half; z <= half+step/2; z += step {
			weight := math.Exp(-z * z / 2)
			sum += weight * expit(a+sd*z)
			total += weight
		}
		return sum / total
	}
	low, high := -60.0, 60.0
	for range 100 {
		if middle := (low + high) / 2; share(middle) < hazard {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// event is an intercurrent event of the estimands.
type event struct {
	id           string
	rate         []float64 // by arm
	retrieved    float64
	control      bool // afterwards the course is the control's
	hypotheticIn []string
	stops        bool // treatment
}

// hypothetical says that an estimand leaves out what comes after the event.
func (e *event) hypothetical(est protocol.Estimand) bool {
	return slices.Contains(e.hypotheticIn, est.ID)
}

func (d *Design) makeEvents(*Source) error {
	var list []protocol.SimIntercurrent
	if t := d.def.Simulation.Trial; t != nil {
		list = slices.Clone(t.Events)
	}
	stopping, hasStopping := d.Setting["stopping"]
	retrieved, hasRetrieved := d.Setting["retrieved"]
	i := slices.IndexFunc(list, func(x protocol.SimIntercurrent) bool { return x.Event == protocol.TreatmentStopped })
	if i < 0 && hasStopping {
		list = append(list, protocol.SimIntercurrent{Event: protocol.TreatmentStopped, Retrieved: 1, After: "control"})
		i = len(list) - 1
	}
	if hasRetrieved && i < 0 {
		return errors.New("retrieved: nobody stops treatment in this protocol: set stopping as well")
	}
	if i >= 0 {
		if hasStopping {
			list[i].Rates = map[string]float64{}
			for _, a := range d.arms {
				list[i].Rates[a.ID] = stopping
			}
		}
		if hasRetrieved {
			list[i].Retrieved = retrieved
		}
	}
	for _, x := range list {
		e := event{id: x.Event, retrieved: x.Retrieved, control: x.After == "control" && d.control >= 0, stops: x.Event == protocol.TreatmentStopped}
		for _, a := range d.arms {
			e.rate = append(e.rate, x.Rates[a.ID])
		}
		for _, est := range d.def.Analysis.Estimands {
			if slices.ContainsFunc(est.Events, func(v protocol.Intercurrent) bool { return v.ID == x.Event && v.Strategy == "hypothetical" }) {
				e.hypotheticIn = append(e.hypotheticIn, est.ID)
			}
		}
		d.events = append(d.events, e)
	}
	return nil
}

// drawLeaving decides who leaves before which visit, and when. It sees the values as
// they are by then, so it comes after everything that moves them.
func (w *Worker) drawLeaving(n int) {
	d := w.d
	k := d.outcome.visits
	rng := w.stream[leaving]
	t := &d.calendar
	for i := range n {
		arm := w.arm[i]
		w.left[i], w.leftDay[i] = int8(k), math.Inf(1)
		for v := 1; v < k; v++ {
			u, at := rng.Float64(), rng.Float64() // always both: one person's chance is not another's
			h := d.leave.hazard[arm][v]
			if w.left[i] < int8(k) || h <= 0 {
				continue
			}
			if h < 1 && (d.leave.observed != 0 || d.leave.unobserved != 0) {
				h = expit(d.leave.intercept[arm][v] + d.leave.observed*w.score(i, v-1) + d.leave.unobserved*w.score(i, v))
			}
			if u < h {
				w.left[i] = int8(v)
				w.leftDay[i] = t.rated[v-1] + (0.1+0.65*at)*(t.rated[v]-t.rated[v-1])
			}
		}
	}
}

// score answers a value in standard deviations from its mean in the arm.
func (w *Worker) score(i, v int) float64 {
	o := &w.d.outcome
	s := &o.baseline
	if v > 0 {
		s = &o.at[w.arm[i]][v]
	}
	if s.sd == 0 {
		return 0
	}
	return (w.y[i*o.visits+v] - s.mean) / s.sd
}

// drawEvents decides what happens to whom, and what that does to the values after it.
func (w *Worker) drawEvents(n int) {
	d := w.d
	if len(d.events) == 0 {
		return
	}
	o := &d.outcome
	k := o.visits
	rng := w.stream[happening]
	t := &d.calendar
	for i := range n {
		for e := range d.events {
			x := &d.events[e]
			u, at := rng.Float64(), rng.Float64()
			day := math.Inf(1)
			if u < x.rate[w.arm[i]] {
				day = t.firstSession + at*(t.rated[t.main]-t.firstSession)
			}
			w.eventDay[e*n+i] = day
			for v := 1; v < k; v++ {
				keep := rng.Float64()
				if t.rated[v] < day {
					continue
				}
				if keep >= x.retrieved {
					w.gap[i] |= 1 << v
				}
				if x.control {
					w.y[i*k+v] = o.at[d.control][v].at(w.z[i*k+v])
				}
			}
		}
	}
}

// drawMisses leaves out visits that are missed.
func (w *Worker) drawMisses(n int) {
	o := &w.d.outcome
	if o.missed <= 0 {
		return
	}
	rng := w.stream[visiting]
	for i := range n {
		for v := 1; v < o.visits; v++ {
			if u := rng.Float64(); o.missable[v] && u < o.missed {
				w.gap[i] |= 1 << v
			}
		}
	}
}
