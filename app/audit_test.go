package app

import (
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/study"
)

var auditor = access.Actor{ID: "audit", Name: "Aud", Role: "auditor"}

// all reads every page of an audit.
func (h *house) audit(actor access.Actor, q AuditQuery) []AuditLine {
	h.Helper()
	var out []AuditLine
	for {
		page, next, err := h.Audit(ctx, actor, q)
		if err != nil {
			h.Fatal(err)
		}
		for _, l := range page {
			if n := len(out); n > 0 && l.Seq >= out[n-1].Seq {
				h.Fatalf("%d after %d: not newest first", l.Seq, out[n-1].Seq)
			}
			out = append(out, l)
		}
		if next == 0 {
			return out
		}
		q.Before = next
	}
}

func TestAudit(t *testing.T) {
	h := build(t, nil)
	one, two := h.refer(1, true), h.refer(2, false)
	far := referral("S02", 1)
	h.must(access.Actor{ID: "c2", Role: "coordinator", Study: "demo", Sites: []string{"S02"}}, far)
	h.must(as("coordinator"), gad7(one, 0, 1))
	middle := h.clock()
	h.must(as("physician"), study.RaiseDeviation{On: on(two), Text: "came late"})
	if _, err := h.Participant(ctx, as("monitor"), "demo", one); err != nil {
		t.Fatal(err)
	}
	h.Settle()

	size, _ := h.store.Size(ctx, "demo")
	everything := h.audit(auditor, AuditQuery{Study: "demo", Seen: true, Limit: 3})
	if int64(len(everything)) != size {
		t.Errorf("%d lines of %d events", len(everything), size)
	}
	for _, l := range everything {
		if l.Text.EN == "" || l.Text.NB == "" || l.Event == nil || l.Type == "" {
			t.Errorf("%+v says too little", l)
		}
	}
	types := func(lines []AuditLine) string {
		var out []string
		for _, l := range lines {
			if l.Account != auditor.ID { // who audits a participant looks, too
				out = append(out, l.Type)
			}
		}
		return strings.Join(out, " ")
	}
	for name, x := range map[string]struct {
		q    AuditQuery
		want string
	}{
		"type":          {AuditQuery{Type: "form."}, "form.saved"},
		"actor":         {AuditQuery{Account: "c2"}, "person.referred site.numberTaken"},
		"after":         {AuditQuery{From: middle.Add(time.Millisecond)}, "deviation.raised"},
		"record":        {AuditQuery{Participant: one, Record: "form/V0/gad7"}, "form.saved"},
		"looks":         {AuditQuery{Participant: one, Seen: true, Type: "record."}, "record.seen"},
		"without looks": {AuditQuery{Participant: one, Type: "record."}, ""},
		"merged":        {AuditQuery{Participant: one, Seen: true, From: middle.Add(-time.Millisecond)}, "record.seen form.saved"},
		"nobody":        {AuditQuery{Account: "none"}, ""},
	} {
		x.q.Study = "demo"
		for _, limit := range []int{0, 1} {
			x.q.Limit = limit
			got := types(h.audit(auditor, x.q))
			if name == "actor" {
				got = strings.Join(sortedWords(got), " ")
			}
			if got != x.want {
				t.Errorf("%s: %s, want %s", name, got, x.want)
			}
		}
	}

	// Another site does not exist, in any line.
	for _, l := range h.audit(as("coordinator"), AuditQuery{Study: "demo"}) {
		if strings.Contains(l.Stream, "S02") || l.Account == "c2" || isLook(l.Type) {
			t.Errorf("the coordinator of S01 is told %s of %s", l.Type, l.Stream)
		}
		if l.Type == "allocation.sealed" {
			t.Error("the coordinator is told of the allocation list")
		}
	}
	for name, x := range map[string]struct {
		actor access.Actor
		q     AuditQuery
		want  string
	}{
		"looks":        {as("coordinator"), AuditQuery{Study: "demo", Seen: true}, "role-may-not"},
		"another site": {as("coordinator"), AuditQuery{Study: "demo", Participant: "S02-001"}, "no-such-participant"},
		"a therapist":  {as("therapist"), AuditQuery{Study: "demo"}, "role-may-not"},
		"the house":    {as("coordinator"), AuditQuery{}, "role-may-not"},
		"one study's":  {access.Actor{ID: "a", Role: "administrator", Study: "demo"}, AuditQuery{}, "role-may-not"},
		"bad record":   {auditor, AuditQuery{Study: "demo", Record: "nothing/x/y"}, "bad-record"},
		"no study":     {auditor, AuditQuery{Study: "nowhere"}, "no-such-study"},
		"the log":      {auditor, AuditQuery{Study: identity.Log}, "no-such-study"},
	} {
		if _, _, err := h.Audit(ctx, x.actor, x.q); code(err) != x.want {
			t.Errorf("%s: %v, want %s", name, err, x.want)
		}
	}
}

func sortedWords(s string) []string {
	out := strings.Fields(s)
	if len(out) == 2 && out[0] > out[1] {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

func TestAuditOfTheHouse(t *testing.T) {
	h := buildHouse(t)
	h.session("kari")
	token, err := h.IssueToken(ctx, as("monitor"), 0)
	if err != nil {
		t.Fatal(err)
	}
	lines := h.audit(auditor, AuditQuery{Limit: 2})
	size, _ := h.store.Size(ctx, identity.Log)
	if int64(len(lines)) != size || size < 3 {
		t.Errorf("%d lines of %d events", len(lines), size)
	}
	found := false
	for _, l := range lines {
		if l.Text.EN == "" || l.Text.NB == "" || strings.Contains(l.Text.EN, token) {
			t.Errorf("%+v", l)
		}
		found = found || l.Type == "token.issued" && l.Facts["role"] == "monitor"
	}
	if !found {
		t.Error("the token is not told of")
	}
}

// TestLooks: a look is written once an hour, apart from the record; who reads for
// TestLooks: a look is written once an hour, apart from the record; nothing that is
// rebuilt or replayed sees it.
func TestLooks(t *testing.T) {
	h := buildHouse(t)
	id := h.refer(1, true)
	before, err := h.Rebuild(ctx, "demo")
	if err != nil {
		t.Fatal(err)
	}
	looks := func() []string {
		h.Helper()
		h.Settle()
		var out []string
		for e, err := range h.store.Events(ctx, ledger.Read{Study: "demo", Stream: study.SeenStream(id)}) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, e.Actor+"/"+e.Role+" "+string(e.Payload))
		}
		return out
	}
	read := func(actor access.Actor) {
		h.Helper()
		if _, err := h.Participant(ctx, actor, "demo", id); err != nil {
			t.Fatal(err)
		}
	}
	read(as("monitor"))
	h.pass(59 * time.Minute)
	read(as("monitor"))
	if got := looks(); len(got) != 1 || got[0] != `monitor-1/monitor {"part":"journey"}` {
		t.Errorf("within the hour: %v", got)
	}
	h.pass(time.Minute)
	read(as("monitor"))
	if got := looks(); len(got) != 2 {
		t.Errorf("after an hour: %v", got)
	}
	if _, err := h.Trail(ctx, as("monitor"), "demo", id, TrailQuery{}); err != nil {
		t.Fatal(err)
	}
	if err := h.Seen(ctx, as("physician"), "demo", id, "session/V5"); err != nil {
		t.Fatal(err)
	}
	own := access.Actor{ID: "p", Name: id, Role: "participant", Study: "demo", Sites: []string{"S01"}, Participant: id}
	read(own)
	got := strings.Join(looks(), "\n")
	for _, want := range []string{`monitor-1/monitor {"part":"trail"}`, `physician-1/physician {"part":"session/V5"}`, `p/participant {"part":"journey"}`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	// Who is refused looked at nothing.
	n := len(looks())
	_, _ = h.Participant(ctx, as("statistician"), "demo", id)
	_, _ = h.Participant(ctx, as("monitor"), "demo", "S01-777")
	if err := h.Seen(ctx, as("physician"), "demo", id, "x\x00"); code(err) != "bad-part" {
		t.Error(err)
	}
	if len(looks()) != n {
		t.Error("a look that was refused is recorded")
	}
	if head, _ := h.store.Head(ctx, "demo", study.SeenStream("S01-777")); head != 0 {
		t.Error("a look at nobody is recorded")
	}
	list, err := h.Looks(ctx, own, "demo", id, 0)
	if err != nil || len(list) != n || list[0].What != "journey" || list[0].Role != "participant" {
		t.Errorf("%+v, %v", list, err)
	}
	after, err := h.Rebuild(ctx, "demo")
	if err != nil || after.After != before.After || !after.Same() || after.Participants != before.Participants {
		t.Errorf("%+v, before %+v, %v", after, before, err)
	}
	// Another process writes to the same stream: neither look is lost.
	second, err := New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key})
	if err != nil {
		t.Fatal(err)
	}
	h.pass(2 * time.Hour)
	read(as("monitor"))
	if _, err := second.Participant(ctx, as("coordinator"), "demo", id); err != nil {
		t.Fatal(err)
	}
	second.Settle()
	h.pass(2 * time.Hour)
	read(as("physician"))
	if got := looks(); len(got) != n+3 {
		t.Errorf("%d looks, want %d", len(got), n+3)
	}
}

// BenchmarkParticipantSeen is reading a participant's record, with the look.
func BenchmarkParticipantSeen(b *testing.B) {
	h := build(b, nil)
	id := h.refer(1, true)
	b.ReportAllocs()
	for range b.N {
		if _, err := h.Participant(ctx, as("monitor"), "demo", id); err != nil {
			b.Fatal(err)
		}
	}
}
