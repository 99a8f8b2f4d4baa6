package session

import (
	"net/http"
	"time"

	"varde/web/ui"
)

// stale is how old a page's own suggestion of a time may be before it is asked
// about: a page that lay open for an hour must not make a false time of record.
const stale = 5 * time.Minute

// momentView is the question when something happened.
type momentView struct {
	ID, Label, Value, Shown, Sure, Error, Warning string
	Follow                                        bool // the script keeps it at the present minute until it is touched
}

func (r *room) momentOf(form, label string) momentView {
	now := r.c.Stamp(r.c.Now)
	m := momentView{ID: form + "-at", Label: label, Value: r.typed(form, "at", now), Shown: now, Follow: true}
	if r.posted == form {
		m.Error = r.faults["at"]
		m.Follow = m.Value == now
		if r.doubt != "" {
			m.Warning, m.Sure, m.Follow = r.doubt, m.Value, false
		}
	}
	return m
}

// moment reads when it happened. The present minute is now, to the second; a time
// in the same minute as what came before it is not earlier than that. ask is set
// when the page's suggestion was left untouched for long: then nothing is done
// until the writer has looked at it once more.
//
// An entry from a device's outbox happened when it was entered there, unless its
// writer typed another time: the device sends no time that nobody touched. It may
// come an hour late, and nobody is asked about that.
func (r *room) moment(after time.Time) (at time.Time, ask *done, err error) {
	typed := r.c.Text("at")
	entered := r.c.Entered()
	if typed == "" && !entered.IsZero() {
		return notBefore(entered, after), nil, nil
	}
	at, err = r.c.Moment("at")
	if err != nil || typed == "" || typed == r.c.Stamp(r.c.Now) {
		return time.Time{}, nil, err
	}
	if typed == r.c.Stamp(entered) {
		return notBefore(entered, after), nil, nil
	}
	if age := r.c.Now.Sub(at); !r.c.FromOutbox() && age > stale && typed == r.c.Text("at-shown") && typed != r.c.Text("at-sure") {
		r.doubt = r.c.T("room.time.doubt", "age", r.c.Voice().Duration(age))
		return at, &done{again: true, status: http.StatusUnprocessableEntity, alert: ui.Alert{Tone: ui.Warning, Live: true, Title: r.c.T("room.time.look"), Text: r.doubt}}, nil
	}
	return notBefore(at, after), nil, nil
}

// notBefore answers the time, or what came before it when both lie in the same minute:
// the one is written to the minute, or by a clock that is a little off.
func notBefore(at, after time.Time) time.Time {
	if !after.IsZero() && at.Before(after) && at.Add(time.Minute).After(after) {
		return after
	}
	return at
}

// orNow is the moment for a record that states its time itself.
func (r *room) orNow(at time.Time) time.Time {
	if at.IsZero() {
		return r.c.Now.Truncate(time.Second)
	}
	return at
}
