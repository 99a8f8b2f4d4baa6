package schedule

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("schedule").Parse(pageText))

// view is the table with the words of the page.
type view struct {
	*Table
	Words  map[string]string
	Legend string
}

// Told says in words what a cell's sign means, for those who do not see it.
func (v view) Told(c Cell) string {
	w := words{v.Language}
	switch c.Kind {
	case Due:
		return w.say("due", "skal gjøres")
	case Conditional:
		return w.say("due on a condition", "på vilkår")
	case Optional:
		return w.say("optional", "valgfritt")
	case Continuous:
		return w.say("kept all through", "føres hele veien")
	}
	return ""
}

// Wide is the number of all columns.
func (v view) Wide() int { return len(v.Columns) + 1 }

// Identity is the id of a note's place on the page.
func (v view) Identity(mark string) string { return "note-" + mark }

// WriteHTML writes the table as one page that stands alone: no script, nothing loaded
// from elsewhere, fit to be printed on A4 or A3 across.
func (t *Table) WriteHTML(out io.Writer) error {
	w := words{t.Language}
	v := view{Table: t, Legend: t.legend(), Words: map[string]string{
		"schedule": w.say("Schedule of activities", "Aktivitetsplan"),
		"activity": w.say("Activity", "Aktivitet"),
		"epoch":    w.say("Epoch", "Epoke"),
		"visit":    w.say("Visit", "Besøk"),
		"kind":     w.say("Held as", "Holdes som"),
		"day":      w.say("Day", "Dag"),
		"week":     w.say("Week", "Uke"),
		"window":   w.say("Window", "Vindu"),
		"by":       w.say("By", "Av"),
		"notes":    w.say("Notes", "Fotnoter"),
		"note":     w.say("note", "fotnote"),
		"version":  w.say("version", "versjon"),
		"digest":   w.say("Digest of the definition", "Definisjonens fingeravtrykk"),
	}}
	if err := page.Execute(out, v); err != nil {
		return fmt.Errorf("schedule: writing HTML: %w", err)
	}
	return nil
}
