package study

import "time"

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

// Proof is how it is known that the signer signed.
type Proof struct {
	Authenticator string `json:"authenticatorData,omitempty"` // base64url, as the passkey gave it
	ClientData    string `json:"clientDataJSON,omitempty"`    // base64url
	Credential    string `json:"credential,omitempty"`        // base64url id of the passkey
	Key           string `json:"publicKey,omitempty"`         // base64url COSE key, as registered
	Method        string `json:"method"`                      // "passkey", "password"
	Signature     string `json:"signature,omitempty"`         // base64url
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

func (d *decision) sign(c Sign) *Refusal {
	return against("not-built", "signing is not built", "signering er ikke bygget")
}
