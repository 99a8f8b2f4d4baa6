package schedule

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/text/unicode/norm"

	"varde/report/letter"
)

// Sizes of the page, A4 across, in millimetres and points.
const (
	margin   = 10.0
	pageWide = 297.0
	pageHigh = 210.0
	leadWide = 58.0 // first column
	lineHigh = 2.9
	fontSize = 6.5
	padding  = 0.7
	widest   = 22.0 // of a visit's column
	narrow   = 12.5
)

// WritePDF writes the table as PDF, A4 across. A table that is too wide goes on over
// further pages, with the activities and the headings again on each; the notes follow
// at the end. At is the time of making, which stands in the file's properties. A
// character that the fonts (Latin, Greek, Cyrillic) do not have is an error, so that no
// table is printed without a part of its text.
func (t *Table) WritePDF(out io.Writer, at time.Time) error { return t.writePDF(out, at, true) }

func (t *Table) writePDF(out io.Writer, at time.Time, compress bool) error {
	if missing := t.unprintable(); missing != "" {
		return fmt.Errorf("schedule: the PDF's fonts have no characters for %q; write HTML instead and print that", missing)
	}
	p := &printer{t: t, w: words{t.Language}, pdf: fpdf.New("L", "mm", "A4", "")}
	p.open(at, compress)
	for _, cols := range p.slices() {
		p.cols = cols
		p.part()
	}
	p.notes()
	if err := p.pdf.Output(out); err != nil {
		return fmt.Errorf("schedule: writing PDF: %w", err)
	}
	return nil
}

// span of columns on one page: from <= i < to.
type span struct{ from, to int }

// printer draws the pages.
type printer struct {
	t    *Table
	w    words
	pdf  *fpdf.Fpdf
	cols span
	wide float64 // of a visit's column
}

func (p *printer) open(at time.Time, compress bool) {
	pdf := p.pdf
	pdf.SetCompression(compress)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	title := p.w.say("Schedule of activities", "Aktivitetsplan")
	pdf.SetTitle(title+": "+p.t.Title, true)
	pdf.SetProducer("Varde", true)
	pdf.SetLang(map[bool]string{true: "nb-NO", false: "en-GB"}[p.t.Language == "nb"])
	pdf.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF))
	pdf.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, margin)
	pdf.SetCellMargin(padding)
	pdf.AliasNbPages("{nb}")
	pdf.SetFooterFunc(func() {
		pdf.SetXY(margin, pageHigh-8)
		pdf.SetFont("go", "", 6)
		pdf.CellFormat(200, 4, fmt.Sprintf("%s %s · %s", p.t.Protocol, p.t.Version, p.t.Digest), "", 0, "L", false, 0, "")
		pdf.CellFormat(0, 4, fmt.Sprintf(p.w.say("page %d of {nb}", "side %d av {nb}"), pdf.PageNo()), "", 0, "R", false, 0, "")
	})
}

// slices divides the columns over pages as evenly as they go.
func (p *printer) slices() []span {
	n := len(p.t.Columns)
	if n == 0 {
		p.wide = widest
		return []span{{0, 0}}
	}
	room := pageWide - 2*margin - leadWide
	most := int(room / narrow)
	pages := (n + most - 1) / most
	each := (n + pages - 1) / pages
	p.wide = min(room/float64(each), widest)
	var out []span
	for i := 0; i < n; i += each {
		out = append(out, span{i, min(i+each, n)})
	}
	return out
}

// part draws one slice of the columns, over as many pages as its rows need.
func (p *printer) part() {
	p.newPage()
	for _, g := range p.t.Groups {
		p.groupHead(g.Title, p.rowHigh(g.Rows[0]))
		for _, r := range g.Rows {
			high := p.rowHigh(r)
			if p.pdf.GetY()+high > pageHigh-margin {
				p.newPage()
				p.groupHead(g.Title, 0)
			}
			p.row(r, high)
		}
	}
}

func (p *printer) newPage() {
	p.pdf.AddPage()
	p.pdf.SetFont("go", "B", 11)
	p.pdf.CellFormat(0, 6, p.w.say("Schedule of activities", "Aktivitetsplan")+": "+p.t.Title, "", 1, "L", false, 0, "")
	p.pdf.SetFont("go", "", 6)
	p.pdf.MultiCell(0, 3.2, p.t.legend(), "", "L", false)
	p.pdf.Ln(1)
	p.heads()
}

// heads are the lines above the columns.
func (p *printer) heads() {
	pdf := p.pdf
	pdf.SetFont("go", "B", fontSize)
	high := 2*padding + lineHigh
	for _, e := range p.epochs() {
		high = max(high, p.high(e.Title, p.wide*float64(e.Columns)))
	}
	pdf.SetFillColor(219, 229, 241)
	x, y := margin, pdf.GetY()
	p.box(p.w.say("Epoch", "Epoke"), x, y, leadWide, high, "L", true)
	x += leadWide
	for _, e := range p.epochs() {
		wide := p.wide * float64(e.Columns)
		p.box(e.Title, x, y, wide, high, "C", true)
		x += wide
	}
	pdf.SetXY(margin, y+high)
	pdf.SetFillColor(238, 242, 247)
	for i, l := range []struct {
		name string
		cell func(Column) string
	}{
		{p.w.say("Visit", "Besøk"), func(c Column) string { return c.Visit + "\n" + c.Title + marks(c.Notes) }},
		{p.w.say("Held as", "Holdes som"), func(c Column) string { return c.Kind }},
		{p.w.say("Day", "Dag") + p.t.dayMark(), func(c Column) string { return c.Day }},
		{p.w.say("Week", "Uke"), func(c Column) string { return c.Week }},
		{p.w.say("Window", "Vindu"), func(c Column) string { return c.Window }},
		{p.w.say("By", "Av"), func(c Column) string { return c.By }},
	} {
		pdf.SetFont("go", map[bool]string{true: "B"}[i == 0], fontSize)
		p.line(l.name, func(j int) string { return l.cell(p.t.Columns[j]) }, true)
	}
}

// epochs answers those that have columns in the slice, with how many.
func (p *printer) epochs() []Epoch {
	var out []Epoch
	at := 0
	for _, e := range p.t.Epochs {
		n := min(at+e.Columns, p.cols.to) - max(at, p.cols.from)
		at += e.Columns
		if n > 0 {
			e.Columns = n
			out = append(out, e)
		}
	}
	return out
}

func (p *printer) groupHead(title string, next float64) {
	high := lineHigh + 2*padding
	if p.pdf.GetY()+high+next > pageHigh-margin {
		p.newPage()
	}
	p.pdf.SetFont("go", "B", fontSize)
	p.pdf.SetFillColor(238, 242, 247)
	y := p.pdf.GetY()
	p.box(title, margin, y, leadWide+p.wide*float64(p.cols.to-p.cols.from), high, "L", true)
	p.pdf.SetXY(margin, y+high)
}

func (p *printer) rowHigh(r Row) float64 {
	p.pdf.SetFont("go", "", fontSize)
	high := p.high(r.Title+marks(r.Notes), leadWide)
	for j := p.cols.from; j < p.cols.to; j++ {
		high = max(high, p.high(cellText(r.Cells[j]), p.wide))
	}
	return high
}

func cellText(c Cell) string { return strings.TrimSpace(c.Text + marks(c.Notes)) }

func (p *printer) row(r Row, high float64) {
	p.pdf.SetFont("go", "", fontSize)
	x, y := margin, p.pdf.GetY()
	p.box(r.Title+marks(r.Notes), x, y, leadWide, high, "L", false)
	x += leadWide
	for j := p.cols.from; j < p.cols.to; j++ {
		p.box(cellText(r.Cells[j]), x, y, p.wide, high, "C", false)
		x += p.wide
	}
	p.pdf.SetXY(margin, y+high)
}

// line draws one heading line, as high as its tallest cell.
func (p *printer) line(name string, cell func(int) string, fill bool) {
	high := p.high(name, leadWide)
	for j := p.cols.from; j < p.cols.to; j++ {
		high = max(high, p.high(cell(j), p.wide))
	}
	x, y := margin, p.pdf.GetY()
	p.box(name, x, y, leadWide, high, "L", fill)
	x += leadWide
	for j := p.cols.from; j < p.cols.to; j++ {
		p.box(cell(j), x, y, p.wide, high, "C", fill)
		x += p.wide
	}
	p.pdf.SetXY(margin, y+high)
}

// wrap breaks a text to a width, at blanks and after hyphens; a word that is still too
// long is broken where it must be.
func (p *printer) wrap(text string, wide float64) []string {
	room := wide - 2*padding
	var out []string
	for _, part := range strings.Split(printable(text), "\n") {
		line := ""
		for _, word := range strings.SplitAfter(strings.ReplaceAll(part, "-", "-\x00"), " ") {
			for _, piece := range strings.Split(word, "\x00") {
				if line != "" && p.pdf.GetStringWidth(strings.TrimRight(line+piece, " ")) > room {
					out, line = append(out, strings.TrimRight(line, " ")), ""
				}
				line += piece
				for p.pdf.GetStringWidth(strings.TrimRight(line, " ")) > room && len([]rune(line)) > 1 {
					head := p.fitting(line, room)
					out, line = append(out, head), line[len(head):]
				}
			}
		}
		out = append(out, strings.TrimRight(line, " "))
	}
	return out
}

// fitting answers as much of a word as there is room for, at least one character.
func (p *printer) fitting(word string, room float64) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if end > 0 && p.pdf.GetStringWidth(word[:next]) > room {
			break
		}
		end = next
	}
	return word[:end]
}

func (p *printer) high(text string, wide float64) float64 {
	return lineHigh*float64(max(1, len(p.wrap(text, wide)))) + 2*padding
}

func (p *printer) box(text string, x, y, wide, high float64, align string, fill bool) {
	p.pdf.SetDrawColor(150, 160, 175)
	style := "D"
	if fill {
		style = "FD"
	}
	p.pdf.Rect(x, y, wide, high, style)
	lines := p.wrap(text, wide)
	top := y + (high-lineHigh*float64(len(lines)))/2
	for i, l := range lines {
		p.pdf.SetXY(x, top+lineHigh*float64(i))
		p.pdf.CellFormat(wide, lineHigh, l, "", 0, align, false, 0, "")
	}
}

// notes go on where the table ends.
func (p *printer) notes() {
	pdf := p.pdf
	if pdf.GetY() > pageHigh-40 {
		pdf.AddPage()
	}
	pdf.Ln(3)
	pdf.SetFont("go", "B", 9)
	pdf.CellFormat(0, 5, p.w.say("Notes", "Fotnoter"), "", 1, "L", false, 0, "")
	const wide = pageWide - 2*margin - 8
	for _, n := range p.t.Notes {
		pdf.SetFont("go", "", 7)
		lines := p.wrap(n.Text, wide)
		if pdf.GetY()+3.4*float64(len(lines)) > pageHigh-margin {
			pdf.AddPage()
		}
		for i, l := range lines {
			m := ""
			if i == 0 {
				m = n.Mark
			}
			pdf.SetFont("go", "B", 7)
			pdf.CellFormat(8, 3.4, m, "", 0, "L", false, 0, "")
			pdf.SetFont("go", "", 7)
			pdf.CellFormat(wide, 3.4, l, "", 1, "L", false, 0, "")
		}
		pdf.Ln(0.6)
	}
}

// printable joins letters with their marks, as the fonts have them.
func printable(s string) string { return norm.NFC.String(strings.ReplaceAll(s, "\t", " ")) }

// unprintable gathers what the fonts do not have, each character once.
func (t *Table) unprintable() string {
	var b strings.Builder
	seen := map[rune]bool{'\n': true}
	check := func(s string) {
		for _, r := range printable(s) {
			if !seen[r] && !letter.Prints()(r) {
				b.WriteRune(r)
			}
			seen[r] = true
		}
	}
	check(t.Title + t.Protocol + t.Version + t.legend())
	for _, e := range t.Epochs {
		check(e.Title)
	}
	for _, c := range t.Columns {
		check(c.Title + c.Kind + c.Day + c.Week + c.Window + c.By)
	}
	for _, g := range t.Groups {
		check(g.Title)
		for _, r := range g.Rows {
			check(r.Title)
			for _, c := range r.Cells {
				check(c.Text)
			}
		}
	}
	for _, n := range t.Notes {
		check(n.Text)
	}
	return b.String()
}
