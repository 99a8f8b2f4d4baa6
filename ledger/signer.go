package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Signer signs checkpoints with an Ed25519 key in the form of
// golang.org/x/mod/sumdb/note. Keep its file apart from the database: who has
// both can write a new history and sign it.
type Signer struct {
	secret string // note's signer key text
	public string // note's verifier key text
	note.Signer
}

// GenerateSigner makes a new key. name tells who signs, such as
// "varde.example.org"; it holds neither white space nor a plus sign. random is
// crypto/rand.Reader outside of tests.
func GenerateSigner(random io.Reader, name string) (*Signer, error) {
	secret, _, err := note.GenerateKey(random, name)
	if err != nil {
		return nil, fmt.Errorf("ledger: make a signing key: %w", err)
	}
	return ParseSigner(secret)
}

// ParseSigner reads the text that [Signer.Secret] returns.
func ParseSigner(secret string) (*Signer, error) {
	secret = strings.TrimSpace(secret)
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, errors.New("ledger: this is not a signing key (it begins with PRIVATE+KEY+)")
	}
	// PRIVATE+KEY+name+hash+base64(algorithm || seed); base64 may itself hold a plus.
	parts := strings.SplitN(secret, "+", 5)
	if len(parts) != 5 {
		return nil, errors.New("ledger: the signing key is cut short")
	}
	data, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(data) != 1+ed25519.SeedSize {
		return nil, errors.New("ledger: the signing key is not an Ed25519 key")
	}
	key := ed25519.NewKeyFromSeed(data[1:])
	public, err := note.NewEd25519VerifierKey(signer.Name(), key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("ledger: verifier key: %w", err)
	}
	return &Signer{secret: secret, public: public, Signer: signer}, nil
}

// LoadSigner reads a key file. A file that others than its owner may read is refused.
func LoadSigner(path string) (*Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: signing key: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("ledger: signing key %s can be read by others (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: signing key: %w", err)
	}
	signer, err := ParseSigner(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w, in file %s", err, path)
	}
	return signer, nil
}

// LoadOrCreateSigner loads the key file, or makes a key of the given name and
// keeps it there, mode 0600.
func LoadOrCreateSigner(path, name string, random io.Reader) (*Signer, error) {
	signer, err := LoadSigner(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return signer, err
	}
	if signer, err = GenerateSigner(random, name); err != nil {
		return nil, err
	}
	if err := signer.Save(path); err != nil {
		if errors.Is(err, fs.ErrExist) { // somebody was quicker
			return LoadSigner(path)
		}
		return nil, err
	}
	return signer, nil
}

// Save writes the key to a new file, mode 0600, on disk for good when it returns.
// A file that exists is never overwritten, and never seen half written.
func (s *Signer) Save(path string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("ledger: save signing key: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(s.secret + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), path) // fails when path exists
	}
	if err != nil {
		return fmt.Errorf("ledger: save signing key: %w", err)
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		// A directory can not be synced on every system; the key itself is written.
		_ = dir.Sync()
		dir.Close()
	}
	return nil
}

// Secret returns the private key as text. Never log it.
func (s *Signer) Secret() string { return s.secret }

// VerifierKey returns the public key as text: give it to those who verify.
func (s *Signer) VerifierKey() string { return s.public }

// String returns the public key, so that printing a Signer never shows the private one.
func (s *Signer) String() string { return s.public }

// GoString keeps the private key out of %#v as well.
func (s *Signer) GoString() string { return "ledger.Signer(" + s.public + ")" }
