package app

import (
	"context"
	"errors"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// Pipeline carries out many commands of one writer without waiting for the disk
// after each: every command is authorised and decided as by Do, and durable after
// Flush. Commands are gathered in bundles; a bundle is one transaction, with the
// views brought up to date once for each participant in it. Its clock is set by the
// caller. It is for one goroutine, and while it is at work nobody else writes to
// its study.
type Pipeline struct {
	app    *App
	h      *host
	now    time.Time
	open   *bundle
	kept   map[string]*keep // participants with something not yet durable
	work   chan *bundle
	sent   []*bundle // not yet known to be durable
	failed error
	lots   Lots
}

// keep holds a participant in memory while bundles with it are under way.
type keep struct {
	entry   *entry
	bundles int
}

// bundle is the commands that become one transaction.
type bundle struct {
	batches []ledger.Batch
	people  map[string]*dirty
	done    chan struct{} // closed when err is final
	err     error
}

// dirty is one participant in a bundle: what their state is at its end, and the
// batch that carries their rows.
type dirty struct {
	entry  *entry
	before *study.State // at the beginning of the bundle
	state  *study.State
	last   int
}

// Wait answers when the bundle is durable. The events are not kept.
func (b *bundle) Wait(ctx context.Context) ([]ledger.Event, error) {
	select {
	case <-b.done:
		return nil, b.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Bounds of a pipeline: commands in a bundle, and bundles under way.
const (
	bundleSize  = 512
	bundlesAway = 3
)

// Pipeline begins one on a study.
func (a *App) Pipeline(studyID string) (*Pipeline, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	return &Pipeline{app: a, h: h, now: a.Now(), kept: map[string]*keep{}}, nil
}

// At sets the clock of the commands that follow.
func (p *Pipeline) At(now time.Time) { p.now = now.UTC().Truncate(time.Microsecond) }

// Draw sets what is drawn by lot by the commands that follow; without it the app's
// own randomness is used.
func (p *Pipeline) Draw(lots Lots) { p.lots = lots }

// Now answers the pipeline's clock.
func (p *Pipeline) Now() time.Time { return p.now }

// Do decides a command and adds it to the bundle. It answers the participant's
// whole state after it, nil for commands on the study or a site.
func (p *Pipeline) Do(ctx context.Context, actor access.Actor, cmd study.Command) (*study.State, error) {
	if p.failed != nil {
		return nil, p.failed
	}
	if err := p.app.authorise(p.h, actor, cmd); err != nil {
		return nil, err
	}
	id := participantOf(cmd)
	if id == "" {
		// Rare, and what follows builds on it: written before anything else.
		if err := p.Flush(ctx); err != nil {
			return nil, err
		}
		w, err := p.app.decideAt(ctx, p.h, p.now, actor, cmd, "")
		if err != nil {
			return nil, err
		}
		_, err = w.wait(ctx)
		return nil, err
	}
	e, err := p.person(ctx, id)
	if err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	env := study.Env{Now: p.now, Actor: study.Actor{ID: actor.ID, Name: actor.Name, Role: actor.Role}, Study: p.h.studyState()}
	if env.Chance, err = p.app.chance(cmd, p.lots); err != nil {
		return nil, err
	}
	if cmd, err = p.app.sealItems(ctx, p.h, e.state, cmd); err != nil {
		return nil, err
	}
	w, err := p.app.decideOn(ctx, p.h, env, id, e, cmd, "", p.gather)
	if err != nil {
		return nil, err
	}
	if p.open != nil && len(p.open.batches) >= bundleSize {
		p.send()
	}
	return w.state, p.failed
}

// person answers the entry of a participant with its lock held.
func (p *Pipeline) person(ctx context.Context, id string) (*entry, error) {
	if k := p.kept[id]; k != nil {
		k.entry.mu.Lock()
		return k.entry, nil
	}
	return p.app.person(ctx, p.h, id)
}

// gather is the pipeline's submitter.
func (p *Pipeline) gather(_ *host, id string, e *entry, next *study.State, b ledger.Batch) (ledger.Pending, error) {
	if p.open == nil {
		p.open = &bundle{people: map[string]*dirty{}, done: make(chan struct{})}
	}
	x := p.open.people[id]
	if x == nil {
		x = &dirty{entry: e, before: e.state}
		p.open.people[id] = x
		k := p.kept[id]
		if k == nil {
			k = &keep{entry: e}
			p.kept[id] = k
		}
		k.bundles++
	}
	x.state, x.last = next, len(p.open.batches)
	p.open.batches = append(p.open.batches, b)
	return p.open, nil
}

// send hands the open bundle to the background, and waits when too many are away.
func (p *Pipeline) send() {
	if p.open == nil {
		return
	}
	if p.work == nil {
		p.work = make(chan *bundle, bundlesAway)
		go p.app.writeBundles(p.h, p.work)
	}
	b := p.open
	p.open = nil
	p.work <- b
	p.sent = append(p.sent, b)
	for len(p.sent) > bundlesAway {
		p.receive()
	}
}

// receive waits for the oldest bundle that is away.
func (p *Pipeline) receive() {
	b := p.sent[0]
	p.sent = p.sent[1:]
	<-b.done
	if b.err != nil && p.failed == nil {
		p.failed = b.err
	}
	for id, x := range b.people {
		if b.err != nil {
			x.entry.mu.Lock()
			x.entry.stale = true
			x.entry.mu.Unlock()
		}
		p.h.queued.CompareAndDelete(id, b)
		if k := p.kept[id]; k != nil {
			if k.bundles--; k.bundles == 0 {
				delete(p.kept, id)
			}
		}
	}
}

// writeBundles brings views up to date and hands bundles to the ledger, in order.
func (a *App) writeBundles(h *host, work <-chan *bundle) {
	def := h.definition()
	for b := range work {
		for _, x := range b.people {
			tasks := study.Tasks(def, x.state)
			x.entry.mu.Lock()
			before, noticedBefore, notices := x.entry.tasks, x.entry.noticeRows, x.entry.notices
			noticed, err := noticeRows(def, x.state, notices)
			x.entry.tasks, x.entry.noticeRows = tasks, noticed
			x.entry.mu.Unlock()
			if err != nil {
				b.err = err
				break
			}
			rows, err := rowsFor(def, x.before, x.state, tasks, before)
			if err != nil {
				b.err = err
				break
			}
			b.batches[x.last].Rows = append(rows, changedRows(noticedBefore, noticed)...)
		}
		if b.err != nil {
			close(b.done)
			continue
		}
		pending := a.store.SubmitAll(b.batches)
		b.batches = nil
		go func() {
			_, b.err = pending.Wait(context.Background())
			close(b.done)
		}()
	}
}

// Flush waits until everything is durable. After an error the pipeline is broken:
// its first error is answered by every later call.
func (p *Pipeline) Flush(ctx context.Context) error {
	p.send()
	for len(p.sent) > 0 {
		p.receive()
	}
	if p.work != nil {
		close(p.work)
		p.work = nil
	}
	if p.failed != nil {
		// Nothing of what failed may stay in memory.
		return errors.Join(p.failed, p.app.reload(context.WithoutCancel(ctx), p.h))
	}
	return nil
}

// State answers a participant's whole state.
func (p *Pipeline) State(ctx context.Context, id string) (*study.State, error) {
	e, err := p.person(ctx, id)
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
