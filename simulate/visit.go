package simulate

import (
	"math"
	"time"

	"varde/protocol"
	"varde/study"
)

// weekend: 1970-01-01, day 0, was a Thursday.
func weekend(d study.Day) bool { n := (int(d)%7 + 7) % 7; return n == 2 || n == 3 }

// clock answers a time of day at the site.
func (p *person) clock(d study.Day, hour, minute int) time.Time {
	y, m, n := time.Unix(int64(d)*86400, 0).UTC().Date()
	return time.Date(y, m, n, hour, minute, 0, 0, p.c.zone)
}

// office moves a moment into working hours.
func (p *person) office(t time.Time) time.Time {
	d := study.DayOf(t, p.c.zone)
	hour := t.In(p.c.zone).Hour()
	if hour >= 8 && hour < 17 && !weekend(d) {
		return t.Truncate(time.Second)
	}
	if hour >= 17 {
		d++
	}
	for weekend(d) {
		d++
	}
	return p.clock(d, 8, 30+p.rng.IntN(30)).Add(p.rng.minutes(0, 420))
}

// missable visits may be missed without harm to what the study rests on.
func (p *person) missable(v *protocol.Visit) bool {
	m := p.w.model
	k := m.outcomeVisit(v.ID)
	last := len(m.sim.Outcomes) > 0 && k == len(m.sim.Outcomes[0].Visits)-1
	return v.Kind != protocol.Session && !m.anchored[v.ID] && !m.gates[v.ID] && k != 0 && !last && !p.state.Reached[study.Enrolled].IsZero()
}

// plan finds a day for a visit in its window, near its target; some are late, and
// some are missed.
func (p *person) plan(i int, opens, target, closes study.Day) {
	w, c := p.w, p.rng
	v := &w.def.Visits[i]
	slack := w.model.sim.Imperfection
	if v.Optional && !p.wanted(v) {
		return
	}
	today := study.DayOf(w.now, p.c.zone)
	low, high := max(opens, today+1), closes
	if closes <= today && opens <= today && w.now.In(p.c.zone).Hour() < 12 {
		low = today
	}
	if v.Anchor == "eligible" || w.model.gates[v.ID] {
		low = max(low, p.clearBy(v))
	}
	late := high < low
	if !late && c.yes(slack.LateVisit) && !p.state.Reached[study.Enrolled].IsZero() {
		late = true
		low, high = high+1, high+1+study.Day(c.between(0, 4))
	}
	high = max(high, low)
	width := float64(high - low)
	day := target + study.Day(math.Round(c.NormFloat64()*math.Min(width/6, 3)))
	day = min(max(day, low), high)
	if late {
		day = low + study.Day(c.between(0, int(high-low)))
	}
	if v.Kind != protocol.Phone || high-low > 6 {
		day = weekday(day, low, high)
	}
	if v.Kind == protocol.Session {
		day = p.c.book(day, max(high, day+2))
	}
	hour, minute := hours(v.Kind, c)
	at := p.clock(day, hour, minute)
	if !at.After(w.now) {
		at = w.now.Add(c.minutes(30, 120))
	}
	if v.Kind != protocol.Phone && at.Sub(w.now) > 36*time.Hour || study.Rated(w.def, v) {
		p.do("coordinator", study.PlanVisit{On: p.on(), Visit: v.ID, Time: at})
	}
	if missed := p.missable(v) && c.yes(slack.MissedVisit); missed {
		p.at(at, func() { p.miss(i) })
		return
	}
	if day > closes {
		p.at(p.clock(max(closes+1, today), 6, 0), func() { p.do("system", study.PassTime{On: p.on()}) })
	}
	p.at(at, func() { p.hold(i) })
}

// wanted says whether a visit that need not be held is.
func (p *person) wanted(v *protocol.Visit) bool {
	switch {
	case v.Kind == protocol.Session:
		return p.rng.yes(.6)
	case v.Anchor == "eligible":
		return p.medicine != nil
	}
	return p.rng.yes(.95)
}

func weekday(d, low, high study.Day) study.Day {
	for _, shift := range []study.Day{0, 1, -1, 2, -2} {
		if x := d + shift; !weekend(x) && x >= low && x <= high {
			return x
		}
	}
	if high-low < 2 {
		return d
	}
	for weekend(d) {
		d++
	}
	return d
}

func hours(kind protocol.VisitKind, c chance) (hour, minute int) {
	switch kind {
	case protocol.Session:
		return 8, 5 * c.IntN(7)
	case protocol.Phone:
		return c.between(9, 17), 5 * c.IntN(12)
	}
	return c.between(9, 14), 15 * c.IntN(4)
}

func (p *person) open(i int) bool {
	st := p.state.Visits[i]
	return st.Held.IsZero() && st.Missed == "" && study.VisitExists(p.w.def, p.state, p.env(), i)
}

func (p *person) miss(i int) {
	if !p.open(i) || study.VisitFault(p.w.def, p.state, p.env(), i) != nil {
		return
	}
	v := &p.w.def.Visits[i]
	role := "coordinator"
	if v.Kind == protocol.Rating {
		role = v.By[0]
	}
	reason := p.rng.weighted(map[string]float64{"illness": .35, "travel": .2, "work": .15, "forgotten": .15, "not-reached": .15})
	if p.do(role, study.MissVisit{On: p.on(), Visit: v.ID, Reason: reason}) {
		p.visited(i)
	}
}

// hold holds a visit and then fills in its forms, one after the other.
func (p *person) hold(i int) {
	v := &p.w.def.Visits[i]
	if !p.open(i) {
		return
	}
	if study.VisitFault(p.w.def, p.state, p.env(), i) != nil || p.state.OpenSession() != nil {
		p.taken["visit/"+v.ID] = 0 // its time has not come; look again tomorrow
		p.at(p.w.now.Add(24*time.Hour), p.look)
		return
	}
	if v.Kind == protocol.Session {
		p.sit(v)
		return
	}
	if study.Rated(p.w.def, v) {
		p.rate(i)
		return
	}
	role := p.seat(study.Place{Form: emptyForm, Roles: v.By}, "")
	var by []string
	if role == "therapist" {
		by = []string{p.pair[0].actor.ID, p.pair[1].actor.ID}
	} else {
		by = []string{p.who(role).ID}
	}
	if p.do(role, study.HoldVisit{On: p.on(), Visit: v.ID, By: by}) {
		p.forms(i, map[string]bool{}, func() {
			p.medicines(v)
			p.visited(i)
		})
	}
}

// forms fills in the visit's forms that the protocol asks for now.
func (p *person) forms(i int, done map[string]bool, then func()) {
	v := &p.w.def.Visits[i]
	for _, f := range study.VisitForms(p.w.def, p.state, p.env(), i) {
		key := f.Use.Form + "/" + f.Use.By
		if done[key] || f.State != nil || f.Use.Optional {
			continue
		}
		place, ok := study.PlaceOf(p.w.def, v.ID, f.Use.Form)
		if !ok || place.Session {
			continue
		}
		done[key] = true
		minutes := max(place.Form.Minutes, 1)
		p.always(p.w.now.Add(p.rng.minutes(1, minutes)), func() {
			p.form(v, f.Use, place)
			p.forms(i, done, then)
		})
		return
	}
	then()
}

func (p *person) form(v *protocol.Visit, use protocol.FormUse, place study.Place) {
	d := p.w.def.Dosing
	switch {
	case d != nil && use.Form == d.Solicited:
		p.solicit(v, use)
	case place.Repeats && use.Form == "guess":
		for _, role := range []string{"participant", "therapist"} {
			p.save(v.ID, use, "", role, nil)
		}
	default:
		p.save(v.ID, use, "", "", nil)
	}
}

// visited goes on with what follows from a visit.
func (p *person) visited(i int) {
	v := &p.w.def.Visits[i]
	if k := p.w.model.outcomeVisit(v.ID); k >= 0 && p.entered {
		p.maybeLeave(k)
	}
	p.look()
}
