package schedule

import (
	"fmt"
	"slices"

	"varde/protocol"
)

// days are the nominal days of visits and milestones: every visit on its target.
type days struct {
	of   map[string]int // whole days from the study's zero, of a visit or milestone that hangs together with it
	zero string         // the visit that is day 0
}

func (d days) known(id string) bool { _, ok := d.of[id]; return ok }

// edge says that To is Days after From, on the nominal timetable.
type edge struct {
	from, to string
	days     int
}

// nominalDays counts from the visit at which the main endpoint has its baseline; where
// there is none, from the first dosing session, or from the first visit. Milestones
// that a gate gives are on the day of the gate's visit; randomisation is on the day of
// enrolment, because nothing in a protocol puts time between them.
func nominalDays(def *protocol.Definition) days {
	var edges []edge
	for _, v := range def.Visits {
		edges = append(edges, edge{v.Anchor, v.ID, v.Offset.Days()})
	}
	for _, g := range def.Eligibility.Gates {
		edges = append(edges, edge{g.At, string(g.Gives), 0})
	}
	if def.Allocation != nil {
		edges = append(edges, edge{string(protocol.Enrolled), string(protocol.Randomised), 0})
	}
	next := map[string][]edge{}
	for _, e := range edges {
		next[e.from] = append(next[e.from], e)
		next[e.to] = append(next[e.to], edge{e.to, e.from, -e.days})
	}
	d := days{of: map[string]int{}, zero: dayZero(def)}
	if d.zero == "" {
		return d
	}
	d.of[d.zero] = 0
	for queue := []string{d.zero}; len(queue) > 0; queue = queue[1:] {
		for _, e := range next[queue[0]] {
			if !d.known(e.to) {
				d.of[e.to] = d.of[e.from] + e.days
				queue = append(queue, e.to)
			}
		}
	}
	return d
}

func dayZero(def *protocol.Definition) string {
	for _, e := range def.Analysis.Endpoints {
		if _, ok := def.Visit(e.Baseline); ok && e.Role == "primary" {
			return e.Baseline
		}
	}
	if i := slices.IndexFunc(def.Visits, func(v protocol.Visit) bool { return v.Kind == protocol.Session }); i >= 0 {
		return def.Visits[i].ID
	}
	if len(def.Visits) > 0 {
		return def.Visits[0].ID
	}
	return ""
}

// day and week of a visit, as printed.
func (b *builder) day(v *protocol.Visit) (day, week string) {
	if n, ok := b.days.of[v.ID]; ok {
		if n != 0 && n%7 == 0 {
			week = signed(n / 7)
		}
		return signed(n), week
	}
	anchor := b.place(v.Anchor)
	if v.Offset == 0 {
		return anchor, ""
	}
	return fmt.Sprintf("%s %s", anchor, b.w.span(v.Offset, true)), ""
}

// place names a visit or milestone.
func (b *builder) place(id string) string {
	if _, ok := b.def.Visit(id); ok {
		return id
	}
	return b.w.milestone(protocol.Milestone(id))
}

func (b *builder) window(v *protocol.Visit) string {
	if v.Before == 0 && v.After == 0 {
		return b.w.say("on the day", "samme dag")
	}
	whole := v.Before%protocol.Day == 0 && v.After%protocol.Day == 0
	if whole && v.Before == -v.After {
		return fmt.Sprintf("±%d d", v.After.Days())
	}
	if whole {
		return fmt.Sprintf("%s %s %s d", signed(v.Before.Days()), b.w.say("to", "til"), plus(v.After.Days()))
	}
	return fmt.Sprintf("%s %s %s", b.w.span(v.Before, true), b.w.say("to", "til"), b.w.span(v.After, true))
}

// signed writes a whole number with a real minus sign.
func signed(n int) string {
	if n < 0 {
		return fmt.Sprintf("−%d", -n)
	}
	return fmt.Sprint(n)
}

func plus(n int) string {
	if n > 0 {
		return "+" + signed(n)
	}
	return signed(n)
}
