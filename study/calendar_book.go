package study

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"varde/access"
	"varde/protocol"
)

// leastMinutes is the length of a visit to which the protocol gives none.
const leastMinutes = 30

// VisitLength answers how long a visit takes by the protocol.
func VisitLength(v *protocol.Visit) time.Duration {
	if v.Minutes <= 0 {
		return leastMinutes * time.Minute
	}
	return time.Duration(v.Minutes) * time.Minute
}

// RoomsOf answers the rooms of a site by name, "1" first: as many as the site says, or
// where it says nothing, the protocol.
func RoomsOf(def *protocol.Definition, site *SiteState) []string {
	n := def.Staffing.Capacity.Rooms
	if site != nil && site.Rooms > 0 {
		n = site.Rooms
	}
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i + 1)
	}
	return out
}

// MayHoldOn says in which role a member of the site may hold the visit on a day, "" in
// none, and otherwise why not: the roles of the visit that the member has, delegated on
// that day and with every credential the protocol asks of the role.
func MayHoldOn(def *protocol.Definition, site *SiteState, v *protocol.Visit, m StaffMember, at time.Time) (role string, fault Text) {
	roles := v.By
	if v.Kind != protocol.Rating && v.Kind != protocol.Session && !contains(roles, "coordinator") {
		roles = append(slices.Clip(slices.Clone(roles)), "coordinator") // who may hold it stands in visitBy
	}
	day := DayOf(at, site.Zone).String()
	fault = say("%s has none of the roles that hold this visit on that day: %s", "%s har ingen av rollene som gjennomfører dette besøket den dagen: %s",
		m.Name, Text{EN: joinRoles(v.By, "en"), NB: joinRoles(v.By, "nb")})
	for _, r := range roles {
		if !m.Serves(r, day) {
			continue
		}
		t := CredentialFault(def, site, m, r, at)
		if t.Empty() {
			return r, Text{}
		}
		fault = t
	}
	return "", fault
}

// slotFor answers what an appointment takes, empty when it asks for neither room nor
// people, and a refusal when they cannot be had.
func (d *decision) slotFor(v *protocol.Visit, at time.Time, c PlanVisit) (SlotBooked, *Refusal) {
	staff := slices.Clone(c.Staff)
	slices.Sort(staff)
	if n := len(staff); n > 0 {
		if staff = slices.Compact(staff); len(staff) < n {
			return SlotBooked{}, invalid("staff", "staff-twice", "somebody is named twice", "noen er oppgitt to ganger")
		}
	} else {
		staff = nil
	}
	slot := SlotBooked{From: at, Participant: d.s.ID, Room: c.Room, Staff: staff, Until: at.Add(VisitLength(v)), Visit: v.ID}
	if c.Room == "" && staff == nil {
		return slot, nil
	}
	if d.env.Site == nil || d.env.Calendar == nil {
		return slot, against("no-calendar", "rooms and people cannot be booked here: make the appointment without them", "rom og personer kan ikke bookes her: gjør avtalen uten dem")
	}
	if c.Room != "" && !contains(RoomsOf(d.def, d.env.Site), c.Room) {
		return slot, invalid("room", "no-such-room", "the site has no such room: choose one of the list", "stedet har ikke et slikt rom: velg et fra listen")
	}
	if r := d.staffFault(v, staff, at); r != nil {
		return slot, r
	}
	if clashes := d.env.Calendar.Clashes(slot); len(clashes) > 0 {
		return slot, d.taken(v, slot, clashes)
	}
	return slot, d.weekFull(v, slot)
}

func (d *decision) staffFault(v *protocol.Visit, staff []string, at time.Time) *Refusal {
	if len(staff) == 0 {
		return nil
	}
	if Rated(d.def, v) {
		// Who rates is drawn by lot, and may stand in no staff list of this site.
		if drawn := d.s.Ratings[v.ID].Rater; len(staff) != 1 || staff[0] != drawn {
			return invalid("staff", "rater-by-lot", "the rater is drawn by lot: name nobody, or the one who was drawn", "vurdereren trekkes ved lodd: oppgi ingen, eller den som er trukket")
		}
		return nil
	}
	var pair []string
	covered := false
	for _, id := range staff {
		m, ok := member(d.env.Site, id)
		if !ok {
			return invalid("staff", "not-staff", fmt.Sprintf("%s is not staff at this site", id), fmt.Sprintf("%s er ikke ansatt ved stedet", id))
		}
		role, fault := MayHoldOn(d.def, d.env.Site, v, m, at)
		if role == "" {
			r := refuse(Against, "staff-cannot", fault)
			r.Field = "staff"
			return r
		}
		covered = covered || contains(v.By, role) || role == "coordinator"
		if role == "therapist" {
			pair = append(pair, id)
		}
	}
	if !covered {
		return invalid("staff", "role-not-covered", "nobody of them holds this visit by the protocol", "ingen av dem gjennomfører dette besøket etter protokollen")
	}
	if v.Kind == protocol.Session && contains(v.By, "therapist") {
		if t := PairFault(d.def, d.env.Site, pair, at); !t.Empty() {
			r := refuse(Against, "pair", say("these people cannot hold the session: %s", "disse kan ikke gjennomføre økten: %s", t))
			r.Field = "staff"
			return r
		}
	}
	return nil
}

// taken says what is taken until when, and the next time when all is free. Whose visit
// is in the way is not said: a rater must not learn of others' visits.
func (d *decision) taken(v *protocol.Visit, slot SlotBooked, clashes []Clash) *Refusal {
	zone := d.env.Site.Zone
	k := clashes[0]
	what := Text{EN: "room " + k.Slot.Room, NB: "rom " + k.Slot.Room}
	field := "room"
	if !k.Room {
		field = "staff"
		m, _ := member(d.env.Site, k.Who[0])
		if m.Name == "" {
			m.Name = k.Who[0]
		}
		if k.Who[0] == d.env.Actor.ID {
			m.Name = d.env.Actor.Name
		}
		what = Text{EN: m.Name, NB: m.Name}
	}
	until := k.Slot.Until.In(zone)
	t := say("%s is taken until %s", "%s er opptatt til %s", what, moment(until))
	if next, ok := NextFree(d.def, d.env, v, slot); ok {
		t = say("%s; the next time when all is free is %s", "%s; neste tid da alt er ledig, er %s", t, moment(next.In(zone)))
	}
	r := refuse(Against, "taken", t)
	r.Field = field
	return r
}

func (d *decision) weekFull(v *protocol.Visit, slot SlotBooked) *Refusal {
	most := d.def.Staffing.Capacity.SessionsPerWeek
	if v.Kind != protocol.Session || most <= 0 || d.env.Calendar.sessionsInWeek(d.def, d.env.Site.Zone, slot) < most {
		return nil
	}
	t := say("the site holds %d dosing sessions a week, and that week is full", "stedet gjennomfører %d doseringsøkter i uken, og den uken er full", most)
	if next, ok := NextFree(d.def, d.env, v, slot); ok {
		t = say("%s; the next time when all is free is %s", "%s; neste tid da alt er ledig, er %s", t, moment(next.In(d.env.Site.Zone)))
	}
	r := refuse(Against, "week-full", t)
	r.Field = "time"
	return r
}

var (
	weekdays = [...]Text{{EN: "Sunday", NB: "søndag"}, {EN: "Monday", NB: "mandag"}, {EN: "Tuesday", NB: "tirsdag"}, {EN: "Wednesday", NB: "onsdag"},
		{EN: "Thursday", NB: "torsdag"}, {EN: "Friday", NB: "fredag"}, {EN: "Saturday", NB: "lørdag"}}
	months = [...]Text{{EN: "January", NB: "januar"}, {EN: "February", NB: "februar"}, {EN: "March", NB: "mars"}, {EN: "April", NB: "april"}, {EN: "May", NB: "mai"},
		{EN: "June", NB: "juni"}, {EN: "July", NB: "juli"}, {EN: "August", NB: "august"}, {EN: "September", NB: "september"}, {EN: "October", NB: "oktober"},
		{EN: "November", NB: "november"}, {EN: "December", NB: "desember"}}
)

// moment writes a time of the site as people say it, in both languages.
func moment(t time.Time) Text {
	day, month := weekdays[t.Weekday()], months[t.Month()-1]
	return Text{
		EN: fmt.Sprintf("%s %d %s at %s", day.EN, t.Day(), month.EN, t.Format("15:04")),
		NB: fmt.Sprintf("%s %d. %s kl. %s", day.NB, t.Day(), month.NB, t.Format("15.04")),
	}
}

// offeredDays bounds how many days a rater may choose among. How wide a window is would
// tell which assessment it belongs to.
const offeredDays = 5

// RatingDays answers the days on which the rater may book an assessment, at most
// offeredDays of them and never more than the narrowest window of any assessment has:
// from today, or from the day the window opens. When the window has passed, the days
// from today: then the assessment is late, and better held than not. Saturdays and
// Sundays are left out where the window has other days.
func RatingDays(def *protocol.Definition, s *State, visit string, now time.Time) []Day {
	i := def.VisitIndex(visit)
	if i < 0 {
		return nil
	}
	most := offeredDays
	for k := range def.Visits {
		if v := &def.Visits[k]; Rated(def, v) {
			most = min(most, v.After.Days()-v.Before.Days()+1)
		}
	}
	today := DayOf(now, s.Zone)
	from, last := today, today+Day(4*offeredDays)
	if w := Windows(def, s)[i]; w.Known {
		from = max(from, w.Opens)
		if last = w.Closes; last < from {
			last = from + Day(4*offeredDays)
		}
	}
	out := days(from, last, most, weekend)
	if len(out) == 0 {
		out = days(from, last, most, func(Day) bool { return false })
	}
	return out
}

func days(from, last Day, most int, skip func(Day) bool) []Day {
	var out []Day
	for d := from; d <= last && len(out) < most; d++ {
		if !skip(d) {
			out = append(out, d)
		}
	}
	return out
}

// weekend says that the day is a Saturday or a Sunday. Day 0 was a Thursday.
func weekend(d Day) bool {
	n := (d%7 + 7) % 7
	return n == 2 || n == 3
}

// dayForRater keeps a rater who books an assessment themselves to the days offered. Any
// other answer would let them feel out the window, and with it the visit.
func (d *decision) dayForRater(v *protocol.Visit, at time.Time) *Refusal {
	if d.env.Actor.Role != "rater" || !Rated(d.def, v) || !access.HidesVisit(d.def, "rater") || !v.Hides {
		return nil
	}
	if at.Before(d.env.Now) {
		return invalid("time", "time-passed", "this time has passed: choose a later one", "dette tidspunktet er passert: velg et senere")
	}
	if !slices.Contains(RatingDays(d.def, d.s, v.ID, d.env.Now), DayOf(at, d.s.Zone)) {
		return invalid("time", "day-not-offered", "this day cannot be booked: choose one of the days offered", "denne dagen kan ikke bookes: velg en av dagene som tilbys")
	}
	return nil
}
