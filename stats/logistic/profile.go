package logistic

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
	"varde/stats/root"
)

// Interval is a confidence interval of a coefficient. A side on which the
// likelihood never falls far enough is infinite, and Note says so.
type Interval struct {
	Lower, Upper, Level float64
	Note                string
}

// Profile answers the interval of the values of coefficient j that a likelihood
// ratio test would not reject, the others maximised at each (Venzon and
// Moolgavkar 1988, Appl Stat 37:87); for Firth's fit, of the penalised
// likelihood (Heinze and Schemper 2002, section 3). level 0 is 0.95.
func (f *Fit) Profile(j int, level float64) (Interval, error) {
	if level == 0 {
		level = 0.95
	}
	a, err := f.index(j)
	if err != nil {
		return Interval{}, err
	}
	if !(level > 0 && level < 1) {
		return Interval{}, fmt.Errorf("logistic: a confidence level of %v; it lies between 0 and 1", level)
	}
	iv := Interval{Level: level}
	fall := distribution.ChiSquaredQuantile(level, 1)
	if iv.Lower, err = f.profileEnd(a, -1, fall); err == nil {
		iv.Upper, err = f.profileEnd(a, 1, fall)
	}
	if err != nil {
		return Interval{}, err
	}
	if math.IsInf(iv.Lower, 0) || math.IsInf(iv.Upper, 0) {
		iv.Note = "the profile likelihood does not fall far enough on the side that is infinite"
	}
	return iv, nil
}

func (f *Fit) index(j int) (int, error) {
	for a, k := range f.m.kept {
		if k == j {
			return a, nil
		}
	}
	if j >= 0 && j < f.P {
		return 0, fmt.Errorf("logistic: %s has no coefficient of its own: it depends on columns before it", f.Names[j])
	}
	return 0, fmt.Errorf("logistic: no column %d of %d", j+1, f.P)
}

func (f *Fit) profileEnd(a int, direction, fall float64) (float64, error) {
	free := make([]bool, f.m.k)
	for j := range free {
		free[j] = j != a
	}
	from := append([]float64(nil), f.best...)
	at := func(t float64) float64 {
		from[a] = f.best[a] + direction*t
		r := f.m.maximise(from, free)
		copy(from, r.beta) // the next search starts here
		return 2*(f.Penalised-r.penalised) - fall
	}
	se := f.SE[f.m.kept[a]] * f.m.scale[a]
	first := se * math.Sqrt(fall)
	t, err := root.Above(at, 0, first, first*1e4, 1e-11*se)
	if errors.Is(err, root.ErrNoBracket) {
		return math.Inf(int(direction)), nil
	}
	return (f.best[a] + direction*t) / f.m.scale[a], err
}

// ChiSquared is a likelihood ratio test.
type ChiSquared struct{ Statistic, DF, P float64 }

// LikelihoodRatio tests that the coefficients of all the columns named are zero.
// For Firth's fit the penalised likelihoods are compared, that of the smaller
// model with the information of the full one (Heinze and Schemper 2002).
func (f *Fit) LikelihoodRatio(columns ...int) (ChiSquared, error) {
	if len(columns) == 0 {
		return ChiSquared{}, errors.New("logistic: no column was named to test")
	}
	free := make([]bool, f.m.k)
	for j := range free {
		free[j] = true
	}
	start := append([]float64(nil), f.best...)
	t := ChiSquared{}
	for _, j := range columns {
		a, err := f.index(j)
		if err != nil {
			return ChiSquared{}, err
		}
		if free[a] {
			t.DF++
		}
		free[a], start[a] = false, 0
	}
	r := f.m.maximise(start, free)
	t.Statistic = max(0, 2*(f.Penalised-r.penalised))
	t.P = distribution.ChiSquaredUpper(t.Statistic, t.DF)
	return t, nil
}
