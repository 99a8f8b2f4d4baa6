package app

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/instrument"
	"varde/ledger"
	"varde/study"
)

// StudyInfo tells of one study.
type StudyInfo struct {
	ID       string
	Title    string
	Protocol string
	Version  string
	State    *study.StudyState
	Roles    []string // what the actor may be there, in the order of roles
}

// Studies answers the studies that the actor has a grant for, by id.
func (a *App) Studies(_ context.Context, actor access.Actor) []StudyInfo {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var out []StudyInfo
	for id, h := range a.hosts {
		if actor.Covers(id) {
			def, st := h.definition(), h.studyState()
			out = append(out, StudyInfo{ID: id, Title: st.Title, Protocol: def.ID, Version: def.Version, State: st, Roles: rolesIn(actor, id)})
		}
	}
	slices.SortFunc(out, func(x, y StudyInfo) int { return strings.Compare(x.ID, y.ID) })
	return out
}

// Study answers the study's own state.
func (a *App) Study(studyID string) (*study.StudyState, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	return h.studyState(), nil
}

// Sites answers the sites in the actor's scope, by id.
func (a *App) Sites(_ context.Context, actor access.Actor, studyID string) ([]*study.SiteState, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.in(h, actor, "sites"); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(h.sortedSites(), func(s *study.SiteState) bool { return !actor.AtSite(s.ID) }), nil
}

// ListQuery filters the list of participants. Empty fields do not filter.
type ListQuery struct {
	Site   string
	Status string
	Search string // part of the number
	Offset int
	Limit  int
}

// scope answers the sites that a query may reach: those asked for, within the actor's.
func scope(actor access.Actor, site string) []string {
	if site == "" {
		return actor.Sites
	}
	if !actor.AtSite(site) {
		return []string{}
	}
	return []string{site}
}

// Participants answers one page of the list, and how many there are in all.
func (a *App) Participants(ctx context.Context, actor access.Actor, studyID string, q ListQuery) ([]ParticipantRow, int, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, 0, err
	}
	if err := a.may(h, actor, access.SeeList); err != nil {
		return nil, 0, err
	}
	def := h.definition()
	hides := access.HidesVisit(def, actor.Role)
	if hides {
		q.Status = "" // the filter would tell what the row does not
	}
	lq := ledger.Query{Study: studyID, View: viewParticipant, Sites: scope(actor, q.Site), Search: q.Search, Offset: q.Offset, Limit: q.Limit}
	if q.Status != "" {
		lq.Groups = []string{q.Status}
	}
	total, err := a.store.Count(ctx, lq)
	if err != nil {
		return nil, 0, err
	}
	rows, err := a.store.Rows(ctx, lq)
	if err != nil {
		return nil, 0, err
	}
	out := make([]ParticipantRow, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal(r.Doc, &out[i]); err != nil {
			return nil, 0, err
		}
		if !h.permits(actor, access.SeeJourney) {
			out[i] = ParticipantRow{ID: out[i].ID, Site: out[i].Site, Status: out[i].Status}
			if hides {
				out[i].Status = "" // how far the participant has come tells the visit
			}
		}
	}
	return out, total, nil
}

// TaskQuery filters tasks.
type TaskQuery struct {
	Before      time.Time // due before; zero = all
	Participant string
	Mine        bool // only those of the actor's role
	Limit       int  // 0 = 500
}

// Tasks answers what is to be done, soonest first.
func (a *App) Tasks(ctx context.Context, actor access.Actor, studyID string, q TaskQuery) ([]TaskRow, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.SeeList); err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = 500
	}
	onlyOwn := q.Mine || !h.permits(actor, access.SeeJourney)
	def := h.definition()
	hides := access.HidesVisit(def, actor.Role)
	var out []TaskRow
	const page = 1000
	for offset := 0; len(out) < q.Limit; offset += page {
		rows, err := a.store.Rows(ctx, ledger.Query{Study: studyID, View: viewTask, Sites: actor.Sites, Parent: q.Participant, DueBefore: q.Before, ByDue: true, Offset: offset, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			var t TaskRow
			if err := json.Unmarshal(r.Doc, &t); err != nil {
				return nil, err
			}
			if onlyOwn && !t.Task.For(actor.Role, actor.ID) {
				continue
			}
			if v, ok := def.Visit(t.Task.Visit); ok && hides && v.Hides && t.Task.Kind == study.TaskVisit {
				t.Task.Title = study.Text{EN: "Assessment", NB: "Vurdering"}
			}
			if out = append(out, t); len(out) == q.Limit {
				break
			}
		}
		if len(rows) < page {
			break
		}
	}
	return out, nil
}

// Participant answers a participant's state as the actor may see it.
func (a *App) Participant(ctx context.Context, actor access.Actor, studyID, id string) (*study.State, error) {
	return a.ParticipantAsOf(ctx, actor, studyID, id, time.Time{})
}

// ParticipantAsOf answers the state as the record stood at a moment (zero: now).
func (a *App) ParticipantAsOf(ctx context.Context, actor access.Actor, studyID, id string, at time.Time) (*study.State, error) {
	h, err := a.reach(actor, studyID, id)
	if err != nil {
		return nil, err
	}
	if !at.IsZero() {
		if err := a.may(h, actor, access.SeeAudit); err != nil {
			return nil, err
		}
	}
	var s *study.State
	if at.IsZero() {
		e, err := a.person(ctx, h, id)
		if err != nil {
			return nil, err
		}
		s = e.state
		e.mu.Unlock()
	} else if s, err = a.replay(ctx, h, id, at); err != nil {
		return nil, err
	}
	if s == nil {
		return nil, noParticipant()
	}
	a.look(h, actor, id, "journey")
	return a.redact(h, actor, s), nil
}

// reach refuses an actor who may not see the participant at all.
func (a *App) reach(actor access.Actor, studyID, id string) (*host, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.SeeJourney, access.Enter); err != nil {
		return nil, err
	}
	return h, a.within(h, actor, id, "participant")
}

// TrailQuery filters the audit trail.
type TrailQuery struct {
	Until time.Time // recorded until; zero = now
	Type  string    // beginning of the type, such as "form."
	Limit int       // the newest; 0 = all
}

// Trail answers a stream's events, oldest first: of a participant by number, of
// "study", or of a site as "site/ID".
func (a *App) Trail(ctx context.Context, actor access.Actor, studyID, stream string, q TrailQuery) ([]study.Event, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.SeeAudit); err != nil {
		return nil, err
	}
	name := stream
	switch site, isSite := strings.CutPrefix(stream, study.SiteStream("")); {
	case stream == study.StudyStream:
	case isSite:
		if !actor.AtSite(site) || h.site(site) == nil {
			return nil, a.refuse(actor, h.id, "trail", noSite())
		}
	default:
		if err := a.within(h, actor, stream, "trail"); err != nil {
			return nil, err
		}
		name = study.ParticipantStream(stream)
	}
	var out []study.Event
	err = a.each(ctx, studyID, name, func(e study.Event) error {
		if (q.Until.IsZero() || !e.Recorded.After(q.Until)) && strings.HasPrefix(e.Type(), q.Type) {
			out = append(out, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 && name != stream {
		if head, err := a.store.Head(ctx, studyID, name); err != nil || head == 0 {
			return nil, noParticipant()
		}
	}
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[len(out)-q.Limit:]
	}
	if name != stream {
		a.look(h, actor, stream, "trail")
	}
	return a.visible(h, actor, out), nil
}

// Env answers what study's functions need besides a state.
func (a *App) Env(_ context.Context, actor access.Actor, studyID string, s *study.State) study.Env {
	env := study.Env{Now: a.Now(), Actor: study.Actor{ID: actor.ID, Name: actor.Name, Role: actor.Role}}
	if h, err := a.host(studyID); err == nil && a.in(h, actor, "env") == nil {
		env.Study = h.studyState()
		if s != nil {
			env.Site = h.site(s.Site)
		}
	}
	return env
}

// Subjects goes through the states of all participants in the actor's scope, by
// number, each replayed from the ledger: for analysis.
func (a *App) Subjects(ctx context.Context, actor access.Actor, studyID string) iter.Seq2[*study.State, error] {
	return a.subjects(ctx, actor, studyID, func(h *host) study.Sees { return a.sees(h, actor) }, a.current)
}

// subjects goes through the states that state answers, as sees lets them be seen.
func (a *App) subjects(ctx context.Context, actor access.Actor, studyID string, sees func(*host) study.Sees, state func(context.Context, *host, string) (*study.State, error)) iter.Seq2[*study.State, error] {
	return func(yield func(*study.State, error) bool) {
		h, err := a.host(studyID)
		if err == nil {
			err = a.may(h, actor, access.SeeResult)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		ids, err := a.participants(ctx, h)
		if err != nil {
			yield(nil, err)
			return
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return !actor.AtSite(siteOfNumber(id)) })
		def, sees := h.definition(), sees(h)
		one := func(ctx context.Context, id string) (*study.State, error) {
			s, err := state(ctx, h, id)
			if err == nil && s != nil && actor.Role != "system" {
				// By blinding class alone: who analyses sees no journeys, but all subjects.
				s = study.RedactWords(study.Redact(def, s, sees), study.NoWords)
			}
			return s, err
		}
		for s, err := range inOrder(ctx, ids, one) {
			if !yield(s, err) {
				return
			}
		}
	}
}

// current answers a participant's state: from memory when it is there, else from
// the ledger, without filling the memory with everybody.
func (a *App) current(ctx context.Context, h *host, id string) (*study.State, error) {
	if e, ok := h.people.Peek(id); ok {
		e.mu.Lock()
		s, known := e.state, e.known && !e.stale
		e.mu.Unlock()
		if known && s != nil {
			return s, nil
		}
	}
	return a.replay(ctx, h, id, time.Time{})
}

func (a *App) participants(ctx context.Context, h *host) ([]string, error) {
	names, err := a.store.Streams(ctx, h.id, study.ParticipantStream(""))
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], study.ParticipantStream(""))
	}
	return names, err
}

// Arms answers who is in which arm: to unblinded roles, and to all who may see
// results once the study is unblinded. Otherwise nil without an error: the
// analysis is then pooled.
func (a *App) Arms(_ context.Context, actor access.Actor, studyID string) (map[string]string, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.in(h, actor, "arms"); err != nil {
		return nil, err
	}
	return h.arms(actor, h.studyState())
}

// arms answers who is in which arm, to those who may know it in a state of the study.
func (h *host) arms(actor access.Actor, st *study.StudyState) (map[string]string, error) {
	open := !st.Unblinded.IsZero() && h.permits(actor, access.SeeResult)
	if !open && actor.Role != "system" && !access.Sees(h.definition(), actor.Role, instrument.Unblinded) {
		return nil, nil
	}
	h.allocMu.Lock()
	defer h.allocMu.Unlock()
	if h.allocator == nil {
		return nil, nil
	}
	out := make(map[string]string, len(h.alloc.Slots))
	for id, t := range h.alloc.Slots {
		if actor.AtSite(siteOfNumber(id)) {
			out[id] = h.allocator.ArmOf(t)
		}
	}
	return out, nil
}

// Checkpoint signs the study's record as it stands.
func (a *App) Checkpoint(ctx context.Context, studyID string) (ledger.Checkpoint, error) {
	if _, err := a.host(studyID); err != nil {
		return ledger.Checkpoint{}, err
	}
	return a.store.Checkpoint(ctx, studyID)
}
