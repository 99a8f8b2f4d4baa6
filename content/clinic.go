package content

import (
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	"varde/bilingual"
)

var dialCode = regexp.MustCompile(`^\+[1-9][0-9]{0,3}$`)

// Clinic is who answers, and how.
type Clinic struct {
	Name    bilingual.Text `yaml:"name"`
	Country string         `yaml:"country"` // ISO 3166
	// Dial is the country code that is put before numbers written without one: "+47".
	Dial    string         `yaml:"dial" json:",omitempty"`
	Phone   string         `yaml:"phone" json:",omitempty"`
	Email   string         `yaml:"email" json:",omitempty"`
	Address string         `yaml:"address" json:",omitempty"`
	Hours   bilingual.Text `yaml:"hours" json:",omitzero"`
	// Next says what happens after a referral was sent, and when, one step each.
	Next []bilingual.Text `yaml:"next"`
	// Keeps says what is done with what somebody sends, and for how long.
	Keeps bilingual.Text `yaml:"keeps"`
	// Placeholder is true while the clinic has not entered its own details.
	Placeholder bool `yaml:"placeholder"`
}

// International answers a telephone number as it is dialled from anywhere. One that
// begins with neither + nor 00 is taken to be of the clinic's country.
func (c Clinic) International(number string) string {
	number = strings.TrimSpace(number)
	switch {
	case number == "" || c.Dial == "" || strings.HasPrefix(number, "+"):
		return number
	case strings.HasPrefix(number, "00"):
		return "+" + strings.TrimSpace(number[2:])
	}
	return c.Dial + " " + strings.TrimPrefix(number, "0")
}

func readClinic(file string, data []byte) (Clinic, Faults) {
	var c Clinic
	sheet := ReadSheet(file, data, &c)
	sheet.Check(len(c.Country) == 2, "country", "the clinic's country is missing", "Write its two letters, such as NO")
	sheet.Check(c.Dial == "" || dialCode.MatchString(c.Dial), "dial", fmt.Sprintf("%q is no country code", c.Dial), `Write it as "+47"`)
	sheet.Check(c.Phone == "" || phoneNumber.MatchString(c.Phone), "phone", "this is no number to call", `Write digits and spaces in quotes, such as "22 00 00 00"`)
	if c.Email != "" {
		a, err := mail.ParseAddress(c.Email)
		sheet.Check(err == nil && a.Address == c.Email, "email", "this is no e-mail address", "Write it as name@example.org")
	}
	sheet.Check(c.Placeholder || c.Phone != "" || c.Email != "", "", "the clinic cannot be reached", "Give a phone or an e-mail, or set placeholder: true")
	sheet.Check(len(c.Next) > 0, "next", "nothing is said of what happens after a referral", "Say what happens, and when")
	for _, t := range append([]bilingual.Text{c.Name, c.Hours, c.Keeps}, c.Next...) {
		sheet.Faults = append(sheet.Faults, wordsOf(sheet, "", t)...)
	}
	return c, sheet.Faults
}
