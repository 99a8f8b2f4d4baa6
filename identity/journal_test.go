package identity

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"varde/ledger"
)

func TestRefusalsAreCounted(t *testing.T) {
	h := open(t)
	r := Refusal{Account: "kari", Role: "rater", Study: "S", Code: "role-may-not", What: "see-arms"}
	for range 1000 {
		h.Refused(r)
	}
	h.Refused(Refusal{Code: "signed-out", What: "GET /studies"})
	h.wait(time.Minute)
	h.Refused(r)
	var lines []string
	for _, e := range h.events(refusalStream) {
		f := fields(t, e)
		lines = append(lines, fmt.Sprint(e.Actor, " ", f["count"], " ", f["what"], " ", f["from"]))
	}
	got := strings.Join(lines, "\n")
	want := "anonymous 1 GET /studies 2026-03-02T08:00:00Z\nkari 1000 see-arms 2026-03-02T08:00:00Z\nkari 1 see-arms 2026-03-02T08:01:00Z"
	if got != want {
		t.Errorf("the log has\n%s\nwant\n%s", got, want)
	}
}

// An attacker who tries without end fills neither the log nor the memory.
func TestFailuresAreBounded(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.PerSource = 1 << 20 })
	for i := range 20_000 {
		if _, err := h.UseLink(h.ctx, strings.Repeat("A", 43), Source{Network: fmt.Sprint(i % 7000)}); err == nil {
			t.Fatal("let in")
		}
		h.Refused(Refusal{Code: "c", What: fmt.Sprint(i)})
	}
	if h.journal.size() > 5*manyCounted {
		t.Errorf("%d counted in memory", h.journal.size())
	}
	var failures, refusals, events int
	for _, e := range h.events("") {
		events++
		switch n := int(fields(t, e)["count"].(float64)); e.Type {
		case signinFailed:
			failures += n
		case accessRefused:
			refusals += n
		}
	}
	if failures != 20_000 || refusals != 20_000 {
		t.Errorf("%d failures and %d refusals are told, of 20,000 each", failures, refusals)
	}
	if events > 3*manyCounted {
		t.Errorf("%d events", events)
	}
}

func (j *journal) size() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.failures) + len(j.more) + len(j.refusals)
}

func TestCloseWritesWhatWaits(t *testing.T) {
	h := open(t)
	h.Refused(Refusal{Code: "c", What: "w"})
	ok(t, h.Close(h.ctx))
	ok(t, h.Close(h.ctx))
	if n := must2(h.store.Head(h.ctx, Log, refusalStream))(t); n != 1 {
		t.Errorf("%d refusals", n)
	}
}

// Two nodes write into the same streams.
func TestJournalsOfTwoNodes(t *testing.T) {
	h := open(t)
	other := h.again()
	h.staff("kari")
	for i := range 40 {
		s := []*Service{h.Service, other}[i%2]
		_, err := s.SignInPassword(h.ctx, []string{"kari", "nobody"}[i/2%2], "x", "", Source{Network: fmt.Sprint(i)})
		if err == nil {
			t.Fatal("let in")
		}
		h.wait(time.Minute)
	}
	ok(t, other.Flush(h.ctx))
	if got := h.count("sessions/kari", signinFailed) + h.count(unknownStream, signinFailed); got != 40 {
		t.Errorf("%d of 40 failures are in the log", got)
	}
}

func TestDescribe(t *testing.T) {
	h := open(t)
	link := must2(h.Bootstrap(h.ctx))(t)
	key, opened := h.join(link)
	h.password(opened.Session)
	_, _ = h.SignInPassword(h.ctx, "administrator", "wrong", "", desk)
	key.Step = -1
	_, _ = h.signIn(key)
	key.Counter, key.Step = 9, 1
	_, _ = h.signIn(key)
	key.Step = -1
	_, _ = h.signIn(key)
	ok(t, h.GiveRole(h.ctx, admin, "administrator", "auditor"))
	ok(t, h.TakeRole(h.ctx, admin, "administrator", "auditor"))
	must2(h.SignInRecovery(h.ctx, "administrator", must2(h.NewRecovery(h.ctx, opened.Session))(t)[0], desk))(t)
	ok(t, h.Disable(h.ctx, By{console, "administrator"}, "administrator", "left"))
	ok(t, h.Enable(h.ctx, admin, "administrator"))
	h.Refused(Refusal{Account: "x", Code: "c", What: "w"})
	seen := map[string]bool{}
	for _, e := range h.events("") {
		text, facts := Describe(e)
		seen[e.Type] = true
		if !text.Complete() || text.EN == e.Type {
			t.Errorf("%s is told as %+v", e.Type, text)
		}
		for name, value := range facts {
			for _, secret := range secretsOf(t, e) {
				if strings.Contains(value, secret) {
					t.Errorf("%s tells a secret as %s", e.Type, name)
				}
			}
		}
		bad := e
		bad.Payload = json.RawMessage(`[]`)
		Describe(bad)
	}
	if len(seen) < 15 {
		t.Errorf("only %d types were made: %v", len(seen), seen)
	}
	if text, _ := Describe(ledger.Event{Type: "future.thing", Stream: "x"}); text.EN != "future.thing" || text.NB != "future.thing" {
		t.Errorf("an unknown type is told as %+v", text)
	}
}

// secretsOf are values that no page may show, though the log has them.
func secretsOf(t *testing.T, e ledger.Event) []string {
	var out []string
	for name, value := range fields(t, e) {
		text, isText := value.(string)
		if isText && text != "" && (strings.HasSuffix(name, "Sealed") || name == "hash" || name == "handle" || name == "publicKey") {
			out = append(out, text)
		}
	}
	return out
}

// Whoever has the log from a newer program must still be able to read it.
func TestUnknownEventsAreKept(t *testing.T) {
	h := open(t)
	h.staff("kari")
	head := must2(h.store.Head(h.ctx, Log, "account/kari"))(t)
	_, err := h.store.Append(h.ctx, ledger.Batch{Study: Log, Actor: "x", RecordedAt: h.now(), Parts: []ledger.Part{{Stream: "account/kari", Expected: head,
		Events: []ledger.New{{Type: "account.of-the-future", Schema: 7, EffectiveAt: h.now(), Payload: json.RawMessage(`{}`)}}}}})
	ok(t, err)
	ok(t, h.Disable(h.ctx, admin, "kari", "x"))
	h.rebuilt()
}

func TestUnreadableLogKeepsTheViews(t *testing.T) {
	h := open(t)
	h.staff("kari")
	head := must2(h.store.Head(h.ctx, Log, "account/kari"))(t)
	_, err := h.store.Append(h.ctx, ledger.Batch{Study: Log, Actor: "x", RecordedAt: h.now(), Parts: []ledger.Part{{Stream: "account/kari", Expected: head,
		Events: []ledger.New{{Type: roleGiven, Schema: 1, EffectiveAt: h.now(), Payload: json.RawMessage(`[1]`)}}}}})
	ok(t, err)
	before := must2(h.store.RowsDigest(h.ctx, Log))(t)
	if err := h.Rebuild(h.ctx); err == nil || !strings.Contains(err.Error(), "role.given") {
		t.Errorf("rebuilding: %v", err)
	}
	if must2(h.store.RowsDigest(h.ctx, Log))(t) != before {
		t.Error("a rebuild that failed changed the views")
	}
}
