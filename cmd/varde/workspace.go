package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"varde/app"
	"varde/content"
	"varde/identity"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/vault"
)

// workspace is a data folder: the ledger's database and the keys beside it.
type workspace struct {
	content *content.Site // what the public pages say; nil: as shipped
	dir     string
	store   *sqlite.Store
	app     *app.App
	signer  *ledger.Signer

	vault     *vault.Vault
	people    *identity.Service
	providers []identity.Provider
	url       string       // where readers come
	outward   *app.Outward // nil: nobody is reached outside the pages
	mute      error        // why messaging.yaml cannot be used: only who serves must know
}

// Files of a data folder. The keys are secrets: whoever has seal.key can read the
// allocation lists, whoever has sign.key can sign checkpoints.
const (
	databaseFile = "varde.db"
	sealFile     = "seal.key"
	signFile     = "sign.key"
)

// openWorkspace opens a data folder, and makes it when create is true.
func (m *Main) openWorkspace(ctx context.Context, dir string, create bool, clock func() time.Time, log *slog.Logger, cache int) (*workspace, error) {
	return m.openWorkspaceAt(ctx, "", dir, create, clock, log, cache)
}

// openWorkspaceAt opens it for readers who come by an address; "" is the one that was
// last served.
func (m *Main) openWorkspaceAt(ctx context.Context, at, dir string, create bool, clock func() time.Time, log *slog.Logger, cache int) (*workspace, error) {
	_, missing := os.Stat(filepath.Join(m.path(dir), databaseFile))
	w, err := m.openStore(ctx, dir, create, clock)
	if err != nil {
		return nil, err
	}
	seal, err := loadKey(filepath.Join(w.dir, sealFile))
	switch {
	case !errors.Is(err, fs.ErrNotExist):
	case errors.Is(missing, fs.ErrNotExist):
		seal, err = createKey(filepath.Join(w.dir, sealFile))
	default:
		// Everything but randomisation works without it, and a new key written in its
		// place would hide that the old one is gone.
		fmt.Fprintf(m.Stderr, "varde: %s is missing from %s: put it back. Until then nobody can be randomised.\n", sealFile, w.dir)
		seal, err = make([]byte, 32), nil
		_, _ = rand.Read(seal) // never fails (crypto/rand)
	}
	if err == nil {
		w.vault, err = m.openVault(ctx, w)
	}
	if err == nil {
		w.people, err = m.openPeople(ctx, w, w.vault, clock, log, at)
	}
	if err == nil {
		w.outward, w.mute = loadMessaging(w.dir, w.url, clock)
	}
	if err == nil {
		w.app, err = app.New(ctx, app.Config{Store: w.store, Clock: clock, SealKey: seal, Log: log, CacheSize: cache, Vault: w.vault, Identity: w.people, Outward: w.outward})
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// openStore opens the ledger of a data folder alone, without reading what it says:
// a record that is damaged must still be open to verification.
func (m *Main) openStore(ctx context.Context, dir string, create bool, clock func() time.Time) (*workspace, error) {
	if err := m.hasData(dir); errors.Is(err, fs.ErrNotExist) {
		if !create {
			return nil, err
		}
		if err := os.MkdirAll(m.path(dir), 0o700); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	dir = m.path(dir)
	signer, err := ledger.LoadOrCreateSigner(filepath.Join(dir, signFile), "varde", rand.Reader)
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, filepath.Join(dir, databaseFile), sqlite.Options{Signer: signer, Now: clock})
	if err != nil {
		return nil, err
	}
	return &workspace{dir: dir, store: store, signer: signer}, nil
}

// noDataError says that a folder holds no Varde data.
type noDataError struct{ dir string }

func (e noDataError) Error() string {
	return fmt.Sprintf("there is no Varde data in %s: run \"varde demo\" or \"varde open\" first, or name the folder with --data", e.dir)
}

func (noDataError) Unwrap() error { return fs.ErrNotExist }

// hasData refuses a folder without Varde data (fs.ErrNotExist).
func (m *Main) hasData(dir string) error {
	_, err := os.Stat(filepath.Join(m.path(dir), databaseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return noDataError{m.path(dir)}
	}
	return err
}

// Close writes what is still to be written of the house's log, and closes the
// database; everything acknowledged is in it.
func (w *workspace) Close() error {
	var err error
	if w.app != nil {
		w.app.Settle()
	}
	if w.people != nil {
		ctx, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		err = w.people.Close(ctx)
	}
	return errors.Join(err, w.store.Close())
}

func loadKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("%s does not hold a key of 32 bytes in hex: put the right file back; without it nobody can be randomised", path)
	}
	return key, nil
}

func createKey(path string) ([]byte, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(key))
	return key, errors.Join(err, f.Sync(), f.Close())
}
