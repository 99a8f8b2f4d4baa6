package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"varde/access"
	"varde/protocol"
	"varde/study"
)

// tokens keeps what Authenticate has read, so that a request costs no database.
type tokens struct {
	sync.Map              // hex SHA-256 -> access.Actor
	revoking sync.RWMutex // a token that is being revoked must not be read back in
}

const (
	tokenSetting = "token/"
	demoSetting  = "demo"
)

// IssueToken makes an access token for an actor. Only its SHA-256 is kept: the
// answer is the one time that the token can be read.
func (a *App) IssueToken(ctx context.Context, actor access.Actor) (string, error) {
	if !slices.Contains(protocol.Roles, actor.Role) || actor.Role == "system" {
		return "", &study.Refusal{Kind: study.Invalid, Field: "role", Code: "bad-role", Text: study.Text{
			EN: fmt.Sprintf("%q is not a role; the roles are %s", actor.Role, strings.Join(protocol.Roles, ", ")),
			NB: fmt.Sprintf("%q er ikke en rolle; rollene er %s", actor.Role, strings.Join(protocol.Roles, ", "))}}
	}
	if actor.ID == "" || actor.Name == "" {
		return "", &study.Refusal{Kind: study.Invalid, Field: "id", Code: "no-id", Text: study.Text{EN: "give an id and a name", NB: "oppgi en ID og et navn"}}
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	token := "varde_" + base64.RawURLEncoding.EncodeToString(secret)
	doc, err := json.Marshal(actor)
	if err != nil {
		return "", err
	}
	return token, a.store.SetSetting(ctx, tokenSetting+digest(token), string(doc))
}

func digest(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// Authenticate answers who holds a session or an access token, acting in a study
// ("" = in none). Of several roles there the wish is taken when the account has it,
// else the first of the table; without any, the actor has no role.
func (a *App) Authenticate(ctx context.Context, token, studyID, wish string) (access.Actor, bool) {
	if len(token) > 200 || !strings.HasPrefix(token, "varde_") {
		return access.Actor{}, false
	}
	key := digest(token)
	if v, ok := a.tokens.Load(key); ok {
		actor, ok := v.(access.Actor)
		return actor, ok
	}
	a.tokens.revoking.RLock()
	defer a.tokens.revoking.RUnlock()
	doc, err := a.store.Setting(ctx, tokenSetting+key)
	var actor access.Actor
	if err != nil || doc == "" || json.Unmarshal([]byte(doc), &actor) != nil {
		return access.Actor{}, false
	}
	a.tokens.Store(key, actor)
	return actor, true
}

// RevokeToken ends all tokens of an actor id at once.
func (a *App) RevokeToken(ctx context.Context, id string) error {
	a.tokens.revoking.Lock()
	defer a.tokens.revoking.Unlock()
	all, err := a.store.Settings(ctx, tokenSetting)
	if err != nil {
		return err
	}
	for name, doc := range all {
		var actor access.Actor
		if doc == "" || json.Unmarshal([]byte(doc), &actor) != nil || actor.ID != id {
			continue
		}
		if err := a.store.SetSetting(ctx, name, ""); err != nil {
			return err
		}
		a.tokens.Delete(strings.TrimPrefix(name, tokenSetting))
	}
	return nil
}

// Demo says that this is a demonstration database, whose people are invented and
// whose roles may be tried without an account.
func (a *App) Demo(ctx context.Context) bool {
	v, err := a.store.Setting(ctx, demoSetting)
	return err == nil && v == "yes"
}

// SetDemo marks the database as a demonstration. It cannot be done to one that
// holds a live study.
func (a *App) SetDemo(ctx context.Context) error {
	for _, s := range a.Studies(ctx, access.System) {
		if s.State.Mode == "live" {
			return fmt.Errorf("app: study %s is live: this database cannot become a demonstration", s.ID)
		}
	}
	return a.store.SetSetting(ctx, demoSetting, "yes")
}

// DemoActors answers one actor a role for trying a study out: the first site's
// staff, and those who work for the study as a whole.
func (a *App) DemoActors(ctx context.Context, studyID string) []access.Actor {
	h, err := a.host(studyID)
	if err != nil || !a.Demo(ctx) {
		return nil
	}
	var out []access.Actor
	sites := h.sortedSites()
	if len(sites) > 0 {
		for _, role := range protocol.Roles {
			if m, ok := firstWith(sites[0], role); ok {
				actor := access.Actor{ID: m.Person, Name: m.Name, Role: role, Study: studyID, Sites: []string{sites[0].ID}}
				if role == "rater" {
					actor.Sites = nil // raters are a pool over all sites
				}
				out = append(out, actor)
			}
		}
	}
	for _, role := range []string{"monitor", "data-manager", "statistician", "statistician-unblinded", "sponsor", "safety-board", "auditor", "administrator"} {
		if !slices.ContainsFunc(out, func(x access.Actor) bool { return x.Role == role }) {
			out = append(out, access.Actor{ID: "demo-" + role, Name: study.RoleName(role).EN, Role: role, Study: studyID})
		}
	}
	return out
}

func firstWith(s *study.SiteState, role string) (study.StaffMember, bool) {
	var ids []string
	for id, m := range s.Staff {
		if slices.Contains(m.Roles, role) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return study.StaffMember{}, false
	}
	slices.Sort(ids)
	return s.Staff[ids[0]], true
}
