// Package smtp hands mail to a mail server (RFC 5321). It talks through TLS unless it is
// told otherwise, keeps the connection for the next message, and tells apart what may
// work later (4yz), what never will (5yz), and what is wrong in its own configuration.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"varde/messaging"
)

// Security of the connection.
type Security string

const (
	StartTLS Security = "starttls" // begins plain and MUST become TLS before anything is said
	Implicit Security = "implicit" // TLS from the first byte
	Plain    Security = "none"     // no TLS: for a relay on this machine
)

// Config of a Sender.
type Config struct {
	Host     string
	Port     int // 0: 587 with StartTLS, 465 with Implicit, 25 with Plain
	Security Security
	User     string // "" = no authentication
	Password string
	From     string // address, or "Name <address>"
	ReplyTo  string
	Hello    string           // name that is given to the server; "" = the domain of From
	Roots    *x509.CertPool   // nil: those of the system
	Timeout  time.Duration    // of connecting, and of each message; 0 = 20 s
	Idle     time.Duration    // how long an unused connection is kept; 0 = 30 s
	Clock    func() time.Time // of the Date header; nil: time.Now
}

// Bounds that nobody sets.
const (
	defaultTimeout = 20 * time.Second
	defaultIdle    = 30 * time.Second
)

// Sender is a messaging.Mailer.
type Sender struct {
	cfg    Config
	from   *mail.Address
	reply  *mail.Address
	domain string

	mu     sync.Mutex // one message at a time on one connection
	client *gomail.Client
	used   time.Time
}

// New checks the configuration; it does not connect.
func New(c Config) (*Sender, error) {
	s := &Sender{cfg: c}
	var err error
	if s.from, err = mail.ParseAddress(c.From); err != nil {
		return nil, fmt.Errorf("from: write an address, such as no-reply@example.org")
	}
	_, s.domain, _ = strings.Cut(s.from.Address, "@")
	if c.ReplyTo != "" {
		if s.reply, err = mail.ParseAddress(c.ReplyTo); err != nil {
			return nil, fmt.Errorf("replyTo: write an address, such as post@example.org")
		}
	}
	if s.cfg.Hello == "" {
		s.cfg.Hello = s.domain
	}
	if s.cfg.Timeout <= 0 {
		s.cfg.Timeout = defaultTimeout
	}
	if s.cfg.Idle <= 0 {
		s.cfg.Idle = defaultIdle
	}
	if s.cfg.Clock == nil {
		s.cfg.Clock = time.Now
	}
	switch {
	case c.Host == "":
		return nil, errors.New("host: name the mail server")
	case c.Security == Plain && c.User != "":
		return nil, errors.New("tls: none sends the password readable by anybody on the way: use starttls or implicit, or no user")
	}
	switch c.Security {
	case StartTLS, Implicit, Plain:
	default:
		return nil, fmt.Errorf("tls: %q is none of starttls, implicit, none", c.Security)
	}
	if s.cfg.Port == 0 {
		s.cfg.Port = map[Security]int{StartTLS: 587, Implicit: 465, Plain: 25}[c.Security]
	}
	_, err = s.dialler() // its options are checked here
	return s, err
}

func (s *Sender) dialler() (*gomail.Client, error) {
	opts := []gomail.Option{
		gomail.WithPort(s.cfg.Port), gomail.WithTimeout(s.cfg.Timeout), gomail.WithHELO(s.cfg.Hello),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.cfg.Host, RootCAs: s.cfg.Roots, MinVersion: tls.VersionTLS12}),
	}
	switch s.cfg.Security {
	case StartTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Implicit:
		opts = append(opts, gomail.WithSSL())
	case Plain:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.cfg.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.cfg.User), gomail.WithPassword(s.cfg.Password))
	}
	c, err := gomail.NewClient(s.cfg.Host, opts...)
	if err != nil {
		return nil, errors.New("host, port or timeout cannot be used as they are")
	}
	return c, nil
}

// SendMail hands over one message. The connection of the message before is used when it
// still answers; a message that was begun on a connection that then broke is not begun
// anew here, for it may have been taken.
func (s *Sender) SendMail(ctx context.Context, m messaging.Mail) error {
	msg, err := s.message(m)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.connect(ctx); err != nil {
		return err
	}
	err = s.client.Send(msg)
	if err == nil || msg.IsDelivered() { // taken, whatever the server said to a farewell
		s.used = time.Now()
		return nil
	}
	f := sendFault(err)
	var refused *gomail.SendError
	if !errors.As(err, &refused) || refused.ErrorCode() == 0 {
		s.drop() // the server did not answer: nothing more is said on this connection
	}
	return f
}

// Close ends the connection.
func (s *Sender) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
}

// drop forgets the connection. The lock is held.
func (s *Sender) drop() {
	if s.client != nil {
		_ = s.client.Close() // it may be broken: nothing is lost by that
		s.client = nil
	}
}

// connect makes sure of a connection that answers. The lock is held.
func (s *Sender) connect(ctx context.Context) error {
	if s.client != nil && time.Since(s.used) < s.cfg.Idle && s.client.Reset() == nil {
		return nil
	}
	s.drop()
	c, err := s.dialler()
	if err != nil {
		return &messaging.Fault{Kind: messaging.House, Code: "config"}
	}
	if err := c.DialWithContext(ctx); err != nil {
		return dialFault(err)
	}
	s.client, s.used = c, time.Now()
	return nil
}

func (s *Sender) message(m messaging.Mail) (*gomail.Msg, error) {
	if !messaging.OneLine(m.Subject) || !messaging.OneLine(m.ID) || !messaging.OneLine(m.Unsubscribe) || !messaging.OneLine(m.Language) {
		return nil, &messaging.Fault{Kind: messaging.Refused, Code: "bad-text"}
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	msg.FromMailAddress(s.from)
	if s.reply != nil {
		msg.ReplyToMailAddress(s.reply)
	}
	if err := msg.To(m.To); err != nil || len(msg.GetTo()) != 1 {
		return nil, &messaging.Fault{Kind: messaging.Address, Code: "bad-address"}
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(s.cfg.Clock())
	msg.SetMessageIDWithValue(m.ID + "@" + s.domain)
	// No answering machine shall write back, and none does to what is marked so (RFC 3834).
	msg.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated")
	if m.Language != "" {
		msg.SetGenHeader(gomail.Header("Content-Language"), m.Language)
	}
	if m.Unsubscribe != "" {
		msg.SetListUnsubscribe(m.Unsubscribe)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}

// sendFault tells what a refusal of a message means.
func sendFault(err error) *messaging.Fault {
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return messaging.FaultOf(err)
	}
	code := fmt.Sprintf("smtp-%d", e.ErrorCode())
	switch n := e.ErrorCode(); {
	case n >= 500 && e.Reason == gomail.ErrSMTPRcptTo:
		return &messaging.Fault{Kind: messaging.Address, Code: code}
	case n >= 500 && e.Reason == gomail.ErrSMTPMailFrom:
		return &messaging.Fault{Kind: messaging.House, Code: code} // it is the sender that is not wanted
	case n >= 500:
		return &messaging.Fault{Kind: messaging.Refused, Code: code}
	case n >= 400:
		return &messaging.Fault{Kind: messaging.Temporary, Code: code}
	}
	return &messaging.Fault{Kind: messaging.Temporary, Code: "broken"}
}

// dialFault tells what a failure before any message means.
func dialFault(err error) *messaging.Fault {
	var said *textproto.Error
	var network net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &said) && said.Code >= 500:
		if said.Code == 535 || said.Code == 530 || said.Code == 534 || said.Code == 538 {
			return &messaging.Fault{Kind: messaging.House, Code: "auth"}
		}
		return &messaging.Fault{Kind: messaging.House, Code: fmt.Sprintf("smtp-%d", said.Code)}
	case errors.As(err, &said):
		return &messaging.Fault{Kind: messaging.Temporary, Code: fmt.Sprintf("smtp-%d", said.Code)}
	case errors.As(err, &certificate), strings.Contains(err.Error(), "STARTTLS"), strings.Contains(err.Error(), "tls:"):
		return &messaging.Fault{Kind: messaging.House, Code: "tls"}
	case strings.Contains(strings.ToLower(err.Error()), "auth"):
		return &messaging.Fault{Kind: messaging.House, Code: "auth"}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &messaging.Fault{Kind: messaging.Temporary, Code: "timeout"}
	}
	return &messaging.Fault{Kind: messaging.Temporary, Code: "connect"}
}
