package operating

import (
	"context"
	"fmt"
	"math"
	"time"

	"varde/analysis"
	"varde/protocol"
	"varde/simulate"
	"varde/simulate/trial"
	"varde/study"
)

// Full is the slow speed: every command of every virtual participant and of the staff
// goes through package study, and the planned analysis runs on what was recorded. It is
// given what package report makes of a state, because that package stands beside this.
type Full struct {
	Subject func(def *protocol.Definition, needs analysis.Needs, s *study.State, arm string) analysis.Subject
}

// fullAxes are those that the virtual people and sites know as well.
var fullAxes = map[string]bool{"effect": true, "n": true, "sd": true, "correlation": true, "siteSD": true, "dropout": true, "referrals": true, "screening": true}

func (f *Full) prepare(def *protocol.Definition, x Scenario, d *trial.Design) (*prepared, error) {
	for _, name := range x.Setting.Names() {
		if !fullAxes[name] {
			return nil, fmt.Errorf("%s is drawn at the outcome speed only: leave it out, or run without --speed full", name)
		}
	}
	changed := *def
	sim, err := d.Simulation()
	if err != nil {
		return nil, err
	}
	changed.Simulation = sim
	// What is asked besides the planned models is not what is measured here.
	changed.Analysis.Sensitivity, changed.Analysis.Subgroups = nil, def.Analysis.Subgroups
	p := &prepared{design: d, metrics: fullMetrics(def, d)}
	p.make = func() (drawer, error) {
		return &whole{def: &changed, needs: analysis.NeedsOf(&changed), subject: f.Subject, design: d, metrics: p.metrics}, nil
	}
	return p, nil
}

// fullMetrics are those that a whole study is asked for.
func fullMetrics(def *protocol.Definition, d *trial.Design) []trial.Metric {
	out := []trial.Metric{{ID: trial.Randomised}, {ID: trial.Unreached, Yes: true}, {ID: trial.Referred}, {ID: trial.Unsuitable}, {ID: trial.ScreenFail}, {ID: trial.LastVisit},
		{ID: "commands"}, {ID: "deviations"}, {ID: "unexpected-refusals"}, {ID: "unfinished"}}
	for _, a := range def.Arms {
		out = append(out, trial.Metric{ID: "dropout." + a.ID})
	}
	if d.Main != "" {
		out = append(out, trial.Metric{ID: trial.Reject, Yes: true}, trial.Metric{ID: trial.InFavour, Yes: true}, trial.Metric{ID: trial.Value}, trial.Metric{ID: trial.SE},
			trial.Metric{ID: trial.Width}, trial.Metric{ID: trial.Covered, Yes: true}, trial.Metric{ID: trial.Square}, trial.Metric{ID: trial.Fallback, Yes: true}, trial.Metric{ID: trial.Failed, Yes: true})
	}
	for _, m := range def.Analysis.Models {
		if m.ID != d.Main {
			out = append(out, trial.Metric{ID: "model." + m.ID + ".estimate"})
		}
	}
	for _, e := range def.Analysis.Order {
		out = append(out, trial.Metric{ID: "order." + e, Yes: true})
	}
	return out
}

// whole draws whole studies.
type whole struct {
	def     *protocol.Definition
	needs   analysis.Needs
	subject func(def *protocol.Definition, needs analysis.Needs, s *study.State, arm string) analysis.Subject
	design  *trial.Design
	metrics []trial.Metric
	values  map[string]float64
	out     []float64
}

// begin is when virtual sites open. Any day would do; it is a Monday.
var begin = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// Draw implements drawer.
func (w *whole) Draw(seed uint64, i int) error {
	ctx := context.Background()
	memory, err := simulate.NewMemory(w.def, "simulated", begin)
	if err != nil {
		return err
	}
	sum, err := simulate.Run(ctx, simulate.Config{Record: memory, Study: "simulated", Definition: w.def, Seed: trial.Mixed(seed, i), Participants: w.design.N, Start: begin})
	if err != nil {
		return err
	}
	ds := analysis.Dataset{Simulated: true, Arms: len(w.def.Arms) > 1, Cut: analysis.Cut{Study: "simulated", Protocol: w.def.ID, Version: w.def.Version, Digest: w.def.Digest, Mode: "practice"}}
	left, entered := map[string]float64{}, map[string]float64{}
	for _, s := range memory.People() {
		arm := memory.Arm(s.ID)
		ds.Subjects = append(ds.Subjects, w.subject(w.def, w.needs, s, arm))
		if arm != "" {
			entered[arm]++
			if !s.Left.IsZero() {
				left[arm]++
			}
		}
	}
	w.tell(sum, left, entered)
	w.results(analysis.Analyse(w.def, ds))
	return nil
}

// tell keeps what the run itself says.
func (w *whole) tell(sum simulate.Summary, left, entered map[string]float64) {
	unexpected := 0
	for _, n := range sum.Unexpected {
		unexpected += n
	}
	size := sum.Randomised
	if w.def.Allocation == nil {
		size = sum.Enrolled
	}
	w.values = map[string]float64{trial.Randomised: float64(size), trial.Unreached: yes(size < w.design.N), trial.Referred: float64(sum.Referred),
		trial.Unsuitable: float64(sum.NotSuitable), trial.ScreenFail: float64(sum.Failed), trial.LastVisit: sum.Last.Sub(begin).Hours() / 24,
		"commands": float64(sum.Commands), "deviations": float64(sum.Deviations), "unexpected-refusals": float64(unexpected), "unfinished": float64(sum.Unfinished)}
	for arm, n := range entered {
		w.values["dropout."+arm] = left[arm] / n
	}
}

// results keeps what the planned analysis says.
func (w *whole) results(r analysis.Result) {
	d := w.design
	for _, p := range r.Planned {
		var at *analysis.ModelContrast
		for i := range p.Contrasts {
			if p.Contrasts[i].Main || p.Method == "difference" {
				at = &p.Contrasts[i]
				break
			}
		}
		ok := p.State == "run" && at != nil && at.Estimate.Value != nil
		if p.Model != d.Main {
			if ok {
				w.values["model."+p.Model+".estimate"] = *at.Estimate.Value
			}
			continue
		}
		w.values[trial.Failed] = yes(!ok)
		w.values[trial.Reject], w.values[trial.InFavour] = 0, 0
		if ok {
			w.main(p, at)
		}
	}
	for _, o := range r.Order {
		w.values["order."+o.Endpoint] = yes(o.State == "significant")
	}
}

func (w *whole) main(p analysis.PlannedResult, c *analysis.ModelContrast) {
	d, value := w.design, *c.Estimate.Value
	reject := c.Test.P <= d.Level
	w.values[trial.Reject], w.values[trial.InFavour] = yes(reject), yes(reject && d.Favours(value))
	w.values[trial.Value], w.values[trial.SE] = value, c.Test.SE
	w.values[trial.Fallback] = yes(len(w.mainChain()) > 0 && p.Covariance != w.mainChain()[0])
	w.values[trial.Square] = (value - d.True) * (value - d.True)
	if c.Estimate.Lower != nil && c.Estimate.Upper != nil {
		w.values[trial.Width] = *c.Estimate.Upper - *c.Estimate.Lower
		w.values[trial.Covered] = yes(*c.Estimate.Lower <= d.True && d.True <= *c.Estimate.Upper)
	}
}

func (w *whole) mainChain() []string {
	for _, m := range w.def.Analysis.Models {
		if m.ID == w.design.Main {
			return m.Covariance
		}
	}
	return nil
}

// Outcome implements drawer.
func (w *whole) Outcome() (out, waits []float64) {
	w.out = w.out[:0]
	for _, m := range w.metrics {
		v, ok := w.values[m.ID]
		if !ok {
			v = math.NaN()
		}
		w.out = append(w.out, v)
	}
	return w.out, nil
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
