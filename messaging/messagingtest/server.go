package messagingtest

import (
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// What a mail server does with a connection, besides taking mail.
type Manners struct {
	NoTLS    bool   // offers no STARTTLS
	Implicit bool   // TLS from the first byte
	User     string // whom it lets in; "" = everybody
	Password string
	// Rcpt and Data may refuse; Data is asked before the content is read.
	Rcpt func(to string) error
	Data func() error
}

// MailServer is a real SMTP server on the loopback address.
type MailServer struct {
	Host        string
	Port        int
	Certificate Certificate

	manners Manners
	mu      sync.Mutex
	mails   []string // as they came, header and body
	to      []string
	conns   int
	server  *smtp.Server
}

// Serve starts a mail server that ends with the test.
func Serve(t testing.TB, m Manners) *MailServer {
	t.Helper()
	s := &MailServer{Certificate: NewCertificate(t), manners: m}
	s.server = smtp.NewServer(s)
	s.server.Domain = "localhost"
	s.server.AllowInsecureAuth = m.NoTLS
	s.server.ErrorLog = quiet{}
	terms := &tls.Config{Certificates: []tls.Certificate{s.Certificate.TLS}, MinVersion: tls.VersionTLS12}
	if !m.NoTLS && !m.Implicit {
		s.server.TLSConfig = terms
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.Host = host
	if s.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	if m.Implicit {
		l = tls.NewListener(l, terms)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.server.Serve(l) // ends when the test closes it
	}()
	t.Cleanup(func() {
		_ = s.server.Close()
		_ = l.Close() // a server that has not begun to listen yet does not know it
		<-done
	})
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Mails answers what was taken, each as it came, and to whom.
func (s *MailServer) Mails() (mails, to []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.mails...), append([]string(nil), s.to...)
}

// Connections answers how many there were.
func (s *MailServer) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// NewSession is called for each connection.
func (s *MailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns++
	return &visit{s: s, conn: c}, nil
}

type visit struct {
	s    *MailServer
	conn *smtp.Conn
	in   bool
	to   string
}

func (v *visit) AuthMechanisms() []string {
	if v.s.manners.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != v.s.manners.User || subtle.ConstantTimeCompare([]byte(password), []byte(v.s.manners.Password)) != 1 {
			return smtp.ErrAuthFailed
		}
		v.in = true
		return nil
	}), nil
}

func (v *visit) Mail(string, *smtp.MailOptions) error {
	if v.s.manners.User != "" && !v.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	if v.s.manners.Rcpt != nil {
		return v.s.manners.Rcpt(to)
	}
	return nil
}

// ErrDies is what Manners.Data answers to break the connection in the middle of a mail.
var ErrDies = errors.New("the server dies")

func (v *visit) Data(r io.Reader) error {
	if v.s.manners.Data != nil {
		if err := v.s.manners.Data(); errors.Is(err, ErrDies) {
			_, _ = io.ReadFull(r, make([]byte, 20))
			_ = v.conn.Conn().Close()
			return err
		} else if err != nil {
			_, _ = io.Copy(io.Discard, r)
			return err
		}
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	v.s.mails, v.s.to = append(v.s.mails, string(text)), append(v.s.to, v.to)
	return nil
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }
