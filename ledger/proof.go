package ledger

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles gives the hashes of the tile at a level and position; of one that is not
// full, those it has.
type Tiles func(level int, n int64) ([]Hash, error)

// ProveInclusion proves that event seq is in the tree of the given size
// (RFC 6962 section 2.1.1). The hashes go from the leaf upwards.
func ProveInclusion(tiles Tiles, seq, size int64) ([]Hash, error) {
	if seq < 0 || seq >= size {
		return nil, fmt.Errorf("ledger: event %d is not in a tree of size %d", seq, size)
	}
	proof, err := tlog.ProveRecord(size, seq, tiles.reader())
	if err != nil {
		return nil, fmt.Errorf("ledger: inclusion proof of event %d in size %d: %w", seq, size, err)
	}
	return fromTlog(proof), nil
}

// CheckInclusion checks a proof of [ProveInclusion] against a root that is trusted.
func CheckInclusion(proof []Hash, size int64, root Hash, seq int64, leaf Hash) error {
	if err := tlog.CheckRecord(toTlog(proof), size, tlog.Hash(root), seq, tlog.Hash(leaf)); err != nil {
		return fmt.Errorf("ledger: event %d is not proven to be in the tree of size %d: %w", seq, size, err)
	}
	return nil
}

// ProveConsistency proves that the tree of size from is a prefix of that of size
// to (RFC 6962 section 2.1.2). The empty tree is a prefix of every tree, its
// proof is empty.
func ProveConsistency(tiles Tiles, from, to int64) ([]Hash, error) {
	if from < 0 || from > to {
		return nil, fmt.Errorf("ledger: a tree of size %d can not be a prefix of one of size %d", from, to)
	}
	if from == 0 || from == to {
		return []Hash{}, nil
	}
	proof, err := tlog.ProveTree(to, from, tiles.reader())
	if err != nil {
		return nil, fmt.Errorf("ledger: consistency proof from size %d to %d: %w", from, to, err)
	}
	return fromTlog(proof), nil
}

// CheckConsistency checks a proof of [ProveConsistency] against two roots.
func CheckConsistency(proof []Hash, to int64, toRoot Hash, from int64, fromRoot Hash) error {
	switch {
	case from < 0 || from > to:
		return fmt.Errorf("ledger: a tree of size %d can not be a prefix of one of size %d", from, to)
	case from == 0 && (len(proof) > 0 || fromRoot != new(Tree).Root()):
		return fmt.Errorf("ledger: the empty tree has an empty proof and the root %s", new(Tree).Root())
	case from == 0:
		return nil
	}
	if err := tlog.CheckTree(toTlog(proof), to, tlog.Hash(toRoot), from, tlog.Hash(fromRoot)); err != nil {
		return fmt.Errorf("ledger: the tree of size %d is not proven to be a prefix of that of size %d: %w", from, to, err)
	}
	return nil
}

// reader serves tlog, which asks for the roots of perfect subtrees by their
// stored index, from tiles. Each tile is fetched once.
func (tiles Tiles) reader() tlog.HashReader {
	type place struct {
		level int
		n     int64
	}
	seen := map[place][]Hash{}
	fetch := func(p place) ([]Hash, error) {
		if hashes, ok := seen[p]; ok {
			return hashes, nil
		}
		hashes, err := tiles(p.level, p.n)
		if err == nil {
			seen[p] = slices.Clone(hashes)
		}
		return hashes, err
	}
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			level, n := tlog.SplitStoredHashIndex(index)
			width := 1 << (level % tileBits)
			first := n * int64(width)
			p := place{level / tileBits, first / TileWidth}
			hashes, err := fetch(p)
			if err != nil {
				return nil, err
			}
			at := int(first % TileWidth)
			if at+width > len(hashes) {
				return nil, fmt.Errorf("tile %d of level %d has %d hashes, %d are needed", p.n, p.level, len(hashes), at+width)
			}
			out[i] = tlog.Hash(perfectRoot(hashes[at : at+width]))
		}
		return out, nil
	})
}
