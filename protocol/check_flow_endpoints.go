package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/instrument"
)

// endpointsCollected follows each endpoint to its visits: is it asked of everybody, by
// somebody who can, and of those who stopped treatment as well?
func (c *checker) endpointsCollected(r *reasoning) {
	for i, e := range c.d.Analysis.Endpoints {
		form, _, _ := strings.Cut(e.Score, ".")
		f := c.lib[form]
		if f == nil {
			continue
		}
		all := append([]string{e.Baseline}, e.Visits...)
		for j, id := range all {
			at := fmt.Sprintf("analysis.endpoints[%d].baseline", i)
			if j > 0 {
				at = fmt.Sprintf("analysis.endpoints[%d].visits[%d]", i, j-1)
			}
			if v, ok := c.d.Visit(id); ok {
				c.endpointAt(r, at, &e, f, v)
			}
		}
		c.followedUp(i, &e)
	}
}

func (c *checker) endpointAt(r *reasoning, at string, e *Endpoint, f *instrument.Compiled, v *Visit) {
	if why := c.maybeNotHeld(v, f.ID); why != "" && e.Role != "exploratory" && !c.allAnalysed(r, e, v) {
		c.warn(at, "V143", fmt.Sprintf("the %s endpoint %q may be missing at %s by design: %s", e.Role, e.ID, v.ID, why), "Ask it of everybody there, or leave the visit out of the endpoint")
	}
	if f.Respondent == instrument.ByRater && v.Kind == Phone {
		c.warn(at, "V143", fmt.Sprintf("%q is a rating by interview, but %s is a call by phone", f.ID, v.ID), "Make the visit kind rating or remote")
	}
	if f.Respondent == instrument.ByRater && v.Kind != Rating && len(c.d.Arms) > 1 && len(c.d.Protocol.Blinding) > 0 {
		c.warn(at, "V143", fmt.Sprintf("%q is rated at %s, which is a visit of kind %s: no independent rater is drawn for it", f.ID, v.ID, v.Kind), "Make it a visit of kind rating, by rater")
	}
}

// allAnalysed says that the visit is held of everybody whom the endpoint's estimands
// are about: its condition follows from their populations.
func (c *checker) allAnalysed(r *reasoning, e *Endpoint, v *Visit) bool {
	when, ok := r.at(fmt.Sprintf("visits[%d].when", c.d.VisitIndex(v.ID)))
	if !ok || v.Optional {
		return false
	}
	some := false
	for _, x := range c.d.Analysis.Estimands {
		if x.Endpoint != e.ID {
			continue
		}
		i := slices.IndexFunc(c.d.Analysis.Populations, func(p Population) bool { return p.ID == x.Population })
		p, ok := r.at(fmt.Sprintf("analysis.populations[%d].expr", i))
		if !ok || !r.space().Implies(p.Condition, when.Condition) {
			return false
		}
		some = true
	}
	return some
}

// followedUp makes sure that what is analysed whatever happens to treatment is also
// asked after treatment was stopped.
func (c *checker) followedUp(i int, e *Endpoint) {
	policy := slices.ContainsFunc(c.d.Analysis.Estimands, func(x Estimand) bool {
		if x.Endpoint != e.ID {
			return false
		}
		for _, ev := range x.Events {
			if ev.ID == TreatmentStopped {
				return ev.Strategy == "treatment-policy"
			}
		}
		return x.Strategy == "treatment-policy"
	})
	if !policy {
		return
	}
	for j, id := range e.Visits {
		v, ok := c.d.Visit(id)
		if !ok || slices.Contains(c.d.Withdrawal.FollowUp, id) || e.At != "" && e.At != id {
			continue
		}
		at := fmt.Sprintf("analysis.endpoints[%d].visits[%d]", i, j)
		if v.Treatment {
			c.warn(at, "V144", fmt.Sprintf("%q is analysed whatever happens to treatment, but %s is a treatment visit and not held after treatment was stopped", e.ID, id), "Measure at a visit that goes on (without treatment: true), and list it in withdrawal.followUp")
		} else {
			c.warn("withdrawal.followUp", "V144", fmt.Sprintf("%q is analysed whatever happens to treatment, but %s is not among the visits that go on after stopping", e.ID, id), "Add "+id+" to withdrawal.followUp")
		}
	}
}
