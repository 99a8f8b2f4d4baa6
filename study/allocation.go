package study

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"

	"varde/protocol"
)

// Slot is one place in the allocation list.
type Slot struct {
	Stratum string
	Index   int
	Kit     string
	arm     string
}

// Allocator expands a secret seed into the allocation list: permuted blocks within
// strata, block sizes drawn at random (ICH E9 section 2.3.2). Whoever has the seed
// can recompute the whole list; the study's ledger holds the seed's SHA-256 from
// before the first participant, so that nobody can choose another list later.
type Allocator struct {
	plan *protocol.Allocation
	arms []string // in protocol order, repeated by ratio
	seed []byte
	seq  map[string][]string // stratum -> arms so far expanded
	rngs map[string]*rand.Rand
	// swapped exchanges the arms, for the test that runs the same transcript twice.
	swapped bool
}

// NewAllocator takes a seed of 32 bytes.
func NewAllocator(def *protocol.Definition, seed []byte) (*Allocator, error) {
	if def.Allocation == nil {
		return nil, fmt.Errorf("study: protocol %s has no allocation", def.ID)
	}
	if len(seed) != 32 {
		return nil, fmt.Errorf("study: an allocation seed has 32 bytes, not %d", len(seed))
	}
	a := &Allocator{plan: def.Allocation, seed: slices.Clone(seed), seq: map[string][]string{}, rngs: map[string]*rand.Rand{}}
	for _, arm := range def.Arms {
		for range def.Allocation.Ratio[arm.ID] {
			a.arms = append(a.arms, arm.ID)
		}
	}
	if len(a.arms) == 0 || len(def.Allocation.Blocks) == 0 {
		return nil, fmt.Errorf("study: protocol %s has no ratio or no block sizes", def.ID)
	}
	return a, nil
}

// Swapped answers an allocator that gives the other arm each time (two arms).
func (a *Allocator) Swapped() *Allocator {
	return &Allocator{plan: a.plan, arms: a.arms, seed: a.seed, seq: map[string][]string{}, rngs: map[string]*rand.Rand{}, swapped: true}
}

// Commitment is the hex SHA-256 of the seed.
func (a *Allocator) Commitment() string {
	h := sha256.Sum256(a.seed)
	return hex.EncodeToString(h[:])
}

// Next answers the next free slot of the stratum.
func (a *Allocator) Next(s *AllocationState, stratum string) Slot {
	i := s.Taken[stratum]
	return Slot{Stratum: stratum, Index: i, Kit: a.kit(stratum, i, s.Kits), arm: a.arm(stratum, i)}
}

// ArmOf answers the arm of a slot that was taken.
func (a *Allocator) ArmOf(t SlotTaken) string { return a.arm(t.Stratum, t.Index) }

func (a *Allocator) arm(stratum string, index int) string {
	r := a.rngs[stratum]
	if r == nil {
		r = rand.New(rand.NewChaCha8(a.derive("blocks", stratum, 0)))
		a.rngs[stratum] = r
	}
	for len(a.seq[stratum]) <= index {
		size := a.plan.Blocks[r.IntN(len(a.plan.Blocks))]
		block := make([]string, 0, size)
		for len(block) < size {
			block = append(block, a.arms...)
		}
		r.Shuffle(len(block), func(i, j int) { block[i], block[j] = block[j], block[i] })
		a.seq[stratum] = append(a.seq[stratum], block...)
	}
	arm := a.seq[stratum][index]
	if a.swapped {
		for _, other := range a.arms {
			if other != arm {
				return other
			}
		}
	}
	return arm
}

// kit numbers tell nothing of arm or order: they are drawn from the seed, by
// stratum and index, and drawn again when taken.
func (a *Allocator) kit(stratum string, index int, taken map[string]bool) string {
	for n := 0; ; n++ {
		h := a.derive("kit", stratum, uint64(index)<<16|uint64(n))
		k := fmt.Sprintf("%s%06d", a.plan.Kits, binary.BigEndian.Uint64(h[:8])%1_000_000)
		if !taken[k] {
			return k
		}
	}
}

func (a *Allocator) derive(what, stratum string, n uint64) [32]byte {
	m := hmac.New(sha256.New, a.seed)
	m.Write([]byte(what + "\x00" + stratum + "\x00"))
	m.Write(binary.BigEndian.AppendUint64(nil, n))
	return [32]byte(m.Sum(nil))
}

// StratumOf names the participant's stratum by the factors of the protocol.
// Refused when a factor's value is not collected yet.
func StratumOf(def *protocol.Definition, s *State, env Env) (string, *Refusal) {
	name := ""
	for i, f := range def.Allocation.Strata {
		level := s.Site
		if !f.Site {
			p := def.Program(f.Expr)
			v, known, err := p.Eval(NewVars(def, s, env, ""))
			if err != nil || !known {
				return "", refuse(Against, "stratum-unknown", say(
					"cannot randomise yet: the stratification factor %q is not known. Collect it first.",
					"kan ikke randomisere ennå: stratifiseringsfaktoren %q er ikke kjent. Samle den inn først.", f.Title))
			}
			level = fmt.Sprint(v)
		}
		if i > 0 {
			name += "|"
		}
		name += f.ID + "=" + level
	}
	return name, nil
}
