package content

import (
	"fmt"
	"regexp"
	"slices"

	"varde/bilingual"
)

// Crisis is where to turn, by country. The first country is the clinic's own: its
// lines stand on every page.
type Crisis struct {
	Text      bilingual.Text  `yaml:"text"` // above the numbers, on every page
	Countries []CrisisCountry `yaml:"countries"`
	Anywhere  bilingual.Text  `yaml:"anywhere"` // for whoever is in none of them
}

// CrisisCountry is one country's numbers, with where they were read.
type CrisisCountry struct {
	Code     string         `yaml:"code"`
	Name     bilingual.Text `yaml:"name"`
	Lines    []CrisisLine   `yaml:"lines"`
	Source   string         `yaml:"source"`
	LookedUp Day            `yaml:"lookedUp"`
}

// CrisisLine is one number to call.
type CrisisLine struct {
	Kind   string         `yaml:"kind"` // "emergency", "doctor" or "talk"
	Number string         `yaml:"number"`
	Text   bilingual.Text `yaml:"text"` // who answers, and when
}

// In answers the numbers of a country, and false when none are known there: then
// Anywhere is what can be said. Country "" is the clinic's own.
func (c *Crisis) In(country string) (CrisisCountry, bool) {
	if country == "" {
		return c.Countries[0], true
	}
	i := slices.IndexFunc(c.Countries, func(x CrisisCountry) bool { return x.Code == country })
	if i < 0 {
		return CrisisCountry{}, false
	}
	return c.Countries[i], true
}

// Dial is the address that a telephone calls.
func (l CrisisLine) Dial() string { return "tel:" + notDialled.ReplaceAllString(l.Number, "") }

var (
	notDialled  = regexp.MustCompile(`[^0-9+]`)
	phoneNumber = regexp.MustCompile(`^\+?[0-9][0-9 ]{1,18}[0-9]$`)
)

func readCrisis(file string, data []byte) (Crisis, Faults) {
	var c Crisis
	sheet := ReadSheet(file, data, &c)
	sheet.Check(len(c.Countries) > 0, "countries", "there is no country", "Give at least the clinic's own")
	for i, country := range c.Countries {
		at := fmt.Sprintf("countries[%d]", i)
		has := func(kind string) bool {
			return slices.ContainsFunc(country.Lines, func(l CrisisLine) bool { return l.Kind == kind })
		}
		sheet.Check(has("emergency") && has("talk"), at, "the country lacks an emergency number, or somebody to talk to", "Give at least one line of kind emergency and one of kind talk")
		sheet.Check(!country.LookedUp.IsZero(), at, "the country does not say when its numbers were looked up", "Add lookedUp: 2026-11-23")
		for j, l := range country.Lines {
			at := fmt.Sprintf("%s.lines[%d]", at, j)
			sheet.Check(slices.Contains([]string{"emergency", "doctor", "talk"}, l.Kind), at+".kind", fmt.Sprintf("there is no kind %q", l.Kind), "Use emergency, doctor or talk")
			sheet.Check(phoneNumber.MatchString(l.Number), at+".number", fmt.Sprintf("%q is no number to call", l.Number), `Write digits and spaces in quotes, such as "116 123"`)
		}
	}
	return c, sheet.Faults
}
