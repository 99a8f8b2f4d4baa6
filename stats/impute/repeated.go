package impute

import (
	"fmt"
	"sync"

	"varde/stats/mmrm"
)

// Repeated analyses completed outcomes by the model for repeated measures: all
// visits together. Its fields are set before use and not changed after.
type Repeated struct {
	X         []float64 // row-major Subjects*Visits x P
	P, Visits int
	Contrasts [][]float64 // k x P
	Options   mmrm.Options
	Inference mmrm.Inference

	memory sync.Pool
}

// repeatedMemory is one worker's.
type repeatedMemory struct {
	in  mmrm.Input
	fit mmrm.Fit
}

// Estimates is the number of contrasts.
func (a *Repeated) Estimates() int { return len(a.Contrasts) }

// Analyse fits the model.
func (a *Repeated) Analyse(_ int, y []float64, out []Estimate) error {
	if a.Visits < 1 || a.P < 1 || len(a.X) != len(y)*a.P || len(y)%a.Visits != 0 {
		return fmt.Errorf("impute: %d cells of the design for %d outcomes at %d visits and %d columns", len(a.X), len(y), a.Visits, a.P)
	}
	m, _ := a.memory.Get().(*repeatedMemory)
	if m == nil {
		m = &repeatedMemory{}
		for cell := range y {
			m.in.Subject = append(m.in.Subject, cell/a.Visits)
			m.in.Visit = append(m.in.Visit, cell%a.Visits)
		}
	}
	defer a.memory.Put(m)
	m.in.X, m.in.P, m.in.Y = a.X, a.P, y
	if err := m.fit.Refit(&m.in, a.Options); err != nil {
		return fmt.Errorf("analysis of the completed outcomes: %w", err)
	}
	for k, l := range a.Contrasts {
		e, err := m.fit.Contrast(l, a.Inference)
		if err != nil {
			return err
		}
		out[k] = Estimate{e.Estimate, e.SE, e.DF}
	}
	return nil
}
