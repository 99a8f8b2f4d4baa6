package identity

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Types of the house's log. Stored: never reused for something else.
const (
	accountInvited  = "account.invited"
	accountRenewed  = "account.renewed" // an invitation of an account that was there already
	accountDisabled = "account.disabled"
	accountEnabled  = "account.enabled"
	roleGiven       = "role.given"
	roleTaken       = "role.taken"
	linkMade        = "link.made"
	linkUsed        = "link.used"
	passkeyAdded    = "passkey.added"
	passkeyRevoked  = "passkey.revoked"
	passwordSet     = "password.set"
	passwordStirred = "password.rehashed"
	recoveryMade    = "recovery.made"
	recoveryUsed    = "recovery.used"
	subjectLinked   = "subject.linked"

	sessionOpened  = "session.opened"
	sessionsEnded  = "session.ended"
	presenceProven = "presence.proven"
	signinFailed   = "signin.failed"
	passkeyCopied  = "passkey.refused"

	accessRefused = "access.refused"
)

// Streams of the house's log.
const (
	accountStream = "account/"  // + account: facts of the account
	signinStream  = "sessions/" // + account: sessions, failures
	subjectStream = "subject/"  // + digest: whose single sign-on subject it is
	unknownStream = "sign-in"   // failures of unknown accounts
	refusalStream = "refusals"
)

// Payloads. What ends in "sealed" opens in the vault only, under the account's key.
type (
	invited struct {
		Email       string   `json:"emailSealed,omitempty"`
		Handle      []byte   `json:"handle,omitempty"` // WebAuthn user handle: chance, tells nothing
		Kind        Kind     `json:"kind"`
		Language    string   `json:"language,omitempty"`
		Name        string   `json:"name,omitempty"`
		Participant string   `json:"participant,omitempty"`
		Roles       []string `json:"roles,omitempty"`
		Study       string   `json:"study,omitempty"`
	}
	roleChange struct {
		Role string `json:"role"`
	}
	linkFact struct {
		Hash    string    `json:"hash"`
		Purpose string    `json:"purpose,omitempty"` // "bootstrap", "invitation", "sign-in"
		Until   time.Time `json:"until,omitzero"`
	}
	passkeyFact struct {
		BackedUp   bool   `json:"backedUp"`
		Counter    uint32 `json:"counter"`
		Credential string `json:"credential"` // base64url
		Eligible   bool   `json:"backupEligible"`
		Key        []byte `json:"publicKey"`
		Name       string `json:"name"`
	}
	passkeyRef struct {
		Credential string `json:"credential"`
	}
	passkeyCount struct {
		Credential string `json:"credential"`
		Had        uint32 `json:"had"`
		Got        uint32 `json:"got"`
		Method     string `json:"method"`
	}
	passwordFact struct {
		Password string `json:"passwordSealed"`
		Step     int64  `json:"step,omitempty"` // of the code that confirmed it
		TOTP     string `json:"totpSealed,omitempty"`
	}
	recoveryFact struct {
		Hashes []string `json:"hashes"`
	}
	recoveryRef struct {
		Hash string `json:"hash"`
	}
	subjectFact struct {
		Account  string `json:"account"`
		Digest   string `json:"digest"` // keyed: a subject may be a national number
		Issuer   string `json:"issuer"`
		Provider string `json:"provider"`
		Subject  string `json:"subjectSealed"`
	}
	sessionFact struct {
		Counter    uint32    `json:"counter,omitempty"`
		Credential string    `json:"credential,omitempty"`
		Device     string    `json:"device,omitempty"`
		Ends       time.Time `json:"ends"`
		Fresh      time.Time `json:"fresh,omitzero"` // when presence was proven, if not at the opening
		Hash       string    `json:"hash"`           // SHA-256 of the token
		ID         string    `json:"id"`
		Kind       Kind      `json:"kind"`
		Method     string    `json:"method"`
		Network    string    `json:"network,omitempty"`
		Stale      bool      `json:"stale,omitempty"` // nobody says when presence was proven
		Step       int64     `json:"step,omitempty"`  // of the TOTP code
	}
	endedFact struct {
		Sessions []endedSession `json:"sessions"`
		Why      string         `json:"why"` // "signed-out", "disabled", "key-revoked", "password-set", "run-out"
	}
	endedSession struct {
		Hash string `json:"hash"`
		ID   string `json:"id"`
	}
	presenceFact struct {
		Counter    uint32 `json:"counter,omitempty"`
		Credential string `json:"credential,omitempty"`
		Hash       string `json:"hash"`
		Method     string `json:"method"`
		Session    string `json:"session"`
		Step       int64  `json:"step,omitempty"`
	}
	failureFact struct {
		Count   int    `json:"count"`
		Method  string `json:"method"`
		Name    string `json:"name,omitempty"` // keyed hash of what was typed
		Network string `json:"network,omitempty"`
		Why     string `json:"why,omitempty"` // only of an account that exists
	}
	refusalFact struct {
		Account string    `json:"account,omitempty"`
		Code    string    `json:"code"`
		Count   int       `json:"count"`
		From    time.Time `json:"from"` // start of the minute
		Role    string    `json:"role,omitempty"`
		Study   string    `json:"study,omitempty"`
		What    string    `json:"what"`
	}
)

func read[T any](payload json.RawMessage) (T, error) {
	var v T
	err := json.Unmarshal(payload, &v)
	return v, err
}

// ofAccount answers the account of a stream "account/<id>" or "sessions/<id>".
func ofAccount(stream string) (id string, account, signin bool) {
	if id, ok := strings.CutPrefix(stream, accountStream); ok {
		return id, true, false
	}
	if id, ok := strings.CutPrefix(stream, signinStream); ok {
		return id, false, true
	}
	return "", false, false
}

func badEvent(stream, typ string, err error) error {
	return fmt.Errorf("identity: the event %s in %s of the house's log cannot be read: %w", typ, stream, err)
}
