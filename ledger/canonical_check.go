package ledger

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// IsCanonical reports whether text is JSON in the form that [Canonical] gives.
// It does not allocate for the payloads of every day.
func IsCanonical(text []byte) bool {
	c := checker{in: text}
	return c.value(0) && c.at == len(text)
}

// checker walks text and stops at the first thing that is not canonical.
type checker struct {
	in []byte
	at int
}

// take steps over b when it is next.
func (c *checker) take(b byte) bool {
	if c.at < len(c.in) && c.in[c.at] == b {
		c.at++
		return true
	}
	return false
}

func (c *checker) value(depth int) bool {
	if c.at == len(c.in) || depth > maxDepth {
		return false
	}
	switch b := c.in[c.at]; b {
	case '{':
		return c.object(depth)
	case '[':
		return c.array(depth)
	case '"':
		_, ok := c.str()
		return ok
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	}
	return c.number()
}

func (c *checker) word(word string) bool {
	end := c.at + len(word)
	if end > len(c.in) || string(c.in[c.at:end]) != word {
		return false
	}
	c.at = end
	return true
}

func (c *checker) number() bool {
	n := numberEnd(c.in[c.at:])
	if n == 0 {
		return false
	}
	literal := c.in[c.at : c.at+n]
	c.at += n
	if plainNumber(literal) {
		return true
	}
	text, ok := exactNumber(string(literal))
	return ok && text == string(literal)
}

func (c *checker) array(depth int) bool {
	c.at++
	if c.take(']') {
		return true
	}
	for {
		if !c.value(depth + 1) {
			return false
		}
		if c.take(']') {
			return true
		}
		if !c.take(',') {
			return false
		}
	}
}

func (c *checker) object(depth int) bool {
	c.at++
	if c.take('}') {
		return true
	}
	var last []byte
	for first := true; ; first = false {
		if c.at == len(c.in) || c.in[c.at] != '"' {
			return false
		}
		key, ok := c.str()
		if !ok || !first && !keyLess(last, key) || !c.take(':') || !c.value(depth+1) {
			return false
		}
		last = key
		if c.take('}') {
			return true
		}
		if !c.take(',') {
			return false
		}
	}
}

// str steps over a string in canonical form and returns what stands between its quotes.
func (c *checker) str() ([]byte, bool) {
	c.at++
	start := c.at
	for c.at < len(c.in) {
		b := c.in[c.at]
		switch {
		case b == '"':
			c.at++
			return c.in[start : c.at-1], true
		case b == '\\':
			if !c.escape() {
				return nil, false
			}
		case b < 0x20:
			return nil, false
		case b < utf8.RuneSelf:
			c.at++
		default:
			r, n := utf8.DecodeRune(c.in[c.at:])
			if r == utf8.RuneError && n == 1 {
				return nil, false
			}
			c.at += n
		}
	}
	return nil, false
}

// escape accepts only the escape that appendEscape writes.
func (c *checker) escape() bool {
	rest := c.in[c.at:]
	if len(rest) < 2 {
		return false
	}
	switch rest[1] {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		c.at += 2
		return true
	}
	r, ok := hex4(rest)
	if !ok || r >= 0x20 {
		return false
	}
	var buf [6]byte
	if !bytes.Equal(appendEscape(buf[:0], byte(r)), rest[:6]) {
		return false
	}
	c.at += 6
	return true
}

// keyLess compares two keys, given as they stand between the quotes, by UTF-16
// code units. Without escapes and below U+E000 that is the order of the bytes.
func keyLess(a, b []byte) bool {
	if !needsUnits(a) && !needsUnits(b) {
		return bytes.Compare(a, b) < 0
	}
	return slices.Compare(keyUnits(a), keyUnits(b)) < 0
}

func needsUnits(key []byte) bool {
	for _, b := range key {
		if b == '\\' || b >= 0xee {
			return true
		}
	}
	return false
}

func keyUnits(key []byte) []uint16 {
	c := canonicalizer{in: append(slices.Concat([]byte{'"'}, key), '"')}
	text, err := c.str()
	if err != nil {
		return nil // the checker accepted the string, so it reads
	}
	return utf16.Encode([]rune(text))
}
