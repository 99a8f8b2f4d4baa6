package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/identity"
	"varde/study"
)

// TestVerifySignatures signs a protocol with a passkey and verifies the signature in
// the data folder, in an archive, and with whose key it was; spoilt, it is named.
func TestVerifySignatures(t *testing.T) {
	dir := t.TempDir()
	var out, fault bytes.Buffer
	m := &Main{Stdout: &out, Stderr: &fault, Clock: time.Now}
	run := func(args ...string) (int, string) {
		out.Reset()
		return m.Run(t.Context(), args), out.String()
	}
	must := func(args ...string) string {
		t.Helper()
		status, text := run(args...)
		if status != 0 {
			t.Fatalf("varde %v: status %d\n%s%s", args, status, text, fault.String())
		}
		return text
	}
	data, archive, house := "--data="+filepath.Join(dir, "data"), filepath.Join(dir, "study.archive"), filepath.Join(dir, "house.archive")
	must("open", "../../docs/example-protocol", "--id=small", "--title=Small", data)
	signSmall(t, m, filepath.Join(dir, "data"))

	text := must("verify", data)
	if !strings.Contains(text, `study "small": 1 signatures (1 by passkey, 0 by password), 0 void`) || !strings.Contains(text, "the house's log shows each key as the signer's") {
		t.Errorf("the data folder:\n%s", text)
	}
	must("export", "small", archive, data)
	must("export", "house", house, data)
	if text = must("verify", archive); !strings.Contains(text, "whose the keys were is not checked") {
		t.Errorf("the archive alone:\n%s", text)
	}
	if text = must("verify", archive, "--house", house); !strings.Contains(text, "the house's log shows each key as the signer's") {
		t.Errorf("with the house's archive:\n%s", text)
	}
	var report struct {
		Events     int
		Signatures struct{ Signatures, Passkey, Bad int }
	}
	if err := json.Unmarshal([]byte(must("verify", archive, "--json")), &report); err != nil || report.Events == 0 || report.Signatures.Passkey != 1 || report.Signatures.Bad != 0 {
		t.Errorf("as JSON: %+v, %v", report, err)
	}
	if status, _ := run("verify", archive, "--house", archive); status == 0 {
		t.Error("a study's archive was taken for the house's")
	}

	whole, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]string{"bad-signature": `"signature":"`, "bad-statement": `"statement":"{\"account\":\"`, "bad-digest": `"digest":"`} {
		spoilt := bytes.Clone(whole)
		i := bytes.Index(spoilt, []byte(at)) + len(at) + 8
		if name == "bad-statement" {
			i = bytes.Index(spoilt, []byte(`{\"account\":`)) + 3 // the key itself
		}
		spoilt[i] ^= 1
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		status, text := run("verify", file)
		if status != 1 || !strings.Contains(text, "1 do not verify; the first: event seq") || !strings.Contains(text, `under protocol`) && name != "bad-statement" {
			t.Errorf("%s: status %d\n%s", name, status, text)
		}
	}
}

// signSmall makes a sponsor's account with a passkey and signs the study's protocol.
func signSmall(t *testing.T, m *Main, dir string) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	w, err := m.openWorkspace(ctx, dir, false, m.Clock, nil, 0)
	check(err)
	defer w.Close()
	key, opening := joins(t, w, "ola", "Ola Nordmann")
	admin := access.Actor{ID: "adm", Name: "Adm", Role: "administrator"}
	_, err = w.app.Do(ctx, admin, "small", study.Delegate{Account: "ola", Name: "Ola Nordmann", Role: "sponsor"}, "")
	check(err)
	actor, ok := w.app.Authenticate(ctx, opening.Token, "small", "")
	if !ok || actor.Role != "sponsor" {
		t.Fatalf("%+v, %v", actor, ok)
	}
	s, err := w.app.BeginSignature(ctx, actor, opening.Session, "small", "", "protocol", study.MeansApproval)
	check(err)
	signed, err := key.Assert(s.Options)
	check(err)
	_, err = w.app.FinishSignature(ctx, actor, opening.Session, s.Ticket, signed, "", "", identity.Source{Device: "test"})
	check(err)
}
