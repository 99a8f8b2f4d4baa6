package protocol

import (
	"fmt"
	"slices"

	"varde/expr"
	"varde/instrument"
)

func (c *checker) dosing() {
	d := c.d.Dosing
	var sessions []string
	for _, v := range c.d.Protocol.Visits {
		if v.Kind == Session {
			sessions = append(sessions, v.ID)
		}
	}
	if d == nil {
		if len(sessions) > 0 {
			c.add("visits", "V034", fmt.Sprintf("%s is a dosing visit but the protocol has no dosing plan", sessions[0]), "Add the top-level key dosing")
		}
		return
	}
	ids(c, "dosing.checks", d.Checks, plainID, func(x *Check) string { return x.ID })
	ids(c, "dosing.twoPerson", d.TwoPerson, plainID, func(x *TwoPerson) string { return x.ID })
	ids(c, "dosing.checkpoint.withhold", d.Checkpoint.Withhold, plainID, func(x *Check) string { return x.ID })
	ids(c, "dosing.discharge.checks", d.Discharge.Checks, plainID, func(x *Check) string { return x.ID })
	c.doses(sessions)
	vitals, _ := c.form("dosing.vitals.form", d.Vitals.Form)
	ids(c, "dosing.vitals.sets", d.Vitals.Sets, plainID, func(x *VitalsSet) string { return x.ID })
	for i, s := range d.Vitals.Sets {
		c.due(fmt.Sprintf("dosing.vitals.sets[%d]", i), s.Anchor, s.Tolerance, s.By)
	}
	ids(c, "dosing.rules", d.Rules, plainID, func(x *Rule) string { return x.ID })
	for i := range d.Rules {
		c.rule(fmt.Sprintf("dosing.rules[%d]", i), &d.Rules[i], vitals)
	}
	if slices.ContainsFunc(d.Doses, func(x DoseStep) bool { return x.Step == "supplement" }) {
		c.roles("dosing.checkpoint.by", d.Checkpoint.By, true)
	}
	ids(c, "dosing.forms", d.Forms, plainID, func(x *SessionForm) string { return x.ID })
	for i, f := range d.Forms {
		at := fmt.Sprintf("dosing.forms[%d]", i)
		c.form(at+".form", f.Form)
		c.due(at, f.Anchor, f.Tolerance, f.By)
	}
	c.form("dosing.solicited", d.Solicited)
	if f, ok := c.form("dosing.log", d.Log); ok && !f.Repeats {
		c.add("dosing.log", "V064", fmt.Sprintf("the form %q does not repeat and cannot be the session log", d.Log), "Set repeats: true in the form")
	}
	c.form("dosing.discharge.form", d.Discharge.Form)
	c.notNegative("dosing.discharge.earliest", d.Discharge.Earliest, "the least stay")
	c.overnight()
}

func (c *checker) doses(sessions []string) {
	initial := map[string]bool{}
	seen := map[string]bool{}
	for i, x := range c.d.Dosing.Doses {
		at := fmt.Sprintf("dosing.doses[%d]", i)
		c.word(at+".step", x.Step, "initial", "supplement")
		if v, ok := c.d.Visit(x.Visit); !ok {
			c.ref(at+".visit", "dosing visit", x.Visit, sessions)
		} else if v.Kind != Session {
			c.add(at+".visit", "V034", fmt.Sprintf("a dose is planned at %s, which is a visit of kind %s", x.Visit, v.Kind), "Make the visit kind: dosing, or name a dosing visit")
		}
		key := x.Visit + " " + x.Step
		if seen[key] {
			c.add(at+".step", "V010", fmt.Sprintf("%s has two %s doses", x.Visit, x.Step), "List all allowed amounts in one entry")
		}
		seen[key] = true
		initial[x.Visit] = initial[x.Visit] || x.Step == "initial"
		c.amounts(at, x)
	}
	for _, v := range sessions {
		if !initial[v] {
			c.add(fmt.Sprintf("visits[%d].kind", c.d.VisitIndex(v)), "V034", fmt.Sprintf("the dosing visit %s has no initial dose", v), "Add it to dosing.doses")
		}
	}
}

func (c *checker) amounts(at string, x DoseStep) {
	if len(x.Amounts) == 0 && !x.HalfOf {
		c.add(at, "V004", "no amount is allowed", "Add amounts in mg, such as amounts: [80], or halfOf: true")
	}
	for j, a := range x.Amounts {
		if a <= 0 {
			c.add(fmt.Sprintf("%s.amounts[%d]", at, j), "V014", fmt.Sprintf("the amount %v mg is not positive", a), "Write the amount in mg")
		}
	}
	if x.HalfOf && x.Step == "initial" {
		c.add(at+".halfOf", "V034", "the initial dose cannot be half of itself", "Remove halfOf")
	}
	c.notNegative(at+".earliest", x.Earliest, "earliest")
	if x.Latest != 0 && x.Latest < x.Earliest {
		c.add(at+".latest", "V031", fmt.Sprintf("the dose may be given from %s to %s after the initial one: that ends before it begins", x.Earliest, x.Latest), "Make latest longer than earliest")
	}
}

func (c *checker) due(at string, anchor SessionAnchor, tolerance Duration, by []string) {
	c.word(at+".anchor", string(anchor), string(AtStart), string(AtDose), string(AtSupplement), string(AtCheckpoint), string(AtEnd))
	c.notNegative(at+".tolerance", tolerance, "the tolerance")
	c.roles(at+".by", by, true)
}

func (c *checker) rule(at string, r *Rule, vitals *instrument.Compiled) {
	c.word(at+".compare", r.Compare, ">", ">=", "<", "<=")
	c.word(at+".severity", r.Severity, "watch", "hold", "transfer")
	c.notNegative(at+".dwell", r.Dwell, "the dwell time")
	if vitals != nil && r.Metric != "" {
		item, ok := vitals.Item(r.Metric)
		if !ok {
			c.ref(at+".metric", "item of "+vitals.ID, r.Metric, names(vitals.Items, func(i *instrument.Item) string { return i.ID }))
		} else {
			c.notComputed(at+".metric", vitals.ID, item.ID)
			c.metric(at, r, vitals, item)
		}
	}
	c.respond(at, "acknowledge", r.Acknowledge)
	c.respond(at, "escalate", r.Escalate)
}

func (c *checker) metric(at string, r *Rule, vitals *instrument.Compiled, item *instrument.Item) {
	if t, _ := vitals.NativeType(item.ID); t != expr.Int && t != expr.Double {
		c.add(at+".metric", "V023", fmt.Sprintf("%s.%s is no number", vitals.ID, item.ID), "Name a number item")
		return
	}
	if r.Unit != item.Unit {
		c.add(at+".unit", "V022", fmt.Sprintf("the limit is in %q, but %s.%s is measured in %q", r.Unit, vitals.ID, item.ID, item.Unit), fmt.Sprintf("Write unit: %q and the limit in that unit", item.Unit))
	}
	above := r.Compare == ">" || r.Compare == ">="
	if !r.FromBaseline && (item.Max != nil && above && r.Limit > *item.Max || item.Min != nil && !above && r.Limit < *item.Min) {
		c.warn(at+".limit", "V014", fmt.Sprintf("the limit %v lies outside the plausible range of %s.%s", r.Limit, vitals.ID, item.ID), "Check the limit and its unit")
	}
}

// respond makes sure that a rule ends in an action with an owner and a clock.
func (c *checker) respond(at, key string, x Respond) {
	if len(x.Roles) == 0 || x.Within <= 0 {
		c.add(at+"."+key, "V062", fmt.Sprintf("%s needs roles and a time within which they act", key), fmt.Sprintf(`Write %s: {roles: [physician], within: "5m"}`, key))
	}
	c.roles(at+"."+key+".roles", x.Roles, false)
}

func (c *checker) safety() {
	s := &c.d.Safety
	if f, ok := c.form("safety.form", s.Form); ok {
		c.isLog("safety.form", f)
	}
	if f, ok := c.form("safety.medication", s.Medication); ok {
		c.isLog("safety.medication", f)
	}
	ids(c, "safety.severity", s.Severity, plainID, func(r *Reason) string { return r.ID })
	ids(c, "safety.relation", s.Relation, plainID, func(r *Reason) string { return r.ID })
	ids(c, "safety.seriousness", s.Seriousness, plainID, func(r *Reason) string { return r.ID })
	ids(c, "safety.clocks", s.Clocks, plainID, func(x *SafetyClock) string { return x.ID })
	for i, x := range s.Clocks {
		at := fmt.Sprintf("safety.clocks[%d]", i)
		c.role(at+".owner", x.Owner)
		c.positive(at+".within", x.Within, "the time to report")
	}
	ids(c, "safety.stopping", s.Stopping, plainID, func(x *StoppingRule) string { return x.ID })
	for i, x := range s.Stopping {
		at := fmt.Sprintf("safety.stopping[%d]", i)
		c.word(at+".level", x.Level, "participant", "study")
		c.role(at+".owner", x.Owner)
		c.positive(at+".within", x.Within, "the time to act")
	}
	c.severityAgrees()
}

func (c *checker) isLog(at string, f *instrument.Compiled) {
	if !slices.ContainsFunc(c.d.Logs, func(l Log) bool { return l.Form == f.ID }) {
		c.add(at, "V060", fmt.Sprintf("the form %q is not kept as a log, so nobody could record in it", f.ID), "Add it to logs")
	}
}

// severityAgrees makes sure that the coded answers of the adverse event form and
// the protocol's definitions are the same words.
func (c *checker) severityAgrees() {
	s := &c.d.Safety
	f, ok := c.lib[s.Form]
	if !ok {
		return
	}
	for _, x := range []struct {
		item string
		list []Reason
	}{{"severity", s.Severity}, {"relation", s.Relation}} {
		item, ok := f.Item(x.item)
		if !ok || len(x.list) == 0 {
			continue
		}
		var codes []string
		for _, o := range f.OptionsOf(item) {
			codes = append(codes, o.Value.Text())
		}
		for i, r := range x.list {
			c.ref(fmt.Sprintf("safety.%s[%d].id", x.item, i), "answer of "+s.Form+"."+x.item, r.ID, codes)
		}
	}
}
