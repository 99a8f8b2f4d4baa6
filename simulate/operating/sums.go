package operating

import (
	"math"
	"slices"

	"varde/simulate/trial"
)

func sortStrings(s []string) { slices.Sort(s) }

// sum is the moments of one metric over trials: how many have it, their mean, and the
// sum of squared distances from it.
type sum struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	M2   float64 `json:"m2"`
}

func (s *sum) add(x float64) {
	if math.IsNaN(x) {
		return
	}
	s.N++
	d := x - s.Mean
	s.Mean += d / float64(s.N)
	s.M2 += d * (x - s.Mean)
}

// join adds the moments of other trials (Chan, Golub and LeVeque 1979).
func (s *sum) join(o sum) {
	if o.N == 0 {
		return
	}
	n := s.N + o.N
	d := o.Mean - s.Mean
	s.M2 += o.M2 + d*d*float64(s.N)*float64(o.N)/float64(n)
	s.Mean += d * float64(o.N) / float64(n)
	s.N = n
}

func (s sum) sd() float64 {
	if s.N < 2 {
		return math.NaN()
	}
	return math.Sqrt(s.M2 / float64(s.N-1))
}

// waitWeeks is how many weeks of waiting are told apart. The first entry is of those who
// did not wait half a day, entry k of those who waited for up to k weeks; the last holds
// the rest.
const waitWeeks = 157

// sums of a batch, or of all batches so far. Weeks counts participants by
// waiting time.
type sums struct {
	Trials  int   `json:"trials"`
	Metrics []sum `json:"metrics"`
	Weeks   []int `json:"weeks"`
}

func newSums(metrics int) sums {
	return sums{Metrics: make([]sum, metrics), Weeks: make([]int, waitWeeks)}
}

func (s *sums) trial(out, waits []float64) {
	s.Trials++
	for i, x := range out {
		s.Metrics[i].add(x)
	}
	for _, d := range waits {
		week := 0
		if d >= 0.5 {
			week = max(int(math.Ceil(d/7)), 1)
		}
		s.Weeks[min(week, waitWeeks-1)]++
	}
}

func (s *sums) join(o sums) {
	s.Trials += o.Trials
	for i := range s.Metrics {
		s.Metrics[i].join(o.Metrics[i])
	}
	for i := range s.Weeks {
		s.Weeks[i] += o.Weeks[i]
	}
}

// drawer draws trials one after the other; trial.Worker is one.
type drawer interface {
	Draw(seed uint64, i int) error
	Outcome() (out, waits []float64)
}

type fast struct{ *trial.Worker }

func (f fast) Draw(seed uint64, i int) error {
	f.Run(seed, i)
	return nil
}

func (f fast) Outcome() (out, waits []float64) { return f.Out, f.Waits }
