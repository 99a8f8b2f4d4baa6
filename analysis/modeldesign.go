package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"varde/stats/design"
)

// The names of the columns that a model is made of.
const (
	columnOutcome  = "outcome"
	columnSubject  = "subject"
	columnVisit    = "visit"
	columnArm      = "arm"
	columnSite     = "site"
	columnBaseline = "baseline"
	pooledSites    = "pooled"
)

// modelTable is the data of a model as named columns, with what was done to them.
type modelTable struct {
	columns []design.Column
	levels  map[string][]string
	terms   []string
	steps   []string
}

// tableOf puts the rows of a model into columns and its fixed effects into terms.
func tableOf(d ModelData, rows []ModelRow) (*modelTable, error) {
	t := &modelTable{levels: map[string][]string{}}
	var subject, visit, arm []string
	number := map[string]string{} // messages of a model must name no participant
	outcome, baseline := make([]float64, 0, len(rows)), make([]float64, 0, len(rows))
	for _, r := range rows {
		y := r.Outcome
		if d.Endpoint.Change {
			y = r.Change
		}
		outcome, baseline = append(outcome, y), append(baseline, r.Baseline)
		if number[r.Subject] == "" {
			number[r.Subject] = strconv.Itoa(len(number) + 1)
		}
		subject, visit, arm = append(subject, number[r.Subject]), append(visit, d.Endpoint.Visits[r.Visit]), append(arm, d.Groups[r.Group].ID)
	}
	t.columns = append(t.columns, design.FloatColumn(columnOutcome, outcome), design.TextColumn(columnSubject, subject),
		design.TextColumn(columnVisit, visit), design.TextColumn(columnArm, arm), design.FloatColumn(columnBaseline, baseline))
	for _, v := range d.Endpoint.Visits {
		if slices.Contains(visit, v) {
			t.levels[columnVisit] = append(t.levels[columnVisit], v)
		}
	}
	if d.Control >= 0 {
		t.levels[columnArm] = append(t.levels[columnArm], d.Groups[d.Control].ID)
	}
	for g := range d.Groups {
		if g != d.Control && slices.Contains(arm, d.Groups[g].ID) {
			t.levels[columnArm] = append(t.levels[columnArm], d.Groups[g].ID)
		}
	}
	if len(t.levels[columnArm]) > 1 && !d.names(columnArm) || len(t.levels[columnVisit]) > 1 && !d.names(columnVisit) {
		return nil, errors.New("the plan's fixed effects name no arm, or no visit: write fixed: [arm, visit, arm*visit, baseline]")
	}
	constant := map[string]bool{columnVisit: len(t.levels[columnVisit]) < 2, columnArm: len(t.levels[columnArm]) < 2}
	for _, term := range d.Model.Fixed {
		var factors []string
		for f := range strings.SplitSeq(term, "*") {
			f = strings.TrimSpace(f)
			if constant[f] {
				t.step("%s is left out of the model: it has one value", f)
				continue
			}
			name, err := t.factor(d, rows, f)
			if err != nil {
				return nil, err
			}
			if name != "" {
				factors = append(factors, name)
			}
		}
		if x := strings.Join(factors, "*"); x != "" && !slices.Contains(t.terms, x) {
			t.terms = append(t.terms, x)
		}
	}
	return t, nil
}

// names says that a fixed effect of the plan is made of the factor.
func (d ModelData) names(factor string) bool {
	return slices.ContainsFunc(d.Model.Fixed, func(term string) bool {
		return slices.ContainsFunc(strings.Split(term, "*"), func(f string) bool { return strings.TrimSpace(f) == factor })
	})
}

func (t *modelTable) step(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(t.steps, s) {
		t.steps = append(t.steps, s)
	}
}

// factor adds the column of a fixed effect, unless it is there, and answers its name;
// "" when it has one value only, which a model cannot tell from its mean.
func (t *modelTable) factor(d ModelData, rows []ModelRow, ref string) (string, error) {
	switch ref {
	case columnVisit, columnArm, columnBaseline:
		return ref, nil
	case columnSite:
		return t.site(d, rows), nil
	}
	name := "x_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, ref)
	if slices.ContainsFunc(t.columns, func(c design.Column) bool { return c.Name == name }) {
		return name, nil
	}
	texts, numbers, isText := make([]string, len(rows)), make([]float64, len(rows)), false
	seen := map[string]bool{}
	for i, r := range rows {
		numbers[i] = math.NaN()
		v, known := r.Factor(ref)
		if !known {
			continue
		}
		switch x := v.(type) {
		case bool:
			texts[i], isText = map[bool]string{true: "yes", false: "no"}[x], true
		case string:
			texts[i], isText = x, true
		case int64:
			numbers[i], texts[i] = float64(x), strconv.FormatInt(x, 10)
		case float64:
			numbers[i], texts[i] = x, strconv.FormatFloat(x, 'g', -1, 64)
		default:
			return "", fmt.Errorf("%s has values of a kind that no model takes (%T)", ref, v)
		}
		seen[texts[i]] = true
	}
	switch {
	case len(seen) == 0:
		t.step("%s is left out of the model: no value of it is known", ref)
		return "", nil
	case len(seen) == 1:
		t.step("%s is left out of the model: it has one value", ref)
		return "", nil
	case isText:
		t.columns = append(t.columns, design.TextColumn(name, texts))
	default:
		t.columns = append(t.columns, design.FloatColumn(name, numbers))
	}
	return name, nil
}

// site adds the column of sites. Sites with fewer subjects than the plan says are pooled
// into one; "" when that leaves one.
func (t *modelTable) site(d ModelData, rows []ModelRow) string {
	if slices.ContainsFunc(t.columns, func(c design.Column) bool { return c.Name == columnSite }) {
		return columnSite
	}
	column := sitesOf(d, rows, t.step)
	if column == nil {
		return ""
	}
	t.columns = append(t.columns, design.TextColumn(columnSite, column))
	return columnSite
}

// sitesOf answers the site of each row, where sites with fewer people than the plan says
// are one; nil when there is only one then. What was done is told.
func sitesOf(d ModelData, rows []ModelRow, step func(format string, args ...any)) []string {
	people := map[string]map[string]bool{}
	for _, r := range rows {
		if people[r.Site] == nil {
			people[r.Site] = map[string]bool{}
		}
		people[r.Site][r.Subject] = true
	}
	sites, pooled := map[string]bool{}, 0
	column := make([]string, len(rows))
	for i, r := range rows {
		column[i] = r.Site
		if len(people[r.Site]) < d.Model.PoolSites {
			column[i] = pooledSites
		}
		sites[column[i]] = true
	}
	for _, p := range people {
		if len(p) < d.Model.PoolSites {
			pooled++
		}
	}
	if pooled > 1 {
		step("%d sites with fewer than %d participants are pooled", pooled, d.Model.PoolSites)
	}
	if len(sites) < 2 {
		step("site is left out of the model: it has one value")
		return nil
	}
	return column
}

// model makes the design, with a covariance term or without.
func (t *modelTable) model(covariance string) (*design.Model, error) {
	terms := t.terms
	if len(terms) == 0 {
		terms = []string{"1"}
	}
	formula := columnOutcome + " ~ " + strings.Join(terms, " + ")
	if covariance != "" {
		formula += " + " + covariance + "(" + columnVisit + " | " + columnSubject + ")"
	}
	f, err := design.Parse(formula)
	if err != nil {
		return nil, err
	}
	table, err := design.NewTable(t.columns...)
	if err != nil {
		return nil, err
	}
	m, err := f.Model(table, design.Options{Levels: t.levels})
	if err != nil {
		return nil, err
	}
	if m.Dropped > 0 {
		t.step("%d values are left out: a covariate is not known", m.Dropped)
	}
	return m, nil
}
