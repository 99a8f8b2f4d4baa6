package power

import (
	"errors"
	"fmt"
	"math"
)

// Means compares the means of two groups by a t test, with or without
// covariates that explain a part of the variance.
type Means struct {
	Delta float64 // difference to detect
	SD    float64 // standard deviation within a group
	Ratio float64 // people in the first group for each in the second; 0 is 1
	Level Level
	// Correlation is that of the covariates together with the response (the
	// multiple R): the variance falls to SD^2 (1 - R^2) and each of the
	// Covariates takes a degree of freedom (Borm, Fransen and Lemmens 2007, J
	// Clin Epidemiol 60:1234). The small loss from chance imbalance of the
	// covariates is not counted.
	Correlation float64
	Covariates  int
	// Normal takes the normal distribution in place of t.
	Normal bool
}

func (m Means) fill() (Means, error) {
	var err error
	if m.Level, err = m.Level.fill(); err != nil {
		return m, err
	}
	if m.Ratio == 0 {
		m.Ratio = 1
	}
	if err := errors.Join(positive("the standard deviation", m.SD), positive("the allocation ratio", m.Ratio)); err != nil {
		return m, err
	}
	switch {
	case m.Delta == 0 || math.IsNaN(m.Delta) || math.IsInf(m.Delta, 0):
		return m, fmt.Errorf("power: a difference of %v cannot be planned for", m.Delta)
	case !(m.Correlation > -1 && m.Correlation < 1):
		return m, fmt.Errorf("power: a correlation of %v; it lies between -1 and 1", m.Correlation)
	case m.Covariates < 0:
		return m, fmt.Errorf("power: %d covariates", m.Covariates)
	case m.Covariates == 0 && m.Correlation != 0:
		return m, errors.New("power: a correlation with covariates, and none is counted; give their number")
	}
	return m, nil
}

func (m Means) power(n1, n2 float64) float64 {
	sd := m.SD * math.Sqrt(1-m.Correlation*m.Correlation)
	shift := math.Abs(m.Delta) / (sd * math.Sqrt(1/n1+1/n2))
	if m.Normal {
		return m.Level.normal(shift)
	}
	return m.Level.student(shift, n1+n2-2-float64(m.Covariates))
}

// Power is exact for normal data without covariates: noncentral t with n1+n2-2
// degrees of freedom.
func (m Means) Power(n1, n2 int) (float64, error) {
	m, err := m.fill()
	if err != nil {
		return 0, err
	}
	if n1 < 1 || n2 < 1 || n1+n2-2-m.Covariates < 1 {
		return 0, fmt.Errorf("power: %d and %d people with %d covariates leave no degree of freedom", n1, n2, m.Covariates)
	}
	return m.power(float64(n1), float64(n2)), nil
}

// Size answers the group sizes for a power.
func (m Means) Size(target float64) (Size, error) {
	m, err := m.fill()
	if err != nil {
		return Size{}, err
	}
	if err := checkTarget(target, m.Level); err != nil {
		return Size{}, err
	}
	least := max(1, (3.0+float64(m.Covariates))/(1+m.Ratio))
	n2, err := search(func(n float64) float64 { return m.power(m.Ratio*n, n) }, least, target)
	if err != nil {
		return Size{}, err
	}
	s := Size{ExactFirst: m.Ratio * n2, ExactSecond: n2, First: up(m.Ratio * n2), Second: up(n2)}
	if m.Covariates > 0 {
		s.Notes = append(s.Notes, "with covariates the size is an approximation that rests on the correlation assumed")
	}
	s.Power, err = m.Power(s.First, s.Second)
	return s, err
}

// OneMean tests the mean of one sample, or of paired differences, against a
// value: SD is that of the observations, or of the differences.
type OneMean struct {
	Delta, SD float64
	Level     Level
}

// Power is exact for normal data: noncentral t with n-1 degrees of freedom.
func (m OneMean) Power(n int) (float64, error) {
	l, err := m.check()
	if err != nil {
		return 0, err
	}
	if n < 2 {
		return 0, fmt.Errorf("power: a t test of %d observations; two are the least", n)
	}
	return l.student(math.Abs(m.Delta)/m.SD*math.Sqrt(float64(n)), float64(n-1)), nil
}

func (m OneMean) check() (Level, error) {
	if m.Delta == 0 || math.IsNaN(m.Delta) || math.IsInf(m.Delta, 0) {
		return m.Level, fmt.Errorf("power: a difference of %v cannot be planned for", m.Delta)
	}
	if err := positive("the standard deviation", m.SD); err != nil {
		return m.Level, err
	}
	return m.Level.fill()
}

// Size answers the number of observations, or of pairs, for a power.
func (m OneMean) Size(target float64) (Size, error) {
	l, err := m.check()
	if err != nil {
		return Size{}, err
	}
	if err := checkTarget(target, l); err != nil {
		return Size{}, err
	}
	n, err := search(func(n float64) float64 {
		return l.student(math.Abs(m.Delta)/m.SD*math.Sqrt(n), n-1)
	}, 2, target)
	if err != nil {
		return Size{}, err
	}
	s := Size{ExactFirst: n, First: up(n)}
	s.Power, err = m.Power(s.First)
	return s, err
}
