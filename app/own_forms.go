package app

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"varde/instrument"
	"varde/study"
)

// consents writes what happened to each consent, and the full text of every version
// that was signed.
func (x *ownData) consents() error {
	signed := map[[2]string]bool{}
	x.out.open("consents")
	err := x.app.each(x.ctx, x.h.id, study.ParticipantStream(x.s.ID), func(e study.Event) error {
		line := OwnConsent{At: e.At}
		switch d := e.Data.(type) {
		case study.ConsentSigned:
			line.What, line.Document, line.Version, line.Language = "signed", d.Document, d.PVersion, d.Language
			line.Answers = x.understood(d.Document, d.PVersion, d.Answers)
		case study.ConsentGiven:
			line.What, line.Document, line.Version, line.Language = "confirmed", d.Document, d.PVersion, d.Language
			line.Answers = x.understood(d.Document, d.PVersion, d.Answers)
		case study.ConsentUnsigned:
			line.What, line.Document = "taken-back", d.Document
		case study.ConsentWithdrawn:
			line.What, line.Document = "withdrawn", d.Document
		default:
			return nil
		}
		if line.Version != "" {
			signed[[2]string{line.Document, line.Version}] = true
		}
		for _, doc := range x.def.Consent.Documents {
			if doc.ID == line.Document && (line.Version == "" || doc.Version == line.Version) {
				line.Title = doc.Title
			}
		}
		x.out.element(line)
		return x.out.err
	})
	x.out.shut()
	if err != nil {
		return err
	}
	x.out.open("consentTexts")
	for _, doc := range x.def.Consent.Documents {
		if !signed[[2]string{doc.ID, doc.Version}] {
			continue
		}
		t := OwnText{Document: doc.ID, Version: doc.Version, Title: doc.Title, Sections: []OwnTextSection{}}
		for _, s := range doc.Sections {
			t.Sections = append(t.Sections, OwnTextSection{s.Title, s.Short, s.Long})
		}
		x.out.element(t)
	}
	x.out.shut()
	return x.out.err
}

// understood are the comprehension questions with what was answered.
func (x *ownData) understood(document, version string, given map[string]string) []OwnAnswer {
	var out []OwnAnswer
	for _, doc := range x.def.Consent.Documents {
		if doc.ID != document || doc.Version != version {
			continue
		}
		for _, q := range doc.Questions {
			for _, o := range q.Options {
				if o.ID == given[q.ID] {
					value, _ := json.Marshal(o.ID) // a string always encodes
					out = append(out, OwnAnswer{Item: q.ID, Question: q.Text, Answer: o.Text, Value: value})
				}
			}
		}
	}
	return out
}

// forms writes every record of every form in the order of the plan, logs last.
func (x *ownData) forms() error {
	records := make([]*study.FormState, 0, len(x.s.Forms))
	for _, f := range x.s.Forms {
		records = append(records, f)
	}
	place := func(f *study.FormState) int {
		if i := x.def.VisitIndex(f.Key.Visit); i >= 0 {
			return i
		}
		return len(x.def.Visits)
	}
	slices.SortFunc(records, func(p, q *study.FormState) int {
		return cmp.Or(place(p)-place(q), cmp.Compare(p.Key.Form, q.Key.Form), p.Key.Repeat-q.Key.Repeat)
	})
	x.out.open("forms")
	for _, f := range records {
		c, ok := x.def.Form(f.Key.Form)
		if !ok {
			continue
		}
		one, err := x.form(c, f)
		if err != nil {
			return err
		}
		x.out.element(one)
	}
	x.out.shut()
	return x.out.err
}

func (x *ownData) form(c *instrument.Compiled, f *study.FormState) (OwnForm, error) {
	role := "participant"
	if c.Respondent != instrument.ByParticipant {
		role = string(c.Respondent)
	}
	out := OwnForm{Form: f.Key.Form, Title: c.Title, Visit: f.Key.Visit, Repeat: f.Key.Repeat, SavedAt: f.SavedAt, By: respondentName(role), Answers: []OwnAnswer{}}
	for i := range c.Items {
		item := &c.Items[i]
		v, there := f.Values[item.ID]
		if !there || v.Kind() == instrument.None {
			continue
		}
		a, err := x.answer(c, item, f.Key, v)
		if err != nil {
			return out, err
		}
		out.Answers = append(out.Answers, a)
	}
	for _, sc := range c.Scores {
		if v, ok := f.Scores[sc.ID]; ok && v.Given() {
			out.Scores = append(out.Scores, OwnScore{Score: sc.ID, Title: sc.Title, Value: v.AppendJSON(nil)})
		}
	}
	return out, nil
}

func respondentName(by string) study.Text {
	switch by {
	case "participant":
		return study.Text{EN: "answered by you", NB: "besvart av deg"}
	case "rater":
		return study.Text{EN: "noted by an independent rater", NB: "notert av en uavhengig vurderer"}
	}
	return study.Text{EN: "noted by the team", NB: "notert av teamet"}
}

func (x *ownData) answer(c *instrument.Compiled, item *instrument.Item, key study.FormKey, v instrument.Value) (OwnAnswer, error) {
	a := OwnAnswer{Item: item.ID, Question: item.Text, Unit: item.Unit}
	switch {
	case v.Reason() == study.Hidden:
		a.Hidden = true
		return a, nil
	case v.Kind() == instrument.Absent:
		a.Missing = v.Reason()
		return a, nil
	case v.Kind() == instrument.Sealed:
		if !x.readable() {
			a.Missing = "erased"
			return a, nil
		}
		text, err := x.app.openWords(x.ctx, x.h, x.s.ID, itemField(key.Visit, key.Form, item.ID), v.Seal())
		if err != nil {
			return a, err
		}
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return a, fmt.Errorf("app: a sealed answer of %s does not read back", key.Form)
		}
	}
	a.Value, a.Answer = v.AppendJSON(nil), inWords(c, item, v)
	return a, nil
}

// inWords is an answer as a person reads it.
func inWords(c *instrument.Compiled, item *instrument.Item, v instrument.Value) study.Text {
	if b, ok := v.Bool(); ok {
		if b {
			return study.Text{EN: "Yes", NB: "Ja"}
		}
		return study.Text{EN: "No", NB: "Nei"}
	}
	var out study.Text
	for _, o := range c.OptionsOf(item) {
		if o.Value.Equal(v) || slices.Contains(v.Codes(), o.Value.Text()) {
			if out.EN != "" {
				out.EN, out.NB = out.EN+"; ", out.NB+"; "
			}
			out.EN, out.NB = out.EN+o.Text.EN, out.NB+o.Text.NB
		}
	}
	if out.EN == "" {
		out = study.Text{EN: v.Text(), NB: v.Text()}
	}
	return out
}
