package page

import "varde/web/ui"

// Crisis is where to turn; it stands on the pages that anyone can open, and on
// those of participants.
func (c *Context) Crisis() *ui.Crisis {
	return &ui.Crisis{Text: c.T("page.crisis"), Links: []ui.Link{{Text: c.T("page.crisis.now"), Href: "tel:113"}, {Text: c.T("page.crisis.talk"), Href: "tel:116123"}}}
}
