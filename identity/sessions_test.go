package identity

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSessionLimits(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	for range 20 { // active all the time
		h.wait(29 * time.Minute)
		if _, there := h.Resume(h.ctx, opened.Token); !there {
			t.Fatal("an active session ran out")
		}
	}
	h.wait(30*time.Minute + time.Second)
	if _, there := h.Resume(h.ctx, opened.Token); there {
		t.Error("a session goes on after half an hour without a request")
	}
	if got := must2(h.Sessions(h.ctx, "kari"))(t); len(got) != 0 {
		t.Errorf("the list still has %+v", got)
	}
	second := must2(h.SignInDemo(h.ctx, "kari", "", desk))(t)
	for left := 12 * time.Hour; left > 0; left -= 20 * time.Minute {
		if _, there := h.Resume(h.ctx, second.Token); !there {
			t.Fatalf("ran out %v too soon", left)
		}
		h.wait(20 * time.Minute)
	}
	if _, there := h.Resume(h.ctx, second.Token); there {
		t.Error("a session goes on after twelve hours")
	}
	h.wait(time.Second)
	ok(t, h.sweep(h.ctx))
	if n := h.count("sessions/kari", sessionsEnded); n != 1 {
		t.Errorf("swept with %d events", n)
	}
	h.rebuilt()
	_, own := h.participant("1001")
	h.wait(13 * 24 * time.Hour)
	if _, there := h.Resume(h.ctx, own.Token); !there {
		t.Error("a participant's session ran out within two weeks")
	}
	h.wait(14*24*time.Hour + time.Second)
	if _, there := h.Resume(h.ctx, own.Token); there {
		t.Error("a participant's session goes on after two idle weeks")
	}
}

func TestActivitySurvivesARestart(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	for range 5 {
		h.wait(20 * time.Minute)
		h.Resume(h.ctx, opened.Token)
	}
	h.participant("1001") // written after the activity, so that is written too
	next := h.again()
	in, there := next.Resume(h.ctx, opened.Token)
	if !there {
		t.Fatal("a restart ended a session that is used")
	}
	if !in.Seen.Equal(h.now()) {
		t.Errorf("seen %v", in.Seen)
	}
	h.rebuilt()
	if got := must2(next.Sessions(h.ctx, "kari"))(t); len(got) != 1 || got[0].Device != desk.Device {
		t.Errorf("after rebuilding: %+v", got)
	}
}

func TestEndingSessions(t *testing.T) {
	h := open(t)
	other := h.again()
	key, first := h.staff("kari")
	_, ola := h.staff("ola")
	h.wait(time.Second)
	second := must2(h.signIn(key))(t)
	h.wait(time.Second)
	third := must2(h.signIn(key))(t)
	list := must2(h.Sessions(h.ctx, "kari"))(t)
	if len(list) != 3 || list[0].ID != third.Session.ID {
		t.Fatalf("sessions %+v", list)
	}
	for _, s := range []*Service{h.Service, other} {
		if _, there := s.Resume(h.ctx, first.Token); !there {
			t.Fatal("not resumed")
		}
	}
	ok(t, h.End(h.ctx, "ola", first.Session.ID)) // another's
	if _, there := h.Resume(h.ctx, first.Token); !there {
		t.Error("somebody ended another's session")
	}
	ok(t, h.End(h.ctx, "kari", first.Session.ID))
	if _, there := h.Resume(h.ctx, first.Token); there {
		t.Error("an ended session goes on")
	}
	h.wait(sessionAge)
	if _, there := other.Resume(h.ctx, first.Token); there {
		t.Error("an ended session goes on at another node")
	}
	ok(t, h.EndAll(h.ctx, "kari", third.Session.ID))
	if _, there := h.Resume(h.ctx, second.Token); there {
		t.Error("another session goes on")
	}
	if _, there := h.Resume(h.ctx, third.Token); !there {
		t.Error("the session that was to stay ended")
	}
	ok(t, h.EndAll(h.ctx, "kari", ""))
	if got := must2(h.Sessions(h.ctx, "kari"))(t); len(got) != 0 {
		t.Errorf("left over: %+v", got)
	}
	if _, there := h.Resume(h.ctx, ola.Token); !there {
		t.Error("somebody else was signed out too")
	}
	_, err := h.BeginPasskeyAdd(h.ctx, third.Session)
	refused(t, "keys in an ended session", err, ErrDenied)
	h.rebuilt()
}

func TestForgedTokens(t *testing.T) {
	h := open(t)
	_, opened := h.staff("kari")
	for _, token := range []string{"", "vs_", opened.Token + "x", opened.Token[1:], "vs_" + strings.Repeat("A", 43), opened.Session.ID, strings.Repeat("v", 1<<16)} {
		if _, there := h.Resume(h.ctx, token); there {
			t.Errorf("%.60q opens a session", token)
		}
	}
}

func TestSourceTextIsClipped(t *testing.T) {
	h := open(t)
	o := must2(h.SignInDemo(h.ctx, "demo", "Demo", Source{Network: strings.Repeat("9", 999), Device: "evil\r\nSet-Cookie: x\x00" + strings.Repeat("å", 200)}))(t)
	if d := o.Session.Device; len(d) > 100 || strings.ContainsAny(d, "\r\n\x00") {
		t.Errorf("device %q", d)
	}
}

func TestLimitsOfASource(t *testing.T) {
	h := open(t)
	key, _ := h.staff("kari")
	for range 100 { // a clinic behind one address, which knows its keys
		must2(h.signIn(key))(t)
		h.wait(time.Second)
	}
	for i := range 30 {
		_, err := h.UseLink(h.ctx, strings.Repeat("A", 43), desk)
		refused(t, fmt.Sprint("attempt ", i), err, ErrLink)
	}
	_, err := h.UseLink(h.ctx, strings.Repeat("A", 43), desk)
	refused(t, "attempt 31 within a minute", err, ErrWait)
	_, err = h.SignInPassword(h.ctx, "kari", "x", "000000", desk)
	refused(t, "a password from there", err, ErrWait)
	if _, err = h.UseLink(h.ctx, strings.Repeat("A", 43), Source{Network: "198.51.100.0/24"}); err == nil {
		t.Error("forged link opens")
	} else {
		refused(t, "from elsewhere", err, ErrLink)
	}
	h.wait(2 * time.Second)
	_, err = h.UseLink(h.ctx, strings.Repeat("A", 43), desk)
	refused(t, "two seconds later", err, ErrLink)
}
