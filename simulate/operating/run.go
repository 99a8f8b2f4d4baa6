package operating

import (
	"context"
	"fmt"
	"runtime"

	"varde/simulate/trial"
)

// Version of the numbers: raised when the same plan comes to others.
const Version = "1"

// BatchSize is how many trials are added up at a time at the outcome speed.
const BatchSize = 250

// Options of a run.
type Options struct {
	Workers  int                   // 0 = all cores
	State    string                // file to keep batches in; "" = none
	Progress func(done, total int) // trials; total counts every trial of the plan, also those that precision leaves out
	Full     *Full                 // carry every command through package study; nil = outcome speed
}

// prepared is a scenario ready to draw.
type prepared struct {
	metrics []trial.Metric
	design  *trial.Design // nil at full speed when nothing is compared at the outcome speed
	make    func() (drawer, error)
}

// job is one batch to draw.
type job struct {
	place
	first, count int
	scenario     *prepared
}

type done struct {
	place
	sums sums
	err  error
}

// run is one under way.
type run struct {
	plan      Plan
	o         Options
	scenarios []*prepared
	size      int // of a batch
	state     *state
	total     []sums
	next      place // to hand out
	at        place // to add up
	waiting   map[place]sums
	out       int // handed out and not back
	trials    int // added up, or left out
}

// Run draws the plan's trials and adds them up. An error says in words what is wrong
// with the plan or the protocol; after ctx ended it is ctx's, and a state file holds
// what was done.
func Run(ctx context.Context, s *trial.Source, p Plan, o Options) (*Result, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	r := &run{plan: p, o: o, size: BatchSize, waiting: map[place]sums{}}
	if o.Full != nil {
		r.size = 1
	}
	if r.o.Workers <= 0 {
		r.o.Workers = runtime.GOMAXPROCS(0)
	}
	if err := r.prepare(s); err != nil {
		return nil, err
	}
	if o.State != "" {
		st, err := openState(o.State, header{"varde-simulation", Version, s.Definition().Digest, r.speed(), p})
		if err != nil {
			return nil, err
		}
		r.state = st
	}
	err := r.all(ctx)
	if closing := r.state.close(); err == nil && closing != nil {
		err = closing
	}
	if err != nil {
		return nil, err
	}
	return r.result(s.Definition()), nil
}

func (r *run) speed() string {
	if r.o.Full != nil {
		return "full"
	}
	return "outcome"
}

func (r *run) prepare(s *trial.Source) error {
	for i, x := range r.plan.Scenarios {
		salt := uint64(0)
		if r.plan.Independent {
			salt = uint64(i) + 1
		}
		d, err := s.Design(x.Setting, salt)
		if err != nil {
			return fmt.Errorf("scenario %q: %w", x.Name, err)
		}
		c := &prepared{metrics: d.Metrics, design: d, make: func() (drawer, error) { return fast{trial.NewWorker(d)}, nil }}
		if r.o.Full != nil {
			if c, err = r.o.Full.prepare(s.Definition(), x, d); err != nil {
				return fmt.Errorf("scenario %q: %w", x.Name, err)
			}
		}
		r.scenarios = append(r.scenarios, c)
		r.total = append(r.total, newSums(len(c.metrics)))
	}
	if r.plan.Precision > 0 {
		for i := range r.scenarios {
			if _, ok := r.measure(i, r.quantity()); !ok {
				return fmt.Errorf("no measure is called %q; there are %s", r.quantity(), r.measureNames(i))
			}
		}
	}
	return nil
}

func (r *run) quantity() string {
	if r.plan.Quantity == "" {
		return "power"
	}
	return r.plan.Quantity
}

func (r *run) batches() int { return (r.plan.Trials + r.size - 1) / r.size }

// all hands batches out in their order and adds them up in their order.
func (r *run) all(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	window := 2 * r.o.Workers
	jobs, results := make(chan job, window), make(chan done, window)
	for range r.o.Workers {
		go work(ctx, r.plan.Seed, jobs, results)
	}
	defer close(jobs)
	for r.at.scenario < len(r.scenarios) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for r.out < window {
			j, ok := r.hand()
			if !ok {
				break
			}
			jobs <- j
			r.out++
		}
		if moved, err := r.take(); err != nil {
			return err
		} else if moved {
			continue
		}
		select {
		case x := <-results:
			r.out--
			if x.err != nil {
				return fmt.Errorf("scenario %q: %w", r.plan.Scenarios[x.scenario].Name, x.err)
			}
			if x.scenario >= r.at.scenario {
				r.waiting[x.place] = x.sums
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// hand answers the next batch to draw.
func (r *run) hand() (job, bool) {
	if r.next.scenario < r.at.scenario {
		r.next = r.at
	}
	for r.next.scenario < len(r.scenarios) {
		p := r.next
		if r.next.batch++; r.next.batch == r.batches() {
			r.next = place{p.scenario + 1, 0}
		}
		if _, ok := r.state.known(p); ok {
			continue
		}
		first := p.batch * r.size
		return job{p, first, min(r.size, r.plan.Trials-first), r.scenarios[p.scenario]}, true
	}
	return job{}, false
}

// take adds up the next batch when it is there.
func (r *run) take() (bool, error) {
	x, ok := r.state.known(r.at)
	if !ok {
		if x, ok = r.waiting[r.at]; !ok {
			return false, nil
		}
		delete(r.waiting, r.at)
		if err := r.state.add(r.at, x); err != nil {
			return false, err
		}
	}
	s := r.at.scenario
	if len(x.Metrics) != len(r.total[s].Metrics) || len(x.Weeks) != waitWeeks {
		return false, fmt.Errorf("the state file holds a batch of another shape: %w", ErrOtherRun)
	}
	r.total[s].join(x)
	r.at.batch++
	r.trials += x.Trials
	if r.at.batch == r.batches() || r.precise(s) {
		r.trials += r.plan.Trials - r.total[s].Trials
		r.at = place{s + 1, 0}
		for p := range r.waiting { // drawn ahead for nothing
			if p.scenario == s {
				delete(r.waiting, p)
			}
		}
	}
	if r.o.Progress != nil {
		r.o.Progress(r.trials, r.plan.Trials*len(r.scenarios))
	}
	return true, nil
}

// leastTrials is how many trials any scenario has, however precise it looks: with few,
// a share of 0 or 1 has no error to see.
const leastTrials = 1000

// precise says that a scenario may end here.
func (r *run) precise(s int) bool {
	if r.plan.Precision <= 0 || r.total[s].Trials < min(leastTrials, r.plan.Trials) {
		return false
	}
	m, ok := r.measure(s, r.quantity())
	return ok && m.Error <= r.plan.Precision
}

// work draws batches. Memory is kept from batch to batch of a scenario.
func work(ctx context.Context, seed uint64, jobs <-chan job, results chan<- done) {
	var of *prepared
	var d drawer
	for j := range jobs {
		x := done{place: j.place, sums: newSums(len(j.scenario.metrics))}
		if of != j.scenario {
			of = j.scenario
			d, x.err = of.make()
		}
		for i := range j.count {
			if x.err != nil || ctx.Err() != nil {
				break
			}
			if x.err = d.Draw(seed, j.first+i); x.err == nil {
				x.sums.trial(d.Outcome())
			}
		}
		if x.err != nil {
			of = nil
		}
		select {
		case results <- x:
		case <-ctx.Done():
			return
		}
	}
}
