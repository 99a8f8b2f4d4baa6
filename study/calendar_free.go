package study

import (
	"maps"
	"slices"
	"time"

	"varde/protocol"
)

// Hours within which times are suggested, on weekdays. They are suggestions only: a
// site's opening hours stand in no protocol, and any other time can be typed in.
const (
	firstHour   = 8
	lastHour    = 18
	longVisit   = 6 * time.Hour // begins by ten
	lastLong    = 10
	searchSteps = 2 * 24 * 90 // how far NextFree looks: three months of half hours
)

// FreeTime is a time when a visit could be held, with a room (none for a visit at a
// distance) and people who are free.
type FreeTime struct {
	At       time.Time
	Room     string
	Staff    []string
	InWindow bool
}

// Wanted narrows down which times are looked for.
type Wanted struct {
	From, Until Day      // both included
	Room        string   // "" = any
	Staff       []string // nil = any who may
	PerDay      int      // most for a day; 0 = 2
	Most        int      // 0 = 12
}

// FreeTimes answers when the visit could be held, soonest first. Who sat with the
// participant before is suggested first.
func FreeTimes(def *protocol.Definition, s *State, env Env, visit string, want Wanted) []FreeTime {
	i := def.VisitIndex(visit)
	if i < 0 || env.Site == nil {
		return nil
	}
	if want.PerDay <= 0 {
		want.PerDay = 2
	}
	if want.Most <= 0 {
		want.Most = 12
	}
	v, w := &def.Visits[i], Windows(def, s)[i]
	rooms := roomsFor(def, env.Site, v, want.Room)
	var out []FreeTime
	for day := max(want.From, DayOf(env.Now, env.Site.Zone)); day <= want.Until && len(out) < want.Most; day++ {
		if weekend(day) {
			continue
		}
		teams := [][]string{want.Staff}
		if len(want.Staff) == 0 {
			teams = TeamsFor(def, s, env.Site, v, day.Start(env.Site.Zone).Add(firstHour*time.Hour))
		}
		n := 0
		for _, at := range startsOn(day, env.Site.Zone, VisitLength(v)) {
			if n == want.PerDay || len(out) == want.Most {
				break
			}
			if !at.After(env.Now) {
				continue
			}
			if f, ok := fits(def, env, v, s.ID, at, rooms, teams); ok {
				f.InWindow = w.Contains(day)
				out = append(out, f)
				n++
			}
		}
	}
	return out
}

// roomsFor answers the rooms to choose from: [""] for a visit that takes none.
func roomsFor(def *protocol.Definition, site *SiteState, v *protocol.Visit, wished string) []string {
	if wished != "" {
		return []string{wished}
	}
	if v.Kind == protocol.Remote || v.Kind == protocol.Phone || v.Kind == protocol.Rating {
		return []string{""}
	}
	return RoomsOf(def, site)
}

func startsOn(day Day, zone *time.Location, length time.Duration) []time.Time {
	last := lastHour*time.Hour - length
	if length >= longVisit {
		last = lastLong * time.Hour
	}
	y, m, d := time.Unix(int64(day)*86400, 0).UTC().Date()
	var out []time.Time
	for h := firstHour; time.Duration(h)*time.Hour <= last; h++ {
		out = append(out, time.Date(y, m, d, h, 0, 0, 0, zone))
	}
	return out
}

func fits(def *protocol.Definition, env Env, v *protocol.Visit, participant string, at time.Time, rooms []string, teams [][]string) (FreeTime, bool) {
	for _, team := range teams {
		for _, room := range rooms {
			slot := SlotBooked{From: at, Until: at.Add(VisitLength(v)), Room: room, Staff: team, Participant: participant, Visit: v.ID}
			if len(env.Calendar.Clashes(slot)) == 0 && !full(def, env, v, slot) {
				return FreeTime{At: at.UTC(), Room: room, Staff: team}, true
			}
		}
	}
	return FreeTime{}, false
}

func full(def *protocol.Definition, env Env, v *protocol.Visit, slot SlotBooked) bool {
	most := def.Staffing.Capacity.SessionsPerWeek
	return v.Kind == protocol.Session && most > 0 && env.Calendar.sessionsInWeek(def, env.Site.Zone, slot) >= most
}

// TeamsFor answers who could hold the visit on a day, the participant's own people
// first: for a session, and other visits of the therapists, pairs that the protocol
// allows; else one person in one of the visit's roles. For an assessment by lot it is
// the rater who was drawn, or nobody.
func TeamsFor(def *protocol.Definition, s *State, site *SiteState, v *protocol.Visit, at time.Time) [][]string {
	if Rated(def, v) {
		if r := s.Ratings[v.ID].Rater; r != "" {
			return [][]string{{r}}
		}
		return [][]string{nil}
	}
	known := ownPeople(s)
	var able []string
	for _, id := range slices.Sorted(maps.Keys(site.Staff)) {
		if role, _ := MayHoldOn(def, site, v, site.Staff[id], at); role != "" && contains(v.By, role) {
			able = append(able, id)
		}
	}
	var out [][]string
	if def.Staffing.Pair.Size == 2 && contains(v.By, "therapist") && (v.Kind == protocol.Session || v.Treatment) {
		for i := range able {
			for _, second := range able[i+1:] {
				if pair := []string{able[i], second}; PairFault(def, site, pair, at).Empty() {
					out = append(out, pair)
				}
			}
		}
	}
	if v.Kind != protocol.Session && len(out) == 0 {
		for _, id := range able {
			out = append(out, []string{id})
		}
	}
	slices.SortStableFunc(out, func(a, b []string) int { return overlap(b, known) - overlap(a, known) })
	return out
}

func overlap(team []string, known map[string]bool) int {
	n := 0
	for _, id := range team {
		if known[id] {
			n++
		}
	}
	return n
}

// ownPeople are those who sat with the participant, or hold an appointment with them.
func ownPeople(s *State) map[string]bool {
	out := map[string]bool{}
	for _, x := range s.Sessions {
		for _, p := range x.Pair {
			out[p] = true
		}
	}
	for i := range s.Visits {
		for _, p := range s.Visits[i].Staff {
			out[p] = true
		}
		for _, p := range s.Visits[i].By {
			out[p] = true
		}
	}
	return out
}

// NextFree answers the next time on a weekday, within the hours that are suggested, when
// the very room and people of a slot are free; ok is false when there is none for three
// months.
func NextFree(def *protocol.Definition, env Env, v *protocol.Visit, slot SlotBooked) (at time.Time, ok bool) {
	zone := env.Site.Zone
	length := slot.Until.Sub(slot.From)
	at = slot.From
	for range searchSteps {
		at = at.Add(30 * time.Minute).Truncate(30 * time.Minute)
		local := at.In(zone)
		begin := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute
		late := begin+length > lastHour*time.Hour
		if length >= longVisit {
			late = begin > lastLong*time.Hour
		}
		if weekend(DayOf(at, zone)) || begin < firstHour*time.Hour || late {
			continue
		}
		next := slot
		next.From, next.Until = at, at.Add(length)
		if len(env.Calendar.Clashes(next)) == 0 && !full(def, env, v, next) {
			return at, true
		}
	}
	return time.Time{}, false
}
