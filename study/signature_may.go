package study

import (
	"slices"

	"varde/access"
	"varde/instrument"
	"varde/protocol"
)

// MaySign says why the actor may not sign a participant's record with a meaning now,
// nil when they may.
func MaySign(def *protocol.Definition, s *State, env Env, record, meaning string) *Refusal {
	ref, err := ParseRecordRef(record)
	if err != nil {
		return refuse(Invalid, "bad-record", say("this names no record: %s", "dette er ikke navnet på en føring: %s", err.Error()))
	}
	if !slices.Contains(Meanings, meaning) {
		return invalid("meaning", "bad-meaning", "the meaning of a signature is authorship, review, approval or responsibility", "en signatur betyr authorship, review, approval eller responsibility")
	}
	signer := access.Actor{ID: env.Actor.ID, Role: env.Actor.Role}
	if !signer.Can(access.Sign) {
		return forbidden("your role signs no records", "rollen din signerer ikke føringer")
	}
	if _, ok := s.Tip(ref); !ok || ref.Kind == RecordProtocol {
		return noRecord()
	}
	entered := s.entered(ref, signer.ID)
	if !signer.Can(access.SeeJourney) && (ref.Kind != RecordForm || !entered) {
		// Who sees no journeys signs what they wrote, and nothing else exists for them.
		return noRecord()
	}
	if r := maySignKind(def, s, env, ref, meaning, entered); r != nil {
		return r
	}
	if meaning == MeansAuthorship && ref.Kind != RecordSession && !entered {
		return refuse(Forbidden, "not-author", Text{EN: "only those who entered something in the record sign as its author", NB: "bare de som har ført noe i den, signerer som forfatter"})
	}
	for _, x := range s.Signatures {
		if x.Holds() && x.Record == record && x.Meaning == meaning && x.By == signer.ID {
			return alreadySigned()
		}
	}
	return nil
}

func alreadySigned() *Refusal {
	return against("already-signed", "you have signed this record with this meaning already, and the signature holds", "du har allerede signert denne føringen med denne betydningen, og signaturen gjelder")
}

// maySignKind holds the rules of each kind of record.
func maySignKind(def *protocol.Definition, s *State, env Env, ref RecordRef, meaning string, entered bool) *Refusal {
	answers := meaning == MeansApproval || meaning == MeansResponsibility
	switch ref.Kind {
	case RecordForm:
		f := s.Forms[ref.Key()]
		if !entered && hidesForm(def, ref.Form, readingOf(def, env)) {
			return refuse(Forbidden, "cannot-see", Text{EN: "answers of this form are hidden from you because of blinding: nobody signs what they have not read", NB: "svar i dette skjemaet er skjult for deg på grunn av blinding: ingen signerer det de ikke har lest"})
		}
		if answers && !f.Complete() {
			return refuse(Against, "not-complete", say("%d required answers are missing: fill them in, or say why they are missing, before the form is signed", "%d påkrevde svar mangler: fyll dem ut, eller oppgi hvorfor de mangler, før skjemaet signeres", len(f.Missing)))
		}
	case RecordSession:
		x := s.Sessions[ref.ID]
		if x == nil {
			return noRecord()
		}
		if env.Actor.Role != "physician" && !slices.Contains(x.Pair, env.Actor.ID) {
			return refuse(Forbidden, "not-of-session", Text{EN: "a dosing session is signed by the pair who led it, or by a physician", NB: "en doseringsøkt signeres av paret som ledet den, eller av en lege"})
		}
		if meaning == MeansAuthorship && !slices.Contains(x.Pair, env.Actor.ID) && !entered {
			return refuse(Forbidden, "not-author", Text{EN: "only those who led the session or entered something in it sign as its author", NB: "bare de som ledet økten eller har ført noe i den, signerer som forfatter"})
		}
		if answers && x.Ended.IsZero() {
			return against("not-complete", "the session has not ended yet", "økten er ikke avsluttet ennå")
		}
	case RecordCasebook:
		if env.Actor.Role != "physician" {
			return forbidden("the whole record is signed by a physician", "den samlede journalen signeres av en lege")
		}
		if meaning == MeansAuthorship {
			return invalid("meaning", "bad-meaning", "the whole record has many authors: sign it for review, approval or responsibility", "den samlede journalen har mange forfattere: signer den som review, approval eller responsibility")
		}
	}
	return nil
}

// readingOf answers what the actor may see.
func readingOf(def *protocol.Definition, env Env) Sees {
	unblinded := env.Study != nil && !env.Study.Unblinded.IsZero() && env.Actor.Role != "rater"
	return func(c instrument.Blinding) bool { return unblinded || access.Sees(def, env.Actor.Role, c) }
}

// hidesForm says that some answer or score of the form may not be seen.
func hidesForm(def *protocol.Definition, form string, sees Sees) bool {
	c, ok := def.Form(form)
	if !ok {
		return false
	}
	for i := range c.Items {
		if !sees(c.Items[i].Blinding) {
			return true
		}
	}
	for i := range c.Scores {
		if !sees(c.Scores[i].Blinding) {
			return true
		}
	}
	return false
}
