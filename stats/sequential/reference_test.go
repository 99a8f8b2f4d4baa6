package sequential

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// rpact stops its searches at 1e-8 of the level (it prints 0.02499999 as spent),
// so that its bounds are good to about 1e-6.
func TestRpact(t *testing.T) {
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	text, err := os.ReadFile(filepath.Join(root, "stats/expected/power/power_rpact_dev.json"))
	if err != nil {
		t.Skipf("the reference values are not here (VARDE_REFERENCE): %v", err)
	}
	var file struct {
		Cases []struct {
			Engine, TypeOfDesign string
			Sided                int
			Alpha, Beta          float64
			Gamma                *float64  `json:"gammaA"`
			Delta                *float64  `json:"deltaWT"`
			Rates                []float64 `json:"information_rates"`
			Critical             []float64 `json:"critical_values"`
			Levels               []float64 `json:"stage_levels"`
			Spent                []float64 `json:"alpha_spent"`
			Inflation            float64   `json:"inflation_factor"`
			ASN                  float64   `json:"ASN_H1"`
			Futility             any       `json:"futility_bounds"`
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]Kind{"OF": OBrienFleming, "P": Pocock, "asOF": SpendOBrienFleming, "asP": SpendPocock, "asHSD": HwangShihDeCani, "WT": WangTsiatis, "asKD": KimDeMets}
	compared := 0
	for _, c := range file.Cases {
		d := Design{Information: c.Rates, Alpha: c.Alpha, Sides: c.Sided, Beta: c.Beta}
		switch c.Engine {
		case "rpact::getDesignGroupSequential":
			d.Efficacy.Kind = kinds[c.TypeOfDesign]
			if c.Gamma != nil {
				d.Efficacy.Parameter = *c.Gamma
			}
			if c.Delta != nil {
				d.Efficacy.Parameter = *c.Delta
			}
		case "rpact futility bsOF":
			d.Efficacy.Kind = SpendOBrienFleming
			d.Futility = &Futility{Boundary: Boundary{Kind: SpendOBrienFleming}}
		default:
			continue
		}
		compared++
		p, err := New(d)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		compare := func(what string, got, want []float64) {
			for k, w := range want {
				if !near(got[k], w, 2e-6) {
					t.Errorf("%s %s %d sides %v: %v, want %v", c.Engine, c.TypeOfDesign, c.Sided, what, got, want)
					break
				}
			}
		}
		compare("critical values", p.Upper, c.Critical)
		compare("stage levels", p.Nominal, c.Levels)
		if d.Futility == nil {
			compare("spent", p.Spent, c.Spent)
			at := must(p.At(p.Drift))
			compare("inflation and expected size", []float64{p.Inflation, at.Ratio}, []float64{c.Inflation, c.ASN})
			continue
		}
		switch f := c.Futility.(type) {
		case float64:
			compare("futility", p.Lower, []float64{f})
		case []any:
			for k, v := range f {
				compare("futility", p.Lower[k:], []float64{v.(float64)})
			}
		}
	}
	if compared < 18 {
		t.Errorf("only %d cases", compared)
	}
}
