package app

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json" // decodes in half the time

	"varde/access"
	"varde/ledger"
	"varde/study"
	"varde/vault"
)

// How referrals stand in the record: a stream and a row of a view for each, and a key
// of its own in the vault, so that one person can be erased without the others.
const viewReferral = "referral"

func ownerOfReferral(studyID, id string) vault.Owner {
	return vault.Owner{Space: studyID, Person: study.ReferralStream(id)}
}

// referralField is what a sealed field of a referral is bound to.
func referralField(name string) string { return "referral:" + name }

// referralState reads a referral from its stream; nil when there is none.
func (a *App) referralState(ctx context.Context, h *host, id string) (*study.ReferralState, error) {
	var s *study.ReferralState
	err := a.each(ctx, h.id, study.ReferralStream(id), func(e study.Event) error {
		s = study.EvolveReferral(s, e)
		return nil
	})
	return s, err
}

// referralEvents answers payloads with the row that follows from them, for onStream.
func (a *App) referralEvents(actor access.Actor, now time.Time, s *study.ReferralState, what ...study.Payload) ([]study.Payload, []ledger.Row, error) {
	for _, p := range what {
		version := int64(1)
		if s != nil {
			version = s.Version + 1
		}
		s = study.EvolveReferral(s, study.Event{Version: version, Recorded: now, At: now, Actor: actor.ID, Role: actor.Role, Data: p})
	}
	row, err := referralRow(s)
	return what, []ledger.Row{row}, err
}

// referralRow is a function of the referral alone.
func referralRow(s *study.ReferralState) (ledger.Row, error) {
	doc, err := canonical(s)
	return ledger.Row{View: viewReferral, Key: s.ID, Site: s.Site, Parent: s.Participant, Group: string(s.Status), Due: s.Due(),
		Sort: s.Received.UTC().Format(placeTime), Doc: doc}, err
}

// referralRows yields the rows of all referrals, from the ledger. An error ends the
// sequence and is left in failed.
func (a *App) referralRows(ctx context.Context, h *host, failed *error) iter.Seq[ledger.Row] {
	return func(yield func(ledger.Row) bool) {
		names, err := a.store.Streams(ctx, h.id, study.ReferralStream(""))
		if err != nil {
			*failed = err
			return
		}
		of := func(ctx context.Context, name string) (*study.ReferralState, error) {
			return a.referralState(ctx, h, strings.TrimPrefix(name, study.ReferralStream("")))
		}
		for s, err := range inOrder(ctx, names, of) {
			var row ledger.Row
			if err == nil {
				row, err = referralRow(s)
			}
			if err != nil {
				*failed = err
				return
			}
			if !yield(row) {
				return
			}
		}
	}
}

// referralsOf reads the view, the oldest first.
func (a *App) referralsOf(ctx context.Context, h *host) ([]*study.ReferralState, error) {
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewReferral})
	if err != nil {
		return nil, err
	}
	out := make([]*study.ReferralState, len(rows))
	for i, r := range rows {
		out[i] = &study.ReferralState{}
		if err := jsonv2.Unmarshal(r.Doc, out[i]); err != nil {
			return nil, fmt.Errorf("app: the view of referrals does not read back: rebuild the views: %w", err)
		}
	}
	return out, nil
}

// reachesReferral says that a referral is within the actor's sites. One that wished for
// no site is everybody's.
func reachesReferral(actor access.Actor, s *study.ReferralState) bool {
	return s.Site == "" || actor.AtSite(s.Site)
}

// referralTo answers a referral to an actor who has one of the capabilities and has it
// in reach, or refuses. It is the one place where access to referrals is decided.
func (a *App) referralTo(ctx context.Context, actor access.Actor, studyID, id, what string, any ...access.Capability) (*host, *study.ReferralState, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, nil, err
	}
	if err := a.may(h, actor, any...); err != nil {
		return nil, nil, err
	}
	if id == "" || len(id) > 32 {
		return nil, nil, study.NoReferral()
	}
	s, err := a.referralState(ctx, h, id)
	if err != nil {
		return nil, nil, err
	}
	if s == nil {
		return nil, nil, study.NoReferral()
	}
	if !reachesReferral(actor, s) {
		return nil, nil, a.refuse(actor, h.id, what, study.NoReferral())
	}
	return h, s, nil
}

// orderAt answers the waiting list of a site. It is made of everybody's turns: somebody
// who went on to another site may be who another one was put ahead of.
func (a *App) orderAt(ctx context.Context, h *host, site string) ([]*study.ReferralState, error) {
	all, err := a.referralsOf(ctx, h)
	if err != nil {
		return nil, err
	}
	return study.WaitingList(site, all), nil
}

// withoutReferred leaves the sealed texts of a referral out of what is told of it.
func withoutReferred(e study.Event, d study.ReferralReceived) study.Event {
	fields := make(map[string]string, len(d.Fields))
	for name := range d.Fields {
		fields[name] = "sealed"
	}
	d.Fields = fields
	e.Data, e.Hash = d, ledger.Hash{}
	return e
}

// sitesOf answers the open sites within the actor's reach.
func (h *host) sitesOf(actor access.Actor) []string {
	var out []string
	for _, s := range h.sortedSites() {
		if !s.Opened.IsZero() && actor.AtSite(s.ID) {
			out = append(out, s.ID)
		}
	}
	return out
}

// referralEnv answers what a decision about a referral may know of itself.
func (h *host) referralEnv(actor access.Actor, now time.Time) study.ReferralEnv {
	return study.ReferralEnv{Now: now, Actor: study.Actor{ID: actor.ID, Name: actor.Name, Role: actor.Role}, Study: h.studyState(), Sites: h.sitesOf(actor)}
}

// referralTurn is referralEnv with the waiting list of the referral's site, and the
// places that are free there.
func (a *App) referralTurn(ctx context.Context, h *host, actor access.Actor, s *study.ReferralState, now time.Time) (study.ReferralEnv, error) {
	env := h.referralEnv(actor, now)
	list, err := a.orderAt(ctx, h, s.Site)
	if err != nil {
		return env, err
	}
	for _, x := range list {
		env.Order = append(env.Order, x.ID)
	}
	sites, err := a.capacity(ctx, h)
	if err != nil {
		return env, err
	}
	if i := slices.IndexFunc(sites, func(c SiteCapacity) bool { return c.Site == s.Site }); i >= 0 {
		env.Free = sites[i].Free
	}
	return env, nil
}
