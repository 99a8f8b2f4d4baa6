package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/signing"
	"varde/study"
)

// Signing is a signature under way: what will be signed, as the signer reads it.
// For a role that must not know which visit an assessment is, the statement is shown
// without version and tip, and with a reference in the visit's place.
type Signing struct {
	Statement study.Statement
	Title     study.Text // of the record, for people
	Digest    string     // hex SHA-256 of the statement: what a passkey signs
	Ticket    string     // good for five minutes, once, in this session
	Options   []byte     // for navigator.credentials.get; nil when the account has no passkey
}

// signings are the signatures under way. Their number is bounded: the oldest go
// first, and are begun again.
type signings struct {
	once sync.Once
	kept *lru.Cache[string, underway]
}

const maxSignings = 10_000

// underway is one signature that was begun. It is taken once.
type underway struct {
	session, study, participant string
	statement                   string
	presence                    string // identity's ticket; "" when the account has no passkey
	until                       time.Time
}

func (s *signings) cache() *lru.Cache[string, underway] {
	// New fails only on a size below one.
	s.once.Do(func() { s.kept, _ = lru.New[string, underway](maxSignings) })
	return s.kept
}

// take answers a signature under way, to the first who asks for it in its session.
func (s *signings) take(ticket, session string, now time.Time) (underway, bool) {
	u, ok := s.cache().Get(ticket)
	if !ok || u.session != session {
		return underway{}, false // another's ticket stays with its owner
	}
	return u, s.cache().Remove(ticket) && !now.After(u.until)
}

// BeginSignature makes the statement over a record as it stands now. Record is one of
// study.RecordRef's forms, with a visit as it stands in the actor's addresses
// (VisitRef); participant is "" for the study's own ("protocol").
func (a *App) BeginSignature(ctx context.Context, actor access.Actor, in identity.Session, studyID, participant, record, meaning string) (Signing, error) {
	h, err := a.signer(actor, in, studyID, participant)
	if err != nil {
		return Signing{}, err
	}
	ref, err := a.recordFor(actor, studyID, participant, record)
	if err != nil {
		return Signing{}, err
	}
	version, err := a.signable(ctx, h, actor, participant, ref, meaning)
	if err != nil {
		return Signing{}, a.refused(actor, studyID, "Sign", err)
	}
	st := study.Statement{Account: actor.ID, Meaning: meaning, Name: actor.Name, Record: ref.String(), Role: actor.Role,
		Stream: study.Sign{On: study.On{Participant: participant}}.Stream(), Study: studyID, Time: a.Now(), Version: version}
	tip, err := a.hashAt(ctx, h, participant, st.Stream, version)
	if err != nil {
		return Signing{}, err
	}
	st.Tip = tip.Hex()
	text, err := st.Text()
	if err != nil {
		return Signing{}, err
	}
	digest := study.Digest(text)
	blind := h.masks(actor, ref.Visit)
	out := Signing{Statement: st, Title: study.RecordTitle(h.definition(), ref, blind), Digest: hex.EncodeToString(digest[:])}
	if blind {
		out.Statement.Record, out.Statement.Tip, out.Statement.Version = a.shownRecord(h, actor, participant, ref), "", 0
	}
	u := underway{session: in.ID, study: studyID, participant: participant, statement: text, until: a.Now().Add(study.SigningTime)}
	if out.Options, u.presence, err = a.presence(ctx, in, digest); err != nil {
		return Signing{}, err
	}
	var chance [32]byte
	if _, err := io.ReadFull(a.rand, chance[:]); err != nil {
		return Signing{}, fmt.Errorf("app: chance for a ticket: %w", err)
	}
	out.Ticket = base64.RawURLEncoding.EncodeToString(chance[:])
	a.signings.cache().Add(out.Ticket, u)
	return out, nil
}

// signer refuses who may not sign here at all.
func (a *App) signer(actor access.Actor, in identity.Session, studyID, participant string) (*host, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.Sign); err != nil {
		return nil, err
	}
	if participant != "" {
		if _, err := a.reach(actor, studyID, participant); err != nil {
			return nil, err
		}
	}
	if a.people == nil || in.ID == "" || in.Account != actor.ID || actor.Session != in.ID {
		return nil, &study.Refusal{Kind: study.Against, Code: "no-session", Text: study.Text{
			EN: "records are signed by a person who has signed in: sign in with your own account", NB: "føringer signeres av en person som har logget inn: logg inn med din egen konto"}}
	}
	return h, nil
}

// recordFor reads a reference as it stands in the actor's addresses.
func (a *App) recordFor(actor access.Actor, studyID, participant, record string) (study.RecordRef, error) {
	ref, err := study.ParseRecordRef(record)
	if err != nil {
		return ref, &study.Refusal{Kind: study.Invalid, Field: "record", Code: "bad-record", Text: study.Text{
			EN: "this names no record: " + err.Error(), NB: "dette er ikke navnet på en føring: " + err.Error()}}
	}
	ok := true
	switch ref.Kind {
	case study.RecordForm:
		ref.Visit, ok = a.VisitOf(actor, studyID, participant, ref.Visit)
	case study.RecordSession:
		ref.ID, ok = a.VisitOf(actor, studyID, participant, ref.ID)
	}
	if !ok || (ref.Kind == study.RecordProtocol) != (participant == "") {
		return ref, &study.Refusal{Kind: study.Missing, Code: "no-such-record", Text: study.Text{EN: "there is no such record to sign", NB: "det finnes ingen slik føring å signere"}}
	}
	return ref, nil
}

// shownRecord writes a reference as it stands in the actor's addresses.
func (a *App) shownRecord(h *host, actor access.Actor, participant string, ref study.RecordRef) string {
	switch {
	case ref.Kind == study.RecordForm && h.masks(actor, ref.Visit):
		ref.Visit = a.refOf(h, participant, ref.Visit)
	case ref.Kind == study.RecordSession && h.masks(actor, ref.ID):
		ref.ID = a.refOf(h, participant, ref.ID)
	}
	return ref.String()
}

// signable answers the version of the stream at the record's last change, or why
// the actor may not sign it.
func (a *App) signable(ctx context.Context, h *host, actor access.Actor, participant string, ref study.RecordRef, meaning string) (int64, error) {
	env := study.Env{Now: a.Now(), Actor: study.Actor{ID: actor.ID, Name: actor.Name, Role: actor.Role}, Study: h.studyState(), StudyID: h.id}
	if participant == "" {
		if r := study.MaySignProtocol(h.definition(), env.Study, env, meaning); r != nil {
			return 0, r
		}
		return env.Study.Tip, nil
	}
	s, err := a.stateOf(ctx, h, participant)
	if err != nil {
		return 0, err
	}
	if r := study.MaySign(h.definition(), s, env, ref.String(), meaning); r != nil {
		return 0, r
	}
	version, _ := s.Tip(ref)
	return version, nil
}

// hashAt answers the hash of the event at a version of a stream, when it is durable.
func (a *App) hashAt(ctx context.Context, h *host, participant, stream string, version int64) (ledger.Hash, error) {
	if p, ok := h.queued.Load(participant); ok {
		if pending, ok := p.(ledger.Pending); ok {
			if _, err := pending.Wait(ctx); err != nil && ctx.Err() != nil {
				return ledger.Hash{}, err
			}
		}
	}
	for e, err := range a.store.Events(ctx, ledger.Read{Study: h.id, Stream: stream, After: version - 1, Limit: 1}) {
		if err != nil {
			return ledger.Hash{}, err
		}
		if e.Version == version {
			return e.Hash, nil
		}
	}
	return ledger.Hash{}, &study.Refusal{Kind: study.Stale, Code: "record-changed", Text: study.Text{
		EN: "the record is just being changed: read it again", NB: "føringen endres akkurat nå: les den på nytt"}}
}

// presence begins a passkey ceremony over the digest. An account without a passkey
// signs with password and code; without either it cannot sign.
func (a *App) presence(ctx context.Context, in identity.Session, digest [32]byte) (options []byte, ticket string, err error) {
	account, ok, err := a.people.Account(ctx, in.Account)
	if err != nil {
		return nil, "", err
	}
	usable := false
	for _, p := range account.Passkeys {
		usable = usable || p.Revoked.IsZero()
	}
	switch {
	case ok && usable:
		o, err := a.people.BeginPresence(ctx, in, digest[:])
		return o.JSON, o.Ticket, err
	case ok && account.HasPassword:
		return nil, "", nil
	}
	return nil, "", &study.Refusal{Kind: study.Against, Code: "no-key", Text: study.Text{
		EN: "your account has no passkey and no password to sign with: add a passkey to your account first",
		NB: "kontoen din har ingen passnøkkel og ikke noe passord å signere med: legg først til en passnøkkel på kontoen"}}
}

// FinishSignature signs with what the passkey answered, or with password and code. A
// record that was changed meanwhile is not signed. A ticket is used up by the first
// try, good or bad.
func (a *App) FinishSignature(ctx context.Context, actor access.Actor, in identity.Session, ticket string, answer []byte, password, code string, from identity.Source) (study.Signature, error) {
	if a.people == nil || in.ID == "" || in.Account != actor.ID || actor.Session != in.ID {
		return study.Signature{}, identity.ErrDenied
	}
	u, ok := a.signings.take(ticket, in.ID, a.Now())
	if !ok {
		return study.Signature{}, &study.Refusal{Kind: study.Against, Code: "signing-too-late", Text: study.Text{
			EN: "this signature is not under way any more: begin it again", NB: "denne signeringen er ikke lenger i gang: begynn på nytt"}}
	}
	h, err := a.signer(actor, in, u.study, u.participant)
	if err != nil {
		return study.Signature{}, err
	}
	proof := study.Proof{Method: study.ByPassword}
	if len(answer) > 0 {
		if u.presence == "" {
			return study.Signature{}, identity.ErrDenied
		}
		assertion, err := a.people.FinishPresence(ctx, in, u.presence, answer)
		if err != nil {
			return study.Signature{}, err
		}
		proof = signing.Proof(assertion)
		// What is written must verify by the rule by which it is verified later.
		if f := signing.CheckProof(proof, study.Digest(u.statement)); f != nil {
			return study.Signature{}, &study.Refusal{Kind: study.Against, Code: f.Code, Text: f.Text}
		}
	} else if err := a.people.ProvePassword(ctx, in, password, code, from); err != nil {
		return study.Signature{}, err
	}
	cmd := study.Sign{On: study.On{Participant: u.participant}, Statement: u.statement, Proof: proof}
	done, err := a.carryOut(ctx, actor, u.study, cmd, "")
	if err != nil {
		return study.Signature{}, err
	}
	for _, e := range done.Events {
		if d, ok := e.Data.(study.RecordSigned); ok {
			return a.shown(h, actor, u.participant, study.Signature{RecordSigned: d, By: e.Actor, Role: e.Role, At: e.At}), nil
		}
	}
	return study.Signature{}, nil // signed, and hidden from the signer's own role
}

// shown answers a signature with the visit as it stands in the actor's addresses.
func (a *App) shown(h *host, actor access.Actor, participant string, x study.Signature) study.Signature {
	if ref, err := study.ParseRecordRef(x.Record); err == nil {
		if shown := a.shownRecord(h, actor, participant, ref); shown != x.Record {
			x.Record, x.Version = shown, 0
			x.Digest, x.Statement, x.Proof = "", "", study.Proof{Method: x.Proof.Method}
		}
	}
	return x
}

// Manifest is a signature with the result of verifying it now.
type Manifest struct {
	study.Signature
	Title    study.Text
	Verified bool       // digest, tip and, with a passkey, the cryptographic signature are right
	Fault    study.Text // why not
	Current  time.Time  // of the verification
	VoidName string     // printed name of who changed the record after the signature
	Change   study.Text // what they changed, as far as the actor may know it
}

// Signatures answers the signatures on a participant's records (record "" = all), or
// on the study's (participant ""), each verified anew. Whom something is hidden from
// is told whether a signature verifies, and not shown what with.
func (a *App) Signatures(ctx context.Context, actor access.Actor, studyID, participant, record string) ([]Manifest, error) {
	h, list, err := a.signatures(ctx, actor, studyID, participant)
	if err != nil {
		return nil, err
	}
	if record != "" {
		ref, err := a.recordFor(actor, studyID, participant, record)
		if err != nil {
			return nil, err
		}
		kept := list[:0:0]
		for _, x := range list {
			if x.Record == ref.String() {
				kept = append(kept, x)
			}
		}
		list = kept
	}
	if len(list) == 0 {
		return nil, nil
	}
	faults, err := a.verifySigned(ctx, studyID, participant, list)
	if err != nil {
		return nil, err
	}
	changes, err := a.voided(ctx, h, actor, participant, list)
	if err != nil {
		return nil, err
	}
	names := a.printedNames(ctx, h)
	out := make([]Manifest, 0, len(list))
	for _, x := range list {
		m := Manifest{Current: a.Now(), Change: changes[keyOf(x)]}
		if !x.Holds() {
			m.VoidName = cmp.Or(names(x.VoidBy), x.VoidBy)
		}
		if ref, err := study.ParseRecordRef(x.Record); err == nil {
			m.Title = study.RecordTitle(h.definition(), ref, h.masks(actor, ref.Visit))
		}
		m.Signature = a.shown(h, actor, participant, x)
		f, checked := faults[keyOf(x)]
		switch {
		case !checked:
			m.Fault = study.Text{EN: "the ledger does not hold this signature: verify the ledger", NB: "føringsloggen inneholder ikke denne signaturen: kontroller loggen"}
		case f != nil:
			m.Fault = f.Text
		default:
			m.Verified = true
		}
		out = append(out, m)
	}
	return out, nil
}

// signatures answers the signatures that the actor may know of.
func (a *App) signatures(ctx context.Context, actor access.Actor, studyID, participant string) (*host, []study.Signature, error) {
	if participant == "" {
		h, err := a.host(studyID)
		if err != nil {
			return nil, nil, err
		}
		return h, h.studyState().Signatures, a.may(h, actor, access.SeeStudy, access.SeeAudit, access.Sign)
	}
	h, err := a.reach(actor, studyID, participant)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.stateOf(ctx, h, participant)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Signatures) == 0 {
		return h, nil, nil
	}
	return h, a.redact(h, actor, s).Signatures, nil
}

// signedKey is what tells signatures of a stream apart: nobody signs the same
// record with the same meaning twice at one moment.
type signedKey struct {
	by, record, meaning string
	at                  int64 // microseconds
}

func keyOf(x study.Signature) signedKey {
	return signedKey{x.By, x.Record, x.Meaning, x.At.UnixMicro()}
}

// verifySigned verifies the signatures of a stream from the ledger, whatever memory
// says. A signature that is not in the answer is not in the ledger; a nil fault says
// that it verifies.
func (a *App) verifySigned(ctx context.Context, studyID, participant string, list []study.Signature) (map[signedKey]*signing.Fault, error) {
	stream := study.Sign{On: study.On{Participant: participant}}.Stream()
	read := func() (iter.Seq2[ledger.Event, error], error) {
		return a.store.Events(ctx, ledger.Read{Study: studyID, Stream: stream}), nil
	}
	var keys *signing.Keys
	if a.people != nil {
		accounts := map[string][]identity.Passkey{}
		for _, x := range list {
			if _, known := accounts[x.By]; known {
				continue
			}
			account, _, err := a.people.Account(ctx, x.By)
			if err != nil {
				return nil, err
			}
			accounts[x.By] = account.Passkeys
		}
		keys = signing.KeysOf(accounts)
	}
	bad, err := signing.Stream(ctx, studyID, read, keys)
	if err != nil {
		return nil, err
	}
	out := make(map[signedKey]*signing.Fault, len(list))
	err = a.each(ctx, studyID, stream, func(e study.Event) error {
		if d, ok := e.Data.(study.RecordSigned); ok {
			out[keyOf(study.Signature{RecordSigned: d, By: e.Actor, At: e.At})] = bad[e.Version]
		}
		return nil
	})
	return out, err
}
