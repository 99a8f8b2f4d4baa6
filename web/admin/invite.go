package admin

import (
	"net/url"

	"varde/app"
	"varde/identity"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

func inviteForm(c *page.Context, refused *study.Refusal) *form {
	role := ui.Field{Kind: ui.SelectField, Name: "role", Label: c.T("admin.invite.role"), Hint: c.T("admin.invite.role.hint"), Optional: true}
	for _, r := range houseRoles {
		role.Options = append(role.Options, ui.Option{Value: r, Label: c.Say(study.RoleName(r))})
	}
	lang := ui.Field{Kind: ui.SelectField, Name: "language", Label: c.T("admin.invite.language"), Options: []ui.Option{{Value: "nb", Label: "Norsk"}, {Value: "en", Label: "English"}}, Value: c.Lang, Short: true}
	return made(c, refused, form{ID: "invite", Title: c.T("admin.invite"), Text: c.T("admin.invite.text"), Action: "/people", Button: c.T("admin.invite.button"), Fields: append([]ui.Field{
		{Kind: ui.TextField, Name: "name", Label: c.T("admin.invite.name"), Hint: c.T("admin.invite.name.hint"), Required: true, Autocomplete: "off", MaxLength: 200},
		{Kind: ui.TextField, Name: "id", Label: c.T("admin.invite.id"), Hint: c.T("admin.invite.id.hint"), Required: true, Autocomplete: "off", MaxLength: 32, Short: true},
		{Kind: ui.EmailField, Name: "email", Label: c.T("admin.invite.email"), Hint: c.T("admin.invite.email.hint"), Optional: true, Autocomplete: "off", MaxLength: 254},
		lang, role,
	}, sendField(c)...)})
}

// invite makes an account and shows its one-time link once: on the answer to this
// POST, in no address and no cookie.
func invite(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	in := identity.Invitation{Kind: identity.Staff, ID: c.Text("id"), Name: c.Text("name"), Email: c.Text("email"), Language: c.Text("language")}
	if r := c.Text("role"); r != "" {
		in.Roles = []string{r}
	}
	switch {
	case in.Name == "":
		return renderAccounts(c, page.Bad("name", "give the name as it is printed beside a signature", "oppgi navnet slik det skrives ved en signatur"))
	case in.ID == "":
		return renderAccounts(c, page.Bad("id", "give an id for the account", "oppgi en id for kontoen"))
	}
	// An invitation over an account that is there would be a new link for somebody else.
	if _, ok, err := exists(c, in.ID); err != nil {
		return err
	} else if ok {
		return renderAccounts(c, page.Bad("id", "this id is taken: choose another, or make a new link on the account's page", "denne id-en er tatt: velg en annen, eller lag en ny lenke på kontoens side"))
	}
	if in.Email == "" && c.Text("send") == "yes" {
		return renderAccounts(c, page.Bad("email", "give the address that the link is to be sent to", "oppgi adressen lenken skal sendes til"))
	}
	return showLink(c, in, renderAccounts)
}

func exists(c *page.Context, id string) (identity.Account, bool, error) {
	list, _, err := c.App.Accounts(c.Ctx(), c.Actor, id, 0, perPage)
	if err != nil {
		return identity.Account{}, false, err
	}
	for _, a := range list {
		if a.ID == id {
			return a, true, nil
		}
	}
	return identity.Account{}, false, nil
}

// newLink is for somebody who has lost all keys: the account stays, with what it may do.
func newLink(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	a, err := find(c)
	if err != nil {
		return err
	}
	return showLink(c, identity.Invitation{Kind: a.Kind, ID: a.ID, Name: a.Name, Language: a.Language, Study: a.Study, Participant: a.Participant}, renderAccount)
}

type linkView struct {
	Heading ui.Heading
	Sent    *ui.Alert
	Link    ui.OnceLink
	Back    ui.Link
}

func showLink(c *page.Context, in identity.Invitation, again func(*page.Context, *study.Refusal) error) error {
	sent, err := invited(c, in)
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid) {
		return again(c, r)
	}
	if err != nil {
		return err
	}
	c.W.Header().Set("Cache-Control", "no-store, private, max-age=0")
	v := linkView{Heading: ui.Heading{Title: c.T("admin.link"), Lead: in.Name}, Link: ui.OnceLink{Address: sent.Link, Text: c.T("admin.link.text", "name", in.Name)},
		Back: ui.Link{Text: c.T("admin.link.back"), Href: "/people/" + url.PathEscape(in.ID), Variant: "tertiary"}}
	switch {
	case sent.Channel != "":
		v.Sent = &ui.Alert{Tone: ui.Success, Text: c.T("admin.link.sent")}
	case sent.Fault.EN != "":
		v.Sent = &ui.Alert{Tone: ui.Warning, Title: c.T("admin.link.unsent"), Text: page.Sentence(c.Say(sent.Fault))}
	}
	return c.Render("link", page.Page{Title: c.T("admin.link"), Crumbs: []ui.Crumb{{Text: c.T("admin.accounts"), Href: "/people"}, {Text: c.T("admin.link")}}, Data: v})
}

// sendField offers to send the link, where the house can.
func sendField(c *page.Context) []ui.Field {
	if email, _ := c.App.Reaches(); !email {
		return nil
	}
	return []ui.Field{{Kind: ui.ConfirmField, Name: "send", Label: c.T("admin.invite.send"), Optional: true}}
}

// invited makes the account's link, and sends it when that was asked for.
func invited(c *page.Context, in identity.Invitation) (app.LinkSent, error) {
	if c.Text("send") == "yes" && in.Kind == identity.Staff {
		return c.App.SendInvitation(c.Ctx(), c.Actor, in)
	}
	link, err := c.App.Invite(c.Ctx(), c.Actor, in)
	return app.LinkSent{Link: link}, err
}
