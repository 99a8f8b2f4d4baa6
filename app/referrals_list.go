package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"varde/access"
	"varde/study"
)

// ReferralRow is one line of the list of referrals. It names nobody.
type ReferralRow struct {
	ID          string
	Status      study.ReferralStatus
	Channel     string
	Site        string
	Urgency     string
	Received    time.Time
	Place       int        // in the waiting list of its site, from 1; 0 = not on it
	Wait        study.Wait // for that place
	NextCheck   time.Time  // when to ask how they are; zero = not on the list
	Participant string     // after the place was given

	Listed  time.Time            // since when on the list; zero = not on it
	Moves   []study.ReferralTurn // every move off their turn, for ever
	Concern time.Time            // since when a clinician is asked to look; zero = not
	Due     time.Time            // when something has to be done; zero = nothing
	State   *study.ReferralState // all that the record tells; nothing sealed
}

// Late says that what has to be done should have been done.
func (r *ReferralRow) Late(now time.Time) bool { return !r.Due.IsZero() && !r.Due.After(now) }

// Referrals answers the referrals within the actor's sites, those that wait for triage
// first, then the waiting list in its order. Needs access.Triage.
func (a *App) Referrals(ctx context.Context, actor access.Actor, studyID string, all bool) ([]ReferralRow, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.Triage); err != nil {
		return nil, err
	}
	states, err := a.referralsOf(ctx, h)
	if err != nil {
		return nil, err
	}
	capacity, err := a.capacity(ctx, h)
	if err != nil {
		return nil, err
	}
	var fresh, ended []ReferralRow
	for _, s := range states {
		switch {
		case !reachesReferral(actor, s), s.Status == study.ReferralWaiting:
		case s.Status == study.ReferralNew:
			fresh = append(fresh, referralLine(s, 0, nil))
		default:
			ended = append(ended, referralLine(s, 0, nil))
		}
	}
	out := fresh
	for i := range capacity {
		c := &capacity[i]
		if !actor.AtSite(c.Site) {
			continue
		}
		for n, s := range study.WaitingList(c.Site, states) {
			out = append(out, referralLine(s, n+1, c))
		}
	}
	if all {
		slices.SortStableFunc(ended, func(x, y ReferralRow) int {
			return cmp.Or(y.State.Ended.Compare(x.State.Ended), cmp.Compare(x.ID, y.ID))
		})
		out = append(out, ended...)
	}
	return out, nil
}

func referralLine(s *study.ReferralState, place int, c *SiteCapacity) ReferralRow {
	r := ReferralRow{ID: s.ID, Status: s.Status, Channel: s.Channel, Site: s.Site, Urgency: s.Urgency, Received: s.Received, Place: place, NextCheck: s.NextCheck(),
		Participant: s.Participant, Listed: s.Listed(), Moves: s.Moves(), Concern: s.Concern, Due: s.Due(), State: s}
	if c != nil {
		r.Wait = c.waitFor(place)
	}
	return r
}

// ReferralCard is one referral, with what happened to it.
type ReferralCard struct {
	ReferralRow
	Order   []string // the waiting list that it stands on
	First   bool     // it is their turn, and a place is free
	Begun   string   // a participant's record that an interrupted invitation began; "" = none
	History []study.Event
	Names   map[string]string // printed names of the accounts in History
}

// Referral answers one referral. What is sealed stays so. Needs access.Triage.
func (a *App) Referral(ctx context.Context, actor access.Actor, studyID, referral string) (ReferralCard, error) {
	h, s, err := a.referralTo(ctx, actor, studyID, referral, "referral", access.Triage)
	if err != nil {
		return ReferralCard{}, err
	}
	env, err := a.referralTurn(ctx, h, actor, s, a.Now())
	if err != nil {
		return ReferralCard{}, err
	}
	capacity, err := a.capacity(ctx, h)
	if err != nil {
		return ReferralCard{}, err
	}
	place := slices.Index(env.Order, s.ID) + 1
	var c *SiteCapacity
	if i := slices.IndexFunc(capacity, func(x SiteCapacity) bool { return x.Site == s.Site }); i >= 0 && place > 0 {
		c = &capacity[i]
	}
	card := ReferralCard{ReferralRow: referralLine(s, place, c), Order: env.Order, First: study.MayInvite(s, env) == nil, Names: map[string]string{}}
	s.Sealed = nil
	if card.Begun, err = a.invitationBegun(ctx, h, s.ID); err != nil {
		return ReferralCard{}, err
	}
	names := a.printedNames(ctx, h)
	err = a.each(ctx, h.id, study.ReferralStream(s.ID), func(e study.Event) error {
		card.History = append(card.History, withoutSealed(e))
		card.Names[e.Actor] = names(e.Actor)
		return nil
	})
	return card, err
}
