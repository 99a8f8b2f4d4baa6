package protocol

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"varde/bilingual"
)

// Numbers that people read against numbers that decide.

// said is a number in a text.
type said struct {
	value      float64
	start, end int
	digits     bool
}

var written = regexp.MustCompile(`\d+(?:[.,]\d+)?`)

const longestNumberWord = len("fourteen")

var numberWords = map[string]float64{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "twenty": 20,
	"tre": 3, "fire": 4, "fem": 5, "seks": 6, "sju": 7, "syv": 7, "åtte": 8, "ni": 9, "ti": 10, "elleve": 11, "tolv": 12, "fjorten": 14, "tjue": 20,
}

// numbersIn finds the numbers of a text. Digits that belong to a name, such as those of
// PCL-5 or ICH E6, are none.
func numbersIn(text, language string) []said {
	var out []said
	var digits [][]int
	if strings.ContainsAny(text, "0123456789") {
		digits = written.FindAllStringIndex(text, -1)
	}
	for _, at := range digits {
		if partOfName(text, at[0]) {
			continue
		}
		x, err := strconv.ParseFloat(strings.ReplaceAll(text[at[0]:at[1]], ",", "."), 64)
		if err == nil {
			out = append(out, said{x, at[0], at[1], true})
		}
	}
	for start := 0; start < len(text); {
		end := start
		for end < len(text) && isLetter(text[end]) {
			end++
		}
		if n := end - start; n > 1 && n <= longestNumberWord {
			word := strings.ToLower(text[start:end])
			x, ok := numberWords[word]
			if language == "nb" && word == "to" {
				x, ok = 2, true
			}
			if ok {
				out = append(out, said{x, start, end, false})
			}
		}
		start = max(end, start+1)
	}
	slices.SortFunc(out, func(a, b said) int { return a.start - b.start })
	return out
}

// isLetter takes every byte of a letter beyond ASCII for one.
func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80 }

func partOfName(text string, at int) bool {
	before := text[:at]
	if strings.HasSuffix(before, "-") {
		before = strings.TrimSuffix(before, "-")
		return before != "" && !endsInDigit(before) && !strings.HasSuffix(before, " ")
	}
	if before == "" {
		return false
	}
	last := before[len(before)-1]
	return last >= 'a' && last <= 'z' || last >= 'A' && last <= 'Z' || last > 127 || last == '_' || last == '.' && len(before) > 1 && endsInDigit(before[:len(before)-1])
}

func endsInDigit(s string) bool { return s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' }

func hasNumber(list []said, x float64) bool {
	return slices.ContainsFunc(list, func(s said) bool { return sameNumber(s.value, x) })
}

func sameNumber(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// numbersOfTexts compares the two languages of every text, and the texts of conditions
// with the conditions.
func (c *checker) numbersOfTexts(r *reasoning) {
	for _, t := range bilingualTexts(&c.d.Protocol) {
		if a, b, differ := languagesDiffer(t.text); differ {
			c.warn(t.path, "V133", fmt.Sprintf("the numbers differ: %s in English, %s in Norwegian", a, b), "Write the same numbers in both languages")
		}
	}
	for _, id := range sortedKeys(c.d.Instruments) {
		for _, t := range bilingualTexts(&c.d.Instruments[id].Instrument) {
			if a, b, differ := languagesDiffer(t.text); differ {
				c.inForm(Warning, id, t.path, "V133", fmt.Sprintf("the numbers differ: %s in English, %s in Norwegian", a, b), "Write the same numbers in both languages")
			}
		}
	}
	for _, s := range r.stated {
		if text, ok := c.textBeside(s.path); ok {
			c.textAgainst(s, text)
		}
	}
	if c.d.Dosing != nil {
		for i := range c.d.Dosing.Rules {
			c.textOfRule(i, &c.d.Dosing.Rules[i])
		}
	}
}

// emergency are numbers to call that one language may name alone.
var emergency = []float64{110, 112, 113, 911, 999}

// placedText is a text and where it stands.
type placedText struct {
	path string
	text bilingual.Text
}

// textsOf finds all texts in two languages.
func bilingualTexts(v any) []placedText {
	var out []placedText
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem(), path)
			}
		case reflect.Slice:
			if mayHoldMarks(v.Type()) {
				for i := range v.Len() {
					walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
				}
			}
		case reflect.Struct:
			if t, ok := v.Interface().(bilingual.Text); ok {
				out = append(out, placedText{path, t})
				return
			}
			for i := range v.NumField() {
				name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
				if name != "" && name != "-" && v.Field(i).CanInterface() {
					walk(v.Field(i), join(path, name))
				}
			}
		}
	}
	walk(reflect.ValueOf(v).Elem(), "")
	return out
}

// languagesDiffer says which numbers stand in one language alone. A number that is
// written as a word may be told in another way; one in digits may not.
func languagesDiffer(t bilingual.Text) (en, nb string, differ bool) {
	a, b := numbersIn(t.EN, "en"), numbersIn(t.NB, "nb")
	if len(a) == 0 && len(b) == 0 {
		return "", "", false
	}
	for _, x := range [][2][]said{{a, b}, {b, a}} {
		// The emergency number is that of a country.
		for _, n := range x[0] {
			if n.digits && !slices.Contains(emergency, n.value) && !hasNumber(x[1], n.value) && (len(x[1]) > 0 || n.value > 2) {
				return listNumbers(a), listNumbers(b), true
			}
		}
	}
	for _, n := range a {
		if !n.digits && !hasNumber(b, n.value) && len(a) == len(b) {
			return listNumbers(a), listNumbers(b), true
		}
	}
	return "", "", false
}

func listNumbers(numbers []said) string {
	if len(numbers) == 0 {
		return "none"
	}
	var out []string
	for _, n := range numbers {
		if s := strconv.FormatFloat(n.value, 'f', -1, 64); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// textBeside answers what people read in place of a condition.
// textAgainst compares what a text says with what its condition decides.
// textAgainstItems compares a text whose condition asks a person's answer with what
// that person is asked.
// inItems says that the number stands in what is asked where the condition looks.
