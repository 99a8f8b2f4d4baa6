package trial

import "math"

// clinic is a site during one trial.
type clinic struct {
	next   float64 // when its next participant is randomised; +Inf = never
	start  float64 // when that one begins treatment
	ready  float64 // when that one was found eligible
	delay  float64 // of the last session against plan
	clock  float64 // of referrals
	before float64 // beginning of the one before: first come, first served
	moved  int     // sessions of that one outside of their windows
}

// recruit lets people come until N are randomised. Sites recruit against one another;
// a participant is the first in the site's queue when a place and sessions are free.
// Places are held until the planned end of treatment, also by those who leave early.
func (w *Worker) recruit() int {
	d := w.d
	w.clearBook()
	clear(w.free)
	for s := range w.clinics {
		c := &w.clinics[s]
		*c = clinic{clock: d.sites[s].opens}
		w.advance(s)
	}
	for i := range d.N {
		first := 0
		for s := 1; s < len(w.clinics); s++ {
			if w.clinics[s].next < w.clinics[first].next {
				first = s
			}
		}
		c := &w.clinics[first]
		if math.IsInf(c.next, 1) {
			return i
		}
		w.site[i] = uint16(first)
		w.randomised[i] = c.next
		w.begun[i] = c.start
		w.waited[i] = c.start - c.ready
		w.delay[i] = c.delay
		w.moved += float64(c.moved)
		if i+1 < d.N {
			w.advance(first)
		}
	}
	return d.N
}

// advance finds a site's next participant.
func (w *Worker) advance(s int) {
	d, x, c := w.d, &w.d.sites[s], &w.clinics[s]
	if x.atOnce == 0 {
		c.next = math.Inf(1)
		return
	}
	rng := w.coming[s]
	for {
		c.clock += x.mean * rng.ExpFloat64()
		pre, screen := rng.Float64(), rng.Float64()
		if c.clock > 7*horizonWeeks {
			c.next = math.Inf(1)
			return
		}
		w.referred++
		if pre < d.calendar.prescreen {
			w.unsuitable++
			continue
		}
		if screen < d.calendar.screening {
			w.failed++
			continue
		}
		break
	}
	c.ready = c.clock + d.calendar.ready
	free := w.free[x.firstDay : x.firstDay+x.atOnce]
	place := 0
	for i, at := range free {
		if at < free[place] {
			place = i
		}
	}
	c.start = max(c.ready, free[place], c.before)
	c.before = c.start
	if !w.book(s) {
		c.next = math.Inf(1)
		return
	}
	c.before = c.start
	c.next = c.start + d.calendar.randomised
	free[place] = c.start + d.calendar.treated + c.delay
}

// book takes a place for every dosing session, week by week. Where the week of the first
// session is full, the beginning waits a week; where that of a later one is, the session
// and what follows it move to the next week that is free.
func (w *Worker) book(s int) bool {
	d, x, c := w.d, &w.d.sites[s], &w.clinics[s]
	weeks := w.booked[s*horizonWeeks : (s+1)*horizonWeeks]
	c.delay, c.moved = 0, 0
	for j := range d.calendar.sessions {
		v := &d.calendar.sessions[j]
		for {
			at := c.start + v.day + c.delay
			week := int(at / 7)
			if week >= horizonWeeks {
				return false
			}
			w.lastWeek = max(w.lastWeek, week)
			if weeks[week] < x.weekly {
				weeks[week]++
				break
			}
			// A week earlier serves as well where the window allows it.
			if j > 0 && v.before >= 7 && week > 0 && weeks[week-1] < x.weekly && c.delay == 0 {
				weeks[week-1]++
				break
			}
			if j == 0 {
				c.start += 7
				continue
			}
			c.delay += 7
		}
		if j > 0 && c.delay > v.after {
			c.moved = j
		}
	}
	return true
}

// clearBook empties as much of the book as the trial before has written.
func (w *Worker) clearBook() {
	for s := range w.clinics {
		clear(w.booked[s*horizonWeeks : s*horizonWeeks+w.lastWeek+1])
	}
	w.lastWeek = 0
}

// visits draws when the main visit and the last one are held: near their day, in their
// window, and some late.
func (w *Worker) visits(n int) {
	t := &w.d.calendar
	rng := w.stream[visiting]
	for i := range n {
		w.mainDay[i] = w.begun[i] + t.rated[t.main] + w.delay[i] + w.around(rng, t.mainBefore, t.mainAfter)
		w.lastDay[i] = w.begun[i] + t.last + w.delay[i] + w.around(rng, t.lastBefore, t.lastAfter)
	}
}

// around draws how far from its day a visit is held.
func (w *Worker) around(rng stream, before, after float64) float64 {
	z, u, late := rng.NormFloat64(), rng.Float64(), rng.Float64()
	if late < w.d.calendar.late {
		w.late++
		return after + 1 + math.Floor(5*u)
	}
	return min(max(z*min((before+after)/6, 3), -before), after)
}
