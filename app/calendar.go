package app

import (
	"context"
	"sync"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// calendars are the calendars of a study's sites in memory, each read when it is first
// asked for.
type calendars struct {
	mu   sync.Mutex
	each map[string]*siteCalendar
}

// siteCalendar is one site's. Its lock is held while a command that books or gives back
// is decided and queued, so that bookings follow each other: two people never get the
// same room. Another process may be quicker; then the ledger refuses the batch, and the
// command is decided anew on what is true.
type siteCalendar struct {
	mu    sync.Mutex
	state *study.Calendar
	known bool
	last  ledger.Pending
}

// takesCalendar says that a command may change the site's calendar: it books, or is about
// somebody for whom something is booked.
func takesCalendar(s *study.State, cmd study.Command) bool {
	if s == nil {
		return false
	}
	if c, ok := cmd.(study.PlanVisit); ok && (c.Room != "" || len(c.Staff) > 0) {
		return true
	}
	return s.Booked()
}

// calendarOf answers a site's calendar with its lock held, up to date.
func (a *App) calendarOf(ctx context.Context, h *host, site string) (*siteCalendar, error) {
	h.calendars.mu.Lock()
	if h.calendars.each == nil {
		h.calendars.each = map[string]*siteCalendar{}
	}
	c := h.calendars.each[site]
	if c == nil {
		c = &siteCalendar{}
		h.calendars.each[site] = c
	}
	h.calendars.mu.Unlock()
	c.mu.Lock()
	if c.known {
		return c, nil
	}
	if c.last != nil {
		_, _ = c.last.Wait(ctx) // its writer has the answer
	}
	state := &study.Calendar{}
	err := a.each(ctx, h.id, study.CalendarStream(site), func(e study.Event) error {
		state = study.EvolveCalendar(state, e)
		return nil
	})
	if err != nil {
		c.mu.Unlock()
		return nil, err
	}
	c.state, c.known = state, true
	return c, nil
}

// remember keeps the calendar in step with what was just queued. Its lock is held; nil
// stands for a command that has nothing to do with it.
func (c *siteCalendar) remember(events []study.Event, env study.Env, pending ledger.Pending) {
	if c == nil {
		return
	}
	for _, e := range events {
		switch e.Data.(type) {
		case study.SlotBooked, study.SlotFreed:
			e.Version, e.Recorded = c.state.Version+1, env.Now
			c.state, c.last = study.EvolveCalendar(c.state, e), pending
		}
	}
}

// forget has the calendar read anew, after a write that failed.
func (c *siteCalendar) forget() {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.known = false
	c.mu.Unlock()
}

// Calendar answers which rooms and people of a site are taken, to those who plan visits
// and see journeys. It is not to be changed.
func (a *App) Calendar(ctx context.Context, actor access.Actor, studyID, site string) (*study.Calendar, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.SeeJourney); err != nil {
		return nil, err
	}
	if !actor.AtSite(site) || h.site(site) == nil {
		return nil, a.refuse(actor, h.id, "calendar", noSite())
	}
	c, err := a.calendarOf(ctx, h, site)
	if err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	return c.state, nil
}
