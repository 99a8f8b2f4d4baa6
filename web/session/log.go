package session

import (
	"net/http"
	"slices"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// logView is the session log: one press an entry.
type logView struct {
	Title   string
	Moment  momentView
	Kinds   []ui.Button
	Fields  []ui.Field
	Entries []ui.TimelineItem
	Error   string
}

func (r *room) log() *logView {
	form, kind, ok := r.logForm()
	if !ok {
		return nil
	}
	v := &logView{Title: r.c.Say(form.Title), Moment: r.momentOf("log", r.c.T("room.log.at")), Error: r.faults["items."+kind.ID]}
	for _, o := range form.OptionsOf(kind) {
		v.Kinds = append(v.Kinds, ui.Button{Text: r.c.Say(o.Text), Name: itemField + kind.ID, Value: o.Value.Text(), Variant: "secondary"})
	}
	for i := range form.Items {
		it := &form.Items[i]
		if isMoment(it) || it.ID == kind.ID {
			continue
		}
		f := r.itemField("log", form, it, "")
		f.Optional = true
		if it.When != "" {
			f.Low, f.High = nil, nil
		}
		if f.Kind == ui.LongTextField {
			f.Kind = ui.TextField
		}
		v.Fields = append(v.Fields, f)
	}
	v.Entries = r.logEntries()
	slices.Reverse(v.Entries)
	return v
}

func (r *room) logEntries() []ui.TimelineItem {
	form, kind, ok := r.logForm()
	if !ok {
		return nil
	}
	var out []ui.TimelineItem
	for _, f := range r.s.Records(r.visit.ID, form.ID) {
		t := ui.TimelineItem{When: f.At(), Title: r.c.T("room.log.entry"), Who: r.name(f.By), Tone: ui.Neutral}
		for _, o := range form.OptionsOf(kind) {
			if o.Value.Equal(f.Values[kind.ID]) {
				t.Title = r.c.Say(o.Text)
			}
		}
		for i := range form.Items {
			it := &form.Items[i]
			if v := f.Values[it.ID]; v.Given() && it.ID != kind.ID && !isMoment(it) {
				if t.Text != "" {
					t.Text += " · "
				}
				t.Text += v.Text()
				if it.Unit != "" {
					t.Text += " " + unit(it.Unit, r.c.Lang)
				}
			}
		}
		out = append(out, t)
	}
	return out
}

func saveLog(r *room) (*done, error) {
	if err := r.take("log"); err != nil {
		return nil, err
	}
	form, kind, ok := r.logForm()
	if !ok {
		return nil, page.NotFound("the protocol keeps no session log", "protokollen fører ingen øktlogg")
	}
	values, err := r.readItems(form)
	if err != nil {
		return nil, err
	}
	if !values[kind.ID].Given() {
		return nil, page.Bad("items."+kind.ID, "press what happened", "trykk på det som skjedde")
	}
	at, ask, err := r.moment(time.Time{})
	if err != nil || ask != nil {
		return ask, err
	}
	r.withMoment(form, values, at)
	if missing := form.Missing(values); len(missing) > 0 {
		it, _ := form.Item(missing[0])
		r.faults["items."+it.ID] = r.c.T("room.log.needs", "item", r.c.Say(it.Text))
		return &done{again: true, status: http.StatusUnprocessableEntity, alert: ui.Alert{Tone: ui.Warning, Live: true, Text: r.faults["items."+it.ID]}}, nil
	}
	if _, err := r.c.Do(study.SaveForm{On: study.On{Participant: r.s.ID, At: at}, Visit: r.visit.ID, Form: form.ID, New: true, Items: values}); err != nil {
		return nil, err
	}
	return did(r.c.T("room.log.saved"), "#log")
}

// logForm answers the session log and the item of it that says what happened.
func (r *room) logForm() (*instrument.Compiled, *instrument.Item, bool) {
	form, ok := r.c.Def.Form(r.dosing.Log)
	if !ok {
		return nil, nil, false
	}
	for i := range form.Items {
		if form.Items[i].Type == instrument.Choice {
			return form, &form.Items[i], true
		}
	}
	return nil, nil, false
}
