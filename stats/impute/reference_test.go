package impute

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// The reference was computed with rbmi, whose imputation model is R mmrm's at
// its default stop, short of the optimum: imputed values differ from those at
// the optimum by up to 2e-3, estimates and standard errors by less. With the
// parameters that rbmi had, imputed values agree to rounding.
const (
	tolValue    = 2e-3
	tolEstimate = 3e-4
)

type pooledValue struct {
	Est, SE float64
	P       any
}

type referenceFile struct {
	Jackknife map[string]struct {
		Pooled  map[string]pooledValue
		Imputed struct {
			Patient, Visit []string
			Value          []float64
		}
	} `json:"conditional_mean_jackknife"`
	Bayes map[string]struct {
		Pooled map[string]pooledValue
	} `json:"approx_bayes_rubin"`
	Fit struct {
		Beta  map[string]float64
		Sigma [][]float64
	} `json:"mmrm_fit"`
}

// depression is the antidepressant trial as a grid of patients x visits 4 to 7.
type depression struct {
	Data
	patients  []string
	z         []float64 // intercept, drug, baseline of each patient
	reference referenceFile
}

func readDepression(t testing.TB) *depression {
	t.Helper()
	dir := os.Getenv("VARDE_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "reference")
	}
	dir = filepath.Join(dir, "stats")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no reference data in %s: set VARDE_REFERENCE to run this test", dir)
	}
	d := &depression{}
	text, err := os.ReadFile(filepath.Join(dir, "expected", "mi", "rbmi_antidepressant.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d.reference); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "data", "antidepressant.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	d.load(t, rows)
	return d
}

func (d *depression) load(t testing.TB, rows [][]string) {
	t.Helper()
	at := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	d.Visits, d.P = 4, 12
	for _, row := range rows[1:] {
		i := slices.Index(d.patients, at(row, "PATIENT"))
		if i < 0 {
			i = len(d.patients)
			d.patients = append(d.patients, at(row, "PATIENT"))
			drug := 0.0
			if at(row, "THERAPY") == "DRUG" {
				drug = 1
			}
			base := number(at(row, "BASVAL"))
			d.z = append(d.z, 1, drug, base)
			d.Strata = append(d.Strata, int(drug))
			for v := range 4 {
				d.Y = append(d.Y, math.NaN())
				d.X = append(d.X, designRow(drug, base, v)...)
				d.Reference = append(d.Reference, designRow(0, base, v)...)
			}
		}
		d.Y[i*4+int(number(at(row, "VISIT")))-4] = number(at(row, "CHANGE"))
	}
	d.Subjects = len(d.patients)
	for i := range d.patients { // the event is the first of the visits missing at the end
		e := 4
		for e > 0 && math.IsNaN(d.Y[i*4+e-1]) {
			e--
		}
		d.Event = append(d.Event, e)
	}
}

func designRow(drug, base float64, v int) []float64 {
	row := make([]float64, 12)
	row[0], row[1], row[2] = 1, drug, base
	if v > 0 {
		row[2+v], row[5+v], row[8+v] = 1, base, drug
	}
	return row
}

// with sets one strategy for all.
func (d *depression) with(s Strategy) *Data {
	d.Strategy = slices.Repeat([]Strategy{s}, d.Subjects)
	return &d.Data
}

// contrasts are the drug's effect and the two means at the mean baseline.
func contrasts(z []float64, q int) [][]float64 {
	base := 0.0
	for i := 2; i < len(z); i += q {
		base += z[i] / float64(len(z)/q)
	}
	return [][]float64{{0, 1, 0}, {1, 0, base}, {1, 1, base}}
}

var estimateNames = []string{"trt", "lsm_ref", "lsm_alt"}

var referenceStrategies = map[string]Strategy{"MAR": MAR, "JR": JumpToReference, "CR": CopyReference, "CIR": CopyIncrements}

// parameters are those that rbmi imputed with.
func (d *depression) parameters(t *testing.T) Parameters {
	t.Helper()
	p := Parameters{}
	for _, name := range []string{"(Intercept)", "THERAPYDRUG", "BASVAL", "VISIT5", "VISIT6", "VISIT7", "BASVAL:VISIT5", "BASVAL:VISIT6",
		"BASVAL:VISIT7", "VISIT5:THERAPYDRUG", "VISIT6:THERAPYDRUG", "VISIT7:THERAPYDRUG"} {
		v, ok := d.reference.Fit.Beta[name]
		if !ok {
			t.Fatal(name)
		}
		p.Beta = append(p.Beta, v)
	}
	for _, row := range d.reference.Fit.Sigma {
		p.Sigma = append(p.Sigma, row...)
	}
	return p
}

func TestReferenceConditionalMeans(t *testing.T) {
	d := readDepression(t)
	for key := range d.reference.Jackknife {
		data := d.with(referenceStrategies[key])
		optimum, err := Fit(data)
		if err != nil {
			t.Fatal(err)
		}
		d.compareValues(t, key, data, optimum, tolValue)
		d.compareValues(t, key, data, d.parameters(t), 1e-9)
	}
}

func (d *depression) compareValues(t *testing.T, key string, data *Data, p Parameters, limit float64) {
	t.Helper()
	y := make([]float64, len(d.Y))
	if err := data.ConditionalMean(p, y); err != nil {
		t.Fatal(err)
	}
	want := d.reference.Jackknife[key].Imputed
	if len(want.Value) == 0 || len(want.Value) != data.Missing() {
		t.Fatalf("%s: %d imputed values, want %d", key, data.Missing(), len(want.Value))
	}
	for k, v := range want.Value {
		visit, err := strconv.Atoi(want.Visit[k])
		if err != nil {
			t.Fatal(err)
		}
		got := y[slices.Index(d.patients, want.Patient[k])*4+visit-4]
		if math.Abs(got-v) > limit {
			t.Errorf("%s: patient %s at visit %d: %v, want %v", key, want.Patient[k], visit, got, v)
		}
	}
}

func TestReferenceJackknife(t *testing.T) {
	d := readDepression(t)
	for key, want := range d.reference.Jackknife {
		data := d.with(referenceStrategies[key])
		for v := range 4 {
			got, err := Jackknife(data, &LeaveOneOut{Z: d.z, Q: 3, Visits: 4, Visit: v, Contrasts: contrasts, K: 3}, JackknifeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for e, name := range estimateNames {
				name = fmt.Sprintf("%s_%d", name, v+4)
				w := want.Pooled[name]
				if math.Abs(got[e].Value-w.Est) > tolEstimate || math.Abs(got[e].SE-w.SE) > tolEstimate*w.SE {
					t.Errorf("%s %s: %v (%v), want %v (%v)", key, name, got[e].Value, got[e].SE, w.Est, w.SE)
				}
			}
		}
	}
}

// Random imputations agree within their Monte-Carlo error: the reference has
// 200, ours 400; five standard errors of the difference.
func TestReferenceMultiple(t *testing.T) {
	d := readDepression(t)
	for key, want := range d.reference.Bayes {
		data := d.with(referenceStrategies[key])
		for _, method := range []Method{Bootstrap, Bayes} {
			a, err := NewANCOVA(d.z, 3, 4, 3, contrasts(d.z, 3))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Multiple(data, a, Options{Imputations: 400, Seed: 9, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			for e, name := range estimateNames {
				p, w := got.Pooled[e], want.Pooled[name+"_7"]
				limit := 5 * math.Sqrt(p.Between*(1.0/200+1.0/400))
				if math.Abs(p.Value-w.Est) > limit || math.Abs(p.SE-w.SE) > 0.05*w.SE {
					t.Errorf("%s %s %s: %v (%v), want %v (%v) within %v", key, method, name, p.Value, p.SE, w.Est, w.SE, limit)
				}
			}
		}
	}
}
