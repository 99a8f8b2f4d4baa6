package page

import (
	"net/http"
	"net/url"
	"strings"

	"varde/access"
	"varde/identity"
)

// sessionToken is how tokens of sessions begin. Machine tokens are for programs:
// in a cookie they would be a sign-in without proof, end or device.
const sessionToken = "vs_"

// SignIn keeps a new session in the reader's browser and ends the one that was open
// there before. A member of staff's cookie is gone when the browser closes; a
// participant's stays for as long as the session does.
func (c *Context) SignIn(o identity.Opening) {
	if people := c.App.Identity(); people != nil && c.Session.ID != "" {
		if err := people.End(c.Ctx(), c.Session.Account, c.Session.ID); err != nil {
			c.Log.Warn("an earlier session could not be ended", "error", err)
		}
	}
	age := 0
	if o.Session.Kind == identity.Participant {
		age = max(int(o.Session.Ends.Sub(c.Now).Seconds()), 1)
	}
	c.desk.setToken(c.W, o.Token, age)
	c.Session = o.Session
}

// SignOut ends the session on the server and forgets it here, with everything else
// that the browser kept of the pages.
func (c *Context) SignOut() error {
	if people := c.App.Identity(); people != nil && c.Session.ID != "" {
		if err := people.End(c.Ctx(), c.Session.Account, c.Session.ID); err != nil {
			return err
		}
	}
	c.Forget()
	return nil
}

// Forget takes the session out of the reader's browser, with what it kept of the
// pages. The device's storage is left alone: entries may lie there that no server has
// yet, and they are sent when their writer signs in again. Pages kept for reading
// without a network are dropped by the service worker (web/static/js/sw.js).
func (c *Context) Forget() {
	c.desk.setToken(c.W, "", -1)
	http.SetCookie(c.W, &http.Cookie{Name: roleCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: c.desk.secure, SameSite: http.SameSiteLaxMode})
	c.W.Header().Set("Clear-Site-Data", `"cache"`)
	c.Session = identity.Session{}
}

// Token answers the session token of the request, "" if there is none.
func (c *Context) Token() string {
	if t := c.desk.token(c.R); strings.HasPrefix(t, sessionToken) {
		return t
	}
	return ""
}

// Restricted says that the session may only set new keys: it was opened with a
// recovery code, or by a member of staff with an invitation.
func (c *Context) Restricted() bool {
	return c.Session.OnlyKeys()
}

// Confirm leads a reader who must prove presence again (identity.ErrStale) to the
// page for it, and back to where they were.
func (c *Context) Confirm(back string) error {
	if c.FromOutbox() {
		c.signedOut()
		return nil
	}
	return c.Redirect(ConfirmPath(back))
}

// ConfirmPath is the address of the page on which presence is proven again.
func ConfirmPath(back string) string {
	return "/account/confirm?return=" + url.QueryEscape(Local(back))
}

// refused records that a reader was refused a page. The pattern is named, never
// the address.
func (c *Context) refused(code, what string) {
	if people := c.App.Identity(); people != nil && c.SignedIn {
		people.Refused(identity.Refusal{Account: c.Actor.ID, Role: c.Actor.Role, Study: c.R.PathValue("study"), Code: code, What: what})
	}
}

// may says that the actor's role has the capability under the protocol of the page.
func (c *Context) may(x access.Capability) bool {
	if x == "" || x == access.SignedIn {
		return true
	}
	if c.Def != nil {
		return access.Permits(c.Def, c.Actor, x)
	}
	return c.Actor.Can(x)
}
