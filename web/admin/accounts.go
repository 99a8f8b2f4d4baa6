package admin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"varde/access"
	"varde/identity"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

const perPage = 50

// houseRoles are what an account can be in every study at once.
var houseRoles = []string{"administrator", "auditor"}

type accountsView struct {
	Heading ui.Heading
	Search  ui.Field
	Count   string
	Table   ui.Table
	Pages   ui.Pagination
	Invite  *form
}

func accounts(c *page.Context) error { return renderAccounts(c, nil) }

func renderAccounts(c *page.Context, refused *study.Refusal) error {
	search, at := c.Query("q"), 1
	if len(search) > 100 {
		return page.Bad("q", "search for at most 100 characters", "søk på høyst 100 tegn")
	}
	if s := c.Query("page"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 1_000_000 {
			return page.Bad("page", "the page is a number from 1", "siden er et tall fra 1")
		}
		at = n
	}
	list, total, err := c.App.Accounts(c.Ctx(), c.Actor, search, (at-1)*perPage, perPage)
	if err != nil {
		return err
	}
	v := accountsView{Heading: ui.Heading{Title: c.T("admin.accounts"), Lead: c.T("admin.accounts.lead")}, Count: c.TN("admin.accounts.count", total),
		Search: ui.Field{Kind: ui.TextField, Name: "q", Label: c.T("admin.search"), Value: search, Autocomplete: "off", MaxLength: 100}}
	v.Heading.Actions = []ui.Link{{Text: c.T("admin.house"), Href: "/audit", Variant: "secondary"}, {Text: c.T("admin.delivery"), Href: "/delivery", Variant: "secondary"}}
	v.Table = ui.Table{Caption: c.T("admin.accounts"), HideCaption: true, Columns: []ui.Column{{Head: c.T("admin.name")}, {Head: c.T("admin.account")}, {Head: c.T("admin.state")}, {Head: c.T("admin.keys")}, {Head: c.T("admin.sessions"), Num: true}, {Head: c.T("admin.last")}},
		Empty: &ui.Empty{Title: c.T("admin.accounts.none"), Text: c.T("admin.accounts.none.text")}}
	for _, a := range list {
		open, err := sessions(c, a.ID)
		if err != nil {
			return err
		}
		row := ui.Row{Cells: []ui.Cell{{Text: nameOf(c, a), Href: "/people/" + url.PathEscape(a.ID), Sub: rolesOf(c, a)}, {Text: a.ID}, {Tags: []ui.Tag{stateOf(c, a)}}, {Text: keysOf(c, a)}, {Text: strconv.Itoa(len(open))}, {}}}
		if len(open) > 0 {
			row.Cells[5].Time = open[0].Started
		}
		v.Table.Rows = append(v.Table.Rows, row)
	}
	v.Pages = ui.Paginate(at, (total+perPage-1)/perPage, func(n int) string {
		return "/people?" + url.Values{"q": {search}, "page": {strconv.Itoa(n)}}.Encode()
	})
	if c.Can(access.Accounts) {
		v.Invite = inviteForm(c, refused)
	}
	p := page.Page{Title: c.T("admin.accounts"), Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("accounts", p)
}

// sessions of an account that the reader was let in to, newest first.
func sessions(c *page.Context, account string) ([]identity.Session, error) {
	people := c.App.Identity()
	if people == nil {
		return nil, nil
	}
	return people.Sessions(c.Ctx(), account)
}

func nameOf(c *page.Context, a identity.Account) string {
	switch {
	case a.Name != "":
		return a.Name
	case a.Kind == identity.Participant:
		return c.T("admin.participant", "number", a.Participant)
	}
	return a.ID
}

func rolesOf(c *page.Context, a identity.Account) string {
	var out []string
	for _, r := range a.Roles {
		out = append(out, c.Say(study.RoleName(r)))
	}
	return strings.Join(out, ", ")
}

func stateOf(c *page.Context, a identity.Account) ui.Tag {
	switch {
	case !a.Disabled.IsZero():
		return ui.Tag{Text: c.T("admin.state.disabled"), Tone: ui.Danger}
	case !hasKeys(a):
		return ui.Tag{Text: c.T("admin.state.invited"), Tone: ui.Warning}
	}
	return ui.Tag{Text: c.T("admin.state.active"), Tone: ui.Success}
}

func passkeys(a identity.Account) int {
	n := 0
	for _, k := range a.Passkeys {
		if k.Revoked.IsZero() {
			n++
		}
	}
	return n
}

func hasKeys(a identity.Account) bool {
	return passkeys(a) > 0 || a.HasPassword || len(a.Subjects) > 0
}

func keysOf(c *page.Context, a identity.Account) string {
	var out []string
	if n := passkeys(a); n > 0 {
		out = append(out, c.TN("admin.keys.passkeys", n))
	}
	if a.HasPassword {
		out = append(out, c.T("admin.keys.password"))
	}
	if len(a.Subjects) > 0 {
		out = append(out, c.T("admin.keys.provider"))
	}
	return strings.Join(out, ", ")
}

// --- one account ---

type accountView struct {
	Heading  ui.Heading
	Facts    []ui.KeyValue
	Sessions ui.Table
	Link     *form
	Give     *form
	Take     []form
	Disable  *form
	Enable   *form
	Audit    *ui.Link
}

func account(c *page.Context) error { return renderAccount(c, nil) }

func renderAccount(c *page.Context, refused *study.Refusal) error {
	a, err := find(c)
	if err != nil {
		return err
	}
	open, err := sessions(c, a.ID)
	if err != nil {
		return err
	}
	base := "/people/" + url.PathEscape(a.ID)
	v := accountView{Heading: ui.Heading{Title: nameOf(c, a), Lead: a.ID, Tags: []ui.Tag{stateOf(c, a)}}}
	v.Facts = []ui.KeyValue{
		{Key: c.T("admin.account"), Cell: ui.Cell{Text: a.ID}},
		{Key: c.T("admin.house.roles"), Cell: ui.Cell{Text: rolesOf(c, a)}},
		{Key: c.T("admin.keys"), Cell: ui.Cell{Text: keysOf(c, a)}},
		{Key: c.T("admin.recovery"), Cell: ui.Cell{Text: strconv.Itoa(a.RecoveryLeft)}},
		{Key: c.T("admin.created"), Cell: ui.Cell{Time: a.Created}},
	}
	if !a.Disabled.IsZero() {
		v.Facts = append(v.Facts, ui.KeyValue{Key: c.T("admin.disabled"), Cell: ui.Cell{Time: a.Disabled}})
	}
	v.Sessions = ui.Table{Caption: c.T("admin.sessions.open"), Columns: []ui.Column{{Head: c.T("admin.device")}, {Head: c.T("admin.method")}, {Head: c.T("admin.started")}, {Head: c.T("admin.seen")}, {Head: c.T("admin.ends")}},
		Empty: &ui.Empty{Text: c.T("admin.sessions.none")}}
	for _, s := range open {
		v.Sessions.Rows = append(v.Sessions.Rows, ui.Row{Cells: []ui.Cell{{Text: s.Device}, {Text: methodOf(c, s.Method)}, {Time: s.Started}, {Time: s.Seen}, {Time: s.Ends}}})
	}
	v.Audit = &ui.Link{Text: c.T("admin.account.audit"), Href: "/audit?" + url.Values{"account": {a.ID}}.Encode(), Variant: "secondary"}
	if c.Can(access.Accounts) && a.ID != c.Actor.ID {
		v.acts(c, a, base, refused)
	}
	p := page.Page{Title: nameOf(c, a), Crumbs: []ui.Crumb{{Text: c.T("admin.accounts"), Href: "/people"}, {Text: nameOf(c, a)}}, Data: &v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("account", p)
}

// acts are what an administrator may do to another's account.
func (v *accountView) acts(c *page.Context, a identity.Account, base string, refused *study.Refusal) {
	if !a.Disabled.IsZero() {
		v.Enable = made(c, refused, form{ID: "enable", Title: c.T("admin.enable"), Text: c.T("admin.enable.text"), Action: base + "/enable", Button: c.T("admin.enable.button")})
		return
	}
	if a.Kind == identity.Staff {
		v.Link = made(c, refused, form{ID: "link", Title: c.T("admin.relink"), Text: c.T("admin.relink.text"), Action: base + "/link", Button: c.T("admin.relink.button"), Quiet: true, Fields: sendField(c)})
		give := ui.Field{Kind: ui.SelectField, Name: "role", Label: c.T("admin.role"), Required: true}
		for _, r := range houseRoles {
			if slices.Contains(a.Roles, r) {
				v.Take = append(v.Take, *made(c, refused, form{ID: "take-" + r, Title: c.T("admin.take", "role", c.Say(study.RoleName(r))), Action: base + "/take", Button: c.T("admin.take.button"), Danger: true,
					Fields: []ui.Field{{Kind: "hidden", Name: "role", Value: r}}}))
				continue
			}
			give.Options = append(give.Options, ui.Option{Value: r, Label: c.Say(study.RoleName(r)), Hint: c.T("admin.role." + r)})
		}
		if len(give.Options) > 0 {
			v.Give = made(c, refused, form{ID: "give", Title: c.T("admin.give"), Text: c.T("admin.give.text"), Action: base + "/give", Button: c.T("admin.give.button"), Quiet: true, Fields: []ui.Field{give}})
		}
	}
	v.Disable = made(c, refused, form{ID: "disable", Title: c.T("admin.disable"), Text: c.T("admin.disable.text"), Action: base + "/disable", Button: c.T("admin.disable.button"), Danger: true,
		Fields: []ui.Field{{Kind: ui.LongTextField, Name: "reason", Rows: 2, Label: c.T("admin.reason"), Required: true, MaxLength: 2000}}})
}

func methodOf(c *page.Context, m string) string {
	switch m {
	case "passkey", "password", "oidc", "link", "recovery", "demo":
		return c.T("admin.method." + m)
	}
	return m
}

// find is the account of the address, through the use case that says who may see it.
func find(c *page.Context) (identity.Account, error) {
	id := c.Value("account")
	for offset := 0; ; offset += perPage {
		list, total, err := c.App.Accounts(c.Ctx(), c.Actor, id, offset, perPage)
		if err != nil {
			return identity.Account{}, err
		}
		for _, a := range list {
			if a.ID == id {
				return a, nil
			}
		}
		if len(list) == 0 || offset+perPage >= total {
			return identity.Account{}, page.NotFound("there is no such account", "kontoen finnes ikke")
		}
	}
}

func disable(c *page.Context) error {
	return change(c, "admin.disable.done", func(id string) error {
		return c.App.DisableAccount(c.Ctx(), c.Actor, id, c.Text("reason"))
	})
}

func enable(c *page.Context) error {
	return change(c, "admin.enable.done", func(id string) error { return c.App.EnableAccount(c.Ctx(), c.Actor, id) })
}

func giveRole(c *page.Context) error {
	return change(c, "admin.give.done", func(id string) error { return c.App.GiveRole(c.Ctx(), c.Actor, id, c.Text("role")) })
}

func takeRole(c *page.Context) error {
	return change(c, "admin.take.done", func(id string) error { return c.App.TakeRole(c.Ctx(), c.Actor, id, c.Text("role")) })
}

// change does one thing to the account of the address and shows it again.
func change(c *page.Context, message string, do func(id string) error) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	id := c.Value("account")
	err := do(id)
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid) {
		return renderAccount(c, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith("/people/"+url.PathEscape(id), ui.Success, c.T(message))
}
