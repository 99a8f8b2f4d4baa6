package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"varde/ledger"
)

type verifyCmd struct {
	Archive string   `arg:"" optional:"" help:"Archive file made by varde export; without it, the data folder is verified."`
	Keys    []string `name:"key" help:"Verifier key that checkpoints must be signed with (may be given several times). Without it, the data folder's or the archive's own key is used."`
	Data    string   `default:"varde-data" help:"Data folder."`
	JSON    bool     `name:"json" help:"Print the reports as JSON lines."`
}

func (c *verifyCmd) Run(ctx context.Context, m *Main) error {
	if c.Archive != "" {
		f, err := os.Open(m.path(c.Archive))
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := ledger.VerifyArchive(ctx, f, c.Keys...)
		if err != nil {
			return err
		}
		return c.tell(m, []ledger.Report{r})
	}
	w, err := m.openStore(ctx, c.Data, false, m.Clock)
	if err != nil {
		return err
	}
	defer w.Close()
	keys := c.Keys
	if len(keys) == 0 {
		keys = []string{w.signer.VerifierKey()}
	}
	if err := w.store.Check(ctx); err != nil {
		return err
	}
	studies, err := w.store.Studies(ctx)
	if err != nil {
		return err
	}
	var reports []ledger.Report
	for _, id := range studies {
		r, err := w.store.Verify(ctx, id, keys...)
		if err != nil {
			return fmt.Errorf("study %s: %w", id, err)
		}
		reports = append(reports, r)
	}
	return c.tell(m, reports)
}

func (c *verifyCmd) tell(m *Main, reports []ledger.Report) error {
	bad := false
	for i := range reports {
		r := &reports[i]
		bad = bad || !r.OK()
		if c.JSON {
			if err := json.NewEncoder(m.Stdout).Encode(r); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(m.Stdout, r)
		for _, f := range r.Faults {
			fmt.Fprintln(m.Stdout, " ", f)
		}
	}
	if bad {
		return errSilent
	}
	return nil
}

type exportCmd struct {
	Study string `arg:"" help:"Study id."`
	File  string `arg:"" help:"Archive file to write; it must not exist."`
	Data  string `default:"varde-data" help:"Data folder."`
}

func (c *exportCmd) Run(ctx context.Context, m *Main) (err error) {
	w, err := m.openWorkspace(ctx, c.Data, false, m.Clock, nil, 0)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.app.Checkpoint(ctx, c.Study); err != nil {
		return err
	}
	name := m.path(c.File)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			os.Remove(name) // half an archive must not be taken for one
		}
	}()
	if err := w.store.WriteArchive(ctx, f, c.Study); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	fmt.Fprintf(m.Stdout, "%s written. It can be verified anywhere: varde verify %s --key %q\n", filepath.Base(name), filepath.Base(name), w.signer.VerifierKey())
	return nil
}
