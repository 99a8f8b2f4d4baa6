package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// Done is what a command did.
type Done struct {
	Events      []study.Event
	State       *study.State // of the participant afterwards, as the actor may see it; nil for study and site
	Participant string
}

// Do carries out a command: authorise, load, decide, append durably, project.
// ClientID makes it happen once however often it is sent; it may be empty.
// What a person can mend is a *study.Refusal; any other error is a fault.
func (a *App) Do(ctx context.Context, actor access.Actor, studyID string, cmd study.Command, clientID string) (Done, error) {
	if _, ok := cmd.(study.Sign); ok {
		// A signature that did not pass BeginSignature and FinishSignature proves nothing.
		return Done{}, a.refuse(actor, studyID, "Sign", &study.Refusal{Kind: study.Forbidden, Code: "not-by-command", Text: study.Text{
			EN: "a record is signed by proving who signs, not by a command", NB: "en føring signeres ved å bevise hvem som signerer, ikke med en kommando"}})
	}
	return a.carryOut(ctx, actor, studyID, cmd, clientID)
}

func (a *App) carryOut(ctx context.Context, actor access.Actor, studyID string, cmd study.Command, clientID string) (Done, error) {
	if cmd == nil {
		return Done{}, &study.Refusal{Kind: study.Invalid, Code: "unknown-command", Text: study.Text{EN: "no command was given", NB: "ingen kommando ble gitt"}}
	}
	if c, ok := cmd.(study.OpenStudy); ok {
		return a.openStudy(ctx, actor, studyID, c, clientID)
	}
	h, err := a.host(studyID)
	if err != nil {
		return Done{}, err
	}
	if err := a.authorise(h, actor, cmd); err != nil {
		return Done{}, err
	}
	// Another writer (a second process, or a command that failed on the way) may
	// have been quicker: then decide anew on what is true now.
	for try := 0; ; try++ {
		w, err := a.decideAt(ctx, h, a.Now(), actor, cmd, clientID)
		if err != nil {
			// A command that was carried out before is refused now (the form has a
			// newer version, the visit is held): answer what it did then.
			if clientID != "" {
				if events, e := a.store.ByClient(ctx, studyID, clientID); e == nil && len(events) > 0 {
					return a.again(ctx, h, actor, cmd, events)
				}
			}
			return Done{}, unfit(a.refused(actor, studyID, nameOf(cmd), err))
		}
		written, err := w.wait(ctx)
		var conflict *ledger.ConflictError
		var duplicate *ledger.DuplicateError
		switch {
		case errors.As(err, &conflict) && try < 8:
			if err := a.restore(ctx, h, cmd); err != nil {
				return Done{}, err
			}
			continue
		case errors.As(err, &duplicate):
			if err := a.restore(ctx, h, cmd); err != nil {
				return Done{}, err
			}
			return a.again(ctx, h, actor, cmd, duplicate.Events)
		case err != nil:
			return Done{}, unfit(errors.Join(err, a.restore(ctx, h, cmd)))
		}
		// They were decided here: reading them back would say the same again.
		out := make([]study.Event, len(written))
		for i, l := range written {
			out[i] = study.Written(l, w.events[i].Data)
		}
		return Done{Events: a.visible(h, actor, out), State: a.redact(h, actor, w.state), Participant: participantOf(cmd)}, nil
	}
}

// restore takes back what a write that failed had put into memory.
func (a *App) restore(ctx context.Context, h *host, cmd study.Command) error {
	switch cmd.(type) {
	case study.Refer, study.Randomise:
	default:
		if participantOf(cmd) != "" {
			return nil // the participant's own state is read anew by itself
		}
	}
	return a.reload(context.WithoutCancel(ctx), h)
}

// unfit makes a refusal of what the ledger cannot keep, such as a name with
// control characters: the sender can mend it.
func unfit(err error) error {
	if errors.Is(err, ledger.ErrInvalid) {
		return &study.Refusal{Kind: study.Invalid, Code: "not-recordable", Text: study.Text{
			EN: "this cannot be recorded: " + err.Error(), NB: "dette kan ikke føres: " + err.Error()}}
	}
	return err
}

// again answers a command that was carried out before with what it did then.
func (a *App) again(ctx context.Context, h *host, actor access.Actor, cmd study.Command, written []ledger.Event) (Done, error) {
	events, err := decodeAll(written)
	if err != nil {
		return Done{}, err
	}
	for _, e := range events {
		if e.Actor != actor.ID || e.Seq == events[0].Seq && e.Stream != cmd.Stream() {
			return Done{}, &study.Refusal{Kind: study.Invalid, Field: "clientId", Code: "client-id-taken", Text: study.Text{
				EN: "this client id was used by somebody else: make a new one", NB: "denne klient-ID-en er brukt av noen andre: lag en ny"}}
		}
	}
	done := Done{Events: a.visible(h, actor, events), Participant: participantOf(cmd)}
	if done.Participant != "" {
		e, err := a.person(ctx, h, done.Participant)
		if err != nil {
			return Done{}, err
		}
		defer e.mu.Unlock()
		if e.state != nil {
			done.State = a.redact(h, actor, e.state)
		}
	}
	return done, nil
}

// write is a command decided and queued.
type write struct {
	state   *study.State
	events  []study.Event  // as decided
	pending ledger.Pending // nil when nothing happened
	undo    func()         // called when the write failed
	durable func()         // called when the write is done or refused
}

func (w write) wait(ctx context.Context) ([]ledger.Event, error) {
	if w.pending == nil {
		return nil, nil
	}
	events, err := w.pending.Wait(ctx)
	if err != nil && w.undo != nil {
		w.undo()
	}
	if w.durable != nil && ctx.Err() == nil {
		w.durable()
	}
	return events, err
}

// decideAt decides the command on the newest state as of now and queues what happens.
func (a *App) decideAt(ctx context.Context, h *host, now time.Time, actor access.Actor, cmd study.Command, clientID string) (write, error) {
	env := study.Env{Now: now, Actor: study.Actor{ID: actor.ID, Name: actor.Name, Role: actor.Role}, Study: h.studyState(), StudyID: h.id}
	var err error
	if env.Chance, err = a.chance(cmd, nil); err != nil {
		return write{}, err
	}
	if id := participantOf(cmd); id != "" {
		return a.decideParticipant(ctx, h, env, id, cmd, clientID)
	}
	return a.decideStudy(h, env, cmd, clientID)
}

func (a *App) decideParticipant(ctx context.Context, h *host, env study.Env, id string, cmd study.Command, clientID string) (write, error) {
	e, err := a.person(ctx, h, id)
	if err != nil {
		return write{}, err
	}
	defer e.mu.Unlock()
	if cmd, err = a.sealItems(ctx, h, e.state, cmd); err != nil {
		return write{}, err
	}
	return a.decideOn(ctx, h, env, id, e, cmd, clientID, a.submitNow)
}

// submitter queues a batch that changes a participant to the state next. The lock
// of the entry is held.
type submitter func(h *host, id string, e *entry, next *study.State, b ledger.Batch) (ledger.Pending, error)

// submitNow brings the views up to date with this one batch and hands it to the ledger.
func (a *App) submitNow(h *host, _ string, e *entry, next *study.State, b ledger.Batch) (ledger.Pending, error) {
	def := h.definition()
	tasks := study.Tasks(def, next)
	rows, err := rowsFor(def, e.state, next, tasks, e.tasks)
	if err != nil {
		return nil, err
	}
	noticed, err := noticeRows(def, next, e.notices)
	if err != nil {
		return nil, err
	}
	b.Rows, e.tasks = append(rows, changedRows(e.noticeRows, noticed)...), tasks
	e.noticeRows = noticed
	return a.store.Submit(b), nil
}

// decideOn decides on a participant whose lock is held.
func (a *App) decideOn(ctx context.Context, h *host, env study.Env, id string, e *entry, cmd study.Command, clientID string, submit submitter) (write, error) {
	def := h.definition()
	siteID := ""
	if e.state != nil {
		siteID = e.state.Site
	}
	switch c := cmd.(type) {
	case study.Refer:
		siteID = c.Site
		h.siteLock.Lock()
		defer h.siteLock.Unlock()
	case study.Randomise:
		h.allocMu.Lock()
		defer h.allocMu.Unlock()
		if err := h.nextSlot(def, e.state, &env); err != nil {
			return write{}, err
		}
	}
	env.Site = h.site(siteID)
	env.Now = h.clockFor(env.Now, e.state, cmd)
	var cal *siteCalendar
	if takesCalendar(e.state, cmd) {
		var err error
		if cal, err = a.calendarOf(ctx, h, siteID); err != nil {
			return write{}, err
		}
		defer cal.mu.Unlock()
		if env.Calendar = cal.state; cal.state.Recorded.After(env.Now) {
			env.Now = cal.state.Recorded
		}
	}
	events, next, err := study.Next(def, e.state, env, cmd)
	if err != nil || len(events) == 0 {
		return write{state: e.state}, refined(err)
	}
	b, err := h.batch(env, study.ParticipantStream(id), version(e.state), events, clientID)
	if err != nil {
		return write{}, err
	}
	pending, err := submit(h, id, e, next, b)
	if err != nil {
		return write{}, err
	}
	e.state = next
	h.remember(events, env)
	cal.remember(events, env, pending)
	h.queued.Store(id, pending)
	a.whenDurable(h.id, id, pending)
	switch cmd.(type) {
	case study.Refer:
		h.lastSite = pending
		h.people.Add(id, e) // person keeps nobody who does not exist; this one does from now on
	case study.Randomise:
		h.lastAlloc = pending
	}
	return write{state: next, events: events, pending: pending, durable: func() { h.queued.CompareAndDelete(id, pending) }, undo: func() {
		e.mu.Lock()
		e.stale = true
		e.mu.Unlock()
		cal.forget()
	}}, nil
}

// clockFor answers the time of a command: never before what its streams hold
// already, for two commands may have looked at the clock in another order than
// they are written, and a machine's clock may be set back.
func (h *host) clockFor(now time.Time, s *study.State, cmd study.Command) time.Time {
	later := func(t time.Time) {
		if t.After(now) {
			now = t
		}
	}
	if s != nil {
		later(s.Recorded)
	}
	switch c := cmd.(type) {
	case study.Refer:
		if site := h.site(c.Site); site != nil {
			later(site.Recorded)
		}
	case study.Randomise:
		later(h.alloc.Recorded)
	}
	return now
}

// remember keeps the small states in step with what was just queued for other
// streams. The locks of those streams are held.
func (h *host) remember(events []study.Event, env study.Env) {
	for _, e := range events {
		e.Recorded, e.Actor, e.Role = env.Now, env.Actor.ID, env.Actor.Role
		switch e.Data.(type) {
		case study.NumberTaken:
			site := h.site(env.Site.ID)
			e.Version = site.Version + 1
			h.setSite(site.ID, study.EvolveSite(site, e))
		case study.SlotTaken:
			e.Version = h.alloc.Version + 1
			h.alloc.Apply(e)
		}
	}
}

func (h *host) setSite(id string, s *study.SiteState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sites := make(map[string]*study.SiteState, len(h.sites)+1)
	for k, v := range h.sites {
		sites[k] = v
	}
	sites[id] = s
	h.sites = sites
}

func (h *host) nextSlot(def *protocol.Definition, s *study.State, env *study.Env) error {
	if h.allocator == nil || s == nil {
		return nil // Decide says what is missing
	}
	stratum, r := study.StratumOf(def, s, *env)
	if r != nil {
		return r
	}
	slot := h.allocator.Next(h.alloc, stratum)
	env.Slot = &slot
	return nil
}

// batch makes the ledger's form of events, one part a stream.
func (h *host) batch(env study.Env, stream string, expected int64, events []study.Event, clientID string) (ledger.Batch, error) {
	b := ledger.Batch{Study: h.id, Actor: env.Actor.ID, Role: env.Actor.Role, ClientID: clientID, RecordedAt: env.Now}
	for _, e := range events {
		name, at := stream, expected
		if e.Stream != "" {
			name = e.Stream
			if name == study.AllocationStream {
				at = h.alloc.Version
			} else if env.Calendar != nil && env.Site != nil && name == study.CalendarStream(env.Site.ID) {
				at = env.Calendar.Version
			} else {
				at = env.Site.Version
			}
		}
		n, err := study.Encode(e)
		if err != nil {
			return b, err
		}
		if k := len(b.Parts) - 1; k >= 0 && b.Parts[k].Stream == name {
			b.Parts[k].Events = append(b.Parts[k].Events, n)
		} else {
			b.Parts = append(b.Parts, ledger.Part{Stream: name, Expected: at, Events: []ledger.New{n}})
		}
	}
	return b, nil
}

func version(s *study.State) int64 {
	if s == nil {
		return 0
	}
	return s.Version
}

// refined keeps a nil error nil: a *Refusal that is nil must not become an error.
func refined(err error) error {
	var r *study.Refusal
	if errors.As(err, &r) && r == nil {
		return nil
	}
	return err
}

func participantOf(cmd study.Command) string {
	name := cmd.Stream()
	const prefix = "participant/"
	if len(name) > len(prefix) && name[:len(prefix)] == prefix {
		return name[len(prefix):]
	}
	return ""
}

func decodeAll(events []ledger.Event) ([]study.Event, error) {
	out := make([]study.Event, 0, len(events))
	for _, l := range events {
		e, err := study.Decode(l)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// decideStudy carries out a command on the study, the allocation or a site.
func (a *App) decideStudy(h *host, env study.Env, cmd study.Command, clientID string) (write, error) {
	h.siteLock.Lock()
	defer h.siteLock.Unlock()
	h.allocMu.Lock()
	defer h.allocMu.Unlock()
	if c, ok := cmd.(study.SealAllocation); ok && !a.opens(h, c) {
		return write{}, &study.Refusal{Kind: study.Invalid, Field: "sealed", Code: "bad-seal", Text: study.Text{
			EN: "this is not an allocation list sealed for this study by this server", NB: "dette er ikke en fordelingsliste forseglet for denne studien av denne tjeneren"}}
	}
	stream := cmd.Stream()
	o := study.Overview{Study: h.studyState(), Allocation: h.alloc}
	for _, s := range h.sortedSites() {
		o.Sites = append(o.Sites, s.ID)
	}
	expected := int64(0)
	siteID := siteOf(cmd)
	switch {
	case stream == study.StudyStream:
		expected = o.Study.Version
	case stream == study.AllocationStream:
		expected = h.alloc.Version
	default:
		if o.Site = h.site(siteID); o.Site != nil {
			expected = o.Site.Version
		}
	}
	for _, t := range []time.Time{o.Study.Recorded, h.alloc.Recorded} {
		if t.After(env.Now) {
			env.Now = t
		}
	}
	if o.Site != nil && o.Site.Recorded.After(env.Now) {
		env.Now = o.Site.Recorded
	}
	events, err := study.DecideStudy(h.definition(), o, env, cmd)
	if err != nil {
		return write{}, refined(err)
	}
	b, err := h.batch(env, stream, expected, events, clientID)
	if err != nil {
		return write{}, err
	}
	w := write{events: events, pending: a.store.Submit(b), undo: func() {}}
	h.lastSite, h.lastAlloc = w.pending, w.pending
	for i, e := range events {
		e.Version, e.Recorded, e.Actor, e.Role = expected+int64(i)+1, env.Now, env.Actor.ID, env.Actor.Role
		switch {
		case stream == study.StudyStream:
			h.mu.Lock()
			h.study = study.EvolveStudy(h.study, e)
			h.mu.Unlock()
			a.grants.changed()
		case stream == study.AllocationStream:
			h.alloc.Apply(e)
			if err := a.unseal(h); err != nil {
				return w, err
			}
		default:
			h.setSite(siteID, study.EvolveSite(h.site(siteID), e))
			a.grants.changed()
		}
	}
	return w, nil
}

func siteOf(cmd study.Command) string {
	if v := reflect.ValueOf(cmd).FieldByName("Site"); v.IsValid() && v.Kind() == reflect.String {
		return v.String()
	}
	return ""
}

func (a *App) openStudy(ctx context.Context, actor access.Actor, studyID string, c study.OpenStudy, clientID string) (Done, error) {
	if !actor.InStudy(studyID) {
		return Done{}, a.refuse(actor, studyID, nameOf(c), noStudy(studyID))
	}
	if !actor.Can(access.SetUp) {
		return Done{}, a.refuse(actor, studyID, nameOf(c), forbiddenTo(actor, access.SetUp))
	}
	if studyID == identity.Log {
		return Done{}, &study.Refusal{Kind: study.Invalid, Field: "study", Code: "bad-id", Text: study.Text{
			EN: fmt.Sprintf("%q is the name of the house's own log: choose another", studyID), NB: fmt.Sprintf("%q er navnet på husets egen logg: velg et annet", studyID)}}
	}
	if !studyName.MatchString(studyID) {
		return Done{}, &study.Refusal{Kind: study.Invalid, Field: "study", Code: "bad-id", Text: study.Text{
			EN: "a study's id is a small letter followed by small letters, digits and hyphens, 32 at most",
			NB: "en studies id er en liten bokstav fulgt av små bokstaver, tall og bindestreker, høyst 32"}}
	}
	env := study.Env{Now: a.Now(), Actor: study.Actor{ID: actor.ID, Name: actor.Name, Role: actor.Role}}
	var o study.Overview
	if h, err := a.host(studyID); err == nil {
		o.Study = h.studyState()
	}
	events, err := study.DecideStudy(nil, o, env, c)
	if err != nil {
		if h, missing := a.host(studyID); missing == nil && clientID != "" {
			if written, e := a.store.ByClient(ctx, studyID, clientID); e == nil && len(written) > 0 {
				return a.again(ctx, h, actor, c, written)
			}
		}
		return Done{}, refined(err)
	}
	b, err := (&host{id: studyID}).batch(env, study.StudyStream, 0, events, clientID)
	if err != nil {
		return Done{}, err
	}
	written, err := a.store.Append(ctx, b)
	var conflict *ledger.ConflictError
	if errors.As(err, &conflict) {
		return Done{}, &study.Refusal{Kind: study.Against, Code: "already-open", Text: study.Text{EN: "the study is already open", NB: "studien er allerede åpnet"}}
	}
	if err != nil {
		return Done{}, unfit(err)
	}
	if _, err := a.open(ctx, studyID); err != nil {
		return Done{}, fmt.Errorf("app: study %s: %w", studyID, err)
	}
	if a.Demo(ctx) {
		if err := a.staffDemo(ctx, studyID); err != nil {
			return Done{}, err
		}
	}
	out, err := decodeAll(written)
	return Done{Events: out}, err
}
