package vault

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// File is master keys in a file that only its owner can read. It is read again when
// a key is asked for that it did not hold before, and before a key is wrapped: a
// server goes on when the master key is rotated beside it.
type File struct {
	path string
	mu   sync.Mutex
	ring *Keyring
}

// OpenFile reads the file.
func OpenFile(path string) (*File, error) {
	f := &File{path: path}
	ring, err := f.read()
	f.ring = ring
	return f, err
}

const maxFile = 1 << 20

func (f *File) read() (*Keyring, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, fmt.Errorf("vault: the master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		return nil, fmt.Errorf("vault: %s can be read by others than its owner: run chmod 600 on it", f.path)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("vault: %s is no file of master keys", f.path)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return nil, fmt.Errorf("vault: the master key: %w", err)
	}
	keys, err := parseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("vault: %s: %w", f.path, err)
	}
	return keyring(f.path, keys)
}

// now reads the file again. When it cannot be read, what was read before holds.
func (f *File) now() *Keyring {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ring, err := f.read(); err == nil {
		f.ring = ring
	}
	return f.ring
}

func (f *File) last() *Keyring {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ring
}

// ID names the first key of the file.
func (f *File) ID() string { return f.now().ID() }

// IDs names all keys of the file, newest first.
func (f *File) IDs() []string { return f.now().IDs() }

// Wrap seals with the first key of the file.
func (f *File) Wrap(ctx context.Context, key, associated []byte) (string, []byte, error) {
	return f.now().Wrap(ctx, key, associated)
}

// Unwrap opens with the key of the id.
func (f *File) Unwrap(ctx context.Context, id string, wrapped, associated []byte) ([]byte, error) {
	b, err := f.last().Unwrap(ctx, id, wrapped, associated)
	if errors.Is(err, errUnknownMaster) {
		return f.now().Unwrap(ctx, id, wrapped, associated)
	}
	return b, err
}

// CreateFile makes a file with one new master key, mode 0600. It never writes over a
// file.
func CreateFile(path string, random io.Reader) error {
	key, err := newKey(random)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("vault: the master key: %w", err)
	}
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	syncFolder(path)
	return err
}

// AddKey puts a new master key first in the file, durably, and answers its id. The
// keys that are there stay: until every person's key is wrapped anew, and as long as
// there are backups from before, they are needed.
func AddKey(path string, random io.Reader) (id string, err error) {
	// Two who rotate at once must not lose each other's key.
	lock, err := os.OpenFile(path+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("vault: somebody else changes %s now; if nobody does, remove %s.lock: %w", path, path, err)
	}
	defer func() { err = errors.Join(err, lock.Close(), os.Remove(path+".lock")) }()
	if _, err := OpenFile(path); err != nil {
		return "", err
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	key, err := newKey(random)
	if err != nil {
		return "", err
	}
	beside, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(beside.Name())
		}
	}()
	_, err = io.Copy(beside, io.MultiReader(bytes.NewReader([]byte(hex.EncodeToString(key)+"\n")), bytes.NewReader(old)))
	if err := errors.Join(err, beside.Sync(), beside.Close()); err != nil {
		return "", err
	}
	if err := os.Rename(beside.Name(), path); err != nil {
		return "", err
	}
	syncFolder(path)
	return idOf(key), nil
}

// syncFolder makes a file's name durable where the system can.
func syncFolder(path string) {
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}

// Exists says whether there is a file.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
