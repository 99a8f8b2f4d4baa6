package clinic

import (
	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/signing"
	"varde/web/ui"
)

// trust fills in what stands on a participant's page of identity, unblinding and
// signatures.
func (v *journeyView) trust(c *page.Context, s *study.State) {
	if c.Can(access.SeeIdentity) {
		v.Identity = &ui.Link{Text: c.T("clinic.identity"), Href: c.Path("p", s.ID, "identity"), Variant: "secondary"}
	}
	v.Messages = messagesLink(c, s)
	if c.Can(access.Unblind) && !s.Reached[study.Randomised].IsZero() {
		v.Unblind = &ui.Link{Text: c.T("clinic.unblinding"), Href: c.Path("p", s.ID, "unblinding"), Variant: "tertiary"}
	}
	add := func(x *ui.Signatures, title string) {
		if x != nil {
			x.Title = title
			v.Signed = append(v.Signed, x)
		}
	}
	for _, g := range c.Def.Eligibility.Gates {
		ref := study.RecordRef{Kind: study.RecordGate, ID: g.ID}
		if _, decided := s.Tip(ref); decided {
			add(signing.Manifest(c, s.ID, ref.String(), true), c.T("clinic.signatures.gate", "gate", c.Say(g.Title)))
		}
	}
	for i := range c.Def.Visits {
		ref := study.SessionRecord(c.Def.Visits[i].ID)
		if _, ended := s.Tip(ref); ended {
			add(signing.Manifest(c, s.ID, ref.String(), true), c.T("clinic.signatures.session", "visit", visitTitle(c, c.Def.Visits[i].ID)))
		}
	}
	add(signing.Manifest(c, s.ID, study.Casebook.String(), true), c.T("clinic.signatures.casebook"))
}

// signedForm is the manifest of a form's record, and the way to sign it.
func signedForm(c *page.Context, p *place) *ui.Signatures {
	if p.record == nil || p.record.Version == 0 {
		return nil
	}
	ref := study.FormRecord(study.FormKey{Visit: p.visit, Form: p.form.ID, Repeat: p.repeat})
	if p.visit != "" {
		ref.Visit = visitRef(c, p.state.ID, p.visit) // as this reader may name it
	}
	return signing.Manifest(c, p.state.ID, ref.String(), true)
}

// --- the rater of an assessment, for those who draw ---

type ratingView struct {
	Facts []ui.KeyValue
	Draw  *actionForm
}

// ratingOf shows who was drawn for an assessment and offers to draw, to those who
// may. Whom the lot fell on is no secret from them; what was rated is.
func ratingOf(m *forms, s *study.State, v *protocol.Visit) *ratingView {
	c := m.c
	if !v.Hides || !c.Can(access.DrawRater) {
		return nil
	}
	x := &ratingView{}
	i := c.Def.VisitIndex(v.ID)
	r, drawn := s.Ratings[v.ID]
	drawn = drawn && r.Rater != ""
	who := ui.Cell{Text: c.T("clinic.rating.nobody")}
	if drawn {
		who = ui.Cell{Text: staffName(c, r.Rater), Time: r.Drawn}
	}
	x.Facts = []ui.KeyValue{{Key: c.T("clinic.rating.rater"), Cell: who}}
	if !r.Stated.IsZero() {
		said := ui.Cell{Time: r.Stated, Tags: []ui.Tag{{Text: c.T("clinic.rating.blind"), Tone: ui.Success}}}
		if !r.Blind {
			said.Tags = []ui.Tag{{Text: c.T("clinic.rating.notblind"), Tone: ui.Warning}}
			said.Sub = r.What
		}
		x.Facts = append(x.Facts, ui.KeyValue{Key: c.T("clinic.rating.statement"), Cell: said})
	}
	if s.Status().Gone() || !r.Stated.IsZero() || i >= len(s.Visits) || !s.Visits[i].Held.IsZero() || s.Visits[i].Missed != "" {
		return x
	}
	f := actionForm{ID: "draw", Title: c.T("clinic.rating.draw"), Text: c.T("clinic.rating.draw.text"), Action: visitPath(c, s.ID, v.ID) + "/draw", Button: c.T("clinic.rating.draw.button"), Quiet: drawn}
	if drawn {
		f.Title, f.Text, f.Button = c.T("clinic.rating.redraw"), c.T("clinic.rating.redraw.text"), c.T("clinic.rating.redraw.button")
		f.Fields = []ui.Field{{Kind: ui.LongTextField, Name: "reason", Rows: 2, Label: c.T("clinic.rating.reason"), Required: true, MaxLength: 2000}}
	}
	f = m.make(f)
	x.Draw = &f
	return x
}

func drawRater(c *page.Context, s *study.State) (study.Command, string, error) {
	visit := visitOf(c, s.ID)
	if visit == "" {
		return nil, "", page.NotFound("the protocol has no such visit", "protokollen har ikke noe slikt besøk")
	}
	return study.DrawRater{On: study.On{Participant: s.ID}, Visit: visit, Reason: c.Text("reason")}, c.T("clinic.rating.drawn"), nil
}
