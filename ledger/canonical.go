package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of JSON, so that no input can exhaust the stack.
const maxDepth = 256

// Canonical returns v as canonical JSON in the manner of RFC 8785: no white
// space, object keys in order of their UTF-16 code units, shortest escapes,
// numbers as ECMAScript writes them. Two values are equal exactly when their
// canonical bytes are.
//
// A value is never changed on the way. What RFC 8785 would round or merge is an
// error here: a number that a float64 does not hold exactly as written (send
// it as text), a key given twice, text that is not valid UTF-8.
//
// v is marshalled with encoding/json; a json.RawMessage is taken as JSON text,
// and is returned as it is (not copied) when it is canonical already.
func Canonical(v any) (json.RawMessage, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return CanonicalJSON(raw)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("ledger: canonical JSON: %w", err)
	}
	// encoding/json writes this escape for bytes that are not UTF-8, and for nothing else.
	if bytes.Contains(text, []byte(`\ufffd`)) {
		return nil, fmt.Errorf("ledger: canonical JSON: a text in the value is not valid UTF-8")
	}
	return CanonicalJSON(text)
}

// CanonicalJSON is [Canonical] for JSON text.
func CanonicalJSON(text []byte) (json.RawMessage, error) {
	if IsCanonical(text) {
		return text, nil
	}
	c := canonicalizer{in: text}
	out, err := c.value(make([]byte, 0, len(text)), 0)
	if err != nil {
		return nil, err
	}
	c.space()
	if c.at < len(c.in) {
		return nil, c.fail("there is more text after the value")
	}
	return out, nil
}

// canonicalizer reads JSON text at a position and appends its canonical form.
type canonicalizer struct {
	in []byte
	at int
}

func (c *canonicalizer) fail(format string, args ...any) error {
	return fmt.Errorf("ledger: JSON at byte %d: %s", c.at, fmt.Sprintf(format, args...))
}

func (c *canonicalizer) space() {
	for c.at < len(c.in) {
		switch c.in[c.at] {
		case ' ', '\t', '\n', '\r':
			c.at++
		default:
			return
		}
	}
}

// peek skips white space and returns the next byte, 0 at the end of the text.
func (c *canonicalizer) peek() byte {
	c.space()
	if c.at == len(c.in) {
		return 0
	}
	return c.in[c.at]
}

func (c *canonicalizer) value(dst []byte, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, c.fail("nested deeper than %d", maxDepth)
	}
	switch b := c.peek(); {
	case b == '{':
		return c.object(dst, depth)
	case b == '[':
		return c.array(dst, depth)
	case b == '"':
		text, err := c.str()
		if err != nil {
			return nil, err
		}
		return appendJSONString(dst, text), nil
	case b == 't':
		return c.literal(dst, "true")
	case b == 'f':
		return c.literal(dst, "false")
	case b == 'n':
		return c.literal(dst, "null")
	case b == '-' || b >= '0' && b <= '9':
		return c.number(dst)
	}
	if c.at == len(c.in) {
		return nil, c.fail("the text ends where a value should be")
	}
	return nil, c.fail("unexpected character %q", c.in[c.at])
}

func (c *canonicalizer) literal(dst []byte, word string) ([]byte, error) {
	if !bytes.HasPrefix(c.in[c.at:], []byte(word)) {
		return nil, c.fail("unknown word, expected %s", word)
	}
	c.at += len(word)
	return append(dst, word...), nil
}

func (c *canonicalizer) array(dst []byte, depth int) ([]byte, error) {
	c.at++
	dst = append(dst, '[')
	if c.peek() == ']' {
		c.at++
		return append(dst, ']'), nil
	}
	for {
		var err error
		if dst, err = c.value(dst, depth+1); err != nil {
			return nil, err
		}
		switch c.peek() {
		case ',':
			c.at++
			dst = append(dst, ',')
		case ']':
			c.at++
			return append(dst, ']'), nil
		default:
			return nil, c.fail("expected a comma or ] in the array")
		}
	}
}

// member is a key of an object with its value in canonical form.
type member struct {
	key   string
	units []uint16
	value []byte
}

func (c *canonicalizer) object(dst []byte, depth int) ([]byte, error) {
	members, err := c.members(depth)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(members, func(a, b member) int { return slices.Compare(a.units, b.units) })
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			if m.key == members[i-1].key {
				return nil, c.fail("the key %q is given twice in one object", m.key)
			}
			dst = append(dst, ',')
		}
		dst = appendJSONString(dst, m.key)
		dst = append(dst, ':')
		dst = append(dst, m.value...)
	}
	return append(dst, '}'), nil
}

func (c *canonicalizer) members(depth int) ([]member, error) {
	c.at++
	if c.peek() == '}' {
		c.at++
		return nil, nil
	}
	var members []member
	for {
		if c.peek() != '"' {
			return nil, c.fail("expected a key in the object")
		}
		key, err := c.str()
		if err != nil {
			return nil, err
		}
		if c.peek() != ':' {
			return nil, c.fail("expected a colon after the key %q", key)
		}
		c.at++
		value, err := c.value(nil, depth+1)
		if err != nil {
			return nil, err
		}
		members = append(members, member{key, utf16.Encode([]rune(key)), value})
		switch c.peek() {
		case ',':
			c.at++
		case '}':
			c.at++
			return members, nil
		default:
			return nil, c.fail("expected a comma or } in the object")
		}
	}
}

// str reads a string literal and returns the text it stands for.
func (c *canonicalizer) str() (string, error) {
	c.at++
	var out []byte
	for c.at < len(c.in) {
		b := c.in[c.at]
		switch {
		case b == '"':
			c.at++
			return string(out), nil
		case b == '\\':
			var err error
			if out, err = c.escape(out); err != nil {
				return "", err
			}
		case b < 0x20:
			return "", c.fail("a control character inside a string must be escaped")
		case b < utf8.RuneSelf:
			out = append(out, b)
			c.at++
		default:
			r, n := utf8.DecodeRune(c.in[c.at:])
			if r == utf8.RuneError && n == 1 {
				return "", c.fail("not valid UTF-8")
			}
			out = append(out, c.in[c.at:c.at+n]...)
			c.at += n
		}
	}
	return "", c.fail("the string is not closed")
}

func (c *canonicalizer) escape(out []byte) ([]byte, error) {
	if c.at+1 >= len(c.in) {
		return nil, c.fail("the string is not closed")
	}
	b := c.in[c.at+1]
	if b == 'u' {
		return c.unicodeEscape(out)
	}
	plain, ok := simpleEscapes[b]
	if !ok {
		return nil, c.fail("unknown escape \\%c", b)
	}
	c.at += 2
	return append(out, plain), nil
}

var simpleEscapes = map[byte]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

func (c *canonicalizer) unicodeEscape(out []byte) ([]byte, error) {
	r, ok := hex4(c.in[c.at:])
	if !ok {
		return nil, c.fail("\\u wants four hex digits")
	}
	if !utf16.IsSurrogate(r) {
		c.at += 6
		return utf8.AppendRune(out, r), nil
	}
	low, ok := hex4(c.in[c.at+6:])
	if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
		c.at += 12
		return utf8.AppendRune(out, pair), nil
	}
	return nil, c.fail("half of a surrogate pair stands alone")
}

// hex4 reads an escape of four hex digits (\u followed by them) at the start of in.
func hex4(in []byte) (rune, bool) {
	if len(in) < 6 || in[0] != '\\' || in[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, b := range in[2:6] {
		r <<= 4
		switch {
		case b >= '0' && b <= '9':
			r |= rune(b - '0')
		case b >= 'a' && b <= 'f':
			r |= rune(b-'a') + 10
		case b >= 'A' && b <= 'F':
			r |= rune(b-'A') + 10
		default:
			return 0, false
		}
	}
	return r, true
}
