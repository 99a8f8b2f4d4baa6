package sequential

import (
	"fmt"
	"math"

	"varde/stats/distribution"
)

// Kind names a family of boundaries or of spending functions. The names are
// stable.
type Kind string

const (
	OBrienFleming Kind = "O'Brien-Fleming" // 1979, Biometrics 35:549: c / sqrt(t)
	Pocock        Kind = "Pocock"          // 1977, Biometrika 64:191: c
	WangTsiatis   Kind = "Wang-Tsiatis"    // 1987, Biometrics 43:193: c t^(Parameter - 1/2)
	HaybittlePeto Kind = "Haybittle-Peto"  // Parameter (3 for 0) before the last look
	// Spending functions (Lan and DeMets 1983, Biometrika 70:659).
	SpendOBrienFleming Kind = "Lan-DeMets O'Brien-Fleming type" // 2 - 2 Phi(z_{a/2} / sqrt t)
	SpendPocock        Kind = "Lan-DeMets Pocock type"          // a log(1 + (e-1) t)
	HwangShihDeCani    Kind = "Hwang-Shih-DeCani"               // 1990: a (1-exp(-g t)) / (1-exp(-g)), g = Parameter
	KimDeMets          Kind = "Kim-DeMets"                      // 1987: a t^rho, rho = Parameter
	Given              Kind = "given"                           // Values, on the scale of Z
)

// Boundary is a family with its parameter.
type Boundary struct {
	Kind      Kind
	Parameter float64
	Values    []float64 // for Given
}

func (b Boundary) spends() bool {
	switch b.Kind {
	case SpendOBrienFleming, SpendPocock, HwangShihDeCani, KimDeMets:
		return true
	}
	return false
}

// shape is the boundary at t relative to its constant, for those that have one.
func (b Boundary) shape(t float64) float64 {
	switch b.Kind {
	case OBrienFleming:
		return 1 / math.Sqrt(t)
	case WangTsiatis:
		return math.Pow(t, b.Parameter-0.5)
	}
	return 1 // Pocock
}

// spent is what a spending function has used up at t of alpha; all at t >= 1.
func (b Boundary) spent(alpha, t float64) float64 {
	if t >= 1 {
		return alpha
	}
	switch b.Kind {
	case SpendOBrienFleming:
		return 2 * distribution.NormalUpper(distribution.NormalUpperQuantile(alpha/2)/math.Sqrt(t))
	case SpendPocock:
		return alpha * math.Log1p((math.E-1)*t)
	case HwangShihDeCani:
		if b.Parameter == 0 {
			return alpha * t
		}
		return alpha * math.Expm1(-b.Parameter*t) / math.Expm1(-b.Parameter)
	}
	return alpha * math.Pow(t, b.Parameter) // Kim-DeMets
}

func (b Boundary) check(looks int) error {
	switch b.Kind {
	case OBrienFleming, Pocock, SpendOBrienFleming, SpendPocock:
	case WangTsiatis:
		if !(b.Parameter >= -2 && b.Parameter <= 2) {
			return fmt.Errorf("sequential: a Wang-Tsiatis parameter of %v; 0 is O'Brien-Fleming, 0.5 Pocock", b.Parameter)
		}
	case HaybittlePeto:
		if !(b.Parameter >= 0 && b.Parameter < 8) {
			return fmt.Errorf("sequential: a Haybittle-Peto bound of %v", b.Parameter)
		}
	case HwangShihDeCani:
		if !(b.Parameter >= -40 && b.Parameter <= 40) {
			return fmt.Errorf("sequential: a Hwang-Shih-DeCani parameter of %v; it lies between -40 and 40", b.Parameter)
		}
	case KimDeMets:
		if !(b.Parameter > 0 && b.Parameter <= 50) {
			return fmt.Errorf("sequential: a Kim-DeMets parameter of %v; it is above zero", b.Parameter)
		}
	case Given:
		if len(b.Values) != looks {
			return fmt.Errorf("sequential: %d bounds for %d looks", len(b.Values), looks)
		}
		for k, v := range b.Values {
			if math.IsNaN(v) {
				return fmt.Errorf("sequential: the bound at look %d is not a number", k+1)
			}
		}
	default:
		return fmt.Errorf("sequential: no boundary %q", b.Kind)
	}
	return nil
}
