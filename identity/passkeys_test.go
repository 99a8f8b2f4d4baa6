package identity

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"varde/identity/authenticatortest"
)

func TestFirstAdministrator(t *testing.T) {
	h := open(t)
	old := must2(h.Bootstrap(h.ctx))(t)
	link := must2(h.Bootstrap(h.ctx))(t)
	if !strings.HasPrefix(link, home+"/link#") {
		t.Errorf("the link is %q", link)
	}
	_, err := h.BeginLink(h.ctx, old, desk)
	refused(t, "the old link", err, ErrLink)
	_, opened := h.join(link)
	if opened.Session.Method != "passkey" || len(opened.Recovery) != 10 || opened.Session.OnlyKeys() {
		t.Errorf("opened %+v", opened)
	}
	a, there, err := h.Account(h.ctx, "administrator")
	if err != nil || !there || len(a.Roles) != 1 || len(a.Passkeys) != 1 || a.RecoveryLeft != 10 {
		t.Errorf("account %+v, %v", a, err)
	}
	_, err = h.Bootstrap(h.ctx)
	refused(t, "a second first administrator", err, ErrInvalid)
	_, err = h.BeginLink(h.ctx, link, desk)
	refused(t, "the used link", err, ErrLink)
	ok(t, h.Disable(h.ctx, By{console, "administrator"}, "administrator", "left"))
	again := must2(h.Bootstrap(h.ctx))(t)
	if a := must2(h.Peek(h.ctx, again, desk))(t); a.ID != "administrator" || !a.Disabled.IsZero() {
		t.Errorf("the new link opens %+v", a)
	}
	h.rebuilt()
}

func TestPasskeySignIn(t *testing.T) {
	h := open(t)
	key, first := h.staff("kari")
	second := must2(h.signIn(key))(t)
	if second.Token == first.Token || second.Session.ID == first.Session.ID {
		t.Error("a sign-in opened the session that was there before")
	}
	in, there := h.Resume(h.ctx, second.Token)
	if !there || in.Account != "kari" || in.Method != "passkey" || in.Device != desk.Device || !in.Fresh.Equal(h.now()) {
		t.Errorf("resumed %+v", in)
	}
	if n := h.count("sessions/kari", sessionOpened); n != 2 {
		t.Errorf("%d sessions in the log", n)
	}
	for _, e := range h.events("") {
		if bytes.Contains(e.Payload, []byte(second.Token)) {
			t.Error("the token stands in the log")
		}
	}
	h.rebuilt()
}

// Every lie that an authenticator or what stands before it can tell.
func TestForgedSignIns(t *testing.T) {
	for name, lie := range map[string]func(h *house, k *authenticatortest.Authenticator){
		"another origin":           func(_ *house, k *authenticatortest.Authenticator) { k.Origin = "https://varde.example.com" },
		"another scheme":           func(_ *house, k *authenticatortest.Authenticator) { k.Origin = "http://varde.example.org" },
		"another host's passkey":   func(_ *house, k *authenticatortest.Authenticator) { k.RPID = "example.com" },
		"another challenge":        func(_ *house, k *authenticatortest.Authenticator) { k.Challenge = make([]byte, 32) },
		"a registration's type":    func(_ *house, k *authenticatortest.Authenticator) { k.Type = "webauthn.create" },
		"user not verified":        func(_ *house, k *authenticatortest.Authenticator) { k.NoUser = true },
		"nobody there":             func(_ *house, k *authenticatortest.Authenticator) { k.NoPresence = true },
		"in a frame":               func(_ *house, k *authenticatortest.Authenticator) { k.CrossOrigin = true },
		"another's handle":         func(_ *house, k *authenticatortest.Authenticator) { k.OtherHandle = []byte("somebody") },
		"a signature that is not":  func(_ *house, k *authenticatortest.Authenticator) { k.BadSignature = true },
		"a counter that went back": func(_ *house, k *authenticatortest.Authenticator) { k.Step = -1 },
		"a counter that stood":     func(_ *house, k *authenticatortest.Authenticator) { k.Step = 0 },
		"a disabled account":       func(h *house, _ *authenticatortest.Authenticator) { ok(h.t, h.Disable(h.ctx, admin, "kari", "left")) },
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			key, _ := h.staff("kari")
			must2(h.signIn(key))(t)
			honest := *key
			before := h.count("sessions/kari", sessionOpened)
			lie(h, key)
			opened, err := h.signIn(key)
			refused(t, name, err, ErrDenied)
			if opened.Token != "" || h.count("sessions/kari", sessionOpened) != before {
				t.Error("a session was opened")
			}
			if h.count("sessions/kari", signinFailed) != 1 {
				t.Error("the failure is in no event")
			}
			if strings.HasPrefix(name, "a counter") != (h.count("sessions/kari", passkeyCopied) == 1) {
				t.Error("a counter that does not go on is an event, and nothing else is that event")
			}
			if name != "a disabled account" {
				honest.Counter += 5
				must2(h.signIn(&honest))(t) // nobody is locked out by the lies of others
			}
			h.rebuilt()
		})
	}
}

func TestTicketsAreGoodOnce(t *testing.T) {
	h := open(t)
	key, opened := h.staff("kari")
	o := must2(h.BeginPasskey(h.ctx, desk))(t)
	answer := must2(key.Assert(o.JSON))(t)
	must2(h.FinishPasskey(h.ctx, o.Ticket, answer, desk))(t)
	_, err := h.FinishPasskey(h.ctx, o.Ticket, answer, desk)
	refused(t, "a replayed ticket", err, ErrDenied)
	other := must2(h.BeginPasskey(h.ctx, desk))(t)
	_, err = h.FinishPasskey(h.ctx, other.Ticket, answer, desk)
	refused(t, "a replayed answer", err, ErrDenied)
	_, err = h.FinishPasskey(h.ctx, "made-up", answer, desk)
	refused(t, "a forged ticket", err, ErrDenied)

	late := must2(h.BeginPasskey(h.ctx, desk))(t)
	answer = must2(key.Assert(late.JSON))(t)
	h.wait(5 * time.Minute)
	_, err = h.FinishPasskey(h.ctx, late.Ticket, answer, desk)
	refused(t, "a ticket of five minutes ago", err, ErrDenied)

	in, _ := h.Resume(h.ctx, opened.Token)
	signIn := must2(h.BeginPasskey(h.ctx, desk))(t)
	answer = must2(key.Assert(signIn.JSON))(t)
	_, err = h.FinishPresence(h.ctx, in, signIn.Ticket, answer)
	refused(t, "a sign-in's ticket for a signature", err, ErrDenied)
}

func TestPresenceSignsItsChallenge(t *testing.T) {
	h := open(t)
	key, opened := h.staff("kari")
	h.wait(10 * time.Minute)
	in, _ := h.Resume(h.ctx, opened.Token)
	record, another := sha256.Sum256([]byte("record")), sha256.Sum256([]byte("another"))
	_, err := h.BeginPasskeyAdd(h.ctx, in)
	refused(t, "adding a key ten minutes later", err, ErrStale)

	o := must2(h.BeginPresence(h.ctx, in, record[:]))(t)
	a := must2(h.FinishPresence(h.ctx, in, o.Ticket, must2(key.Assert(o.JSON))(t)))(t)
	ok(t, VerifyAssertion(a, record[:], h.Origins(), h.RPID()))
	if in, _ = h.Resume(h.ctx, opened.Token); !in.Fresh.Equal(h.now()) {
		t.Error("presence did not make the session fresh")
	}
	must2(h.BeginPasskeyAdd(h.ctx, in))(t)

	// The answer for one record is none for another, and another person's is none.
	o = must2(h.BeginPresence(h.ctx, in, another[:]))(t)
	key.Challenge = record[:]
	_, err = h.FinishPresence(h.ctx, in, o.Ticket, must2(key.Assert(o.JSON))(t))
	refused(t, "an answer for another record", err, ErrDenied)
	key.Challenge = nil
	theirs, theirSession := h.staff("ola")
	o = must2(h.BeginPresence(h.ctx, theirSession.Session, record[:]))(t)
	answer := must2(theirs.Assert(o.JSON))(t)
	_, err = h.FinishPresence(h.ctx, in, o.Ticket, answer)
	refused(t, "another session's ticket", err, ErrDenied)
	o = must2(h.BeginPresence(h.ctx, in, record[:]))(t)
	theirs.Challenge = nil
	_, err = h.FinishPresence(h.ctx, in, o.Ticket, answer)
	refused(t, "another person's passkey", err, ErrDenied)
	_, err = h.BeginPresence(h.ctx, in, []byte("short"))
	refused(t, "a challenge of five bytes", err, ErrInvalid)
	_, err = h.BeginPresence(h.ctx, Session{ID: in.ID, Account: "kari"}, nil)
	refused(t, "a session made by hand", err, ErrDenied)
	h.rebuilt()
}

func TestVerifyAssertion(t *testing.T) {
	h := open(t)
	key, opened := h.staff("kari")
	record := sha256.Sum256([]byte("record"))
	o := must2(h.BeginPresence(h.ctx, opened.Session, record[:]))(t)
	good := must2(h.FinishPresence(h.ctx, opened.Session, o.Ticket, must2(key.Assert(o.JSON))(t)))(t)
	other, otherSession := h.staff("ola")
	_ = other
	ola, _, _ := h.Account(h.ctx, otherSession.Session.Account)
	origins := []string{home}
	ok(t, VerifyAssertion(good, record[:], origins, "varde.example.org"))
	swap := func(change func(*Assertion)) Assertion {
		a := good
		a.Authenticator, a.ClientData, a.Signature = bytes.Clone(a.Authenticator), bytes.Clone(a.ClientData), bytes.Clone(a.Signature)
		change(&a)
		return a
	}
	for name, err := range map[string]error{
		"other challenge": VerifyAssertion(good, make([]byte, 32), origins, "varde.example.org"),
		"no challenge":    VerifyAssertion(good, nil, origins, "varde.example.org"),
		"other origin":    VerifyAssertion(good, record[:], []string{"https://example.com"}, "varde.example.org"),
		"other host":      VerifyAssertion(good, record[:], origins, "example.org"),
		"no user":         VerifyAssertion(swap(func(a *Assertion) { a.Authenticator[32] &^= flagVerified }), record[:], origins, "varde.example.org"),
		"counter changed": VerifyAssertion(swap(func(a *Assertion) { a.Authenticator[36] ^= 1 }), record[:], origins, "varde.example.org"),
		"cut short":       VerifyAssertion(swap(func(a *Assertion) { a.Authenticator = a.Authenticator[:36] }), record[:], origins, "varde.example.org"),
		"client data":     VerifyAssertion(swap(func(a *Assertion) { a.ClientData = append(a.ClientData, ' ') }), record[:], origins, "varde.example.org"),
		"signature":       VerifyAssertion(swap(func(a *Assertion) { a.Signature[8] ^= 1 }), record[:], origins, "varde.example.org"),
		"other key":       VerifyAssertion(swap(func(a *Assertion) { a.Key = ola.Passkeys[0].Key }), record[:], origins, "varde.example.org"),
		"no key":          VerifyAssertion(swap(func(a *Assertion) { a.Key = nil }), record[:], origins, "varde.example.org"),
		"nothing":         VerifyAssertion(Assertion{}, record[:], origins, "varde.example.org"),
	} {
		if err == nil {
			t.Errorf("%s: it verifies", name)
		}
	}
}

func TestOwnPasskeys(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	in := opened.Session
	second := authenticatortest.New(home)
	o := must2(h.BeginPasskeyAdd(h.ctx, in))(t)
	ok(t, h.FinishPasskeyAdd(h.ctx, in, o.Ticket, must2(second.Register(o.JSON))(t), "  laptop\x00 "))
	with := must2(h.signIn(second))(t)
	a, _, _ := h.Account(h.ctx, "kari")
	if len(a.Passkeys) != 2 || a.Passkeys[1].Name != "laptop" {
		t.Fatalf("passkeys %+v", a.Passkeys)
	}
	refused(t, "a passkey that is not there", h.RevokePasskey(h.ctx, in, "AAAA"), ErrInvalid)
	ok(t, h.RevokePasskey(h.ctx, in, a.Passkeys[1].ID))
	if _, there := h.Resume(h.ctx, with.Token); there {
		t.Error("a session goes on that was opened with the revoked passkey")
	}
	_, err := h.signIn(second)
	refused(t, "a revoked passkey", err, ErrDenied)
	p, own := h.participant("1001")
	_ = p
	me, _, _ := h.Account(h.ctx, "1001")
	refused(t, "the only key", h.RevokePasskey(h.ctx, own.Session, me.Passkeys[0].ID), ErrLastKey)
	h.rebuilt()
}

// A passkey that was taken from another account's answer cannot be registered again.
func TestPasskeyBelongsToOneAccount(t *testing.T) {
	h := open(t)
	key, _ := h.staff("kari")
	_, ola := h.staff("ola")
	o := must2(h.BeginPasskeyAdd(h.ctx, ola.Session))(t)
	answer := must2(key.Register(o.JSON))(t)
	ok(t, h.FinishPasskeyAdd(h.ctx, ola.Session, o.Ticket, answer, "a"))
	o = must2(h.BeginPasskeyAdd(h.ctx, ola.Session))(t)
	err := h.FinishPasskeyAdd(h.ctx, ola.Session, o.Ticket, answer, "replayed")
	refused(t, "a replayed registration", err, ErrDenied)
	for name, lie := range map[string]func(k *authenticatortest.Authenticator){
		"another origin": func(k *authenticatortest.Authenticator) { k.Origin = "https://evil.example" },
		"another host":   func(k *authenticatortest.Authenticator) { k.RPID = "evil.example" },
		"no user":        func(k *authenticatortest.Authenticator) { k.NoUser = true },
		"challenge":      func(k *authenticatortest.Authenticator) { k.Challenge = make([]byte, 32) },
		"type":           func(k *authenticatortest.Authenticator) { k.Type = "webauthn.get" },
	} {
		k := authenticatortest.New(home)
		lie(k)
		o := must2(h.BeginPasskeyAdd(h.ctx, ola.Session))(t)
		err := h.FinishPasskeyAdd(h.ctx, ola.Session, o.Ticket, must2(k.Register(o.JSON))(t), "x")
		refused(t, "registering with "+name, err, ErrDenied)
	}
}

func TestAddressesThatHaveNoPasskeys(t *testing.T) {
	h := open(t, func(c *Config) { c.URL = "http://127.0.0.1:8080" })
	if _, err := h.BeginPasskey(h.ctx, desk); !errors.Is(err, errNoHost) {
		t.Errorf("a number as host: %v", err)
	}
	for _, bad := range []string{"http://varde.example.org", "varde.example.org", "https://a/b", "https://u:p@a", "ftp://localhost", "https://a?x=1"} {
		cfg := h.cfg
		cfg.URL = bad
		if _, err := New(h.ctx, cfg); err == nil {
			t.Errorf("the address %q is taken", bad)
		}
	}
	cfg := h.cfg
	cfg.URL, cfg.Origins = "https://Varde.Example.org:443/", []string{"https://www.varde.example.org"}
	s := must2(New(h.ctx, cfg))(t)
	defer s.Close(h.ctx)
	if got := s.Origins(); got[0] != home || got[1] != "https://www.varde.example.org" || s.RPID() != "varde.example.org" {
		t.Errorf("origins %q, host %q", got, s.RPID())
	}
}
