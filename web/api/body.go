package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	strict "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const idempotencyHeader = "Idempotency-Key"

// readBody answers the body, which must be JSON and within MaxBody.
func (c *call) readBody() ([]byte, error) {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, &problemError{Problem{Status: http.StatusUnsupportedMediaType, Code: "not-json", Parameter: "Content-Type", Text: Text{
			EN: "send the body as Content-Type: application/json", NB: "send innholdet som Content-Type: application/json"}}}
	}
	var buf bytes.Buffer
	if n := c.r.ContentLength; n > 0 && n <= MaxBody {
		buf.Grow(int(n) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(http.MaxBytesReader(c.w, c.r.Body, MaxBody)); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, &problemError{Problem{Status: http.StatusRequestEntityTooLarge, Code: "body-too-large", Text: Text{
				EN: fmt.Sprintf("the body is larger than %d bytes: send it in parts", MaxBody), NB: fmt.Sprintf("innholdet er større enn %d byte: send det i deler", MaxBody)}}}
		}
		return nil, bad("", "body-cut-short", "the body ended before it was complete: send it again", "innholdet tok slutt før det var komplett: send det på nytt")
	}
	return buf.Bytes(), nil
}

// decode reads JSON into v. Unknown and repeated keys, wrong types and anything
// after the value are refused, with the place: what is not understood must not be
// dropped in silence.
func decode(body []byte, v any) error {
	err := strict.Unmarshal(body, v, strict.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	var semantic *strict.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntactic):
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return bad(string(syntactic.JSONPointer), "given-twice", "this key is given twice: send it once", "denne nøkkelen er oppgitt to ganger: send den én gang")
		}
		if len(bytes.TrimSpace(body)) == 0 {
			return bad("", "no-body", "the body is empty: send a JSON object", "innholdet er tomt: send et JSON-objekt")
		}
		where := fmt.Sprintf("byte %d", syntactic.ByteOffset)
		return bad(string(syntactic.JSONPointer), "bad-json", "the body is not JSON, see "+where, "innholdet er ikke JSON, se "+where)
	case errors.As(err, &semantic):
		at := string(semantic.JSONPointer)
		if errors.Is(err, strict.ErrUnknownName) {
			return bad(at, "unknown-field", "this request has no such field: check its spelling", "forespørselen har ikke et slikt felt: kontroller stavemåten")
		}
		en, nb := wanted(semantic)
		return bad(at, "wrong-type", en, nb)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return bad("", "bad-json", "the body ends too soon", "innholdet slutter for tidlig")
	}
	return bad("", "bad-json", "the body cannot be read as this request", "innholdet kan ikke leses som denne forespørselen")
}

// wanted says what should stand where a value of another type stands.
func wanted(e *strict.SemanticError) (en, nb string) {
	t := e.GoType
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return "a value of another type belongs here", "her hører en verdi av en annen type hjemme"
	}
	switch t {
	case reflect.TypeFor[time.Time]():
		return "write a time as 2026-03-01T09:30:00+01:00 (RFC 3339)", "skriv et tidspunkt som 2026-03-01T09:30:00+01:00 (RFC 3339)"
	case valueType:
		return `an answer is null, a number of at most 15 digits, a text, true or false, a list of codes, or {"absent": "reason"}`,
			`et svar er null, et tall på høyst 15 siffer, en tekst, true eller false, en liste med koder, eller {"absent": "grunn"}`
	}
	switch t.Kind() {
	case reflect.String:
		return "a text belongs here", "her hører en tekst hjemme"
	case reflect.Bool:
		return "true or false belongs here", "her hører true eller false hjemme"
	case reflect.Int, reflect.Int64:
		return "a whole number belongs here", "her hører et helt tall hjemme"
	case reflect.Float64:
		return "a number belongs here", "her hører et tall hjemme"
	case reflect.Slice:
		return "a list belongs here", "her hører en liste hjemme"
	}
	return "an object belongs here", "her hører et objekt hjemme"
}

// checkQuery refuses query parameters that the route does not know: a misspelt
// filter must not answer as if it were none.
func (c *call) checkQuery() error {
	if c.r.URL.RawQuery == "" {
		return nil
	}
next:
	for name, values := range c.r.URL.Query() {
		for _, p := range c.route.Query {
			if p.Name == name {
				if len(values) > 1 {
					return badParameter(name, "give this parameter once", "oppgi denne parameteren én gang")
				}
				continue next
			}
		}
		return badParameter(name, "there is no such parameter here: check its spelling", "det finnes ingen slik parameter her: kontroller stavemåten")
	}
	return nil
}

func (c *call) query(name string) string {
	if c.r.URL.RawQuery == "" {
		return ""
	}
	return c.r.URL.Query().Get(name)
}

// whole answers a whole number from least to most; def when it is not given.
func (c *call) whole(name string, def, least, most int) (int, error) {
	s := c.query(name)
	if s == "" {
		return def, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, badParameter(name, fmt.Sprintf("give a whole number from %d to %d", least, most), fmt.Sprintf("oppgi et helt tall fra %d til %d", least, most))
	}
	return n, nil
}

// moment answers a time; zero when it is not given.
func (c *call) moment(name string) (time.Time, error) {
	s := c.query(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, badParameter(name, "write a time as 2026-03-01T09:30:00Z (RFC 3339; write + as %2B)", "skriv et tidspunkt som 2026-03-01T09:30:00Z (RFC 3339; skriv + som %2B)")
	}
	return t.UTC(), nil
}

func (c *call) flag(name string) (bool, error) {
	switch c.query(name) {
	case "":
		return false, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, badParameter(name, "give true or false", "oppgi true eller false")
}

func (c *call) accepts(kind string) bool {
	for _, part := range strings.Split(c.r.Header.Get("Accept"), ",") {
		if k, _, err := mime.ParseMediaType(part); err == nil && k == kind {
			return true
		}
	}
	return false
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// send answers with JSON.
func (c *call) send(status int, v any) error {
	return writeJSON(c.w, status, "application/json", v)
}

func writeJSON(w http.ResponseWriter, status int, kind string, v any) error {
	buf, _ := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer func() {
		if buf.Cap() <= 1<<20 { // one large answer must not stay in memory
			buffers.Put(buf)
		}
	}()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("api: encode %T: %w", v, err)
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, err := w.Write(buf.Bytes())
	if err != nil {
		return nil // the reader has gone: there is nobody to tell
	}
	return nil
}
