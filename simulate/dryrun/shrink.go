package dryrun

import (
	"math/rand/v2"
	"slices"

	"varde/instrument"
	"varde/study"
)

// mostTellings bounds how often a story is retold to make it shorter.
const mostTellings = 600

// shrunk answers the shortest story found that breaks the same promise in the same
// place: parts of it are left out while it still does (delta debugging), and then every
// answer that a person whom nothing keeps away would give differently is put back.
func (w *world) shrunk(l *life) *life {
	want := l.broken
	steps := l.story()
	if l.last == nil || !sameStep(l.last.step, want.Step) {
		steps = append(steps, want.Step)
	}
	t := &teller{w: w, want: want}
	best := t.tell(steps)
	if best == nil {
		return l
	}
	steps, best = t.cut(steps, best)
	steps, best = t.plain(steps, best)
	_, best = t.cut(steps, best)
	return best
}

func sameStep(a, b Step) bool {
	return a.Now.Equal(b.Now) && a.Actor == b.Actor && nameOf(a.Command) == nameOf(b.Command)
}

type teller struct {
	w    *world
	want *Broken
	told int
}

// tell tells steps anew, and answers the life when it breaks the same promise.
func (t *teller) tell(steps []Step) *life {
	t.told++
	l := t.w.retold(steps)
	if l.broken == nil {
		switch {
		case t.want.end != asFound:
			n := *l
			n.rng = rand.New(rand.NewPCG(2, 2))
			n.end(t.want.end, false)
			if n.broken != nil && n.broken.key() == t.want.key() {
				l.broken = n.broken
			}
		case t.want.Promise == "owner":
			l.owned()
		case t.want.Promise == "record":
			l.retells()
		}
	}
	if l.broken == nil || l.broken.key() != t.want.key() {
		return nil
	}
	return l
}

// cut leaves out parts, large ones first.
func (t *teller) cut(steps []Step, best *life) ([]Step, *life) {
	for size := max(len(steps)/2, 1); ; size /= 2 {
		for from := 0; from < len(steps) && t.told < mostTellings; {
			to := min(from+size, len(steps))
			shorter := slices.Concat(steps[:from], steps[to:])
			if l := t.tell(shorter); l != nil {
				steps, best = shorter, l
			} else {
				from = to
			}
		}
		if size <= 1 {
			return steps, best
		}
	}
}

// plain puts back what need not be strange: clocks that are off, and answers.
func (t *teller) plain(steps []Step, best *life) ([]Step, *life) {
	for i := range steps {
		for _, simpler := range t.w.simpler(steps[i]) {
			if t.told >= 2*mostTellings {
				return steps, best
			}
			try := slices.Clone(steps)
			try[i] = simpler
			if l := t.tell(try); l != nil {
				steps, best = try, l
			}
		}
	}
	return steps, best
}

// simpler answers plainer forms of a step.
func (w *world) simpler(x Step) []Step {
	c, ok := x.Command.(study.SaveForm)
	if !ok {
		return nil
	}
	var out []Step
	well := w.well.forms[c.Form]
	odd := 0
	for id, v := range c.Items {
		if usual, known := well[id]; known && v.Kind() != instrument.None && !v.Equal(usual) {
			odd++
		}
	}
	if odd < 2 {
		return nil
	}
	for _, id := range sortedKeys(c.Items) {
		usual, known := well[id]
		if !known || c.Items[id].Equal(usual) {
			continue
		}
		n := c
		n.Items = make(study.Values, len(c.Items))
		for k, v := range c.Items {
			n.Items[k] = v
		}
		n.Items[id] = usual
		y := x
		y.Command = n
		out = append(out, y)
	}
	return out
}
