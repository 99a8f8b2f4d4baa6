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
	"varde/study"
	"varde/vault"
)

// buildHouse is build with accounts and a vault.
func buildHouse(t testing.TB) *house {
	t.Helper()
	h := build(t, nil)
	master, err := vault.NewKeyring(bytes.Repeat([]byte{5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	v := vault.New(h.store, master)
	people, err := identity.New(ctx, identity.Config{Store: h.store, Vault: v, Clock: h.clock, Hash: identity.Hash{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = people.Close(ctx) })
	if h.App, err = New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key, Vault: v, Identity: people}); err != nil {
		t.Fatal(err)
	}
	return h
}

// session opens one for an account, as a demonstration would.
func (h *house) session(account string) string {
	h.Helper()
	o, err := h.people.SignInDemo(ctx, account, "Name of "+account, identity.Source{})
	if err != nil {
		h.Fatal(err)
	}
	return o.Token
}

func (h *house) acts(token, studyID, wish string) access.Actor {
	h.Helper()
	a, ok := h.Authenticate(ctx, token, studyID, wish)
	if !ok {
		h.Fatal("not signed in")
	}
	return a
}

func TestFromSessionToGrants(t *testing.T) {
	h := buildHouse(t)
	token := h.session("tor")
	if a := h.acts(token, "demo", ""); a.Role != "" || a.InStudy("demo") || len(h.Studies(ctx, a)) != 0 {
		t.Errorf("without a grant: %+v", a)
	}
	for _, site := range []string{"S01", "S02"} {
		h.must(admin, study.AssignStaff{Site: site, Person: "tor", Name: "Tor", Role: "therapist"})
	}
	h.must(admin, study.Delegate{Account: "tor", Name: "Tor", Role: "monitor", Sites: []string{"S02"}})

	a := h.acts(token, "demo", "")
	if a.Role != "therapist" || a.Study != "demo" || !slices.Equal(a.Sites, []string{"S01", "S02"}) || len(a.Grants) != 3 || a.ID != "tor" || a.Session == "" {
		t.Errorf("of two sites: %+v", a)
	}
	if a := h.acts(token, "demo", "monitor"); a.Role != "monitor" || !slices.Equal(a.Sites, []string{"S02"}) {
		t.Errorf("as monitor: %+v", a)
	}
	if a := h.acts(token, "demo", "administrator"); a.Role != "therapist" {
		t.Errorf("a wish for more: %+v", a)
	}
	if a := h.acts(token, "other", "therapist"); a.Role != "" || a.Study != "" || a.InStudy("demo") || a.InStudy("other") {
		t.Errorf("in a study that is not: %+v", a)
	}
	none := h.acts(token, "", "therapist")
	list := h.Studies(ctx, none)
	if none.Role != "" || len(list) != 1 || !slices.Equal(list[0].Roles, []string{"therapist", "monitor"}) {
		t.Errorf("in no study: %+v, %+v", none, list)
	}
	if _, err := h.Sites(ctx, none, "demo"); code(err) != "no-such-study" {
		t.Errorf("without a role: %v", err)
	}

	// What ends is refused at the very next request.
	h.must(admin, study.RemoveStaff{Site: "S01", Person: "tor", Role: "therapist"})
	if a := h.acts(token, "demo", "therapist"); !slices.Equal(a.Sites, []string{"S02"}) {
		t.Errorf("after one ended: %+v", a)
	}
	h.must(admin, study.RemoveStaff{Site: "S02", Person: "tor", Role: "therapist"})
	h.must(admin, study.EndDelegation{Account: "tor", Role: "monitor", Reason: "left"})
	if a := h.acts(token, "demo", "therapist"); a.Role != "" {
		t.Errorf("after all ended: %+v", a)
	}
	h.must(admin, study.Delegate{Account: "tor", Name: "Tor", Role: "monitor", Until: h.clock().Format(time.DateOnly)})
	if a := h.acts(token, "demo", ""); a.Role != "monitor" {
		t.Errorf("until tonight: %+v", a)
	}
	token2 := h.session("tor")
	h.pass(10 * time.Minute)
	if a := h.acts(token2, "demo", ""); a.Role != "monitor" {
		t.Errorf("until tonight: %+v", a)
	}
	h.pass(16 * time.Hour)
	if a := h.acts(h.session("tor"), "demo", ""); a.Role != "" {
		t.Errorf("the day after: %+v", a)
	}
	if _, ok := h.Authenticate(ctx, token2, "demo", ""); ok {
		t.Error("a session that idled for 16 hours")
	}
}

func TestHouseRolesAndAccounts(t *testing.T) {
	h := buildHouse(t)
	root := access.Actor{ID: "root", Name: "Root", Role: "administrator"}
	link, err := h.Invite(ctx, root, identity.Invitation{ID: "kari", Name: "Kari", Roles: []string{"auditor"}})
	if err != nil || !strings.Contains(link, "/link#") {
		t.Fatalf("%q, %v", link, err)
	}
	for _, id := range []string{"", "p-demo-s01-001", "demo-x", "system", "System", "a b", "a/b", "../a", strings.Repeat("a", 33)} {
		if _, err := h.Invite(ctx, root, identity.Invitation{ID: id, Name: "X"}); code(err) != "bad-id" {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := h.Invite(ctx, root, identity.Invitation{ID: "x", Name: "X", Roles: []string{"sponsor"}}); code(err) != "bad-role" {
		t.Errorf("%v", err)
	}
	limited := access.Actor{ID: "a", Name: "A", Role: "administrator", Study: "demo"}
	if _, err := h.Invite(ctx, limited, identity.Invitation{ID: "x", Name: "X"}); code(err) != "role-may-not" {
		t.Errorf("an administrator of one study: %v", err)
	}
	token := h.session("kari")
	if a := h.acts(token, "", ""); a.Role != "auditor" || a.Study != "" || len(h.Studies(ctx, a)) != 1 {
		t.Errorf("in the house: %+v", a)
	}
	if a := h.acts(token, "demo", ""); a.Role != "auditor" || a.Sites != nil {
		t.Errorf("in the study: %+v", a)
	}
	if err := h.GiveRole(ctx, root, "kari", "administrator"); err != nil {
		t.Fatal(err)
	}
	kari := h.acts(token, "", "")
	if kari.Role != "administrator" {
		t.Errorf("%+v", kari)
	}
	for name, err := range map[string]error{
		"give": h.GiveRole(ctx, kari, "kari", "auditor"), "take": h.TakeRole(ctx, kari, "kari", "auditor"), "disable": h.DisableAccount(ctx, kari, "kari", "x"),
	} {
		if code(err) != "own-account" {
			t.Errorf("%s one's own: %v", name, err)
		}
	}
	if err := h.GiveRole(ctx, root, "kari", "sponsor"); code(err) != "bad-role" {
		t.Error(err)
	}
	if err := h.DisableAccount(ctx, root, "nobody", "x"); code(err) != "no-such-account" {
		t.Error(err)
	}
	if err := h.DisableAccount(ctx, root, "kari", " "); code(err) != "reason-owed" {
		t.Error(err)
	}
	if err := h.TakeRole(ctx, root, "kari", "administrator"); err != nil {
		t.Fatal(err)
	}
	if a := h.acts(token, "", ""); a.Role != "auditor" {
		t.Errorf("after a role was taken: %+v", a)
	}
	if err := h.DisableAccount(ctx, root, "kari", "left"); err != nil {
		t.Fatal(err)
	}
	if _, ok := h.Authenticate(ctx, token, "demo", ""); ok {
		t.Error("a disabled account is let in")
	}
	if err := h.EnableAccount(ctx, root, "kari"); err != nil {
		t.Fatal(err)
	}
	list, n, err := h.Accounts(ctx, root, "kar", 0, 10)
	if err != nil || n != 1 || list[0].ID != "kari" {
		t.Errorf("%v %d %v", list, n, err)
	}
}

func TestParticipantsAccount(t *testing.T) {
	h := buildHouse(t)
	id := h.refer(1, true)
	other := h.refer(2, true)
	link, err := h.ParticipantLink(ctx, as("coordinator"), "demo", id)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		actor access.Actor
		id    string
		want  string
	}{
		"monitor": {as("monitor"), id, "role-may-not"}, "another site": {access.Actor{ID: "c2", Role: "coordinator", Study: "demo", Sites: []string{"S02"}}, id, "no-such-participant"},
		"nobody": {as("coordinator"), "S01-999", "no-such-participant"},
	} {
		if _, err := h.ParticipantLink(ctx, x.actor, "demo", x.id); code(err) != x.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	o, err := h.people.UseLink(ctx, link, identity.Source{})
	if err != nil {
		t.Fatal(err)
	}
	a := h.acts(o.Token, "demo", "coordinator")
	if a.Role != "participant" || a.Participant != id || a.Study != "demo" || a.ID != "p-demo-s01-001" {
		t.Fatalf("%+v", a)
	}
	if _, err := h.Participant(ctx, a, "demo", id); err != nil {
		t.Errorf("their own record: %v", err)
	}
	if _, err := h.Participant(ctx, a, "demo", other); code(err) != "no-such-participant" {
		t.Errorf("another's: %v", err)
	}
	// Whatever a delegation says, a participant's account stays one.
	h.must(admin, study.Delegate{Account: "p-demo-s01-001", Name: "X", Role: "monitor"})
	if a := h.acts(o.Token, "demo", "monitor"); a.Role != "participant" {
		t.Errorf("%+v", a)
	}
}

func TestTokensEnd(t *testing.T) {
	h := build(t, nil)
	for _, ttl := range []time.Duration{-1, MaxTokenLife + 1} {
		if _, err := h.IssueToken(ctx, as("monitor"), ttl); code(err) != "bad-life" {
			t.Errorf("%v: %v", ttl, err)
		}
	}
	token, err := h.IssueToken(ctx, as("monitor"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if a := h.acts(token, "demo", "coordinator"); a.Role != "monitor" || !strings.HasPrefix(a.Session, "token-") {
		t.Errorf("%+v", a)
	}
	h.pass(time.Hour)
	if _, ok := h.Authenticate(ctx, token, "demo", ""); ok {
		t.Error("a token that ended")
	}
	// Another process revokes: it holds for ten seconds at most.
	token, _ = h.IssueToken(ctx, as("monitor"), 0)
	h.acts(token, "demo", "")
	second, err := New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.RevokeToken(ctx, "monitor-1"); err != nil {
		t.Fatal(err)
	}
	h.pass(11 * time.Second)
	if _, ok := h.Authenticate(ctx, token, "demo", ""); ok {
		t.Error("a token that another process revoked")
	}
	var types []string
	for e, err := range h.store.Events(ctx, ledger.Read{Study: identity.Log, After: -1}) {
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, e.Type)
		if strings.Contains(string(e.Payload), strings.TrimPrefix(token, tokenPrefix)) {
			t.Error("the token stands in the log")
		}
	}
	if !slices.Equal(types, []string{"token.issued", "token.issued", "token.revoked", "token.revoked"}) {
		t.Errorf("%v", types)
	}
	if _, err := h.Do(ctx, admin, identity.Log, study.OpenStudy{Mode: "practice", Title: "x", Definition: threeSession()}, ""); code(err) != "bad-id" {
		t.Errorf("a study with the name of the house's log: %v", err)
	}
}

func TestDemoActors(t *testing.T) {
	h := buildHouse(t)
	h.must(admin, study.AssignStaff{Site: "S01", Person: "ane", Name: "Ane", Role: "therapist"})
	if len(h.DemoActors(ctx, "demo")) != 0 {
		t.Error("roles to try in a database that is no demonstration")
	}
	if _, err := h.SignInDemo(ctx, "demo", "ane", "therapist", identity.Source{}); code(err) != "no-such-demo-role" {
		t.Errorf("%v", err)
	}
	for range 2 { // again changes nothing
		if err := h.SetDemo(ctx); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := h.Delegations(ctx, admin, "demo")
	if err != nil || len(lines) != len(demoStudyWide)+1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, x := range h.DemoActors(ctx, "demo") {
		o, err := h.SignInDemo(ctx, "demo", x.ID, x.Role, identity.Source{})
		if err != nil {
			t.Fatalf("%s: %v", x.Role, err)
		}
		a := h.acts(o.Token, "demo", x.Role)
		if a.Role != x.Role || !slices.Equal(a.Sites, x.Sites) || a.ID != x.ID {
			t.Errorf("%s: %+v", x.Role, a)
		}
	}
	h.must(admin, study.LockStudy{})
	if err := h.SetDemo(ctx); err != nil {
		t.Errorf("of a locked study: %v", err)
	}
	// A study that is opened in a demonstration has its people at once.
	if _, err := h.Do(ctx, admin, "second", study.OpenStudy{Mode: "practice", Title: "Second", Definition: threeSession()}, ""); err != nil {
		t.Fatal(err)
	}
	if n := len(h.DemoActors(ctx, "second")); n != len(demoStudyWide)+len(demoHouse) {
		t.Errorf("%d roles", n)
	}
}

// BenchmarkAuthenticate is what a request costs before it does anything: session,
// account, grants, and asking whether a command may be given.
func BenchmarkAuthenticate(b *testing.B) {
	h := buildHouse(b)
	id := h.refer(1, true)
	h.must(admin, study.AssignStaff{Site: "S01", Person: "tor", Name: "Tor", Role: "coordinator"})
	token := h.session("tor")
	cmd := study.Command(study.SaveForm{On: on(id), Visit: "V0", Form: "gad7"})
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		a, ok := h.Authenticate(ctx, token, "demo", "coordinator")
		if !ok {
			b.Fatal("not signed in")
		}
		if err := h.authorise(h.hosts["demo"], a, cmd); err != nil {
			b.Fatal(err)
		}
	}
}
