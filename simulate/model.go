package simulate

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
	"varde/instrument"
	"varde/protocol"
)

// model is the protocol's simulation section made ready to draw from. It never
// changes during a run.
type model struct {
	def       *protocol.Definition
	sim       *protocol.Simulation
	shares    map[string]float64 // arm -> share; of a study without arms: "all"
	control   map[string]bool
	courses   []*courseModel
	course    map[string]int // score -> index in courses
	followers map[string]*protocol.SimFollower
	variables map[string]*variable // by "form.item"
	forms     map[string]*formPlan
	days      map[string]float64 // nominal day of each visit, from referral
	firstDose float64
	critical  map[string]bool // forms that a decision rests on
	anchored  map[string]bool // visits that another visit counts from
	gates     map[string]bool // visits at which something is decided
	sessions  int             // dosing sessions that everybody is offered
	weekAfter int             // visits that ask the solicited list for the time after a session
	failures  []failure
}

// variable is a characteristic ready to draw.
type variable struct {
	spec   *protocol.SimVariable
	margin *margin
}

func newModel(def *protocol.Definition) (*model, error) {
	s := def.Simulation
	if s == nil {
		return nil, fmt.Errorf("simulate: protocol %s has no simulation section: add one, with sites, outcomes and rates", def.ID)
	}
	m := &model{def: def, sim: s, shares: map[string]float64{}, control: map[string]bool{}, course: map[string]int{},
		followers: map[string]*protocol.SimFollower{}, variables: map[string]*variable{}, forms: map[string]*formPlan{},
		days: map[string]float64{}, critical: map[string]bool{}, anchored: map[string]bool{}, gates: map[string]bool{}}
	m.arms()
	m.calendar()
	m.decisive()
	if err := m.outcomes(); err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	if err := m.baseline(); err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	for id, form := range def.Instruments {
		m.forms[id] = m.plan(form)
	}
	m.failures = findFailures(m)
	return m, nil
}

func (m *model) arms() {
	for _, a := range m.def.Arms {
		m.shares[a.ID] = 1
		if m.def.Allocation != nil {
			m.shares[a.ID] = float64(m.def.Allocation.Ratio[a.ID])
		}
		m.control[a.ID] = a.Control
	}
	if len(m.shares) == 0 {
		m.shares["all"] = 1
	}
}

// calendar reckons the day of every visit when all goes by plan.
func (m *model) calendar() {
	def := m.def
	gate := map[protocol.Milestone]string{}
	for _, g := range def.Eligibility.Gates {
		gate[g.Gives] = g.At
		m.gates[g.At] = true
	}
	if at, ok := gate[protocol.Enrolled]; ok {
		gate[protocol.Randomised] = at
	}
	under := map[string]bool{}
	var day func(id string) float64
	anchor := func(a string) float64 {
		if def.VisitIndex(a) >= 0 {
			return day(a)
		}
		if at, ok := gate[protocol.Milestone(a)]; ok {
			return day(at) + 2
		}
		if protocol.Milestone(a) == protocol.Consented {
			return 14
		}
		return 0
	}
	day = func(id string) float64 {
		if d, done := m.days[id]; done {
			return d
		}
		v, ok := def.Visit(id)
		if !ok || under[id] {
			return 0
		}
		under[id] = true
		m.days[id] = anchor(v.Anchor) + float64(v.Offset.Days())
		return m.days[id]
	}
	for i := range def.Visits {
		v := &def.Visits[i]
		d := day(v.ID)
		if def.VisitIndex(v.Anchor) >= 0 {
			m.anchored[v.Anchor] = true
		}
		solicited := def.Dosing != nil && slices.ContainsFunc(v.Forms, func(f protocol.FormUse) bool { return f.Form == def.Dosing.Solicited })
		switch {
		case v.Kind == protocol.Session:
			if m.firstDose == 0 || d < m.firstDose {
				m.firstDose = d
			}
			if !v.Optional {
				m.sessions++
			}
		case solicited && !v.Optional:
			m.weekAfter++
		}
	}
	m.sessions, m.weekAfter = max(m.sessions, 1), max(m.weekAfter, 1)
}

// decisive marks the forms that a criterion, check or stratum reads: virtual staff
// take care with these.
func (m *model) decisive() {
	mark := func(src string) {
		if p := m.def.Program(src); p != nil {
			for _, name := range p.Uses() {
				m.critical[formOf(name)] = true
			}
		}
	}
	for _, c := range m.def.Eligibility.Criteria {
		mark(c.Expr)
	}
	if m.def.Allocation != nil {
		for _, s := range m.def.Allocation.Strata {
			mark(s.Expr)
		}
	}
	if d := m.def.Dosing; d != nil {
		for _, list := range [][]protocol.Check{d.Checks, d.Checkpoint.Withhold, d.Discharge.Checks} {
			for _, c := range list {
				mark(c.Expr)
			}
		}
		m.critical[d.Solicited], m.critical[d.Discharge.Form] = true, true
	}
}

// formOf answers the form of a variable "form.item" or "visit.form.item".
func formOf(name string) string {
	part := strings.Split(name, ".")
	if len(part) == 3 {
		return part[1]
	}
	return part[0]
}

func (m *model) outcomes() error {
	for i := range m.sim.Outcomes {
		o := &m.sim.Outcomes[i]
		days := make([]float64, len(o.Visits))
		for k, v := range o.Visits {
			days[k] = m.days[v]
		}
		c, err := newCourse(o, m.shares, days, m.decimalsOf(o.Score), m.allowed(o.Score))
		if err != nil {
			return err
		}
		m.course[o.Score] = len(m.courses)
		m.courses = append(m.courses, c)
	}
	for i := range m.sim.Followers {
		f := &m.sim.Followers[i]
		if _, ok := m.course[f.Follows]; !ok {
			return fmt.Errorf("simulation.followers %s follows %s, which is no outcome", f.Score, f.Follows)
		}
		m.followers[f.Score] = f
	}
	return nil
}

// decimalsOf answers how finely a score's items are entered.
func (m *model) decimalsOf(score string) int {
	form, id, _ := strings.Cut(score, ".")
	c, ok := m.def.Form(form)
	if !ok {
		return 0
	}
	s, ok := c.ScoreOf(id)
	if !ok {
		return 0
	}
	decimals := 0
	for _, i := range itemsOf(c, s.Items) {
		if c.Items[i].Type == instrument.Decimal {
			decimals = max(decimals, c.Items[i].Decimals)
		}
	}
	return min(decimals, 2)
}

// allowed answers which baseline values no criterion of a gate refuses, by trying
// the criteria.
func (m *model) allowed(score string) func(float64) bool {
	var list []protocol.Criterion
	for _, c := range m.def.Eligibility.Criteria {
		if p := m.def.Program(c.Expr); p != nil && slices.ContainsFunc(p.Uses(), func(name string) bool { return isScore(name, score) }) {
			list = append(list, c)
		}
	}
	return func(x float64) bool {
		for _, c := range list {
			if t, err := m.def.Program(c.Expr).Test(onlyScore{score, x}); err == nil && t != expr.Unknown && (t == expr.True) == (c.Kind == "exclusion") {
				return false
			}
		}
		return true
	}
}

// isScore says that a variable is the score, at whatever visit.
func isScore(name, score string) bool { return name == score || strings.HasSuffix(name, "."+score) }

// onlyScore knows one score, whatever the visit.
type onlyScore struct {
	score string
	value float64
}

func (v onlyScore) Var(name string) (any, bool) { return v.value, isScore(name, v.score) }

func (m *model) baseline() error {
	for i := range m.sim.Baseline {
		s := &m.sim.Baseline[i]
		v := &variable{spec: s}
		if len(s.Rates) == 0 {
			low, high := s.Min, s.Max
			if low == 0 && high == 0 {
				low, high = round(s.Mean-4*s.SD, s.Decimals), round(s.Mean+4*s.SD, s.Decimals)
			}
			g, err := newMargin(grid(low, high, s.Decimals), s.Mean, s.SD)
			if err != nil {
				return fmt.Errorf("simulation.baseline %s: %w", s.Value, err)
			}
			v.margin = &g
		}
		m.variables[s.Value] = v
	}
	return nil
}

// rate answers an arm's share in a table; an arm that has none has 0.
func (m *model) rate(rates map[string]float64, arm string) float64 { return rates[arm] }

// dropout answers the shares that leave before each visit after baseline.
func (m *model) dropout(arm string) []float64 {
	for i := range m.sim.Dropout {
		if m.sim.Dropout[i].Arm == arm {
			return m.sim.Dropout[i].Before
		}
	}
	return nil
}

// outcomeVisit answers the place of a visit among those of the first outcome, or -1.
func (m *model) outcomeVisit(id string) int {
	if len(m.sim.Outcomes) == 0 {
		return -1
	}
	return slices.Index(m.sim.Outcomes[0].Visits, id)
}

// sessionForm answers the form of the session's timetable of that id, nil if there is none.
func (m *model) sessionForm(id string) *protocol.SessionForm {
	if m.def.Dosing == nil {
		return nil
	}
	for i := range m.def.Dosing.Forms {
		if f := &m.def.Dosing.Forms[i]; f.ID == id {
			return f
		}
	}
	return nil
}
