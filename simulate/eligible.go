package simulate

import (
	"slices"
	"strings"

	"varde/expr"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// failure is a way to fail one criterion: answers that make it fail, whoever gives
// the rest. Whether somebody is eligible is decided by the record; a failure only
// makes a person answer so.
type failure struct {
	criterion string
	gate      string
	visit     string // of the form; "" = wherever it is asked before the gate
	form      string
	answers   study.Values
	score     string // an outcome whose baseline is below the limit, instead of answers
}

// sheet is a made-up record, for trying criteria on.
type sheet struct {
	m     *model
	forms map[string]study.Values // by form
}

func (s *sheet) Var(name string) (any, bool) {
	form, item := formOf(name), name[strings.LastIndex(name, ".")+1:]
	switch form {
	case "consent", "person":
		return true, true
	case "medication", "treatment", "event", "session", "pair":
		return false, true
	}
	values, ok := s.forms[form]
	if !ok {
		return nil, false
	}
	c, ok := s.m.def.Form(form)
	if !ok {
		return nil, false
	}
	v := values[item]
	if _, isScore := c.ScoreOf(item); isScore {
		v = c.Score(values)[item]
	}
	if !v.Given() {
		return nil, false
	}
	n := c.Native(item, v)
	return n, n != nil
}

// with answers a copy in which some answers of a form are others.
func (s *sheet) with(form string, answers study.Values) *sheet {
	n := &sheet{s.m, make(map[string]study.Values, len(s.forms))}
	for k, v := range s.forms {
		n.forms[k] = v
	}
	values := make(study.Values, len(s.forms[form]))
	for k, v := range s.forms[form] {
		values[k] = v
	}
	for k, v := range answers {
		values[k] = v
	}
	n.forms[form] = values
	return n
}

// met answers whether the record satisfies the criterion.
func (s *sheet) met(c *protocol.Criterion) expr.Truth {
	t, err := s.m.def.Program(c.Expr).Test(s)
	if err != nil {
		return expr.Unknown
	}
	if c.Kind == "exclusion" && t != expr.Unknown {
		if t == expr.True {
			return expr.False
		}
		return expr.True
	}
	return t
}

// findFailures looks for answers that fail each criterion, by trying: one item
// changed at a time in the records of several healthy persons, and then all
// numbers that the criterion reads. A number is moved only a little past the
// limit. What does not fail for everybody, or fails for nobody, is left out.
func findFailures(m *model) []failure {
	people := references(m)
	var out []failure
	for _, g := range m.def.Eligibility.Gates {
		for _, c := range m.def.Criteria(g.ID) {
			if f, ok := m.failing(&c, people); ok {
				f.criterion, f.gate = c.ID, g.ID
				out = append(out, f)
			}
		}
	}
	return out
}

// references answers the records of some persons who meet every criterion that
// can be told from forms.
func references(m *model) []*sheet {
	var out []*sheet
	for n := range 12 {
		p := &person{w: &world{model: m, def: m.def}, c: &clinic{staff: map[string][]staffer{}}, rng: stream(1, "reference", n),
			state: study.Replay(m.def, nil), traits: map[string]string{}, scores: map[string]float64{}, weights: map[string][]float64{}}
		p.start()
		s := &sheet{m, map[string]study.Values{}}
		for form := range m.critical {
			c, ok := m.def.Form(form)
			if !ok || m.forms[form] == nil {
				continue
			}
			s.forms[form] = p.fill(&asking{p: p, form: c, visit: m.baselineVisit()})
		}
		out = append(out, s)
	}
	return out
}

func (m *model) failing(c *protocol.Criterion, people []*sheet) (failure, bool) {
	program := m.def.Program(c.Expr)
	if program == nil {
		return failure{}, false
	}
	fails := func(form string, answers study.Values) bool {
		for _, s := range people {
			if s.with(form, answers).met(c) != expr.False {
				return false
			}
		}
		return true
	}
	uses := slices.Clone(program.Uses())
	slices.Sort(uses)
	for _, name := range uses {
		for score := range m.course {
			if isScore(name, score) {
				return failure{score: score, visit: m.baselineVisit()}, true
			}
		}
	}
	numbers := map[string]study.Values{}
	for _, name := range uses {
		form := formOf(name)
		compiled, ok := m.def.Form(form)
		if !ok {
			continue
		}
		for _, item := range m.candidates(compiled, name) {
			for _, v := range trials(compiled, item) {
				answers := study.Values{item.ID: v}
				if fails(form, answers) {
					return failure{visit: visitOf(name), form: form, answers: m.nearer(compiled, item, answers, fails)}, true
				}
			}
			if item.Max != nil && len(numbers[form]) < 20 {
				if numbers[form] == nil {
					numbers[form] = study.Values{}
				}
				numbers[form][item.ID] = number(*item.Max)
			}
		}
	}
	for _, form := range sortedForms(numbers) {
		if fails(form, numbers[form]) {
			answers := study.Values{}
			compiled, _ := m.def.Form(form)
			for id := range numbers[form] {
				item, _ := compiled.Item(id)
				high, low := *item.Max, 0.0
				if v := m.variables[form+"."+id]; v != nil {
					low = v.spec.Mean
				}
				answers[id] = number(round(low+(high-low)*.35, item.Decimals))
			}
			if !fails(form, answers) {
				answers = numbers[form]
			}
			return failure{form: form, answers: answers}, true
		}
	}
	return failure{}, false
}

func sortedForms(m map[string]study.Values) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func visitOf(name string) string {
	if part := strings.Split(name, "."); len(part) == 3 && part[0] != protocol.Here {
		return part[0]
	}
	return ""
}

// candidates answers the items that a variable can be moved by: itself, or those
// of the form whose score it is. Items with a condition are left alone: they are
// not asked of everybody.
func (m *model) candidates(form *instrument.Compiled, name string) []*instrument.Item {
	id := name[strings.LastIndex(name, ".")+1:]
	if item, ok := form.Item(id); ok {
		if item.When != "" {
			return nil
		}
		return []*instrument.Item{item}
	}
	var out []*instrument.Item
	for i := range form.Items {
		if form.Items[i].When == "" && !form.Items[i].Identifying {
			out = append(out, &form.Items[i])
		}
	}
	return out
}

func trials(form *instrument.Compiled, item *instrument.Item) []instrument.Value {
	switch item.Type {
	case instrument.Boolean:
		return []instrument.Value{instrument.BoolValue(true), instrument.BoolValue(false)}
	case instrument.Choice:
		var out []instrument.Value
		for _, o := range form.OptionsOf(item) {
			out = append(out, o.Value)
		}
		return out
	case instrument.Integer, instrument.Decimal, instrument.Scale:
		var out []instrument.Value
		if item.Min != nil {
			out = append(out, number(*item.Min))
		}
		if item.Max != nil {
			out = append(out, number(*item.Max))
		}
		return out
	}
	return nil
}

// nearer moves a number that fails back towards the usual, to a tenth of the way
// past the limit.
func (m *model) nearer(form *instrument.Compiled, item *instrument.Item, answers study.Values, fails func(string, study.Values) bool) study.Values {
	far, ok := answers[item.ID].Float()
	v := m.variables[form.ID+"."+item.ID]
	if !ok || v == nil || v.margin == nil {
		return answers
	}
	bad, good := far, v.spec.Mean
	for range 30 {
		mid := (bad + good) / 2
		if fails(form.ID, study.Values{item.ID: number(round(mid, item.Decimals))}) {
			bad = mid
		} else {
			good = mid
		}
	}
	near := study.Values{item.ID: number(round(bad+(far-bad)*.1, item.Decimals))}
	if !fails(form.ID, near) {
		return answers
	}
	return near
}

// fate is what a virtual person is, before anybody knows: suitable or not, and why not.
type fate struct {
	unsuitable  []string // items of the pre-screening form that speak against; the study does not suit
	failure     *failure
	noDiagnosis bool
	low         string // outcome whose baseline is too low
	passes      bool   // will be enrolled unless something unforeseen happens
}

func (f *fate) answers(form, visit string) study.Values {
	if f.failure == nil || f.failure.form != form || f.failure.visit != "" && f.failure.visit != visit {
		return nil
	}
	return f.failure.answers
}

// decideFate draws it. Few of those who fail do so as late as the second gate.
func (w *world) decideFate(c chance) fate {
	s := w.model.sim
	if c.yes(s.Prescreen.Rate) {
		return fate{unsuitable: []string{c.weighted(map[string]float64{"interested": .35, "contact_ok": .1, "trauma": .15, "heart_disease": .15, "psychosis": .1, "pregnant": .1, "language_ok": .05})}}
	}
	if !c.yes(s.Screening.Rate) || len(w.model.failures) == 0 {
		return fate{passes: true}
	}
	first := w.model.failures[0].gate
	late := c.yes(0.15)
	var list []*failure
	for i := range w.model.failures {
		if f := &w.model.failures[i]; (f.gate != first) == late {
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		list = append(list, &w.model.failures[0])
	}
	f := one(c, list)
	return fate{failure: f, low: f.score}
}
