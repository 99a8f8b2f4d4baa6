package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"varde/stats/design"
	"varde/stats/multiplicity"
)

// statsMeans asks for least-squares means and differences.
type statsMeans struct {
	Means        []string `help:"Factors to give least-squares means over, such as arm,visit." placeholder:"FACTOR"`
	Proportional bool     `help:"Average over the other factors by their frequencies, not with equal weights."`
	At           []string `help:"Values of covariates for the means, such as base=45; otherwise their mean." placeholder:"COLUMN=NUMBER"`
	Compare      string   `help:"Factor whose levels are compared with its first." placeholder:"FACTOR"`
	Within       string   `help:"Factor within whose levels they are compared." placeholder:"FACTOR"`
	Pairs        bool     `help:"Compare all pairs of levels."`
	Adjust       string   `enum:"none,bonferroni,holm,hochberg,hommel,fixed-sequence" default:"none" help:"Adjust the p values of the comparisons: none, bonferroni, holm, hochberg, hommel or fixed-sequence."`
	Level        float64  `default:"0.95" help:"Confidence level."`
}

func (s *statsMeans) options() (design.MeanOptions, error) {
	o := design.MeanOptions{At: map[string]float64{}}
	if s.Proportional {
		o.Weights = design.Proportional
	}
	for _, a := range s.At {
		column, value, ok := strings.Cut(a, "=")
		v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if !ok || err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
			return o, fmt.Errorf("--at %q: write COLUMN=NUMBER such as base=45", a)
		}
		o.At[strings.TrimSpace(column)] = v
	}
	return o, nil
}

// rows answers the means and comparisons that were asked for. What is compared is
// among the means of itself.
func (s *statsMeans) rows(m *design.Model) ([]design.Mean, []design.Contrast, error) {
	o, err := s.options()
	if err != nil {
		return nil, nil, err
	}
	over := s.over()
	if len(over) == 0 {
		return nil, nil, nil
	}
	means, err := m.Means(over, o)
	if err != nil || s.Compare == "" {
		if err == nil && s.Within != "" {
			err = errors.New("--within needs --compare: which factor is compared within it?")
		}
		return means, nil, err
	}
	if s.Pairs {
		contrasts, err := m.Pairs(means, s.Within, s.Compare)
		return means, contrasts, err
	}
	contrasts, err := m.Differences(means, s.Within, s.Compare)
	return means, contrasts, err
}

// estimated is one estimate as a table row shows it.
type estimated struct {
	estimate, se, df, statistic, p, lower, upper float64
}

// scale is what a table of estimates shows: the statistic is "t" or "z", and where
// estimates are logarithms, ratio names their exponentials.
type scale struct{ statistic, ratio string }

func (e estimated) cells(name string, s scale) []any {
	out := []any{name, e.estimate, e.se}
	if s.statistic == "t" {
		out = append(out, e.df)
	}
	out = append(out, e.statistic, e.p, e.lower, e.upper)
	if s.ratio != "" {
		out = append(out, math.Exp(e.estimate), math.Exp(e.lower), math.Exp(e.upper))
	}
	return out
}

// without is a row that has no numbers, with the reason.
func (s scale) without(name, reason string) []any {
	out := make([]any, len(s.columns("")))
	out[0], out[1] = name, undefined{reason}
	return out
}

func (s scale) columns(first string) []statsColumn {
	out := []statsColumn{{"name", first, asNumber}, {"estimate", "Estimate", asNumber}, {"se", "SE", asNumber}}
	if s.statistic == "t" {
		out = append(out, statsColumn{"df", "df", asDegrees})
	}
	out = append(out, statsColumn{s.statistic, s.statistic, asNumber}, statsColumn{"p", "p", asProbability}, statsColumn{"lower", "Lower", asNumber}, statsColumn{"upper", "Upper", asNumber})
	if s.ratio != "" {
		key := strings.ReplaceAll(strings.ToLower(s.ratio), " ", "_")
		out = append(out, statsColumn{key, s.ratio, asNumber}, statsColumn{key + "_lower", "Lower", asNumber}, statsColumn{key + "_upper", "Upper", asNumber})
	}
	return out
}

// estimateTable adds a table with one estimate a row; an error in a row stands in it
// as the reason why there are no numbers.
func (r *statsResult) estimateTable(key, label, first string, s scale, names []string, estimate func(i int) (estimated, error)) {
	rows := make([][]any, len(names))
	for i, n := range names {
		e, err := estimate(i)
		if err != nil {
			rows[i] = s.without(n, err.Error())
			continue
		}
		rows[i] = e.cells(n, s)
	}
	r.table(key, label, s.columns(first), rows)
}

// addMeans estimates the means and comparisons and adds their tables.
func (s *statsMeans) addMeans(r *statsResult, model *design.Model, sc scale, contrast func(l []float64) (estimated, error)) error {
	means, contrasts, err := s.rows(model)
	if err != nil {
		return err
	}
	percent := strconv.FormatFloat(100*s.Level, 'g', -1, 64)
	if len(means) > 0 {
		names := make([]string, len(means))
		for i, m := range means {
			names[i] = m.Name
		}
		r.estimateTable("means", fmt.Sprintf("Least-squares means (%s %% intervals)", percent), strings.Join(s.over(), ", "), scale{statistic: sc.statistic}, names, func(i int) (estimated, error) {
			return contrast(means[i].L)
		})
	}
	if len(contrasts) == 0 {
		return nil
	}
	return s.addContrasts(r, contrasts, percent, sc, contrast)
}

// over are the factors of the means, those compared among them.
func (s *statsMeans) over() []string {
	over := append([]string{}, s.Means...)
	for _, f := range []string{s.Compare, s.Within} {
		if f != "" && !slices.Contains(over, f) {
			over = append(over, f)
		}
	}
	return over
}

func (s *statsMeans) addContrasts(r *statsResult, contrasts []design.Contrast, percent string, sc scale, contrast func(l []float64) (estimated, error)) error {
	rows := make([][]any, len(contrasts))
	var p []float64
	var of []int
	for i, c := range contrasts {
		e, err := contrast(c.L)
		if err != nil {
			rows[i] = sc.without(c.Name, err.Error())
			continue
		}
		rows[i] = e.cells(c.Name, sc)
		p, of = append(p, e.p), append(of, i)
	}
	columns := sc.columns("Difference")
	if s.Adjust != "none" && len(p) > 0 {
		adjusted, err := multiplicity.Adjust(multiplicity.Method(s.Adjust), p)
		if err != nil {
			return err
		}
		columns = append(columns, statsColumn{"p_adjusted", "p (" + s.Adjust + ")", asProbability})
		for i := range rows {
			rows[i] = append(rows[i], nil)
		}
		for k, i := range of {
			rows[i][len(rows[i])-1] = adjusted[k]
		}
		r.note("The intervals are not adjusted for several comparisons; the last column of p values is.")
	}
	r.table("differences", fmt.Sprintf("Differences (%s %% intervals)", percent), columns, rows)
	return nil
}
