package usdm

import (
	"fmt"
	"strings"

	"varde/bilingual"
)

// eligibility reads the texts of the criteria. None of them gets an expression that
// could pass by itself: without one, the checker reports it.
func (m *importer) eligibility() {
	used := false
	for _, c := range m.chained(m.list(m.design, "eligibilityCriteria")) {
		item := m.follow(c, "criterionItemId", "EligibilityCriterionItem")
		if item == nil {
			if c.child("criterionItemId") == nil {
				m.fault(c, "criterionItemId", "this is missing: the criterion has no text")
			}
			continue
		}
		code, decode := m.code(c, "category")
		kind, prefix := "", ""
		switch lower := strings.ToLower(decode); {
		case code == "C25532" || strings.HasPrefix(lower, "inclusion"):
			kind, prefix = "inclusion", "I"
		case code == "C25370" || strings.HasPrefix(lower, "exclusion"):
			kind, prefix = "exclusion", "E"
		default:
			m.fault(c, "category", fmt.Sprintf("the criterion is %q: it should be of inclusion or exclusion", decode))
		}
		name, number := m.needed(c, "name"), m.text(c, "identifier")
		id := name
		if !validID.MatchString(id) {
			id = slug(prefix+number, "-")
		}
		id = m.unique("criterion", id, prefix)
		text := m.resolveTags(item, m.needed(item, "text"))
		m.text(c, "label")
		m.text(c, "description")
		m.text(item, "name")
		m.text(item, "label")
		var p pairs
		p.put("id", id)
		p.put("kind", kind)
		p.put("text", words(m.told(item, text)))
		expr := m.extension(c, "expr")
		if expr == "" {
			m.decide("eligibility.yaml: criterion "+id, "write the expression that decides: %s", text)
		}
		p.put("expr", expr)
		gate := m.extension(c, "gate")
		if gate == "" {
			gate, used = "screening", true
		}
		p.put("gate", gate)
		m.criteria = append(m.criteria, p)
	}
	m.population()
	if used && len(m.gates) == 0 {
		var p pairs
		p.put("id", "screening")
		p.put("title", words(bilingual.Text{EN: "Eligibility decision"}))
		p.put("gives", "enrolled")
		m.gates = append(m.gates, p)
		m.decide("eligibility.yaml: gate screening", "at which visit eligibility is decided, and by whom")
	}
}

// population says how many take part, and of whom.
func (m *importer) population() {
	n := m.design.child("population")
	if n == nil {
		return
	}
	if d := plainText(m.text(n, "description")); d != "" {
		m.report.Carried = append(m.report.Carried, "Population: "+d)
	}
	m.followAll(n, "criterionIds", "EligibilityCriterion")
	if q := n.child("plannedEnrollmentNumber"); q != nil {
		size := m.quantity(q)
		if size == "" {
			m.decide("analysis.yaml: analysis.sampleSize", "the planned number of participants (%s)", q.pointer())
		}
		m.analysis.put("sampleSize", size)
	}
}

// quantity answers a whole number, "" for anything else.
func (m *importer) quantity(q *node) plain {
	v := q.child("value")
	if v == nil || v.kind != isNumber {
		return ""
	}
	v.used = true
	return integer(v.text)
}

var roles = []struct{ code, word, role string }{
	{"C94496", "primary", "primary"}, {"C139173", "secondary", "secondary"}, {"", "explor", "exploratory"}, {"", "safety", "safety"},
}

// plan reads populations, objectives with their endpoints, and estimands.
func (m *importer) plan() {
	populations := map[*node]string{}
	var rows []pairs
	for _, n := range m.list(m.design, "analysisPopulations") {
		id := m.planID("population", m.needed(n, "name"))
		populations[n] = id
		text := plainText(m.needed(n, "text"))
		m.text(n, "label")
		m.text(n, "description")
		var p pairs
		p.put("id", id)
		p.put("text", words(m.told(n, text)))
		p.put("expr", m.extension(n, "expr"))
		rows = append(rows, p)
		if m.extension(n, "expr") == "" {
			m.decide("analysis.yaml: population "+id, "write the expression of: %s", text)
		}
	}
	m.analysis.put("populations", rows)
	endpoints := m.objectives()
	m.estimands(populations, endpoints)
}

func (m *importer) planID(kind, name string) string {
	id := name
	if !validID.MatchString(id) {
		id = slug(name, "-")
	}
	return m.unique(kind, id, kind)
}

// objectives are told in the report and at their endpoints: a protocol folder names
// endpoints, and an objective is what they are for.
func (m *importer) objectives() map[*node]string {
	ids := map[*node]string{}
	var rows []pairs
	for _, o := range m.list(m.design, "objectives") {
		_, level := m.code(o, "level")
		text := m.resolveTags(o, m.needed(o, "text"))
		m.report.Objectives = append(m.report.Objectives, fmt.Sprintf("%s (%s): %s", m.needed(o, "name"), level, text))
		for _, e := range m.list(o, "endpoints") {
			id := m.planID("endpoint", m.needed(e, "name"))
			ids[e] = id
			code, decode := m.code(e, "level")
			role := ""
			for _, r := range roles {
				if role == "" && (r.code != "" && code == r.code || strings.Contains(strings.ToLower(decode), r.word)) {
					role = r.role
				}
			}
			words1 := m.resolveTags(e, m.needed(e, "text"))
			var p pairs
			p.put("id", id)
			p.put("role", role)
			p.put("text", words(m.told(e, words1)))
			for _, k := range []string{"score", "baseline"} {
				p.put(k, m.extension(e, k))
			}
			p.put("visits", commas(m.extension(e, "visits")))
			p.put("at", m.extension(e, "at"))
			if p2 := m.text(e, "purpose"); p2 != "" && m.extension(e, "score") == "" {
				words1 += " (" + p2 + ")"
			}
			p.put("source", "Objective "+m.text(o, "name")+": "+text)
			rows = append(rows, p)
			if m.extension(e, "score") == "" {
				m.decide("analysis.yaml: endpoint "+id, "the score, the baseline, the visits and the visit of the comparison of: %s", words1)
			}
		}
	}
	m.analysis.put("endpoints", rows)
	return ids
}

func (m *importer) estimands(populations, endpoints map[*node]string) {
	var rows []pairs
	for _, n := range m.list(m.design, "estimands") {
		id := m.planID("estimand", m.needed(n, "name"))
		var p pairs
		p.put("id", id)
		label := m.label(n)
		if d := plainText(m.text(n, "description")); d != "" && label == id {
			label = d
		}
		p.put("text", words(m.told(n, label)))
		if e := m.follow(n, "variableOfInterestId", "Endpoint"); e != nil {
			p.put("endpoint", endpoints[e])
		}
		if x := m.follow(n, "analysisPopulationId", "AnalysisPopulation"); x != nil {
			p.put("population", populations[x])
		}
		p.put("strategy", m.extension(n, "strategy"))
		var events []pairs
		for _, e := range m.list(n, "intercurrentEvents") {
			var x pairs
			x.put("id", m.planID("event "+id, m.needed(e, "name")))
			x.put("text", words(m.told(e, plainText(m.needed(e, "text")))))
			strategy := m.needed(e, "strategy")
			m.text(e, "label")
			m.text(e, "description")
			switch lower := strings.ToLower(strategy); {
			case strings.HasPrefix(lower, "treatment policy"), strings.HasPrefix(lower, "treatment-policy"):
				x.put("strategy", "treatment-policy")
			case strings.HasPrefix(lower, "hypothetical"):
				x.put("strategy", "hypothetical")
			default:
				m.decide("analysis.yaml: estimand "+id, "the strategy %q for an intercurrent event", strategy)
			}
			x.put("from", commas(m.extension(e, "from")))
			events = append(events, x)
		}
		p.put("events", events)
		p.put("summary", words(bilingual.Text{EN: plainText(m.needed(n, "populationSummary")), NB: m.extension(n, "summary.nb")}))
		m.followAll(n, "interventionIds", "StudyIntervention")
		rows = append(rows, p)
	}
	m.analysis.put("estimands", rows)
}
