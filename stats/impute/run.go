package impute

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// Method is where the parameters of each imputation come from.
type Method string

const (
	Bootstrap Method = "bootstrap" // fits to resampled subjects
	Bayes     Method = "bayes"     // a Gibbs sampler of the posterior
)

// Options of Multiple. The zero value is 100 imputations by bootstrap, 95%.
type Options struct {
	Imputations int // 0 = 100
	Seed        uint64
	Method      Method  // "" = Bootstrap
	Level       float64 // of intervals; 0 = 0.95
	Workers     int     // goroutines; 0 = processors. The numbers do not depend on it
}

func (o Options) filled() (Options, error) {
	if o.Imputations == 0 {
		o.Imputations = 100
	}
	if o.Method == "" {
		o.Method = Bootstrap
	}
	if o.Level == 0 {
		o.Level = 0.95
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Imputations < 2 || o.Imputations > 1_000_000 || o.Workers < 1 || !(o.Level > 0 && o.Level < 1) {
		return o, fmt.Errorf("impute: %d imputations by %d workers at level %v; at least 2, 1, and a level between 0 and 1", o.Imputations, o.Workers, o.Level)
	}
	if o.Method != Bootstrap && o.Method != Bayes {
		return o, fmt.Errorf("impute: no method is called %q; there are %q, %q", o.Method, Bootstrap, Bayes)
	}
	return o, nil
}

// Outcome is what a multiple imputation found.
type Outcome struct {
	Pooled    []Pooled   // of each estimate of the analysis
	Estimates []Estimate // imputation by imputation
	Redrawn   int        // bootstrap samples that were drawn again
	Notes     []string
}

// draw is the stream of random numbers of one imputation.
func draw(seed uint64, k int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(k)+1)) }

// Multiple imputes, analyses and pools by Rubin's rules.
func Multiple(d *Data, a Analysis, o Options) (*Outcome, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	if a.Estimates() < 1 {
		return nil, fmt.Errorf("impute: the analysis has no estimates")
	}
	base := newFitter(d)
	all, err := base.all()
	if err != nil {
		return nil, err
	}
	run := &multiple{d: d, a: a, o: o, aliased: base.aliased, strata: d.strata(),
		estimates: make([]Estimate, o.Imputations*a.Estimates()), redrawn: make([]int, o.Imputations)}
	if o.Method == Bayes {
		if run.posterior, err = samplePosterior(d, all, base.aliased, o); err != nil {
			return nil, err
		}
	}
	if err := inParallel(o.Workers, o.Imputations, run.worker); err != nil {
		return nil, err
	}
	return run.pool()
}

// multiple is the shared state of the workers; each writes its own places.
type multiple struct {
	d         *Data
	a         Analysis
	o         Options
	aliased   int
	strata    [][]int
	posterior []Parameters
	estimates []Estimate
	redrawn   []int
}

// worker answers the function that does imputation k in one worker's memory.
func (r *multiple) worker(w int) func(k int) error {
	fit, fill := newFitter(r.d), newFiller(r.d.Visits)
	fit.aliased = r.aliased
	y, sample := make([]float64, len(r.d.Y)), make([]int, 0, r.d.Subjects)
	n := r.a.Estimates()
	return func(k int) error {
		rng := draw(r.o.Seed, k)
		var p Parameters
		if r.posterior != nil {
			p = r.posterior[k]
		} else {
			var err error
			if p, r.redrawn[k], err = fit.bootstrap(r.strata, rng, sample); err != nil {
				return err
			}
		}
		if err := fill.fill(r.d, p, rng, y); err != nil {
			return err
		}
		return r.a.Analyse(w, y, r.estimates[k*n:k*n+n])
	}
}

func (r *multiple) pool() (*Outcome, error) {
	out := &Outcome{Estimates: r.estimates}
	n, m := r.a.Estimates(), r.o.Imputations
	column := make([]Estimate, m)
	for e := range n {
		for k := range m {
			column[k] = r.estimates[k*n+e]
		}
		p, err := Rubin(column, r.o.Level)
		if err != nil {
			return nil, fmt.Errorf("estimate %d: %w", e+1, err)
		}
		out.Pooled = append(out.Pooled, p)
	}
	for _, k := range r.redrawn {
		out.Redrawn += k
	}
	if out.Redrawn > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d bootstrap samples lost a column of the design or had no maximum, and were drawn again.", out.Redrawn))
	}
	if r.aliased > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d columns of the imputation model are sums of others and were left out.", r.aliased))
	}
	return out, nil
}

// inParallel runs jobs 0 to n-1; each worker makes its own function. The error
// of the lowest job is told, so that it too does not depend on the workers.
func inParallel(workers, n int, make func(w int) func(k int) error) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	var mu sync.Mutex
	first, at := error(nil), math.MaxInt
	for w := range min(workers, n) {
		wait.Go(func() {
			do := make(w)
			for {
				k := int(next.Add(1)) - 1
				if k >= n {
					return
				}
				if err := do(k); err != nil {
					mu.Lock()
					if k < at {
						first, at = err, k
					}
					mu.Unlock()
					next.Store(int64(n)) // jobs below k are all begun
					return
				}
			}
		})
	}
	wait.Wait()
	return first
}
