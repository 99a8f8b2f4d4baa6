package signing

import (
	"varde/web/page"
	"varde/web/ui"
)

// keyNeeded tells a reader whose account has neither passkey nor password (single
// sign-on alone, or a role of the demonstration) what to do before they can sign.
// Nil when they have something to sign with.
func keyNeeded(c *page.Context) (*ui.Alert, error) {
	people := c.App.Identity()
	if people == nil || c.Session.Account == "" {
		return nil, nil
	}
	a, ok, err := people.Account(c.Ctx(), c.Session.Account)
	if err != nil || !ok || a.HasPassword {
		return nil, err
	}
	for _, k := range a.Passkeys {
		if k.Revoked.IsZero() {
			return nil, nil
		}
	}
	return &ui.Alert{Tone: ui.Warning, Title: c.T("signing.nokey.title"), Text: c.T("signing.nokey.text"),
		Links: []ui.Link{{Text: c.T("signing.nokey.link"), Href: "/account#passkeys"}}}, nil
}
