package simulate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"varde/access"
	"varde/protocol"
	"varde/study"
)

// world is a run: the agenda, the sites, and everybody who is in the study now.
type world struct {
	ctx      context.Context
	cfg      Config
	def      *protocol.Definition
	model    *model
	pipe     Recorder
	agenda   agenda
	now      time.Time
	clinics  []*clinic
	active   map[string]*person
	waiting  int // actions of participants on the agenda
	promised int // in the study, or on the way, who will be randomised
	total    int
	done     int
	sum      Summary
	err      error
}

func newWorld(ctx context.Context, c Config) (*world, error) {
	if c.App == nil && (c.Record == nil || c.Definition == nil) || c.Study == "" || c.Start.IsZero() {
		return nil, errors.New("simulate: App (or Record and Definition), Study and Start must be given")
	}
	if c.Definition == nil {
		def, ok := c.App.Definition(c.Study)
		if !ok {
			return nil, fmt.Errorf("simulate: there is no study %q: open it first", c.Study)
		}
		c.Definition = def
	}
	m, err := newModel(c.Definition)
	if err != nil {
		return nil, err
	}
	pipe := c.Record
	if pipe == nil {
		p, err := c.App.Pipeline(c.Study)
		if err != nil {
			return nil, err
		}
		pipe = pipeline{p, c.App, c.Study}
	}
	w := &world{ctx: ctx, cfg: c, def: c.Definition, model: m, pipe: pipe, now: c.Start.UTC().Truncate(time.Second), active: map[string]*person{}, total: c.Participants}
	if w.total <= 0 {
		w.total = m.sim.Participants
	}
	w.sum.ScreenFailures, w.sum.Refused, w.sum.Unexpected = map[string]int{}, map[string]int{}, map[string]int{}
	w.pipe.At(w.now)
	w.pipe.Draw(Lots(c.Seed))
	return w, nil
}

// open seals the allocation, opens the sites, and lets people come.
func (w *world) open() error {
	if w.def.Allocation != nil {
		if err := w.pipe.Seal(w.ctx, w.allocationSeed()); err != nil {
			var r *study.Refusal
			if !errors.As(err, &r) || r.Code != "already-sealed" {
				return fmt.Errorf("simulate: %w", err)
			}
		}
	}
	for i := range w.model.sim.Sites {
		c, err := w.openClinic(i, &w.model.sim.Sites[i])
		if err != nil {
			return err
		}
		w.clinics = append(w.clinics, c)
	}
	for _, c := range w.clinics {
		c.refer()
	}
	return nil
}

// allocationSeed is drawn from the run's seed.
func (w *world) allocationSeed() []byte {
	c := stream(w.cfg.Seed, "allocation", 0)
	var b []byte
	for range 4 {
		b = binary.BigEndian.AppendUint64(b, c.Uint64())
	}
	return b
}

// setUp carries out a command on a site.
func (w *world) setUp(cmd study.Command) error {
	w.said(access.System, cmd)
	if _, err := w.pipe.Do(w.ctx, access.System, cmd); err != nil {
		return fmt.Errorf("simulate: %T: %w", cmd, err)
	}
	return nil
}

// said counts a command, and tells whoever writes the transcript.
func (w *world) said(actor access.Actor, cmd study.Command) {
	w.sum.Commands++
	if w.cfg.Transcript != nil {
		w.cfg.Transcript(w.now, actor, cmd)
	}
}

// recruited says that as many as planned have entered.
func (w *world) recruited() bool {
	if w.def.Allocation != nil {
		return w.sum.Randomised >= w.total
	}
	return w.sum.Enrolled >= w.total
}

// over says that nothing more will happen to anybody, and nobody else will come.
func (w *world) over() bool {
	return w.waiting == 0 && (w.recruited() || w.promised >= w.total)
}

// count adds up a participant whose study has ended, or is broken off.
func (w *world) count(p *person) {
	s := p.state
	w.sum.Events += s.Version
	w.sum.Doses += s.Doses
	w.sum.Queries += len(s.Queries)
	w.sum.Deviations += len(s.Deviations)
	for _, f := range s.Records("", w.def.Safety.Form) {
		w.sum.Adverse++
		if serious, _ := f.Values["serious"].Bool(); serious {
			w.sum.Serious++
		}
	}
	if !s.Stopped.IsZero() {
		w.sum.Stopped++
	}
	switch s.Status() {
	case study.StatusNotSuitable:
		w.sum.NotSuitable++
	case study.StatusScreenFailure:
		w.sum.Failed++
		for _, id := range s.Failure.Failed {
			w.sum.ScreenFailures[id]++
		}
	case study.StatusCompleted:
		w.sum.Completed++
	case study.StatusLost:
		w.sum.Lost++
	case study.StatusWithdrawn:
		w.sum.Withdrawn++
	}
}

// leave lets go of a participant with whom nothing more will happen.
func (w *world) leave(p *person) {
	w.count(p)
	delete(w.active, p.id)
	p.c.forget(study.DayOf(w.now, p.c.zone) - 7)
	if p.entered && w.cfg.Progress != nil {
		w.done++
		w.cfg.Progress(w.done, w.total)
	}
}
