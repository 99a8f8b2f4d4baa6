package usdm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"varde/bilingual"
	"varde/protocol"
)

// Skeleton is a protocol folder made of a study definition. It does not pass the
// checker: what a definition does not say is left out, and each gap is an error there.
type Skeleton struct {
	Files  map[string][]byte // by name: *.yaml, forms/*.yaml and IMPORT.md
	Report Report
}

// most of what one study has, far above any that was ever run.
const (
	mostInstances  = 1000
	mostActivities = 2000
	mostUses       = 50_000
)

// Import makes a protocol folder. The error holds everything in the file that leads
// nowhere, contradicts itself or cannot be read, with its place.
func (d *Document) Import() (*Skeleton, error) {
	m := &importer{Document: d, ids: map[string]map[string]bool{}}
	m.report.Study = d.text(d.study, "name")
	m.identity()
	m.arms()
	m.epochs()
	m.activities()
	m.visits()
	m.eligibility()
	m.plan()
	if err := d.wrong(); err != nil {
		return nil, err
	}
	m.amendments()
	m.always()
	if err := d.wrong(); err != nil {
		return nil, err
	}
	return m.skeleton(), nil
}

// importer gathers the folder.
type importer struct {
	*Document
	report   Report
	ids      map[string]map[string]bool // kind -> ids given
	identify pairs
	armRows  []pairs
	epochRow []pairs
	epochOf  map[*node]string // StudyEpoch -> id
	forms    map[*node]string // Activity -> form id
	formDocs map[string]pairs
	visitRow []pairs
	gates    []pairs
	criteria []pairs
	analysis pairs
}

// decide notes what is left for a person.
func (m *importer) decide(place, format string, args ...any) {
	m.report.Decide = append(m.report.Decide, Decision{place, fmt.Sprintf(format, args...)})
}

// told is a text with its translation where our own export has put one.
func (m *importer) told(n *node, en string) bilingual.Text {
	return bilingual.Text{EN: en, NB: m.extension(n, "nb")}
}

var (
	notInID   = regexp.MustCompile(`[^A-Za-z0-9]+`)
	validID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	validName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
	lowerName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

// slug makes an id of a name: lower case, joined with sep, at most 40 characters.
func slug(name, sep string) string {
	s := strings.Trim(strings.ToLower(notInID.ReplaceAllString(fold(name), sep)), sep)
	if len(s) > 40 {
		s = strings.Trim(s[:40], sep)
	}
	return s
}

// fold writes letters with marks as plain ones.
func fold(s string) string {
	return strings.NewReplacer("æ", "ae", "ø", "o", "å", "a", "Æ", "Ae", "Ø", "O", "Å", "A", "é", "e", "ö", "o", "ä", "a", "ü", "u", "ß", "ss").Replace(s)
}

// unique answers an id of its kind that is not yet taken, and takes it.
func (m *importer) unique(kind, id, otherwise string) string {
	if m.ids[kind] == nil {
		m.ids[kind] = map[string]bool{}
	}
	if id == "" {
		id = otherwise
	}
	free := id
	for n := 2; m.ids[kind][free]; n++ {
		free = fmt.Sprintf("%s_%d", id, n)
	}
	m.ids[kind][free] = true
	return free
}

// arms become arms; one that its type calls a control is one.
func (m *importer) arms() {
	list := m.list(m.design, "arms")
	if len(list) == 0 {
		m.fault(m.design, "arms", "there is no arm here")
	}
	kind := m.extension(m.study, "kind")
	for _, a := range list {
		name := m.needed(a, "name")
		code, decode := m.code(a, "type")
		if kind == "care" {
			continue // care has no arms; USDM asks for one
		}
		id := name
		if !validID.MatchString(id) {
			id = slug(name, "-")
		}
		id = m.unique("arm", id, "arm")
		var p pairs
		p.put("id", id)
		p.put("title", words(m.told(a, m.label(a))))
		p.put("description", words(bilingual.Text{EN: plainText(m.text(a, "description")), NB: m.extension(a, "description.nb")}))
		switch lower := strings.ToLower(decode); {
		case code == "C174268" || strings.Contains(lower, "control"):
			p.put("control", plain("true"))
		case strings.Contains(lower, "comparator"):
			m.decide("protocol.yaml: arm "+id, "the arm is of type %q: say with control: true whether the others are compared with it", decode)
		}
		m.armRows = append(m.armRows, p)
	}
	if n := len(m.armRows); n > 1 {
		m.decide("protocol.yaml: allocation", "there are %d arms: write the method, ratio, block sizes and strata of the allocation", n)
	}
}

// epochs in the order of their chain.
func (m *importer) epochs() {
	m.epochOf = map[*node]string{}
	list := m.list(m.design, "epochs")
	if len(list) == 0 {
		m.fault(m.design, "epochs", "there is no epoch here")
	}
	for _, e := range m.chained(list) {
		id := m.needed(e, "name")
		if !validID.MatchString(id) {
			id = slug(id, "-")
		}
		id = m.unique("epoch", id, "epoch")
		m.epochOf[e] = id
		var p pairs
		p.put("id", id)
		p.put("title", words(m.told(e, m.label(e))))
		p.put("needs", commas(m.extension(e, "needs")))
		m.code(e, "type")
		m.epochRow = append(m.epochRow, p)
	}
}

func commas(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// chained orders a list by previousId and nextId. A chain that does not hold all of it
// once leaves the order of the file.
func (m *importer) chained(list []*node) []*node {
	next := map[*node]*node{}
	var first []*node
	for _, n := range list {
		m.follow(n, "previousId")
		if to := m.follow(n, "nextId"); to != nil {
			next[n] = to
		}
		if n.child("previousId") == nil {
			first = append(first, n)
		}
	}
	if len(first) != 1 {
		return list
	}
	inList := map[*node]bool{}
	for _, n := range list {
		inList[n] = true
	}
	var out []*node
	for n := first[0]; n != nil && inList[n]; n = next[n] {
		inList[n] = false // so that a ring ends
		out = append(out, n)
	}
	if len(out) != len(list) {
		return list
	}
	return out
}

// amendments are told in the report: a protocol folder is one version.
func (m *importer) amendments() {
	for _, a := range m.list(m.version, "amendments") {
		line := fmt.Sprintf("Amendment %s: %s", m.text(a, "number"), plainText(m.text(a, "summary")))
		if r := a.child("primaryReason"); r != nil {
			if _, decode := m.code(r, "code"); decode != "" {
				line += " (" + decode + ")"
			}
		}
		m.report.Amendments = append(m.report.Amendments, line)
	}
}

// always are the parts of a protocol that USDM has no place for.
func (m *importer) always() {
	for _, x := range []struct{ file, what string }{
		{"protocol.yaml: approvals", "which approvals must be there before the study opens"},
		{"staffing.yaml", "credentials, the pair, and capacity"},
		{"consent.yaml", "consent documents, in layers, with questions"},
		{"safety.yaml", "the definition of an adverse event, its form, clocks and stopping rules; withdrawal"},
		{"dosing.yaml", "what must be true before a dose, what is measured, which limits call whom, and the discharge"},
	} {
		m.decide(x.file, "USDM does not hold this: write %s", x.what)
	}
}

// skeleton puts the files together.
func (m *importer) skeleton() *Skeleton {
	const comment = "# %s\n#\n# Imported from a USDM study definition. What is left to decide, varde check says as\n# errors; IMPORT.md lists it, and everything that was not carried over.\n"
	head := func(what string) string { return fmt.Sprintf(comment, what) }
	p := m.identify
	p.put("arms", m.armRows)
	var s, e, a pairs
	s.put("epochs", m.epochRow)
	s.put("visits", m.visitRow)
	var inner pairs
	inner.put("gates", m.gates)
	inner.put("criteria", m.criteria)
	e.put("eligibility", inner)
	a.put("analysis", m.analysis)
	files := map[string][]byte{"protocol.yaml": file(head("What the study is."), p), "schedule.yaml": file(head("When things happen."), s)}
	if len(e) > 0 {
		files["eligibility.yaml"] = file(head("Who may take part."), e)
	}
	if len(a) > 0 {
		files["analysis.yaml"] = file(head("What is analysed."), a)
	}
	for id, f := range m.formDocs {
		files["forms/"+id+".yaml"] = file(head("A form, from an activity of the study definition."), f)
	}
	m.report.Counts = fmt.Sprintf("%d arms, %d epochs, %d visits, %d forms, %d eligibility criteria", len(m.armRows), len(m.epochRow), len(m.visitRow), len(m.formDocs), len(m.criteria))
	m.report.Lost = lost(m.study)
	files["IMPORT.md"] = m.report.markdown()
	return &Skeleton{Files: files, Report: m.report}
}

// isMilestone says whether a name is that of a milestone.
func isMilestone(name string) bool {
	return slices.Contains(protocol.Milestones, protocol.Milestone(name))
}

func integer(s string) plain {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x != float64(int64(x)) || x < 0 || x > 1e9 {
		return ""
	}
	return plain(strconv.FormatInt(int64(x), 10))
}
