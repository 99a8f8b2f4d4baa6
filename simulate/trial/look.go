package trial

import (
	"fmt"
	"math"
	"slices"

	"varde/stats/distribution"
	"varde/stats/root"
	"varde/stats/sequential"
)

// look is a test of the main model before the end. What it may spend of the level is
// spent in any case. The plan does not say that a look ends the trial, so it does only in
// a scenario with earlyStop 1: then when its p value is not above its level.
type look struct {
	id    string
	n     int // participants whose main visit is due or passed
	level float64
}

// makeLooks takes the interim looks of the plan and works out what they leave of the
// level for the last test (stats/sequential, given bounds).
func (d *Design) makeLooks(*Source) error {
	d.Level = d.alpha
	if len(d.models) == 0 {
		return nil
	}
	shares, bounds := []float64{}, []float64{}
	for _, x := range d.def.Analysis.Interim {
		if !(x.Fraction > 0 && x.Fraction < 1) || !(x.Alpha > 0 && x.Alpha < d.alpha) {
			return fmt.Errorf("interim %s: a look lies between 0 and 1 of the information and takes less than the level %v", x.ID, d.alpha)
		}
		d.looks = append(d.looks, look{x.ID, int(math.Ceil(x.Fraction*float64(d.N) - 1e-9)), x.Alpha})
		shares, bounds = append(shares, x.Fraction), append(bounds, distribution.NormalUpperQuantile(x.Alpha/2))
	}
	if len(d.looks) == 0 {
		return nil
	}
	if !slices.IsSorted(shares) {
		return fmt.Errorf("the interim looks are not in the order of time")
	}
	var fault error
	spent := func(last float64) float64 {
		plan, err := sequential.New(sequential.Design{Information: append(slices.Clone(shares), 1), Alpha: d.alpha, Sides: 2,
			Efficacy: sequential.Boundary{Kind: sequential.Given, Values: append(slices.Clone(bounds), last)}})
		if err != nil {
			fault = err
			return 0
		}
		return plan.Spent[len(plan.Spent)-1] - d.alpha
	}
	usual := distribution.NormalUpperQuantile(d.alpha / 2)
	last, err := root.Find(spent, usual-1e-6, usual+3, 1e-9)
	if fault != nil {
		return fmt.Errorf("the interim looks: %w", fault)
	}
	if err != nil {
		return fmt.Errorf("the interim looks leave nothing of the level %v: %w", d.alpha, err)
	}
	d.Level = 2 * distribution.NormalUpper(last)
	if d.Setting.get("earlyStop", 0) == 0 {
		d.looks = nil
	}
	return nil
}

// interim runs the looks in their order. It answers which stopped the trial, or -1, with
// what was found, and marks who was randomised by then.
func (w *Worker) interim() (int, Fitted) {
	d := w.d
	if w.n < d.N {
		return -1, Fitted{} // recruitment never ended
	}
	for l := range d.looks {
		x := &d.looks[l]
		if x.n < 4 || x.n >= w.n {
			continue
		}
		at := w.due(x.n)
		for i := range w.n {
			w.keep[i] = w.mainDay[i] <= at
		}
		f := w.fit(&d.models[0], w.keep[:w.n])
		if f.OK && f.P <= x.level {
			w.stoppedAt = at
			return l, f
		}
	}
	return -1, Fitted{}
}

// due answers when the main visit of the n-th participant has passed.
func (w *Worker) due(n int) float64 {
	days := w.sorted[:w.n]
	copy(days, w.mainDay[:w.n])
	slices.Sort(days)
	return days[n-1]
}
