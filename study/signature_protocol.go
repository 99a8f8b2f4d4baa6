package study

import (
	"slices"
	"strings"

	"varde/access"
	"varde/protocol"
)

// SignatureOwed is a row of the protocol's signatures that is not satisfied yet.
type SignatureOwed struct {
	Row  protocol.SignatureRow
	Have int // different persons who have signed
}

// Title says who is meant.
func (o SignatureOwed) Title() Text {
	who := RoleName(o.Row.Role)
	if o.Row.Title.EN != "" {
		who = o.Row.Title
	}
	meaning := map[string]Text{
		MeansAuthorship: {EN: "authorship", NB: "forfatterskap"}, MeansReview: {EN: "review", NB: "gjennomgang"},
		MeansApproval: {EN: "approval", NB: "godkjenning"}, MeansResponsibility: {EN: "responsibility", NB: "ansvar"},
	}[o.Row.Meaning]
	if n := o.Row.Persons(); n > 1 {
		return say("%s (%s, %d of %d)", "%s (%s, %d av %d)", who, meaning, o.Have, n)
	}
	return say("%s (%s)", "%s (%s)", who, meaning)
}

// ProtocolSignaturesOwed answers which of the protocol's signatures are missing, in
// the protocol's order. Each row counts different persons.
func ProtocolSignaturesOwed(def *protocol.Definition, s *StudyState) []SignatureOwed {
	var out []SignatureOwed
	for _, row := range def.Signatures {
		var persons []string
		for _, x := range s.Signatures {
			if x.Holds() && x.Role == row.Role && x.Meaning == row.Meaning && !slices.Contains(persons, x.By) {
				persons = append(persons, x.By)
			}
		}
		if len(persons) < row.Persons() {
			out = append(out, SignatureOwed{Row: row, Have: len(persons)})
		}
	}
	return out
}

// protocolSigned refuses to open a site of a live study under a protocol that does
// not carry all its signatures.
func protocolSigned(def *protocol.Definition, s *StudyState) *Refusal {
	if s.Mode != "live" {
		return nil
	}
	owed := ProtocolSignaturesOwed(def, s)
	if len(owed) == 0 {
		return nil
	}
	names := func(lang string) string {
		var out []string
		for _, o := range owed {
			out = append(out, o.Title().In(lang))
		}
		return strings.Join(out, "; ")
	}
	return refuse(Against, "protocol-not-signed", Text{
		EN: "no site opens before this version of the protocol is signed; missing: " + names("en"),
		NB: "ingen steder åpnes før denne versjonen av protokollen er signert; mangler: " + names("nb")})
}

// MaySignProtocol says why the actor may not sign the study's protocol with a
// meaning, nil when they may.
func MaySignProtocol(def *protocol.Definition, s *StudyState, env Env, meaning string) *Refusal {
	if !(access.Actor{Role: env.Actor.Role}).Can(access.Sign) || !slices.ContainsFunc(def.Signatures, func(r protocol.SignatureRow) bool { return r.Role == env.Actor.Role && r.Meaning == meaning }) {
		return forbidden("the protocol does not ask your role for a signature with this meaning", "protokollen ber ikke rollen din om en signatur med denne betydningen")
	}
	for _, x := range s.Signatures {
		if x.Holds() && x.Meaning == meaning && x.By == env.Actor.ID {
			return alreadySigned()
		}
	}
	return nil
}

// signProtocol decides a signature under the study's protocol.
func signProtocol(def *protocol.Definition, o Overview, env Env, c Sign) (Payload, *Refusal) {
	st, event, r := c.signed(env)
	if r != nil {
		return nil, r
	}
	if st.Record != ProtocolRecord.String() {
		return nil, noRecord()
	}
	if r := MaySignProtocol(def, o.Study, env, st.Meaning); r != nil {
		return nil, r
	}
	if st.Version != o.Study.Tip {
		return nil, recordChanged()
	}
	return event, nil
}

// addSignature takes a signature under the protocol into account.
func (s *StudyState) addSignature(d RecordSigned, e Event) {
	s.Signatures = append(s.Signatures[:len(s.Signatures):len(s.Signatures)], Signature{RecordSigned: d, By: e.Actor, Role: e.Role, At: e.At})
}
