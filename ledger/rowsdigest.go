package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// RowsDigest is the SHA-256 of view rows: two sets of rows that were added in
// order of identity (View, then Key, by bytes) have the same sum exactly when
// they are the same, field by field and bit by bit.
type RowsDigest struct {
	h   hash.Hash
	buf []byte
}

// NewRowsDigest returns the digest of no rows.
func NewRowsDigest() *RowsDigest { return &RowsDigest{h: sha256.New()} }

// Add adds the next row. Due counts to the microsecond.
func (d *RowsDigest) Add(r *Row) {
	d.buf = d.buf[:0]
	for _, text := range [...]string{r.View, r.Key, r.Site, r.Parent, r.Group, r.Sort} {
		d.buf = binary.AppendUvarint(d.buf, uint64(len(text)))
		d.buf = append(d.buf, text...)
	}
	if r.Due.IsZero() {
		d.buf = append(d.buf, 0)
	} else {
		d.buf = append(d.buf, 1)
		d.buf = binary.AppendVarint(d.buf, r.Due.UnixMicro())
	}
	d.buf = binary.AppendUvarint(d.buf, uint64(len(r.Doc)))
	d.buf = append(d.buf, r.Doc...)
	d.h.Write(d.buf)
}

// Sum returns the digest of the rows so far.
func (d *RowsDigest) Sum() Hash { return Hash(d.h.Sum(nil)) }
