package app

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/messaging"
	"varde/messaging/messagingtest"
	"varde/study"
)

// notices answers the events of the stream of notices, one line each.
func (h *house) notices(id string) []string {
	h.Helper()
	var out []string
	for e, err := range h.store.Events(ctx, ledger.Read{Study: "demo", Stream: study.NoticeStream(id)}) {
		if err != nil {
			h.Fatal(err)
		}
		out = append(out, e.Type+" "+string(e.Payload))
	}
	return out
}

// TestProviderThatFails: what may work later is tried again, with longer and longer waits
// that a restart does not forget, and always under the same id; what never will makes a
// task for the coordinator, who mends it.
func TestProviderThatFails(t *testing.T) {
	h, box, id := reaching(t, study.NoticesWished{Email: true})
	h.to(h.clock().Add(4*24*time.Hour), box) // what the first visit asks for is said
	h.plans(id, "V1", h.clock().Add(20*time.Hour))
	var ids []string
	box.Fail(func(l messagingtest.Letter) error {
		ids = append(ids, l.ID)
		return &messaging.Fault{Kind: messaging.Temporary, Code: "smtp-451"}
	})
	for range 40 {
		h.remind()
		h.pass(time.Minute)
	}
	if len(ids) != 4 || len(slices.Compact(slices.Clone(ids))) != 1 { // at 0, 1, 6, 21 minutes
		t.Fatalf("%d tries under %v", len(ids), ids)
	}
	h.consistent()
	h.connect(box, false) // a restart
	h.remind()
	if len(ids) != 4 {
		t.Error("a restart forgot the wait")
	}
	box.Fail(nil)
	h.pass(time.Hour)
	h.remind()
	sent := box.Take()
	if len(sent) != 1 || sent[0].ID != ids[0] {
		t.Fatalf("%v", sent)
	}
	h.remind()
	if again := box.Take(); len(again) != 0 {
		t.Fatalf("sent twice: %v", again)
	}

	box.Fail(func(messagingtest.Letter) error { return &messaging.Fault{Kind: messaging.Address, Code: "smtp-550"} })
	h.must(as("therapist"), study.SendMessage{On: on(id), ID: "m-1", Text: "hello"})
	h.pass(time.Hour)
	h.remind()
	asked := box.Asked()
	reach := func() (out []study.Task) {
		rows, err := h.Tasks(ctx, as("coordinator"), "demo", TaskQuery{Participant: id, Mine: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Task.Kind == study.TaskReach {
				out = append(out, r.Task)
			}
		}
		return out
	}
	if tasks := reach(); len(tasks) != 1 || tasks[0].Ref != study.ByEmail {
		t.Fatalf("tasks %v", tasks)
	}
	h.pass(24 * time.Hour)
	h.remind()
	if box.Asked() != asked {
		t.Error("an address that does not exist is written to again")
	}
	h.consistent()
	box.Fail(nil)
	h.keeps(id, map[IdentityField]string{FieldEmail: "new@example.org"})
	if tasks := reach(); len(tasks) != 0 {
		t.Errorf("after the address was corrected: %v", tasks)
	}
	h.remind()
	if sent := box.Take(); len(sent) != 1 || sent[0].To != "new@example.org" || !strings.Contains(sent[0].Subject, "melding") {
		t.Errorf("after the address was corrected: %v", sent)
	}
	h.consistent()
}

// TestOtherWay: whom one channel does not reach is reached by the other, if they wished so.
func TestOtherWay(t *testing.T) {
	h, box, id := reaching(t, study.NoticesWished{Email: true, SMS: true})
	box.Fail(func(l messagingtest.Letter) error {
		if l.Channel == study.BySMS {
			return &messaging.Fault{Kind: messaging.Address, Code: "http-422"}
		}
		return nil
	})
	h.plans(id, "V1", h.clock().Add(20*time.Hour))
	h.remind()
	if sent := box.Take(); len(sent) != 1 || sent[0].Channel != study.ByEmail || sent[0].To != theirMail {
		t.Errorf("%v\n%s", sent, strings.Join(h.notices(id), "\n"))
	}
}

// TestTwoSenders: two programs over one ledger send each notice once.
func TestTwoSenders(t *testing.T) {
	h, box, id := reaching(t, study.NoticesWished{Email: true})
	first := h.App
	h.connect(box, false)
	second := h.App
	h.plans(id, "V1", h.clock().Add(20*time.Hour)) // by the second; the first has not looked since
	var wg sync.WaitGroup
	for _, a := range []*App{first, second, first, second} {
		wg.Go(func() {
			if err := a.Remind(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if sent := box.Take(); len(sent) != 1 {
		t.Errorf("%v", sent)
	}
}

// TestDeathBetweenClaimAndSending: a claim that nobody finished is taken over, not at
// once and not never, and the message has the same id.
func TestDeathBetweenClaimAndSending(t *testing.T) {
	h, box, id := reaching(t, study.NoticesWished{Email: true})
	h.plans(id, "V1", h.clock().Add(20*time.Hour))
	host, err := h.host("demo")
	if err != nil {
		t.Fatal(err)
	}
	s, r, err := h.fresh(ctx, host, id)
	if err != nil {
		t.Fatal(err)
	}
	plan := study.Notices(h.def(), s, r, h.clock())
	if c, err := h.claim(ctx, host, id, plan[0]); err != nil || c == nil {
		t.Fatalf("%v, %v", c, err)
	}
	h.connect(box, false) // the program died here, and another begins
	h.remind()
	if sent := box.Take(); len(sent) != 0 {
		t.Fatalf("at once: %v", sent)
	}
	h.pass(study.ClaimLasts)
	h.remind()
	sent := box.Take()
	if len(sent) != 1 || sent[0].ID != h.idOf("demo", id, plan[0].Kind, plan[0].Ref) {
		t.Fatalf("later: %v", sent)
	}
	h.consistent()
}

// TestAddressIsOpenedOnceForANotice: the participant reads in the list of looks that
// their address was used, once for each notice.
func TestAddressIsOpenedOnceForANotice(t *testing.T) {
	h, box, id := reaching(t, study.NoticesWished{Email: true})
	h.plans(id, "V1", h.clock().Add(20*time.Hour))
	box.Fail(func(messagingtest.Letter) error { return &messaging.Fault{Kind: messaging.Temporary, Code: "smtp-451"} })
	for range 10 {
		h.remind()
		h.pass(5 * time.Minute)
	}
	box.Fail(nil)
	h.pass(2 * time.Hour)
	h.remind()
	if sent := box.Take(); len(sent) != 1 {
		t.Fatalf("%v", sent)
	}
	looks, err := h.Looks(ctx, participant(id), "demo", id, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range looks {
		if l.Account == access.System.ID {
			n++
			if l.Purpose != used.NB || !slices.Equal(l.Fields, []string{"email"}) {
				t.Errorf("%+v", l)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d looks for one notice", n)
	}
}
