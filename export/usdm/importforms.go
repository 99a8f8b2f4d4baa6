package usdm

import (
	"fmt"
	"strings"

	"varde/bilingual"
)

// activities checks that there are not too many to be a study's.
func (m *importer) activities() {
	m.forms, m.formDocs = map[*node]string{}, map[string]pairs{}
	list := m.list(m.design, "activities")
	if len(list) > mostActivities {
		m.fault(m.design, "activities", fmt.Sprintf("there are %d activities, and more than %d cannot be read", len(list), mostActivities))
	}
	for _, a := range list {
		m.follow(a, "previousId", "Activity")
		m.follow(a, "nextId", "Activity")
	}
}

// leaves are the activities below one that groups others, or itself.
func (m *importer) leaves(a *node) []*node {
	var out []*node
	seen := map[*node]bool{}
	var visit func(*node)
	visit = func(n *node) {
		if seen[n] {
			return
		}
		seen[n] = true
		children := m.followAll(n, "childIds", "Activity")
		if len(children) == 0 {
			out = append(out, n)
		}
		for _, c := range children {
			visit(c)
		}
	}
	visit(a)
	return out
}

// form makes the form of an activity once, and answers its id; "" for one that only
// leads to another timeline.
func (m *importer) form(a *node) string {
	if id, ok := m.forms[a]; ok {
		return id
	}
	items := m.items(a)
	if t := m.follow(a, "timelineId", "ScheduleTimeline"); t != nil {
		m.decide("schedule.yaml: visits", "the activity %q runs the timeline %q (%s), which is not carried over: write it as a dosing session, a log, or visits", m.label(a), m.label(t), t.pointer())
		if len(items) == 0 {
			m.forms[a] = ""
			return ""
		}
	}
	name := m.needed(a, "name")
	id := name
	if !lowerName.MatchString(id) {
		id = slug(name, "_")
		if id != "" && id[0] >= '0' && id[0] <= '9' {
			id = "form_" + id
		}
	}
	id = m.unique("form", id, "form")
	m.forms[a] = id
	var p pairs
	p.put("id", id)
	p.put("version", m.report.Version)
	p.put("title", words(m.told(a, m.label(a))))
	p.put("kind", "form")
	source := fmt.Sprintf("USDM study definition %s %s, activity %s", m.report.Study, m.report.Version, name)
	if d := plainText(m.text(a, "description")); d != "" && d != m.label(a) {
		source += ": " + d
	}
	p.put("source", source)
	p.put("items", items)
	m.formDocs[id] = p
	m.decide("forms/"+id+".yaml", "licence class, respondent and minutes%s; or use a shipped instrument in its place", map[bool]string{true: ", and the items, of which the definition has none"}[len(items) == 0])
	return id
}

// items of an activity: the properties of its biomedical concepts, its surrogates, and
// whether its procedures were done.
func (m *importer) items(a *node) []pairs {
	taken := map[string]bool{}
	var out []pairs
	add := func(name string, p pairs) {
		id := name
		if !lowerName.MatchString(id) {
			if id = slug(name, "_"); id == "" || id[0] >= '0' && id[0] <= '9' {
				id = strings.Trim("item_"+id, "_")
			}
		}
		free := id
		for n := 2; taken[free]; n++ {
			free = fmt.Sprintf("%s_%d", id, n)
		}
		taken[free] = true
		out = append(out, append(pairs{{"id", free}}, p...))
	}
	concepts := m.followAll(a, "biomedicalConceptIds", "BiomedicalConcept")
	for _, c := range concepts {
		concept := m.label(c)
		m.code(c, "code")
		for _, x := range m.list(c, "properties") {
			if x.child("isEnabled") != nil && !m.truth(x, "isEnabled") {
				continue
			}
			name := m.needed(x, "name")
			if len(concepts) > 1 {
				name = concept + " " + name
			}
			add(name, m.property(x, concept, len(concepts) > 1))
		}
	}
	for _, c := range m.followAll(a, "bcSurrogateIds", "BiomedicalConceptSurrogate") {
		var p pairs
		p.put("text", words(m.told(c, m.label(c))))
		p.put("type", "text")
		m.text(c, "description")
		add(m.text(c, "name"), p)
	}
	for _, c := range m.list(a, "definedProcedures") {
		label := m.label(c)
		var p pairs
		p.put("text", words(bilingual.Text{EN: "Done: " + label}))
		p.put("type", "boolean")
		if _, decode := m.code(c, "code"); decode != "" && decode != label {
			p.put("source", "Procedure: "+decode)
		}
		m.text(c, "procedureType")
		m.text(c, "description")
		add(m.text(c, "name"), p)
	}
	return out
}

var itemTypes = map[string]string{
	"integer": "integer", "int": "integer", "float": "decimal", "decimal": "decimal", "double": "decimal", "boolean": "boolean",
	"date": "date", "datetime": "datetime", "time": "time", "string": "text", "text": "text", "": "text",
}

// property is one question of a concept.
func (m *importer) property(x *node, concept string, several bool) pairs {
	label := m.label(x)
	if several {
		label = concept + ": " + label
	}
	var p pairs
	p.put("text", words(m.told(x, label)))
	kind, ok := itemTypes[strings.ToLower(m.text(x, "datatype"))]
	if !ok {
		kind = "text"
	}
	if k := m.extension(x, "type"); k != "" {
		kind = k
	}
	var options []pairs
	for _, r := range m.list(x, "responseCodes") {
		if r.child("isEnabled") != nil && !m.truth(r, "isEnabled") {
			continue
		}
		m.text(r, "name")
		code, decode := m.code(r, "code")
		if label := m.text(r, "label"); label != "" {
			decode = label
		}
		if code == "" {
			continue
		}
		var o pairs
		if m.extension(x, "codes") == "number" {
			o.put("value", plain(code))
		} else {
			o.put("value", code)
		}
		o.put("text", words(m.told(r, decode)))
		options = append(options, o)
	}
	if len(options) > 0 && kind != "multichoice" {
		kind = "choice"
	}
	p.put("type", kind)
	p.put("unit", m.extension(x, "unit"))
	for _, k := range []string{"min", "max"} {
		p.put(k, plain(m.extension(x, k)))
	}
	p.put("options", options)
	if m.truth(x, "isRequired") {
		p.put("required", plain("true"))
	}
	m.code(x, "code")
	return p
}
