package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"varde/ledger"
)

// Checkpoint signs the study's current tree and stores the checkpoint.
func (s *Store) Checkpoint(ctx context.Context, study string) (c ledger.Checkpoint, err error) {
	if s.options.Signer == nil {
		return c, errors.New("ledger: there is no key to sign a checkpoint with: open the store with a Signer")
	}
	var signed ledger.Checkpoint
	err = s.write(ctx, false, func(w *writer) (refused, failed error) {
		signed, refused, failed = w.checkpoint(study)
		return refused, failed
	})
	if err != nil {
		return c, err
	}
	return signed, nil
}

func (w *writer) checkpoint(name string) (c ledger.Checkpoint, refused, failed error) {
	study, err := w.study(name)
	if err != nil {
		return c, nil, err
	}
	if study.id == 0 {
		return c, fmt.Errorf("ledger: there is no study %q to sign", name), nil
	}
	size, root := study.tree.Size(), study.tree.Root()
	last, err := checkpoints(context.Background(), w.conn, "WHERE study.name = ? ORDER BY checkpoint.id DESC LIMIT 1", name)
	if err != nil {
		return c, nil, err
	}
	if len(last) == 1 && last[0].Size == size && last[0].Root == root {
		if _, err := ledger.OpenCheckpoint(last[0].Note, w.options.Signer.VerifierKey()); err == nil {
			return last[0], nil, nil
		}
	}
	if c, err = w.options.Signer.Checkpoint(name, size, root, w.options.Now()); err != nil {
		return c, err, nil
	}
	_, err = w.exec("INSERT INTO checkpoint (study, size, root, time, note) VALUES (?, ?, ?, ?, ?)",
		study.id, c.Size, c.Root[:], micros(c.Time), c.Note)
	return c, nil, err
}

// Checkpoints lists the stored checkpoints, oldest first.
func (s *Store) Checkpoints(ctx context.Context, study string) (list []ledger.Checkpoint, err error) {
	err = s.read(ctx, func(c *conn) error {
		list, err = checkpoints(ctx, c, "WHERE study.name = ? ORDER BY checkpoint.id", study)
		return err
	})
	return list, err
}

func checkpoints(ctx context.Context, c *conn, where, study string) ([]ledger.Checkpoint, error) {
	list := []ledger.Checkpoint{}
	err := c.query(ctx, "SELECT study.name, size, root, time, note FROM checkpoint JOIN study ON study.id = checkpoint.study "+where,
		func(v []driver.Value) error {
			root, err := toHash(v[2])
			list = append(list, ledger.Checkpoint{
				Study: v[0].(string), Size: v[1].(int64), Root: root,
				Time: time.UnixMicro(v[3].(int64)).UTC(), Note: v[4].(string),
			})
			return err
		}, study)
	return list, err
}
