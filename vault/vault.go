// Package vault keeps what identifies a person sealed under a key of that person's
// own. What is sealed may stand in a ledger for ever: when the key is destroyed,
// nobody can read it again, and the ledger still verifies.
//
// Keys are themselves sealed ("wrapped") by a master key that lives outside of the
// database: a thief of the database file alone learns nothing.
package vault

import (
	"context"
	"errors"
)

var (
	// ErrErased says that the person's key was destroyed.
	ErrErased = errors.New("vault: erased")
	// ErrSealed says that a sealed value does not open: it was changed, moved from
	// another person or field, or sealed under another master key.
	ErrSealed = errors.New("vault: the sealed value does not open")
)

// Keys is where wrapped keys are kept; a ledger.Store is one. Setting "" removes.
type Keys interface {
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	Settings(ctx context.Context, prefix string) (map[string]string, error)
}

// Master wraps and unwraps keys. It is a file, an environment variable, or a key
// management service behind the same three methods.
type Master interface {
	// ID names the key that wraps now. It is kept beside what it wrapped.
	ID() string
	Wrap(ctx context.Context, key, associated []byte) ([]byte, error)
	// Unwrap opens what the key of the id wrapped; ErrSealed when it does not open.
	Unwrap(ctx context.Context, id string, wrapped, associated []byte) ([]byte, error)
}

// Owner is whose key it is: a participant of a study, or an account of the house.
type Owner struct {
	Space  string // study id, or "house"
	Person string
}

// Vault seals and opens. It is safe for concurrent use.
type Vault struct {
	keys   Keys
	master Master
}

// New makes a vault over a store of wrapped keys.
func New(keys Keys, master Master) *Vault { return &Vault{keys: keys, master: master} }

// Seal answers the value sealed for the owner and field, as text. The owner's key is
// made when there is none; after Erase it is ErrErased.
func (v *Vault) Seal(ctx context.Context, o Owner, field, value string) (string, error) {
	return "", errors.New("vault: not built")
}

// Open answers what was sealed for this owner and field.
func (v *Vault) Open(ctx context.Context, o Owner, field, sealed string) (string, error) {
	return "", errors.New("vault: not built")
}

// Erase destroys the owner's key for good. Doing it again does nothing.
func (v *Vault) Erase(ctx context.Context, o Owner) error { return errors.New("vault: not built") }

// Erased says whether the owner's key was destroyed.
func (v *Vault) Erased(ctx context.Context, o Owner) (bool, error) {
	return false, errors.New("vault: not built")
}

// Rewrap wraps every key with the master key in force, and answers how many were
// under another. Sealed values stay as they are.
func (v *Vault) Rewrap(ctx context.Context) (int, error) { return 0, errors.New("vault: not built") }

// Renew gives the owner a new key for what is sealed from now on; what was sealed
// before still opens.
func (v *Vault) Renew(ctx context.Context, o Owner) error { return errors.New("vault: not built") }
