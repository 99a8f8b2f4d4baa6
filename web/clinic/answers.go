package clinic

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui/locale"
)

// typed is what a person has typed into a form page, as it was typed.
type typed struct {
	answer map[string]string // by item; boxes as a JSON list of codes
	reason map[string]string
	base   map[string]string
	there  map[string]bool // the item was on the page
}

// readTyped takes the answers from a posted form. A field for an item that the
// form does not have is refused.
func readTyped(form url.Values, f *instrument.Compiled) (*typed, *study.Refusal) {
	t := &typed{answer: map[string]string{}, reason: map[string]string{}, base: map[string]string{}, there: map[string]bool{}}
	for name, values := range form {
		if len(name) < 3 || name[1] != '.' || len(values) == 0 {
			continue
		}
		kind, id := name[:2], name[2:]
		if kind != answerField && kind != reasonField && kind != baseField && kind != shownField {
			continue
		}
		item, ok := f.Item(id)
		if !ok {
			return nil, page.Bad("items."+id, "this form has no item \""+id+"\"", "dette skjemaet har ikke punktet «"+id+"»")
		}
		switch kind {
		case answerField:
			if item.Type == instrument.MultiChoice {
				t.answer[id] = codesText(values)
			} else {
				t.answer[id] = strings.TrimSpace(values[0])
			}
			t.there[id] = true
		case reasonField:
			t.reason[id] = values[0]
			t.there[id] = true
		case baseField:
			t.base[id] = values[0]
		case shownField:
			t.there[id] = true
		}
	}
	return t, nil
}

func codesText(codes []string) string {
	b, err := json.Marshal(codes)
	if err != nil {
		return ""
	}
	return string(b)
}

func codesOf(text string) []string {
	var codes []string
	if json.Unmarshal([]byte(text), &codes) != nil {
		return nil
	}
	return codes
}

// baseOf is a saved value as the page remembers it in baseField.
func baseOf(item *instrument.Item, v instrument.Value, zone *time.Location, lang string) string {
	if r := v.Reason(); r != "" {
		return "absent:" + r
	}
	return shown(item, v, zone, lang)
}

// fault is what keeps an answer from being saved.
type fault struct {
	item string
	text study.Text
}

// change is what a person has changed on the page: the values to save, and what
// cannot be read. An answer that the person did not touch is not in it, whatever
// others have saved meanwhile.
func (t *typed) change(f *instrument.Compiled, saved study.Values, zone *time.Location) (study.Values, []fault) {
	out := study.Values{}
	var faults []fault
	for i := range f.Items {
		item := &f.Items[i]
		if !t.there[item.ID] || saved[item.ID].Reason() == study.Hidden {
			continue
		}
		v, touched, x := t.value(f, item, zone)
		if x != nil {
			faults = append(faults, *x)
			continue
		}
		if touched && !v.Equal(saved[item.ID]) {
			out[item.ID] = v
		}
	}
	return out, faults
}

func (t *typed) value(f *instrument.Compiled, item *instrument.Item, zone *time.Location) (v instrument.Value, touched bool, x *fault) {
	answer, reason, base := t.answer[item.ID], t.reason[item.ID], t.base[item.ID]
	if item.Type == instrument.MultiChoice && answer == "[]" {
		answer = ""
	}
	baseReason, wasAbsent := strings.CutPrefix(base, "absent:")
	if !wasAbsent {
		baseReason = ""
	}
	if reason != "" {
		if answer != "" && answer != base {
			return v, false, &fault{item.ID, study.Text{EN: "there is both an answer and a reason for none: keep one of them", NB: "det er både et svar og en grunn til at det mangler: behold én av dem"}}
		}
		if !slices.Contains(instrument.AbsentReasons, reason) {
			return v, false, &fault{item.ID, study.Text{EN: "choose one of the reasons", NB: "velg en av grunnene"}}
		}
		return instrument.AbsentValue(reason), reason != baseReason, nil
	}
	if answer == "" {
		// Emptied: only where there was something before.
		return instrument.Value{}, base != "", nil
	}
	if answer == base {
		return v, false, nil
	}
	v, err := f.Parse(item.ID, t.forParse(item, answer, zone))
	if err != nil {
		x = &fault{item: item.ID, text: study.Text{EN: "this cannot be read", NB: "dette kan ikke leses"}}
		if e, ok := err.(*instrument.ValueError); ok {
			x.text = e.Text
		}
		return instrument.Value{}, false, x
	}
	return v, true, nil
}

// forParse turns what browsers send into what Parse reads.
func (t *typed) forParse(item *instrument.Item, answer string, zone *time.Location) string {
	switch item.Type {
	case instrument.DateTime:
		for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
			if at, err := time.ParseInLocation(layout, answer, zone); err == nil {
				return at.Format(time.RFC3339)
			}
		}
	case instrument.Time:
		if h, m, ok := locale.ParseTime(answer); ok {
			return time.Date(0, 1, 1, h, m, 0, 0, time.UTC).Format("15:04")
		}
	}
	return answer
}

// merged is the record as it would be with the change.
func merged(saved, change study.Values) study.Values {
	out := make(study.Values, len(saved)+len(change))
	for id, v := range saved {
		out[id] = v
	}
	for id, v := range change {
		if v.Kind() == instrument.None {
			delete(out, id)
			continue
		}
		out[id] = v
	}
	return out
}

// corrects says that the change alters something that was saved before.
func corrects(saved, change study.Values) bool {
	for id := range change {
		if saved[id].Kind() != instrument.None {
			return true
		}
	}
	return false
}
