// Package messaging hands short messages to providers: mail by SMTP, text messages by
// an HTTP gateway. It knows nothing of participants, and logs nothing: neither an
// address nor a text stands in any error of it.
//
// A message has an id of its sender's choosing. It is the same each time that the
// message is handed over, so that a receiver that gets one twice (a provider took it and
// the connection broke before it said so) can recognise it: MUST be kept by providers
// that can carry an id.
package messaging

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Mail is a message by e-mail: plain text, nothing that is loaded from elsewhere, and
// nothing that tells the sender whether it was read.
type Mail struct {
	ID          string // stable for one message: letters, digits, "-", "."
	To          string // one address
	Subject     string
	Text        string
	Language    string // BCP 47, such as "nb"
	Unsubscribe string // https address where such messages are ended; "" = none
}

// Text is a text message to a phone.
type Text struct {
	ID   string
	To   string // E.164, such as +4790000000
	Text string
}

// Mailer hands over mail. It answers nil when the provider has taken the message, and
// else a *Fault. It is safe for concurrent use.
type Mailer interface {
	SendMail(ctx context.Context, m Mail) error
}

// Texter hands over text messages, as Mailer does mail.
type Texter interface {
	SendText(ctx context.Context, t Text) error
}

// Kind says what a fault means for the sender.
type Kind string

const (
	// Temporary: the same message may be taken later.
	Temporary Kind = "temporary"
	// Address: nothing will ever reach this address.
	Address Kind = "address"
	// Refused: the provider will never take this message; the address may be right.
	Refused Kind = "refused"
	// House: what is configured here is wrong, such as a password. Somebody who
	// administers must mend it; the message may be taken then.
	House Kind = "house"
)

// Fault is why a message was not taken. Code is short, for a page and a log, and holds
// neither an address nor anything of the message: what a provider answered in words is
// not kept, for it often repeats both.
type Fault struct {
	Kind Kind
	Code string // "connect", "tls", "auth", "timeout", "smtp-550", "http-429", "bad-address"
}

func (f *Fault) Error() string {
	return fmt.Sprintf("messaging: not taken (%s, %s)", f.Kind, f.Code)
}

// FaultOf answers an error as a fault: what is none is a temporary one of code "fault".
func FaultOf(err error) *Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Fault{Temporary, "timeout"}
	}
	return &Fault{Temporary, "fault"}
}

// OneLine refuses what would end a header or a line of a protocol.
func OneLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
