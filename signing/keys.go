package signing

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"

	"varde/identity"
	"varde/ledger"
	"varde/study"
)

// Keys are the passkeys of accounts as the house's log tells them, with those that
// were revoked. They are read here from the log's plain form, as anybody could.
type Keys struct {
	of map[string][]key // account ->
}

type key struct {
	credential     string // base64url, as in the log
	public         []byte // COSE
	added, revoked time.Time
}

// Events of the house's log that speak of passkeys, in streams "account/<id>".
const (
	keyAdded   = "passkey.added"
	keyRevoked = "passkey.revoked"
	ofAccount  = "account/"
)

// ReadKeys reads the passkeys from the house's log.
func ReadKeys(events iter.Seq2[ledger.Event, error]) (*Keys, error) {
	k := &Keys{of: map[string][]key{}}
	for e, err := range events {
		if err != nil {
			return nil, fmt.Errorf("signing: read the house's log: %w", err)
		}
		k.add(&e)
	}
	return k, nil
}

// KeysOf are the passkeys of accounts that are known already, by account id. Those
// that were revoked must be among them.
func KeysOf(accounts map[string][]identity.Passkey) *Keys {
	k := &Keys{of: map[string][]key{}}
	for id, list := range accounts {
		for _, p := range list {
			k.of[id] = append(k.of[id], key{credential: p.ID, public: p.Key, added: p.Added, revoked: p.Revoked})
		}
	}
	return k
}

func (k *Keys) add(e *ledger.Event) {
	account, ok := strings.CutPrefix(e.Stream, ofAccount)
	if !ok || e.Type != keyAdded && e.Type != keyRevoked {
		return
	}
	var p struct {
		Credential string `json:"credential"`
		Key        []byte `json:"publicKey"`
	}
	if err := json.Unmarshal(e.Payload, &p); err != nil {
		return // a signature with this key then finds none: it is named there
	}
	if e.Type == keyAdded {
		k.of[account] = append(k.of[account], key{credential: p.Credential, public: p.Key, added: e.RecordedAt})
		return
	}
	for i := range k.of[account] {
		if x := &k.of[account][i]; x.credential == p.Credential && x.revoked.IsZero() {
			x.revoked = e.RecordedAt
		}
	}
}

// Check says whether the passkey of a proof was the account's when it signed: added
// before, with the same public key, and not revoked by then. A nil Keys knows
// nothing and finds no fault.
func (k *Keys) Check(account string, p study.Proof, at time.Time) *Fault {
	if k == nil || p.Method != study.ByPasskey {
		return nil
	}
	public, err := base64.RawURLEncoding.DecodeString(p.Key)
	if err != nil {
		return fault(BadProof, "the public key is not in base64url", "den offentlige nøkkelen er ikke i base64url")
	}
	for _, x := range k.of[account] {
		if x.credential != p.Credential || !bytes.Equal(x.public, public) || x.added.After(at) {
			continue
		}
		if x.revoked.IsZero() || x.revoked.After(at) {
			return nil
		}
	}
	return fault(NotItsKey, "the house's log does not show this key as the signer's at that time", "husets logg viser ikke denne nøkkelen som underskriverens på det tidspunktet")
}
