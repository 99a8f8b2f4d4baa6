package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/instrument"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/protocols"
	"varde/study"
)

var key = []byte(strings.Repeat("k", 32))

var threeSession = sync.OnceValue(func() *protocol.Definition {
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		panic(err)
	}
	return def
})

// house is an app over a ledger in a temporary folder, with a clock that the test moves.
type house struct {
	testing.TB
	*App
	store ledger.Store
	path  string
	mu    sync.Mutex
	now   time.Time
}

func (h *house) clock() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }

func (h *house) pass(d time.Duration) { h.mu.Lock(); h.now = h.now.Add(d); h.mu.Unlock() }

var (
	ctx   = context.Background()
	admin = access.Actor{ID: "adm", Name: "Adm", Role: "administrator"}
)

// as answers an actor of a role at the first site.
func as(role string) access.Actor {
	a := access.Actor{ID: role + "-1", Name: role, Role: role, Study: "demo", Sites: []string{"S01"}}
	if role == "rater" {
		a.Sites = nil
	}
	return a
}

// build opens a practice study with two sites and a sealed list.
func build(t testing.TB, wrap func(ledger.Store) ledger.Store) *house {
	t.Helper()
	h := &house{TB: t, path: filepath.Join(t.TempDir(), "ledger.db"), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	h.open(wrap)
	h.must(admin, study.OpenStudy{Mode: "practice", Title: "Demo", Definition: threeSession()})
	for _, s := range []string{"S01", "S02"} {
		h.must(admin, study.OpenSite{Site: s, Name: s, Country: "NO", TimeZone: "Europe/Oslo", Pairs: 1, Rooms: 1})
	}
	if err := h.SealAllocation(ctx, admin, "demo", []byte(strings.Repeat("s", 32))); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) open(wrap func(ledger.Store) ledger.Store) {
	h.Helper()
	signer, err := ledger.GenerateSigner(bytes.NewReader(make([]byte, 64)), "varde.example.org")
	if err != nil {
		h.Fatal(err)
	}
	store, err := sqlite.Open(ctx, h.path, sqlite.Options{Signer: signer})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { _ = store.Close() })
	h.store = store
	if wrap != nil {
		h.store = wrap(store)
	}
	if h.App, err = New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key}); err != nil {
		h.Fatal(err)
	}
}

func (h *house) must(actor access.Actor, cmd study.Command) Done {
	h.Helper()
	h.pass(time.Second)
	done, err := h.Do(ctx, actor, "demo", cmd, "")
	if err != nil {
		h.Fatalf("%T: %v", cmd, err)
	}
	return done
}

func code(err error) string {
	var r *study.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	if err != nil {
		return "fault: " + err.Error()
	}
	return ""
}

func on(id string) study.On { return study.On{Participant: id} }

func referral(site string, n int) study.Refer {
	return study.Refer{On: on(study.ParticipantNumber(site, n)), Channel: "self", Language: "nb", Site: site}
}

// refer brings a participant to pre-screening passed, and consent when told.
func (h *house) refer(n int, consent bool) string {
	h.Helper()
	c := referral("S01", n)
	h.must(as("coordinator"), c)
	h.must(as("coordinator"), study.Prescreen{On: on(c.Participant), Passed: true})
	if consent {
		for _, d := range h.def().Consent.Documents {
			g := study.GiveConsent{On: on(c.Participant), Document: d.ID, Version: d.Version, Language: "nb", Answers: map[string]string{}}
			for _, q := range d.Questions {
				for _, o := range q.Options {
					if o.Right {
						g.Answers[q.ID] = o.ID
					}
				}
			}
			h.must(as("physician"), g)
		}
		h.must(as("physician"), study.HoldVisit{On: on(c.Participant), Visit: "V0"})
	}
	return c.Participant
}

func (h *house) def() *protocol.Definition { d, _ := h.Definition("demo"); return d }

func gad7(id string, version, first int) study.SaveForm {
	c := study.SaveForm{On: on(id), Visit: "V0", Form: "gad7", Version: version, Items: study.Values{}}
	for i := range 7 {
		c.Items[fmt.Sprintf("gad7_%d", i+1)] = instrument.NumberValue(float64((first + i) % 4))
	}
	return c
}

// TestAuthority: every command by every role is let through by access or refused,
// as the table says.
func TestAuthority(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, true)
	o := on(id)
	needed := map[access.Capability][]study.Command{
		access.Refer: {referral("S01", 99), study.Prescreen{On: o}}, access.Consent: {study.GiveConsent{On: o}}, access.ConsentOrOwn: {study.WithdrawConsent{On: o}},
		access.OwnConsent: {study.SignConsent{On: o}}, access.OwnWords: {study.WriteDiary{On: o}, study.ShareDiary{On: o}}, access.OwnOrMessage: {study.SendMessage{On: o}, study.ReadMessages{On: o}},
		access.Decide: {study.DecideEligibility{On: o}}, access.Randomise: {study.Randomise{On: o}},
		access.Schedule: {study.PlanVisit{On: o}, study.HoldVisit{On: o}, study.MissVisit{On: o}}, access.Enter: {study.SaveForm{On: o}}, access.Rate: {study.StateBlindness{On: o}},
		access.Query: {study.RaiseQuery{On: o}}, access.Answer: {study.CloseQuery{On: o}, study.CloseAlert{On: o}},
		access.RunSession:  {study.CheckSession{On: o}, study.ConfirmOne{On: o}, study.ConfirmTwo{On: o}, study.StartSession{On: o}, study.GiveDose{On: o}, study.DecideSupplement{On: o}, study.Discharge{On: o}, study.EndSession{On: o}},
		access.Acknowledge: {study.Acknowledge{On: o}}, access.Report: {study.RaiseDeviation{On: o}, study.DoDuty{On: o}},
		access.EndTaking: {study.Lose{On: o}, study.Complete{On: o}}, access.LeaveOrOwn: {study.StopTreatment{On: o}, study.Withdraw{On: o}},
		access.Lock: {study.UnblindStudy{}}, access.PassTime: {study.PassTime{On: o}},
		access.SetUp:    {study.RecordApproval{}, study.SealAllocation{}, study.OpenSite{Site: "S01"}},
		access.Delegate: {study.Delegate{Sites: []string{"S01"}}, study.EndDelegation{}, study.AssignStaff{Site: "S01"}, study.RemoveStaff{Site: "S01"}},
		access.Unblind:  {study.AskUnblinding{On: o}}, access.ConfirmUnblind: {study.ConfirmUnblinding{On: o}}, access.NoteUnblind: {study.NoteUnblinding{On: o}},
		access.DrawRater: {study.DrawRater{On: o}},
	}
	for _, role := range protocol.Roles {
		for capability, commands := range needed {
			for _, cmd := range commands {
				actor := as(role)
				actor.Participant = id
				_, err := h.Do(ctx, actor, "demo", cmd, "")
				var r *study.Refusal
				if err != nil && !errors.As(err, &r) {
					t.Fatalf("%s, %T: %v", role, cmd, err)
				}
				byAccess := r != nil && r.Kind == study.Forbidden && strings.Contains(r.Text.EN, access.NameOf(capability).EN)
				if byAccess == actor.Can(capability) {
					t.Errorf("%s, %T: may %v, answer %v", role, cmd, actor.Can(capability), err)
				}
				if _, err := h.Do(ctx, access.Actor{ID: "x", Role: role, Study: "other"}, "demo", cmd, ""); code(err) != "no-such-study" {
					t.Errorf("%s of another study, %T: %v", role, cmd, err)
				}
			}
		}
	}
	if _, err := h.Do(ctx, as("coordinator"), "demo", nil, ""); code(err) != "unknown-command" {
		t.Errorf("no command: %v", err)
	}
}

func TestSitesAreApart(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, true)
	stranger := as("physician")
	stranger.Sites = []string{"S02"}
	for _, cmd := range []study.Command{referral("S01", 2), study.HoldVisit{On: on(id), Visit: "V1"}, gad7(id, 0, 0), study.Withdraw{On: on(id), Reason: "own-wish"}} {
		if _, err := h.Do(ctx, stranger, "demo", cmd, ""); code(err) != "no-such-participant" {
			t.Errorf("%T: %v", cmd, err)
		}
	}
	if _, err := h.Participant(ctx, stranger, "demo", id); code(err) != "no-such-participant" {
		t.Errorf("read: %v", err)
	}
	if _, err := h.ParticipantAsOf(ctx, stranger, "demo", id, h.clock()); code(err) != "no-such-participant" {
		t.Errorf("as of: %v", err)
	}
	for _, stream := range []string{id, "site/S01"} {
		if _, err := h.Trail(ctx, stranger, "demo", stream, TrailQuery{}); !strings.HasPrefix(code(err), "no-such") {
			t.Errorf("trail of %s: %v", stream, err)
		}
	}
	for _, q := range []ListQuery{{}, {Site: "S01"}, {Search: "S01"}} {
		if rows, n, err := h.Participants(ctx, stranger, "demo", q); err != nil || len(rows) != 0 || n != 0 {
			t.Errorf("list %+v: %v %d %v", q, rows, n, err)
		}
	}
	if rows, err := h.Tasks(ctx, stranger, "demo", TaskQuery{Participant: id}); err != nil || len(rows) != 0 {
		t.Errorf("tasks: %v %v", rows, err)
	}
	if p, err := h.Progress(ctx, stranger, "demo"); err != nil || p.All.Referred != 0 || len(p.Sites) != 1 {
		t.Errorf("progress: %+v %v", p, err)
	}
	if s, err := h.Sites(ctx, stranger, "demo"); err != nil || len(s) != 1 || s[0].ID != "S02" {
		t.Errorf("sites: %v %v", s, err)
	}
	for s := range h.Subjects(ctx, stranger, "demo") {
		t.Errorf("subject %s", s.ID)
	}
	other := as("participant")
	other.Participant, other.Sites = "S01-002", nil
	if _, err := h.Participant(ctx, other, "demo", id); code(err) != "no-such-participant" {
		t.Errorf("another participant: %v", err)
	}
}

func TestOnceByClientID(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, true)
	for name, cmd := range map[string]study.Command{
		"refused the second time": gad7(id, 0, 1),                                                           // a newer version
		"allowed the second time": study.RaiseDeviation{On: on(id), Text: "late"},                           // could be said again
		"on a site":               study.OpenSite{Site: "S09", Name: "Ninth", TimeZone: "UTC"},              // exists by then
		"a referral":              referral("S01", 2),                                                       // the number is taken
		"nothing in it":           study.PlanVisit{On: on(id), Visit: "V1", Time: h.clock().Add(time.Hour)}, //
	} {
		actor := as("coordinator")
		if c, _ := needs(cmd); c == access.SetUp {
			actor = admin
		}
		first, err := h.Do(ctx, actor, "demo", cmd, "client-"+name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		size, _ := h.store.Size(ctx, "demo")
		h.pass(time.Minute)
		second, err := h.Do(ctx, actor, "demo", cmd, "client-"+name)
		if err != nil {
			t.Fatalf("%s, again: %v", name, err)
		}
		if n, _ := h.store.Size(ctx, "demo"); n != size || len(first.Events) != len(second.Events) || first.Events[0].Seq != second.Events[0].Seq || first.Events[0].Hash != second.Events[0].Hash {
			t.Errorf("%s: written twice, or answered otherwise: %+v and %+v", name, first.Events, second.Events)
		}
		thief := actor
		thief.ID = "thief"
		if _, err := h.Do(ctx, thief, "demo", cmd, "client-"+name); code(err) != "client-id-taken" {
			t.Errorf("%s by somebody else: %v", name, err)
		}
	}
	if _, err := h.Do(ctx, as("coordinator"), "demo", study.RaiseDeviation{On: on("S01-002"), Text: "x"}, "client-allowed the second time"); code(err) != "client-id-taken" {
		t.Errorf("for another participant: %v", err)
	}
	if _, err := h.Do(ctx, as("coordinator"), "demo", study.RaiseDeviation{On: on(id), Text: "x"}, "bad\x00id"); code(err) != "not-recordable" {
		t.Errorf("a client id that cannot be kept: %v", err)
	}
	h.consistent()
}

// consistent makes sure that the views, the memory and the ledger tell the same.
func (h *house) consistent() {
	h.Helper()
	r, err := h.Rebuild(ctx, "demo")
	if err != nil || !r.Same() {
		h.Fatalf("rebuild: %+v, %v", r, err)
	}
	before := map[string]string{}
	tell := func() string {
		var b strings.Builder
		for s, err := range h.Subjects(ctx, access.Actor{ID: "a", Role: "auditor"}, "demo") {
			if err != nil {
				h.Fatal(err)
			}
			m, err := h.Participant(ctx, access.Actor{ID: "a", Role: "auditor"}, "demo", s.ID)
			if err != nil || m.Version != s.Version || m.Status() != s.Status() || len(m.Forms) != len(s.Forms) {
				h.Fatalf("%s: memory %+v, ledger %+v, %v", s.ID, m, s, err)
			}
			fmt.Fprintf(&b, "%s %d %s %v;", s.ID, s.Version, s.Status(), s.Reached)
		}
		return b.String()
	}
	before["states"] = tell()
	if _, err := h.Checkpoint(ctx, "demo"); err != nil && !strings.Contains(err.Error(), "sign") {
		h.Fatal(err)
	}
	other, err := New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key})
	if err != nil {
		h.Fatal(err)
	}
	mine := h.App
	h.App = other
	if got := tell(); got != before["states"] {
		h.Fatalf("opened anew: %s, before: %s", got, before["states"])
	}
	h.App = mine
}

func TestTwoWriters(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, true)
	var wg sync.WaitGroup
	answers := make([]error, 2)
	for i := range answers {
		wg.Add(1)
		go func() { defer wg.Done(); _, answers[i] = h.Do(ctx, as("coordinator"), "demo", gad7(id, 0, i), "") }()
	}
	wg.Wait()
	got := []string{code(answers[0]), code(answers[1])}
	slices.Sort(got)
	if !slices.Equal(got, []string{"", "stale-version"}) {
		t.Errorf("two writers: %v", got)
	}
	h.consistent()
}

func TestManyReferrals(t *testing.T) {
	h := build(t, nil)
	const n = 50
	var wg sync.WaitGroup
	for range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				s, err := h.Sites(ctx, as("coordinator"), "demo")
				if err != nil {
					t.Error(err)
					return
				}
				_, err = h.Do(ctx, as("coordinator"), "demo", referral("S01", s[0].Numbers+1), "")
				if c := code(err); c == "" {
					return
				} else if c != "number-taken" && c != "already-referred" {
					t.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	rows, total, err := h.Participants(ctx, as("coordinator"), "demo", ListQuery{})
	if err != nil || total != n {
		t.Fatalf("%d participants, %v", total, err)
	}
	for i, r := range rows {
		if r.ID != study.ParticipantNumber("S01", i+1) {
			t.Errorf("number %d is %s", i+1, r.ID)
		}
	}
	h.consistent()
}

// failing refuses writes when told to.
type failing struct {
	ledger.Store
	mu  sync.Mutex
	err error
}

func (f *failing) set(err error) { f.mu.Lock(); f.err = err; f.mu.Unlock() }

type refused struct{ err error }

func (r *refused) Wait(context.Context) ([]ledger.Event, error) { return nil, r.err }

func (f *failing) Submit(b ledger.Batch) ledger.Pending {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return &refused{f.err}
	}
	return f.Store.Submit(b)
}

func TestNothingStaysOfAFailedWrite(t *testing.T) {
	var f *failing
	h := build(t, func(s ledger.Store) ledger.Store { f = &failing{Store: s}; return f })
	id := h.refer(1, true)
	full := errors.New("the disk is full")
	for _, cmd := range []study.Command{gad7(id, 0, 1), referral("S01", 2), study.HoldVisit{On: on(id), Visit: "PS"}} {
		f.set(full)
		if _, err := h.Do(ctx, as("coordinator"), "demo", cmd, ""); !errors.Is(err, full) {
			t.Fatalf("%T: %v", cmd, err)
		}
		f.set(nil)
	}
	f.set(full)
	if _, err := h.Do(ctx, admin, "demo", study.CloseRecruitment{}, ""); code(err) == "" {
		t.Fatal("written")
	}
	f.set(nil)
	s, err := h.Participant(ctx, as("coordinator"), "demo", id)
	if err != nil || s.Form("V0", "gad7", 0) != nil || !s.Visits[0].Held.IsZero() {
		t.Errorf("something stayed: %+v %v", s, err)
	}
	if _, err := h.Participant(ctx, as("coordinator"), "demo", "S01-002"); code(err) != "no-such-participant" {
		t.Errorf("a phantom: %v", err)
	}
	h.must(as("coordinator"), gad7(id, 0, 1))
	h.must(as("coordinator"), referral("S01", 2))
	h.consistent()
}

func TestPipelineIsDo(t *testing.T) {
	commands := func(h *house, do func(access.Actor, study.Command)) {
		for n := 1; n <= 4; n++ {
			o := on(study.ParticipantNumber("S01", n))
			do(as("coordinator"), referral("S01", n))
			do(as("coordinator"), study.Prescreen{On: o, Passed: n != 2, Reasons: []string{"r"}})
		}
		for _, s := range []int{1, 3, 4} {
			o := on(study.ParticipantNumber("S01", s))
			do(as("coordinator"), study.HoldVisit{On: o, Visit: "PS"})
			do(as("coordinator"), study.PlanVisit{On: o, Visit: "V0", Time: h.clock()})
		}
	}
	events := func(h *house) (out []string) {
		for e, err := range h.store.Events(ctx, ledger.Read{Study: "demo", After: -1}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Type != "allocation.sealed" && e.Seq > 3 {
				out = append(out, e.Stream+" "+e.Type+" "+string(e.Payload)+e.Actor+e.RecordedAt.String())
			}
		}
		return out
	}
	one := build(t, nil)
	commands(one, func(a access.Actor, c study.Command) { one.must(a, c) })
	two := build(t, nil)
	two.App.hosts["demo"].people.Resize(1) // what is not durable yet must not be forgotten
	p, err := two.Pipeline("demo")
	if err != nil {
		t.Fatal(err)
	}
	commands(two, func(a access.Actor, c study.Command) {
		two.pass(time.Second)
		p.At(two.clock())
		if _, err := p.Do(ctx, a, c); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	})
	if err := p.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if a, b := events(one), events(two); !slices.Equal(a, b) {
		t.Errorf("Do wrote\n%s\nthe pipeline\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	two.consistent()
}

func TestTick(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, true)
	h.pass(90 * 24 * time.Hour)
	for range 3 {
		if err := h.Tick(ctx); err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
	}
	s, err := h.Participant(ctx, as("coordinator"), "demo", id)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range s.Deviations {
		if d.Code == study.DeviationWindowPassed && d.Visit == "PS" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d deviations for one window", n)
	}
	h.consistent()
}

func TestSeals(t *testing.T) {
	h := build(t, nil)
	sealed := h.hosts["demo"].alloc.Sealed
	if _, err := h.unsealed(&host{id: "other", def: h.def()}, sealed); err == nil {
		t.Error("a seal was moved to another study")
	}
	other, err := New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: []byte(strings.Repeat("x", 32))})
	if err != nil {
		t.Fatal(err)
	}
	if other.hosts["demo"].allocator != nil {
		t.Error("another key opens the list")
	}
	if _, err := h.Do(ctx, admin, "demo", study.SealAllocation{Commitment: strings.Repeat("0", 64), Sealed: "AAAA"}, ""); code(err) != "bad-seal" {
		t.Errorf("a made-up seal: %v", err)
	}
	if err := h.SealAllocation(ctx, admin, "demo", nil); code(err) != "already-sealed" {
		t.Errorf("sealed twice: %v", err)
	}
	if _, err := New(ctx, Config{Store: h.store, SealKey: []byte("short")}); err == nil {
		t.Error("a short key was taken")
	}
}

func TestTokens(t *testing.T) {
	h := build(t, nil)
	if _, err := h.IssueToken(ctx, access.Actor{ID: "x", Name: "X", Role: "system"}, 0); code(err) != "bad-role" {
		t.Errorf("a token for the clock: %v", err)
	}
	token, err := h.IssueToken(ctx, as("monitor"), 0)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := h.IssueToken(ctx, as("monitor"), 0)
	if a, ok := h.Authenticate(ctx, token, "", ""); !ok || a.ID != "monitor-1" || !slices.Equal(a.Sites, []string{"S01"}) || a.Study != "demo" {
		t.Errorf("%+v %v", a, ok)
	}
	all, err := h.store.Settings(ctx, "")
	if err != nil || strings.Contains(fmt.Sprint(all), token) {
		t.Error("the token itself is kept")
	}
	for _, bad := range []string{"", "varde_", token + "x", token[:len(token)-1], strings.Repeat("varde_", 99), "\x00", "token/"} {
		if _, ok := h.Authenticate(ctx, bad, "", ""); ok {
			t.Errorf("%q was taken", bad)
		}
	}
	if err := h.RevokeToken(ctx, "monitor-1"); err != nil {
		t.Fatal(err)
	}
	for _, x := range []string{token, second} {
		if _, ok := h.Authenticate(ctx, x, "", ""); ok {
			t.Error("a revoked token was taken")
		}
	}
}
