package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/stats/design"
	"varde/stats/mmrm"
)

// MixedModel runs the plan's mixed models for repeated measures: each covariance of the
// plan's chain is tried in its order until one can be fitted, and the result says which
// was. Adjusted means are over the distribution of the other factors as observed, with
// covariates at their mean (SAS: OBSMARGINS).
type MixedModel struct{}

// Method is "mmrm".
func (MixedModel) Method() string { return "mmrm" }

// Covariances and Freedoms are the words of a plan for what a mixed model is fitted with.
var Covariances = map[string]mmrm.Covariance{
	"unstructured": mmrm.Unstructured, "toeplitz": mmrm.Toeplitz, "heterogeneous-toeplitz": mmrm.HeterogeneousToeplitz,
	"ar1": mmrm.Autoregressive, "heterogeneous-ar1": mmrm.HeterogeneousAutoregressive,
	"compound-symmetry": mmrm.CompoundSymmetry, "heterogeneous-compound-symmetry": mmrm.HeterogeneousSymmetry,
	"ante-dependence": mmrm.AnteDependence, "heterogeneous-ante-dependence": mmrm.HeterogeneousAnteDependence,
}

var Freedoms = map[string]mmrm.DF{
	"": mmrm.KenwardRoger, "kenward-roger": mmrm.KenwardRoger, "kenward-roger-linear": mmrm.KenwardRoger, "satterthwaite": mmrm.Satterthwaite,
	"between-within": mmrm.BetweenWithin, "residual": mmrm.Residual,
}

// Estimate implements Estimator.
func (MixedModel) Estimate(d ModelData) (ModelResult, error) {
	f, err := fitMixed(d)
	if err != nil {
		return ModelResult{Steps: f.steps}, err
	}
	return f.result(d)
}

// mixedFit is a fitted model with its design.
type mixedFit struct {
	fit   *mmrm.Fit
	model *design.Model
	how   mmrm.Inference
	name  string // the covariance, in the plan's words
	steps []string
}

// fitMixed fits the first covariance of the chain that can be.
func fitMixed(d ModelData) (mixedFit, error) {
	var out mixedFit
	df, ok := Freedoms[d.Model.Freedom]
	if !ok {
		return out, fmt.Errorf("no degrees of freedom are called %q", d.Model.Freedom)
	}
	ml := d.Model.Estimation == "ml"
	if ml && df == mmrm.KenwardRoger {
		return out, errors.New("the method of Kenward and Roger needs estimation: reml; take satterthwaite with ml")
	}
	out.how = mmrm.Inference{DF: df, Level: d.level()}
	t, err := tableOf(d, d.Rows)
	if err != nil {
		return out, err
	}
	chain := d.Model.Covariance
	if len(chain) == 0 {
		chain = []string{"unstructured"}
	}
	for _, name := range chain {
		covariance, ok := Covariances[name]
		if !ok {
			return out, fmt.Errorf("no covariance is called %q", name)
		}
		m, err := t.model(string(covariance))
		out.steps = t.steps
		if err != nil {
			return out, err // it would be the same with any other covariance
		}
		fit, err := mmrm.New(mmrm.Input{X: m.X, P: len(m.Names), Names: m.Names, Y: m.Y, Subject: m.Subject, Visit: m.Visit, Subjects: m.Subjects, Visits: m.Visits},
			mmrm.Options{Covariance: covariance, ML: ml})
		if err != nil {
			t.step("%s: %v", name, err)
			out.steps = t.steps
			continue
		}
		out.fit, out.model, out.name = fit, m, name
		out.steps = append(slices.Clone(t.steps), fit.Notes...)
		return out, nil
	}
	return out, errors.New("none of the plan's covariances could be fitted to these data")
}

func (d ModelData) level() float64 {
	if d.Alpha <= 0 || d.Alpha >= 1 {
		return Level
	}
	return 1 - d.Alpha
}

func (f mixedFit) result(d ModelData) (ModelResult, error) {
	out := ModelResult{Steps: f.steps, Covariance: f.name, Freedom: string(f.how.DF), Subjects: f.fit.Subjects, Observations: f.fit.Rows}
	means, differences, err := contrastsOf(f.model, d)
	if err != nil {
		return out, err
	}
	estimate := func(l []float64) (fitted, error) {
		e, err := f.fit.Contrast(l, f.how)
		return fitted{e.Estimate, e.SE, e.DF, e.T, e.P, e.Lower, e.Upper}, err
	}
	if err := out.fill(d, f.model, means, differences, estimate); err != nil {
		return out, err
	}
	for i := range out.Contrasts {
		c := &out.Contrasts[i]
		if v := f.sdAt(c.Visit); v > 0 && c.Estimate.Value != nil && c.Control != "" {
			x := *c.Estimate.Value / v
			c.Standardised = &x
		}
	}
	return out, nil
}

// sdAt answers the model's standard deviation at a visit, 0 when it has none.
func (f mixedFit) sdAt(visit string) float64 {
	s := len(f.fit.Visits)
	for k, code := range f.fit.Visits {
		if code < len(f.model.Visits) && f.model.Visits[code] == visit && len(f.fit.Sigma) == 1 {
			return math.Sqrt(f.fit.Sigma[0][k*s+k])
		}
	}
	return 0
}
