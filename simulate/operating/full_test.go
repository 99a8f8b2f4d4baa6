package operating_test

import (
	"context"
	"math"
	"testing"

	"varde/report"
	"varde/simulate/operating"
	"varde/simulate/trial"
)

// A whole study through package study comes to what the fast speed draws, as far as so
// few can tell: nothing is refused, nobody is left unfinished, and the estimate, who
// leaves and how long it takes are of the same kind.
func TestFullSpeed(t *testing.T) {
	p := plan(3, trial.Setting{"n": 24})
	s := source(t, threeSession)
	full := &operating.Full{Subject: report.Subject}
	r, err := operating.Run(context.Background(), s, p, operating.Options{Full: full, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	again, err := operating.Run(context.Background(), s, p, operating.Options{Full: full, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	fast, err := operating.Run(context.Background(), s, plan(500, p.Scenarios[0].Setting), operating.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, y := r.Scenarios[0], fast.Scenarios[0]
	for i, m := range x.Measures {
		if m != again.Scenarios[0].Measures[i] {
			t.Errorf("on three cores %s is %v, on one %v", m.ID, again.Scenarios[0].Measures[i], m)
		}
	}
	for id, want := range map[string]float64{"unexpected-refusals": 0, "unfinished": 0, trial.Randomised: 24, trial.Failed: 0} {
		if m, ok := x.Measure(id); !ok || m.Value != want {
			t.Errorf("%s is %v (there: %t), not %v", id, m.Value, ok, want)
		}
	}
	for _, id := range []string{trial.Value, trial.LastVisit, trial.Referred} {
		a, ok1 := x.Measure(id)
		b, ok2 := y.Measure(id)
		if !ok1 || !ok2 || math.Abs(a.Value-b.Value) > 4.5*b.SD {
			t.Errorf("%s is %v through study and %v (SD %v) drawn fast", id, a.Value, b.Value, b.SD)
		}
	}
	p.Scenarios[0].Setting = trial.Setting{"expectancy": 3}
	if _, err := operating.Run(context.Background(), s, p, operating.Options{Full: full}); err == nil {
		t.Error("expectancy is not known to virtual people, and was not refused")
	}
}

func BenchmarkWholeStudy(b *testing.B) {
	s := source(b, threeSession)
	for b.Loop() {
		if _, err := operating.Run(context.Background(), s, plan(1, trial.Setting{}), operating.Options{Full: &operating.Full{Subject: report.Subject}, Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
