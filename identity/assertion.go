package identity

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// Flags of authenticator data (WebAuthn level 3, section 6.1).
const (
	flagPresent  = 1 << 0
	flagVerified = 1 << 2
)

// VerifyAssertion checks an assertion without any service: that the key signed a
// challenge, for one of the origins, with the user verified (WebAuthn level 3,
// section 7.2). For verification of old signatures. It does not look at counters:
// they say nothing years later.
func VerifyAssertion(a Assertion, challenge []byte, origins []string, rpID string) error {
	var client struct {
		Type        string `json:"type"`
		Challenge   string `json:"challenge"`
		Origin      string `json:"origin"`
		CrossOrigin bool   `json:"crossOrigin"`
	}
	if len(a.ClientData) > answerBytes || len(a.Authenticator) > answerBytes || len(a.Key) > answerBytes || len(a.Signature) > answerBytes {
		return errors.New("identity: the assertion is too large to be one")
	}
	if err := json.Unmarshal(a.ClientData, &client); err != nil {
		return fmt.Errorf("identity: the assertion's client data is not JSON: %w", err)
	}
	if client.Type != "webauthn.get" {
		return fmt.Errorf("identity: the client data is of the type %q, not webauthn.get", client.Type)
	}
	signed, err := base64.RawURLEncoding.DecodeString(client.Challenge)
	if err != nil || len(challenge) == 0 || subtle.ConstantTimeCompare(signed, challenge) != 1 {
		return errors.New("identity: another challenge was signed: the assertion belongs to another record")
	}
	if !slices.Contains(origins, client.Origin) || client.CrossOrigin {
		return fmt.Errorf("identity: it was signed at %q, which is not one of %q", client.Origin, origins)
	}
	// rpIdHash (32), flags (1), counter (4), extensions
	if len(a.Authenticator) < 37 {
		return errors.New("identity: the authenticator data is cut short")
	}
	if host := sha256.Sum256([]byte(rpID)); !bytes.Equal(a.Authenticator[:32], host[:]) {
		return fmt.Errorf("identity: the passkey is not one of %s", rpID)
	}
	if flags := a.Authenticator[32]; flags&flagPresent == 0 || flags&flagVerified == 0 {
		return errors.New("identity: the passkey did not verify its user")
	}
	return verifyKey(a)
}

func verifyKey(a Assertion) error {
	if !slices.Contains(algorithms, algorithmOf(a.Key)) {
		return errors.New("identity: the public key is none of ES256, EdDSA, RS256")
	}
	key, err := webauthncose.ParsePublicKey(a.Key)
	if err != nil {
		return fmt.Errorf("identity: the public key cannot be read: %w", err)
	}
	client := sha256.Sum256(a.ClientData)
	ok, err := webauthncose.VerifySignature(key, slices.Concat(a.Authenticator, client[:]), a.Signature)
	if err != nil || !ok {
		return errors.New("identity: the signature does not fit the public key")
	}
	return nil
}

// algorithmOf answers the algorithm of a COSE key, 0 when it cannot be read.
func algorithmOf(key []byte) webauthncose.COSEAlgorithmIdentifier {
	parsed, err := webauthncose.ParsePublicKey(key)
	if err != nil {
		return 0
	}
	switch k := parsed.(type) {
	case webauthncose.EC2PublicKeyData:
		return webauthncose.COSEAlgorithmIdentifier(k.Algorithm)
	case webauthncose.OKPPublicKeyData:
		return webauthncose.COSEAlgorithmIdentifier(k.Algorithm)
	case webauthncose.RSAPublicKeyData:
		return webauthncose.COSEAlgorithmIdentifier(k.Algorithm)
	}
	return 0
}
