package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"varde/identity"
	"varde/ledger"
	"varde/signing"
)

type verifyCmd struct {
	Archive string   `arg:"" optional:"" help:"Archive file made by varde export; without it, the data folder is verified."`
	Keys    []string `name:"key" help:"Verifier key that checkpoints must be signed with (may be given several times). Without it, the data folder's or the archive's own key is used."`
	Data    string   `default:"varde-data" help:"Data folder."`
	House   string   `help:"Archive of the house's log (varde export house), to see whose keys signed; a data folder holds it itself."`
	JSON    bool     `name:"json" help:"Print the reports as JSON lines."`
}

func (c *verifyCmd) Run(ctx context.Context, m *Main) error {
	if c.Archive != "" {
		r, err := c.archive(ctx, m)
		if err != nil {
			return err
		}
		return c.tell(m, []verified{r})
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
	var registered *signing.Keys
	var reports []verified
	for _, id := range studies {
		r, err := w.store.Verify(ctx, id, keys...)
		if err != nil {
			return fmt.Errorf("study %s: %w", id, err)
		}
		v := verified{Report: r}
		if id != identity.Log {
			if registered == nil && slices.Contains(studies, identity.Log) {
				if registered, err = signing.ReadKeys(w.store.Events(ctx, ledger.Read{Study: identity.Log, After: -1})); err != nil {
					return err
				}
			}
			if err := v.signatures(ctx, id, func() (iter.Seq2[ledger.Event, error], error) {
				return w.store.Events(ctx, ledger.Read{Study: id, After: -1}), nil
			}, registered); err != nil {
				return err
			}
		}
		reports = append(reports, v)
	}
	return c.tell(m, reports)
}

// verified is what was found in one study: in its ledger, and in the signatures it
// holds.
type verified struct {
	ledger.Report
	Signed *signing.Report `json:"signatures,omitempty"` // nil when nothing is signed
}

func (v *verified) signatures(ctx context.Context, studyID string, events signing.Reading, keys *signing.Keys) error {
	r, err := signing.Verify(ctx, studyID, events, keys)
	if r.Signatures > 0 {
		v.Signed = &r
	}
	return err
}

// archive verifies an archive. It is read three times: the chain, then the signatures.
func (c *verifyCmd) archive(ctx context.Context, m *Main) (v verified, err error) {
	f, err := os.Open(m.path(c.Archive))
	if err != nil {
		return v, err
	}
	defer f.Close()
	if v.Report, err = ledger.VerifyArchive(ctx, f, c.Keys...); err != nil {
		return v, err
	}
	var keys *signing.Keys
	if c.House != "" {
		if keys, err = c.house(ctx, m); err != nil {
			return v, err
		}
	}
	return v, v.signatures(ctx, v.Study, func() (iter.Seq2[ledger.Event, error], error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		a, err := ledger.ReadArchive(f)
		if err != nil {
			return nil, err
		}
		return a.Events(), nil
	}, keys)
}

// house reads who held which key from an archive of the house's log, which must be
// sound itself.
func (c *verifyCmd) house(ctx context.Context, m *Main) (*signing.Keys, error) {
	f, err := os.Open(m.path(c.House))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := ledger.VerifyArchive(ctx, f, c.Keys...)
	if err != nil {
		return nil, err
	}
	if !r.OK() || r.Study != identity.Log {
		return nil, fmt.Errorf("%s is not a sound archive of the house's log: %s", filepath.Base(c.House), r.String())
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	a, err := ledger.ReadArchive(f)
	if err != nil {
		return nil, err
	}
	return signing.ReadKeys(a.Events())
}

func (c *verifyCmd) tell(m *Main, reports []verified) error {
	bad := false
	for i := range reports {
		r := &reports[i]
		bad = bad || !r.OK() || r.Signed != nil && !r.Signed.OK()
		if c.JSON {
			if err := json.NewEncoder(m.Stdout).Encode(r); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(m.Stdout, r.Report.String())
		for _, f := range r.Faults {
			fmt.Fprintln(m.Stdout, " ", f)
		}
		if r.Signed == nil {
			continue
		}
		fmt.Fprintln(m.Stdout, r.Signed)
		for _, f := range r.Signed.Faults {
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
	checkpoint := w.app.Checkpoint
	if c.Study == identity.Log {
		checkpoint = w.store.Checkpoint // the house's log is no study, and is kept and verified like one
	}
	if _, err := checkpoint(ctx, c.Study); err != nil {
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
