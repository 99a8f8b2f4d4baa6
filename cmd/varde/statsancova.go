package main

import (
	"errors"
	"math"

	"varde/stats/ancova"
	"varde/stats/design"
	"varde/stats/distribution"
)

type statsAncovaCmd struct {
	statsModel
	statsMeans
	Weights string `help:"Column of weights, proportional to the inverse of the variance." placeholder:"COLUMN"`
	HC      string `name:"hc" enum:"none,HC0,HC1,HC2,HC3" default:"none" help:"Standard errors that hold under unequal variances: none, HC0, HC1, HC2 or HC3."`
}

// Help is what --help says below the flags.
func (*statsAncovaCmd) Help() string {
	return `Ordinary (or weighted) least squares with factors coded against their first level. Tests of terms are F tests given all other terms.

Examples:

    varde stats ancova trial.csv --formula "chg ~ base + site + arm" --subset "visit == 'V3'" --levels arm=control,active --means arm --compare arm
    varde stats ancova trial.csv --formula "chg ~ base * arm" --subset "visit == 'V3'" --means arm --at base=45 --hc HC3 --json
    varde stats ancova - --formula "chg ~ arm" --level 0.9 < trial.csv`
}

func (c *statsAncovaCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	f, model, err := c.design(m, c.Weights)
	if err != nil {
		return err
	}
	if f.Covariance() != "" {
		return errors.New("a covariance term belongs to varde stats mmrm: leave it out here")
	}
	fit, err := ancova.New(ancova.Input{X: model.X, P: len(model.Names), Y: model.Y, W: model.W, Names: model.Names})
	if err != nil {
		return err
	}
	o := ancova.Options{Level: c.Level, Covariance: ancova.Classical}
	if c.HC != "none" {
		o.Covariance = ancova.Covariance(c.HC)
	}
	r := &statsResult{title: "Analysis of covariance: " + f.String()}
	r.set("formula", "Model", f.String())
	r.set("rows", "Rows used", len(model.Rows))
	r.set("rows_left_out", "Rows left out", model.Dropped)
	r.set("rank", "Rank of the design", fit.Rank)
	r.set("df", "Residual degrees of freedom", fit.DF)
	r.set("sigma", "Residual standard deviation", fit.Sigma)
	r.set("r2", "R2", fit.R2)
	r.set("r2_adjusted", "R2, adjusted", fit.AdjR2)
	r.set("covariance", "Standard errors", map[bool]string{true: "classical", false: c.HC}[c.HC == "none"])
	r.set("level", "Confidence level", c.Level)
	contrast := func(l []float64) (estimated, error) {
		e, err := fit.Contrast(l, o)
		return estimated{e.Estimate, e.SE, e.DF, e.T, e.P, e.Lower, e.Upper}, err
	}
	r.coefficients(model, fit.Aliased, scale{statistic: "t"}, c.coefficient(fit, o.Covariance))
	if err := r.termTests(model, func(l []float64, k int) (fTest, error) {
		t, err := fit.Test(l, o.Covariance)
		return fTest{t.F, t.DF1, t.DF2, t.P}, err
	}); err != nil {
		return err
	}
	if err := c.addMeans(r, model, scale{statistic: "t"}, contrast); err != nil {
		return err
	}
	r.note(model.Notes...)
	r.note(fit.Notes...)
	return r.write(m.Stdout, c.JSON)
}

// coefficients adds the table of coefficients, the aliased ones with the reason why
// they have no number.
func (r *statsResult) coefficients(model *design.Model, aliased []bool, s scale, estimate func(j int) (estimated, error)) {
	r.estimateTable("coefficients", "Coefficients", "Column", s, model.Names, func(j int) (estimated, error) {
		if aliased != nil && aliased[j] {
			return estimated{}, errors.New("aliased: it depends on earlier columns")
		}
		return estimate(j)
	})
}

// unit turns an estimate of contrasts into one of coefficients.
func unit(p int, contrast func([]float64) (estimated, error)) func(int) (estimated, error) {
	l := make([]float64, p)
	return func(j int) (estimated, error) {
		clear(l)
		l[j] = 1
		return contrast(l)
	}
}

// coefficient estimates a kept coefficient, the aliased ones held at zero, as R's lm
// reports it: a contrast would be refused where it rests on an aliased column.
func (c *statsAncovaCmd) coefficient(fit *ancova.Fit, kind ancova.Covariance) func(int) (estimated, error) {
	v, err := fit.Covariance(kind)
	return func(j int) (estimated, error) {
		if err != nil {
			return estimated{}, err
		}
		b, se := fit.Beta[j], math.Sqrt(v[j*fit.P+j])
		if !(se > 0) {
			return estimated{}, errors.New("its standard error is zero")
		}
		half := distribution.TUpperQuantile((1-c.Level)/2, fit.DF) * se
		return estimated{b, se, fit.DF, b / se, distribution.TTwoSided(b/se, fit.DF), b - half, b + half}, nil
	}
}

// fTest is a test of several rows at once; df2 is infinite for a chi-squared test.
type fTest struct{ f, df1, df2, p float64 }

// termTests adds the tests of the terms that are not contained in others.
func (r *statsResult) termTests(model *design.Model, test func(l []float64, k int) (fTest, error)) error {
	var rows [][]any
	left := false
	for i, t := range model.Terms {
		l, k, ok := model.TermRows(i)
		if !ok {
			left = left || i > 0
			continue
		}
		f, err := test(l, k)
		if err != nil {
			rows = append(rows, []any{t.Name, undefined{err.Error()}, nil, nil, nil})
			continue
		}
		rows = append(rows, []any{t.Name, f.f, f.df1, f.df2, f.p})
	}
	if len(rows) == 0 {
		return nil
	}
	r.table("terms", "Tests of terms", []statsColumn{{"term", "Term", asNumber}, {"f", "F", asNumber}, {"df1", "df1", asDegrees}, {"df2", "df2", asDegrees}, {"p", "p", asProbability}}, rows)
	if left {
		r.note("A term that is contained in an interaction is not tested by itself.")
	}
	return nil
}
