package protocol

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"varde/expr"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (c *checker) epochsAndVisits() {
	p := &c.d.Protocol
	ids(c, "epochs", p.Epochs, plainID, func(e *Epoch) string { return e.ID })
	for i, e := range p.Epochs {
		for j, m := range e.Needs {
			c.ref(fmt.Sprintf("epochs[%d].needs[%d]", i, j), "milestone", string(m), milestoneNames())
		}
	}
	ids(c, "visits", p.Visits, visitID, func(v *Visit) string { return v.ID })
	epochs := names(p.Epochs, func(e *Epoch) string { return e.ID })
	for i := range p.Visits {
		v := &p.Visits[i]
		at := fmt.Sprintf("visits[%d]", i)
		c.visitName(at, v)
		c.ref(at+".epoch", "epoch", v.Epoch, epochs)
		c.word(at+".kind", string(v.Kind), string(Clinic), string(Remote), string(Phone), string(Session), string(Rating))
		c.roles(at+".by", v.By, true)
		if v.Minutes < 0 || v.Minutes > 7*24*60 {
			c.add(at+".minutes", "V014", fmt.Sprintf("minutes is %d", v.Minutes), "Write the planned length in minutes")
		}
		c.visitForms(at, v)
		if v.Kind == Rating && c.d.Allocation != nil {
			c.raterBlind(at, v)
		}
	}
}

func (c *checker) visitName(at string, v *Visit) {
	if v.ID == "" {
		return
	}
	_, isForm := c.lib[v.ID]
	switch {
	case isForm:
		c.add(at+".id", "V010", fmt.Sprintf("the visit id %q is also the id of a form", v.ID), "Give the visit another id, such as V5: expressions name both")
	case slices.Contains(milestoneNames(), v.ID):
		c.add(at+".id", "V010", fmt.Sprintf("the visit id %q is also a milestone", v.ID), "Give the visit another id")
	case factRoot(v.ID):
		c.add(at+".id", "V010", fmt.Sprintf("%q is a group of facts in expressions", v.ID), "Give the visit another id")
	case expr.NameFault(v.ID) != "" && visitID.MatchString(v.ID):
		c.add(at+".id", "V012", fmt.Sprintf("the id %q cannot be used: %s", v.ID, expr.NameFault(v.ID)), "Choose another id")
	}
}

func factRoot(name string) bool {
	if name == Here {
		return true
	}
	for f := range Facts {
		if strings.HasPrefix(f, name+".") {
			return true
		}
	}
	return false
}

func (c *checker) visitForms(at string, v *Visit) {
	seen := map[string]bool{}
	for j, u := range v.Forms {
		here := fmt.Sprintf("%s.forms[%d]", at, j)
		c.form(here+".form", u.Form)
		c.role(here+".by", u.By)
		if seen[u.Form] && u.Form != "" {
			c.add(here+".form", "V010", fmt.Sprintf("the form %q is at this visit twice", u.Form), "List it once; repeats: true allows several records")
		}
		seen[u.Form] = true
	}
}

func (c *checker) raterBlind(at string, v *Visit) {
	for j, role := range v.By {
		blinded := slices.ContainsFunc(c.d.Blinding, func(b BlindingRow) bool {
			return b.Role == role && slices.Contains(b.To, "arm")
		})
		if !blinded && slices.Contains(Roles, role) {
			c.add(fmt.Sprintf("%s.by[%d]", at, j), "V053", fmt.Sprintf("the rating is done by %q, who is not blinded to the arm", role), "Add a blinding row for the role, or let a blinded role rate")
		}
	}
}

func (c *checker) logs() {
	seen := map[string]bool{}
	for i, l := range c.d.Logs {
		at := fmt.Sprintf("logs[%d]", i)
		if f, ok := c.form(at+".form", l.Form); ok && !f.Repeats {
			c.add(at+".form", "V064", fmt.Sprintf("the form %q does not repeat and cannot be a log", l.Form), "Set repeats: true in the form, or ask for it at a visit")
		}
		if seen[l.Form] {
			c.add(at+".form", "V010", fmt.Sprintf("the log %q is listed twice", l.Form), "List it once")
		}
		seen[l.Form] = true
		c.ref(at+".from", "milestone", string(l.From), milestoneNames())
		c.roles(at+".by", l.By, true)
	}
}

// time checks anchors, windows and what visits need.
func (c *checker) time() {
	p := &c.d.Protocol
	known := append(milestoneNames(), c.visitIDs()...)
	for i := range p.Visits {
		v := &p.Visits[i]
		at := fmt.Sprintf("visits[%d]", i)
		c.ref(at+".anchor", "visit or milestone", v.Anchor, known)
		if v.Before > 0 || v.After < 0 {
			where := at + ".before"
			if v.After < 0 {
				where = at + ".after"
			}
			c.add(where, "V031", fmt.Sprintf("the window of %s is from %s to %s and does not hold its own target", v.ID, v.Before, v.After), `before is zero or negative ("-3d"), after is zero or positive ("3d")`)
		}
		for _, x := range []struct {
			key string
			d   Duration
		}{{"offset", v.Offset}, {"before", v.Before}, {"after", v.After}} {
			if x.d%Day != 0 {
				c.warn(at+"."+x.key, "V014", fmt.Sprintf("%s is no whole number of days, but windows are counted in calendar days", x.d), "Write whole days")
			}
		}
		for j, n := range v.Needs {
			c.ref(fmt.Sprintf("%s.needs[%d]", at, j), "visit or milestone", n, known)
		}
		c.beforeAnchor(at, v)
	}
	c.cycles("anchor", "V030", "each waits for the other to be planned", func(v *Visit) []string { return []string{v.Anchor} })
	c.cycles("needs", "V033", "each must be held before the other", func(v *Visit) []string { return v.Needs })
}

// beforeAnchor refuses a target before the anchor when the visit can only be
// held after it.
func (c *checker) beforeAnchor(at string, v *Visit) {
	if v.Offset >= 0 {
		return
	}
	needs := slices.Clone(v.Needs)
	if e, ok := c.d.Epoch(v.Epoch); ok {
		for _, m := range e.Needs {
			needs = append(needs, string(m))
		}
	}
	if slices.Contains(needs, v.Anchor) {
		c.add(at+".offset", "V032", fmt.Sprintf("%s is to be held %s before %s, but needs it to have happened", v.ID, -v.Offset, v.Anchor), "Make the offset positive, or remove the need")
	}
}

// cycles reports each ring of visits that wait for one another, once, at its
// first visit.
func (c *checker) cycles(key, code, why string, next func(*Visit) []string) {
	const (
		fresh = iota
		open
		done
	)
	visits := c.d.Protocol.Visits
	state := make([]int, len(visits))
	var trail []int
	var follow func(i int)
	follow = func(i int) {
		state[i] = open
		trail = append(trail, i)
		for _, id := range next(&visits[i]) {
			j := c.d.VisitIndex(id)
			if j < 0 {
				continue
			}
			switch state[j] {
			case fresh:
				follow(j)
			case open:
				ring := trail[slices.Index(trail, j):]
				c.ring(key, code, why, ring)
			}
		}
		trail = trail[:len(trail)-1]
		state[i] = done
	}
	for i := range visits {
		if state[i] == fresh {
			follow(i)
		}
	}
}

func (c *checker) ring(key, code, why string, ring []int) {
	first := slices.Index(ring, slices.Min(ring))
	var ids []string
	for n := range ring {
		ids = append(ids, c.d.Protocol.Visits[ring[(first+n)%len(ring)]].ID)
	}
	ids = append(ids, ids[0])
	c.add(fmt.Sprintf("visits[%d].%s", ring[first], key), code, fmt.Sprintf("the visits %s form a ring: %s", strings.Join(ids, " -> "), why), "Break the ring: let one of them rest on an earlier visit or a milestone")
}
