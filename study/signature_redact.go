package study

import (
	"varde/instrument"
	"varde/protocol"
)

// A statement holds the hash of a ledger event, and that hash stands for every
// event of the stream before it. Whoever can guess a hidden value could try the
// guess against it. So a reader from whom the protocol hides anything sees that a
// record is signed, by whom, when and what for, and nothing that a guess could be
// tried against: no digest, no statement, no proof.

// HidesAny says that some value of some form is hidden from the reader, for the sake of
// the blinding. The notes of those who treat tell no arm, and are long free text that
// nobody guesses: hashes are not kept back for them.
func HidesAny(def *protocol.Definition, reader Sees) bool {
	sees := func(class instrument.Blinding) bool { return class == instrument.Treating || reader(class) }
	for id := range def.Instruments {
		if hidesForm(def, id, sees) {
			return true
		}
	}
	return !sees(instrument.Revealing)
}

// withoutProof leaves of a signature what shows it, and takes away what proves it.
func (d RecordSigned) withoutProof() RecordSigned {
	d.Digest, d.Statement, d.Proof = "", "", Proof{Method: d.Proof.Method}
	return d
}

// redactSigned answers a signature as the reader may see it; ok is false when they
// may not know of the record at all.
func redactSigned(def *protocol.Definition, d RecordSigned, sees Sees) (RecordSigned, bool) {
	ref, err := ParseRecordRef(d.Record)
	switch {
	case err == nil && ref.Kind == RecordProtocol:
		return d, true // its stream holds nothing that is hidden
	case err == nil && ref.Kind == RecordSession && !sees(instrument.Revealing):
		return d, false
	case HidesAny(def, sees):
		return d.withoutProof(), true
	}
	return d, true
}

func redactSignatures(def *protocol.Definition, list []Signature, sees Sees) []Signature {
	if len(list) == 0 {
		return nil
	}
	out := make([]Signature, 0, len(list))
	for _, x := range list {
		d, ok := redactSigned(def, x.RecordSigned, sees)
		if x.RecordSigned = d; ok {
			out = append(out, x)
		}
	}
	return out
}

// onlySignatures answers the signatures under the forms that are left in n, for a
// role that sees no journey.
func onlySignatures(def *protocol.Definition, s, n *State, role string) []Signature {
	var out []Signature
	for _, x := range s.Signatures {
		ref, err := ParseRecordRef(x.Record)
		if err != nil || ref.Kind != RecordForm || n.Forms[ref.Key()] == nil {
			continue
		}
		x.RecordSigned = x.withoutProof()
		if hidesVisits(def, role) {
			x.Version = 0 // how long the stream is tells how far the participant has come
		}
		out = append(out, x)
	}
	return out
}

// ownSignatures leaves those under forms that the person has entered.
func ownSignatures(full *State, list []Signature, person string) []Signature {
	var out []Signature
	for _, x := range list {
		if ref, err := ParseRecordRef(x.Record); err == nil && ref.Kind == RecordForm && full.Forms[ref.Key()].enteredBy(person) {
			out = append(out, x)
		}
	}
	return out
}
