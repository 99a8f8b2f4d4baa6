// Package survival is the analysis of times to an event with right censoring:
// Kaplan-Meier curves, log-rank tests and Cox regression.
//
// Times are numbers of one unit, not negative; an observation is an event or
// censored at its time. Somebody censored at the time of an event counts as at
// risk for it. Times are equal only if their numbers are.
package survival

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/stats/distribution"
)

func check(time []float64, event []bool) error {
	if len(time) == 0 {
		return errors.New("survival: there is no observation")
	}
	if len(time) != len(event) {
		return fmt.Errorf("survival: %d times and %d events", len(time), len(event))
	}
	for i, t := range time {
		if !(t >= 0) || math.IsInf(t, 1) {
			return fmt.Errorf("survival: the time of observation %d is %v; times are finite and not negative", i+1, t)
		}
	}
	return nil
}

func levelOf(level float64) (float64, error) {
	if level == 0 {
		return 0.95, nil
	}
	if !(level > 0 && level < 1) {
		return 0, fmt.Errorf("survival: a confidence level of %v; it lies between 0 and 1", level)
	}
	return level, nil
}

// Transform names the scale on which pointwise intervals are symmetric.
type Transform string

const (
	LogLog Transform = "log-log" // of the cumulative hazard; the default
	Log    Transform = "log"
	Plain  Transform = "plain" // cut at 0 and 1
)

// Step is the curve from one time on to the next.
type Step struct {
	Time                     float64
	AtRisk, Events, Censored int
	Survival, SE             float64 // Greenwood's standard error of the survival
	Lower, Upper             float64
	// HasInterval is false once nobody survives: the variance then is not
	// defined.
	HasInterval bool
}

// Curve is a Kaplan-Meier estimate; its steps are all distinct times.
type Curve struct {
	N, Events int
	Steps     []Step
	Transform Transform
	Level     float64

	sorted []float64
}

// KaplanMeier estimates the survival curve (Kaplan and Meier 1958, JASA 53:457)
// with Greenwood's variance (1926). Empty transform is log-log, level 0 is 0.95.
func KaplanMeier(time []float64, event []bool, transform Transform, level float64) (*Curve, error) {
	if err := check(time, event); err != nil {
		return nil, err
	}
	level, err := levelOf(level)
	if err != nil {
		return nil, err
	}
	if transform == "" {
		transform = LogLog
	}
	if transform != LogLog && transform != Log && transform != Plain {
		return nil, fmt.Errorf("survival: no transform %q; use %q, %q or %q", transform, LogLog, Log, Plain)
	}
	c := &Curve{N: len(time), Transform: transform, Level: level, sorted: slices.Clone(time)}
	slices.Sort(c.sorted)
	order := byTime(time)
	z := distribution.NormalUpperQuantile((1 - level) / 2)
	s, hazard := 1.0, 0.0
	for i := 0; i < len(order); {
		st := Step{Time: time[order[i]], AtRisk: len(order) - i}
		for ; i < len(order) && time[order[i]] == st.Time; i++ {
			if event[order[i]] {
				st.Events++
			} else {
				st.Censored++
			}
		}
		if d, n := float64(st.Events), float64(st.AtRisk); st.Events > 0 {
			s *= (n - d) / n
			hazard += d / (n * (n - d))
		}
		c.Events += st.Events
		st.Survival = s
		st.interval(transform, z, hazard)
		c.Steps = append(c.Steps, st)
	}
	return c, nil
}

func byTime(time []float64) []int {
	order := make([]int, len(time))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case time[a] < time[b]:
			return -1
		case time[a] > time[b]:
			return 1
		}
		return 0
	})
	return order
}

// interval fills the limits; variance is that of the logarithm of the survival.
func (s *Step) interval(transform Transform, z, variance float64) {
	switch {
	case s.Survival == 0:
		return
	case s.Survival == 1:
		s.Lower, s.Upper, s.HasInterval = 1, 1, true
		return
	}
	sd := math.Sqrt(variance)
	s.SE, s.HasInterval = s.Survival*sd, true
	switch transform {
	case LogLog:
		l := math.Log(-math.Log(s.Survival))
		half := z * sd / -math.Log(s.Survival)
		s.Lower, s.Upper = math.Exp(-math.Exp(l+half)), math.Exp(-math.Exp(l-half))
	case Log:
		s.Lower, s.Upper = s.Survival*math.Exp(-z*sd), min(1, s.Survival*math.Exp(z*sd))
	default:
		s.Lower, s.Upper = max(0, s.Survival-z*s.SE), min(1, s.Survival+z*s.SE)
	}
}

// At answers the curve at a time. Before the first time it is 1.
func (c *Curve) At(t float64) Step {
	now := Step{Time: t, Survival: 1, Lower: 1, Upper: 1, HasInterval: true}
	for _, s := range c.Steps {
		if s.Time > t {
			break
		}
		now = s
	}
	now.Time, now.AtRisk, now.Events, now.Censored = t, c.AtRisk(t), 0, 0
	return now
}

// AtRisk is the number of people whose time is t or later.
func (c *Curve) AtRisk(t float64) int {
	at, _ := slices.BinarySearch(c.sorted, t)
	return c.N - at
}

// Quantile is a time with its interval; a side that the data do not reach has
// its flag false.
type Quantile struct {
	Estimate, Lower, Upper          float64
	HasEstimate, HasLower, HasUpper bool
}

// Quantile answers the time by which a share p have had the event, 0.5 for the
// median, with the interval of Brookmeyer and Crowley (1982, Biometrics 38:29):
// where the pointwise limits cross 1 - p. Where the curve is level at exactly 1
// - p the middle of that stretch is taken.
func (c *Curve) Quantile(p float64) (Quantile, error) {
	if !(p > 0 && p < 1) {
		return Quantile{}, fmt.Errorf("survival: a quantile of %v; it lies between 0 and 1", p)
	}
	var q Quantile
	q.Estimate, q.HasEstimate = c.cross(p, func(s Step) (float64, bool) { return s.Survival, true })
	q.Lower, q.HasLower = c.cross(p, func(s Step) (float64, bool) { return s.Lower, s.HasInterval })
	q.Upper, q.HasUpper = c.cross(p, func(s Step) (float64, bool) { return s.Upper, s.HasInterval })
	return q, nil
}

// Median is Quantile(0.5).
func (c *Curve) Median() Quantile {
	q, err := c.Quantile(0.5)
	if err != nil { // 0.5 is a share
		return Quantile{}
	}
	return q
}

func (c *Curve) cross(p float64, value func(Step) (float64, bool)) (float64, bool) {
	const same = 1e-9
	level := 1 - p
	for i, s := range c.Steps {
		v, ok := value(s)
		if !ok || s.Events == 0 || v > level+same {
			continue
		}
		if v < level-same {
			return s.Time, true
		}
		for _, later := range c.Steps[i+1:] {
			if later.Events > 0 {
				return (s.Time + later.Time) / 2, true
			}
		}
		return (s.Time + c.Steps[len(c.Steps)-1].Time) / 2, true
	}
	return 0, false
}

// RestrictedMean is the mean time up to tau: the area under the curve, with its
// standard error (Klein and Moeschberger 2003, section 4.5). tau must not lie
// beyond the last time, unless that one is an event of all who were left.
func (c *Curve) RestrictedMean(tau float64) (mean, se float64, err error) {
	last := c.Steps[len(c.Steps)-1]
	if !(tau > 0) || math.IsInf(tau, 1) || tau > last.Time && last.Survival > 0 {
		return 0, 0, fmt.Errorf("survival: a restricted mean up to %v; the last time is %v", tau, last.Time)
	}
	t, s := []float64{0}, []float64{1}
	for _, st := range c.Steps {
		if st.Events > 0 && st.Time < tau {
			t, s = append(t, st.Time), append(s, st.Survival)
		}
	}
	t = append(t, tau)
	area := make([]float64, len(t)) // from t[i] on
	for i := len(s) - 1; i >= 0; i-- {
		area[i] = area[i+1] + s[i]*(t[i+1]-t[i])
	}
	variance, k := 0.0, 0
	for _, st := range c.Steps {
		if st.Events > 0 && st.Time < tau {
			k++
			if d, n := float64(st.Events), float64(st.AtRisk); n > d {
				variance += area[k] * area[k] * d / (n * (n - d))
			}
		}
	}
	return area[0], math.Sqrt(variance), nil
}
