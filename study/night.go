package study

import (
	"fmt"
	"time"

	"varde/protocol"
)

// PlanNight is a line of the night at the site after a session.
const PlanNight PlanKind = "night"

// NightMorning is the slot of the night's last line: the participant gets up and leaves.
const NightMorning = "night-morning"

// NightPlan answers what the attendant does in the night after a session that ended with
// the participant staying at the site, in the order of time; nothing when nobody stays or
// the protocol has no plan for it. The last line is the morning.
func NightPlan(def *protocol.Definition, s *State, x *SessionState) []PlanLine {
	if def.Dosing == nil || def.Dosing.Overnight == nil || x == nil || x.To != "overnight" || x.Discharged.IsZero() {
		return nil
	}
	n := def.Dosing.Overnight
	first, end, ok := nightOf(n, x.Discharged, s.Zone)
	if !ok {
		return nil
	}
	done := map[string]*FormState{}
	for _, f := range s.Records(x.Visit, n.Form) {
		if f.Slot != "" && done[f.Slot] == nil {
			done[f.Slot] = f
		}
	}
	var out []PlanLine
	add := func(id string, title Text, due time.Time) {
		l := PlanLine{ID: id, Kind: PlanNight, Title: title, Form: n.Form, Due: due, Latest: due.Add(n.Tolerance.Std()), By: n.By}
		if f := done[id]; f != nil {
			l.Record, l.Done = f, f.At()
		}
		out = append(out, l)
	}
	for k := 0; ; k++ {
		due := first.Add(time.Duration(k) * n.Every.Std())
		if !due.Before(end) {
			break
		}
		add(fmt.Sprintf("night-%d", k+1), say("Night check %d", "Nattsjekk %d", k+1), due)
	}
	add(NightMorning, Text{EN: "Morning: the participant gets up and leaves", NB: "Morgen: deltakeren står opp og drar"}, end)
	return out
}

// nightOf answers when the first check of a night is due and when it is morning, for
// somebody who is handed over at a moment.
func nightOf(n *protocol.Overnight, handed time.Time, zone *time.Location) (first, end time.Time, ok bool) {
	from, okFrom := protocol.TimeOfDay(n.From)
	until, okUntil := protocol.TimeOfDay(n.Until)
	if !okFrom || !okUntil || n.Every <= 0 {
		return first, end, false
	}
	if zone == nil {
		zone = time.UTC
	}
	local := handed.In(zone)
	at := func(days int, clock time.Duration) time.Time {
		// By the clock on the wall: a night in which the clocks change is an hour longer or shorter.
		return time.Date(local.Year(), local.Month(), local.Day()+days, 0, int(clock/time.Minute), 0, 0, zone)
	}
	days := 0
	if end = at(0, until); !end.After(handed) {
		days, end = 1, at(1, until)
	}
	if first = at(days, from); !first.Before(end) {
		first = at(days-1, from)
	}
	if first.Before(handed) {
		first = handed
	}
	return first, end, true
}

// NextOfNight answers the line of the night that is next: the first after the last that
// was done. A check that was left out is over when a later one is done. ok is false when
// the night is over, or there is none.
func NextOfNight(plan []PlanLine) (next PlanLine, ok bool) {
	last := -1
	for i, l := range plan {
		if !l.Done.IsZero() {
			last = i
		}
	}
	if last+1 >= len(plan) {
		return PlanLine{}, false
	}
	return plan[last+1], true
}

// nightSlot answers which line a check belongs to that names none: the last one due by
// then, give or take its tolerance, unless that is done. The morning is always named.
func nightSlot(plan []PlanLine, at time.Time) string {
	slot := ""
	for _, l := range plan {
		if l.ID == NightMorning || at.Before(l.Due.Add(-l.Latest.Sub(l.Due))) {
			break
		}
		slot = l.ID
		if !l.Done.IsZero() {
			slot = ""
		}
	}
	return slot
}

// night is the attendant's next task, for each night that is not over.
func (b *taskList) night() {
	for i := range b.def.Visits {
		x := b.s.Sessions[b.def.Visits[i].ID]
		if l, ok := NextOfNight(NightPlan(b.def, b.s, x)); ok {
			b.add(Task{ID: "slot/" + x.Visit + "/" + l.ID, Kind: TaskSessionForm, Title: l.Title, Roles: l.By, Visit: x.Visit, Form: l.Form, Ref: l.ID, Opens: l.Due, Due: l.Due, Closes: l.Latest})
		}
	}
}
