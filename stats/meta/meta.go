// Package meta combines effects of several studies: effect sizes, common and random
// effects, heterogeneity, subgroups, meta-regression, several effects of one study,
// small-study effects and influence. It is pure numerics on slices.
//
// Effects y and their sampling variances v are slices of equal length k; ratios are
// given and answered as natural logarithms. Estimation is on a scale of its own (powers
// of two, so that no digit is lost), hence huge and tiny units give the same digits.
//
// Input that cannot be answered is refused with a *Fault that says what, where and what
// to do. Where an answer rests on a convention, or a part of it does not exist, Notes of
// the result say so; NaN never stands without such a note.
//
// The formulas follow W. Viechtbauer, "Conducting meta-analyses in R with the metafor
// package", J Stat Softw 2010;36(3), and the papers named at each method.
package meta

import (
	"fmt"
	"math"
)

// Method is how the variance between studies, tau2, is estimated.
type Method int

const (
	REML   Method = iota // restricted maximum likelihood; Viechtbauer, J Educ Behav Stat 2005;30:261
	ML                   // maximum likelihood
	DL                   // DerSimonian & Laird, Control Clin Trials 1986;7:177
	PM                   // Paule & Mandel, J Res Natl Bur Stand 1982;87:377: Q(tau2) = k-p
	EB                   // empirical Bayes, Morris, J Am Stat Assoc 1983;78:47: the same root as PM
	PMM                  // median-unbiased Paule-Mandel, Viechtbauer 2021: Q(tau2) = median of chi2(k-p)
	SJ                   // Sidik & Jonkman, Appl Stat 2005;54:367, started at the variance of y with divisor k
	HE                   // Hedges & Olkin 1985, unweighted moments ("variance component")
	HS                   // Hunter & Schmidt 1990
	HSk                  // HS with the small-sample correction of Brannick et al. 2019
	Common               // one common effect: tau2 = 0
	Given                // tau2 is Options.Tau2
)

var methodNames = [...]string{"REML", "ML", "DL", "PM", "EB", "PMM", "SJ", "HE", "HS", "HSk", "common", "given"}

// String is the short name of the literature.
func (m Method) String() string {
	if m < 0 || int(m) >= len(methodNames) {
		return fmt.Sprintf("Method(%d)", int(m))
	}
	return methodNames[m]
}

// Methods are all, in the order of their constants.
func Methods() []Method {
	out := make([]Method, len(methodNames))
	for i := range out {
		out[i] = Method(i)
	}
	return out
}

// Test is how the pooled effect is tested and its interval is made.
type Test int

const (
	Z            Test = iota // normal distribution
	T                        // t with k-p degrees of freedom, unscaled variance
	KnappHartung             // Knapp & Hartung, Stat Med 2003;22:2693: scaled variance, t with k-p
	AdHoc                    // the same, but the scale is never below 1
)

var testNames = [...]string{"z", "t", "Knapp-Hartung", "Knapp-Hartung ad hoc"}

// String is the name of the test.
func (t Test) String() string {
	if t < 0 || int(t) >= len(testNames) {
		return fmt.Sprintf("Test(%d)", int(t))
	}
	return testNames[t]
}

// Options of a fit. The zero value is REML with normal tests at 95 %.
type Options struct {
	Method Method
	Test   Test
	Level  float64 // of all intervals, in (0, 1); 0 = 0.95
	// NoIntercept leaves the constant out of a regression.
	NoIntercept bool
	// Tau2 is the variance between studies where Method is Given.
	Tau2 float64
}

func (o Options) level() float64 {
	if o.Level == 0 {
		return 0.95
	}
	return o.Level
}

func (o Options) check() error {
	if l := o.level(); !(l > 0 && l < 1) {
		return fault(-1, "the level %v lies outside 0 to 1", "Give a share such as 0.95", l)
	}
	if o.Method < 0 || int(o.Method) >= len(methodNames) {
		return fault(-1, "there is no method %v", "Use one of Methods()", o.Method)
	}
	if o.Test < 0 || int(o.Test) >= len(testNames) {
		return fault(-1, "there is no test %v", "Use Z, T, KnappHartung or AdHoc", o.Test)
	}
	if o.Method == Given && !(o.Tau2 >= 0 && !math.IsInf(o.Tau2, 1)) {
		return fault(-1, "the given tau2 %v is not a number from zero", "Give Tau2 as a variance", o.Tau2)
	}
	return nil
}

// Fault is input that cannot be answered.
type Fault struct {
	Row     int // index of the effect from 0; -1 = no single one
	Message string
	Fix     string
}

// Error is "effect 3: message. Fix: ...", counted from 1.
func (f *Fault) Error() string {
	at := ""
	if f.Row >= 0 {
		at = fmt.Sprintf("effect %d: ", f.Row+1)
	}
	return at + f.Message + ". Fix: " + f.Fix
}

func fault(row int, message, fix string, args ...any) *Fault {
	return &Fault{row, fmt.Sprintf(message, args...), fix}
}

// Coefficient is one estimate with its test and interval.
type Coefficient struct {
	Name         string
	Estimate, SE float64
	Statistic    float64
	DF           float64 // degrees of freedom of t; 0 = normal
	P            float64 // two-sided
	Low, High    float64
}

// Interval is a value with its interval.
type Interval struct{ Value, Low, High float64 }

// Result is a fitted model. Slices over effects have the order of the input.
type Result struct {
	Method Method
	Test   Test
	Level  float64
	K, P   int // effects, coefficients

	Coefficients []Coefficient // intercept first, if there is one
	Vcov         []float64     // of the coefficients, row-major P x P, with Scale

	Tau2, Tau2SE float64 // variance between studies; SE NaN where the method has none
	Scale        float64 // factor of Knapp and Hartung; 1 where there is none

	Q, QDF, QP float64 // residual heterogeneity: Cochran's Q, chi2 with K-P
	I2, H2     float64 // per cent; ratio

	// Test of all coefficients but the intercept: chi2 with QMDF, or F with QMDF and
	// QMDenominator. QMDF is 0 where there is no moderator.
	QM, QMDF, QMDenominator, QMP float64
	// R2 is the share, in per cent, of the variance between studies that the moderators
	// account for, not below 0; NaN where there is no moderator.
	R2 float64

	// LogLik is restricted for REML, full for ML and Common; NaN for other methods.
	LogLik, AIC, BIC float64

	Weights   []float64 // per cent, sum 100
	Fitted    []float64
	Residuals []float64

	Iterations int
	Notes      []string

	y, v        []float64
	moderators  []Moderator
	o           Options
	hasConstant bool
}

// Pooled is the pooled effect: the first coefficient.
func (r *Result) Pooled() Coefficient { return r.Coefficients[0] }

func (r *Result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// mostApart is how far variances may lie apart; beyond, sums such as tr P lose their digits.
const mostApart = 1e10

// checkEffects refuses what no method can answer.
func checkEffects(y, v []float64) error {
	if len(y) == 0 {
		return fault(-1, "there is no effect", "Give at least one")
	}
	if len(y) != len(v) {
		return fault(-1, "there are %d effects and %d variances", "Give one variance for each effect", len(y), len(v))
	}
	low, high := 0, 0
	for i := range y {
		if math.IsNaN(y[i]) || math.IsInf(y[i], 0) {
			return fault(i, "the effect is %v", "Leave the study out, or compute its effect", y[i])
		}
		if !(v[i] > 0) || math.IsInf(v[i], 0) {
			return fault(i, "the variance is %v", "A variance is a number above zero; leave the study out, or find its standard error", v[i])
		}
		if math.Abs(y[i])/1e60 > math.Sqrt(v[i]) {
			return fault(i, "the effect %g lies beyond 10^60 standard errors of %g from 0", "Check the units of the effect and of its variance", y[i], math.Sqrt(v[i]))
		}
		if v[i] < v[low] {
			low = i
		}
		if v[i] > v[high] {
			high = i
		}
	}
	if v[high]/v[low] > mostApart {
		return fault(low, "its variance %g is less than 1/%g of that of effect %d, %g", "Check the units: beside such a study the others have no weight that double precision could hold", v[low], mostApart, high+1, v[high])
	}
	return nil
}
