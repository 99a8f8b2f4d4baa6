// Package schedule makes the schedule of activities: the table that every protocol
// has, with the visits as columns and what is done at them as rows. It is made from
// the definition alone, so it can never say anything else than what the study runs on.
//
// Of answers the table as a neutral model; WriteHTML, WritePDF and WriteCSV write it.
// The same definition and language give the same bytes.
package schedule

import (
	"slices"

	"varde/protocol"
)

// Table is a schedule of activities in one language.
type Table struct {
	Language string // "en" or "nb"
	Protocol string // id
	Version  string
	Digest   string // of the definition, hex
	Title    string
	Epochs   []Epoch  // in order, with their columns side by side
	Columns  []Column // visits
	DayNote  string   // mark of the footnote on what days are counted from; "" = none
	Groups   []Group
	Notes    []Note // footnotes, in the order of their marks
	Burden   Burden
}

// Epoch is the heading over the columns of one epoch.
type Epoch struct {
	ID      string
	Title   string
	Columns int
}

// Column is a visit.
type Column struct {
	Visit  string // id
	Title  string
	Kind   string // how it is held, in words
	Day    string // nominal study day, or what it counts from; see DayNote
	Week   string // empty where the day is no whole week
	Window string // such as "−3 to +7 d"
	By     string // who holds it
	Notes  []string
}

// Group of rows.
type Group struct {
	ID    string
	Title string
	Rows  []Row
}

// Row is an activity, with one cell a column.
type Row struct {
	ID    string
	Title string
	Notes []string // marks of footnotes that hold for the whole row
	Cells []Cell
}

// Kind says how an activity is due at a visit.
type Kind string

const (
	None        Kind = ""
	Due         Kind = "due"
	Conditional Kind = "conditional" // only when a condition holds
	Optional    Kind = "optional"
	Continuous  Kind = "continuous" // kept all through, from here on
	Count       Kind = "count"      // a number: minutes, or how many times
)

// Cell is one activity at one visit.
type Cell struct {
	Kind    Kind
	Repeats bool
	Text    string // what is printed: "X", "(X)", "X?", "→", a number
	Notes   []string
}

// Note is a footnote.
type Note struct {
	Mark string // "a", "b", ... "aa"
	Text string
}

// Burden is the time that the study asks for, as protocol.Definition.Burden has it.
type Burden struct {
	All  protocol.Minutes // at visits that every participant has
	Some protocol.Minutes // at visits that are optional or conditional
}

// Of makes the table of a definition, in language "nb" or, for anything else, English.
func Of(def *protocol.Definition, lang string) Table {
	if lang != "nb" {
		lang = "en"
	}
	b := &builder{def: def, w: words{lang}, marks: map[string]string{}}
	b.table = Table{Language: lang, Protocol: def.ID, Version: def.Version, Digest: def.Digest, Title: def.Title.In(lang)}
	b.order()
	b.columns()
	b.consent()
	b.forms()
	b.session()
	b.safety()
	b.minutes()
	return b.table
}

// builder gathers the table; notes with the same text share their mark.
type builder struct {
	def    *protocol.Definition
	w      words
	table  Table
	visits []*protocol.Visit // in the order of the columns
	days   days
	marks  map[string]string // text of a note -> its mark
}

// order puts the visits into columns: by epoch, and within it by nominal day.
func (b *builder) order() {
	b.days = nominalDays(b.def)
	for i := range b.def.Epochs {
		e := &b.def.Epochs[i]
		from := len(b.visits)
		for j := range b.def.Visits {
			if b.def.Visits[j].Epoch == e.ID {
				b.visits = append(b.visits, &b.def.Visits[j])
			}
		}
		own := b.visits[from:]
		if len(own) == 0 {
			continue
		}
		known := !slices.ContainsFunc(own, func(v *protocol.Visit) bool { return !b.days.known(v.ID) })
		if known {
			slices.SortStableFunc(own, func(x, y *protocol.Visit) int { return b.days.of[x.ID] - b.days.of[y.ID] })
		}
		b.table.Epochs = append(b.table.Epochs, Epoch{ID: e.ID, Title: e.Title.In(b.w.lang), Columns: len(own)})
	}
}

// note answers the mark of a footnote.
func (b *builder) note(text string) string {
	if m, ok := b.marks[text]; ok {
		return m
	}
	m := mark(len(b.table.Notes))
	b.marks[text] = m
	b.table.Notes = append(b.table.Notes, Note{Mark: m, Text: text})
	return m
}

// mark counts a, b, ... z, aa, ab ...
func mark(n int) string {
	m := ""
	for n++; n > 0; n = (n - 1) / 26 {
		m = string(rune('a'+(n-1)%26)) + m
	}
	return m
}

// add puts a row into the group at the end of the table, beginning it where needed.
func (b *builder) add(group, title string, r Row) {
	if !slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Kind != None }) {
		return
	}
	if n := len(b.table.Groups); n == 0 || b.table.Groups[n-1].ID != group {
		b.table.Groups = append(b.table.Groups, Group{ID: group, Title: title})
	}
	g := &b.table.Groups[len(b.table.Groups)-1]
	g.Rows = append(g.Rows, r)
}

func (b *builder) row(id, title string) Row {
	return Row{ID: id, Title: title, Cells: make([]Cell, len(b.visits))}
}
