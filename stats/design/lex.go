package design

import (
	"fmt"
	"strings"
	"unicode"
)

// SyntaxError is a fault in a formula or a condition, at a character of its text.
type SyntaxError struct {
	Text    string // the formula as given
	Column  int    // character of the fault, from 1
	Message string // what is wrong and what was expected
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("character %d of %q: %s", e.Column, clipped(e.Text), e.Message)
}

type kind int

const (
	end kind = iota
	word
	number
	quoted
	symbol
)

type token struct {
	kind   kind
	text   string // of a word without back quotes, of a quoted text without quotes
	column int    // from 1
}

func (t token) String() string {
	switch t.kind {
	case end:
		return "the end"
	case quoted:
		return fmt.Sprintf("the text %q", clipped(t.text))
	}
	return fmt.Sprintf("%q", clipped(t.text))
}

// The longest first: what begins alike is told apart by length.
var symbols = []string{"%in%", "==", "!=", "<=", ">=", "&&", "~", "+", "-", "*", "/", "^", ":", "(", ")", "|", ",", "<", ">", "&", "."}

// scan cuts a text into tokens, ending with one of kind end.
func scan(text string) ([]token, error) {
	const most = 10_000
	if len(text) > most {
		return nil, &SyntaxError{text, 1, fmt.Sprintf("longer than %d characters", most)}
	}
	var out []token
	rs := []rune(text)
	for i := 0; i < len(rs); {
		if unicode.IsSpace(rs[i]) {
			i++
			continue
		}
		t, width, err := next(text, rs, i)
		if err != nil {
			return nil, err
		}
		t.column = i + 1
		out = append(out, t)
		i += width
	}
	return append(out, token{kind: end, column: len(rs) + 1}), nil
}

func next(text string, rs []rune, i int) (token, int, error) {
	r := rs[i]
	switch {
	case r == '`' || r == '"' || r == '\'':
		return enclosed(text, rs, i)
	case r >= '0' && r <= '9' || r == '.' && i+1 < len(rs) && rs[i+1] >= '0' && rs[i+1] <= '9':
		n := 1
		for i+n < len(rs) && (isDigit(rs[i+n]) || rs[i+n] == '.' || isExponent(rs, i+n)) {
			n++
		}
		return token{kind: number, text: string(rs[i : i+n])}, n, nil
	case unicode.IsLetter(r) || r == '_' || r == '.' && i+1 < len(rs) && unicode.IsLetter(rs[i+1]):
		n := 1
		for i+n < len(rs) && (unicode.IsLetter(rs[i+n]) || unicode.IsDigit(rs[i+n]) || unicode.IsMark(rs[i+n]) || rs[i+n] == '.' || rs[i+n] == '_') {
			n++
		}
		return token{kind: word, text: string(rs[i : i+n])}, n, nil
	}
	rest := string(rs[i:min(i+4, len(rs))])
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			return token{kind: symbol, text: s}, len(s), nil
		}
	}
	return token{}, 0, &SyntaxError{text, i + 1, fmt.Sprintf("%q has no meaning here; a name with such characters stands in back quotes, like `my column`", r)}
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isExponent says whether the character belongs to an exponent such as 1e-3.
func isExponent(rs []rune, i int) bool {
	if rs[i] == 'e' || rs[i] == 'E' {
		return i+1 < len(rs) && (isDigit(rs[i+1]) || (rs[i+1] == '-' || rs[i+1] == '+') && i+2 < len(rs) && isDigit(rs[i+2]))
	}
	return (rs[i] == '-' || rs[i] == '+') && (rs[i-1] == 'e' || rs[i-1] == 'E') && i+1 < len(rs) && isDigit(rs[i+1])
}

func enclosed(text string, rs []rune, i int) (token, int, error) {
	for n := 1; i+n < len(rs); n++ {
		if rs[i+n] != rs[i] {
			continue
		}
		t := token{kind: quoted, text: string(rs[i+1 : i+n])}
		if rs[i] == '`' {
			t.kind = word
			if n == 1 {
				return t, 0, &SyntaxError{text, i + 1, "a name in back quotes is empty"}
			}
		}
		return t, n + 1, nil
	}
	return token{}, 0, &SyntaxError{text, i + 1, fmt.Sprintf("the quotation mark %q is not closed", rs[i])}
}
