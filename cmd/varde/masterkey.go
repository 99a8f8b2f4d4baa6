package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"varde/vault"
)

// masterFile holds the master key, which wraps every person's own key, when no other
// place is named.
const masterFile = "master.key"

// masterURI answers where the master key of a data folder is, and whether that was
// said by the operator.
func (m *Main) masterURI(dir string) (uri string, said bool) {
	if m.Master == "" {
		return "file:" + filepath.Join(dir, masterFile), false
	}
	if path, ok := strings.CutPrefix(m.Master, "file:"); ok && path != "" {
		return "file:" + m.path(path), true
	}
	return m.Master, true
}

// openVault opens the vault of a workspace. A folder in which nobody's identity was
// ever kept gets a master key; in any other a new one would hide that the old is gone.
func (m *Main) openVault(ctx context.Context, w *workspace) (*vault.Vault, error) {
	uri, said := m.masterURI(w.dir)
	if path, ok := strings.CutPrefix(uri, "file:"); ok && !vault.Exists(path) {
		used, err := vault.AnyKeys(ctx, w.store)
		switch {
		case err != nil:
			return nil, err
		case used && said:
			return nil, fmt.Errorf("the master key %s is missing: put it back, or name the right file with --master", path)
		case used:
			// Everything but identities and passwords works without it.
			err := fmt.Errorf("%s is missing from %s: put it back, or name it with --master; until then no identity can be opened and no password is known", masterFile, w.dir)
			fmt.Fprintln(m.Stderr, "varde:", err)
			return vault.New(w.store, vault.Missing(err)), nil
		}
		switch err := vault.CreateFile(path, rand.Reader); {
		case errors.Is(err, fs.ErrExist): // another process was quicker
		case err != nil:
			return nil, err
		default:
			m.tellOfMaster(path, w.dir)
		}
	}
	master, err := vault.Open(uri)
	if err != nil {
		return nil, err
	}
	return vault.New(w.store, master), nil
}

// tellOfMaster says once, when a master key is made, what depends on it.
func (m *Main) tellOfMaster(path, dir string) {
	fmt.Fprintf(m.Stderr, "varde: a new master key is in %s: keep a copy in a safe place, for without it no identity can be read again.\n", path)
	if filepath.Dir(path) == filepath.Clean(dir) {
		fmt.Fprintln(m.Stderr, "varde: it lies beside the database: whoever takes both can read who the participants are. Keep it elsewhere (--master or VARDE_MASTER: file:PATH, env:NAME).")
	}
}
