package page

import (
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

// outboxHeader marks a request that an outbox sends.
const outboxHeader = "Varde-Outbox"

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

// signedOut tells an outbox that it must wait until somebody signs in again.
func (c *Context) signedOut() {
	_ = c.toOutbox(http.StatusUnauthorized, kept{Code: "signed-out", Text: c.T("page.outbox.signedout")})
}
