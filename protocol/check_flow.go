package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr/reason"
	"varde/instrument"
)

// Data flow: what is needed is collected before, what is collected is needed, and what
// is called baseline was there before treatment.

// firstSession answers the place of the first dosing visit, or the number of visits.
func (c *checker) firstSession() int {
	i := slices.IndexFunc(c.d.Protocol.Visits, func(v Visit) bool { return v.Kind == Session })
	if i < 0 {
		return len(c.d.Protocol.Visits)
	}
	return i
}

// firstRandomised answers the place of the first visit that waits for randomisation, or
// the number of visits.
func (c *checker) firstRandomised() int {
	for i, v := range c.d.Protocol.Visits {
		if slices.Contains(v.Needs, string(Randomised)) || v.Anchor == string(Randomised) {
			return i
		}
		if e, ok := c.d.Epoch(v.Epoch); ok && slices.Contains(e.Needs, Randomised) {
			return i
		}
	}
	return len(c.d.Protocol.Visits)
}

// collectedInTime looks where the moment of a decision is not a visit of its own: the
// draw of the arm, and the checks of the first session.
func (c *checker) collectedInTime(r *reasoning) {
	draw, session := c.firstRandomised(), c.firstSession()
	for _, s := range r.stated {
		until, when := -1, ""
		switch {
		case strings.HasPrefix(s.path, "allocation.strata["):
			until, when = draw-1, "participants are randomised"
		case strings.HasPrefix(s.path, "dosing.checks["):
			until, when = session, "the first dosing session"
		}
		if until < 0 || until >= len(c.d.Protocol.Visits) {
			continue
		}
		for _, name := range s.Names() {
			if first, late := c.collectedAfter(name, until); late {
				c.add(s.path, "V061", fmt.Sprintf("%s is collected at %s at the earliest, but needed before %s", c.shown(name), c.d.Protocol.Visits[first].ID, when), "Collect it earlier, or decide by something else")
				break
			}
		}
	}
}

// collectedAfter says that a value is first collected at a visit after the one given.
func (c *checker) collectedAfter(name string, until int) (first int, late bool) {
	if _, isFact := Facts[name]; isFact {
		return 0, false
	}
	parts := strings.Split(name, ".")
	if len(parts) == 3 && parts[0] != Here {
		i := c.d.VisitIndex(parts[0])
		return max(i, 0), i > until
	}
	form, _ := lastTwo(name)
	visits := c.collect.forms[form]
	if c.collect.logs[form] || len(visits) == 0 {
		return 0, false
	}
	return visits[0], visits[0] > until
}

// baselines finds what is called baseline but was measured at or after the first dose.
func (c *checker) baselines(r *reasoning) {
	session := c.firstSession()
	if session == len(c.d.Protocol.Visits) {
		return
	}
	first := c.d.Protocol.Visits[session].ID
	for i, e := range c.d.Analysis.Endpoints {
		if c.d.VisitIndex(e.Baseline) >= session {
			c.add(fmt.Sprintf("analysis.endpoints[%d].baseline", i), "V141", fmt.Sprintf("the baseline of %q is taken at %s, not before the first dosing session %s", e.ID, e.Baseline, first), "Name a visit before treatment")
		}
	}
	for i, b := range c.d.Analysis.Baseline {
		if at, late := c.collectedAfter(b.Value, session-1); late {
			c.warn(fmt.Sprintf("analysis.baseline[%d].value", i), "V141", fmt.Sprintf("%s is collected at %s, not before the first dosing session %s: treatment may have changed it", b.Value, c.d.Protocol.Visits[at].ID, first), "Name a visit before treatment")
		}
	}
	for _, s := range r.stated {
		subgroup, population := strings.HasPrefix(s.path, "analysis.subgroups["), strings.HasPrefix(s.path, "analysis.populations[")
		if !subgroup && !population {
			continue
		}
		for _, name := range s.Names() {
			at, late := c.collectedAfter(name, session-1)
			if !late {
				continue
			}
			visit := c.d.Protocol.Visits[at].ID
			if subgroup {
				c.warn(s.path, "V141", fmt.Sprintf("the subgroup rests on %s, collected at %s, after the first dosing session: treatment may have decided who is in it", c.shown(name), visit), "Use a value from before treatment")
			} else if c.d.Allocation != nil && !c.confirmAt(s.path) {
				c.warn(s.path, "V148", fmt.Sprintf("who is analysed rests on %s, collected at %s, after randomisation: the arms may then differ by more than chance", c.shown(name), visit), "Analyse all who were randomised, or mark the definition confirm: true with the reason")
			}
			break
		}
	}
}

// confirmAt says that the population at the path is marked to be confirmed by the site.
func (c *checker) confirmAt(path string) bool {
	for i, p := range c.d.Analysis.Populations {
		if strings.HasPrefix(path, fmt.Sprintf("analysis.populations[%d].", i)) {
			return p.Confirm
		}
	}
	return false
}

// unused finds measurements that are asked of people and that nothing in the protocol
// uses. Data protection asks a purpose for each. Notes, logs and checklists are the
// record of care itself; of a questionnaire, interview or measurement something is done
// with the answer.
func (c *checker) unused(r *reasoning) {
	used := c.usedForms(r)
	for _, form := range sortedKeys(c.collect.forms) {
		f := c.lib[form]
		visits := c.collect.forms[form]
		if used[form] || len(visits) == 0 || f == nil {
			continue
		}
		if f.Kind != instrument.Questionnaire && f.Kind != instrument.Interview && f.Kind != instrument.Measurement {
			continue
		}
		v := visits[0]
		at := fmt.Sprintf("visits[%d]", v)
		for j, u := range c.d.Protocol.Visits[v].Forms {
			if u.Form == form {
				at = fmt.Sprintf("visits[%d].forms[%d]", v, j)
			}
		}
		c.warn(at, "V142", fmt.Sprintf("the answers of %q are asked for at %s and used by nothing: no criterion, check, alert, endpoint, baseline table or report", form, c.visitNames(visits)), "Name what it is for (an endpoint, a row of analysis.baseline, a criterion), or do not ask")
	}
}

func (c *checker) visitNames(visits []int) string {
	var out []string
	for _, i := range visits {
		out = append(out, c.d.Protocol.Visits[i].ID)
	}
	return shortList(out)
}

func (c *checker) usedForms(r *reasoning) map[string]bool {
	used := map[string]bool{c.d.Safety.Form: true, c.d.Safety.Medication: true}
	take := func(k *reason.Condition) {
		for _, name := range k.Names() {
			form, _ := lastTwo(name)
			used[form] = true
		}
	}
	for _, s := range r.stated {
		take(s.Condition)
	}
	value := func(ref string) {
		form, _ := lastTwo(ref)
		used[form] = true
	}
	a := &c.d.Analysis
	for _, e := range a.Endpoints {
		value(e.Score)
	}
	for _, b := range a.Baseline {
		value(b.Value)
	}
	for _, e := range a.Estimands {
		for _, x := range e.Events {
			for _, ref := range x.From {
				value(ref)
			}
		}
	}
	for _, m := range a.Models {
		for _, term := range m.Fixed {
			value(term)
		}
	}
	if d := c.d.Dosing; d != nil {
		for _, id := range []string{d.Vitals.Form, d.Solicited, d.Log, d.Discharge.Form} {
			used[id] = true
		}
		for _, f := range d.Forms {
			used[f.Form] = true
		}
		if d.Overnight != nil {
			used[d.Overnight.Form] = true
		}
	}
	for id, f := range c.d.Instruments {
		if len(f.Alerts) > 0 {
			used[id] = true // somebody is called by its answers
		}
	}
	if len(c.d.Arms) > 1 {
		used[guessForm] = true // the analysis reports how well arms were guessed
	}
	return used
}

// guessForm is the form in which people say which arm they believe to be in.
const guessForm = "guess"
