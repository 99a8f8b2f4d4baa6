package app

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// Progress of a study: enrolment, flow and completeness, over the actor's sites.
type Progress struct {
	Sites  []SiteProgress
	All    SiteProgress
	Dates  map[string][]time.Time // milestone -> when each participant reached it, sorted
	Target int                    // planned sample size
	Failed map[string]int         // criterion or pre-screening reason -> people
}

// SiteProgress counts one site, or all.
type SiteProgress struct {
	Site         string
	Name         string
	Referred     int
	Reached      map[string]int       // milestone -> participants
	Status       map[study.Status]int // present status -> participants
	VisitsHeld   int
	VisitsOut    int
	FormsDue     int
	FormsDone    int
	MissingItems int
	Queries      int
	Deviations   int
	Adverse      int
	Serious      int
	Overdue      int // participants with a deadline passed
}

func newSiteProgress(id, name string) *SiteProgress {
	return &SiteProgress{Site: id, Name: name, Reached: map[string]int{}, Status: map[study.Status]int{}}
}

func (p *SiteProgress) add(r ParticipantRow, now time.Time) {
	p.Referred++
	for m := range r.Reached {
		p.Reached[m]++
	}
	p.Status[r.Status]++
	p.VisitsHeld += r.VisitsHeld
	p.VisitsOut += r.VisitsOut
	p.FormsDue += r.FormsDue
	p.FormsDone += r.FormsDone
	p.MissingItems += r.MissingItems
	p.Queries += r.Queries
	p.Deviations += r.Deviations
	p.Adverse += r.Adverse
	p.Serious += r.Serious
	if !r.Closes.IsZero() && r.Closes.Before(now) {
		p.Overdue++
	}
}

// Progress answers the study's progress.
func (a *App) Progress(ctx context.Context, actor access.Actor, studyID string) (Progress, error) {
	h, err := a.host(studyID)
	if err != nil {
		return Progress{}, err
	}
	if err := a.may(h, actor, access.SeeStudy); err != nil {
		return Progress{}, err
	}
	rows, err := a.store.Rows(ctx, ledger.Query{Study: studyID, View: viewParticipant, Sites: actor.Sites})
	if err != nil {
		return Progress{}, err
	}
	out := Progress{Dates: map[string][]time.Time{}, Target: h.definition().Analysis.SampleSize, Failed: map[string]int{}}
	all := newSiteProgress("", "")
	sites := map[string]*SiteProgress{}
	var order []string
	for _, s := range h.sortedSites() {
		if actor.AtSite(s.ID) {
			sites[s.ID] = newSiteProgress(s.ID, s.Name)
			order = append(order, s.ID)
		}
	}
	now := a.Now()
	for _, row := range rows {
		var r ParticipantRow
		if err := json.Unmarshal(row.Doc, &r); err != nil {
			return Progress{}, err
		}
		all.add(r, now)
		if s := sites[r.Site]; s != nil {
			s.add(r, now)
		}
		for m, t := range r.Reached {
			out.Dates[m] = append(out.Dates[m], t)
		}
		for _, f := range r.Failed {
			out.Failed[f]++
		}
	}
	for _, dates := range out.Dates {
		slices.SortFunc(dates, time.Time.Compare)
	}
	out.All = *all
	for _, id := range order {
		out.Sites = append(out.Sites, *sites[id])
	}
	return out, nil
}
