package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"varde/identity"
)

// Trouble says in the reader's words what came of a failed proof of who they are,
// with the status to answer; ok is false when the error is of another kind. It tells
// no more than that: not which part was wrong, nor whether an account exists.
func (c *Context) Trouble(err error) (text string, status int, ok bool) {
	var wait *identity.WaitError
	switch {
	case errors.As(err, &wait):
		c.W.Header().Set("Retry-After", strconv.Itoa(max(int(wait.For.Seconds()), 1)))
		return c.T("page.trouble.wait", "time", c.waiting(wait.For)), http.StatusTooManyRequests, true
	case errors.Is(err, identity.ErrWait):
		return c.T("page.trouble.wait", "time", c.waiting(time.Minute)), http.StatusTooManyRequests, true
	case errors.Is(err, identity.ErrDenied):
		return c.T("page.trouble.denied"), http.StatusUnprocessableEntity, true
	case errors.Is(err, identity.ErrLink):
		return c.T("page.trouble.link"), http.StatusGone, true
	case errors.Is(err, identity.ErrStale):
		return c.T("page.trouble.stale"), http.StatusUnprocessableEntity, true
	}
	return "", 0, false
}

// waiting rounds up: whoever waits as long as they are told must not be early.
func (c *Context) waiting(d time.Duration) string {
	if d < time.Minute {
		return c.TN("page.seconds", max(int((d+time.Second-1)/time.Second), 1))
	}
	return c.TN("page.minutes", int((d+time.Minute-1)/time.Minute))
}

// PasskeyOptions answers what a form with data-passkey asks for before it is sent
// (see web/static/js/passkey.js), from what an identity.Begin… function answered.
// When presence must be proven first, the reader is led there and then to back.
func (c *Context) PasskeyOptions(o identity.Options, err error, back string) error {
	var out struct {
		Options json.RawMessage `json:"options,omitempty"`
		Ticket  string          `json:"ticket,omitempty"`
		Go      string          `json:"go,omitempty"`
		Says    string          `json:"says,omitempty"`
	}
	switch {
	case err == nil:
		out.Options, out.Ticket = o.JSON, o.Ticket
	case errors.Is(err, identity.ErrStale):
		out.Go = ConfirmPath(back)
	default:
		text, _, ok := c.Trouble(err)
		if r, refused := Refused(err); refused {
			text, ok = Sentence(c.Say(r.Text)), true
		}
		if !ok {
			return err
		}
		out.Says = text
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = c.W.Write(body) // the reader may have gone
	return nil
}
