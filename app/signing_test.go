package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"varde/access"
	"varde/identity"
	"varde/identity/authenticatortest"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/signing"
	"varde/study"
	"varde/vault"
)

const homeURL = "https://varde.example.org"

var desk = identity.Source{Network: "192.0.2.0/24", Device: "Firefox on Linux"}

// signers is a house in which people sign in and sign.
type signers struct {
	*house
	service *identity.Service
	keys    map[string]*authenticatortest.Authenticator
	opened  map[string]identity.Session
}

func signingHouse(t testing.TB) *signers {
	t.Helper()
	h := &house{TB: t, path: filepath.Join(t.TempDir(), "ledger.db"), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	store, err := sqlite.Open(ctx, h.path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	h.store = store
	ring, err := vault.NewKeyring([]byte(strings.Repeat("m", 32)))
	if err != nil {
		t.Fatal(err)
	}
	v := vault.New(store, ring)
	w := &signers{house: h, keys: map[string]*authenticatortest.Authenticator{}, opened: map[string]identity.Session{}}
	w.service, err = identity.New(ctx, identity.Config{Store: store, Vault: v, Clock: h.clock, URL: homeURL, Name: "Varde",
		Hash: identity.Hash{Memory: 64, Time: 1, Threads: 1}, Rand: rand.NewChaCha8([32]byte{1})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.service.Close(ctx) })
	if h.App, err = New(ctx, Config{Store: store, Clock: h.clock, SealKey: key, Vault: v, Identity: w.service}); err != nil {
		t.Fatal(err)
	}
	h.must(admin, study.OpenStudy{Mode: "practice", Title: "Demo", Definition: threeSession()})
	h.must(admin, study.OpenSite{Site: "S01", Name: "S01", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 1, Rooms: 1})
	return w
}

// joins makes an account with a passkey, and answers it acting in a role.
func (w *signers) joins(id, role string) access.Actor {
	w.Helper()
	link, err := w.service.Invite(ctx, identity.By{Account: "adm", Role: "administrator"}, identity.Invitation{ID: id, Name: "Name of " + id, Kind: identity.Staff, Language: "nb"})
	if err != nil {
		w.Fatal(err)
	}
	o, err := w.service.BeginLink(ctx, link, identity.Source{})
	if err != nil {
		w.Fatal(err)
	}
	w.keys[id] = authenticatortest.New(homeURL)
	answer, err := w.keys[id].Register(o.JSON)
	if err != nil {
		w.Fatal(err)
	}
	opening, err := w.service.FinishLink(ctx, link, o.Ticket, answer, "phone", desk)
	if err != nil {
		w.Fatal(err)
	}
	w.opened[id] = opening.Session
	return access.Actor{ID: id, Name: "Name of " + id, Role: role, Study: "demo", Sites: []string{"S01"}, Session: opening.Session.ID}
}

func (w *signers) begin(a access.Actor, participant, record, meaning string) Signing {
	w.Helper()
	s, err := w.BeginSignature(ctx, a, w.opened[a.ID], "demo", participant, record, meaning)
	if err != nil {
		w.Fatalf("begin %s: %v", record, err)
	}
	return s
}

// answer is what the passkey of an account answers to options.
func (w *signers) answer(id string, options []byte) []byte {
	w.Helper()
	out, err := w.keys[id].Assert(options)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func (w *signers) finish(a access.Actor, s Signing, answer []byte) (study.Signature, error) {
	return w.FinishSignature(ctx, a, w.opened[a.ID], s.Ticket, answer, "", "", desk)
}

func (w *signers) sign(a access.Actor, participant, record, meaning string) study.Signature {
	w.Helper()
	s := w.begin(a, participant, record, meaning)
	x, err := w.finish(a, s, w.answer(a.ID, s.Options))
	if err != nil {
		w.Fatalf("finish %s: %v", record, err)
	}
	return x
}

func (w *signers) manifest(a access.Actor, participant, record string) []Manifest {
	w.Helper()
	list, err := w.Signatures(ctx, a, "demo", participant, record)
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// filled refers somebody and fills in a form of theirs.
func (w *signers) filled() (physician access.Actor, participant, record string) {
	w.Helper()
	physician = w.joins("dina", "physician")
	id := w.refer(1, true)
	w.must(as("coordinator"), gad7(id, 0, 0))
	return physician, id, "form/V0/gad7"
}

// verified verifies the whole study from the ledger and the house's log alone.
func (w *signers) verified() signing.Report {
	w.Helper()
	keys, err := signing.ReadKeys(w.store.Events(ctx, ledger.Read{Study: identity.Log, After: -1}))
	if err != nil {
		w.Fatal(err)
	}
	r, err := signing.Verify(ctx, "demo", func() (iter.Seq2[ledger.Event, error], error) {
		return w.store.Events(ctx, ledger.Read{Study: "demo", After: -1}), nil
	}, keys)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func TestSigningWithAPasskey(t *testing.T) {
	w := signingHouse(t)
	dina, id, record := w.filled()
	s := w.begin(dina, id, record, study.MeansReview)
	if len(s.Options) == 0 || s.Statement.Name != dina.Name || s.Statement.Record != record || len(s.Statement.Tip) != 64 || s.Title.EN == "" || s.Title.NB == "" {
		t.Fatalf("%+v", s)
	}
	x, err := w.finish(dina, s, w.answer("dina", s.Options))
	if err != nil {
		t.Fatal(err)
	}
	if x.By != "dina" || x.Meaning != study.MeansReview || x.Record != record || !x.Holds() || x.Proof.Method != study.ByPasskey {
		t.Errorf("%+v", x)
	}
	list := w.manifest(dina, id, record)
	if len(list) != 1 || !list[0].Verified || !list[0].Holds() || list[0].Fault.EN != "" || list[0].Title != s.Title {
		t.Fatalf("%+v", list)
	}
	if r := w.verified(); !r.OK() || r.Passkey != 1 || !r.Owners || r.Void != 0 {
		t.Errorf("%s", r.String())
	}

	// The record changes: the signature shows as void and still verifies; a new one follows.
	change := gad7(id, 1, 1)
	change.Reason = "misread"
	w.must(as("coordinator"), change)
	list = w.manifest(dina, id, "")
	if len(list) != 1 || list[0].Holds() || list[0].VoidBy != "coordinator-1" || !list[0].Verified {
		t.Errorf("after a change: %+v", list)
	}
	w.sign(dina, id, record, study.MeansReview)
	if list = w.manifest(dina, id, record); len(list) != 2 || list[0].Holds() || !list[1].Holds() || !list[1].Verified {
		t.Errorf("signed again: %+v", list)
	}
	if r := w.verified(); !r.OK() || r.Signatures != 2 || r.Void != 1 {
		t.Errorf("%s", r.String())
	}
	// Revoking the key later does not undo what it signed.
	if err := w.service.Disable(ctx, identity.By{Account: "adm", Role: "administrator"}, "dina", "left"); err != nil {
		t.Fatal(err)
	}
	if r := w.verified(); !r.OK() {
		t.Errorf("after the account's end: %s", r.String())
	}
}

func TestWhatIsNotSignedHere(t *testing.T) {
	w := signingHouse(t)
	dina, id, record := w.filled()
	eva := w.joins("eva", "physician")

	// Changed between begin and finish.
	s := w.begin(dina, id, record, study.MeansReview)
	change := gad7(id, 1, 1)
	change.Reason = "misread"
	w.must(as("coordinator"), change)
	if _, err := w.finish(dina, s, w.answer("dina", s.Options)); code(err) != "record-changed" {
		t.Errorf("a record that was changed meanwhile: %v", err)
	}

	// Another session, another account, twice, too late.
	s = w.begin(dina, id, record, study.MeansReview)
	answer := w.answer("dina", s.Options)
	if _, err := w.finish(eva, s, answer); code(err) != "signing-too-late" {
		t.Errorf("another's ticket: %v", err)
	}
	if _, err := w.FinishSignature(ctx, dina, w.opened["eva"], s.Ticket, answer, "", "", desk); !errors.Is(err, identity.ErrDenied) {
		t.Errorf("another's session: %v", err)
	}
	if _, err := w.finish(dina, s, answer); err != nil {
		t.Errorf("others used up the ticket: %v", err)
	}
	if _, err := w.finish(dina, s, answer); code(err) != "signing-too-late" {
		t.Errorf("replayed: %v", err)
	}
	s = w.begin(eva, id, record, study.MeansReview)
	answer = w.answer("eva", s.Options)
	w.pass(study.SigningTime + time.Second)
	if _, err := w.finish(eva, s, answer); code(err) != "signing-too-late" {
		t.Errorf("too late: %v", err)
	}

	// An assertion over another record, or of another key, or nothing at all.
	s = w.begin(eva, id, record, study.MeansReview)
	other := w.begin(eva, id, "consent/"+w.def().Consent.Documents[0].ID, study.MeansReview)
	if _, err := w.finish(eva, s, w.answer("eva", other.Options)); err == nil {
		t.Error("an assertion over another record signed this one")
	}
	s = w.begin(eva, id, record, study.MeansReview)
	w.keys["eva"].Challenge = bytes.Repeat([]byte{7}, 32)
	if _, err := w.finish(eva, s, w.answer("eva", s.Options)); err == nil {
		t.Error("an assertion over chance signed a record")
	}
	w.keys["eva"].Challenge = nil
	for name, lie := range map[string]func(*authenticatortest.Authenticator){
		"another origin": func(a *authenticatortest.Authenticator) { a.Origin = "https://evil.example.com" },
		"no user":        func(a *authenticatortest.Authenticator) { a.NoUser = true },
		"bad signature":  func(a *authenticatortest.Authenticator) { a.BadSignature = true },
	} {
		s = w.begin(eva, id, record, study.MeansReview)
		kept := *w.keys["eva"]
		lie(w.keys["eva"])
		if _, err := w.finish(eva, s, w.answer("eva", s.Options)); err == nil {
			t.Errorf("%s: signed", name)
		}
		counter := w.keys["eva"].Counter
		*w.keys["eva"] = kept
		w.keys["eva"].Counter = counter
	}
	s = w.begin(eva, id, record, study.MeansReview)
	if _, err := w.finish(eva, s, nil); err == nil {
		t.Error("nothing signed a record")
	}

	// Not by a command, not by a token, not out of scope.
	if _, err := w.Do(ctx, eva, "demo", study.Sign{On: on(id), Statement: "{}", Proof: study.Proof{Method: study.ByPassword}}, ""); code(err) != "not-by-command" {
		t.Errorf("by a command: %v", err)
	}
	if _, err := w.BeginSignature(ctx, as("physician"), identity.Session{}, "demo", id, record, study.MeansReview); code(err) != "no-session" {
		t.Errorf("by a token: %v", err)
	}
	far := eva
	far.Sites = []string{"S02"}
	for name, x := range map[string]struct {
		actor                       access.Actor
		participant, record, expect string
	}{
		"out of scope":   {far, id, record, "no-such-participant"},
		"no form":        {eva, id, "form/V0/none", "no-such-record"},
		"no visit":       {eva, id, "form/V99/gad7", "no-such-record"},
		"no record":      {eva, id, "form", "bad-record"},
		"the protocol":   {eva, id, "protocol", "no-such-record"},
		"not the study":  {eva, "", record, "no-such-record"},
		"no participant": {eva, "S01-099", record, "no-such-participant"},
	} {
		if _, err := w.BeginSignature(ctx, x.actor, w.opened["eva"], "demo", x.participant, x.record, study.MeansReview); code(err) != x.expect {
			t.Errorf("%s: %v; expected %s", name, err, x.expect)
		}
	}
	if n := len(w.manifest(eva, id, "")); n != 1 {
		t.Errorf("%d signatures, expected 1", n)
	}
	if r := w.verified(); !r.OK() || r.Signatures != 1 {
		t.Errorf("%s", r.String())
	}
}

func TestSigningWithAPassword(t *testing.T) {
	w := signingHouse(t)
	dina, id, record := w.filled()
	address, ticket, err := w.service.BeginPassword(ctx, w.opened["dina"], "korrekt hest batteri stift")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(address, "secret=")
	secret, _, _ := strings.Cut(after, "&")
	now := func() string {
		c, err := totp.GenerateCode(secret, w.clock())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if _, err := w.service.FinishPassword(ctx, w.opened["dina"], ticket, now()); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	s := w.begin(dina, id, record, study.MeansApproval)
	if _, err := w.FinishSignature(ctx, dina, w.opened["dina"], s.Ticket, nil, "wrong", now(), desk); !errors.Is(err, identity.ErrDenied) {
		t.Errorf("wrong password: %v", err)
	}
	if _, err := w.FinishSignature(ctx, dina, w.opened["dina"], s.Ticket, nil, "korrekt hest batteri stift", now(), desk); code(err) != "signing-too-late" {
		t.Errorf("a used ticket: %v", err)
	}
	w.pass(time.Minute)
	s = w.begin(dina, id, record, study.MeansApproval)
	x, err := w.FinishSignature(ctx, dina, w.opened["dina"], s.Ticket, nil, "korrekt hest batteri stift", now(), desk)
	if err != nil || x.Proof != (study.Proof{Method: study.ByPassword}) {
		t.Fatalf("%+v, %v", x, err)
	}
	if r := w.verified(); !r.OK() || r.Password != 1 || r.Passkey != 0 {
		t.Errorf("%s", r.String())
	}
}

// TestRatersSignBlind: a rater signs an assessment without being told which visit it is.
func TestRatersSignBlind(t *testing.T) {
	w := signingHouse(t)
	gro := w.joins("gro", "rater")
	gro.Sites = nil
	h, err := w.host("demo")
	if err != nil {
		t.Fatal(err)
	}
	visit := ""
	for _, v := range w.def().Visits {
		if v.Hides {
			visit = v.ID
			break
		}
	}
	ref := w.VisitRef(gro, "demo", "S01-001", visit)
	if visit == "" || ref == visit {
		t.Fatalf("the visit %q is shown to raters as %q", visit, ref)
	}
	// The record as it stands in the rater's addresses means the visit, and only so.
	r, err := w.recordFor(gro, "demo", "S01-001", "form/"+ref+"/caps5")
	if err != nil || r.Visit != visit {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := w.recordFor(gro, "demo", "S01-001", "form/"+visit+"/caps5"); code(err) != "no-such-record" {
		t.Errorf("a rater names the visit itself: %v", err)
	}
	x := w.shown(h, gro, "S01-001", study.Signature{RecordSigned: study.RecordSigned{Record: "form/" + visit + "/caps5", Version: 7, Digest: "d", Statement: "s", Proof: study.Proof{Method: study.ByPasskey, Signature: "x"}}})
	if text, _ := json.Marshal(x); strings.Contains(string(text), visit) || x.Version != 0 || x.Statement != "" || x.Proof.Signature != "" || x.Record != "form/"+ref+"/caps5" {
		t.Errorf("a rater is shown %+v", x)
	}
	if title := study.RecordTitle(w.def(), r, true); strings.Contains(title.EN, visit) || !strings.HasPrefix(title.EN, "Assessment") {
		t.Errorf("title: %v", title)
	}
}

// TestProtocolIsSigned: the sponsor and a physician sign the protocol of the study,
// and what they signed is the event that carries it.
func TestProtocolIsSigned(t *testing.T) {
	w := signingHouse(t)
	ola, dina, emil := w.joins("ola", "sponsor"), w.joins("dina", "physician"), w.joins("emil", "coordinator")
	ola.Sites, dina.Sites = nil, nil
	if _, err := w.BeginSignature(ctx, emil, w.opened["emil"], "demo", "", "protocol", study.MeansApproval); code(err) != "role-may-not" {
		t.Errorf("a role that the protocol does not ask: %v", err)
	}
	st, err := w.Study("demo")
	if err != nil || len(study.ProtocolSignaturesOwed(w.def(), st)) != 2 {
		t.Fatalf("%v", err)
	}
	w.sign(ola, "", "protocol", study.MeansApproval)
	w.sign(dina, "", "protocol", study.MeansResponsibility)
	if st, _ = w.Study("demo"); len(study.ProtocolSignaturesOwed(w.def(), st)) != 0 {
		t.Errorf("still owed: %+v", study.ProtocolSignaturesOwed(w.def(), st))
	}
	list := w.manifest(ola, "", "")
	if len(list) != 2 || !list[0].Verified || !list[1].Verified || list[0].Statement == "" {
		t.Errorf("%+v", list)
	}
	if r := w.verified(); !r.OK() || r.Passkey != 2 {
		t.Errorf("%s", r.String())
	}
}
