package ledger

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// TileWidth is the number of hashes in a full tile. A tile of level 0 holds leaf
// hashes; a hash in a tile of level k+1 is the root of a full tile of level k.
const TileWidth = 256

const tileBits = 8

// Tree is the right edge of a Merkle tree (RFC 6962 section 2.1): enough to add
// leaves and to tell the root, at most 255 hashes a level however long the log is.
// The zero value is the empty tree. A Tree is not safe for concurrent use.
type Tree struct {
	// OnTile, when set, is told of every tile that becomes full: its level, its
	// position from the left, its TileWidth hashes (only valid during the call)
	// and the root over them.
	OnTile func(level int, n int64, hashes []Hash, root Hash)

	size int64
	edge [][]Hash // by level, the hashes of the tile that is not full yet
}

// RestoreTree returns the tree of the given size from its edge: for each level
// the hashes of the tile that is not full.
func RestoreTree(size int64, edge [][]Hash) (*Tree, error) {
	if size < 0 {
		return nil, fmt.Errorf("ledger: tree size %d is negative", size)
	}
	t := &Tree{size: size}
	for level, rest := 0, size; rest > 0; level, rest = level+1, rest>>tileBits {
		have := 0
		if level < len(edge) {
			have = len(edge[level])
		}
		if want := int(rest % TileWidth); have != want {
			return nil, fmt.Errorf("ledger: tree of size %d wants %d hashes at the edge of level %d, not %d", size, want, level, have)
		}
		t.edge = append(t.edge, nil)
		if have > 0 {
			t.edge[level] = slices.Clone(edge[level])
		}
	}
	return t, nil
}

// Size returns the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Append adds a leaf hash.
func (t *Tree) Append(leaf Hash) {
	t.size++
	h := leaf
	for level := 0; ; level++ {
		if level == len(t.edge) {
			t.edge = append(t.edge, nil)
		}
		t.edge[level] = append(t.edge[level], h)
		if len(t.edge[level]) < TileWidth {
			return
		}
		full := t.edge[level]
		h = perfectRoot(full)
		if t.OnTile != nil {
			t.OnTile(level, t.size>>(tileBits*(level+1))-1, full, h)
		}
		t.edge[level] = full[:0]
	}
}

// Root returns the tree's root hash; that of the empty tree is SHA-256 of nothing.
func (t *Tree) Root() Hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	var root Hash
	have := false
	// From the right: the small subtrees first, each joined to what is right of it.
	for _, hashes := range t.edge {
		end := len(hashes)
		for end > 0 {
			width := end & -end
			h := perfectRoot(hashes[end-width : end])
			if have {
				root = nodeHash(h, root)
			} else {
				root, have = h, true
			}
			end -= width
		}
	}
	return root
}

// clone returns a tree that grows apart from t, without its OnTile.
func (t *Tree) clone() *Tree {
	c := &Tree{size: t.size, edge: make([][]Hash, len(t.edge))}
	for i := range t.edge {
		c.edge[i] = slices.Clone(t.edge[i])
	}
	return c
}

// perfectRoot is the root over a power of two of hashes, at most TileWidth.
func perfectRoot(hashes []Hash) Hash {
	var buf [TileWidth]Hash
	n := copy(buf[:], hashes)
	for ; n > 1; n /= 2 {
		for i := range n / 2 {
			buf[i] = nodeHash(buf[2*i], buf[2*i+1])
		}
	}
	return buf[0]
}
