// Package odm writes a protocol as metadata of CDISC ODM 2.0: the study's structure,
// its timing, its visits, forms, items, code lists, conditions and scores. It writes
// definitions only: no participant, no value, and nobody's allocation is in it.
//
// The same definition and time give the same bytes. What is mapped to what stands in
// docs/interchange.md.
package odm

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"varde/bilingual"
	"varde/expr"
	"varde/instrument"
	"varde/protocol"
)

// Write writes the definition as one ODM document; at is the time of writing.
func Write(out io.Writer, def *protocol.Definition, at time.Time) error {
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return fmt.Errorf("odm: %w", err)
	}
	e := xml.NewEncoder(out)
	e.Indent("", " ")
	if err := e.Encode(build(def, at)); err != nil {
		return fmt.Errorf("odm: %w", err)
	}
	if _, err := io.WriteString(out, "\n"); err != nil {
		return fmt.Errorf("odm: %w", err)
	}
	return nil
}

// builder gathers the definitions that others refer to.
type builder struct {
	def        *protocol.Definition
	meta       *metaDataVersion
	conditions map[string]string // name and expression -> OID
	units      map[string]string // unit -> OID of its code list
	repeated   map[string]bool   // forms with several records at one visit
}

func build(def *protocol.Definition, at time.Time) *document {
	d := &document{
		NS: namespace, FileType: "Snapshot", Granularity: "Metadata", ODMVersion: "2.0", SourceSystem: "Varde",
		FileOID: oid("ODM", def.ID, def.Version), Created: at.UTC().Format("2006-01-02T15:04:05Z"),
		Study: studyPart{
			OID: oid("ST", def.ID), StudyName: def.Title.In("en"), ProtocolName: def.ID, VersionID: def.Version, Description: both(def.Title),
			Metadata: metaDataVersion{OID: oid("MDV", def.ID, def.Version), Name: def.ID + " " + def.Version, Description: both(def.Summary)},
		},
	}
	b := &builder{def: def, meta: &d.Study.Metadata, conditions: map[string]string{}, units: map[string]string{}, repeated: map[string]bool{}}
	b.protocol()
	b.events()
	b.forms()
	return d
}

// oid joins parts to an identifier. Ids of a protocol hold no dots but in versions, so
// two different things never share one.
func oid(kind string, parts ...string) string { return kind + "." + strings.Join(parts, ".") }

// both is a text in the languages that it is written in, nil when it is in none.
func both(t bilingual.Text) *texts {
	var out texts
	for _, x := range []struct{ lang, text string }{{"en", t.EN}, {"nb", t.NB}} {
		if strings.TrimSpace(x.text) != "" {
			out.Texts = append(out.Texts, text{x.lang, "text/plain", x.text})
		}
	}
	if len(out.Texts) == 0 {
		return nil
	}
	return &out
}

func english(s string) *texts { return both(bilingual.Text{EN: s}) }

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// condition defines an expression once and answers its OID. Except says that ODM asks
// for the opposite: the condition under which something is not collected.
func (b *builder) condition(name, src string, except bool, own *instrument.Compiled, uses []string) string {
	prefix := ""
	if own != nil {
		prefix = own.ID
	}
	key := fmt.Sprint(prefix, "\x00", src, "\x00", except)
	if id, ok := b.conditions[key]; ok {
		return id
	}
	code, says := src, "Holds when: "+src
	if except {
		code, says = "!("+src+")", "Not collected unless: "+src
	}
	id := oid("COND", name)
	b.conditions[key] = id
	b.meta.Conditions = append(b.meta.Conditions, conditionDef{
		OID: id, Name: name, Description: english(says),
		Signature: signature{Parameters: b.arguments(uses, own), Returns: []argument{{"result", "boolean"}}},
		Formal:    []expression{{"CEL", code}},
	})
	return id
}

// arguments are what an expression uses, with their types.
func (b *builder) arguments(uses []string, own *instrument.Compiled) []argument {
	var out []argument
	for _, name := range uses {
		out = append(out, argument{name, b.typeOf(name, own)})
	}
	return out
}

// uses are the names in an expression of the protocol.
func (b *builder) uses(src string) []string {
	if p := b.def.Program(src); p != nil {
		return slices.Sorted(slices.Values(p.Uses()))
	}
	return nil
}

var types = map[expr.Type]string{expr.Bool: "boolean", expr.Int: "integer", expr.Double: "double", expr.String: "text", expr.Strings: "text"}

func (b *builder) typeOf(name string, own *instrument.Compiled) string {
	if t, ok := protocol.Facts[name]; ok {
		return types[t]
	}
	parts := strings.Split(name, ".")
	last := parts[len(parts)-1]
	if len(parts) > 1 {
		own = b.def.Instruments[parts[len(parts)-2]]
	}
	if own != nil {
		if t, ok := own.NativeType(last); ok {
			return types[t]
		}
	}
	return "text"
}

var statuses = map[string]string{
	"V": "verified", "C": "computed from verified numbers", "R": "recalled, not verified", "NF": "looked for and not found: assumed", "own": "own choice",
}

// comment keeps where a value comes from, so that an assumption is not taken for a fact.
func (b *builder) comment(of string, p protocol.Provenance) string {
	var parts []string
	if p.Source != "" {
		parts = append(parts, "Source: "+p.Source+".")
	}
	if s, ok := statuses[p.Status]; ok {
		parts = append(parts, "Status: "+s+".")
	}
	if p.Confirm {
		parts = append(parts, "To be confirmed by the approving site.")
	}
	if p.Note != "" {
		parts = append(parts, p.Note)
	}
	if len(parts) == 0 {
		return ""
	}
	id := oid("COM", of)
	b.meta.Comments = append(b.meta.Comments, commentDef{id, english(strings.Join(parts, " "))})
	return id
}

// period writes a span as ISO 8601. The sign stands before the P, as ODM has it.
func period(d protocol.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	s := sign + "P"
	if n := d.Days(); n > 0 {
		s += fmt.Sprintf("%dD", n)
		d -= protocol.Duration(n) * protocol.Day
	}
	t := d.Std()
	if t == 0 {
		if strings.HasSuffix(s, "P") {
			return s + "0D"
		}
		return s
	}
	s += "T"
	for _, u := range []struct {
		size   time.Duration
		letter string
	}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
		if n := t / u.size; n > 0 {
			s += fmt.Sprintf("%d%s", n, u.letter)
			t -= n * u.size
		}
	}
	return s
}
