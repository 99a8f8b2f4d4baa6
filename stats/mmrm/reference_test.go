package mmrm

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"varde/stats/design"
)

// reference finds the folder of reference data, which is not part of the repository.
func reference(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("VARDE_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "reference")
	}
	dir = filepath.Join(dir, "stats")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no reference data in %s: set VARDE_REFERENCE to run this test", dir)
	}
	return dir
}

type coefficients map[string]map[string]*float64 // quantity, column

type approach struct {
	Coefficients coefficients
	Adjusted     [][]float64 `json:"beta_vcov_adjusted"`
	Equal        *meanTables `json:"emmeans_equal"`
	Proportional *meanTables `json:"emmeans_proportional"`
	FTest        *struct {
		Rows    json.RawMessage `json:"contrast_rows"`
		NumDF   float64         `json:"num_df"`
		DenomDF float64         `json:"denom_df"`
		F       float64         `json:"f_stat"`
		P       float64         `json:"p_val"`
	} `json:"f_test_interaction"`
}

type meanTables struct {
	Means       []map[string]any `json:"lsmeans"`
	Differences []map[string]any `json:"differences"`
}

type fitCase struct {
	ID, Dataset, Subset, Formula string
	REML                         bool
	Levels                       map[string][]string `json:"factor_levels"`
	N                            int                 `json:"n_obs"`
	Subjects                     int                 `json:"n_subjects"`
	Theta                        int                 `json:"n_theta"`
	Rank                         int                 `json:"p_rank"`
	LogLik, AIC, BIC             float64
	Sigma                        [][]float64
	Beta                         map[string]*float64 `json:"beta_all_including_aliased"`
	Vcov                         [][]float64         `json:"beta_vcov_asymptotic"`
	Satterthwaite                *approach
	KenwardRoger                 *approach                      `json:"kenward_roger"`
	KenwardRogerLinear           *approach                      `json:"kenward_roger_linear"`
	BetweenWithin                json.RawMessage                `json:"between_within_df"`
	CR0                          map[string]map[string]*float64 `json:"empirical_CR0"`
	CR2                          map[string]map[string]*float64 `json:"empirical_CR2"`
	CR3                          map[string]map[string]*float64 `json:"empirical_CR3"`
	Error                        string
}

func readFitCase(t testing.TB, file string) fitCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := fitCase{}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return c
}

// model reads the data of a case by its formula.
func (c fitCase) model(t testing.TB, dir string) *design.Model {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "data", c.Dataset))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := design.ReadCSV(f, design.CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Dataset == "orthodont.csv" { // whose visits are its ages
		var columns []design.Column
		for _, name := range table.Names() {
			column, _ := table.Column(name)
			columns = append(columns, column)
		}
		visit, _ := table.Column("age")
		visit.Name = "visit"
		if table, err = design.NewTable(append(columns, visit)...); err != nil {
			t.Fatal(err)
		}
	}
	subset := c.Subset
	if c.ID == "single_visit_is_ancova" {
		subset = `trial == 1 & visit == "V3"`
	}
	formula, err := design.Parse(c.Formula)
	if err != nil {
		t.Fatal(err)
	}
	m, err := formula.Model(table, design.Options{Levels: c.Levels, Subset: subset})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func inputOf(m *design.Model) Input {
	return Input{X: m.X, P: len(m.Names), Names: m.Names, Y: m.Y, Weights: m.W, Subject: m.Subject, Visit: m.Visit, Group: m.Group,
		Coordinates: m.Coordinates, CoordinateCount: m.CoordinateCount, Subjects: m.Subjects, Visits: m.Visits, Groups: m.Groups}
}

// The tolerances of the reference's README.
const (
	tolLogLik   = 1e-8 // absolute
	tolEstimate = 1e-7 // relative
	tolDF       = 1e-6 // relative
	tolP        = 1e-6 // absolute
)

func near(t *testing.T, what string, got, want, abs, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= abs+rel*math.Abs(want)) {
		t.Errorf("%s: %.15g, want %.15g (off by %.3g)", what, got, want, got-want)
	}
}

func TestReferenceFits(t *testing.T) {
	dir := reference(t)
	files, err := filepath.Glob(filepath.Join(dir, "expected", "mmrm", "*.json"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d cases (%v)", len(files), err)
	}
	for _, file := range files {
		c := readFitCase(t, file)
		t.Run(c.ID, func(t *testing.T) {
			m := c.model(t, dir)
			fit, err := New(inputOf(m), Options{Covariance: Covariance(m.Cov), ML: !c.REML})
			if c.Error != "" {
				if err == nil {
					t.Fatalf("fitted, where R says %s", c.Error)
				}
				t.Log(err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.compareFit(t, fit)
			c.compareCoefficients(t, m, fit)
			c.compareMeans(t, m, fit)
			c.compareCovariances(t, fit)
			c.compareRobust(t, m, fit)
		})
	}
}
