package app

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// Access tokens are for programs: the JSON interface takes them, pages do not. A
// token holds one role in one study or in all, and ends by itself.

// tokens keeps what Authenticate has read, so that a request costs no database.
type tokens struct {
	sync.Map              // hex SHA-256 -> *keptToken
	revoking sync.RWMutex // a token that is being revoked must not be read back in
}

// tokenGrant is what is kept of a token.
type tokenGrant struct {
	access.Actor
	Expires time.Time
}

type keptToken struct {
	tokenGrant
	read time.Time
}

// How long tokens are good, and how long a program that has read one goes without
// looking again whether another process revoked it.
const (
	DefaultTokenLife = 90 * 24 * time.Hour
	MaxTokenLife     = 366 * 24 * time.Hour

	tokenReread = 10 * time.Second
)

const (
	tokenPrefix  = "varde_"
	tokenSetting = "token/"
)

// IssueToken makes an access token for an actor, for as long as ttl (0 = 90 days;
// at most a year). Only its SHA-256 is kept: the answer is the one time that the
// token can be read. It is for the console of the machine, which may do everything.
func (a *App) IssueToken(ctx context.Context, actor access.Actor, ttl time.Duration) (string, error) {
	if !slices.Contains(protocol.Roles, actor.Role) || actor.Role == "system" {
		return "", &study.Refusal{Kind: study.Invalid, Field: "role", Code: "bad-role", Text: study.Text{
			EN: fmt.Sprintf("%q is not a role; the roles are %s", actor.Role, strings.Join(protocol.Roles, ", ")),
			NB: fmt.Sprintf("%q er ikke en rolle; rollene er %s", actor.Role, strings.Join(protocol.Roles, ", "))}}
	}
	if actor.ID == "" || actor.Name == "" {
		return "", &study.Refusal{Kind: study.Invalid, Field: "id", Code: "no-id", Text: study.Text{EN: "give an id and a name", NB: "oppgi en ID og et navn"}}
	}
	if ttl == 0 {
		ttl = DefaultTokenLife
	}
	if ttl < 0 || ttl > MaxTokenLife {
		return "", &study.Refusal{Kind: study.Invalid, Field: "ttl", Code: "bad-life", Text: study.Text{
			EN: "a token is good for a year at most", NB: "et token gjelder høyst ett år"}}
	}
	secret := make([]byte, 32)
	if _, err := io.ReadFull(a.rand, secret); err != nil {
		return "", err
	}
	token := tokenPrefix + base64.RawURLEncoding.EncodeToString(secret)
	key := digest(token)
	g := tokenGrant{Actor: actor, Expires: a.Now().Add(ttl)}
	g.Session, g.Grants = "token-"+key[:12], nil
	doc, err := json.Marshal(g)
	if err != nil {
		return "", err
	}
	// First the record, then the token: one that works and stands nowhere must not be.
	err = a.houseEvent(ctx, "tokens/"+actor.ID, "token.issued", map[string]any{
		"account": actor.ID, "expires": g.Expires, "id": g.Session, "participant": actor.Participant, "role": actor.Role, "sites": orNone(actor.Sites), "study": actor.Study})
	if err != nil {
		return "", err
	}
	return token, a.store.SetSetting(ctx, tokenSetting+key, string(doc))
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func digest(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// tokenHolder answers who holds an access token that is good now.
func (a *App) tokenHolder(ctx context.Context, token string) (access.Actor, bool) {
	key, now := digest(token), a.Now()
	if v, ok := a.tokens.Load(key); ok {
		k, _ := v.(*keptToken)
		if d := now.Sub(k.read); d >= 0 && d < tokenReread {
			return k.Actor, now.Before(k.Expires)
		}
	}
	a.tokens.revoking.RLock()
	defer a.tokens.revoking.RUnlock()
	doc, err := a.store.Setting(ctx, tokenSetting+key)
	var g tokenGrant
	if err != nil || doc == "" || json.Unmarshal([]byte(doc), &g) != nil || !now.Before(g.Expires) {
		a.tokens.Delete(key)
		return access.Actor{}, false
	}
	a.tokens.Store(key, &keptToken{g, now})
	return g.Actor, true
}

// RevokeToken ends all tokens of an actor id at once; in other processes that have
// the database open, within ten seconds.
func (a *App) RevokeToken(ctx context.Context, id string) error {
	a.tokens.revoking.Lock()
	defer a.tokens.revoking.Unlock()
	all, err := a.store.Settings(ctx, tokenSetting)
	if err != nil {
		return err
	}
	for name, doc := range all {
		var g tokenGrant
		if doc == "" || json.Unmarshal([]byte(doc), &g) != nil || g.ID != id {
			continue
		}
		if err := a.store.SetSetting(ctx, name, ""); err != nil {
			return err
		}
		a.tokens.Delete(strings.TrimPrefix(name, tokenSetting))
		if err := a.houseEvent(ctx, "tokens/"+id, "token.revoked", map[string]any{"account": id, "id": g.Session}); err != nil {
			return err
		}
	}
	return nil
}

// describeToken tells an event about a token; ok is false for any other.
func describeToken(e ledger.Event) (text study.Text, facts map[string]string, ok bool) {
	var d struct {
		Account, ID, Role, Study string
		Expires                  time.Time
	}
	if e.Type != "token.issued" && e.Type != "token.revoked" || json.Unmarshal(e.Payload, &d) != nil {
		return text, nil, false
	}
	facts = map[string]string{"account": d.Account, "token": d.ID}
	if e.Type == "token.revoked" {
		return study.Text{EN: "Access token of " + d.Account + " revoked", NB: "Tilgangstoken for " + d.Account + " trukket tilbake"}, facts, true
	}
	facts["role"], facts["expires"] = d.Role, d.Expires.Format(time.RFC3339)
	if d.Study != "" {
		facts["study"] = d.Study
	}
	role := study.RoleName(d.Role)
	day := d.Expires.Format(time.DateOnly)
	return study.Text{EN: "Access token issued to " + d.Account + " as " + role.EN + ", until " + day,
		NB: "Tilgangstoken utstedt til " + d.Account + " som " + role.NB + ", til " + day}, facts, true
}
