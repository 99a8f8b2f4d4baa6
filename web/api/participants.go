package api

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/instrument"
	"varde/study"
)

func statuses() []string {
	out := make([]string, len(study.Statuses))
	for i, s := range study.Statuses {
		out[i] = string(s)
	}
	return out
}

// ParticipantPage is a page of the list.
type ParticipantPage struct {
	Total        int                  `json:"total" doc:"participants that the filters leave, on all pages"`
	Offset       int                  `json:"offset"`
	Limit        int                  `json:"limit"`
	Participants []app.ParticipantRow `json:"participants"`
}

func listParticipants(c *call) error {
	offset, err := c.whole("offset", 0, 0, maxOffset)
	if err != nil {
		return err
	}
	limit, err := c.whole("limit", 100, 1, maxPage)
	if err != nil {
		return err
	}
	status := c.query("status")
	if status != "" && !slices.Contains(study.Statuses, study.Status(status)) {
		list := strings.Join(statuses(), ", ")
		return badParameter("status", "give one of: "+list, "oppgi en av: "+list)
	}
	rows, total, err := c.app.Participants(c.r.Context(), c.actor, c.study, app.ListQuery{
		Site: c.query("site"), Status: status, Search: c.query("search"), Offset: offset, Limit: limit})
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, ParticipantPage{Total: total, Offset: offset, Limit: limit, Participants: full(rows)})
}

// Participant is one participant's record, as the token's role may see it.
type Participant struct {
	ID         string                     `json:"id"`
	Site       string                     `json:"site"`
	Version    int64                      `json:"version" doc:"events in the participant's record"`
	Recorded   time.Time                  `json:"recordedAt" doc:"of the last event"`
	Language   string                     `json:"language,omitempty"`
	TimeZone   string                     `json:"timeZone"`
	Channel    string                     `json:"channel,omitempty"`
	Status     study.Status               `json:"status"`
	StatusName Text                       `json:"statusName"`
	Milestones map[string]time.Time       `json:"milestones"`
	Prescreen  *study.PersonPrescreened   `json:"prescreen,omitempty"`
	Gates      []study.EligibilityDecided `json:"gates"`
	Consents   []Consent                  `json:"consents"`
	Kit        string                     `json:"kit,omitempty"`
	Stratum    string                     `json:"stratum,omitempty"`
	Visits     []Visit                    `json:"visits"`
	Records    []RecordSummary            `json:"records" doc:"forms that are filled in, wholly or in part"`
	Queries    []Query                    `json:"queries"`
	Deviations []Deviation                `json:"deviations"`
	Alerts     []Alert                    `json:"alerts"`
	Sessions   []Session                  `json:"sessions"`
	Doses      int                        `json:"doses"`
	Duties     map[string]time.Time       `json:"duties" doc:"safety reports made, by clock and record"`
	Stopped    time.Time                  `json:"treatmentStopped,omitzero"`
	StopReason string                     `json:"stopReason,omitempty"`
	Left       time.Time                  `json:"left,omitzero"`
	LeftReason string                     `json:"leftReason,omitempty"`
	Done       time.Time                  `json:"completed,omitzero"`
	Tasks      []study.Task               `json:"tasks,omitempty" doc:"what is to be done now; absent for an earlier moment"`
}

// Consent is the newest signature under a document.
type Consent struct {
	Document  string    `json:"document"`
	Version   string    `json:"version"`
	Signed    time.Time `json:"signed"`
	Withdrawn time.Time `json:"withdrawn,omitzero"`
}

// Visit is one planned contact.
type Visit struct {
	ID      string    `json:"id"`
	Title   Text      `json:"title"`
	Window  *Window   `json:"window,omitempty" doc:"absent while its anchor is unknown"`
	Planned time.Time `json:"planned,omitzero" doc:"appointment"`
	Held    time.Time `json:"held,omitzero"`
	By      []string  `json:"by,omitempty"`
	Missed  string    `json:"missed,omitempty" doc:"reason code"`
	Passed  bool      `json:"windowPassed,omitempty"`
	Forms   []DueForm `json:"forms" doc:"forms that the visit asks for"`
}

// Window is when a visit should be, in calendar days at the site.
type Window struct {
	Target string `json:"target" format:"date"`
	Opens  string `json:"opens" format:"date"`
	Closes string `json:"closes" format:"date" doc:"the last day"`
	Firm   bool   `json:"firm" doc:"the anchor has happened; otherwise the window is reckoned from planned days"`
}

// DueForm is a form that a visit asks for.
type DueForm struct {
	Form     string `json:"form"`
	Optional bool   `json:"optional,omitempty"`
	Version  int    `json:"version" doc:"0 = nothing is saved"`
	Complete bool   `json:"complete"`
}

// Deviation from the protocol.
type Deviation struct {
	ID    string    `json:"id"`
	Code  string    `json:"code"`
	Visit string    `json:"visit,omitempty"`
	At    time.Time `json:"at"`
	Text  Text      `json:"text"`
}

// Alert is a call for a person that an answer made.
type Alert struct {
	ID     string    `json:"id"`
	Alert  string    `json:"alert"`
	Visit  string    `json:"visit,omitempty"`
	Form   string    `json:"form"`
	Repeat int       `json:"repeat,omitempty"`
	At     time.Time `json:"at"`
	Closed time.Time `json:"closed,omitzero"`
	Action string    `json:"action,omitempty"`
}

// Session is one dosing session.
type Session struct {
	Visit        string                     `json:"visit"`
	Go           bool                       `json:"go"`
	Checked      time.Time                  `json:"checked,omitzero"`
	Checks       map[string]bool            `json:"checks,omitempty"`
	Overrides    []study.Override           `json:"overrides,omitempty"`
	Pair         []string                   `json:"pair,omitempty"`
	Confirmed    []study.TwoPersonConfirmed `json:"confirmed,omitempty"`
	Started      time.Time                  `json:"started,omitzero"`
	Dose         float64                    `json:"dose,omitempty" doc:"mg, as labelled"`
	DoseAt       time.Time                  `json:"doseAt,omitzero"`
	Decision     string                     `json:"decision,omitempty" doc:"of the supplemental dose"`
	DecidedAt    time.Time                  `json:"decidedAt,omitzero"`
	Supplement   float64                    `json:"supplement,omitempty" doc:"mg, as labelled"`
	SupplementAt time.Time                  `json:"supplementAt,omitzero"`
	Breaches     []Breach                   `json:"breaches"`
	Discharged   time.Time                  `json:"discharged,omitzero"`
	To           string                     `json:"to,omitempty"`
	Ended        time.Time                  `json:"ended,omitzero"`
	Signed       string                     `json:"signed,omitempty"`
	Plan         []PlanLine                 `json:"plan" doc:"the timetable"`
}

// Breach of a limit.
type Breach struct {
	ID           string    `json:"id"`
	Rule         string    `json:"rule"`
	Value        float64   `json:"value"`
	At           time.Time `json:"at"`
	Acknowledged time.Time `json:"acknowledged,omitzero"`
	By           string    `json:"by,omitempty"`
	Action       string    `json:"action,omitempty"`
	Escalated    time.Time `json:"escalated,omitzero"`
}

// PlanLine is one thing due in a session.
type PlanLine struct {
	Slot   string    `json:"slot"`
	Kind   string    `json:"kind"`
	Title  Text      `json:"title"`
	Form   string    `json:"form"`
	Due    time.Time `json:"due,omitzero"`
	Latest time.Time `json:"latest,omitzero"`
	Done   time.Time `json:"done,omitzero"`
	Repeat int       `json:"repeat,omitempty" doc:"the record that answers it"`
}

// person reads the participant of the path, as of "at" when it is given.
func (c *call) person() (*study.State, error) {
	at, err := c.moment("at")
	if err != nil {
		return nil, err
	}
	return c.app.ParticipantAsOf(c.r.Context(), c.actor, c.study, c.r.PathValue("id"), at)
}

func readParticipant(c *call) error {
	s, err := c.person()
	if err != nil {
		return err
	}
	now := c.query("at") == ""
	out := c.describe(s, now)
	if now && c.actor.Can(access.SeeList) {
		rows, err := c.app.Tasks(c.r.Context(), c.actor, c.study, app.TaskQuery{Participant: s.ID, Limit: maxPage})
		if err != nil {
			return err
		}
		for _, r := range rows {
			out.Tasks = append(out.Tasks, c.maskTask(s.ID, r.Task))
		}
	}
	return c.send(http.StatusOK, out)
}

func (c *call) describe(s *study.State, now bool) Participant {
	out := Participant{ID: s.ID, Site: s.Site, Version: s.Version, Recorded: s.Recorded, Language: s.Language, TimeZone: zoneName(s.Zone), Channel: s.Channel,
		Status: s.Status(), StatusName: study.StatusName(s.Status()), Milestones: map[string]time.Time{}, Prescreen: s.Prescreen, Gates: []study.EligibilityDecided{},
		Consents: []Consent{}, Kit: s.Kit, Stratum: s.Stratum, Visits: c.visits(s, now), Records: []RecordSummary{}, Queries: c.queries(s, nil), Deviations: []Deviation{},
		Alerts: []Alert{}, Sessions: []Session{}, Doses: s.Doses, Duties: map[string]time.Time{}, Stopped: s.Stopped, StopReason: s.StopReason, Left: s.Left,
		LeftReason: s.LeftReason, Done: s.Done}
	for m, t := range s.Reached {
		out.Milestones[string(m)] = t
	}
	for _, id := range slices.Sorted(maps.Keys(s.Gates)) {
		out.Gates = append(out.Gates, s.Gates[id])
	}
	for _, id := range slices.Sorted(maps.Keys(s.Consents)) {
		x := s.Consents[id]
		out.Consents = append(out.Consents, Consent{Document: x.Document, Version: x.Version, Signed: x.At, Withdrawn: x.Withdrawn})
	}
	for _, f := range c.sorted(s) {
		out.Records = append(out.Records, RecordSummary{Visit: c.shown(s.ID, f.Key.Visit), Form: f.Key.Form, Repeat: f.Key.Repeat, Version: f.Version, Complete: f.Complete(), ChangedAt: f.Changed})
	}
	for _, d := range s.Deviations {
		out.Deviations = append(out.Deviations, Deviation{ID: d.ID, Code: d.Code, Visit: c.shown(s.ID, d.Visit), At: d.At, Text: study.DeviationText(c.def, d.DeviationRaised)})
	}
	for _, a := range s.Alerts {
		out.Alerts = append(out.Alerts, c.alert(s.ID, a))
	}
	for _, id := range slices.Sorted(maps.Keys(s.Sessions)) {
		out.Sessions = append(out.Sessions, c.session(s, s.Sessions[id]))
	}
	maps.Copy(out.Duties, s.Duties)
	return out
}

func (c *call) alert(participant string, a study.AlertState) Alert {
	return Alert{ID: a.ID, Alert: a.Alert, Visit: c.shown(participant, a.Visit), Form: a.Form, Repeat: a.Repeat, At: a.At, Closed: a.Closed, Action: a.Action}
}

func (c *call) visits(s *study.State, now bool) []Visit {
	env := study.Env{Now: s.Recorded}
	if now {
		env = c.app.Env(c.r.Context(), c.actor, c.study, s)
	}
	out, hides := []Visit{}, c.hidesVisits()
	windows := study.Windows(c.def, s)
	for i := range c.def.Visits {
		if i >= len(s.Visits) || !study.VisitExists(c.def, s, env, i) {
			continue
		}
		v, x := &c.def.Visits[i], s.Visits[i]
		id, title, masked := c.shown(s.ID, v.ID), v.Title, false
		if masked = id != v.ID; masked {
			title = assessment
			if x.Planned.IsZero() && x.Held.IsZero() {
				continue // that it is still to come tells how far the participant has come
			}
		} else if hides && !slices.Contains(v.By, c.actor.Role) {
			continue
		}
		visit := Visit{ID: id, Title: title, Planned: x.Planned, Held: x.Held, By: x.By, Missed: x.Missed, Passed: x.Closed, Forms: []DueForm{}}
		if w := windows[i]; w.Known && !masked {
			visit.Window = &Window{Target: w.Target.String(), Opens: w.Opens.String(), Closes: w.Closes.String(), Firm: w.Firm}
		}
		for _, f := range study.VisitForms(c.def, s, env, i) {
			d := DueForm{Form: f.Use.Form, Optional: f.Use.Optional, Complete: f.State.Complete()}
			if f.State != nil {
				d.Version = f.State.Version
			}
			visit.Forms = append(visit.Forms, d)
		}
		out = append(out, visit)
	}
	if hides {
		// In the order of references, in which none shows.
		slices.SortFunc(out, func(a, b Visit) int { return cmp.Compare(a.ID, b.ID) })
	}
	return out
}

func (c *call) session(s *study.State, x *study.SessionState) Session {
	out := Session{Visit: x.Visit, Go: x.Go, Checked: x.CheckedAt, Checks: x.Checks, Overrides: x.Overrides, Pair: x.Pair, Confirmed: x.Confirmed, Started: x.Started,
		Dose: x.Dose, DoseAt: x.DoseAt, Decision: x.Decision, DecidedAt: x.DecidedAt, Supplement: x.Supplement, SupplementAt: x.SupplementAt,
		Breaches: []Breach{}, Discharged: x.Discharged, To: x.To, Ended: x.Ended, Signed: x.Signed, Plan: []PlanLine{}}
	for _, b := range x.Breaches {
		out.Breaches = append(out.Breaches, Breach{ID: b.ID, Rule: b.Rule, Value: b.Value, At: b.At, Acknowledged: b.Acknowledged, By: b.By, Action: b.Action, Escalated: b.Escalated})
	}
	for _, l := range study.SessionPlan(c.def, s, x) {
		p := PlanLine{Slot: l.ID, Kind: string(l.Kind), Title: l.Title, Form: l.Form, Due: l.Due, Latest: l.Latest, Done: l.Done}
		if l.Record != nil {
			p.Repeat = l.Record.Key.Repeat
		}
		out.Plan = append(out.Plan, p)
	}
	return out
}

// Query on one answer.
type Query struct {
	ID     string           `json:"id"`
	Code   string           `json:"code"`
	Visit  string           `json:"visit,omitempty"`
	Form   string           `json:"form"`
	Repeat int              `json:"repeat,omitempty"`
	Item   string           `json:"item"`
	Value  instrument.Value `json:"value"`
	Text   Text             `json:"text"`
	Raised time.Time        `json:"raised"`
	Closed time.Time        `json:"closed,omitzero"`
	Answer string           `json:"answer,omitempty"`
	By     string           `json:"by,omitempty"`
}

// queries answers the queries, of one record when a key is given.
func (c *call) queries(s *study.State, key *study.FormKey) []Query {
	out := []Query{}
	for _, q := range s.Queries {
		if key != nil && (q.Visit != key.Visit || q.Form != key.Form || q.Repeat != key.Repeat) {
			continue
		}
		out = append(out, Query{ID: q.ID, Code: q.Code, Visit: c.shown(s.ID, q.Visit), Form: q.Form, Repeat: q.Repeat, Item: q.Item, Value: q.Value,
			Text: study.QueryText(c.def, q), Raised: q.Raised, Closed: q.Closed, Answer: q.Answer, By: q.By})
	}
	return out
}

// sorted answers the filled-in forms by visit, as the reader sees it.
func (c *call) sorted(s *study.State) []*study.FormState {
	return slices.SortedFunc(maps.Values(s.Forms), func(a, b *study.FormState) int {
		return cmp.Or(cmp.Compare(c.shown(s.ID, a.Key.Visit), c.shown(s.ID, b.Key.Visit)), cmp.Compare(a.Key.Form, b.Key.Form), cmp.Compare(a.Key.Repeat, b.Key.Repeat))
	})
}
