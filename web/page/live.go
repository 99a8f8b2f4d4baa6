package page

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// beat is how often a stream that has nothing to say shows that it is alive: proxies
// cut what is silent for a minute. It is also how soon a sign-in that ended elsewhere
// ends the stream.
const beat = 15 * time.Second

// Live answers with server-sent events: "changed" whenever changed has a value. An
// event holds nothing; the page then asks for its parts as ever, and access is asked
// there. Before each event and at every beat the reader's access to this very route is
// asked again, and the stream ends when it is gone, when the reader leaves or when the
// server stops.
//
// A request that does not ask for events gets one and no more.
func (c *Context) Live(changed <-chan struct{}) error {
	h := c.W.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // a proxy that waits for more would hold it back
	c.tellTime()
	if !strings.Contains(c.R.Header.Get("Accept"), "text/event-stream") {
		_, err := io.WriteString(c.W, event)
		return err
	}
	control := http.NewResponseController(c.W)
	// What happened between the page and this request is told by the first event.
	if say(c.W, control, event) != nil {
		return nil // the reader has gone, and nobody is left to tell
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		text := ": alive\n\n"
		select {
		case <-c.Ctx().Done():
			return nil
		case <-c.desk.closing:
			return nil
		case <-changed:
			text = event
		case <-ticker.C:
		}
		if !c.still() || say(c.W, control, text) != nil {
			return nil
		}
	}
}

const event = "event: changed\ndata: now\n\n"

// still says that the reader is signed in and may have this answer now.
func (c *Context) still() bool {
	now := &Context{W: c.W, R: c.R, App: c.App, Now: c.App.Now(), Zone: c.Zone, Log: c.Log, Lang: c.Lang, desk: c.desk}
	return c.again(now) == nil && now.SignedIn && now.Actor.ID == c.Actor.ID && now.Actor.Role == c.Actor.Role
}

// say writes and sends at once. The server's limit on the time of an answer is meant
// for answers that end.
func say(w http.ResponseWriter, control *http.ResponseController, text string) error {
	if err := control.SetWriteDeadline(time.Now().Add(2 * beat)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
