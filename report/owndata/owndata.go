// Package owndata renders what is kept of a participant (app.OwnData) as one page for
// people: printable, in the participant's language, with nothing loaded from anywhere.
// The page is meant to be saved as a file: its style stands in it.
package owndata

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"

	"varde/app"
	"varde/bilingual"
)

//go:embed page.html
var source string

// Page writes the page of the JSON that app.OwnData wrote, in a language ("en" or
// "nb"). Moments are shown in the zone given.
func Page(w io.Writer, data io.Reader, lang string, zone *time.Location) error {
	var doc app.OwnDocument
	d := json.NewDecoder(data)
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return fmt.Errorf("owndata: what is kept does not read back: %w", err)
	}
	if doc.Format != app.OwnFormat {
		return fmt.Errorf("owndata: the data are of the form %q, which this program does not know", doc.Format)
	}
	t, err := parsed()
	if err != nil {
		return err
	}
	return t.Execute(w, &page{OwnDocument: doc, Lang: lang, zone: zone})
}

var parsed = sync.OnceValues(func() (*template.Template, error) {
	return template.New("owndata").Parse(source)
})

// page is the document with the words around it.
type page struct {
	app.OwnDocument
	Lang string
	zone *time.Location
}

// Say answers a text in the page's language.
func (p *page) Say(t bilingual.Text) string { return t.In(p.Lang) }

// T answers one of the page's own words.
func (p *page) T(key string) string {
	t, ok := words[key]
	if !ok {
		return key
	}
	return t.In(p.Lang)
}

var months = []string{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"}

// When answers a moment as a person writes it, "" for none.
func (p *page) When(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(p.zone)
	if p.Lang == "nb" {
		return fmt.Sprintf("%d. %s %d kl. %s", t.Day(), months[t.Month()-1], t.Year(), t.Format("15.04"))
	}
	return t.Format("2 January 2006, 15:04")
}

// Number answers a number with the language's decimal mark.
func (p *page) Number(x float64) string {
	s := fmt.Sprintf("%g", x)
	if p.Lang == "nb" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Answer is an answer in words, or why there is none.
func (p *page) Answer(a app.OwnAnswer) string {
	switch {
	case a.Hidden:
		return p.T("hidden.value")
	case a.Missing != "":
		return p.T("missing." + a.Missing)
	}
	text := p.Say(a.Answer)
	if a.Unit != "" {
		text += " " + a.Unit
	}
	return text
}

// Value is a score as it is kept.
func (p *page) Value(v json.RawMessage) string {
	switch s := string(v); s {
	case "true":
		return p.T("yes")
	case "false":
		return p.T("no")
	default:
		if text := ""; json.Unmarshal(v, &text) == nil {
			return text
		}
		if p.Lang == "nb" {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	}
}

// VisitTitle answers what a visit is called; "" for a log.
func (p *page) VisitTitle(id string) string {
	for _, v := range p.Visits {
		if v.Visit == id {
			return p.Say(v.Title)
		}
	}
	return id
}

// Paragraphs splits a text at its empty lines.
func (p *page) Paragraphs(text string) []string {
	var out []string
	for _, s := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// FieldName says a field of an identity; a sealed answer of a form by its form.
func (p *page) FieldName(f string) string {
	if _, ok := words["field."+f]; ok {
		return p.T("field." + f)
	}
	return p.T("field.item")
}

// Field is FieldName for a field of the list.
func (p *page) Field(f app.IdentityField) string { return p.FieldName(string(f)) }
