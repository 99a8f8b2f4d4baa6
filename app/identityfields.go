package app

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"varde/study"
	"varde/vault/nationalid"
)

// What an identifying value must look like. A refusal names the field, and never the
// value: refusals are shown, logged and sent.

// most is the most characters of a field.
var most = map[IdentityField]int{
	FieldName: 200, FieldBirth: 10, FieldNational: 64, FieldAddress: 500, FieldPhone: 40, FieldEmail: 254, FieldContacts: 2000, FieldNote: 4000,
}

func noSuchField() *study.Refusal {
	return &study.Refusal{Kind: study.Invalid, Field: "fields", Code: "no-such-field", Text: study.Text{
		EN: "an identity has no such field", NB: "en identitet har ikke et slikt felt"}}
}

func badField(f IdentityField, code, en, nb string) *study.Refusal {
	return &study.Refusal{Kind: study.Invalid, Field: string(f), Code: code, Text: study.Text{EN: en, NB: nb}}
}

// cleanField answers the value as it is kept: trimmed, in its usual form. "" stays "".
func cleanField(f IdentityField, value string, now time.Time) (string, error) {
	limit, ok := most[f]
	if !ok {
		return "", noSuchField()
	}
	value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
	if value == "" {
		return "", nil
	}
	if !utf8.ValidString(value) || utf8.RuneCountInString(value) > limit {
		return "", badField(f, "too-long", fmt.Sprintf("this field holds at most %d characters", limit), fmt.Sprintf("dette feltet rommer høyst %d tegn", limit))
	}
	lines := f == FieldAddress || f == FieldContacts || f == FieldNote
	for _, r := range value {
		if unicode.IsControl(r) && !(lines && (r == '\n' || r == '\t')) {
			return "", badField(f, "bad-text", "the text holds a control character", "teksten inneholder et styretegn")
		}
	}
	switch f {
	case FieldBirth:
		return birthDate(value, now)
	case FieldNational:
		n, err := nationalid.ParseText(value)
		var fault *nationalid.Error
		if errors.As(err, &fault) {
			return "", badField(f, "national-"+fault.Code, fault.Text.EN, fault.Text.NB)
		}
		return n.String(), err
	case FieldPhone:
		return phone(value)
	case FieldEmail:
		return email(value)
	}
	return value, nil
}

func birthDate(value string, now time.Time) (string, error) {
	born, err := time.Parse(time.DateOnly, value)
	// The day may have begun further east.
	if err != nil || born.Year() < 1880 || born.After(now.Add(14*time.Hour)) {
		return "", badField(FieldBirth, "not-a-date", "write the date of birth as year-month-day; it is not in the future", "skriv fødselsdatoen som år-måned-dag; den er ikke i fremtiden")
	}
	return value, nil
}

// phone answers a number in the form of E.164, "+" with 7 to 15 digits. A number
// without its country is refused: which one is meant would be a guess.
func phone(value string) (string, error) {
	var b strings.Builder
	if rest, ok := strings.CutPrefix(value, "00"); ok {
		value = "+" + rest
	}
	for i, r := range value {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -./()\u00a0", r):
		default:
			return "", badPhone()
		}
	}
	p := b.String()
	if len(p) < 8 || len(p) > 16 || p[0] != '+' || p[1] == '0' {
		return "", badPhone()
	}
	return p, nil
}

func badPhone() *study.Refusal {
	return badField(FieldPhone, "not-a-phone", "write the number with its country code, such as +47 followed by the number", "skriv nummeret med landskode, for eksempel +47 fulgt av nummeret")
}

func email(value string) (string, error) {
	a, err := mail.ParseAddress(value)
	if err != nil || a.Name != "" || a.Address != value || strings.ContainsAny(value, " \t<>,;\"") {
		return "", badField(FieldEmail, "not-an-address", "write one address, such as name@example.org, and nothing else", "skriv én adresse, som navn@example.org, og ikke noe annet")
	}
	if _, domain, _ := strings.Cut(value, "@"); !strings.Contains(domain, ".") {
		return "", badField(FieldEmail, "not-an-address", "the address has no domain such as example.org", "adressen mangler et domene som example.org")
	}
	return value, nil
}

// consistent makes sure that the date of birth fits the one in the national number.
// open answers what stands there already.
func consistent(fields map[IdentityField]string, open func(IdentityField) (string, error)) error {
	_, born := fields[FieldBirth]
	_, numbered := fields[FieldNational]
	if !born && !numbered {
		return nil
	}
	value := func(f IdentityField) (string, error) {
		if v, ok := fields[f]; ok {
			return v, nil
		}
		return open(f)
	}
	date, err := value(FieldBirth)
	if err != nil {
		return err
	}
	number, err := value(FieldNational)
	if err != nil || date == "" || number == "" {
		return err
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return fmt.Errorf("app: the date of birth that is kept does not read back")
	}
	n, err := nationalid.ParseText(number)
	if err != nil {
		return fmt.Errorf("app: the national number that is kept does not read back")
	}
	if !n.Fits(day) {
		f := FieldBirth
		if !born {
			f = FieldNational
		}
		return badField(f, "birth-differs", "the date of birth and the one in the national number differ: one of them has a slip", "fødselsdatoen og datoen i fødselsnummeret er ulike: en av dem har en feil")
	}
	return nil
}
