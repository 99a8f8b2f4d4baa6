package session

import (
	"slices"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// confirmView is what two persons confirm before the start, each by their own account:
// one on this tablet, the other on a device of their own or on this one after them.
type confirmView struct {
	Done   []ui.KeyValue // by both
	Halves []ui.KeyValue // by one
	Mine   bool          // the reader has done their half of all that is left, and waits for the other
	Left   []ui.Option   // what the reader has not confirmed
	Open   bool          // something is not confirmed by both
	Second string        // who has confirmed already, when the reader is the second person
	Kit    *ui.Field
	Boxes  ui.Field
}

func (r *room) confirm() *confirmView {
	v := &confirmView{}
	for _, t := range r.dosing.TwoPerson {
		text := r.c.Say(t.Text)
		if i := slices.IndexFunc(r.x.Confirmed, func(c study.TwoPersonConfirmed) bool { return c.Check == t.ID }); i >= 0 && r.today(r.x.ConfirmedAt[i]) {
			v.Done = append(v.Done, ui.KeyValue{Key: text, Cell: ui.Cell{Tags: []ui.Tag{{Text: r.names(r.x.Confirmed[i].Persons), Tone: ui.Success}}}})
			continue
		}
		v.Open = true
		if i := slices.IndexFunc(r.x.Halves, func(h study.HalfCheck) bool { return h.Check == t.ID }); i >= 0 && r.today(r.x.Halves[i].At) {
			half := r.x.Halves[i]
			v.Halves = append(v.Halves, ui.KeyValue{Key: text, Cell: ui.Cell{Tags: []ui.Tag{{Text: r.c.T("room.confirm.half", "name", r.name(half.Person)), Tone: ui.Warning}}}})
			if half.Person == r.c.Actor.ID {
				continue
			}
			v.Second = r.name(half.Person)
		}
		v.Left = append(v.Left, ui.Option{Value: t.ID, Label: text})
	}
	v.Mine = v.Open && len(v.Left) == 0
	if len(v.Left) == 0 {
		return v
	}
	if r.c.Def.Allocation != nil {
		v.Kit = &ui.Field{Kind: ui.TextField, Name: "kit", Label: r.c.T("room.kit"), Hint: r.c.T("room.kit.hint"), Value: r.typed("confirm", "kit", ""), Autocomplete: "off", Error: r.faults["kit"], MaxLength: 64}
	}
	v.Boxes = ui.Field{Kind: ui.CheckboxField, Name: "check", Label: r.c.T("room.confirm.lines"), Options: v.Left, Error: r.faults["check"]}
	if r.posted == "confirm" {
		v.Boxes.Values = r.form["check"]
	}
	return v
}

// confirm records the reader's own half of what they ticked.
func confirm(r *room) (*done, error) {
	if err := r.take("confirm"); err != nil {
		return nil, err
	}
	ticked := r.form["check"]
	if len(ticked) == 0 {
		return nil, page.Bad("check", "tick each line that you have checked yourself", "kryss av for hver linje du selv har kontrollert")
	}
	for _, check := range ticked {
		// One form, one command a line: each line has an id of its own.
		if _, err := r.c.DoAlso(check, study.ConfirmOne{On: study.On{Participant: r.s.ID}, Visit: r.visit.ID, Check: check, Kit: r.c.Text("kit")}); err != nil {
			return nil, err
		}
	}
	fresh, err := open(r.c)
	if err != nil {
		return nil, err
	}
	if v := fresh.confirm(); v.Open {
		return did(r.c.T("room.confirm.yours"), "#confirm")
	}
	return did(r.c.T("room.confirm.done"), "#start")
}
