package simulate

import (
	"strings"
	"time"

	"varde/expr"
	"varde/protocol"
	"varde/study"
)

// Drawing is a protocol's simulation section made ready to draw from, for whoever
// simulates whole trials without their people: the same margins, the same calendar and
// the same characteristics as the virtual participants have. It never changes and may
// be shared.
type Drawing struct{ m *model }

// NewDrawing fails when the protocol has no simulation section, or when one of its
// distributions does not exist.
func NewDrawing(def *protocol.Definition) (*Drawing, error) {
	m, err := newModel(def)
	if err != nil {
		return nil, err
	}
	return &Drawing{m}, nil
}

// Day answers the day of a visit from referral when all goes by plan, and false when
// there is no such visit.
func (d *Drawing) Day(visit string) (float64, bool) {
	day, ok := d.m.days[visit]
	return day, ok
}

// GateDay answers the day on which a milestone is reached when all goes by plan.
func (d *Drawing) GateDay(reached protocol.Milestone) (float64, bool) {
	at := ""
	for _, g := range d.m.def.Eligibility.Gates {
		if g.Gives == reached || g.Gives == protocol.Enrolled && reached == protocol.Randomised && at == "" {
			at = g.At
		}
	}
	return d.Day(at)
}

// Missable says that a visit may be missed without harm to what the study rests on, as
// virtual participants miss it.
func (d *Drawing) Missable(visit string) bool {
	k := d.m.outcomeVisit(visit)
	last := len(d.m.sim.Outcomes) > 0 && k == len(d.m.sim.Outcomes[0].Visits)-1
	return k > 0 && !last && !d.m.anchored[visit] && !d.m.gates[visit]
}

// Decimals answers how finely a score is entered.
func (d *Drawing) Decimals(score string) int { return d.m.decimalsOf(score) }

// Course answers the distributions of an outcome; o is one of the protocol's, or one
// of them with other numbers.
func (d *Drawing) Course(o *protocol.SimOutcome) (*Course, error) {
	days := make([]float64, len(o.Visits))
	for k, v := range o.Visits {
		days[k] = d.m.days[v]
	}
	c, err := newCourse(o, d.m.shares, days, d.m.decimalsOf(o.Score), d.m.allowed(o.Score))
	if err != nil {
		return nil, err
	}
	return &Course{c}, nil
}

// Course is the distributions of one longitudinal outcome by arm and visit.
type Course struct{ c *courseModel }

// Lower is the Cholesky factor of the correlation between the visits.
func (c *Course) Lower() [][]float64 { return c.c.lower }

// Baseline answers the values that a participant who is enrolled may begin with, and
// their distribution function.
func (c *Course) Baseline() (values, cdf []float64) { return c.c.baseline.values, c.c.baseline.cdf }

// At answers the values at visit k (not the first) in an arm, and their distribution
// function.
func (c *Course) At(arm string, k int) (values, cdf []float64) {
	m := c.c.arms[arm][k]
	return m.values, m.cdf
}

// SiteWeight is the correlation of a value at visit k in an arm with the site's own
// effect: with e the site's standard normal score and z the person's, the value's is
// w e + sqrt(1 - w^2) z.
func (c *Course) SiteWeight(arm string, k int) float64 { return c.c.site[arm][k] }

// Person is one virtual person's characteristics at baseline, as expressions see them.
// It knows no outcome.
type Person struct {
	def    *protocol.Definition
	values map[string]study.Values
	scores map[string]study.Values
}

// People draws persons with the characteristics of those enrolled, by letting virtual
// people answer at baseline every form that simulation.baseline says something of. The
// same seed gives the same people.
func (d *Drawing) People(seed uint64, n int) []Person {
	sim := *d.m.sim
	sim.Imperfection = protocol.Imperfection{} // what a form means, not how it was filled in
	m := *d.m
	m.sim = &sim
	w := &world{def: m.def, model: &m}
	out := make([]Person, n)
	for i := range out {
		p := &person{w: w, c: &clinic{w: w, spec: &protocol.SimSite{}}, rng: stream(seed, "person", i), state: &study.State{Zone: time.UTC},
			traits: map[string]string{}, scores: map[string]float64{}, weights: map[string][]float64{}}
		p.start()
		out[i] = Person{def: m.def, values: map[string]study.Values{}, scores: map[string]study.Values{}}
		for _, v := range sim.Baseline {
			id := formOf(v.Value)
			f, ok := m.def.Form(id)
			if !ok || out[i].values[id] != nil {
				continue
			}
			values := p.fill(&asking{p: p, form: f, visit: m.baselineVisit()})
			out[i].values[id], out[i].scores[id] = values, f.Score(values)
		}
	}
	return out
}

// Var implements expr.Vars for "form.id" and "visit.form.id", whatever the visit.
func (p *Person) Var(name string) (any, bool) {
	form := formOf(name)
	id := name[strings.LastIndexByte(name, '.')+1:]
	v, ok := p.scores[form][id]
	if !ok {
		v, ok = p.values[form][id]
	}
	if !ok || !v.Given() {
		return nil, false
	}
	f, ok := p.def.Form(form)
	if !ok {
		return nil, false
	}
	n := f.Native(id, v)
	return n, n != nil
}

var _ expr.Vars = (*Person)(nil)
