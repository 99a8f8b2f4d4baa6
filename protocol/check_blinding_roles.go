package protocol

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"varde/access/table"
	"varde/instrument"
)

// bothRoles finds roles that treat and rate: what they saw in a session cannot be
// hidden from them.
func (c *checker) bothRoles() {
	treats := map[string]string{}
	for _, v := range c.d.Protocol.Visits {
		if v.Kind == Session || v.Treatment {
			for _, r := range v.By {
				if treats[r] == "" {
					treats[r] = v.ID
				}
			}
		}
	}
	for i, v := range c.d.Protocol.Visits {
		if v.Kind != Rating || len(c.d.Arms) < 2 {
			continue
		}
		for j, r := range v.By {
			if treats[r] != "" {
				c.add(fmt.Sprintf("visits[%d].by[%d]", i, j), "V152", fmt.Sprintf("what happened at %s -> %q, who holds it -> the rating at %s by the same role", treats[r], r, v.ID), "Let an independent rater hold the visit: by: [rater]")
			}
		}
	}
}

// rowsAgree compares the blinding rows with one another and with what the protocol says
// of itself in words.
func (c *checker) rowsAgree() {
	p := &c.d.Protocol
	rows := map[string]int{}
	for i, b := range p.Blinding {
		rows[b.Role] = i
	}
	words := strings.ToLower(p.Title.EN + " " + p.Summary.EN)
	if len(p.Arms) < 2 {
		words = "" // told with the summary
	}
	if strings.Contains(words, "double-blind") || strings.Contains(words, "double blind") {
		for _, role := range []string{"participant", "therapist"} {
			if !c.d.blindTo(role, "arm") && (role == "participant" || c.works(role)) {
				c.warn("blinding", "V155", fmt.Sprintf("the summary says double-blind, but no row keeps the arm from %q", role), fmt.Sprintf("Add {role: %s, to: [arm]}, or change the summary", role))
			}
		}
	}
	for i, v := range p.Visits {
		if v.Kind != Rating || len(p.Arms) < 2 {
			continue
		}
		for _, role := range v.By {
			at, ok := rows[role]
			if !ok {
				continue
			}
			if !slices.Contains(p.Blinding[at].To, "revealing-data") && !c.reportedAt(fmt.Sprintf("blinding[%d].to", at), "V155") {
				c.warn(fmt.Sprintf("blinding[%d].to", at), "V155", fmt.Sprintf("%q rates at %s, and the row does not keep from them what may hint at the arm: vital signs, effects, adverse events", role, v.ID), "Add revealing-data to the row")
			}
			if slices.Contains(p.Blinding[at].To, "visit-number") && !v.Hides {
				c.warn(fmt.Sprintf("visits[%d]", i), "V155", fmt.Sprintf("the number of the visit %s -> %q, who must not know it by the blinding row: the visit does not say hides", v.ID, role), "Write hides: true")
			}
		}
	}
	for _, role := range table.RolesOf("see-arms") {
		if role != "system" && !c.d.blindTo(role, "arm") && c.works(role) {
			c.warn("blinding", "V155", fmt.Sprintf("the arm -> list of allocations -> %q, who is not blinded and works with participants in this protocol", role), "Add a blinding row for the role, or give its work to another")
		}
	}
}

func (c *checker) reportedAt(path, code string) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Path == path && f.Code == code })
}

// works says that a role holds visits, fills in forms or is called in sessions.
func (c *checker) works(role string) bool {
	if slices.ContainsFunc(c.d.Protocol.Visits, func(v Visit) bool { return slices.Contains(v.By, role) }) {
		return true
	}
	return slices.ContainsFunc(c.duties(), func(d duty) bool { return slices.Contains(d.roles, role) })
}

// ratingsKept finds ratings that those who treat would see, although the row keeps
// prior scores from them.
func (c *checker) ratingsKept() {
	kept := slices.ContainsFunc(c.d.Protocol.Blinding, func(b BlindingRow) bool {
		return b.Role != "rater" && slices.Contains(b.To, "prior-scores")
	})
	if !kept {
		return
	}
	for _, id := range sortedKeys(c.d.Instruments) {
		f := c.d.Instruments[id]
		if f.Respondent != instrument.ByRater {
			continue
		}
		for i, s := range f.Scores {
			open := s.Blinding == instrument.Open && !slices.ContainsFunc(f.Items, func(x instrument.Item) bool { return x.Blinding != instrument.Open })
			if open {
				c.inForm(Warning, id, fmt.Sprintf("scores[%d]", i), "V156", fmt.Sprintf("the score %s.%s -> record of the participant -> those who treat, from whom the blinding rows keep prior scores: it has no blinding class", id, s.ID), "Write blinding: rating on the items")
				break
			}
		}
	}
}

// formsTell finds hidden visits that a rater can tell from the others by their forms.
func (c *checker) formsTell() {
	first := map[string]*Visit{}
	for i := range c.d.Protocol.Visits {
		v := &c.d.Protocol.Visits[i]
		if !v.Hides || v.Kind != Rating {
			continue
		}
		for _, role := range v.By {
			if role != "rater" && !c.d.blindTo(role, "visit-number") {
				continue
			}
			other := first[role]
			if other == nil {
				first[role] = v
				continue
			}
			if a, b := c.formsOf(role, other, i), c.formsOf(role, v, i); !slices.Equal(a, b) {
				c.warn(fmt.Sprintf("visits[%d].forms", i), "V157", fmt.Sprintf("the number of the visit %s -> its forms (%s, and %s at %s) -> %q, who must not know it", v.ID, strings.Join(b, ", "), strings.Join(a, ", "), other.ID, role), "Ask for the same forms at every hidden visit")
			}
		}
	}
}

// formsOf lists what a role fills in at a visit, but for its own guess at the end.
func (c *checker) formsOf(role string, v *Visit, visit int) []string {
	var out []string
	for _, u := range v.Forms {
		if f := c.lib[u.Form]; f != nil && slices.Contains(c.d.Fillers(f, v, u.By), role) && !c.ownGuess(f, visit, role) {
			out = append(out, u.Form)
		}
	}
	slices.Sort(out)
	return out
}

// kitsAndTexts finds kit numbers and titles that name an arm.
func (c *checker) kitsAndTexts() {
	if a := c.d.Allocation; a != nil && a.Kits != "" {
		for _, arm := range c.d.Arms {
			if strings.EqualFold(a.Kits, arm.ID) || len(a.Kits) > 2 && strings.Contains(strings.ToLower(arm.ID+" "+arm.Title.EN), strings.Trim(strings.ToLower(a.Kits), "-_")) {
				c.add("allocation.kits", "V154", fmt.Sprintf("the kit numbers begin with %q, the name of the arm %q: everybody who sees a box would read them so", a.Kits, arm.ID), "Use letters that mean no arm, such as K")
			}
		}
	}
	if len(c.d.Arms) < 2 {
		return
	}
	for _, arm := range c.d.Arms {
		if !arm.Control || len(arm.ID) < 4 {
			continue
		}
		word := regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(arm.ID) + `\b`)
		tell := func(path string, t Text) {
			if word.MatchString(t.EN) || word.MatchString(t.NB) {
				c.warn(path, "V153", fmt.Sprintf("the text %q names the arm %q -> shown to blinded roles and to the participant", t.EN, arm.ID), "Use words that are true of every arm")
			}
		}
		for i, v := range c.d.Protocol.Visits {
			tell(fmt.Sprintf("visits[%d].title", i), v.Title)
		}
		for i, l := range c.d.Logs {
			tell(fmt.Sprintf("logs[%d].title", i), l.Title)
		}
		if d := c.d.Dosing; d != nil {
			for i, s := range d.Vitals.Sets {
				tell(fmt.Sprintf("dosing.vitals.sets[%d].title", i), s.Title)
			}
			for i, f := range d.Forms {
				tell(fmt.Sprintf("dosing.forms[%d].title", i), f.Title)
			}
			for i, x := range d.TwoPerson {
				tell(fmt.Sprintf("dosing.twoPerson[%d].text", i), x.Text)
			}
		}
	}
}
