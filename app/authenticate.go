package app

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"varde/access"
	"varde/identity"
	"varde/protocol"
	"varde/study"
)

// standings keeps what accounts may be, so that a request costs neither database
// nor a walk over all delegations. What was read is good until a delegation, a
// staff list or the account changes, and for a quarter of an hour at most: days
// begin on the quarter in every time zone.
type standings struct {
	version atomic.Uint64 // counts changes of studies and sites
	once    sync.Once
	kept    *lru.Cache[string, *standing]
}

// standing is what one account may be.
type standing struct {
	version uint64
	quarter int64
	roles   []string // of the account in the whole house
	grants  []access.Grant
}

const maxStandings = 1 << 14

// changed says that grants may be others than a moment before.
func (s *standings) changed() { s.version.Add(1) }

func (s *standings) cache() *lru.Cache[string, *standing] {
	// New fails only on a size below one.
	s.once.Do(func() { s.kept, _ = lru.New[string, *standing](maxStandings) })
	return s.kept
}

// Authenticate answers who holds a session or an access token, acting in a study
// ("" = in none). Of several roles there the wish is taken when the account has it,
// else the first in the order of protocol.Roles; without any, the actor has no role.
// In no study, the role is one that the account has in the whole house.
func (a *App) Authenticate(ctx context.Context, token, studyID, wish string) (access.Actor, bool) {
	switch {
	case len(token) > 200:
		return access.Actor{}, false
	case strings.HasPrefix(token, tokenPrefix):
		return a.tokenHolder(ctx, token)
	case a.people != nil && strings.HasPrefix(token, sessionPrefix):
		s, ok := a.people.Resume(ctx, token)
		if !ok {
			return access.Actor{}, false
		}
		return a.sessionHolder(ctx, s, studyID, wish)
	}
	return access.Actor{}, false
}

const sessionPrefix = "vs_"

// SessionOf answers the open session of a token.
func (a *App) SessionOf(ctx context.Context, token string) (identity.Session, bool) {
	if a.people == nil || len(token) > 200 || !strings.HasPrefix(token, sessionPrefix) {
		return identity.Session{}, false
	}
	return a.people.Resume(ctx, token)
}

func (a *App) sessionHolder(ctx context.Context, s identity.Session, studyID, wish string) (access.Actor, bool) {
	acct, ok, err := a.people.Account(ctx, s.Account)
	if err != nil {
		a.log.Error("an account cannot be read", "error", err)
		return access.Actor{}, false
	}
	if !ok || !acct.Disabled.IsZero() {
		return access.Actor{}, false
	}
	actor := access.Actor{ID: acct.ID, Name: acct.Name, Session: s.ID}
	if s.OnlyKeys() {
		return actor, true // it may set new keys, and nothing else
	}
	if acct.Kind == identity.Participant {
		actor.Name = acct.Participant
	}
	return actingAs(actor, a.grantsOf(acct), studyID, wish), true
}

// grantsOf answers all that an account may be now.
func (a *App) grantsOf(acct identity.Account) []access.Grant {
	version, now := a.grants.version.Load(), a.Now()
	quarter := now.Unix() / (15 * 60)
	kept := a.grants.cache()
	if s, ok := kept.Get(acct.ID); ok && s.version == version && s.quarter == quarter && slices.Equal(s.roles, acct.Roles) {
		return s.grants
	}
	s := &standing{version: version, quarter: quarter, roles: slices.Clone(acct.Roles), grants: a.readGrants(acct, now)}
	kept.Add(acct.ID, s)
	return s.grants
}

func (a *App) readGrants(acct identity.Account, now time.Time) []access.Grant {
	if acct.Kind == identity.Participant {
		// Whatever else is said of it: a participant's account is a participant's.
		return []access.Grant{{Role: "participant", Study: acct.Study, Sites: []string{siteOfNumber(acct.Participant)}, Participant: acct.Participant}}
	}
	var out []access.Grant
	for _, role := range acct.Roles {
		if role == "administrator" || role == "auditor" {
			out = append(out, access.Grant{Role: role})
		}
	}
	for _, h := range a.everyHost() {
		out = append(out, h.grantsOf(acct.ID, now)...)
	}
	return out
}

// grantsOf answers what an account may be in this study.
func (h *host) grantsOf(account string, now time.Time) []access.Grant {
	out := study.GrantsOf(h.studyState(), h.sortedSites(), account, now)
	for i := range out {
		out[i].Study = h.id // never wider than the study whose log it stands in
	}
	return out
}

// everyHost answers the studies by id.
func (a *App) everyHost() []*host {
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := make([]*host, 0, len(a.hosts))
	for _, h := range a.hosts {
		out = append(out, h)
	}
	slices.SortFunc(out, func(x, y *host) int { return strings.Compare(x.id, y.id) })
	return out
}

// actingAs answers the actor in one of the roles that the grants give in the study.
// Grants of one role are one: a therapist at two sites acts at both.
func actingAs(actor access.Actor, grants []access.Grant, studyID, wish string) access.Actor {
	actor.Grants = grants
	covers := func(g access.Grant) bool { return g.Study == "" || studyID != "" && g.Study == studyID }
	best := -1
	for _, g := range grants {
		if !covers(g) {
			continue
		}
		if wish != "" && g.Role == wish {
			actor.Role = wish
			break
		}
		if n := slices.Index(protocol.Roles, g.Role); n >= 0 && (best < 0 || n < best) {
			best, actor.Role = n, g.Role
		}
	}
	if actor.Role == "" {
		return actor
	}
	first := true
	for _, g := range grants {
		if !covers(g) || g.Role != actor.Role {
			continue
		}
		switch {
		case first:
			actor.Study, actor.Sites, actor.Participant, first = g.Study, g.Sites, g.Participant, false
		case g.Study == "":
			actor.Study, actor.Sites = "", g.Sites
		case actor.Study != "" && actor.Sites != nil:
			actor.Sites = union(actor.Sites, g.Sites)
		}
	}
	return actor
}

// union of sites, where nil is every site. What it is given stays as it is.
func union(a, b []string) []string {
	if b == nil {
		return nil
	}
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// rolesIn answers what the actor may be in a study, in the order of roles.
func rolesIn(actor access.Actor, studyID string) []string {
	var out []string
	for _, role := range protocol.Roles {
		has := actor.Role == role && actor.InStudy(studyID)
		for _, g := range actor.Grants {
			has = has || g.Role == role && (g.Study == "" || g.Study == studyID)
		}
		if has {
			out = append(out, role)
		}
	}
	return out
}
