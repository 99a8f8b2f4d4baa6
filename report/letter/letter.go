// Package letter writes a referral onwards as a letter: A4, PDF, in English or
// Norwegian. It says no more than the next service needs in order to reach the person
// and to know what is asked.
//
// The same letter gives the same bytes. Text is set in the Go fonts, which hold Latin,
// Greek and Cyrillic; a text with other characters is refused rather than printed
// without them.
package letter

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Letter is what is written. Texts that people chose are in Language already.
type Letter struct {
	Language string    // "en" or "nb"
	At       time.Time // of writing; in the file's properties
	Date     string    // of writing, as it is printed
	Ref      string    // of the referral here, such as "R-2F7K9Q"
	From     string    // name of the service that refers
	Reply    string    // how it is reached
	By       string    // who writes, with their role
	To       string    // name and address of the next service, lines
	Name     string
	Birth    string // as it is printed
	Phone    string
	Email    string
	Place    string
	Safe     string // how and when it is safe to make contact
	Asked    string // the day on which they asked for help, as it is printed
	Soon     bool
	Reason   string // why they are referred onwards
	Written  bool   // the consent was given in writing; otherwise spoken
	Note     string // what the next service needs to know
}

// Unprintable says that a text holds characters that the fonts do not have.
type Unprintable struct{ Runes []rune }

func (u *Unprintable) Error() string {
	return fmt.Sprintf("letter: %d characters cannot be printed", len(u.Runes))
}

// style of a paragraph.
type style uint8

const (
	plain style = iota
	head        // the letter's own heading
	small
	gap // of half a line
)

// paragraph of the letter; with a Label it is a line of facts.
type paragraph struct {
	Style style
	Label string
	Text  string
}

var words = map[string]map[string]string{
	"en": {"title": "Referral", "regarding": "Regarding", "born": "Date of birth", "phone": "Phone", "email": "E-mail", "place": "Lives in", "safe": "When making contact",
		"ask": "%s asked us for help with post-traumatic stress (PTSD) on %s. We ask you to assess what you can offer.", "reason": "Why we refer onwards", "soon": "Please look at this soon: we judge that it should not wait.",
		"written": "The person has agreed in writing that we send you this letter.", "spoken": "The person has agreed, in conversation with us, that we send you this letter.",
		"note": "What you should know", "no": "We have given no treatment. This letter holds no more than you need in order to make contact.", "reply": "You reach us at %s.", "regards": "Kind regards",
		"marks": "Some marks on letters in this letter cannot be printed and are left out.", "ref": "Our reference: %s", "page": "%s · page %d of {nb}"},
	"nb": {"title": "Henvisning", "regarding": "Gjelder", "born": "Fødselsdato", "phone": "Telefon", "email": "E-post", "place": "Bor i", "safe": "Når dere tar kontakt",
		"ask": "%s ba oss om hjelp for posttraumatisk stress (PTSD) %s. Vi ber dere vurdere hva dere kan tilby.", "reason": "Hvorfor vi henviser videre", "soon": "Se gjerne på dette snart: vi vurderer at det ikke bør vente.",
		"written": "Personen har samtykket skriftlig til at vi sender dere dette brevet.", "spoken": "Personen har i samtale med oss samtykket til at vi sender dere dette brevet.",
		"note": "Dette bør dere vite", "no": "Vi har ikke gitt behandling. Brevet inneholder ikke mer enn dere trenger for å ta kontakt.", "reply": "Dere når oss på %s.", "regards": "Vennlig hilsen",
		"marks": "Noen tegn over eller under bokstaver kan ikke skrives ut i dette brevet, og er utelatt.", "ref": "Vår referanse: %s", "page": "%s · side %d av {nb}"},
}

func (l *Letter) words() map[string]string {
	if w, ok := words[l.Language]; ok {
		return w
	}
	return words["en"]
}

// paragraphs lays out the letter as text.
func (l *Letter) paragraphs() []paragraph {
	w := l.words()
	var out []paragraph
	add := func(s style, label, text string) {
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, paragraph{s, label, text})
		}
	}
	space := func() { out = append(out, paragraph{Style: gap}) }
	add(plain, "", l.From)
	add(small, "", l.Reply)
	space()
	add(plain, "", l.To)
	space()
	add(small, "", l.Date+"\n"+fmt.Sprintf(w["ref"], l.Ref))
	space()
	add(head, "", w["title"])
	for _, f := range []struct{ label, text string }{{"regarding", l.Name}, {"born", l.Birth}, {"phone", l.Phone}, {"email", l.Email}, {"place", l.Place}, {"safe", l.Safe}} {
		add(plain, w[f.label], f.text)
	}
	space()
	add(plain, "", fmt.Sprintf(w["ask"], l.Name, l.Asked))
	if l.Soon {
		add(plain, "", w["soon"])
	}
	add(plain, w["reason"], l.Reason)
	add(plain, w["note"], l.Note)
	space()
	if l.Written {
		add(plain, "", w["written"])
	} else {
		add(plain, "", w["spoken"])
	}
	add(plain, "", w["no"])
	if l.Reply != "" {
		add(plain, "", fmt.Sprintf(w["reply"], l.Reply))
	}
	space()
	add(plain, "", w["regards"])
	add(plain, "", l.By)
	add(plain, "", l.From)
	return out
}

// Text answers the letter as plain text: what stands on the paper, in its order.
func (l *Letter) Text() string {
	var b strings.Builder
	for _, p := range l.printed() {
		if p.Label != "" {
			b.WriteString(p.Label + ": ")
		}
		b.WriteString(p.Text + "\n")
	}
	return b.String()
}

// Check answers an *Unprintable when the letter holds a character that cannot be printed.
func (l *Letter) Check() error {
	var bad []rune
	for _, p := range l.paragraphs() {
		_, _, missing := fit(p.Text)
		bad = append(bad, missing...)
	}
	if len(bad) > 0 {
		return &Unprintable{bad}
	}
	return nil
}

// printed answers the paragraphs in characters that the fonts hold; where a mark on a
// letter had to be left out, the letter says so.
func (l *Letter) printed() []paragraph {
	out := l.paragraphs()
	some := false
	for i := range out {
		text, simpler, _ := fit(out[i].Text)
		out[i].Text, some = text, some || simpler
	}
	if some {
		out = append(out, paragraph{Style: gap}, paragraph{Style: small, Text: l.words()["marks"]})
	}
	return out
}

// Sizes in millimetres and points.
const (
	margin = 25.0
	line   = 5.6
	label  = 55.0
	body   = 10.5
)

// Write writes the letter as PDF.
func (l *Letter) Write(out io.Writer) error { return l.write(out, true) }

func (l *Letter) write(out io.Writer, compress bool) error {
	if err := l.Check(); err != nil {
		return err
	}
	w := l.words()
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCompression(compress)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(l.At.UTC())
	pdf.SetModificationDate(l.At.UTC())
	pdf.SetTitle(w["title"]+" "+l.Ref, true)
	pdf.SetAuthor(l.From, true)
	pdf.SetProducer("Varde", true)
	pdf.SetLang(map[bool]string{true: "nb-NO", false: "en-GB"}[l.Language == "nb"])
	pdf.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF))
	pdf.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(true, margin)
	pdf.AliasNbPages("{nb}")
	pdf.SetFooterFunc(func() {
		pdf.SetY(-15)
		pdf.SetFont("go", "", 8)
		pdf.CellFormat(0, 5, fmt.Sprintf(w["page"], l.Ref, pdf.PageNo()), "", 0, "R", false, 0, "")
	})
	pdf.AddPage()
	for _, p := range l.printed() {
		draw(pdf, p)
	}
	if err := pdf.Output(out); err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	return nil
}

func draw(pdf *fpdf.Fpdf, p paragraph) {
	text := p.Text
	switch p.Style {
	case gap:
		pdf.Ln(line * 0.8)
		return
	case head:
		pdf.SetFont("go", "B", 16)
		pdf.MultiCell(0, 9, text, "", "L", false)
		pdf.Ln(1.5)
		return
	case small:
		pdf.SetFont("go", "", 9)
		pdf.MultiCell(0, line*0.9, text, "", "L", false)
		return
	}
	if p.Label == "" {
		pdf.SetFont("go", "", body)
		pdf.MultiCell(0, line, text, "", "L", false)
		pdf.Ln(1.2)
		return
	}
	pdf.SetFont("go", "B", body)
	pdf.CellFormat(label, line, p.Label, "", 0, "L", false, 0, "")
	pdf.SetFont("go", "", body)
	// The value stands beside its label, and stays there on every line.
	pdf.SetLeftMargin(margin + label)
	pdf.MultiCell(0, line, text, "", "L", false)
	pdf.SetLeftMargin(margin)
	pdf.SetX(margin)
	pdf.Ln(0.8)
}
