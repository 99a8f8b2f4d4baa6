package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/access/table"
	"varde/expr"
	"varde/instrument"
)

// Ways by which a value that depends on the arm reaches somebody who must not know it.
// The program itself hides values by their class (package access); what it cannot hide
// is what a person is asked to do, told to answer, or sees by a visit being there.

// Fillers answers the roles that may fill in a form at a visit, where by is the role
// that the protocol names for it there, or "". It is the same answer as package study
// gives when a form is saved.
func (d *Definition) Fillers(f *instrument.Compiled, v *Visit, by string) []string {
	roles := []string{by}
	if by == "" {
		if f.Respondent == instrument.ByRater {
			return []string{"rater"}
		}
		roles = slices.Clone(v.By)
		if v.Kind != Rating && !slices.Contains(roles, "coordinator") {
			roles = append(roles, "coordinator")
		}
	}
	if f.Respondent == instrument.ByParticipant && !slices.Contains(roles, "participant") {
		roles = append(roles, "participant")
	}
	return roles
}

// shows says that the program shows values of a blinding class to a role under this
// protocol: the same answer as package access gives.
func (d *Definition) shows(role string, class instrument.Blinding) bool {
	switch class {
	case instrument.Unblinded:
		return slices.Contains(table.RolesOf("see-arms"), role) && !d.blindTo(role, "arm")
	case instrument.Revealing:
		return role != "rater" && !d.blindTo(role, "revealing-data")
	case instrument.Treating:
		return slices.Contains([]string{"therapist", "attendant", "coordinator", "physician", "auditor"}, role)
	case instrument.Rating:
		return len(d.Blinding) == 0 || !slices.Contains([]string{"therapist", "attendant", "coordinator", "physician", "participant"}, role)
	}
	return true
}

func (d *Definition) blindTo(role, what string) bool {
	return slices.ContainsFunc(d.Blinding, func(b BlindingRow) bool { return b.Role == role && slices.Contains(b.To, what) })
}

// hidden names the worst class of a form that is hidden from a role, and an item of it.
func (d *Definition) hidden(role string, f *instrument.Compiled) (class instrument.Blinding, item string) {
	for _, c := range []instrument.Blinding{instrument.Unblinded, instrument.Revealing} {
		if d.shows(role, c) {
			continue
		}
		for _, i := range f.Items {
			if i.Blinding == c {
				return c, i.ID
			}
		}
		for _, s := range f.Scores {
			if s.Blinding == c {
				return c, s.ID
			}
		}
	}
	return instrument.Open, ""
}

// reach looks for every way in a study with blinded roles.
func (c *checker) reach(r *reasoning) {
	if len(c.d.Protocol.Blinding) == 0 {
		return
	}
	c.askedToEnter()
	c.askedToAct()
	c.ringsOf()
	c.existence(r)
	c.bothRoles()
	c.rowsAgree()
	c.ratingsKept()
	c.formsTell()
	c.kitsAndTexts()
}

var classWords = map[instrument.Blinding]string{
	instrument.Unblinded: "tells the arm",
	instrument.Revealing: "may hint at the arm",
}

// askedToEnter finds forms with values that a role must not know and is itself to ask
// for: at visits, in logs, in sessions.
func (c *checker) askedToEnter() {
	for i := range c.d.Protocol.Visits {
		v := &c.d.Protocol.Visits[i]
		for j, u := range v.Forms {
			f := c.lib[u.Form]
			if f == nil {
				continue
			}
			for _, role := range c.d.Fillers(f, v, u.By) {
				if role == "participant" || c.ownGuess(f, i, role) {
					continue
				}
				if class, item := c.d.hidden(role, f); item != "" {
					c.add(fmt.Sprintf("visits[%d].forms[%d]", i, j), "V150", fmt.Sprintf("%s.%s, which %s -> form %q at %s -> filled in by %q, who must not know it", f.ID, item, classWords[class], f.ID, v.ID, role), "Let somebody else ask for it (by:), or take the form out of the visit")
				}
			}
		}
	}
	named := func(path, form, where string, roles []string) {
		f := c.lib[form]
		if f == nil {
			return
		}
		for _, role := range roles {
			if class, item := c.d.hidden(role, f); item != "" && role != "participant" {
				c.add(path, "V150", fmt.Sprintf("%s.%s, which %s -> %s -> filled in by %q, who must not know it", form, item, classWords[class], where, role), "Take the role away")
			}
		}
	}
	for i, l := range c.d.Logs {
		named(fmt.Sprintf("logs[%d].by", i), l.Form, fmt.Sprintf("log %q", l.Form), l.By)
	}
	if d := c.d.Dosing; d != nil {
		for i, s := range d.Vitals.Sets {
			named(fmt.Sprintf("dosing.vitals.sets[%d].by", i), d.Vitals.Form, "vital signs "+s.ID+" of the session", s.By)
		}
		for i, f := range d.Forms {
			named(fmt.Sprintf("dosing.forms[%d].by", i), f.Form, fmt.Sprintf("form %q of the session", f.Form), f.By)
		}
		if n := d.Overnight; n != nil {
			named("dosing.overnight.by", n.Form, "checks of the night", n.By)
		}
	}
}

// ownGuess says that the form asks what the role itself believes, when no rating of
// this participant by the role is left.
func (c *checker) ownGuess(f *instrument.Compiled, visit int, role string) bool {
	if f.ID != guessForm || role != "rater" {
		return false
	}
	return !slices.ContainsFunc(c.d.Protocol.Visits[visit+1:], func(v Visit) bool { return slices.Contains(v.By, role) && v.Kind == Rating })
}

// askedToAct finds roles that are called to answer something they must not know of.
func (c *checker) askedToAct() {
	for _, id := range sortedKeys(c.d.Instruments) {
		f := c.d.Instruments[id]
		for i, a := range f.Alerts {
			if !c.blindedWorker(a.Owner) {
				continue
			}
			c.inForm(Error, id, fmt.Sprintf("alerts[%d].owner", i), "V150", fmt.Sprintf("the answers of %s -> alert %q -> %q, who must not know them: alerts are hidden from this role, so nobody would be called", id, a.ID, a.Owner), "Let a physician or therapist own the alert")
		}
	}
	d := c.d.Dosing
	if d == nil {
		return
	}
	call := func(path, what string, roles []string) {
		for _, role := range roles {
			if c.blindedWorker(role) {
				c.add(path, "V150", fmt.Sprintf("what happens in a session -> %s -> %q, who must not know what may hint at the arm", what, role), "Name somebody who treats")
			}
		}
	}
	for i, r := range d.Rules {
		at := fmt.Sprintf("dosing.rules[%d]", i)
		call(at+".acknowledge.roles", "call of the rule "+r.ID, r.Acknowledge.Roles)
		call(at+".escalate.roles", "second call of the rule "+r.ID, r.Escalate.Roles)
	}
	call("dosing.checkpoint.by", "decision on the supplemental dose", d.Checkpoint.By)
	for i, v := range c.d.Protocol.Visits {
		if v.Kind == Session {
			call(fmt.Sprintf("visits[%d].by", i), "dosing session "+v.ID, v.By)
		}
	}
}

// blindedWorker says that a role must not know what may hint at the arm.
func (c *checker) blindedWorker(role string) bool {
	return slices.Contains(Roles, role) && role != "participant" && !c.d.shows(role, instrument.Revealing)
}

// ringsOf finds safety duties of roles that must not know of them.
func (c *checker) ringsOf() {
	for i, x := range c.d.Safety.Clocks {
		if c.blindedWorker(x.Owner) {
			c.add(fmt.Sprintf("safety.clocks[%d].owner", i), "V150", fmt.Sprintf("adverse events -> duty %q -> %q, who must not know what may hint at the arm", x.ID, x.Owner), "Name a physician or the sponsor")
		}
	}
	for i, x := range c.d.Safety.Stopping {
		if c.blindedWorker(x.Owner) {
			c.add(fmt.Sprintf("safety.stopping[%d].owner", i), "V150", fmt.Sprintf("what stops treatment -> rule %q -> %q, who must not know what may hint at the arm", x.ID, x.Owner), "Name a physician or the sponsor")
		}
	}
}

// existence finds visits and forms that a blinded role sees only when something hidden
// from it is so: that they are there tells it.
func (c *checker) existence(r *reasoning) {
	for _, s := range r.stated {
		if !strings.HasPrefix(s.path, "visits[") || s.want != expr.Bool {
			continue
		}
		v, ok := c.d.Visit(firstOf(s.at))
		if !ok {
			continue
		}
		for _, role := range v.By {
			for _, name := range s.Names() {
				if why := c.tells(role, name); why != "" {
					c.warn(s.path, "V151", fmt.Sprintf("%s, which %s -> %s is asked for only then (%s) -> %q sees that it is asked for", name, why, v.ID, s.src, role), "Let what blinded roles are asked for not depend on it")
				}
			}
		}
	}
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// tells says what a role learns from a value that it must not know; "" when nothing.
func (c *checker) tells(role, name string) string {
	if name == "person.doses" && (role == "rater" || c.d.blindTo(role, "visit-number")) {
		return "tells how far treatment has come"
	}
	if strings.HasPrefix(name, "session.") && !c.d.shows(role, instrument.Revealing) {
		return "may hint at the arm"
	}
	form, id := lastTwo(name)
	f := c.lib[form]
	if f == nil {
		return ""
	}
	class := instrument.Open
	if item, ok := f.Item(id); ok {
		class = item.Blinding
	} else if sc, ok := f.ScoreOf(id); ok {
		class = sc.Blinding
	}
	if classWords[class] != "" && !c.d.shows(role, class) {
		return classWords[class]
	}
	if (role == "rater" || c.d.blindTo(role, "prior-scores")) && class == instrument.Rating {
		return "is a prior score"
	}
	return ""
}
