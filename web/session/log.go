package session

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// logView is the session log: one press an entry. Words and another time may be given
// before the press, and need not be.
type logView struct {
	Title   string
	Moment  momentView
	Groups  []tapGroup
	Fields  []ui.Field
	Recent  []ui.TimelineItem // the newest, on the page
	Entries []ui.TimelineItem
	Sums    []ui.KeyValue // such as what was drunk
	Error   string
}

// tapGroup is buttons that belong together.
type tapGroup struct {
	Title string
	Taps  []tap
}

// tap is a button that makes an entry: Value is "kind" or "kind/detail".
type tap struct {
	Text, Value, Label string
}

const tapField = "tap"

// The log is laid out by what its entries are about. Kinds that a form has besides
// stand with the rest.
var tapGroups = []struct {
	id    string
	kinds []string
}{
	{"touch", []string{"touch-asked", "touch-agreed", "touch-declined", "touch-ended"}},
	{"seen", []string{"observation"}},
	{"fluid", []string{"fluid"}},
	{"people", []string{"person-in", "person-out"}},
	{"rest", nil},
}

// quick are observations that one press records, as words of the catalogue.
var quick = []string{"quiet", "speaks", "crying", "restless", "nausea", "toilet"}

// portions of a drink, in mL.
var portions = []string{"50", "100", "150", "200", "250"}

const recentEntries = 5

func (r *room) log() *logView {
	form, kind, ok := r.logForm()
	if !ok {
		return nil
	}
	v := &logView{Title: r.c.Say(form.Title), Moment: r.momentOf("log", r.c.T("room.log.at")), Error: r.faults["items."+kind.ID], Groups: r.taps(form, kind)}
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
	v.Recent = v.Entries[:min(recentEntries, len(v.Entries))]
	v.Entries = v.Entries[len(v.Recent):]
	v.Sums = r.drunk(form)
	return v
}

func (r *room) taps(form *instrument.Compiled, kind *instrument.Item) []tapGroup {
	placed := map[string]bool{}
	text := map[string]string{}
	for _, o := range form.OptionsOf(kind) {
		text[o.Value.Text()] = r.c.Say(o.Text)
	}
	var out []tapGroup
	for _, g := range tapGroups {
		group := tapGroup{Title: r.c.T("room.log.group." + g.id)}
		kinds := g.kinds
		if kinds == nil {
			for _, o := range form.OptionsOf(kind) {
				if !placed[o.Value.Text()] {
					kinds = append(kinds, o.Value.Text())
				}
			}
		}
		for _, k := range kinds {
			if text[k] == "" {
				continue
			}
			placed[k] = true
			group.Taps = append(group.Taps, r.tapsOf(k, text[k])...)
		}
		if len(group.Taps) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// tapsOf answers the buttons of one kind: for a drink one a portion, for an
// observation the usual ones before the plain one.
func (r *room) tapsOf(kind, text string) []tap {
	var out []tap
	switch kind {
	case "fluid":
		for _, ml := range portions {
			out = append(out, tap{Text: ml + " mL", Value: kind + "/" + ml, Label: text + " " + ml + " mL"})
		}
		return append(out, tap{Text: r.c.T("room.log.fluid.other"), Value: kind, Label: text})
	case "observation":
		for _, q := range quick {
			word := r.c.T("room.log.quick." + q)
			out = append(out, tap{Text: word, Value: kind + "/" + word, Label: word})
		}
	}
	return append(out, tap{Text: text, Value: kind, Label: text})
}

// readTap turns a pressed button into the answers that it stands for. What was typed
// beside it is kept.
func (r *room) readTap(kind *instrument.Item) {
	pressed := r.c.Text(tapField)
	if pressed == "" {
		return
	}
	r.form = maps.Clone(r.form) // the answers belong to this handler; the request's form stays as it came
	what, detail, _ := strings.Cut(pressed, "/")
	r.form.Set(itemField+kind.ID, what)
	r.form.Del(tapField)
	switch {
	case detail == "":
	case what == "fluid":
		r.form.Set(itemField+"amount", detail)
	default:
		if typed := strings.TrimSpace(r.form.Get(itemField + "text")); typed != "" {
			detail += ". " + typed
		}
		r.form.Set(itemField+"text", detail)
	}
	if what != "fluid" {
		r.form.Del(itemField + "amount") // it belongs to drinks only
	}
}

// drunk sums what the log says was drunk.
func (r *room) drunk(form *instrument.Compiled) []ui.KeyValue {
	it, ok := form.Item("amount")
	if !ok {
		return nil
	}
	sum := 0.0
	for _, f := range r.s.Records(r.visit.ID, form.ID) {
		if x, ok := f.Values[it.ID].Float(); ok {
			sum += x
		}
	}
	return []ui.KeyValue{{Key: r.c.T("room.log.drunk"), Cell: ui.Cell{Text: r.c.Voice().Number(sum, it.Decimals) + " " + unit(it.Unit, r.c.Lang)}}}
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
	r.readTap(kind)
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
