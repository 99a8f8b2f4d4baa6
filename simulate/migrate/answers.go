package migrate

import (
	"cmp"
	"slices"

	"varde/instrument"
	"varde/protocol/diff"
	"varde/study"
)

// answers compares every record of every form: what has no place any more, what does not
// fit, what is owed, and which scores come out differently.
func (m *move) answers() {
	keys := make([]study.FormKey, 0, len(m.was.Forms))
	for k := range m.was.Forms {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b study.FormKey) int {
		return cmp.Or(cmp.Compare(a.Visit, b.Visit), cmp.Compare(a.Form, b.Form), cmp.Compare(a.Repeat, b.Repeat))
	})
	for _, k := range keys {
		a, b := m.was.Forms[k], m.is.Forms[k]
		c, known := m.new.Form(k.Form)
		if _, place := study.PlaceOf(m.new, k.Visit, k.Form); !known || !place || b == nil {
			m.tell(ValueLost, nameOfRecord(k), diff.Error, true, text("%d answers, saved on %s", "%d svar, lagret %s", len(a.Values), study.DayOf(a.SavedAt, m.was.Zone)))
			continue
		}
		if was, ok := m.old.Form(k.Form); ok && was.Hash != c.Hash {
			m.record(k, a, b, was, c)
		}
	}
}

// nameOfRecord names a record.
func nameOfRecord(k study.FormKey) string { return study.FormRecord(k).String() }

func (m *move) record(k study.FormKey, a, b *study.FormState, was, is *instrument.Compiled) {
	at := nameOfRecord(k)
	kept := study.Values{}
	for _, id := range sortedKeys(a.Values) {
		v := a.Values[id]
		if _, ok := is.Item(id); !ok {
			if v.Kind() != instrument.None {
				m.tell(ValueLost, at+"."+id, diff.Error, true, text("the answer %q has no item any more", "svaret %q har ikke lenger noe felt", v.Text()))
			}
			continue
		}
		kept[id] = v
	}
	for _, e := range is.Validate(kept) {
		m.tell(ValueMisfit, at+"."+e.Item, diff.Error, true, text("%q: %s", "%q: %s", kept[e.Item].Text(), e.Text))
	}
	before := map[string]bool{}
	for _, d := range was.Doubts(a.Values) {
		before[d.Item+d.Code] = true
	}
	for _, d := range is.Doubts(kept) {
		if !before[d.Item+d.Code] {
			m.tell(ValueMisfit, at+"."+d.Item, diff.Change, false, text("%q would be asked about: %s", "%q ville blitt spurt om: %s", kept[d.Item].Text(), d.Text))
		}
	}
	for _, id := range b.Missing {
		if !slices.Contains(a.Missing, id) && !m.was.Status().Gone() {
			m.tell(AnswerOwed, at+"."+id, diff.Change, false, text("is required and not answered", "er påkrevd og ikke besvart"))
		}
	}
	ids := sortedKeys(a.Scores)
	for _, id := range sortedKeys(b.Scores) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		if x, y := a.Scores[id], b.Scores[id]; !x.Equal(y) {
			m.tell(ScoreChanged, at+"."+id, diff.Loud, false, text("%s, was %s", "%s, var %s", cmp.Or(y.Text(), "–"), cmp.Or(x.Text(), "–")))
		}
	}
}
