package study

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"varde/ledger"
)

// Electronic signatures (21 CFR Part 11 subpart C; EU GMP Annex 11 section 14):
// the signed record, its meaning, the signer's printed name and the time stand in
// one statement. Its SHA-256 is what the signer's passkey signs.

// Meanings of a signature.
const (
	MeansAuthorship     = "authorship"     // I made this record
	MeansReview         = "review"         // I have reviewed it
	MeansApproval       = "approval"       // I approve it
	MeansResponsibility = "responsibility" // I take responsibility for it
)

// Meanings in order, for choosing.
var Meanings = []string{MeansAuthorship, MeansReview, MeansApproval, MeansResponsibility}

var meaningNames = map[string]Text{
	MeansAuthorship:     {EN: "I made this record", NB: "Jeg har laget denne føringen"},
	MeansReview:         {EN: "I have reviewed this record", NB: "Jeg har gjennomgått denne føringen"},
	MeansApproval:       {EN: "I approve this record", NB: "Jeg godkjenner denne føringen"},
	MeansResponsibility: {EN: "I take responsibility for this record", NB: "Jeg tar ansvar for denne føringen"},
}

// MeaningName answers what a meaning says, in the signer's voice.
func MeaningName(meaning string) Text {
	if t, ok := meaningNames[meaning]; ok {
		return t
	}
	return Text{EN: meaning, NB: meaning}
}

// SigningTime is how far a statement's time may lie from the moment it is signed,
// and how long a signature may be under way.
const SigningTime = 5 * time.Minute

// Statement is what is signed. Its canonical JSON is kept, so that it can be
// verified without this program.
type Statement struct {
	Account string    `json:"account"`
	Meaning string    `json:"meaning"`
	Name    string    `json:"name"` // printed name
	Record  string    `json:"record"`
	Role    string    `json:"role"`
	Stream  string    `json:"stream"`
	Study   string    `json:"study"`
	Time    time.Time `json:"time"`
	Tip     string    `json:"tip"`     // hex hash of the record's last event, which commits to all before it
	Version int64     `json:"version"` // of the stream at that event
}

// Text is the statement's canonical JSON, which is what stands in the record. The
// time is written in UTC.
func (s Statement) Text() (string, error) {
	s.Time = s.Time.UTC()
	text, err := ledger.Canonical(s)
	return string(text), err
}

// ParseStatement reads a statement, and refuses one that is not written in the one
// way there is: a field more, less or in another order.
func ParseStatement(text string) (Statement, error) {
	var s Statement
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Statement{}, fmt.Errorf("study: the statement is not readable: %w", err)
	}
	again, err := s.Text()
	if err != nil {
		return Statement{}, fmt.Errorf("study: the statement cannot be written: %w", err)
	}
	if again != text {
		return Statement{}, fmt.Errorf("study: the statement is not canonical JSON of its fields")
	}
	return s, nil
}

// Digest is the SHA-256 of a statement's text: the challenge that a passkey signs.
func Digest(statement string) [32]byte { return sha256.Sum256([]byte(statement)) }

// Proof is how it is known that the signer signed.
type Proof struct {
	Authenticator string `json:"authenticatorData,omitempty"` // base64url, as the passkey gave it
	ClientData    string `json:"clientDataJSON,omitempty"`    // base64url
	Credential    string `json:"credential,omitempty"`        // base64url id of the passkey
	Method        string `json:"method"`                      // "passkey", "password"
	Key           string `json:"publicKey,omitempty"`         // base64url COSE key, as registered
	Signature     string `json:"signature,omitempty"`         // base64url
}

// Methods of proving who signs.
const (
	ByPasskey  = "passkey"
	ByPassword = "password"
)

// Fault says what of the proof is missing or too much, "" when it has the shape of
// its method. Whether the signature is right is told by package signing.
func (p Proof) Fault() string {
	fields := []struct{ name, text string }{{"authenticatorData", p.Authenticator}, {"clientDataJSON", p.ClientData}, {"credential", p.Credential}, {"publicKey", p.Key}, {"signature", p.Signature}}
	switch p.Method {
	case ByPasskey:
		for _, f := range fields {
			if b, err := base64.RawURLEncoding.Strict().DecodeString(f.text); err != nil || len(b) == 0 {
				return f.name + " is not given in base64url"
			}
		}
	case ByPassword:
		for _, f := range fields {
			if f.text != "" {
				return f.name + " does not belong to the method password"
			}
		}
	default:
		return fmt.Sprintf("%.20q is not a method of signing", p.Method)
	}
	return ""
}

// Sign puts a signature under a record of a participant, or of the study when
// Participant is "" (Record "protocol"). Statement is canonical JSON of a
// Statement. The proof was checked before.
type Sign struct {
	On
	Statement string
	Proof     Proof
}

// RecordSigned is a signature.
type RecordSigned struct {
	Digest    string `json:"digest"` // hex SHA-256 of Statement
	Meaning   string `json:"meaning"`
	Name      string `json:"name"`
	Proof     Proof  `json:"proof"`
	Record    string `json:"record"` // see RecordRef
	Statement string `json:"statement"`
	Version   int64  `json:"version"`
}

func (c Sign) Stream() string {
	if c.Participant == "" {
		return StudyStream
	}
	return ParticipantStream(c.Participant)
}

func (RecordSigned) eventType() string { return "record.signed" }

// Signature on a record, as it stands.
type Signature struct {
	RecordSigned
	By   string
	Role string
	At   time.Time
	// Void is when the record was changed after the signature, zero while it holds.
	Void   time.Time
	VoidBy string // account that changed it
}

// Holds says that the record was not changed after the signature.
func (s Signature) Holds() bool { return s.Void.IsZero() }

// signed is what a statement becomes, or why it cannot be signed by this actor, in
// this study and stream, now. It does not look at the record.
func (c Sign) signed(env Env) (Statement, RecordSigned, *Refusal) {
	st, err := ParseStatement(c.Statement)
	if err != nil {
		return st, RecordSigned{}, refuse(Invalid, "bad-statement", say("what is signed is not readable: %s", "det som signeres er ikke lesbart: %s", err.Error()))
	}
	if fault := c.Proof.Fault(); fault != "" {
		return st, RecordSigned{}, refuse(Invalid, "bad-proof", say("the proof of presence is not complete: %s", "beviset for tilstedeværelse er ikke fullstendig: %s", fault))
	}
	switch {
	case st.Study != env.StudyID || st.Stream != c.Stream():
		return st, RecordSigned{}, invalid("statement", "other-record", "the statement speaks of another study or participant", "erklæringen gjelder en annen studie eller deltaker")
	case st.Account != env.Actor.ID || st.Role != env.Actor.Role || st.Name != env.Actor.Name || st.Name == "":
		return st, RecordSigned{}, invalid("statement", "other-signer", "the statement was made for somebody else, or in another role: begin the signature again", "erklæringen ble laget for noen andre, eller i en annen rolle: begynn signeringen på nytt")
	case !slices.Contains(Meanings, st.Meaning):
		return st, RecordSigned{}, invalid("statement", "bad-meaning", "the meaning of a signature is authorship, review, approval or responsibility", "en signatur betyr authorship, review, approval eller responsibility")
	case st.Time.Before(env.Now.Add(-SigningTime)) || st.Time.After(env.Now.Add(SigningTime)):
		return st, RecordSigned{}, against("signing-too-late", "the signature was begun more than five minutes ago: begin it again", "signeringen ble begynt for mer enn fem minutter siden: begynn på nytt")
	}
	digest := Digest(c.Statement)
	return st, RecordSigned{Digest: hex.EncodeToString(digest[:]), Meaning: st.Meaning, Name: st.Name, Proof: c.Proof, Record: st.Record, Statement: c.Statement, Version: st.Version}, nil
}

func (d *decision) sign(c Sign) *Refusal {
	st, event, r := c.signed(d.env)
	if r != nil {
		return r
	}
	if r := MaySign(d.def, d.s, d.env, st.Record, st.Meaning); r != nil {
		return r
	}
	ref, err := ParseRecordRef(st.Record)
	if err != nil {
		return noRecord()
	}
	if tip, _ := d.s.Tip(ref); tip != st.Version {
		return recordChanged()
	}
	d.at = d.env.Now.UTC().Truncate(time.Microsecond) // the moment of signing is not the signer's to choose
	d.happen(event)
	return nil
}

func noRecord() *Refusal {
	return missing("no-such-record", "there is no such record to sign", "det finnes ingen slik føring å signere")
}

func recordChanged() *Refusal {
	return refuse(Stale, "record-changed", Text{
		EN: "the record has changed since the signature was begun: read it again, and sign what it says now",
		NB: "føringen er endret siden signeringen ble begynt: les den på nytt, og signer det som står der nå"})
}

// addSignature takes a signature into account.
func (s *State) addSignature(d RecordSigned, e Event) {
	s.own(partSignatures)
	s.Signatures = append(s.Signatures, Signature{RecordSigned: d, By: e.Actor, Role: e.Role, At: e.At})
}

// void marks the signatures that stood under what the event has changed.
func (s *State) void(e Event) {
	for i := range s.Signatures {
		if !s.Signatures[i].Holds() {
			continue
		}
		ref, err := ParseRecordRef(s.Signatures[i].Record)
		if err == nil && !ref.TouchedBy(e.Data) {
			continue
		}
		s.own(partSignatures)
		s.Signatures[i].Void, s.Signatures[i].VoidBy = e.Recorded, e.Actor
	}
}
