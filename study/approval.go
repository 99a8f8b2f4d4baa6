package study

import (
	"time"

	"varde/protocol"
)

// ApprovalFaults says which approvals the protocol requires that are not recorded,
// or have run out on the day, in the protocol's order.
func ApprovalFaults(def *protocol.Definition, s *StudyState, day Day) []Text {
	var out []Text
	for _, a := range def.Approvals {
		if !a.Required {
			continue
		}
		given, ok := s.Approvals[a.ID]
		if !ok {
			out = append(out, say("%s is not recorded", "%s er ikke ført", a.Title))
			continue
		}
		until := given.Expires
		if until == "" && a.Expires > 0 {
			if t, err := time.Parse(time.DateOnly, given.Given); err == nil {
				until = (DayOf(t, time.UTC) + Day(a.Expires.Days())).String()
			}
		}
		if until != "" && until < day.String() {
			out = append(out, say("%s ran out on %s", "%s gikk ut %s", a.Title, until))
		}
	}
	return out
}

// approved refuses to take anybody further in a study in earnest while a required
// approval is missing. A practice study needs none.
func (d *decision) approved() *Refusal {
	if d.env.Study.Mode != "live" {
		return nil
	}
	if faults := ApprovalFaults(d.def, d.env.Study, DayOf(d.at, time.UTC)); len(faults) > 0 {
		return refuse(Against, "not-approved", say("nobody may be taken in yet: %s", "ingen kan tas inn ennå: %s", faults[0]))
	}
	return nil
}
