package usdm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"varde/bilingual"
	"varde/protocol"
)

// Write writes a definition as USDM 4.0. Texts are English, with the Norwegian ones and
// what USDM has no place for in extension attributes, so that Import finds them again.
// No participant and nobody's allocation is in it, nor the block sizes. The same
// definition gives the same bytes.
func Write(out io.Writer, def *protocol.Definition) error {
	w := &writer{def: def, count: map[string]int{}, instance: map[string]string{}, activity: map[string]string{}}
	doc := object{{"study", w.study()}, {"usdmVersion", "4.0.0"}, {"systemName", "Varde"}, {"systemVersion", nil}}
	var b bytes.Buffer
	if err := encode(&b, doc, 0); err != nil {
		return fmt.Errorf("usdm: %w", err)
	}
	b.WriteByte('\n')
	if _, err := b.WriteTo(out); err != nil {
		return fmt.Errorf("usdm: %w", err)
	}
	return nil
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	key   string
	value any
}

// encode prints a value as JSON, a member or element a line.
func encode(b *bytes.Buffer, x any, depth int) error {
	switch x := x.(type) {
	case object:
		return block(b, '{', '}', len(x), depth, func(i int) error {
			if err := plainValue(b, x[i].key); err != nil {
				return err
			}
			b.WriteString(": ")
			return encode(b, x[i].value, depth+1)
		})
	case []object:
		return block(b, '[', ']', len(x), depth, func(i int) error { return encode(b, x[i], depth+1) })
	case []string:
		return block(b, '[', ']', len(x), depth, func(i int) error { return plainValue(b, x[i]) })
	}
	return plainValue(b, x)
}

// block prints what stands in brackets.
func block(b *bytes.Buffer, open, shut byte, n, depth int, part func(int) error) error {
	b.WriteByte(open)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n" + strings.Repeat(" ", depth+1))
		if err := part(i); err != nil {
			return err
		}
	}
	if n > 0 {
		b.WriteString("\n" + strings.Repeat(" ", depth))
	}
	b.WriteByte(shut)
	return nil
}

func plainValue(b *bytes.Buffer, x any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder ends with a line break
	return nil
}

// id answers the id of an object made before.
func (o object) id() string {
	s, _ := o[0].value.(string)
	return s
}

// set changes a member.
func (o object) set(key string, value any) {
	for i := range o {
		if o[i].key == key {
			o[i].value = value
		}
	}
}

// writer makes the objects and counts their ids.
type writer struct {
	def      *protocol.Definition
	count    map[string]int
	instance map[string]string // visit or milestone -> id of its instance
	activity map[string]string // form or other activity -> id
	session  string            // id of the timeline of a dosing session
}

// object makes an object of a class from keys and values, with the next id.
func (w *writer) object(class string, members ...any) object {
	w.count[class]++
	o := object{{"id", fmt.Sprintf("%s_%d", class, w.count[class])}, {"extensionAttributes", []object{}}}
	for i := 0; i < len(members); i += 2 {
		key, _ := members[i].(string)
		o = append(o, member{key, members[i+1]})
	}
	return append(o, member{"instanceType", class})
}

// extend puts what USDM has no place for into an object; empty values are left out.
func (w *writer) extend(o object, pairs ...string) object {
	list, _ := o[1].value.([]object)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, w.object("ExtensionAttribute", "url", extensionURL+pairs[i], "valueString", pairs[i+1]))
		}
	}
	o[1].value = list
	return o
}

// chain sets previousId and nextId along a list.
func chain(list []object) []object {
	for i := range list {
		if i > 0 {
			list[i].set("previousId", list[i-1].id())
		}
		if i+1 < len(list) {
			list[i].set("nextId", list[i+1].id())
		}
	}
	return list
}

func ids(list []object) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = o.id()
	}
	return out
}

func either(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// en is the text that USDM carries: English, or Norwegian where there is no English.
func en(t bilingual.Text) string { return t.In("en") }

func flags(pairs ...any) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		if on, _ := pairs[i+1].(bool); on {
			out = append(out, fmt.Sprint(pairs[i]))
		}
	}
	return strings.Join(out, ",")
}

func (w *writer) study() object {
	d := w.def
	sponsor := w.object("Organization", "name", either(d.Sponsor, "Sponsor"), "label", either(d.Sponsor, "Sponsor"), "type", w.known("C70793"),
		"identifierScheme", own, "identifier", "sponsor", "legalAddress", nil, "managedSites", []object{})
	organizations := []object{sponsor}
	registry := map[string]string{}
	identifiers := []object{w.object("StudyIdentifier", "text", d.ID, "scopeId", sponsor.id())}
	references := []object{}
	for _, r := range d.Registry {
		if registry[r.Name] == "" {
			o := w.object("Organization", "name", r.Name, "label", r.Name, "type", w.known("C93453"), "identifierScheme", own, "identifier", r.Name, "legalAddress", nil, "managedSites", []object{})
			organizations = append(organizations, o)
			registry[r.Name] = o.id()
		}
		if r.Role == "own" {
			identifiers = append(identifiers, w.object("StudyIdentifier", "text", r.ID, "scopeId", registry[r.Name]))
			continue
		}
		references = append(references, w.object("ReferenceIdentifier", "text", r.ID, "scopeId", registry[r.Name], "type", w.ours("modelled-on", "Study that the design is modelled on")))
	}
	title := w.extend(w.object("StudyTitle", "text", en(d.Title), "type", w.ours("official-title", "Official Study Title")), "nb", d.Title.NB)
	role := w.object("StudyRole", "name", "sponsor", "label", "Sponsor", "description", nil, "code", w.known("C70793"), "appliesToIds", []string{},
		"assignedPersons", []object{}, "organizationIds", []string{sponsor.id()}, "masking", nil, "notes", []object{})
	criteria, items := w.criteria()
	interventions := w.interventions()
	concepts := w.concepts()
	design := w.design(criteria, interventions)
	version := w.extend(w.object("StudyVersion",
		"versionIdentifier", d.Version, "rationale", either(en(d.Summary), en(d.Title)), "documentVersionIds", []string{}, "dateValues", []object{}, "amendments", []object{},
		"businessTherapeuticAreas", []object{}, "studyIdentifiers", identifiers, "referenceIdentifiers", references, "studyDesigns", []object{design}, "titles", []object{title},
		"eligibilityCriterionItems", items, "narrativeContentItems", []object{}, "abbreviations", []object{}, "roles", []object{role}, "organizations", organizations,
		"studyInterventions", interventions, "administrableProducts", []object{}, "medicalDevices", []object{}, "productOrganizationRoles", []object{},
		"biomedicalConcepts", concepts, "bcCategories", []object{}, "bcSurrogates", []object{}, "dictionaries", []object{}, "conditions", []object{}, "notes", []object{}),
		"nb", d.Summary.NB)
	// A study's id must be a UUID, which a protocol does not have: it stays empty.
	extra := []object{}
	for _, x := range [][2]string{{"id", d.ID}, {"kind", d.Kind}, {"digest", d.Digest}} {
		if x[1] != "" {
			extra = append(extra, w.object("ExtensionAttribute", "url", extensionURL+x[0], "valueString", x[1]))
		}
	}
	return object{{"id", nil}, {"extensionAttributes", extra}, {"name", d.ID}, {"description", nil}, {"label", en(d.Title)},
		{"versions", []object{version}}, {"documentedBy", []object{}}, {"instanceType", "Study"}}
}

// criteria answers the criteria and the items that hold their texts.
func (w *writer) criteria() (criteria, items []object) {
	criteria, items = []object{}, []object{}
	for _, c := range w.def.Eligibility.Criteria {
		item := w.extend(w.object("EligibilityCriterionItem", "name", c.ID, "label", nil, "description", nil, "text", markup(en(c.Text)), "dictionaryId", nil, "notes", []object{}), "nb", c.Text.NB)
		category := "C25532"
		if c.Kind == "exclusion" {
			category = "C25370"
		}
		items = append(items, item)
		criteria = append(criteria, w.extend(w.object("EligibilityCriterion", "name", c.ID, "label", nil, "description", nil, "category", w.known(category),
			"identifier", c.ID, "criterionItemId", item.id(), "nextId", nil, "previousId", nil, "notes", []object{}), "expr", c.Expr, "gate", c.Gate))
	}
	return chain(criteria), items
}
