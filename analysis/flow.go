package analysis

import (
	"cmp"
	"slices"

	"varde/bilingual"
	"varde/protocol"
)

// Flow is the participant flow of CONSORT 2025. Assessed = Excluded + Withdrew +
// Pending + Entered, always.
type Flow struct {
	Assessed   int         `json:"assessed"` // for eligibility: all who were referred
	Consented  int         `json:"consented"`
	Excluded   int         `json:"excluded"`
	Exclusions []Exclusion `json:"exclusions"`
	Withdrew   int         `json:"withdrewBefore"` // withdrew or were lost before they entered
	Pending    int         `json:"pending"`        // still being assessed at the cut
	Randomised bool        `json:"randomised"`     // Entered are randomised; else enrolled
	Entered    int         `json:"entered"`
	Groups     []FlowGroup `json:"groups"`
	Unassigned int         `json:"unassigned,omitempty"` // entered, with no known arm although arms are shown
}

// Exclusion is a gate at which people were excluded. One person may fail several
// criteria, so the reasons may add up to more than N.
type Exclusion struct {
	Gate    string         `json:"gate"`
	Text    bilingual.Text `json:"text"`
	N       int            `json:"n"`
	Reasons []Reason       `json:"reasons"`
}

// Reason with its count.
type Reason struct {
	ID   string         `json:"id"`
	Text bilingual.Text `json:"text"`
	N    int            `json:"n"`
}

// FlowGroup is one arm after allocation. Allocated = Completed + Withdrew + Lost
// + Ongoing; those who stopped treatment stay in the study unless they left too.
type FlowGroup struct {
	Group      string          `json:"group"`
	Allocated  int             `json:"allocated"`
	Received   int             `json:"received"` // at least one dose
	Sessions   []int           `json:"sessions"` // participants by number of dosing sessions, from 0
	Stopped    int             `json:"stoppedTreatment"`
	StoppedBy  []Reason        `json:"stoppedReasons,omitempty"`
	Withdrew   int             `json:"withdrew"`
	WithdrewBy []Reason        `json:"withdrewReasons,omitempty"`
	Lost       int             `json:"lost"`
	Completed  int             `json:"completed"`
	Ongoing    int             `json:"ongoing"`
	Analysed   []AnalysedCount `json:"analysed"`
}

// AnalysedCount is the size of a population, and how many of it have the primary
// endpoint at its main visit.
type AnalysedCount struct {
	Population string `json:"population"`
	N          int    `json:"n"`
	Primary    int    `json:"withPrimary"`
}

func (r *run) flow() Flow {
	f := Flow{Assessed: len(r.people), Entered: len(r.entered), Unassigned: r.armless, Exclusions: []Exclusion{}}
	f.Randomised = len(r.plan.p.Arms) > 1 || r.plan.p.Allocation != nil
	in := map[*person]bool{}
	for _, x := range r.entered {
		in[x] = true
	}
	gates := []string{Prescreening}
	for _, g := range r.plan.p.Eligibility.Gates {
		gates = append(gates, g.ID)
	}
	excluded := map[string][]*person{}
	for _, x := range r.people {
		if !x.Reached[protocol.Consented].IsZero() {
			f.Consented++
		}
		switch {
		case in[x]:
		case x.FailedAt != "":
			f.Excluded++
			excluded[x.FailedAt] = append(excluded[x.FailedAt], x)
			if !slices.Contains(gates, x.FailedAt) {
				gates = append(gates, x.FailedAt)
			}
		case !x.Left.IsZero():
			f.Withdrew++
		default:
			f.Pending++
		}
	}
	for _, g := range gates {
		if people := excluded[g]; len(people) > 0 {
			f.Exclusions = append(f.Exclusions, r.exclusion(g, people))
		}
	}
	for i, people := range r.byGroup(r.entered) {
		f.Groups = append(f.Groups, r.flowGroup(r.groups[i].ID, people))
	}
	return f
}

func (r *run) exclusion(gate string, people []*person) Exclusion {
	e := Exclusion{Gate: gate, N: len(people), Text: bilingual.Text{EN: gate, NB: gate}}
	if gate == Prescreening {
		e.Text = bilingual.Text{EN: "At pre-screening", NB: "Ved forhåndsvurdering"}
	}
	for _, g := range r.plan.p.Eligibility.Gates {
		if g.ID == gate {
			e.Text = g.Title
		}
	}
	count := map[string]int{}
	for _, x := range people {
		for i, id := range x.Failed {
			if !slices.Contains(x.Failed[:i], id) {
				count[id]++
			}
		}
	}
	e.Reasons = sorted(count, r.reasonText)
	return e
}

// sorted answers the reasons, the most frequent first.
func sorted(count map[string]int, text func(string) bilingual.Text) []Reason {
	out := []Reason{}
	for id, n := range count {
		out = append(out, Reason{ID: id, Text: text(id), N: n})
	}
	slices.SortFunc(out, func(a, b Reason) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.ID, b.ID)) })
	return out
}

// reasonText finds the words of a criterion or of a reason to leave.
func (r *run) reasonText(id string) bilingual.Text {
	for _, c := range r.plan.p.Eligibility.Criteria {
		if c.ID == id {
			return c.Text
		}
	}
	for _, x := range r.plan.p.Withdrawal.Reasons {
		if x.ID == id {
			return x.Text
		}
	}
	if c, ok := r.plan.form("prescreen"); ok {
		if item, ok := c.Item(id); ok {
			return item.Text // the first conversation names the question that decided
		}
	}
	if id == "" {
		return bilingual.Text{EN: "No reason given", NB: "Ingen grunn oppgitt"}
	}
	return bilingual.Text{EN: id, NB: id}
}

func (r *run) flowGroup(id string, people []*person) FlowGroup {
	g := FlowGroup{Group: id, Allocated: len(people), Sessions: []int{0}, Analysed: []AnalysedCount{}}
	stopped, withdrew := map[string]int{}, map[string]int{}
	in := map[*person]bool{}
	for _, x := range people {
		in[x] = true
		n := x.Doses()
		for len(g.Sessions) <= n {
			g.Sessions = append(g.Sessions, 0)
		}
		g.Sessions[n]++
		if n > 0 {
			g.Received++
		}
		if !x.Stopped.IsZero() {
			g.Stopped++
			stopped[x.StopReason]++
		}
		switch {
		case !x.Done.IsZero():
			g.Completed++
		case x.Lost:
			g.Lost++
		case !x.Left.IsZero():
			g.Withdrew++
			withdrew[x.LeftReason]++
		default:
			g.Ongoing++
		}
	}
	g.StoppedBy, g.WithdrewBy = sorted(stopped, r.reasonText), sorted(withdrew, r.reasonText)
	primary := r.primary()
	for _, p := range r.plan.p.Analysis.Populations {
		c := AnalysedCount{Population: p.ID}
		for _, x := range r.members[p.ID] {
			if !in[x] {
				continue
			}
			c.N++
			if primary != nil {
				if _, ok := x.score(primary.At, primary.Score); ok {
					c.Primary++
				}
			}
		}
		g.Analysed = append(g.Analysed, c)
	}
	return g
}

// primary is the plan's primary endpoint, nil when it names none.
func (r *run) primary() *protocol.Endpoint {
	for i := range r.plan.p.Analysis.Endpoints {
		if r.plan.p.Analysis.Endpoints[i].Role == "primary" {
			return &r.plan.p.Analysis.Endpoints[i]
		}
	}
	return nil
}
