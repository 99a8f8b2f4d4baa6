// Package signing verifies electronic signatures from the record alone: what was
// signed, that it is the record as it stood, and that the signer's passkey signed
// it. It trusts nothing that the program says about a signature, and needs no
// running program: an exported archive is enough.
//
// What is promised of a signature that verifies: the statement is whole (its
// SHA-256 is the digest), it names this study, stream, signer and time, the hash in
// it is that of the record's last event before the signature, which commits to
// everything before it, and the passkey with the public key inside signed exactly
// this digest while its user was verified. With the house's log at hand also: the
// key was registered to the signer's account before, and not revoked then.
//
// A signature by password proves that the program saw the right password and code;
// no key signs it, and what shows it is the ledger's chain alone.
package signing

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"

	"varde/bilingual"
	"varde/identity"
	"varde/ledger"
	"varde/study"
)

// Fault is why a signature does not verify.
type Fault struct {
	Code string         `json:"code"` // stable
	Text bilingual.Text `json:"text"`
}

func (f *Fault) Error() string { return f.Code + ": " + f.Text.EN }

// Codes of faults.
const (
	BadEvent     = "bad-event"     // the event cannot be read
	BadStatement = "bad-statement" // the statement is not whole, or not in canonical form
	BadDigest    = "bad-digest"    // the digest is not that of the statement
	BadCopy      = "bad-copy"      // the event says something else than the statement in it
	BadTime      = "bad-time"      // the statement's time is not that of the event
	BadProof     = "bad-proof"     // the proof lacks something
	BadSignature = "bad-signature" // the passkey's signature is not right
	BadTip       = "bad-tip"       // the record's last event has another hash
	NotLast      = "not-last"      // the record was changed before it was signed
	NotItsKey    = "not-its-key"   // the key was not the account's at that time
)

func fault(code, en, nb string) *Fault {
	return &Fault{Code: code, Text: bilingual.Text{EN: en, NB: nb}}
}

// CheckEvent verifies a signature's event by itself: statement, digest, and with a
// passkey the cryptographic signature. It answers the statement; whether the record
// is the one signed is told by [CheckTip], whose key it was by [Keys.Check].
func CheckEvent(studyID string, e study.Event, d study.RecordSigned) (study.Statement, *Fault) {
	st, err := study.ParseStatement(d.Statement)
	if err != nil {
		return st, fault(BadStatement, "the statement is not in canonical form: something was changed", "erklæringen har ikke kanonisk form: noe er endret")
	}
	digest := study.Digest(d.Statement)
	if d.Digest != hex.EncodeToString(digest[:]) {
		return st, fault(BadDigest, "the digest is not the SHA-256 of the statement", "kontrollsummen er ikke SHA-256 av erklæringen")
	}
	if st.Study != studyID || st.Stream != e.Stream || st.Account != e.Actor || st.Role != e.Role ||
		st.Record != d.Record || st.Meaning != d.Meaning || st.Name != d.Name || st.Version != d.Version || st.Version < 1 || st.Version >= e.Version {
		return st, fault(BadCopy, "the event around the statement says something else than the statement", "hendelsen rundt erklæringen sier noe annet enn erklæringen")
	}
	if off := e.Recorded.Sub(st.Time).Abs(); off > study.SigningTime {
		return st, fault(BadTime, "the time in the statement is not the time at which it was recorded", "tidspunktet i erklæringen er ikke da den ble ført")
	}
	if f := d.Proof.Fault(); f != "" {
		return st, fault(BadProof, "the proof is not whole: "+f, "beviset er ikke fullstendig: "+f)
	}
	return st, CheckProof(d.Proof, digest)
}

// CheckProof verifies that a passkey signed exactly the digest, with its user
// verified, at the address that its browser names and that the key is bound to. A
// proof by password holds nothing to verify.
func CheckProof(p study.Proof, digest [32]byte) *Fault {
	if p.Method != study.ByPasskey {
		return nil
	}
	a, f := assertion(p)
	if f != nil {
		return f
	}
	origin, host := Origin(p)
	if host == "" {
		return fault(BadProof, "what the browser says about the signature is not readable", "det nettleseren sier om signaturen er ikke lesbart")
	}
	if err := identity.VerifyAssertion(a, digest[:], []string{origin}, host); err != nil {
		return fault(BadSignature, "the passkey's signature does not fit the statement: "+err.Error(), "passnøkkelens signatur passer ikke til erklæringen: "+err.Error())
	}
	return nil
}

// assertion reads a proof; its fields are in base64url.
func assertion(p study.Proof) (identity.Assertion, *Fault) {
	var a identity.Assertion
	for _, f := range []struct {
		to   *[]byte
		text string
	}{{&a.Credential, p.Credential}, {&a.Key, p.Key}, {&a.Authenticator, p.Authenticator}, {&a.ClientData, p.ClientData}, {&a.Signature, p.Signature}} {
		b, err := base64.RawURLEncoding.Strict().DecodeString(f.text)
		if err != nil {
			return a, fault(BadProof, "the proof is not in base64url", "beviset er ikke i base64url")
		}
		*f.to = b
	}
	return a, nil
}

// Proof makes of a passkey's assertion what stands in the record.
func Proof(a identity.Assertion) study.Proof {
	text := base64.RawURLEncoding.EncodeToString
	return study.Proof{Method: study.ByPasskey, Authenticator: text(a.Authenticator), ClientData: text(a.ClientData),
		Credential: text(a.Credential), Key: text(a.Key), Signature: text(a.Signature)}
}

// Origin answers where the browser said that it was when it signed, and the host of
// it, to which the passkey is bound; "" when it cannot be read.
func Origin(p study.Proof) (origin, host string) {
	text, err := base64.RawURLEncoding.DecodeString(p.ClientData)
	if err != nil {
		return "", ""
	}
	var said struct {
		Origin string `json:"origin"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return "", ""
	}
	u, err := url.Parse(said.Origin)
	if err != nil {
		return "", ""
	}
	return said.Origin, u.Hostname()
}

// CheckTip compares the hash in a statement with that of the event it names.
func CheckTip(st study.Statement, tip ledger.Hash) *Fault {
	if st.Tip != tip.Hex() {
		return fault(BadTip, "the record is not the one that was signed: its last event has another hash", "føringen er ikke den som ble signert: siste hendelse har en annen kontrollsum")
	}
	return nil
}
