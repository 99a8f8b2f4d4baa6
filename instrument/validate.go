package instrument

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"varde/bilingual"
)

// AbsentReasons lists the reasons that may be given why there is no value.
var AbsentReasons = []string{"refused", "unknown", "not-done", "not-applicable", "ongoing"}

// MaxText is the most characters of a text answer.
const MaxText = 20_000

// ValueError says why a value cannot be taken. Code is stable: "unknown-item",
// "not-a-number", "too-many-digits", "not-whole", "not-a-choice", "not-yes-no", "not-a-date",
// "not-a-datetime", "not-a-time", "wrong-kind", "unknown-reason", "too-long", "bad-text".
type ValueError struct {
	Item string
	Code string
	Text bilingual.Text // for the person who entered it
}

func (e *ValueError) Error() string { return e.Item + ": " + e.Text.EN }

// Doubt is a value that is kept as entered but that a query asks about. Code is
// "out-of-range", "too-precise" or "not-asked".
type Doubt struct {
	Item string
	Code string
	Text bilingual.Text
}

func refuse(item, code, en, nb string) *ValueError {
	return &ValueError{item, code, bilingual.Text{EN: en, NB: nb}}
}

// Validate finds the values that are malformed, in item order with unknown items
// first: a save that has any is refused as a whole.
func (c *Compiled) Validate(values map[string]Value) []*ValueError {
	var out []*ValueError
	for id := range values {
		if _, ok := c.items[id]; !ok {
			out = append(out, refuse(id, "unknown-item",
				fmt.Sprintf("This form has no item %q.", id), fmt.Sprintf("Dette skjemaet har ikke noe punkt %q.", id)))
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Item < out[j].Item })
	for i := range c.Items {
		if v, ok := values[c.Items[i].ID]; ok {
			if e := c.validate(i, v); e != nil {
				out = append(out, e)
			}
		}
	}
	return out
}

func (c *Compiled) validate(i int, v Value) *ValueError {
	item := &c.Items[i]
	switch v.kind {
	case None:
		return nil
	case Absent:
		for _, r := range AbsentReasons {
			if v.str == r {
				return nil
			}
		}
		list := strings.Join(AbsentReasons, ", ")
		return refuse(item.ID, "unknown-reason", "The reason for a missing value is one of: "+list+".", "Grunnen til at verdien mangler, er en av: "+list+".")
	}
	if v.kind == Sealed {
		if item.Identifying && v.str != "" {
			return nil
		}
		return refuse(item.ID, "wrong-kind", "This answer is not kept apart, and cannot be sealed.", "Dette svaret holdes ikke atskilt, og kan ikke forsegles.")
	}
	switch item.Type {
	case Integer, Scale, Decimal:
		if v.kind != Number {
			return notNumber(item.ID)
		}
		if item.Type != Decimal && v.num != math.Trunc(v.num) {
			return refuse(item.ID, "not-whole", "Enter a whole number.", "Skriv et helt tall.")
		}
	case Choice:
		if (v.kind != Number && v.kind != String && v.kind != Bool) || !c.codes[i][key(v)] {
			return notChoice(item.ID)
		}
	case MultiChoice:
		if v.kind != List {
			return notChoice(item.ID)
		}
		seen := map[string]bool{}
		for _, code := range v.list {
			if seen[code] || !c.codes[i][key(StringValue(code))] {
				return notChoice(item.ID)
			}
			seen[code] = true
		}
	case Boolean:
		if v.kind != Bool {
			return refuse(item.ID, "not-yes-no", "Answer yes or no.", "Svar ja eller nei.")
		}
	case TextItem:
		if v.kind != String {
			return refuse(item.ID, "wrong-kind", "Enter a text.", "Skriv en tekst.")
		}
		return badText(item.ID, v.str)
	default:
		if v.kind != String {
			return refuse(item.ID, "wrong-kind", "Enter a date or time.", "Skriv en dato eller et klokkeslett.")
		}
		return badMoment(item, v.str)
	}
	return nil
}

func notNumber(id string) *ValueError {
	return refuse(id, "not-a-number", "Enter a number, such as 36.5.", "Skriv et tall, for eksempel 36,5.")
}

func notChoice(id string) *ValueError {
	return refuse(id, "not-a-choice", "Choose one of the answers shown.", "Velg et av svarene som vises.")
}

func badText(id, s string) *ValueError {
	if !utf8.ValidString(s) {
		return refuse(id, "bad-text", "The text holds characters that cannot be read.", "Teksten inneholder tegn som ikke kan leses.")
	}
	if utf8.RuneCountInString(s) > MaxText {
		return refuse(id, "too-long", fmt.Sprintf("The text is longer than %d characters.", MaxText), fmt.Sprintf("Teksten er lengre enn %d tegn.", MaxText))
	}
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f {
			return refuse(id, "bad-text", "The text holds a control character.", "Teksten inneholder et styretegn.")
		}
	}
	return nil
}

// badMoment checks dates and times. Years from 1850 to 2199 are dates that a
// clinic can mean; others are slips of the keyboard that would break later reckoning.
func badMoment(item *Item, s string) *ValueError {
	inReach := func(t time.Time) bool { return t.Year() >= 1850 && t.Year() < 2200 }
	switch item.Type {
	case Date:
		if t, err := time.Parse(time.DateOnly, s); err != nil || !inReach(t) {
			return refuse(item.ID, "not-a-date", "Enter a date as year-month-day, such as 2026-05-17.", "Skriv datoen som år-måned-dag, for eksempel 2026-05-17.")
		}
	case DateTime:
		if t, err := time.Parse(time.RFC3339, s); err != nil || !inReach(t) {
			return refuse(item.ID, "not-a-datetime", "Enter a date and time with its time zone, such as 2026-05-17T09:30:00+02:00.", "Skriv dato og klokkeslett med tidssone, for eksempel 2026-05-17T09:30:00+02:00.")
		}
	case Time:
		if _, err := time.Parse("15:04", s); err != nil || len(s) != 5 {
			return refuse(item.ID, "not-a-time", "Enter a time as hours and minutes, such as 09:30.", "Skriv klokkeslettet som timer og minutter, for eksempel 09:30.")
		}
	}
	return nil
}

// key makes codes comparable: the number 1 and the text "1" are different codes
// of a choice.
func key(v Value) string {
	switch v.kind {
	case Number:
		return "n" + strconv.FormatFloat(v.num, 'g', -1, 64)
	case Bool:
		return "b" + strconv.FormatBool(v.num == 1)
	}
	return "s" + v.str
}

// Doubts finds values that are well formed but doubtful, in item order. Nothing
// is changed or dropped on their account.
func (c *Compiled) Doubts(values map[string]Value) []Doubt {
	r := c.read(values, nil)
	var out []Doubt
	for i := range c.Items {
		item := &c.Items[i]
		v, ok := values[item.ID]
		if !ok || !v.Given() {
			continue
		}
		if !r.isAsked(i) {
			out = append(out, Doubt{item.ID, "not-asked", bilingual.Text{
				EN: "This is answered although, by the other answers, it is not asked.",
				NB: "Dette er besvart selv om det etter de andre svarene ikke skal spørres om."}})
		}
		if x, isNumber := v.Float(); isNumber {
			out = append(out, numberDoubts(item, x, v.Text())...)
		}
	}
	return out
}

func numberDoubts(item *Item, x float64, entered string) []Doubt {
	var out []Doubt
	if item.Min != nil && x < *item.Min || item.Max != nil && x > *item.Max {
		low, high := "…", "…"
		if item.Min != nil {
			low = strconv.FormatFloat(*item.Min, 'f', -1, 64)
		}
		if item.Max != nil {
			high = strconv.FormatFloat(*item.Max, 'f', -1, 64)
		}
		unit := ""
		if item.Unit != "" {
			unit = " " + item.Unit
		}
		out = append(out, Doubt{item.ID, "out-of-range", bilingual.Text{
			EN: fmt.Sprintf("%s%s is outside the expected range %s to %s%s. Is it right?", entered, unit, low, high, unit),
			NB: fmt.Sprintf("%s%s er utenfor det forventede området %s til %s%s. Stemmer det?", comma(entered), unit, comma(low), comma(high), unit)}})
	}
	if _, fraction, ok := strings.Cut(entered, "."); ok && item.Type == Decimal && len(strings.TrimRight(fraction, "0")) > item.Decimals {
		out = append(out, Doubt{item.ID, "too-precise", bilingual.Text{
			EN: fmt.Sprintf("%s has more decimals than the %d expected. Is it right?", entered, item.Decimals),
			NB: fmt.Sprintf("%s har flere desimaler enn de %d som ventes. Stemmer det?", comma(entered), item.Decimals)}})
	}
	return out
}

func comma(s string) string { return strings.Replace(s, ".", ",", 1) }
