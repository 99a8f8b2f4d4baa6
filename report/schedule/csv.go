package schedule

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteCSV writes the table as CSV (RFC 4180, UTF-8): seven heading lines, a line a
// row with its group first, then the notes. No cell can be taken for a formula by a
// spreadsheet.
func (t *Table) WriteCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	w.UseCRLF = true
	l := words{t.Language}
	put := func(cells ...string) {
		for i := range cells {
			cells[i] = harmless(cells[i])
		}
		_ = w.Write(cells) // kept by the writer, and answered below
	}
	head := func(name string, cell func(Column) string) {
		line := []string{"", name, ""}
		for _, c := range t.Columns {
			line = append(line, cell(c))
		}
		put(line...)
	}
	epochs := []string{"", l.say("Epoch", "Epoke"), ""}
	for _, e := range t.Epochs {
		for range e.Columns {
			epochs = append(epochs, e.Title)
		}
	}
	put(epochs...)
	head(l.say("Visit", "Besøk"), func(c Column) string { return c.Visit + " " + c.Title + marks(c.Notes) })
	head(l.say("Kind", "Form"), func(c Column) string { return c.Kind })
	head(l.say("Day", "Dag")+t.dayMark(), func(c Column) string { return c.Day })
	head(l.say("Week", "Uke"), func(c Column) string { return c.Week })
	head(l.say("Window", "Vindu"), func(c Column) string { return c.Window })
	head(l.say("By", "Av"), func(c Column) string { return c.By })
	for _, g := range t.Groups {
		for _, r := range g.Rows {
			line := []string{g.Title, r.Title, strings.Join(r.Notes, " ")}
			for _, c := range r.Cells {
				line = append(line, c.Text+marks(c.Notes))
			}
			put(line...)
		}
	}
	for _, n := range append([]Note{{Text: t.legend()}}, t.Notes...) {
		put(l.say("Note", "Fotnote"), n.Text, n.Mark)
	}
	put(l.say("Protocol", "Protokoll"), fmt.Sprintf("%s %s", t.Protocol, t.Version), t.Digest)
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("schedule: writing CSV: %w", err)
	}
	return nil
}

// dayMark is the mark behind the heading of the days.
func (t *Table) dayMark() string {
	if t.DayNote == "" {
		return ""
	}
	return marks([]string{t.DayNote})
}

func marks(notes []string) string {
	if len(notes) == 0 {
		return ""
	}
	return " [" + strings.Join(notes, " ") + "]"
}

// harmless keeps a spreadsheet from reading a text as a formula: such a text is
// preceded by an apostrophe, also where blanks or a byte order mark stand before it.
func harmless(s string) string {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\ufeff"))
	switch r {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return "'" + s
	}
	return s
}

// legend explains the signs in the cells.
func (t *Table) legend() string {
	return words{t.Language}.say(
		"X due · (X) optional · X? only if the condition of the note holds · * as often as there is something to record · → kept all through · n× n times in the session",
		"X skal gjøres · (X) valgfritt · X? bare hvis vilkåret i fotnoten er oppfylt · * så ofte som det er noe å føre · → føres hele veien · n× n ganger i økten")
}
