package trial

import (
	"errors"
	"fmt"
	"math"

	"varde/protocol"
)

// horizon is how long a trial may take; one that is not recruited by then never is.
const horizonWeeks = 52 * 60

// timetable is when things happen, in days: after referral until somebody may begin
// treatment (ready), and from the beginning of treatment on.
type timetable struct {
	ready        float64 // from referral to being found eligible
	randomised   float64 // from here on after ready
	firstSession float64
	sessions     []session
	treated      float64   // the end of treatment: the place is free again
	rated        []float64 // by visit of the outcome; baseline first
	main         int       // in rated
	mainBefore   float64   // window of the main visit
	mainAfter    float64
	last         float64 // last visit of all
	lastBefore   float64
	lastAfter    float64
	late         float64 // share of visits after their window
	prescreen    float64
	screening    float64
}

type session struct{ day, before, after float64 }

// site is what a simulated site can do.
type site struct {
	id       string
	opens    float64
	mean     float64 // days between referrals
	atOnce   int
	weekly   uint16
	firstDay int // of its places in Worker.free
}

func (d *Design) makeCalendar(s *Source) error {
	sim := d.def.Simulation
	t := timetable{late: sim.Imperfection.LateVisit, prescreen: sim.Prescreen.Rate, screening: d.Setting.get("screening", sim.Screening.Rate)}
	t.ready, _ = s.drawing.GateDay(protocol.Eligible)
	if day, ok := s.drawing.GateDay(protocol.Randomised); ok {
		t.randomised = max(0, day-t.ready)
	}
	t.firstSession = t.randomised
	for i := range d.def.Visits {
		v := &d.def.Visits[i]
		day, ok := s.drawing.Day(v.ID)
		if !ok {
			continue
		}
		day -= t.ready
		if day > t.last && !v.Optional {
			t.last, t.lastBefore, t.lastAfter = day, -days(v.Before), days(v.After)
		}
		if v.Treatment || v.Kind == protocol.Session {
			t.treated = max(t.treated, day)
		}
		if v.Kind == protocol.Session && !v.Optional {
			t.sessions = append(t.sessions, session{day, -days(v.Before), days(v.After)})
		}
	}
	if len(t.sessions) > 0 {
		t.firstSession = t.sessions[0].day
	}
	main := ""
	if e := primaryOf(d.def); e != nil {
		main = e.At
	}
	o := &sim.Outcomes[0]
	t.main = len(o.Visits) - 1
	for i, v := range o.Visits {
		day, ok := s.drawing.Day(v)
		if !ok {
			return fmt.Errorf("the outcome %s is rated at %s, which is no visit", o.Score, v)
		}
		t.rated = append(t.rated, day-t.ready)
		if v == main {
			t.main = i
		}
	}
	if v, ok := d.def.Visit(o.Visits[t.main]); ok {
		t.mainBefore, t.mainAfter = -days(v.Before), days(v.After)
	}
	d.calendar = t
	return d.makeSites()
}

func days(x protocol.Duration) float64 { return x.Std().Hours() / 24 }

func primaryOf(def *protocol.Definition) *protocol.Endpoint {
	for i := range def.Analysis.Endpoints {
		if def.Analysis.Endpoints[i].Role == "primary" {
			return &def.Analysis.Endpoints[i]
		}
	}
	return nil
}

// makeSites works out what each site can carry. Where a scenario has more or fewer
// pairs than the protocol, sessions a week and participants at once go with them, as
// many for each pair as the protocol has, unless they are set too. A pair has one
// session a day, a room too, five days a week.
func (d *Design) makeSites() error {
	sim, cap := d.def.Simulation, d.def.Staffing.Capacity
	count := int(d.Setting.get("sites", float64(len(sim.Sites))))
	if count < 1 || len(sim.Sites) == 0 {
		return errors.New("there are no sites: nobody is ever referred")
	}
	places := 0
	for i := range count {
		x := sim.Sites[i%len(sim.Sites)]
		pairs, rooms := cap.Pairs, cap.Rooms
		if x.Pairs > 0 {
			pairs = x.Pairs
		}
		if x.Rooms > 0 {
			rooms = x.Rooms
		}
		own := pairs
		pairs, rooms = int(d.Setting.get("pairs", float64(pairs))), int(d.Setting.get("rooms", float64(rooms)))
		scale := 1.0
		if own > 0 {
			scale = float64(pairs) / float64(max(cap.Pairs, 1))
		}
		weekly := int(d.Setting.get("sessionsPerWeek", math.Round(scale*float64(cap.SessionsPerWeek))))
		atOnce := int(d.Setting.get("participantsAtOnce", math.Round(scale*float64(cap.ParticipantsAtOnce))))
		weekly = min(weekly, 5*pairs, 5*rooms)
		referrals := x.Referrals * d.Setting.get("referrals", 1)
		if !(referrals > 0) {
			return fmt.Errorf("site %s has %v referrals a week: nobody ever comes", x.ID, referrals)
		}
		id := x.ID
		if i >= len(sim.Sites) {
			id = fmt.Sprintf("%s-%d", x.ID, i/len(sim.Sites)+1)
		}
		if weekly < 1 || atOnce < 1 {
			weekly, atOnce = 0, 0
		}
		d.sites = append(d.sites, site{id: id, opens: days(x.Opens), mean: 7 / referrals, atOnce: atOnce, weekly: uint16(min(weekly, math.MaxUint16)), firstDay: places})
		places += atOnce
	}
	if places == 0 {
		return errors.New("capacity 0: no site has a pair, a room and a session a week, so nobody would ever be treated; give staffing.capacity, or set pairs, rooms, sessionsPerWeek and participantsAtOnce")
	}
	if d.calendar.prescreen >= 1 || d.calendar.screening >= 1 {
		return errors.New("everybody fails screening: prescreen and screening must leave somebody")
	}
	return nil
}
