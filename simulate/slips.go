package simulate

import (
	"slices"

	"varde/instrument"
	"varde/study"
)

// slip lets the finger slip: a number without its last digit, outside of what is
// plausible. The record keeps it and asks.
func (p *person) slip(a *asking) {
	rate := p.w.model.sim.Imperfection.OutOfRange
	for i := range a.form.Items {
		item := &a.form.Items[i]
		x, ok := a.given[item.ID].Float()
		if !ok || item.Min == nil || *item.Min <= 0 || item.Type == instrument.Choice || !p.rng.yes(rate) {
			continue
		}
		if y := round(x/10, item.Decimals); y < *item.Min {
			a.given[item.ID] = number(y)
		}
	}
}

// maybeCorrect lets a form be corrected some days after it was saved.
func (p *person) maybeCorrect(visit, form, role string) {
	f := p.w.model.forms[form]
	if f.exact || role == "participant" && visit == "" || p.state.Repeats[study.FormKey{Visit: visit, Form: form}] > 0 {
		return
	}
	if p.rng.yes(.002) {
		p.maybeAsk(visit, form)
	}
	if !p.rng.yes(p.w.model.sim.Imperfection.Correction) {
		return
	}
	p.at(p.office(p.w.now.Add(p.rng.days(1, 12))), func() { p.correct(visit, form, role) })
}

// correct changes one number or choice to its neighbour.
func (p *person) correct(visit, form, role string) {
	s := p.state.Form(visit, form, 0)
	if s == nil {
		return
	}
	c, _ := p.w.def.Form(form)
	for _, k := range p.rng.Perm(len(c.Items)) {
		item := &c.Items[k]
		x, ok := s.Values[item.ID].Float()
		if !ok {
			continue
		}
		y := x + 1
		if item.Type == instrument.Choice && !slices.ContainsFunc(c.OptionsOf(item), func(o instrument.Option) bool { return o.Value.Equal(number(y)) }) || item.Max != nil && y > *item.Max {
			y = x - 1
		}
		if item.Type == instrument.Choice && !slices.ContainsFunc(c.OptionsOf(item), func(o instrument.Option) bool { return o.Value.Equal(number(y)) }) {
			continue
		}
		reason := one(p.rng, []string{"misread when entered", "the participant remembered better", "compared with the source"})
		p.do(role, study.SaveForm{On: p.on(), Visit: visit, Form: form, Version: s.Version, Items: study.Values{item.ID: number(y)}, Reason: reason})
		return
	}
}

// maybeAsk lets the monitor ask about an answer.
func (p *person) maybeAsk(visit, form string) {
	p.at(p.office(p.w.now.Add(p.rng.days(5, 30))), func() {
		s := p.state.Form(visit, form, 0)
		c, _ := p.w.def.Form(form)
		if s == nil || len(c.Items) == 0 {
			return
		}
		item := c.Items[p.rng.IntN(len(c.Items))].ID
		if p.do("monitor", study.RaiseQuery{On: p.on(), Visit: visit, Form: form, Item: item, Text: "Please compare with the source."}) {
			p.look()
		}
	})
}

// answerQuery settles a query: a slip is corrected, which closes it; the rest is
// looked up and confirmed.
func (p *person) answerQuery(id string) {
	i := slices.IndexFunc(p.state.Queries, func(q study.Query) bool { return q.ID == id })
	if i < 0 || !p.state.Queries[i].Closed.IsZero() {
		return
	}
	q := p.state.Queries[i]
	f := p.state.Form(q.Visit, q.Form, q.Repeat)
	c, ok := p.w.def.Form(q.Form)
	if ok && f != nil && q.Code == "out-of-range" {
		if item, ok := c.Item(q.Item); ok && item.Min != nil {
			if x, isNumber := f.Values[q.Item].Float(); isNumber && x*10 >= *item.Min && x < *item.Min {
				place, _ := study.PlaceOf(p.w.def, q.Visit, q.Form)
				role := p.seat(place, "")
				if slices.Contains(place.Roles, "coordinator") {
					role = "coordinator"
				}
				if p.do(role, study.SaveForm{On: p.on(), Visit: q.Visit, Form: q.Form, Repeat: q.Repeat, Version: f.Version,
					Items: study.Values{q.Item: number(round(x*10, item.Decimals))}, Reason: "a digit was missing"}) {
					return
				}
			}
		}
	}
	p.do("coordinator", study.CloseQuery{On: p.on(), ID: id, Answer: "Compared with the source: it is right"})
}

// completeForm fills in what was left out, or says why there is no answer.
func (p *person) completeForm(t study.Task) {
	place, ok := study.PlaceOf(p.w.def, t.Visit, t.Form)
	if !ok {
		return
	}
	rs := p.state.Records(t.Visit, t.Form)
	if len(rs) == 0 {
		return // the visit is still going on
	}
	f := rs[len(rs)-1]
	if f.Complete() {
		return
	}
	role := p.seat(place, "")
	all := p.fill(&asking{p: p, form: place.Form, visit: t.Visit, role: role, at: p.w.now, given: cloned(f.Values)})
	items := study.Values{}
	for _, id := range f.Missing {
		items[id] = instrument.AbsentValue("refused")
		if v, ok := all[id]; ok && p.rng.yes(.6) {
			items[id] = v
		}
	}
	p.do(role, study.SaveForm{On: p.on(), Visit: t.Visit, Form: t.Form, Repeat: f.Key.Repeat, Version: f.Version, Items: items})
}

func cloned(v study.Values) study.Values {
	out := make(study.Values, len(v))
	for k, x := range v {
		out[k] = x
	}
	return out
}
