package app

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/messaging"
	"varde/messaging/messagingtest"
	"varde/study"
)

// TestWordsAreDiscreet: no text says what it is about to whoever holds the phone.
func TestWordsAreDiscreet(t *testing.T) {
	telling := []string{"ptsd", "mdma", "trauma", "psyk", "psych", "terap", "therap", "study", "studie", "clinic", "klinikk", "dos", "session", "økt", "medic", "medisin", "behandl", "treat", "trial",
		"diagnos", "questionnaire", "skjema", "samtykke", "consent", "s01", "forsøk", "helse", "health", "#", "token"}
	s := &study.State{ID: "S01-001", Zone: time.UTC}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, lang := range []string{"en", "nb"} {
		s.Language = lang
		o := Outward{URL: "https://varde.example.org"}
		all := []words{staffWords(&o, lang), testWords(&o, lang)}
		for _, kind := range study.NoticeKinds {
			for _, at := range []string{"V5/2026-03-02T14:00Z", "V5/2026-03-03T09:00Z", "V5/2026-03-05T09:00Z"} {
				all = append(all, wordsOf(study.Notice{Kind: kind, Ref: at}, s, now, &o))
			}
		}
		for _, w := range all {
			for _, text := range []string{w.Subject, w.Mail, w.SMS} {
				for _, bad := range telling {
					if strings.Contains(strings.ToLower(text), bad) {
						t.Errorf("%q tells %q", text, bad)
					}
				}
				if text == "" || strings.Contains(text, "%!") {
					t.Errorf("%+v", w)
				}
			}
			// One text message of GSM's own letters.
			if n := len([]rune(w.SMS)); n > 160 {
				t.Errorf("%d characters: %s", n, w.SMS)
			}
			for _, r := range w.SMS {
				if r > 0x7f && !strings.ContainsRune("æøåÆØÅ", r) {
					t.Errorf("%q is no letter of GSM 03.38: %s", r, w.SMS)
				}
			}
		}
		link := linkWords(&o, lang, "https://varde.example.org/link#"+strings.Repeat("x", 43), 30*time.Minute)
		if !strings.Contains(link.Mail, "/link#xxx") || !strings.Contains(link.SMS, "30") || strings.Contains(strings.ToLower(link.Mail), "s01") {
			t.Errorf("%+v", link)
		}
	}
}

// TestWishes: who may say how somebody is reached, and what cannot be wished.
func TestWishes(t *testing.T) {
	h, _, id := reaching(t, study.NoticesWished{Email: true, QuietFrom: "20:00", QuietUntil: "10:00"})
	w, mail, sms, err := h.NoticeWishes(ctx, participant(id), "demo")
	if err != nil || !mail || !sms || w != (study.NoticesWished{Email: true, QuietFrom: "20:00", QuietUntil: "10:00"}) {
		t.Fatalf("%+v %v %v %v", w, mail, sms, err)
	}
	for want, w := range map[string]study.NoticesWished{
		"bad-clock":    {Email: true, QuietFrom: "9", QuietUntil: "10:00"},
		"always-quiet": {Email: true, QuietFrom: "08:00", QuietUntil: "07:00"},
	} {
		if err := h.WishNotices(ctx, participant(id), "demo", w, ""); code(err) != want {
			t.Errorf("%+v: %v", w, err)
		}
	}
	if err := h.WishNotices(ctx, as("coordinator"), "demo", study.NoticesWished{}, ""); code(err) != "role-may-not" {
		t.Errorf("a coordinator in the participant's place: %v", err)
	}
	if err := h.WishNoticesFor(ctx, as("coordinator"), "demo", id, study.NoticesWished{SMS: true}, "c-1"); err != nil {
		t.Fatal(err)
	}
	n := len(h.notices(id))
	for range 2 {
		if err := h.WishNoticesFor(ctx, as("coordinator"), "demo", id, study.NoticesWished{SMS: true}, "c-1"); err != nil {
			t.Fatal(err)
		}
	}
	if len(h.notices(id)) != n {
		t.Error("the same wish is written twice")
	}
	h.App.outward = nil
	if err := h.WishNotices(ctx, participant(id), "demo", study.NoticesWished{Email: true}, ""); code(err) != "no-channel" {
		t.Errorf("a channel that is not there: %v", err)
	}
	if err := h.WishNotices(ctx, participant(id), "demo", study.NoticesWished{}, ""); err != nil {
		t.Errorf("switching off: %v", err)
	}
	if err := h.Remind(ctx); err != nil {
		t.Errorf("nothing is configured: %v", err)
	}
	h.consistent()
}

// TestStaffAreToldOfUnblindings: those whose task it is get one mail that says nothing.
func TestStaffAreToldOfUnblindings(t *testing.T) {
	h, box, _ := reaching(t, study.NoticesWished{})
	for _, x := range []struct{ account, role, mail string }{{"mona", "monitor", "mona@example.org"}, {"stig", "sponsor", "stig@example.org"}, {"siv", "safety-board", ""}, {"rolf", "rater", "rolf@example.org"}, {"dag", "data-manager", "dag@example.org"}} {
		if _, err := h.Invite(ctx, admin, identity.Invitation{ID: x.account, Name: x.account, Email: x.mail, Kind: identity.Staff, Language: "en"}); err != nil {
			t.Fatal(err)
		}
		h.must(admin, study.Delegate{Account: x.account, Name: x.account, Role: x.role})
	}
	patient := h.randomised(7)
	h.must(as("physician"), study.AskUnblinding{On: on(patient), Reason: "unconscious, serotonin syndrome suspected", Alone: "nobody answers at this hour"})
	for range 5 {
		h.remind()
		h.pass(time.Minute)
	}
	var to []string
	for _, l := range box.Take() {
		to = append(to, l.To)
		if !strings.Contains(l.Text, "A task waits for you") || strings.Contains(l.Text, "nblind") || strings.Contains(l.Text, patient) || l.End != "" {
			t.Errorf("%s", l)
		}
	}
	slices.Sort(to)
	if !slices.Equal(to, []string{"mona@example.org", "stig@example.org"}) {
		t.Errorf("told: %v", to)
	}
}

// TestThoseWhoHearConcernsAreTold: of every word that waits, once, in words that say
// nothing; nobody else learns that a mail was sent.
func TestThoseWhoHearConcernsAreTold(t *testing.T) {
	h, box, id := reaching(t, study.NoticesWished{})
	for _, x := range []struct{ account, role string }{{"stig", "sponsor"}, {"siv", "safety-board"}, {"mona", "monitor"}, {"dag", "data-manager"}, {"rolf", "rater"}} {
		if _, err := h.Invite(ctx, admin, identity.Invitation{ID: x.account, Name: x.account, Email: x.account + "@example.org", Kind: identity.Staff, Language: "en"}); err != nil {
			t.Fatal(err)
		}
		h.must(admin, study.Delegate{Account: x.account, Name: x.account, Role: x.role})
	}
	want := []string{"siv@example.org", "stig@example.org"}
	told := func() []string {
		t.Helper()
		var to []string
		for range 3 {
			h.remind()
			h.pass(time.Minute)
		}
		for _, l := range box.Take() {
			if !strings.Contains(l.Text, "A task waits for you") || strings.Contains(l.Text, id) || strings.Contains(l.Text, "concern") {
				t.Errorf("%s", l)
			}
			to = append(to, l.To)
		}
		slices.Sort(to)
		return to
	}
	if got := told(); len(got) != 0 {
		t.Fatalf("told of nothing: %v", got)
	}
	concern, err := h.RaiseConcern(ctx, participant(id), "demo", ConcernIn{Kind: "boundary", Text: "a hand that stayed"}, "c-1")
	if err != nil {
		t.Fatal(err)
	}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("told: %v, want %v", got, want)
	}
	if err := h.AnswerConcern(ctx, studyWide("sponsor"), "demo", concern, "thank you, we look into it", false, "a-1"); err != nil {
		t.Fatal(err)
	}
	if err := h.AnswerConcern(ctx, participant(id), "demo", concern, "it happened again", false, "c-2"); err != nil {
		t.Fatal(err)
	}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("told of the next word: %v, want %v", got, want)
	}
	for role := range access.Table {
		lines, _, _ := h.Audit(ctx, studyWide(role), AuditQuery{Study: "demo"})
		if slices.Contains(hears, role) {
			continue
		}
		for _, l := range lines {
			if study.AboutConcerns(l.Stream) {
				t.Errorf("%s can tell from %s in %s", role, l.Type, l.Stream)
			}
		}
	}
}

// TestSendingLinks: staff have a one-time link sent that they ask for, and get it shown
// when it could not be sent.
func TestSendingLinks(t *testing.T) {
	h, box, id := reaching(t, study.NoticesWished{})
	sent, err := h.SendParticipantLink(ctx, as("coordinator"), "demo", id, study.BySMS)
	if err != nil || sent.Channel != study.BySMS || sent.Fault.EN != "" {
		t.Fatalf("%+v, %v", sent, err)
	}
	if l := box.Take(); len(l) != 1 || l[0].To != theirPhone || !strings.Contains(l[0].Text, sent.Link) {
		t.Fatalf("%v", l)
	}
	box.Fail(func(messagingtest.Letter) error { return &messaging.Fault{Kind: messaging.Address, Code: "smtp-550"} })
	if sent, err = h.SendParticipantLink(ctx, as("coordinator"), "demo", id, study.ByEmail); err != nil || sent.Link == "" || sent.Channel != "" || sent.Fault.NB == "" {
		t.Errorf("%+v, %v", sent, err)
	}
	box.Fail(nil)
	in := identity.Invitation{ID: "ny", Name: "Ny", Email: "ny@example.org", Kind: identity.Staff, Language: "nb"}
	if sent, err = h.SendInvitation(ctx, admin, in); err != nil || sent.Channel != study.ByEmail {
		t.Fatalf("%+v, %v", sent, err)
	}
	if l := box.Take(); len(l) != 1 || l[0].To != "ny@example.org" || !strings.Contains(l[0].Text, sent.Link) {
		t.Fatalf("%v", l)
	}
	for e, err := range h.store.Events(ctx, ledger.Read{Study: "demo", Stream: study.NoticeStream(id)}) {
		if err != nil || bytes.Contains(e.Payload, []byte("link#")) || bytes.Contains(e.Payload, []byte(theirPhone)) || bytes.Contains(e.Payload, []byte(theirMail)) {
			t.Errorf("%s, %v", e.Payload, err)
		}
	}
	lines, _, err := h.Audit(ctx, admin, AuditQuery{Type: "link."})
	if err != nil || len(lines) == 0 || lines[0].Text.NB == "" || strings.Contains(lines[0].Text.NB, "@") {
		t.Errorf("%v, %v", lines, err)
	}
}

// TestTwinsAreSentTheSame: what is sent depends on nothing that the arm decides.
func TestTwinsAreSentTheSame(t *testing.T) {
	arms := map[string]bool{}
	var told []string
	for _, twin := range []bool{false, true} {
		h := build(t, nil)
		box := &messagingtest.Box{}
		h.connect(box, twin)
		id := h.randomised(1)
		h.keeps(id, map[IdentityField]string{FieldEmail: theirMail, FieldPhone: theirPhone})
		if err := h.WishNoticesFor(ctx, as("coordinator"), "demo", id, study.NoticesWished{Email: true, SMS: true}, ""); err != nil {
			t.Fatal(err)
		}
		for i := range h.def().Visits {
			// Whatever can be planned is.
			_, err := h.Do(ctx, as("coordinator"), "demo", study.PlanVisit{On: on(id), Visit: h.def().Visits[i].ID, Time: h.clock().Add(time.Duration(26+20*i) * time.Hour)}, "")
			if err != nil && strings.HasPrefix(code(err), "fault") {
				t.Fatal(err)
			}
		}
		arms[h.hosts["demo"].allocator.ArmOf(h.hosts["demo"].alloc.Slots[id])] = true
		sent := h.to(h.clock().Add(12*24*time.Hour), box)
		told = append(told, sent+strings.Join(h.notices(id), "\n"))
		if !strings.Contains(sent, "avtale") {
			t.Fatalf("nothing was sent:\n%s", told[len(told)-1])
		}
	}
	if len(arms) != 2 {
		t.Fatalf("the twins are in %v", arms)
	}
	if told[0] != told[1] {
		t.Errorf("one is sent\n%s\nand its twin\n%s", told[0], told[1])
	}
}
