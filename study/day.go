package study

import (
	"slices"
	"time"

	"varde/protocol"
)

// Day is a calendar day, counted from 1970-01-01. Windows are counted in days at
// the site, because "three weeks later" is a day there, and not a number of hours.
type Day int32

// DayOf answers the calendar day of a moment in a time zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Start answers the day's first moment in a time zone.
func (d Day) Start(zone *time.Location) time.Time {
	y, m, n := time.Unix(int64(d)*86400, 0).UTC().Date()
	t := time.Date(y, m, n, 0, 0, 0, 0, zone)
	// Where clocks go forward at midnight, that midnight does not exist, and Date
	// may answer a moment of the day before.
	for DayOf(t, zone) < d {
		t = t.Add(15 * time.Minute)
	}
	return t
}

// End answers the last second of the day in a time zone.
func (d Day) End(zone *time.Location) time.Time { return (d + 1).Start(zone).Add(-time.Second) }

func (d Day) String() string {
	return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly)
}

// Window is when a visit should be. Known is false while its anchor has not
// happened and nothing can be reckoned; Firm when the anchor has happened.
type Window struct {
	Target Day
	Opens  Day
	Closes Day
	Known  bool
	Firm   bool
}

// Contains says that the day is in the window.
func (w Window) Contains(d Day) bool { return w.Known && d >= w.Opens && d <= w.Closes }

// Windows answers the windows of all visits, by index in the protocol's visits.
// An anchor that was held counts from the day it was held; one that was not, from
// its own target.
func Windows(def *protocol.Definition, s *State) []Window {
	out := make([]Window, len(def.Visits))
	state := make([]uint8, len(def.Visits)) // 0 new, 1 under way, 2 done
	for i := range def.Visits {
		window(def, s, i, out, state)
	}
	return out
}

func window(def *protocol.Definition, s *State, i int, out []Window, state []uint8) Window {
	if state[i] != 0 {
		return out[i] // a cycle is refused by the checker; here it just ends
	}
	state[i] = 1
	v := &def.Visits[i]
	base, known, firm := anchor(def, s, v.Anchor, out, state)
	if known {
		t := base + Day(v.Offset.Days())
		out[i] = Window{Target: t, Opens: t + Day(v.Before.Days()), Closes: t + Day(v.After.Days()), Known: true, Firm: firm}
	}
	state[i] = 2
	return out[i]
}

func anchor(def *protocol.Definition, s *State, name string, out []Window, state []uint8) (base Day, known, firm bool) {
	if j := def.VisitIndex(name); j >= 0 {
		if held := s.Visits[j].Held; !held.IsZero() {
			return DayOf(held, s.Zone), true, true
		}
		w := window(def, s, j, out, state)
		return w.Target, w.Known, w.Firm && neverHeld(def, s, j)
	}
	if t, ok := s.Reached[protocol.Milestone(name)]; ok {
		return DayOf(t, s.Zone), true, true
	}
	return 0, false, false
}

// neverHeld says that a visit will not take place any more: it was missed, or it is
// a treatment and treatment is stopped. What hangs on it counts from its target.
func neverHeld(def *protocol.Definition, s *State, i int) bool {
	v := &def.Visits[i]
	return s.Visits[i].Missed != "" || v.Treatment && !s.Stopped.IsZero() && !slices.Contains(def.Withdrawal.FollowUp, v.ID)
}
