package impute

import (
	"fmt"
	"math"
	"runtime"
)

// JackknifeOptions of Jackknife; the zero value is 95% on every processor.
type JackknifeOptions struct {
	Level   float64 // 0 = 0.95
	Workers int     // 0 = processors
}

// Subset analyses some of the subjects: an Analysis that can leave one out.
type Subset interface {
	Estimates() int
	// Without analyses completed outcomes (all subjects' rows, row-major) with one
	// subject left out; -1 leaves out none. Only Value is read.
	Without(worker, subject int, y []float64, out []Estimate) error
}

// Jackknife imputes conditional means, and takes the standard error from the
// analyses that leave each subject out of the imputation model and of the
// analysis (Wolbers et al. 2022): sqrt((n-1)/n sum (value - mean)^2), normal.
func Jackknife(d *Data, a Subset, o JackknifeOptions) ([]Pooled, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if !(o.Level > 0 && o.Level < 1) || o.Workers < 1 {
		return nil, fmt.Errorf("impute: %d workers at level %v; at least 1, and a level between 0 and 1", o.Workers, o.Level)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	n, k := d.Subjects, a.Estimates()
	values := make([]float64, (n+1)*k) // the last row without leaving out
	err := inParallel(o.Workers, n+1, func(w int) func(int) error {
		fit, fill := newFitter(d), newFiller(d.Visits)
		y, out, subjects := make([]float64, len(d.Y)), make([]Estimate, k), make([]int, 0, n)
		return func(job int) error {
			left := job
			if job == n {
				left = -1
			}
			subjects = subjects[:0]
			for i := range n {
				if i != left {
					subjects = append(subjects, i)
				}
			}
			p, err := fit.parameters(subjects)
			if err != nil {
				return fmt.Errorf("without subject %d: %w", left, err)
			}
			if err := fill.fill(d, p, nil, y); err != nil {
				return err
			}
			if err := a.Without(w, left, y, out); err != nil {
				return fmt.Errorf("without subject %d: %w", left, err)
			}
			for e := range k {
				values[job*k+e] = out[e].Value
			}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	return poolJackknife(values, n, k, o.Level)
}

func poolJackknife(values []float64, n, k int, level float64) ([]Pooled, error) {
	var pooled []Pooled
	for e := range k {
		mean, sum := 0.0, 0.0
		for i := range n {
			mean += values[i*k+e] / float64(n)
		}
		for i := range n {
			v := values[i*k+e] - mean
			sum += v * v
		}
		p := Pooled{Value: values[n*k+e], SE: math.Sqrt(float64(n-1) / float64(n) * sum), DF: math.Inf(1)}
		if !(p.SE > 0) || math.IsInf(p.SE, 0) {
			return nil, fmt.Errorf("impute: estimate %d does not vary when subjects are left out", e+1)
		}
		p.interval(level)
		pooled = append(pooled, p)
	}
	return pooled, nil
}
