// Package analysis applies a protocol's analysis plan to a cut of the data. It
// is pure: the same protocol and the same Dataset give the same Result, byte for
// byte in JSON.
//
// What stands here is the description that every report needs: participant flow
// (CONSORT 2025), baseline table, endpoints by visit and arm, responders, adverse
// events, vital signs, guesses of the arm and completeness. Differences at a
// visit are those of the values observed there (Welch), with no adjustment and
// no model for missing values. The models that the plan names are run by the
// Estimators that are given to Analyse; a model without an estimator is listed
// as not run.
//
// While the arms are unknown to the reader, everything is pooled, and the Result
// says so. No Result names a participant.
package analysis

import (
	"slices"
	"strings"

	"varde/bilingual"
	"varde/protocol"
)

// All is the id of the column that holds every participant.
const All = "all"

// Level of every interval.
const Level = 0.95

// Result is the plan applied to a cut. Groups are the columns of every table;
// each list of figures by group is in their order.
type Result struct {
	Cut          Cut                 `json:"cut"`
	Simulated    bool                `json:"simulated"`
	Dummy        uint64              `json:"dummyArms,omitempty"` // seed of arms that are not the study\'s
	Pooling      Pooling             `json:"pooling,omitempty"`
	Groups       []Group             `json:"groups"`
	Populations  []PopulationCount   `json:"populations"`
	Flow         Flow                `json:"flow"`
	Baseline     []BaselineResult    `json:"baseline"`
	Endpoints    []EndpointResult    `json:"endpoints"`
	Responders   []ResponderResult   `json:"responders"`
	Planned      []PlannedResult     `json:"planned"`
	Order        []OrderedTest       `json:"order,omitempty"`
	Sensitivity  []SensitivityResult `json:"sensitivity,omitempty"`
	Subgroups    []SubgroupResult    `json:"subgroups,omitempty"`
	Adverse      AdverseResult       `json:"adverse"`
	Vitals       []VitalResult       `json:"vitals"`
	Shifts       []ShiftResult       `json:"shifts,omitempty"`
	Findings     []FindingResult     `json:"findings,omitempty"`
	Guesses      []GuessResult       `json:"guesses"`
	Completeness CompletenessResult  `json:"completeness"`
	Notes        []Note              `json:"notes,omitempty"`
}

// Pooling says why there is one column only, "" when there are arms to compare.
type Pooling string

const (
	Compared Pooling = ""
	Blinded  Pooling = "blinded" // the reader may not know the arms yet
	OneGroup Pooling = "one-arm" // the protocol has no arms, or one
)

// Group is a column.
type Group struct {
	ID      string         `json:"id"`
	Text    bilingual.Text `json:"text"`
	Control bool           `json:"control,omitempty"`
}

// Note is something that a reader must know. Code is stable; N counts whom it is about.
type Note struct {
	Code string `json:"code"`
	Ref  string `json:"ref,omitempty"`
	N    int    `json:"n,omitempty"`
}

// PopulationCount says how many are in a population of the plan. Undecided are
// those for whom a value that decides it was never collected; they are left out.
type PopulationCount struct {
	ID        string         `json:"id"`
	Text      bilingual.Text `json:"text"`
	N         []int          `json:"n"` // by group
	Total     int            `json:"total"`
	Undecided int            `json:"undecided,omitempty"`
	Source    *Provenance    `json:"source,omitempty"`
}

// Provenance of a definition or of a published value.
type Provenance struct {
	Source  string `json:"source,omitempty"`
	Status  string `json:"status,omitempty"` // V verified, C computed, R recalled, NF not found, own
	Confirm bool   `json:"confirm,omitempty"`
}

func provenance(p protocol.Provenance) *Provenance {
	if p.Source == "" && p.Status == "" {
		return nil
	}
	return &Provenance{Source: p.Source, Status: p.Status, Confirm: p.Confirm}
}

// Analyse applies the plan of def to ds. Estimators run the plan's models, each
// those of its method; the plain difference is built in.
func Analyse(def *protocol.Definition, ds Dataset, estimators ...Estimator) Result {
	return analyse(planOf(def), ds, estimators)
}

// run is one analysis under way.
type run struct {
	plan     plan
	ds       Dataset
	groups   []Group
	control  int // index in groups, -1 when nothing is compared
	pooling  Pooling
	people   []*person // all, in order of id
	entered  []*person // randomised, or enrolled when nobody is randomised
	treated  []*person // entered and dosed
	members  map[string][]*person
	notes    []Note
	armless  int
	terms    map[string]string // adverse event term -> key
	termText map[string]bilingual.Text
}

func analyse(p plan, ds Dataset, estimators []Estimator) Result {
	r := &run{plan: p, ds: ds, control: -1, members: map[string][]*person{}}
	r.chooseGroups()
	r.gather()
	if len(ds.Hidden) > 0 {
		r.note("hidden-values", "", 0)
	}
	out := Result{Cut: ds.Cut, Simulated: ds.Simulated, Dummy: ds.Dummy, Pooling: r.pooling, Groups: r.groups}
	out.Populations = r.populations()
	out.Flow = r.flow()
	out.Baseline = r.baseline()
	out.Endpoints = r.endpoints()
	out.Responders = r.responders()
	estimators = append(slices.Clone(estimators), MixedModel{}, CovarianceAnalysis{}, Difference{}, MantelHaenszel{})
	out.Planned = r.planned(estimators)
	out.Order = r.order(out.Planned)
	primary := r.primaryAgain(estimators)
	out.Sensitivity = r.sensitivity(primary)
	out.Subgroups = r.subgroups(primary)
	out.Adverse = r.adverse()
	out.Vitals = r.vitals()
	out.Shifts = r.shifts()
	out.Findings = r.findings()
	out.Guesses = r.guesses()
	out.Completeness = r.completeness()
	out.Notes = r.notes
	return out
}

func (r *run) note(code, ref string, n int) {
	r.notes = append(r.notes, Note{Code: code, Ref: ref, N: n})
}

func (r *run) chooseGroups() {
	arms := r.plan.p.Arms
	everyone := Group{ID: All, Text: bilingual.Text{EN: "All participants", NB: "Alle deltakere"}}
	switch {
	case len(arms) < 2:
		r.pooling = OneGroup
		if len(arms) == 1 {
			everyone = Group{ID: arms[0].ID, Text: arms[0].Title}
		}
		r.groups = []Group{everyone}
	case !r.ds.Arms:
		r.pooling = Blinded
		r.groups = []Group{everyone}
	default:
		for i, a := range arms {
			r.groups = append(r.groups, Group{ID: a.ID, Text: a.Title, Control: a.Control})
			if a.Control && r.control < 0 {
				r.control = i
			}
		}
		if r.control < 0 {
			r.control = len(r.groups) - 1 // the plan names no control: the last arm is the reference
			r.note("no-control-arm", r.groups[r.control].ID, 0)
		}
	}
}

// compared lists the groups that are set against the control.
func (r *run) compared() []int {
	if r.control < 0 {
		return nil
	}
	var out []int
	for i := range r.groups {
		if i != r.control {
			out = append(out, i)
		}
	}
	return out
}

func (r *run) gather() {
	subjects := slices.Clone(r.ds.Subjects)
	slices.SortFunc(subjects, func(a, b Subject) int { return strings.Compare(a.ID, b.ID) })
	enters := protocol.Enrolled
	if len(r.plan.p.Arms) > 1 || r.plan.p.Allocation != nil {
		enters = protocol.Randomised
	}
	for i := range subjects {
		x := newPerson(r.plan, &subjects[i])
		r.people = append(r.people, x)
		if x.Reached[enters].IsZero() {
			continue
		}
		if r.pooling == Compared {
			x.group = slices.IndexFunc(r.groups, func(g Group) bool { return g.ID == x.Arm })
			if x.group < 0 {
				r.armless++
			}
		} else {
			x.group = 0
		}
		r.entered = append(r.entered, x)
		if x.Doses() > 0 {
			r.treated = append(r.treated, x)
		}
	}
	if r.armless > 0 {
		r.note("without-arm", "", r.armless)
	}
}

func (r *run) populations() []PopulationCount {
	out := []PopulationCount{}
	for _, p := range r.plan.p.Analysis.Populations {
		c := PopulationCount{ID: p.ID, Text: p.Text, N: make([]int, len(r.groups)), Source: provenance(p.Provenance)}
		for _, x := range r.entered {
			switch x.in(r.plan, p.Expr) {
			case yes:
				r.members[p.ID] = append(r.members[p.ID], x)
				c.Total++
				if x.group >= 0 {
					c.N[x.group]++
				}
			case undecided:
				c.Undecided++
			}
		}
		out = append(out, c)
	}
	return out
}

// population answers the members of a population, and its id; without such a
// population all who entered.
func (r *run) population(id string) ([]*person, string) {
	if slices.ContainsFunc(r.plan.p.Analysis.Populations, func(p protocol.Population) bool { return p.ID == id }) {
		return r.members[id], id
	}
	return r.entered, ""
}

// populationOf answers the population in which an endpoint is described: that of
// its main estimand, else of its first, else the plan's first.
func (r *run) populationOf(endpoint string) ([]*person, string) {
	id := ""
	for _, e := range r.plan.p.Analysis.Estimands {
		if e.Endpoint == endpoint && (id == "" || e.Main) {
			id = e.Population
		}
	}
	if id == "" && len(r.plan.p.Analysis.Populations) > 0 {
		id = r.plan.p.Analysis.Populations[0].ID
	}
	return r.population(id)
}

// byGroup splits people into the columns.
func (r *run) byGroup(people []*person) [][]*person {
	out := make([][]*person, len(r.groups))
	for _, x := range people {
		if x.group >= 0 {
			out[x.group] = append(out[x.group], x)
		}
	}
	return out
}
