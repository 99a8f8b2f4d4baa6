package dryrun

import (
	"time"

	"varde/instrument"
	"varde/study"
)

// filled answers a form now: as a person whom nothing keeps away, but for the changes.
func (l *life) filled(form string, changes ...change) study.Values {
	c, ok := l.w.def.Form(form)
	if !ok {
		return study.Values{}
	}
	base := l.w.well.forms[form]
	var out study.Values
	if len(changes) == 0 {
		out = make(study.Values, len(base)+2)
		for k, v := range base {
			out[k] = v
		}
	} else {
		said := study.Values{}
		for _, x := range changes {
			if x.form == form {
				said[x.item] = x.value
			}
		}
		out = l.w.well.complete(c, said, base)
	}
	for i := range c.Items {
		item := &c.Items[i]
		_, have := out[item.ID]
		switch {
		case item.Type == instrument.DateTime && !have && item.Required && (item.When == "" || c.Asked(item.ID, out)):
			out[item.ID] = instrument.StringValue(l.now.UTC().Format(time.RFC3339))
		case item.Type == instrument.Date && have && out[item.ID].Text() == begin.Format(time.DateOnly):
			out[item.ID] = instrument.StringValue(l.now.In(l.zone()).Format(time.DateOnly))
		}
	}
	return out
}

func (l *life) zone() *time.Location {
	if l.s != nil {
		return l.s.Zone
	}
	return time.UTC
}

// saving is the command that saves a form, and who gives it.
func (l *life) saving(visit, form, slot string, changes ...change) (study.Actor, study.SaveForm, bool) {
	p, ok := study.PlaceOf(l.w.def, visit, form)
	if !ok || len(p.Roles) == 0 {
		return study.Actor{}, study.SaveForm{}, false
	}
	c := study.SaveForm{On: l.on(), Visit: visit, Form: form, Slot: slot, New: p.Repeats, Items: l.filled(form, changes...), Reason: "checked again"}
	return l.writer(p), c, true
}

// writer is who fills a form in: the rater drawn where there is one.
func (l *life) writer(p study.Place) study.Actor {
	role := p.Roles[0]
	if p.Visit != nil && study.Rated(l.w.def, p.Visit) && role == "rater" {
		if r := l.s.Ratings[p.Visit.ID].Rater; r != "" {
			return person(r, "rater")
		}
	}
	return actorOf(role)
}

// save fills a form in by whoever does that.
func (l *life) save(visit, form, slot string, changes ...change) *study.Refusal {
	who, cmd, ok := l.saving(visit, form, slot, changes...)
	if !ok {
		return nil
	}
	return l.do(who, cmd)
}
