package usdm

import (
	"fmt"
	"strings"

	"varde/protocol"
)

// timed is a scheduled instance with its timing.
type timed struct {
	node     *node
	timing   *node
	fixed    bool
	relative *node // the instance that the timing is counted from
	offset   protocol.Duration
	known    bool // offset is one
	id       string
}

// mainTimeline is the one whose instances are the visits.
func (m *importer) mainTimeline() *node {
	var main []*node
	for _, t := range m.list(m.design, "scheduleTimelines") {
		if m.truth(t, "mainTimeline") {
			main = append(main, t)
		}
	}
	switch len(main) {
	case 1:
		m.text(main[0], "name")
		m.text(main[0], "label")
		return main[0]
	case 0:
		m.fault(m.design, "scheduleTimelines", "none of the timelines is the main one (mainTimeline: true): there are no visits to read")
	default:
		m.fault(main[1], "mainTimeline", "a second timeline is the main one: only one can be")
	}
	return nil
}

// scheduled are the instances of a timeline in their order.
type scheduled struct {
	list []*timed
	of   map[*node]*timed
}

func (m *importer) instances(main *node) *scheduled {
	s := &scheduled{of: map[*node]*timed{}}
	nodes := m.list(main, "instances")
	if len(nodes) == 0 {
		m.fault(main, "instances", "the main timeline has no instances: there are no visits to read")
	}
	if len(nodes) > mostInstances {
		m.fault(main, "instances", fmt.Sprintf("there are %d instances, and more than %d cannot be read", len(nodes), mostInstances))
		return s
	}
	for _, n := range m.following(main, nodes) {
		if typeOf(n) == "ScheduledDecisionInstance" {
			m.decide("schedule.yaml: visits", "the timeline branches at %q (%s): write it as a condition (when:) of the visits behind it", m.label(n), n.pointer())
		}
		t := &timed{node: n}
		s.list = append(s.list, t)
		s.of[n] = t
	}
	return s
}

// following orders instances by entryId and defaultConditionId; those that the chain
// leaves out come after it, in the order of the file.
func (m *importer) following(main *node, nodes []*node) []*node {
	left := map[*node]bool{}
	for _, n := range nodes {
		left[n] = true
	}
	var out []*node
	for n := m.follow(main, "entryId", "ScheduledActivityInstance", "ScheduledDecisionInstance"); n != nil && left[n]; n = m.follow(n, "defaultConditionId", "ScheduledActivityInstance", "ScheduledDecisionInstance") {
		left[n] = false
		out = append(out, n)
	}
	for _, n := range nodes {
		if left[n] {
			m.follow(n, "defaultConditionId")
			out = append(out, n)
		}
	}
	return out
}

// timings reads when each instance is due.
func (m *importer) timings(main *node, s *scheduled) {
	for _, n := range m.list(main, "timings") {
		if n.child("relativeFromScheduledInstanceId") == nil {
			m.fault(n, "relativeFromScheduledInstanceId", "this is missing, and a Timing must have it")
			continue
		}
		from := m.follow(n, "relativeFromScheduledInstanceId", "ScheduledActivityInstance", "ScheduledDecisionInstance")
		to := m.follow(n, "relativeToScheduledInstanceId", "ScheduledActivityInstance", "ScheduledDecisionInstance")
		if from == nil {
			continue
		}
		t := s.of[from]
		if t == nil {
			m.fault(n, "relativeFromScheduledInstanceId", "this instance is of another timeline")
			continue
		}
		if t.timing != nil {
			m.decide("schedule.yaml: visits", "%q has a second timing (%s): only the first was used", m.label(from), n.pointer())
			continue
		}
		t.timing = n
		m.timing(t, n, to)
		if t.relative != nil && s.of[t.relative] == nil {
			m.fault(n, "relativeToScheduledInstanceId", "this instance is of another timeline")
		}
	}
}

func (m *importer) timing(t *timed, n, to *node) {
	m.label(n)
	m.text(n, "description")
	m.text(n, "valueLabel")
	m.text(n, "windowLabel")
	code, decode := m.code(n, "type")
	value := m.needed(n, "value")
	d, open, err := parsePeriod(value)
	if err != nil {
		m.fault(n, "value", err.Error())
		return
	}
	if open {
		m.decide("schedule.yaml: visits", "the timing of %q is %s: months and years have no fixed length, so write the offset in weeks or days", m.label(t.node), value)
	}
	switch {
	case code == "C201358" || strings.EqualFold(decode, "Fixed Reference"):
		t.fixed = true
		return
	case code == "C201356" || strings.EqualFold(decode, "After"):
	case code == "C201357" || strings.EqualFold(decode, "Before"):
		d = -d
	default:
		m.fault(n, "type", fmt.Sprintf("the timing is of type %q: After, Before or Fixed Reference can be read", decode))
		return
	}
	if to == nil {
		m.fault(n, "relativeToScheduledInstanceId", "this is missing: the timing says how long, and not from what")
		return
	}
	if to == t.node {
		m.fault(n, "relativeToScheduledInstanceId", "the instance is timed relative to itself")
		return
	}
	if _, how := m.code(n, "relativeToFrom"); how != "" && !strings.EqualFold(how, "Start to Start") {
		m.decide("schedule.yaml: visits", "the timing of %q is %q: visits are counted from day to day", m.label(t.node), how)
	}
	t.relative, t.offset, t.known = to, d, !open
}

// cycles refuses timings that wait for one another in a ring.
func (m *importer) cycles(s *scheduled) {
	state := map[*timed]int{} // 1 on the way, 2 done
	for _, start := range s.list {
		var path []*timed
		t := start
		for t != nil && state[t] == 0 {
			state[t] = 1
			path = append(path, t)
			t = s.of[t.relative]
		}
		if t != nil && state[t] == 1 {
			var names []string
			for i := len(path) - 1; i >= 0; i-- {
				names = append([]string{m.label(path[i].node)}, names...)
				if path[i] == t {
					break
				}
			}
			m.fault(t.timing, "relativeToScheduledInstanceId", "the timings wait for one another in a ring: "+strings.Join(append(names, names[0]), " → "))
		}
		for _, x := range path {
			state[x] = 2
		}
	}
}
