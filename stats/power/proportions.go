package power

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
)

// ProportionTest names how two proportions are compared.
type ProportionTest string

const (
	// Pooled is the z test with the pooled variance under the null and the
	// unpooled one under the alternative: Pearson's chi-squared without
	// correction (Fleiss, Levin and Paik 2003, eq. 4.14).
	Pooled ProportionTest = "pooled"
	// Unpooled is the Wald test of the difference.
	Unpooled ProportionTest = "unpooled"
	// Arcsine is the test of transformed proportions (Cohen 1988, ch. 6).
	Arcsine ProportionTest = "arcsine"
	// Continuity is Pooled with the correction of Fleiss, Tytun and Ury (1980,
	// Biometrics 36:343): the size for Yates's test, close to Fisher's.
	Continuity ProportionTest = "continuity corrected"
	// FisherExact counts every table of the two binomials.
	FisherExact ProportionTest = "Fisher exact"
)

// Proportions compares the proportions of two groups.
type Proportions struct {
	First, Second float64
	Ratio         float64 // people in the first group for each in the second; 0 is 1
	Test          ProportionTest
	Level         Level
}

func (p Proportions) fill() (Proportions, error) {
	var err error
	if p.Level, err = p.Level.fill(); err != nil {
		return p, err
	}
	if p.Ratio == 0 {
		p.Ratio = 1
	}
	if p.Test == "" {
		p.Test = Pooled
	}
	switch {
	case !(p.First > 0 && p.First < 1) || !(p.Second > 0 && p.Second < 1):
		return p, fmt.Errorf("power: proportions of %v and %v; both lie between 0 and 1", p.First, p.Second)
	case p.First == p.Second:
		return p, errors.New("power: equal proportions cannot be planned for")
	}
	switch p.Test {
	case Pooled, Unpooled, Arcsine, Continuity, FisherExact:
	default:
		return p, fmt.Errorf("power: no test %q of two proportions", p.Test)
	}
	return p, positive("the allocation ratio", p.Ratio)
}

// approximate is the power of the tests with a normal approximation.
func (p Proportions) approximate(n1, n2 float64) float64 {
	d := math.Abs(p.First - p.Second)
	alternative := math.Sqrt(p.First*(1-p.First)/n1 + p.Second*(1-p.Second)/n2)
	null := alternative
	switch p.Test {
	case Pooled, Continuity:
		q := (n1*p.First + n2*p.Second) / (n1 + n2)
		null = math.Sqrt(q * (1 - q) * (1/n1 + 1/n2))
	case Arcsine:
		d = 2 * math.Abs(math.Asin(math.Sqrt(p.First))-math.Asin(math.Sqrt(p.Second)))
		alternative = math.Sqrt(1/n1 + 1/n2)
		null = alternative
	}
	if p.Test == Continuity {
		d = max(0, d-(1/n1+1/n2)/2)
	}
	z := distribution.NormalUpperQuantile(p.Level.tail())
	v := distribution.NormalUpper((z*null - d) / alternative)
	if p.Level.bothTails() {
		v += distribution.NormalCDF((-z*null - d) / alternative)
	}
	return v
}

// Power is exact for FisherExact, an approximation for the others.
func (p Proportions) Power(n1, n2 int) (float64, error) {
	p, err := p.fill()
	if err != nil {
		return 0, err
	}
	if n1 < 1 || n2 < 1 {
		return 0, fmt.Errorf("power: groups of %d and %d people", n1, n2)
	}
	if p.Test == FisherExact {
		return p.exact(n1, n2)
	}
	return p.approximate(float64(n1), float64(n2)), nil
}

// Size answers the group sizes for a power. The exact power of Fisher's test
// saws: the size is the smallest from which it stays at the target for the next
// ten.
func (p Proportions) Size(target float64) (Size, error) {
	p, err := p.fill()
	if err != nil {
		return Size{}, err
	}
	if err := checkTarget(target, p.Level); err != nil {
		return Size{}, err
	}
	if p.Test == FisherExact {
		return p.exactSize(target)
	}
	n2, err := search(func(n float64) float64 { return p.approximate(p.Ratio*n, n) }, 1/min(1, p.Ratio), target)
	if err != nil {
		return Size{}, err
	}
	s := Size{ExactFirst: p.Ratio * n2, ExactSecond: n2, First: up(p.Ratio * n2), Second: up(n2)}
	s.Power, err = p.Power(s.First, s.Second)
	return s, err
}
