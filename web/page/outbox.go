package page

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"varde/study"
)

// A device that may lose its network keeps what is entered in an outbox of its own and
// sends it later, in order, as the same POST that the form would have made. It wants to
// know three things only: that the entry is on disk here, that it was refused and why,
// or that nobody is signed in any more. So the answer to such a POST is JSON instead of
// a page; the handler is the same, and does not know.

const (
	outboxHeader  = "Varde-Outbox"  // marks a request that an outbox sends
	accountHeader = "Varde-Account" // mark of the account that made the entry
	timeHeader    = "Varde-Now"     // the server's time, for the device's clock
)

// mark tells an account's entries on a device from another's. It is no secret, and
// tells nothing else of the account.
func mark(account string) string {
	if account == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("varde outbox " + account))
	return hex.EncodeToString(sum[:8])
}

// Mark is what pages and entries of the reader's account are marked with on a device.
func (c *Context) Mark() string { return mark(c.Actor.ID) }

// strangers says that the entry was made by another account than the one that is
// signed in now: somebody signed in on the same device meanwhile.
func (c *Context) strangers() bool {
	made := c.R.Header.Get(accountHeader)
	return c.FromOutbox() && made != "" && made != c.Mark()
}

// tellTime says what time it is here, so that the device knows how far its own clock
// is off.
func (c *Context) tellTime() { c.W.Header().Set(timeHeader, c.Now.UTC().Format(time.RFC3339Nano)) }

// FromOutbox says that the device's outbox sends the request.
func (c *Context) FromOutbox() bool { return c.R.Header.Get(outboxHeader) == "1" }

// kept is what an outbox is told.
type kept struct {
	OK    bool   `json:"ok"`
	Code  string `json:"code,omitempty"`
	Field string `json:"field,omitempty"`
	Text  string `json:"text,omitempty"`
}

func (c *Context) toOutbox(status int, k kept) error {
	c.tellTime()
	c.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.W.WriteHeader(status)
	return json.NewEncoder(c.W).Encode(k)
}

func (c *Context) refuseOutbox(r *study.Refusal) error {
	return c.toOutbox(Status(r), kept{Code: r.Code, Field: r.Field, Text: Sentence(c.Say(r.Text))})
}

// Entered is when the entry was made on the device, by the server's clock as the device
// knew it: zero for a form that was posted directly. A time ahead of the server's clock
// is the server's.
func (c *Context) Entered() time.Time {
	if !c.FromOutbox() {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, c.Text("entered"))
	if err != nil || at.After(c.Now) {
		return time.Time{}
	}
	return at.UTC()
}

// notTheirs tells an outbox that somebody else is signed in: the entry waits for its writer.
func (c *Context) notTheirs() {
	_ = c.toOutbox(http.StatusUnauthorized, kept{Code: "other-account", Text: c.T("page.outbox.other")})
}

// signedOut tells an outbox that it must wait until somebody signs in again.
func (c *Context) signedOut() {
	_ = c.toOutbox(http.StatusUnauthorized, kept{Code: "signed-out", Text: c.T("page.outbox.signedout")})
}
