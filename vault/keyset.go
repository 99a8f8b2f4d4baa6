package vault

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/tink-crypto/tink-go/v2/aead"
	tink "github.com/tink-crypto/tink-go/v2/keyset"
	primitive "github.com/tink-crypto/tink-go/v2/tink"
)

// tombstone stands in the place of a key that was destroyed.
const tombstone = `{"erased":true}`

// prefix begins the settings that hold keys: "key/<space>/<person>".
const prefix = "key/"

func settingOf(o Owner) (string, error) {
	if o.Space == "" || o.Person == "" {
		return "", errors.New("vault: an owner has a space and a person")
	}
	// Escaped, so that no slash in one can be taken for another owner.
	return prefix + url.PathEscape(o.Space) + "/" + url.PathEscape(o.Person), nil
}

// kept is a wrapped keyset as a setting holds it.
type kept struct {
	Master string `json:"master,omitempty"` // id of the master key that wraps it
	Keyset string `json:"keyset,omitempty"` // base64
	Erased bool   `json:"erased,omitempty"`
}

// keyset is a person's keys, opened. wrapped is the setting they came from: they are
// used only as long as the setting still reads so, so that a key that was erased or
// renewed by another process is not used here either.
type keyset struct {
	wrapped string
	handle  *tink.Handle
	aead    primitive.AEAD
}

// keysetOf answers the owner's keys, and makes them when make is true. Without, an
// owner who has none can have sealed nothing: ErrSealed.
func (v *Vault) keysetOf(ctx context.Context, o Owner, create bool) (*keyset, error) {
	name, err := settingOf(o)
	if err != nil {
		return nil, err
	}
	for {
		text, err := v.keys.Setting(ctx, name)
		switch {
		case err != nil:
			return nil, fmt.Errorf("vault: read the key: %w", err)
		case text == tombstone:
			v.opened.Remove(o)
			return nil, ErrErased
		case text == "" && !create:
			return nil, ErrSealed
		case text != "":
			if k, ok := v.opened.Get(o); ok && k.wrapped == text {
				return k, nil
			}
			k, err := v.unwrap(ctx, o, text)
			if err == nil {
				v.opened.Add(o, k)
			}
			return k, err
		}
		handle, err := tink.NewHandle(aead.AES256GCMKeyTemplate())
		if err != nil {
			return nil, fmt.Errorf("vault: make a key: %w", err)
		}
		if text, err = v.wrap(ctx, o, handle); err != nil {
			return nil, err
		}
		// Whoever is first decides; everybody then reads what stands there.
		if _, err := v.keys.SwapSetting(ctx, name, "", text); err != nil {
			return nil, fmt.Errorf("vault: keep a key: %w", err)
		}
	}
}

func (k *keyset) renewed() (*tink.Handle, error) {
	m := tink.NewManagerFromHandle(k.handle)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err == nil {
		err = m.SetPrimary(id)
	}
	if err != nil {
		return nil, fmt.Errorf("vault: renew a key: %w", err)
	}
	return m.Handle()
}

// wrapping is the master key as tink calls it. It keeps the master's own error,
// which tink gives on as text alone.
type wrapping struct {
	master Master
	id     string
	failed error
}

func (w *wrapping) EncryptWithContext(ctx context.Context, key, associated []byte) (wrapped []byte, err error) {
	w.id, wrapped, w.failed = w.master.Wrap(ctx, key, associated)
	return wrapped, w.failed
}

func (w *wrapping) DecryptWithContext(ctx context.Context, wrapped, associated []byte) (key []byte, err error) {
	key, w.failed = w.master.Unwrap(ctx, w.id, wrapped, associated)
	return key, w.failed
}

func bindKey(o Owner) []byte { return bind("varde wrapped key", o.Space, o.Person) }

func (v *Vault) wrap(ctx context.Context, o Owner, handle *tink.Handle) (string, error) {
	var b bytes.Buffer
	w := &wrapping{master: v.master}
	if err := handle.WriteWithContext(ctx, tink.NewBinaryWriter(&b), w, bindKey(o)); err != nil {
		if w.failed != nil {
			err = w.failed
		}
		return "", fmt.Errorf("vault: wrap a key: %w", err)
	}
	text, err := json.Marshal(kept{Master: w.id, Keyset: base64.StdEncoding.EncodeToString(b.Bytes())})
	return string(text), err
}

func (v *Vault) unwrap(ctx context.Context, o Owner, text string) (*keyset, error) {
	var k kept
	if err := json.Unmarshal([]byte(text), &k); err != nil || k.Keyset == "" {
		return nil, fmt.Errorf("%w: what is kept as the key cannot be read: put the database back from a backup", ErrSealed)
	}
	b, err := base64.StdEncoding.DecodeString(k.Keyset)
	if err != nil {
		return nil, fmt.Errorf("%w: what is kept as the key cannot be read: put the database back from a backup", ErrSealed)
	}
	w := &wrapping{master: v.master, id: k.Master}
	handle, err := tink.ReadWithContext(ctx, tink.NewBinaryReader(bytes.NewReader(b)), w, bindKey(o))
	switch {
	case w.failed != nil:
		return nil, fmt.Errorf("vault: unwrap a key: %w", w.failed)
	case err != nil:
		return nil, fmt.Errorf("%w: the key of this person cannot be read", ErrSealed)
	}
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("%w: the key of this person is of no kind that is known here", ErrSealed)
	}
	return &keyset{wrapped: text, handle: handle, aead: a}, nil
}
