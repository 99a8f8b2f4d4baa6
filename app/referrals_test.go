package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// intake is a house whose first site has somebody who may assess referrals.
func intake(t testing.TB) *house {
	t.Helper()
	h := buildHouse(t)
	for _, role := range []string{"coordinator", "physician"} {
		h.must(admin, study.AssignStaff{Site: "S01", Person: role + "-1", Name: "Name " + role, Role: role, Credentials: h.credentials()})
	}
	return h
}

func (h *house) credentials() map[string]string {
	out := map[string]string{}
	for _, c := range h.def().Staffing.Credentials {
		out[c.ID] = ""
	}
	return out
}

func asking(name string) ReferralIn {
	return ReferralIn{Channel: "self", Format: "page", Language: "nb", Site: "S01", Wait: true, Consent: true, Name: name, Phone: "+47 912 34 567", Email: "ask@example.org",
		BirthDate: "1988-04-02", Place: "Tromsø", Safe: "after five, no messages", Message: "I have not slept for years. Ærlig talt."}
}

func (h *house) ask(name string) string {
	h.Helper()
	h.pass(time.Minute)
	r, err := h.ReceiveReferral(ctx, "demo", asking(name), "c-"+name)
	if err != nil {
		h.Fatal(err)
	}
	return r.Referral
}

func (h *house) about(role, id string, cmd study.ReferralCommand) {
	h.Helper()
	h.pass(time.Minute)
	if _, err := h.DoReferral(ctx, as(role), "demo", id, cmd, ""); err != nil {
		h.Fatalf("%T: %v", cmd, err)
	}
}

func (h *house) wait(name string) string {
	h.Helper()
	id := h.ask(name)
	h.about("coordinator", id, study.AssessReferral{Decision: "wait"})
	return id
}

func (h *house) list(all bool) []ReferralRow {
	h.Helper()
	rows, err := h.Referrals(ctx, as("coordinator"), "demo", all)
	if err != nil {
		h.Fatal(err)
	}
	return rows
}

// rebuilt fails when the views are not what the ledger says.
func (h *house) rebuilt() {
	h.Helper()
	r, err := h.Rebuild(ctx, "demo")
	if err != nil || !r.Same() {
		h.Fatalf("the views are not what the ledger says: %v %+v", err, r)
	}
}

func TestAReferralIsSealedAndKeptOnce(t *testing.T) {
	h := intake(t)
	in := asking("Kari Nordmann")
	first, err := h.ReceiveReferral(ctx, "demo", in, "same")
	if err != nil || !strings.HasPrefix(first.Referral, "R-") || !first.Open || !first.Wait.Known || first.Wait.High != 0 {
		t.Fatalf("%v %+v", err, first)
	}
	again, err := h.ReceiveReferral(ctx, "demo", in, "same")
	if err != nil || again.Referral != first.Referral {
		t.Errorf("sent twice: %v %+v", err, again)
	}
	in.Message = "changed"
	h.pass(time.Second)
	if other, err := h.ReceiveReferral(ctx, "demo", in, "same"); err != nil || other.Referral == first.Referral {
		t.Errorf("changed content under the same id was dropped: %v", err)
	}
	if rows := h.list(true); len(rows) != 2 || rows[0].ID != first.Referral || rows[0].Status != study.ReferralNew {
		t.Errorf("%+v", rows)
	}
	// Nothing of the person stands in the record, nor in a view.
	for e, err := range h.store.Events(ctx, ledger.Read{Study: "demo", After: -1, TypePrefix: "referral."}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Kari", "912", "example.org", "1988", "Troms", "slept"} {
			if strings.Contains(string(e.Payload), secret) {
				t.Errorf("%s stands in the record", secret)
			}
		}
	}
	h.rebuilt()
}

func TestSentTwiceAtOnce(t *testing.T) {
	h := intake(t)
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		wg.Go(func() {
			r, err := h.ReceiveReferral(ctx, "demo", asking("Kari"), "twice")
			if err != nil {
				t.Error(err)
			}
			ids[i] = r.Referral
		})
	}
	wg.Wait()
	if slices.Sort(ids); ids[0] == "" || ids[0] != ids[len(ids)-1] || len(h.list(true)) != 1 {
		t.Errorf("%v", ids)
	}
}

func TestWhatAReferralOwes(t *testing.T) {
	h := intake(t)
	for want, change := range map[string]func(*ReferralIn){
		"bad-channel": func(r *ReferralIn) { r.Channel = "" }, "bad-format": func(r *ReferralIn) { r.Format = "fax" }, "bad-language": func(r *ReferralIn) { r.Language = "sv" },
		"consent-owed": func(r *ReferralIn) { r.Consent = false }, "name-owed": func(r *ReferralIn) { r.Name = " \n " }, "contact-owed": func(r *ReferralIn) { r.Phone, r.Email = "", "" },
		"not-a-phone": func(r *ReferralIn) { r.Phone = "12" }, "not-an-address": func(r *ReferralIn) { r.Email = "x" }, "not-a-date": func(r *ReferralIn) { r.BirthDate = "1988-13-01" },
		"too-long": func(r *ReferralIn) { r.Message = strings.Repeat("x", 8001) }, "bad-text": func(r *ReferralIn) { r.Safe = "a\x00b" }, "referrer-owed": func(r *ReferralIn) { r.Channel = "professional" },
		"no-such-site": func(r *ReferralIn) { r.Site = "S99" }, "bad-urgency": func(r *ReferralIn) { r.Urgency = "stat" },
	} {
		in := asking("Kari")
		change(&in)
		if _, err := h.ReceiveReferral(ctx, "demo", in, ""); code(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := h.ReceiveReferral(ctx, "none", asking("Kari"), ""); code(err) != "no-such-study" {
		t.Error(err)
	}
	fhir := asking("Kari")
	fhir.Format, fhir.Phone = "fhir", "91234567"
	if _, err := h.ReceiveReferral(ctx, "demo", fhir, ""); err != nil {
		t.Errorf("a number as another system writes it is refused: %v", err)
	}
	h.must(admin, study.CloseRecruitment{})
	if _, err := h.ReceiveReferral(ctx, "demo", asking("Kari"), ""); code(err) != "recruitment-closed" {
		t.Error(err)
	}
}

func TestOpeningAReferralIsRecordedFirst(t *testing.T) {
	h := intake(t)
	id := h.ask("Kari")
	if _, err := h.OpenReferral(ctx, as("coordinator"), "demo", id, nil, ""); code(err) != "purpose-owed" {
		t.Error(err)
	}
	open, err := h.OpenReferral(ctx, as("coordinator"), "demo", id, []string{"name", "phone"}, "ring them")
	if err != nil || len(open) != 2 || open["name"] != "Kari" || open["phone"] != "+4791234567" {
		t.Fatalf("%v %v", err, open)
	}
	card, err := h.Referral(ctx, as("physician"), "demo", id)
	if err != nil {
		t.Fatal(err)
	}
	last, ok := card.History[len(card.History)-1].Data.(study.ReferralSeen)
	if !ok || last.Purpose != "ring them" || card.Names["coordinator-1"] != "Name coordinator" {
		t.Errorf("%+v %v", card.History, card.Names)
	}
	if got := card.History[0].Data.(study.ReferralReceived).Fields["name"]; got != "sealed" {
		t.Errorf("the sealed text leaves: %q", got)
	}
	for _, role := range []string{"monitor", "therapist", "sponsor", "administrator"} {
		if _, err := h.OpenReferral(ctx, as(role), "demo", id, nil, "look"); code(err) != "role-may-not" {
			t.Errorf("%s: %v", role, err)
		}
	}
	h.rebuilt()
}

func TestOtherSitesSeeNothing(t *testing.T) {
	h := intake(t)
	mine := h.ask("Kari")
	in := asking("Ola")
	in.Site = ""
	anywhere, err := h.ReceiveReferral(ctx, "demo", in, "")
	if err != nil {
		t.Fatal(err)
	}
	far := access.Actor{ID: "far", Name: "Far", Role: "coordinator", Study: "demo", Sites: []string{"S02"}}
	rows, err := h.Referrals(ctx, far, "demo", true)
	if err != nil || len(rows) != 1 || rows[0].ID != anywhere.Referral {
		t.Errorf("%v %+v", err, rows)
	}
	if _, err := h.Referral(ctx, far, "demo", mine); code(err) != "no-such-referral" {
		t.Error(err)
	}
	if _, err := h.OpenReferral(ctx, far, "demo", mine, nil, "x"); code(err) != "no-such-referral" {
		t.Error(err)
	}
	if _, err := h.DoReferral(ctx, far, "demo", mine, study.CloseReferral{Reason: "died"}, ""); code(err) != "no-such-referral" {
		t.Error(err)
	}
	if _, err := h.InviteReferral(ctx, far, "demo", mine); code(err) != "no-such-referral" {
		t.Error(err)
	}
	if c, err := h.Capacity(ctx, far, "demo"); err != nil || len(c) != 1 || c[0].Site != "S02" {
		t.Errorf("%v %+v", err, c)
	}
}

func TestFromTheListToAParticipant(t *testing.T) {
	h := intake(t)
	a, b := h.wait("Anne"), h.wait("Bjørn")
	if rows := h.list(false); len(rows) != 2 || rows[0].ID != a || rows[0].Place != 1 || rows[1].Place != 2 || rows[1].NextCheck.IsZero() {
		t.Fatalf("%+v", rows)
	}
	if _, err := h.InviteReferral(ctx, as("coordinator"), "demo", b); code(err) != "not-first" {
		t.Errorf("out of turn: %v", err)
	}
	h.about("physician", b, study.MoveReferral{Ahead: a, Reason: "clinical-need"})
	id, err := h.InviteReferral(ctx, as("coordinator"), "demo", b)
	if err != nil || id != "S01-001" {
		t.Fatal(id, err)
	}
	open, err := h.OpenIdentity(ctx, as("coordinator"), "demo", id, nil, "check")
	if err != nil || open[FieldName] != "Bjørn" || open[FieldPhone] != "+4791234567" || open[FieldNote] != "after five, no messages" || open[FieldBirth] != "1988-04-02" {
		t.Errorf("%v %v", err, open)
	}
	if again, err := h.InviteReferral(ctx, as("physician"), "demo", b); err != nil || again != id {
		t.Errorf("invited twice: %s %v", again, err)
	}
	rows := h.list(true)
	if len(rows) != 2 || rows[0].ID != a || rows[1].Participant != id || len(rows[1].Moves) != 1 {
		t.Errorf("%+v", rows)
	}
	s, err := h.Participant(ctx, as("coordinator"), "demo", id)
	if err != nil || s.Channel != "self" || s.Language != "nb" {
		t.Errorf("%v %+v", err, s)
	}
	h.rebuilt()
	// Erasing the participant erases what they wrote when they asked.
	if err := h.EraseIdentity(ctx, admin, "demo", id, "own wish"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.OpenReferral(ctx, as("coordinator"), "demo", b, nil, "x"); code(err) != "identity-erased" {
		t.Error(err)
	}
	if _, err := h.OpenReferral(ctx, as("coordinator"), "demo", a, nil, "x"); err != nil {
		t.Errorf("another person's key went with it: %v", err)
	}
	h.rebuilt()
}

// A store that fails at the n-th write, to interrupt what takes several.
type failingAt struct {
	ledger.Store
	mu    sync.Mutex
	after int // writes until one fails; negative = none does
}

var errPower = errors.New("the power failed")

func (f *failingAt) fails() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after--
	return f.after == -1
}

func (f *failingAt) Append(c context.Context, b ledger.Batch) ([]ledger.Event, error) {
	if f.fails() {
		return nil, errPower
	}
	return f.Store.Append(c, b)
}

func (f *failingAt) Submit(b ledger.Batch) ledger.Pending {
	if f.fails() {
		return broken{}
	}
	return f.Store.Submit(b)
}

type broken struct{}

func (broken) Wait(context.Context) ([]ledger.Event, error) { return nil, errPower }

func TestInvitingIsFinishedAfterAnInterruption(t *testing.T) {
	for n := range 6 {
		h := intake(t)
		a := h.wait("Anne")
		f := &failingAt{Store: h.store, after: n}
		h.App.store = f
		_, err := h.InviteReferral(ctx, as("coordinator"), "demo", a)
		f.mu.Lock()
		f.after = -10
		f.mu.Unlock()
		if err != nil && !errors.Is(err, errPower) {
			t.Fatalf("write %d: %v", n, err)
		}
		if begun, e := h.invitationBegun(ctx, h.hosts["demo"], a); err != nil && e == nil && begun != "" {
			if _, err := h.DoReferral(ctx, as("coordinator"), "demo", a, study.CloseReferral{Reason: "own-wish"}, ""); code(err) != "invitation-begun" {
				t.Errorf("write %d: a referral whose participant has begun was closed: %v", n, err)
			}
		}
		// Another person presses the button again.
		id, err := h.InviteReferral(ctx, as("physician"), "demo", a)
		if err != nil || id != "S01-001" {
			t.Fatalf("write %d: %s %v", n, id, err)
		}
		if open, err := h.OpenIdentity(ctx, as("coordinator"), "demo", id, nil, "check"); err != nil || open[FieldName] != "Anne" {
			t.Errorf("write %d: %v %v", n, err, open)
		}
		if _, total, err := h.Participants(ctx, as("coordinator"), "demo", ListQuery{}); err != nil || total != 1 {
			t.Errorf("write %d: %d participants, %v", n, total, err)
		}
		h.rebuilt()
	}
}

// A site closes for new people by itself, and opens by itself.
func TestASiteClosesAndOpensByItself(t *testing.T) {
	h := intake(t) // one pair: three people at once
	site := func() SiteOpenings {
		t.Helper()
		all, err := h.Openings(ctx)
		if err != nil || len(all) != 1 || len(all[0].Sites) != 2 {
			t.Fatalf("%v %+v", err, all)
		}
		return all[0].Sites[0]
	}
	if s := site(); !s.Open || s.Places != 3 || !s.Wait.Known || s.Wait.Mid != 0 {
		t.Fatalf("%+v", s)
	}
	var ids []string
	for i := range 4 {
		if s := site(); s.Open != (i < 3) || s.Places != max(0, 3-i) {
			t.Errorf("with %d on the list: %+v", i, s)
		}
		ids = append(ids, h.wait(fmt.Sprint("Person ", i)))
	}
	s := site()
	if s.Open || s.Waiting != 4 || !s.Wait.Known || !(0 < s.Wait.Low && s.Wait.Low < s.Wait.Mid && s.Wait.Mid < s.Wait.High) || s.Wait.Basis.NB == "" {
		t.Errorf("full: %+v", s)
	}
	r, err := h.ReceiveReferral(ctx, "demo", asking("Late"), "")
	if err != nil || r.Open || r.Wait.Mid != s.Wait.Mid {
		t.Errorf("%v %+v, want the wait of %+v", err, r, s)
	}
	h.about("coordinator", r.Referral, study.CloseReferral{Reason: "treated-elsewhere"})
	for _, id := range ids[:3] {
		if _, err := h.InviteReferral(ctx, as("coordinator"), "demo", id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.InviteReferral(ctx, as("coordinator"), "demo", ids[3]); code(err) != "no-place" {
		t.Errorf("a fourth was taken in: %v", err)
	}
	// One turns out not to be suitable: their place goes to the one who waits, and to
	// nobody new.
	h.must(as("coordinator"), study.Prescreen{On: on("S01-002"), Passed: false, Reasons: []string{"heart"}})
	if s := site(); s.Open || s.Places != 0 {
		t.Errorf("%+v", s)
	}
	if _, err := h.InviteReferral(ctx, as("coordinator"), "demo", ids[3]); err != nil {
		t.Error(err)
	}
	h.must(as("physician"), study.Withdraw{On: on("S01-001"), Reason: "own-wish"})
	if s := site(); !s.Open || s.Places != 1 {
		t.Errorf("after a place became free: %+v", s)
	}
	// Nobody to assess: closed.
	for _, role := range []string{"coordinator", "physician"} {
		h.must(admin, study.RemoveStaff{Site: "S01", Person: role + "-1", Role: role, Reason: "left"})
	}
	if s := site(); s.Open || s.Wait.Known {
		t.Errorf("open with nobody to answer: %+v", s)
	}
	h.rebuilt()
}

// Where more were taken in than there is room for, those above the plan must leave
// before the first of the list has a place: the wait says so.
func TestTheWaitCountsThoseAboveThePlan(t *testing.T) {
	h := intake(t)
	wait := func() study.Wait {
		t.Helper()
		all, err := h.Capacity(ctx, as("coordinator"), "demo")
		if err != nil {
			t.Fatal(err)
		}
		return all[0].Wait
	}
	var before study.Wait
	for n := 1; n <= 5; n++ {
		h.must(as("coordinator"), referral("S01", n))
		if n == 3 {
			before = wait()
		}
	}
	if after := wait(); !before.Known || before.Mid <= 0 || after.Mid <= 2*before.Mid || after.Low <= before.Low {
		t.Errorf("with two above the plan %+v, at the plan %+v", after, before)
	}
}

// What the record teaches changes the wait, in the right direction.
func TestTheWaitIsLearned(t *testing.T) {
	h := intake(t)
	capacity := func() SiteCapacity {
		t.Helper()
		all, err := h.Capacity(ctx, as("coordinator"), "demo")
		if err != nil {
			t.Fatal(err)
		}
		return all[0]
	}
	before := capacity()
	if before.Learned.Freed != 0 || !before.Rate.Known() {
		t.Fatalf("%+v", before)
	}
	planned := before.waitFor(before.Free + 1)
	// A year in which places become free a few weeks after they were taken, again and
	// again: faster than the plan.
	for n := 1; n <= 12; n++ {
		c := referral("S01", n)
		h.must(as("coordinator"), c)
		h.pass(25 * 24 * time.Hour)
		h.must(as("coordinator"), study.Withdraw{On: c.On, Reason: "own-wish"})
	}
	h.pass(2 * time.Hour)
	after := capacity()
	if after.Learned.Freed == 0 || after.Learned.Weeks <= 0 {
		t.Fatalf("nothing was learned: %+v", after.Learned)
	}
	if learned := after.waitFor(after.Free + 1); learned.Mid >= planned.Mid || learned.High >= planned.High {
		t.Errorf("learned %+v, planned %+v", learned, planned)
	}
	h.rebuilt()
}

func TestErasingAReferral(t *testing.T) {
	h := intake(t)
	a := h.wait("Anne")
	if err := h.EraseReferral(ctx, as("coordinator"), "demo", a, "x"); code(err) != "role-may-not" {
		t.Error(err)
	}
	if err := h.EraseReferral(ctx, admin, "demo", a, " "); code(err) != "basis-owed" {
		t.Error(err)
	}
	for range 2 {
		if err := h.EraseReferral(ctx, admin, "demo", a, "own wish"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.InviteReferral(ctx, as("coordinator"), "demo", a); code(err) != "identity-erased" {
		t.Error(err)
	}
	card, err := h.Referral(ctx, as("coordinator"), "demo", a)
	if err != nil || card.State.Erased.IsZero() || len(card.State.Fields) != 0 {
		t.Errorf("%v %+v", err, card)
	}
	h.rebuilt()
}

func TestAFormSentTwiceActsOnce(t *testing.T) {
	h := intake(t)
	a := h.ask("Anne")
	for range 2 {
		if _, err := h.DoReferral(ctx, as("coordinator"), "demo", a, study.AssessReferral{Decision: "wait"}, "form-1"); err != nil {
			t.Fatal(err)
		}
	}
	card, err := h.Referral(ctx, as("coordinator"), "demo", a)
	if err != nil || len(card.History) != 2 {
		t.Errorf("%v %d events", err, len(card.History))
	}
	if _, err := h.DoReferral(ctx, as("physician"), "demo", a, study.CloseReferral{Reason: "died"}, "form-1"); code(err) != "client-id-taken" {
		t.Error(err)
	}
	if _, err := h.DoReferral(ctx, as("physician"), "demo", a, study.InviteReferral{Participant: "S01-001", Site: "S01"}, ""); code(err) != "not-by-command" {
		t.Error(err)
	}
}

// Five thousand referrals: what the public page asks for must stay cheap. Run by hand:
//
//	go test ./app -run xxx -bench Openings
func BenchmarkOpenings(b *testing.B) {
	h := intake(b)
	for i := range 5000 {
		id := h.ask(fmt.Sprint("Person ", i))
		if i%2 == 0 {
			h.about("coordinator", id, study.AssessReferral{Decision: "unsuitable", Reasons: []string{"age"}})
		}
	}
	k := &h.hosts["demo"].places
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.Openings(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("anew", func(b *testing.B) {
		for b.Loop() {
			k.mu.Lock()
			k.sites, k.learned = nil, nil
			k.mu.Unlock()
			if _, err := h.Openings(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			h.list(true)
		}
	})
}
