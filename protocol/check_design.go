package protocol

import (
	"fmt"
	"slices"
	"strings"
)

func (c *checker) identity() {
	p := &c.d.Protocol
	if p.ID != "" && !protocolID.MatchString(p.ID) {
		c.add("id", "V012", fmt.Sprintf("the protocol id %q is not well formed", p.ID), "Use lower-case letters, digits and hyphens")
	}
	c.word("kind", p.Kind, "trial", "care")
	if p.Kind == "trial" {
		c.word("phase", p.Phase, "1", "1/2", "2", "2/3", "3", "4")
	}
	for _, k := range []struct {
		key string
		n   int
	}{{"visits", len(p.Visits)}, {"epochs", len(p.Epochs)}, {"consent", len(p.Consent.Documents)}} {
		if k.n == 0 {
			c.add(k.key, "V004", fmt.Sprintf("the protocol has no %s", k.key), "Add the top-level key "+k.key)
		}
	}
	for i, r := range p.Registry {
		c.word(fmt.Sprintf("registry[%d].role", i), r.Role, "own", "modelled-on")
	}
	ids(c, "approvals", p.Approvals, plainID, func(a *Approval) string { return a.ID })
	for i, a := range p.Approvals {
		at := fmt.Sprintf("approvals[%d]", i)
		c.word(at+".kind", a.Kind, "ethics-committee", "medicines-agency", "import-licence", "institution", "prescriber-authority")
		c.notNegative(at+".expires", a.Expires, "the time to expiry")
	}
}

// arms checks arms, allocation and blinding together.
func (c *checker) arms() {
	p := &c.d.Protocol
	ids(c, "arms", p.Arms, plainID, func(a *Arm) string { return a.ID })
	if p.Kind == "trial" && len(p.Arms) == 0 {
		c.add("arms", "V052", "a trial has at least one arm", "Add arms; an open-label trial has one")
	}
	if len(p.Arms) > 1 && p.Allocation == nil {
		c.add("arms", "V052", fmt.Sprintf("there are %d arms but no allocation", len(p.Arms)), "Add allocation with ratio and blocks")
	}
	if p.Allocation != nil {
		c.allocation(p.Allocation)
	}
	seen := map[string]bool{}
	blind := false
	for i, b := range p.Blinding {
		at := fmt.Sprintf("blinding[%d]", i)
		c.role(at+".role", b.Role)
		if seen[b.Role] {
			c.add(at+".role", "V053", fmt.Sprintf("the role %q has two blinding rows", b.Role), "Put all it must not know into one row")
		}
		seen[b.Role] = true
		for j, x := range b.To {
			c.word(fmt.Sprintf("%s.to[%d]", at, j), x, "arm", "visit-number", "prior-scores", "revealing-data")
		}
		if len(b.To) == 0 {
			c.add(at, "V053", "the row says nothing that the role must not know", "Add to: [arm]")
		}
		blind = blind || slices.Contains(b.To, "arm")
		if b.Role == "statistician-unblinded" && slices.Contains(b.To, "arm") {
			c.add(at+".role", "V053", "statistician-unblinded knows the arms by definition", "Blind the role statistician instead")
		}
	}
	if p.Allocation != nil && !blind {
		c.warn("allocation", "V053", "participants are allocated to arms but no role is blinded to the arm", "Add blinding rows, unless the study is open on purpose")
	}
}

func (c *checker) allocation(a *Allocation) {
	c.word("allocation.method", a.Method, "permuted-blocks")
	sum := 0
	for _, arm := range sortedKeys(a.Ratio) {
		at := "allocation.ratio." + arm
		share := a.Ratio[arm]
		c.ref(at, "arm", arm, c.armIDs())
		if share < 1 || share > 100 {
			c.add(at, "V050", fmt.Sprintf("the share of arm %q is %d", arm, share), "Write a whole number from 1 to 100")
		}
		sum += max(share, 0)
	}
	for _, arm := range c.d.Arms {
		if _, ok := a.Ratio[arm.ID]; !ok && arm.ID != "" {
			c.add("allocation.ratio", "V050", fmt.Sprintf("the ratio does not name arm %q", arm.ID), fmt.Sprintf("Add %s: 1", arm.ID))
		}
	}
	if len(c.d.Arms) < 2 {
		c.add("allocation", "V050", "there is nothing to allocate with fewer than two arms", "Remove allocation or add arms")
	}
	if len(a.Blocks) == 0 {
		c.add("allocation.blocks", "V051", "no block sizes are given", fmt.Sprintf("Write multiples of %d, such as blocks: [%d, %d]", sum, 2*sum, 3*sum))
	}
	for i, b := range a.Blocks {
		if sum > 0 && (b <= 0 || b%sum != 0 || b > 1000) {
			c.add(fmt.Sprintf("allocation.blocks[%d]", i), "V051", fmt.Sprintf("the block size %d is not a multiple of %d, the sum of the ratio", b, sum), fmt.Sprintf("Write %d or %d", sum, 2*sum))
		}
	}
	ids(c, "allocation.strata", a.Strata, plainID, func(s *Stratum) string { return s.ID })
	for i, s := range a.Strata {
		at := fmt.Sprintf("allocation.strata[%d]", i)
		if s.Site == (s.Expr != "") {
			c.add(at, "V050", "a stratum is either the site or an expression", "Write site: true, or expr: with a condition")
		}
		if s.Cap < 0 {
			c.add(at+".cap", "V014", "the cap is negative", "Write 0 for none")
		}
	}
}

func (c *checker) staffing() {
	s := &c.d.Staffing
	ids(c, "staffing.credentials", s.Credentials, plainID, func(x *Credential) string { return x.ID })
	for i, x := range s.Credentials {
		at := fmt.Sprintf("staffing.credentials[%d]", i)
		c.roles(at+".roles", x.Roles, true)
		c.notNegative(at+".expires", x.Expires, "the time to expiry")
	}
	if s.Pair.Licensed > s.Pair.Size || s.Pair.Size < 0 || s.Pair.Licensed < 0 {
		c.add("staffing.pair.licensed", "V014", fmt.Sprintf("%d of %d therapists are to be licensed", s.Pair.Licensed, s.Pair.Size), "licensed is at most size")
	}
	if s.Pair.Licensed > 0 && !slices.ContainsFunc(s.Credentials, func(x Credential) bool { return x.ID == "licence" }) {
		c.add("staffing.pair.licensed", "V011", `licensed therapists are asked for, but there is no credential "licence"`, "Add a credential with id: licence")
	}
	for _, x := range []struct {
		key string
		n   int
	}{{"pairs", s.Capacity.Pairs}, {"rooms", s.Capacity.Rooms}, {"sessionsPerWeek", s.Capacity.SessionsPerWeek}, {"participantsAtOnce", s.Capacity.ParticipantsAtOnce}} {
		if x.n < 0 {
			c.add("staffing.capacity."+x.key, "V014", "a capacity is not negative", "Write 0 or more")
		}
	}
}

func (c *checker) reports() {
	p := &c.d.Protocol
	ids(c, "reports", p.Reports, plainID, func(r *Report) string { return r.ID })
	for i, r := range p.Reports {
		at := fmt.Sprintf("reports[%d]", i)
		c.positive(at+".every", r.Every, "the time between reports")
		c.notNegative(at+".due", r.Due, "the time to the due date")
		c.role(at+".owner", r.Owner)
		if len(r.Contents) == 0 {
			c.add(at, "V004", "the report says nothing of its contents", "Add contents")
		}
	}
	ids(c, "withdrawal.reasons", p.Withdrawal.Reasons, plainID, func(r *Reason) string { return r.ID })
	for i, v := range p.Withdrawal.FollowUp {
		at := fmt.Sprintf("withdrawal.followUp[%d]", i)
		if c.ref(at, "visit", v, c.visitIDs()) {
			if visit, _ := c.d.Visit(v); visit.Treatment {
				c.add(at, "V033", fmt.Sprintf("the visit %q is a treatment visit, which is not held after treatment is stopped", v), "Remove it here, or remove treatment: true there")
			}
		}
	}
	ids(c, "interactions", p.Interactions, plainID, func(x *Interaction) string { return x.ID })
	for i, x := range p.Interactions {
		at := fmt.Sprintf("interactions[%d]", i)
		c.word(at+".severity", x.Severity, "X", "H", "M", "L")
		c.notNegative(at+".washout", x.Washout, "the wash-out")
		if len(x.Examples) == 0 && len(x.ATC) == 0 {
			c.add(at, "V004", "the row names no medicine", "Add examples or atc")
		}
		for j, e := range x.Examples {
			if e != strings.ToLower(e) {
				c.warn(fmt.Sprintf("%s.examples[%d]", at, j), "V012", fmt.Sprintf("the generic name %q is not in lower case", e), fmt.Sprintf("Write %q", strings.ToLower(e)))
			}
		}
	}
}
