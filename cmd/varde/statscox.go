package main

import (
	"errors"
	"math"
	"slices"

	"varde/stats/design"
	"varde/stats/distribution"
	"varde/stats/survival"
)

// regress adds a Cox regression.
func (c *statsSurvivalCmd) regress(r *statsResult, f *followed) error {
	model, x, err := c.coxDesign(f)
	if err != nil {
		return err
	}
	in := survival.CoxInput{X: x, P: len(model.Names) - 1, Names: model.Names[1:], Ties: survival.Ties(c.Ties)}
	kept := 0
	for k, row := range model.Rows {
		i, there := slices.BinarySearch(f.columns.rows, row)
		if !there {
			continue // its event or stratum is missing
		}
		copy(in.X[kept*in.P:], x[k*in.P:(k+1)*in.P])
		kept++
		in.Time, in.Event = append(in.Time, f.time[i]), append(in.Event, f.event[i])
		if f.stratum != nil {
			in.Stratum = append(in.Stratum, f.stratum[i])
		}
	}
	in.X = in.X[:kept*in.P]
	fit, err := survival.NewCox(in)
	if err != nil {
		return err
	}
	c.addCox(r, fit)
	r.note(model.Notes...)
	r.note(fit.Notes...)
	addProportional(r, fit, model)
	return nil
}

func (c *statsSurvivalCmd) addCox(r *statsResult, fit *survival.Cox) {
	r.set("cox", "Cox regression of", c.Cox)
	r.set("cox_rows", "  rows used", fit.N)
	r.set("cox_events", "  events", fit.Events)
	r.set("cox_ties", "  ties", string(fit.Ties))
	r.set("cox_loglik", "  log likelihood", fit.LogLik)
	r.set("cox_loglik_null", "  without covariates", fit.NullLogLik)
	z := distribution.NormalUpperQuantile((1 - c.Level) / 2)
	r.estimateTable("coefficients", "Coefficients", "Column", scale{statistic: "z", ratio: "Hazard ratio"}, fit.Names, func(j int) (estimated, error) {
		if fit.Aliased[j] {
			return estimated{}, errors.New("aliased: it depends on earlier columns")
		}
		return estimated{fit.Beta[j], fit.SE[j], math.Inf(1), fit.Z[j], fit.PValue[j], fit.Beta[j] - z*fit.SE[j], fit.Beta[j] + z*fit.SE[j]}, nil
	})
	var rows [][]any
	for _, t := range []struct {
		name string
		test survival.ChiSquared
	}{{"likelihood ratio", fit.Likelihood}, {"Wald", fit.Wald}, {"score", fit.Rao}} {
		rows = append(rows, []any{t.name, t.test.Statistic, t.test.DF, t.test.P})
	}
	r.table("cox_tests", "Tests of all coefficients", testColumns, rows)
}

// addProportional adds the tests that hazard ratios do not change with time.
func addProportional(r *statsResult, fit *survival.Cox, model *design.Model) {
	test, err := fit.Proportional("")
	if err != nil {
		r.table("proportional", "Proportional hazards", testColumns, [][]any{{"all", undefined{err.Error()}, nil, nil}})
		return
	}
	var rows [][]any
	for j, name := range model.Names[1:] {
		if t := test.Columns[j]; !fit.Aliased[j] {
			rows = append(rows, []any{name, t.Statistic, t.DF, t.P})
		}
	}
	rows = append(rows, []any{"all", test.Global.Statistic, test.Global.DF, test.Global.P})
	r.table("proportional", "Proportional hazards (small p: the ratio changes with time)", testColumns, rows)
}
