package webtest

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/ledger"
	"varde/study"
	"varde/vault"
)

// URL is where the readers of tests come.
const URL = "http://localhost"

// People are the accounts of a test's store. Passwords cost next to nothing, and
// sessions outlast the weeks that pass between two visits.
func People(t testing.TB, store ledger.Store, clock func() time.Time) (*identity.Service, *vault.Vault) {
	t.Helper()
	return PeopleWith(t, store, identity.Config{Clock: clock, Limits: identity.Limits{Idle: 5 * 365 * 24 * time.Hour, Absolute: 5 * 365 * 24 * time.Hour}})
}

// PeopleWith are accounts with other limits or another address.
func PeopleWith(t testing.TB, store ledger.Store, c identity.Config) (*identity.Service, *vault.Vault) {
	t.Helper()
	master, err := vault.NewKeyring(bytes.Repeat([]byte{9}, vault.MasterKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	keys := vault.New(store, master)
	c.Store, c.Vault, c.Hash = store, keys, identity.Hash{Memory: 64, Time: 1, Threads: 1}
	if c.URL == "" {
		c.URL = URL
	}
	people, err := identity.New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := people.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return people, keys
}

var bySystem = identity.By{Account: access.System.ID, Role: access.System.Role}

// Enter answers the token of a new session of somebody in a role of a study. Who is
// not known there yet is given the role first: of the house, at a site, or in the
// study's delegation log. Somebody of another study comes without a role.
func Enter(t testing.TB, a *app.App, studyID string, actor access.Actor) string {
	t.Helper()
	ctx, people := context.Background(), a.Identity()
	if _, there, err := people.Account(ctx, actor.ID); err != nil {
		t.Fatal(err)
	} else if !there {
		in := identity.Invitation{ID: actor.ID, Name: actor.Name, Kind: identity.Staff}
		if actor.Role == "participant" {
			in = identity.Invitation{ID: actor.ID, Kind: identity.Participant, Study: studyID, Participant: actor.Participant}
		}
		if _, err := people.Invite(ctx, bySystem, in); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := people.SignInDemo(ctx, actor.ID, actor.Name, identity.Source{Network: "192.0.2.0/24", Device: "Firefox on Linux"})
	if err != nil {
		t.Fatal(err)
	}
	if !actor.InStudy(studyID) || actor.Role == "participant" || acts(t, a, opened.Token, studyID, actor) {
		return opened.Token
	}
	switch {
	case actor.Role == "administrator" || actor.Role == "auditor":
		if err := people.GiveRole(ctx, bySystem, actor.ID, actor.Role); err != nil {
			t.Fatal(err)
		}
	case len(actor.Sites) > 0:
		def, ok := a.Definition(studyID)
		if !ok {
			t.Fatalf("there is no study %s", studyID)
		}
		creds := map[string]string{}
		for _, c := range def.Staffing.Credentials {
			creds[c.ID] = ""
		}
		for _, site := range actor.Sites {
			carryOut(t, a, studyID, study.AssignStaff{Site: site, Person: actor.ID, Name: actor.Name, Role: actor.Role, Credentials: creds})
		}
	default:
		carryOut(t, a, studyID, study.Delegate{Account: actor.ID, Name: actor.Name, Role: actor.Role})
	}
	if !acts(t, a, opened.Token, studyID, actor) {
		t.Fatalf("%s cannot act as %s in %s", actor.ID, actor.Role, studyID)
	}
	return opened.Token
}

func acts(t testing.TB, a *app.App, token, studyID string, want access.Actor) bool {
	t.Helper()
	got, ok := a.Authenticate(context.Background(), token, studyID, want.Role)
	if !ok {
		t.Fatalf("%s cannot sign in", want.ID)
	}
	return got.Role == want.Role && (want.Sites == nil || slices.Equal(got.Sites, want.Sites))
}

func carryOut(t testing.TB, a *app.App, studyID string, cmd study.Command) {
	t.Helper()
	if _, err := a.Do(context.Background(), access.System, studyID, cmd, ""); err != nil {
		t.Fatalf("%T: %v", cmd, err)
	}
}
