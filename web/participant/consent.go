package participant

import (
	"net/http"
	"strings"
	"time"

	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// What a document is to the reader at this moment.
type consentState string

const (
	toSign      consentState = "sign"
	toSignAgain consentState = "again"     // a newer version replaces the one signed
	waiting     consentState = "waiting"   // signed by the reader; the conversation is to come
	agreed      consentState = "agreed"    // signed, and talked through
	withdrawn   consentState = "withdrawn" // taken back
	voluntary   consentState = "voluntary" // not signed, and need not be
	tooEarly    consentState = "early"     // asked for after the first conversation
)

// document is one consent text in the version that holds, and where the reader is
// with it.
type document struct {
	doc     *protocol.ConsentDocument
	state   consentState
	version string // that the reader signed
	at      time.Time
}

// documents answers the texts that hold now, with where the reader is with each.
func (o *own) documents() []document {
	var out []document
	for i := range o.c.Def.Consent.Documents {
		if d := &o.c.Def.Consent.Documents[i]; d.Valid {
			out = append(out, o.standing(d))
		}
	}
	return out
}

func (o *own) standing(d *protocol.ConsentDocument) document {
	x := document{doc: d}
	given, isGiven := o.s.Consents[d.ID]
	signed, isSigned := o.s.Signed[d.ID]
	replaced := isGiven && given.Version != d.Version && contains(d.Supersedes, given.Version)
	switch {
	case isSigned && signed.PVersion == d.Version && !(isGiven && given.Version == d.Version && !given.At.Before(signed.At)):
		x.state, x.version, x.at = waiting, signed.PVersion, signed.At
	case isGiven && !given.Withdrawn.IsZero():
		x.state, x.version, x.at = withdrawn, given.Version, given.At
	case isGiven && replaced:
		x.state, x.version, x.at = toSignAgain, given.Version, given.At
	case isGiven:
		x.state, x.version, x.at = agreed, given.Version, given.At
	case o.s.Reached[study.Prescreened].IsZero():
		x.state = tooEarly
	case !d.Required:
		x.state = voluntary
	default:
		x.state = toSign
	}
	if o.gone() && (x.state == toSign || x.state == toSignAgain) {
		x.state = voluntary
	}
	return x
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// mayRead says that the text can be signed by the reader now.
func (d document) maySign() bool {
	return d.state == toSign || d.state == toSignAgain || d.state == voluntary || d.state == withdrawn && !d.doc.Required
}

// version finds a version of a document that once held or holds.
func (o *own) versionOf(id, version string) *protocol.ConsentDocument {
	for i := range o.c.Def.Consent.Documents {
		if d := &o.c.Def.Consent.Documents[i]; d.ID == id && d.Version == version {
			return d
		}
	}
	return nil
}

type consentsView struct {
	Top       top
	Documents []consentLine
	Reconsent string
}

type consentLine struct {
	Title string
	Tag   ui.Tag
	Text  string
	Read  *ui.Link
	Copy  *ui.Link
}

var consentTones = map[consentState]ui.Tone{toSign: ui.Warning, toSignAgain: ui.Warning, waiting: ui.Info, agreed: ui.Success, withdrawn: ui.Neutral, voluntary: ui.Neutral, tooEarly: ui.Neutral}

// consents lists the texts, and what the reader signed when.
func consents(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	v := consentsView{Top: o.top(o.toMore()), Reconsent: c.Say(c.Def.Consent.Reconsent)}
	for _, d := range o.documents() {
		line := consentLine{Title: c.Say(d.doc.Title), Tag: ui.Tag{Text: c.T("me.consent.state." + string(d.state)), Tone: consentTones[d.state]}}
		voice := c.Voice()
		switch d.state {
		case waiting:
			line.Text = c.T("me.consent.waiting", "version", d.version, "date", voice.Date(d.at))
		case agreed, withdrawn:
			line.Text = c.T("me.consent.agreed", "version", d.version, "date", voice.Date(d.at))
		case toSignAgain:
			line.Text = c.T("me.consent.again", "version", d.version, "date", voice.Date(d.at), "new", d.doc.Version)
		case tooEarly:
			line.Text = c.T("me.consent.early")
		case voluntary:
			line.Text = c.T("me.consent.voluntary")
		}
		word := "me.consent.read"
		if d.maySign() {
			word = "me.consent.readsign"
		}
		line.Read = &ui.Link{Text: c.T(word, "document", line.Title), Href: o.path("consent", d.doc.ID)}
		if d.version != "" {
			line.Copy = &ui.Link{Text: c.T("me.consent.copy", "document", line.Title), Href: o.path("consent", d.doc.ID, "copy"), Variant: "secondary"}
		}
		v.Documents = append(v.Documents, line)
	}
	return o.render("consents", c.T("me.consent"), v)
}

// documentOf is the text that the address names.
func (o *own) documentOf() (document, error) {
	for _, d := range o.documents() {
		if d.doc.ID == o.c.Value("document") {
			return d, nil
		}
	}
	return document{}, page.NotFound("there is no such text to sign", "det finnes ingen slik tekst å signere")
}

type copyView struct {
	Top      top
	Heading  ui.Heading
	Sections []copySection
	Answers  []ui.KeyValue
	Signed   []string
	File     string
}

type copySection struct {
	Title, Short string
	Long         []string
}

// consentCopy shows what the reader signed, whole: to read, to print, to keep.
func consentCopy(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	d, err := o.documentOf()
	if err != nil {
		return err
	}
	version := d.version
	if version == "" {
		version = d.doc.Version
	}
	text := o.versionOf(d.doc.ID, version)
	if text == nil {
		return page.NotFound("the text of that version is not kept here: ask your team for a copy", "teksten i den versjonen finnes ikke her: be teamet ditt om en kopi")
	}
	v := copyView{Top: o.top(&ui.Link{Text: c.T("me.consent"), Href: o.path("consent")}), Heading: ui.Heading{Title: c.Say(text.Title), Lead: c.T("me.consent.version", "version", text.Version)},
		File: o.path("consent", d.doc.ID, "copy") + "?as=file"}
	voice := c.Voice()
	if s, ok := o.s.Signed[d.doc.ID]; ok && s.PVersion == version {
		v.Signed = append(v.Signed, c.T("me.consent.signedby", "time", voice.DateTime(s.At)))
		v.Answers = answersIn(c, text, s.Answers)
	}
	if g, ok := o.s.Consents[d.doc.ID]; ok && g.Version == version {
		v.Signed = append(v.Signed, c.T("me.consent.confirmed", "time", voice.DateTime(g.At)))
		if !g.Withdrawn.IsZero() {
			v.Signed = append(v.Signed, c.T("me.consent.takenback", "time", voice.DateTime(g.Withdrawn)))
		}
	}
	if len(v.Signed) == 0 {
		v.Signed = []string{c.T("me.consent.unsigned")}
	}
	for i := range text.Sections {
		s := &text.Sections[i]
		v.Sections = append(v.Sections, copySection{Title: c.Say(s.Title), Short: c.Say(s.Short), Long: paragraphs(c.Say(s.Long))})
	}
	if c.Query("as") == "file" {
		return consentFile(c, d.doc.ID, text.Version, v)
	}
	return o.render("consent-copy", v.Heading.Title, v)
}

func answersIn(c *page.Context, d *protocol.ConsentDocument, chosen map[string]string) []ui.KeyValue {
	var out []ui.KeyValue
	for _, q := range d.Questions {
		for _, x := range q.Options {
			if x.ID == chosen[q.ID] {
				out = append(out, ui.KeyValue{Key: c.Say(q.Text), Cell: ui.Cell{Text: c.Say(x.Text)}})
			}
		}
	}
	return out
}

// consentFile answers the same as a plain text file, which every machine can open.
func consentFile(c *page.Context, id, version string, v copyView) error {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\r\n") }
	line(v.Heading.Title)
	line(v.Heading.Lead)
	line(c.Title)
	line("")
	for _, s := range v.Signed {
		line(s)
	}
	for _, s := range v.Sections {
		line("")
		line(strings.ToUpper(s.Title))
		line("")
		line(s.Short)
		for _, p := range s.Long {
			line("")
			line(p)
		}
	}
	for i, a := range v.Answers {
		if i == 0 {
			line("")
			line(strings.ToUpper(c.T("me.consent.answers")))
		}
		line("")
		line(a.Key)
		line("- " + a.Cell.Text)
	}
	h := c.W.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+fileName("consent-"+id+"-"+version)+`.txt"`)
	h.Set("Cache-Control", "no-store")
	if c.R.Method == http.MethodHead {
		return nil
	}
	_, _ = c.W.Write([]byte(b.String())) // the reader may have gone
	return nil
}

// fileName keeps what every system takes in a name.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return '-'
	}, s)
}
