package protocol

import (
	"fmt"
	"math"
	"slices"

	"varde/protocol/stn"
)

// weeks compares the nominal weeks of endpoints with the days on which their visits
// are due: the analysis and the figures speak of the weeks. When several endpoints
// agree on a week that the visit is not due in, the visit is told, else the week.
func (t *timeline) weeks() {
	wrong, right := map[int][]week{}, map[int]bool{}
	for k, e := range t.c.d.Analysis.Endpoints {
		base, ok := t.index[e.Baseline]
		if !ok || base >= len(t.visits) || len(e.Weeks) != len(e.Visits)+1 || t.c.toldAt(fmt.Sprintf("analysis.endpoints[%d]", k)) {
			continue
		}
		for n, id := range e.Visits {
			v, ok := t.index[id]
			if !ok || v >= len(t.visits) {
				continue
			}
			w := week{path: fmt.Sprintf("analysis.endpoints[%d].weeks[%d]", k, n+1), endpoint: e.ID, baseline: e.Baseline, first: e.Weeks[0], week: e.Weeks[n+1]}
			days, exact, ok := t.nominal(base, v)
			switch {
			case !ok || !exact:
				t.reachableWeek(w.path, id, base, v, int64(w.week-w.first))
			case isWeek(days, int64(w.week-w.first)):
				right[v] = true
			default:
				w.days = days
				wrong[v] = append(wrong[v], w)
			}
		}
	}
	for v := range t.visits {
		t.wrongWeeks(v, wrong[v], right[v])
	}
}

// week is one nominal week of an endpoint, and the day that it is not.
type week struct {
	path, endpoint, baseline string
	first, week              int
	days                     int64
}

func (t *timeline) wrongWeeks(v int, list []week, agreed bool) {
	id := t.visits[v].ID
	offset := fmt.Sprintf("visits[%d].offset", v)
	due := t.c.place(offset, fmt.Sprintf("%s is due %s", id, afterWords(t.visits[v].Anchor, int64(t.visits[v].Offset.Days()))))
	if len(list) > 1 && !agreed {
		var related []Place
		for _, w := range list {
			related = append(related, t.c.place(w.path, fmt.Sprintf("week %d in the endpoint %s", w.week, w.endpoint)))
		}
		w := list[0]
		t.c.tell(Warning, offset, "V103", fmt.Sprintf("%s is due %s, but %d endpoints call it another week, such as %d", id, afterWords(w.baseline, w.days), len(list), w.week),
			"Mend the offset, or the weeks of the endpoints", related)
		return
	}
	for _, w := range list {
		t.c.tell(Warning, w.path, "V103", fmt.Sprintf("%s is called week %d, but is due %s", id, w.week, afterWords(w.baseline, w.days)),
			fmt.Sprintf("Write week %d, or mend the visit's offset", w.first+int(math.Round(float64(w.days)/7))), []Place{due})
	}
}

// isWeek says that a day is in a week by either way of counting: weeks completed,
// or the nearest week.
func isWeek(days, week int64) bool {
	return week == int64(math.Floor(float64(days)/7)) || week == int64(math.Round(float64(days)/7))
}

// reachableWeek looks at the windows where gates between leave the very day open.
func (t *timeline) reachableWeek(at, id string, base, v int, week int64) {
	late, early := t.limit(t.facts, base, v, []int{base, v}), t.limit(t.facts, v, base, []int{base, v})
	tooEarly := late.days != stn.Unbounded && late.days < 7*week-3
	tooLate := early.days != stn.Unbounded && -early.days > 7*week+6
	if tooEarly || tooLate {
		t.c.warn(at, "V103", fmt.Sprintf("%s is called week %d, but its windows do not reach that week", id, week), "Mend the week, or the windows")
	}
}

// washouts makes sure that those who must stop a medicine when they are found
// eligible can still be dosed within the windows.
func (t *timeline) washouts() {
	first := -1
	for i := range t.visits {
		if t.visits[i].Kind == Session {
			first = i
			break
		}
	}
	if first < 0 {
		return
	}
	from := t.index[string(Enrolled)]
	if slices.ContainsFunc(t.c.d.Eligibility.Gates, func(g Gate) bool { return g.Gives == Eligible }) {
		from = t.index[string(Eligible)]
	}
	ch := t.latest(from, first, from, first)
	if ch.days == stn.Unbounded {
		return
	}
	for i, x := range t.c.d.Interactions {
		if x.Severity == "X" || int64(x.Washout.Days()) <= ch.days {
			continue
		}
		var related []Place
		for _, f := range ch.facts {
			related = t.relate(related, f)
		}
		t.c.tell(Warning, fmt.Sprintf("interactions[%d].washout", i), "V106",
			fmt.Sprintf("a wash-out of %s does not fit: %s is at most %s", dayCount(int64(x.Washout.Days())), t.visits[first].ID, afterWords(t.name(from), ch.days)),
			"Let the windows before the first dose be longer, or exclude those who take it", related)
	}
}
