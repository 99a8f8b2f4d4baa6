package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	manySources  = 20_000
	manyGuarded  = 20_000 // accounts, and as many names that are none
	longestPause = 15 * time.Minute
	beginsPer    = 10 // ceremonies that may be begun per attempt that may be made
)

// guard slows down who tries. It counts per network and per account, in the memory
// of this Service. Attempts that succeed are given back: a whole clinic behind one
// address may sign in at once, as long as it knows its keys.
//
// Nobody can lock a person out: what waits is the account's password; passkeys,
// single sign-on and recovery codes do not.
type guard struct {
	mu      sync.Mutex
	tries   int
	rate    float64 // a second
	sources *lru.Cache[string, *bucket]
	begins  *lru.Cache[string, *bucket]
	// Names that are no account's have room of their own: trying many of them does
	// not make us forget who is being guessed.
	known, unknown *lru.Cache[string, *streak]
	key            []byte
}

// bucket is a token bucket: room for one minute's attempts.
type bucket struct {
	left float64
	at   time.Time
}

// streak is failures in a row.
type streak struct {
	failures int
	flying   int // attempts whose outcome is not known yet
	until    time.Time
}

func newGuard(l Limits, chance func(int) ([]byte, error)) (*guard, error) {
	g := &guard{tries: l.Tries, rate: float64(l.PerSource) / 60}
	var err error
	if g.key, err = chance(32); err != nil {
		return nil, err
	}
	for _, c := range []**lru.Cache[string, *bucket]{&g.sources, &g.begins} {
		if *c, err = lru.New[string, *bucket](manySources); err != nil {
			return nil, err
		}
	}
	for _, c := range []**lru.Cache[string, *streak]{&g.known, &g.unknown} {
		if *c, err = lru.New[string, *streak](manyGuarded); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// blur is a keyed hash of what was typed as an account's name: people type their
// password there. The key lives as long as the process and is kept nowhere.
func (g *guard) blur(typed string) string {
	h := hmac.New(sha256.New, g.key)
	h.Write([]byte(typed))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// source takes one attempt of a network, or says how long to wait. refund gives it
// back.
func (g *guard) source(now time.Time, from Source) (refund func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b, err := g.take(g.sources, now, from.Network, g.rate)
	if err != nil {
		return nil, err
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		b.left = min(b.left+1, g.rate*60)
	}, nil
}

// begin takes one beginning of a ceremony, of which a browser may make several.
func (g *guard) begin(now time.Time, from Source) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.take(g.begins, now, from.Network, g.rate*beginsPer)
	return err
}

func (g *guard) take(of *lru.Cache[string, *bucket], now time.Time, network string, rate float64) (*bucket, error) {
	network = clip(network, 60)
	b, ok := of.Get(network)
	if !ok {
		b = &bucket{left: rate * 60, at: now}
		of.Add(network, b)
	}
	if gone := now.Sub(b.at); gone > 0 {
		b.left, b.at = min(b.left+gone.Seconds()*rate, rate*60), now
	}
	if b.left < 1 {
		return nil, &WaitError{For: time.Duration((1-b.left)/rate*float64(time.Second)).Round(time.Second) + time.Second}
	}
	b.left--
	return b, nil
}

// attempt begins an attempt at an account's password, or says how long to wait. done
// tells its outcome. After the allowed failures in a row the waiting doubles with
// each: 2, 4, 8 ... seconds, a quarter of an hour at most. As many attempts may be
// under way at once as failures are still allowed, one after that.
func (g *guard) attempt(now time.Time, known bool, name string) (done func(outcome), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	of := g.unknown
	if known {
		of = g.known
	}
	st, ok := of.Get(name)
	if !ok {
		st = &streak{}
		of.Add(name, st)
	}
	if wait := st.until.Sub(now); wait > 0 {
		return nil, &WaitError{For: wait}
	}
	if st.flying > 0 && st.failures+st.flying >= g.tries {
		return nil, &WaitError{For: time.Second}
	}
	st.flying++
	return func(how outcome) {
		g.mu.Lock()
		defer g.mu.Unlock()
		st.flying--
		switch how {
		case succeeded:
			st.failures, st.until = 0, time.Time{}
		case wrong:
			st.failures++
			if n := st.failures - g.tries; n >= 0 {
				pause := min(2*time.Second<<min(n, 20), longestPause)
				st.until = now.Add(pause)
			}
		}
	}, nil
}

type outcome int

const (
	unfinished outcome = iota // nothing was learnt: the server was too busy, the browser left
	wrong
	succeeded
)
