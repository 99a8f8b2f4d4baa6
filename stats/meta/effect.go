package meta

import "math"

// Effect is one study's effect with its sampling variance.
type Effect struct{ Y, V float64 }

// SE is the standard error.
func (e Effect) SE() float64 { return math.Sqrt(e.V) }

// Means describes two independent groups by size, mean and standard deviation (n-1).
type Means struct {
	N1, Mean1, SD1 float64
	N2, Mean2, SD2 float64
}

func (m Means) check() error {
	for _, x := range []float64{m.N1, m.Mean1, m.SD1, m.N2, m.Mean2, m.SD2} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fault(-1, "a size, mean or standard deviation is %v", "Give numbers for both groups", x)
		}
	}
	if m.N1 < 2 || m.N2 < 2 {
		return fault(-1, "the groups have %v and %v people", "A standard deviation needs at least two in each", m.N1, m.N2)
	}
	if m.SD1 < 0 || m.SD2 < 0 {
		return fault(-1, "a standard deviation is below zero", "Check whether a standard error or a change was entered")
	}
	return nil
}

// Standardiser is what a difference of means is divided by.
type Standardiser int

const (
	PooledSD  Standardiser = iota // Cohen's d: both groups' standard deviation, pooled
	ControlSD                     // Glass' delta: the second group's
)

// Correction of the small-sample bias, Hedges, J Educ Stat 1981;6:107.
type Correction int

const (
	ExactJ       Correction = iota // gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)), m degrees of freedom
	ApproximateJ                   // 1 - 3/(4m-1)
	NoCorrection
)

// VarianceForm is how the sampling variance of a standardised difference is estimated.
// With a = 1/n1 + 1/n2, N = n1+n2, d uncorrected, g = J d:
type VarianceForm int

const (
	LS            VarianceForm = iota // a + g^2/(2N): large-sample, with the corrected effect
	LSUncorrected                     // a + d^2/(2N): with the uncorrected effect, as esc and metapsyTools do
	LSScaled                          // J^2 (a + d^2/(2N)): Borenstein et al. 2009, equation 4.24
	UB                                // a + (1 - (m-2)/(m J^2)) g^2: unbiased, Viechtbauer 2007
	Null                              // a: where there is no effect
)

// SMDOptions of a standardised difference. The zero value is Hedges' g with the exact
// correction and LS, as metafor's default.
type SMDOptions struct {
	Standardiser Standardiser
	Correction   Correction
	Variance     VarianceForm
}

// J is the factor that corrects a standardised difference with m degrees of freedom.
func (c Correction) J(m float64) float64 {
	switch c {
	case ApproximateJ:
		return 1 - 3/(4*m-1)
	case NoCorrection:
		return 1
	}
	if m <= 1 {
		return math.NaN()
	}
	if m > 100 { // the ratio of gamma functions by its series, since the logarithms lose digits
		z := (m - 1) / 2
		return math.Sqrt((m-1)/m) * (1 - 1/(8*z)*(1-1/(16*z)*(1+5/(8*z)*(1-21/(160*z)*(1+19/(8*z))))))
	}
	a, _ := math.Lgamma(m / 2)
	b, _ := math.Lgamma((m - 1) / 2)
	return math.Exp(a - math.Log(math.Sqrt(m/2)) - b)
}

// SMD is the standardised mean difference, first group less second.
func SMD(m Means, o SMDOptions) (Effect, error) {
	if err := m.check(); err != nil {
		return Effect{}, err
	}
	df := m.N1 + m.N2 - 2
	sd := math.Sqrt(((m.N1-1)*m.SD1*m.SD1 + (m.N2-1)*m.SD2*m.SD2) / df)
	if o.Standardiser == ControlSD {
		df, sd = m.N2-1, m.SD2
	}
	if sd == 0 {
		return Effect{}, fault(-1, "the standard deviation is 0: a standardised difference is not defined", "Use the plain difference of means, or check the entry")
	}
	j := o.Correction.J(df)
	if math.IsNaN(j) {
		return Effect{}, fault(-1, "the exact correction needs more than %v degree of freedom", "Use ApproximateJ or NoCorrection", df)
	}
	d := (m.Mean1 - m.Mean2) / sd
	g := j * d
	a, n := 1/m.N1+1/m.N2, 2*(m.N1+m.N2)
	if o.Standardiser == ControlSD {
		n = 2 * m.N2 // Hedges 1981: the second group alone estimates the standard deviation
	}
	var v float64
	switch o.Variance {
	case LS:
		v = a + g*g/n
	case LSUncorrected:
		v = a + d*d/n
	case LSScaled:
		v = j * j * (a + d*d/n)
	case UB:
		if df <= 2 {
			return Effect{}, fault(-1, "the unbiased variance needs more than %v degrees of freedom", "Use LS", df)
		}
		v = a + (1-(df-2)/(df*j*j))*g*g
	case Null:
		v = a
	default:
		return Effect{}, fault(-1, "there is no variance %d", "Use one of the constants", o.Variance)
	}
	return positive(Effect{g, v})
}

// MD is the plain difference of means; pooled takes one standard deviation for both.
func MD(m Means, pooled bool) (Effect, error) {
	if err := m.check(); err != nil {
		return Effect{}, err
	}
	v := m.SD1*m.SD1/m.N1 + m.SD2*m.SD2/m.N2
	if pooled {
		v = ((m.N1-1)*m.SD1*m.SD1 + (m.N2-1)*m.SD2*m.SD2) / (m.N1 + m.N2 - 2) * (1/m.N1 + 1/m.N2)
	}
	return positive(Effect{m.Mean1 - m.Mean2, v})
}

func positive(e Effect) (Effect, error) {
	if !(e.V > 0) || math.IsInf(e.V, 0) || math.IsNaN(e.Y) || math.IsInf(e.Y, 0) {
		return Effect{}, fault(-1, "the effect %v has the variance %v", "Look for groups that do not vary or counts that leave the range of numbers", e.Y, e.V)
	}
	return e, nil
}
