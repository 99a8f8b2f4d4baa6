package ledger

import (
	"encoding/binary"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// forest is a whole tree kept in memory, with its leaves and its tiles.
type forest struct {
	leaves []Hash
	tree   Tree
	full   map[string][]Hash
	tlog   []tlog.Hash // the other implementation's stored hashes
}

func grow(n int) *forest {
	f := &forest{full: map[string][]Hash{}}
	f.tree.OnTile = func(level int, n int64, hashes []Hash, root Hash) {
		f.full[fmt.Sprint(level, "/", n)] = append([]Hash{}, hashes...)
		if perfectRoot(hashes) != root {
			panic("a tile's root is wrong")
		}
	}
	for i := range n {
		f.add(Hash(tlog.RecordHash(binary.AppendVarint(nil, int64(i)))))
	}
	return f
}

func (f *forest) add(leaf Hash) {
	stored, err := tlog.StoredHashesForRecordHash(int64(len(f.leaves)), tlog.Hash(leaf), f)
	if err != nil {
		panic(err)
	}
	f.tlog = append(f.tlog, stored...)
	f.leaves = append(f.leaves, leaf)
	f.tree.Append(leaf)
}

func (f *forest) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = f.tlog[x]
	}
	return out, nil
}

func (f *forest) root(n int64) Hash {
	h, err := tlog.TreeHash(n, f)
	if err != nil {
		panic(err)
	}
	return Hash(h)
}

// tiles has what a store has: full tiles, and the edge.
func (f *forest) tiles(level int, n int64) ([]Hash, error) {
	if tile, ok := f.full[fmt.Sprint(level, "/", n)]; ok {
		return tile, nil
	}
	if level < len(f.tree.edge) && n == f.tree.size>>(tileBits*(level+1)) {
		return f.tree.edge[level], nil
	}
	return nil, fmt.Errorf("no tile %d/%d", level, n)
}

func TestTreeAgreesWithTlog(t *testing.T) {
	f := grow(0)
	for n := int64(0); n <= 1100; n++ {
		if got, want := f.tree.Root(), f.root(n); got != want {
			t.Fatalf("size %d: root %s, want %s", n, got, want)
		}
		restored, err := RestoreTree(n, f.tree.edge)
		if err != nil || restored.Root() != f.tree.Root() {
			t.Fatalf("size %d: restored tree differs: %v", n, err)
		}
		f.add(Hash(tlog.RecordHash(binary.AppendVarint(nil, n))))
	}
}

// Three levels of tiles, with a root known from the other implementation.
func TestTreeOfThreeLevels(t *testing.T) {
	var tree Tree
	const n = 1<<16 + 300
	tiles := map[int]int{}
	tree.OnTile = func(level int, _ int64, _ []Hash, _ Hash) { tiles[level]++ }
	stored := make([]tlog.Hash, 0, 2*n)
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	for i := range int64(n) {
		h := tlog.RecordHash(binary.AppendVarint(nil, i))
		more, err := tlog.StoredHashesForRecordHash(i, h, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		tree.Append(Hash(h))
	}
	want, err := tlog.TreeHash(n, read)
	if err != nil || tree.Root() != Hash(want) {
		t.Errorf("root %s, want %s (%v)", tree.Root(), want, err)
	}
	if tiles[0] != 257 || tiles[1] != 1 || tiles[2] != 0 {
		t.Errorf("tiles %v", tiles)
	}
}

func TestProofs(t *testing.T) {
	f := grow(1500)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 1500).Draw(t, "size")
		seq := rapid.Int64Range(0, size-1).Draw(t, "seq")
		root := f.root(size)
		proof, err := ProveInclusion(f.tiles, seq, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckInclusion(proof, size, root, seq, f.leaves[seq]); err != nil {
			t.Fatal(err)
		}
		flip := func(h Hash, name string) Hash {
			bit := rapid.IntRange(0, 255).Draw(t, name)
			h[bit/8] ^= 1 << (bit % 8)
			return h
		}
		if CheckInclusion(proof, size, root, seq, flip(f.leaves[seq], "leaf bit")) == nil {
			t.Fatal("a changed leaf is proven")
		}
		if CheckInclusion(proof, size, flip(root, "root bit"), seq, f.leaves[seq]) == nil {
			t.Fatal("a changed root is proven")
		}
		if len(proof) > 0 {
			at := rapid.IntRange(0, len(proof)-1).Draw(t, "at")
			proof[at] = flip(proof[at], "proof bit")
			if CheckInclusion(proof, size, root, seq, f.leaves[seq]) == nil {
				t.Fatal("a changed proof proves")
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.Int64Range(0, 1500).Draw(t, "to")
		from := rapid.Int64Range(0, to).Draw(t, "from")
		proof, err := ProveConsistency(f.tiles, from, to)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckConsistency(proof, to, f.root(to), from, f.root(from)); err != nil {
			t.Fatal(err)
		}
		bad := f.root(from)
		bad[3] ^= 4
		if CheckConsistency(proof, to, f.root(to), from, bad) == nil {
			t.Fatal("another history is proven to be a prefix")
		}
	})
}

func TestProofsRefuse(t *testing.T) {
	f := grow(10)
	for _, c := range [][2]int64{{-1, 5}, {5, 5}, {0, 0}} {
		if _, err := ProveInclusion(f.tiles, c[0], c[1]); err == nil {
			t.Errorf("inclusion %v is proven", c)
		}
	}
	for _, c := range [][2]int64{{-1, 5}, {6, 5}} {
		if _, err := ProveConsistency(f.tiles, c[0], c[1]); err == nil {
			t.Errorf("consistency %v is proven", c)
		}
		if CheckConsistency(nil, c[1], Hash{}, c[0], Hash{}) == nil {
			t.Errorf("consistency %v is found proven", c)
		}
	}
	if _, err := RestoreTree(5, [][]Hash{make([]Hash, 4)}); err == nil {
		t.Error("a tree is restored from an edge that does not fit")
	}
	if _, err := RestoreTree(-1, nil); err == nil {
		t.Error("a tree of negative size is restored")
	}
}
