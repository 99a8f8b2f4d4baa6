package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
)

const (
	saltBytes   = 16
	hashBytes   = 32
	manyWaiting = 256 // sign-ins that wait for their turn at hashing
)

// hasher runs argon2id, on half of the processors at most: saving goes on while a
// whole clinic signs in.
type hasher struct {
	cost    Hash
	turns   *semaphore.Weighted
	waiting atomic.Int64
	runs    atomic.Int64 // how often it hashed; tests count it
	dummy   string       // of a password that nobody has
	chance  func(int) ([]byte, error)
}

func newHasher(cost Hash, chance func(int) ([]byte, error)) (*hasher, error) {
	h := &hasher{cost: cost, turns: semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2))), chance: chance}
	b, err := chance(saltBytes + hashBytes)
	if err != nil {
		return nil, err
	}
	h.dummy = cost.text(b[:saltBytes], b[saltBytes:])
	return h, nil
}

// text is the usual written form, "$argon2id$v=19$m=..,t=..,p=..$salt$hash".
func (c Hash) text(salt, hash []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
}

func parseHash(text string) (c Hash, salt, hash []byte, err error) {
	parts := strings.Split(text, "$")
	bad := fmt.Errorf("identity: a password's hash cannot be read; set the password anew")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); err != nil || c.Time < 1 || c.Threads < 1 || c.Memory > 1<<21 {
		return c, nil, nil, bad
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return c, nil, nil, bad
	}
	if hash, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(hash) != hashBytes {
		return c, nil, nil, bad
	}
	return c, salt, hash, nil
}

// weaker says that a hash was made at less cost than what is asked now.
func (c Hash) weaker(now Hash) bool {
	return c.Memory < now.Memory || c.Time < now.Time
}

// run hashes when its turn comes. It ends early with ctx, and with a WaitError when
// too many wait already.
func (h *hasher) run(ctx context.Context, c Hash, password string, salt []byte) ([]byte, error) {
	if h.waiting.Add(1) > manyWaiting {
		h.waiting.Add(-1)
		return nil, &WaitError{For: 5 * time.Second}
	}
	err := h.turns.Acquire(ctx, 1)
	h.waiting.Add(-1)
	if err != nil {
		return nil, err
	}
	defer h.turns.Release(1)
	h.runs.Add(1)
	return argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, hashBytes), nil
}

func (h *hasher) make(ctx context.Context, password string) (string, error) {
	salt, err := h.chance(saltBytes)
	if err != nil {
		return "", err
	}
	sum, err := h.run(ctx, h.cost, password, salt)
	if err != nil {
		return "", err
	}
	return h.cost.text(salt, sum), nil
}

// matches compares, hashing once whatever the text is; "" is no password, which
// nothing matches. weak says that the hash should be made anew.
func (h *hasher) matches(ctx context.Context, password, text string) (ok, weak bool, err error) {
	real := text != ""
	if !real {
		text = h.dummy
	}
	c, salt, hash, err := parseHash(text)
	if err != nil {
		return false, false, err
	}
	sum, err := h.run(ctx, c, password, salt)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(sum, hash) == 1 && real
	return ok, ok && c.weaker(h.cost), nil
}
