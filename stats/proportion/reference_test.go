package proportion

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestReference(t *testing.T) {
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	text, err := os.ReadFile(filepath.Join(root, "stats/expected/glm/two_by_two.json"))
	if err != nil {
		t.Skipf("the reference values are not here (VARDE_REFERENCE): %v", err)
	}
	var want struct {
		X1, N1, X2, N2 int
		FisherP        float64    `json:"fisher_p"`
		FisherOR       float64    `json:"fisher_or_conditional"`
		FisherCI       [2]float64 `json:"fisher_ci"`
		Chisq          float64
		ChisqP         float64    `json:"chisq_p"`
		Yates          float64    `json:"chisq_yates"`
		YatesP         float64    `json:"chisq_yates_p"`
		RD             float64    `json:"risk_diff"`
		Wald           [2]float64 `json:"rd_wald_ci"`
		Wilson1        [2]float64 `json:"wilson_1"`
		Wilson2        [2]float64 `json:"wilson_2"`
		Newcombe       [2]float64 `json:"newcombe_ci"`
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	a, b := Count{want.X1, want.N1}, Count{want.X2, want.N2}
	checkEstimate(t, "Wald", must(DifferenceWald(a, b, 0)), 1e-11, want.RD, want.Wald[0], want.Wald[1])
	checkEstimate(t, "Newcombe", must(DifferenceNewcombe(a, b, 0)), 1e-11, want.RD, want.Newcombe[0], want.Newcombe[1])
	checkEstimate(t, "Wilson", must(Wilson(a, 0)), 1e-11, a.rate(), want.Wilson1[0], want.Wilson1[1])
	checkEstimate(t, "Wilson", must(Wilson(b, 0)), 1e-11, b.rate(), want.Wilson2[0], want.Wilson2[1])
	f := must(Fisher(a, b, 0))
	if !near(f.P, want.FisherP, 1e-10) {
		t.Errorf("p %v, want %v", f.P, want.FisherP)
	}
	// R finds these roots with a tolerance of 1e-4 only.
	checkEstimate(t, "Fisher", f.Odds, 1e-4, want.FisherOR, want.FisherCI[0], want.FisherCI[1])
	for _, c := range []struct{ got, want float64 }{
		{must(Pearson(a, b, false)).Statistic, want.Chisq}, {must(Pearson(a, b, false)).P, want.ChisqP},
		{must(Pearson(a, b, true)).Statistic, want.Yates}, {must(Pearson(a, b, true)).P, want.YatesP},
	} {
		if !near(c.got, c.want, 1e-11) {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}
