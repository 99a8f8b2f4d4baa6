package page

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"varde/app"
	"varde/study"
)

// MaxField bounds one field of a form, in bytes.
const MaxField = 100_000

// Form answers what was posted, urlencoded; anything else is an empty form. A body
// that cannot be read, is too long or is no text is a *study.Refusal.
func (c *Context) Form() (url.Values, error) {
	if c.parsed {
		return c.form, nil
	}
	if err := c.R.ParseForm(); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return nil, &study.Refusal{Kind: study.Invalid, Code: "too-long", Text: study.Text{
				EN: fmt.Sprintf("what was sent is longer than %d bytes", long.Limit),
				NB: fmt.Sprintf("det som ble sendt, er lengre enn %d byte", long.Limit)}}
		}
		return nil, bad("", "the form cannot be read: open the page again and send it once more", "skjemaet kan ikke leses: åpne siden på nytt og send det en gang til")
	}
	for name, values := range c.R.PostForm {
		if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
			return nil, bad("", "a field's name is no text", "et feltnavn er ikke tekst")
		}
		for _, v := range values {
			if len(v) > MaxField || !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return nil, bad(name, "this field is too long, or is no text", "dette feltet er for langt, eller er ikke tekst")
			}
		}
	}
	c.form, c.parsed = c.R.PostForm, true
	return c.form, nil
}

// Text answers a posted field, trimmed; "" before Form was read without error.
func (c *Context) Text(name string) string {
	form, err := c.Form()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(form.Get(name))
}

// Moment reads a posted datetime-local field ("2026-02-03T14:05") in Zone; empty is
// the zero time, which commands take as now.
func (c *Context) Moment(name string) (time.Time, error) {
	s := c.Text(name)
	if s == "" {
		return time.Time{}, nil
	}
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			if layout == "2006-01-02" {
				t = t.Add(12 * time.Hour) // a day without a time: noon there
			}
			return t, nil
		}
	}
	return time.Time{}, bad(name, "write the day and time as 2026-02-03T14:05", "skriv dag og klokkeslett som 2026-02-03T14:05")
}

// Int reads a posted whole number; empty is 0.
func (c *Context) Int(name string) (int, error) {
	s := c.Text(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < -1_000_000_000 || n > 1_000_000_000 {
		return 0, bad(name, "write a whole number", "skriv et helt tall")
	}
	return n, nil
}

// Number reads a posted decimal number, with a point or a comma; ok is false when
// the field is empty.
func (c *Context) Number(name string) (x float64, ok bool, err error) {
	s := strings.Replace(c.Text(name), ",", ".", 1)
	if s == "" {
		return 0, false, nil
	}
	x, err = strconv.ParseFloat(s, 64)
	if err != nil || x != x || x > 1e15 || x < -1e15 {
		return 0, false, bad(name, "write a number", "skriv et tall")
	}
	return x, true, nil
}

// Do carries out a command for the actor in the study of the request. A form sent
// twice with the same content is carried out once: the id under which it is
// written is made of the form's own id, the actor, the address and the content, so
// that changed content under an old id is never taken for a repetition. The form's
// id itself is not stored, so the stored one tells nothing of the content.
func (c *Context) Do(cmd study.Command) (app.Done, error) {
	if _, err := c.Form(); err != nil {
		return app.Done{}, err
	}
	return c.App.Do(c.Ctx(), c.Actor, c.Study, cmd, c.submission())
}

// DoAlso carries out a further command that the same form asks for. Step tells it
// from the others of the form.
func (c *Context) DoAlso(step string, cmd study.Command) (app.Done, error) {
	if _, err := c.Form(); err != nil {
		return app.Done{}, err
	}
	id := c.submission()
	if id != "" {
		id += "-" + step
	}
	return c.App.Do(c.Ctx(), c.Actor, c.Study, cmd, id)
}

func (c *Context) submission() string {
	id := c.form.Get("client")
	if id == "" {
		return ""
	}
	if c.command == "" {
		h := sha256.New()
		for _, s := range []string{id, c.Actor.ID, c.R.URL.RequestURI(), c.form.Encode()} {
			fmt.Fprintf(h, "%d:%s", len(s), s)
		}
		c.command = hex.EncodeToString(h.Sum(nil)[:20])
	}
	return c.command
}

func bad(field, en, nb string) *study.Refusal {
	return &study.Refusal{Kind: study.Invalid, Code: "bad-form", Field: field, Text: study.Text{EN: en, NB: nb}}
}

// Bad is a refusal of a malformed field, for handlers.
func Bad(field, en, nb string) *study.Refusal { return bad(field, en, nb) }

// NotFound is a refusal for what does not exist.
func NotFound(en, nb string) *study.Refusal {
	return &study.Refusal{Kind: study.Missing, Code: "not-found", Text: study.Text{EN: en, NB: nb}}
}
