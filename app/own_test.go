package app

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"varde/access"
	"varde/instrument"
	"varde/ledger"
	"varde/study"
	"varde/vault"
)

// inCare is a participant who has consented, in a house with a vault.
func inCare(t testing.TB) (*house, string) {
	t.Helper()
	h := build(t, nil)
	h.sealing()
	return h, h.refer(1, true)
}

var teamRoles = []string{"coordinator", "physician", "therapist", "attendant"}

const (
	secretDay     = "the day nobody may read of"
	sharedDay     = "the day I want to show"
	secretMessage = "what I tell only you"
)

func (h *house) writes(id string) {
	h.Helper()
	three, eight := 3, 8
	h.must(participant(id), study.WriteDiary{On: on(id), Entry: "e-private", Mood: &three, Text: secretDay})
	h.must(participant(id), study.WriteDiary{On: on(id), Entry: "e-shared", Mood: &eight, Text: sharedDay, Shared: true})
	h.must(participant(id), study.SendMessage{On: on(id), ID: "m-1", Text: secretMessage})
}

// TestDiaryIsPrivate: the participant reads all, the team at the site what is shared,
// with their look in the record before the answer; nobody else reads anything.
func TestDiaryIsPrivate(t *testing.T) {
	h, id := inCare(t)
	h.writes(id)
	own, err := h.Diary(ctx, participant(id), "demo", id)
	if err != nil || len(own) != 2 || own[0].Text != sharedDay || own[1].Text != secretDay || *own[1].Mood != 3 {
		t.Fatalf("%+v, %v", own, err)
	}
	if looks := h.partsSeen(id); slices.Contains(looks, partDiary) {
		t.Error("one's own reading is a look")
	}
	for _, role := range teamRoles {
		got, err := h.Diary(ctx, as(role), "demo", id)
		if err != nil || len(got) != 1 || got[0].Text != sharedDay {
			t.Errorf("%s: %+v, %v", role, got, err)
		}
	}
	if n := len(h.partsSeen(id)); n != len(teamRoles) {
		t.Errorf("%d looks of %d", n, len(teamRoles))
	}
	for _, role := range []string{"sponsor", "monitor", "data-manager", "rater", "adherence-rater", "pharmacist", "statistician", "safety-board", "auditor", "administrator"} {
		if got, err := h.Diary(ctx, as(role), "demo", id); code(err) != "role-may-not" {
			t.Errorf("%s: %+v, %v", role, got, err)
		}
		if got, err := h.Messages(ctx, as(role), "demo", id); code(err) != "role-may-not" {
			t.Errorf("%s: %+v, %v", role, got, err)
		}
	}
	elsewhere := as("therapist")
	elsewhere.Sites = []string{"S02"}
	if _, err := h.Diary(ctx, elsewhere, "demo", id); code(err) != "no-such-participant" {
		t.Errorf("another site: %v", err)
	}
	other := h.refer(2, false)
	if _, err := h.Diary(ctx, participant(other), "demo", id); code(err) != "no-such-participant" {
		t.Errorf("another participant: %v", err)
	}
	for role, told := range map[string]bool{"coordinator": false, "physician": false, "monitor": false, "data-manager": false, "sponsor": false, "auditor": true, "administrator": true} {
		trail, err := h.Trail(ctx, as(role), "demo", id, TrailQuery{Type: "diary."})
		if err != nil || slices.ContainsFunc(trail, study.PrivateWords) != told {
			t.Errorf("%s: %+v, %v", role, trail, err)
		}
	}
	h.must(participant(id), study.ShareDiary{On: on(id), Entry: "e-shared"})
	if got, err := h.Diary(ctx, as("therapist"), "demo", id); err != nil || len(got) != 0 {
		t.Errorf("after it was taken back: %+v, %v", got, err)
	}
}

// partsSeen are the parts that were looked at, by anybody.
func (h *house) partsSeen(id string) []string {
	h.Helper()
	var out []string
	if err := h.each(ctx, "demo", study.SeenStream(id), func(e study.Event) error {
		if d, ok := e.Data.(study.RecordSeen); ok && (d.Part == partDiary || d.Part == partMessages) {
			out = append(out, d.Part)
		}
		return nil
	}); err != nil {
		h.Fatal(err)
	}
	return out
}

// TestWordsAreSealed: neither words nor moods stand in the database, an event, a state,
// an audit or a log; erasing the person takes them along.
func TestWordsAreSealed(t *testing.T) {
	h := build(t, nil)
	log := h.sealing()
	id := h.refer(1, true)
	h.writes(id)
	for _, text := range []string{secretDay, sharedDay, secretMessage, `"mood"`} {
		if bytes.Contains(h.allBytes(), []byte(text)) {
			t.Errorf("%q stands in the database", text)
		}
	}
	if s := log.String(); strings.Contains(s, secretDay) || strings.Contains(s, id) {
		t.Errorf("the log says %s", s)
	}
	for _, role := range []string{"coordinator", "physician", "therapist", "attendant", "monitor", "data-manager", "auditor", "sponsor", "administrator", "participant"} {
		actor := as(role)
		if role == "participant" {
			actor = participant(id)
		}
		var all []any
		if s, err := h.Participant(ctx, actor, "demo", id); err == nil {
			all = append(all, s.Diary, s.Messages)
			if want := map[bool]int{true: 1}[slices.Contains(teamRoles, role)]; role != "participant" && (len(s.Diary) != want || len(s.Messages) != want) {
				t.Errorf("%s: %d entries and %d messages in the state", role, len(s.Diary), len(s.Messages))
			}
		}
		if events, err := h.Trail(ctx, actor, "demo", id, TrailQuery{}); err == nil {
			all = append(all, events)
		}
		if lines, _, err := h.Audit(ctx, actor, AuditQuery{Study: "demo"}); err == nil {
			for _, l := range lines {
				all = append(all, l.Event.Data)
			}
		}
		b, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("s1.")) {
			t.Errorf("%s gets a seal: %s", role, b)
		}
	}
	if done := h.must(participant(id), study.SendMessage{On: on(id), ID: "m-2", Text: "again"}); done.Events[0].Data.(study.MessageSent).Sealed != "" {
		t.Error("the answer to a message holds its seal")
	}
	before := h.state(id).Version
	three := 3
	h.must(participant(id), study.WriteDiary{On: on(id), Entry: "e-private", Mood: &three, Text: secretDay})
	if h.state(id).Version != before {
		t.Error("the same words again were written again")
	}
	if err := h.EraseIdentity(ctx, admin, "demo", id, "own wish"); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Diary(ctx, participant(id), "demo", id); code(err) != "identity-erased" {
		t.Errorf("after erasure: %+v, %v", got, err)
	}
	if _, err := h.Messages(ctx, as("therapist"), "demo", id); code(err) != "identity-erased" {
		t.Errorf("after erasure: %v", err)
	}
}

func (h *house) state(id string) *study.State {
	h.Helper()
	s, err := h.stateOf(ctx, h.hosts["demo"], id)
	if err != nil {
		h.Fatal(err)
	}
	return s
}

// TestWordsNeedAVault: without one nothing that somebody wrote is kept in the clear.
func TestWordsNeedAVault(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, true)
	for _, cmd := range []study.Command{study.WriteDiary{On: on(id), Entry: "e", Text: secretDay}, study.SendMessage{On: on(id), ID: "m", Text: secretMessage}} {
		if _, err := h.Do(ctx, participant(id), "demo", cmd, ""); code(err) != "no-vault" {
			t.Errorf("%T: %v", cmd, err)
		}
	}
	if bytes.Contains(h.allBytes(), []byte(secretDay)) {
		t.Error("it stands there in the clear")
	}
}

// TestMessagesBothWays: the team's and the participant's messages, once each, with who
// wrote and when it was read.
func TestMessagesBothWays(t *testing.T) {
	h, id := inCare(t)
	send := study.SendMessage{On: on(id), ID: "m-1", Text: secretMessage}
	for range 2 {
		if _, err := h.Do(ctx, participant(id), "demo", send, "client-1"); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := h.Tasks(ctx, as("therapist"), "demo", TaskQuery{Participant: id, Mine: true})
	if err != nil || !slices.ContainsFunc(rows, func(r TaskRow) bool { return r.Task.Kind == study.TaskMessage }) {
		t.Errorf("no task: %v, %v", rows, err)
	}
	h.must(as("therapist"), study.SendMessage{On: on(id), ID: "m-2", Text: "We call you tomorrow."})
	got, err := h.Messages(ctx, participant(id), "demo", id)
	if err != nil || len(got) != 2 || got[0].Text != secretMessage || got[0].Read.IsZero() || got[1].Role != "therapist" || got[1].Own || !got[1].Read.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := h.Do(ctx, as("monitor"), "demo", study.SendMessage{On: on(id), ID: "m-3", Text: "x"}, ""); code(err) != "role-may-not" {
		t.Errorf("a monitor writes: %v", err)
	}
	if _, err := h.Do(ctx, as("therapist"), "demo", study.WriteDiary{On: on(id), Entry: "e", Text: "x"}, ""); code(err) != "role-may-not" {
		t.Errorf("a therapist writes the diary: %v", err)
	}
}

// TestOwnIsTheirs: a participant gets their own course and nobody else's.
func TestOwnIsTheirs(t *testing.T) {
	h, id := inCare(t)
	s, err := h.Own(ctx, participant(id), "demo")
	if err != nil || s.ID != id || len(s.Consents) == 0 || s.Kit != "" {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := h.Own(ctx, participant("S01-009"), "demo"); code(err) != "no-such-participant" {
		t.Errorf("nobody: %v", err)
	}
	for _, role := range teamRoles {
		if _, err := h.Own(ctx, as(role), "demo"); code(err) != "role-may-not" {
			t.Errorf("%s: %v", role, err)
		}
	}
}

// TestOwnContact: a participant corrects how they are reached, and not who they are.
func TestOwnContact(t *testing.T) {
	h, id := inCare(t)
	keep := func(f IdentityField, v string) error {
		return h.KeepOwnContact(ctx, participant(id), "demo", map[IdentityField]string{f: v}, "")
	}
	for f, v := range map[IdentityField]string{FieldPhone: "+47 00 00 00 01", FieldEmail: "kari@example.org", FieldContacts: "Ola, søster", FieldAddress: "Ingensteds vei 1"} {
		if err := keep(f, v); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
	for f, want := range map[IdentityField]string{FieldName: "not-own-field", FieldBirth: "not-own-field", FieldNational: "not-own-field", FieldNote: "not-own-field", "shoe": "not-own-field"} {
		if err := keep(f, "x"); code(err) != want {
			t.Errorf("%s: %v", f, err)
		}
	}
	if err := keep(FieldPhone, "12"); code(err) != "not-a-phone" {
		t.Errorf("a bad phone: %v", err)
	}
	if err := h.KeepOwnContact(ctx, as("coordinator"), "demo", map[IdentityField]string{FieldPhone: "+47 00 00 00 02"}, ""); code(err) != "role-may-not" {
		t.Errorf("a coordinator: %v", err)
	}
	got, err := h.OpenIdentity(ctx, as("coordinator"), "demo", id, nil, "call")
	if err != nil || got[FieldPhone] != "+4700000001" {
		t.Errorf("%v, %v", got, err)
	}
}

// ownDocument is what OwnData writes, read back strictly and held against its schema.
func (h *house) ownDocument(id string) (OwnDocument, string) {
	h.Helper()
	var b bytes.Buffer
	if err := h.OwnData(ctx, participant(id), "demo", &b); err != nil {
		h.Fatal(err)
	}
	text, err := os.ReadFile("../docs/schema/own-data.schema.json")
	if err != nil {
		h.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		h.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("own-data.json", schema); err != nil {
		h.Fatal(err)
	}
	s, err := c.Compile("own-data.json")
	if err != nil {
		h.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err != nil {
		h.Fatalf("%v in %s", err, b.String())
	}
	if err := s.Validate(v); err != nil {
		h.Error(err)
	}
	var doc OwnDocument
	d := json.NewDecoder(bytes.NewReader(b.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		h.Fatal(err)
	}
	return doc, b.String()
}

// TestOwnData: everything that is kept of a participant is in the document, in words.
func TestOwnData(t *testing.T) {
	h, id := inCare(t)
	if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, someone, ""); err != nil {
		t.Fatal(err)
	}
	h.writes(id)
	h.must(participant(id), gad7(id, 0, 2))
	if _, err := h.Diary(ctx, as("therapist"), "demo", id); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RaiseConcern(ctx, participant(id), "demo", ConcernIn{Kind: "boundary", Text: "a boundary", Named: true}, ""); err != nil {
		t.Fatal(err)
	}
	doc, text := h.ownDocument(id)
	if doc.Format != OwnFormat || doc.Participant != id || len(doc.Identity) != len(someone) || len(doc.Diary) != 2 || *doc.Diary[0].Mood != 3 || doc.Messages[0].Text != secretMessage {
		t.Errorf("%s", text)
	}
	if len(doc.Consents) == 0 || doc.Consents[0].What != "confirmed" || len(doc.Consents[0].Answers) == 0 || doc.Consents[0].Answers[0].Answer.NB == "" || len(doc.Texts[0].Sections) == 0 || doc.Texts[0].Sections[0].Long.NB == "" {
		t.Errorf("consents: %+v", doc.Consents)
	}
	i := slices.IndexFunc(doc.Forms, func(f OwnForm) bool { return f.Form == "gad7" })
	if i < 0 || doc.Forms[i].Answers[0].Question.NB == "" || doc.Forms[i].Answers[0].Answer.EN == "" {
		t.Errorf("forms: %+v", doc.Forms)
	}
	if !slices.ContainsFunc(doc.Looks, func(l OwnLook) bool { return l.What.EN == "the diary entries that are shared" }) {
		t.Errorf("looks: %+v", doc.Looks)
	}
	if len(doc.Concerns) != 1 || doc.Concerns[0].Words[0].Text != "a boundary" || len(doc.History) < 8 {
		t.Errorf("concerns %+v, %d lines of history", doc.Concerns, len(doc.History))
	}
	if strings.Contains(text, "s1.") {
		t.Error("a seal stands in it")
	}
	if err := h.OwnData(ctx, as("coordinator"), "demo", &bytes.Buffer{}); code(err) != "role-may-not" {
		t.Errorf("a coordinator: %v", err)
	}
	if err := h.EraseIdentity(ctx, admin, "demo", id, "own wish"); err != nil {
		t.Fatal(err)
	}
	doc, _ = h.ownDocument(id)
	if doc.Erased.IsZero() || len(doc.Identity)+len(doc.Diary)+len(doc.Messages) != 0 {
		t.Errorf("after erasure: %+v", doc)
	}
}

// failingWriter takes so many bytes and no more.
type failingWriter struct{ left int }

func (f *failingWriter) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, os.ErrClosed
	}
	return len(b), nil
}

// TestOwnDataToABrokenConnection: whatever place it breaks at, the fault is told.
func TestOwnDataToABrokenConnection(t *testing.T) {
	h, id := inCare(t)
	h.writes(id)
	_, text := h.ownDocument(id)
	for n := 0; n < len(text); n += 997 {
		if err := h.OwnData(ctx, participant(id), "demo", &failingWriter{n}); err == nil {
			t.Fatalf("broken after %d of %d bytes, and no fault", n, len(text))
		}
	}
}

// TestOwnDataIsBlind: with the arms swapped not a byte of it differs, and neither the
// arm nor the kit stands in it; what raters noted is named as hidden.
func TestOwnDataIsBlind(t *testing.T) {
	h := build(t, nil)
	h.sealing()
	id := "S01-001"
	h.record(id, append(enrolled(id), study.FormSaved{Form: "caps5", Visit: "V3", Items: study.Values{"validity": instrument.NumberValue(1)}})...)
	h.must(as("coordinator"), study.Randomise{On: on(id)})
	kit := h.state(id).Kit
	if kit == "" {
		t.Fatal("no kit")
	}
	doc, text := h.ownDocument(id)
	if strings.Contains(text, kit) {
		t.Errorf("the kit %s stands in it", kit)
	}
	if len(doc.Hidden) < 2 || doc.Hidden[0].Why.NB == "" {
		t.Errorf("hidden: %+v", doc.Hidden)
	}
	for _, f := range doc.Forms {
		for _, a := range f.Answers {
			if f.Form == "caps5" && !a.Hidden {
				t.Errorf("a rating is shown: %+v", a)
			}
		}
	}
	ring, err := vault.NewKeyring(bytes.Repeat([]byte("m"), 32))
	if err != nil {
		t.Fatal(err)
	}
	arms, _ := h.Arms(ctx, studyWide("pharmacist"), "demo")
	if h.App, err = New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key, Vault: vault.New(h.store, ring), Twin: true}); err != nil {
		t.Fatal(err)
	}
	if _, swapped := h.ownDocument(id); swapped != text {
		t.Error("it differs when the arms are swapped")
	}
	if now, _ := h.Arms(ctx, access.System, "demo"); now[id] == "" || now[id] == arms[id] {
		t.Errorf("the arms are not swapped: %v, %v", arms, now)
	}
}

// hears are those outside the site.
var hears = []string{"sponsor", "safety-board"}

func studyWide(role string) access.Actor {
	return access.Actor{ID: role + "-1", Name: role, Role: role, Study: "demo"}
}

// TestConcerns: told outside the site, answered, closed, opened again; the participant
// finds their own, with and without a name.
func TestConcerns(t *testing.T) {
	h, id := inCare(t)
	me := participant(id)
	first, err := h.RaiseConcern(ctx, me, "demo", ConcernIn{Kind: "boundary", Text: "a hand that stayed"}, "c-1")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.RaiseConcern(ctx, me, "demo", ConcernIn{Kind: "boundary", Text: "a hand that stayed"}, "c-1"); err != nil || again != first {
		t.Errorf("sent again: %s, %v", again, err)
	}
	h.pass(time.Hour)
	named, err := h.RaiseConcern(ctx, me, "demo", ConcernIn{Kind: "safety", Text: "nobody was awake", Named: true}, "c-2")
	if err != nil || named == first {
		t.Fatal(named, err)
	}
	other := h.refer(2, true)
	if _, err := h.RaiseConcern(ctx, participant(other), "demo", ConcernIn{Kind: "other", Text: "of somebody else"}, ""); err != nil {
		t.Fatal(err)
	}
	own, err := h.Concerns(ctx, me, "demo")
	if err != nil || len(own) != 2 || own[0].ID != first || own[0].Who != "" || own[1].Who != id || own[0].Words[0].Text != "a hand that stayed" {
		t.Fatalf("%+v, %v", own, err)
	}
	for _, role := range hears {
		all, err := h.Concerns(ctx, studyWide(role), "demo")
		if err != nil || len(all) != 3 || all[0].ID != first || all[0].Due.Sub(all[0].At) != study.ConcernWithin {
			t.Fatalf("%s: %+v, %v", role, all, err)
		}
	}
	far := studyWide("sponsor")
	far.Sites = []string{"S02"}
	if all, err := h.Concerns(ctx, far, "demo"); err != nil || len(all) != 0 {
		t.Errorf("another site: %+v, %v", all, err)
	}
	if err := h.AnswerConcern(ctx, studyWide("safety-board"), "demo", first, "Thank you for telling. We look into it today.", true, "a-1"); err != nil {
		t.Fatal(err)
	}
	if err := h.AnswerConcern(ctx, participant(other), "demo", first, "not mine", false, ""); code(err) != "no-such-concern" {
		t.Errorf("a stranger answers: %v", err)
	}
	own, _ = h.Concerns(ctx, me, "demo")
	if i := slices.IndexFunc(own, func(c ConcernLine) bool { return c.ID == first }); own[i].Closed.IsZero() || own[i].Answered.IsZero() || !own[i].Due.IsZero() || len(own[i].Words) != 2 || own[i].Words[1].Own {
		t.Errorf("answered: %+v", own[i])
	}
	for range 2 {
		if err := h.AnswerConcern(ctx, me, "demo", first, "it happened again", true, "w-1"); err != nil {
			t.Fatal(err)
		}
	}
	own, _ = h.Concerns(ctx, me, "demo")
	i := slices.IndexFunc(own, func(c ConcernLine) bool { return c.ID == first })
	if !own[i].Closed.IsZero() || own[i].Due.IsZero() || len(own[i].Words) != 3 {
		t.Errorf("a further word: %+v", own[i])
	}
	h.pass(study.ConcernWithin + time.Hour)
	if all, _ := h.Concerns(ctx, studyWide("sponsor"), "demo"); !all[0].Overdue(h.clock()) {
		t.Errorf("not overdue: %+v", all[0])
	}
	for c, in := range map[string]ConcernIn{"bad-kind": {Kind: "noise", Text: "x"}, "no-words": {Kind: "other", Text: " "}, "too-long": {Kind: "other", Text: strings.Repeat("x", study.MaxWords+1)}} {
		if _, err := h.RaiseConcern(ctx, me, "demo", in, ""); code(err) != c {
			t.Errorf("%s: %v", c, err)
		}
	}
}

// TestNobodyAtTheSiteKnowsOfAConcern: no list, trail, audit, task, state or look shows
// that there is one, and the record does not say who raised it.
func TestNobodyAtTheSiteKnowsOfAConcern(t *testing.T) {
	h, id := inCare(t)
	me := participant(id)
	gets := func() map[string]string {
		out := map[string]string{}
		for role := range access.Table {
			if slices.Contains(hears, role) || role == "system" || role == "participant" {
				continue
			}
			for _, actor := range []access.Actor{as(role), studyWide(role), {ID: role + "-1", Role: role}} {
				var all []any
				lines, _, _ := h.Audit(ctx, actor, AuditQuery{Study: "demo"})
				for _, l := range lines {
					all = append(all, l.Stream, l.Type, l.Text)
				}
				trail, _ := h.Trail(ctx, actor, "demo", id, TrailQuery{})
				for _, e := range trail {
					all = append(all, e.Type())
				}
				s, _ := h.Participant(ctx, actor, "demo", id)
				tasks, _ := h.Tasks(ctx, actor, "demo", TaskQuery{})
				concerns, err := h.Concerns(ctx, actor, "demo")
				all = append(all, s != nil, tasks, concerns, code(err))
				b, err := json.Marshal(all)
				if err != nil {
					t.Fatal(err)
				}
				out[role+" "+actor.Study+strings.Join(actor.Sites, "")] = string(b)
			}
		}
		return out
	}
	gets() // whoever looks for the first time leaves a look
	before := gets()
	concern, err := h.RaiseConcern(ctx, me, "demo", ConcernIn{Kind: "boundary", Text: "a hand that stayed", Named: true}, "c-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.AnswerConcern(ctx, me, "demo", concern, "and one thing more", false, "c-2"); err != nil {
		t.Fatal(err)
	}
	for who, got := range gets() {
		if got != before[who] {
			t.Errorf("%s can tell:\n%s\n%s", who, before[who], got)
		}
	}
	for l, err := range h.store.Events(ctx, ledger.Read{Study: "demo", Stream: study.ConcernStream(concern)}) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, told := range []string{id, me.ID, "a hand", "c-1", "c-2"} {
			if bytes.Contains(b, []byte(`"`+told)) || bytes.Contains(l.Payload, []byte(told)) {
				t.Errorf("the record says %q: %s", told, b)
			}
		}
	}
	if bytes.Contains(h.allBytes(), []byte("a hand that stayed")) {
		t.Error("its words stand in the database")
	}
	// Those who hear them find it in the audit, without a seal.
	lines, _, err := h.Audit(ctx, studyWide("sponsor"), AuditQuery{Study: "demo", Type: "concern."})
	if err != nil || len(lines) != 2 {
		t.Fatalf("%v, %v", lines, err)
	}
	for _, l := range lines {
		if b, _ := json.Marshal(l.Event.Data); bytes.Contains(b, []byte("s1.")) {
			t.Errorf("a seal: %s", b)
		}
	}
}

// TestConcernsAreNotLinked: two concerns of one person are signed by different
// pseudonyms, and those of two persons as well.
func TestConcernsAreNotLinked(t *testing.T) {
	h, id := inCare(t)
	other := h.refer(2, true)
	for _, who := range []string{id, id, other} {
		h.pass(time.Second)
		if _, err := h.RaiseConcern(ctx, participant(who), "demo", ConcernIn{Kind: "other", Text: "x"}, ""); err != nil {
			t.Fatal(err)
		}
	}
	tellers := map[string]bool{}
	for l, err := range h.store.Events(ctx, ledger.Read{Study: "demo", After: -1, TypePrefix: "concern."}) {
		if err != nil {
			t.Fatal(err)
		}
		tellers[l.Actor] = true
	}
	if len(tellers) != 3 {
		t.Errorf("%d pseudonyms for 3 concerns", len(tellers))
	}
}
