// Package messagingtest gives tests a letter box instead of providers, and a real mail
// server on this machine with a certificate of its own.
package messagingtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"varde/messaging"
)

// Letter is what was handed over.
type Letter struct {
	Channel string // "email", "sms"
	ID      string
	To      string
	Subject string
	Text    string
	End     string // where such messages are ended
}

func (l Letter) String() string {
	return fmt.Sprintf("%s to %s: %s", l.Channel, l.To, strings.Join(strings.Fields(l.Subject+" | "+l.Text), " "))
}

// Box is a provider of both kinds that keeps what it takes.
type Box struct {
	mu      sync.Mutex
	letters []Letter
	fails   func(Letter) error
	asked   int
}

// Fail lets the box ask a function whether it takes a letter; nil = it takes all.
func (b *Box) Fail(with func(Letter) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = with
}

// Take answers what came since the last time.
func (b *Box) Take() []Letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.letters)
	b.letters = nil
	return out
}

// Asked answers how often something was handed over, taken or not.
func (b *Box) Asked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked
}

func (b *Box) put(l Letter) error {
	b.mu.Lock()
	b.asked++
	fails := b.fails
	b.mu.Unlock()
	if fails != nil {
		if err := fails(l); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters = append(b.letters, l)
	return nil
}

// SendMail takes a message.
func (b *Box) SendMail(_ context.Context, m messaging.Mail) error {
	return b.put(Letter{Channel: "email", ID: m.ID, To: m.To, Subject: m.Subject, Text: m.Text, End: m.Unsubscribe})
}

// SendText takes a text message.
func (b *Box) SendText(_ context.Context, t messaging.Text) error {
	return b.put(Letter{Channel: "sms", ID: t.ID, To: t.To, Text: t.Text})
}
