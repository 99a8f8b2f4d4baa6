// Package app is the use cases: authorise the actor, load the state, let study
// decide, append what happened to the ledger and bring the views up to date, all
// in one transaction. It knows no HTTP and no SQL.
//
// Every read and every write passes through here, and here alone access is asked:
// what an actor may not see does not leave this package.
package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"varde/identity"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
	"varde/vault"
)

// Config of an App.
type Config struct {
	Store     ledger.Store
	Clock     func() time.Time  // nil: time.Now
	SealKey   []byte            // 32 bytes; seals allocation seeds
	Log       *slog.Logger      // nil: silent
	CacheSize int               // participants kept in memory; 0 = 256
	Vault     *vault.Vault      // nil: identities cannot be kept
	Identity  *identity.Service // nil: nobody can sign in, only tokens are known
	Rand      io.Reader         // nil: crypto/rand
	Lots      Lots              // nil: drawn from Rand
	Outward   *Outward          // nil: nobody is reached outside the pages
	// Twin puts every participant into the other of two arms. It is how blinding is
	// tested: whatever a blinded person can get from an app and from its twin must be
	// the same bytes. A live study refuses it.
	Twin bool
}

// App is the use cases over one store. It is safe for concurrent use.
type App struct {
	store  ledger.Store
	clock  func() time.Time
	seal   []byte
	log    *slog.Logger
	cache  int
	mu     sync.RWMutex
	hosts  map[string]*host // by study id
	tokens tokens
	vault  *vault.Vault
	people *identity.Service
	rand   io.Reader
	lots   Lots
	twin   bool
	grants standings
	refKey []byte // of references to visits
	seen   looks
	feeds  pace

	watchers watchers
	outward  *Outward
	reminder reminder

	definitions sync.Map // SHA-256 of the files -> *protocol.Definition
	signings    signings // signatures under way
}

// host is one study in memory: its definition, small states, and a cache of
// participants.
type host struct {
	id        string
	mu        sync.RWMutex // guards def, study, sites
	def       *protocol.Definition
	study     *study.StudyState
	sites     map[string]*study.SiteState
	people    *lru.Cache[string, *entry]
	loading   sync.Mutex
	queued    sync.Map   // participant -> ledger.Pending last submitted, while it may not be durable
	siteLock  sync.Mutex // one writer of site and study streams at a time; before allocMu
	lastSite  ledger.Pending
	allocMu   sync.Mutex
	lastAlloc ledger.Pending
	alloc     *study.AllocationState
	allocator *study.Allocator
	calendars calendars
	places    placesKept
}

// entry is one participant. Its lock is held while a command is decided and
// queued, so that commands on one participant follow each other.
type entry struct {
	mu    sync.Mutex
	state *study.State
	tasks []study.Task // as last written to the views

	notices    *study.NoticeRecord // what was sent to them, and how they want to be reached
	noticeRows []ledger.Row        // as last written to the views

	known bool
	stale bool // a write failed: read again from the ledger
}

// New opens the studies in the store.
func New(ctx context.Context, c Config) (*App, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.CacheSize <= 0 {
		c.CacheSize = 256
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if len(c.SealKey) != 32 {
		return nil, fmt.Errorf("app: the seal key has 32 bytes, not %d", len(c.SealKey))
	}
	a := &App{store: c.Store, clock: c.Clock, seal: c.SealKey, log: c.Log, cache: c.CacheSize, vault: c.Vault, people: c.Identity, rand: c.Rand, lots: c.Lots, outward: c.Outward, twin: c.Twin, hosts: map[string]*host{}}
	var err error
	if a.refKey, err = refKeyOf(c.SealKey); err != nil {
		return nil, err
	}
	ids, err := c.Store.Studies(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if id == identity.Log {
			continue // the house's own log is no study
		}
		if _, err := a.open(ctx, id); err != nil {
			return nil, fmt.Errorf("app: study %s: %w", id, err)
		}
	}
	return a, nil
}

// Now answers the time, UTC, in microseconds: the ledger keeps no finer.
func (a *App) Now() time.Time { return a.clock().UTC().Truncate(time.Microsecond) }

// Definition answers the protocol of a study.
func (a *App) Definition(studyID string) (*protocol.Definition, bool) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, false
	}
	return h.definition(), true
}

func (a *App) host(id string) (*host, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if h := a.hosts[id]; h != nil {
		return h, nil
	}
	return nil, noStudy(id)
}

func noStudy(id string) error {
	return &study.Refusal{Kind: study.Missing, Code: "no-such-study", Text: study.Text{
		EN: fmt.Sprintf("there is no study %q here", id), NB: fmt.Sprintf("studien %q finnes ikke her", id)}}
}

func (h *host) definition() *protocol.Definition {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.def
}

func (h *host) studyState() *study.StudyState {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.study
}

func (h *host) site(id string) *study.SiteState {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.sites[id]
}

// open reads what is small of a study: protocol, study, sites, allocation.
func (a *App) open(ctx context.Context, id string) (*host, error) {
	people, err := lru.New[string, *entry](a.cache)
	if err != nil {
		return nil, err
	}
	h := &host{id: id, people: people, sites: map[string]*study.SiteState{}, alloc: study.NewAllocationState()}
	if err := a.reload(ctx, h); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hosts[id] = h
	return h, nil
}

// reload brings study, sites and allocation up to the ledger. Nobody writes to
// them meanwhile, and what was queued for them is written or refused before.
func (a *App) reload(ctx context.Context, h *host) error {
	h.siteLock.Lock()
	defer h.siteLock.Unlock()
	h.allocMu.Lock()
	defer h.allocMu.Unlock()
	for _, p := range []ledger.Pending{h.lastSite, h.lastAlloc} {
		if p != nil {
			_, _ = p.Wait(ctx) // its writer has the answer
		}
	}
	var st *study.StudyState
	def := h.definition()
	err := a.each(ctx, h.id, study.StudyStream, func(e study.Event) error {
		if d, ok := e.Data.(study.StudyOpened); ok && def == nil {
			var err error
			if def, err = a.definitionOf(d); err != nil {
				return err
			}
		}
		st = study.EvolveStudy(st, e)
		return nil
	})
	if err != nil {
		return err
	}
	if def == nil || st == nil {
		return fmt.Errorf("the record does not begin with the opening of a study: verify the ledger")
	}
	streams, err := a.store.Streams(ctx, h.id, study.SiteStream(""))
	if err != nil {
		return err
	}
	sites := map[string]*study.SiteState{}
	for _, name := range streams {
		id := strings.TrimPrefix(name, study.SiteStream(""))
		if err := a.each(ctx, h.id, name, func(e study.Event) error { sites[id] = study.EvolveSite(sites[id], e); return nil }); err != nil {
			return err
		}
	}
	alloc := study.NewAllocationState()
	if err := a.each(ctx, h.id, study.AllocationStream, func(e study.Event) error { alloc.Apply(e); return nil }); err != nil {
		return err
	}
	h.mu.Lock()
	h.def, h.study, h.sites = def, st, sites
	h.mu.Unlock()
	a.grants.changed()
	h.alloc = alloc
	return a.unseal(h)
}

// definitionOf compiles the protocol that a study carries. Studies under the very
// same files share one definition: it never changes.
func (a *App) definitionOf(d study.StudyOpened) (*protocol.Definition, error) {
	names := slices.Sorted(maps.Keys(d.Files))
	content := sha256.New()
	for _, name := range names {
		fmt.Fprintf(content, "%d %s %d %s\n", len(name), name, len(d.Files[name]), d.Files[name])
	}
	key := string(content.Sum(nil))
	if def, ok := a.definitions.Load(key); ok {
		return def.(*protocol.Definition), nil
	}
	files := make(map[string][]byte, len(d.Files))
	for name, text := range d.Files {
		files[name] = []byte(text)
	}
	def, findings := protocol.FromRecord(files)
	if def == nil {
		return nil, fmt.Errorf("the protocol in the record cannot be read by this version of Varde: %s", findings[0])
	}
	if def.Digest != d.Digest {
		return nil, fmt.Errorf("the protocol in the record has digest %s, its opening event says %s: verify the ledger", def.Digest, d.Digest)
	}
	a.definitions.Store(key, def)
	return def, nil
}

// each reads a stream in order.
func (a *App) each(ctx context.Context, studyID, stream string, do func(study.Event) error) error {
	for l, err := range a.store.Events(ctx, ledger.Read{Study: studyID, Stream: stream}) {
		if err != nil {
			return err
		}
		e, err := study.Decode(l)
		if err != nil {
			return err
		}
		if err := do(e); err != nil {
			return err
		}
	}
	return nil
}

// person answers the cached entry of a participant, with its lock held and its
// state up to date. The state is nil when there is no such participant.
func (a *App) person(ctx context.Context, h *host, id string) (*entry, error) {
	h.loading.Lock()
	e, ok := h.people.Get(id)
	if !ok {
		e = &entry{}
		h.people.Add(id, e)
	}
	h.loading.Unlock()
	e.mu.Lock()
	if e.known && !e.stale {
		return e, nil
	}
	if p, ok := h.queued.Load(id); ok {
		// The last write may still be on its way to the ledger.
		if pending, ok := p.(ledger.Pending); ok {
			if _, err := pending.Wait(ctx); err != nil && ctx.Err() != nil {
				e.mu.Unlock()
				return nil, err
			}
		}
		h.queued.CompareAndDelete(id, p)
	}
	s, err := a.replay(ctx, h, id, time.Time{})
	if err != nil {
		e.mu.Unlock()
		return nil, err
	}
	e.state, e.known, e.stale, e.tasks = s, true, false, nil
	if s != nil {
		e.tasks = study.Tasks(h.definition(), s)
		if err := a.withNotices(ctx, h, id, e); err != nil {
			e.known = false
			e.mu.Unlock()
			return nil, err
		}
	} else {
		// An entry for nobody would let strangers fill the cache with names.
		h.people.Remove(id)
	}
	return e, nil
}

// replay reads a participant's state from the ledger, as of a recorded time
// (zero: now). Nil when there is none.
func (a *App) replay(ctx context.Context, h *host, id string, until time.Time) (*study.State, error) {
	return a.replayTo(ctx, h, id, func(e study.Event) bool { return until.IsZero() || !e.Recorded.After(until) })
}

// replayTo reads a participant's state from the events that count; nil when none does.
func (a *App) replayTo(ctx context.Context, h *host, id string, counts func(study.Event) bool) (*study.State, error) {
	b := study.NewBuilder(h.definition())
	n := 0
	err := a.each(ctx, h.id, study.ParticipantStream(id), func(e study.Event) error {
		if counts(e) {
			b.Add(e)
			n++
		}
		return nil
	})
	if err != nil || n == 0 {
		return nil, err
	}
	return b.State(), nil
}

// sortedSites answers the study's sites by id.
func (h *host) sortedSites() []*study.SiteState {
	h.mu.RLock()
	defer h.mu.RUnlock()
	out := make([]*study.SiteState, 0, len(h.sites))
	for _, s := range h.sites {
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y *study.SiteState) int { return strings.Compare(x.ID, y.ID) })
	return out
}

func canonical(v any) (json.RawMessage, error) { return ledger.Canonical(v) }
