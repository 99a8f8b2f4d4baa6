package main

import (
	"errors"
	"fmt"
	"strings"

	"varde/stats/design"
	"varde/stats/mmrm"
)

type statsMmrmCmd struct {
	statsModel
	statsMeans
	Weights   string `help:"Column of weights above zero: the variance of a row is divided by it." placeholder:"COLUMN"`
	ML        bool   `name:"ml" help:"Full maximum likelihood instead of REML."`
	DF        string `name:"df" enum:"default,kenward-roger,kenward-roger-sas,kenward-roger-mmrm,satterthwaite,between-within,residual" default:"default" help:"Degrees of freedom: kenward-roger (the exact linear form; the default under REML), kenward-roger-sas, kenward-roger-mmrm, satterthwaite, between-within or residual."`
	Vcov      string `name:"vcov" enum:"default,asymptotic,bias-reduced,CR0,CR2,CR3" default:"default" help:"Covariance of the estimates: asymptotic, bias-reduced, or the sandwich CR0, CR2 or CR3; by default what belongs to the degrees of freedom."`
	Residuals bool   `help:"List each row's fitted value and residuals."`
}

// Help is what --help says below the flags.
func (*statsMmrmCmd) Help() string {
	return `Mixed model for repeated measures. The formula holds a covariance term: us (unstructured), toep, toeph, ar1, ar1h, cs, csh, ad or adh of (visit | subject), also by group as in us(visit | arm / subject), or sp_exp(days | subject).

Examples:

    varde stats mmrm trial.csv --formula "chg ~ base + site + arm * visit + us(visit | subject)" --levels arm=control,active --compare arm --within visit
    varde stats mmrm trial.csv --formula "chg ~ base + arm * visit + csh(visit | subject)" --levels arm=control,active --df satterthwaite --vcov CR2 --compare arm --within visit --adjust holm --json
    varde stats mmrm - --formula "chg ~ arm + cs(visit | subject)" --ml --residuals < trial.csv`
}

func (c *statsMmrmCmd) how() mmrm.Inference {
	return mmrm.Inference{
		Level: c.Level,
		DF: map[string]mmrm.DF{
			"kenward-roger": mmrm.KenwardRoger, "kenward-roger-sas": mmrm.KenwardRogerSAS, "kenward-roger-mmrm": mmrm.KenwardRogerMMRM,
			"satterthwaite": mmrm.Satterthwaite, "between-within": mmrm.BetweenWithin, "residual": mmrm.Residual,
		}[c.DF],
		Vcov: map[string]mmrm.Vcov{"asymptotic": mmrm.Asymptotic, "bias-reduced": mmrm.BiasReduced, "CR0": mmrm.CR0, "CR2": mmrm.CR2, "CR3": mmrm.CR3}[c.Vcov],
	}
}

// mmrmInput hands the design over to the engine.
func mmrmInput(m *design.Model) mmrm.Input {
	return mmrm.Input{
		X: m.X, P: len(m.Names), Names: m.Names, Y: m.Y, Weights: m.W,
		Subject: m.Subject, Visit: m.Visit, Group: m.Group,
		Coordinates: m.Coordinates, CoordinateCount: m.CoordinateCount,
		Subjects: m.Subjects, Visits: m.Visits, Groups: m.Groups,
	}
}

func (c *statsMmrmCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	f, model, err := c.design(m, c.Weights)
	if err != nil {
		return err
	}
	if f.Covariance() == "" {
		return errors.New("the formula has no covariance term: add one such as us(visit | subject); for one row a subject use varde stats ancova")
	}
	fit, err := mmrm.New(mmrmInput(model), mmrm.Options{Covariance: mmrm.Covariance(f.Covariance()), ML: c.ML})
	if err != nil {
		return err
	}
	how := c.how()
	r := &statsResult{title: "Mixed model for repeated measures: " + f.String()}
	c.summary(r, model, fit)
	estimate := func(e mmrm.Estimate, err error) (estimated, error) {
		return estimated{e.Estimate, e.SE, e.DF, e.T, e.P, e.Lower, e.Upper}, err
	}
	contrast := func(l []float64) (estimated, error) { return estimate(fit.Contrast(l, how)) }
	aliased := make([]bool, len(model.Names))
	for _, j := range fit.Aliased {
		aliased[j] = true
	}
	r.coefficients(model, aliased, scale{statistic: "t"}, func(j int) (estimated, error) { return estimate(fit.Coefficient(j, how)) })
	if err := r.termTests(model, func(l []float64, _ int) (fTest, error) {
		t, err := fit.FTest(l, how)
		return fTest{t.F, float64(t.NumDF), t.DenomDF, t.P}, err
	}); err != nil {
		return err
	}
	if err := c.addMeans(r, model, scale{statistic: "t"}, contrast); err != nil {
		return err
	}
	addCovariance(r, model, fit)
	if c.Residuals {
		if err := addResiduals(r, model, fit); err != nil {
			return err
		}
	}
	r.note(model.Notes...)
	r.note(fit.Notes...)
	return r.write(m.Stdout, c.JSON)
}

func (c *statsMmrmCmd) summary(r *statsResult, model *design.Model, fit *mmrm.Fit) {
	df := c.DF
	if df == "default" {
		df = map[bool]string{true: "satterthwaite", false: "kenward-roger"}[c.ML]
	}
	vcov := c.Vcov
	if vcov == "default" {
		vcov = map[bool]string{true: "bias-reduced", false: "asymptotic"}[strings.HasPrefix(df, "kenward")]
	}
	r.set("formula", "Model", c.Formula)
	r.set("covariance", "Covariance", string(fit.Covariance))
	r.set("criterion", "Fitted by", map[bool]string{true: "ML", false: "REML"}[c.ML])
	r.set("df_method", "Degrees of freedom", df)
	r.set("vcov", "Covariance of estimates", vcov)
	r.set("level", "Confidence level", c.Level)
	r.set("subjects", "Subjects", fit.Subjects)
	r.set("rows", "Rows used", fit.Rows)
	r.set("rows_left_out", "Rows left out", model.Dropped)
	r.set("rank", "Rank of the design", fit.Rank)
	r.set("parameters", "Parameters of the covariance", fit.Parameters)
	r.set("loglik", "Log likelihood", fit.LogLik)
	r.set("aic", "AIC", fit.AIC)
	r.set("bic", "BIC", fit.BIC)
	r.set("steps", "Steps", fit.Steps)
}

// addCovariance adds the estimated covariance of each group, and the correlations.
func addCovariance(r *statsResult, model *design.Model, fit *mmrm.Fit) {
	for g, sigma := range fit.Sigma {
		key, of := "covariance_matrix", ""
		if fit.Groups != nil {
			of = " of " + model.Groups[fit.Groups[g]]
			key = fmt.Sprintf("covariance_matrix_%d", g+1)
		}
		if fit.Visits == nil {
			r.table(key, "Covariance"+of, []statsColumn{{"variance", "Variance", asNumber}, {"correlation", "Correlation at distance 1", asNumber}}, [][]any{{sigma[0], sigma[1]}})
			continue
		}
		columns := []statsColumn{{"visit", "Visit", asNumber}}
		var rows [][]any
		s := len(fit.Visits)
		for i, v := range fit.Visits {
			columns = append(columns, statsColumn{model.Visits[v], model.Visits[v], asNumber})
			row := []any{model.Visits[v]}
			for j := range s {
				row = append(row, sigma[i*s+j])
			}
			rows = append(rows, row)
		}
		r.table(key, "Covariance between visits"+of, columns, rows)
	}
}

// addResiduals lists fitted values and marginal residuals by the place of the row.
func addResiduals(r *statsResult, model *design.Model, fit *mmrm.Fit) error {
	fitted, err := fit.Fitted()
	if err != nil {
		return err
	}
	var residuals [3][]float64
	for i, kind := range []mmrm.ResidualKind{mmrm.Raw, mmrm.Pearson, mmrm.Normalized} {
		if residuals[i], err = fit.Residuals(kind); err != nil {
			return err
		}
	}
	rows := make([][]any, len(fitted))
	for i := range rows {
		rows[i] = []any{model.Place(i), model.Y[i], fitted[i], residuals[0][i], residuals[1][i], residuals[2][i]}
	}
	r.table("residuals", "Residuals", []statsColumn{{"row", "Row", asNumber}, {"response", model.Response, asNumber}, {"fitted", "Fitted", asNumber}, {"raw", "Raw", asNumber}, {"pearson", "Pearson", asNumber}, {"normalized", "Normalised", asNumber}}, rows)
	return nil
}
