package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/protocol/stn"
)

// chain is a limit and the facts that make it.
type chain struct {
	days  int64 // stn.Unbounded when there is none
	facts []fact
}

// latest answers how late one moment can come after another when every visit is
// held somewhere within its own window and nobody looks ahead: only what comes
// before the moments given counts, with milestones given on the day that they can.
func (t *timeline) latest(from, to int, upTo ...int) chain {
	return t.limit(t.prompt, from, to, upTo)
}

func (t *timeline) limit(facts []fact, from, to int, upTo []int) chain {
	r := t.upTo(facts, from, upTo)
	return t.chainTo(r, facts, to)
}

// upTo answers how late everything can come after a moment, nil when it contradicts.
func (t *timeline) upTo(facts []fact, from int, moments []int) *stn.Reach {
	known := make([]bool, t.moments())
	for _, m := range moments {
		known[m] = true
		for n, is := range t.earlier(m) {
			known[n] = known[n] || is
		}
	}
	g := network(t.moments(), facts, func(_ int, f fact) bool { return known[f.a] && known[f.b] && (f.owner < 0 || known[f.owner]) })
	if !g.Consistent() {
		return nil
	}
	return g.From(from)
}

func (t *timeline) chainTo(r *stn.Reach, facts []fact, to int) chain {
	if r == nil {
		return chain{days: stn.Unbounded}
	}
	out := chain{days: r.Latest(to)}
	for _, i := range r.Chain(to) {
		out.facts = append(out.facts, facts[i])
	}
	return out
}

// squeezed finds visits whose window may pass because what they need was held late
// within its own window: nobody did anything wrong, and still the visit cannot be
// held in time. When that is so with every visit on its very day, the plan is wrong.
func (t *timeline) squeezed() {
	for i := range t.visits {
		v, a := &t.visits[i], t.anchor[i]
		if a < 0 {
			continue
		}
		var worst chain
		need := -1
		if len(t.before[i]) == 0 {
			continue
		}
		r := t.upTo(t.prompt, a, append(slices.Clone(t.before[i]), a)) // those who came so far in time
		for _, n := range t.before[i] {
			if n == a {
				continue
			}
			ch := t.chainTo(r, t.prompt, n)
			if ch.days != stn.Unbounded && ch.days > v.closes() && (need < 0 || ch.days > worst.days) {
				worst, need = ch, n
			}
		}
		if need >= 0 {
			t.squeeze(i, need, worst)
		}
	}
}

func (t *timeline) squeeze(i, need int, worst chain) {
	v := &t.visits[i]
	at := fmt.Sprintf("visits[%d].after", i)
	severity, story := Warning, fmt.Sprintf("may be as late as %s", afterWords(v.Anchor, worst.days))
	if d, _, ok := t.nominal(t.anchor[i], need); ok && d > v.closes() {
		severity, story = Error, fmt.Sprintf("is %s even when every visit is held on its very day", afterWords(v.Anchor, d))
	}
	var related []Place
	for _, f := range t.facts {
		if f.owner == i && f.b == i && (f.a == need && f.days == 0 || f.a == t.anchor[i] && !f.least) {
			related = t.relate(related, f)
		}
	}
	for _, f := range worst.facts {
		related = t.relate(related, f)
	}
	t.c.tell(severity, at, "V101", fmt.Sprintf("%s must be %s, but %s, which it needs, %s", v.ID, t.windowWords(i), t.name(need), story),
		fmt.Sprintf("Let the window of %s close later, that of %s earlier, or anchor %s on %s", v.ID, t.name(need), v.ID, t.name(need)), related)
}

// tooEarly finds windows that open before what the visit is counted from and needs.
func (t *timeline) tooEarly() {
	for i := range t.visits {
		v := &t.visits[i]
		if v.opens() >= 0 || t.anchor[i] < 0 || !slices.Contains(t.before[i], t.anchor[i]) {
			continue
		}
		t.c.tell(Warning, fmt.Sprintf("visits[%d].before", i), "V115", fmt.Sprintf("the window of %s opens %s, which it needs", v.ID, afterWords(v.Anchor, v.opens())),
			"Let the window open on the day of what it needs, or later", nil)
	}
}

// windowWords says a window: "21-35 days after V5".
func (t *timeline) windowWords(i int) string {
	v := &t.visits[i]
	o, c := v.opens(), v.closes()
	switch {
	case o == c:
		return afterWords(v.Anchor, o)
	case o >= 0:
		return fmt.Sprintf("%d-%d days after %s", o, c, v.Anchor)
	}
	return fmt.Sprintf("from %s to %s", afterWords(v.Anchor, o), afterWords(v.Anchor, c))
}

// nominal answers how many days after one moment another comes when every visit is
// held on its very day and every gate passed on the day of its visit. exact is false
// when a gate lies between, which may be passed later; ok is false when nothing ties
// the two.
func (t *timeline) nominal(from, to int) (days int64, exact, ok bool) {
	a, b := t.roots(from), t.roots(to)
	for _, y := range b {
		for _, x := range a {
			if x.moment == y.moment {
				return y.days - x.days, x.gates == y.gates, true
			}
		}
	}
	return 0, false, false
}

// root is a moment that another is counted from.
type root struct {
	moment int
	days   int64 // the other comes after it
	gates  int   // passed between
}

// roots lists the moments that one is counted from, the nearest first.
func (t *timeline) roots(m int) []root {
	var out []root
	at := root{moment: m}
	for range t.moments() {
		out = append(out, at)
		if at.moment < len(t.visits) {
			a := t.anchor[at.moment]
			if a < 0 {
				break
			}
			at = root{a, at.days + int64(t.visits[at.moment].Offset.Days()), at.gates}
			continue
		}
		i := slices.IndexFunc(t.control, func(f fact) bool { return f.b == at.moment })
		if i < 0 {
			break
		}
		at = root{t.control[i].a, at.days, at.gates + 1}
	}
	return out
}

// outOfOrder finds visits that could be held in the wrong order although each is
// in its window.
func (t *timeline) outOfOrder() {
	told := map[int]bool{}
	pairs := map[[2]int]bool{}
	for _, p := range t.ordered() {
		if told[p.later] || !p.apart && t.kept(p) || t.follows(pairs, p) {
			continue
		}
		ch := t.latest(p.later, p.earlier, p.later, p.earlier)
		if ch.days < 0 || ch.days == 0 && !p.apart {
			continue
		}
		told[p.later], pairs[[2]int{p.earlier, p.later}] = true, true
		t.wrongOrder(p, ch)
	}
}

// kept says that an order is kept by needs and windows that open after their anchor
// alone: the quick answer to most pairs.
func (t *timeline) kept(p pair) bool {
	seen := make([]bool, t.moments())
	stack := []int{p.later}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if at == p.earlier {
			return true
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		stack = append(stack, t.before[at]...)
		if at < len(t.visits) && t.anchor[at] >= 0 && t.visits[at].opens() >= 0 {
			stack = append(stack, t.anchor[at])
		}
	}
	return false
}

// follows says that a wrong order is only what follows from one that was told: of
// the same visit and one that comes before the later for certain.
func (t *timeline) follows(told map[[2]int]bool, p pair) bool {
	for m, before := range t.earlier(p.later) {
		if before && told[[2]int{p.earlier, m}] {
			return true
		}
	}
	return false
}

// pair of visits of which one is meant to come first, and why that is meant.
type pair struct {
	earlier, later int
	why, path      string
	apart          bool // and never on the same day
}

// ordered lists pairs of visits that are meant to be in order: by their numbers,
// as dosing sessions, and as visits of an endpoint.
func (t *timeline) ordered() []pair {
	var out []pair
	var numbered, sessions []int
	for i := range t.visits {
		if t.visits[i].Number > 0 {
			numbered = append(numbered, i)
		}
		if t.visits[i].Kind == Session {
			sessions = append(sessions, i)
		}
	}
	slices.SortStableFunc(numbered, func(a, b int) int { return t.visits[a].Number - t.visits[b].Number })
	for n, b := range numbered {
		for m := n - 1; m >= 0; m-- { // the nearest first: it is told
			out = append(out, pair{numbered[m], b, "by its number", fmt.Sprintf("visits[%d].number", b), false})
		}
	}
	for n, b := range sessions {
		for m := n - 1; m >= 0; m-- {
			out = append(out, pair{sessions[m], b, "as a dosing session", fmt.Sprintf("visits[%d].before", b), true})
		}
	}
	for k, e := range t.c.d.Analysis.Endpoints {
		if t.c.toldAt(fmt.Sprintf("analysis.endpoints[%d]", k)) {
			continue
		}
		visits := append([]string{e.Baseline}, e.Visits...)
		for n := 1; n < len(visits); n++ {
			a, okA := t.index[visits[n-1]]
			b, okB := t.index[visits[n]]
			if okA && okB && a < len(t.visits) && b < len(t.visits) && a != b {
				out = append(out, pair{a, b, fmt.Sprintf("in the endpoint %s", e.ID), fmt.Sprintf("analysis.endpoints[%d].visits[%d]", k, n-1), false})
			}
		}
	}
	return out
}

func (t *timeline) wrongOrder(p pair, ch chain) {
	a, b := t.visits[p.earlier].ID, t.visits[p.later].ID
	how := fmt.Sprintf("could be held up to %s after it", dayCount(ch.days))
	if ch.days == 0 {
		how = "could be held on the same day"
	}
	if ch.days == stn.Unbounded {
		how = "may be held after it: nothing keeps them in order"
	}
	fix := fmt.Sprintf("Add %s to needs of %s, or narrow the windows", a, b)
	if ch.days == 0 {
		fix = fmt.Sprintf("Let the window of %s open later", b)
	} else if x := &t.visits[p.earlier]; x.When != "" || x.Optional || t.ofTreatment(p.earlier) && !t.ofTreatment(p.later) {
		fix = fmt.Sprintf("Narrow the windows so that %s cannot be held before %s", b, a)
	}
	var related []Place
	var texts []string
	for _, f := range ch.facts {
		related = t.relate(related, f)
		texts = append(texts, f.text)
	}
	message := fmt.Sprintf("%s comes before %s %s, but %s", a, b, p.why, how)
	if len(texts) > 0 {
		message += ": " + strings.Join(texts, "; ")
	}
	t.c.tell(Warning, p.path, "V102", message, fix, related)
}
