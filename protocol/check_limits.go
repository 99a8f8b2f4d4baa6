package protocol

import "fmt"

// Bounds of what is compiled. They lie far above any protocol that people could
// follow and below what takes long: the largest shipped one has 38 visits.
const (
	maxVisits      = 400
	maxEntries     = 1_000 // of any other list that grows with the protocol
	maxExpressions = 3_000
)

// tooMany refuses a protocol that is larger than any can be, before time is spent
// on it.
func (c *checker) tooMany() bool {
	p := &c.d.Protocol
	forms := 0
	for _, v := range p.Visits {
		forms += len(v.Forms)
	}
	rules, checks := 0, 0
	if d := p.Dosing; d != nil {
		rules, checks = len(d.Rules), len(d.Checks)+len(d.Checkpoint.Withhold)+len(d.Discharge.Checks)
	}
	before := len(c.findings)
	for _, x := range []struct {
		path, what string
		n, most    int
	}{
		{"visits", "visits", len(p.Visits), maxVisits},
		{"visits", "forms at visits", forms, 20 * maxVisits},
		{"epochs", "epochs", len(p.Epochs), maxEntries},
		{"arms", "arms", len(p.Arms), maxEntries},
		{"logs", "logs", len(p.Logs), maxEntries},
		{"eligibility.criteria", "criteria", len(p.Eligibility.Criteria), maxEntries},
		{"eligibility.gates", "gates", len(p.Eligibility.Gates), maxEntries},
		{"dosing.rules", "rules", rules, maxEntries},
		{"dosing.checks", "checks", checks, maxEntries},
		{"interactions", "interactions", len(p.Interactions), 2 * maxEntries},
		{"safety.stopping", "stopping rules", len(p.Safety.Stopping), maxEntries},
		{"safety.clocks", "clocks", len(p.Safety.Clocks), maxEntries},
		{"consent.documents", "documents", len(p.Consent.Documents), maxEntries},
		{"analysis.endpoints", "endpoints", len(p.Analysis.Endpoints), maxEntries},
		{"analysis.populations", "populations", len(p.Analysis.Populations), maxEntries},
		{"analysis.responders", "responder definitions", len(p.Analysis.Responders), maxEntries},
		{"confirmed", "confirmations", len(p.Confirmed), 5 * maxEntries},
		{"visits", "expressions", len(c.uses()), maxExpressions},
	} {
		if x.n > x.most {
			c.add(x.path, "V007", fmt.Sprintf("there are %d %s; at most %d are read", x.n, x.what, x.most), "No protocol that people can follow is so large: check what made the file")
		}
	}
	return len(c.findings) > before
}
