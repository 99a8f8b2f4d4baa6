package clinic

import (
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// A participant may sign a consent in their own pages. What is left for the physician
// or coordinator is the conversation: the questions are answered and kept.

// signedSelf answers the participant's own signature under this version of a document
// that waits for the conversation.
func signedSelf(s *study.State, d *protocol.ConsentDocument) (study.ConsentSignature, bool) {
	w, ok := s.Signed[d.ID]
	return w, ok && w.PVersion == d.Version
}

// waits says that a signature under the present version of a document waits.
func waits(c *page.Context, s *study.State, document string) bool {
	for i := range c.Def.Consent.Documents {
		d := &c.Def.Consent.Documents[i]
		if _, ok := signedSelf(s, d); ok && d.ID == document && d.Valid {
			return true
		}
	}
	return false
}

// confirmOf asks for the conversation to be confirmed, and for nothing that the
// participant has answered already.
func confirmOf(c *page.Context, s *study.State, d *protocol.ConsentDocument, w study.ConsentSignature) actionForm {
	talked := sure(c, c.T("clinic.consent.talked", "name", c.Actor.Name))
	talked.Name = "signed"
	return actionForm{ID: "confirm-" + d.ID, Action: c.Path("p", s.ID, "consent", d.ID), Button: c.T("clinic.consent.talk"),
		Text:   c.T("clinic.consent.signedat", "time", c.Voice().DateTime(w.At), "language", c.T("clinic.lang."+w.Language)),
		Fields: []ui.Field{when(c), talked, {Kind: "hidden", Name: "version", Value: d.Version}}}
}

// consentAsked is the document that a task is about; "" = the first that is open.
func consentAsked(m *forms, s *study.State, document string) *consentView {
	for _, d := range append(openDocuments(m.c, s, true), openDocuments(m.c, s, false)...) {
		if d.ID == document {
			return documentOf(m, s, d)
		}
	}
	return consentOf(m, s)
}
