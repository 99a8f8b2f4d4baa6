package main

import (
	"errors"
	"math"

	"varde/stats/design"
	"varde/stats/logistic"
)

type statsLogisticCmd struct {
	statsModel
	statsMeans
	Firth       bool   `help:"Firth's penalised likelihood, which has an answer where groups are separated."`
	HC          string `name:"hc" enum:"none,HC0,HC3" default:"none" help:"Standard errors that hold where the model is wrong: none, HC0 or HC3."`
	Profile     bool   `help:"Profile likelihood intervals and tests of the coefficients too."`
	Standardise string `help:"Factor whose levels are compared by risks averaged over all rows (g-computation)." placeholder:"FACTOR"`
}

// Help is what --help says below the flags.
func (*statsLogisticCmd) Help() string {
	return `The response is a column of 0 and 1. Estimates are log odds ratios; differences come with odds ratios.

Examples:

    varde stats logistic outcome.csv --formula "responder ~ base + site + arm" --levels arm=control,active --compare arm
    varde stats logistic outcome.csv --formula "responder ~ base + arm" --levels arm=control,active --standardise arm --json
    varde stats logistic outcome.csv --formula "responder ~ arm" --firth --profile`
}

func (c *statsLogisticCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	f, model, err := c.design(m, "")
	if err != nil {
		return err
	}
	if f.Covariance() != "" {
		return errors.New("a covariance term belongs to varde stats mmrm: leave it out here")
	}
	fit, err := logistic.New(logistic.Input{X: model.X, P: len(model.Names), Y: model.Y, Names: model.Names}, logistic.Options{Firth: c.Firth})
	if err != nil {
		return err
	}
	r := &statsResult{title: "Logistic regression: " + f.String()}
	c.summary(r, model, fit)
	o := logistic.ContrastOptions{Level: c.Level}
	if c.HC != "none" {
		o.Covariance = logistic.Covariance(c.HC)
	}
	contrast := func(l []float64) (estimated, error) {
		e, err := fit.Contrast(l, o)
		return estimated{e.Estimate, e.SE, math.Inf(1), e.Z, e.P, e.Lower, e.Upper}, err
	}
	odds := scale{statistic: "z", ratio: "Odds ratio"}
	r.coefficients(model, fit.Aliased, odds, unit(len(model.Names), contrast))
	if c.Profile {
		c.addProfiles(r, model, fit)
	}
	c.termTests(r, model, fit)
	if err := c.addMeans(r, model, odds, contrast); err != nil {
		return err
	}
	if err := c.addStandardised(r, model, fit); err != nil {
		return err
	}
	r.note(model.Notes...)
	r.note(fit.Notes...)
	return r.write(m.Stdout, c.JSON)
}

func (c *statsLogisticCmd) summary(r *statsResult, model *design.Model, fit *logistic.Fit) {
	r.set("formula", "Model", c.Formula)
	r.set("rows", "Rows used", len(model.Rows))
	r.set("rows_left_out", "Rows left out", model.Dropped)
	r.set("events", "Events", fit.Events)
	r.set("rank", "Rank of the design", fit.Rank)
	r.set("firth", "Penalised (Firth)", fit.Firth)
	r.set("covariance", "Standard errors", map[bool]string{true: "information", false: c.HC}[c.HC == "none"])
	r.set("level", "Confidence level", c.Level)
	r.set("loglik", "Log likelihood", fit.LogLik)
	if fit.Firth {
		r.set("loglik_penalised", "  penalised", fit.Penalised)
	} else {
		r.set("aic", "AIC", fit.AIC)
	}
	r.set("deviance", "Deviance", fit.Deviance)
	r.set("null_deviance", "Deviance of the constant", fit.NullDeviance)
}

func (c *statsLogisticCmd) addProfiles(r *statsResult, model *design.Model, fit *logistic.Fit) {
	var rows [][]any
	for j, name := range model.Names {
		if fit.Aliased[j] {
			rows = append(rows, []any{name, undefined{"aliased: it depends on earlier columns"}, nil, nil})
			continue
		}
		i, err := fit.Profile(j, c.Level)
		if err != nil {
			rows = append(rows, []any{name, undefined{err.Error()}, nil, nil})
			continue
		}
		if i.Note != "" {
			r.note(name + ": " + i.Note)
		}
		test, err := fit.LikelihoodRatio(j)
		p := any(test.P)
		if err != nil {
			p = undefined{err.Error()}
		}
		rows = append(rows, []any{name, i.Lower, i.Upper, p})
	}
	r.table("profile", "Profile likelihood", []statsColumn{{"name", "Column", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}, {"p", "p (likelihood ratio)", asProbability}}, rows)
}

// termTests adds the likelihood ratio tests of the terms.
func (c *statsLogisticCmd) termTests(r *statsResult, model *design.Model, fit *logistic.Fit) {
	var rows [][]any
	for i, t := range model.Terms {
		if _, _, ok := model.TermRows(i); !ok {
			continue
		}
		test, err := fit.LikelihoodRatio(t.Columns...)
		if err != nil {
			rows = append(rows, []any{t.Name, undefined{err.Error()}, nil, nil})
			continue
		}
		rows = append(rows, []any{t.Name, test.Statistic, test.DF, test.P})
	}
	if len(rows) > 0 {
		r.table("terms", "Likelihood ratio tests of terms", []statsColumn{{"term", "Term", asNumber}, {"chi2", "chi2", asNumber}, {"df", "df", asDegrees}, {"p", "p", asProbability}}, rows)
	}
}

// addStandardised compares each level of the factor with the first by risks.
func (c *statsLogisticCmd) addStandardised(r *statsResult, model *design.Model, fit *logistic.Fit) error {
	if c.Standardise == "" {
		return nil
	}
	levels, err := model.Levels(c.Standardise)
	if err != nil {
		return err
	}
	reference, err := model.At(c.Standardise, levels[0])
	if err != nil {
		return err
	}
	var rows [][]any
	for _, level := range levels[1:] {
		treated, err := model.At(c.Standardise, level)
		if err != nil {
			return err
		}
		s, err := fit.Standardise(treated, reference, c.Level)
		if err != nil {
			return err
		}
		add := func(name string, e logistic.Measure) {
			rows = append(rows, []any{name, e.Estimate, e.SE, e.Lower, e.Upper})
		}
		add("risk, "+levels[0], s.Control)
		add("risk, "+level, s.Treated)
		add("difference, "+level+" - "+levels[0], s.Difference)
		add("log ratio, "+level+" / "+levels[0], s.LogRatio)
		r.note(s.Notes...)
	}
	r.table("standardised", "Standardised risks", []statsColumn{{"name", c.Standardise, asNumber}, {"estimate", "Estimate", asNumber}, {"se", "SE", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}}, rows)
	return nil
}
