package simulate

import (
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// asking is one form being filled in.
type asking struct {
	p     *person
	form  *instrument.Compiled
	visit string // "" for a log
	slot  string
	role  string // who fills it in
	at    time.Time
	given study.Values // what is answered already
}

// has answers a value given so far.
func (a *asking) has(id string) instrument.Value { return a.given[id] }

// generator draws one answer; the zero Value leaves the item out.
type generator func(a *asking, item *instrument.Item) instrument.Value

// formPlan is how one form is filled in.
type formPlan struct {
	form   *instrument.Compiled
	draw   []generator // by item
	scores []scorePlan
	exact  bool // an outcome, or what a decision rests on: nothing left out, no slips
}

// scorePlan is a score that the model draws, and the items it is divided over.
type scorePlan struct {
	name     string
	items    []int
	most     []int
	decimals int
}

func (m *model) plan(form *instrument.Compiled) *formPlan {
	f := &formPlan{form: form, draw: make([]generator, len(form.Items)), exact: m.critical[form.ID] || form.Kind == instrument.Interview}
	for i := range form.Items {
		item := &form.Items[i]
		name := form.ID + "." + item.ID
		switch {
		case m.variables[name] != nil:
			f.draw[i] = drawVariable(name, m.variables[name])
		case usual[name] != nil:
			f.draw[i] = usual[name]
		default:
			f.draw[i] = plain(item)
		}
	}
	if d := m.def.Dosing; d != nil && form.ID == d.Vitals.Form {
		for i := range form.Items {
			for k := range m.sim.Vitals {
				if m.sim.Vitals[k].Item == form.Items[i].ID {
					f.draw[i] = drawVital(k)
				}
			}
		}
	}
	for i := range form.Scores {
		s := &form.Scores[i]
		name := form.ID + "." + s.ID
		_, outcome := m.course[name]
		if (outcome || m.followers[name] != nil) && s.Method == instrument.Sum {
			f.scores = append(f.scores, m.scorePlan(form, name, s))
			f.exact = f.exact || outcome
		}
	}
	return f
}

func (m *model) scorePlan(form *instrument.Compiled, name string, s *instrument.Score) scorePlan {
	p := scorePlan{name: name, items: itemsOf(form, s.Items), decimals: m.decimalsOf(name)}
	for _, i := range p.items {
		most := 0.0
		if item := &form.Items[i]; item.Max != nil {
			most = *item.Max
		}
		for _, o := range form.OptionsOf(&form.Items[i]) {
			if x, ok := o.Value.Float(); ok {
				most = max(most, x)
			}
		}
		p.most = append(p.most, int(most))
	}
	return p
}

// itemsOf expands ids and ranges "a..b" to places in the form.
func itemsOf(form *instrument.Compiled, ids []string) []int {
	place := func(id string) int {
		for i := range form.Items {
			if form.Items[i].ID == id {
				return i
			}
		}
		return -1
	}
	var out []int
	for _, id := range ids {
		from, to, isRange := strings.Cut(id, "..")
		i, j := place(from), place(from)
		if isRange {
			j = place(to)
		}
		for ; i >= 0 && i <= j; i++ {
			out = append(out, i)
		}
	}
	return out
}

// fill draws the answers of a form. What is given in advance stays as it is.
func (p *person) fill(a *asking) study.Values {
	f := p.w.model.forms[a.form.ID]
	if a.given == nil {
		a.given = make(study.Values, len(a.form.Items))
	}
	for i := range f.scores {
		p.divide(a, f, &f.scores[i])
	}
	for id, v := range p.fate.answers(a.form.ID, a.visit) {
		a.given[id] = v
	}
	for i := range a.form.Items {
		item := &a.form.Items[i]
		if _, done := a.given[item.ID]; done {
			continue
		}
		if item.When != "" && !a.form.Asked(item.ID, a.given) {
			continue
		}
		if item.Identifying {
			if item.Required {
				a.given[item.ID] = instrument.AbsentValue("not-done")
			}
			continue
		}
		v := f.draw[i](a, item)
		if !f.exact && item.Required && a.form.Respondent == instrument.ByParticipant && p.rng.yes(p.w.model.sim.Imperfection.MissingItem) {
			continue
		}
		if v.Kind() != instrument.None {
			a.given[item.ID] = v
		}
	}
	if !f.exact {
		p.slip(a)
	}
	return a.given
}

// divide draws a modelled score and divides it over its items.
func (p *person) divide(a *asking, f *formPlan, s *scorePlan) {
	total := p.level(s.name, a.visit)
	if len(s.items) == 1 {
		a.given[a.form.Items[s.items[0]].ID] = instrument.NumberValue(round(total, s.decimals))
		return
	}
	weights := p.weightsOf(a.form, s)
	for try := 0; ; try++ {
		for k, n := range spread(p.rng, int(round(total, 0)), s.most, weights) {
			a.given[a.form.Items[s.items[k]].ID] = instrument.NumberValue(float64(n))
		}
		if a.form.ID != "caps5" || p.judge(a, total) || try >= 20 {
			return
		}
	}
}

// weightsOf answers which items are this person's: the same each time. Items that
// raise an alarm, such as thoughts of death, are rarer than the others.
func (p *person) weightsOf(form *instrument.Compiled, s *scorePlan) []float64 {
	if w := p.weights[s.name]; w != nil {
		return w
	}
	w := make([]float64, len(s.items))
	for k, i := range s.items {
		w[k] = 0.4 + p.rng.Float64()
		for _, alert := range form.Alerts {
			if strings.Contains(alert.When, form.Items[i].ID) {
				w[k] *= 0.12
			}
		}
	}
	p.weights[s.name] = w
	return w
}

// judge sets what the interviewer of the CAPS-5 judges besides the symptoms, so
// that the diagnosis follows the total: it is lost at about 22 points, where the
// published shares that lost it put it (71 % with a mean of 16, 48 % with 24).
// It is false when the symptoms as divided do not allow the diagnosis wanted.
func (p *person) judge(a *asking, total float64) bool {
	const lost = 22.5
	ill := total > lost+3*p.threshold || total >= 45
	if a.visit == p.w.model.baselineVisit() {
		ill = !p.fate.noDiagnosis
	}
	impaired := []float64{0, 1, 1}
	if ill {
		impaired = []float64{2, 2, 3}
	}
	for _, id := range []string{"distress", "social", "occupational"} {
		a.given[id] = instrument.NumberValue(one(p.rng, impaired))
	}
	a.given["duration_months"] = instrument.NumberValue(p.months)
	a.given["severity_global"] = instrument.NumberValue(float64(min(4, int(total/18))))
	dx, ok := a.form.Score(a.given)["dx"].Bool()
	return !ok || dx == ill
}

func (m *model) baselineVisit() string {
	if len(m.sim.Outcomes) == 0 {
		return ""
	}
	return m.sim.Outcomes[0].Visits[0]
}

// level answers a modelled score at a visit.
func (p *person) level(score, visit string) float64 {
	m := p.w.model
	if i, ok := m.course[score]; ok {
		return p.outcome(i, visit)
	}
	f := m.followers[score]
	x := f.Intercept + f.Slope*p.outcome(m.course[f.Follows], visit) + f.SD*p.rng.NormFloat64()
	return min(max(x, f.Min), f.Max)
}

// outcome answers an outcome's value at a visit: what was drawn for it, or the way
// between the visits. While the person has no arm it is the baseline.
func (p *person) outcome(i int, visit string) float64 {
	m := p.w.model
	c := m.courses[i]
	course := p.courses[i]
	for k, v := range c.spec.Visits {
		if v == visit && k < len(course) {
			return course[k]
		}
	}
	if len(course) < 2 || p.state.Doses == 0 {
		return course[0]
	}
	day, ok := m.days[visit]
	if !ok {
		day = m.firstDose + p.w.now.Sub(p.dosed).Hours()/24
	}
	return c.between(course, day, m.firstDose)
}

// seat answers who fills in a form at a place: the participant, or the first role
// that the protocol names and that the site has.
func (p *person) seat(place study.Place, by string) string {
	if by != "" {
		return by
	}
	if place.Form.Respondent == instrument.ByParticipant {
		for _, r := range place.Roles {
			if r == "participant" {
				return r
			}
		}
	}
	for _, r := range place.Roles {
		if len(p.c.staff[r]) > 0 {
			return r
		}
	}
	return "coordinator"
}

// save fills in and saves a form. It is false when it was refused.
func (p *person) save(visit string, use protocol.FormUse, slot, by string, given study.Values) bool {
	place, ok := study.PlaceOf(p.w.def, visit, use.Form)
	if !ok {
		return false
	}
	if by == "" {
		by = use.By
	}
	role := p.seat(place, by)
	values := p.fill(&asking{p: p, form: place.Form, visit: visit, slot: slot, role: role, at: p.w.now, given: given})
	if !p.do(role, study.SaveForm{On: p.on(), Visit: visit, Form: use.Form, New: place.Repeats, Slot: slot, Items: values}) {
		return false
	}
	p.maybeCorrect(visit, use.Form, role)
	return true
}
