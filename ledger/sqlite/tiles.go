package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

	"varde/ledger"
)

func (w *writer) insertTile(study int64, level int, n int64, hashes []ledger.Hash, root ledger.Hash) error {
	blob := make([]byte, 0, ledger.TileWidth*len(root))
	for i := range hashes {
		blob = append(blob, hashes[i][:]...)
	}
	_, err := w.exec("INSERT INTO tile (study, level, n, root, hashes) VALUES (?, ?, ?, ?, ?)", study, int64(level), n, root[:], blob)
	return err
}

// loadTree reads the edge of a study's tree: at most 255 hashes a level.
func loadTree(c *conn, study int64) (*ledger.Tree, error) {
	size, err := studySize(c, study)
	if err != nil {
		return nil, err
	}
	var edge [][]ledger.Hash
	for level, full := 0, size; full > 0; level, full = level+1, full/ledger.TileWidth {
		hashes, err := edgeTile(c, study, level, full/ledger.TileWidth)
		if err != nil {
			return nil, err
		}
		edge = append(edge, hashes)
	}
	return ledger.RestoreTree(size, edge)
}

// edgeTile makes the hashes of a tile that is not stored, being not full: from the
// events at level 0, from the roots of the tiles below above that.
func edgeTile(c *conn, study int64, level int, n int64) ([]ledger.Hash, error) {
	var hashes []ledger.Hash
	add := func(v []driver.Value) error {
		h, err := toHash(v[0])
		hashes = append(hashes, h)
		return err
	}
	first := n * ledger.TileWidth
	var err error
	if level == 0 {
		err = c.query(context.Background(), "SELECT hash FROM event WHERE id >= ? AND id < ? ORDER BY id",
			add, eventID(study, first), eventID(study, first+ledger.TileWidth))
	} else {
		err = c.query(context.Background(), "SELECT root FROM tile WHERE study = ? AND level = ? AND n >= ? AND n < ? ORDER BY n",
			add, study, int64(level-1), first, first+ledger.TileWidth)
	}
	return hashes, err
}

// storedTile returns a full tile and the root stored with it, nil when there is none.
func storedTile(c *conn, study int64, level int, n int64) (hashes []ledger.Hash, root ledger.Hash, err error) {
	row, err := c.first("SELECT hashes, root FROM tile WHERE study = ? AND level = ? AND n = ?", study, int64(level), n)
	if err != nil || row == nil {
		return nil, root, err
	}
	blob, _ := row[0].([]byte)
	if len(blob) != ledger.TileWidth*len(root) {
		return nil, root, fmt.Errorf("tile %d of level %d has %d bytes", n, level, len(blob))
	}
	for ; len(blob) > 0; blob = blob[len(root):] {
		hashes = append(hashes, ledger.Hash(blob[:len(root)]))
	}
	root, err = toHash(row[1])
	return hashes, root, err
}

// tiles serves proofs.
func tiles(c *conn, study int64) ledger.Tiles {
	return func(level int, n int64) ([]ledger.Hash, error) {
		hashes, _, err := storedTile(c, study, level, n)
		if err == nil && hashes == nil {
			hashes, err = edgeTile(c, study, level, n)
		}
		return hashes, err
	}
}

// ProveInclusion proves that event seq is in the tree of the given size.
func (s *Store) ProveInclusion(ctx context.Context, study string, seq, size int64) ([]ledger.Hash, error) {
	return s.prove(ctx, study, size, func(t ledger.Tiles) ([]ledger.Hash, error) { return ledger.ProveInclusion(t, seq, size) })
}

// ProveConsistency proves that the tree of size old is a prefix of that of size new.
func (s *Store) ProveConsistency(ctx context.Context, study string, old, new int64) ([]ledger.Hash, error) {
	return s.prove(ctx, study, new, func(t ledger.Tiles) ([]ledger.Hash, error) { return ledger.ProveConsistency(t, old, new) })
}

func (s *Store) prove(ctx context.Context, study string, size int64, f func(ledger.Tiles) ([]ledger.Hash, error)) (proof []ledger.Hash, err error) {
	err = s.read(ctx, func(c *conn) error {
		id, err := c.number(0, selectStudy, study)
		if err != nil {
			return err
		}
		have, err := studySize(c, id)
		if err != nil {
			return err
		}
		if size > have {
			return fmt.Errorf("study %q has %d events, not %d", study, have, size)
		}
		proof, err = f(tiles(c, id))
		return err
	})
	return proof, err
}
