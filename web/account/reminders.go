package account

import (
	"slices"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// The page that every reminder names: with one press they end. Its address tells nobody
// what it is about, for it stands in mails and text messages.

type remindersView struct {
	On     bool // something may come
	None   bool // the reader takes part in nothing
	Client string
	Action string
	Own    *ui.Link // where everything about being reached is chosen
}

// takingPart answers the studies in which the reader is a participant.
func takingPart(c *page.Context) []string {
	var out []string
	for _, g := range c.Actor.Grants {
		if g.Role == "participant" && g.Study != "" && !slices.Contains(out, g.Study) {
			out = append(out, g.Study)
		}
	}
	return out
}

func remindersPage(c *page.Context) error {
	studies := takingPart(c)
	v := remindersView{None: len(studies) == 0, Client: c.ClientID(), Action: "/reminders/stop"}
	for _, id := range studies {
		w, _, _, err := c.App.NoticeWishes(c.Ctx(), c.Acting(id), id)
		if err != nil {
			return err
		}
		v.On = v.On || w.Email || w.SMS
		v.Own = &ui.Link{Text: c.T("account.reminders.own"), Href: page.StartOf(c.Acting(id), id), Variant: "secondary"}
	}
	return c.Render("reminders", page.Page{Title: c.T("account.reminders"), Data: v})
}

func stopReminders(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	for _, id := range takingPart(c) {
		actor := c.Acting(id)
		w, _, _, err := c.App.NoticeWishes(c.Ctx(), actor, id)
		if err != nil {
			return err
		}
		if !w.Email && !w.SMS {
			continue
		}
		client := c.Text("client")
		if client != "" {
			client += "-" + id
		}
		if err := c.App.WishNotices(c.Ctx(), actor, id, study.NoticesWished{QuietFrom: w.QuietFrom, QuietUntil: w.QuietUntil}, client); err != nil {
			return err
		}
	}
	return c.RedirectWith("/reminders", ui.Success, c.T("account.reminders.stopped"))
}
