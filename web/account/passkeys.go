package account

import (
	"errors"
	"net/http"

	"varde/identity"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

func addOptions(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	o, err := s.BeginPasskeyAdd(c.Ctx(), c.Session)
	return c.PasskeyOptions(o, err, "/account")
}

func addPasskey(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	if c.Text("answer") == "" {
		return c.RedirectWith("/account", ui.Warning, c.T("account.signin.script"))
	}
	if err := s.FinishPasskeyAdd(c.Ctx(), c.Session, c.Text("ticket"), []byte(c.Text("answer")), keyName(c)); err != nil {
		return keysFailed(c, err)
	}
	return keySet(c, c.T("account.passkey.added"))
}

// keySet leads back to the account; a session that was there for setting keys alone
// is over, and the new key is used at once.
func keySet(c *page.Context, text string) error {
	if !c.Restricted() {
		return c.RedirectWith("/account", ui.Success, text)
	}
	if err := c.SignOut(); err != nil {
		return err
	}
	return c.RedirectWith("/signin", ui.Success, c.T("account.keys.set"))
}

func revokePasskey(c *page.Context) error {
	s, a, err := me(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	id, left, mine := c.Text("passkey"), 0, false
	for _, k := range a.Passkeys {
		if k.Revoked.IsZero() {
			left++
			mine = mine || k.ID == id
		}
	}
	if !mine {
		return page.NotFound("there is no such passkey in your account", "det finnes ingen slik passnøkkel i kontoen din")
	}
	if left == 1 && !a.HasPassword && len(a.Subjects) == 0 {
		// Whoever takes away the last way in locks themselves out.
		return &study.Refusal{Kind: study.Against, Code: "last-key", Text: study.Text{
			EN: "this is your only way in: add another passkey or a password first",
			NB: "dette er din eneste vei inn: legg til en annen passnøkkel eller et passord først"}}
	}
	if err := s.RevokePasskey(c.Ctx(), c.Session, id); err != nil {
		return keysFailed(c, err)
	}
	return c.RedirectWith("/account", ui.Success, c.T("account.passkey.revoked"))
}

// keysFailed leads to the page for proving presence, or tells what came of it.
func keysFailed(c *page.Context, err error) error {
	if errors.Is(err, identity.ErrStale) {
		return c.Confirm("/account")
	}
	text, status, ok := c.Trouble(err)
	if !ok {
		return err
	}
	if status == http.StatusTooManyRequests || status == http.StatusUnprocessableEntity {
		return c.RedirectWith("/account", ui.Danger, text)
	}
	return err
}
