package power

import (
	"errors"
	"fmt"
	"math"
)

// Repeated plans a comparison of two arms by a mixed model for repeated measures
// with unstructured covariance, with dropout that is monotone (Lu, Luo and Chen
// 2008, Int J Biostat 4:9): the expected information over the retention
// patterns, for a known covariance.
type Repeated struct {
	Delta float64   // difference to detect, of the contrast
	Sigma []float64 // k x k row-major, covariance of the k visits within a subject
	// Retention is the share of each arm still in at each visit, not rising; nil
	// is everybody. The second may be nil for the same as the first.
	Retention, RetentionSecond []float64
	// Contrast over the visits whose difference is tested; nil is the last one.
	Contrast []float64
	Ratio    float64 // people in the first arm for each in the second; 0 is 1
	Level    Level
}

func (r Repeated) fill() (Repeated, error) {
	var err error
	if r.Level, err = r.Level.fill(); err != nil {
		return r, err
	}
	k := int(math.Round(math.Sqrt(float64(len(r.Sigma)))))
	if k < 1 || k*k != len(r.Sigma) {
		return r, fmt.Errorf("power: a covariance of %d numbers is not square", len(r.Sigma))
	}
	if r.Ratio == 0 {
		r.Ratio = 1
	}
	if r.Retention == nil {
		r.Retention = make([]float64, k)
		for j := range k {
			r.Retention[j] = 1
		}
	}
	if r.RetentionSecond == nil {
		r.RetentionSecond = r.Retention
	}
	if r.Contrast == nil {
		r.Contrast = make([]float64, k)
		r.Contrast[k-1] = 1
	}
	if len(r.Contrast) != k {
		return r, fmt.Errorf("power: a contrast of %d visits for a covariance of %d", len(r.Contrast), k)
	}
	if r.Delta == 0 || math.IsNaN(r.Delta) || math.IsInf(r.Delta, 0) {
		return r, fmt.Errorf("power: a difference of %v cannot be planned for", r.Delta)
	}
	return r, errors.Join(positive("the allocation ratio", r.Ratio), checkRetention(r.Retention, k), checkRetention(r.RetentionSecond, k))
}

func checkRetention(v []float64, k int) error {
	if len(v) != k {
		return fmt.Errorf("power: retention at %d visits for a covariance of %d", len(v), k)
	}
	before := 1.0
	for j, s := range v {
		if !(s > 0 && s <= before) {
			return fmt.Errorf("power: retention of %v at visit %d; it lies above zero and does not rise", s, j+1)
		}
		before = s
	}
	return nil
}

// perSubject is the variance of the contrast of the means of one arm, times its
// size.
func (r Repeated) perSubject(retention []float64) (float64, error) {
	k := len(retention)
	information := make([]float64, k*k)
	for j := 1; j <= k; j++ {
		share := retention[j-1]
		if j < k {
			share -= retention[j]
		}
		if share == 0 {
			continue
		}
		block := make([]float64, j*j)
		for a := range j {
			copy(block[a*j:(a+1)*j], r.Sigma[a*k:a*k+j])
		}
		inverse, err := invert(block, j)
		if err != nil {
			return 0, err
		}
		for a := range j {
			for b := range j {
				information[a*k+b] += share * inverse[a*j+b]
			}
		}
	}
	v, err := invert(information, k)
	if err != nil {
		return 0, err
	}
	s := 0.0
	for a := range k {
		for b := range k {
			s += r.Contrast[a] * v[a*k+b] * r.Contrast[b]
		}
	}
	if !(s > 0) {
		return 0, errors.New("power: the contrast has no variance; is it all zero?")
	}
	return s, nil
}

// Variance is that of the difference between the arms for real sizes.
func (r Repeated) Variance(n1, n2 float64) (float64, error) {
	r, err := r.fill()
	if err != nil {
		return 0, err
	}
	if err := errors.Join(positive("the first size", n1), positive("the second size", n2)); err != nil {
		return 0, err
	}
	a, err := r.perSubject(r.Retention)
	if err != nil {
		return 0, err
	}
	b, err := r.perSubject(r.RetentionSecond)
	return a/n1 + b/n2, err
}

// Power takes the normal distribution, as the paper does; small trials have a
// little less.
func (r Repeated) Power(n1, n2 float64) (float64, error) {
	v, err := r.Variance(n1, n2)
	if err != nil {
		return 0, err
	}
	l, err := r.Level.fill()
	return l.normal(math.Abs(r.Delta) / math.Sqrt(v)), err
}

// Size answers the number randomised to each arm for a power.
func (r Repeated) Size(target float64) (Size, error) {
	r, err := r.fill()
	if err != nil {
		return Size{}, err
	}
	if err := checkTarget(target, r.Level); err != nil {
		return Size{}, err
	}
	per, err := r.Variance(r.Ratio, 1)
	if err != nil {
		return Size{}, err
	}
	n2, err := search(func(n float64) float64 { return r.Level.normal(math.Abs(r.Delta) * math.Sqrt(n/per)) }, 1, target)
	if err != nil {
		return Size{}, err
	}
	s := Size{ExactFirst: r.Ratio * n2, ExactSecond: n2, First: up(r.Ratio * n2), Second: up(n2),
		Notes: []string{"for a known covariance and the normal distribution; the sizes are numbers randomised, dropout included"}}
	s.Power, err = r.Power(float64(s.First), float64(s.Second))
	return s, err
}

// invert answers the inverse of a symmetric positive definite matrix.
func invert(a []float64, k int) ([]float64, error) {
	l := make([]float64, k*k)
	for i := range k {
		for j := range i + 1 {
			if math.Abs(a[i*k+j]-a[j*k+i]) > 1e-9*(math.Abs(a[i*k+j])+math.Abs(a[j*k+i])) {
				return nil, fmt.Errorf("power: the covariance of visits %d and %d is given twice, as %v and %v", j+1, i+1, a[j*k+i], a[i*k+j])
			}
			s := a[i*k+j]
			for c := range j {
				s -= l[i*k+c] * l[j*k+c]
			}
			if i != j {
				l[i*k+j] = s / l[j*k+j]
			} else if !(s > 1e-12*a[i*k+i]) || math.IsInf(s, 1) {
				return nil, fmt.Errorf("power: the covariance is not positive definite at visit %d: a visit is a combination of others, or a variance is not above zero", i+1)
			} else {
				l[i*k+i] = math.Sqrt(s)
			}
		}
	}
	out := make([]float64, k*k)
	for c := range k {
		z := make([]float64, k)
		for i := range k {
			s := 0.0
			if i == c {
				s = 1
			}
			for j := range i {
				s -= l[i*k+j] * z[j]
			}
			z[i] = s / l[i*k+i]
		}
		for i := k - 1; i >= 0; i-- {
			s := z[i]
			for j := i + 1; j < k; j++ {
				s -= l[j*k+i] * out[j*k+c]
			}
			out[i*k+c] = s / l[i*k+i]
		}
	}
	return out, nil
}
