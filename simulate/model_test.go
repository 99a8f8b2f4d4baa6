package simulate

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varde/protocol"
	"varde/protocols"
)

func threeSession(t testing.TB) *model {
	t.Helper()
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		t.Fatal(err)
	}
	m, err := newModel(def)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func moments(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(len(x)-1))
}

// TestOutcomesMeetTheirTargets draws 20,000 courses an arm: means and SDs after
// rounding and cutting are those of the protocol, within Monte-Carlo error (three
// standard errors) and 0.15.
func TestOutcomesMeetTheirTargets(t *testing.T) {
	m := threeSession(t)
	const n = 20_000
	c := m.courses[0]
	o := c.spec
	base, baseSD := pooled(o, m.shares)
	rng := stream(7, "test", 0)
	for _, arm := range o.Arms {
		drawn := make([][]float64, len(o.Visits))
		change := make([]float64, 0, n)
		site := 0.0
		for i := range n {
			if i%20 == 0 { // a site of twenty
				site = rng.NormFloat64()
			}
			z := c.latent(rng)
			x := c.course(z, c.baseline.at(z[0]), arm.Arm, site)
			for k := range x {
				if x[k] < o.Min || x[k] > o.Max || x[k] != math.Trunc(x[k]) {
					t.Fatalf("%s at %s: %g is no score", arm.Arm, o.Visits[k], x[k])
				}
				drawn[k] = append(drawn[k], x[k])
			}
			change = append(change, x[len(x)-1]-x[0])
		}
		for k := range drawn {
			wantMean, wantSD := arm.Mean[k]-arm.Mean[0]+base, arm.SD[k]
			if k == 0 {
				wantSD = baseSD
			}
			mean, sd := moments(drawn[k])
			// Participants of one site go together: the error of the mean has both parts.
			mc := 3 * math.Sqrt(sd*sd/n+o.SiteSD*o.SiteSD/(n/20))
			if math.Abs(mean-wantMean) > .15+mc || math.Abs(sd-wantSD) > .15+3*sd/math.Sqrt(2*n) {
				t.Errorf("%s at %s: mean %.2f SD %.2f, want %.2f and %.2f", arm.Arm, o.Visits[k], mean, sd, wantMean, wantSD)
			}
		}
		mean, sd := moments(change)
		k := len(o.Visits) - 1
		if want := arm.Mean[k] - arm.Mean[0]; math.Abs(mean-want) > .3 {
			t.Errorf("%s: mean change %.2f, want %.2f", arm.Arm, mean, want)
		}
		if want := map[string]float64{"mdma": 11.96, "placebo": 11.57}[arm.Arm]; math.Abs(sd-want) > .6 {
			t.Errorf("%s: SD of change %.2f, published %.2f", arm.Arm, sd, want)
		}
	}
}

// TestBaselineIsEligible: the limits come from the criteria themselves.
func TestBaselineIsEligible(t *testing.T) {
	m := threeSession(t)
	if low := m.courses[0].baseline.values[0]; low != 28 {
		t.Errorf("the lowest baseline is %g; criterion I13 asks for 28", low)
	}
	for _, f := range m.failures {
		if f.score != "" && f.criterion != "I13" {
			t.Errorf("%s is failed by the score %s", f.criterion, f.score)
		}
	}
	var ids []string
	for _, f := range m.failures {
		ids = append(ids, f.criterion)
	}
	for _, want := range []string{"I2", "I9", "I13", "E1", "E9", "E10", "E16", "E18", "E24", "E26"} {
		if !slices.Contains(ids, want) {
			t.Errorf("nobody can fail %s; found %v", want, ids)
		}
	}
}

func TestMarginReachesMeanAndSD(t *testing.T) {
	for _, x := range []struct{ low, high, mean, sd float64 }{
		{0, 80, 15.7, 12.5}, {0, 80, 39, 6.7}, {28, 80, 39, 6.7}, {0, 10, .4, .6}, {18, 80, 39.1, 10.3}, {0, 60, 16.2, 13.3}, {0, 80, 72, 9},
	} {
		values := grid(x.low, x.high, 0)
		if x.high <= 60 {
			values = grid(x.low, x.high, 1)
		}
		m, err := newMargin(values, x.mean, x.sd)
		if err != nil {
			t.Errorf("%+v: %v", x, err)
			continue
		}
		mean, square, last := 0.0, 0.0, 0.0
		for i, p := range m.cdf {
			mean += (p - last) * values[i]
			square += (p - last) * values[i] * values[i]
			last = p
		}
		if sd := math.Sqrt(square - mean*mean); math.Abs(mean-x.mean) > .01 || math.Abs(sd-x.sd) > .01 {
			t.Errorf("%+v: mean %.3f SD %.3f", x, mean, sd)
		}
	}
	if _, err := newMargin(grid(0, 10, 0), 11, 1); err == nil {
		t.Error("a mean outside of the range was accepted")
	}
	if _, err := newMargin(grid(0, 10, 0), 5, 6); err == nil {
		t.Error("an impossible SD was accepted")
	}
}

// TestSpreadIsExact: whatever the items can hold, they add up to the total.
func TestSpreadIsExact(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		most := rapid.SliceOfN(rapid.IntRange(0, 6), 1, 30).Draw(r, "most")
		room := 0
		weights := make([]float64, len(most))
		for i, m := range most {
			room += m
			weights[i] = rapid.Float64Range(.01, 3).Draw(r, "weight")
		}
		total := rapid.IntRange(-3, room+5).Draw(r, "total")
		out := spread(stream(rapid.Uint64().Draw(r, "seed"), "spread", 0), total, most, weights)
		sum := 0
		for i, n := range out {
			if n < 0 || n > most[i] {
				r.Fatalf("item %d has %d of %d", i, n, most[i])
			}
			sum += n
		}
		if want := min(max(total, 0), room); sum != want {
			r.Fatalf("%v adds up to %d, want %d", out, sum, want)
		}
	})
}

func TestAgendaKeepsOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var a agenda
		base := time.Unix(0, 0)
		var got []int
		times := rapid.SliceOf(rapid.IntRange(0, 20)).Draw(r, "times")
		for i, x := range times {
			a.add(base.Add(time.Duration(x)*time.Second), func() { got = append(got, i) })
		}
		for {
			e, ok := a.next(time.Time{})
			if !ok {
				break
			}
			e.do()
		}
		if len(got) != len(times) {
			r.Fatalf("%d of %d came out", len(got), len(times))
		}
		if !slices.IsSortedFunc(got, func(i, j int) int {
			if times[i] != times[j] {
				return times[i] - times[j]
			}
			return i - j
		}) {
			r.Fatalf("out of order: %v of %v", got, times)
		}
	})
}

func TestAgendaStopsAtTheLimit(t *testing.T) {
	var a agenda
	a.add(time.Unix(10, 0), func() {})
	if _, ok := a.next(time.Unix(9, 0)); ok {
		t.Error("something after the limit came out")
	}
	if _, ok := a.next(time.Unix(10, 0)); !ok {
		t.Error("what is due at the limit did not come out")
	}
}

// TestVitalsRise: at the peak the curve is 1, before the dose 0, and a half-life
// after the peak a half.
func TestVitalsRise(t *testing.T) {
	v := &protocol.SimVital{Peak: protocol.Duration(2 * time.Hour), HalfLife: protocol.Duration(150 * time.Minute)}
	for _, x := range []struct{ minutes, want float64 }{{0, 0}, {60, .5}, {120, 1}, {270, .5}} {
		if got := curve(v, x.minutes, 0); math.Abs(got-x.want) > 1e-9 {
			t.Errorf("after %g minutes %g, want %g", x.minutes, got, x.want)
		}
	}
}

// TestSharesOverSessions: having it in any of three sessions has the share asked for.
func TestSharesOverSessions(t *testing.T) {
	if p := 1 - math.Pow(1-each(.63, 3), 3); math.Abs(p-.63) > 1e-12 {
		t.Errorf("%g", p)
	}
	if each(0, 3) != 0 {
		t.Error("what never happens happens")
	}
}
