// Package nationalid reads national identity and health numbers: their shape, their
// check digits, and the date of birth that some of them hold. A slip of the keyboard
// is found when it is made, not when a letter comes back.
//
// That a number is well formed does not say that anybody has it.
package nationalid

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"varde/bilingual"
)

// Number is one that is well formed.
type Number struct {
	Country string // ISO 3166-1 alpha-2
	Text    string // as it is kept: without spaces, with a sign where it means something
	Kind    string // such as "fødselsnummer", "D-nummer"
	Birth   Date   // zero when the number holds none
	Checked bool   // a check digit or an assignment rule was checked
	Doubt   bilingual.Text
}

// String is the country and the number: "NO 01010112345".
func (n Number) String() string { return n.Country + " " + n.Text }

// Date of birth as a number holds it. Century is false when only the last two digits
// of the year are known.
type Date struct {
	Year    int
	Month   time.Month
	Day     int
	Century bool
}

// Fits says that somebody born on the day can have the number. A number that holds
// no date fits every day.
func (n Number) Fits(born time.Time) bool {
	d := n.Birth
	if d == (Date{}) {
		return true
	}
	if born.Month() != d.Month || born.Day() != d.Day {
		return false
	}
	return born.Year() == d.Year || !d.Century && born.Year()%100 == d.Year%100
}

// Error says why a number is not well formed. It never repeats the number. Code is
// stable: "country", "length", "characters", "check-digit", "date", "range".
type Error struct {
	Code string
	Text bilingual.Text
}

func (e *Error) Error() string { return "nationalid: " + e.Code + ": " + e.Text.EN }

func fault(code, en, nb string) *Error { return &Error{code, bilingual.Text{EN: en, NB: nb}} }

// rules by country.
var rules = map[string]func(string) (Number, *Error){
	"NO": norway, "SE": sweden, "DK": denmark, "FI": finland,
	"NL": netherlands, "CH": switzerland, "GB": britain, "AU": australia, "US": unitedStates,
}

// Countries lists those whose numbers are checked, sorted.
func Countries() []string { return slices.Sorted(maps.Keys(rules)) }

// Parse reads a number of a country (ISO 3166-1 alpha-2). Of a country that is not in
// [Countries] only length and characters are looked at, and Checked is false.
func Parse(country, text string) (Number, error) {
	country = strings.ToUpper(strings.TrimSpace(country))
	if len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return Number{}, fault("country", `begin with the country in two letters, such as "NO"`, `begynn med landet i to bokstaver, for eksempel «NO»`)
	}
	if len(text) > 64 {
		return Number{}, fault("length", "the number is too long", "nummeret er for langt")
	}
	text = strings.ToUpper(strings.TrimSpace(text))
	rule := rules[country]
	if rule == nil {
		rule = unknown
	}
	n, err := rule(text)
	if err != nil {
		return Number{}, err
	}
	n.Country = country
	return n, nil
}

// ParseText reads a country and a number in one text: "NO 01010112345".
func ParseText(text string) (Number, error) {
	country, number, _ := strings.Cut(strings.TrimSpace(text), " ")
	return Parse(country, number)
}

func unknown(text string) (Number, *Error) {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		case strings.ContainsRune(" -./", r):
		default:
			return Number{}, fault("characters", "the number has letters A to Z, digits, and between them spaces, hyphens, points or slashes", "nummeret har bokstaver A til Z, sifre, og mellom dem mellomrom, bindestreker, punktum eller skråstreker")
		}
	}
	if b.Len() < 4 || b.Len() > 24 {
		return Number{}, fault("length", "the number has 4 to 24 letters and digits", "nummeret har 4 til 24 bokstaver og sifre")
	}
	return Number{Text: b.String(), Kind: "national number", Doubt: bilingual.Text{
		EN: "the numbers of this country are not checked: compare it with a document", NB: "nummer fra dette landet kontrolleres ikke: sammenlign med et dokument"}}, nil
}

// digits takes away what people write between digits, and refuses what is no digit.
// lengths lists how many there may be.
func digits(text, between string, lengths ...int) (string, *Error) {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' || strings.ContainsRune(between, r):
		default:
			return "", fault("characters", "the number has digits only", "nummeret har bare sifre")
		}
	}
	if !slices.Contains(lengths, b.Len()) {
		words := make([]string, len(lengths))
		for i, n := range lengths {
			words[i] = fmt.Sprint(n)
		}
		return "", fault("length", fmt.Sprintf("the number has %s digits", strings.Join(words, " or ")), fmt.Sprintf("nummeret har %s sifre", strings.Join(words, " eller ")))
	}
	return b.String(), nil
}

func wrongCheck() *Error {
	return fault("check-digit", "the check digit does not fit: look for a slip in the number", "kontrollsifferet stemmer ikke: se etter en tastefeil i nummeret")
}

func wrongDate() *Error {
	return fault("date", "the number begins with a date that there is not", "nummeret begynner med en dato som ikke finnes")
}

func outOfRange() *Error {
	return fault("range", "no such number is given out", "slike nummer deles ikke ut")
}

// sum weighs digits.
func sum(digits string, weights ...int) int {
	s := 0
	for i, w := range weights {
		s += w * int(digits[i]-'0')
	}
	return s
}

// number reads digits that are known to be digits.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// luhn is the check of ISO/IEC 7812-1 annex B over all digits, the check digit last.
func luhn(digits string) bool {
	s := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		s += d
	}
	return s%10 == 0
}

// date makes a date that exists in the year.
func date(year, month, day int) (Date, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	ok := month >= 1 && month <= 12 && t.Month() == time.Month(month) && t.Day() == day
	return Date{year, time.Month(month), day, true}, ok
}
