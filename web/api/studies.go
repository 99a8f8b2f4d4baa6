package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"varde/app"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

func roleName(role string) Text { return study.RoleName(role) }

func number(def int) string { return "at most so many; " + strconv.Itoa(def) + " unless given" }

// Studies are those that the token is for.
type Studies struct {
	Studies []Study `json:"studies"`
}

// Study tells of one study.
type Study struct {
	ID        string                   `json:"id"`
	Title     string                   `json:"title"`
	Protocol  string                   `json:"protocol"`
	Version   string                   `json:"version" doc:"of the protocol"`
	Digest    string                   `json:"digest" doc:"SHA-256 of the protocol's files, in hex"`
	Mode      string                   `json:"mode" doc:"practice or live"`
	Opened    time.Time                `json:"opened"`
	Closed    time.Time                `json:"recruitmentClosed,omitzero"`
	Locked    time.Time                `json:"locked,omitzero"`
	Unblinded time.Time                `json:"unblinded,omitzero"`
	Approvals []study.ApprovalRecorded `json:"approvals"`
}

func ofStudy(i app.StudyInfo) Study {
	s := i.State
	out := Study{ID: i.ID, Title: i.Title, Protocol: i.Protocol, Version: i.Version, Digest: s.Digest, Mode: s.Mode,
		Opened: s.Opened, Closed: s.Closed, Locked: s.Locked, Unblinded: s.Unblinded, Approvals: []study.ApprovalRecorded{}}
	for _, id := range slices.Sorted(maps.Keys(s.Approvals)) {
		out.Approvals = append(out.Approvals, s.Approvals[id])
	}
	return out
}

func listStudies(c *call) error {
	out := Studies{Studies: []Study{}}
	for _, i := range c.app.Studies(c.r.Context(), c.actor) {
		out.Studies = append(out.Studies, ofStudy(i))
	}
	return c.send(http.StatusOK, out)
}

func readStudy(c *call) error {
	for _, i := range c.app.Studies(c.r.Context(), c.actor) {
		if i.ID == c.study {
			return c.send(http.StatusOK, ofStudy(i))
		}
	}
	return notFound("no-such-study", "there is no such study here", "studien finnes ikke her")
}

// Definition is the protocol as it was loaded.
type Definition struct {
	Digest   string            `json:"digest" doc:"SHA-256 of its files, in hex"`
	Protocol protocol.Protocol `json:"protocol"`
}

func readProtocol(c *call) error {
	return c.send(http.StatusOK, Definition{Digest: c.def.Digest, Protocol: c.def.Protocol})
}

// Forms are the forms of the protocol.
type Forms struct {
	Forms []FormSummary `json:"forms"`
}

// FormSummary tells of a form and where it is asked.
type FormSummary struct {
	ID      string   `json:"id"`
	Version string   `json:"version"`
	Title   Text     `json:"title"`
	Hash    string   `json:"hash" doc:"SHA-256 of its content, in hex"`
	Items   int      `json:"items"`
	Visits  []string `json:"visits,omitempty"`
	Log     bool     `json:"log,omitempty" doc:"kept all through the study; its visit is -"`
}

func listForms(c *call) error {
	out := Forms{Forms: []FormSummary{}}
	for _, id := range slices.Sorted(maps.Keys(c.def.Instruments)) {
		f := c.def.Instruments[id]
		s := FormSummary{ID: id, Version: f.Version, Title: f.Title, Hash: f.Hash, Items: len(f.Items)}
		for i := range c.def.Visits {
			if _, ok := study.PlaceOf(c.def, c.def.Visits[i].ID, id); ok {
				s.Visits = append(s.Visits, c.def.Visits[i].ID)
			}
		}
		_, s.Log = study.PlaceOf(c.def, "", id)
		out.Forms = append(out.Forms, s)
	}
	return c.send(http.StatusOK, out)
}

// Form is one form.
type Form struct {
	Hash string                `json:"hash" doc:"SHA-256 of its content, in hex"`
	Form instrument.Instrument `json:"form"`
}

func readForm(c *call) error {
	f, ok := c.def.Form(c.r.PathValue("form"))
	if !ok {
		return noForm(c.r.PathValue("form"))
	}
	return c.send(http.StatusOK, Form{Hash: f.Hash, Form: f.Instrument})
}

func noForm(id string) error {
	return notFound("no-such-form", fmt.Sprintf("the protocol has no form %q", id), fmt.Sprintf("protokollen har ikke skjemaet %q", id))
}

// Sites are the sites in the token's scope.
type Sites struct {
	Sites []Site `json:"sites"`
}

// Site tells of one site.
type Site struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Country      string    `json:"country"`
	TimeZone     string    `json:"timeZone"`
	Pairs        int       `json:"pairs" doc:"therapy pairs"`
	Rooms        int       `json:"rooms"`
	Opened       time.Time `json:"opened"`
	Participants int       `json:"participants" doc:"numbers given; the next participant's number follows"`
	Staff        []Staff   `json:"staff"`
}

// Staff is one person at a site.
type Staff struct {
	Person      string            `json:"person"`
	Name        string            `json:"name"`
	Roles       []string          `json:"roles"`
	Credentials map[string]string `json:"credentials,omitempty" doc:"last valid day by credential; empty = no expiry"`
	Related     []string          `json:"related,omitempty" doc:"who must not be paired with this person"`
}

func listSites(c *call) error {
	sites, err := c.app.Sites(c.r.Context(), c.actor, c.study)
	if err != nil {
		return err
	}
	out := Sites{Sites: []Site{}}
	for _, s := range sites {
		x := Site{ID: s.ID, Name: s.Name, Country: s.Country, TimeZone: zoneName(s.Zone), Pairs: s.Pairs, Rooms: s.Rooms, Opened: s.Opened, Participants: s.Numbers, Staff: []Staff{}}
		for _, id := range slices.Sorted(maps.Keys(s.Staff)) {
			m := s.Staff[id]
			x.Staff = append(x.Staff, Staff{Person: m.Person, Name: m.Name, Roles: full(m.Roles), Credentials: m.Credentials, Related: m.Related})
		}
		out.Sites = append(out.Sites, x)
	}
	return c.send(http.StatusOK, out)
}

func zoneName(z *time.Location) string {
	if z == nil {
		return "UTC"
	}
	return z.String()
}

// Progress of a study over the sites in the token's scope.
type Progress struct {
	Target int                    `json:"target" doc:"planned sample size"`
	All    SiteProgress           `json:"all"`
	Sites  []SiteProgress         `json:"sites"`
	Dates  map[string][]time.Time `json:"dates" doc:"by milestone: when each participant reached it, in order"`
	Failed map[string]int         `json:"failed" doc:"people by criterion or pre-screening reason"`
}

// SiteProgress counts one site, or all.
type SiteProgress struct {
	Site         string         `json:"site,omitempty"`
	Name         string         `json:"name,omitempty"`
	Referred     int            `json:"referred"`
	Reached      map[string]int `json:"reached" doc:"participants by milestone"`
	Status       map[string]int `json:"status" doc:"participants by present status"`
	VisitsHeld   int            `json:"visitsHeld"`
	VisitsOut    int            `json:"visitsOut" doc:"held out of their window, or missed"`
	FormsDue     int            `json:"formsDue"`
	FormsDone    int            `json:"formsDone"`
	MissingItems int            `json:"missingItems"`
	Queries      int            `json:"queries"`
	Deviations   int            `json:"deviations"`
	Adverse      int            `json:"adverseEvents"`
	Serious      int            `json:"seriousEvents"`
	Overdue      int            `json:"overdue" doc:"participants with a deadline passed"`
}

func ofSiteProgress(p app.SiteProgress) SiteProgress {
	out := SiteProgress{Site: p.Site, Name: p.Name, Referred: p.Referred, Reached: map[string]int{}, Status: map[string]int{}, VisitsHeld: p.VisitsHeld, VisitsOut: p.VisitsOut,
		FormsDue: p.FormsDue, FormsDone: p.FormsDone, MissingItems: p.MissingItems, Queries: p.Queries, Deviations: p.Deviations, Adverse: p.Adverse, Serious: p.Serious, Overdue: p.Overdue}
	maps.Copy(out.Reached, p.Reached)
	for s, n := range p.Status {
		out.Status[string(s)] = n
	}
	return out
}

func readProgress(c *call) error {
	p, err := c.app.Progress(c.r.Context(), c.actor, c.study)
	if err != nil {
		return err
	}
	out := Progress{Target: p.Target, All: ofSiteProgress(p.All), Sites: []SiteProgress{}, Dates: map[string][]time.Time{}, Failed: map[string]int{}}
	for _, s := range p.Sites {
		out.Sites = append(out.Sites, ofSiteProgress(s))
	}
	maps.Copy(out.Dates, p.Dates)
	maps.Copy(out.Failed, p.Failed)
	return c.send(http.StatusOK, out)
}
