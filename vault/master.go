package vault

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
)

// Master wraps and unwraps keys. It is a file, an environment variable, or a key
// management service behind the same three methods.
type Master interface {
	// ID names the key that wraps now.
	ID() string
	// Wrap seals a key, and answers the id of the master key that did: it is kept
	// beside what it wrapped.
	Wrap(ctx context.Context, key, associated []byte) (id string, wrapped []byte, err error)
	// Unwrap opens what the key of the id wrapped; ErrSealed when it does not open.
	Unwrap(ctx context.Context, id string, wrapped, associated []byte) ([]byte, error)
}

// MasterKeyBytes is the length of a master key.
const MasterKeyBytes = 32

// Keyring is master keys held in memory: the first wraps, all unwrap.
type Keyring struct {
	from string // where the keys came from, for errors
	keys []masterKey
}

type masterKey struct {
	id   string
	aead *subtle.AESGCM
}

// NewKeyring makes one of keys of 32 bytes, newest first.
func NewKeyring(keys ...[]byte) (*Keyring, error) { return keyring("the key ring", keys) }

func keyring(from string, keys [][]byte) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("vault: %s holds no master key", from)
	}
	r := &Keyring{from: from}
	for i, k := range keys {
		if len(k) != MasterKeyBytes {
			return nil, fmt.Errorf("vault: key %d of %s has %d bytes: a master key has %d", i+1, from, len(k), MasterKeyBytes)
		}
		a, err := subtle.NewAESGCM(k)
		if err != nil {
			return nil, fmt.Errorf("vault: key %d of %s: %w", i+1, from, err)
		}
		r.keys = append(r.keys, masterKey{idOf(k), a})
	}
	return r, nil
}

// idOf names a master key without telling anything of it.
func idOf(key []byte) string {
	h := sha256.Sum256(append([]byte("varde master key id\x00"), key...))
	return hex.EncodeToString(h[:8])
}

// ID names the first key.
func (r *Keyring) ID() string { return r.keys[0].id }

// IDs names all keys, newest first.
func (r *Keyring) IDs() []string {
	out := make([]string, len(r.keys))
	for i, k := range r.keys {
		out[i] = k.id
	}
	return out
}

// Wrap seals with the first key.
func (r *Keyring) Wrap(_ context.Context, key, associated []byte) (string, []byte, error) {
	b, err := r.keys[0].aead.Encrypt(key, associated)
	return r.keys[0].id, b, err
}

var errUnknownMaster = fmt.Errorf("%w: its master key is not here", ErrSealed)

// Unwrap opens with the key of the id.
func (r *Keyring) Unwrap(_ context.Context, id string, wrapped, associated []byte) ([]byte, error) {
	for _, k := range r.keys {
		if k.id != id {
			continue
		}
		b, err := k.aead.Decrypt(wrapped, associated)
		if err != nil {
			return nil, ErrSealed
		}
		return b, nil
	}
	return nil, fmt.Errorf("%w: master key %s is not in %s: add it there again, below those that are there", errUnknownMaster, id, r.from)
}

// Open makes the master key that a URI names: "file:PATH", "env:NAME", or one of a
// scheme that was registered. In a file or variable stand one or more keys of 32
// bytes, in hex or base64, newest first, one a line or with commas between them; in a
// file, # begins a comment.
func Open(uri string) (Master, error) {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok || rest == "" {
		return nil, fmt.Errorf("vault: %q names no master key: write file:PATH, env:NAME or the address of a key management service", uri)
	}
	switch scheme {
	case "file":
		return OpenFile(rest)
	case "env":
		text, there := os.LookupEnv(rest)
		if !there {
			return nil, fmt.Errorf("vault: the environment variable %s, which holds the master key, is not set: set it", rest)
		}
		keys, err := parseKeys(text)
		if err != nil {
			return nil, fmt.Errorf("vault: the environment variable %s: %w", rest, err)
		}
		return keyring("the environment variable "+rest, keys)
	}
	schemes.Lock()
	open := schemes.by[scheme]
	schemes.Unlock()
	if open == nil {
		return nil, fmt.Errorf("vault: this program knows no master keys of the kind %q: write file:PATH or env:NAME", scheme)
	}
	m, err := open(uri)
	if err != nil {
		return nil, fmt.Errorf("vault: %s: %w", scheme, err)
	}
	return m, nil
}

var schemes = struct {
	sync.Mutex
	by map[string]func(uri string) (Master, error)
}{by: map[string]func(string) (Master, error){}}

// Register makes a key management service known to Open, for a program that is built
// with one. A scheme is registered once, before Open is called.
func Register(scheme string, open func(uri string) (Master, error)) error {
	schemes.Lock()
	defer schemes.Unlock()
	if scheme == "" || scheme == "file" || scheme == "env" || open == nil || schemes.by[scheme] != nil {
		return fmt.Errorf("vault: the scheme %q is taken, or nothing opens it", scheme)
	}
	schemes.by[scheme] = open
	return nil
}

// parseKeys reads keys without ever repeating what it read in an error.
func parseKeys(text string) ([][]byte, error) {
	var keys [][]byte
	n := 0
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r <= ' ' }) {
			n++
			key, ok := parseKey(word)
			if !ok {
				return nil, fmt.Errorf("key %d is not %d bytes in hex or base64: put the right one in its place", n, MasterKeyBytes)
			}
			keys = append(keys, key)
		}
	}
	if n == 0 {
		return nil, errors.New("it holds no master key: put it back from where it is kept safe")
	}
	return keys, nil
}

func parseKey(word string) ([]byte, bool) {
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		if key, err := decode(word); err == nil && len(key) == MasterKeyBytes {
			return key, true
		}
	}
	return nil, false
}

// newKey draws a master key.
func newKey(random io.Reader) ([]byte, error) {
	key := make([]byte, MasterKeyBytes)
	_, err := io.ReadFull(random, key)
	return key, err
}

// Missing is the master key of a program that runs without one: what needs it answers
// the error.
func Missing(err error) Master { return missing{err} }

type missing struct{ err error }

func (m missing) ID() string { return "" }
func (m missing) Wrap(context.Context, []byte, []byte) (string, []byte, error) {
	return "", nil, m.err
}
func (m missing) Unwrap(context.Context, string, []byte, []byte) ([]byte, error) { return nil, m.err }
