package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Status counts keys. No person is named.
type Status struct {
	Current  string         // id of the master key that wraps now, "" when there is none
	ByMaster map[string]int // keys by the id of the master key that wraps them
	Erased   int
}

// Status answers how many keys there are, and under which master keys.
func (v *Vault) Status(ctx context.Context) (Status, error) {
	all, err := v.keys.Settings(ctx, prefix)
	if err != nil {
		return Status{}, err
	}
	s := Status{Current: v.master.ID(), ByMaster: map[string]int{}}
	for name, text := range all {
		if text == tombstone {
			s.Erased++
			continue
		}
		var k kept
		if err := json.Unmarshal([]byte(text), &k); err != nil {
			return Status{}, fmt.Errorf("vault: what is kept as %s cannot be read: put the database back from a backup", name)
		}
		s.ByMaster[k.Master]++
	}
	return s, nil
}

// Rewrap wraps every key with the master key in force, and answers how many were
// under another. Sealed values stay as they are. A key that does not unwrap is left
// as it is; the others are done, and the error says how many were not.
func (v *Vault) Rewrap(ctx context.Context) (int, error) {
	all, err := v.keys.Settings(ctx, prefix)
	if err != nil {
		return 0, err
	}
	current, done, left := v.master.ID(), 0, 0
	var first error
	for _, name := range slices.Sorted(maps.Keys(all)) {
		o, ok := ownerOf(name)
		if !ok {
			continue
		}
		did, err := v.rewrap(ctx, o, name, all[name], current)
		switch {
		case ctx.Err() != nil:
			return done, ctx.Err()
		case err != nil:
			if left++; first == nil {
				first = err
			}
		case did:
			done++
		}
	}
	if left > 0 {
		return done, fmt.Errorf("vault: %d keys could not be wrapped anew: %w", left, first)
	}
	if done > 0 {
		// A key under a master key that somebody has learnt is no secret any more.
		return done, v.keys.Scrub(ctx)
	}
	return 0, nil
}

// rewrap never writes over what another process has made of the key meanwhile.
func (v *Vault) rewrap(ctx context.Context, o Owner, name, text, current string) (bool, error) {
	for text != tombstone && text != "" {
		var k kept
		if err := json.Unmarshal([]byte(text), &k); err == nil && k.Master == current {
			return false, nil
		}
		set, err := v.unwrap(ctx, o, text)
		if err != nil {
			return false, err
		}
		anew, err := v.wrap(ctx, o, set.handle)
		if err != nil {
			return false, err
		}
		if swapped, err := v.keys.SwapSetting(ctx, name, text, anew); swapped || err != nil {
			return swapped, err
		}
		if text, err = v.keys.Setting(ctx, name); err != nil {
			return false, err
		}
	}
	return false, nil
}

func ownerOf(setting string) (Owner, bool) {
	space, person, ok := strings.Cut(strings.TrimPrefix(setting, prefix), "/")
	s, err := url.PathUnescape(space)
	p, err2 := url.PathUnescape(person)
	return Owner{s, p}, ok && errors.Join(err, err2) == nil
}

// AnyKeys says whether a store holds keys of persons, erased ones included: then the
// master key that wraps them exists somewhere, and a new one is not in its place.
func AnyKeys(ctx context.Context, keys Keys) (bool, error) {
	all, err := keys.Settings(ctx, prefix)
	return len(all) > 0, err
}
