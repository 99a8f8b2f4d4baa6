package protocol

import (
	"fmt"
	"slices"
	"time"
)

// graver orders the severities of rules.
var graver = map[string]int{"watch": 1, "hold": 2, "transfer": 3}

// sessionRules finds limits that contradict their severity, and calls for help that
// reach nobody new.
func (c *checker) sessionRules() {
	if c.d.Dosing == nil {
		return
	}
	rules := c.d.Dosing.Rules
	for i := range rules {
		r := &rules[i]
		at := fmt.Sprintf("dosing.rules[%d]", i)
		if len(r.Escalate.Roles) > 0 && sameRoles(r.Escalate.Roles, r.Acknowledge.Roles) {
			c.warn(at+".escalate.roles", "V112", fmt.Sprintf("when nobody answers, the rule %q calls the same again: %s", r.ID, list(r.Escalate.Roles)), "Name somebody else to escalate to, or the one of them who must come")
		}
		if r.Escalate.Within > 0 && r.Escalate.Within < r.Acknowledge.Within {
			c.warn(at+".escalate.within", "V116", fmt.Sprintf("the first called for the rule %q have %s, those called after them only %s", r.ID, r.Acknowledge.Within, r.Escalate.Within), "The second time begins when the first has passed: write how long they then have")
		}
		for j := range rules[:i] {
			c.against(at, i, j)
		}
	}
}

func sameRoles(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// against compares two rules on the same measurement and side: the graver one must
// lie further out, or it calls first and the milder never matters. A rule that waits
// longer may lie nearer.
func (c *checker) against(at string, i, j int) {
	a, b := &c.d.Dosing.Rules[i], &c.d.Dosing.Rules[j]
	if a.Metric != b.Metric || a.FromBaseline != b.FromBaseline || above(a) != above(b) || graver[a.Severity] == 0 || graver[b.Severity] == 0 {
		return
	}
	mild, grave := a, b
	if graver[a.Severity] > graver[b.Severity] || graver[a.Severity] == graver[b.Severity] && further(a, b) {
		mild, grave = b, a
	}
	related := []Place{c.place(fmt.Sprintf("dosing.rules[%d].limit", j), fmt.Sprintf("%s: %s %s %v %s", b.ID, b.Metric, b.Compare, b.Limit, b.Unit))}
	switch {
	case graver[mild.Severity] == graver[grave.Severity]:
		if mild.Dwell <= grave.Dwell && mild.Limit != grave.Limit || mild.Limit == grave.Limit && mild.Dwell == grave.Dwell {
			c.tell(Warning, at+".limit", "V113", fmt.Sprintf("the rules %q and %q are both of severity %s for %s on the same side: the one at %v already calls", mild.ID, grave.ID, mild.Severity, mild.Metric, mild.Limit), "Keep one, or give them different severities", related)
		}
	case grave.Dwell > mild.Dwell:
	case mild.Limit == grave.Limit && mild.Compare == grave.Compare:
		c.tell(Warning, at+".limit", "V113", fmt.Sprintf("%q (%s) and %q (%s) have the same limit of %s, so the milder call is never made alone", mild.ID, mild.Severity, grave.ID, grave.Severity, mild.Metric), "Let the graver limit lie further out, or remove the milder rule", related)
	case further(mild, grave):
		c.tell(Error, at+".limit", "V113", fmt.Sprintf("%q (%s) calls at %v, before %q (%s) at %v: the graver action comes at the milder value", grave.ID, grave.Severity, grave.Limit, mild.ID, mild.Severity, mild.Limit), "Let the graver limit lie further out", related)
	}
}

func above(r *Rule) bool { return r.Compare == ">" || r.Compare == ">=" }

// further says that a lies further out than b.
func further(a, b *Rule) bool {
	if above(a) {
		return a.Limit > b.Limit
	}
	return a.Limit < b.Limit
}

// sessionTimes reckons a dosing session from the first dose on: what is due after
// people may have gone home, and sessions planned shorter than they can be.
func (c *checker) sessionTimes() {
	d := c.d.Dosing
	if d == nil {
		return
	}
	for i := range d.Doses {
		x := &d.Doses[i]
		v, ok := c.d.Visit(x.Visit)
		if !ok || x.Step != "initial" || v.Minutes <= 0 {
			continue
		}
		least := d.Discharge.Earliest
		if s := c.supplement(x.Visit); s != nil && !s.Optional && len(s.Amounts) > 0 {
			least += s.Earliest
		}
		if planned := Duration(v.Minutes) * Duration(time.Minute); least > planned {
			c.tell(Warning, fmt.Sprintf("visits[%d].minutes", c.d.VisitIndex(x.Visit)), "V108",
				fmt.Sprintf("%s is planned to last %s, but nobody may leave before %s after the first dose", x.Visit, planned, least),
				"Plan the visit longer", []Place{c.place("dosing.discharge.earliest", fmt.Sprintf("least stay %s after the last dose", d.Discharge.Earliest))})
		}
	}
	c.setsApart()
	if d.Overnight != nil || d.Discharge.Overnight || d.Discharge.Earliest <= 0 {
		return // they stay
	}
	late := func(at string, id string, anchor SessionAnchor, offset Duration) {
		if anchor == AtDose && offset > d.Discharge.Earliest || anchor == AtEnd && offset > 0 {
			c.warn(at+".offset", "V108", fmt.Sprintf("%q is due %s after the %s, when the participant may have left: the least stay is %s", id, offset, anchor, d.Discharge.Earliest), "Bring it forward, or let the least stay be longer")
		}
	}
	for i, s := range d.Vitals.Sets {
		late(fmt.Sprintf("dosing.vitals.sets[%d]", i), s.ID, s.Anchor, s.Offset)
	}
	for i, f := range d.Forms {
		late(fmt.Sprintf("dosing.forms[%d]", i), f.ID, f.Anchor, f.Offset)
	}
}

// setsApart finds sets of vital signs whose time runs into the next set's: one
// measurement could then stand for both, or for neither.
func (c *checker) setsApart() {
	sets := c.d.Dosing.Vitals.Sets
	for i, a := range sets {
		for j, b := range sets {
			if i == j || a.Anchor != b.Anchor || b.Offset < a.Offset || a.Offset == b.Offset && j < i {
				continue
			}
			if a.Offset+a.Tolerance >= b.Offset {
				c.tell(Warning, fmt.Sprintf("dosing.vitals.sets[%d].tolerance", i), "V108", fmt.Sprintf("the set %q may be taken until %s after the %s, when %q is due already at %s", a.ID, a.Offset+a.Tolerance, a.Anchor, b.ID, b.Offset),
					"Let the tolerance end before the next set is due", []Place{c.place(fmt.Sprintf("dosing.vitals.sets[%d].offset", j), fmt.Sprintf("%q is due at %s", b.ID, b.Offset))})
				break
			}
		}
	}
}

func (c *checker) supplement(visit string) *DoseStep {
	for i := range c.d.Dosing.Doses {
		if x := &c.d.Dosing.Doses[i]; x.Visit == visit && x.Step == "supplement" {
			return x
		}
	}
	return nil
}
