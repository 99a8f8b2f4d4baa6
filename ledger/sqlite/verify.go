package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"strings"

	"varde/ledger"
)

// Verify verifies a study with ledger.Verify, and compares the stored tiles and
// client ids with the events as well. keys are verifier keys; when there are
// none, the store's own signer is taken.
func (s *Store) Verify(ctx context.Context, study string, keys ...string) (ledger.Report, error) {
	if len(keys) == 0 && s.options.Signer != nil {
		keys = []string{s.options.Signer.VerifierKey()}
	}
	var report ledger.Report
	err := s.read(ctx, func(c *conn) error {
		id, err := c.number(0, selectStudy, study)
		if err != nil {
			return err
		}
		if id == 0 {
			return fmt.Errorf("there is no study %q", study)
		}
		list, err := checkpoints(ctx, c, "WHERE study.name = ? ORDER BY checkpoint.id", study)
		if err != nil {
			return err
		}
		// No cache: the names are read from the file as they are now.
		sound := &tileCheck{conn: c, study: id}
		report, err = ledger.Verify(ctx, ledger.Log{
			Study: study, Events: s.stream(ctx, ledger.Read{Study: study, After: -1}, nil),
			Checkpoints: list, Keys: keys, Tiles: sound.tile,
		})
		if err != nil {
			return err
		}
		sound.report(study, &report)
		return verifyClients(ctx, c, study, id, &report)
	})
	return report, err
}

// tileCheck gives the stored tiles to ledger.Verify, which compares their hashes,
// and remembers those whose stored root is not that of their hashes.
type tileCheck struct {
	*conn
	study int64
	wrong []ledger.Fault
}

func (t *tileCheck) tile(level int, n int64) ([]ledger.Hash, error) {
	hashes, root, err := storedTile(t.conn, t.study, level, n)
	if err != nil || hashes == nil {
		return nil, err
	}
	var tree ledger.Tree
	for _, h := range hashes {
		tree.Append(h)
	}
	if tree.Root() != root && len(t.wrong) < ledger.MaxFaults {
		t.wrong = append(t.wrong, ledger.Fault{
			Kind: ledger.FaultTile, Seq: n << (8 * (level + 1)),
			What: fmt.Sprintf("the root stored with Merkle tile %d of level %d is not that of its hashes", n, level),
		})
	}
	return hashes, nil
}

// report adds what was found, unless the hashes of that tile are named already.
func (t *tileCheck) report(study string, report *ledger.Report) {
	for _, f := range t.wrong {
		if first := report.First(); first != nil && first.Kind == ledger.FaultTile {
			return
		}
		f.Study = study
		report.AddBadEvent(f)
	}
}

// verifyClients looks for events whose client id is not known to be written: it
// could be written again.
func verifyClients(ctx context.Context, c *conn, study string, id int64, report *ledger.Report) error {
	return c.query(ctx, `SELECT event.id, version, type, client FROM event
WHERE id >= ?1 AND id < ?2 AND client <> '' AND NOT EXISTS (SELECT 1 FROM client
	WHERE client.study = ?3 AND client.client = event.client
	AND event.id - ?1 >= client.first AND event.id - ?1 < client.first + client.count)
ORDER BY event.id`, func(v []driver.Value) error {
		seq := v[0].(int64) & (maxSeq - 1)
		report.AddBadEvent(ledger.Fault{
			Kind: ledger.FaultClient, Study: study, Seq: seq, Version: v[1].(int64), Type: v[2].(string),
			What: fmt.Sprintf("its client id %q is not in the table of client ids", v[3]),
		})
		return nil
	}, eventID(id, 0), eventID(id+1, 0), id)
}

// Check asks SQLite whether the file itself is sound (PRAGMA integrity_check and
// foreign_key_check). It reads everything; [Store.Verify] is about the content.
func (s *Store) Check(ctx context.Context) error {
	return s.read(ctx, func(c *conn) error {
		var wrong []string
		err := c.query(ctx, "PRAGMA integrity_check(20)", func(v []driver.Value) error {
			if text := fmt.Sprint(v[0]); text != "ok" {
				wrong = append(wrong, text)
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = c.query(ctx, "PRAGMA foreign_key_check", func(v []driver.Value) error {
			if len(wrong) < 20 {
				wrong = append(wrong, fmt.Sprintf("%v row %v points to no %v", v[0], v[1], v[2]))
			}
			return nil
		})
		if err == nil && len(wrong) > 0 {
			err = fmt.Errorf("the file is damaged, take the last good copy: %s", strings.Join(wrong, "; "))
		}
		return err
	})
}

// WriteArchive writes a study as an archive (see ledger.WriteArchive) as it is at
// this moment; writing goes on meanwhile.
func (s *Store) WriteArchive(ctx context.Context, w io.Writer, study string) error {
	list, err := s.Checkpoints(ctx, study)
	if err != nil {
		return err
	}
	// After the checkpoints, so that the events they cover are in it.
	size, err := s.Size(ctx, study)
	if err != nil {
		return err
	}
	h := ledger.ArchiveHeader{Study: study, Size: size}
	if s.options.Signer != nil {
		h.Keys = []string{s.options.Signer.VerifierKey()}
	}
	events := s.stream(ctx, ledger.Read{Study: study, After: -1, Limit: int(size)}, nil)
	if size == 0 { // a limit of 0 is none
		events = func(func(ledger.Event, error) bool) {}
	}
	return ledger.WriteArchive(w, h, list, events)
}
