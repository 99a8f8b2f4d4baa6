package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/messaging/messagingtest"
	"varde/study"
)

// TestReminderByMail: from a data folder with messaging.yaml to a mail in the box of a
// real server, through TLS with a password; and no address or text in the log.
func TestReminderByMail(t *testing.T) {
	server := messagingtest.Serve(t, messagingtest.Manners{User: "varde", Password: "hunter2"})
	dir := t.TempDir()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var said bytes.Buffer
	m := &Main{Stdout: &said, Stderr: &said, Clock: func() time.Time { return now }, Dir: dir}
	run := func(args ...string) {
		t.Helper()
		if status := m.Run(t.Context(), args); status != 0 {
			t.Fatalf("varde %v ended with status %d: %s", args, status, said.String())
		}
	}
	root, err := filepath.Abs("../../protocols/mdma-ptsd-three-session")
	if err != nil {
		t.Fatal(err)
	}
	run("open", root, "--id=small", "--title=Small", "--data=d")
	for name, text := range map[string]string{
		"ca.pem":        string(server.Certificate.PEM),
		"smtp.password": "hunter2\n",
		messagingFile: fmt.Sprintf("name: Klinikken\nmail:\n  host: %s\n  port: %d\n  user: varde\n  passwordFile: smtp.password\n  from: Klinikken <no-reply@example.org>\n  caFile: ca.pem\n  timeout: 5s\n",
			server.Host, server.Port),
	} {
		if err := os.WriteFile(filepath.Join(dir, "d", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("messaging", "test", "--to=proof@example.org", "--lang=nb", "--data=d")
	if mails, to := server.Mails(); len(mails) != 1 || to[0] != "proof@example.org" {
		t.Fatalf("the test went to %v", to)
	}

	var log bytes.Buffer
	w, err := m.openWorkspaceAt(t.Context(), "https://varde.example.org", "d", false, m.Clock, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	do := func(actor access.Actor, cmd study.Command) {
		t.Helper()
		if _, err := w.app.Do(t.Context(), actor, "small", cmd, ""); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	on := study.On{Participant: "S01-001"}
	coordinator := access.Actor{ID: "kari", Name: "Kari", Role: "coordinator", Study: "small", Sites: []string{"S01"}}
	do(access.System, study.OpenSite{Site: "S01", Name: "S01", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 1, Rooms: 1})
	do(coordinator, study.Refer{On: on, Site: "S01", Channel: "self", Language: "nb"})
	do(coordinator, study.Prescreen{On: on, Passed: true})
	if err := w.app.KeepIdentity(t.Context(), coordinator, "small", "S01-001", map[app.IdentityField]string{app.FieldEmail: "ola@example.org"}, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.app.WishNoticesFor(t.Context(), coordinator, "small", "S01-001", study.NoticesWished{Email: true}, ""); err != nil {
		t.Fatal(err)
	}
	do(coordinator, study.PlanVisit{On: on, Visit: "V0", Time: now.Add(20 * time.Hour)})
	if err := w.app.Remind(t.Context()); err != nil {
		t.Fatal(err)
	}
	mails, to := server.Mails()
	if len(mails) != 2 || to[1] != "ola@example.org" {
		t.Fatalf("%d mails to %v; log: %s", len(mails), to, log.String())
	}
	letter, err := mail.ReadMessage(strings.NewReader(mails[1]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
	if err != nil || subject != "Avtalen din" || letter.Header.Get("List-Unsubscribe") != "<https://varde.example.org/reminders>" {
		t.Errorf("%v, %v", letter.Header, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(letter.Body))
	if err != nil || !strings.Contains(string(body), "i morgen kl. 06.00") || !strings.Contains(string(body), "https://varde.example.org/signin") {
		t.Errorf("%s, %v", body, err)
	}
	for _, secret := range []string{"ola@example.org", "proof@example.org", "hunter2", "S01-001", "avtale"} {
		if strings.Contains(log.String()+said.String(), secret) {
			t.Errorf("%q stands in the log or was printed", secret)
		}
	}
}
