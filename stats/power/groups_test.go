package power

import (
	"math"
	"testing"
)

// R 4.2.2: power.anova.test(groups = 3, between.var = var(c(1, 2, 2.5)),
// within.var = 4); its search is good to
// 1e-4, its noncentral distribution to 1e-9.
func TestGroups(t *testing.T) {
	g := Groups{Means: []float64{1, 2, 2.5}, SD: 2}
	if p := must(g.Power(20)); !near(p, 0.54761940576998, 2e-9) {
		t.Errorf("power %.14g", p)
	}
	s := must(g.Size(0.8))
	if !near(s.ExactFirst, 34.051937906957, 1e-4) || s.First != 35 || s.Power < 0.8 {
		t.Errorf("%+v", s)
	}
}

// Two groups are the two-sided t test.
func TestTwoGroupsAreT(t *testing.T) {
	f := must(Groups{Means: []float64{0, 1.3}, SD: 2}.Power(17))
	if p := must(Means{Delta: 1.3, SD: 2}.Power(17, 17)); !near(f, p, 1e-10) {
		t.Errorf("F %v, t %v", f, p)
	}
}

// R: pbinom and dbinom summed over the rejected counts, 0.5 against 0.3, n = 40.
func TestOneProportion(t *testing.T) {
	o := OneProportion{Null: 0.3, Alternative: 0.5}
	if p := must(o.Power(40)); !near(p, 0.68209018097787, 1e-11) {
		t.Errorf("power %.14g", p)
	}
	s := must(o.Size(0.8))
	for n := s.First; n < s.First+10; n++ {
		if must(o.Power(n)) < 0.8 {
			t.Errorf("the power falls below the target at %d: %+v", n, s)
		}
	}
	if must(o.Power(s.First-1)) >= 0.8 {
		t.Errorf("%+v is not the smallest", s)
	}
	mirror := OneProportion{Null: 0.7, Alternative: 0.5}
	if p := must(mirror.Power(40)); math.Abs(p-must(o.Power(40))) > 1e-12 {
		t.Errorf("the complement has power %v", p)
	}
}

func TestGroupRefusals(t *testing.T) {
	for name, err := range map[string]error{
		"one group":    second(Groups{Means: []float64{1}, SD: 1}.Power(10)),
		"equal":        second(Groups{Means: []float64{1, 1}, SD: 1}.Power(10)),
		"no SD":        second(Groups{Means: []float64{1, 2}}.Power(10)),
		"one person":   second(Groups{Means: []float64{1, 2}, SD: 1}.Power(1)),
		"level":        second(Groups{Means: []float64{1, 2}, SD: 1, Alpha: 5}.Size(0.8)),
		"same":         second(OneProportion{Null: 0.5, Alternative: 0.5}.Power(10)),
		"of one":       second(OneProportion{Null: 0.5, Alternative: 1}.Power(10)),
		"nobody":       second(OneProportion{Null: 0.5, Alternative: 0.6}.Power(0)),
		"hardly apart": second(OneProportion{Null: 0.5, Alternative: 0.5001}.Size(0.8)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
