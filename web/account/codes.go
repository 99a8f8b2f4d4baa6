package account

import (
	"errors"

	"varde/identity"
	"varde/web/page"
)

type codesView struct {
	Codes []string
	Next  string
}

// showCodes shows recovery codes, the one time they can be read.
func showCodes(c *page.Context, codes []string, next string) error {
	return c.Render("codes", page.Page{Title: c.T("account.codes.title"), Data: codesView{Codes: codes, Next: next}})
}

// newRecovery makes new codes; the old ones end.
func newRecovery(c *page.Context) error {
	s, err := people(c)
	if err != nil {
		return err
	}
	codes, err := s.NewRecovery(c.Ctx(), c.Session)
	if errors.Is(err, identity.ErrStale) {
		return c.Confirm("/account")
	}
	if err != nil {
		return keysFailed(c, err)
	}
	return showCodes(c, codes, "/account")
}
