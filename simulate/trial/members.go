package trial

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
)

// members says who is in each population of the plan, by the doses taken and by the
// visits at which the outcome was rated: the plan's own expression, tried once for
// every combination.
type members struct {
	ids  []string
	in   [][]bool // by population: dose count x (1 << visits)
	size int      // 1 << visits
}

// standing knows what a participant's doses and rated visits are.
type standing struct {
	d     *Design
	doses int
	seen  int
	value float64
}

func (s standing) Var(name string) (any, bool) {
	switch name {
	case "consent.given", "person.enrolled":
		return true, true
	case "person.randomised":
		return s.d.def.Allocation != nil, true
	case "person.doses":
		return int64(s.doses), true
	case "treatment.stopped":
		return s.doses < len(s.d.calendar.sessions), true
	}
	visit, score, ok := strings.Cut(name, ".")
	if v := slices.Index(s.d.outcome.spec.Visits, visit); ok && v >= 0 && score == s.d.outcome.spec.Score {
		return s.value, s.seen&(1<<v) != 0
	}
	return nil, false
}

func (d *Design) makeMembers(*Source) error {
	k := d.outcome.visits
	if k > 12 {
		return fmt.Errorf("the outcome %s has %d visits; at most 12 are drawn at the outcome speed", d.outcome.spec.Score, k)
	}
	m := members{size: 1 << k}
	for _, p := range d.def.Analysis.Populations {
		program := d.def.Program(p.Expr)
		if program == nil {
			return fmt.Errorf("population %s has no expression", p.ID)
		}
		in := make([]bool, (len(d.calendar.sessions)+1)*m.size)
		for doses := range len(d.calendar.sessions) + 1 {
			for seen := range m.size {
				low, err1 := program.Test(standing{d, doses, seen, d.outcome.spec.Min})
				high, err2 := program.Test(standing{d, doses, seen, d.outcome.spec.Max})
				if err1 != nil || err2 != nil || low != high {
					if !d.used(p.ID) {
						continue
					}
					return fmt.Errorf("population %s depends on what the values are, not only on whether they were collected: use --speed full", p.ID)
				}
				in[doses*m.size+seen] = low == expr.True
			}
		}
		m.ids, m.in = append(m.ids, p.ID), append(m.in, in)
	}
	d.members = m
	return nil
}

// used says that a model that is run is of the population.
func (d *Design) used(population string) bool {
	return slices.ContainsFunc(d.models, func(m model) bool { return m.estimand.Population == population })
}

// member says that a participant is in the model's population.
func (w *Worker) member(m *model, i int) bool {
	p := w.populationOf[w.modelIndex(m)]
	if p < 0 {
		return true
	}
	x := &w.d.members
	return x.in[p][int(w.doses[i])*x.size+int(w.seen(i))]
}

func (w *Worker) modelIndex(m *model) int {
	for i := range w.d.models {
		if &w.d.models[i] == m {
			return i
		}
	}
	return 0
}

// countDoses tells how many dosing sessions everybody had: those before they left, or
// before treatment was stopped.
func (w *Worker) countDoses(n int) {
	t := &w.d.calendar
	for i := range n {
		until := w.leftDay[i]
		for e := range w.d.events {
			if w.d.events[e].stops {
				until = min(until, w.eventDay[e*n+i])
			}
		}
		count := uint8(0)
		for _, s := range t.sessions {
			if s.day <= until {
				count++
			}
		}
		w.doses[i] = count
	}
}

// responder is a yes or no made from the outcome, by its value at baseline and later.
type responder struct {
	id  string
	yes []bool // baseline x value
	low float64
	n   int // values
}

// change knows base, value and change, and nothing else of the form.
type change struct{ base, value float64 }

func (v change) Var(name string) (any, bool) {
	switch name {
	case "value":
		return v.value, true
	case "base":
		return v.base, true
	case "change":
		return v.value - v.base, true
	}
	return nil, false
}

// makeReplies takes the responder definitions of the primary endpoint that its score
// alone decides; others (such as the diagnosis) are told at the full speed only.
func (d *Design) makeReplies(*Source) error {
	e := primaryOf(d.def)
	if e == nil || e.Score != d.outcome.spec.Score || d.outcome.step != 1 {
		return nil
	}
	low, n := d.outcome.spec.Min, int(d.outcome.spec.Max-d.outcome.spec.Min)+1
	for _, r := range d.def.Analysis.Responders {
		program := d.def.ResponderProgram(r.ID)
		if program == nil || r.Endpoint != e.ID || !onlyScore(program) {
			continue
		}
		x := responder{id: r.ID, low: low, n: n, yes: make([]bool, n*n)}
		sound := true
		for b := range n {
			for v := range n {
				truth, err := program.Test(change{low + float64(b), low + float64(v)})
				sound = sound && err == nil && truth != expr.Unknown
				x.yes[b*n+v] = truth == expr.True
			}
		}
		if sound {
			d.replies = append(d.replies, x)
		}
	}
	return nil
}

func onlyScore(p *expr.Program) bool {
	return !slices.ContainsFunc(p.Uses(), func(name string) bool { return name != "base" && name != "value" && name != "change" })
}

func (r *responder) of(base, value float64) bool {
	return r.yes[int(base-r.low)*r.n+int(value-r.low)]
}
