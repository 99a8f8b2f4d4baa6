package meta

import (
	"math"
	"testing"
)

// Borenstein, Hedges, Higgins & Rothstein, Introduction to Meta-Analysis (2009), the
// worked examples of chapters 4 and 5, to the digits printed.
func TestTextbookEffects(t *testing.T) {
	m := Means{50, 103, 5.5, 50, 100, 4.5}
	check := func(what string, e Effect, err error, y, v, tolerance float64) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		near(t, what, e.Y, y, tolerance)
		near(t, what+" variance", e.V, v, tolerance)
	}
	e, err := MD(m, true)
	check("raw difference", e, err, 3, 1.0100, 5e-5)
	e, err = SMD(m, SMDOptions{Correction: NoCorrection, Variance: LSScaled})
	check("d", e, err, 0.5970, 0.0418, 5e-5)
	e, err = SMD(m, SMDOptions{Correction: ApproximateJ, Variance: LSScaled})
	check("g", e, err, 0.5924, 0.0411, 6e-5)
	c := Counts{5, 100, 10, 100}
	e, err = Compare(c, RiskRatio, RefuseZero)
	check("log risk ratio", e, err, -0.6931, 0.2800, 5e-5)
	e, err = Compare(c, OddsRatio, RefuseZero)
	check("log odds ratio", e, err, -0.7472, 0.3216, 5e-5)
	e, err = Compare(c, RiskDifference, RefuseZero)
	check("risk difference", e, err, -0.05, 0.00138, 6e-6)
}

// A study with a zero cell under each convention; the second is (4.5/8.5)/(0.5/4.5).
func TestZeroCells(t *testing.T) {
	c := Counts{4, 8, 0, 4}
	for zero, want := range map[ZeroCells]float64{HalfCells: 5, HalfEvents: 4.5 / 8.5 / (0.5 / 4.5)} {
		e, err := Compare(c, RiskRatio, zero)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "ratio", math.Exp(e.Y), want, 1e-14)
	}
	if e, err := Compare(Counts{0, 10, 0, 12}, RiskDifference, HalfCells); err != nil || e.V <= 0 {
		t.Errorf("a risk difference of two zeros: %v %v", e, err)
	}
	whole, err := Compare(Counts{4, 8, 1, 4}, RiskRatio, HalfEvents)
	if err != nil || math.Abs(math.Exp(whole.Y)-2) > 1e-14 {
		t.Errorf("a study without a zero is changed: %v %v", math.Exp(whole.Y), err)
	}
	if e, err := Compare(c, PetoOddsRatio, RefuseZero); err != nil || math.Abs(e.Y-(4-32.0/12)/(8*4*4*8/(144*11.0))) > 1e-13 {
		t.Errorf("Peto: %v %v", e, err)
	}
}

func TestCorrections(t *testing.T) {
	// The exact factor has closed forms: J(2) = 1/sqrt(pi), J(4) = sqrt(2/pi).
	near(t, "J(2)", ExactJ.J(2), 1/math.Sqrt(math.Pi), 1e-14)
	near(t, "J(4)", ExactJ.J(4), math.Sqrt(2/math.Pi), 1e-14)
	for m := 5.0; m < 1e6; m *= 3 {
		if d := math.Abs(ExactJ.J(m) - ApproximateJ.J(m)); d > 0.04/(m*m)+1e-15 {
			t.Errorf("at %v the approximation is off by %g", m, d)
		}
	}
	a, _ := math.Lgamma(50)
	b, _ := math.Lgamma(49.5)
	near(t, "where the series begins", ExactJ.J(100.0000001), math.Exp(a-b)/math.Sqrt(50), 1e-9)
	m := Means{12, 25.5, 26.67, 8, 59.1, 26.59}
	g, err := SMD(m, SMDOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []VarianceForm{LSUncorrected, LSScaled, UB, Null} {
		e, err := SMD(m, SMDOptions{Variance: v})
		if err != nil || e.Y != g.Y || math.Abs(e.V-g.V)/g.V > 0.25 {
			t.Errorf("variance %d: %v %v beside %v", v, e, err, g)
		}
	}
	glass, err := SMD(m, SMDOptions{Standardiser: ControlSD, Correction: NoCorrection})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Glass", glass.Y, (25.5-59.1)/26.59, 1e-14)
}

func TestNumberNeeded(t *testing.T) {
	n, err := NumberNeeded(0.5, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "number needed", n, 1/(normalCDF(0.5)-0.5), 1e-12)
}

// Quantiles against closed forms: t with 1 and 2 degrees of freedom, chi2 with 2.
func TestQuantiles(t *testing.T) {
	near(t, "t 1", tUpper(0.05, 1), math.Tan(0.475*math.Pi), 1e-13)
	p := 0.975
	near(t, "t 2", tUpper(0.05, 2), (2*p-1)*math.Sqrt(2/(1-(2*p-1)*(2*p-1))), 1e-13)
	for _, df := range []float64{3, 4, 11, 99, 999} {
		for _, alpha := range []float64{1e-12, 1e-5, 0.05, 0.5, 0.999} {
			near(t, "tail of the t quantile", tTwoSided(tUpper(alpha, df), df)/alpha, 1, 1e-11)
		}
	}
	near(t, "chi2 2", chi2Quantile(0.975, 2), -2*math.Log(0.025), 1e-13)
	near(t, "normal", normalQuantile(0.975), 1.959963984540054, 1e-14)
	near(t, "F", fTail(3, 2, 8), math.Pow(1+2*3.0/8, -4), 1e-13)
	near(t, "far normal tail", normalTwoSided(12)/3.552964224155306e-33, 1, 1e-11)
}

func TestKendallExactAddsUp(t *testing.T) {
	// Of the 3! orders one has no inversion, two one, two two and one three.
	for c, want := range []float64{1.0 / 3, 1, 1, 1.0 / 3} {
		near(t, "p", kendallExact(3, c), want, 1e-15)
	}
}
