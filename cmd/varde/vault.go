package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"

	"varde/vault"
)

type vaultCmd struct {
	Status vaultStatusCmd `cmd:"" help:"Count the keys of persons by the master key that wraps them, and those erased."`
	Rotate vaultRotateCmd `cmd:"" help:"Make a new master key and wrap all keys of persons with it."`
	Rewrap vaultRewrapCmd `cmd:"" help:"Wrap all keys of persons with the newest master key that is there already."`
}

type vaultStatusCmd struct {
	Data string `default:"varde-data" help:"Data folder."`
}

func (c *vaultStatusCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openStore(ctx, c.Data, false, m.Clock)
	if err != nil {
		return err
	}
	defer w.Close()
	v, err := m.openVault(ctx, w)
	if err != nil {
		return err
	}
	s, err := v.Status(ctx)
	if err != nil {
		return err
	}
	uri, said := m.masterURI(w.dir)
	if s.Current == "" {
		fmt.Fprintln(m.Stdout, "There is no master key here.")
	} else {
		fmt.Fprintf(m.Stdout, "The master key %s (%s) wraps now.\n", s.Current, uri)
	}
	for _, id := range slices.Sorted(maps.Keys(s.ByMaster)) {
		fmt.Fprintf(m.Stdout, "master key %s: %d keys of persons\n", id, s.ByMaster[id])
	}
	fmt.Fprintf(m.Stdout, "erased: %d\n", s.Erased)
	for _, id := range masterIDs(uri) {
		if s.ByMaster[id] == 0 && id != s.Current {
			fmt.Fprintf(m.Stdout, "Nothing here is under master key %s any more. When no backup from before is needed, take it out of %s: then such backups are closed for good.\n", id, uri)
		}
	}
	for id, n := range s.ByMaster {
		if s.Current != "" && id != s.Current && n > 0 {
			fmt.Fprintln(m.Stdout, `Some keys are under an older master key: run "varde vault rewrap".`)
			break
		}
	}
	if !said && s.Current != "" {
		fmt.Fprintln(m.Stdout, "The master key lies beside the database: whoever takes both can read who the participants are. Keep it elsewhere (--master or VARDE_MASTER).")
	}
	return nil
}

// masterIDs lists the master keys at a URI, as far as they can be listed.
func masterIDs(uri string) []string {
	master, err := vault.Open(uri)
	if err != nil {
		return nil
	}
	if ring, ok := master.(interface{ IDs() []string }); ok {
		return ring.IDs()
	}
	return nil
}

type vaultRotateCmd struct {
	Data string `default:"varde-data" help:"Data folder."`
}

func (c *vaultRotateCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openStore(ctx, c.Data, false, m.Clock)
	if err != nil {
		return err
	}
	defer w.Close()
	uri, _ := m.masterURI(w.dir)
	path, ok := strings.CutPrefix(uri, "file:")
	if !ok {
		return fmt.Errorf("the master key is not in a file: put a new one before the old one where it is kept (%s), then run \"varde vault rewrap\"", uri)
	}
	if !vault.Exists(path) {
		return fmt.Errorf("the master key %s is missing: put it back, or name the right file with --master", path)
	}
	id, err := vault.AddKey(path, rand.Reader)
	if err != nil {
		return err
	}
	fmt.Fprintf(m.Stdout, "Master key %s is new in %s. Keep a copy of the file in a safe place.\n", id, path)
	return m.rewrap(ctx, w)
}

type vaultRewrapCmd struct {
	Data string `default:"varde-data" help:"Data folder."`
}

func (c *vaultRewrapCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openStore(ctx, c.Data, false, m.Clock)
	if err != nil {
		return err
	}
	defer w.Close()
	return m.rewrap(ctx, w)
}

func (m *Main) rewrap(ctx context.Context, w *workspace) error {
	v, err := m.openVault(ctx, w)
	if err != nil {
		return err
	}
	n, err := v.Rewrap(ctx)
	fmt.Fprintf(m.Stdout, "%d keys of persons were wrapped anew; what is sealed stays as it is.\n", n)
	return err
}
