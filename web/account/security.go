package account

import (
	"strings"
	"time"

	"varde/identity"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type securityView struct {
	ID          string
	Own         bool // a participant's own page, in gentler words
	Restricted  bool
	Passkeys    []keyLine
	Device      string
	HasPassword bool
	Recovery    int
	Sessions    []sessionLine
	Others      int
	Roles       []ui.KeyValue
	Providers   []string
	NoKey       string // the provider's name, when there is nothing of one's own to sign records with
}

type keyLine struct {
	ID, Name string
	Added    time.Time
	BackedUp bool
	Last     bool // the only way in that is left
}

type sessionLine struct {
	ID, Device, Method string
	Started, Seen      time.Time
	This               bool
}

// securityPage shows one's own keys, devices and recovery codes.
func (p pages) securityPage(c *page.Context) error {
	s, a, err := me(c)
	if err != nil {
		return err
	}
	v := securityView{ID: a.ID, Own: a.Kind == identity.Participant, Restricted: c.Restricted(), Device: thisDevice(c),
		HasPassword: a.HasPassword, Recovery: a.RecoveryLeft}
	for _, k := range a.Passkeys {
		if k.Revoked.IsZero() {
			v.Passkeys = append(v.Passkeys, keyLine{ID: k.ID, Name: k.Name, Added: k.Added, BackedUp: k.BackedUp})
		}
	}
	if len(v.Passkeys) == 1 && !a.HasPassword && len(a.Subjects) == 0 {
		v.Passkeys[0].Last = true
	}
	if !v.Restricted {
		open, err := s.Sessions(c.Ctx(), a.ID)
		if err != nil {
			return err
		}
		for _, x := range open {
			line := sessionLine{ID: x.ID, Device: device(c, x.Device), Method: method(c, x.Method), Started: x.Started, Seen: x.Seen, This: x.ID == c.Session.ID}
			if !line.This {
				v.Others++
			}
			v.Sessions = append(v.Sessions, line)
		}
		v.Roles = roles(c)
	}
	for _, x := range a.Subjects {
		v.Providers = append(v.Providers, p.name(x.Provider))
	}
	if len(v.Providers) > 0 && !v.Own && len(v.Passkeys) == 0 && !v.HasPassword {
		v.NoKey = v.Providers[0]
	}
	title := c.T("account.title")
	if v.Own {
		title = c.T("account.own.title")
	}
	out := page.Page{Title: title, Data: v}
	if v.Own {
		out.Crisis = c.Crisis()
	}
	return c.Render("security", out)
}

// device says a kind of device in the reader's language.
func device(c *page.Context, s string) string {
	if s == "" {
		return c.T("account.device.unknown")
	}
	if browser, system, ok := strings.Cut(s, " on "); ok {
		return c.T("account.device.on", "browser", browser, "system", system)
	}
	return s
}

// thisDevice is what a passkey made here is called, unless its owner says otherwise.
func thisDevice(c *page.Context) string {
	if s := c.Source().Device; s != "" {
		return device(c, s)
	}
	return ""
}

// method says how a session was opened.
func method(c *page.Context, s string) string {
	switch s {
	case "passkey", "password", "oidc", "link", "recovery", "demo":
		return c.T("account.method." + s)
	}
	return s
}

// roles are what the account may be, and until when.
func roles(c *page.Context) []ui.KeyValue {
	titles := map[string]string{}
	for _, s := range c.App.Studies(c.Ctx(), c.Actor) {
		titles[s.ID] = s.Title
	}
	var out []ui.KeyValue
	for _, g := range c.Actor.Grants {
		where := c.T("account.role.everywhere")
		if g.Study != "" {
			if where = titles[g.Study]; where == "" {
				where = g.Study
			}
			if len(g.Sites) > 0 {
				where += " · " + strings.Join(g.Sites, ", ")
			}
		}
		until := ""
		if t, err := time.Parse(time.DateOnly, g.Until); err == nil {
			until = c.T("account.role.until", "day", page.Day(c, t))
		}
		out = append(out, ui.KeyValue{Key: capital(c.Say(study.RoleName(g.Role))), Cell: ui.Cell{Text: where, Sub: until}})
	}
	return out
}

func capital(s string) string { return strings.TrimSuffix(page.Sentence(s), ".") }

// endSession signs one device out.
func endSession(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	id := c.Text("session")
	if id == c.Session.ID {
		return signOut(c)
	}
	open, err := s.Sessions(c.Ctx(), c.Session.Account)
	if err != nil {
		return err
	}
	for _, x := range open {
		if x.ID != id {
			continue
		}
		if err := s.End(c.Ctx(), c.Session.Account, id); err != nil {
			return err
		}
		return c.RedirectWith("/account", ui.Success, c.T("account.session.ended"))
	}
	// Already over, or never one's own: there is nothing left to do.
	return c.RedirectWith("/account", ui.Info, c.T("account.session.gone"))
}

// endOthers signs every other device out.
func endOthers(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if err := s.EndAll(c.Ctx(), c.Session.Account, c.Session.ID); err != nil {
		return err
	}
	return c.RedirectWith("/account", ui.Success, c.T("account.sessions.ended"))
}
