package usdm

import (
	"fmt"
	"regexp"
	"strings"

	"varde/bilingual"
)

// identity reads what the study is called, its phase, sponsor and registry entries.
func (m *importer) identity() {
	v := m.version
	p := &m.identify
	title, short := m.titles()
	id := m.extension(m.study, "id")
	if id == "" {
		id = slug(m.sponsorNumber(), "-")
	}
	if id == "" {
		id = slug(m.report.Study, "-")
	}
	if id == "" || id[0] < 'a' || id[0] > 'z' {
		id = strings.Trim("study-"+id, "-")
	}
	m.report.ID = id
	version := m.needed(v, "versionIdentifier")
	if !validID.MatchString(version) {
		version = slug(version, ".")
	}
	m.report.Version = version
	p.put("id", id)
	p.put("version", version)
	p.put("title", words(title))
	p.put("summary", words(bilingual.Text{EN: plainText(m.text(v, "rationale")), NB: m.extension(v, "nb")}))
	if short != "" {
		m.report.Carried = append(m.report.Carried, "Other titles, for the summary: "+short)
	}
	kind := m.extension(m.study, "kind")
	if kind == "" {
		kind = "trial"
	}
	p.put("kind", kind)
	m.phase(kind)
	m.numbers()
	if code, decode := m.code(m.design, "studyType"); code != "" && code != "C98388" && !strings.Contains(strings.ToLower(decode), "interventional") {
		m.decide("protocol.yaml: kind", "the study is of type %q", decode)
	}
	if _, decode := m.code(m.design, "blindingSchema"); decode != "" {
		m.decide("protocol.yaml: blinding", "the design is %q: write who is blind to what", decode)
	}
	if _, decode := m.code(m.design, "model"); decode != "" {
		m.report.Carried = append(m.report.Carried, "Design: "+decode)
	}
}

// titles answers the official title, and the others in one line.
func (m *importer) titles() (bilingual.Text, string) {
	list := m.list(m.version, "titles")
	if len(list) == 0 {
		m.fault(m.version, "titles", "there is no title here")
		return bilingual.Text{}, ""
	}
	best := 0
	var others []string
	for i, t := range list {
		if _, decode := m.code(t, "type"); strings.EqualFold(decode, "Official Study Title") {
			best = i
		}
	}
	for i, t := range list {
		text := plainText(m.needed(t, "text"))
		if _, decode := m.code(t, "type"); i != best && text != "" {
			others = append(others, fmt.Sprintf("%s (%s)", text, decode))
		}
	}
	return m.told(list[best], plainText(m.text(list[best], "text"))), strings.Join(others, "; ")
}

var phaseName = regexp.MustCompile(`(?i)phase ([0IV/]+)([AB]?)`)

func (m *importer) phase(kind string) {
	_, decode := m.code(m.design, "studyPhase")
	if decode == "" {
		if kind == "trial" {
			m.decide("protocol.yaml: phase", "the definition has no phase")
		}
		return
	}
	x := phaseName.FindStringSubmatch(decode)
	if x == nil {
		m.decide("protocol.yaml: phase", "the phase is %q", decode)
		return
	}
	parts := strings.Split(strings.ToUpper(x[1]), "/")
	for i, part := range parts {
		switch part {
		case "0":
		case "I":
			parts[i] = "1"
		case "II":
			parts[i] = "2"
		case "III":
			parts[i] = "3"
		case "IV":
			parts[i] = "4"
		default:
			m.decide("protocol.yaml: phase", "the phase is %q", decode)
			return
		}
	}
	m.identify.put("phase", strings.Join(parts, "/")+strings.ToLower(x[2]))
}

// sponsorNumber is the sponsor's own identifier of the study.
func (m *importer) sponsorNumber() string {
	for _, s := range m.list(m.version, "studyIdentifiers") {
		if o := m.follow(s, "scopeId", "Organization"); o != nil {
			if code, _ := m.code(o, "type"); code == "C70793" {
				return m.text(s, "text")
			}
		}
	}
	return ""
}

// numbers are the entries in registries, and who the sponsor is.
func (m *importer) numbers() {
	var rows []pairs
	sponsor := m.sponsor()
	entry := func(n *node, role string) {
		text := m.needed(n, "text")
		o := m.follow(n, "scopeId", "Organization")
		if o == nil {
			return
		}
		code, decode := m.code(o, "type")
		name := m.label(o)
		if code == "C70793" && role == "own" {
			if sponsor == "" {
				sponsor = name
			}
			m.report.Carried = append(m.report.Carried, fmt.Sprintf("The sponsor's number of the study: %s (%s)", text, name))
			return
		}
		if role == "own" && code != "C93453" && !strings.Contains(strings.ToLower(decode), "registry") {
			m.decide("protocol.yaml: registry", "%q is a number given by %s (%s), which is no registry", text, name, decode)
			return
		}
		var p pairs
		p.put("name", name)
		p.put("id", text)
		p.put("role", role)
		rows = append(rows, p)
	}
	for _, s := range m.list(m.version, "studyIdentifiers") {
		entry(s, "own")
	}
	for _, s := range m.list(m.version, "referenceIdentifiers") {
		if code, decode := m.code(s, "type"); code == "modelled-on" {
			entry(s, "modelled-on")
		} else {
			m.report.Carried = append(m.report.Carried, fmt.Sprintf("Reference: %s (%s)", m.text(s, "text"), decode))
			m.follow(s, "scopeId", "Organization")
		}
	}
	m.identify.put("registry", rows)
	m.identify.put("sponsor", sponsor)
}

// sponsor is the organisation in the role of sponsor.
func (m *importer) sponsor() string {
	for _, r := range m.list(m.version, "roles") {
		if code, _ := m.code(r, "code"); code != "C70793" {
			continue
		}
		for _, o := range m.followAll(r, "organizationIds", "Organization") {
			return m.label(o)
		}
	}
	return ""
}
