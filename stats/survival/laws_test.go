package survival

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Without ties the score test of one indicator is the log-rank test; order of
// rows and the clock's unit change nothing; the other coding flips the sign.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 9))
		n := rapid.IntRange(20, 60).Draw(t, "n")
		in := CoxInput{P: 1}
		group := make([]int, n)
		for i := range n {
			group[i] = i % 2
			in.Time = append(in.Time, r.ExpFloat64()+1e-9*float64(i))
			in.Event = append(in.Event, r.Float64() < 0.7)
			in.X = append(in.X, float64(group[i]))
		}
		c, err := NewCox(in)
		if err != nil {
			t.Skip(err)
		}
		l := must(LogRank(in.Time, in.Event, group, nil, 0))
		if !near(c.Rao.Statistic, l.Statistic, 1e-8) {
			t.Errorf("score %v, log-rank %v", c.Rao.Statistic, l.Statistic)
		}
		unit := math.Pow(10, rapid.Float64Range(-10, 10).Draw(t, "unit"))
		other := CoxInput{P: 1}
		for _, i := range r.Perm(n) {
			other.Time, other.Event = append(other.Time, in.Time[i]*unit), append(other.Event, in.Event[i])
			other.X = append(other.X, 1000*(1-in.X[i]))
		}
		o := must(NewCox(other))
		if !near(-1000*o.Beta[0], c.Beta[0], 1e-7) || !near(o.LogLik, c.LogLik, 1e-9) {
			t.Errorf("%v became %v", c.Beta, o.Beta)
		}
		curve := must(KaplanMeier(in.Time, in.Event, "", 0))
		before := 1.0
		for _, s := range curve.Steps {
			if s.Survival > before || s.HasInterval && !(s.Lower <= s.Survival && s.Survival <= s.Upper) {
				t.Errorf("%+v after %v", s, before)
			}
			before = s.Survival
		}
	})
}

// Without censoring the curve is the share still without the event.
func TestWithoutCensoring(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		time := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 12), func(i int) float64 { return float64(i) }), 1, 40).Draw(t, "times")
		event := make([]bool, len(time))
		for i := range event {
			event[i] = true
		}
		c := must(KaplanMeier(time, event, Plain, 0))
		for _, s := range c.Steps {
			left := 0
			for _, v := range time {
				if v > s.Time {
					left++
				}
			}
			if !near(s.Survival, float64(left)/float64(len(time)), 1e-12) {
				t.Errorf("%+v, want %d of %d", s, left, len(time))
			}
		}
	})
}
