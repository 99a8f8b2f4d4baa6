package impute

import (
	"errors"
	"fmt"
	"math"
)

// Strategy is what is assumed of the mean of a subject from its event on.
type Strategy string

const (
	// MAR: as if the subject had gone on in its arm.
	MAR Strategy = "MAR"
	// JumpToReference: the mean of the reference arm from the event on.
	JumpToReference Strategy = "jump to reference"
	// CopyReference: the mean of the reference arm at every visit.
	CopyReference Strategy = "copy reference"
	// CopyIncrements: from the last visit before the event on, the mean changes
	// as that of the reference arm does. With the event at the first visit this
	// is the reference's mean.
	CopyIncrements Strategy = "copy increments in reference"
)

// Strategies lists them.
func Strategies() []Strategy {
	return []Strategy{MAR, JumpToReference, CopyReference, CopyIncrements}
}

// ErrData is behind every error that says that the data cannot be imputed.
var ErrData = errors.New("impute: unusable data")

// Data is a grid of n subjects x s visits. Cell i*s+t is subject i at visit t.
type Data struct {
	Subjects, Visits, P int

	Y []float64 // n*s; NaN = missing
	X []float64 // row-major n*s x P: the design of every cell, also of missing ones
	// Reference is X had the subject been in the reference arm; nil where every
	// strategy is MAR.
	Reference []float64

	// Event is, for each subject, the first visit that the strategy holds for;
	// Visits = none. Outcomes observed from then on are kept, but the model is not
	// fitted to them unless the strategy is MAR. nil = none.
	Event    []int
	Strategy []Strategy // of each subject; nil = MAR

	Strata []int     // of each subject, for the bootstrap: codes from 0; nil = one
	Delta  []float64 // n*s, added to imputed values; nil = 0

	Names []string // of the columns, for messages
}

func (d *Data) check() error {
	n, s := d.Subjects, d.Visits
	if n < 2 || s < 1 || d.P < 1 {
		return fmt.Errorf("%w: %d subjects, %d visits, %d columns; at least 2, 1 and 1 are needed", ErrData, n, s, d.P)
	}
	cells := n * s
	for _, c := range []struct {
		name      string
		got, want int
		optional  bool
	}{
		{"outcomes", len(d.Y), cells, false}, {"cells of the design", len(d.X), cells * d.P, false},
		{"cells of the reference design", len(d.Reference), cells * d.P, true}, {"events", len(d.Event), n, true},
		{"strategies", len(d.Strategy), n, true}, {"strata", len(d.Strata), n, true}, {"deltas", len(d.Delta), cells, true},
	} {
		if c.got != c.want && !(c.optional && c.got == 0) {
			return fmt.Errorf("%w: %d %s, want %d", ErrData, c.got, c.name, c.want)
		}
	}
	for _, list := range [][]float64{d.X, d.Reference, d.Delta} {
		for i, x := range list {
			if x-x != 0 {
				return fmt.Errorf("%w: the design or a delta has %v at place %d; every cell must be a number, also those of missing outcomes", ErrData, x, i)
			}
		}
	}
	for i, y := range d.Y {
		if math.IsInf(y, 0) {
			return fmt.Errorf("%w: the outcome of subject %d at visit %d is infinite", ErrData, i/s, i%s)
		}
	}
	return d.checkStrategies()
}

func (d *Data) checkStrategies() error {
	for i := range d.Subjects {
		if d.Strata != nil && d.Strata[i] < 0 {
			return fmt.Errorf("%w: subject %d has the stratum %d", ErrData, i, d.Strata[i])
		}
		if e := d.event(i); e < 0 || e > d.Visits {
			return fmt.Errorf("%w: subject %d has its event at visit %d of %d", ErrData, i, e, d.Visits)
		}
		switch d.strategy(i) {
		case MAR:
		case JumpToReference, CopyReference, CopyIncrements:
			if d.Reference == nil {
				return fmt.Errorf("%w: subject %d has the strategy %q, and there is no reference design", ErrData, i, d.strategy(i))
			}
		default:
			return fmt.Errorf("%w: subject %d has the strategy %q; there are %q", ErrData, i, d.strategy(i), Strategies())
		}
	}
	return nil
}

func (d *Data) event(i int) int {
	if d.Event == nil {
		return d.Visits
	}
	return d.Event[i]
}

// strategy of a subject; without an event it is MAR.
func (d *Data) strategy(i int) Strategy {
	if d.Strategy == nil || d.event(i) == d.Visits || d.Strategy[i] == "" {
		return MAR
	}
	return d.Strategy[i]
}

// modelled tells whether the model is fitted to a cell.
func (d *Data) modelled(i, t int) bool {
	return !math.IsNaN(d.Y[i*d.Visits+t]) && (d.strategy(i) == MAR || t < d.event(i))
}

// Missing counts the cells to impute.
func (d *Data) Missing() int {
	k := 0
	for _, y := range d.Y {
		if math.IsNaN(y) {
			k++
		}
	}
	return k
}
