package protocol

import (
	"fmt"
	"slices"
)

// SignatureMeanings are what a signature can say, in the order of work.
var SignatureMeanings = []string{"authorship", "review", "approval", "responsibility"}

// unsigning are the roles that sign no protocol: the participant, the program, and
// those whose office is to look after it from outside.
var unsigning = []string{"participant", "system", "administrator", "auditor"}

// mostSigners bounds how many must sign in one row.
const mostSigners = 20

func (c *checker) signatures() {
	rows := c.d.Signatures
	if len(rows) == 0 {
		c.add("signatures", "V054", "nobody is named who signs this version", "Add the top-level key signatures, such as - {role: sponsor, meaning: approval} and - {role: physician, meaning: responsibility}")
	}
	for i, r := range rows {
		at := fmt.Sprintf("signatures[%d]", i)
		c.role(at+".role", r.Role)
		if slices.Contains(unsigning, r.Role) {
			c.add(at+".role", "V054", fmt.Sprintf("the role %q cannot sign a protocol", r.Role), "Name a role that answers for the study, such as sponsor or physician")
		}
		c.word(at+".meaning", r.Meaning, SignatureMeanings...)
		if r.Count < 0 || r.Count > mostSigners {
			c.add(at+".count", "V014", fmt.Sprintf("%d persons cannot be meant", r.Count), fmt.Sprintf("Write a number from 1 to %d, or leave it out for one", mostSigners))
		}
		if j := slices.IndexFunc(rows[:i], func(o SignatureRow) bool { return o.Role == r.Role && o.Meaning == r.Meaning }); j >= 0 && r.Role != "" && r.Meaning != "" {
			c.add(at, "V054", fmt.Sprintf("signatures[%d] already asks the role %q for %s", j, r.Role, r.Meaning), "Keep one, with count for several persons")
		}
	}
}
