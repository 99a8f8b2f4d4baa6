package app

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// pace counts how often each of many asks within an hour, in memory. What was not heard
// of for long is forgotten first.
type pace struct {
	mu   sync.Mutex
	kept *lru.Cache[string, hourly]
}

type hourly struct {
	hour int64
	n    int
}

const manyPaced = 10_000

// admits counts one more, and says whether that is within the limit of the hour.
func (p *pace) admits(key string, now time.Time, most int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		// New fails only on a size below one.
		p.kept, _ = lru.New[string, hourly](manyPaced)
	}
	hour := now.Unix() / 3600
	x, _ := p.kept.Get(key)
	if x.hour != hour {
		x = hourly{hour: hour}
	}
	x.n++
	p.kept.Add(key, x)
	return x.n <= most
}
