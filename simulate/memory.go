package simulate

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/protocol"
	"varde/study"
)

// Recorder is what a run gives its commands to: the pipeline of an app, or a Memory.
type Recorder interface {
	// At sets the clock of the commands that follow.
	At(now time.Time)
	// Draw sets what is drawn by lot.
	Draw(lots app.Lots)
	// Seal fixes the allocation list.
	Seal(ctx context.Context, seed []byte) error
	// Do carries out a command and answers the participant's state after it, nil for
	// commands on a site.
	Do(ctx context.Context, actor access.Actor, cmd study.Command) (*study.State, error)
	// Arm answers the arm of a participant, "" when not randomised.
	Arm(participant string) string
	// Env answers what study's functions need besides a state.
	Env(actor access.Actor, site string) study.Env
	// Forget says that nothing more is to happen to a participant.
	Forget(participant string)
	// Flush waits until everything is kept.
	Flush(ctx context.Context) error
}

// pipeline is an app's, as a Recorder.
type pipeline struct {
	*app.Pipeline
	app   *app.App
	study string
}

func (p pipeline) Seal(ctx context.Context, seed []byte) error {
	return p.app.SealAllocation(ctx, access.System, p.study, seed)
}

// Memory carries out the commands of one run by the rules of package study and keeps
// the states alone: no events, no views, no hashes. Whole studies go through it to see
// how they come out; nothing of it is a record. Who may give a command is decided by
// study only, not by the access of an app.
type Memory struct {
	def    *protocol.Definition
	id     string
	now    time.Time
	lots   app.Lots
	study  *study.StudyState
	sites  map[string]*study.SiteState
	alloc  *study.AllocationState
	list   *study.Allocator
	people map[string]*study.State
}

// NewMemory opens a practice study in memory.
func NewMemory(def *protocol.Definition, id string, start time.Time) (*Memory, error) {
	m := &Memory{def: def, id: id, now: start, sites: map[string]*study.SiteState{}, people: map[string]*study.State{},
		alloc: &study.AllocationState{Taken: map[string]int{}, Slots: map[string]study.SlotTaken{}, Kits: map[string]bool{}}}
	cmd := study.OpenStudy{Mode: "practice", Title: "Simulated", Definition: def}
	events, err := study.DecideStudy(nil, study.Overview{}, m.env(access.System), cmd)
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	for _, e := range events {
		m.study = study.EvolveStudy(m.study, m.stamped(e, access.System, versionOf(m.study)+1))
	}
	return m, nil
}

func versionOf(s *study.StudyState) int64 {
	if s == nil {
		return 0
	}
	return s.Version
}

func (m *Memory) stamped(e study.Event, actor access.Actor, version int64) study.Event {
	e.Version, e.Recorded, e.Actor, e.Role = version, m.now, actor.ID, actor.Role
	return e
}

func (m *Memory) env(actor access.Actor) study.Env {
	return study.Env{Now: m.now, Actor: study.Actor{ID: actor.ID, Name: actor.Name, Role: actor.Role}, Study: m.study, StudyID: m.id}
}

// At implements Recorder.
func (m *Memory) At(now time.Time) { m.now = now.UTC().Truncate(time.Microsecond) }

// Draw implements Recorder.
func (m *Memory) Draw(lots app.Lots) { m.lots = lots }

// Seal implements Recorder. In memory nothing needs to be encrypted.
func (m *Memory) Seal(ctx context.Context, seed []byte) error {
	list, err := study.NewAllocator(m.def, seed)
	if err != nil {
		return err
	}
	m.list = list
	sum := sha256.Sum256(seed)
	_, err = m.Do(ctx, access.System, study.SealAllocation{Commitment: list.Commitment(), Sealed: fmt.Sprintf("%x", sum)})
	return err
}

// Do implements Recorder.
func (m *Memory) Do(_ context.Context, actor access.Actor, cmd study.Command) (*study.State, error) {
	id, ok := strings.CutPrefix(cmd.Stream(), "participant/")
	if !ok {
		return nil, m.around(actor, cmd)
	}
	s := m.people[id]
	env := m.env(actor)
	site := ""
	if s != nil {
		site = s.Site
		if s.Recorded.After(env.Now) {
			env.Now = s.Recorded
		}
	}
	switch c := cmd.(type) {
	case study.Refer:
		site = c.Site
	case study.Randomise:
		if m.list != nil && s != nil {
			stratum, refusal := study.StratumOf(m.def, s, env)
			if refusal != nil {
				return nil, refusal
			}
			slot := m.list.Next(m.alloc, stratum)
			env.Slot = &slot
		}
	}
	env.Site = m.sites[site]
	if m.lots != nil {
		env.Chance = m.lots(cmd)
	}
	events, next, err := study.Next(m.def, s, env, cmd)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		switch e.Data.(type) {
		case study.NumberTaken:
			m.sites[site] = study.EvolveSite(m.sites[site], m.stamped(e, actor, m.sites[site].Version+1))
		case study.SlotTaken:
			m.alloc.Apply(m.stamped(e, actor, m.alloc.Version+1))
		}
	}
	if len(events) > 0 {
		m.people[id] = next
	}
	return m.people[id], nil
}

// around carries out a command on the allocation or a site.
func (m *Memory) around(actor access.Actor, cmd study.Command) error {
	env := m.env(actor)
	o := study.Overview{Study: m.study, Allocation: m.alloc, Sites: slices.Sorted(maps.Keys(m.sites))}
	site, isSite := strings.CutPrefix(cmd.Stream(), study.SiteStream(""))
	if isSite {
		o.Site = m.sites[site]
	}
	events, err := study.DecideStudy(m.def, o, env, cmd)
	if err != nil {
		return err
	}
	for _, e := range events {
		switch {
		case isSite:
			at := int64(0)
			if s := m.sites[site]; s != nil {
				at = s.Version
			}
			m.sites[site] = study.EvolveSite(m.sites[site], m.stamped(e, actor, at+1))
		case cmd.Stream() == study.AllocationStream:
			m.alloc.Apply(m.stamped(e, actor, m.alloc.Version+1))
		default:
			m.study = study.EvolveStudy(m.study, m.stamped(e, actor, m.study.Version+1))
		}
	}
	return nil
}

// Arm implements Recorder.
func (m *Memory) Arm(participant string) string {
	t, ok := m.alloc.Slots[participant]
	if !ok || m.list == nil {
		return ""
	}
	return m.list.ArmOf(t)
}

// Env implements Recorder.
func (m *Memory) Env(actor access.Actor, site string) study.Env {
	env := m.env(actor)
	env.Site = m.sites[site]
	return env
}

// Forget implements Recorder. The states are kept for the analysis.
func (m *Memory) Forget(string) {}

// Flush implements Recorder.
func (m *Memory) Flush(context.Context) error { return nil }

// People answers everybody's state in the order of their numbers.
func (m *Memory) People() []*study.State {
	out := make([]*study.State, 0, len(m.people))
	for _, id := range slices.Sorted(maps.Keys(m.people)) {
		out = append(out, m.people[id])
	}
	return out
}
