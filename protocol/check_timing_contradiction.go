package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// mostContradictions bounds how many contradictory sets are told of one protocol:
// mending the first few shows the rest.
const mostContradictions = 5

// contradictory reports each smallest set of windows and needs that cannot be kept
// together, on whatever days the visits are held, and answers whether there is one.
func (t *timeline) contradictory(facts []fact, when string) bool {
	dropped := map[int]bool{}
	for range mostContradictions {
		set := network(t.moments(), facts, func(i int, _ fact) bool { return !dropped[i] }).Contradiction()
		if set == nil {
			break
		}
		t.contradiction(facts, set, when)
		dropped[t.blamed(facts, set)] = true
	}
	return len(dropped) > 0
}

// blamed is the fact of a contradictory set to look at first: a need of the visit
// listed last, else its window.
func (t *timeline) blamed(facts []fact, set []int) int {
	best := set[0]
	rank := func(i int) int {
		f := facts[i]
		r := 2 * f.owner
		if strings.Contains(f.path, "needs") {
			r++
		}
		return r
	}
	for _, i := range set {
		if rank(i) > rank(best) {
			best = i
		}
	}
	return best
}

func (t *timeline) contradiction(facts []fact, set []int, when string) {
	blamed := t.blamed(facts, set)
	// The ring is told from the visit's own window on.
	if i := slices.IndexFunc(set, func(i int) bool { return i != blamed && facts[i].owner == facts[blamed].owner }); i > 0 {
		set = slices.Concat(set[i:], set[:i])
	}
	var texts []string
	var related []Place
	conditions := map[string]bool{}
	severity := Error
	for _, i := range set {
		f := facts[i]
		texts = append(texts, f.text)
		related = t.relate(related, f)
		if f.owner >= 0 && t.visits[f.owner].When != "" {
			conditions[t.visits[f.owner].When] = true
		}
	}
	if len(conditions) > 1 {
		severity = Warning // they may never be in one participant's plan together
	}
	first := facts[blamed]
	who := t.name(first.b)
	t.c.tell(severity, first.path, "V100", fmt.Sprintf("%s%s can never be held in its window: %s", when, who, strings.Join(texts, "; ")),
		"Change one of these: without any one of them the others can be kept", related)
}

// stopped proves the follow-up of those whose treatment is stopped after each of
// the dosing sessions: what is then no longer held is counted from its target.
func (t *timeline) stopped() {
	t.waitsForStopped()
	t.waitsForSome()
	for s := range t.visits {
		if t.visits[s].Kind != Session || !t.visits[s].Treatment {
			continue
		}
		gone := t.goneAfter(s)
		var facts []fact
		for _, f := range t.facts {
			if waits := f.a < len(gone) && gone[f.a] && f.least && f.days == 0; f.owner < 0 || !gone[f.owner] && !waits {
				facts = append(facts, f)
			}
		}
		for i := range t.visits {
			if gone[i] && t.anchor[i] >= 0 {
				v := &t.visits[i]
				day := int64(v.Offset.Days())
				says := fmt.Sprintf("%s, not held, counts from its day %s", v.ID, afterWords(v.Anchor, day))
				at := fmt.Sprintf("visits[%d].offset", i)
				facts = append(facts, fact{at, says, i, t.anchor[i], i, true, day}, fact{at, says, i, t.anchor[i], i, false, day})
			}
		}
		if t.contradictory(facts, fmt.Sprintf("when treatment is stopped after %s, ", t.visits[s].ID)) {
			return // stopped later, it would be the same
		}
	}
}

// goneAfter marks the treatment visits that are not held when treatment is stopped
// right after a session: all but the session and what comes before it.
func (t *timeline) goneAfter(s int) []bool {
	held := t.earlier(s)
	gone := make([]bool, len(t.visits))
	for i := range t.visits {
		gone[i] = i != s && !held[i] && t.ofTreatment(i)
	}
	return gone
}

func (t *timeline) ofTreatment(i int) bool {
	return t.visits[i].Treatment && !slices.Contains(t.c.d.Withdrawal.FollowUp, t.visits[i].ID)
}

// waitsForStopped finds visits that are still asked for after treatment is stopped
// but wait for one that is not. Treatment is stopped from enrolment on.
func (t *timeline) waitsForStopped() {
	enrolment := t.earlier(t.index[string(Enrolled)])
	for i := range t.visits {
		v := &t.visits[i]
		if v.When != "" || v.Optional || t.ofTreatment(i) || enrolment[i] {
			continue
		}
		for j, need := range v.Needs {
			n, ok := t.index[need]
			if !ok || n >= len(t.visits) || !t.ofTreatment(n) {
				continue
			}
			t.c.tell(Warning, fmt.Sprintf("visits[%d].needs[%d]", i, j), "V105",
				fmt.Sprintf("after treatment is stopped %s is still asked for, but waits for %s, which is then not held", v.ID, need),
				fmt.Sprintf("Remove the need, and let the windows keep the order; or make %s treatment: true when it belongs to the treatment", v.ID), nil)
		}
	}
}

// waitsForSome finds visits that wait for one that not everybody has who has them.
func (t *timeline) waitsForSome() {
	for i := range t.visits {
		v := &t.visits[i]
		if a := t.anchor[i]; a >= 0 && a < len(t.visits) && t.visits[a].Optional && !v.Optional && !slices.Contains(v.Needs, v.Anchor) {
			t.c.tell(Warning, fmt.Sprintf("visits[%d].anchor", i), "V109", fmt.Sprintf("%s is counted from %s, which is optional", v.ID, v.Anchor),
				"Anchor it on a visit that all have", []Place{t.c.place(fmt.Sprintf("visits[%d]", a), v.Anchor+" is optional")})
		}
		for j, need := range v.Needs {
			n, ok := t.index[need]
			if !ok || n >= len(t.visits) {
				continue
			}
			u := &t.visits[n]
			says := ""
			switch {
			case u.When != "" && u.When != v.When:
				says = "exists only if " + u.When
			case u.Optional && !v.Optional:
				says = "is optional"
			default:
				continue
			}
			t.c.tell(Warning, fmt.Sprintf("visits[%d].needs[%d]", i, j), "V109", fmt.Sprintf("%s waits for %s, which %s", v.ID, need, says),
				"Remove the need, or give both the same condition", []Place{t.c.place(fmt.Sprintf("visits[%d]", n), need+" "+says)})
		}
	}
}

// earlier marks every moment that comes before one for certain: what it waits for
// and is counted from, and so on.
func (t *timeline) earlier(m int) []bool {
	if seen, known := t.closure[m]; known {
		return seen
	}
	seen := make([]bool, t.moments())
	stack := []int{m}
	mark := func(n int) {
		if !seen[n] {
			seen[n] = true
			stack = append(stack, n)
		}
	}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, n := range t.before[at] {
			mark(n)
		}
		if at < len(t.visits) && t.anchor[at] >= 0 && t.visits[at].closes() >= 0 {
			mark(t.anchor[at])
		}
	}
	t.closure[m] = seen
	return seen
}
