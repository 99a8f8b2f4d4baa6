package main

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/stats/design"
	"varde/stats/impute"
)

// grid lays a table in long form out for imputation.
type grid struct {
	command              *statsImputeCmd
	imputation, analysis *design.Formula
	options              design.Options
}

func (g *grid) lay(t *design.Table) (*imputation, error) {
	observed, err := g.imputation.Model(t, g.options) // also finds what is wrong with the rows
	if err != nil {
		return nil, err
	}
	visit, subject := g.imputation.Repeated()
	fill := slices.DeleteFunc(slices.Concat(g.imputation.Columns(), g.analysis.Columns(), []string{g.command.Arm}), func(n string) bool { return n == visit })
	if slices.Contains(g.analysis.Columns(), visit) {
		return nil, fmt.Errorf("the analysis is at one visit: leave %q out of it", visit)
	}
	if g.command.Event != "" {
		fill = append(fill, g.command.Event)
	}
	for _, n := range g.imputation.ResponseColumns() {
		if slices.Contains(fill, n) {
			return nil, fmt.Errorf("%q is the response and a covariate: impute needs them apart", n)
		}
	}
	whole, err := t.Complete(subject, visit, observed.Visits, fill)
	if err != nil {
		return nil, err
	}
	o := g.options
	o.KeepMissingResponse = true
	model, err := g.imputation.Model(whole, o)
	if err != nil {
		return nil, err
	}
	after, err := g.analysis.Model(whole, o)
	if err != nil {
		return nil, fmt.Errorf("the analysis: %w", err)
	}
	for _, m := range []*design.Model{model, after} {
		if m.Dropped > 0 {
			return nil, fmt.Errorf("a covariate is missing for a subject and cannot stay so (%v): fill it in, or leave out the subject with --subset", m.Notes)
		}
	}
	return g.imputationOf(whole, observed, model, after)
}

func (g *grid) imputationOf(whole *design.Table, observed, model, after *design.Model) (*imputation, error) {
	c := g.command
	arms, err := after.Levels(c.Arm)
	if err != nil {
		return nil, err
	}
	reference, err := model.At(c.Arm, arms[0])
	if err != nil {
		return nil, err
	}
	s := len(observed.Visits)
	n := len(model.Y) / s
	d := &imputation{
		arms: arms, visits: observed.Visits, visit: s - 1, q: len(after.Names), observed: len(observed.Y), notes: slices.Clone(model.Notes),
		data: impute.Data{Subjects: n, Visits: s, P: len(model.Names), Y: model.Y, X: model.X, Reference: reference, Names: model.Names},
	}
	if c.Visit != "" {
		if d.visit = slices.Index(d.visits, c.Visit); d.visit < 0 {
			return nil, fmt.Errorf("the visit %q is not among those seen: %v", c.Visit, d.visits)
		}
	}
	column, _ := whole.Column(c.Arm)
	for i := range n {
		d.arm = append(d.arm, slices.Index(arms, column.Text(i*s)))
		d.data.Strategy = append(d.data.Strategy, c.strategy())
		row := i*s + d.visit
		d.z = append(d.z, after.X[row*d.q:(row+1)*d.q]...)
	}
	d.data.Strata = d.arm
	if d.data.Event, err = g.events(whole, d); err != nil {
		return nil, err
	}
	return d, g.contrasts(d, after)
}

// events finds for each subject the first visit that the strategy holds for.
func (g *grid) events(whole *design.Table, d *imputation) ([]int, error) {
	n, s := d.data.Subjects, d.data.Visits
	out := make([]int, n)
	column, named := whole.Column(g.command.Event)
	if g.command.Event != "" && !named {
		return nil, fmt.Errorf("there is no column %q", g.command.Event)
	}
	for i := range out {
		out[i] = s
		if named {
			if column.Missing(i * s) {
				continue
			}
			if out[i] = slices.Index(d.visits, column.Text(i*s)); out[i] < 0 {
				return nil, fmt.Errorf("%s, column %q: %q is no visit; the visits are %v", whole.Place(i*s), g.command.Event, column.Text(i*s), d.visits)
			}
			continue
		}
		for out[i] > 0 && math.IsNaN(d.data.Y[i*s+out[i]-1]) {
			out[i]--
		}
	}
	if !named && g.command.Strategy != "MAR" {
		d.notes = append(d.notes, "The strategy holds from the first visit after the last that was observed; earlier gaps are imputed under MAR.")
	}
	return out, nil
}

// contrasts are the means of the arms and their differences from the reference.
func (g *grid) contrasts(d *imputation, after *design.Model) error {
	means, err := after.Means([]string{g.command.Arm}, design.MeanOptions{})
	if err != nil {
		return err
	}
	differences, err := after.Differences(means, "", g.command.Arm)
	if err != nil {
		return err
	}
	if len(differences) == 0 {
		return errors.New("there are no two arms to compare")
	}
	if g.command.Method != "jackknife" {
		for _, mean := range means {
			d.names, d.rows = append(d.names, "mean, "+mean.Name), append(d.rows, mean.L)
		}
	} else {
		d.notes = append(d.notes, "The jackknife gives differences only.")
	}
	for _, difference := range differences {
		d.names, d.rows = append(d.names, difference.Name), append(d.rows, difference.L)
	}
	return nil
}
