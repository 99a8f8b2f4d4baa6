package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ParseHash reads a hash from standard base64 (44 characters) or hex (64
// characters, either case).
func ParseHash(text string) (Hash, error) {
	var h Hash
	switch len(text) {
	case base64.StdEncoding.EncodedLen(len(h)):
		var buf [33]byte
		n, err := base64.StdEncoding.Strict().Decode(buf[:], []byte(text))
		if err != nil || n != len(h) {
			return Hash{}, fmt.Errorf("ledger: %q is not a hash in base64", text)
		}
		copy(h[:], buf[:])
	case hex.EncodedLen(len(h)):
		if _, err := hex.Decode(h[:], []byte(text)); err != nil {
			return Hash{}, fmt.Errorf("ledger: %q is not a hash in hex", text)
		}
	default:
		return Hash{}, fmt.Errorf("ledger: a hash has 44 characters of base64 or 64 of hex, this has %d", len(text))
	}
	return h, nil
}

// String returns the hash in standard base64, the form used in checkpoints.
func (h Hash) String() string { return base64.StdEncoding.EncodeToString(h[:]) }

// Hex returns the hash in lower-case hex.
func (h Hash) Hex() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether the hash is the zero hash, the Prev of a stream's first event.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText writes the hash in standard base64.
func (h Hash) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, h[:]), nil
}

// UnmarshalText reads what [ParseHash] reads.
func (h *Hash) UnmarshalText(text []byte) error {
	parsed, err := ParseHash(string(text))
	if err != nil {
		return err
	}
	*h = parsed
	return nil
}

// nodeHash is the hash of an inner node, SHA-256(0x01 || left || right).
func nodeHash(left, right Hash) Hash {
	var buf [1 + 2*sha256.Size]byte
	buf[0] = 0x01
	copy(buf[1:], left[:])
	copy(buf[1+sha256.Size:], right[:])
	return sha256.Sum256(buf[:])
}

func toTlog(hashes []Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(hashes))
	for i, h := range hashes {
		out[i] = tlog.Hash(h)
	}
	return out
}

func fromTlog(hashes []tlog.Hash) []Hash {
	out := make([]Hash, len(hashes))
	for i, h := range hashes {
		out[i] = Hash(h)
	}
	return out
}
