package admin

import (
	"strconv"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// How messages go out: the channels of the house with a test, and in a study those whom
// messages do not reach. No page shows an address.

type deliveryView struct {
	Heading     ui.Heading
	None        *ui.Alert // nothing is configured
	Channels    ui.Table
	Unreachable *ui.Table
	Waiting     *ui.Table
	Test        *form
}

func houseDelivery(c *page.Context) error { return renderHouseDelivery(c, nil) }

func renderHouseDelivery(c *page.Context, refused *study.Refusal) error {
	d, err := c.App.HouseDelivery(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	v := deliveryOf(c, d)
	if c.Can(access.Accounts) && v.None == nil {
		v.Test = testForm(c, d, refused)
	}
	p := page.Page{Title: c.T("admin.delivery"), Crumbs: []ui.Crumb{{Text: c.T("admin.accounts"), Href: "/people"}, {Text: c.T("admin.delivery")}}, Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("delivery", p)
}

func testForm(c *page.Context, d app.Delivery, refused *study.Refusal) *form {
	by := ui.Field{Kind: ui.RadioField, Name: "by", Label: c.T("admin.delivery.by"), Required: true}
	for _, x := range d.Channels {
		if x.Has {
			by.Options = append(by.Options, ui.Option{Value: x.ID, Label: c.T("admin.delivery." + x.ID)})
		}
	}
	if len(by.Options) == 1 {
		by = ui.Field{Kind: "hidden", Name: "by", Value: by.Options[0].Value}
	}
	return made(c, refused, form{ID: "test", Title: c.T("admin.delivery.test"), Text: c.T("admin.delivery.test.text"), Action: "/delivery/test", Button: c.T("admin.delivery.test.button"), Quiet: true,
		Fields: []ui.Field{by, {Kind: ui.TextField, Name: "to", Label: c.T("admin.delivery.to"), Hint: c.T("admin.delivery.to.hint"), Required: true, Autocomplete: "off", MaxLength: 254}}})
}

func testDelivery(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	by := c.Text("by")
	if by != study.ByEmail && by != study.BySMS {
		return renderHouseDelivery(c, page.Bad("by", "choose how the test is sent", "velg hvordan prøven sendes"))
	}
	err := c.App.SendTest(c.Ctx(), c.Actor, by, c.Text("to"), c.Lang)
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid) {
		return renderHouseDelivery(c, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith("/delivery", ui.Success, c.T("admin.delivery.test.sent"))
}

func studyDelivery(c *page.Context) error {
	d, err := c.App.Delivery(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	if len(sites) > 0 && sites[0].Zone != nil {
		c.Zone = sites[0].Zone
	}
	v := deliveryOf(c, d)
	number := func(id string) ui.Cell {
		if c.Can(access.SeeIdentity) {
			return ui.Cell{Text: id, Href: c.Path("p", id, "identity") + "#reach"}
		}
		return ui.Cell{Text: id}
	}
	v.Unreachable = &ui.Table{Caption: c.T("admin.delivery.unreachable"), Columns: []ui.Column{{Head: c.T("admin.delivery.participant")}, {Head: c.T("admin.delivery.what")}, {Head: c.T("admin.delivery.since")}},
		Empty: &ui.Empty{Text: c.T("admin.delivery.unreachable.none")}}
	for _, l := range d.Unreachable {
		v.Unreachable.Rows = append(v.Unreachable.Rows, ui.Row{Cells: []ui.Cell{number(l.Participant), {Text: c.Say(l.Task.Title)}, {Time: l.At}}})
	}
	v.Waiting = &ui.Table{Caption: c.T("admin.delivery.waiting"), Columns: []ui.Column{{Head: c.T("admin.delivery.participant")}, {Head: c.T("admin.delivery.try"), Num: true}, {Head: c.T("admin.delivery.code")}, {Head: c.T("admin.delivery.next")}},
		Empty: &ui.Empty{Text: c.T("admin.delivery.waiting.none")}}
	for _, l := range d.Waiting {
		v.Waiting.Rows = append(v.Waiting.Rows, ui.Row{Cells: []ui.Cell{number(l.Participant), {Text: strconv.Itoa(l.Try)}, {Text: l.Why}, {Time: l.At}}})
	}
	return c.Render("delivery", page.Page{Title: c.T("admin.delivery"), Crumbs: []ui.Crumb{{Text: c.T("admin.people.menu"), Href: c.Path("people")}, {Text: c.T("admin.delivery")}}, Data: v})
}

func deliveryOf(c *page.Context, d app.Delivery) *deliveryView {
	v := &deliveryView{Heading: ui.Heading{Title: c.T("admin.delivery"), Lead: c.T("admin.delivery.lead")},
		Channels: ui.Table{Caption: c.T("admin.delivery.channels"), Columns: []ui.Column{{Head: c.T("admin.delivery.channel")}, {Head: c.T("admin.state")}, {Head: c.T("admin.delivery.taken"), Num: true}, {Head: c.T("admin.delivery.last")}, {Head: c.T("admin.delivery.failed")}}}}
	any := false
	for _, x := range d.Channels {
		any = any || x.Has
		row := ui.Row{Cells: []ui.Cell{{Text: c.T("admin.delivery." + x.ID)}, {Tags: []ui.Tag{channelTag(c, x)}}, {Text: strconv.Itoa(x.Taken)}, {Time: x.Last}, {Time: x.Failed, Sub: x.Code}}}
		v.Channels.Rows = append(v.Channels.Rows, row)
	}
	if !any {
		v.None = &ui.Alert{Tone: ui.Info, Title: c.T("admin.delivery.none"), Text: c.T("admin.delivery.none.text")}
	}
	return v
}

func channelTag(c *page.Context, x app.DeliveryChannel) ui.Tag {
	switch {
	case !x.Has:
		return ui.Tag{Text: c.T("admin.delivery.off"), Tone: ui.Neutral}
	case x.House:
		return ui.Tag{Text: c.T("admin.delivery.house"), Tone: ui.Danger}
	case !x.Failed.IsZero() && !x.Working:
		return ui.Tag{Text: c.T("admin.delivery.failing"), Tone: ui.Warning}
	case x.Taken > 0 || x.Working:
		return ui.Tag{Text: c.T("admin.delivery.working"), Tone: ui.Success}
	}
	return ui.Tag{Text: c.T("admin.delivery.ready"), Tone: ui.Info}
}
