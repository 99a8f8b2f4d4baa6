package app

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
	"varde/vault"
)

// sealing answers the house with a vault, opened anew, and what it logs.
func (h *house) sealing() *bytes.Buffer {
	h.Helper()
	ring, err := vault.NewKeyring(bytes.Repeat([]byte("m"), 32))
	if err != nil {
		h.Fatal(err)
	}
	log := &bytes.Buffer{}
	h.App, err = New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key, Vault: vault.New(h.store, ring), Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		h.Fatal(err)
	}
	return log
}

func participant(id string) access.Actor {
	return access.Actor{ID: "p-" + id, Role: "participant", Study: "demo", Participant: id}
}

// A person who is made up. The number is of the range for tests.
var someone = map[IdentityField]string{
	FieldName: "Kari Oppdiktet", FieldBirth: "1912-10-01", FieldNational: "NO 01901234538", FieldAddress: "Ingensteds vei 1\n0000 Ingensted",
	FieldPhone: "+47 00 00 00 01", FieldEmail: "kari@example.org", FieldContacts: "Ola Oppdiktet, søster", FieldNote: "kjent fra avisen",
}

// allBytes is everything that stands in the database file and its log.
func (h *house) allBytes() []byte {
	h.Helper()
	var out []byte
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(h.path + suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			h.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

func TestIdentityIsKeptOpenedAndSeen(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, false)
	log := h.sealing()
	if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, someone, "c1"); err != nil {
		t.Fatal(err)
	}
	size, err := h.store.Size(ctx, "demo")
	if err != nil {
		t.Fatal(err)
	}
	// The same again, by the same client id or by none, writes nothing.
	for _, client := range []string{"c1", ""} {
		if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, someone, client); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := h.store.Size(ctx, "demo"); n != size {
		t.Errorf("%d events more", n-size)
	}
	card, err := h.IdentityOf(ctx, as("therapist"), "demo", id)
	if err != nil || !slices.Equal(card.Kept, IdentityFields) || card.Changed.IsZero() {
		t.Errorf("%+v, %v", card, err)
	}
	file := h.allBytes()
	for f, value := range someone {
		if bytes.Contains(file, []byte(value)) || bytes.Contains(file, []byte(strings.ReplaceAll(value, " ", ""))) {
			t.Errorf("%s stands in the clear in the database", f)
		}
	}

	h.pass(time.Minute)
	got, err := h.OpenIdentity(ctx, as("physician"), "demo", id, []IdentityField{FieldPhone, FieldName}, " to call about V1 ")
	want := map[IdentityField]string{FieldName: "Kari Oppdiktet", FieldPhone: "+4700000001"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	h.pass(time.Minute)
	if all, err := h.OpenIdentity(ctx, participant(id), "demo", id, nil, ""); err != nil || len(all) != len(IdentityFields) || all[FieldAddress] != someone[FieldAddress] {
		t.Errorf("one's own: %v, %v", all, err)
	}
	looks, err := h.Looks(ctx, participant(id), "demo", id, 0)
	if err != nil || len(looks) != 2 {
		t.Fatalf("%+v, %v", looks, err)
	}
	if l := looks[1]; l.Account != "physician-1" || l.Role != "physician" || l.What != "identity" || !slices.Equal(l.Fields, []string{"name", "phone"}) || l.Purpose != "to call about V1" {
		t.Errorf("%+v", l)
	}
	if looks[0].Purpose != "own" || !looks[0].At.After(looks[1].At) {
		t.Errorf("%+v", looks)
	}
	if one, err := h.Looks(ctx, admin, "demo", id, 1); err != nil || len(one) != 1 || one[0].Role != "participant" {
		t.Errorf("%+v, %v", one, err)
	}

	// A field is taken away, and another changed.
	if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, map[IdentityField]string{FieldNote: "", FieldName: "Kari Nygift"}, ""); err != nil {
		t.Fatal(err)
	}
	got, err = h.OpenIdentity(ctx, as("physician"), "demo", id, []IdentityField{FieldNote, FieldName}, "x")
	if err != nil || !reflect.DeepEqual(got, map[IdentityField]string{FieldName: "Kari Nygift"}) {
		t.Errorf("%v, %v", got, err)
	}
	// The clinical record and its views know nothing of it.
	if r, err := h.Rebuild(ctx, "demo"); err != nil || !r.Same() {
		t.Errorf("%+v, %v", r, err)
	}
	for _, word := range []string{"Kari", "Oppdiktet", "kari@", "019012"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("the log says %s", word)
		}
	}
}

func TestWhoReachesIdentities(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, false)
	h.sealing()
	if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, someone, ""); err != nil {
		t.Fatal(err)
	}
	for _, role := range append(slices.Clone(protocol.Roles), "auditor", "administrator") {
		a := as(role)
		a.Participant = id
		for c, do := range map[access.Capability]func(access.Actor, string) error{
			access.SeeIdentity: func(a access.Actor, id string) error {
				_, err := h.OpenIdentity(ctx, a, "demo", id, nil, "x")
				return err
			},
			access.KeepIdentity: func(a access.Actor, id string) error { return h.KeepIdentity(ctx, a, "demo", id, nil, "") },
		} {
			if err := do(a, id); (err == nil) != a.Can(c) || err != nil && code(err) != "role-may-not" {
				t.Errorf("%s, %s: %v", role, c, err)
			}
			if !a.Can(c) {
				continue
			}
			away, other, nobody := a, a, a
			away.Sites, away.Participant = []string{"S02"}, "S02-001"
			other.Study = "another"
			nobody.Participant = "S01-999"
			if err := do(away, id); code(err) != "no-such-participant" {
				t.Errorf("%s of another site, %s: %v", role, c, err)
			}
			if err := do(other, id); code(err) != "no-such-study" {
				t.Errorf("%s of another study, %s: %v", role, c, err)
			}
			if err := do(nobody, "S01-999"); code(err) != "no-such-participant" {
				t.Errorf("%s, nobody, %s: %v", role, c, err)
			}
		}
		_, err := h.Looks(ctx, a, "demo", id, 0)
		if may := a.Can(access.SeeLooks); (err == nil) != may {
			t.Errorf("%s, looks: %v", role, err)
		}
	}
	stranger := participant("S01-002")
	if _, err := h.OpenIdentity(ctx, stranger, "demo", id, nil, ""); code(err) != "no-such-participant" {
		t.Errorf("another participant: %v", err)
	}
	if _, err := h.Looks(ctx, stranger, "demo", id, 0); code(err) != "no-such-participant" {
		t.Errorf("another participant's looks: %v", err)
	}
	if _, err := h.IdentityOf(ctx, as("rater"), "demo", id); code(err) != "role-may-not" {
		t.Errorf("rater: %v", err)
	}
	for _, purpose := range []string{"", "  ", "a\nb", strings.Repeat("x", 201), "\xff"} {
		if _, err := h.OpenIdentity(ctx, as("physician"), "demo", id, nil, purpose); code(err) != "purpose-owed" {
			t.Errorf("purpose %.10q: %v", purpose, err)
		}
	}
	if _, err := h.OpenIdentity(ctx, as("physician"), "demo", id, []IdentityField{"shoe"}, "x"); code(err) != "no-such-field" {
		t.Error(err)
	}
}

func TestIdentitiesAreChecked(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, false)
	h.sealing()
	for _, x := range []struct {
		field IdentityField
		value string
		code  string
	}{
		{FieldBirth, "01.10.1912", "not-a-date"}, {FieldBirth, "2026-01-07", "not-a-date"}, {FieldBirth, "1700-01-01", "not-a-date"}, {FieldBirth, "1985-02-30", "not-a-date"},
		{FieldNational, "NO 01901234539", "national-check-digit"}, {FieldNational, "01901234538", "national-country"}, {FieldNational, "NO 0190123453", "national-length"},
		{FieldPhone, "00000001", "not-a-phone"}, {FieldPhone, "+47 phone", "not-a-phone"}, {FieldPhone, "+0123456789", "not-a-phone"}, {FieldPhone, "+471", "not-a-phone"}, {FieldPhone, "+1234567890123456", "not-a-phone"},
		{FieldEmail, "kari", "not-an-address"}, {FieldEmail, "Kari <kari@example.org>", "not-an-address"}, {FieldEmail, "a@example.org, b@example.org", "not-an-address"}, {FieldEmail, "kari@localhost", "not-an-address"}, {FieldEmail, "kari@example.org\r\nBcc: x@example.org", "bad-text"},
		{FieldName, "Kari\nOppdiktet", "bad-text"}, {FieldName, "Kari\x00", "bad-text"}, {FieldName, strings.Repeat("å", 201), "too-long"}, {FieldNote, "\xff", "too-long"},
		{"shoe", "43", "no-such-field"},
	} {
		err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, map[IdentityField]string{x.field: x.value}, "")
		var r *study.Refusal
		if !errors.As(err, &r) || r.Code != x.code || !r.Text.Complete() {
			t.Errorf("%s %.20q: %v, want %s", x.field, x.value, err, x.code)
			continue
		}
		if strings.Contains(err.Error(), strings.TrimSpace(x.value)) {
			t.Errorf("the refusal repeats the value: %v", err)
		}
		if x.field != "shoe" && r.Field != string(x.field) {
			t.Errorf("the refusal names %q", r.Field)
		}
	}
	keep := func(fields map[IdentityField]string) error {
		return h.KeepIdentity(ctx, as("coordinator"), "demo", id, fields, "")
	}
	for _, x := range []struct {
		fields map[IdentityField]string
		code   string
	}{
		{map[IdentityField]string{FieldBirth: "1912-10-02", FieldNational: "NO 01901234538"}, "birth-differs"},
		{map[IdentityField]string{FieldBirth: "1912-10-02"}, ""},
		{map[IdentityField]string{FieldNational: "NO 01901234538"}, "birth-differs"}, // with what stands there
		{map[IdentityField]string{FieldBirth: "1912-10-01", FieldNational: "no 019012 34538"}, ""},
		{map[IdentityField]string{FieldBirth: "1999-01-01"}, "birth-differs"},
		{map[IdentityField]string{FieldBirth: "1999-01-01", FieldNational: ""}, ""},
		{map[IdentityField]string{FieldPhone: "0047 (00) 00-00.01", FieldEmail: "o'kari+study@example.co.uk"}, ""},
	} {
		if err := keep(x.fields); code(err) != x.code {
			t.Errorf("%v: %v, want %q", x.fields, err, x.code)
		}
	}
	got, err := h.OpenIdentity(ctx, as("coordinator"), "demo", id, nil, "x")
	if err != nil || got[FieldPhone] != "+4700000001" || got[FieldBirth] != "1999-01-01" || got[FieldNational] != "" {
		t.Errorf("%v, %v", got, err)
	}
	h.App, _ = New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key})
	if err := keep(someone); code(err) != "no-vault" {
		t.Errorf("without a vault: %v", err)
	}
	if _, err := h.OpenIdentity(ctx, as("coordinator"), "demo", id, nil, "x"); code(err) != "no-vault" {
		t.Errorf("without a vault: %v", err)
	}
}

func TestErasure(t *testing.T) {
	h := build(t, nil)
	id, other := h.refer(1, false), h.refer(2, false)
	h.sealing()
	for _, p := range []string{id, other} {
		if err := h.KeepIdentity(ctx, as("coordinator"), "demo", p, someone, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.EraseIdentity(ctx, as("physician"), "demo", id, "asked"); code(err) != "role-may-not" {
		t.Error(err)
	}
	if err := h.EraseIdentity(ctx, admin, "demo", id, " "); code(err) != "basis-owed" {
		t.Error(err)
	}
	for range 2 {
		if err := h.EraseIdentity(ctx, admin, "demo", id, "GDPR article 17, asked on 2026-01-05"); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	if err := h.each(ctx, "demo", study.IdentityStream(id), func(e study.Event) error {
		if _, ok := e.Data.(study.IdentityErased); ok {
			n++
		}
		return nil
	}); err != nil || n != 1 {
		t.Errorf("%d events of erasure, %v", n, err)
	}
	card, err := h.IdentityOf(ctx, as("coordinator"), "demo", id)
	if err != nil || card.Erased.IsZero() || card.Basis == "" {
		t.Errorf("%+v, %v", card, err)
	}
	if _, err := h.OpenIdentity(ctx, as("physician"), "demo", id, nil, "x"); code(err) != "identity-erased" {
		t.Error(err)
	}
	if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, someone, ""); code(err) != "identity-erased" {
		t.Error(err)
	}
	if got, err := h.OpenIdentity(ctx, as("physician"), "demo", other, nil, "x"); err != nil || got[FieldName] != someone[FieldName] {
		t.Errorf("another person: %v, %v", got, err)
	}
	// The record is as sound as before.
	store, ok := h.store.(interface {
		Verify(ctx context.Context, study string, keys ...string) (ledger.Report, error)
	})
	if !ok {
		t.Fatal("the store cannot verify")
	}
	if r, err := store.Verify(ctx, "demo"); err != nil || !r.OK() {
		t.Errorf("%v, %v", r, err)
	}
}

// Two who keep different fields at once lose neither.
func TestKeepingAtOnce(t *testing.T) {
	h := build(t, nil)
	id := h.refer(1, false)
	h.sealing()
	var wg sync.WaitGroup
	for f, value := range someone {
		wg.Go(func() {
			if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, map[IdentityField]string{f: value}, ""); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		})
	}
	wg.Wait()
	if got, err := h.OpenIdentity(ctx, as("coordinator"), "demo", id, nil, "x"); err != nil || len(got) != len(someone) {
		t.Errorf("%v, %v", got, err)
	}
}

func BenchmarkKeepIdentity(b *testing.B) {
	h := build(b, nil)
	id := h.refer(1, false)
	h.sealing()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		// Another person every hundred, for a stream is read to its end.
		if i%100 == 99 {
			b.StopTimer()
			id = h.refer(2+i/100, false)
			b.StartTimer()
		}
		name := []string{"Kari", "Ola"}[i%2]
		if err := h.KeepIdentity(ctx, as("coordinator"), "demo", id, map[IdentityField]string{FieldName: name}, ""); err != nil {
			b.Fatal(err)
		}
	}
}
