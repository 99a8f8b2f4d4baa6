package app

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
)

// concernKey is the key of the pseudonyms.
func concernKey(seal []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, seal, nil, "varde concern pseudonym", 32)
}

// pseudonym reckons a keyed hash over texts.
func (a *App) pseudonym(texts ...string) ([]byte, error) {
	key, err := concernKey(a.seal)
	if err != nil {
		return nil, err
	}
	m := hmac.New(sha256.New, key)
	for _, t := range texts {
		fmt.Fprintf(m, "%d:%s,", len(t), t)
	}
	return m.Sum(nil), nil
}

// tellerOf is who signs what a participant says in a concern.
func (a *App) tellerOf(h *host, account, concern string) (string, error) {
	sum, err := a.pseudonym("teller", h.id, account, concern)
	return "teller-" + hex.EncodeToString(sum[:16]), err
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// concernID is the reference of a concern: the same for the same sending, and not to be
// guessed.
func (a *App) concernID(h *host, account, clientID string) (string, error) {
	if clientID == "" {
		var b [16]byte
		if _, err := io.ReadFull(a.rand, b[:]); err != nil {
			return "", fmt.Errorf("app: no randomness for a reference: %w", err)
		}
		clientID = hex.EncodeToString(b[:])
	}
	sum, err := a.pseudonym("concern", h.id, account, clientID)
	return "C-" + crockford.EncodeToString(sum[:10])[:12], err
}
