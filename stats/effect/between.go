package effect

import (
	"errors"
	"math"
)

// Cohen is the difference a - b over the pooled standard deviation (Cohen 1988).
func Cohen(a, b Group, o Options) (Size, error) { return pooled("Cohen d", a, b, o, false) }

// Hedges is Cohen's d times the exact small-sample correction J for n1 + n2 - 2
// degrees of freedom (Hedges 1981). The large-sample variance uses the corrected
// estimate.
func Hedges(a, b Group, o Options) (Size, error) { return pooled("Hedges g", a, b, o, true) }

func pooled(measure string, a, b Group, o Options, correct bool) (Size, error) {
	o, err := prepare(a, b, o)
	if err != nil {
		return Size{}, err
	}
	na, nb := float64(a.N), float64(b.N)
	s := Size{Measure: measure, Standardiser: "pooled standard deviation", DF: na + nb - 2}
	sd := math.Sqrt(((na-1)*a.SD*a.SD + (nb-1)*b.SD*b.SD) / s.DF)
	if sd == 0 {
		return Size{}, errNoSpread
	}
	j := 1.0
	if correct {
		j = Correction(s.DF)
	}
	s.Estimate = (a.Mean - b.Mean) / sd
	g := j * s.Estimate
	return finish(s, math.Sqrt(1/na+1/nb), 1/na+1/nb+g*g/(2*(na+nb)), j, o)
}

func prepare(a, b Group, o Options) (Options, error) {
	if err := errors.Join(a.check("the first group"), b.check("the second group")); err != nil {
		return o, err
	}
	return o.fill()
}

// Average is the difference a - b over the square root of the mean of the two
// variances, which does not assume that they are equal (Bonett 2008, Psychol
// Methods 13:99). Its large-sample variance is Bonett's,
//
//	d^2 (s1^4/df1 + s2^4/df2) / (8 s^4) + (s1^2/df1 + s2^2/df2) / s^2
//
// and it has no noncentral interval: asking for one is an error.
func Average(a, b Group, o Options) (Size, error) {
	if o.Interval == "" {
		o.Interval = LargeSample
	}
	o, err := prepare(a, b, o)
	if err != nil {
		return Size{}, err
	}
	if o.Interval == Noncentral {
		return Size{}, errors.New("effect: with the average standard deviation the statistic is not noncentral t; use the large-sample interval")
	}
	va, vb := a.SD*a.SD, b.SD*b.SD
	v := (va + vb) / 2
	if v == 0 {
		return Size{}, errNoSpread
	}
	fa, fb := float64(a.N-1), float64(b.N-1)
	s := Size{Measure: "Cohen d, average", Standardiser: "square root of the mean of both variances", DF: fa + fb}
	s.Estimate = (a.Mean - b.Mean) / math.Sqrt(v)
	variance := s.Estimate*s.Estimate*(va*va/fa+vb*vb/fb)/(8*v*v) + (va/fa+vb/fb)/v
	return finish(s, 1, variance, 1, o)
}

// Glass is the difference a - b over the standard deviation of b, the control
// (Glass 1976). The large-sample variance is 1/n1 + 1/n2 + d^2 / (2 (n2-1))
// (Hedges and Olkin 1985, p. 79, with equal variances); the noncentral interval
// has n2 - 1 degrees of freedom and assumes equal variances too.
func Glass(a, b Group, o Options) (Size, error) {
	o, err := prepare(a, b, o)
	if err != nil {
		return Size{}, err
	}
	if b.SD == 0 {
		return Size{}, errNoSpread
	}
	na, nb := float64(a.N), float64(b.N)
	s := Size{Measure: "Glass delta", Standardiser: "standard deviation of the second group", DF: nb - 1}
	s.Estimate = (a.Mean - b.Mean) / b.SD
	return finish(s, math.Sqrt(1/na+1/nb), 1/na+1/nb+s.Estimate*s.Estimate/(2*(nb-1)), 1, o)
}

// FromModel standardises an adjusted difference with its standard error by the
// residual standard deviation of a model with df degrees of freedom. The
// noncentral interval is that of t = difference / se scaled back: the standard
// error carries the design in place of the group sizes.
func FromModel(difference, se, sigma, df float64, o Options) (Size, error) {
	o, err := o.fill()
	if err != nil {
		return Size{}, err
	}
	if !(se > 0) || !(sigma > 0) || !(df > 0) || math.IsInf(se+sigma+df, 1) || math.IsNaN(difference) || math.IsInf(difference, 0) {
		return Size{}, errors.New("effect: a difference from a model needs a standard error, a residual standard deviation and degrees of freedom above zero")
	}
	s := Size{Measure: "adjusted difference", Standardiser: "residual standard deviation of the model", DF: df, Estimate: difference / sigma}
	k := se / sigma
	return finish(s, k, k*k+s.Estimate*s.Estimate/(2*df), 1, o)
}
