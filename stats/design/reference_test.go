package design

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// reference finds the folder of reference data, which is not part of the repository.
func reference(t *testing.T) string {
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

type marginalMeans struct {
	Means       []map[string]any `json:"lsmeans"`
	Differences []map[string]any `json:"differences"`
}

type mmrmCase struct {
	ID           string
	Dataset      string
	Subset       string
	Formula      string
	Levels       map[string][]string `json:"factor_levels"`
	N            *int                `json:"n_obs"`
	Subjects     int                 `json:"n_subjects"`
	Beta         map[string]*float64 `json:"beta_all_including_aliased"`
	Names        []string            `json:"beta_names"`
	Approach     json.RawMessage     `json:"satterthwaite"`
	aliased      bool
	equal        *marginalMeans
	proportional *marginalMeans
}

func readCase(t *testing.T, file string) mmrmCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c mmrmCase
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var s struct {
		Equal        *marginalMeans `json:"emmeans_equal"`
		Proportional *marginalMeans `json:"emmeans_proportional"`
	}
	if len(c.Approach) > 0 {
		if err := json.Unmarshal(c.Approach, &s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	c.equal, c.proportional = s.Equal, s.Proportional
	for _, v := range c.Beta {
		c.aliased = c.aliased || v == nil
	}
	return c
}

// table reads the data of a case; Orthodont's visits are its ages.
func (c mmrmCase) table(t *testing.T, dir string) *Table {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "data", c.Dataset))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := ReadCSV(f, CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Dataset != "orthodont.csv" {
		return table
	}
	columns := slices.Clone(table.columns)
	visit, _ := table.Column("age")
	visit.Name = "visit"
	table, err = NewTable(append(columns, visit)...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func (c mmrmCase) model(t *testing.T, dir string) *Model {
	t.Helper()
	f, err := Parse(c.Formula)
	if err != nil {
		t.Fatal(err)
	}
	subset, formula := c.Subset, f
	if c.ID == "single_visit_is_ancova" {
		subset = `trial == 1 & visit == "V3"`
	}
	m, err := formula.Model(c.table(t, dir), Options{Levels: c.Levels, Subset: subset})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Columns, rows and least-squares means of every case that R's mmrm and emmeans
// computed: beta of the case times our coefficients gives the case's means.
func TestReferenceModels(t *testing.T) {
	dir := reference(t)
	files, err := filepath.Glob(filepath.Join(dir, "expected", "mmrm", "*.json"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d cases (%v)", len(files), err)
	}
	compared := 0
	for _, file := range files {
		c := readCase(t, file)
		t.Run(c.ID, func(t *testing.T) {
			m := c.model(t, dir)
			if c.N == nil {
				return // no fit in R
			}
			if len(m.Y) != *c.N || len(m.Subjects) != c.Subjects || len(m.X) != *c.N*len(m.Names) {
				t.Errorf("%d rows of %d subjects, want %d of %d", len(m.Y), len(m.Subjects), *c.N, c.Subjects)
			}
			if !slices.Equal(m.Names, c.Names) {
				t.Fatalf("columns\n%q, want\n%q", m.Names, c.Names)
			}
			if c.aliased {
				return // which of them R gives no means for
			}
			for weights, given := range map[Averaging]*marginalMeans{Equal: c.equal, Proportional: c.proportional} {
				if given != nil {
					compared += compareMeans(t, m, c.Beta, given, weights)
				}
			}
		})
	}
	if compared < 300 && !t.Failed() {
		t.Errorf("only %d means and differences were compared", compared)
	}
}

func compareMeans(t *testing.T, m *Model, beta map[string]*float64, given *marginalMeans, weights Averaging) int {
	t.Helper()
	arm, visit := "", ""
	for k := range given.Means[0] {
		for _, v := range m.variables {
			if v.factor() && v.name == k {
				if arm == "" && len(v.levels) == 2 {
					arm = k
				} else {
					visit = k
				}
			}
		}
	}
	if _, ok := given.Differences[0][arm]; ok {
		arm, visit = visit, arm
	}
	means, err := m.Means([]string{arm, visit}, MeanOptions{Weights: weights})
	if err != nil {
		t.Fatal(err)
	}
	if len(means) != len(given.Means) {
		t.Fatalf("%d means, want %d", len(means), len(given.Means))
	}
	for k, g := range given.Means {
		if means[k].Levels[arm] != g[arm] || means[k].Levels[visit] != g[visit] {
			t.Fatalf("mean %d is %q, want %v, %v", k, means[k].Name, g[arm], g[visit])
		}
		near(t, means[k].Name, product(m, means[k].L, beta), g["emmean"].(float64))
	}
	differences, err := m.Differences(means, visit, arm)
	if err != nil {
		t.Fatal(err)
	}
	if len(differences) != len(given.Differences) {
		t.Fatalf("%d differences, want %d", len(differences), len(given.Differences))
	}
	for k, g := range given.Differences {
		d := differences[k]
		if d.Level+" - "+d.Reference != g["contrast"] || d.Within[visit] != g[visit] {
			t.Fatalf("difference %d is %q, want %v, %v", k, d.Name, g["contrast"], g[visit])
		}
		near(t, d.Name, product(m, d.L, beta), g["estimate"].(float64))
	}
	return len(means) + len(differences)
}

func product(m *Model, l []float64, beta map[string]*float64) float64 {
	sum := 0.0
	for j, n := range m.Names {
		sum += l[j] * *beta[n]
	}
	return sum
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}
