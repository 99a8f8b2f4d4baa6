// Package numeral writes numbers the way a reader of a language expects them:
// decimal comma and thin thousands space in Norwegian, decimal point and
// comma in English, and a real minus sign (U+2212) in both.
//
// It also reads what people type, where comma and point mean the same thing.
package numeral

import (
	"math"
	"strconv"
	"strings"
)

// Minus is the sign put before negative numbers.
const Minus = "\u2212"

// space separates thousands in Norwegian: a narrow no-break space keeps a
// number on one line.
const space = "\u202f"

// Missing stands where a number is not known.
const Missing = "\u2013"

// Format writes v with exactly the given digits after the decimal mark.
// NaN and infinities give Missing. Negative decimals count as zero.
func Format(lang string, v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Missing
	}
	if decimals < 0 {
		decimals = 0
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(s, ".")
	point, group := ".", ","
	if Comma(lang) {
		point, group = ",", space
	}
	out := groupThousands(whole, group)
	if fraction != "" {
		out += point + fraction
	}
	// A value that rounds to zero carries no sign.
	if v < 0 && strings.Trim(s, "0.") != "" {
		out = Minus + out
	}
	return out
}

// Short writes v with at most the given digits after the decimal mark and no
// trailing zeros.
func Short(lang string, v float64, most int) string {
	s := Format(lang, v, most)
	if most <= 0 || s == Missing {
		return s
	}
	mark := "."
	if Comma(lang) {
		mark = ","
	}
	if i := strings.LastIndex(s, mark); i >= 0 && len(s)-i-1 == most {
		s = strings.TrimRight(s, "0")
		s = strings.TrimSuffix(s, mark)
	}
	return s
}

// Range writes "lo to hi" in the language.
func Range(lang string, lo, hi float64, decimals int) string {
	word := " to "
	if Comma(lang) {
		word = " til "
	}
	return Format(lang, lo, decimals) + word + Format(lang, hi, decimals)
}

// Comma tells whether the language writes a decimal comma.
func Comma(lang string) bool {
	return strings.HasPrefix(lang, "nb") || strings.HasPrefix(lang, "nn") || strings.HasPrefix(lang, "no")
}

// Parse reads a number as people type it: comma or point as the decimal mark,
// spaces between thousands, a hyphen or a minus sign. It reports false for
// anything else, so that the caller can keep the text as entered.
func Parse(s string) (float64, bool) {
	clean := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\u2009':
			return -1
		case ',':
			return '.'
		case '\u2212', '\u2013':
			return '-'
		}
		return r
	}, strings.TrimSpace(s))
	if clean == "" || strings.Count(clean, ".") > 1 || strings.Trim(clean, "+-.0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(clean, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}

func groupThousands(whole, sep string) string {
	// Four digits stay together: years and most counts read better so.
	if len(whole) <= 4 {
		return whole
	}
	var b strings.Builder
	head := len(whole) % 3
	if head > 0 {
		b.WriteString(whole[:head])
	}
	for i := head; i < len(whole); i += 3 {
		if b.Len() > 0 {
			b.WriteString(sep)
		}
		b.WriteString(whole[i : i+3])
	}
	return b.String()
}
