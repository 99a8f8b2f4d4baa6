package meta

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// The cases of the reference folder were computed with metafor 5.1-12 at tight
// thresholds. The folder is no part of the repository.

func referenceFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("VARDE_REFERENCE")
	if dir == "" {
		dir = "../../../shared/reference"
	}
	if _, err := os.Stat(filepath.Join(dir, "stats", "expected", "meta")); err != nil {
		t.Skipf("the reference folder is absent (%s); set VARDE_REFERENCE to compare with it", dir)
	}
	return filepath.Join(dir, "stats")
}

type referenceModel struct {
	Method, Test         string
	K, P                 int
	Moderators           json.RawMessage
	RowsUsed             []int `json:"rows_used"`
	Beta                 json.RawMessage
	SE, Stat, Pval       numbers
	Low                  numbers `json:"ci_lb"`
	High                 numbers `json:"ci_ub"`
	Tau2                 float64
	Tau2SE               *float64 `json:"se_tau2"`
	I2, H2, QE, QEp, S2w float64
	LogLik, AIC, BIC     *float64
	QM, QMp, R2          *float64
	Weights              []float64 `json:"weights_percent"`
	Prediction           *bounds   `json:"pred_interval"`
	HTS                  *bounds   `json:"pred_interval_t_kminus2"`
	Vb                   [][]float64
}

type bounds struct{ Lb, Ub float64 }

// numbers is one number or a list of them.
type numbers []float64

func (n *numbers) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]float64)(n))
	}
	var x *float64
	if err := json.Unmarshal(b, &x); err != nil || x == nil {
		return err
	}
	*n = numbers{*x}
	return nil
}

type referenceCase struct {
	ID, Dataset string
	Yi, Vi      []float64
	Models      map[string]referenceModel
	Regressions map[string]map[string]referenceModel   `json:"meta_regression"`
	QProfile    *struct{ Tau2, Tau, I2, H2 []float64 } `json:"tau2_qprofile_ci_REML"`
	Egger       *struct {
		T, DF, P float64
		Limit    float64   `json:"limit_estimate"`
		CI       []float64 `json:"limit_ci"`
	} `json:"egger_lm"`
	EggerREML *struct {
		Z, P  float64
		Limit float64 `json:"limit_estimate"`
	} `json:"egger_rma_REML"`
	Begg *struct{ Tau, P float64 }                      `json:"begg_ranktest"`
	L0   *referenceFill                                 `json:"trimfill_L0"`
	R0   *referenceFill                                 `json:"trimfill_R0"`
	FSN  *int                                           `json:"fsn_rosenthal"`
	Out  *struct{ Estimate, SE, Tau2, I2, Q []float64 } `json:"leave_one_out_REML"`
	Infl *struct {
		Rstudent, Dffits []float64
		Cook             []float64 `json:"cook.d"`
		Cov              []float64 `json:"cov.r"`
		Tau2             []float64 `json:"tau2.del"`
		Q                []float64 `json:"QE.del"`
		Hat, Weight      []float64
		Inf              []any
	} `json:"influence_REML"`
	Blup *struct{ Pred, SE, Lb, Ub []float64 }   `json:"blup_REML"`
	Cum  *struct{ Estimate, SE, Tau2 []float64 } `json:"cumulative_REML"`
}

type referenceFill struct {
	K0       int
	Side     string
	Beta, SE float64
	CI       []float64
	Tau2     float64
	Filled   []float64 `json:"yi_filled"`
}

func referenceCases(t *testing.T) []referenceCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(referenceFolder(t), "expected", "meta", "*.json"))
	if err != nil || len(files) < 7 {
		t.Fatalf("%d cases: %v", len(files), err)
	}
	var out []referenceCase
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var c referenceCase
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out = append(out, c)
	}
	return out
}

// near compares at a relative tolerance, absolute below one.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g (off by %.2g)", what, got, want, math.Abs(got-want))
	}
}

func each(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		near(t, what+" "+strconv.Itoa(i+1), got[i], want[i], tolerance)
	}
}

var referenceMethods = map[string]Method{"REML": REML, "ML": ML, "DL": DL, "PM": PM, "EB": EB, "PMM": PMM, "SJ": SJ, "HE": HE, "HS": HS, "HSk": HSk, "EE": Common}
var referenceTests = map[string]Test{"z": Z, "t": T, "knha": KnappHartung, "adhoc": AdHoc}

func (m referenceModel) options() Options {
	return Options{Method: referenceMethods[m.Method], Test: referenceTests[m.Test]}
}

func compareModel(t *testing.T, r *Result, want referenceModel) {
	t.Helper()
	var beta map[string]float64
	if err := json.Unmarshal(want.Beta, &beta); err != nil {
		t.Fatal(err)
	}
	if len(beta) != len(r.Coefficients) || r.K != want.K {
		t.Fatalf("%d coefficients of %d effects, want %d of %d", len(r.Coefficients), r.K, len(beta), want.K)
	}
	for i, c := range r.Coefficients {
		name := c.Name
		if name == "intercept" {
			name = "intrcpt"
		}
		b, ok := beta[name]
		if !ok {
			t.Fatalf("no coefficient %q in the reference", name)
		}
		relative(t, name, c.Estimate, b)
		relative(t, name+" SE", c.SE, want.SE[i])
		near(t, name+" statistic", c.Statistic, want.Stat[i], 1e-7)
		near(t, name+" p", c.P, want.Pval[i], 1e-9)
		near(t, name+" low", c.Low, want.Low[i], 1e-7)
		near(t, name+" high", c.High, want.High[i], 1e-7)
	}
	near(t, "tau2", r.Tau2, want.Tau2, 1e-8)
	if want.Tau2SE != nil {
		near(t, "SE of tau2", r.Tau2SE, *want.Tau2SE, 1e-7)
	}
	near(t, "I2", r.I2, want.I2, 1e-7)
	near(t, "H2", r.H2, want.H2, 1e-7)
	near(t, "Q", r.Q, want.QE, 1e-9)
	near(t, "p of Q", r.QP, want.QEp, 1e-9)
	near(t, "scale", r.Scale, want.S2w, 1e-7)
	if want.LogLik != nil {
		near(t, "log likelihood", r.LogLik, *want.LogLik, 1e-8)
		near(t, "AIC", r.AIC, *want.AIC, 1e-8)
		near(t, "BIC", r.BIC, *want.BIC, 1e-8)
	}
	if want.QM != nil {
		near(t, "QM", r.QM, *want.QM, 1e-7)
		near(t, "p of QM", r.QMP, *want.QMp, 1e-8)
	}
	if want.R2 != nil {
		near(t, "R2", r.R2, *want.R2, 1e-6)
	}
	if want.Weights != nil {
		each(t, "weight", r.Weights, want.Weights, 1e-8)
	}
	for i, row := range want.Vb {
		for j, x := range row {
			near(t, "variance", r.Vcov[i*r.P+j], x, 1e-7)
		}
	}
	if want.Prediction != nil {
		p, err := r.Predict(PredictTest)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "prediction low", p.Low, want.Prediction.Lb, 1e-7)
		near(t, "prediction high", p.High, want.Prediction.Ub, 1e-7)
	}
	if want.HTS != nil {
		p, err := r.Predict(PredictHTS)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "HTS low", p.Low, want.HTS.Lb, 1e-7)
		near(t, "HTS high", p.High, want.HTS.Ub, 1e-7)
	}
}

func relative(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-7*math.Abs(want)+1e-12 {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

func TestReferenceModels(t *testing.T) {
	n := 0
	for _, c := range referenceCases(t) {
		for name, want := range c.Models {
			n++
			t.Run(c.ID+" "+name, func(t *testing.T) {
				r, err := Fit(c.Yi, c.Vi, want.options())
				if err != nil {
					t.Fatal(err)
				}
				compareModel(t, r, want)
			})
		}
	}
	t.Logf("%d models", n)
}

func TestReferenceRegressions(t *testing.T) {
	n := 0
	for _, c := range referenceCases(t) {
		table := referenceTable(t, c)
		for set, models := range c.Regressions {
			for name, want := range models {
				n++
				t.Run(c.ID+" "+set+" "+name, func(t *testing.T) {
					var y, v []float64
					rows := table.rows(t, c)
					for _, i := range want.RowsUsed {
						y, v = append(y, c.Yi[i-1]), append(v, c.Vi[i-1])
					}
					r, err := Regress(y, v, rows.moderators(t, set, want.RowsUsed), want.options())
					if err != nil {
						t.Fatal(err)
					}
					compareModel(t, r, want)
				})
			}
		}
	}
	t.Logf("%d regressions", n)
}

// referenceData is a CSV as columns of text.
type referenceData struct {
	columns map[string][]string
	n       int
}

func referenceTable(t *testing.T, c referenceCase) referenceData {
	t.Helper()
	d := referenceData{columns: map[string][]string{}}
	if c.Dataset == "inline" {
		return d
	}
	f, err := os.Open(filepath.Join(referenceFolder(t), "data", c.Dataset))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for j, name := range rows[0] {
		for _, row := range rows[1:] {
			d.columns[name] = append(d.columns[name], row[j])
		}
	}
	d.n = len(rows) - 1
	return d
}

// rows are those that the case used: linde2015 takes the two-armed trials against placebo.
func (d referenceData) rows(t *testing.T, c referenceCase) referenceData {
	t.Helper()
	if d.n == len(c.Yi) {
		return d
	}
	out := referenceData{columns: map[string][]string{}}
	for i := range d.n {
		if c.ID == "linde2015_resp_OR" && (d.columns["treatment2"][i] != "Placebo" || d.columns["treatment3"][i] != "" || d.columns["resp1"][i] == "" || d.columns["resp2"][i] == "") {
			continue
		}
		out.n++
		for name, x := range d.columns {
			out.columns[name] = append(out.columns[name], x[i])
		}
	}
	if out.n != len(c.Yi) {
		t.Fatalf("%d rows for %d effects", out.n, len(c.Yi))
	}
	return out
}

func (d referenceData) moderators(t *testing.T, set string, rows []int) []Moderator {
	t.Helper()
	number := func(column string) Moderator {
		m := Moderator{Name: column}
		for _, i := range rows {
			m.Values = append(m.Values, d.number(t, column, i-1))
		}
		return m
	}
	switch set {
	case "alloc":
		var levels []string
		for _, i := range rows {
			levels = append(levels, d.columns["alloc"][i-1])
		}
		return Factor("alloc", levels, "")
	case "ablat_year":
		return []Moderator{number("ablat"), number("year")}
	case "n":
		m := Moderator{Name: "n"}
		for _, i := range rows {
			m.Values = append(m.Values, d.number(t, "Ne", i-1)+d.number(t, "Nc", i-1))
		}
		return []Moderator{m}
	}
	return []Moderator{number(set)}
}

func (d referenceData) number(t *testing.T, column string, row int) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(d.columns[column][row], 64)
	if err != nil {
		t.Fatalf("%s, row %d: %v", column, row+1, err)
	}
	return x
}
