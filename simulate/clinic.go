package simulate

import (
	"fmt"
	"strings"
	"time"

	"varde/access"
	"varde/protocol"
	"varde/study"
)

// clinic is one virtual site.
type clinic struct {
	w       *world
	spec    *protocol.SimSite
	zone    *time.Location
	rng     chance
	effect  float64              // standard normal: how much the site's participants differ
	staff   map[string][]staffer // by role
	pairs   [][2]staffer
	number  int               // participant numbers given
	rooms   map[study.Day]int // dosing sessions booked
	roomsIn int
}

// staffer is one virtual person who works at a site.
type staffer struct {
	actor access.Actor
}

// Invented, and neutral: any resemblance to a real person is chance.
var (
	givenNames  = []string{"Alex", "Robin", "Kim", "Sam", "Chris", "Jo", "Andrea", "Maria", "Ingrid", "Erik", "Noor", "Leila", "Tomas", "Daniel", "Ruth", "Hanna", "Omar", "Sofia", "Anders", "Eva"}
	familyNames = []string{"Alder", "Birch", "Cliff", "Dale", "Elm", "Ford", "Glen", "Heath", "Ivy", "Juniper", "Knoll", "Lake", "Moor", "North", "Oakley", "Pine", "Quill", "Ridge", "Stone", "Thorn", "Vale", "West", "Yarrow"}
)

// team is who works at each site. Therapists come in pairs.
var team = []struct {
	role  string
	count int
}{{"coordinator", 1}, {"physician", 1}, {"therapist", 0}, {"attendant", 1}, {"rater", 2}, {"adherence-rater", 1}, {"pharmacist", 1}, {"monitor", 1}, {"data-manager", 1}}

func (w *world) openClinic(index int, spec *protocol.SimSite) (*clinic, error) {
	zone, err := time.LoadLocation(spec.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("simulate: site %s: %w", spec.ID, err)
	}
	capacity := w.def.Staffing.Capacity
	c := &clinic{w: w, spec: spec, zone: zone, rng: stream(w.cfg.Seed, "site "+spec.ID, index), staff: map[string][]staffer{}, rooms: map[study.Day]int{}}
	c.effect = c.rng.NormFloat64()
	pairs := max(capacity.Pairs, 2)
	c.roomsIn = max(capacity.Rooms, 1)
	if err := w.setUp(study.OpenSite{Site: spec.ID, Name: spec.Name, Country: spec.Country, TimeZone: spec.TimeZone, Pairs: pairs, Rooms: c.roomsIn}); err != nil {
		return nil, err
	}
	names := c.rng.Perm(len(givenNames) * len(familyNames))
	for _, t := range team {
		count := t.count
		if t.role == "therapist" {
			count = 2 * pairs
		}
		for n := range count {
			k := names[0]
			names = names[1:]
			id := fmt.Sprintf("%s-%s", strings.ToLower(spec.ID), t.role)
			if count > 1 {
				id = fmt.Sprintf("%s-%d", id, n+1)
			}
			s := staffer{actor: access.Actor{ID: id, Name: givenNames[k%len(givenNames)] + " " + familyNames[k/len(givenNames)], Role: t.role, Study: w.cfg.Study, Sites: []string{spec.ID}}}
			if err := c.employ(&s, t.role == "therapist" && n%2 == 1); err != nil {
				return nil, err
			}
			c.staff[t.role] = append(c.staff[t.role], s)
		}
	}
	for i := 0; i+1 < len(c.staff["therapist"]); i += 2 {
		c.pairs = append(c.pairs, [2]staffer{c.staff["therapist"][i], c.staff["therapist"][i+1]})
	}
	return c, nil
}

// employ assigns a person with the credentials that the protocol asks of the role,
// and renews those that run out for as long as the study goes on. The second of a
// pair holds no licence where the protocol allows that.
func (c *clinic) employ(s *staffer, second bool) error {
	const early = 30 * 24 * time.Hour
	creds := map[string]string{}
	var renew time.Time
	for _, k := range c.w.def.Staffing.Credentials {
		pair := c.w.def.Staffing.Pair
		holds := false
		for _, r := range k.Roles {
			holds = holds || r == s.actor.Role
		}
		if !holds || second && k.ID == "licence" && pair.Licensed < pair.Size {
			continue
		}
		creds[k.ID] = ""
		if k.Expires > 0 {
			until := c.w.now.Add(k.Expires.Std())
			creds[k.ID] = until.In(c.zone).Format(time.DateOnly)
			if at := until.Add(-early); renew.IsZero() || at.Before(renew) {
				renew = at
			}
		}
	}
	if err := c.w.setUp(study.AssignStaff{Site: c.spec.ID, Person: s.actor.ID, Name: s.actor.Name, Role: s.actor.Role, Credentials: creds}); err != nil {
		return err
	}
	if !renew.IsZero() && renew.After(c.w.now) {
		kept := *s
		c.w.agenda.add(renew, func() {
			if c.w.over() {
				return // nobody is left to care for
			}
			if err := c.employ(&kept, second); err != nil && c.w.err == nil {
				c.w.err = err
			}
		})
	}
	return nil
}

// refer lets the next person come to the site: referrals are a Poisson process,
// and people are seen on weekdays.
func (c *clinic) refer() {
	mean := time.Duration(float64(7*24*time.Hour) / c.spec.Referrals)
	at := c.w.now.Add(c.rng.exponential(mean))
	c.w.agenda.add(at, func() {
		if c.w.recruited() || c.w.over() {
			return
		}
		if c.w.promised < c.w.total {
			c.admit()
		}
		c.refer()
	})
}

// book takes a room on the day, or the first weekday after it that has one.
func (c *clinic) book(day, latest study.Day) study.Day {
	for d := day; d <= latest; d++ {
		if !weekend(d) && c.rooms[d] < c.roomsIn {
			c.rooms[d]++
			return d
		}
	}
	c.rooms[day]++ // another room was found
	return day
}

// forget keeps the room book short.
func (c *clinic) forget(before study.Day) {
	for d := range c.rooms {
		if d < before {
			delete(c.rooms, d)
		}
	}
}
