package app

import (
	"context"
	"fmt"
	"slices"

	"varde/access"
	"varde/identity"
	"varde/protocol"
	"varde/study"
)

// A demonstration is a database of invented people, whose roles may be tried without
// an account of one's own. Its people stand in the delegation log and the staff lists
// as everybody else's.

const demoSetting = "demo"

// demoStudyWide are the roles that work for a study as a whole; demoHouse those of
// the whole house.
var (
	demoStudyWide = []string{"sponsor", "monitor", "data-manager", "statistician", "statistician-unblinded", "safety-board"}
	demoHouse     = []string{"administrator", "auditor"}
)

func demoAccount(role string) string { return "demo-" + role }

// Demo says that this is a demonstration database.
func (a *App) Demo(ctx context.Context) bool {
	v, err := a.store.Setting(ctx, demoSetting)
	return err == nil && v == "yes"
}

// SetDemo marks the database as a demonstration, and delegates the roles of study-wide
// people in its studies. It cannot be done to one that holds a live study.
func (a *App) SetDemo(ctx context.Context) error {
	studies := a.Studies(ctx, access.System)
	for _, s := range studies {
		if s.State.Mode == "live" {
			return fmt.Errorf("app: study %s is live: this database cannot become a demonstration", s.ID)
		}
	}
	if err := a.store.SetSetting(ctx, demoSetting, "yes"); err != nil {
		return err
	}
	for _, s := range studies {
		if err := a.staffDemo(ctx, s.ID); err != nil {
			return err
		}
	}
	return nil
}

// staffDemo delegates the roles of those who work for the study as a whole. A study
// that is locked keeps the people it has.
func (a *App) staffDemo(ctx context.Context, studyID string) error {
	h, err := a.host(studyID)
	if err != nil {
		return err
	}
	for _, role := range demoStudyWide {
		st := h.studyState()
		if !st.Locked.IsZero() || slices.ContainsFunc(st.Delegations, func(d study.Delegation) bool { return d.Account == demoAccount(role) && d.Role == role }) {
			continue
		}
		cmd := study.Delegate{Account: demoAccount(role), Name: study.RoleName(role).EN, Role: role}
		if _, err := a.Do(ctx, access.System, studyID, cmd, ""); err != nil {
			return fmt.Errorf("app: study %s: %w", studyID, err)
		}
	}
	return nil
}

// DemoActors answers one actor a role for trying a study out, as their grants make
// them: the first site's staff, those who work for the study as a whole, the house's
// administrator and auditor, and the participant that FurnishDemo chose.
func (a *App) DemoActors(ctx context.Context, studyID string) []access.Actor {
	h, err := a.host(studyID)
	if err != nil || !a.Demo(ctx) {
		return nil
	}
	now := a.Now()
	var out []access.Actor
	for _, role := range protocol.Roles {
		if slices.Contains(demoHouse, role) {
			out = append(out, access.Actor{ID: demoAccount(role), Name: study.RoleName(role).EN, Role: role, Grants: []access.Grant{{Role: role}}})
			continue
		}
		if role == "participant" {
			if actor, ok := a.demoPersonOf(ctx, h); ok {
				out = append(out, actor)
			}
			continue
		}
		for _, p := range h.delegates(role) {
			actor := actingAs(access.Actor{ID: p.id, Name: p.name}, h.grantsOf(p.id, now), studyID, role)
			if actor.Role == role {
				out = append(out, actor)
				break
			}
		}
	}
	return out
}

type named struct{ id, name string }

// delegates answers who was ever given a role, the first site's staff before others.
func (h *host) delegates(role string) []named {
	var out []named
	if sites := h.sortedSites(); len(sites) > 0 {
		for id, m := range sites[0].Staff {
			if slices.Contains(m.Roles, role) {
				out = append(out, named{id, m.Name})
			}
		}
		slices.SortFunc(out, func(x, y named) int {
			if x.id < y.id {
				return -1
			}
			return 1
		})
	}
	for _, d := range h.studyState().Delegations {
		if d.Role == role && d.Ended.IsZero() {
			out = append(out, named{d.Account, d.Name})
		}
	}
	return out
}

// SignInDemo opens a session for one of the DemoActors of a study. In a database that
// is no demonstration there is nobody to sign in as.
func (a *App) SignInDemo(ctx context.Context, studyID, actorID, role string, from identity.Source) (identity.Opening, error) {
	none := &study.Refusal{Kind: study.Missing, Code: "no-such-demo-role", Text: study.Text{EN: "there is no such demo role", NB: "demorollen finnes ikke"}}
	if a.people == nil {
		return identity.Opening{}, none
	}
	for _, x := range a.DemoActors(ctx, studyID) {
		if x.ID != actorID || x.Role != role {
			continue
		}
		if role == "participant" {
			h, err := a.host(studyID)
			if err != nil {
				return identity.Opening{}, err
			}
			return a.signInDemoPerson(ctx, h, x, from)
		}
		o, err := a.people.SignInDemo(ctx, x.ID, x.Name, from)
		if err != nil || !slices.Contains(demoHouse, role) {
			return o, err
		}
		acct, ok, err := a.people.Account(ctx, x.ID)
		if err == nil && ok && !slices.Contains(acct.Roles, role) {
			err = a.people.GiveRole(ctx, identity.By{Account: access.System.ID, Role: access.System.Role}, x.ID, role)
		}
		return o, err
	}
	return identity.Opening{}, none
}
