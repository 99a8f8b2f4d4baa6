package protocol

import (
	"fmt"
	"slices"

	"varde/protocol/stn"
)

// timing proves the schedule as a simple temporal network: the days of visits and
// milestones are its moments, and every window, need and gate a constraint. It
// counts as the record does: in calendar days, a visit from the day on which its
// anchor was held, or from its target when it never will be.
func (c *checker) timing() {
	if !c.sound("visits", "epochs") {
		return
	}
	t := newTimeline(c)
	if t.waits() {
		return // what waits for itself has no days to reckon with
	}
	if t.contradictory(t.facts, "") {
		return // the rest would only tell what follows
	}
	t.listed()
	t.tooEarly()
	t.squeezed()
	t.outOfOrder()
	t.weeks()
	t.stopped()
	t.washouts()
}

// fact is one constraint, where it stands and how to say it.
type fact struct {
	path  string // empty for what is so in every study
	text  string
	owner int   // the visit whose constraint it is, -1 for a milestone's
	a, b  int   // moments: b - a >= days when least, <= days otherwise
	least bool  //
	days  int64 //
}

// timeline is the schedule as moments and facts. Moments are the visits, by index,
// and after them the milestones.
type timeline struct {
	c       *checker
	visits  []Visit
	index   map[string]int // visit or milestone -> moment
	anchor  []int          // visit -> moment, -1 when unknown
	facts   []fact
	before  [][]int // moment -> moments that must have come before it can
	control []fact  // milestones on the very day that they can be given
	prompt  []fact  // facts and control
	closure map[int][]bool
}

func newTimeline(c *checker) *timeline {
	t := &timeline{c: c, visits: c.d.Protocol.Visits, index: map[string]int{}, closure: map[int][]bool{}}
	for i := range t.visits {
		if _, taken := t.index[t.visits[i].ID]; !taken {
			t.index[t.visits[i].ID] = i
		}
	}
	for i, m := range Milestones {
		t.index[string(m)] = len(t.visits) + i
	}
	t.anchor = make([]int, len(t.visits))
	t.before = make([][]int, t.moments())
	for i := range t.visits {
		t.window(i)
		t.needs(i)
	}
	t.milestones()
	t.prompt = slices.Concat(t.facts, t.control)
	return t
}

func (t *timeline) moments() int { return len(t.visits) + len(Milestones) }

func (t *timeline) name(m int) string {
	if m < len(t.visits) {
		return t.visits[m].ID
	}
	return string(Milestones[m-len(t.visits)])
}

func (t *timeline) state(f fact) { t.facts = append(t.facts, f) }

func (t *timeline) window(i int) {
	v := &t.visits[i]
	a, ok := t.index[v.Anchor]
	t.anchor[i] = -1
	if !ok || a == i {
		return
	}
	t.anchor[i] = a
	opens, closes := v.opens(), v.closes()
	at := fmt.Sprintf("visits[%d]", i)
	t.state(fact{at + ".before", apart(v.ID, v.Anchor, opens, true), i, a, i, true, opens})
	t.state(fact{at + ".after", apart(v.ID, v.Anchor, closes, false), i, a, i, false, closes})
}

// opens and closes are the ends of the window in days after the anchor, counted as
// study.Windows counts them.
func (v *Visit) opens() int64  { return int64(v.Offset.Days() + v.Before.Days()) }
func (v *Visit) closes() int64 { return int64(v.Offset.Days() + v.After.Days()) }

func (t *timeline) needs(i int) {
	v := &t.visits[i]
	for j, n := range v.Needs {
		t.after(i, n, fmt.Sprintf("visits[%d].needs[%d]", i, j), fmt.Sprintf("%s needs %s", v.ID, n))
	}
	for e := range t.c.d.Epochs {
		if t.c.d.Epochs[e].ID != v.Epoch {
			continue
		}
		for j, m := range t.c.d.Epochs[e].Needs {
			t.after(i, string(m), fmt.Sprintf("epochs[%d].needs[%d]", e, j), fmt.Sprintf("%s is in the epoch %s, which needs %s", v.ID, v.Epoch, m))
		}
	}
}

func (t *timeline) after(i int, name, path, text string) {
	if n, ok := t.index[name]; ok && n != i {
		t.state(fact{path, text, i, n, i, true, 0})
		t.before[i] = append(t.before[i], n)
	}
}

// milestones are given in their order (see study's decisions on entry): consent
// after the pre-screening, a gate at its visit, after consent and the gates before
// it, randomisation after enrolment, completion when all visits are done.
func (t *timeline) milestones() {
	follow := func(later, earlier, path, text string) {
		a, b := t.index[earlier], t.index[later]
		t.state(fact{path, text, -1, a, b, true, 0})
		t.control = append(t.control, fact{path, text, -1, a, b, false, 0})
		t.before[b] = append(t.before[b], a)
	}
	follow(string(Prescreened), string(Referred), "", "the pre-screening comes after the referral")
	t.control = nil // how long people take to come and to consent is theirs
	follow(string(Consented), string(Prescreened), "", "consent comes after the pre-screening")
	t.control = nil
	last := string(Consented)
	for i, g := range t.c.d.Eligibility.Gates {
		if _, ok := t.index[g.At]; !ok || !slices.Contains(Milestones, g.Gives) {
			continue
		}
		path := fmt.Sprintf("eligibility.gates[%d].at", i)
		follow(string(g.Gives), g.At, path, fmt.Sprintf("%s is given at %s", g.Gives, g.At))
		a, b := t.index[last], t.index[string(g.Gives)]
		if a != b {
			t.state(fact{path, fmt.Sprintf("%s comes after %s", g.Gives, last), -1, a, b, true, 0})
			t.before[b] = append(t.before[b], a)
		}
		last = string(g.Gives)
	}
	follow(string(Randomised), string(Enrolled), "", "randomisation comes after enrolment")
	completed := t.index[string(Completed)]
	for i := range t.visits {
		if !t.visits[i].Optional && t.visits[i].When == "" {
			t.before[completed] = append(t.before[completed], i)
		}
	}
}

// waits reports visits and milestones that wait for one another in a ring, and
// answers whether there is one. A ring of visits alone was told as V033.
func (t *timeline) waits() bool {
	found := false
	state := make([]uint8, t.moments())
	var trail []int
	var follow func(m int)
	follow = func(m int) {
		state[m] = 1
		trail = append(trail, m)
		for _, n := range t.before[m] {
			switch state[n] {
			case 0:
				follow(n)
			case 1:
				found = true
				t.ring(trail[slices.Index(trail, n):])
			}
		}
		trail = trail[:len(trail)-1]
		state[m] = 2
	}
	for m := range t.moments() {
		if state[m] == 0 {
			follow(m)
		}
	}
	return found
}

func (t *timeline) ring(ring []int) {
	first := slices.Index(ring, slices.Min(ring))
	visit := ring[first]
	if visit >= len(t.visits) || !slices.ContainsFunc(ring, func(m int) bool { return m >= len(t.visits) }) {
		return
	}
	var related []Place
	text := ""
	for n := range ring {
		later, earlier := ring[(first+n)%len(ring)], ring[(first+n+1)%len(ring)]
		says := fmt.Sprintf("%s comes after all other visits", t.name(later))
		for _, f := range t.facts {
			if f.b == later && f.a == earlier && f.least && f.days == 0 {
				says = f.text
				related = t.relate(related, f)
				break
			}
		}
		if n > 0 {
			text += "; "
		}
		text += says
	}
	path := fmt.Sprintf("visits[%d].epoch", visit)
	if len(related) > 0 {
		path = related[0].Path
	}
	t.c.tell(Error, path, "V104", fmt.Sprintf("%s waits for itself and can never be held: %s", t.name(visit), text),
		"Let one of them come earlier: move the gate to an earlier visit, or the visit to an earlier epoch", related)
}

func (t *timeline) relate(related []Place, f fact) []Place {
	if f.path == "" {
		return related
	}
	return append(related, t.c.place(f.path, f.text))
}

// network makes a network of the facts that a filter keeps, tagged by their index.
func network(moments int, facts []fact, keep func(int, fact) bool) *stn.Network {
	g := stn.New(moments)
	for i, f := range facts {
		switch {
		case keep != nil && !keep(i, f):
		case f.least:
			g.AtLeast(f.a, f.b, f.days, i)
		default:
			g.AtMost(f.a, f.b, f.days, i)
		}
	}
	return g
}
