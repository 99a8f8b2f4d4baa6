package main

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/design"
	"varde/stats/meta"
)

func asFault(err error, f **meta.Fault) bool { return errors.As(err, f) }

// studies reads the effects, or computes them from the groups' numbers.
func (c *statsMetaCmd) studies(m *Main) (*studiesOf, error) {
	t, err := c.read(m)
	if err != nil {
		return nil, err
	}
	if t, err = t.Where(c.Subset); err != nil {
		return nil, fmt.Errorf("%s: %w", c.statsData.name(), err)
	}
	numbers, texts := c.needed(t)
	columns, err := readColumns(t, numbers, texts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.statsData.name(), err)
	}
	s := &studiesOf{columns: columns, table: t}
	for i, row := range columns.rows {
		name := t.Place(row)
		if c.Study != "" {
			name = columns.texts[c.Study][i]
		}
		s.names = append(s.names, name)
		e, err := c.effect(columns, i)
		if err != nil {
			return nil, fmt.Errorf("%s: %s (%s): %w", c.statsData.name(), t.Place(row), name, err)
		}
		s.y, s.v = append(s.y, e.Y), append(s.v, e.V)
	}
	return s, nil
}

// needed are the numeric and the text columns that this command line uses.
func (c *statsMetaCmd) needed(t *design.Table) (numbers, texts []string) {
	switch c.Measure {
	case "none":
		numbers = []string{c.Effect, c.Variance}
		if c.SE != "" {
			numbers[1] = c.SE
		}
	case "SMD", "MD":
		numbers = []string{"n1", "m1", "sd1", "n2", "m2", "sd2"}
	default:
		numbers = []string{"e1", "n1", "e2", "n2"}
	}
	for _, name := range []string{c.Study, c.Subgroup, c.Cluster} {
		if name != "" {
			texts = append(texts, name)
		}
	}
	for _, name := range c.Mods {
		if column, ok := t.Column(name); ok && column.Numeric() {
			numbers = append(numbers, name)
		} else {
			texts = append(texts, name)
		}
	}
	return numbers, texts
}

func (c *statsMetaCmd) effect(columns *statsColumns, i int) (meta.Effect, error) {
	at := func(name string) float64 { return columns.numbers[name][i] }
	zero := map[string]meta.ZeroCells{"refuse": meta.RefuseZero, "half-cells": meta.HalfCells, "half-events": meta.HalfEvents}[c.Zero]
	groups := func() meta.Means {
		return meta.Means{N1: at("n1"), Mean1: at("m1"), SD1: at("sd1"), N2: at("n2"), Mean2: at("m2"), SD2: at("sd2")}
	}
	switch c.Measure {
	case "none":
		if c.SE != "" {
			if !(at(c.SE) > 0) {
				return meta.Effect{}, fmt.Errorf("the standard error %g is not above zero", at(c.SE))
			}
			return meta.Effect{Y: at(c.Effect), V: at(c.SE) * at(c.SE)}, nil
		}
		return meta.Effect{Y: at(c.Effect), V: at(c.Variance)}, nil
	case "SMD":
		return meta.SMD(groups(), meta.SMDOptions{
			Correction: map[string]meta.Correction{"exact": meta.ExactJ, "approximate": meta.ApproximateJ, "none": meta.NoCorrection}[c.Correction],
			Variance:   map[string]meta.VarianceForm{"LS": meta.LS, "LS-uncorrected": meta.LSUncorrected, "LS-scaled": meta.LSScaled, "UB": meta.UB}[c.SMDForm],
		})
	case "MD":
		return meta.MD(groups(), false)
	}
	measure := map[string]meta.Measure{"RR": meta.RiskRatio, "OR": meta.OddsRatio, "RD": meta.RiskDifference, "PETO": meta.PetoOddsRatio}[c.Measure]
	return meta.Compare(meta.Counts{Events1: at("e1"), N1: at("n1"), Events2: at("e2"), N2: at("n2")}, measure, zero)
}

func (s *studiesOf) moderators(names []string) ([]meta.Moderator, error) {
	var out []meta.Moderator
	for _, name := range names {
		if values, ok := s.columns.numbers[name]; ok {
			out = append(out, meta.Moderator{Name: name, Values: values})
			continue
		}
		more := meta.Factor(name, s.columns.texts[name], "")
		if len(more) == 0 {
			return nil, fmt.Errorf("the moderator %q has one level only", name)
		}
		out = append(out, more...)
	}
	return out, nil
}

func (c *statsMetaCmd) listStudies(r *statsResult, s *studiesOf, fit *meta.Result) {
	var rows [][]any
	for i, n := range s.names {
		rows = append(rows, []any{n, s.y[i], s.v[i], math.Sqrt(s.v[i]), fit.Weights[i]})
	}
	r.table("effects", "Studies", []statsColumn{{"study", "Study", asNumber}, {"effect", "Effect", asNumber}, {"variance", "Variance", asNumber}, {"se", "SE", asNumber}, {"weight", "Weight, %", asDegrees}}, rows)
}

// pooledColumns are those of a table with a pooled effect in each row.
var pooledColumns = []statsColumn{{"name", "", asNumber}, {"studies", "Effects", asNumber}, {"estimate", "Estimate", asNumber}, {"se", "SE", asNumber}, {"p", "p", asProbability}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}, {"tau2", "tau2", asNumber}, {"i2", "I2, %", asDegrees}}

func pooledRow(name string, f *meta.Result) []any {
	p := f.Pooled()
	return []any{name, f.K, p.Estimate, p.SE, p.P, p.Low, p.High, f.Tau2, f.I2}
}

func (c *statsMetaCmd) extras(r *statsResult, s *studiesOf, fit *meta.Result) error {
	for _, part := range []struct {
		asked bool
		add   func(*statsResult, *studiesOf, *meta.Result) error
	}{{c.Subgroup != "", c.subgroups}, {c.LeaveOut, c.leaveOneOut}, {c.Cumulative, c.cumulative}, {c.Influence, c.influences}, {c.Egger, c.egger}, {c.TrimFill, c.trimFill}} {
		if part.asked {
			if err := part.add(r, s, fit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *statsMetaCmd) subgroups(r *statsResult, s *studiesOf, _ *meta.Result) error {
	groups, err := meta.BySubgroup(s.y, s.v, s.columns.texts[c.Subgroup], c.SharedTau2, c.options())
	if err != nil {
		return err
	}
	var rows [][]any
	for _, g := range groups.Groups {
		rows = append(rows, pooledRow(g.Name, g.Result))
	}
	r.table("subgroups", "Subgroups by "+c.Subgroup, pooledColumns, rows)
	r.set("subgroups_q", "Q between subgroups", groups.Q)
	r.set("subgroups_df", "  degrees of freedom", groups.DF)
	r.set("p_subgroups", "  p", groups.P)
	r.note(groups.Notes...)
	return nil
}

func (c *statsMetaCmd) leaveOneOut(r *statsResult, s *studiesOf, fit *meta.Result) error {
	all, err := fit.LeaveOneOut()
	if err != nil {
		return err
	}
	var rows [][]any
	for _, w := range all {
		rows = append(rows, pooledRow(s.names[w.Index], w.Result))
	}
	r.table("leave_one_out", "Without each study", pooledColumns, rows)
	return nil
}

func (c *statsMetaCmd) cumulative(r *statsResult, s *studiesOf, _ *meta.Result) error {
	all, err := meta.Cumulative(s.y, s.v, c.options())
	if err != nil {
		return err
	}
	var rows [][]any
	for i, f := range all {
		rows = append(rows, pooledRow(s.names[i], f))
	}
	r.table("cumulative", "Cumulative, each row with all studies up to it", pooledColumns, rows)
	return nil
}

func (c *statsMetaCmd) influences(r *statsResult, s *studiesOf, fit *meta.Result) error {
	all, err := fit.Influences()
	if err != nil {
		return err
	}
	var rows [][]any
	for i, f := range all {
		rows = append(rows, []any{s.names[i], f.Standardised, f.Deleted, f.DFFITS, f.Cook, f.CovRatio, f.Tau2, f.Q, f.Hat, f.Weight, f.Influential})
	}
	r.table("influence", "Influence of each study", []statsColumn{{"study", "Study", asNumber}, {"standardised", "Residual", asNumber}, {"deleted", "Deleted", asNumber}, {"dffits", "DFFITS", asNumber}, {"cook", "Cook", asNumber}, {"cov_ratio", "Cov. ratio", asNumber}, {"tau2", "tau2 without", asNumber}, {"q", "Q without", asNumber}, {"hat", "Hat", asNumber}, {"weight", "Weight, %", asDegrees}, {"influential", "Influential", asNumber}}, rows)
	return nil
}

func (c *statsMetaCmd) egger(r *statsResult, s *studiesOf, _ *meta.Result) error {
	classical, err := meta.Egger(s.y, s.v, c.Level)
	if err != nil {
		return err
	}
	random, err := meta.RandomEgger(s.y, s.v, c.options())
	if err != nil {
		return err
	}
	tests := []meta.Asymmetry{classical, random}
	r.estimateTable("egger", "Small-study effects: slope of the effect on its standard error", "Regression", scale{statistic: "t"}, []string{"classical (Egger 1997)", "with random effects"}, func(i int) (estimated, error) {
		return coefficientOf(tests[i].Slope), nil
	})
	r.note(classical.Notes...)
	r.note(random.Notes...)
	return nil
}

func (c *statsMetaCmd) trimFill(r *statsResult, s *studiesOf, _ *meta.Result) error {
	var rows [][]any
	for _, k := range []struct {
		how  meta.Filling
		name string
	}{{meta.L0, "L0"}, {meta.R0, "R0"}} {
		f, err := meta.TrimFill(s.y, s.v, k.how, c.options())
		if err != nil {
			return err
		}
		rows = append(rows, append(pooledRow(k.name, f.Result), f.Missing, f.Left))
		r.note(f.Notes...)
	}
	columns := append(append([]statsColumn{}, pooledColumns...), statsColumn{"missing", "Filled in", asNumber}, statsColumn{"left", "On the left", asNumber})
	r.table("trim_fill", "Trim and fill", columns, rows)
	return nil
}
