package usdm

import (
	"fmt"
	"strings"

	"varde/bilingual"
	"varde/protocol"
)

// visits makes a visit of every scheduled activity instance of the main timeline.
func (m *importer) visits() {
	main := m.mainTimeline()
	if main == nil {
		return
	}
	instances := m.instances(main)
	m.timings(main, instances)
	m.cycles(instances)
	if m.wrong() != nil {
		return
	}
	m.name(instances)
	uses := 0
	for _, t := range instances.list {
		if t.id == "" || isMilestone(t.id) {
			continue
		}
		uses += m.visit(t, instances)
		if uses > mostUses {
			m.fault(t.node, "activityIds", fmt.Sprintf("more than %d activities at visits: no study has so many", mostUses))
			return
		}
	}
	m.milestoneGates(instances)
}

// name gives every instance the id of its visit: the name of its encounter, or its own
// where the encounter has several instances.
func (m *importer) name(s *scheduled) {
	count := map[*node]int{}
	for _, t := range s.list {
		if e := m.follow(t.node, "encounterId", "Encounter"); e != nil {
			count[e]++
		}
	}
	for _, t := range s.list {
		if typeOf(t.node) == "ScheduledDecisionInstance" {
			continue
		}
		name := m.needed(t.node, "name")
		e := m.follow(t.node, "encounterId", "Encounter")
		if e != nil && count[e] == 1 {
			name = m.text(e, "name")
		}
		if e == nil && isMilestone(name) {
			t.id = name
			m.label(t.node)
			continue
		}
		if !validName.MatchString(name) {
			name = strings.Trim(notInID.ReplaceAllString(fold(name), "_"), "_")
			if name == "" || name[0] >= '0' && name[0] <= '9' {
				name = "V_" + name
			}
			name = name[:min(40, len(name))]
		}
		for isMilestone(name) {
			name += "_visit"
		}
		t.id = m.unique("visit", name, "V")
	}
}

// visit writes one visit; it answers how many forms it has.
func (m *importer) visit(t *timed, s *scheduled) int {
	e := m.follow(t.node, "encounterId", "Encounter")
	var p pairs
	place := "schedule.yaml: visit " + t.id
	p.put("id", t.id)
	about, title := t.node, m.told(t.node, m.label(t.node))
	if e != nil {
		about = e
		label := m.label(e)
		if own := m.label(t.node); t.id != m.text(e, "name") && own != label && own != "" {
			label += ", " + own
		}
		title = m.told(e, label)
	}
	p.put("number", plain(m.extension(about, "number")))
	p.put("title", words(title))
	if x := m.follow(t.node, "epochId", "StudyEpoch"); x != nil {
		p.put("epoch", m.epochOf[x])
	} else {
		m.decide(place+".epoch", "the instance belongs to no epoch")
	}
	p.put("kind", m.kind(place, e, about))
	var gaps []string
	if !m.place(&p, place, t, s) {
		gaps = append(gaps, "The study definition states no window; the day itself is assumed.")
	}
	p.put("needs", commas(m.extension(about, "needs")))
	p.put("when", m.extension(about, "when"))
	by := commas(m.extension(about, "by"))
	if by == nil {
		m.decide(place+".by", "who holds the visit")
	}
	p.put("by", by)
	minutes := m.extension(about, "minutes")
	if minutes == "" {
		m.decide(place+".minutes", "how long the visit is planned to last")
		gaps = append(gaps, "The study definition does not say how long the visit lasts: write minutes.")
	}
	p.put("minutes", plain(minutes))
	forms := m.uses(t.node)
	p.put("forms", forms)
	for _, flag := range commas(m.extension(about, "flags")) {
		p.put(flag, plain("true"))
	}
	// These gaps are no errors to the checker: zero is a value. So each is marked to be
	// confirmed, and no study opens in earnest before it is.
	if len(gaps) > 0 {
		p.put("status", "NF")
		p.put("confirm", plain("true"))
		p.put("note", strings.Join(gaps, " "))
	}
	m.visitRow = append(m.visitRow, p)
	return len(forms)
}

// kind says how a visit is held.
func (m *importer) kind(place string, e, about *node) string {
	if k := m.extension(about, "kind"); k != "" {
		m.held(e)
		return k
	}
	modes := m.held(e)
	switch {
	case len(modes) == 0:
		m.decide(place+".kind", "how the visit is held: clinic, remote, phone, dosing or rating")
		return ""
	case len(modes) > 1:
		m.decide(place+".kind", "the encounter can be held in several ways (%s): each visit has one", strings.Join(modes, ", "))
		return ""
	}
	for _, x := range modes {
		switch lower := strings.ToLower(x); {
		case strings.Contains(lower, "person"):
			return string(protocol.Clinic)
		case strings.Contains(lower, "telephone") || strings.Contains(lower, "phone"):
			return string(protocol.Phone)
		case strings.Contains(lower, "video") || strings.Contains(lower, "remote") || strings.Contains(lower, "web"):
			return string(protocol.Remote)
		}
	}
	m.decide(place+".kind", "the encounter is held by %q", strings.Join(modes, ", "))
	return ""
}

func (m *importer) held(e *node) []string {
	if e == nil {
		return nil
	}
	var modes []string
	for _, c := range m.list(e, "contactModes") {
		_, decode := m.coded(c)
		modes = append(modes, decode)
	}
	for _, c := range m.list(e, "environmentalSettings") {
		m.coded(c)
	}
	m.code(e, "type")
	m.follow(e, "previousId")
	m.follow(e, "nextId")
	m.follow(e, "scheduledAtId", "Timing")
	return modes
}

// place writes anchor, offset and window. What the definition leaves open is left out;
// false says that there is no window.
func (m *importer) place(p *pairs, place string, t *timed, s *scheduled) bool {
	switch {
	case t.timing == nil:
		m.decide(place+".anchor", "nothing says when the visit is due")
		return false
	case t.fixed:
		m.decide(place+".anchor", "this is the fixed point of the timeline: say which milestone or visit it is counted from")
		p.put("offset", "0")
	default:
		if to := s.of[t.relative]; to.id == "" {
			m.decide(place+".anchor", "the visit is counted from %q, which is no visit", m.label(to.node))
		} else {
			p.put("anchor", to.id)
		}
		if t.known {
			p.put("offset", t.offset.String())
		}
	}
	return m.window(p, place, t)
}

func (m *importer) window(p *pairs, place string, t *timed) bool {
	lower, upper := m.text(t.timing, "windowLower"), m.text(t.timing, "windowUpper")
	if lower == "" && upper == "" {
		m.decide(place+".before and after", "the definition states no window: write how much earlier and later the visit may be held (\"0\" for the day itself)")
		return false
	}
	for _, x := range []struct {
		key, field, value string
		sign              protocol.Duration
	}{{"before", "windowLower", lower, -1}, {"after", "windowUpper", upper, 1}} {
		if x.value == "" {
			p.put(x.key, "0")
			continue
		}
		d, open, err := parsePeriod(x.value)
		switch {
		case err != nil:
			m.fault(t.timing, x.field, err.Error())
		case open:
			m.decide(place+"."+x.key, "the window is %s: months and years have no fixed length", x.value)
		default:
			if d < 0 {
				d = -d // some write the lower end with its sign
			}
			p.put(x.key, (x.sign * d).String())
		}
	}
	return true
}

// uses are the forms at a visit.
func (m *importer) uses(instance *node) []pairs {
	var out []pairs
	seen := map[string]bool{}
	for _, a := range m.followAll(instance, "activityIds", "Activity") {
		for _, leaf := range m.leaves(a) {
			form := m.form(leaf)
			if form == "" || seen[form] {
				continue
			}
			seen[form] = true
			var p pairs
			p.put("form", form)
			for _, x := range commas(m.extension(instance, "use."+form)) {
				key, value, _ := strings.Cut(x, "=")
				switch key {
				case "optional", "repeats":
					p.put(key, plain("true"))
				case "by":
					p.put(key, value)
				}
			}
			p.put("when", m.extension(instance, "when."+form))
			out = append(out, p)
		}
	}
	return out
}

// milestoneGates makes the gates that our own export has written as milestones.
func (m *importer) milestoneGates(s *scheduled) {
	for _, t := range s.list {
		if !isMilestone(t.id) {
			continue
		}
		gate := m.extension(t.node, "gate")
		if gate == "" || t.relative == nil {
			continue
		}
		var p pairs
		p.put("id", gate)
		p.put("title", words(bilingual.Text{EN: m.extension(t.node, "gate.en"), NB: m.extension(t.node, "gate.nb")}))
		p.put("at", s.of[t.relative].id)
		p.put("gives", t.id)
		p.put("by", commas(m.extension(t.node, "by")))
		m.gates = append(m.gates, p)
	}
}
