package content

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Page is one page in one language.
type Page struct {
	ID, Lang   string
	Title      string
	Short      string // in menus; Title when the file gives none
	Lead       string // one or two sentences under the heading
	Reviewed   Day
	ReviewedBy string // "" = not yet reviewed by the clinic
	// Body is the text as HTML: made from Markdown without raw HTML, so that it holds
	// no script and no style. Headings begin at h2.
	Body string
	// Sources of the facts in the text, in the order in which the text refers to them:
	// the first is number 1.
	Sources []Cited
	// Minutes to read it, from 1.
	Minutes int
}

// Cited is a source with what was taken from it.
type Cited struct {
	*Source
	Facts []*Fact
}

// LookedUp is the earliest day on which something of it was looked up: what stands on
// the page is no newer than that.
func (c Cited) LookedUp() Day {
	day := c.Facts[0].LookedUp
	for _, f := range c.Facts {
		if f.LookedUp.Before(day.Time) {
			day = f.LookedUp
		}
	}
	return day
}

// Computed says that something taken from it was computed, not read.
func (c Cited) Computed() bool {
	return slices.ContainsFunc(c.Facts, func(f *Fact) bool { return f.Status == Computed })
}

// head is the front matter of a page.
type head struct {
	Title      string `yaml:"title"`
	Short      string `yaml:"short" json:",omitempty"`
	Lead       string `yaml:"lead"`
	Reviewed   Day    `yaml:"reviewed"`
	ReviewedBy string `yaml:"reviewedBy" json:",omitempty"`
}

const wordsAMinute = 180

// reader reads pages; facts and names come from facts.yaml.
type reader struct {
	facts map[string]*Fact
	names *regexp.Regexp // words with digits that are no numbers; nil = none
}

func newReader(facts map[string]*Fact, names []string) *reader {
	r := &reader{facts: facts}
	if len(names) > 0 {
		var any []string
		for _, n := range names {
			any = append(any, regexp.QuoteMeta(n))
		}
		r.names = regexp.MustCompile(`(` + strings.Join(any, "|") + `)`)
	}
	return r
}

func (r *reader) page(file, id, lang string, data []byte) (*Page, Faults) {
	fault := func(line int, message, fix string) Faults {
		return Faults{{File: file, Line: line, Column: 1, Message: message, Fix: fix}}
	}
	if !utf8.Valid(data) {
		return nil, fault(1, "the file is no text in UTF-8", "Save it as UTF-8")
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	front, body, ok := cutFront(data)
	if !ok {
		return nil, fault(1, "the page does not begin with its title", "Begin with a line ---, then title, lead and reviewed, then a line ---")
	}
	var h head
	// The front matter is read as a file of its own; a first line keeps its places.
	sheet := ReadSheet(file, append([]byte("\n"), front...), &h)
	sheet.Check(!h.Reviewed.IsZero(), "reviewed", "the page does not say when it was last reviewed", "Add reviewed: 2026-11-23")
	faults := sheet.Faults
	first := bytes.Count(front, []byte("\n")) + 4 // line on which the body begins
	for _, x := range []string{h.Title, h.Lead} {
		faults = append(faults, r.checkLine(file, 2, x)...)
	}
	for i, line := range strings.Split(string(body), "\n") {
		faults = append(faults, r.checkLine(file, first+i, line)...)
	}
	p := &Page{ID: id, Lang: lang, Title: h.Title, Short: h.Short, Lead: h.Lead, Reviewed: h.Reviewed, ReviewedBy: h.ReviewedBy}
	if p.Short == "" {
		p.Short = p.Title
	}
	faults = append(faults, r.render(p, file, first, body)...)
	p.Minutes = max(1, (len(strings.Fields(string(body)))+wordsAMinute/2)/wordsAMinute)
	return p, faults
}

// cutFront splits a page into what stands between the first two lines of --- and the
// rest.
func cutFront(data []byte) (front, body []byte, ok bool) {
	rest, ok := bytes.CutPrefix(data, []byte("---\n"))
	if !ok {
		return nil, nil, false
	}
	front, body, ok = bytes.Cut(rest, []byte("\n---\n"))
	return front, body, ok
}

var (
	shortcode  = regexp.MustCompile(`\{\{fact "([a-z0-9-]+)"\}\}`)
	linkTarget = regexp.MustCompile(`\]\([^)]*\)`)
	listMark   = regexp.MustCompile(`^\s*\d+\. `)
	digit      = regexp.MustCompile(`\S*\d\S*`)
)

// checkLine finds numbers that are no facts, facts that are none, and words that no
// public text may use.
func (r *reader) checkLine(file string, at int, line string) Faults {
	var faults Faults
	fault := func(column int, message, fix string) {
		faults = append(faults, Fault{File: file, Line: at, Column: column + 1, Message: message, Fix: fix})
	}
	for _, m := range shortcode.FindAllStringSubmatchIndex(line, -1) {
		if id := line[m[2]:m[3]]; r.facts[id] == nil {
			fault(m[0], fmt.Sprintf("there is no fact %q", id), "Add it to facts.yaml with its source, or name one that is there")
		}
	}
	// What may hold digits is blanked, so that places stay.
	blank := func(s string) string { return strings.Repeat(" ", len(s)) }
	line = shortcode.ReplaceAllStringFunc(line, blank)
	if i := strings.Index(line, "{{"); i >= 0 {
		fault(i, "this shortcode is not known", `Write {{fact "id"}}`)
		line = strings.ReplaceAll(line, "{{", "  ")
	}
	line = linkTarget.ReplaceAllStringFunc(line, blank)
	line = listMark.ReplaceAllStringFunc(line, blank)
	if r.names != nil {
		line = r.names.ReplaceAllStringFunc(line, blank)
	}
	if m := digit.FindStringIndex(line); m != nil {
		fault(m[0], fmt.Sprintf("the number %q has no source", line[m[0]:m[1]]), `Add it to facts.yaml with its source and write {{fact "id"}} here; if it is part of a name, add the name to names in facts.yaml`)
	}
	if w := Forbidden(line); w != "" {
		fault(max(strings.Index(line, w), 0), fmt.Sprintf("%q: a public text never offers, prices, doses or advertises a medicine", w), "Say it without that")
	}
	return faults
}
