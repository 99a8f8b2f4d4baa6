package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/access/table"
)

// access checks the rows that narrow the program's table: they name what exists,
// have an effect, and leave somebody for everything that the protocol needs done.
func (c *checker) access() {
	rows := c.d.Protocol.Access
	known := table.Capabilities()
	seen := map[string]bool{}
	for i, row := range rows {
		at := fmt.Sprintf("access[%d]", i)
		c.role(at+".role", row.Role)
		if seen[row.Role] && row.Role != "" {
			c.add(at+".role", "V010", fmt.Sprintf("the role %q has two rows", row.Role), "Put all that is taken from it into one row")
		}
		seen[row.Role] = true
		if len(row.Without) == 0 {
			c.add(at, "V004", "the row takes nothing away", "Add without: with the capabilities that the role must not have")
		}
		if row.Role == "system" {
			c.add(at+".role", "V057", "the clock cannot be narrowed: time would stand still, and nobody would be called", "Remove the row")
			continue
		}
		for j, name := range row.Without {
			path := fmt.Sprintf("%s.without[%d]", at, j)
			switch {
			case !c.ref(path, "capability", name, known):
			case slices.Contains(row.Without[:j], name):
				c.warn(path, "V056", fmt.Sprintf("%q is taken away twice", name), "Name it once")
			case slices.Contains(Roles, row.Role) && !slices.Contains(table.RolesOf(name), row.Role):
				c.warn(path, "V056", fmt.Sprintf("the role %q does not have %q anyway", row.Role, name), "Those who have it: "+strings.Join(table.RolesOf(name), ", "))
			default:
				c.somebodyLeft(path, name)
			}
		}
	}
}

// withheld says that some row takes the capability from the role.
func (c *checker) withheld(role, capability string) bool {
	return slices.ContainsFunc(c.d.Protocol.Access, func(r AccessRow) bool {
		return r.Role == role && slices.Contains(r.Without, capability)
	})
}

// somebodyLeft reports at a row's capability when, after all rows, nobody may do it
// whom the protocol names for it.
func (c *checker) somebodyLeft(path, capability string) {
	for _, need := range c.needs(capability) {
		had := slices.DeleteFunc(slices.Clone(need.roles), func(r string) bool { return !slices.Contains(table.RolesOf(capability), r) })
		left := slices.DeleteFunc(slices.Clone(had), func(r string) bool { return c.withheld(r, capability) })
		if len(had) > 0 && len(left) == 0 {
			c.add(path, "V057", "nobody is left who may "+need.what, fmt.Sprintf("Leave %s to one of: %s", capability, strings.Join(slices.Compact(had), ", ")))
			return
		}
	}
}

// need is something that one of the roles must be able to do.
type need struct {
	what  string
	roles []string
}

// needs answers what the protocol needs a capability for, and which roles it leaves
// that to. A capability that nothing rests on has none.
func (c *checker) needs(capability string) []need {
	p := &c.d.Protocol
	all := slices.DeleteFunc(slices.Clone(table.RolesOf(capability)), func(r string) bool { return r == "system" })
	anyone := func(what string) []need { return []need{{what, all}} }
	when := func(yes bool, what string) []need {
		if !yes {
			return nil
		}
		return anyone(what)
	}
	rating := len(p.Blinding) > 0 && slices.ContainsFunc(p.Visits, func(v Visit) bool { return v.Kind == Rating })
	var out []need
	switch capability {
	case "refer", "consent", "end-taking", "answer", "report", "set-up", "lock", "accounts", "delegate", "see-list", "see-journey":
		return anyone(table.Lines[slices.Index(table.Capabilities(), capability)].Name.EN)
	case "randomise":
		return when(p.Allocation != nil, "randomise")
	case "unblind", "confirm-unblinding", "note-unblinding":
		return when(p.Allocation != nil, table.Lines[slices.Index(table.Capabilities(), capability)].Name.EN)
	case "draw-rater":
		return when(rating, "draw a rater")
	case "decide":
		for _, g := range p.Eligibility.Gates {
			out = append(out, need{fmt.Sprintf("decide the gate %q", g.ID), g.By})
		}
	case "schedule":
		for _, v := range p.Visits {
			if v.Kind == Rating {
				out = append(out, need{fmt.Sprintf("hold the visit %q", v.ID), v.By})
			} else if v.Kind != Session {
				out = append(out, need{fmt.Sprintf("hold the visit %q", v.ID), append(slices.Clone(v.By), "coordinator")})
			}
		}
	case "run-session":
		for _, v := range p.Visits {
			if v.Kind == Session {
				out = append(out, need{fmt.Sprintf("run the session %q", v.ID), v.By})
			}
		}
	case "acknowledge":
		if p.Dosing != nil {
			for _, r := range p.Dosing.Rules {
				out = append(out, need{fmt.Sprintf("acknowledge the rule %q", r.ID), r.Acknowledge.Roles})
			}
		}
	case "enter":
		for _, v := range p.Visits {
			if len(v.Forms) > 0 {
				out = append(out, need{fmt.Sprintf("fill in the forms of %q", v.ID), append(slices.Clone(v.By), "coordinator", "participant")})
			}
		}
	}
	return out
}
