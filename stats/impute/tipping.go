package impute

import "fmt"

// Tipping is where a conclusion turns.
type Tipping struct {
	Found bool
	Delta float64 // the smallest shift found at which the p value is at least alpha
	At    Pooled  // the result there
	// Before is the last shift with a p value below alpha: the turn lies between.
	Before float64
}

// TippingPoint seeks the shift of imputed values, from 0 towards limit (of
// either sign), at which the result is no longer significant at alpha. analyse
// must use the same seed for every delta. It goes by steps of a twentieth of
// the way, for the p value need not grow steadily, and halves the first step
// that turns until the turn is within tolerance. Not found means: not up to
// limit. A result that is not significant at delta 0 has its turn at 0.
func TippingPoint(analyse func(delta float64) (Pooled, error), limit, alpha, tolerance float64) (Tipping, error) {
	var t Tipping
	if limit == 0 || limit-limit != 0 || !(alpha > 0 && alpha < 1) || !(tolerance > 0) {
		return t, fmt.Errorf("impute: a tipping point up to %v at alpha %v within %v; give a limit other than 0, an alpha between 0 and 1, a tolerance above 0", limit, alpha, tolerance)
	}
	const steps = 20
	for k := range steps + 1 {
		delta := limit * float64(k) / steps
		p, err := analyse(delta)
		if err != nil {
			return t, fmt.Errorf("delta %v: %w", delta, err)
		}
		if p.P >= alpha {
			t.Found, t.Delta, t.At = true, delta, p
			break
		}
		t.Before = delta
	}
	if !t.Found || t.Delta == 0 {
		return t, nil
	}
	for range 60 {
		if width := t.Delta - t.Before; width <= tolerance && -width <= tolerance {
			break
		}
		middle := (t.Before + t.Delta) / 2
		p, err := analyse(middle)
		if err != nil {
			return t, fmt.Errorf("delta %v: %w", middle, err)
		}
		if p.P >= alpha {
			t.Delta, t.At = middle, p
		} else {
			t.Before = middle
		}
	}
	return t, nil
}
