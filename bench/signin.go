package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pquerna/otp/totp"

	"varde/app"
	"varde/identity"
	"varde/identity/authenticatortest"
	"varde/vault"
	"varde/web"
	"varde/web/api"
	"varde/web/api/testbed"
)

const (
	signers      = 1000 // participants: one half with a link, one half with a passkey
	passwords    = 200  // staff with a password and a code
	minute       = time.Minute
	quiet        = 10 * time.Second // of saving without anybody signing in, before and after
	atOnce       = 32               // browsers that sign in at the same time when nobody waits
	pagesAMoment = 3000             // a second that participants are enrolled for; more is not to be expected
	origin       = "http://localhost"
)

// clinic is a server with people who sign in.
type clinic struct {
	bed     *testbed.Bed
	people  *identity.Service
	ahead   atomic.Int64 // by how much the accounts' clock is ahead of the wall's
	address string
	stop    func()
	client  *http.Client
	token   string // of who saves
	ids     []string
	next    atomic.Int64 // of ids
	keys    []*authenticatortest.Authenticator
	guests  []string // accounts that sign in by link
	staff   []string
	secrets []string // of their codes
}

// signins measures saving by 64 clients, as in saves, with and without people who sign
// in at the same time, all through HTTP: 1,000 participants in a minute, by one-time
// link and by passkey; the same as fast as they come; and staff with password and
// code, whose hashing is what costs.
func signins(ctx context.Context, b *board, dir string) (err error) {
	c, err := newClinic(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close(ctx)) }()
	h := identity.DefaultHash
	hash := fmt.Sprintf("argon2id, %d KiB, %d passes, %d lane", h.Memory, h.Time, h.Threads)
	ways := []struct {
		name, note string
		over       time.Duration
		list       func(context.Context) ([]func(context.Context) error, error)
	}{
		{"paced", "1,000 participants over a minute, half by link, half by passkey", minute, c.participants},
		{"at_once", "1,000 participants as fast as they come, 32 at a time", 0, c.participants},
		{"staff", fmt.Sprintf("%d members of staff as fast as they come, password and code; %s", passwords, hash), 0, c.members},
	}
	for range b.runs {
		before, err := c.alone(ctx)
		if err != nil {
			return err
		}
		for _, x := range ways {
			list, err := x.list(ctx)
			if err != nil {
				return err
			}
			if err := c.enrol(ctx, pagesAMoment*int(20+x.over.Seconds())); err != nil {
				return err
			}
			var took []time.Duration
			used := cpuTime()
			during, err := c.saving(ctx, func() (err error) { took, err = crowding(ctx, list, x.over); return err })
			if err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
			share := 100 * (cpuTime() - used).Seconds() / (during.took.Seconds() * float64(runtime.NumCPU()))
			after, err := c.alone(ctx)
			if err != nil {
				return err
			}
			b.add("signin_"+x.name, during.took.Seconds(), "s", x.note)
			b.add("signin_"+x.name+"_p95", quantile(took, 0.95), "ms", "of one sign-in")
			b.add("signin_"+x.name+"_saves", during.rate, "pages/s", fmt.Sprintf("20 answers each, saved meanwhile by %d clients; they had %.0f %% of the processors together", clients, share))
			b.add("signin_"+x.name+"_saves_p95", during.p95, "ms", "")
			b.add("signin_"+x.name+"_saves_alone", (before.rate+after.rate)/2, "pages/s", "right before and right after, while nobody signs in")
			b.add("signin_"+x.name+"_saves_alone_p95", (before.p95+after.p95)/2, "ms", "")
			before = after
		}
	}
	return nil
}

// alone is saving while nobody signs in.
func (c *clinic) alone(ctx context.Context) (saved, error) {
	if err := c.enrol(ctx, pagesAMoment*int(quiet.Seconds())); err != nil {
		return saved{}, err
	}
	return c.saving(ctx, func() error { return wait(ctx, quiet) })
}

func newClinic(ctx context.Context, dir string) (_ *clinic, err error) {
	c := &clinic{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if c.bed, err = testbed.New(ctx, dir, testbed.Options{CacheSize: 1 << 15}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close(ctx))
		}
	}()
	ring, err := vault.NewKeyring(bytes.Repeat([]byte{5}, vault.MasterKeyBytes))
	if err != nil {
		return nil, err
	}
	keys := vault.New(c.bed.Store, ring)
	now := func() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
	if c.people, err = identity.New(ctx, identity.Config{Store: c.bed.Store, Vault: keys, Clock: now, URL: origin}); err != nil {
		return nil, err
	}
	if c.bed.App, err = app.New(ctx, app.Config{Store: c.bed.Store, SealKey: make([]byte, 32), CacheSize: 1 << 15, Vault: keys, Identity: c.people}); err != nil {
		return nil, err
	}
	x, err := api.New(c.bed.App, nil)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Config{App: c.bed.App, API: x, URL: origin, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := pages.HTTP("")
	go func() { _ = server.Serve(l) }() // ends with Close
	c.address, c.stop = l.Addr().String(), func() { _ = server.Close() }
	if c.token, err = c.bed.Token(ctx, testbed.Coordinator); err != nil {
		return nil, err
	}
	return c, c.hire(ctx)
}

func (c *clinic) close(ctx context.Context) error {
	if c.stop != nil {
		c.stop()
	}
	c.client.CloseIdleConnections()
	var err error
	if c.people != nil {
		err = c.people.Close(ctx)
	}
	return errors.Join(err, c.bed.Close())
}

// hire makes the accounts with their keys.
func (c *clinic) hire(ctx context.Context) error {
	by := identity.By{Account: "system", Role: "system"}
	secretOf := func(link string) string { return link[strings.LastIndexByte(link, '#')+1:] }
	for i := range signers {
		id := fmt.Sprintf("p-%d", i)
		link, err := c.people.Invite(ctx, by, identity.Invitation{ID: id, Kind: identity.Participant, Study: testbed.Study, Participant: fmt.Sprintf("S01-%03d", i+1)})
		if err != nil {
			return err
		}
		if i%2 == 0 {
			c.guests = append(c.guests, id)
			continue
		}
		key, from := authenticatortest.New(origin), identity.Source{Network: fmt.Sprintf("10.%d.%d.0/24", i/250, i%250)}
		o, err := c.people.BeginLink(ctx, secretOf(link), from)
		if err != nil {
			return err
		}
		answer, err := key.Register(o.JSON)
		if err != nil {
			return err
		}
		if _, err := c.people.FinishLink(ctx, secretOf(link), o.Ticket, answer, "phone", from); err != nil {
			return err
		}
		c.keys = append(c.keys, key)
	}
	for i := range passwords {
		id := fmt.Sprintf("nurse-%d", i)
		o, err := c.people.SignInDemo(ctx, id, "Nurse", identity.Source{})
		if err != nil {
			return err
		}
		address, ticket, err := c.people.BeginPassword(ctx, o.Session, "a long password of "+id)
		if err != nil {
			return err
		}
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		c.staff, c.secrets = append(c.staff, id), append(c.secrets, u.Query().Get("secret"))
		if _, err := c.people.FinishPassword(ctx, o.Session, ticket, c.code(i)); err != nil {
			return err
		}
	}
	return nil
}

func (c *clinic) code(i int) string {
	code, err := totp.GenerateCode(c.secrets[i], time.Now().Add(time.Duration(c.ahead.Load())))
	if err != nil {
		return ""
	}
	return code
}

// enrol makes participants whose first form can be saved, until so many are left.
func (c *clinic) enrol(ctx context.Context, n int) error {
	left := len(c.ids) - int(c.next.Load())
	if left >= n {
		return nil
	}
	more, err := c.bed.Enrol(ctx, "S01", len(c.ids)+1, n-left)
	c.ids = append(c.ids, more...)
	return err
}

// saved is what 64 clients did while something else went on.
type saved struct {
	rate, p95 float64
	took      time.Duration
}

// saving lets 64 clients save for as long as meanwhile goes on.
func (c *clinic) saving(ctx context.Context, meanwhile func() error) (saved, error) {
	var over atomic.Bool
	var wg sync.WaitGroup
	took, errs := make([][]time.Duration, clients), make([]error, clients)
	began := time.Now()
	for i := range clients {
		wg.Go(func() {
			for !over.Load() {
				n := int(c.next.Add(1)) - 1
				if n >= len(c.ids) {
					errs[i] = errors.New("more pages were saved than there are participants")
					return
				}
				start := time.Now()
				if errs[i] = save(ctx, c.client, c.address, c.token, c.ids[n], n); errs[i] != nil {
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	err := meanwhile()
	total := time.Since(began)
	over.Store(true)
	wg.Wait()
	if err = errors.Join(append(errs, err)...); err != nil {
		return saved{}, err
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	return saved{float64(len(all)) / total.Seconds(), quantile(all, 0.95), total}, nil
}

// crowding carries out the sign-ins, spread evenly over a time, and answers how long
// each took, sorted.
func crowding(ctx context.Context, list []func(context.Context) error, over time.Duration) ([]time.Duration, error) {
	took, errs := make([]time.Duration, len(list)), make([]error, len(list))
	work := make(chan int)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for i := range work {
				start := time.Now()
				errs[i] = list[i](ctx)
				took[i] = time.Since(start)
			}
		})
	}
	began := time.Now()
	for i := range list {
		if err := wait(ctx, time.Until(began.Add(over*time.Duration(i)/time.Duration(len(list))))); err != nil {
			break
		}
		work <- i
	}
	close(work)
	wg.Wait()
	slices.Sort(took)
	return took, errors.Join(append(errs, ctx.Err())...)
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// participants are their sign-ins; the links are made before, as a clinic does.
func (c *clinic) participants(ctx context.Context) ([]func(context.Context) error, error) {
	out := make([]func(context.Context) error, 0, signers)
	for i, id := range c.guests {
		link, err := c.people.Link(ctx, identity.By{Account: "coord-1", Role: "coordinator"}, id)
		if err != nil {
			return nil, err
		}
		secret := link[strings.LastIndexByte(link, '#')+1:]
		out = append(out, func(ctx context.Context) error {
			if _, err := c.post(ctx, 2*i, "/link", url.Values{"link": {secret}}, http.StatusOK); err != nil {
				return err
			}
			_, err := c.post(ctx, 2*i, "/link/open", url.Values{"link": {secret}}, http.StatusSeeOther)
			return err
		})
		key := c.keys[i]
		out = append(out, func(ctx context.Context) error {
			body, err := c.post(ctx, 2*i+1, "/signin/passkey/options", nil, http.StatusOK)
			if err != nil {
				return err
			}
			var o struct {
				Options json.RawMessage
				Ticket  string
			}
			if err := json.Unmarshal(body, &o); err != nil {
				return err
			}
			answer, err := key.Assert(o.Options)
			if err != nil {
				return err
			}
			_, err = c.post(ctx, 2*i+1, "/signin/passkey", url.Values{"ticket": {o.Ticket}, "answer": {string(answer)}}, http.StatusSeeOther)
			return err
		})
	}
	return out, nil
}

// members are the sign-ins of staff. A code is good once, so each round is a minute on.
func (c *clinic) members(context.Context) ([]func(context.Context) error, error) {
	c.ahead.Add(int64(time.Minute))
	out := make([]func(context.Context) error, len(c.staff))
	for i, id := range c.staff {
		out[i] = func(ctx context.Context) error {
			_, err := c.post(ctx, i, "/signin", url.Values{"account": {id}, "password": {"a long password of " + id}, "code": {c.code(i)}}, http.StatusSeeOther)
			return err
		}
	}
	return out, nil
}

// post sends a form as somebody at an address of their own.
func (c *clinic) post(ctx context.Context, who int, path string, form url.Values, want int) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.address+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.7", who/250, who%250))
	res, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if e := res.Body.Close(); err == nil {
		err = e
	}
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("%s: %d", path, res.StatusCode)
	}
	return body, err
}
