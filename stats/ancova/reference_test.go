package ancova

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func reference(t *testing.T, name string) []byte {
	t.Helper()
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	text, err := os.ReadFile(filepath.Join(root, "stats", name))
	if err != nil {
		t.Skipf("the reference values are not here (VARDE_REFERENCE): %v", err)
	}
	return text
}

func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	file, err := os.Open(filepath.Join(root, "stats/data", name))
	if err != nil {
		t.Skipf("the reference data are not here (VARDE_REFERENCE): %v", err)
	}
	defer file.Close()
	cells, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, line := range cells[1:] {
		row := map[string]string{}
		for j, v := range line {
			row[cells[0][j]] = v
		}
		out = append(out, row)
	}
	return out
}

type mean struct {
	Emmean, SE, Df float64
	Lower          float64 `json:"lower.CL"`
	Upper          float64 `json:"upper.CL"`
}

type expected struct {
	N              int
	Coef, SE, T, P map[string]float64
	Df, Sigma, R2  float64
	AdjR2          float64 `json:"adj_r2"`
	F              []float64
	VCov           [][]float64
	LSMeans        []mean
	Proportional   []mean `json:"lsmeans_proportional"`
	Difference     []struct {
		Estimate, SE, Df float64
		Lower            float64 `json:"lower.CL"`
		Upper            float64 `json:"upper.CL"`
		T                float64 `json:"t.ratio"`
		P                float64 `json:"p.value"`
	}
	D     float64 `json:"cohens_d_model_sigma"`
	Type3 []struct {
		Term string
		F    float64 `json:"F.value"`
		P    float64 `json:"Pr..F."`
	}
	HC3 map[string]float64 `json:"hc3_se"`
}

var sites = []string{"S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10"}

// trialDesign is chg ~ base + site + arm at V3 of one simulated trial, observed.
func trialDesign(t *testing.T, trial int) (in Input, baseMean float64, siteShare []float64) {
	in.P = 12
	in.Names = []string{"(Intercept)", "base"}
	for _, s := range sites {
		in.Names = append(in.Names, "site"+s)
	}
	in.Names = append(in.Names, "armMDMA")
	siteShare = make([]float64, len(sites))
	for _, r := range table(t, "mapp2_sim200.csv") {
		if r["trial"] != strconv.Itoa(trial) || r["visit"] != "V3" || r["chg"] == "" || r["chg"] == "NA" {
			continue
		}
		row := make([]float64, in.P)
		row[0] = 1
		row[1], _ = strconv.ParseFloat(r["base"], 64)
		for j, s := range sites {
			if r["site"] == s {
				row[2+j] = 1
				siteShare[j]++
			}
		}
		if r["arm"] == "MDMA" {
			row[11] = 1
		}
		y, err := strconv.ParseFloat(r["chg"], 64)
		if err != nil {
			t.Fatal(err)
		}
		in.X, in.Y = append(in.X, row...), append(in.Y, y)
		baseMean += row[1]
	}
	baseMean /= float64(len(in.Y))
	for j := range siteShare {
		siteShare[j] /= float64(len(in.Y))
	}
	return in, baseMean, siteShare
}

func TestReferenceTrials(t *testing.T) {
	for trial := 1; trial <= 2; trial++ {
		var want expected
		if err := json.Unmarshal(reference(t, "expected/ancova/mapp2_t00"+strconv.Itoa(trial)+"_v3.json"), &want); err != nil {
			t.Fatal(err)
		}
		in, base, share := trialDesign(t, trial)
		f, err := New(in)
		if err != nil {
			t.Fatal(err)
		}
		if f.N != want.N {
			t.Fatalf("%d rows, want %d", f.N, want.N)
		}
		compareFit(t, f, want)
		grid := func(arm float64, weights []float64) []float64 {
			l := append([]float64{1, base}, weights...)
			return append(l, arm)
		}
		equal := make([]float64, len(sites))
		for j := range equal {
			equal[j] = 0.1
		}
		for arm := range 2 {
			compareMean(t, f, grid(float64(arm), equal), want.LSMeans[arm])
			compareMean(t, f, grid(float64(arm), share), want.Proportional[arm])
		}
	}
}

func compareMean(t *testing.T, f *Fit, l []float64, want mean) {
	t.Helper()
	e, err := f.Contrast(l, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !near(e.Estimate, want.Emmean, 1e-9) || !near(e.SE, want.SE, 1e-9) || !near(e.Lower, want.Lower, 1e-9) || !near(e.Upper, want.Upper, 1e-9) {
		t.Errorf("mean %+v, want %+v", e, want)
	}
}

func compareFit(t *testing.T, f *Fit, want expected) {
	t.Helper()
	hc3, err := f.Covariance(HC3)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, got, w, tol float64) {
		t.Helper()
		if !near(got, w, tol) {
			t.Errorf("%s: %.16g, want %.16g", what, got, w)
		}
	}
	for j, name := range f.Names {
		check(name, f.Beta[j], want.Coef[name], 1e-9)
		check(name+" SE", f.SE[j], want.SE[name], 1e-9)
		check(name+" t", f.T[j], want.T[name], 1e-9)
		check(name+" p", f.PValue[j], want.P[name], 1e-9)
		check(name+" HC3", hc3[j*f.P+j], want.HC3[name]*want.HC3[name], 1e-9)
		for k := range f.P {
			check(name+" covariance", f.VCov[j*f.P+k], want.VCov[j][k], 1e-9)
		}
	}
	check("sigma", f.Sigma, want.Sigma, 1e-10)
	check("R2", f.R2, want.R2, 1e-10)
	check("adjusted R2", f.AdjR2, want.AdjR2, 1e-10)
	check("F", f.F.F, want.F[0], 1e-10)
	arm := make([]float64, f.P)
	arm[f.P-1] = 1
	d, err := f.Standardised(arm)
	if err != nil {
		t.Fatal(err)
	}
	check("d", d, want.D, 1e-9)
	e, err := f.Contrast(arm, Options{})
	if err != nil {
		t.Fatal(err)
	}
	check("difference lower", e.Lower, want.Difference[0].Lower, 1e-9)
	check("difference upper", e.Upper, want.Difference[0].Upper, 1e-9)
	check("difference p", e.P, want.Difference[0].P, 1e-9)
	site := make([]float64, len(sites)*f.P)
	for j := range sites {
		site[j*f.P+2+j] = 1
	}
	test, err := f.Test(site, Classical)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range want.Type3 {
		if w.Term == "site" {
			check("site F", test.F, w.F, 1e-9)
			check("site p", test.P, w.P, 1e-9)
		}
	}
}
