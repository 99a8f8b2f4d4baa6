package app

import (
	"context"
	"errors"
	"time"

	"varde/access"
	"varde/study"
)

// Pipeline carries out many commands of one writer without waiting for the disk
// after each: every command is authorised and decided as by Do, queued, and
// durable after Flush. Its clock is set by the caller. It is for one goroutine.
type Pipeline struct {
	app     *App
	h       *host
	err     error
	failed  error // the first that failed
	now     time.Time
	pending []write
}

// Pipeline begins one on a study.
func (a *App) Pipeline(studyID string) (*Pipeline, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	return &Pipeline{app: a, h: h, now: a.Now()}, nil
}

// At sets the clock of the commands that follow.
func (p *Pipeline) At(now time.Time) { p.now = now.UTC().Truncate(time.Microsecond) }

// Now answers the pipeline's clock.
func (p *Pipeline) Now() time.Time { return p.now }

// maxPending bounds the queue: beyond it, Do waits for the disk.
const maxPending = 4096

// Do decides and queues a command. It answers the participant's whole state after
// it, nil for commands on the study or a site.
func (p *Pipeline) Do(ctx context.Context, actor access.Actor, cmd study.Command) (*study.State, error) {
	if p.err != nil {
		return nil, p.err
	}
	if err := p.app.authorise(p.h, actor, cmd); err != nil {
		return nil, err
	}
	w, err := p.app.decideAt(ctx, p.h, p.now, actor, cmd, "")
	if err != nil {
		return nil, err
	}
	if w.pending != nil {
		p.pending = append(p.pending, write{pending: w.pending, undo: w.undo}) // not the state: thousands of old ones would stay in memory
		if len(p.pending) >= maxPending {
			if err := p.Flush(ctx); err != nil {
				return nil, err
			}
		}
	}
	return w.state, nil
}

// State answers a participant's whole state.
func (p *Pipeline) State(ctx context.Context, id string) (*study.State, error) {
	e, err := p.app.person(ctx, p.h, id)
	if err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	return e.state, nil
}

// Arm answers the arm of a participant, "" when not randomised. It is for drawing
// the outcomes of virtual participants.
func (p *Pipeline) Arm(participant string) string {
	p.h.allocMu.Lock()
	defer p.h.allocMu.Unlock()
	t, ok := p.h.alloc.Slots[participant]
	if !ok || p.h.allocator == nil {
		return ""
	}
	return p.h.allocator.ArmOf(t)
}

// Env answers what study's functions need besides a state, as of the pipeline's clock.
func (p *Pipeline) Env(actor access.Actor, siteID string) study.Env {
	return study.Env{Now: p.now, Actor: study.Actor{ID: actor.ID, Name: actor.Name, Role: actor.Role}, Study: p.h.studyState(), Site: p.h.site(siteID)}
}

// Forget drops a participant from memory when nothing more is to happen.
func (p *Pipeline) Forget(participant string) { p.h.people.Remove(participant) }

// Flush waits until everything is durable. After an error the pipeline is broken:
// its first error is answered by every later call.
func (p *Pipeline) Flush(ctx context.Context) error {
	for _, w := range p.pending {
		if _, err := w.wait(ctx); err != nil && p.err == nil {
			p.err = err
		}
	}
	p.pending = p.pending[:0]
	if p.err != nil && p.failed == nil {
		// Nothing of what failed may stay in memory.
		p.failed = p.err
		p.err = errors.Join(p.err, p.app.reload(context.WithoutCancel(ctx), p.h))
	}
	return p.err
}
