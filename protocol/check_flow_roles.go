package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/access/table"
	"varde/instrument"
)

// Who is asked to do something must be able to.

// duty is something that roles are asked to do, and the capability it takes.
type duty struct {
	path, what, capability string
	roles                  []string
	others                 []string // who may do it as well, without being named
}

// may says that a role has a capability under this protocol.
func (c *checker) may(role, capability string) bool {
	return slices.Contains(table.RolesOf(capability), role) && !c.withheld(role, capability)
}

// mayDo finds duties that nobody who is named can do, and names of those who cannot.
func (c *checker) mayDo() {
	for _, d := range c.duties() {
		var cannot []int
		for i, role := range d.roles {
			if slices.Contains(Roles, role) && !c.may(role, d.capability) {
				cannot = append(cannot, i)
			}
		}
		if len(cannot) == 0 {
			continue
		}
		able := slices.DeleteFunc(slices.Clone(table.RolesOf(d.capability)), func(r string) bool { return r == "system" || c.withheld(r, d.capability) })
		fix := fmt.Sprintf("Name one of: %s", strings.Join(able, ", "))
		if len(cannot) == len(d.roles) && !slices.ContainsFunc(d.others, func(r string) bool { return c.may(r, d.capability) }) {
			c.add(d.path, "V145", fmt.Sprintf("nobody who is named (%s) can %s: the capability %q is not theirs", strings.Join(d.roles, ", "), d.what, d.capability), fix)
			continue
		}
		for _, i := range cannot {
			c.warn(d.path, "V145", fmt.Sprintf("the role %q cannot %s: the capability %q is not theirs", d.roles[i], d.what, d.capability), fix)
		}
	}
	c.alertsAnswered()
	c.credentials()
}

func (c *checker) duties() []duty {
	p := &c.d.Protocol
	var out []duty
	add := func(capability, path, what string, roles []string, others ...string) {
		if len(roles) > 0 {
			out = append(out, duty{path, what, capability, roles, others})
		}
	}
	for i, g := range p.Eligibility.Gates {
		add("decide", fmt.Sprintf("eligibility.gates[%d].by", i), fmt.Sprintf("decide the gate %q", g.ID), g.By)
	}
	for i, v := range p.Visits {
		at := fmt.Sprintf("visits[%d].by", i)
		switch v.Kind {
		case Session:
			add("run-session", at, fmt.Sprintf("run the session %s", v.ID), v.By)
		case Rating:
			add("schedule", at, fmt.Sprintf("hold the visit %s", v.ID), v.By)
		}
		for j, u := range v.Forms {
			if u.By != "" {
				add("enter", fmt.Sprintf("visits[%d].forms[%d].by", i, j), fmt.Sprintf("fill in %q", u.Form), []string{u.By})
			}
		}
	}
	for i, l := range p.Logs {
		add("enter", fmt.Sprintf("logs[%d].by", i), fmt.Sprintf("keep the log %q", l.Form), l.By)
	}
	if d := p.Dosing; d != nil {
		for i, s := range d.Vitals.Sets {
			add("run-session", fmt.Sprintf("dosing.vitals.sets[%d].by", i), fmt.Sprintf("take the vital signs %q", s.ID), s.By)
		}
		for i, f := range d.Forms {
			add("enter", fmt.Sprintf("dosing.forms[%d].by", i), fmt.Sprintf("fill in %q", f.Form), f.By)
		}
		for i, r := range d.Rules {
			add("acknowledge", fmt.Sprintf("dosing.rules[%d].acknowledge.roles", i), fmt.Sprintf("acknowledge the rule %q", r.ID), r.Acknowledge.Roles)
		}
		add("run-session", "dosing.checkpoint.by", "decide on the supplemental dose", d.Checkpoint.By)
		if d.Overnight != nil {
			add("run-session", "dosing.overnight.by", "fill in the checks of the night", d.Overnight.By)
		}
	}
	return out
}

// outside are those who are told of what happened at a site, and act from outside of it.
var outside = []string{"sponsor", "safety-board"}

// alertsAnswered finds alerts whose owner cannot answer them.
func (c *checker) alertsAnswered() {
	for _, id := range sortedKeys(c.d.Instruments) {
		f := c.d.Instruments[id]
		for i, a := range f.Alerts {
			if slices.Contains(Roles, a.Owner) && !c.may(a.Owner, "answer") && !slices.Contains(outside, a.Owner) && !c.blindedWorker(a.Owner) {
				c.inForm(Error, id, fmt.Sprintf("alerts[%d].owner", i), "V145", fmt.Sprintf("the alert %q is owned by %q, who cannot answer alerts: the capability \"answer\" is not theirs", a.ID, a.Owner), "Name one of: "+strings.Join(table.RolesOf("answer"), ", "))
			}
		}
	}
}

// credentials finds credentials that are asked of roles that do nothing in the study,
// and roles of weight of whom none is asked.
func (c *checker) credentials() {
	acting := map[string]bool{}
	for _, v := range c.d.Protocol.Visits {
		for _, r := range v.By {
			acting[r] = true
		}
		for _, u := range v.Forms {
			acting[u.By] = true
		}
	}
	for _, d := range c.duties() {
		for _, r := range d.roles {
			acting[r] = true
		}
	}
	for i, x := range c.d.Staffing.Credentials {
		if len(x.Roles) > 0 && !slices.ContainsFunc(x.Roles, func(r string) bool { return acting[r] || !c.may(r, "enter") }) {
			c.warn(fmt.Sprintf("staffing.credentials[%d].roles", i), "V147", fmt.Sprintf("the credential %q is asked of %s, who do nothing in this protocol", x.ID, strings.Join(x.Roles, ", ")), "Name the roles that need it")
		}
	}
	for _, id := range sortedKeys(c.d.Instruments) {
		f := c.d.Instruments[id]
		if f.Licence.Class == instrument.Red && !f.Licence.Confirm && f.Licence.Status != "V" {
			c.inForm(Warning, id, "licence", "V147", fmt.Sprintf("the wording of %q may not be used without a permission, and nobody is asked to confirm that there is one", id), "Add confirm: true with a note of whose permission is needed")
		}
	}
}

// fillers looks at who fills in what: an instrument says whose answers it takes.
func (c *checker) fillers() {
	for i := range c.d.Protocol.Visits {
		v := &c.d.Protocol.Visits[i]
		for j, u := range v.Forms {
			f := c.lib[u.Form]
			if f == nil {
				continue
			}
			at := fmt.Sprintf("visits[%d].forms[%d]", i, j)
			roles := c.d.Fillers(f, v, u.By)
			if !slices.ContainsFunc(roles, func(r string) bool { return c.may(r, "enter") }) {
				c.add(at, "V145", fmt.Sprintf("nobody who is asked to (%s) can fill in %q at %s", strings.Join(roles, ", "), u.Form, v.ID), "Name a role that fills in forms in by")
			}
			switch {
			case f.Respondent == instrument.ByRater && u.By != "" && u.By != "rater":
				c.warn(at+".by", "V146", fmt.Sprintf("%q is rated by an independent rater, but at %s it is filled in by %q", u.Form, v.ID, u.By), "Write by: rater, or leave by out")
			case f.Respondent == instrument.ByRater && !slices.Contains(v.By, "rater"):
				c.warn(at, "V146", fmt.Sprintf("%q is rated by an independent rater, but %s is held by %s", u.Form, v.ID, strings.Join(v.By, ", ")), "Let a rater hold the visit")
			case (f.Respondent == instrument.ByClinician || f.Respondent == instrument.ByStaff) && u.By == "participant":
				c.add(at+".by", "V146", fmt.Sprintf("%q is filled in by staff, but at %s by the participant", u.Form, v.ID), "Name a role of the staff")
			case f.Respondent == instrument.ByParticipant && u.By != "" && u.By != "participant" && !slices.Contains(v.By, u.By):
				c.warn(at+".by", "V146", fmt.Sprintf("%q holds the participant's own answers, but at %s %q is named, who does not hold the visit", u.Form, v.ID, u.By), "Write by: participant, or a role of the visit")
			}
		}
	}
}
