package study

import (
	"slices"
	"strings"
	"time"

	"varde/protocol"
)

// CalendarStream holds which rooms and people of a site are taken when. Two bookings of
// the same room are two writers of one stream: only one can win.
func CalendarStream(site string) string { return "calendar/" + site }

type (
	// SlotBooked takes a room and people for a visit. Booking the same visit again moves it.
	SlotBooked struct {
		From        time.Time `json:"from"`
		Participant string    `json:"participant"`
		Room        string    `json:"room,omitempty"`
		Staff       []string  `json:"staff,omitempty"`
		Until       time.Time `json:"until"`
		Visit       string    `json:"visit"`
	}
	// SlotFreed gives them back.
	SlotFreed struct {
		Participant string `json:"participant"`
		Visit       string `json:"visit"`
	}
)

func (SlotBooked) eventType() string { return "calendar.booked" }
func (SlotFreed) eventType() string  { return "calendar.freed" }

// Calendar is what the record tells of a site's rooms and people: what ended more than
// slotsKept before the last event is dropped. It is never changed once made.
type Calendar struct {
	Version  int64
	Recorded time.Time
	Slots    []SlotBooked // in the order of From
}

// slotsKept is how long a slot that is over stays in memory. The record keeps it.
const slotsKept = 35 * 24 * time.Hour

// EvolveCalendar answers the calendar after the event.
func EvolveCalendar(c *Calendar, e Event) *Calendar {
	n := &Calendar{Version: e.Version, Recorded: e.Recorded}
	var of SlotFreed // what the event is about
	booked, isBooked := e.Data.(SlotBooked)
	if isBooked {
		of = SlotFreed{booked.Participant, booked.Visit}
	} else if d, ok := e.Data.(SlotFreed); ok {
		of = d
	}
	if c != nil {
		n.Slots = make([]SlotBooked, 0, len(c.Slots)+1)
		for _, x := range c.Slots {
			if (x.Participant != of.Participant || x.Visit != of.Visit) && e.Recorded.Sub(x.Until) < slotsKept {
				n.Slots = append(n.Slots, x)
			}
		}
	}
	if isBooked {
		i, _ := slices.BinarySearchFunc(n.Slots, booked, inOrderOfDay)
		n.Slots = slices.Insert(n.Slots, i, booked)
	}
	return n
}

func inOrderOfDay(a, b SlotBooked) int {
	if c := a.From.Compare(b.From); c != 0 {
		return c
	}
	if c := strings.Compare(a.Participant, b.Participant); c != 0 {
		return c
	}
	return strings.Compare(a.Visit, b.Visit)
}

// Clash is a slot in the way of another: the room, or a person, or both are taken.
type Clash struct {
	Slot SlotBooked
	Room bool
	Who  []string // of those asked for
}

// Clashes answers what is in the way of a slot, in the order of the day. The visit's own
// slot is not: it would be moved.
func (c *Calendar) Clashes(want SlotBooked) []Clash {
	if c == nil {
		return nil
	}
	var out []Clash
	for _, x := range c.Slots {
		if !x.From.Before(want.Until) {
			break // the rest begins later
		}
		if !x.Until.After(want.From) || x.Participant == want.Participant && x.Visit == want.Visit {
			continue
		}
		k := Clash{Slot: x, Room: want.Room != "" && x.Room == want.Room}
		for _, p := range want.Staff {
			if slices.Contains(x.Staff, p) {
				k.Who = append(k.Who, p)
			}
		}
		if k.Room || len(k.Who) > 0 {
			out = append(out, k)
		}
	}
	return out
}

// Slot answers the slot of a visit.
func (c *Calendar) Slot(participant, visit string) (SlotBooked, bool) {
	if c != nil {
		for _, x := range c.Slots {
			if x.Participant == participant && x.Visit == visit {
				return x, true
			}
		}
	}
	return SlotBooked{}, false
}

// sessionsInWeek counts the dosing sessions booked in the calendar week of a day, besides
// the visit's own.
func (c *Calendar) sessionsInWeek(def *protocol.Definition, zone *time.Location, want SlotBooked) int {
	if c == nil {
		return 0
	}
	year, week := want.From.In(zone).ISOWeek()
	n := 0
	for _, x := range c.Slots {
		y, w := x.From.In(zone).ISOWeek()
		if v, ok := def.Visit(x.Visit); ok && v.Kind == protocol.Session && y == year && w == week && (x.Participant != want.Participant || x.Visit != want.Visit) {
			n++
		}
	}
	return n
}

// Booked says that the visit's appointment takes a room or people.
func (v VisitState) Booked() bool { return !v.Off && (v.Room != "" || len(v.Staff) > 0) }

// Booked says that any visit takes a room or people.
func (s *State) Booked() bool {
	for i := range s.Visits {
		if s.Visits[i].Booked() {
			return true
		}
	}
	return false
}

// callOff takes an event into account after which appointments stand no more: those that
// were not kept, all that are to come when the participant leaves, and those of the
// treatment when it is stopped.
func (s *State) callOff(def *protocol.Definition, e Event) {
	off := func(i int) {
		if s.Visits[i].Planned.IsZero() || s.Visits[i].Off {
			return
		}
		s.own(partVisits)
		s.Visits[i].Off, s.Visits[i].Changed = true, e.Recorded
	}
	switch d := e.Data.(type) {
	case VisitMissed:
		if i := def.VisitIndex(d.Visit); i >= 0 {
			off(i)
		}
	case VisitHeld:
		// Held on an earlier day: nobody comes on the day it was planned for. On the day
		// itself the room and the people are in use.
		if i := def.VisitIndex(d.Visit); i >= 0 {
			s.Visits[i].Changed = e.Recorded // the visits are our own since the visit was held
			if p := s.Visits[i].Planned; !p.IsZero() && DayOf(e.At, s.Zone) < DayOf(p, s.Zone) {
				off(i)
			}
		}
	case TreatmentStopped, ParticipantWithdrawn, ParticipantLost, ParticipantCompleted, EligibilityDecided, PersonPrescreened:
		gone := s.Status().Gone()
		for i := range s.Visits {
			v := &def.Visits[i]
			ended := v.Treatment && !s.Stopped.IsZero() && !contains(def.Withdrawal.FollowUp, v.ID)
			if s.Visits[i].Held.IsZero() && (gone || ended) {
				off(i)
			}
		}
	}
}

// freed gives back what the state before had booked and the state now has not.
func (d *decision) freed(before *State) {
	if before == nil || d.s == before {
		return
	}
	for i := range before.Visits {
		if i < len(d.s.Visits) && before.Visits[i].Booked() && !d.s.Visits[i].Booked() {
			d.elsewhere(CalendarStream(d.s.Site), SlotFreed{Participant: d.s.ID, Visit: d.def.Visits[i].ID})
		}
	}
}

// planned takes an appointment into account.
func (v *VisitState) planned(d VisitPlanned, recorded time.Time) {
	v.Planned, v.Room, v.Staff, v.Off = d.Time, d.Room, d.Staff, false
	v.Plans++
	v.Changed = recorded
}
