package logistic

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func reference(t *testing.T, name string) *os.File {
	t.Helper()
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	file, err := os.Open(filepath.Join(root, "stats", name))
	if err != nil {
		t.Skipf("the reference values are not here (VARDE_REFERENCE): %v", err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	cells, err := csv.NewReader(reference(t, "data/"+name)).ReadAll()
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

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

type expected struct {
	N              int
	Coef, SE, Z, P map[string]float64
	VCov           [][]float64
	Deviance       float64
	NullDeviance   float64 `json:"null_deviance"`
	LogLik, AIC    float64
	WaldCI         [][2]float64 `json:"wald_ci"`
	ProfileCI      [][2]float64 `json:"profile_ci"`
	LR             []struct {
		Term string
		Chi  float64 `json:"LR.Chisq"`
		P    float64 `json:"Pr..Chisq."`
	} `json:"lr_tests_type3"`
	Standardised struct {
		P1 float64 `json:"p_treat"`
		P0 float64 `json:"p_control"`
		RD float64 `json:"risk_difference"`
		SE float64 `json:"se_delta_fixed_X"`
	}
	HC0 map[string]float64 `json:"sandwich_HC0_se"`
	HC3 map[string]float64 `json:"sandwich_HC3_se"`
}

func responders(t *testing.T, trial string) (Input, int) {
	in := Input{P: 3, Names: []string{"(Intercept)", "base", "armMDMA"}}
	for _, r := range table(t, "mapp2_sim200.csv") {
		if r["trial"] != trial || r["visit"] != "V3" {
			continue
		}
		arm, y := 0.0, 0.0
		if r["arm"] == "MDMA" {
			arm = 1
		}
		if c := r["chg"]; c != "" && c != "NA" && number(t, c) <= -10 {
			y = 1
		}
		in.X, in.Y = append(in.X, 1, number(t, r["base"]), arm), append(in.Y, y)
	}
	return in, 2
}

func respiratory(t *testing.T) (Input, int) {
	in := Input{P: 6, Names: []string{"(Intercept)", "treatmenttreatment", "gendermale", "age", "centre2", "basegood"}}
	base := map[string]string{}
	rows := table(t, "respiratory.csv")
	for _, r := range rows {
		if r["month"] == "0" {
			base[r["subject"]] = r["status"]
		}
	}
	is := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	for _, r := range rows {
		if r["month"] == "4" {
			in.X = append(in.X, 1, is(r["treatment"] == "treatment"), is(r["gender"] == "male"), number(t, r["age"]), is(r["centre"] == "2"), is(base[r["subject"]] == "good"))
			in.Y = append(in.Y, is(r["status"] == "good"))
		}
	}
	return in, 1
}

func TestReference(t *testing.T) {
	one, arm := responders(t, "1")
	two, _ := responders(t, "2")
	resp, treatment := respiratory(t)
	for _, c := range []struct {
		name string
		in   Input
		arm  int
	}{{"mapp2_t001_responder_nri", one, arm}, {"mapp2_t002_responder_nri", two, arm}, {"respiratory_m4", resp, treatment}} {
		var want expected
		if err := json.NewDecoder(reference(t, "expected/glm/"+c.name+".json")).Decode(&want); err != nil {
			t.Fatal(err)
		}
		f, err := New(c.in, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f.N != want.N {
			t.Fatalf("%s: %d rows, want %d", c.name, f.N, want.N)
		}
		t.Run(c.name, func(t *testing.T) { compare(t, f, want, c.arm) })
	}
}

func compare(t *testing.T, f *Fit, want expected, arm int) {
	check := func(what string, got, w, tol float64) {
		t.Helper()
		if !near(got, w, tol) {
			t.Errorf("%s: %.16g, want %.16g", what, got, w)
		}
	}
	hc0, _ := f.Covariance(HC0)
	hc3, _ := f.Covariance(HC3)
	for j, name := range f.Names {
		check(name, f.Beta[j], want.Coef[name], 1e-9)
		check(name+" SE", f.SE[j], want.SE[name], 1e-9)
		check(name+" z", f.Z[j], want.Z[name], 1e-9)
		check(name+" p", f.PValue[j], want.P[name], 1e-9)
		check(name+" HC0", hc0[j*f.P+j], want.HC0[name]*want.HC0[name], 1e-8)
		check(name+" HC3", hc3[j*f.P+j], want.HC3[name]*want.HC3[name], 1e-8)
		l := make([]float64, f.P)
		l[j] = 1
		e, err := f.Contrast(l, ContrastOptions{})
		if err != nil {
			t.Fatal(err)
		}
		check(name+" Wald", e.Lower, want.WaldCI[j][0], 1e-9)
		check(name+" Wald", e.Upper, want.WaldCI[j][1], 1e-9)
		// R interpolates its profile with a spline: good to about 1e-4.
		iv, err := f.Profile(j, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		check(name+" profile", iv.Lower, want.ProfileCI[j][0], 3e-4)
		check(name+" profile", iv.Upper, want.ProfileCI[j][1], 3e-4)
		for k := range f.P {
			check(name+" covariance", f.VCov[j*f.P+k], want.VCov[j][k], 1e-9)
		}
	}
	check("deviance", f.Deviance, want.Deviance, 1e-10)
	check("null deviance", f.NullDeviance, want.NullDeviance, 1e-10)
	check("AIC", f.AIC, want.AIC, 1e-10)
	for j, w := range want.LR { // one column each, in the order of the columns
		lr, err := f.LikelihoodRatio(j + 1)
		if err != nil {
			t.Fatal(err)
		}
		check(w.Term+" LR", lr.Statistic, w.Chi, 1e-8)
		check(w.Term+" LR p", lr.P, w.P, 1e-8)
	}
	x1, x0 := append([]float64(nil), f.x...), append([]float64(nil), f.x...)
	for i := range f.N {
		x1[i*f.P+arm], x0[i*f.P+arm] = 1, 0
	}
	s, err := f.Standardise(x1, x0, 0)
	if err != nil {
		t.Fatal(err)
	}
	check("risk treated", s.Treated.Estimate, want.Standardised.P1, 1e-9)
	check("risk control", s.Control.Estimate, want.Standardised.P0, 1e-9)
	check("risk difference SE", s.Difference.SE, want.Standardised.SE, 1e-9)
}

// uniroot on R's deviances, tolerance 1e-13, gives the profile of the arm.
func TestProfileBeyondTheSpline(t *testing.T) {
	in, arm := responders(t, "1")
	f, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	iv, err := f.Profile(arm, 0)
	if err != nil || !near(iv.Lower, 0.3602512872183877, 1e-9) || !near(iv.Upper, 2.144157424266931, 1e-9) {
		t.Errorf("%+v, %v", iv, err)
	}
}

func TestReferenceSeparation(t *testing.T) {
	var file struct{ X, Y []float64 }
	if err := json.NewDecoder(reference(t, "expected/glm/separation.json")).Decode(&file); err != nil {
		t.Fatal(err)
	}
	_, err := New(Input{X: withIntercept(file.X), P: 2, Y: file.Y}, Options{})
	var s *SeparationError
	if !errors.As(err, &s) || !s.Complete {
		t.Errorf("%v", err)
	}
}
