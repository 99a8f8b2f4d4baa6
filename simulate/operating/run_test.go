package operating_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"varde/protocols"
	"varde/simulate/operating"
	"varde/simulate/trial"
)

var sources sync.Map

func source(t testing.TB, id string) *trial.Source {
	t.Helper()
	if s, ok := sources.Load(id); ok {
		return s.(*trial.Source)
	}
	def, err := protocols.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	s, err := trial.NewSource(def)
	if err != nil {
		t.Fatal(err)
	}
	sources.Store(id, s)
	return s
}

const threeSession = "mdma-ptsd-three-session"

func bytesOf(t *testing.T, p operating.Plan, o operating.Options) []byte {
	t.Helper()
	r, err := operating.Run(context.Background(), source(t, threeSession), p, o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func plan(trials int, settings ...trial.Setting) operating.Plan {
	p := operating.Plan{Seed: 11, Trials: trials}
	for i, s := range settings {
		p.Scenarios = append(p.Scenarios, operating.Scenario{Name: string(rune('a' + i)), Setting: s})
	}
	return p
}

func TestSameBytesOnAnyNumberOfCores(t *testing.T) {
	p := plan(600, trial.Setting{}, trial.Setting{"effect": 0, "dropout": 2, "pairs": 1})
	want := bytesOf(t, p, operating.Options{Workers: 1})
	for _, n := range []int{2, 7} {
		if have := bytesOf(t, p, operating.Options{Workers: n}); !bytes.Equal(want, have) {
			t.Errorf("%d workers come to other bytes than one", n)
		}
	}
	p.Precision = 0.02 // power 0.95 or so: 250 trials are enough
	want = bytesOf(t, p, operating.Options{Workers: 1})
	if have := bytesOf(t, p, operating.Options{Workers: 5}); !bytes.Equal(want, have) {
		t.Error("with a precision, 5 workers come to other bytes than one")
	}
	p.Seed++
	if bytes.Equal(want, bytesOf(t, p, operating.Options{})) {
		t.Error("another seed comes to the same bytes")
	}
}

func TestPrecisionEndsEarly(t *testing.T) {
	p := plan(5000, trial.Setting{}, trial.Setting{"effect": 0.5})
	p.Precision = 0.01
	r, err := operating.Run(context.Background(), source(t, threeSession), p, operating.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Scenarios {
		m, _ := s.Measure(operating.Power)
		if m.Error > p.Precision || s.Trials%operating.BatchSize != 0 {
			t.Errorf("%s: %d trials, error %v", s.Name, s.Trials, m.Error)
		}
		if s.Trials == p.Trials {
			t.Errorf("%s ran every trial: %v", s.Name, m)
		}
	}
	if r.Scenarios[0].Trials >= r.Scenarios[1].Trials {
		t.Errorf("a power near a half needs more trials than one near 1: %d and %d", r.Scenarios[0].Trials, r.Scenarios[1].Trials)
	}
	p.Quantity = "luck"
	if _, err := operating.Run(context.Background(), source(t, threeSession), p, operating.Options{}); err == nil || !strings.Contains(err.Error(), "luck") {
		t.Errorf("an unknown quantity gives %v", err)
	}
}

// A run that is broken off anywhere, with whatever a crash left at the end of the file,
// goes on and comes to the same bytes, and so does the file.
func TestResumesToTheSameBytes(t *testing.T) {
	p := plan(600, trial.Setting{}, trial.Setting{"effect": 0})
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	want := bytesOf(t, p, operating.Options{State: whole})
	kept, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for i, cut := range []int{0, 5, len(kept) / 3, len(kept) / 2, len(kept) - 1, len(kept)} {
		path := filepath.Join(dir, "cut"+string(rune('a'+i)))
		if err := os.WriteFile(path, kept[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if have := bytesOf(t, p, operating.Options{State: path, Workers: 3}); !bytes.Equal(want, have) {
			t.Errorf("cut at %d of %d: another result", cut, len(kept))
		}
		if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, kept) {
			t.Errorf("cut at %d of %d: another file (%v)", cut, len(kept), err)
		}
	}
	stopped := filepath.Join(dir, "stopped")
	ctx, stop := context.WithCancel(context.Background())
	_, err = operating.Run(ctx, source(t, threeSession), p, operating.Options{State: stopped, Progress: func(n, _ int) {
		if n >= 750 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("a run that was told to stop says %v", err)
	}
	if have := bytesOf(t, p, operating.Options{State: stopped}); !bytes.Equal(want, have) {
		t.Error("after a stop the result is another")
	}
	other := p
	other.Seed++
	if _, err := operating.Run(context.Background(), source(t, threeSession), other, operating.Options{State: whole}); !errors.Is(err, operating.ErrOtherRun) {
		t.Errorf("the state of another plan gives %v", err)
	}
	changed := bytes.Replace(kept, []byte(`"trials":250`), []byte(`"trials":251`), 1)
	path := filepath.Join(dir, "changed")
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if have := bytesOf(t, p, operating.Options{State: path}); !bytes.Equal(want, have) {
		t.Error("a batch that was changed in the file was believed")
	}
}

// At effect 0 the main test errs as often as its level says, and intervals hold the
// truth as often as they claim; with the published effect the estimate is unbiased.
func TestOperatingCharacteristics(t *testing.T) {
	p := plan(4000, trial.Setting{"effect": 0, "dropout": 0}, trial.Setting{"dropout": 0}, trial.Setting{"observed": 1}, trial.Setting{"effect": 0, "earlyStop": 1})
	r, err := operating.Run(context.Background(), source(t, threeSession), p, operating.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near := func(s operating.ScenarioResult, id string, want float64) {
		t.Helper()
		m, ok := s.Measure(id)
		if !ok || math.Abs(m.Value-want) > 4*m.Error {
			t.Errorf("%v: %s is %v (error %v), not %v", s.Setting, id, m.Value, m.Error, want)
		}
	}
	near(r.Scenarios[0], operating.Power, 0.05)
	near(r.Scenarios[3], operating.Power, 0.05)
	for _, s := range r.Scenarios {
		near(s, operating.Coverage, 0.95)
		near(s, operating.Bias, 0)
		empirical, _ := s.Measure(operating.Empirical)
		model, _ := s.Measure(operating.ModelSE)
		if math.Abs(empirical.Value-model.Value) > 4*empirical.Error {
			t.Errorf("%v: the estimates scatter by %v, the model says %v", s.Setting, empirical.Value, model.Value)
		}
	}
}

func TestFaultsAreToldWithTheirPlace(t *testing.T) {
	for _, x := range []struct{ name, yaml, want string }{
		{"unknown axis", "axes:\n  efect: [0, 1]\n", `s.yaml:2:3: there is no axis "efect"`},
		{"negative rate", "axes:\n  dropout: [0, -1]\n", "s.yaml:2:16: dropout is -1"},
		{"no capacity", "base: {pairs: 0}\n", "nobody would ever be treated"},
		{"no sites", "base: {sites: 0}\n", "s.yaml:1:15: sites is 0"},
		{"no trials", "trials: 0\n", "s.yaml:1:9: trials is 0"},
		{"half a person", "base: {n: 10.5}\n", "n is 10.5; it is a whole number"},
		{"huge grid", "axes:\n  n: [" + strings.Repeat("10, ", 200) + "10]\n  sd: [" + strings.Repeat("1, ", 200) + "1]\n", "s.yaml:1:1: the axes cross to more than 10000 scenarios"},
		{"empty axis", "axes:\n  effect: []\n", "an axis without a value"},
		{"unknown key", "axis: {effect: [1]}\n", "s.yaml:1:1"},
		{"text for a number", "axes: {effect: [much]}\n", "s.yaml:1:17"},
		{"curve without axes", "curves:\n  - id: a\n", "a curve needs axes"},
		{"same name twice", "list:\n  - {name: a}\n  - {name: a}\n", `two scenarios are called "a"`},
		{"alias", "a: &x 1\nb: *x\n", "s.yaml:1"},
		{"empty", "", "s.yaml:1:1"},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := operating.Read("s.yaml", []byte(x.yaml))
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%q gives %v, not %q", x.yaml, err, x.want)
			}
		})
	}
	for _, x := range []struct {
		set  trial.Setting
		want string
	}{
		{trial.Setting{"correlation": 1.3}, "correlation"},
		{trial.Setting{"dropout": 20}, "more than everybody"},
		{trial.Setting{"retrieved": 0.5}, "nobody stops treatment"},
		{trial.Setting{"sd": 3}, "no distribution"},
	} {
		if _, err := source(t, threeSession).Design(x.set, 0); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%v gives %v, not %q", x.set, err, x.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("axes: {effect: [0, 1], n: [60, 104]}\ntrials: 10\n"))
	f.Add([]byte("curves:\n  - {id: a, axes: {pairs: [1, 2]}}\nlist:\n  - {name: x, set: {effect: 0}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := operating.Read("s.yaml", data)
		if err == nil && (len(p.Scenarios) == 0 || p.Trials < 1) {
			t.Errorf("%q was read as %+v", data, p)
		}
	})
}
