package app

import (
	"context"
	"iter"
	"strings"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/study"
)

// AuditQuery filters what happened: of a study, or of the house's log when Study is
// "" (sign-ins, refusals, accounts). Empty fields do not filter.
type AuditQuery struct {
	Study       string
	Participant string
	Record      string // study.RecordRef
	Account     string // who did it
	Type        string // beginning of the type, such as "form."
	From, To    time.Time
	Seen        bool  // with looks as well
	Before      int64 // only events with a lower sequence number; 0 = from the newest
	Limit       int   // 0 = 200; 5000 at most
}

// Bounds of a page of an audit.
const (
	auditPage    = 200
	maxAuditPage = 5000
)

// AuditLine is one thing that happened.
type AuditLine struct {
	Seq      int64             `json:"seq"`
	Recorded time.Time         `json:"recorded"`
	At       time.Time         `json:"at"`
	Stream   string            `json:"stream"`
	Type     string            `json:"type"`
	Account  string            `json:"account"`
	Name     string            `json:"name,omitempty"`
	Role     string            `json:"role,omitempty"`
	Reason   string            `json:"reason,omitempty"`
	Text     study.Text        `json:"text"`
	Event    *study.Event      `json:"-"` // of a study, redacted for the actor
	Facts    map[string]string `json:"facts,omitempty"`
}

// Audit answers lines, newest first, redacted and within the actor's scope, and the
// Before of the next page (0 = no more). A study's needs access.SeeAudit, with Seen
// access.SeeAccess; the house's log access.SeeAccess.
func (a *App) Audit(ctx context.Context, actor access.Actor, q AuditQuery) ([]AuditLine, int64, error) {
	if q.Limit <= 0 {
		q.Limit = auditPage
	}
	q.Limit = min(q.Limit, maxAuditPage)
	if q.Study == "" {
		return a.auditHouse(ctx, actor, q)
	}
	h, err := a.host(q.Study)
	if err != nil {
		return nil, 0, err
	}
	if err := a.may(h, actor, access.SeeAudit); err != nil {
		return nil, 0, err
	}
	if q.Seen {
		if err := a.may(h, actor, access.SeeAccess); err != nil {
			return nil, 0, err
		}
	}
	if q.Participant != "" {
		if err := a.within(h, actor, q.Participant, "audit"); err != nil {
			return nil, 0, err
		}
	}
	var record *study.RecordRef
	if q.Record != "" {
		r, err := study.ParseRecordRef(q.Record)
		if err != nil {
			return nil, 0, &study.Refusal{Kind: study.Invalid, Field: "record", Code: "bad-record", Text: study.Text{
				EN: "this names no record; write it as form/V3/caps5, session/V5 or casebook", NB: "dette er ingen føring; skriv den som form/V3/caps5, session/V5 eller casebook"}}
		}
		record = &r
	}
	var out []AuditLine
	next := int64(0)
	names := map[string]string{}
	for l, err := range a.auditEvents(ctx, q) {
		if err != nil {
			return nil, 0, err
		}
		if !inScope(actor, l.Stream) || !h.hearsOf(actor, l.Stream) || !q.Seen && isLook(l.Type) {
			continue
		}
		e, err := study.Decode(l)
		if err != nil {
			return nil, 0, err
		}
		if d, ok := e.Data.(study.SlotTaken); ok && !actor.AtSite(siteOfNumber(d.Participant)) {
			continue
		}
		if record != nil && !concerns(*record, e.Data) {
			continue
		}
		shown := a.visible(h, actor, []study.Event{withoutSealed(e)})
		if len(shown) == 0 {
			continue
		}
		e = shown[0]
		name, known := names[e.Actor]
		if !known {
			name = a.nameOfAccount(ctx, h, e.Actor)
			names[e.Actor] = name
		}
		out = append(out, AuditLine{Seq: e.Seq, Recorded: e.Recorded, At: e.At, Stream: e.Stream, Type: e.Type(), Account: e.Actor, Name: name, Role: e.Role,
			Reason: e.Reason, Text: study.Describe(h.definition(), e), Event: &e})
		if len(out) == q.Limit {
			next = e.Seq
			break
		}
	}
	if q.Participant != "" && len(out) > 0 {
		a.look(h, actor, q.Participant, "trail")
	}
	return out, next, nil
}

// auditEvents reads what a query may mean, newest first: a participant's from the
// streams of the participant, anything else from the study's log.
func (a *App) auditEvents(ctx context.Context, q AuditQuery) iter.Seq2[ledger.Event, error] {
	r := ledger.Read{Study: q.Study, After: -1, Actor: q.Account, TypePrefix: q.Type, From: q.From, To: q.To, Before: q.Before, Reverse: true}
	if q.Participant == "" {
		return a.store.Events(ctx, r)
	}
	r.After = 0
	var streams []iter.Seq2[ledger.Event, error]
	for _, name := range []string{study.ParticipantStream(q.Participant), study.IdentityStream(q.Participant), study.SeenStream(q.Participant), study.NoticeStream(q.Participant)} {
		r.Stream = name
		streams = append(streams, a.store.Events(ctx, r))
	}
	return newestFirst(streams)
}

// newestFirst merges streams that are newest first each.
func newestFirst(streams []iter.Seq2[ledger.Event, error]) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		type source struct {
			next func() (ledger.Event, error, bool)
			e    ledger.Event
			err  error
			ok   bool
		}
		sources := make([]*source, len(streams))
		for i, s := range streams {
			next, stop := iter.Pull2(s)
			defer stop()
			sources[i] = &source{next: next}
			sources[i].e, sources[i].err, sources[i].ok = next()
		}
		for {
			var best *source
			for _, s := range sources {
				if s.ok && (s.err != nil || best == nil || best.err == nil && s.e.Seq > best.e.Seq) {
					best = s
				}
			}
			if best == nil || !yield(best.e, best.err) {
				return
			}
			best.e, best.err, best.ok = best.next()
		}
	}
}

// inScope says that a stream is within the actor's sites.
func inScope(actor access.Actor, stream string) bool {
	if actor.Sites == nil || stream == study.StudyStream || stream == study.AllocationStream {
		return true // who took which slot is looked at by participant
	}
	if site, ok := strings.CutPrefix(stream, study.SiteStream("")); ok {
		return actor.AtSite(site)
	}
	if site, ok := strings.CutPrefix(stream, study.CalendarStream("")); ok {
		return actor.AtSite(site)
	}
	id := participantIn(stream)
	return id != "" && actor.AtSite(siteOfNumber(id))
}

// participantIn answers the participant that a stream is about, "" when none.
func participantIn(stream string) string {
	for _, prefix := range []string{study.ParticipantStream(""), study.IdentityStream(""), study.SeenStream(""), study.NoticeStream("")} {
		if id, ok := strings.CutPrefix(stream, prefix); ok {
			return id
		}
	}
	return ""
}

// isLook says that somebody only looked.
func isLook(kind string) bool {
	return kind == "record.seen" || kind == "identity.seen" || kind == "arm.seen"
}

// concerns says that an event is about a record: it changed it, signed it, asked
// about it, or looked at it.
func concerns(r study.RecordRef, p study.Payload) bool {
	if r.TouchedBy(p) {
		return true
	}
	ref := r.String()
	switch d := p.(type) {
	case study.RecordSigned:
		return d.Record == ref
	case study.RecordSeen:
		return d.Part == ref || r.Kind == study.RecordCasebook
	case study.QueryRaised:
		return r.Kind == study.RecordForm && r.Key() == study.FormKey{Visit: d.Visit, Form: d.Form, Repeat: d.Repeat}
	}
	return false
}

// withoutSealed leaves out what only the vault can open: it tells nobody anything,
// and its length would.
func withoutSealed(e study.Event) study.Event {
	if d, ok := e.Data.(study.ReferralReceived); ok {
		return withoutReferred(e, d)
	}
	d, ok := e.Data.(study.IdentityRecorded)
	if !ok {
		return e
	}
	fields := make(map[string]string, len(d.Fields))
	for name, sealed := range d.Fields {
		if sealed != "" {
			sealed = "sealed"
		}
		fields[name] = sealed
	}
	e.Data, e.Hash = study.IdentityRecorded{Fields: fields}, ledger.Hash{}
	return e
}

func (a *App) auditHouse(ctx context.Context, actor access.Actor, q AuditQuery) ([]AuditLine, int64, error) {
	if err := a.mayHouse(actor, access.SeeAccess); err != nil {
		return nil, 0, err
	}
	if q.Participant != "" || q.Record != "" {
		return nil, 0, nil // the house's log is about accounts
	}
	var out []AuditLine
	names := map[string]string{}
	r := ledger.Read{Study: identity.Log, After: -1, Actor: q.Account, TypePrefix: q.Type, From: q.From, To: q.To, Before: q.Before, Reverse: true, Limit: q.Limit}
	for e, err := range a.store.Events(ctx, r) {
		if err != nil {
			return nil, 0, err
		}
		name, known := names[e.Actor]
		if !known {
			name = a.nameOfAccount(ctx, nil, e.Actor)
			names[e.Actor] = name
		}
		text, facts := a.describeHouse(e)
		out = append(out, AuditLine{Seq: e.Seq, Recorded: e.RecordedAt, At: e.EffectiveAt, Stream: e.Stream, Type: e.Type, Account: e.Actor, Name: name, Role: e.Role,
			Reason: e.Reason, Text: text, Facts: facts})
		if len(out) == q.Limit {
			return out, e.Seq, nil
		}
	}
	return out, 0, nil
}

// describeHouse tells an event of the house's log; those of tokens are app's own.
func (a *App) describeHouse(e ledger.Event) (study.Text, map[string]string) {
	if text, facts, ok := describeToken(e); ok {
		return text, facts
	}
	if text, facts, ok := describeFeed(e); ok {
		return text, facts
	}
	if text, ok := describeMessage(e); ok {
		return text, nil
	}
	return identity.Describe(e)
}
