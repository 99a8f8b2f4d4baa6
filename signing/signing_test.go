package signing

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varde/identity"
	"varde/instrument"
	"varde/ledger"
	"varde/study"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// passkey is an ES256 key as an authenticator holds it.
type passkey struct {
	id      []byte
	private *ecdsa.PrivateKey
	cose    []byte
}

func newPasskey(t testing.TB) passkey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	// COSE_Key (RFC 9053 section 7.1): {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
	cose := slices.Concat([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33], []byte{0x22, 0x58, 0x20}, point[33:])
	return passkey{id: []byte("credential-1"), private: private, cose: cose}
}

// proof signs a challenge as a browser at an origin would have it signed.
func (p passkey) proof(t testing.TB, challenge []byte, origin, host string) study.Proof {
	t.Helper()
	client, err := json.Marshal(map[string]any{"type": "webauthn.get", "challenge": base64.RawURLEncoding.EncodeToString(challenge), "origin": origin})
	if err != nil {
		t.Fatal(err)
	}
	rp := sha256.Sum256([]byte(host))
	auth := slices.Concat(rp[:], []byte{0x05, 0, 0, 0, 1}) // present, verified; counter 1
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(slices.Concat(auth, hash[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, p.private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return Proof(identity.Assertion{Credential: p.id, Key: p.cose, Authenticator: auth, ClientData: client, Signature: signature})
}

const origin, host = "https://varde.example.org", "varde.example.org"

// book is a study's log in memory.
type book struct {
	testing.TB
	study  string
	events []ledger.Event
	key    passkey
}

func newBook(t testing.TB) *book {
	return &book{TB: t, study: "ptsd", key: newPasskey(t)}
}

const stream = "participant/S01-001"

// add writes an event a minute after the last.
func (b *book) add(name, actor, role string, p study.Payload) ledger.Event {
	b.Helper()
	n, err := study.Encode(study.Event{Data: p, At: start})
	if err != nil {
		b.Fatal(err)
	}
	e := ledger.Event{Seq: int64(len(b.events)), Study: b.study, Stream: name, Version: 1, RecordedAt: start.Add(time.Duration(len(b.events)) * time.Minute), EffectiveAt: start,
		Actor: actor, Role: role, Type: n.Type, Schema: n.Schema, Payload: n.Payload}
	for i := len(b.events) - 1; i >= 0; i-- {
		if b.events[i].Stream == name {
			e.Version, e.Prev = b.events[i].Version+1, b.events[i].Hash
			break
		}
	}
	e.Hash = e.LeafHash()
	b.events = append(b.events, e)
	return e
}

// save saves a form at a visit.
func (b *book) save(visit, answer string) ledger.Event {
	b.Helper()
	return b.add(stream, "anna", "therapist", study.FormSaved{Form: "pcl5", Visit: visit, Items: study.Values{"a": instrument.StringValue(answer)}})
}

// sign signs a record whose last event is tip; change spoils the statement before it
// is signed.
func (b *book) sign(record string, tip ledger.Event, method string, change func(*study.Statement)) ledger.Event {
	b.Helper()
	st := study.Statement{Account: "dina", Meaning: study.MeansReview, Name: "Dina Å", Record: record, Role: "physician", Stream: stream, Study: b.study,
		Time: start.Add(time.Duration(len(b.events)) * time.Minute).Add(-time.Second), Tip: tip.Hash.Hex(), Version: tip.Version}
	if change != nil {
		change(&st)
	}
	text, err := st.Text()
	if err != nil {
		b.Fatal(err)
	}
	digest := study.Digest(text)
	proof := study.Proof{Method: study.ByPassword}
	if method == study.ByPasskey {
		proof = b.key.proof(b, digest[:], origin, host)
	}
	return b.add(stream, "dina", "physician", study.RecordSigned{Digest: hex.EncodeToString(digest[:]), Meaning: st.Meaning, Name: st.Name, Proof: proof, Record: st.Record, Statement: text, Version: st.Version})
}

func (b *book) reading() (iter.Seq2[ledger.Event, error], error) {
	return func(yield func(ledger.Event, error) bool) {
		for _, e := range b.events {
			if !yield(e, nil) {
				return
			}
		}
	}, nil
}

// house is the house's log, as far as it tells of the key.
func (b *book) house(account string, added, revoked time.Time) *Keys {
	b.Helper()
	fact := func(kind string, at time.Time) ledger.Event {
		text, err := ledger.Canonical(map[string]any{"credential": base64.RawURLEncoding.EncodeToString(b.key.id), "publicKey": b.key.cose})
		if err != nil {
			b.Fatal(err)
		}
		return ledger.Event{Stream: "account/" + account, Type: kind, RecordedAt: at, Payload: text}
	}
	list := []ledger.Event{fact("passkey.added", added), {Stream: "sessions/" + account, Type: "session.opened", Payload: []byte("{}")}}
	if !revoked.IsZero() {
		list = append(list, fact("passkey.revoked", revoked))
	}
	keys, err := ReadKeys(func(yield func(ledger.Event, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return keys
}

func (b *book) verify(keys *Keys) Report {
	b.Helper()
	r, err := Verify(context.Background(), b.study, b.reading, keys)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func (b *book) expect(code string, keys *Keys) {
	b.Helper()
	r := b.verify(keys)
	if r.OK() || r.Bad != 1 || len(r.Faults) != 1 || r.Faults[0].Fault.Code != code {
		b.Errorf("expected %s, got %s", code, r.String())
	}
	for _, f := range r.Faults {
		if f.Fault.Text.EN == "" || f.Fault.Text.NB == "" {
			b.Errorf("a fault without text: %+v", f)
		}
	}
}

func TestSignaturesVerify(t *testing.T) {
	b := newBook(t)
	tip := b.save("V3", "answer 1")
	b.save("V4", "answer 1")
	b.sign("form/V3/pcl5", tip, study.ByPasskey, nil)
	b.sign("form/V3/pcl5", tip, study.ByPassword, nil)
	keys := b.house("dina", start.Add(-time.Hour), time.Time{})
	r := b.verify(keys)
	if !r.OK() || r.Signatures != 2 || r.Passkey != 1 || r.Password != 1 || r.Void != 0 || !r.Owners || !slices.Equal(r.Origins, []string{origin}) {
		t.Fatalf("%+v", r)
	}
	if r := b.verify(nil); !r.OK() || r.Owners || !strings.Contains(r.String(), "house's log is needed") {
		t.Errorf("%s", r.String())
	}
	b.save("V3", "answer 2")
	if r := b.verify(keys); !r.OK() || r.Void != 2 {
		t.Errorf("after a change: %s", r.String())
	}
}

func TestWhoseKey(t *testing.T) {
	b := newBook(t)
	b.sign("form/V3/pcl5", b.save("V3", "answer 1"), study.ByPasskey, nil)
	at := b.events[1].RecordedAt
	b.expect(NotItsKey, b.house("somebody", start.Add(-time.Hour), time.Time{}))
	b.expect(NotItsKey, b.house("dina", at.Add(time.Second), time.Time{}))
	b.expect(NotItsKey, b.house("dina", start.Add(-time.Hour), at.Add(-time.Second)))
	if r := b.verify(b.house("dina", start.Add(-time.Hour), at.Add(time.Second))); !r.OK() {
		t.Errorf("revoked afterwards: %s", r.String())
	}
	other := *b
	other.key = newPasskey(t)
	b.expect(NotItsKey, other.house("dina", start.Add(-time.Hour), time.Time{}))
	listed := KeysOf(map[string][]identity.Passkey{"dina": {{ID: base64.RawURLEncoding.EncodeToString(b.key.id), Key: b.key.cose, Added: start.Add(-time.Hour)}}})
	if r := b.verify(listed); !r.OK() {
		t.Errorf("keys known already: %s", r.String())
	}
}

func TestWhatDoesNotVerify(t *testing.T) {
	one := func(t *testing.T, change func(*study.Statement)) *book {
		b := newBook(t)
		b.save("V3", "answer 1")
		b.sign("form/V3/pcl5", b.save("V3", "answer 2"), study.ByPasskey, change)
		return b
	}
	rewrite := func(b *book, change func(*study.RecordSigned)) {
		e := &b.events[2]
		var d study.RecordSigned
		if err := json.Unmarshal(e.Payload, &d); err != nil {
			b.Fatal(err)
		}
		change(&d)
		n, err := study.Encode(study.Event{Data: d})
		if err != nil {
			b.Fatal(err)
		}
		e.Payload = n.Payload
		e.Hash = e.LeafHash() // as one would who can write to the database
	}
	for name, x := range map[string]struct {
		code   string
		change func(*study.Statement)
	}{
		"another study":   {BadCopy, func(s *study.Statement) { s.Study = "other" }},
		"another stream":  {BadCopy, func(s *study.Statement) { s.Stream = "participant/S01-002" }},
		"another account": {BadCopy, func(s *study.Statement) { s.Account = "anna" }},
		"another role":    {BadCopy, func(s *study.Statement) { s.Role = "monitor" }},
		"to come":         {BadCopy, func(s *study.Statement) { s.Version = 9 }},
		"another time":    {BadTime, func(s *study.Statement) { s.Time = s.Time.Add(-time.Hour) }},
		"another tip":     {BadTip, func(s *study.Statement) { s.Tip = strings.Repeat("00", 32) }},
		"another record":  {BadTip, func(s *study.Statement) { s.Record = "form/V4/pcl5" }},
		"no record":       {BadStatement, func(s *study.Statement) { s.Record = "nothing" }},
	} {
		t.Run(name, func(t *testing.T) { one(t, x.change).expect(x.code, nil) })
	}
	t.Run("an older state", func(t *testing.T) {
		b := newBook(t)
		old := b.save("V3", "answer 1")
		b.save("V3", "answer 2")
		b.sign("form/V3/pcl5", old, study.ByPasskey, nil)
		b.expect(NotLast, nil)
	})
	for name, x := range map[string]struct {
		code   string
		change func(*study.RecordSigned)
	}{
		"statement with a space": {BadStatement, func(d *study.RecordSigned) { d.Statement += " " }},
		"statement changed":      {BadDigest, func(d *study.RecordSigned) { d.Statement = strings.Replace(d.Statement, "Dina", "Anna", 1) }},
		"digest changed":         {BadDigest, func(d *study.RecordSigned) { d.Digest = strings.Repeat("0", 64) }},
		"printed name changed":   {BadCopy, func(d *study.RecordSigned) { d.Name = "Anna" }},
		"meaning changed":        {BadCopy, func(d *study.RecordSigned) { d.Meaning = study.MeansApproval }},
		"no proof":               {BadProof, func(d *study.RecordSigned) { d.Proof.Signature = "" }},
		"no method":              {BadProof, func(d *study.RecordSigned) { d.Proof = study.Proof{} }},
		"statement and digest changed together": {BadSignature, func(d *study.RecordSigned) {
			d.Statement = strings.Replace(d.Statement, `"name":"Dina Å"`, `"name":"Anna Å"`, 1)
			sum := study.Digest(d.Statement)
			d.Name, d.Digest = "Anna Å", hex.EncodeToString(sum[:])
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := one(t, nil)
			rewrite(b, x.change)
			b.expect(x.code, nil)
		})
	}
	t.Run("another origin's key", func(t *testing.T) {
		b := one(t, nil)
		rewrite(b, func(d *study.RecordSigned) {
			sum := study.Digest(d.Statement)
			d.Proof = b.key.proof(t, sum[:], "https://evil.example.com", host)
		})
		b.expect(BadSignature, nil)
	})
}

// TestEveryFlippedByteIsSeen: whichever byte of the statement, the digest or the
// proof is changed, the signature does not verify, although every hash was made anew.
func TestEveryFlippedByteIsSeen(t *testing.T) {
	b := newBook(t)
	b.sign("form/V3/pcl5", b.save("V3", "answer 1"), study.ByPasskey, nil)
	keys := b.house("dina", start.Add(-time.Hour), time.Time{})
	good := b.events[1]
	rapid.Check(t, func(r *rapid.T) {
		var d study.RecordSigned
		if err := json.Unmarshal(good.Payload, &d); err != nil {
			r.Fatal(err)
		}
		field := rapid.SampledFrom([]*string{&d.Statement, &d.Digest, &d.Proof.Authenticator, &d.Proof.ClientData, &d.Proof.Credential, &d.Proof.Key, &d.Proof.Signature}).Draw(r, "field")
		i := rapid.IntRange(0, len(*field)-1).Draw(r, "at")
		to := byte(rapid.IntRange('0', 'z').Draw(r, "to"))
		if (*field)[i] == to || (*field)[i] >= 0x80 || to == '\\' {
			r.Skip()
		}
		*field = (*field)[:i] + string(to) + (*field)[i+1:]
		n, err := study.Encode(study.Event{Data: d})
		if err != nil {
			r.Fatal(err)
		}
		b.events[1].Payload = n.Payload
		b.events[1].Hash = b.events[1].LeafHash()
		if rep := b.verify(keys); rep.OK() {
			r.Fatalf("changed to %q and not seen", *field)
		}
	})
	b.events[1] = good
	if r := b.verify(keys); !r.OK() {
		t.Fatal(r.String())
	}
}
