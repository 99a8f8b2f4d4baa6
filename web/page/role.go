package page

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"

	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/ui"
)

const (
	roleCookie  = "varde-role"
	maxWishes   = 20
	maxRoleText = 2000
)

// roleWishes reads which role a reader with several wants to act in, by study. It is
// a wish: app gives it only to an account that has the role.
func roleWishes(r *http.Request) url.Values {
	k, err := r.Cookie(roleCookie)
	if err != nil || len(k.Value) > maxRoleText {
		return url.Values{}
	}
	text, err := base64.RawURLEncoding.DecodeString(k.Value)
	if err != nil {
		return url.Values{}
	}
	wishes, err := url.ParseQuery(string(text))
	if err != nil || len(wishes) > maxWishes {
		return url.Values{}
	}
	return wishes
}

// WishRole keeps the wish to act in a role in a study, "" = in the house. A role
// that is none is not kept.
func (c *Context) WishRole(studyID, role string) {
	if !slices.Contains(protocol.Roles, role) || len(studyID) > 64 {
		return
	}
	wishes := roleWishes(c.R)
	if len(wishes) >= maxWishes {
		wishes = url.Values{}
	}
	wishes.Set(studyID, role)
	http.SetCookie(c.W, &http.Cookie{Name: roleCookie, Path: "/", HttpOnly: true, Secure: c.desk.secure, SameSite: http.SameSiteLaxMode,
		Value: base64.RawURLEncoding.EncodeToString([]byte(wishes.Encode()))})
}

// Roles lists the roles that the reader has in the study of the page, in the order
// of the protocol's roles.
func (c *Context) Roles() []string {
	var out []string
	for _, role := range protocol.Roles {
		if slices.ContainsFunc(c.Actor.Grants, func(g access.Grant) bool {
			return g.Role == role && (g.Study == "" || g.Study == c.Study)
		}) {
			out = append(out, role)
		}
	}
	return out
}

// roleChoices are the other roles that the header offers.
func (c *Context) roleChoices() []ui.RoleChoice {
	roles := c.Roles()
	if len(roles) < 2 || c.R.Method != http.MethodGet {
		return nil
	}
	var out []ui.RoleChoice
	for _, role := range roles {
		out = append(out, ui.RoleChoice{Value: role, Text: c.Say(study.RoleName(role)), Current: role == c.Actor.Role})
	}
	return out
}

// Acting answers the reader as they act in another study.
func (c *Context) Acting(studyID string) access.Actor {
	if token := c.Token(); token != "" {
		if a, ok := c.App.Authenticate(c.Ctx(), token, studyID, roleWishes(c.R).Get(studyID)); ok {
			return a
		}
	}
	return access.Actor{}
}

// StartOf is the page on which a role's work in a study begins.
func StartOf(a access.Actor, studyID string) string {
	base := "/s/" + url.PathEscape(studyID) + "/"
	switch {
	case a.Can(access.SeeOwn):
		return base + "me"
	case a.Can(access.Rate):
		return base + "ratings" // which leads on where no assessment is hidden from raters
	case a.Can(access.SeeList):
		return base + "today"
	case a.Can(access.SeeStudy):
		return base
	}
	return "/"
}
