package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// everySite stands for "every site of the study" in addresses.
const everySite = "-"

type delegationsView struct {
	Heading ui.Heading
	Now     ui.Table
	Past    *ui.Table
	Printed string
	Add     *form
}

func delegations(c *page.Context) error { return renderDelegations(c, nil) }

// renderDelegations shows the delegation log as a monitor wants to read and print it.
func renderDelegations(c *page.Context, refused *study.Refusal) error {
	list, err := c.App.Delegations(c.Ctx(), c.Actor, c.Study)
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
	v := delegationsView{Heading: ui.Heading{Title: c.T("admin.log"), Lead: c.T("admin.log.lead")}, Printed: c.T("admin.log.printed", "study", c.Title, "time", c.Voice().Stamped(c.Now))}
	v.Heading.Actions = []ui.Link{{Text: c.T("admin.roles"), Href: c.Path("roles"), Variant: "secondary"}, {Text: c.T("admin.delivery"), Href: c.Path("delivery"), Variant: "secondary"}}
	v.Now, v.Past = logTable(c, "admin.log.now"), nil
	past := logTable(c, "admin.log.past")
	slices.SortStableFunc(list, func(a, b app.DelegationLine) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(roleOrder(a.Role), roleOrder(b.Role)), strings.Compare(a.Name, b.Name), a.At.Compare(b.At))
	})
	names := namesIn(list)
	for _, l := range list {
		if l.Ended.IsZero() {
			v.Now.Rows = append(v.Now.Rows, logRow(c, l, names))
		} else {
			past.Rows = append(past.Rows, logRow(c, l, names))
		}
	}
	v.Now.Empty = &ui.Empty{Title: c.T("admin.log.none")}
	if len(past.Rows) > 0 {
		v.Past = &past
	}
	if c.Can(access.Delegate) {
		v.Add = addForm(c, sites, refused)
	}
	p := page.Page{Title: c.T("admin.log"), Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("delegations", p)
}

func roleOrder(role string) int { return slices.Index(protocol.Roles, role) }

func logTable(c *page.Context, caption string) ui.Table {
	return ui.Table{Caption: c.T(caption), Columns: []ui.Column{{Head: c.T("admin.name")}, {Head: c.T("admin.role")}, {Head: c.T("admin.site")}, {Head: c.T("admin.from")}, {Head: c.T("admin.until")}, {Head: c.T("admin.by")}, {Head: c.T("admin.state")}, {Head: c.T("admin.credentials")}}}
}

// namesIn are the printed names of those who stand in the log, by account: who
// delegated mostly stands there too.
func namesIn(list []app.DelegationLine) map[string]string {
	out := map[string]string{access.System.ID: access.System.Name}
	for _, l := range list {
		if l.Name != "" {
			out[l.Account] = l.Name
		}
	}
	return out
}

func logRow(c *page.Context, l app.DelegationLine, names map[string]string) ui.Row {
	by := nameOr(names[l.By], l.By)
	until := ui.Cell{Text: dayText(c, l.Until)}
	if !l.Ended.IsZero() {
		until = ui.Cell{Date: l.Ended, Sub: l.Why}
	}
	given := ui.Cell{Text: by}
	if !l.At.IsZero() {
		given.Sub = c.Voice().DateShort(l.At)
	}
	return ui.Row{Cells: []ui.Cell{{Text: nameOr(l.Name, l.Account), Href: linePath(c, l), Sub: l.Account}, {Text: c.Say(study.RoleName(l.Role))}, {Text: siteText(c, l)}, {Text: dayText(c, l.From)}, until, given,
		{Tags: []ui.Tag{stateTag(c, l)}}, credentialCell(c, l)}}
}

func nameOr(name, account string) string {
	if name == "" {
		return account
	}
	return name
}

func linePath(c *page.Context, l app.DelegationLine) string {
	return c.Path("people", l.Account, l.Role, cmp.Or(l.Site, everySite))
}

func siteText(c *page.Context, l app.DelegationLine) string {
	if l.Site != "" {
		return l.Site
	}
	if len(l.Sites) > 0 {
		return strings.Join(l.Sites, ", ")
	}
	return c.T("admin.site.all")
}

// dayText writes a day kept as YYYY-MM-DD for the reader.
func dayText(c *page.Context, day string) string {
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		return page.Day(c, t)
	}
	return day
}

func stateTag(c *page.Context, l app.DelegationLine) ui.Tag {
	switch {
	case !l.Ended.IsZero():
		return ui.Tag{Text: c.T("admin.log.ended"), Tone: ui.Neutral}
	case l.Fault.EN != "":
		return ui.Tag{Text: c.Say(l.Fault), Tone: ui.Danger}
	case l.Holds:
		return ui.Tag{Text: c.T("admin.log.holds"), Tone: ui.Success}
	}
	return ui.Tag{Text: c.T("admin.log.notnow"), Tone: ui.Warning}
}

// credentialCell shows each credential that the role needs, and when it runs out.
func credentialCell(c *page.Context, l app.DelegationLine) ui.Cell {
	var out ui.Cell
	for _, k := range credentialsOf(c, l.Role) {
		day, has := l.Credentials[k.ID]
		tag := ui.Tag{Text: c.Say(k.Title), Tone: ui.Success}
		switch {
		case l.Site == "" && len(l.Credentials) == 0 && l.Fault.EN == "":
			continue // of a study-wide line they are asked for only where they count
		case !has && study.CountedOverPair(c.Def, k.ID, l.Role):
			tag.Tone = ui.Neutral
			tag.Text += ": " + c.T("admin.credential.pair")
		case !has:
			tag.Tone = ui.Danger
			tag.Text += ": " + c.T("admin.credential.none")
		case day == "":
		case day < c.Now.In(c.Zone).Format(time.DateOnly):
			if tag.Tone = ui.Danger; study.CountedOverPair(c.Def, k.ID, l.Role) {
				tag.Tone = ui.Warning
			}
			tag.Text += ": " + c.T("admin.credential.out", "day", dayText(c, day))
		default:
			if t, err := time.Parse(time.DateOnly, day); err == nil && t.Sub(c.Now) < 60*24*time.Hour {
				tag.Tone = ui.Warning
			}
			tag.Text += ": " + c.T("admin.credential.until", "day", dayText(c, day))
		}
		out.Tags = append(out.Tags, tag)
	}
	return out
}

func credentialsOf(c *page.Context, role string) []protocol.Credential {
	var out []protocol.Credential
	for _, k := range c.Def.Staffing.Credentials {
		if slices.Contains(k.Roles, role) {
			out = append(out, k)
		}
	}
	return out
}

// ofSite says that people with the role stand in a site's staff list, because the
// protocol asks credentials of them; everybody else stands in the study's log.
func ofSite(c *page.Context, role string) bool { return len(credentialsOf(c, role)) > 0 }

// delegable are the roles that the reader can delegate in a study, in order. The rule
// stands in study; here it only spares a choice that would be refused.
func delegable(c *page.Context) []string {
	var out []string
	for _, r := range protocol.Roles {
		mine := c.Actor.Role != "physician" || slices.Contains(study.RolesOfPhysician, r)
		if mine && r != "system" && r != "participant" && r != "administrator" {
			out = append(out, r)
		}
	}
	return out
}

func addForm(c *page.Context, sites []*study.SiteState, refused *study.Refusal) *form {
	role := ui.Field{Kind: ui.SelectField, Name: "role", Label: c.T("admin.role"), Required: true}
	for _, r := range delegable(c) {
		label := c.Say(study.RoleName(r))
		if ofSite(c, r) && r != "rater" {
			label += " · " + c.T("admin.add.atsite")
		}
		role.Options = append(role.Options, ui.Option{Value: r, Label: label})
	}
	at := ui.Field{Kind: ui.CheckboxField, Name: "site", Label: c.T("admin.site"), Hint: c.T("admin.add.site.hint")}
	for _, s := range sites {
		at.Options = append(at.Options, ui.Option{Value: s.ID, Label: s.ID + " " + s.Name})
	}
	fields := []ui.Field{
		{Kind: ui.TextField, Name: "account", Label: c.T("admin.account"), Hint: c.T("admin.add.account.hint"), Required: true, Autocomplete: "off", MaxLength: 32, Short: true},
		{Kind: ui.TextField, Name: "name", Label: c.T("admin.invite.name"), Hint: c.T("admin.invite.name.hint"), Required: true, Autocomplete: "off", MaxLength: 200},
		role, at,
		{Kind: ui.DateField, Name: "from", Label: c.T("admin.from"), Hint: c.T("admin.add.from.hint"), Optional: true},
		{Kind: ui.DateField, Name: "until", Label: c.T("admin.until"), Hint: c.T("admin.add.until.hint"), Optional: true},
	}
	fields = append(fields, credentialFields(c, c.Def.Staffing.Credentials, true)...)
	fields = append(fields, ui.Field{Kind: ui.TextField, Name: "related", Label: c.T("admin.related"), Hint: c.T("admin.related.hint"), Optional: true, Autocomplete: "off", MaxLength: 400})
	return made(c, refused, form{ID: "add", Title: c.T("admin.add"), Text: c.T("admin.add.text"), Action: c.Path("people"), Button: c.T("admin.add.button"), Fields: fields})
}

// credentialFields ask for the last valid day of each credential.
func credentialFields(c *page.Context, list []protocol.Credential, named bool) []ui.Field {
	var out []ui.Field
	for _, k := range list {
		f := ui.Field{Kind: ui.DateField, Name: "credential." + k.ID, Label: c.T("admin.credential.last", "credential", c.Say(k.Title)), Optional: true}
		if named {
			names := make([]string, len(k.Roles))
			for i, r := range k.Roles {
				names[i] = c.Say(study.RoleName(r))
			}
			f.Hint = c.T("admin.credential.for", "roles", strings.Join(names, ", "))
		}
		if k.Expires == 0 {
			f.Hint = strings.TrimSpace(f.Hint + " " + c.T("admin.credential.lasting"))
		}
		out = append(out, f)
	}
	return out
}

// credentialsPosted reads the credentials of a role: a day, or "no fixed end" for
// those that the protocol gives none.
func credentialsPosted(c *page.Context, role string) (map[string]string, error) {
	out := map[string]string{}
	for _, k := range credentialsOf(c, role) {
		name := "credential." + k.ID
		day := c.Text(name)
		if day == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, page.Bad(name, "write the day as 2026-02-03", "skriv dagen som 2026-02-03")
		}
		out[k.ID] = day
	}
	return out, nil
}

func days(c *page.Context) (from, until string, err error) {
	from, until = c.Text("from"), c.Text("until")
	for name, day := range map[string]string{"from": from, "until": until} {
		if _, err := time.Parse(time.DateOnly, day); err != nil && day != "" {
			return "", "", page.Bad(name, "write the day as 2026-02-03", "skriv dagen som 2026-02-03")
		}
	}
	if from != "" && until != "" && until < from {
		return "", "", page.Bad("until", "the last day is before the first", "siste dag er før den første")
	}
	return from, until, nil
}

// delegate adds a line: to a site's staff, or to the study's log.
func delegate(c *page.Context) error {
	cmd, err := delegation(c)
	if err == nil {
		_, err = c.Do(cmd)
	}
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid || r.Kind == study.Stale) {
		here := *r
		switch {
		case r.Field == "person":
			here.Field = "account"
		case r.Field == "sites":
			here.Field = "site"
		case strings.HasPrefix(r.Field, "credentials."):
			here.Field = "credential." + strings.TrimPrefix(r.Field, "credentials.")
		}
		return renderDelegations(c, &here)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(c.Path("people"), ui.Success, c.T("admin.add.done"))
}

func delegation(c *page.Context) (study.Command, error) {
	posted, err := c.Form()
	if err != nil {
		return nil, err
	}
	role, account, name, sites := c.Text("role"), c.Text("account"), c.Text("name"), posted["site"]
	if !slices.Contains(delegable(c), role) {
		return nil, page.Bad("role", "choose a role", "velg en rolle")
	}
	if account == "" {
		return nil, page.Bad("account", "give the id of the account", "oppgi kontoens id")
	}
	if name == "" {
		return nil, page.Bad("name", "give the name as it is printed beside a signature", "oppgi navnet slik det skrives ved en signatur")
	}
	from, until, err := days(c)
	if err != nil {
		return nil, err
	}
	if !ofSite(c, role) {
		return study.Delegate{Account: account, Name: name, Role: role, Sites: sites, From: from, Until: until}, nil
	}
	creds, err := credentialsPosted(c, role)
	if err != nil {
		return nil, err
	}
	if len(sites) != 1 && role == "rater" { // a pool of several sites stands in the study's log
		return study.Delegate{Account: account, Name: name, Role: role, Sites: sites, From: from, Until: until, Credentials: creds}, nil
	}
	if len(sites) != 1 {
		return nil, page.Bad("site", "choose one site for this role: credentials are kept there", "velg ett sted for denne rollen: kompetansebevis føres der")
	}
	related := strings.FieldsFunc(c.Text("related"), func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
	return study.AssignStaff{Site: sites[0], Person: account, Name: name, Role: role, Credentials: creds, Related: related, From: from, Until: until}, nil
}
