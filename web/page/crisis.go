package page

import "varde/web/ui"

// Crisis is where to turn; it stands on the pages that anyone can open, and on
// those of participants.
func (c *Context) Crisis() *ui.Crisis {
	if c.desk.crisis == nil {
		return &ui.Crisis{Text: c.T("page.crisis")}
	}
	return c.desk.crisis(c.Country, c.Lang)
}
