package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"varde/bilingual"
	"varde/protocol"
)

// What the plan asks besides its models: whether the answer hangs on a site, on what
// people believed, on what is missing, and whether it differs between subgroups. Each
// is the main estimand's own model on other data, so that nothing else changes.

// OrderedTest is one step of the plan's testing order (fixed sequence): an endpoint is
// tested at the plan's full alpha for as long as every one before it was significant
// (Maurer, Hothorn and Lehmacher 1995).
type OrderedTest struct {
	Endpoint string  `json:"endpoint"`
	Model    string  `json:"model"`
	P        float64 `json:"p"`
	Alpha    float64 `json:"alpha"`
	State    string  `json:"state"` // "significant", "not-significant", "not-tested" (one before it was not), "no-result"
}

// SensitivityResult is one sensitivity analysis of the plan.
type SensitivityResult struct {
	ID     string         `json:"id"`
	Text   bilingual.Text `json:"text"`
	Method string         `json:"method"`
	State  string         `json:"state"` // as in PlannedResult
	Reason string         `json:"reason,omitempty"`
	Model  string         `json:"model,omitempty"`
	Lines  []Variant      `json:"lines,omitempty"`
}

// Variant is the main contrast with other data, or other assumptions.
type Variant struct {
	Level    string         `json:"level"` // a site, a guess, a shift
	Text     bilingual.Text `json:"text,omitzero"`
	Contrast *ModelContrast `json:"contrast,omitempty"`
	Why      string         `json:"why,omitempty"` // there is none
}

// SubgroupResult is the main contrast within each level of a subgroup.
type SubgroupResult struct {
	ID          string         `json:"id"`
	Text        bilingual.Text `json:"text"`
	State       string         `json:"state"`
	Reason      string         `json:"reason,omitempty"`
	Model       string         `json:"model,omitempty"`
	Levels      []Variant      `json:"levels,omitempty"`
	Interaction *float64       `json:"interactionP,omitempty"` // of arm by subgroup, analysis of covariance at the main visit
}

// mainModel answers the model of an endpoint's main estimand: the first that the plan
// names for it.
func (r *run) mainModel(endpoint string) (protocol.Model, protocol.Estimand, *protocol.Endpoint, bool) {
	plan := r.plan.p.Analysis
	for _, est := range plan.Estimands {
		if est.Endpoint != endpoint || !est.Main && slices.ContainsFunc(plan.Estimands, func(x protocol.Estimand) bool { return x.Endpoint == endpoint && x.Main }) {
			continue
		}
		for _, m := range plan.Models {
			if m.Estimand == est.ID && m.Responder == "" {
				return m, est, r.endpointOf(endpoint), true
			}
		}
	}
	return protocol.Model{}, protocol.Estimand{}, nil, false
}

// primaryModel answers the main model of the plan's first primary endpoint.
func (r *run) primaryModel() (protocol.Model, protocol.Estimand, *protocol.Endpoint, bool) {
	for _, e := range r.plan.p.Analysis.Endpoints {
		if e.Role == "primary" {
			return r.mainModel(e.ID)
		}
	}
	return protocol.Model{}, protocol.Estimand{}, nil, false
}

func (r *run) order(planned []PlannedResult) []OrderedTest {
	var out []OrderedTest
	if r.control < 0 {
		return nil
	}
	open := true
	for _, endpoint := range r.plan.p.Analysis.Order {
		m, _, _, ok := r.mainModel(endpoint)
		t := OrderedTest{Endpoint: endpoint, Model: m.ID, Alpha: r.plan.p.Analysis.Alpha, State: "no-result"}
		i := slices.IndexFunc(planned, func(p PlannedResult) bool { return ok && p.Model == m.ID && p.State == "run" })
		if i >= 0 {
			if c := planned[i].main(); c != nil && c.Test.SE > 0 {
				t.P = c.Test.P
				switch {
				case !open:
					t.State = "not-tested"
				case t.P <= t.Alpha:
					t.State = "significant"
				default:
					t.State = "not-significant"
				}
			}
		}
		open = open && t.State == "significant"
		out = append(out, t)
	}
	return out
}

// main answers the first contrast at the endpoint's main visit.
func (m ModelResult) main() *ModelContrast {
	for i := range m.Contrasts {
		if m.Contrasts[i].Main {
			return &m.Contrasts[i]
		}
	}
	return nil
}

// again runs the main model on some of its rows.
func again(with Estimator, d ModelData, keep func(ModelRow) bool) (*ModelContrast, string) {
	d.Rows = slices.DeleteFunc(slices.Clone(d.Rows), func(x ModelRow) bool { return !keep(x) })
	if len(d.Rows) == 0 {
		return nil, "no values"
	}
	out, err := with.Estimate(d)
	if err != nil {
		return nil, err.Error()
	}
	c := out.main()
	if c == nil {
		return nil, "an arm or the main visit has no values"
	}
	return c, ""
}

// primaryAgain is what the sensitivity and subgroup analyses share: the main model of
// the primary endpoint with its data. State is "run", or why nothing can be: "blinded",
// "not-run", or "failed" with a reason.
type primaryAgain struct {
	with          Estimator
	data          ModelData
	model         string
	state, reason string
}

func (r *run) primaryAgain(estimators []Estimator) primaryAgain {
	m, est, e, ok := r.primaryModel()
	p := primaryAgain{model: m.ID, state: "run"}
	with := slices.IndexFunc(estimators, func(x Estimator) bool { return x.Method() == m.Method })
	switch {
	case r.pooling == Blinded || e != nil && r.hides(formOf(e.Score)):
		p.state = "blinded"
	case !ok || e == nil || with < 0:
		p.state = "not-run"
	case r.control < 0:
		p.state, p.reason = "failed", "there are no arms to compare"
	default:
		p.with, p.data = estimators[with], r.modelData(m, est, *e)
	}
	return p
}

func (r *run) sensitivity(primary primaryAgain) []SensitivityResult {
	var out []SensitivityResult
	for _, s := range r.plan.p.Analysis.Sensitivity {
		res := SensitivityResult{ID: s.ID, Text: s.Text, Method: s.Method, Model: primary.model, State: primary.state, Reason: primary.reason}
		if res.State == "run" {
			switch s.Method {
			case "site-excluded":
				res.Lines = withoutSites(primary.with, primary.data)
			case "by-guess":
				res.Lines = r.byGuess(primary.with, primary.data)
			case "reference-based":
				res.take(r.referenceBased(primary.data))
			case "tipping-point":
				res.take(r.tippingPoint(primary.data))
			default:
				res.State = "not-run"
			}
		}
		out = append(out, res)
	}
	return out
}

// take writes lines, or why there are none.
func (s *SensitivityResult) take(lines []Variant, err error) {
	if s.Lines = lines; err != nil {
		s.State, s.Reason = "failed", err.Error()
	}
}

func withoutSites(with Estimator, d ModelData) []Variant {
	sites := map[string]bool{}
	for _, x := range d.Rows {
		sites[x.Site] = true
	}
	var out []Variant
	for _, site := range slices.Sorted(maps.Keys(sites)) {
		c, why := again(with, d, func(x ModelRow) bool { return x.Site != site })
		out = append(out, Variant{Level: site, Contrast: c, Why: why})
	}
	return out
}

// byGuess splits by the participant's last guess.
func (r *run) byGuess(with Estimator, d ModelData) []Variant {
	guess := map[string]string{}
	for _, x := range r.entered {
		if g, ok := r.guessOf(x, "participant"); ok {
			guess[x.ID] = g
		}
	}
	levels := map[string]bool{}
	for _, x := range d.Rows {
		levels[guess[x.Subject]] = true
	}
	var out []Variant
	for _, level := range slices.Sorted(maps.Keys(levels)) {
		c, why := again(with, d, func(x ModelRow) bool { return guess[x.Subject] == level })
		text := bilingual.Text{EN: "No guess recorded", NB: "Ingen gjetning ført"}
		if level != "" {
			text = r.answerText(level)
		}
		out = append(out, Variant{Level: level, Text: text, Contrast: c, Why: why})
	}
	return out
}

func (r *run) subgroups(primary primaryAgain) []SubgroupResult {
	var out []SubgroupResult
	for _, s := range r.plan.p.Analysis.Subgroups {
		res := SubgroupResult{ID: s.ID, Text: s.Text, Model: primary.model, State: primary.state, Reason: primary.reason}
		if res.State == "run" {
			r.within(&res, primary.with, primary.data, s.ID)
		}
		out = append(out, res)
	}
	return out
}

// within runs the model in each level. The subgroup's own term is constant there, and
// the model leaves it out.
func (r *run) within(res *SubgroupResult, with Estimator, d ModelData, subgroup string) {
	level := func(x ModelRow) (string, bool) {
		v, known := x.Factor(subgroup)
		if b, ok := v.(bool); ok && known {
			return map[bool]string{true: "yes", false: "no"}[b], true
		}
		return fmt.Sprint(v), known
	}
	levels := map[string]bool{}
	for _, x := range d.Rows {
		if l, ok := level(x); ok {
			levels[l] = true
		}
	}
	if len(levels) > mostLevels {
		res.State, res.Reason = "failed", fmt.Sprintf("the subgroup has %d values; it should have few", len(levels))
		return
	}
	for _, l := range slices.SortedFunc(maps.Keys(levels), func(a, b string) int { return cmp.Compare(b, a) }) {
		c, why := again(with, d, func(x ModelRow) bool { is, ok := level(x); return ok && is == l })
		res.Levels = append(res.Levels, Variant{Level: l, Text: r.levelText(subgroup, l), Contrast: c, Why: why})
	}
	if p, ok := interaction(d, subgroup); ok {
		res.Interaction = &p
	}
}

// levelText names a level: yes or no, or the answer of the item that the subgroup is.
func (r *run) levelText(subgroup, level string) bilingual.Text {
	if t, ok := levelTexts[level]; ok {
		return t
	}
	ref := subgroup
	for _, s := range r.plan.p.Analysis.Subgroups {
		if s.ID == subgroup {
			ref = s.Expr
		}
	}
	parts := strings.Split(ref, ".")
	if len(parts) < 2 {
		return bilingual.Text{}
	}
	form, ok := r.plan.form(parts[len(parts)-2])
	if !ok {
		return bilingual.Text{}
	}
	item, ok := form.Item(parts[len(parts)-1])
	if !ok {
		return bilingual.Text{}
	}
	for _, o := range form.OptionsOf(item) {
		if o.Value.Text() == level {
			return o.Text
		}
	}
	return bilingual.Text{}
}

const mostLevels = 12

var levelTexts = map[string]bilingual.Text{"yes": {EN: "Yes", NB: "Ja"}, "no": {EN: "No", NB: "Nei"}}
