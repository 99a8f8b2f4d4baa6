package identity

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/identity/authenticatortest"
)

func TestInvite(t *testing.T) {
	h := open(t)
	for name, in := range map[string]Invitation{
		"no id":                   {Kind: Staff},
		"an id with a line in it": {ID: "a\nb", Kind: Staff},
		"the program's id":        {ID: "system", Kind: Staff},
		"a long id":               {ID: strings.Repeat("a", 101), Kind: Staff},
		"no kind":                 {ID: "a"},
		"a study's role":          {ID: "a", Kind: Staff, Roles: []string{"therapist"}},
		"a participant's role":    {ID: "a", Kind: Participant, Study: "S", Participant: "1", Roles: []string{"auditor"}},
		"a participant's name":    {ID: "a", Kind: Participant, Study: "S", Participant: "1", Name: "Kari"},
		"nobody's participant":    {ID: "a", Kind: Participant},
		"no address":              {ID: "a", Kind: Staff, Email: "kari"},
		"a header in the address": {ID: "a", Kind: Staff, Email: "a@b\r\nBcc: c@d"},
	} {
		_, err := h.Invite(h.ctx, admin, in)
		refused(t, name, err, ErrInvalid)
	}
	link := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Name: "Kari Nordmann", Kind: Staff, Email: "kari@example.org", Roles: []string{"auditor"}}))(t)
	for _, e := range h.events("") {
		if bytes.Contains(e.Payload, []byte("kari@")) {
			t.Error("the address stands in the log in clear")
		}
		if _, secret, _ := strings.Cut(link, "#"); bytes.Contains(e.Payload, []byte(secret)) {
			t.Error("the link stands in the log")
		}
		if e.Actor != "administrator" {
			t.Errorf("the log says that %q invited", e.Actor)
		}
	}
	if got := must2(h.Email(h.ctx, "kari"))(t); got != "kari@example.org" {
		t.Errorf("address %q", got)
	}
	if got := must2(h.Email(h.ctx, "nobody"))(t); got != "" {
		t.Errorf("nobody's address %q", got)
	}
	again := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Name: "Kari Hansen", Kind: Staff, Roles: []string{"administrator"}}))(t)
	_, err := h.Peek(h.ctx, link, desk)
	refused(t, "the link before", err, ErrLink)
	if a := must2(h.Peek(h.ctx, again, desk))(t); a.Name != "Kari Hansen" || len(a.Roles) != 1 || a.Roles[0] != "auditor" {
		t.Errorf("invited again: %+v (a second invitation gives no roles)", a)
	}
	_, err = h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Participant, Study: "S", Participant: "1"})
	refused(t, "somebody else's id", err, ErrInvalid)
	ok(t, h.cfg.Vault.Erase(h.ctx, owner("kari")))
	if got := must2(h.Email(h.ctx, "kari"))(t); got != "" {
		t.Errorf("the address outlived its key: %q", got)
	}
	h.rebuilt()
}

func TestDisableEndsAllAtOnce(t *testing.T) {
	h := open(t)
	other := h.again()
	key, opened := h.staff("kari")
	if _, there := other.Resume(h.ctx, opened.Token); !there {
		t.Fatal("another node does not know the session")
	}
	link := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Staff}))(t)
	ok(t, h.Disable(h.ctx, admin, "kari", "left the hospital"))
	ok(t, h.Disable(h.ctx, admin, "kari", "twice"))
	if _, there := h.Resume(h.ctx, opened.Token); there {
		t.Error("the session goes on")
	}
	h.wait(sessionAge)
	if _, there := other.Resume(h.ctx, opened.Token); there {
		t.Error("the session goes on at another node for more than ten seconds")
	}
	if a, _, _ := other.Account(h.ctx, "kari"); a.Disabled.IsZero() {
		t.Error("another node does not know after ten seconds")
	}
	_, err := h.Peek(h.ctx, link, desk)
	refused(t, "a link of a disabled account", err, ErrLink)
	_, err = h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Staff})
	refused(t, "inviting who is disabled", err, ErrInvalid)
	_, err = h.SignInDemo(h.ctx, "kari", "", desk)
	refused(t, "a demonstration with it", err, ErrDenied)
	if n := h.count("account/kari", accountDisabled); n != 1 {
		t.Errorf("disabled %d times in the log", n)
	}
	ok(t, h.Enable(h.ctx, admin, "kari"))
	must2(h.signIn(key))(t)
	refused(t, "nobody's account", h.Disable(h.ctx, admin, "nobody", ""), ErrUnknown)
	refused(t, "nobody's account", h.Enable(h.ctx, admin, "nobody"), ErrUnknown)
	h.rebuilt()
}

func TestHouseRoles(t *testing.T) {
	h := open(t)
	h.staff("kari")
	h.participant("1001")
	ok(t, h.GiveRole(h.ctx, admin, "kari", "auditor"))
	ok(t, h.GiveRole(h.ctx, admin, "kari", "auditor"))
	ok(t, h.GiveRole(h.ctx, admin, "kari", "administrator"))
	refused(t, "a study's role", h.GiveRole(h.ctx, admin, "kari", "rater"), ErrInvalid)
	refused(t, "a participant", h.GiveRole(h.ctx, admin, "1001", "auditor"), ErrInvalid)
	refused(t, "nobody", h.GiveRole(h.ctx, admin, "nobody", "auditor"), ErrUnknown)
	ok(t, h.TakeRole(h.ctx, admin, "kari", "auditor"))
	a, _, _ := h.Account(h.ctx, "kari")
	if fmt.Sprint(a.Roles) != "[administrator]" || h.count("account/kari", roleGiven) != 2 {
		t.Errorf("roles %v", a.Roles)
	}
	h.rebuilt()
}

func TestAccountsList(t *testing.T) {
	h := open(t)
	for _, id := range []string{"cat", "anna", "bob"} {
		must2(h.Invite(h.ctx, admin, Invitation{ID: id, Name: "Name of " + id, Kind: Staff}))(t)
	}
	page, n, err := h.Accounts(h.ctx, "", 1, 1)
	if err != nil || n != 3 || len(page) != 1 || page[0].ID != "bob" || page[0].Kind != Staff || !page[0].Created.Equal(h.now()) {
		t.Errorf("%d accounts, %+v, %v", n, page, err)
	}
	if page, n, err = h.Accounts(h.ctx, "OF ANNA", 0, 10); err != nil || n != 1 || page[0].Name != "Name of anna" {
		t.Errorf("searched: %d, %+v, %v", n, page, err)
	}
	if _, n, err = h.Accounts(h.ctx, "a\x00\xff", -1, -1); err != nil || n != 0 {
		t.Errorf("searched for what no name is: %d, %v", n, err)
	}
}

func TestLinks(t *testing.T) {
	h := open(t)
	_, err := h.Link(h.ctx, admin, "1001")
	refused(t, "nobody's link", err, ErrUnknown)
	first := must2(h.Invite(h.ctx, admin, Invitation{ID: "1001", Kind: Participant, Study: "S", Participant: "1001"}))(t)
	opened := must2(h.UseLink(h.ctx, first, desk))(t)
	if opened.Session.OnlyKeys() || opened.Session.Method != "link" || !opened.Session.Ends.Equal(h.now().Add(90*24*time.Hour)) {
		t.Errorf("a participant's session %+v", opened.Session)
	}
	_, err = h.UseLink(h.ctx, first, desk)
	refused(t, "a replayed link", err, ErrLink)

	link := must2(h.Link(h.ctx, admin, "1001"))(t)
	h.wait(30*time.Minute - time.Second)
	must2(h.Peek(h.ctx, link, desk))(t)
	h.wait(time.Second)
	_, err = h.UseLink(h.ctx, link, desk)
	refused(t, "a link of half an hour ago", err, ErrLink)
	for _, forged := range []string{"", "#", link + "x", strings.Repeat("A", 43), home + "/link#" + strings.Repeat("A", 43), strings.Repeat("#", 5000)} {
		_, err := h.UseLink(h.ctx, forged, desk)
		refused(t, "a forged link", err, ErrLink)
		_, err = h.FinishLink(h.ctx, forged, "", nil, "", desk)
		refused(t, "a forged link", err, ErrLink)
		_, _, err = h.BeginProvider(h.ctx, "none", forged, desk)
		refused(t, "no provider", err, ErrInvalid)
	}

	link = must2(h.Link(h.ctx, admin, "1001"))(t)
	key, _ := h.join(link)
	must2(h.signIn(key))(t)
	link = must2(h.Link(h.ctx, admin, "1001"))(t)
	_, err = h.UseLink(h.ctx, link, desk)
	refused(t, "a link without the passkey that there is", err, ErrDenied)

	invitation := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Staff}))(t)
	_, err = h.Link(h.ctx, admin, "kari")
	refused(t, "a sign-in link for staff", err, ErrInvalid)
	o := must2(h.BeginLink(h.ctx, invitation, desk))(t)
	_, err = h.FinishLink(h.ctx, link, o.Ticket, must2(authenticatortest.New(home).Register(o.JSON))(t), "", desk)
	refused(t, "another link's ticket", err, ErrDenied)
	staff := must2(h.UseLink(h.ctx, invitation, desk))(t)
	if !staff.Session.OnlyKeys() || !staff.Session.Ends.Equal(h.now().Add(onlyKeysEnds)) {
		t.Errorf("staff with a link: %+v", staff.Session)
	}
	h.rebuilt()
}

// Of many who use one link at once, one wins.
func TestLinkIsUsedOnceUnderRace(t *testing.T) {
	h := open(t)
	other := h.again()
	link := must2(h.Invite(h.ctx, admin, Invitation{ID: "1001", Kind: Participant, Study: "S", Participant: "1001"}))(t)
	var wg sync.WaitGroup
	var won, lost sync.Map
	for i := range 12 {
		wg.Go(func() {
			s := []*Service{h.Service, other}[i%2]
			if o, err := s.UseLink(h.ctx, link, Source{Network: fmt.Sprint(i)}); err == nil {
				won.Store(i, o)
			} else {
				lost.Store(i, err)
			}
		})
	}
	wg.Wait()
	n := 0
	won.Range(func(_, _ any) bool { n++; return true })
	lost.Range(func(_, err any) bool { refused(t, "who came later", err.(error), ErrLink); return true })
	if n != 1 || h.count("sessions/1001", sessionOpened) != 1 {
		t.Errorf("%d used the link", n)
	}
}
