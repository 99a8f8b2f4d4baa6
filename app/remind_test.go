package app

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/messaging/messagingtest"
	"varde/study"
	"varde/vault"
)

var updateLetters = flag.Bool("update-letters", false, "write what is sent anew")

// Addresses and numbers that belong to nobody.
const (
	theirMail  = "kari@example.org"
	theirPhone = "+4700000001"
)

var outside = Outward{URL: "https://varde.example.org", Name: "Klinikken"}

// reaching is a house that can send, with somebody in it who wishes to be reached.
func reaching(t testing.TB, wishes study.NoticesWished) (*house, *messagingtest.Box, string) {
	t.Helper()
	h := build(t, nil)
	box := &messagingtest.Box{}
	h.connect(box, false)
	id := h.refer(1, true)
	h.keeps(id, map[IdentityField]string{FieldEmail: theirMail, FieldPhone: theirPhone})
	if _, err := h.ParticipantLink(ctx, as("coordinator"), "demo", id); err != nil {
		t.Fatal(err)
	}
	h.wishes(id, wishes)
	return h, box, id
}

// connect opens the app anew over the same ledger, with a letter box for both channels.
func (h *house) connect(box *messagingtest.Box, twin bool) {
	h.Helper()
	master, err := vault.NewKeyring(bytes.Repeat([]byte{5}, 32))
	if err != nil {
		h.Fatal(err)
	}
	v := vault.New(h.store, master)
	people, err := identity.New(ctx, identity.Config{Store: h.store, Vault: v, Clock: h.clock, Hash: identity.Hash{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { _ = people.Close(ctx) })
	o := outside
	o.Mail, o.SMS = box, box
	if h.App, err = New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key, Vault: v, Identity: people, Outward: &o, Twin: twin}); err != nil {
		h.Fatal(err)
	}
}

func (h *house) keeps(id string, fields map[IdentityField]string) {
	h.Helper()
	if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, fields, ""); err != nil {
		h.Fatal(err)
	}
}

func (h *house) wishes(id string, w study.NoticesWished) {
	h.Helper()
	if err := h.WishNotices(ctx, participant(id), "demo", w, ""); err != nil {
		h.Fatal(err)
	}
}

func (h *house) remind() {
	h.Helper()
	if err := h.Remind(ctx); err != nil {
		h.Fatal(err)
	}
}

// to lets time pass until a moment, with the clock heard every quarter of an hour, and
// tells what was sent when.
func (h *house) to(until time.Time, box *messagingtest.Box) string {
	h.Helper()
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		h.Fatal(err)
	}
	var out strings.Builder
	for {
		h.remind()
		for _, l := range box.Take() {
			fmt.Fprintf(&out, "%s  %s\n", h.clock().In(zone).Format("Mon 2 Jan 15:04"), l)
		}
		if !h.clock().Before(until) {
			return out.String()
		}
		h.pass(min(15*time.Minute, until.Sub(h.clock())))
	}
}

func (h *house) plans(id, visit string, at time.Time) {
	h.Helper()
	h.must(as("coordinator"), study.PlanVisit{On: on(id), Visit: visit, Time: at})
}

// TestTwoWeeks: what one person is sent in two weeks of their life, when, and in which
// words.
func TestTwoWeeks(t *testing.T) {
	h, box, id := reaching(t, study.NoticesWished{Email: true, SMS: true})
	var told strings.Builder
	week := func(until time.Time, what string, do func()) {
		told.WriteString(h.to(until, box))
		fmt.Fprintf(&told, "-- %s\n", what)
		if do != nil {
			do()
		}
	}
	day := func(d, hour, minute int) time.Time { return time.Date(2026, 1, d, hour-1, minute, 0, 0, time.UTC) } // in Oslo
	week(day(6, 9, 0), "the next appointment is made", func() { h.plans(id, "V1", day(9, 10, 0)) })
	week(day(8, 12, 0), "it is moved, after it was told", func() { h.plans(id, "V1", day(9, 14, 30)) })
	week(day(8, 22, 30), "the team writes, late", func() {
		h.must(as("therapist"), study.SendMessage{On: on(id), ID: "m-1", Text: "we look forward to seeing you"})
	})
	week(day(9, 9, 0), "the message is read", func() {
		h.must(participant(id), study.ReadMessages{On: on(id), Until: "m-1"})
	})
	week(day(14, 18, 0), "an appointment at dawn", func() { h.plans(id, "V2", day(16, 6, 30)) })
	week(day(19, 9, 0), "the end", nil)

	path := filepath.Join("testdata", "letters.txt")
	if *updateLetters {
		if err := os.WriteFile(path, []byte(told.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if told.String() != string(want) {
		t.Errorf("what is sent has changed:\n%s", told.String())
	}
	h.consistent()
}

// TestLeavingStopsEverything: from the moment somebody leaves, however they do, nothing
// is sent any more, and nothing is left that would be.
func TestLeavingStopsEverything(t *testing.T) {
	for name, leave := range map[string]func(h *house, id string){
		"withdrawn":      func(h *house, id string) { h.must(as("coordinator"), study.Withdraw{On: on(id), Reason: "own-wish"}) },
		"by themselves":  func(h *house, id string) { h.must(participant(id), study.Withdraw{On: on(id), Reason: "own-wish"}) },
		"lost":           func(h *house, id string) { h.must(as("coordinator"), study.Lose{On: on(id), Attempts: 5}) },
		"switched off":   func(h *house, id string) { h.wishes(id, study.NoticesWished{}) },
		"erased":         func(h *house, id string) { h.erases(id) },
		"account closed": func(h *house, id string) { h.disables(id) },
	} {
		t.Run(name, func(t *testing.T) {
			h, box, id := reaching(t, study.NoticesWished{Email: true})
			h.plans(id, "V1", h.clock().Add(30*time.Hour))
			box.Take()
			leave(h, id)
			if sent := h.to(h.clock().Add(72*time.Hour), box); sent != "" {
				t.Errorf("sent after that:\n%s", sent)
			}
			if name == "erased" || name == "switched off" || name == "withdrawn" {
				if rows, err := h.store.Rows(ctx, ledger.Query{Study: "demo", View: viewNotice}); err != nil || len(rows) != 0 {
					t.Errorf("still planned: %v, %v", rows, err)
				}
			}
			h.consistent()
		})
	}
}

func (h *house) erases(id string) {
	h.Helper()
	if err := h.EraseIdentity(ctx, access.Actor{ID: "adm", Name: "Adm", Role: "administrator"}, "demo", id, "own wish"); err != nil {
		h.Fatal(err)
	}
}

func (h *house) disables(id string) {
	h.Helper()
	if err := h.DisableAccount(ctx, admin, participantAccount("demo", id), "own wish"); err != nil {
		h.Fatal(err)
	}
}
