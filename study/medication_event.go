package study

import (
	"time"

	"varde/protocol"
)

// ExcludedMedicine answers when somebody first used, after the first dose, a medicine
// that the protocol does not allow: one that can never be combined (X), one that calls
// for a time without it (H) and was not accepted by the physician, or one that the
// physician decided to stop or that excludes. The day is the medicine's first after the
// dose, or the dose's own when it was taken on; ok is false when there is none. It is an
// intercurrent event of the analysis, and no judgement of the person.
func ExcludedMedicine(def *protocol.Definition, s *State) (at time.Time, ok bool) {
	dose := firstDose(def, s)
	if dose.IsZero() {
		return time.Time{}, false
	}
	first := DayOf(dose, s.Zone)
	for _, m := range Medicines(def, s, first) {
		if !forbiddenAfterDose(&m) || !m.Ongoing && m.Last < first {
			continue
		}
		used := dose
		if start, err := time.Parse(time.DateOnly, m.Record.Values["start"].Text()); err == nil {
			if day := DayOf(start, time.UTC); day > first {
				used = day.Start(s.Zone)
			}
		}
		if !ok || used.Before(at) {
			at, ok = used, true
		}
	}
	return at, ok
}

func forbiddenAfterDose(m *Medicine) bool {
	if m.Decision == "stop" || m.Decision == "exclude" {
		return true
	}
	for _, h := range m.Hits {
		if h.Interaction.Severity == "X" || h.Interaction.Severity == "H" && m.Decision != "accept" {
			return true
		}
	}
	return false
}

func firstDose(def *protocol.Definition, s *State) time.Time {
	var first time.Time
	for i := range def.Visits {
		if x := s.Sessions[def.Visits[i].ID]; x != nil && !x.DoseAt.IsZero() && (first.IsZero() || x.DoseAt.Before(first)) {
			first = x.DoseAt
		}
	}
	return first
}
