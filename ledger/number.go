package ledger

import (
	"math"
	"strconv"
	"strings"
)

// numberEnd returns where the JSON number that starts at in[0] ends, 0 when it
// is not a number by the grammar of RFC 8259 section 6.
func numberEnd(in []byte) int {
	i := 0
	if i < len(in) && in[i] == '-' {
		i++
	}
	switch {
	case i < len(in) && in[i] == '0':
		i++
	case digits(in[i:]) > 0:
		i += digits(in[i:])
	default:
		return 0
	}
	if i < len(in) && in[i] == '.' {
		n := digits(in[i+1:])
		if n == 0 {
			return 0
		}
		i += 1 + n
	}
	if i < len(in) && (in[i] == 'e' || in[i] == 'E') {
		i++
		if i < len(in) && (in[i] == '+' || in[i] == '-') {
			i++
		}
		n := digits(in[i:])
		if n == 0 {
			return 0
		}
		i += n
	}
	return i
}

func digits(in []byte) int {
	for i, b := range in {
		if b < '0' || b > '9' {
			return i
		}
	}
	return len(in)
}

func (c *canonicalizer) number(dst []byte) ([]byte, error) {
	n := numberEnd(c.in[c.at:])
	if n == 0 {
		return nil, c.fail("not a number")
	}
	literal := string(c.in[c.at : c.at+n])
	text, ok := exactNumber(literal)
	if !ok {
		return nil, c.fail("the number %.40s can not be kept exactly: write it as text", literal)
	}
	c.at += n
	return append(dst, text...), nil
}

// exactNumber writes a JSON number as ECMAScript does (RFC 8785 section
// 3.2.2.3). It reports false when the nearest float64, written back, is not the
// number that was given.
func exactNumber(literal string) (string, bool) {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return "", false
	}
	if f == 0 {
		f = 0 // drops the sign: -0 is 0
	}
	text := string(appendFloat(nil, f))
	given, ok := significand(literal)
	if !ok {
		return "", false
	}
	kept, _ := significand(text)
	return text, given == kept
}

// appendFloat writes a finite f the way ECMAScript's Number::toString does.
func appendFloat(dst []byte, f float64) []byte {
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		// Go writes at least two digits of exponent, ECMAScript no leading zero.
		if n := len(dst); n-start >= 4 && dst[n-2] == '0' && (dst[n-3] == '-' || dst[n-3] == '+') {
			dst[n-2] = dst[n-1]
			dst = dst[:n-1]
		}
		return dst
	}
	if f == 0 {
		return append(dst, '0')
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// decimal is a number as sign, digits without zeros at either end, and the power
// of ten of its last digit. Zero is the zero value.
type decimal struct {
	negative bool
	digits   string
	power    int
}

func significand(literal string) (decimal, bool) {
	text, negative := strings.CutPrefix(literal, "-")
	power := 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		p, err := strconv.Atoi(text[i+1:])
		if err != nil {
			// An exponent beyond int is only harmless on zero.
			return decimal{}, strings.Trim(text[:i], "0.") == ""
		}
		power, text = p, text[:i]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	all := whole + fraction
	power -= len(fraction)
	short := strings.TrimRight(all, "0")
	power += len(all) - len(short)
	short = strings.TrimLeft(short, "0")
	if short == "" {
		return decimal{}, true
	}
	return decimal{negative, short, power}, true
}

// plainNumber reports whether a literal that obeys the grammar is, at a glance,
// in canonical form: at most 15 digits, no exponent, no zeros to drop. Fifteen
// digits always survive a float64.
func plainNumber(literal []byte) bool {
	if literal[0] == '-' {
		literal = literal[1:]
		if literal[0] == '0' && len(literal) == 1 {
			return false
		}
	}
	if len(literal) > 16 {
		return false
	}
	whole := digits(literal)
	if whole == len(literal) {
		return whole <= 15
	}
	if literal[whole] != '.' || len(literal)-1 > 15 || literal[len(literal)-1] == '0' {
		return false
	}
	fraction := literal[whole+1:]
	if digits(fraction) != len(fraction) {
		return false
	}
	if literal[0] != '0' {
		return true
	}
	// Below 1e-6 the canonical form has an exponent.
	zeros := 0
	for zeros < len(fraction) && fraction[zeros] == '0' {
		zeros++
	}
	return zeros <= 5
}
