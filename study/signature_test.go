package study

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varde/access"
	"varde/instrument"
)

var passkeyProof = Proof{Authenticator: "YXV0aA", ClientData: "Y2xpZW50", Credential: "Y3JlZA", Key: "a2V5", Method: ByPasskey, Signature: "c2ln"}

// signing is the command that signs a record as it stands.
func (w *story) signs(role, record, meaning string) Sign {
	w.Helper()
	env := w.env(role)
	ref, err := ParseRecordRef(record)
	if err != nil {
		w.Fatal(err)
	}
	tip, _ := w.s.Tip(ref)
	return w.states(Statement{Account: env.Actor.ID, Meaning: meaning, Name: env.Actor.Name, Record: record, Role: role,
		Stream: ParticipantStream(w.id), Time: w.now, Tip: strings.Repeat("ab", 32), Version: tip})
}

func (w *story) states(st Statement) Sign {
	w.Helper()
	text, err := st.Text()
	if err != nil {
		w.Fatal(err)
	}
	return Sign{On: On{Participant: w.id}, Statement: text, Proof: passkeyProof}
}

// rated answers a form that a rater has filled in.
func (w *story) rated() FormKey {
	w.Helper()
	var keys []FormKey
	for k := range w.s.Forms {
		if c, ok := w.def.Form(k.Form); ok && c.Respondent == instrument.ByRater {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		w.Fatal("nothing was rated")
	}
	slices.SortFunc(keys, func(a, b FormKey) int { return strings.Compare(FormRecord(a).String(), FormRecord(b).String()) })
	return keys[0]
}

func (w *story) last() Signature { return w.s.Signatures[len(w.s.Signatures)-1] }

func TestSigningAForm(t *testing.T) {
	w := tell(t, threeSession).randomised()
	const record = "form/V0/demographics"
	if w.s.Form("V0", "demographics", 0) == nil {
		t.Fatal("the protocol has no demographics at V0")
	}
	by := w.s.Form("V0", "demographics", 0).By
	var author string
	for _, m := range w.site.Staff {
		if m.Person == by {
			author = m.Roles[0]
		}
	}
	w.do(author, w.signs(author, record, MeansAuthorship))
	x := w.last()
	if !x.Holds() || x.By != by || x.Record != record || x.Meaning != MeansAuthorship || len(x.Digest) != 64 || !x.At.Equal(w.now) {
		t.Errorf("%+v", x)
	}
	w.refused("already-signed", author, w.signs(author, record, MeansAuthorship))
	other := "physician"
	if author == other {
		other = "coordinator"
	}
	w.refused("not-author", other, w.signs(other, record, MeansAuthorship))
	w.do(other, w.signs(other, record, MeansReview))

	// A query does not change what the form says, an answer does.
	item := firstKey(w.s.Form("V0", "demographics", 0).Values)
	w.minutes(1).do("coordinator", RaiseQuery{On: w.on(), Visit: "V0", Form: "demographics", Item: item, Text: "sure?"})
	if !w.s.Signatures[0].Holds() || !w.s.Signatures[1].Holds() {
		t.Fatal("a query voided a signature")
	}
	f := w.s.Form("V0", "demographics", 0)
	changed := SaveForm{On: w.on(), Visit: "V0", Form: "demographics", Version: f.Version, Reason: "misread", Items: Values{"age": num(42)}}
	before := w.s
	w.do(w.writes("V0", "demographics"), changed)
	for i, x := range w.s.Signatures {
		if x.Holds() || !x.Void.Equal(w.now) || x.VoidBy == "" || x.Digest == "" {
			t.Errorf("signature %d after the change: %+v", i, x)
		}
	}
	if !before.Signatures[0].Holds() {
		t.Error("the older state was changed")
	}
	tasks := Tasks(w.def, w.s)
	n := 0
	for _, task := range tasks {
		if task.Kind == TaskSign && task.Form == "demographics" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d tasks to sign again, expected 2: %+v", n, tasks)
	}
	w.minutes(1).do(author, w.signs(author, record, MeansAuthorship))
	if len(w.s.Signatures) != 3 || !w.last().Holds() || w.s.Signatures[0].Holds() {
		t.Errorf("signed again: %+v", w.s.Signatures)
	}
	w.replays()
}

func TestWhatIsNotSigned(t *testing.T) {
	w := tell(t, threeSession).randomised()
	const record = "form/V0/demographics"
	good := w.signs("physician", record, MeansReview)
	var st Statement
	if err := json.Unmarshal([]byte(good.Statement), &st); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		code   string
		change func(*Statement)
	}{
		"another study":       {"other-record", func(s *Statement) { s.Study = "other" }},
		"another participant": {"other-record", func(s *Statement) { s.Stream = ParticipantStream("S01-002") }},
		"another account":     {"other-signer", func(s *Statement) { s.Account = "anna" }},
		"another role":        {"other-signer", func(s *Statement) { s.Role = "coordinator" }},
		"another name":        {"other-signer", func(s *Statement) { s.Name = "Somebody" }},
		"no meaning":          {"bad-meaning", func(s *Statement) { s.Meaning = "" }},
		"too early":           {"signing-too-late", func(s *Statement) { s.Time = w.now.Add(-SigningTime - time.Second) }},
		"in the future":       {"signing-too-late", func(s *Statement) { s.Time = w.now.Add(SigningTime + time.Second) }},
		"no such form":        {"no-such-record", func(s *Statement) { s.Record = "form/V0/none" }},
		"no record":           {"bad-record", func(s *Statement) { s.Record = "form/V1" }},
		"the protocol":        {"no-such-record", func(s *Statement) { s.Record = "protocol" }},
		"an older version":    {"record-changed", func(s *Statement) { s.Version-- }},
		"a version to come":   {"record-changed", func(s *Statement) { s.Version++ }},
		"the casebook":        {"record-changed", func(s *Statement) { s.Record = "casebook" }},
	} {
		t.Run(name, func(t *testing.T) {
			changed := st
			x.change(&changed)
			w.TB = t
			w.refused(x.code, "physician", w.states(changed))
		})
	}
	w.TB = t
	for name, text := range map[string]string{
		"empty": "", "not JSON": "x", "white space": " " + good.Statement, "one more field": strings.Replace(good.Statement, "{", `{"aa":1,`, 1),
		"another order": strings.Replace(strings.Replace(good.Statement, `"study":"",`, "", 1), "{", `{"study":"",`, 1), "twice": good.Statement + good.Statement,
		"not in UTC": strings.Replace(good.Statement, `Z","tip"`, `+00:00","tip"`, 1), "a field less": strings.Replace(good.Statement, `"study":"",`, "", 1), "a key twice": strings.Replace(good.Statement, `"study":"",`, `"study":"","study":"",`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			c := good
			c.Statement = text
			w.TB = t
			w.refused("bad-statement", "physician", c)
		})
	}
	w.TB = t
	for name, p := range map[string]Proof{
		"no method": {}, "another method": {Method: "face"}, "passkey without proof": {Method: ByPasskey},
		"password with proof": {Method: ByPassword, Signature: "c2ln"}, "padding": {Authenticator: "YXV0aA==", ClientData: "Y2xpZW50", Credential: "Y3JlZA", Key: "a2V5", Method: ByPasskey, Signature: "c2ln"},
	} {
		c := good
		c.Proof = p
		t.Log(name)
		w.refused("bad-proof", "physician", c)
	}
	password := good
	password.Proof = Proof{Method: ByPassword}
	w.do("physician", password)
}

func TestWhoSigns(t *testing.T) {
	w := tell(t, threeSession).randomised().dosed("V5")
	w.refused("role-may-not", "system", w.signs("system", "casebook", MeansReview))
	w.refused("not-complete", "therapist", w.signs("therapist", "session/V5", MeansApproval))
	w.do("therapist", w.signs("therapist", "session/V5", MeansReview))
	w.vitals("V5", "", nil)
	if w.last().Holds() {
		t.Error("vital signs of the session do not touch its signature")
	}
	w.followed("V5").leaving("V5").do("therapist", Discharge{On: w.on(), Visit: "V5", Adult: true, To: "home", Answers: lines(w.def.Dosing.Discharge.Checks, true)}).signed("V5")
	w.do("therapist", w.signs("therapist", "session/V5", MeansApproval))
	w.do("physician", w.signs("physician", "session/V5", MeansResponsibility))
	w.refused("not-of-session", "coordinator", w.signs("coordinator", "session/V5", MeansReview))
	w.refused("role-may-not", "coordinator", w.signs("coordinator", "casebook", MeansReview))
	w.refused("bad-meaning", "physician", w.signs("physician", "casebook", MeansAuthorship))
	w.do("physician", w.signs("physician", "casebook", MeansResponsibility))
	if held := w.last(); !held.Holds() {
		t.Error("the signature voids itself")
	}
	w.do("physician", w.signs("physician", "gate/"+w.def.Eligibility.Gates[0].ID, MeansApproval))
	w.do("physician", w.signs("physician", "consent/"+w.def.Consent.Documents[0].ID, MeansReview))
	for _, x := range w.s.Signatures {
		if x.Record == "casebook" && !x.Holds() {
			t.Error("other signatures void the one under the whole record")
		}
	}
	w.minutes(1).do("coordinator", RaiseDeviation{On: w.on(), Text: "late bus"})
	for _, x := range w.s.Signatures {
		if holds := x.Record != "casebook"; x.Meaning != MeansReview && x.Holds() != holds {
			t.Errorf("after a deviation, the signature under %s holds: %v", x.Record, x.Holds())
		}
	}
	d := w.s.Deviations[len(w.s.Deviations)-1]
	w.do("coordinator", w.signs("coordinator", "deviation/"+d.ID, MeansAuthorship))
	w.replays()
}

// TestRatersSign: a rater signs their own assessments and nothing else exists for
// them; who treats cannot sign a rating they have not read.
func TestRatersSign(t *testing.T) {
	w := tell(t, threeSession).randomised()
	rated := FormRecord(w.rated()).String()
	w.refused("cannot-see", "physician", w.signs("physician", rated, MeansReview))
	w.do("rater", w.signs("rater", rated, MeansAuthorship))
	for _, record := range []string{"form/V0/demographics", "casebook", "gate/" + w.def.Eligibility.Gates[0].ID, "consent/" + w.def.Consent.Documents[0].ID} {
		w.refused("no-such-record", "rater", w.signs("rater", record, MeansReview))
	}
	other := w.env("rater")
	other.Actor = Actor{ID: "hans", Name: "hans", Role: "rater"}
	c := w.signs("rater", rated, MeansReview)
	c.Statement = strings.NewReplacer(`"account":"gro"`, `"account":"hans"`, `"name":"gro"`, `"name":"hans"`).Replace(c.Statement)
	if _, _, err := Next(w.def, w.s, other, c); refusalOf(t, err) == nil || refusalOf(t, err).Code != "no-such-record" {
		t.Errorf("another rater: %v", err)
	}
}

func TestSignaturesAreRedacted(t *testing.T) {
	w := tell(t, threeSession).randomised().session("V5")
	w.do("physician", w.signs("physician", "form/V0/demographics", MeansReview)).do("physician", w.signs("physician", "session/V5", MeansApproval))
	rated := w.rated()
	w.do("rater", w.signs("rater", FormRecord(rated).String(), MeansAuthorship))
	see := func(role string) Sees {
		return func(c instrument.Blinding) bool { return access.Sees(w.def, role, c) }
	}
	secret := func(x Signature) bool {
		return x.Digest != "" || x.Statement != "" || x.Proof != (Proof{Method: ByPasskey})
	}
	for role, want := range map[string]int{"physician": 3, "coordinator": 3} {
		got := Redact(w.def, w.s, see(role)).Signatures
		if len(got) != want {
			t.Errorf("%s sees %d signatures, expected %d", role, len(got), want)
		}
		for _, x := range got {
			if secret(x) || x.By == "" || x.Name == "" || x.Meaning == "" {
				t.Errorf("%s sees %+v", role, x)
			}
		}
	}
	all := func(instrument.Blinding) bool { return true }
	if got := Redact(w.def, w.s, all).Signatures; len(got) != 3 || !secret(got[0]) {
		t.Error("who sees everything does not see the proof")
	}
	seen := Only(w.def, w.s, "rater", "gro", see("rater"))
	seen = WithoutPrior(w.def, w.s, seen, "rater", "gro", DayOf(w.now, w.s.Zone))
	if len(seen.Signatures) != 1 || seen.Signatures[0].Form() != rated.Form || secret(seen.Signatures[0]) || seen.Signatures[0].Version != 0 {
		t.Errorf("the rater sees %+v", seen.Signatures)
	}
	if got := WithoutPrior(w.def, w.s, Only(w.def, w.s, "rater", "hans", see("rater")), "rater", "hans", DayOf(w.now, w.s.Zone)).Signatures; len(got) != 0 {
		t.Errorf("another rater sees %+v", got)
	}
	for _, e := range w.events {
		d, ok := e.Data.(RecordSigned)
		if !ok {
			continue
		}
		got, shown := RedactEvent(w.def, e, see("physician"))
		if x, _ := got.Data.(RecordSigned); !shown || x.Statement != "" {
			t.Errorf("the physician's event: %+v", got)
		}
		got, shown = RedactEvent(w.def, e, see("rater"))
		if strings.HasPrefix(d.Record, "session/") == shown || shown && got.Data.(RecordSigned).Statement != "" {
			t.Errorf("the rater's event under %s: shown %v, %+v", d.Record, shown, got)
		}
		if got, _ := RedactEvent(w.def, e, all); !reflect.DeepEqual(got.Data, e.Data) {
			t.Error("who sees everything does not see the event")
		}
	}
}

// Form answers the form of a signature under one.
func (s Signature) Form() string {
	ref, _ := ParseRecordRef(s.Record)
	return ref.Form
}

// touches tells, from an event's written form alone, whether it changes a record.
func touches(t testing.TB, record string, e Event) bool {
	t.Helper()
	n, err := Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Visit, Form, Gate, Document, ID string
		Repeat                          int
	}
	if err := json.Unmarshal(n.Payload, &p); err != nil && !strings.Contains(err.Error(), "cannot unmarshal") {
		t.Fatal(err)
	}
	part := strings.Split(record, "/")
	switch part[0] {
	case "casebook":
		return n.Type != "record.signed"
	case "form":
		if len(part) == 4 && part[3] != "" && part[3] != strings.TrimSpace(jsonNumber(p.Repeat)) || len(part) == 3 && p.Repeat != 0 {
			return false
		}
		return strings.HasPrefix(n.Type, "form.") && p.Form == part[2] && (p.Visit == part[1] || p.Visit == "" && part[1] == "-")
	case "session":
		return (strings.HasPrefix(n.Type, "form.") || strings.HasPrefix(n.Type, "session.")) && p.Visit == part[1]
	case "gate":
		return n.Type == "eligibility.decided" && p.Gate == part[1]
	case "consent":
		return strings.HasPrefix(n.Type, "consent.") && p.Document == part[1]
	case "deviation":
		return n.Type == "deviation.raised" && p.ID == part[1]
	}
	t.Fatalf("no such record: %s", record)
	return false
}

func jsonNumber(n int) string { b, _ := json.Marshal(n); return string(b) }

// TestASignatureHoldsUntilItsRecordChanges: for random lives, a signature holds if
// and only if no later event touched its record.
func TestASignatureHoldsUntilItsRecordChanges(t *testing.T) {
	signed, voided, held := 0, 0, 0
	rapid.Check(t, func(r *rapid.T) {
		w := tell(t, threeSession)
		if rapid.Bool().Draw(r, "later") {
			w.randomised()
		} else {
			w.consented()
		}
		for range rapid.IntRange(1, 6).Draw(r, "rounds") {
			chance(r, w, rapid.IntRange(1, 8).Draw(r, "steps"))
			records := []string{"casebook", "consent/" + w.def.Consent.Documents[0].ID, "gate/" + w.def.Eligibility.Gates[0].ID}
			for visit := range w.s.Sessions {
				records = append(records, "session/"+visit)
			}
			for k := range w.s.Forms {
				records = append(records, FormRecord(k).String())
			}
			for _, d := range w.s.Deviations {
				records = append(records, "deviation/"+d.ID)
			}
			slices.Sort(records)
			for _, record := range records {
				role := []string{"physician", "therapist", "rater"}[len(record)%3]
				if w.try(role, w.signs(role, record, MeansReview)) == nil {
					signed++
				}
			}
		}
		// One change that is sure to come, so that no draw leaves the law untried.
		if w.try("physician", w.signs("physician", "casebook", MeansReview)) == nil {
			signed++
		}
		_ = w.try("physician", RaiseDeviation{On: w.on(), Text: "seen late"}) // refused in no life that can be signed
		i := 0
		for _, e := range w.events {
			d, ok := e.Data.(RecordSigned)
			if !ok {
				continue
			}
			x := w.s.Signatures[i]
			i++
			want := true
			for _, later := range w.events {
				if later.Version > e.Version && touches(t, d.Record, later) {
					want = false
				}
			}
			if x.Record != d.Record || x.Holds() != want {
				r.Fatalf("signature under %s at version %d holds: %v; expected %v", d.Record, e.Version, x.Holds(), want)
			}
			if want {
				held++
			} else {
				voided++
			}
		}
		if i != len(w.s.Signatures) {
			r.Fatalf("%d signatures, %d events", len(w.s.Signatures), i)
		}
		w.TB = t
		w.replays()
	})
	if signed == 0 || voided == 0 || held == 0 {
		t.Errorf("%d signed, %d voided, %d held: the law was not put to the test", signed, voided, held)
	}
}

// TestOnlyASignedProtocolOpensASite: in a live study, not before every signature
// that the protocol asks for; practice is free.
func TestOnlyASignedProtocolOpensASite(t *testing.T) {
	w := tell(t, threeSession)
	live := *w.study
	live.Mode = "live"
	w.study = &live
	open := OpenSite{Site: "S02", Name: "Second", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 1, Rooms: 1}
	site := w.site
	sign := func(id, role, meaning string) *Refusal {
		st := Statement{Account: id, Meaning: meaning, Name: id, Record: "protocol", Role: role, Stream: StudyStream, Time: w.now, Tip: strings.Repeat("cd", 32), Version: w.study.Tip}
		c := w.states(st)
		c.Participant = ""
		env := Env{Now: w.now, Actor: Actor{ID: id, Name: id, Role: role}, Study: w.study}
		events, err := DecideStudy(w.def, Overview{Study: w.study}, env, c)
		if r := refusalOf(t, err); r != nil {
			return r
		}
		e := events[0]
		e.Actor, e.Role, e.Version, e.Recorded = id, role, w.study.Version+1, w.now
		w.study = EvolveStudy(w.study, e)
		return nil
	}
	try := func() *Refusal { w.site = nil; defer func() { w.site = site }(); return w.tryOverview(open) }
	r := try()
	if r == nil || r.Code != "protocol-not-signed" || !strings.Contains(r.Text.EN, "sponsor") && !strings.Contains(r.Text.EN, "Sponsor") || r.Text.NB == r.Text.EN {
		t.Fatalf("without signatures: %v", r)
	}
	if r := sign("ola", "therapist", MeansApproval); r == nil || r.Code != "role-may-not" {
		t.Errorf("a role that is not asked: %v", r)
	}
	if r := sign("ola", "sponsor", MeansReview); r == nil || r.Code != "role-may-not" {
		t.Errorf("a meaning that is not asked: %v", r)
	}
	if r := sign("ola", "sponsor", MeansApproval); r != nil {
		t.Fatal(r)
	}
	if r := sign("ola", "sponsor", MeansApproval); r == nil || r.Code != "already-signed" {
		t.Errorf("twice: %v", r)
	}
	if r := try(); r == nil || r.Code != "protocol-not-signed" || strings.Contains(r.Text.EN, "sponsor") {
		t.Errorf("with the sponsor's signature alone: %v", r)
	}
	if r := sign("kari", "physician", MeansResponsibility); r != nil {
		t.Fatal(r)
	}
	if r := try(); r != nil {
		t.Errorf("with all signatures: %v", r)
	}
	def := *w.def
	def.Signatures = append(def.Signatures[:len(def.Signatures):len(def.Signatures)], def.Signatures[0])
	def.Signatures[0].Count = 2
	if owed := ProtocolSignaturesOwed(&def, w.study); len(owed) != 1 || owed[0].Have != 1 || !strings.Contains(owed[0].Title().EN, "1 of 2") {
		t.Errorf("two persons wanted, one has signed: %+v", owed)
	}
}

func TestProofShape(t *testing.T) {
	if f := passkeyProof.Fault(); f != "" {
		t.Error(f)
	}
	p := passkeyProof
	p.Key = base64.StdEncoding.EncodeToString([]byte{0xfb, 0xff})
	if p.Fault() == "" {
		t.Error("base64 with + and / was taken for base64url")
	}
}
