package smtp_test

import (
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"varde/messaging"
	"varde/messaging/messagingtest"
	"varde/messaging/smtp"
)

var letter = messaging.Mail{ID: "8c5f2e", To: "kari@example.org", Subject: "Påminnelse", Text: "Hei.\n\nDu har en avtale i morgen kl. 10.00.\nLogg inn: https://varde.example.org/signin\n",
	Language: "nb", Unsubscribe: "https://varde.example.org/reminders"}

// sender answers one that trusts the server; change sets what differs.
func sender(t *testing.T, s *messagingtest.MailServer, change func(*smtp.Config)) *smtp.Sender {
	t.Helper()
	c := smtp.Config{Host: s.Host, Port: s.Port, Security: smtp.StartTLS, From: "Klinikken <no-reply@example.org>", Roots: s.Certificate.Roots, Timeout: 5 * time.Second,
		Clock: func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }}
	if change != nil {
		change(&c)
	}
	x, err := smtp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return x
}

func fault(t *testing.T, err error) messaging.Fault {
	t.Helper()
	var f *messaging.Fault
	if !errors.As(err, &f) {
		t.Fatalf("%v is no fault", err)
	}
	if strings.Contains(f.Error(), "example.org") || strings.Contains(f.Error(), "avtale") || strings.Contains(f.Error(), "hunter2") {
		t.Errorf("a fault tells address, text or password: %s", f)
	}
	return *f
}

// TestDelivery: through STARTTLS and implicit TLS, with a password, the mail arrives as
// it was written, with what a receiver needs to recognise and end it.
func TestDelivery(t *testing.T) {
	for name, implicit := range map[string]bool{"starttls": false, "implicit": true} {
		t.Run(name, func(t *testing.T) {
			s := messagingtest.Serve(t, messagingtest.Manners{Implicit: implicit, User: "varde", Password: "hunter2"})
			x := sender(t, s, func(c *smtp.Config) {
				c.User, c.Password, c.ReplyTo = "varde", "hunter2", "post@example.org"
				if implicit {
					c.Security = smtp.Implicit
				}
			})
			if err := x.SendMail(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
			mails, to := s.Mails()
			if len(mails) != 1 || to[0] != letter.To {
				t.Fatalf("%d mails to %v", len(mails), to)
			}
			m, err := mail.ReadMessage(strings.NewReader(mails[0]))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != letter.Subject {
				t.Errorf("subject %q, %v", subject, err)
			}
			for name, want := range map[string]string{
				"From": `"Klinikken" <no-reply@example.org>`, "To": "<kari@example.org>", "Reply-To": "<post@example.org>", "Message-Id": "<8c5f2e@example.org>",
				"Date": "Mon, 02 Mar 2026 09:00:00 +0000", "List-Unsubscribe": "<https://varde.example.org/reminders>", "Auto-Submitted": "auto-generated",
				"Content-Type": "text/plain; charset=UTF-8", "Content-Language": "nb", "X-Mailer": "", "User-Agent": "",
			} {
				if got := m.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != letter.Text {
				t.Errorf("the text came as %q (%v)", body, err)
			}
		})
	}
}

// TestConnectionIsKept: mail after mail goes over one connection, and a connection that
// the server has closed meanwhile is made anew without losing one.
func TestConnectionIsKept(t *testing.T) {
	s := messagingtest.Serve(t, messagingtest.Manners{})
	x := sender(t, s, nil)
	for range 5 {
		if err := x.SendMail(t.Context(), letter); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Connections(); n != 2 { // STARTTLS begins a second session on the same connection
		t.Errorf("%d sessions for five mails", n)
	}
	x.Close()
	if err := x.SendMail(t.Context(), letter); err != nil {
		t.Fatalf("after a close: %v", err)
	}
	if mails, _ := s.Mails(); len(mails) != 6 {
		t.Errorf("%d mails", len(mails))
	}
}

func TestTLSIsRequired(t *testing.T) {
	s := messagingtest.Serve(t, messagingtest.Manners{NoTLS: true})
	if f := fault(t, sender(t, s, nil).SendMail(t.Context(), letter)); f != (messaging.Fault{Kind: messaging.House, Code: "tls"}) {
		t.Errorf("a server without STARTTLS: %+v", f)
	}
	if mails, _ := s.Mails(); len(mails) != 0 {
		t.Fatal("a mail went readable")
	}
	// A relay on this machine may be plain when somebody says so.
	if err := sender(t, s, func(c *smtp.Config) { c.Security = smtp.Plain }).SendMail(t.Context(), letter); err != nil {
		t.Errorf("plain: %v", err)
	}
	// A certificate that nobody vouches for is as good as none.
	other := messagingtest.Serve(t, messagingtest.Manners{})
	if f := fault(t, sender(t, other, func(c *smtp.Config) { c.Roots = s.Certificate.Roots }).SendMail(t.Context(), letter)); f != (messaging.Fault{Kind: messaging.House, Code: "tls"}) {
		t.Errorf("an unknown certificate: %+v", f)
	}
}

func TestWhatServersRefuse(t *testing.T) {
	wrong := messagingtest.Serve(t, messagingtest.Manners{User: "varde", Password: "right"})
	if f := fault(t, sender(t, wrong, func(c *smtp.Config) { c.User, c.Password = "varde", "hunter2" }).SendMail(t.Context(), letter)); f != (messaging.Fault{Kind: messaging.House, Code: "auth"}) {
		t.Errorf("a wrong password: %+v", f)
	}
	for name, x := range map[string]struct {
		manners messagingtest.Manners
		want    messaging.Fault
	}{
		"no such address": {messagingtest.Manners{Rcpt: func(to string) error {
			return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no " + to + " here"}
		}}, messaging.Fault{Kind: messaging.Address, Code: "smtp-550"}},
		"greylisted": {messagingtest.Manners{Rcpt: func(string) error { return &gosmtp.SMTPError{Code: 451, Message: "later"} }}, messaging.Fault{Kind: messaging.Temporary, Code: "smtp-451"}},
		"not wanted": {messagingtest.Manners{Data: func() error { return &gosmtp.SMTPError{Code: 554, Message: "spam"} }}, messaging.Fault{Kind: messaging.Refused, Code: "smtp-554"}},
		"full":       {messagingtest.Manners{Data: func() error { return &gosmtp.SMTPError{Code: 452, Message: "disk full"} }}, messaging.Fault{Kind: messaging.Temporary, Code: "smtp-452"}},
	} {
		s := messagingtest.Serve(t, x.manners)
		if f := fault(t, sender(t, s, nil).SendMail(t.Context(), letter)); f != x.want {
			t.Errorf("%s: %+v, want %+v", name, f, x.want)
		}
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := gone.Addr().(*net.TCPAddr).Port
	_ = gone.Close()
	if f := fault(t, sender(t, wrong, func(c *smtp.Config) { c.Port = port }).SendMail(t.Context(), letter)); f != (messaging.Fault{Kind: messaging.Temporary, Code: "connect"}) {
		t.Errorf("nobody listens: %+v", f)
	}
}

// TestAfterARefusalTheNextArrives: a refused mail does not take the connection with it.
func TestAfterARefusalTheNextArrives(t *testing.T) {
	var calls atomic.Int32
	s := messagingtest.Serve(t, messagingtest.Manners{Rcpt: func(string) error {
		if calls.Add(1) == 1 {
			return &gosmtp.SMTPError{Code: 451, Message: "later"}
		}
		return nil
	}})
	x := sender(t, s, nil)
	if f := fault(t, x.SendMail(t.Context(), letter)); f.Kind != messaging.Temporary {
		t.Fatalf("%+v", f)
	}
	if err := x.SendMail(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	if mails, _ := s.Mails(); len(mails) != 1 || s.Connections() != 2 {
		t.Errorf("%d mails over %d sessions", len(mails), s.Connections())
	}
}

// TestServerDies: a server that goes away in the middle of a mail, or does not answer
// any more, is a temporary fault, and the next mail gets a connection of its own.
func TestServerDies(t *testing.T) {
	var dead atomic.Bool
	dead.Store(true)
	s := messagingtest.Serve(t, messagingtest.Manners{Data: func() error {
		if dead.Load() {
			return messagingtest.ErrDies
		}
		return nil
	}})
	x := sender(t, s, nil)
	if f := fault(t, x.SendMail(t.Context(), letter)); f.Kind != messaging.Temporary {
		t.Fatalf("%+v", f)
	}
	dead.Store(false)
	if err := x.SendMail(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	mails, _ := s.Mails()
	if len(mails) != 1 || !strings.Contains(mails[0], "<8c5f2e@example.org>") {
		t.Errorf("%d mails", len(mails))
	}

	asleep := make(chan struct{})
	slow := messagingtest.Serve(t, messagingtest.Manners{Data: func() error { <-asleep; return nil }})
	y := sender(t, slow, func(c *smtp.Config) { c.Timeout = 300 * time.Millisecond })
	f := fault(t, y.SendMail(t.Context(), letter))
	close(asleep)
	if f.Kind != messaging.Temporary {
		t.Errorf("a server that does not answer: %+v", f)
	}
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	z := sender(t, s, func(c *smtp.Config) { c.Port, c.Timeout = mute.Addr().(*net.TCPAddr).Port, 300*time.Millisecond })
	if f := fault(t, z.SendMail(t.Context(), letter)); f != (messaging.Fault{Kind: messaging.Temporary, Code: "timeout"}) {
		t.Errorf("a server that says nothing: %+v", f)
	}
}

// TestNothingIsSmuggled: what would end a header or a command is refused before anybody
// is asked.
func TestNothingIsSmuggled(t *testing.T) {
	s := messagingtest.Serve(t, messagingtest.Manners{})
	x := sender(t, s, nil)
	for name, change := range map[string]func(*messaging.Mail){
		"subject":     func(m *messaging.Mail) { m.Subject = "a\r\nBcc: eve@example.org" },
		"unsubscribe": func(m *messaging.Mail) { m.Unsubscribe = "https://a\r\nX: y" },
		"id":          func(m *messaging.Mail) { m.ID = "a\nb" },
		"address":     func(m *messaging.Mail) { m.To = "kari@example.org\r\nRCPT TO:<eve@example.org>" },
		"two":         func(m *messaging.Mail) { m.To = "kari@example.org, eve@example.org" },
		"none":        func(m *messaging.Mail) { m.To = "kari" },
	} {
		m := letter
		change(&m)
		if f := fault(t, x.SendMail(t.Context(), m)); f.Kind != messaging.Refused && f.Kind != messaging.Address {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if mails, _ := s.Mails(); len(mails) != 0 {
		t.Errorf("%d mails", len(mails))
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	good := smtp.Config{Host: "mail.example.org", Security: smtp.StartTLS, From: "a@example.org"}
	if _, err := smtp.New(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*smtp.Config){
		"host":       func(c *smtp.Config) { c.Host = "" },
		"from":       func(c *smtp.Config) { c.From = "nobody" },
		"replyTo":    func(c *smtp.Config) { c.ReplyTo = "nobody" },
		"none of":    func(c *smtp.Config) { c.Security = "ssl" },
		"readable":   func(c *smtp.Config) { c.Security, c.User, c.Password = smtp.Plain, "varde", "hunter2" },
		"as they ar": func(c *smtp.Config) { c.Port = 70000 },
	} {
		c := good
		change(&c)
		if _, err := smtp.New(c); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
