package analysis

import (
	"slices"

	"varde/bilingual"
	"varde/protocol"
	"varde/stats/summary"
)

// Estimator runs the models of one method of the plan, such as "mmrm". It gets
// the data of one model and answers its contrasts; an error says why there are
// none, in a sentence for a statistician.
type Estimator interface {
	Method() string
	Estimate(ModelData) (ModelResult, error)
}

// ModelData is what one model of the plan is run on: one row for each member of
// the estimand's population and each visit of the endpoint with a value.
type ModelData struct {
	Model    protocol.Model
	Estimand protocol.Estimand
	Endpoint protocol.Endpoint
	Alpha    float64
	Groups   []Group
	Control  int // index in Groups, -1 when there is one group and nothing to compare
	Rows     []ModelRow

	unanswered int // of a model of shares: people without an answer
}

// ModelRow is one participant at one visit after baseline. Value is a covariate
// or factor by its name in the plan ("dissociative", ...), as expressions see it.
type ModelRow struct {
	Subject, Site string
	Group         int
	Visit         int // in Endpoint.Visits
	Baseline      float64
	Outcome       float64
	Change        float64
	Factor        func(ref string) (any, bool) // value of "form.item", or a subgroup by id
}

// ModelResult is what a model says.
type ModelResult struct {
	Contrasts    []ModelContrast `json:"contrasts,omitempty"`
	Means        []ModelMean     `json:"means,omitempty"`
	Covariance   string          `json:"covariance,omitempty"` // the one of the plan's chain that was fitted
	Freedom      string          `json:"df,omitempty"`         // how degrees of freedom were approximated
	Shares       bool            `json:"shares,omitempty"`     // estimates are shares and their differences
	Subjects     int             `json:"subjects,omitempty"`
	Observations int             `json:"observations,omitempty"`
	Steps        []string        `json:"steps,omitempty"` // what was done, such as fall-backs taken
}

// ModelContrast is an arm against the control at a visit; without a control the arm's
// own mean. Standardised is the difference in standard deviations of the model's
// residuals at the visit.
type ModelContrast struct {
	Arm          string   `json:"arm"`
	Control      string   `json:"control"`
	Visit        string   `json:"visit"`
	Main         bool     `json:"main,omitempty"` // the endpoint's main visit
	N            []int    `json:"n"`              // values of the arm, and of the control if there is one
	Estimate     Estimate `json:"estimate"`
	Test         Test     `json:"test,omitzero"`
	Standardised *float64 `json:"standardised,omitempty"`
}

// ModelMean is an adjusted mean of an arm at a visit.
type ModelMean struct {
	Arm      string   `json:"arm"`
	Visit    string   `json:"visit"`
	N        int      `json:"n"`
	Estimate Estimate `json:"estimate"`
	Test     Test     `json:"test,omitzero"`
}

// Test is a t test against 0, two-sided, with the degrees of freedom of the estimate;
// of shares it is the square root of Cochran, Mantel and Haenszel's, with none.
type Test struct {
	SE        float64 `json:"se"`
	Statistic float64 `json:"t"`
	P         float64 `json:"p"`
}

// PlannedResult is a model of the plan with its state.
type PlannedResult struct {
	Model    string         `json:"model"`
	Method   string         `json:"method"`
	Estimand string         `json:"estimand"`
	Text     bilingual.Text `json:"text"`
	Strategy string         `json:"strategy"`
	Main     bool           `json:"main,omitempty"`
	State    string         `json:"state"` // "run", "not-run" (no estimator of the method), "blinded", "failed"
	Reason   string         `json:"reason,omitempty"`
	ModelResult
}

func (r *run) planned(estimators []Estimator) []PlannedResult {
	out := []PlannedResult{}
	plan := r.plan.p.Analysis
	for _, m := range plan.Models {
		i := slices.IndexFunc(plan.Estimands, func(e protocol.Estimand) bool { return e.ID == m.Estimand })
		if i < 0 {
			continue
		}
		est := plan.Estimands[i]
		res := PlannedResult{Model: m.ID, Method: m.Method, Estimand: est.ID, Text: est.Text, Strategy: est.Strategy, Main: est.Main}
		e := r.endpointOf(est.Endpoint)
		with := slices.IndexFunc(estimators, func(x Estimator) bool { return x.Method() == m.Method })
		switch {
		case r.pooling == Blinded || e != nil && r.hides(formOf(e.Score)):
			res.State = "blinded"
		case with < 0 || e == nil:
			res.State = "not-run"
		default:
			d := r.modelData(m, est, *e)
			if m.Responder != "" {
				d = r.responderData(d)
			}
			answer, err := estimators[with].Estimate(d)
			res.State, res.ModelResult = "run", answer
			if err != nil {
				res.State, res.Reason, res.ModelResult = "failed", err.Error(), ModelResult{Steps: answer.Steps}
			}
		}
		out = append(out, res)
	}
	return out
}

func (r *run) modelData(m protocol.Model, est protocol.Estimand, e protocol.Endpoint) ModelData {
	d := ModelData{Model: m, Estimand: est, Endpoint: e, Alpha: r.plan.p.Analysis.Alpha, Groups: r.groups, Control: r.control}
	people, _ := r.population(est.Population)
	form := formOf(e.Score)
	for _, x := range people {
		base, ok := x.score(e.Baseline, e.Score)
		if !ok || x.group < 0 {
			continue
		}
		until := x.cutoff(est)
		for v, visit := range e.Visits {
			if !until.IsZero() && !x.measuredAt(visit, form).Before(until) {
				continue // as if it had not happened
			}
			if y, ok := x.score(visit, e.Score); ok {
				d.Rows = append(d.Rows, ModelRow{Subject: x.ID, Site: x.Site, Group: x.group, Visit: v, Baseline: base, Outcome: y, Change: y - base, Factor: r.factor(x)})
			}
		}
	}
	return d
}

func (r *run) factor(x *person) func(string) (any, bool) {
	return func(ref string) (any, bool) {
		for _, s := range r.plan.p.Analysis.Subgroups {
			if s.ID != ref {
				continue
			}
			if program := r.plan.program(s.Expr); program != nil {
				v, known, err := program.Eval(x)
				return v, known && err == nil
			}
		}
		return x.Var(ref)
	}
}

// Difference is the plain difference of mean change at the endpoint's main
// visit, of all values observed, whatever happened to treatment (Welch). With one
// group it is that group's mean change, and Control of the answer is "".
type Difference struct{}

// Method is "difference".
func (Difference) Method() string { return "difference" }

// Estimate implements Estimator. It serves estimands of treatment policy only:
// it has no way to leave values out or to reckon with those that are missing.
func (Difference) Estimate(d ModelData) (ModelResult, error) {
	var out ModelResult
	if d.Estimand.Strategy != "treatment-policy" {
		return out, errStrategy
	}
	at := slices.Index(d.Endpoint.Visits, d.Endpoint.At)
	samples := make([][]float64, len(d.Groups))
	for _, row := range d.Rows {
		if row.Visit != at {
			continue
		}
		y := row.Outcome
		if d.Endpoint.Change {
			y = row.Change
		}
		samples[row.Group] = append(samples[row.Group], y)
	}
	level := d.level()
	if d.Control < 0 {
		for g := range d.Groups {
			s := summary.Describe(samples[g])
			out.Contrasts = append(out.Contrasts, ModelContrast{Arm: d.Groups[g].ID, Visit: d.Endpoint.At, N: []int{s.N}, Estimate: estimate(summary.Mean(s, level))})
		}
		return out, nil
	}
	control := summary.Describe(samples[d.Control])
	for g := range d.Groups {
		if g == d.Control {
			continue
		}
		arm := summary.Describe(samples[g])
		out.Contrasts = append(out.Contrasts, ModelContrast{Arm: d.Groups[g].ID, Control: d.Groups[d.Control].ID, Visit: d.Endpoint.At,
			N: []int{arm.N, control.N}, Estimate: estimate(summary.Welch(arm, control, level))})
	}
	return out, nil
}

type planError string

func (e planError) Error() string { return string(e) }

const errStrategy = planError("the plain difference answers a treatment-policy estimand only: name another method in the plan")
