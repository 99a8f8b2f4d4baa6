package content

import (
	"fmt"
	"regexp"
	"strings"

	"varde/bilingual"
)

// Status of a fact: how it is known. What is only remembered, or was not found, is no
// fact and cannot be read.
const (
	Verified = "V" // read in a public source
	Computed = "C" // computed by this project from numbers that were read
)

// Fact is one number, or other checkable detail, that pages may state. Pages take it by
// its id ({{fact "id"}}), so that nothing unverified can be typed into a text.
type Fact struct {
	ID        string         `yaml:"id"`
	Value     bilingual.Text `yaml:"value"` // as it is written in a sentence
	Claim     bilingual.Text `yaml:"claim"` // the whole statement, for whoever reviews it
	Status    string         `yaml:"status"`
	Source    string         `yaml:"source"` // id in Sources
	LookedUp  Day            `yaml:"lookedUp"`
	CheckedBy string         `yaml:"checkedBy" json:",omitempty"` // of the clinic; "" = nobody yet

	From *Source `yaml:"-"`
}

// Source is where facts were read.
type Source struct {
	ID        string `yaml:"id"`
	Text      string `yaml:"text"`                        // citation, in the language that it was published in
	Link      string `yaml:"link" json:",omitempty"`      // https
	Published string `yaml:"published" json:",omitempty"` // year or day, as far as it is known
}

// factFile is facts.yaml.
type factFile struct {
	// Names are words with digits in them that are names and no numbers, such as "PCL-5".
	Names   []string `yaml:"names"`
	Sources []Source `yaml:"sources"`
	Facts   []Fact   `yaml:"facts"`
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func readFacts(file string, data []byte) (map[string]*Fact, []string, Faults) {
	var in factFile
	sheet := ReadSheet(file, data, &in)
	sources := map[string]*Source{}
	for i := range in.Sources {
		s, at := &in.Sources[i], fmt.Sprintf("sources[%d]", i)
		sheet.Check(idForm.MatchString(s.ID), at+".id", fmt.Sprintf("%q is no id", s.ID), "Use small letters, digits and hyphens")
		sheet.Check(sources[s.ID] == nil, at+".id", fmt.Sprintf("the source %q stands twice", s.ID), "Give it another id")
		CheckLink(sheet, at+".link", s.Link)
		sources[s.ID] = s
	}
	facts := map[string]*Fact{}
	for i := range in.Facts {
		f, at := &in.Facts[i], fmt.Sprintf("facts[%d]", i)
		sheet.Check(idForm.MatchString(f.ID), at+".id", fmt.Sprintf("%q is no id", f.ID), "Use small letters, digits and hyphens")
		sheet.Check(facts[f.ID] == nil, at+".id", fmt.Sprintf("the fact %q stands twice", f.ID), "Give it another id")
		CheckStatus(sheet, at+".status", f.Status)
		f.From = sources[f.Source]
		sheet.Check(f.From != nil, at+".source", fmt.Sprintf("there is no source %q", f.Source), "Add it to sources, or name one that is there")
		sheet.Check(!f.LookedUp.IsZero(), at, fmt.Sprintf("the fact %q does not say when it was looked up", f.ID), "Add lookedUp: 2026-11-23")
		sheet.Faults = append(sheet.Faults, wordsOf(sheet, at+".value", f.Value)...)
		facts[f.ID] = f
	}
	return facts, in.Names, sheet.Faults
}

// CheckStatus refuses what is not known by reading or computing.
func CheckStatus(s *Sheet, path, status string) {
	s.Check(status == Verified || status == Computed, path, fmt.Sprintf("status %q: only what was verified (V) or computed from it (C) may be shown to people", status),
		"Verify it in a public source first, or leave it out")
}

// CheckLink refuses links that do not lead to a page of another site over https.
func CheckLink(s *Sheet, path, link string) {
	s.Check(link == "" || strings.HasPrefix(link, "https://"), path, fmt.Sprintf("%q is no link to a source", link), "Begin it with https://, or leave it out")
}

// wordsOf looks for what no public text may say.
func wordsOf(s *Sheet, path string, t bilingual.Text) Faults {
	own := &Sheet{File: s.File, root: s.root}
	for _, text := range []string{t.EN, t.NB} {
		if w := Forbidden(text); w != "" {
			own.Check(false, path, fmt.Sprintf("%q: a public text never offers, prices, doses or advertises a medicine", w), "Say it without that")
		}
	}
	return own.Faults
}

var forbidden = regexp.MustCompile(`(?i)(^|[^\p{L}])(\d*\s*mg|milligrams?|microgram(s|mer)?|mikrogram|buy(ing)?|kjøp(e|er|es)?|for sale|til salgs|salg|sell(s|ing)?|pric(e|es|ed|ing)|pris(en|er|ene)?|discounts?|rabatt(er)?|kroner|kr\.?\s?\d|dollars?|euros?|bestill(e|er)?|order now|dosages?|dosering(er|en)?|doser|doses|dosen?|free trial|special offer|tilbudspris|vidundermiddel|miracle( cure)?|mirakel(kur)?|guaranteed|garantert)([^\p{L}]|$)|[€$£]\s?\d|(?-i:NOK|USD|EUR)\s?\d`)

// Forbidden answers a word of the text that offers, prices, doses or advertises a
// medicine, "" when there is none.
func Forbidden(text string) string {
	m := forbidden.FindString(text)
	return strings.TrimSpace(m)
}
