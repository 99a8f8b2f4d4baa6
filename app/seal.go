package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"varde/access"
	"varde/study"
)

// SealAllocation draws the study's allocation list: a seed of 32 bytes, random
// unless one is given, kept encrypted in the ledger with its SHA-256 in the open.
// From then on nobody can choose another list, and nobody without the seal key can
// read this one.
func (a *App) SealAllocation(ctx context.Context, actor access.Actor, studyID string, seed []byte) error {
	h, err := a.host(studyID)
	if err != nil {
		return err
	}
	if err := a.may(h, actor, access.SetUp); err != nil {
		return err
	}
	if seed == nil {
		seed = make([]byte, 32)
		if _, err := rand.Read(seed); err != nil {
			return err
		}
	}
	list, err := study.NewAllocator(h.definition(), seed)
	if err != nil {
		return &study.Refusal{Kind: study.Against, Code: "no-allocation", Text: study.Text{
			EN: "this protocol does not randomise, or the seed is not 32 bytes", NB: "denne protokollen randomiserer ikke, eller frøet er ikke 32 byte"}}
	}
	sealed, err := a.sealUp(studyID, seed)
	if err != nil {
		return err
	}
	_, err = a.Do(ctx, actor, studyID, study.SealAllocation{Commitment: list.Commitment(), Sealed: sealed}, "")
	return err
}

func (a *App) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(a.seal)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealUp encrypts with AES-256-GCM; the study's id is bound to the text, so that a
// seal cannot be moved to another study. The nonce is a keyed hash of what is
// sealed: two different seeds never share one, and the same demonstration gives
// the same bytes.
func (a *App) sealUp(studyID string, seed []byte) (string, error) {
	g, err := a.aead()
	if err != nil {
		return "", err
	}
	m := hmac.New(sha256.New, a.seal)
	m.Write([]byte("varde allocation nonce\x00" + studyID + "\x00"))
	m.Write(seed)
	nonce := m.Sum(nil)[:g.NonceSize()]
	return base64.StdEncoding.EncodeToString(g.Seal(nonce, nonce, seed, []byte(studyID))), nil
}

// opens says that a seal can be opened here and holds the list it commits to.
func (a *App) opens(h *host, c study.SealAllocation) bool {
	list, err := a.unsealed(h, c.Sealed)
	return err == nil && list.Commitment() == c.Commitment
}

func (a *App) unsealed(h *host, sealed string) (*study.Allocator, error) {
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, err
	}
	g, err := a.aead()
	if err != nil {
		return nil, err
	}
	if len(text) < g.NonceSize() {
		return nil, fmt.Errorf("app: the sealed list is too short")
	}
	seed, err := g.Open(nil, text[:g.NonceSize()], text[g.NonceSize():], []byte(h.id))
	if err != nil {
		return nil, err
	}
	return study.NewAllocator(h.definition(), seed)
}

// unseal opens the list for handing out slots. Its lock is held.
func (a *App) unseal(h *host) error {
	if h.alloc.Sealed == "" || h.allocator != nil {
		return nil
	}
	list, err := a.unsealed(h, h.alloc.Sealed)
	if err != nil {
		// Everything but randomisation works without the key.
		a.log.Warn("the allocation list cannot be opened with this seal key; nobody can be randomised", "study", h.id, "error", err)
		return nil
	}
	if list.Commitment() != h.alloc.Commitment {
		return fmt.Errorf("app: the allocation list does not match its commitment: verify the ledger")
	}
	if a.twin {
		if h.studyState().Mode == "live" {
			return fmt.Errorf("app: study %s is live: it has no twin", h.id)
		}
		list = list.Swapped()
	}
	h.allocator = list
	return nil
}
