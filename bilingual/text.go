// Package bilingual holds text in the two languages of Varde, English and
// Norwegian (Bokmål). Every text that a person reads is one of these.
package bilingual

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
