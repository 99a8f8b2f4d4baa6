package clinic

import (
	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// consentView is a document to read, understand and sign. Template "consent".
type consentView struct {
	ID, Title, Version string
	Sections           []consentSection
	Form               actionForm
	LangNote           string
}

type consentSection struct{ Title, Short, Long string }

// openDocuments are the documents that may be signed now and are not.
func openDocuments(c *page.Context, s *study.State, required bool) []*protocol.ConsentDocument {
	var out []*protocol.ConsentDocument
	for i := range c.Def.Consent.Documents {
		d := &c.Def.Consent.Documents[i]
		have, ok := s.Consents[d.ID]
		signed := ok && have.Withdrawn.IsZero() && have.Version == d.Version
		if d.Valid && d.Required == required && !signed {
			out = append(out, d)
		}
	}
	return out
}

// consentOf is the first required document that is open.
func consentOf(m *forms, s *study.State) *consentView {
	if list := openDocuments(m.c, s, true); len(list) > 0 {
		return documentOf(m, s, list[0])
	}
	return nil
}

func documentOf(m *forms, s *study.State, d *protocol.ConsentDocument) *consentView {
	c := m.c
	v := &consentView{ID: d.ID, Title: c.Say(d.Title), Version: d.Version}
	if s.Language != "" && s.Language != c.Lang {
		v.LangNote = c.T("clinic.consent.language.note", "language", c.T("clinic.lang."+s.Language))
	}
	for _, x := range d.Sections {
		v.Sections = append(v.Sections, consentSection{c.Say(x.Title), c.Say(x.Short), c.Say(x.Long)})
	}
	if w, ok := signedSelf(s, d); ok {
		v.LangNote = ""
		v.Form = m.make(confirmOf(c, s, d, w))
		return v
	}
	f := actionForm{ID: "consent-" + d.ID, Action: c.Path("p", s.ID, "consent", d.ID), Button: c.T("clinic.consent.sign"), Text: ""}
	for _, q := range d.Questions {
		field := ui.Field{Kind: ui.RadioField, Name: "q." + q.ID, Label: c.Say(q.Text), Required: true}
		for _, o := range q.Options {
			field.Options = append(field.Options, ui.Option{Value: o.ID, Label: c.Say(o.Text)})
		}
		f.Fields = append(f.Fields, field)
	}
	lang := s.Language
	if lang == "" {
		lang = c.Lang
	}
	f.Fields = append(f.Fields,
		ui.Field{Kind: ui.RadioField, Name: "language", Label: c.T("clinic.consent.language"), Row: true, Required: true, Value: lang,
			Options: []ui.Option{{Value: "nb", Label: c.T("clinic.lang.nb")}, {Value: "en", Label: c.T("clinic.lang.en")}}},
		when(c), sure(c, c.T("clinic.consent.signed", "name", c.Actor.Name)))
	f.Fields[len(f.Fields)-1].Name = "signed"
	f.Fields = append(f.Fields, ui.Field{Kind: "hidden", Name: "version", Value: d.Version})
	v.Form = m.make(f)
	v.Form.Fields[len(v.Form.Fields)-1].Value = d.Version
	return v
}

// consentsView is every document with its signature, and the optional ones to sign.
type consentsView struct {
	Rows     []ui.KeyValue
	Optional []*consentView
	Withdraw []actionForm
}

func consentsOf(m *forms, s *study.State) consentsView {
	c := m.c
	var v consentsView
	seen := map[string]bool{}
	for _, d := range c.Def.Consent.Documents {
		if seen[d.ID] {
			continue
		}
		seen[d.ID] = true
		row := ui.KeyValue{Key: c.Say(d.Title)}
		have, ok := s.Consents[d.ID]
		switch {
		case ok && !have.Withdrawn.IsZero():
			row.Cell = ui.Cell{Tags: []ui.Tag{{Text: c.T("clinic.consent.withdrawn"), Tone: ui.Warning}}, Sub: c.Voice().DateTime(have.Withdrawn)}
		case ok:
			row.Cell = ui.Cell{Tags: []ui.Tag{{Text: c.T("clinic.consent.given"), Tone: ui.Success}}, Sub: c.T("clinic.consent.version", "version", have.Version, "time", c.Voice().DateTime(have.At))}
			if c.Can(access.Consent) && !d.Required && !s.Status().Gone() {
				v.Withdraw = append(v.Withdraw, m.make(actionForm{ID: "withdraw-" + d.ID, Title: c.T("clinic.consent.withdraw", "title", c.Say(d.Title)), Text: c.T("clinic.consent.withdraw.text"),
					Action: c.Path("p", s.ID, "consent", d.ID, "withdraw"), Button: c.T("clinic.consent.withdraw.button"), Danger: true,
					Fields: []ui.Field{reasonOf(c), noteOf(c), sure(c, c.T("clinic.leave.sure"))}}))
			}
		case waits(c, s, d.ID):
			row.Cell = ui.Cell{Tags: []ui.Tag{{Text: c.T("clinic.consent.signedself"), Tone: ui.Info}}, Sub: c.Voice().DateTime(s.Signed[d.ID].At)}
		default:
			tag := ui.Tag{Text: c.T("clinic.consent.open"), Tone: ui.Neutral}
			if d.Required {
				tag.Tone = ui.Warning
			}
			row.Cell.Tags = []ui.Tag{tag}
		}
		v.Rows = append(v.Rows, row)
	}
	if c.Can(access.Consent) && !s.Status().Gone() && !s.Reached[study.Prescreened].IsZero() {
		for _, d := range openDocuments(c, s, false) {
			v.Optional = append(v.Optional, documentOf(m, s, d))
		}
	}
	return v
}

func reasonOf(c *page.Context) ui.Field {
	f := ui.Field{Kind: ui.SelectField, Name: "reason", Label: c.T("clinic.leave.reason"), Required: true}
	for _, r := range c.Def.Withdrawal.Reasons {
		f.Options = append(f.Options, ui.Option{Value: r.ID, Label: c.Say(r.Text)})
	}
	return f
}

func noteOf(c *page.Context) ui.Field {
	return ui.Field{Kind: ui.LongTextField, Name: "note", Rows: 2, Label: c.T("clinic.leave.note"), Hint: c.T("clinic.leave.note.hint"), Optional: true, MaxLength: 2000}
}
