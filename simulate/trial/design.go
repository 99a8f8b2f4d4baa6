package trial

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/protocol"
	"varde/simulate"
)

// Design is a scenario of a protocol, ready to draw trials from. It never changes.
type Design struct {
	Setting  Setting
	Protocol string // its id
	N        int
	Main     string  // id of the primary endpoint's main model, "" when nothing is compared
	True     float64 // the difference at the main visit that the main estimand means, of arm 1 less the control
	Level    float64 // of the last test, after what the interim looks have spent
	Metrics  []Metric

	def     *protocol.Definition
	drawing *simulate.Drawing
	salt    uint64
	arms    []protocol.Arm
	control int
	active  int // the arm that is compared, -1 when there is none
	block   []uint8
	blocks  []int
	strata  []stratum

	sites    []site
	calendar timetable
	outcome  outcome
	leave    leavers
	events   []event
	guess    guesses
	harms    []harm
	people   people
	models   []model
	looks    []look
	members  members
	replies  []responder
	alpha    float64
}

// Source is a protocol ready to make designs of; it may be shared.
type Source struct {
	def     *protocol.Definition
	drawing *simulate.Drawing
	pool    []simulate.Person
}

// NewSource reads what designs of a protocol have in common.
func NewSource(def *protocol.Definition) (*Source, error) {
	drawing, err := simulate.NewDrawing(def)
	if err != nil {
		return nil, err
	}
	if len(def.Simulation.Outcomes) == 0 {
		return nil, fmt.Errorf("simulate: protocol %s simulates no outcome: add simulation.outcomes", def.ID)
	}
	return &Source{def, drawing, drawing.People(1, poolSize)}, nil
}

// Definition answers the protocol.
func (s *Source) Definition() *protocol.Definition { return s.def }

// Design makes a scenario. Salt 0 shares the chance of all scenarios; another draws
// its own. What is wrong with the setting is said in a sentence, all of it.
func (s *Source) Design(set Setting, salt uint64) (*Design, error) {
	var faults []error
	for name, v := range set {
		a, ok := AxisOf(name)
		if !ok {
			faults = append(faults, fmt.Errorf("there is no axis %q", name))
			continue
		}
		faults = append(faults, a.Check(v))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	d := &Design{Setting: set, Protocol: s.def.ID, def: s.def, drawing: s.drawing, salt: salt, active: -1, control: -1}
	d.alpha = s.def.Analysis.Alpha
	if d.alpha <= 0 || d.alpha >= 1 {
		d.alpha = 0.05
	}
	d.N = int(set.get("n", float64(s.def.Simulation.Participants)))
	if d.N < 1 {
		return nil, errors.New("nobody takes part: simulation.participants, or n, is at least 1")
	}
	for _, step := range []func(*Source) error{d.makeArms, d.makeCalendar, d.makeOutcome, d.makeLeaving, d.makeEvents, d.makeGuesses, d.makeHarms, d.makePeople, d.makeStrata, d.makeModels, d.makeMembers, d.makeLooks, d.makeReplies} {
		if err := step(s); err != nil {
			return nil, err
		}
	}
	d.makeMetrics()
	return d, nil
}

// makeArms finds who is compared with whom, and what a block of the list holds.
func (d *Design) makeArms(*Source) error {
	d.arms = d.def.Arms
	if len(d.arms) == 0 {
		d.arms = []protocol.Arm{{ID: "all"}}
	}
	if len(d.arms) > math.MaxUint8 {
		return fmt.Errorf("%d arms are too many", len(d.arms))
	}
	if len(d.arms) > 1 {
		d.control = slices.IndexFunc(d.arms, func(a protocol.Arm) bool { return a.Control })
		if d.control < 0 {
			d.control = len(d.arms) - 1 // as the analysis takes it
		}
		d.active = 0
		if d.control == 0 {
			d.active = 1
		}
	}
	if d.def.Allocation == nil {
		if len(d.arms) > 1 {
			return errors.New("the protocol has arms and no allocation: who gets which cannot be drawn")
		}
		d.block, d.blocks = []uint8{0}, []int{1}
		return nil
	}
	for i, a := range d.arms {
		for range d.def.Allocation.Ratio[a.ID] {
			d.block = append(d.block, uint8(i))
		}
	}
	d.blocks = d.def.Allocation.Blocks
	if len(d.block) == 0 || len(d.blocks) == 0 {
		return errors.New("the protocol's allocation has no ratio or no block sizes")
	}
	for _, b := range d.blocks {
		if b < 1 || b%len(d.block) != 0 {
			return fmt.Errorf("a block of %d does not hold the ratio of %d a whole number of times", b, len(d.block))
		}
	}
	return nil
}

// stratum is a factor of the allocation: the site, or a characteristic.
type stratum struct {
	site   bool
	factor int // in people.factors
}

func (d *Design) makeStrata(s *Source) error {
	if d.def.Allocation == nil {
		return nil
	}
	combinations := 1
	for _, f := range d.def.Allocation.Strata {
		if f.Site {
			d.strata = append(d.strata, stratum{site: true})
			combinations *= len(d.sites)
			continue
		}
		k, err := d.people.add(s, d, f.ID, f.Expr)
		if err != nil {
			return fmt.Errorf("stratum %s: %w", f.ID, err)
		}
		if len(d.people.factors[k].levels) == 0 {
			return fmt.Errorf("stratum %s: it is a number and not a level", f.ID)
		}
		d.strata = append(d.strata, stratum{factor: k})
		combinations *= len(d.people.factors[k].levels) + 1
	}
	if combinations > 100_000 {
		return fmt.Errorf("the strata have %d combinations; at most 100,000 can be drawn", combinations)
	}
	return nil
}

// strataCount is how many combinations of the strata there are.
func (d *Design) strataCount() int {
	n := 1
	for _, s := range d.strata {
		if s.site {
			n *= len(d.sites)
		} else {
			n *= len(d.people.factors[s.factor].levels) + 1
		}
	}
	return n
}

// Arms answers the ids of the arms, the control among them, and the two compared.
func (d *Design) Arms() (ids []string, active, control string) {
	for _, a := range d.arms {
		ids = append(ids, a.ID)
	}
	if d.active < 0 {
		return ids, "", ""
	}
	return ids, d.arms[d.active].ID, d.arms[d.control].ID
}

// Favours says that an estimate is in favour of the arm that is compared.
func (d *Design) Favours(estimate float64) bool {
	return (estimate < 0) == (d.True < 0 || d.True == 0 && !d.higherIsBetter())
}

// Simulation answers the protocol's simulation section with the numbers of the setting
// that virtual people and sites know as well.
func (d *Design) Simulation() (*protocol.Simulation, error) {
	sim := *d.def.Simulation
	sim.Outcomes = slices.Clone(sim.Outcomes)
	o, err := d.scaled(&sim.Outcomes[0])
	if err != nil {
		return nil, err
	}
	sim.Outcomes[0] = *o
	sim.Participants = d.N
	sim.Screening.Rate = d.calendar.screening
	sim.Sites = slices.Clone(sim.Sites)
	for i := range sim.Sites {
		sim.Sites[i].Referrals *= d.Setting.get("referrals", 1)
	}
	sim.Dropout = slices.Clone(sim.Dropout)
	for i := range sim.Dropout {
		sim.Dropout[i].Before = slices.Clone(sim.Dropout[i].Before)
		for v := range sim.Dropout[i].Before {
			sim.Dropout[i].Before[v] *= d.Setting.get("dropout", 1)
		}
	}
	return &sim, nil
}
