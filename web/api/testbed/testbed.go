// Package testbed makes a small real study in a temporary folder, for tests and
// benchmarks of the interface: the shipped three-session protocol, two sites with
// staff, a sealed allocation list, and participants who have consented.
package testbed

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"varde/access"
	"varde/app"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/protocols"
	"varde/study"
	"varde/vault"
	"varde/web/api"
)

// Study is the id of the study.
const Study = "trial"

// Protocol is the shipped protocol that the study runs under.
const Protocol = "mdma-ptsd-three-session"

// Begin is the time at which the study opens.
var Begin = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// Load answers a shipped protocol, read once.
var Load = sync.OnceValues(func() (*protocol.Definition, error) { return protocols.Load(Protocol) })

// Clock is set by hand.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now answers the time; every look takes a millisecond.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

// Move lets time pass.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Bed is an open study.
type Bed struct {
	Path  string // of the database
	Store *sqlite.Store
	App   *app.App
	API   *api.API
	Clock *Clock // nil: the wall clock
}

// Options of a bed.
type Options struct {
	Clock     *Clock
	CacheSize int
	Signer    *ledger.Signer
}

// sealKey is for studies that nobody takes part in.
var (
	sealKey   = []byte("a key for studies that are trials")[:32]
	masterKey = []byte("a key for people who are invented")[:32]
)

// Open opens the database in a folder, as it is.
func Open(ctx context.Context, dir string, o Options) (*Bed, error) {
	b := &Bed{Path: filepath.Join(dir, "varde.db"), Clock: o.Clock}
	var err error
	if b.Store, err = sqlite.Open(ctx, b.Path, sqlite.Options{Signer: o.Signer}); err != nil {
		return nil, err
	}
	master, err := vault.NewKeyring(masterKey)
	if err != nil {
		return nil, errors.Join(err, b.Store.Close())
	}
	cfg := app.Config{Store: b.Store, SealKey: sealKey, CacheSize: o.CacheSize, Vault: vault.New(b.Store, master)}
	if o.Clock != nil {
		cfg.Clock = o.Clock.Now
	}
	if b.App, err = app.New(ctx, cfg); err != nil {
		return nil, errors.Join(err, b.Store.Close())
	}
	if b.API, err = api.New(b.App, nil); err != nil {
		return nil, errors.Join(err, b.Store.Close())
	}
	return b, nil
}

// Close closes the database.
func (b *Bed) Close() error { return b.Store.Close() }

// Administrator opens studies and sites.
var Administrator = access.Actor{ID: "admin-1", Name: "Astrid Admin", Role: "administrator"}

// Coordinator works at both sites.
var Coordinator = access.Actor{ID: "coord-1", Name: "Kari Koordinator", Role: "coordinator", Study: Study}

// New opens a fresh study in the folder, with two sites and a sealed list.
func New(ctx context.Context, dir string, o Options) (*Bed, error) {
	b, err := Open(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	def, err := Load()
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	list := []study.Command{study.OpenStudy{Mode: "practice", Title: "Trial of the interface", Definition: def}}
	for _, s := range []string{"S01", "S02"} {
		list = append(list, study.OpenSite{Site: s, Name: "Site " + s, Country: "NO", TimeZone: "Europe/Oslo", Pairs: 2, Rooms: 1},
			study.AssignStaff{Site: s, Person: "coord-1", Name: "Kari Koordinator", Role: "coordinator"},
			study.AssignStaff{Site: s, Person: "phys-1", Name: "Per Physician", Role: "physician"})
	}
	for _, cmd := range list {
		if _, err := b.App.Do(ctx, Administrator, Study, cmd, ""); err != nil {
			return nil, errors.Join(fmt.Errorf("testbed: %T: %w", cmd, err), b.Close())
		}
	}
	if err := b.App.SealAllocation(ctx, Administrator, Study, make([]byte, 32)); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Enrol makes n participants at a site, each referred, pre-screened and consented,
// and answers their numbers. The first visit's forms can be filled in for them.
func (b *Bed) Enrol(ctx context.Context, site string, from, n int) ([]string, error) {
	def, err := Load()
	if err != nil {
		return nil, err
	}
	p, err := b.App.Pipeline(Study)
	if err != nil {
		return nil, err
	}
	var consents []study.GiveConsent
	for _, d := range def.Consent.Documents {
		if !d.Required || !d.Valid {
			continue
		}
		c := study.GiveConsent{Document: d.ID, Version: d.Version, Language: "nb", Answers: map[string]string{}}
		for _, q := range d.Questions {
			for _, o := range q.Options {
				if o.Right {
					c.Answers[q.ID] = o.ID
				}
			}
		}
		consents = append(consents, c)
	}
	ids := make([]string, 0, n)
	for i := range n {
		id := study.ParticipantNumber(site, from+i)
		on := study.On{Participant: id}
		list := []study.Command{study.Refer{On: on, Channel: "self", Language: "nb", Site: site}, study.Prescreen{On: on, Passed: true}}
		for _, c := range consents {
			c.On = on
			list = append(list, c)
		}
		for _, cmd := range list {
			if _, err := p.Do(ctx, Coordinator, cmd); err != nil {
				return nil, fmt.Errorf("testbed: %s: %T: %w", id, cmd, err)
			}
		}
		ids = append(ids, id)
		p.Forget(id)
	}
	return ids, p.Flush(ctx)
}

// Token answers an access token for an actor.
func (b *Bed) Token(ctx context.Context, a access.Actor) (string, error) {
	return b.App.IssueToken(ctx, a, 0)
}

// NewClock begins at a time.
func NewClock(t time.Time) *Clock { return &Clock{now: t} }
