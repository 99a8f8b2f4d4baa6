package session

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

const itemField = "i." // field of an item's answer

// vitalsView is the form of a set of vital signs.
type vitalsView struct {
	Title  string
	Moment momentView
	Big    []ui.Field // what is measured
	Small  []ui.Field // how
	Slot   *ui.Field  // which line of the timetable it answers
	Keys   []ui.Button
}

// keys of the pad, from left to right and downwards.
func (r *room) keys() []ui.Button {
	var out []ui.Button
	for _, k := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", ",", "0", "back"} {
		b := ui.Button{Text: k, Value: k}
		switch {
		case k == "back":
			b.Text, b.Name = "⌫", r.c.T("room.keys.back")
		case k == "," && r.c.Lang == "en":
			b.Text = "."
		}
		out = append(out, b)
	}
	return append(out, ui.Button{Text: r.c.T("room.keys.next"), Value: "next"})
}

func isMoment(it *instrument.Item) bool {
	return it.Type == instrument.DateTime && slices.Contains(study.MomentItems, it.ID)
}

func (r *room) vitals() *vitalsView {
	form, ok := r.c.Def.Form(r.dosing.Vitals.Form)
	if !ok {
		return nil
	}
	v := &vitalsView{Keys: r.keys(), Title: r.c.Say(form.Title), Moment: r.momentOf("vitals", r.c.T("room.vitals.at"))}
	last := r.s.Last(r.visit.ID, form.ID)
	for i := range form.Items {
		it := &form.Items[i]
		if isMoment(it) {
			if v.Moment.Error == "" {
				v.Moment.Error = r.faults["items."+it.ID]
			}
			continue
		}
		value := ""
		if last != nil && it.Type == instrument.TextItem && it.Required {
			value = last.Values[it.ID].Text() // the apparatus is the same all day
		}
		f := r.itemField("vitals", form, it, value)
		if f.Kind == ui.NumberField {
			f.Optional = false
			v.Big = append(v.Big, f)
		} else {
			v.Small = append(v.Small, f)
		}
	}
	v.Slot = r.slotField()
	return v
}

// itemField makes a plain field of an item.
func (r *room) itemField(name string, form *instrument.Compiled, it *instrument.Item, value string) ui.Field {
	f := ui.Field{Name: itemField + it.ID, ID: name + "-" + it.ID, Label: r.c.Say(it.Text), Hint: r.c.Say(it.Help), Optional: !it.Required,
		Value: r.typed(name, itemField+it.ID, value), Error: r.faults["items."+it.ID]}
	switch it.Type {
	case instrument.Integer, instrument.Decimal, instrument.Scale:
		f.Kind, f.Unit, f.Low, f.High, f.Decimals = ui.NumberField, unit(it.Unit, r.c.Lang), it.Min, it.Max, it.Decimals
	case instrument.Choice:
		f.Kind, f.Row = ui.RadioField, true
		for _, o := range form.OptionsOf(it) {
			f.Options = append(f.Options, ui.Option{Value: o.Value.Text(), Label: r.c.Say(o.Text)})
		}
	case instrument.Boolean:
		f.Kind, f.Row = ui.RadioField, true
		f.Options = []ui.Option{{Value: "true", Label: r.c.T("room.yes")}, {Value: "false", Label: r.c.T("room.no")}}
	case instrument.DateTime:
		f.Kind = ui.DateTimeField
	default:
		f.Kind = ui.TextField
		if it.Long {
			f.Kind, f.Rows = ui.LongTextField, 2
		}
	}
	return f
}

var units = map[string][2]string{"mm[Hg]": {"mmHg", "mmHg"}, "Cel": {"°C", "°C"}, "/min": {"per min", "per min"}}

// unit writes a UCUM unit as a ward does.
func unit(ucum, lang string) string {
	u, ok := units[ucum]
	switch {
	case !ok:
		return ucum
	case lang == "nb":
		return u[1]
	}
	return u[0]
}

// slotField asks which planned set this is. The measurement's own time decides
// unless the writer names the line; a set that is late is suggested by name, since
// by its time alone it would belong to none.
func (r *room) slotField() *ui.Field {
	if !r.open() {
		return nil
	}
	f := &ui.Field{Kind: ui.SelectField, Name: "slot", ID: "vitals-slot", Label: r.c.T("room.vitals.slot"), Error: r.faults["slot"]}
	f.Options = []ui.Option{{Value: "auto", Label: r.c.T("room.vitals.slot.auto")}}
	chosen := "auto"
	for _, l := range study.SessionPlan(r.c.Def, r.s, r.x) {
		if l.Kind != study.PlanVitals || !l.Done.IsZero() || l.Due.IsZero() {
			continue
		}
		f.Options = append(f.Options, ui.Option{Value: l.ID, Label: r.c.T("room.vitals.slot.line", "title", r.c.Say(l.Title), "time", r.c.Voice().Time(l.Due))})
		tolerance := l.Latest.Sub(l.Due)
		switch {
		case r.c.Now.Sub(l.Due).Abs() <= tolerance:
			chosen = "auto"
		case r.c.Now.After(l.Latest):
			chosen = l.ID
		}
	}
	if len(f.Options) == 1 {
		return nil
	}
	f.Value = r.typed("vitals", "slot", chosen)
	return f
}

// readItems takes the answers that were typed. What cannot be read is told with
// its field, and nothing is saved.
func (r *room) readItems(form *instrument.Compiled) (study.Values, error) {
	values := study.Values{}
	var fault error
	for name, typed := range r.form {
		id, ok := strings.CutPrefix(name, itemField)
		if !ok {
			continue
		}
		it, known := form.Item(id)
		if !known {
			return nil, page.Bad("items."+id, "this form has no item \""+id+"\"", "dette skjemaet har ikke punktet «"+id+"»")
		}
		text := strings.TrimSpace(typed[0])
		if it.Type == instrument.MultiChoice {
			text = strings.Join(typed, ",")
		}
		if it.Type == instrument.DateTime {
			if at, err := time.ParseInLocation("2006-01-02T15:04", text, r.s.Zone); err == nil {
				text = at.Format(time.RFC3339)
			}
		}
		v, err := form.Parse(id, text)
		if err != nil {
			t := study.Text{EN: "this cannot be read", NB: "dette kan ikke leses"}
			if e, ok := err.(*instrument.ValueError); ok {
				t = e.Text
			}
			r.faults["items."+id] = page.Sentence(r.c.Say(t))
			fault = &study.Refusal{Kind: study.Invalid, Code: "bad-value", Field: "items." + id, Text: study.Text{
				EN: it.Text.EN + ": " + t.EN, NB: it.Text.NB + ": " + t.NB}}
			continue
		}
		if v.Kind() != instrument.None {
			values[id] = v
		}
	}
	return values, fault
}

// withMoment puts the moment into the item that holds it.
func (r *room) withMoment(form *instrument.Compiled, values study.Values, at time.Time) {
	for i := range form.Items {
		if it := &form.Items[i]; isMoment(it) {
			values[it.ID] = instrument.StringValue(r.orNow(at).In(r.s.Zone).Format(time.RFC3339))
		}
	}
}

func saveVitals(r *room) (*done, error) {
	if err := r.take("vitals"); err != nil {
		return nil, err
	}
	form, ok := r.c.Def.Form(r.dosing.Vitals.Form)
	if !ok {
		return nil, page.NotFound("the protocol measures no vital signs", "protokollen måler ingen vitale mål")
	}
	values, err := r.readItems(form)
	if err != nil {
		return nil, err
	}
	measured := false
	for id, v := range values {
		it, _ := form.Item(id)
		_, number := v.Float()
		measured = measured || number && it.Type != instrument.Choice
	}
	if !measured {
		return &done{again: true, status: http.StatusBadRequest, alert: ui.Alert{Tone: ui.Warning, Live: true, Text: r.c.T("room.vitals.empty")}}, nil
	}
	after := time.Time{}
	if r.x != nil {
		after = r.x.LastDoseAt()
	}
	at, ask, err := r.moment(after)
	if err != nil || ask != nil {
		return ask, err
	}
	r.withMoment(form, values, at)
	slot := r.c.Text("slot")
	if slot == "auto" {
		slot = ""
	}
	cmd := study.SaveForm{On: study.On{Participant: r.s.ID, At: at}, Visit: r.visit.ID, Form: form.ID, New: true, Slot: slot, Items: values}
	result, err := r.c.Do(cmd)
	if refusal, ok := page.Refused(err); ok && r.c.FromOutbox() && refusal.Code == "slot-done" {
		// Another device was quicker with this line of the timetable. The measurement
		// was made all the same, and is not sent back for the sake of a label.
		cmd.Slot = ""
		result, err = r.c.Do(cmd)
	}
	if err != nil {
		return nil, err
	}
	d := &done{tone: ui.Success, text: r.c.T("room.vitals.saved"), anchor: "#vitals"}
	for _, e := range result.Events {
		switch e.Data.(type) {
		case study.RuleBreached:
			return &done{tone: ui.Danger, text: r.c.T("room.vitals.breach"), anchor: "#breaches"}, nil
		case study.QueryRaised:
			d.tone, d.text = ui.Warning, r.c.T("room.vitals.doubt")
		}
	}
	return d, nil
}
