// Package vault keeps what identifies a person sealed under a key of that person's
// own. What is sealed may stand in a ledger for ever: when the key is destroyed,
// nobody can read it again, and the ledger still verifies.
//
// Keys are themselves sealed ("wrapped") by a master key that lives outside of the
// database: a thief of the database file alone learns nothing but how many people
// there are and, to 32 bytes, how long what is kept of them is.
//
//	value  --AES-256-GCM, the person's keyset-->  sealed text, in the ledger
//	keyset --AES-256-GCM, the master key------->  wrapped keyset, in the store's settings
//
// A sealed text is bound to its space, person and field, a wrapped keyset to its
// space and person: moved elsewhere, neither opens.
//
// What erasing cannot reach are copies of the settings made before: backups. They
// end when the backups do, or when the master key that wrapped them is rotated out
// and destroyed.
package vault

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
)

var (
	// ErrErased says that the person's key was destroyed.
	ErrErased = errors.New("vault: erased")
	// ErrSealed says that a sealed value does not open: it was changed, moved from
	// another person or field, or sealed under another master key.
	ErrSealed = errors.New("vault: the sealed value does not open")
)

// Keys is where wrapped keys are kept; a ledger.Store is one. Setting "" removes.
// SwapSetting writes only where the setting still reads was: of two processes that
// make a person's first key at once one wins, and an erased key is never written
// back. Scrub overwrites what settings read before.
type Keys interface {
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	Settings(ctx context.Context, prefix string) (map[string]string, error)
	SwapSetting(ctx context.Context, name, was, is string) (bool, error)
	Scrub(ctx context.Context) error
}

// Owner is whose key it is: a participant of a study, or an account of the house.
type Owner struct {
	Space  string // study id, or "house"
	Person string
}

// MaxValue is the most bytes of a value that can be sealed.
const MaxValue = 1 << 20

// cached is how many persons' opened keysets are kept in memory.
const cached = 1024

// Vault seals and opens. It is safe for concurrent use.
type Vault struct {
	keys   Keys
	master Master
	opened *lru.Cache[Owner, *keyset]
}

// New makes a vault over a store of wrapped keys.
func New(keys Keys, master Master) *Vault {
	opened, _ := lru.New[Owner, *keyset](cached) // fails only on a size below one
	return &Vault{keys: keys, master: master, opened: opened}
}

// form begins every sealed text, so that a later form can be told from this one.
const form = "s1."

// Seal answers the value sealed for the owner and field, as text. The owner's key is
// made when there is none; after Erase it is ErrErased. Sealing the same value again
// answers another text.
func (v *Vault) Seal(ctx context.Context, o Owner, field, value string) (string, error) {
	if len(value) > MaxValue {
		return "", fmt.Errorf("vault: a value has at most %d bytes, not %d", MaxValue, len(value))
	}
	k, err := v.keysetOf(ctx, o, true)
	if err != nil {
		return "", err
	}
	text, err := k.aead.Encrypt(pad(value), bind("varde sealed value", o.Space, o.Person, field))
	if err != nil {
		return "", fmt.Errorf("vault: seal: %w", err)
	}
	return form + base64.RawURLEncoding.EncodeToString(text), nil
}

// Open answers what was sealed for this owner and field.
func (v *Vault) Open(ctx context.Context, o Owner, field, sealed string) (string, error) {
	k, err := v.keysetOf(ctx, o, false)
	if err != nil {
		return "", err
	}
	rest, ok := strings.CutPrefix(sealed, form)
	if !ok {
		return "", ErrSealed
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil {
		return "", ErrSealed
	}
	padded, err := k.aead.Decrypt(text, bind("varde sealed value", o.Space, o.Person, field))
	if err != nil {
		return "", ErrSealed
	}
	value, ok := unpad(padded)
	if !ok {
		return "", ErrSealed
	}
	return value, nil
}

// Erase destroys the owner's key for good, in the database file and its write-ahead
// log as well. Doing it again destroys nothing more; after an error it must be done
// again, for what the file held may still stand there.
func (v *Vault) Erase(ctx context.Context, o Owner) error {
	name, err := settingOf(o)
	if err != nil {
		return err
	}
	for {
		was, err := v.keys.Setting(ctx, name)
		if err != nil {
			return fmt.Errorf("vault: erase: %w", err)
		}
		swapped := was == tombstone
		if !swapped {
			if swapped, err = v.keys.SwapSetting(ctx, name, was, tombstone); err != nil {
				return fmt.Errorf("vault: erase: %w", err)
			}
		}
		if swapped {
			break
		}
	}
	v.opened.Remove(o)
	if err := v.keys.Scrub(ctx); err != nil {
		return fmt.Errorf("vault: the key is destroyed, but traces of it may stand in the database file; erase again to remove them: %w", err)
	}
	return nil
}

// Erased says whether the owner's key was destroyed.
func (v *Vault) Erased(ctx context.Context, o Owner) (bool, error) {
	name, err := settingOf(o)
	if err != nil {
		return false, err
	}
	text, err := v.keys.Setting(ctx, name)
	return text == tombstone, err
}

// Renew gives the owner a new key for what is sealed from now on; what was sealed
// before still opens.
func (v *Vault) Renew(ctx context.Context, o Owner) error {
	name, err := settingOf(o)
	if err != nil {
		return err
	}
	for {
		old, err := v.keysetOf(ctx, o, true)
		if err != nil {
			return err
		}
		renewed, err := old.renewed()
		if err != nil {
			return err
		}
		text, err := v.wrap(ctx, o, renewed)
		if err != nil {
			return err
		}
		if swapped, err := v.keys.SwapSetting(ctx, name, old.wrapped, text); swapped || err != nil {
			v.opened.Remove(o)
			return err
		}
	}
}

// bind joins texts so that no two lists of texts give the same bytes.
func bind(texts ...string) []byte {
	var b []byte
	for _, t := range texts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(t)))
		b = append(b, t...)
	}
	return b
}

// block is to how many bytes values are padded: the length of a name says something
// of a name.
const block = 32

func pad(value string) []byte {
	b := make([]byte, (len(value)/block+1)*block)
	b[copy(b, value)] = 0x80
	return b
}

func unpad(b []byte) (string, bool) {
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case 0:
		case 0x80:
			return string(b[:i]), true
		default:
			return "", false
		}
	}
	return "", false
}
