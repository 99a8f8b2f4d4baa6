package study

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varde/instrument"
	"varde/protocol"
)

// ownSigning is the participant's own signature with every answer right.
func (w *story) ownSigning(doc protocol.ConsentDocument) SignConsent {
	g := w.signing(doc)
	return SignConsent{On: g.On, Document: g.Document, Version: g.Version, Language: "nb", Answers: g.Answers}
}

func (w *story) task(id string) *Task {
	for _, t := range Tasks(w.def, w.s) {
		if t.ID == id {
			return &t
		}
	}
	return nil
}

// TestSigningOneself: the participant's signature waits until the conversation about it
// is confirmed; only then it is a consent.
func TestSigningOneself(t *testing.T) {
	w := tell(t, threeSession).referred()
	doc := w.def.Consent.Documents[0]
	w.refused("not-prescreened", "participant", w.ownSigning(doc))
	w = tell(t, threeSession).prescreened()
	wrong := w.ownSigning(doc)
	q := doc.Questions[0]
	for _, o := range q.Options {
		if !o.Right {
			wrong.Answers[q.ID] = o.ID
		}
	}
	_, _, err := Next(w.def, w.s, w.env("participant"), wrong)
	if r := refusalOf(t, err); r == nil || r.Code != "not-understood" || r.Field != "answers."+q.ID || strings.Contains(r.Text.EN, "talk about") {
		t.Errorf("a wrong answer: %v", r)
	}
	open := w.ownSigning(doc)
	delete(open.Answers, q.ID)
	w.refused("question-open", "participant", open)
	bad := w.ownSigning(doc)
	bad.Version = "0"
	w.refused("no-such-consent", "participant", bad)

	w.do("participant", w.ownSigning(doc))
	if !w.s.Reached[Consented].IsZero() || w.s.Signed[doc.ID].At.IsZero() {
		t.Fatal("a signature alone is a consent, or does not wait")
	}
	confirm := w.task("confirm/" + doc.ID)
	if confirm == nil || !slices.Contains(confirm.Roles, "physician") || !slices.Contains(confirm.Roles, "coordinator") || w.task("consent") != nil {
		t.Fatalf("tasks: %+v", Tasks(w.def, w.s))
	}
	before := w.s.Version
	if w.do("participant", w.ownSigning(doc)); w.s.Version != before {
		t.Error("signed again while it waits")
	}
	w.hours(2)
	at := w.s.Signed[doc.ID].At
	w.do("physician", GiveConsent{On: w.on(), Document: doc.ID, Version: doc.Version})
	if c := w.s.Consents[doc.ID]; c.At.IsZero() || !c.Signed.Equal(at) || len(w.s.Signed) != 0 {
		t.Errorf("confirmed: %+v, %v", c, w.s.Signed)
	}
	for _, d := range w.def.Consent.Documents[1:] {
		if d.Required && d.Valid {
			w.do("participant", w.ownSigning(d)).do("coordinator", GiveConsent{On: w.on(), Document: d.ID, Version: d.Version})
		}
	}
	if w.s.Reached[Consented].IsZero() || w.task("confirm/"+doc.ID) != nil {
		t.Error("the milestone is not reached, or the task stays")
	}
	w.refused("already-consented", "participant", w.ownSigning(doc))
}

// TestSigningOnPaper: without a signature of their own the answers are owed as before.
func TestSigningOnPaper(t *testing.T) {
	w := tell(t, threeSession).prescreened()
	doc := w.def.Consent.Documents[0]
	w.refused("question-open", "physician", GiveConsent{On: w.on(), Document: doc.ID, Version: doc.Version, Language: "nb"})
	w.do("physician", w.signing(doc))
	if !w.s.Consents[doc.ID].Signed.IsZero() {
		t.Error("a paper signature passes for one in these pages")
	}
}

// TestTakingASignatureBack: what nobody confirmed is taken back without leaving.
func TestTakingASignatureBack(t *testing.T) {
	w := tell(t, threeSession).prescreened()
	doc := w.def.Consent.Documents[0]
	w.do("participant", w.ownSigning(doc)).do("participant", WithdrawConsent{On: w.on(), Document: doc.ID})
	if len(w.s.Signed) != 0 || !w.s.Left.IsZero() {
		t.Errorf("signed %v, left %v", w.s.Signed, w.s.Left)
	}
	w.refused("no-consent", "participant", WithdrawConsent{On: w.on(), Document: doc.ID})
}

// TestSigningANewerVersion: a newer version is signed and confirmed in the same way.
func TestSigningANewerVersion(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.def = amended(w.def, true)
	var doc protocol.ConsentDocument
	for _, d := range w.def.Consent.Documents {
		if d.Valid && d.Version != w.s.Consents[d.ID].Version && d.Required {
			doc = d
		}
	}
	if doc.ID == "" || w.s.ConsentCurrent(w.def) {
		t.Fatal("nothing to sign anew")
	}
	w.do("participant", w.ownSigning(doc))
	if w.s.ConsentCurrent(w.def) || w.task("confirm/"+doc.ID) == nil {
		t.Error("in force without the conversation, or nobody is asked")
	}
	w.do("coordinator", GiveConsent{On: w.on(), Document: doc.ID, Version: doc.Version})
	if !w.s.ConsentCurrent(w.def) || w.s.Consents[doc.ID].Signed.IsZero() {
		t.Errorf("%+v", w.s.Consents[doc.ID])
	}
}

// TestLeavingOneself: no reason is owed, none is refused, and nothing else is expected
// from then on.
func TestLeavingOneself(t *testing.T) {
	for name, reason := range map[string]string{"none": "", "unknown": "because", "listed": "burden"} {
		w := tell(t, threeSession).consented()
		w.do("participant", Withdraw{On: w.on(), Reason: reason})
		want := OwnWish
		if reason == "burden" {
			want = reason
		}
		if w.s.Status() != StatusWithdrawn || w.s.LeftReason != want {
			t.Errorf("%s: %s, %q", name, w.s.Status(), w.s.LeftReason)
		}
		if tasks := Tasks(w.def, w.s); len(tasks) != 0 {
			t.Errorf("%s: still expected: %+v", name, tasks)
		}
	}
	w := tell(t, threeSession).consented()
	def := *w.def
	def.Withdrawal.Reasons = nil
	w.def = &def
	w.do("participant", Withdraw{On: w.on()})
	if w.s.Status() != StatusWithdrawn {
		t.Error("refused where the protocol lists no such reason")
	}
	w = tell(t, threeSession).randomised()
	w.refused("no-such-reason", "physician", StopTreatment{On: w.on(), Reason: "because"})
	w.do("participant", StopTreatment{On: w.on()})
	if w.s.StopReason != OwnWish {
		t.Errorf("stopped: %q", w.s.StopReason)
	}
	for _, d := range w.def.Consent.Documents {
		if d.Required {
			w.do("participant", WithdrawConsent{On: w.on(), Document: d.ID})
			break
		}
	}
	if w.s.Status() != StatusWithdrawn && w.s.Left.IsZero() {
		t.Errorf("after taking consent back: %s", w.s.Status())
	}
}

// TestConsentIsTakenBackAfterTheEnd: the right does not end with the study.
func TestConsentIsTakenBackAfterTheEnd(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.do("coordinator", Lose{On: w.on(), Attempts: 3})
	id := w.def.Consent.Documents[0].ID
	w.refused("participant-gone", "physician", WithdrawConsent{On: w.on(), Document: id, Reason: OwnWish})
	w.do("participant", WithdrawConsent{On: w.on(), Document: id})
	if w.s.Consents[id].Withdrawn.IsZero() || w.s.Status() != StatusLost {
		t.Errorf("%+v, %s", w.s.Consents[id], w.s.Status())
	}
}

// TestWishToLeaveInASession: nobody is let go in the middle of a session, and the wish
// stands as somebody's task until it is acted on.
func TestWishToLeaveInASession(t *testing.T) {
	w := tell(t, threeSession).randomised().toWindow("V5").started("V5")
	w.refused("session-open", "physician", Withdraw{On: w.on(), Reason: OwnWish})
	w.do("participant", Withdraw{On: w.on()})
	if !w.s.LeavingWaits() || !w.s.Left.IsZero() {
		t.Fatal("the wish is lost, or they were let go")
	}
	before := w.s.Version
	if w.do("participant", Withdraw{On: w.on()}); w.s.Version != before {
		t.Error("the same wish stands twice")
	}
	id := w.s.Alerts[len(w.s.Alerts)-1].ID
	task := w.task("alert/" + id)
	if task == nil || task.Kind != TaskAlert || !slices.Contains(task.Roles, "therapist") || task.Closes.Sub(task.Due) != 4*time.Hour {
		t.Fatalf("%+v", task)
	}
	n := *w.s
	w.do("therapist", CloseAlert{On: w.on(), ID: id, Action: "talked: goes on"})
	if w.s.LeavingWaits() || w.task("alert/"+id) != nil {
		t.Error("it stands after it was acted on")
	}
	if !n.LeavingWaits() {
		t.Error("an older state was changed")
	}
}

// TestDiary: an entry is written, written anew, shared and taken back.
func TestDiary(t *testing.T) {
	w := tell(t, threeSession).consented()
	seven := 7
	for code, c := range map[string]WriteDiary{
		"bad-id": {Text: "seal", Entry: "no spaces"}, "no-words": {Entry: "e1"}, "not-sealed": {Entry: "e1", Text: "seal", Mood: &seven},
	} {
		c.On = w.on()
		w.refused(code, "participant", c)
	}
	w.refused("no-such-entry", "participant", ShareDiary{On: w.on(), Entry: "e1", Shared: true})
	w.do("participant", WriteDiary{On: w.on(), Entry: "e1", Text: "seal-1"})
	first := w.s
	w.hours(1).do("participant", WriteDiary{On: w.on(), Entry: "e1", Text: "seal-2", Shared: true})
	if len(first.Diary) != 1 || first.Diary[0].Sealed != "seal-1" || first.Diary[0].Shared {
		t.Errorf("an older state was changed: %+v", first.Diary)
	}
	if e := w.s.Diary[0]; len(w.s.Diary) != 1 || e.Sealed != "seal-2" || !e.Shared || e.Changed.Sub(e.At) != time.Hour {
		t.Errorf("%+v", w.s.Diary)
	}
	before := w.s.Version
	w.do("participant", WriteDiary{On: w.on(), Entry: "e1", Text: "seal-2", Shared: true}).do("participant", ShareDiary{On: w.on(), Entry: "e1", Shared: true})
	if w.s.Version != before {
		t.Error("the same again was written again")
	}
	// The right to take it back goes on after leaving; nothing new is kept.
	w.do("participant", Withdraw{On: w.on()}).do("participant", ShareDiary{On: w.on(), Entry: "e1"})
	if w.s.Diary[0].Shared {
		t.Error("still shared")
	}
	w.refused("has-left", "participant", WriteDiary{On: w.on(), Entry: "e2", Text: "seal-3"})
}

// TestMessages: what the participant writes is somebody's task until it is read or
// answered.
func TestMessages(t *testing.T) {
	w := tell(t, threeSession).consented()
	send := func(role, id string) { w.Helper(); w.do(role, SendMessage{On: w.on(), ID: id, Text: "seal-" + id}) }
	send("participant", "m1")
	w.hours(1)
	send("participant", "m2")
	task := w.task("message")
	if task == nil || task.Ref != "m1" || !slices.Equal(task.Roles, []string{"therapist", "coordinator"}) || w.s.Unread(false) != 2 {
		t.Fatalf("%+v, %d unread", task, w.s.Unread(false))
	}
	w.do("coordinator", ReadMessages{On: w.on(), Until: "m1"})
	if task := w.task("message"); task == nil || task.Ref != "m2" {
		t.Errorf("after the first was read: %+v", task)
	}
	old := w.s
	send("therapist", "m3")
	if w.task("message") != nil || w.s.Unread(false) != 0 || w.s.Unread(true) != 1 {
		t.Error("an answer is no reading")
	}
	if old.Unread(false) != 1 {
		t.Error("an older state was changed")
	}
	w.do("participant", ReadMessages{On: w.on(), Until: "m3"})
	if w.s.Unread(true) != 0 || w.s.Messages[2].Read.IsZero() || w.s.Messages[2].Role != "therapist" {
		t.Errorf("%+v", w.s.Messages)
	}
	before := w.s.Version
	w.do("participant", ReadMessages{On: w.on(), Until: "m3"})
	send("participant", "m2")
	if w.s.Version != before {
		t.Error("the same again was written again")
	}
	w.refused("message-id-taken", "coordinator", SendMessage{On: w.on(), ID: "m2", Text: "x"})
	w.refused("no-such-message", "participant", ReadMessages{On: w.on(), Until: "m9"})
	// Who has left can still be reached.
	w.do("participant", Withdraw{On: w.on()})
	send("participant", "m4")
	if w.task("message") == nil {
		t.Error("nobody answers who has left")
	}
}

// TestAnswerBy: one working day, over weekends and the night when clocks change.
func TestAnswerBy(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	for sent, want := range map[string]string{
		"2026-11-23 14:00": "2026-11-24 14:00", // Monday
		"2026-11-26 09:30": "2026-11-27 09:30", // Thursday
		"2026-11-27 15:00": "2026-11-30 15:00", // Friday: Monday
		"2026-11-28 10:00": "2026-12-01 00:00", // Saturday counts from Monday's beginning
		"2026-11-29 23:59": "2026-12-01 00:00",
		"2026-03-27 12:00": "2026-03-30 12:00", // clocks go forward on the 29th
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", sent, oslo)
		if err != nil {
			t.Fatal(err)
		}
		if got := AnswerBy(at, oslo).In(oslo).Format("2006-01-02 15:04"); got != want {
			t.Errorf("sent %s: by %s, want %s", sent, got, want)
		}
	}
}

func TestAnswerByLaw(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		zone := time.FixedZone("z", rapid.IntRange(-11, 13).Draw(r, "zone")*3600)
		at := begin.Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(r, "minutes")) * time.Minute)
		by := AnswerBy(at, zone)
		if d := by.Sub(at); d < 24*time.Hour || d > 4*24*time.Hour {
			r.Fatalf("%s -> %s", at, by)
		}
		if day := by.In(zone).Weekday(); day == time.Saturday || day == time.Sunday {
			r.Fatalf("%s is a %s", by, day)
		}
	})
}

// TestWordsAreNoPartOfTheCasebook: a diary entry or a message voids no signature.
func TestWordsAreNoPartOfTheCasebook(t *testing.T) {
	w := tell(t, threeSession).consented()
	tip, _ := w.s.Tip(Casebook)
	w.do("participant", WriteDiary{On: w.on(), Entry: "e1", Text: "seal"}).do("participant", SendMessage{On: w.on(), ID: "m1", Text: "seal"})
	if now, _ := w.s.Tip(Casebook); now != tip {
		t.Errorf("the casebook changed from %d to %d", tip, now)
	}
	for _, p := range []Payload{DiaryWritten{}, DiaryShared{}, MessageSent{}, MessagesRead{}} {
		if Casebook.TouchedBy(p) {
			t.Errorf("%T touches the casebook", p)
		}
	}
	if !Casebook.TouchedBy(ConsentSigned{}) {
		t.Error("a consent does not")
	}
}

// TestWordsInAState: no seal leaves with a state; the team knows of what is shared,
// everybody else of nothing.
func TestWordsInAState(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.do("participant", WriteDiary{On: w.on(), Entry: "e1", Text: "seal-private"}).do("participant", WriteDiary{On: w.on(), Entry: "e2", Text: "seal-shared", Shared: true}).
		do("participant", SendMessage{On: w.on(), ID: "m1", Text: "seal-message"})
	for may, want := range map[Words][2]int{NoWords: {0, 0}, TeamWords: {1, 1}, AllWords: {2, 1}} {
		s := RedactWords(w.s, may)
		if len(s.Diary) != want[0] || len(s.Messages) != want[1] || strings.Contains(fmt.Sprintf("%+v", s), "seal-") {
			t.Errorf("%d: %+v %+v", may, s.Diary, s.Messages)
		}
	}
	if w.s.Diary[0].Sealed != "seal-private" {
		t.Error("the full state was changed")
	}
	for _, p := range []Payload{DiaryWritten{Sealed: "seal"}, MessageSent{Sealed: "seal"}, ConcernRaised{Sealed: "seal", Who: "seal"}, ConcernAnswered{Sealed: "seal"}} {
		if e := RedactWordsEvent(Event{Data: p}); strings.Contains(fmt.Sprintf("%+v", e), "seal") {
			t.Errorf("%+v", e)
		}
	}
	if n := Only(w.def, w.s, "rater", "gro", func(instrument.Blinding) bool { return true }); n.Diary != nil || n.Messages != nil || n.Signed != nil {
		t.Error("a rater gets words")
	}
}

// TestOwnView: a participant follows their course, and gets neither what others noted
// of them nor what blinding hides.
func TestOwnView(t *testing.T) {
	w := tell(t, threeSession).randomised().toWindow("V5").started("V5")
	w.do("therapist", w.dosing("V5"))
	all := func(instrument.Blinding) bool { return true }
	own := OwnView(w.def, w.s, all)
	if own.Kit != "" || own.Stratum != "" || own.Ratings != nil || own.Deviations != nil || own.Queries != nil || len(own.Signatures) != 0 {
		t.Errorf("kit %q, stratum %q, %v %v %v", own.Kit, own.Stratum, own.Ratings, own.Deviations, own.Queries)
	}
	if own.Status() != w.s.Status() || len(own.Consents) == 0 || !slices.EqualFunc(own.Visits, w.s.Visits, func(a, b VisitState) bool { return a.Held.Equal(b.Held) }) {
		t.Error("their course is not there")
	}
	for k := range own.Forms {
		if p, ok := PlaceOf(w.def, k.Visit, k.Form); !ok || !contains(p.Roles, "participant") {
			t.Errorf("a form of others: %+v", k)
		}
	}
	if x := own.Sessions["V5"]; x == nil || x.DoseAt.IsZero() || x.Checks != nil || x.Confirmed != nil || x.Breaches != nil {
		t.Errorf("session %+v", x)
	}
	blinded := OwnView(w.def, w.s, func(c instrument.Blinding) bool { return c == instrument.Open })
	if len(blinded.Sessions) != 0 {
		t.Error("a session that the protocol hides is shown")
	}
}

// TestWordsThatCannotBeKept: bounds that keep every seal within a text of the record.
func TestWordsThatCannotBeKept(t *testing.T) {
	low, high := -1, 11
	for name, c := range map[string]WriteDiary{
		"nothing": {}, "blank": {Text: " \n"}, "low": {Mood: &low}, "high": {Mood: &high, Text: "x"}, "long": {Text: strings.Repeat("å", MaxWords+1)},
		"many bytes": {Text: strings.Repeat("😀", 4000)}, "control": {Text: "a\x00"}, "not UTF-8": {Text: "a\xff"},
	} {
		if DiaryFault(c) == nil {
			t.Errorf("%s is taken", name)
		}
	}
	five := 5
	if DiaryFault(WriteDiary{Mood: &five}) != nil || DiaryFault(WriteDiary{Text: "a\nå"}) != nil || WordsFault(strings.Repeat("x", MaxWords)) != nil {
		t.Error("what can be kept is refused")
	}
	if WordsFault(" ") == nil || WordsFault("") == nil {
		t.Error("no words are taken")
	}
}
