package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
	"varde/expr/reason"
)

// sessionSafe looks at the go/no-go lines of a session against the rest of the
// protocol: what excludes a person on the way in must not be forgotten on the day.
func (c *checker) sessionSafe(r *reasoning) {
	d := c.d.Dosing
	if d == nil || c.sessions() == 0 {
		return
	}
	rests := map[string]bool{}
	for _, s := range append(r.under("dosing.checks["), r.under("safety.stopping[")...) {
		for _, name := range s.Names() {
			rests[name] = rests[name] || strings.HasPrefix(s.path, "dosing.")
		}
	}
	if !rests["consent.given"] && !rests["consent.current"] {
		c.warn("dosing.checks", "V168", "no check before a dose asks for a valid consent", "Add a check with expr: consent.current")
	}
	c.testsRead(r)
	for i, x := range d.Checks {
		s, ok := r.at(fmt.Sprintf("dosing.checks[%d].expr", i))
		if !ok {
			continue
		}
		if x.Override && slices.Contains(s.Names(), "medication.contraindicated") && slices.ContainsFunc(c.d.Interactions, func(n Interaction) bool { return n.Severity == "X" }) {
			c.warn(fmt.Sprintf("dosing.checks[%d].override", i), "V168", fmt.Sprintf("a physician may set aside the check %q, but the table has medicines that must never be combined (severity X)", x.ID), "Write override: false")
		}
		c.beyondRules(s, x.ID)
	}
	c.leaving(r)
}

// testsRead finds measurements that are taken on the day of a session, that exclude a
// person before, and that no check reads.
func (c *checker) testsRead(r *reasoning) {
	read, excludes := map[string]bool{}, map[string]string{}
	for _, s := range r.under("dosing.checks[") {
		for _, name := range s.Names() {
			form, _ := lastTwo(name)
			read[form] = true
		}
	}
	for i, x := range c.d.Eligibility.Criteria {
		if s, ok := r.at(fmt.Sprintf("eligibility.criteria[%d].expr", i)); ok {
			for _, name := range s.Names() {
				form, _ := lastTwo(name)
				excludes[form] = x.ID
			}
		}
	}
	for i, v := range c.d.Protocol.Visits {
		if v.Kind != Session {
			continue
		}
		for j, u := range v.Forms {
			if f := c.lib[u.Form]; f != nil && f.Kind == "measurement" && excludes[u.Form] != "" && !read[u.Form] && !u.Optional {
				c.warn(fmt.Sprintf("visits[%d].forms[%d]", i, j), "V168", fmt.Sprintf("%q is taken at %s and holds people back by criterion %s, but no check before the dose reads it", u.Form, v.ID, excludes[u.Form]), fmt.Sprintf("Add a check such as here.%s...", u.Form))
				return
			}
		}
	}
}

// beyondRules finds a check that lets a person begin with a value that calls at once.
func (c *checker) beyondRules(s statement, check string) {
	d := c.d.Dosing
	for _, k := range s.Comparisons {
		form, id := lastTwo(k.Name)
		if form != d.Vitals.Form || len(k.Constants) != 1 || k.Negated {
			continue
		}
		limit, ok := reason.Number(k.Constants[0])
		if !ok {
			continue
		}
		for _, rule := range d.Rules {
			if rule.Metric != id || rule.FromBaseline || rule.Compare == "" {
				continue
			}
			above := rule.Compare[0] == '>' && k.Op != "" && k.Op[0] == '<' && limit > rule.Limit
			below := rule.Compare[0] == '<' && k.Op != "" && k.Op[0] == '>' && limit < rule.Limit
			if above || below {
				c.within(Warning, s.path, k.Line, k.Column, "V168", fmt.Sprintf("the check %q lets a dose be given at %s %v, where the rule %s (%s %v) already calls", check, id, limit, rule.ID, rule.Compare, rule.Limit), "Let the check be the stricter of the two")
				return
			}
		}
	}
}

// leaving compares the least stay with the check that asks for it.
func (c *checker) leaving(r *reasoning) {
	d := c.d.Dosing
	for _, s := range r.under("dosing.discharge.checks[") {
		for _, k := range s.Comparisons {
			if k.Name != "session.minutes_since_last_dose" && k.Name != "session.minutes_since_dose" || len(k.Constants) != 1 || k.Op != ">=" && k.Op != ">" {
				continue
			}
			minutes, ok := reason.Number(k.Constants[0])
			if ok && d.Discharge.Earliest > 0 && !sameNumber(minutes, d.Discharge.Earliest.Std().Minutes()) {
				c.warn(s.path, "V168", fmt.Sprintf("the check asks for %v minutes since the dose, dosing.discharge.earliest for %s", minutes, d.Discharge.Earliest), "Let both say the same")
			}
		}
	}
}

// partsAlone finds a part of a criterion that another criterion, at the same gate or
// before, has decided already.
func (c *checker) partsAlone(r *reasoning, list []judged) {
	for _, a := range list {
		if len(a.Comparisons) != 1 || len(a.Names()) != 1 {
			continue
		}
		v, ok := r.space().Of(a.Comparisons[0].Name)
		if !ok || v.Type != expr.Int && v.Type != expr.Double || len(v.Codes) > 0 {
			continue
		}
		for _, b := range list {
			if b.Criterion == a.Criterion || b.gate < a.gate || len(b.Comparisons) < 2 || b.alone {
				continue
			}
			for _, k := range b.Comparisons {
				if k.Name == v.Name && len(k.Constants) == 1 && c.limit(r.space(), k) == "" && c.decided(r, a, v, k) {
					c.within(Warning, b.path+".expr", k.Line, k.Column, "V132", fmt.Sprintf("the part %s %s %v of %s is decided already by %s (line %d): it is the same for everybody who passes that", c.shown(k.Name), k.Op, k.Constants[0], b.ID, a.ID, c.lineOf(a.path)), "Leave the part out, or check the limit")
				}
			}
		}
	}
}

// decided says that the comparison has one answer for all values that pass a.
func (c *checker) decided(r *reasoning, a judged, v reason.Variable, k reason.Comparison) bool {
	passing := a.Comparisons[0]
	want := (a.passes == expr.True) != passing.Negated
	holds, fails, ok := v.OutcomesWhere(passing, want, k)
	return ok && holds != fails
}
