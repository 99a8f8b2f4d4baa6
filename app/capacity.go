package app

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/protocol"
	"varde/stats/waiting"
	"varde/study"
)

// A site takes in as many people as its pairs, rooms and sessions allow, and closes and
// opens by itself. What that is reckoned from stands in a view of its own: one row for
// each participant, by site, in the group "taken/N" (N sessions owed) or "freed".
const (
	viewPlace  = "place"
	groupTaken = "taken/"
	groupFreed = "freed"
)

// placeTime is how a moment is written where rows are sorted by it.
const placeTime = "2006-01-02T15:04:05.000000"

// placeRows answers the row of a participant's place, when it is new or another one.
func placeRows(def *protocol.Definition, was, s *study.State) ([]ledger.Row, error) {
	p := study.TreatmentPlaceOf(def, s)
	if was != nil && study.TreatmentPlaceOf(def, was) == p {
		return nil, nil
	}
	r := ledger.Row{View: viewPlace, Key: s.ID, Site: s.Site, Group: groupFreed, Due: p.Freed, Sort: p.Taken.UTC().Format(placeTime)}
	if p.Freed.IsZero() {
		r.Group = groupTaken + strconv.Itoa(p.Owed)
	}
	return []ledger.Row{r}, nil
}

// SiteCapacity is how many people a site can take, and why.
type SiteCapacity struct {
	study.Capacity
	Site, Name, Country string
	Unassessed          int  // referrals for it that wait for triage
	Waiting             int  // people on its list
	Places              int  // free beyond those who wait already
	Recruiting          bool // the study is open for new people
	Triage              bool // somebody may assess referrals there now
	Open                bool
	Wait                study.Wait // of somebody who comes now
	Rate                waiting.Rate
	Learned             Learned
}

// Learned is what the expected wait was learned from.
type Learned struct {
	Freed  int       // places that became free since From
	From   time.Time // when looking back begins
	Weeks  float64   // weeks that places were taken since then, all together
	Course float64   // weeks that the protocol plans for one person; 0 = not known
}

// placesKept remembers a study's capacity until something is written, or a minute has
// passed; what was learned from the record, for an hour.
type placesKept struct {
	mu      sync.Mutex
	size    int64
	minute  int64
	sites   []SiteCapacity
	learned map[string]learnedAt
}

type learnedAt struct {
	hour int64
	Learned
}

// The wait is learned from a site's own record, beginning with the plan. Both figures
// are the house's own choice, and stand in docs/referrals.md.
const (
	planWorth = 2 // the plan counts as much as so many places that became free
	lookBack  = 365 * 24 * time.Hour
	leastSeen = 5 // places that must have become free before the record speaks without a plan
	week      = 7 * 24 * time.Hour
)

// Capacity answers the capacity of the sites within the actor's reach. Needs
// access.Triage.
func (a *App) Capacity(ctx context.Context, actor access.Actor, studyID string) ([]SiteCapacity, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.Triage); err != nil {
		return nil, err
	}
	all, err := a.capacity(ctx, h)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(s SiteCapacity) bool { return !actor.AtSite(s.Site) }), nil
}

// capacity answers all sites of a study by id. The answer is shared: nobody changes it.
func (a *App) capacity(ctx context.Context, h *host) ([]SiteCapacity, error) {
	size, err := a.store.Size(ctx, h.id)
	if err != nil {
		return nil, err
	}
	now := a.Now()
	k := &h.places
	k.mu.Lock()
	defer k.mu.Unlock()
	minute := now.Unix() / 60
	if k.sites != nil && k.size == size && k.minute == minute {
		return k.sites, nil
	}
	sites, err := a.reckonCapacity(ctx, h, now)
	if err != nil {
		return nil, err
	}
	k.size, k.minute, k.sites = size, minute, sites
	return sites, nil
}

func (a *App) reckonCapacity(ctx context.Context, h *host, now time.Time) ([]SiteCapacity, error) {
	def, st := h.definition(), h.studyState()
	recruiting := recruits(def, st, now)
	out := []SiteCapacity{}
	for _, site := range h.sortedSites() {
		if site.Opened.IsZero() {
			continue
		}
		taken, owed, err := a.placesTaken(ctx, h, site.ID)
		if err != nil {
			return nil, err
		}
		asked, err := a.store.CountBy(ctx, ledger.Query{Study: h.id, View: viewReferral, Sites: []string{site.ID}})
		if err != nil {
			return nil, err
		}
		c := SiteCapacity{Capacity: study.CapacityOf(def, site, taken, owed), Site: site.ID, Name: site.Name, Country: site.Country,
			Unassessed: asked[string(study.ReferralNew)], Waiting: asked[string(study.ReferralWaiting)], Recruiting: recruiting, Triage: h.triaged(site, now)}
		if c.Rate, c.Learned, err = a.rateOf(ctx, h, site, c.Capacity, now); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if err := a.spreadUnplaced(ctx, h, out); err != nil {
		return nil, err
	}
	for i := range out {
		c := &out[i]
		ahead := c.Waiting + c.Unassessed
		c.Places = max(0, c.Free-ahead)
		c.Open = c.Places > 0 && c.Recruiting && c.Triage
		c.Wait = c.waitFor(ahead + 1)
	}
	return out, nil
}

// recruits says that a study takes new people at all.
func recruits(def *protocol.Definition, st *study.StudyState, now time.Time) bool {
	return !st.Opened.IsZero() && st.Closed.IsZero() && st.Locked.IsZero() &&
		(st.Mode != "live" || len(study.ApprovalFaults(def, st, study.DayOf(now, time.UTC))) == 0)
}

// placesTaken counts the places taken at a site, and the sessions owed to them.
func (a *App) placesTaken(ctx context.Context, h *host, site string) (taken, owed int, err error) {
	groups, err := a.store.CountBy(ctx, ledger.Query{Study: h.id, View: viewPlace, Sites: []string{site}})
	for name, n := range groups {
		if text, ok := strings.CutPrefix(name, groupTaken); ok {
			each, err := strconv.Atoi(text)
			if err != nil {
				return 0, 0, fmt.Errorf("app: the view of places has a group %q: rebuild the views", name)
			}
			taken, owed = taken+n, owed+n*each
		}
	}
	return taken, owed, err
}

// spreadUnplaced counts new referrals that wished for no site where they will most
// likely be taken: each at the site with the most room then.
func (a *App) spreadUnplaced(ctx context.Context, h *host, sites []SiteCapacity) error {
	n, err := a.store.Count(ctx, ledger.Query{Study: h.id, View: viewReferral, Sites: []string{""}, Groups: []string{string(study.ReferralNew)}})
	if err != nil || len(sites) == 0 {
		return err
	}
	room := func(c *SiteCapacity) int { return c.Free - c.Waiting - c.Unassessed }
	for range n {
		best := 0
		for i := range sites {
			if room(&sites[i]) > room(&sites[best]) {
				best = i
			}
		}
		sites[best].Unassessed++
	}
	return nil
}

// triaged says that somebody may assess referrals at the site now.
func (h *host) triaged(site *study.SiteState, now time.Time) bool {
	def := h.definition()
	holds := func(account string) bool {
		for _, g := range h.grantsOf(account, now) {
			x := access.Actor{Role: g.Role, Study: g.Study, Sites: g.Sites}
			if x.AtSite(site.ID) && access.Permits(def, x, access.Triage) {
				return true
			}
		}
		return false
	}
	for account := range site.Staff {
		if holds(account) {
			return true
		}
	}
	return slices.ContainsFunc(h.studyState().Delegations, func(d study.Delegation) bool { return d.Ended.IsZero() && holds(d.Account) })
}

// rateOf answers how often a place becomes free at a site that is full: the planned
// rate, and what its own record of the last year says. The lock of places is held.
func (a *App) rateOf(ctx context.Context, h *host, site *study.SiteState, c study.Capacity, now time.Time) (waiting.Rate, Learned, error) {
	l, err := a.learnedOf(ctx, h, site.ID, float64(c.Course.Days)/7, now)
	if err != nil {
		return waiting.Rate{}, l, err
	}
	if c.AtOnce > 0 && l.Course > 0 {
		// One place becomes free once a course; so many places, so many times as often.
		return waiting.Plan(1/l.Course, planWorth).Seen(l.Freed, l.Weeks).Times(float64(c.AtOnce)), l, nil
	}
	if l.Freed >= leastSeen {
		return waiting.Rate{}.Seen(l.Freed, now.Sub(l.From).Hours()/24/7), l, nil
	}
	return waiting.Rate{}, l, nil
}

// learnedOf looks back at most a year, and not before somebody could have been through:
// the first weeks of a site tell nothing of how long a course is.
func (a *App) learnedOf(ctx context.Context, h *host, site string, course float64, now time.Time) (Learned, error) {
	hour := now.Unix() / 3600
	if x, ok := h.places.learned[site]; ok && x.hour == hour {
		return x.Learned, nil
	}
	l := Learned{From: now, Course: course}
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewPlace, Sites: []string{site}})
	if err != nil {
		return l, err
	}
	begins := make([]time.Time, len(rows))
	for i, r := range rows { // in the order of when they were taken
		if begins[i], err = time.Parse(placeTime, r.Sort); err != nil {
			return l, fmt.Errorf("app: the view of places does not read back: rebuild the views")
		}
	}
	if len(rows) > 0 {
		l.From = begins[0].Add(time.Duration(course * float64(week)))
		if y := now.Add(-lookBack); l.From.Before(y) {
			l.From = y
		}
		l.From = minTime(l.From, now)
	}
	for i, r := range rows {
		end := now
		if !r.Due.IsZero() {
			end = minTime(r.Due, now)
			if r.Due.After(l.From) && !r.Due.After(now) {
				l.Freed++
			}
		}
		begin := begins[i]
		if begin.Before(l.From) {
			begin = l.From
		}
		if end.After(begin) {
			l.Weeks += end.Sub(begin).Hours() / 24 / 7
		}
	}
	if h.places.learned == nil {
		h.places.learned = map[string]learnedAt{}
	}
	h.places.learned[site] = learnedAt{hour, l}
	return l, nil
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// longest bounds what is said of a wait: beyond it nothing is known.
const longest = 50 * 365 * 24 * time.Hour

// waitFor answers the wait of whoever stands at a place of the list, from 1.
func (c *SiteCapacity) waitFor(place int) study.Wait {
	w := study.Wait{Basis: c.basis()}
	k := place - c.Free + c.Short
	switch {
	case !c.Recruiting || !c.Triage:
		return w
	case k < 1:
		w.Known = true
		return w
	case !c.Rate.Known():
		return w
	}
	at := func(p float64) time.Duration {
		weeks := c.Rate.Quantile(k, p)
		if math.IsNaN(weeks) || weeks > longest.Hours()/24/7 {
			return longest
		}
		return time.Duration(math.Round(weeks*7)) * 24 * time.Hour
	}
	w.Known, w.Low, w.Mid, w.High = true, at(0.1), at(0.5), at(0.9)
	return w
}

// basis says in words what the wait was computed from.
func (c *SiteCapacity) basis() study.Text {
	var en, nb []string
	if c.AtOnce >= 0 && c.Learned.Course > 0 {
		weeks := math.Round(c.Learned.Course)
		en = append(en, fmt.Sprintf("the plan of %d people in treatment at once, each for about %.0f weeks", c.AtOnce, weeks))
		nb = append(nb, fmt.Sprintf("planen om %d personer i behandling samtidig, hver i omtrent %.0f uker", c.AtOnce, weeks))
	}
	if c.Learned.Freed > 0 {
		en = append(en, fmt.Sprintf("how many places became free here in the last year (%d)", c.Learned.Freed))
		nb = append(nb, fmt.Sprintf("hvor mange plasser som ble ledige her det siste året (%d)", c.Learned.Freed))
	}
	if len(en) == 0 {
		return study.Text{EN: "too little is known to compute a wait", NB: "for lite er kjent til å regne ut en ventetid"}
	}
	return study.Text{EN: "computed from " + strings.Join(en, " and "), NB: "regnet ut fra " + strings.Join(nb, " og ")}
}
