package usdm

import (
	"html"
	"regexp"
	"strings"
)

var (
	lineBreak = regexp.MustCompile(`(?i)<br\s*/?>|</(?:p|li|div|tr|h[1-6])\s*>`)
	tagMark   = regexp.MustCompile(`<usdm:tag\s+name\s*=\s*"([^"<>]{1,200})"\s*(?:/>|>\s*</usdm:tag>)`)
	refMark   = regexp.MustCompile(`<usdm:ref\s([^<>]{1,500})>`)
	attribute = regexp.MustCompile(`(klass|id|attribute)\s*=\s*"([^"]{1,200})"`)
	anyTag    = regexp.MustCompile(`</?[A-Za-z][^<>]*>|<!--.*?-->`)
	blanks    = regexp.MustCompile(`[ \t\r\n\f\x{a0}]+`)
)

// plainText takes the markup out of a text: paragraphs and breaks become lines.
func plainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return strings.TrimSpace(blanks.ReplaceAllString(s, " "))
	}
	s = lineBreak.ReplaceAllString(blanks.ReplaceAllString(s, " "), "\n")
	s = html.UnescapeString(anyTag.ReplaceAllString(s, ""))
	lines := strings.Split(s, "\n")
	out := lines[:0]
	for _, l := range lines {
		if l = strings.Trim(blanks.ReplaceAllString(l, " "), " "); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// markup writes a text as USDM has it: a paragraph of XHTML.
func markup(s string) string {
	return "<p>" + strings.ReplaceAll(html.EscapeString(s), "\n", "<br/>") + "</p>"
}

// resolveTags puts the values into a text that has parameters: <usdm:tag name="min_age"/>
// stands for what the dictionary of the object says. A tag without a value stays as its
// name in brackets, and is left to decide.
func (m *importer) resolveTags(owner *node, text string) string {
	if strings.Contains(text, "<usdm:tag") {
		values := m.dictionary(owner)
		text = tagMark.ReplaceAllStringFunc(text, func(mark string) string {
			name := tagMark.FindStringSubmatch(mark)[1]
			if v, ok := values[name]; ok && v != "" {
				return html.EscapeString(v)
			}
			m.decide("texts", "the parameter %q of %s has no value", name, owner.pointer())
			return "[" + html.EscapeString(name) + "]"
		})
	}
	return plainText(text)
}

// dictionary answers the values of an object's parameters.
func (m *importer) dictionary(owner *node) map[string]string {
	values := map[string]string{}
	d := m.follow(owner, "dictionaryId", "SyntaxTemplateDictionary")
	if d == nil {
		return values
	}
	for _, x := range m.list(d, "parameterMaps") {
		tag, reference := m.needed(x, "tag"), m.needed(x, "reference")
		ref := refMark.FindStringSubmatch(reference)
		if ref == nil {
			values[tag] = plainText(reference)
			continue
		}
		part := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(ref[1], -1) {
			part[a[1]] = html.UnescapeString(a[2])
		}
		to := m.byID[part["id"]]
		if to == nil {
			m.fault(x, "reference", "nothing in the file has the id \""+part["id"]+"\"")
			continue
		}
		if v := to.child(part["attribute"]); v != nil {
			v.used = true
			values[tag] = plainText(strings.TrimSuffix(v.text, ".0"))
		}
	}
	m.text(d, "name")
	m.text(d, "label")
	return values
}
