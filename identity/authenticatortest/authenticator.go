// Package authenticatortest is a passkey for tests: it registers and asserts as a
// browser with a built-in authenticator does (ES256, resident key, user verified),
// and lies where a test wants it to.
package authenticatortest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Authenticator holds the passkeys of one person. Its fields may be set at any time.
type Authenticator struct {
	Origin string // that the browser says it is at, "https://varde.example.org"
	RPID   string // "" = as the options say

	// Lies.
	Challenge    []byte // signs this instead of what was asked
	Type         string // says this instead of "webauthn.create" or "webauthn.get"
	NoUser       bool   // does not verify its user
	NoPresence   bool   // says that nobody touched it
	CrossOrigin  bool   // says that it was in somebody's frame
	OtherHandle  []byte // says that the passkey is another's
	BadSignature bool   // signs something else

	Counter uint32 // the next assertion says Counter+Step
	Step    int32  // how far it counts: 0 = one that does not count
	keys    []passkey
}

type passkey struct {
	id, handle []byte
	rpID       string
	private    *ecdsa.PrivateKey
}

// New makes an authenticator whose browser is at the origin. It counts.
func New(origin string) *Authenticator { return &Authenticator{Origin: origin, Step: 1} }

type bytes64 []byte

func (b bytes64) MarshalText() ([]byte, error) {
	return []byte(base64.RawURLEncoding.EncodeToString(b)), nil
}

func (b *bytes64) UnmarshalText(text []byte) (err error) {
	*b, err = base64.RawURLEncoding.DecodeString(string(bytes.TrimRight(text, "=")))
	return err
}

type options struct {
	PublicKey struct {
		Challenge bytes64 `json:"challenge"`
		RPID      string  `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID bytes64 `json:"id"`
		} `json:"user"`
		Exclude []descriptor `json:"excludeCredentials"`
		Allow   []descriptor `json:"allowCredentials"`
	} `json:"publicKey"`
}

type descriptor struct {
	ID bytes64 `json:"id"`
}

// Flags of authenticator data.
const (
	userPresent  = 1 << 0
	userVerified = 1 << 2
	hasKey       = 1 << 6
)

// Register makes a passkey and answers what the browser posts.
func (a *Authenticator) Register(optionsJSON []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(optionsJSON, &o); err != nil {
		return nil, fmt.Errorf("authenticatortest: the options: %w", err)
	}
	for _, out := range o.PublicKey.Exclude {
		if a.find(out.ID) != nil {
			return nil, errors.New("authenticatortest: this account has a passkey here already")
		}
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key := passkey{id: make([]byte, 16), handle: o.PublicKey.User.ID, rpID: o.PublicKey.RP.ID, private: private}
	if _, err := rand.Read(key.id); err != nil {
		return nil, err
	}
	if a.RPID != "" {
		key.rpID = a.RPID
	}
	data, err := a.registration(key)
	if err != nil {
		return nil, err
	}
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		return nil, err
	}
	client, err := a.clientData("webauthn.create", o.PublicKey.Challenge)
	if err != nil {
		return nil, err
	}
	a.keys = append(a.keys, key)
	return json.Marshal(map[string]any{
		"id": bytes64(key.id), "rawId": bytes64(key.id), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{},
		"response":               map[string]any{"clientDataJSON": bytes64(client), "attestationObject": bytes64(object), "transports": []string{"internal"}},
	})
}

// registration is authenticator data with the new key in it.
func (a *Authenticator) registration(key passkey) ([]byte, error) {
	point, err := key.private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		return nil, err
	}
	data := a.authData(key.rpID, hasKey)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(key.id)))
	data = append(data, key.id...)
	return append(data, cose...), nil
}

// Assert signs in, or signs a challenge, and answers what the browser posts.
func (a *Authenticator) Assert(optionsJSON []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(optionsJSON, &o); err != nil {
		return nil, fmt.Errorf("authenticatortest: the options: %w", err)
	}
	key := a.choose(o)
	if key == nil {
		return nil, errors.New("authenticatortest: there is no passkey for this place")
	}
	rpID := key.rpID
	if a.RPID != "" {
		rpID = a.RPID
	}
	a.Counter = uint32(int64(a.Counter) + int64(a.Step))
	data := a.authData(rpID, 0)
	client, err := a.clientData("webauthn.get", o.PublicKey.Challenge)
	if err != nil {
		return nil, err
	}
	clientHash := sha256.Sum256(client)
	signed := sha256.Sum256(append(bytes.Clone(data), clientHash[:]...))
	if a.BadSignature {
		signed[0] ^= 1
	}
	signature, err := ecdsa.SignASN1(rand.Reader, key.private, signed[:])
	if err != nil {
		return nil, err
	}
	handle := key.handle
	if a.OtherHandle != nil {
		handle = a.OtherHandle
	}
	return json.Marshal(map[string]any{
		"id": bytes64(key.id), "rawId": bytes64(key.id), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": bytes64(client), "authenticatorData": bytes64(data),
			"signature": bytes64(signature), "userHandle": bytes64(handle)},
	})
}

// choose takes the newest passkey that the options allow.
func (a *Authenticator) choose(o options) *passkey {
	for i := len(a.keys) - 1; i >= 0; i-- {
		allowed := len(o.PublicKey.Allow) == 0
		for _, d := range o.PublicKey.Allow {
			allowed = allowed || bytes.Equal(d.ID, a.keys[i].id)
		}
		if allowed && (a.RPID != "" || a.keys[i].rpID == o.PublicKey.RPID) {
			return &a.keys[i]
		}
	}
	return nil
}

func (a *Authenticator) find(id []byte) *passkey {
	for i := range a.keys {
		if bytes.Equal(a.keys[i].id, id) {
			return &a.keys[i]
		}
	}
	return nil
}

func (a *Authenticator) authData(rpID string, flags byte) []byte {
	host := sha256.Sum256([]byte(rpID))
	if !a.NoPresence {
		flags |= userPresent
	}
	if !a.NoUser {
		flags |= userVerified
	}
	return binary.BigEndian.AppendUint32(append(host[:], flags), a.Counter)
}

func (a *Authenticator) clientData(typ string, challenge []byte) ([]byte, error) {
	if a.Type != "" {
		typ = a.Type
	}
	if a.Challenge != nil {
		challenge = a.Challenge
	}
	return json.Marshal(map[string]any{"type": typ, "challenge": bytes64(challenge), "origin": a.Origin, "crossOrigin": a.CrossOrigin})
}
