package identity

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What strangers can begin is bounded per network, before anything is looked up; and
// one network's noise is no other's.
func TestBeginningsAreBounded(t *testing.T) {
	for name, begin := range map[string]func(*house, string, Source) error{
		"a passkey":   func(h *house, _ string, from Source) error { _, err := h.BeginPasskey(h.ctx, from); return err },
		"a link":      func(h *house, link string, from Source) error { _, err := h.Peek(h.ctx, link, from); return err },
		"a first key": func(h *house, link string, from Source) error { _, err := h.BeginLink(h.ctx, link, from); return err },
		"a provider": func(h *house, _ string, from Source) error {
			_, _, err := h.BeginProvider(h.ctx, "hospital", "", from)
			return err
		},
	} {
		f := newForger(t)
		h := open(t, hospital(f.URL), func(c *Config) { c.Limits.PerSource = 2 })
		link := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Staff}))(t)
		for i := range 2 * beginsPer {
			if err := begin(h, link, desk); err != nil {
				t.Fatalf("%s: the beginning %d: %v", name, i, err)
			}
		}
		err := begin(h, link, desk)
		var wait *WaitError
		if !errors.As(err, &wait) || wait.For <= 0 || wait.For > time.Minute {
			t.Errorf("%s: one too many: %v", name, err)
		}
		ok(t, begin(h, link, Source{Network: "198.51.100.0/24"}))
		if h.count(unknownStream, signinFailed) != 1 {
			t.Errorf("%s: the log does not tell that somebody was made to wait", name)
		}
		h.wait(wait.For)
		if err := begin(h, link, desk); err != nil {
			t.Errorf("%s: after having waited: %v", name, err)
		}
	}
}

// A link that is used up, forged or too long is refused and stands in the log.
func TestDeadLinksAreLogged(t *testing.T) {
	h := open(t, hospital("https://login.example"))
	link := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Staff}))(t)
	h.join(link)
	for _, dead := range []string{link, strings.Repeat("A", 43), strings.Repeat("A", 1<<20), home + "/link#"} {
		_, err := h.Peek(h.ctx, dead, desk)
		refused(t, "looking", err, ErrLink)
		_, err = h.BeginLink(h.ctx, dead, desk)
		refused(t, "beginning", err, ErrLink)
		_, _, err = h.BeginProvider(h.ctx, "hospital", dead, desk)
		refused(t, "leaving with it", err, ErrLink)
	}
	if n := h.count(unknownStream, signinFailed) + h.count("sessions/kari", signinFailed); n != 12 {
		t.Errorf("%d of 12 stand in the log", n)
	}
	for _, e := range h.events("") {
		if strings.Contains(string(e.Payload), strings.Repeat("A", 43)) {
			t.Error("what was given as a link stands in the log")
		}
	}
}

func TestOversizeReturns(t *testing.T) {
	h := open(t, hospital("https://login.example"))
	long := strings.Repeat("x", 1<<20)
	for _, x := range [][3]string{{long, "s", "c"}, {"s", long, "c"}, {"s", "s", long}} {
		_, err := h.FinishProvider(h.ctx, "hospital", x[0], x[1], x[2], desk)
		refused(t, "a return without a beginning", err, ErrReturn)
	}
	_, err := h.FinishPasskey(h.ctx, long, []byte(long), desk)
	refused(t, "a long ticket", err, ErrDenied)
}

// An invitation of somebody who is there already is told apart in the log.
func TestInvitingAnewIsARenewal(t *testing.T) {
	h := open(t)
	must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Name: "Kari", Kind: Staff}))(t)
	link := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Name: "Kari Nordmann", Kind: Staff}))(t)
	var told []string
	for _, e := range h.events("account/kari") {
		text, facts := Describe(e)
		told = append(told, e.Type+" "+facts["purpose"])
		if e.Type == accountRenewed && (!strings.Contains(text.EN, "anew") || !strings.Contains(text.NB, "på nytt")) {
			t.Errorf("told as %v", text)
		}
	}
	if got := strings.Join(told, ", "); got != "account.invited , link.made invitation, account.renewed , link.made renewal" {
		t.Errorf("the log says %s", got)
	}
	if a := must2(h.Peek(h.ctx, link, desk))(t); a.Name != "Kari Nordmann" || !a.Until.Equal(h.now().Add(h.Limits().Link)) {
		t.Errorf("the link opens %+v", a)
	}
	h.rebuilt()
}

// Nobody is left outside: the last administrator stays, but for the console.
func TestTheLastAdministratorStays(t *testing.T) {
	h := open(t)
	must2(h.Bootstrap(h.ctx))(t)
	// Without a key an administrator is none who could be the last.
	ok(t, h.TakeRole(h.ctx, admin, "administrator", "administrator"))
	h.join(must2(h.Bootstrap(h.ctx))(t))
	refused(t, "disabling the last", h.Disable(h.ctx, admin, "administrator", "left"), ErrInvalid)
	refused(t, "taking the last one's role", h.TakeRole(h.ctx, admin, "administrator", "administrator"), ErrInvalid)
	ok(t, h.TakeRole(h.ctx, admin, "administrator", "auditor"))
	h.staff("kari")
	must2(h.Invite(h.ctx, admin, Invitation{ID: "ola", Kind: Staff, Roles: []string{"administrator"}}))(t)
	refused(t, "while the other cannot sign in yet", h.Disable(h.ctx, admin, "administrator", "left"), ErrInvalid)
	ok(t, h.GiveRole(h.ctx, admin, "kari", "administrator"))
	ok(t, h.Disable(h.ctx, admin, "administrator", "left"))
	refused(t, "the other one, who is now the last", h.Disable(h.ctx, By{"kari", "administrator"}, "kari", "left"), ErrInvalid)
	ok(t, h.Disable(h.ctx, By{console, "administrator"}, "kari", "stolen"))
	must2(h.Bootstrap(h.ctx))(t)
}

func TestLimitsInForce(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.Tries = 3 })
	if l := h.Limits(); l.Tries != 3 || l.Link != 72*time.Hour || l.LinkOwn != 30*time.Minute || l.PerSource != 30 {
		t.Errorf("limits %+v", l)
	}
}

// Who came by single sign-on is as fresh as the provider says; with a link, as that.
// To be asked again means that the provider has to let them in anew.
func TestFreshThroughAProvider(t *testing.T) {
	f := newForger(t)
	h := open(t, hospital(f.URL))
	begin := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	entered := func(at time.Time) { f.claims = func(c map[string]any) { c["auth_time"] = at.Unix() } }
	through := func(address, secret string, err error) (Opening, error) {
		ok(t, err)
		q := must2(url.Parse(address))(t).Query()
		f.nonce = q.Get("nonce")
		return h.FinishProvider(h.ctx, "hospital", secret, q.Get("state"), "code", desk)
	}
	link := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Staff}))(t)
	first := must2(through(h.BeginProvider(h.ctx, "hospital", link, desk)))(t)
	must2(h.BeginPasskeyAdd(h.ctx, first.Session))(t)

	silent := must2(through(h.BeginProvider(h.ctx, "hospital", "", desk)))(t)
	if !silent.Session.Fresh.IsZero() {
		t.Errorf("the provider says nothing, and the session is fresh of %v", silent.Session.Fresh)
	}
	_, err := h.BeginPasskeyAdd(h.ctx, silent.Session)
	refused(t, "a passkey from a screen left alone", err, ErrStale)
	if in, there := h.again().Resume(h.ctx, silent.Token); !there || !in.Fresh.IsZero() {
		t.Errorf("another node knows it as %+v", in)
	}
	entered(begin.Add(-6 * time.Minute))
	_, err = h.BeginPasskeyAdd(h.ctx, must2(through(h.BeginProvider(h.ctx, "hospital", "", desk)))(t).Session)
	refused(t, "signed in at the provider six minutes ago", err, ErrStale)
	entered(begin.Add(-4 * time.Minute))
	must2(h.BeginPasskeyAdd(h.ctx, must2(through(h.BeginProvider(h.ctx, "hospital", "", desk)))(t).Session))(t)
	entered(begin.Add(24 * time.Hour)) // a word that cannot be believed
	ahead := must2(through(h.BeginProvider(h.ctx, "hospital", "", desk)))(t)
	if !ahead.Session.Fresh.IsZero() {
		t.Errorf("fresh of the future: %v", ahead.Session.Fresh)
	}

	again := func() (Opening, error) {
		address, secret, err := h.BeginProviderAgain(h.ctx, silent.Session, "hospital", desk)
		if !strings.Contains(address, "prompt=login") || !strings.Contains(address, "max_age=0") {
			t.Errorf("the address asks for nothing: %s", address)
		}
		return through(address, secret, err)
	}
	f.claims = nil
	_, err = again()
	refused(t, "a provider that says nothing", err, ErrUnattested)
	entered(begin.Add(-2 * time.Minute))
	_, err = again()
	refused(t, "a provider that let them through unasked", err, ErrUnattested)
	f.claims = func(c map[string]any) { c["auth_time"], c["sub"] = begin.Unix(), "ola" }
	_, err = again()
	refused(t, "somebody else", err, ErrNotConnected)
	entered(begin)
	must2(h.BeginPasskeyAdd(h.ctx, must2(again())(t).Session))(t)
	_, _, err = h.BeginProviderAgain(h.ctx, Session{Account: "kari"}, "hospital", desk)
	refused(t, "a session made by hand", err, ErrDenied)
	h.rebuilt()
}
