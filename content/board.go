package content

import (
	"fmt"
	"slices"
	"time"

	"varde/bilingual"
)

// Statuses of an option.
var Statuses = []string{"open", "limited", "closed", "none", "ended"}

// Board is what studies and programmes there are, by country.
type Board struct {
	Countries []Country `yaml:"countries"`
}

// Country is one country's options.
type Country struct {
	Code    string         `yaml:"code"` // ISO 3166: "NO"; "EU" for studies in several
	Name    bilingual.Text `yaml:"name"`
	Options []Option       `yaml:"options"`
}

// Option is one study, programme, or the state of the law where there is neither.
type Option struct {
	ID     string         `yaml:"id"`
	Title  bilingual.Text `yaml:"title"`
	Status string         `yaml:"status"` // one of Statuses
	Text   bilingual.Text `yaml:"text"`
	// Source of everything that the text says.
	Source   string `yaml:"source"`
	Link     string `yaml:"link" json:",omitempty"`
	LookedUp Day    `yaml:"lookedUp"`
	// CheckedBy is who of the clinic last checked it, by role or name, and CheckedOn
	// when; both are empty while nobody has.
	CheckedBy bilingual.Text `yaml:"checkedBy" json:",omitzero"`
	CheckedOn Day            `yaml:"checkedOn"`
	// StaleAfter is the number of days after which it must be looked at again.
	StaleAfter int `yaml:"staleAfter"`
}

// Seen is the last day on which somebody looked.
func (o Option) Seen() Day {
	if o.CheckedOn.After(o.LookedUp.Time) {
		return o.CheckedOn
	}
	return o.LookedUp
}

// Stale says that nobody has looked for too long.
func (o Option) Stale(now time.Time) bool {
	return now.After(o.Seen().AddDate(0, 0, o.StaleAfter+1))
}

func readBoard(file string, data []byte) (Board, Faults) {
	var b Board
	sheet := ReadSheet(file, data, &b)
	seen := map[string]bool{}
	for i, c := range b.Countries {
		at := fmt.Sprintf("countries[%d]", i)
		sheet.Check(len(c.Code) == 2, at+".code", fmt.Sprintf("%q is no country", c.Code), "Write its two letters, such as NO")
		sheet.Check(len(c.Options) > 0, at, "the country has no entry", "Say at least that nothing is open there, with its source")
		for j, o := range c.Options {
			at := fmt.Sprintf("%s.options[%d]", at, j)
			sheet.Check(idForm.MatchString(o.ID) && !seen[o.ID], at+".id", fmt.Sprintf("the id %q is none, or stands twice", o.ID), "Use small letters, digits and hyphens, once")
			seen[o.ID] = true
			sheet.Check(slices.Contains(Statuses, o.Status), at+".status", fmt.Sprintf("there is no status %q", o.Status), fmt.Sprint("Use one of ", Statuses))
			sheet.Check(!o.LookedUp.IsZero(), at, "the entry does not say when it was looked up", "Add lookedUp: 2026-11-23")
			sheet.Check(o.StaleAfter >= 1 && o.StaleAfter <= 730, at+".staleAfter", "the entry does not say after how many days it must be looked at again", "Write staleAfter: 120, from 1 to 730")
			sheet.Check(o.CheckedBy.Empty() == o.CheckedOn.IsZero(), at, "who checked the entry and when belong together", "Give both checkedBy and checkedOn, or neither")
			CheckLink(sheet, at+".link", o.Link)
			sheet.Faults = append(sheet.Faults, wordsOf(sheet, at+".text", o.Text)...)
		}
	}
	return b, sheet.Faults
}
