package power

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func load(t *testing.T, name string, into any) {
	t.Helper()
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	text, err := os.ReadFile(filepath.Join(root, "stats/expected/power", name))
	if err != nil {
		t.Skipf("the reference values are not here (VARDE_REFERENCE): %v", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestBaseR(t *testing.T) {
	var file struct {
		Cases []struct {
			Test             string
			Delta, SD, Power float64
			P1, P2, Alpha    float64
			Sided            int
			PerArm           float64 `json:"n_per_arm"`
			Exact            float64 `json:"n_per_arm_exact"`
			N                float64 `json:"n_exact"`
		}
	}
	load(t, "power_base_r.json", &file)
	counted := map[string]int{}
	for _, c := range file.Cases {
		counted[c.Test]++
		l := Level{Alpha: c.Alpha, Sides: c.Sided}
		var got, want float64
		switch c.Test {
		case "two-sample t, equal n":
			s := must(Means{Delta: c.Delta, SD: c.SD, Level: l}.Size(c.Power))
			got, want = s.ExactFirst, c.Exact
			if float64(s.First) != c.PerArm {
				t.Errorf("%+v: %d", c, s.First)
			}
		case "power of two-sample t":
			got, want = must(Means{Delta: c.Delta, SD: c.SD, Level: l}.Power(int(c.PerArm), int(c.PerArm))), c.Power
		case "paired", "one.sample":
			got, want = must(OneMean{Delta: c.Delta, SD: c.SD, Level: l}.Size(c.Power)).ExactFirst, c.N
		case "two proportions (pooled/unpooled normal)":
			l.OwnTail = true
			got, want = must(Proportions{First: c.P1, Second: c.P2, Level: l}.Size(c.Power)).ExactFirst, c.N
		default:
			t.Errorf("no comparison for %q", c.Test)
		}
		if !near(got, want, 1e-7) {
			t.Errorf("%+v: %.12g, want %.12g", c, got, want)
		}
	}
	if len(counted) != 5 {
		t.Errorf("tests compared: %v", counted)
	}
}

func TestRpactFixedDesigns(t *testing.T) {
	var file struct {
		Cases []struct {
			Engine            string
			Alternative       float64
			SD                float64 `json:"stDev"`
			Alpha, Beta       float64
			Sided             int
			Normal            bool `json:"normal_approximation"`
			Pi1, Pi2, N1, N2  float64
			AllocationRatioOf float64 `json:"allocation"`
		}
	}
	load(t, "power_rpact_dev.json", &file)
	compared := 0
	for _, c := range file.Cases {
		l := Level{Alpha: c.Alpha, Sides: c.Sided, OwnTail: true}
		var s Size
		switch c.Engine {
		case "rpact::getSampleSizeMeans":
			s = must(Means{Delta: c.Alternative, SD: c.SD, Level: l, Normal: c.Normal, Ratio: c.AllocationRatioOf}.Size(1 - c.Beta))
		case "rpact::getSampleSizeRates":
			s = must(Proportions{First: c.Pi1, Second: c.Pi2, Level: l}.Size(1 - c.Beta))
		default:
			continue
		}
		compared++
		if !near(s.ExactFirst, c.N1, 1e-7) || !near(s.ExactSecond, c.N2, 1e-7) {
			t.Errorf("%+v: %+v", c, s)
		}
	}
	if compared < 8 {
		t.Errorf("only %d cases", compared)
	}
}

func TestRepeatedReference(t *testing.T) {
	var file struct {
		Sigma [][]float64
		Cases []struct {
			Retention []float64
			N         float64 `json:"n_per_arm"`
			Delta     float64
			Var       float64 `json:"var_diff"`
			Power     float64 `json:"power_z_two_sided_05"`
		}
	}
	load(t, "power_mmrm_analytic.json", &file)
	var sigma []float64
	for _, r := range file.Sigma {
		sigma = append(sigma, r...)
	}
	for _, c := range file.Cases {
		r := Repeated{Delta: c.Delta, Sigma: sigma, Retention: c.Retention}
		if v := must(r.Variance(c.N, c.N)); !near(v, c.Var, 1e-12) {
			t.Errorf("%+v: variance %v", c, v)
		}
		if p := must(r.Power(c.N, c.N)); !near(p, c.Power, 1e-9) {
			t.Errorf("%+v: power %v", c, p)
		}
	}
}
