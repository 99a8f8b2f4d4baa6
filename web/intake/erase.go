package intake

import (
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type eraseView struct {
	Heading ui.Heading
	Warning ui.Alert
	Form    *form
}

func showErase(c *page.Context) error { return renderErase(c, nil) }

func renderErase(c *page.Context, refused *study.Refusal) error {
	id := c.Value("referral")
	v := eraseView{Heading: ui.Heading{Title: c.T("intake.erase", "id", id)}, Warning: ui.Alert{Tone: ui.Danger, Text: c.T("intake.erase.text")},
		Form: ready(c, form{ID: "erase", Action: c.Path("referrals", id, "erase"), Button: c.T("intake.erase.button"), Danger: true, Fields: []ui.Field{
			{Kind: ui.LongTextField, Name: "basis", Rows: 2, Label: c.T("intake.erase.basis"), Hint: c.T("intake.note.hint"), Required: true, MaxLength: 500},
			{Kind: ui.ConfirmField, Name: "sure", Label: c.T("intake.erase.sure"), Required: true}}}, refused)}
	p := page.Page{Title: c.T("intake.erase", "id", id), Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("erase", p)
}

func erase(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	if c.Text("sure") != "yes" {
		return renderErase(c, page.Bad("sure", "tick the box to confirm: this cannot be taken back", "kryss av for å bekrefte: dette kan ikke gjøres om"))
	}
	err := c.App.EraseReferral(c.Ctx(), c.Actor, c.Study, c.Value("referral"), c.Text("basis"))
	if r, ok := page.Refused(err); ok && mends(r) {
		return renderErase(c, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(c.Path("referrals", c.Value("referral"), "erase"), ui.Success, c.T("intake.erase.done"))
}
