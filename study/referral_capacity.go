package study

import (
	"slices"
	"time"

	"varde/protocol"
)

// Course is what the protocol plans for one person.
type Course struct {
	Days     int // from referral to the last treatment visit; 0 = the protocol has no treatment visit
	Sessions int // dosing sessions
}

// CourseOf reads the planned course from the offsets of the visits. A milestone that a
// gate gives happens at the gate's visit; any other one, on the day of the visit before.
func CourseOf(def *protocol.Definition) Course {
	var c Course
	days := make([]int, len(def.Visits))
	for i := range def.Visits {
		v := &def.Visits[i]
		days[i] = anchorDay(def, days, i, v.Anchor) + v.Offset.Days()
		if v.Kind == protocol.Session {
			c.Sessions++
		}
		if ofTreatment(v) {
			c.Days = max(c.Days, days[i])
		}
	}
	return c
}

// anchorDay answers the planned day of what visit i hangs on, by the days of the visits
// before it: a protocol lists its visits in their order.
func anchorDay(def *protocol.Definition, days []int, i int, anchor string) int {
	if anchor == string(Referred) {
		return 0
	}
	if j := def.VisitIndex(anchor); j >= 0 {
		return days[j]
	}
	for k := range def.Eligibility.Gates {
		if g := &def.Eligibility.Gates[k]; string(g.Gives) == anchor {
			if j := def.VisitIndex(g.At); j >= 0 {
				return days[j]
			}
		}
	}
	if i == 0 {
		return 0
	}
	return days[i-1]
}

// ofTreatment says that a visit belongs to the treatment part.
func ofTreatment(v *protocol.Visit) bool { return v.Treatment || v.Kind == protocol.Session }

// TreatmentPlace is what a participant takes of a site's capacity.
type TreatmentPlace struct {
	Taken time.Time // when the person was referred in
	Freed time.Time // when the place became free; zero = not yet
	Owed  int       // dosing sessions that they may still need
}

// TreatmentPlaceOf answers a participant's place. It becomes free when taking part or treatment
// ends, when the person turns out not to be suitable, or with the last treatment visit.
func TreatmentPlaceOf(def *protocol.Definition, s *State) TreatmentPlace {
	p := TreatmentPlace{Taken: s.Reached[Referred]}
	for _, t := range []time.Time{s.Out, s.Left, s.Stopped, s.Done, treated(def, s)} {
		if !t.IsZero() && (p.Freed.IsZero() || t.Before(p.Freed)) {
			p.Freed = t
		}
	}
	if !p.Freed.IsZero() {
		return p
	}
	for i := range def.Visits {
		if x := &s.Visits[i]; def.Visits[i].Kind == protocol.Session && x.Held.IsZero() && x.Missed == "" {
			p.Owed++
		}
	}
	return p
}

// treated answers when the treatment part was over, zero while it is not. Where the last
// treatment visit was missed, it was over with the last one that was held.
func treated(def *protocol.Definition, s *State) time.Time {
	var last time.Time
	over := false
	for i := range def.Visits {
		if !ofTreatment(&def.Visits[i]) || def.Visits[i].Optional {
			continue
		}
		x := &s.Visits[i]
		over = !x.Held.IsZero() || x.Missed != ""
		if x.Held.After(last) {
			last = x.Held
		}
	}
	if !over {
		return time.Time{}
	}
	return last
}

// Limit is what bounds how many a site can take.
type Limit string

// Limits.
const (
	LimitPairs    Limit = "pairs"    // people that the pairs can follow at once
	LimitSessions Limit = "sessions" // dosing sessions that the rooms can hold
	LimitUnknown  Limit = "unknown"  // neither protocol nor site says
)

// Capacity is what a site can do, and how it was reckoned.
type Capacity struct {
	Pairs, Rooms    int     // of the site, or by default of the protocol
	SessionsPerWeek float64 // by the site's rooms
	ByPairs         int     // people at once that the pairs can follow; -1 = not bounded
	BySessions      int     // people at once that the rooms can keep supplied with sessions; -1 = not bounded
	AtOnce          int     // the lower of the two; -1 = not known
	Taken, Owed     int     // places taken now, and sessions still owed to them
	Ahead           int     // sessions that the rooms can hold within one course from now; -1 = not bounded
	Free            int     // places free now; 0 when nothing is known
	Short           int     // how many must leave before a place is free, when more are taken in than there is room for
	Binds           Limit   // what bounds Free
	Course          Course
}

// CapacityOf reckons a site's capacity. The protocol's figures are for the pairs and
// rooms that it names; a site that states its own has them in proportion.
//
// Two things bound it. A pair can follow so many people at once: of those, the places
// taken are gone. The rooms hold so many sessions a week: within one course from now,
// those still owed to the people taken in are gone, and every new person needs a
// course's worth of the rest.
func CapacityOf(def *protocol.Definition, site *SiteState, taken, owed int) Capacity {
	plan := def.Staffing.Capacity
	c := Capacity{Pairs: plan.Pairs, Rooms: plan.Rooms, SessionsPerWeek: float64(plan.SessionsPerWeek), ByPairs: -1, BySessions: -1, AtOnce: -1, Ahead: -1,
		Taken: taken, Owed: owed, Binds: LimitUnknown, Course: CourseOf(def)}
	share := func(own, planned int) float64 {
		if own <= 0 || planned <= 0 {
			return 1
		}
		return float64(own) / float64(planned)
	}
	if site != nil && site.Pairs > 0 {
		c.Pairs = site.Pairs
	}
	if site != nil && site.Rooms > 0 {
		c.Rooms = site.Rooms
	}
	c.SessionsPerWeek *= share(c.Rooms, plan.Rooms)
	var free []int
	if plan.ParticipantsAtOnce > 0 {
		c.ByPairs = int(float64(plan.ParticipantsAtOnce)*share(c.Pairs, plan.Pairs) + 1e-9)
		c.Binds = LimitPairs
		free = append(free, c.ByPairs-taken)
	}
	if plan.SessionsPerWeek > 0 && c.Course.Sessions > 0 && c.Course.Days > 0 {
		c.Ahead = int(c.SessionsPerWeek*float64(c.Course.Days)/7 + 1e-9)
		c.BySessions = c.Ahead / c.Course.Sessions
		left := floorDiv(c.Ahead-owed, c.Course.Sessions)
		if len(free) == 0 || left < free[0] {
			c.Binds = LimitSessions
		}
		free = append(free, left)
	}
	if len(free) == 0 {
		return c
	}
	c.Free, c.Short = max(0, slices.Min(free)), max(0, -slices.Min(free))
	switch {
	case c.ByPairs < 0:
		c.AtOnce = c.BySessions
	case c.BySessions < 0:
		c.AtOnce = c.ByPairs
	default:
		c.AtOnce = min(c.ByPairs, c.BySessions)
	}
	return c
}

// floorDiv divides towards minus infinity: more owed than there is, is less than none.
func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
