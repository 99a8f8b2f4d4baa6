package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestPasswordSignIn(t *testing.T) {
	h := open(t)
	key, opened := h.staff("kari")
	other := must2(h.signIn(key))(t)
	code, recovery := h.password(opened.Session)
	if len(recovery) != 10 {
		t.Errorf("%d recovery codes", len(recovery))
	}
	if _, there := h.Resume(h.ctx, other.Token); there {
		t.Error("another session outlived a new password")
	}
	if _, there := h.Resume(h.ctx, opened.Token); !there {
		t.Error("the session that set the password ended")
	}
	_, err := h.SignInPassword(h.ctx, "kari", goodPassword, code(), desk)
	refused(t, "the code that confirmed it, again", err, ErrDenied)
	h.wait(30 * time.Second)
	now := code()
	in := must2(h.SignInPassword(h.ctx, " kari ", goodPassword, now[:3]+" "+now[3:], desk))(t)
	if in.Session.Method != "password" || in.Session.Account != "kari" {
		t.Errorf("opened %+v", in.Session)
	}
	_, err = h.SignInPassword(h.ctx, "kari", goodPassword, now, desk)
	refused(t, "a replayed code", err, ErrDenied)
	h.wait(30 * time.Second)
	old := code()
	h.wait(30 * time.Second)
	must2(h.SignInPassword(h.ctx, "kari", goodPassword, old, desk))(t) // a clock that is behind
	h.wait(60 * time.Second)
	old = code()
	h.wait(60 * time.Second)
	_, err = h.SignInPassword(h.ctx, "kari", goodPassword, old, desk)
	refused(t, "a code of a minute ago", err, ErrDenied)

	for _, e := range h.events("") {
		for _, secret := range []string{goodPassword, "argon2id", now, recovery[0], strings.ReplaceAll(recovery[0], "-", "")} {
			if bytes.Contains(e.Payload, []byte(secret)) {
				t.Errorf("%q stands in the event %s", secret, e.Type)
			}
		}
	}
	h.rebuilt()
	h.wait(30 * time.Second)
	must2(h.SignInPassword(h.ctx, "kari", goodPassword, code(), desk))(t)
}

func TestPresenceByPassword(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	code, _ := h.password(opened.Session)
	h.wait(10 * time.Minute)
	in, _ := h.Resume(h.ctx, opened.Token)
	refused(t, "a wrong password", h.ProvePassword(h.ctx, in, "wrong", code(), desk), ErrDenied)
	refused(t, "a wrong code", h.ProvePassword(h.ctx, in, goodPassword, "000000", desk), ErrDenied)
	_, err := h.NewRecovery(h.ctx, in)
	refused(t, "new codes without presence", err, ErrStale)
	ok(t, h.ProvePassword(h.ctx, in, goodPassword, code(), desk))
	if in, _ = h.Resume(h.ctx, opened.Token); !in.Fresh.Equal(h.now()) {
		t.Error("not fresh")
	}
	must2(h.NewRecovery(h.ctx, in))(t)
	h.rebuilt()
}

// What takes the time is hashing: it is done once for every attempt, whoever it is.
func TestUnknownAccountCostsTheSame(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	h.staff("ola") // has no password
	code, _ := h.password(opened.Session)
	for name, try := range map[string]func() (Opening, error){
		"unknown":        func() (Opening, error) { return h.SignInPassword(h.ctx, "nobody", goodPassword, code(), desk) },
		"no account":     func() (Opening, error) { return h.SignInPassword(h.ctx, "a\nb", goodPassword, code(), desk) },
		"no password":    func() (Opening, error) { return h.SignInPassword(h.ctx, "ola", goodPassword, code(), desk) },
		"wrong password": func() (Opening, error) { return h.SignInPassword(h.ctx, "kari", "wrong", code(), desk) },
		"long password": func() (Opening, error) {
			return h.SignInPassword(h.ctx, "kari", strings.Repeat("x", 1<<20), code(), desk)
		},
		"wrong code": func() (Opening, error) { return h.SignInPassword(h.ctx, "kari", goodPassword, "abcdef", desk) },
	} {
		before := h.hasher.runs.Load()
		_, err := try()
		if err == nil || err.Error() != ErrDenied.Error() {
			t.Errorf("%s: %v", name, err)
		}
		if n := h.hasher.runs.Load() - before; n != 1 {
			t.Errorf("%s: hashed %d times", name, n)
		}
	}
	if h.count(unknownStream, signinFailed) != 2 || h.count("sessions/kari", signinFailed) != 3 {
		t.Error("not every failure is an event")
	}
	for _, e := range h.events(unknownStream) {
		if bytes.Contains(e.Payload, []byte("nobody")) || fields(t, e)["name"] == "" {
			t.Errorf("an unknown name in the log: %s", e.Payload)
		}
	}
}

func TestGuessingWaits(t *testing.T) {
	h := open(t)
	key, opened := h.staff("kari")
	code, recovery := h.password(opened.Session)
	h.wait(time.Hour)
	for _, who := range []string{"kari", "nobody"} {
		wait := 2 * time.Second
		for i := range 5 {
			_, err := h.SignInPassword(h.ctx, who, "wrong", "000000", Source{Network: fmt.Sprint(i)})
			refused(t, "a wrong password", err, ErrDenied)
		}
		for i := range 12 {
			before := h.hasher.runs.Load()
			_, err := h.SignInPassword(h.ctx, who, goodPassword, code(), Source{Network: fmt.Sprint("n", i)})
			var w *WaitError
			if !errors.As(err, &w) || w.For != wait || h.hasher.runs.Load() != before {
				t.Fatalf("%s after %d failures: %v, want a wait of %v", who, 5+i, err, wait)
			}
			h.wait(w.For)
			_, err = h.SignInPassword(h.ctx, who, "wrong", "000000", Source{Network: fmt.Sprint("m", i)})
			refused(t, "guessing on", err, ErrDenied)
			wait = min(2*wait, 15*time.Minute)
		}
	}
	must2(h.signIn(key))(t)                                          // a passkey does not wait,
	must2(h.SignInRecovery(h.ctx, "kari", recovery[0], Source{}))(t) // nor does a recovery code
	h.wait(15 * time.Minute)
	must2(h.SignInPassword(h.ctx, "kari", goodPassword, code(), desk))(t)
	_, err := h.SignInPassword(h.ctx, "kari", "wrong", "000000", desk)
	refused(t, "one failure after success", err, ErrDenied)
	h.wait(30 * time.Second)
	must2(h.SignInPassword(h.ctx, "kari", goodPassword, code(), desk))(t)
}

// Many guesses sent at once are not more than many sent one by one.
func TestGuessingAtOnce(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	h.password(opened.Session)
	before := h.hasher.runs.Load()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if _, err := h.SignInPassword(h.ctx, "kari", "wrong", "000000", Source{Network: fmt.Sprint(i)}); err == nil {
				t.Error("let in")
			}
		})
	}
	wg.Wait()
	if n := h.hasher.runs.Load() - before; n > 5 {
		t.Errorf("%d guesses at once", n)
	}
}

// Of many who bring the same code at once, one is let in.
func TestCodeIsGoodOnceUnderRace(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	code, _ := h.password(opened.Session)
	h.wait(30 * time.Second)
	nodes := []*Service{h.Service, h.again(), h.again()}
	var in atomic.Int64
	var wg sync.WaitGroup
	for i := range 9 {
		wg.Go(func() {
			if _, err := nodes[i%3].SignInPassword(h.ctx, "kari", goodPassword, code(), Source{Network: fmt.Sprint(i)}); err == nil {
				in.Add(1)
			}
		})
	}
	wg.Wait()
	if in.Load() != 1 {
		t.Errorf("one code let %d in", in.Load())
	}
}

func TestWeakPasswords(t *testing.T) {
	a := blank("karinordmann")
	a.Name = "Kari Elisabeth Nordmann"
	for password, code := range map[string]string{
		"short":                         "too-short",
		"elevenchars":                   "too-short",
		"åååååå":                        "too-short",
		strings.Repeat("ab c", 65):      "too-long",
		"\xff\xfeabcdefghijkl":          "not-text",
		"karinordmann":                  "is-name",
		"KariNordmann":                  "is-name",
		"karinordmann2026":              "is-name",
		"kari elisabeth nordmann":       "is-name",
		"password1234":                  "common",
		"P@ssw0rd2026!":                 "common",
		"passordpassord":                "common",
		"Sommer2026!!!!":                "common",
		"welcomehospital":               "common",
		"sykehuset1234":                 "common",
		"aaaaaaaaaaaaaa":                "common",
		"abcabcabcabc":                  "common",
		"123456789012":                  "common",
		"qwertyuiop12":                  "common",
		"1qaz2wsx3edc":                  "common",
		"asdfghjklzxcvbnm":              "common",
		"abcdefghijklmnop":              "common",
		"iloveyou12345":                 "common",
		"!!!!123456789!!!!":             "common",
		"varde varde v":                 "common",
		goodPassword:                    "",
		"tre små fisker i en bekk":      "",
		"kjelleren lukter av epler":     "",
		"7h4xQ-pl0v3-rtz":               "",
		strings.Repeat("ord nr 1 ", 28): "common",
	} {
		err := checkPassword(a, password)
		var p *PasswordError
		switch {
		case code == "" && err != nil:
			t.Errorf("%q is refused: %v", password, err)
		case code != "" && (!errors.As(err, &p) || p.Code != code || !p.Text.Complete() || !errors.Is(err, ErrInvalid)):
			t.Errorf("%q: %v, want %s", password, err, code)
		}
	}
	// The same word typed on different keyboards is the same password.
	if normal("pa\u030assord for mange") != normal("p\u00e5ssord for mange") {
		t.Error("NFKC is not applied")
	}
}

func TestRecovery(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	codes := opened.Recovery
	typed := " " + strings.ToUpper(strings.ReplaceAll(codes[0], "-", " ")) + " "
	in := must2(h.SignInRecovery(h.ctx, "kari", typed, desk))(t)
	if !in.Session.OnlyKeys() || !in.Session.Ends.Equal(h.now().Add(onlyKeysEnds)) {
		t.Errorf("opened %+v", in.Session)
	}
	_, err := h.SignInRecovery(h.ctx, "kari", codes[0], desk)
	refused(t, "a used code", err, ErrDenied)
	for _, bad := range []string{"", "abcd", "aaaa-aaaa-aaaa-aaaa", strings.Repeat("a", 1<<16)} {
		_, err := h.SignInRecovery(h.ctx, "kari", bad, desk)
		refused(t, "a forged code", err, ErrDenied)
	}
	_, err = h.SignInRecovery(h.ctx, "nobody", codes[1], desk)
	refused(t, "nobody's code", err, ErrDenied)
	_, err = h.BeginPresence(h.ctx, in.Session, nil)
	refused(t, "presence in such a session", err, ErrDenied)
	h.wait(20 * time.Minute)
	must2(h.BeginPasskeyAdd(h.ctx, in.Session))(t) // time enough to find a new phone
	fresh := must2(h.NewRecovery(h.ctx, in.Session))(t)
	_, err = h.SignInRecovery(h.ctx, "kari", codes[1], desk)
	refused(t, "a code from before", err, ErrDenied)
	must2(h.SignInRecovery(h.ctx, "kari", fresh[9], desk))(t)
	if a, _, _ := h.Account(h.ctx, "kari"); a.RecoveryLeft != 9 {
		t.Errorf("%d left", a.RecoveryLeft)
	}
	h.rebuilt()
}

func TestHashGrows(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	code, _ := h.password(opened.Session)
	h.cfg.Hash = Hash{Memory: 128, Time: 2, Threads: 1}
	next := h.again()
	h.wait(30 * time.Second)
	must2(next.SignInPassword(h.ctx, "kari", goodPassword, code(), desk))(t)
	if h.count("account/kari", passwordStirred) != 1 {
		t.Fatal("the password was not hashed anew")
	}
	a := must2(next.load(h.ctx, "kari"))(t)
	text := must2(h.cfg.Vault.Open(h.ctx, owner("kari"), "password", a.password))(t)
	if !strings.Contains(text, "m=128,t=2,p=1") {
		t.Errorf("hash %q", text)
	}
	h.wait(30 * time.Second)
	must2(next.SignInPassword(h.ctx, "kari", goodPassword, code(), desk))(t)
	if h.count("account/kari", passwordStirred) != 1 {
		t.Error("hashed anew without need")
	}
	h.rebuilt()
	ok(t, h.cfg.Vault.Erase(h.ctx, owner("kari")))
	h.wait(30 * time.Second)
	_, err := next.SignInPassword(h.ctx, "kari", goodPassword, code(), desk)
	refused(t, "a password whose key was destroyed", err, ErrDenied)
}

func TestHashingRespectsWhoLeaves(t *testing.T) {
	h := open(t)
	ok(t, h.hasher.turns.Acquire(h.ctx, 1))
	for h.hasher.turns.TryAcquire(1) { // all turns are taken
	}
	ctx, cancel := context.WithCancel(h.ctx)
	cancel()
	if _, err := h.SignInPassword(ctx, "nobody", "x", "", desk); !errors.Is(err, context.Canceled) {
		t.Errorf("a sign-in that nobody waits for: %v", err)
	}
	h.hasher.waiting.Store(manyWaiting)
	_, err := h.SignInPassword(h.ctx, "nobody", "x", "", desk)
	refused(t, "too many in the queue", err, ErrWait)
	if n := h.hasher.waiting.Load(); n != manyWaiting {
		t.Errorf("%d wait", n)
	}
}

func TestDefaultHashIsStrongEnough(t *testing.T) {
	// OWASP Password Storage Cheat Sheet: m=46 MiB t=1, m=19 MiB t=2, or stronger.
	d := DefaultHash
	if !(d.Memory >= 47104 && d.Time >= 1 || d.Memory >= 19456 && d.Time >= 2) || d.Threads != 1 {
		t.Errorf("default %+v", d)
	}
	for _, bad := range []Hash{{Memory: 1, Time: 1, Threads: 1}, {Memory: 19456, Threads: 1}, {Memory: 19456, Time: 2}} {
		cfg := Config{Store: open(t).store, Hash: bad}
		cfg.Vault = open(t).cfg.Vault
		if _, err := New(t.Context(), cfg); err == nil {
			t.Errorf("the cost %+v is taken", bad)
		}
	}
	for _, bad := range []string{"", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$AA$AA", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA"} {
		if _, _, _, err := parseHash(bad); err == nil {
			t.Errorf("%q is read as a hash", bad)
		}
	}
}
