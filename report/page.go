package report

import (
	"fmt"
	"slices"
	"strings"

	"varde/analysis"
	"varde/chart"
	"varde/chart/numeral"
	"varde/protocol"
)

// Page is the result of a study in one language, ready for a template: every
// word and number is text already, and every figure a chart.
type Page struct {
	Lang     string
	Title    string
	Lead     string
	Notices  []Notice
	Stats    []Stat
	Sections []Section
	Sources  []string // numbered as the tables refer to them, from 1
	Cut      []Fact
}

// Notice is what a reader must know before anything else.
type Notice struct {
	Warning     bool
	Title, Text string
}

// Stat is one main number.
type Stat struct{ Label, Value, Note string }

// Fact is a name with its value.
type Fact struct{ Name, Value string }

// Section of the page. ID is its anchor.
type Section struct {
	ID, Title string
	Text      []string
	Figures   []Figure
	Tables    []Table
}

// Figure with what it was made from.
type Figure struct {
	Chart  chart.Chart
	Source string
}

// Table of text. The first cell of a row names it.
type Table struct {
	Caption string
	Heads   []string
	Rows    []Row
	Note    string
}

// Row of a table.
type Row struct {
	Strong bool
	Cells  []Cell
}

// Cell has a second, quieter line: the published value, or why there is none.
type Cell struct{ Text, Sub string }

// Result makes the page of a result.
func Result(def *protocol.Definition, r analysis.Result, lang string) Page {
	b := &builder{words: words{lang}, r: r, p: &def.Protocol}
	b.page = Page{Lang: lang, Title: b.say("Result", "Resultat"), Lead: r.Cut.Title}
	b.notices()
	b.stats()
	b.flow()
	b.baseline()
	b.planned()
	b.endpoints()
	b.responders()
	b.adverse()
	b.vitals()
	b.shifts()
	b.findings()
	b.guesses()
	b.completeness()
	b.cut()
	return b.page
}

// builder makes a page section by section.
type builder struct {
	words
	r    analysis.Result
	p    *protocol.Protocol
	page Page
}

func (b *builder) add(s Section) { b.page.Sections = append(b.page.Sections, s) }

// cite answers the number of a source in the page's list.
func (b *builder) cite(p *analysis.Published) string {
	text := b.sourceText(p.Provenance)
	i := slices.Index(b.page.Sources, text)
	if i < 0 {
		b.page.Sources = append(b.page.Sources, text)
		i = len(b.page.Sources) - 1
	}
	return fmt.Sprintf("[%d]", i+1)
}

func (b *builder) notices() {
	add := func(warning bool, title, text string) {
		b.page.Notices = append(b.page.Notices, Notice{warning, title, text})
	}
	if b.r.Dummy != 0 {
		add(true, b.say("Dummy arms", "Oppdiktede grupper"), b.say(
			"The arms were drawn by a seed and have nothing to do with those of the study. This shows that the analysis runs, and nothing else: every difference is chance.",
			"Gruppene er trukket med et frø og har ingenting med studiens grupper å gjøre. Dette viser at analysen går, og ingenting annet: hver forskjell er tilfeldig."))
	}
	if b.r.Simulated {
		add(true, b.say("Simulated data", "Simulerte data"), b.say(
			"This is a practice study. Its participants are virtual: their values were drawn from a model that was set to published numbers. Nothing here says anything about the effect or the safety of a treatment. Published values stand beside so that the simulation itself can be judged; that they agree is no evidence.",
			"Dette er en øvingsstudie. Deltakerne er virtuelle: verdiene er trukket fra en modell som er stilt inn etter publiserte tall. Ingenting her sier noe om effekten eller sikkerheten av en behandling. Publiserte verdier står ved siden av for at selve simuleringen kan bedømmes; at de stemmer overens, er ikke evidens."))
	} else if len(b.p.ModelledOn) > 0 && b.p.Simulation != nil {
		add(false, "", b.say(
			"Published values stand beside for orientation. They come from other people, places and times: comparing with them indirectly is no evidence.",
			"Publiserte verdier står ved siden av til orientering. De kommer fra andre mennesker, steder og tider: en indirekte sammenligning med dem er ikke evidens."))
	}
	switch b.r.Pooling {
	case analysis.Blinded:
		add(true, b.say("Blinded: all arms together", "Blindet: alle grupper samlet"), b.say(
			"The arms are not known to you before the study is unblinded. Every number is of all participants together, and nothing is compared.",
			"Gruppene er ikke kjent for deg før studien avblindes. Alle tall gjelder alle deltakerne samlet, og ingenting sammenlignes."))
	case analysis.OneGroup:
		add(false, "", b.say(
			"This protocol compares no groups. Changes are those within the group; they cannot be told apart from the course without treatment.",
			"Denne protokollen sammenligner ingen grupper. Endringene er innen gruppen; de kan ikke skilles fra forløpet uten behandling."))
	}
	for _, n := range b.r.Notes {
		add(n.Code != "no-control-arm", "", b.noteText(n))
	}
}

func (b *builder) group(i int) string { return b.r.Groups[i].Text.In(b.lang) }

func (b *builder) groupNames() []string {
	out := make([]string, len(b.r.Groups))
	for i := range out {
		out[i] = b.group(i)
	}
	return out
}

func (b *builder) groupName(id string) string {
	for i, g := range b.r.Groups {
		if g.ID == id {
			return b.group(i)
		}
	}
	return id
}

func (b *builder) population(id string) string {
	for _, p := range b.r.Populations {
		if p.ID == id {
			return p.Text.In(b.lang)
		}
	}
	return b.say("All who entered", "Alle som gikk inn")
}

// visit names a visit with its week.
func (b *builder) visit(title, id string, week *int) string {
	name := title
	if name == "" {
		name = id
	}
	if week == nil {
		return name
	}
	return fmt.Sprintf("%s (%s %d)", name, b.say("week", "uke"), *week)
}

func (b *builder) number(v float64, decimals int) string { return numeral.Format(b.lang, v, decimals) }

// meanText is "−23.1 (11.9)", with n.
func (b *builder) meanText(m analysis.Mean, decimals int) Cell {
	if m.Value == nil {
		return Cell{Text: numeral.Missing, Sub: b.why(string(m.Why))}
	}
	t := b.number(*m.Value, decimals)
	if m.SD != nil {
		t += " (" + b.number(*m.SD, decimals) + ")"
	}
	t += fmt.Sprintf("; n = %d", m.N)
	return Cell{Text: t, Sub: b.publishedMean(m.Published, decimals)}
}

func (b *builder) publishedMean(p *analysis.Published, decimals int) string {
	if p == nil {
		return ""
	}
	t := b.say("published ", "publisert ") + b.number(p.Value, decimals)
	if p.SD != nil {
		t += " (" + b.number(*p.SD, decimals) + ")"
	}
	if p.Lower != nil && p.Upper != nil {
		t += ", " + b.interval(*p.Lower, *p.Upper, decimals)
	}
	if p.N > 0 {
		t += fmt.Sprintf("; n = %d", p.N)
	}
	return t + " " + b.cite(p)
}

func (b *builder) shareText(s analysis.Share) Cell {
	if s.Value == nil {
		return Cell{Text: numeral.Missing, Sub: b.why(string(s.Why))}
	}
	return Cell{Text: fmt.Sprintf("%d/%d (%s)", s.Events, s.N, b.percent(*s.Value)), Sub: b.publishedShare(s.Published)}
}

func (b *builder) publishedShare(p *analysis.Published) string {
	if p == nil {
		return ""
	}
	t := b.say("published ", "publisert ")
	if p.Events != nil && p.N > 0 {
		t += fmt.Sprintf("%d/%d (%s)", *p.Events, p.N, b.percent(p.Value))
	} else {
		t += b.percent(p.Value)
		if p.N > 0 {
			t += fmt.Sprintf("; n = %d", p.N)
		}
	}
	return t + " " + b.cite(p)
}

// estimateText is "−8.9 (95 % CI −13.7 to −4.1)".
func (b *builder) estimateText(e analysis.Estimate, decimals int) Cell {
	return b.estimateWith(e, func(v float64) string { return b.number(v, decimals) })
}

func (b *builder) percentPoints(e analysis.Estimate) Cell {
	return b.estimateWith(e, func(v float64) string { return b.number(100*v, 1) })
}

func (b *builder) estimateWith(e analysis.Estimate, format func(float64) string) Cell {
	if e.Value == nil {
		return Cell{Text: numeral.Missing, Sub: b.why(string(e.Why))}
	}
	c := Cell{Text: format(*e.Value)}
	if e.Lower != nil && e.Upper != nil {
		c.Text += " (" + format(*e.Lower) + b.say(" to ", " til ") + format(*e.Upper) + ")"
	} else {
		c.Sub = b.why(string(e.Why))
	}
	return c
}

// decimals of an endpoint's scale: one digit more than whole points.
const decimals = 1

func (b *builder) cut() {
	c := b.r.Cut
	b.page.Cut = []Fact{
		{b.say("Study", "Studie"), c.Study},
		{b.say("Protocol", "Protokoll"), c.Protocol + " " + c.Version},
		{b.say("Fingerprint of the protocol", "Protokollens fingeravtrykk"), c.Digest},
		{b.say("Events in the record", "Hendelser i journalen"), fmt.Sprint(c.Size)},
		{b.say("Root hash of the record", "Journalens rothash"), c.Root},
		{b.say("Data cut", "Datauttrekk"), c.Time.UTC().Format("2006-01-02 15:04:05") + " UTC"},
	}
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}
