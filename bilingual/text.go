// Package bilingual holds text in the two languages of Varde, English and
// Norwegian (Bokmål). Every text that a person reads is one of these.
package bilingual

import "fmt"

// Text is one text in both languages. In YAML: {en: ..., nb: ...}.
type Text struct {
	EN string `yaml:"en" json:"en"`
	NB string `yaml:"nb" json:"nb"`
}

// In answers the text in language "nb" or, for anything else, English. A text
// that lacks the asked language answers in the other one rather than with nothing.
func (t Text) In(lang string) string {
	if lang == "nb" && t.NB != "" || t.EN == "" {
		return t.NB
	}
	return t.EN
}

// Empty says that the text is missing in both languages.
func (t Text) Empty() bool { return t.EN == "" && t.NB == "" }

// Complete says that the text is there in both languages.
func (t Text) Complete() bool { return t.EN != "" && t.NB != "" }

// Format fills both languages of a format with the same arguments, as fmt.Sprintf does;
// an argument of type Text is put in by language.
func Format(en, nb string, args ...any) Text {
	in := func(lang string) []any {
		out := make([]any, len(args))
		for i, a := range args {
			if t, ok := a.(Text); ok {
				a = t.In(lang)
			}
			out[i] = a
		}
		return out
	}
	return Text{EN: fmt.Sprintf(en, in("en")...), NB: fmt.Sprintf(nb, in("nb")...)}
}
