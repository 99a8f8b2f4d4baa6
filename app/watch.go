package app

import (
	"context"
	"sync"

	"varde/ledger"
)

// watchers are those who wait for something to be written, by study and participant;
// the participant "" stands for everybody in the study.
type watchers struct {
	mu sync.Mutex
	by map[watched]map[*watcher]struct{}
}

type watched struct{ study, participant string }

type watcher struct{ changed chan struct{} }

// Watch answers a channel that gets a value soon after something was written about the
// participant, and a function that ends it. Values that nobody has taken yet are one.
// It says that something happened, never what: whoever watches reads again, and access
// is asked then. Participant "" watches everybody in the study. What another program
// writes to the same database is not noticed.
//
// stop MUST be called; it may be called more than once.
func (a *App) Watch(studyID, participant string) (changed <-chan struct{}, stop func()) {
	w := &watcher{changed: make(chan struct{}, 1)}
	key := watched{studyID, participant}
	a.watchers.mu.Lock()
	defer a.watchers.mu.Unlock()
	if a.watchers.by == nil {
		a.watchers.by = map[watched]map[*watcher]struct{}{}
	}
	if a.watchers.by[key] == nil {
		a.watchers.by[key] = map[*watcher]struct{}{}
	}
	a.watchers.by[key][w] = struct{}{}
	return w.changed, func() { a.watchers.leave(key, w) }
}

func (ws *watchers) leave(key watched, w *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.by[key], w)
	if len(ws.by[key]) == 0 {
		delete(ws.by, key)
	}
}

// any says that somebody waits for news of the participant.
func (ws *watchers) any(studyID, participant string) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return len(ws.by[watched{studyID, participant}])+len(ws.by[watched{studyID, ""}]) > 0
}

func (ws *watchers) wake(studyID, participant string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, key := range []watched{{studyID, participant}, {studyID, ""}} {
		for w := range ws.by[key] {
			select {
			case w.changed <- struct{}{}:
			default: // a value lies there already
			}
		}
	}
}

// whenDurable wakes who watches as soon as what was queued is on disk. It does not
// hang on the request that wrote: its sender may be gone by then, as the reader of a
// network that fails often is.
func (a *App) whenDurable(studyID, participant string, pending ledger.Pending) {
	if pending == nil || !a.watchers.any(studyID, participant) {
		return
	}
	go func() {
		if _, err := pending.Wait(context.Background()); err == nil {
			a.watchers.wake(studyID, participant)
		}
	}()
}
