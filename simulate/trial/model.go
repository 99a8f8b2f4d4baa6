package trial

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"varde/analysis"
	"varde/protocol"
	"varde/stats/mmrm"
)

// model is a mixed model of the plan, on the design that package analysis builds: an
// intercept, the arm, the visit, arm by visit, the baseline, the site (small ones
// pooled), and further factors as main effects. Other designs are left to the full
// speed, and the reader is told so.
type model struct {
	spec     protocol.Model
	estimand protocol.Estimand
	endpoint protocol.Endpoint
	chain    []mmrm.Options
	how      mmrm.Inference
	level    float64
	visits   []int // of the endpoint, in the outcome's visits
	main     int   // in visits
	follower *protocol.SimFollower
	decimals int
	cross    bool // arm by visit
	arm      bool
	visit    bool
	baseline bool
	site     bool
	factors  []int
	columns  int // at most
	// same is another model whose rows are these whenever nothing was left out by a
	// hypothetical strategy; -1 = none.
	same   int
	isMain bool
}

// makeModels takes the mixed models of the plan; the first of the primary endpoint's
// main estimand is the main one. A model that cannot be drawn here is named in Left.
func (d *Design) makeModels(s *Source) error {
	if d.active < 0 {
		return nil
	}
	primary := primaryOf(d.def)
	if primary == nil {
		return nil
	}
	mainID := mainModel(d.def, primary.ID)
	for _, spec := range d.def.Analysis.Models {
		if spec.Method != "mmrm" {
			continue
		}
		m, err := d.makeModel(s, spec)
		if err != nil {
			if spec.ID == mainID {
				return fmt.Errorf("model %s: %w", spec.ID, err)
			}
			continue // a supportive model on values that are not drawn at this speed
		}
		m.isMain = spec.ID == mainID
		if m.isMain {
			d.models = slices.Insert(d.models, 0, m)
		} else {
			d.models = append(d.models, m)
		}
	}
	if len(d.models) == 0 || !d.models[0].isMain {
		d.models = nil
		return nil
	}
	for i := range d.models {
		d.models[i].same = -1
		for j := range i {
			if a, b := &d.models[i], &d.models[j]; a.endpoint.ID == b.endpoint.ID && a.estimand.Population == b.estimand.Population && sameFit(a.spec, b.spec) {
				d.models[i].same = j
				break
			}
		}
	}
	m := &d.models[0]
	d.Main, d.True = m.spec.ID, d.truth(m.estimand, m.visits[m.main])
	return nil
}

func sameFit(a, b protocol.Model) bool {
	return slices.Equal(a.Fixed, b.Fixed) && slices.Equal(a.Covariance, b.Covariance) && a.Estimation == b.Estimation && a.Freedom == b.Freedom && a.PoolSites == b.PoolSites
}

// mainModel answers the first model of an endpoint's main estimand, as the analysis
// chooses it.
func mainModel(def *protocol.Definition, endpoint string) string {
	plan := def.Analysis
	for _, est := range plan.Estimands {
		if est.Endpoint != endpoint || !est.Main && slices.ContainsFunc(plan.Estimands, func(x protocol.Estimand) bool { return x.Endpoint == endpoint && x.Main }) {
			continue
		}
		for _, m := range plan.Models {
			if m.Estimand == est.ID {
				return m.ID
			}
		}
	}
	return ""
}

func (d *Design) makeModel(s *Source, spec protocol.Model) (model, error) {
	m := model{spec: spec, level: 1 - d.alpha, same: -1}
	plan := d.def.Analysis
	if i := slices.IndexFunc(plan.Estimands, func(e protocol.Estimand) bool { return e.ID == spec.Estimand }); i >= 0 {
		m.estimand = plan.Estimands[i]
	}
	i := slices.IndexFunc(plan.Endpoints, func(e protocol.Endpoint) bool { return e.ID == m.estimand.Endpoint })
	if i < 0 {
		return m, fmt.Errorf("its estimand %q names no endpoint", spec.Estimand)
	}
	m.endpoint = plan.Endpoints[i]
	if err := m.locate(s, d); err != nil {
		return m, err
	}
	df, ok := analysis.Freedoms[spec.Freedom]
	if !ok {
		return m, fmt.Errorf("no degrees of freedom are called %q", spec.Freedom)
	}
	m.how = mmrm.Inference{DF: df, Level: m.level}
	chain := spec.Covariance
	if len(chain) == 0 {
		chain = []string{"unstructured"}
	}
	for _, name := range chain {
		c, ok := analysis.Covariances[name]
		if !ok {
			return m, fmt.Errorf("no covariance is called %q", name)
		}
		m.chain = append(m.chain, mmrm.Options{Covariance: c, ML: spec.Estimation == "ml"})
	}
	return m, m.terms(s, d)
}

// locate finds the endpoint's values among those that are drawn.
func (m *model) locate(s *Source, d *Design) error {
	o := d.outcome.spec
	if m.endpoint.Score != o.Score {
		i := slices.IndexFunc(d.def.Simulation.Followers, func(f protocol.SimFollower) bool { return f.Score == m.endpoint.Score && f.Follows == o.Score })
		if i < 0 {
			return fmt.Errorf("%s is neither the simulated outcome %s nor a score that follows it", m.endpoint.Score, o.Score)
		}
		m.follower, m.decimals = &d.def.Simulation.Followers[i], s.drawing.Decimals(m.endpoint.Score)
	}
	if m.endpoint.Baseline != o.Visits[0] {
		return fmt.Errorf("the baseline %s is not that of the simulated outcome, %s", m.endpoint.Baseline, o.Visits[0])
	}
	m.main = -1
	for i, v := range m.endpoint.Visits {
		k := slices.Index(o.Visits, v)
		if k < 1 {
			return fmt.Errorf("the simulated outcome has no value at %s", v)
		}
		m.visits = append(m.visits, k)
		if v == m.endpoint.At {
			m.main = i
		}
	}
	if m.main < 0 {
		return fmt.Errorf("the main visit %s is not among those of the endpoint", m.endpoint.At)
	}
	return nil
}

// terms reads the fixed effects.
func (m *model) terms(s *Source, d *Design) error {
	m.columns = 1
	for _, term := range m.spec.Fixed {
		parts := strings.Split(term, "*")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		switch {
		case len(parts) == 2 && slices.Contains(parts, "arm") && slices.Contains(parts, "visit"):
			m.cross, m.arm, m.visit = true, true, true
		case len(parts) > 1:
			return fmt.Errorf("the term %s is not drawn at the outcome speed: use --speed full", term)
		case term == "arm":
			m.arm = true
		case term == "visit":
			m.visit = true
		case term == "baseline":
			m.baseline = true
		case term == "site":
			m.site = true
		default:
			k, err := d.people.add(s, d, term, expressionOf(d.def, term))
			if err != nil {
				return err
			}
			if !slices.Contains(m.factors, k) {
				m.factors = append(m.factors, k)
			}
			m.columns += max(1, len(d.people.factors[k].levels))
		}
	}
	if !m.arm || !m.visit && len(m.visits) > 1 {
		return fmt.Errorf("the fixed effects name no arm, or no visit: write fixed: [arm, visit, arm*visit, baseline]")
	}
	m.columns += len(d.arms) * len(m.visits)
	if m.baseline {
		m.columns++
	}
	if m.site {
		m.columns += len(d.sites)
	}
	return nil
}

// value answers the endpoint's value of a participant at a visit of the outcome.
func (w *Worker) value(m *model, i, v int) float64 {
	k := w.d.outcome.visits
	x := w.y[i*k+v]
	f := m.follower
	if f == nil {
		return x
	}
	e := f.Intercept + f.Slope*x + f.SD*w.noise[i*k+v]
	scale := math.Pow10(m.decimals)
	return math.Round(min(max(e, f.Min), f.Max)*scale) / scale
}
