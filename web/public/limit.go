package public

import (
	"sync"
	"time"
)

// How many referrals a network may send in a window. A health centre sends several a
// day; a network of a telephone company holds many people, so the limit is wide.
const (
	window     = time.Hour
	mostOwn    = 12
	mostOthers = 40
	mostKept   = 10_000 // networks that are remembered
)

// gate counts what networks send. It keeps a prefix of an address and moments, in memory
// alone, for an hour.
type gate struct {
	mu   sync.Mutex
	sent map[string][]time.Time
}

func newGate() *gate { return &gate{sent: map[string][]time.Time{}} }

// pass says whether the network may send one more now, and how long to wait if not.
func (g *gate) pass(key string, most int, now time.Time) (wait time.Duration, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.sent) >= mostKept {
		g.forget(now)
	}
	recent := g.sent[key][:0:0]
	for _, t := range g.sent[key] {
		if now.Sub(t) < window {
			recent = append(recent, t)
		}
	}
	if len(recent) >= most {
		g.sent[key] = recent
		return recent[0].Add(window).Sub(now), false
	}
	if len(g.sent) >= mostKept && len(recent) == 0 {
		return window, false // as many networks within an hour are no people who ask for help
	}
	g.sent[key] = append(recent, now)
	return 0, true
}

// forget drops the networks that have sent nothing for an hour.
func (g *gate) forget(now time.Time) {
	for key, times := range g.sent {
		if len(times) == 0 || now.Sub(times[len(times)-1]) >= window {
			delete(g.sent, key)
		}
	}
}
