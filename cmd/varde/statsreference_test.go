package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// statsReference finds the folder of reference data, which is not part of the repository.
func statsReference(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("VARDE_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "reference")
	}
	dir, err := filepath.Abs(filepath.Join(dir, "stats"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no reference data in %s: set VARDE_REFERENCE to run this test", dir)
	}
	return dir
}

// statsAnswer runs a command with --json.
func statsAnswer(t *testing.T, dir string, args ...string) map[string]any {
	t.Helper()
	status, out, complaints := statsIn(t, dir, nil, append(args, "--json")...)
	if status != 0 {
		t.Fatalf("%s: status %d\n%s", strings.Join(args, " "), status, complaints)
	}
	var o map[string]any
	if err := json.Unmarshal([]byte(out), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func expectedJSON(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// at walks into an answer: keys, and numbers as places in lists.
func at(t *testing.T, o any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, ok := o.(map[string]any)
			if !ok || m[k] == nil {
				t.Fatalf("there is no %v of %v", k, path)
			}
			o = m[k]
		case int:
			o = o.([]any)[k]
		}
	}
	return o
}

func sameNumber(t *testing.T, what string, got, want any, tolerance float64) {
	t.Helper()
	g, w := got.(float64), want.(float64)
	if math.Abs(g-w) > tolerance*math.Max(1, math.Abs(w)) {
		t.Errorf("%s is %.15g, want %.15g", what, g, w)
	}
}

// What the command line prints is what R's mmrm and emmeans computed.
func TestStatsMmrmAgainstR(t *testing.T) {
	dir := statsReference(t)
	want := expectedJSON(t, filepath.Join(dir, "expected", "mmrm", "fev_full_us.json"))
	got := statsAnswer(t, filepath.Join(dir, "data"), "mmrm", "fev_data.csv", "--formula", want["formula"].(string), "--levels", "ARMCD=PBO,TRT", "--levels", "SEX=Male,Female", "--means", "ARMCD,AVISIT", "--compare", "ARMCD", "--within", "AVISIT")
	sameNumber(t, "log likelihood", got["loglik"], want["logLik"], 1e-8)
	for i := range 4 {
		for j, v := range []string{"VIS1", "VIS2", "VIS3", "VIS4"} {
			sameNumber(t, "covariance", at(t, got, "covariance_matrix", i, v), at(t, want, "Sigma", i, j), 1e-6)
		}
		g, w := at(t, got, "differences", i), at(t, want, "kenward_roger_linear", "emmeans_equal", "differences", i)
		for ours, theirs := range map[string]string{"estimate": "estimate", "se": "SE", "df": "df", "p": "p.value", "lower": "lower.CL", "upper": "upper.CL"} {
			sameNumber(t, "difference, "+ours, at(t, g, ours), at(t, w, theirs), 1e-6)
		}
	}
	for i := range 8 {
		g, w := at(t, got, "means", i), at(t, want, "kenward_roger_linear", "emmeans_equal", "lsmeans", i)
		for ours, theirs := range map[string]string{"estimate": "emmean", "se": "SE", "df": "df"} {
			sameNumber(t, "mean, "+ours, at(t, g, ours), at(t, w, theirs), 1e-6)
		}
	}
}

// Analysis of covariance as R's lm computed it.
func TestStatsAncovaAgainstR(t *testing.T) {
	dir := statsReference(t)
	want := expectedJSON(t, filepath.Join(dir, "expected", "ancova", "mapp2_t001_v3.json"))
	got := statsAnswer(t, filepath.Join(dir, "data"), "ancova", "mapp2_sim200.csv", "--formula", want["formula"].(string), "--levels", "arm=PBO,MDMA", "--subset", "trial == 1 & visit == 'V3'")
	sameNumber(t, "sigma", got["sigma"], want["sigma"], 1e-9)
	for _, row := range got["coefficients"].([]any) {
		name := at(t, row, "name").(string)
		for ours, theirs := range map[string]string{"estimate": "coef", "se": "se", "t": "t", "p": "p"} {
			sameNumber(t, name+", "+ours, at(t, row, ours), at(t, want, theirs, name), 1e-9)
		}
	}
}

// Meta-analysis of log risk ratios of the BCG trials as R's metafor computed it.
func TestStatsMetaAgainstR(t *testing.T) {
	dir := statsReference(t)
	want := expectedJSON(t, filepath.Join(dir, "expected", "meta", "bcg_RR.json"))
	effects, rows := at(t, want, "yi").([]any), "yi,vi\n"
	for i, y := range effects {
		rows += jsonNumber(t, y) + "," + jsonNumber(t, at(t, want, "vi", i)) + "\n"
	}
	file := filepath.Join(t.TempDir(), "bcg.csv")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"REML", "DL", "PM", "SJ", "ML", "HE", "HS", "EB"} {
		got := statsAnswer(t, "", "meta", file, "--method", method)
		model := at(t, want, "models", method+"_z")
		sameNumber(t, method+" tau2", at(t, got, "heterogeneity", 0, "estimate"), at(t, model, "tau2"), 1e-7)
		for ours, theirs := range map[string]string{"se": "se", "p": "pval", "lower": "ci_lb", "upper": "ci_ub"} {
			sameNumber(t, method+" "+ours, at(t, got, "coefficients", 0, ours), at(t, model, theirs), 1e-7)
		}
	}
}

func jsonNumber(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Reference-based imputation by conditional means and the jackknife, as R's rbmi
// computed it; it has no random numbers. rbmi stops its fits early, some 1e-4 standard
// errors from the optimum (the reference's README tells of mmrm's default), so that
// the agreement is no closer.
func TestStatsImputeAgainstR(t *testing.T) {
	dir := statsReference(t)
	want := expectedJSON(t, filepath.Join(dir, "expected", "mi", "rbmi_antidepressant.json"))
	for _, strategy := range []string{"MAR", "JR"} {
		got := statsAnswer(t, filepath.Join(dir, "data"), "impute", "antidepressant.csv", "--formula", "CHANGE ~ THERAPY + VISIT + BASVAL * VISIT + THERAPY * VISIT + us(VISIT | PATIENT)",
			"--levels", "THERAPY=PLACEBO,DRUG", "--arm", "THERAPY", "--analysis", "CHANGE ~ THERAPY + BASVAL", "--method", "jackknife", "--strategy", strategy)
		g, w := at(t, got, "estimates", 0), at(t, want, "conditional_mean_jackknife", strategy, "pooled", "trt_7")
		for ours, theirs := range map[string]string{"estimate": "est", "se": "se", "p": "p"} {
			sameNumber(t, strategy+" "+ours, at(t, g, ours), at(t, w, theirs), 1e-4)
		}
	}
}
