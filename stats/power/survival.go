package power

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
)

// SurvivalFormula names how the events for a log-rank test are found.
type SurvivalFormula string

const (
	Schoenfeld SurvivalFormula = "Schoenfeld" // 1981, Biometrika 68:316
	Freedman   SurvivalFormula = "Freedman"   // 1982, Stat Med 1:121
)

// LogRank compares the time to an event between two groups by the log-rank test.
type LogRank struct {
	HazardRatio float64 // first over second
	Ratio       float64 // people in the first group for each in the second; 0 is 1
	Formula     SurvivalFormula
	Level       Level
}

func (s LogRank) fill() (LogRank, error) {
	var err error
	if s.Level, err = s.Level.fill(); err != nil {
		return s, err
	}
	if s.Ratio == 0 {
		s.Ratio = 1
	}
	if s.Formula == "" {
		s.Formula = Schoenfeld
	}
	if s.Formula != Schoenfeld && s.Formula != Freedman {
		return s, fmt.Errorf("power: no formula %q; use %q or %q", s.Formula, Schoenfeld, Freedman)
	}
	if s.HazardRatio == 1 {
		return s, errors.New("power: a hazard ratio of one cannot be planned for")
	}
	return s, errors.Join(positive("the hazard ratio", s.HazardRatio), positive("the allocation ratio", s.Ratio))
}

// perEvent is the shift of the test statistic for one event.
func (s LogRank) perEvent() float64 {
	if s.Formula == Freedman {
		return math.Sqrt(s.Ratio) * math.Abs(1-s.HazardRatio) / (1 + s.Ratio*s.HazardRatio)
	}
	return math.Abs(math.Log(s.HazardRatio)) * math.Sqrt(s.Ratio) / (1 + s.Ratio)
}

// Power at a number of events in both groups together.
func (s LogRank) Power(events float64) (float64, error) {
	s, err := s.fill()
	if err != nil {
		return 0, err
	}
	if err := positive("the number of events", events); err != nil {
		return 0, err
	}
	return s.Level.normal(s.perEvent() * math.Sqrt(events)), nil
}

// Events answers how many events in all the power needs, as a real number. The
// published formulas count the tail of the effect only: set Level.OwnTail to
// have them exactly.
func (s LogRank) Events(target float64) (float64, error) {
	s, err := s.fill()
	if err != nil {
		return 0, err
	}
	if err := checkTarget(target, s.Level); err != nil {
		return 0, err
	}
	if !s.Level.bothTails() {
		z := distribution.NormalUpperQuantile(s.Level.tail()) + distribution.NormalQuantile(target)
		return z * z / (s.perEvent() * s.perEvent()), nil
	}
	return search(func(d float64) float64 { return s.Level.normal(s.perEvent() * math.Sqrt(d)) }, 1e-6, target)
}

// Accrual describes a study with exponential times: people enter evenly over
// Entry, the study ends FollowUp after the last one. Times share one unit.
type Accrual struct {
	Entry, FollowUp float64
	Hazard          float64 // of the event in the second group
	Dropout         float64 // hazard of being lost, the same in both groups
}

// eventShare is the probability of a seen event at a hazard (Lachin and Foulkes
// 1986, Biometrics 42:507).
func (a Accrual) eventShare(hazard float64) float64 {
	total := hazard + a.Dropout
	end := math.Exp(-total * a.FollowUp)
	if a.Entry > 0 {
		end *= -math.Expm1(-total*a.Entry) / (total * a.Entry)
	}
	return hazard / total * (1 - end)
}

// Size answers the group sizes at which the expected number of events gives the
// power.
func (s LogRank) Size(target float64, a Accrual) (Size, error) {
	events, err := s.Events(target)
	if err != nil {
		return Size{}, err
	}
	s, err = s.fill()
	if err != nil {
		return Size{}, err
	}
	if !(a.Entry >= 0) || !(a.FollowUp >= 0) || a.Entry+a.FollowUp == 0 || !(a.Dropout >= 0) || math.IsInf(a.Entry+a.FollowUp+a.Dropout, 1) {
		return Size{}, errors.New("power: entry, follow-up and dropout are finite and not negative, and the study lasts some time")
	}
	if err := positive("the hazard of the second group", a.Hazard); err != nil {
		return Size{}, err
	}
	per := s.Ratio*a.eventShare(a.Hazard*s.HazardRatio) + a.eventShare(a.Hazard)
	n2 := events / per
	z := Size{ExactFirst: s.Ratio * n2, ExactSecond: n2, First: up(s.Ratio * n2), Second: up(n2)}
	expected := float64(z.First)*a.eventShare(a.Hazard*s.HazardRatio) + float64(z.Second)*a.eventShare(a.Hazard)
	z.Notes = []string{fmt.Sprintf("%.1f events needed, %.1f expected of %d people", events, expected, z.Total())}
	z.Power, err = s.Power(expected)
	return z, err
}
