package simulate

import (
	"slices"
	"time"

	"varde/instrument"
	"varde/study"
)

// night is the attendant's: each check of the plan a few minutes after it is due, calm
// ones, and the participant's leaving in the morning. It draws nothing, so that a
// protocol without a night tells the same story by the same seed.
func (p *person) night(visit string) {
	for i, l := range study.NightPlan(p.w.def, p.state, p.state.Sessions[visit]) {
		// Nobody looks in by the second: some checks come a little later than others.
		at := l.Due.Add(time.Duration(2+i*5%11) * time.Minute)
		if l.ID == study.NightMorning {
			at = l.Due.Add(-15 * time.Minute)
		}
		p.always(at, func() { p.lookIn(visit, l) })
	}
}

func (p *person) lookIn(visit string, l study.PlanLine) {
	form, ok := p.w.def.Form(l.Form)
	place, there := study.PlaceOf(p.w.def, visit, l.Form)
	if !ok || !there || !slices.ContainsFunc(l.By, func(role string) bool { return len(p.c.staff[role]) > 0 }) {
		return
	}
	role := l.By[slices.IndexFunc(l.By, func(role string) bool { return len(p.c.staff[role]) > 0 })]
	values := study.Values{}
	for range form.Items {
		missing := form.Missing(values)
		if len(missing) == 0 {
			break
		}
		for _, id := range missing {
			it, _ := form.Item(id)
			values[id] = p.calm(form, it, l)
		}
	}
	p.do(role, study.SaveForm{On: p.on(), Visit: visit, Form: l.Form, New: place.Repeats, Slot: l.ID, Items: values})
}

// calm answers an item as on a good night.
func (p *person) calm(form *instrument.Compiled, it *instrument.Item, l study.PlanLine) instrument.Value {
	switch it.Type {
	case instrument.DateTime:
		return moment(p, p.w.now)
	case instrument.Boolean:
		return instrument.BoolValue(true)
	case instrument.Choice:
		options := form.OptionsOf(it)
		if l.ID == study.NightMorning {
			return options[len(options)-1].Value
		}
		return options[0].Value
	case instrument.MultiChoice:
		return instrument.ListValue(form.OptionsOf(it)[0].Value.Text())
	case instrument.Integer, instrument.Decimal, instrument.Scale:
		if it.Min != nil {
			return instrument.NumberValue(*it.Min)
		}
		return instrument.NumberValue(0)
	}
	return instrument.StringValue("calm")
}
