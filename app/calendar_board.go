package app

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// viewAppointment holds a row for every appointment and every visit that was held; the
// row's group is the day at the site.
const viewAppointment = "appointment"

// Appointment is a visit in the calendar. It is a function of the participant's state
// alone.
type Appointment struct {
	Changed     time.Time `json:"changed"`        // recorded time of its last change
	Held        bool      `json:"held,omitempty"` // it took place
	Off         bool      `json:"off,omitempty"`  // called off, missed, or held on an earlier day
	Participant string    `json:"participant"`
	Plans       int       `json:"plans,omitempty"` // how often it was made
	Room        string    `json:"room,omitempty"`
	Site        string    `json:"site"`
	Staff       []string  `json:"staff,omitempty"` // booked, or who held it
	Time        time.Time `json:"time"`
	Until       time.Time `json:"until"`
	Visit       string    `json:"visit"`
}

// appointmentOf answers the appointment of a visit; ok is false when there is none.
func appointmentOf(def *protocol.Definition, s *study.State, i int) (Appointment, bool) {
	st := &s.Visits[i]
	at := st.Planned
	// On the day itself the appointment stands as it was made: that is how long the room
	// is in use.
	if !st.Held.IsZero() && (at.IsZero() || study.DayOf(at, s.Zone) != study.DayOf(st.Held, s.Zone)) {
		at = st.Held
	}
	if at.IsZero() {
		return Appointment{}, false
	}
	x := Appointment{Changed: st.Changed, Held: !st.Held.IsZero(), Participant: s.ID, Plans: st.Plans, Room: st.Room, Site: s.Site, Staff: st.Staff,
		Time: at, Until: at.Add(study.VisitLength(&def.Visits[i])), Visit: def.Visits[i].ID}
	if x.Off = st.Off && !x.Held; x.Held && len(st.By) > 0 {
		x.Staff = st.By
	}
	return x, true
}

// appointmentRows answers the rows that differ from those of the state before (nil: of none).
func appointmentRows(def *protocol.Definition, before, s *study.State) ([]ledger.Row, error) {
	var rows []ledger.Row
	for i := range s.Visits {
		if before != nil && sameAppointment(&before.Visits[i], &s.Visits[i]) {
			continue
		}
		x, ok := appointmentOf(def, s, i)
		if !ok {
			continue
		}
		doc, err := canonical(x)
		if err != nil {
			return nil, err
		}
		key := s.ID + "/" + x.Visit
		rows = append(rows, ledger.Row{View: viewAppointment, Key: key, Site: s.Site, Parent: s.ID, Group: study.DayOf(x.Time, s.Zone).String(), Due: x.Time, Sort: key, Doc: doc})
	}
	return rows, nil
}

// sameAppointment says that nothing was planned, held or called off in between; of two
// things at one moment, the counts tell.
func sameAppointment(x, y *study.VisitState) bool {
	return x.Changed.Equal(y.Changed) && x.Plans == y.Plans && x.Off == y.Off && x.Held.Equal(y.Held) && x.Planned.Equal(y.Planned) &&
		x.Room == y.Room && slices.Equal(x.Staff, y.Staff) && slices.Equal(x.By, y.By)
}

// most days that are read at once: a quarter of a year around today for a calendar feed.
const maxBoardDays = 120

// Board answers the appointments of a site ("" = every site of the actor's) on so many
// days from a day on, YYYY-MM-DD at the sites, by time. Those called off are left out.
// Needs access.SeeJourney: a rater has a queue of their own.
func (a *App) Board(ctx context.Context, actor access.Actor, studyID, site string, from time.Time, days int) ([]Appointment, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.SeeJourney); err != nil {
		return nil, err
	}
	if site != "" && (!actor.AtSite(site) || h.site(site) == nil) {
		return nil, a.refuse(actor, h.id, "board", noSite())
	}
	all, err := a.appointments(ctx, h, scope(actor, site), "", study.DayOf(from, time.UTC), days)
	return slices.DeleteFunc(all, func(x Appointment) bool { return x.Off }), err
}

// appointments reads those of some sites (nil = every one), or of one participant.
func (a *App) appointments(ctx context.Context, h *host, sites []string, participant string, from study.Day, days int) ([]Appointment, error) {
	days = min(max(days, 1), maxBoardDays)
	groups := make([]string, days)
	for i := range groups {
		groups[i] = (from + study.Day(i)).String()
	}
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewAppointment, Sites: sites, Parent: participant, Groups: groups, ByDue: true})
	if err != nil {
		return nil, err
	}
	out := make([]Appointment, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal(r.Doc, &out[i]); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(x, y Appointment) int {
		return cmp.Or(x.Time.Compare(y.Time), cmp.Compare(x.Participant, y.Participant), cmp.Compare(x.Visit, y.Visit))
	})
	return out, nil
}
