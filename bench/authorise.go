package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/study"
	"varde/vault"
	"varde/web"
	"varde/web/api"
	"varde/web/api/testbed"
)

const (
	authStudies     = 10
	authDelegations = 500
	authEach        = 20_000 // requests that are authorised in a run,
	authPages       = 400    // pages that are asked for,
	authCold        = 200    // and times that a delegation changed right before
)

// crowd is an installation of many studies with many people in them.
type crowd struct {
	app     *app.App
	people  *identity.Service
	pages   *web.Server
	store   *sqlite.Store
	cookies []string // sessions and tokens of one person in each role
	tokens  []string
	roles   []string
	id      string // of a participant
}

// authorise measures what it costs to find out who asks and whether they may: in
// memory, by session cookie and by access token, for a read about a participant and
// for a command, as every role in turn. Answers that refuse are among them, as they
// are in life; what is asked for is not done.
func authorise(ctx context.Context, b *board, dir string) (err error) {
	c, err := newCrowd(ctx, dir)
	if err != nil {
		return err
	}
	defer func() {
		if e := errors.Join(c.people.Close(ctx), c.store.Close()); err == nil {
			err = e
		}
	}()
	note := fmt.Sprintf("%d roles, %d studies, %d delegations in memory", len(c.roles), authStudies, authDelegations)
	for range b.runs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, way := range []struct {
			name   string
			tokens []string
		}{{"cookie", c.cookies}, {"token", c.tokens}} {
			read, err := c.reads(ctx, way.tokens)
			if err != nil {
				return err
			}
			b.add("authorise_read_"+way.name, read, "µs", "Authenticate and Admits about a participant, a session also SessionOf, as the pages ask; bar < 20; "+note)
			command, err := c.commands(ctx, way.tokens)
			if err != nil {
				return err
			}
			b.add("authorise_command_"+way.name, command, "µs", "Authenticate, Admits, and App.Do of a command that the role may not give, with the record of its refusal; bar < 20")
		}
		cold, err := c.cold(ctx)
		if err != nil {
			return err
		}
		b.add("authorise_after_change", cold, "µs", "Authenticate right after a delegation somewhere: all delegations are read anew, once")
		page, err := c.page(ctx)
		if err != nil {
			return err
		}
		b.add("authorise_page", page, "µs", "GET /s/…/today through all of the server, by cookie, as coordinator; the time in which authorisation is a part")
		share, err := c.reads(ctx, c.cookies[slices.Index(c.roles, "coordinator"):][:1])
		if err != nil {
			return err
		}
		b.add("authorise_share_of_page", 100*share/page, "%", "authorise_read of a coordinator, against that page")
	}
	return nil
}

// newCrowd opens the studies, and delegates until there are as many delegations.
func newCrowd(ctx context.Context, dir string) (*crowd, error) {
	store, err := sqlite.Open(ctx, filepath.Join(dir, "varde.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	c := &crowd{store: store}
	ring, err := vault.NewKeyring(bytes.Repeat([]byte{5}, vault.MasterKeyBytes))
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	keys := vault.New(store, ring)
	if c.people, err = identity.New(ctx, identity.Config{Store: store, Vault: keys, URL: "http://localhost"}); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if c.app, err = app.New(ctx, app.Config{Store: store, SealKey: make([]byte, 32), Vault: keys, Identity: c.people}); err == nil {
		err = c.fill(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.people.Close(ctx), store.Close())
	}
	return c, nil
}

func (c *crowd) fill(ctx context.Context) error {
	def, err := testbed.Load()
	if err != nil {
		return err
	}
	for _, r := range protocol.Roles {
		if r != "system" && r != "participant" {
			c.roles = append(c.roles, r)
		}
	}
	left := authDelegations
	for i := range authStudies {
		id := fmt.Sprintf("study-%d", i)
		list := []study.Command{study.OpenStudy{Mode: "practice", Title: "Study " + id, Definition: def},
			study.OpenSite{Site: "S01", Name: "Site", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 2, Rooms: 1}}
		share := left / (authStudies - i)
		left -= share
		for n := range share {
			role := c.roles[n%len(c.roles)]
			list = append(list, study.Delegate{Account: fmt.Sprintf("%s-%d", role, n/len(c.roles)), Name: "Name of " + role, Role: role})
		}
		for _, cmd := range list {
			if _, err := c.app.Do(ctx, access.System, id, cmd, ""); err != nil {
				return fmt.Errorf("%T: %w", cmd, err)
			}
		}
	}
	c.id = study.ParticipantNumber("S01", 1)
	coordinator := access.Actor{ID: "coordinator-0", Name: "Name", Role: "coordinator", Study: "study-3"}
	if _, err := c.app.Do(ctx, coordinator, "study-3", study.Refer{On: study.On{Participant: c.id}, Channel: "self", Language: "nb", Site: "S01"}, ""); err != nil {
		return err
	}
	for _, role := range c.roles {
		o, err := c.people.SignInDemo(ctx, role+"-0", "Name of "+role, identity.Source{Network: "192.0.2.0/24"})
		if err != nil {
			return err
		}
		token, err := c.app.IssueToken(ctx, access.Actor{ID: role + "-0", Name: "Name of " + role, Role: role, Study: "study-3"}, time.Hour)
		if err != nil {
			return err
		}
		c.cookies, c.tokens = append(c.cookies, o.Token), append(c.tokens, token)
	}
	// A participant with an account of their own, as one role more.
	link, err := c.app.ParticipantLink(ctx, coordinator, "study-3", c.id)
	if err != nil {
		return err
	}
	o, err := c.people.UseLink(ctx, link, identity.Source{Network: "192.0.2.0/24"})
	if err != nil {
		return err
	}
	token, err := c.app.IssueToken(ctx, access.Actor{ID: c.id, Name: c.id, Role: "participant", Study: "study-3", Participant: c.id}, time.Hour)
	if err != nil {
		return err
	}
	c.roles, c.cookies, c.tokens = append(c.roles, "participant"), append(c.cookies, o.Token), append(c.tokens, token)
	x, err := api.New(c.app, nil)
	if err != nil {
		return err
	}
	c.pages, err = web.New(web.Config{App: c.app, API: x})
	return err
}

// reads answers the median microseconds of Authenticate and Admits.
func (c *crowd) reads(ctx context.Context, tokens []string) (float64, error) {
	took := make([]float64, 0, authEach)
	for i := range authEach {
		token := tokens[i%len(tokens)]
		began := time.Now()
		_, _ = c.app.SessionOf(ctx, token) // false for an access token
		actor, ok := c.app.Authenticate(ctx, token, "study-3", "")
		err := c.app.Admits(actor, "study-3", c.id, access.SeeJourney)
		took = append(took, micro(began))
		var refusal *study.Refusal
		if !ok || err != nil && !errors.As(err, &refusal) {
			return 0, fmt.Errorf("%s was not authenticated: %w", c.roles[i%len(tokens)], err)
		}
	}
	return median(took), nil
}

// commands answers the same with a command, which nobody but the clock may give.
func (c *crowd) commands(ctx context.Context, tokens []string) (float64, error) {
	took := make([]float64, 0, authEach)
	for i := range authEach {
		token := tokens[i%len(tokens)]
		began := time.Now()
		actor, ok := c.app.Authenticate(ctx, token, "study-3", "")
		_ = c.app.Admits(actor, "study-3", c.id, access.Enter) // either answer is an answer
		_, err := c.app.Do(ctx, actor, "study-3", study.PassTime{On: study.On{Participant: c.id}}, "")
		took = append(took, micro(began))
		var refusal *study.Refusal
		if !ok || !errors.As(err, &refusal) || refusal.Kind != study.Forbidden {
			return 0, fmt.Errorf("%s was to be refused: %w", c.roles[i%len(tokens)], err)
		}
	}
	return median(took), nil
}

// cold answers what Authenticate takes when a delegation was changed.
func (c *crowd) cold(ctx context.Context) (float64, error) {
	var took []float64
	for i := range authCold {
		var cmd study.Command = study.Delegate{Account: "guest", Name: "A guest", Role: "monitor"}
		if i%2 == 1 {
			cmd = study.EndDelegation{Account: "guest", Role: "monitor", Reason: "the visit is over"}
		}
		if _, err := c.app.Do(ctx, access.System, "study-7", cmd, ""); err != nil {
			return 0, err
		}
		began := time.Now()
		if _, ok := c.app.Authenticate(ctx, c.cookies[i%len(c.cookies)], "study-3", ""); !ok {
			return 0, errors.New("not authenticated")
		}
		took = append(took, micro(began))
	}
	return median(took), nil
}

// page answers what a whole page takes.
func (c *crowd) page(ctx context.Context) (float64, error) {
	took := make([]float64, 0, authPages)
	for range authPages {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/s/study-3/today", nil)
		r.AddCookie(&http.Cookie{Name: "varde-session", Value: c.cookies[slices.Index(c.roles, "coordinator")]})
		rec := httptest.NewRecorder()
		began := time.Now()
		c.pages.ServeHTTP(rec, r)
		took = append(took, micro(began))
		if rec.Code != http.StatusOK {
			return 0, fmt.Errorf("the page answered %d", rec.Code)
		}
	}
	return median(took), nil
}

func micro(began time.Time) float64 { return float64(time.Since(began).Nanoseconds()) / 1000 }
