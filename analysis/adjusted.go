package analysis

import (
	"errors"
	"slices"

	"varde/stats/ancova"
	"varde/stats/design"
)

// What the models that adjust have in common: least-squares means of the arms by visit,
// and differences from the control.

// fitted is an estimate of any of them.
type fitted struct{ estimate, se, df, t, p, lower, upper float64 }

// told refuses what is no number: a result holds none.
func (e fitted) told() (Estimate, Test, error) {
	for _, x := range []float64{e.estimate, e.se, e.df, e.t, e.p, e.lower, e.upper} {
		if !finite(x) {
			return Estimate{}, Test{}, errors.New("the estimate is not finite: the values have no spread, or too little for the model")
		}
	}
	return Estimate{Value: &e.estimate, Lower: &e.lower, Upper: &e.upper, Freedom: e.df}, Test{SE: e.se, Statistic: e.t, P: e.p}, nil
}

// contrastsOf answers the rows of means by arm and visit, and of differences from the
// control, of a design in which any of the two may be constant.
func contrastsOf(m *design.Model, d ModelData) (means []design.Mean, differences []design.Contrast, err error) {
	var over []string
	for _, f := range []string{columnArm, columnVisit} {
		if hasFactor(m, f) {
			over = append(over, f)
		}
	}
	if means, err = m.Means(over, design.MeanOptions{Weights: design.Proportional}); err != nil {
		return nil, nil, err
	}
	if d.Control < 0 || !hasFactor(m, columnArm) {
		return means, nil, nil
	}
	within := ""
	if hasFactor(m, columnVisit) {
		within = columnVisit
	}
	differences, err = m.Differences(means, within, columnArm)
	return means, differences, err
}

// hasFactor says that a term of the model is made of the factor.
func hasFactor(m *design.Model, name string) bool {
	return slices.ContainsFunc(m.Terms, func(t design.Term) bool { return t.Name == name })
}

// fill writes means and contrasts. Without a control the contrasts are the means.
func (r *ModelResult) fill(d ModelData, m *design.Model, means []design.Mean, differences []design.Contrast, estimate func([]float64) (fitted, error)) error {
	n := d.counts(m)
	levelOf := func(levels map[string]string, factor, otherwise string) string {
		if x, ok := levels[factor]; ok {
			return x
		}
		return otherwise
	}
	onlyVisit, onlyArm := d.onlyVisit(m), ""
	if len(d.Groups) == 1 {
		onlyArm = d.Groups[0].ID
	}
	for _, x := range means {
		e, err := estimate(x.L)
		if err != nil {
			return err
		}
		mean := ModelMean{Arm: levelOf(x.Levels, columnArm, onlyArm), Visit: levelOf(x.Levels, columnVisit, onlyVisit)}
		mean.N = n[[2]string{mean.Arm, mean.Visit}]
		if mean.Estimate, mean.Test, err = e.told(); err != nil {
			return err
		}
		r.Means = append(r.Means, mean)
		if d.Control < 0 {
			r.Contrasts = append(r.Contrasts, ModelContrast{Arm: mean.Arm, Visit: mean.Visit, N: []int{mean.N}, Estimate: mean.Estimate, Test: mean.Test, Main: mean.Visit == d.Endpoint.At})
		}
	}
	for _, x := range differences {
		e, err := estimate(x.L)
		if err != nil {
			return err
		}
		c := ModelContrast{Arm: x.Level, Control: x.Reference, Visit: levelOf(x.Within, columnVisit, onlyVisit)}
		c.N = []int{n[[2]string{c.Arm, c.Visit}], n[[2]string{c.Control, c.Visit}]}
		if c.Estimate, c.Test, err = e.told(); err != nil {
			return err
		}
		c.Main = c.Visit == d.Endpoint.At
		r.Contrasts = append(r.Contrasts, c)
	}
	return nil
}

// counts answers how many values of each arm and visit are in the model.
func (d ModelData) counts(m *design.Model) map[[2]string]int {
	n := map[[2]string]int{}
	for _, i := range m.Rows {
		n[[2]string{d.Groups[d.Rows[i].Group].ID, d.Endpoint.Visits[d.Rows[i].Visit]}]++
	}
	return n
}

// onlyVisit is the visit of a model that has one, "" of one that has more.
func (d ModelData) onlyVisit(m *design.Model) string {
	visit := ""
	for _, i := range m.Rows {
		v := d.Endpoint.Visits[d.Rows[i].Visit]
		if visit != "" && v != visit {
			return ""
		}
		visit = v
	}
	return visit
}

// CovarianceAnalysis is the analysis of covariance at the endpoint's main visit, of the
// values observed there.
type CovarianceAnalysis struct{}

// Method is "ancova".
func (CovarianceAnalysis) Method() string { return "ancova" }

// Estimate implements Estimator.
func (CovarianceAnalysis) Estimate(d ModelData) (ModelResult, error) {
	at := slices.Index(d.Endpoint.Visits, d.Endpoint.At)
	d.Rows = slices.DeleteFunc(slices.Clone(d.Rows), func(r ModelRow) bool { return r.Visit != at })
	t, err := tableOf(d, d.Rows)
	if err != nil {
		return ModelResult{}, err
	}
	m, err := t.model("")
	if err != nil {
		return ModelResult{Steps: t.steps}, err
	}
	fit, err := ancova.New(ancova.Input{X: m.X, P: len(m.Names), Y: m.Y, Names: m.Names})
	if err != nil {
		return ModelResult{Steps: t.steps}, err
	}
	out := ModelResult{Steps: append(t.steps, fit.Notes...), Freedom: "residual", Subjects: fit.N, Observations: fit.N}
	means, differences, err := contrastsOf(m, d)
	if err != nil {
		return out, err
	}
	err = out.fill(d, m, means, differences, func(l []float64) (fitted, error) {
		e, err := fit.Contrast(l, ancova.Options{Level: d.level()})
		return fitted{e.Estimate, e.SE, e.DF, e.T, e.P, e.Lower, e.Upper}, err
	})
	for i := range out.Contrasts {
		c := &out.Contrasts[i]
		if c.Control != "" && c.Estimate.Value != nil && fit.Sigma > 0 {
			x := *c.Estimate.Value / fit.Sigma
			c.Standardised = &x
		}
	}
	return out, err
}
